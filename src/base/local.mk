noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/banned.h \
	src/base/base.c src/base/base.h \
	src/base/buf.c src/base/buf.h \
	src/base/child.c src/base/child.h \
	src/base/diff.c src/base/diff.h \
	src/base/digest.c src/base/digest.h \
	src/base/err.c src/base/err.h \
	src/base/file.c src/base/file.h \
	src/base/find.c src/base/find.h \
	src/base/istr.c src/base/istr.h \
	src/base/json.c src/base/json.h \
	src/base/loop.c src/base/loop.h \
	src/base/map.c src/base/map.h \
	src/base/pattern.c src/base/pattern.h \
	src/base/numlist.c src/base/numlist.h \
	src/base/quantity.c src/base/quantity.h \
	src/base/secret.c src/base/secret.h \
	src/base/sheet.c src/base/sheet.h \
	src/base/slab.c src/base/slab.h \
	src/base/spool.c src/base/spool.h \
	src/base/text.c src/base/text.h \
	src/base/time.c src/base/time.h \
	src/base/playclock.c src/base/playclock.h \
	src/base/vclock.c src/base/vclock.h \
	src/base/yaml.c src/base/yaml_emit.c src/base/yaml_piece.h src/base/yaml_reread.c src/base/yaml_value.c src/base/yaml.h
base_LIBS = libbase.a $(CJSON_LIBS) $(YAML_LIBS) $(NETTLE_LIBS) $(CSV_LIBS) $(PCRE2_LIBS) -lutil -lm

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_base
TESTS += tests/unit/check_base
tests_unit_check_base_SOURCES = \
	tests/unit/base_arena.c tests/unit/base_buf.c tests/unit/base_diff.c tests/unit/base_file.c \
	tests/unit/base_json.c tests/unit/base_loop.c \
	tests/unit/base_main.c tests/unit/base_pattern.c tests/unit/base_quantity.c tests/unit/base_sheet.c \
	tests/unit/base_slab.c tests/unit/base_test.h tests/unit/base_text.c \
	tests/unit/base_spool.c \
	tests/unit/base_time.c tests/unit/base_yaml.c tests/unit/base_yaml_reread.c \
	tests/unit/yaml_same.c tests/unit/yaml_same.h
tests_unit_check_base_LDADD = $(base_LIBS) $(CHECK_LIBS)
endif
