# Fuzz targets for both documents, and for what makes one of a template, its rows and an overlay. `make check` runs the corpus and some mutations of it; `make fuzz FUZZ_SECONDS=60` goes on
# from there with libFuzzer, where $(FUZZ_CC) has it, and with the same mutations for that long where it does not.
FUZZ_CC = clang
FUZZ_SECONDS = 60
FUZZ_COMMON = tests/fuzz/fuzz.c tests/fuzz/fuzz.h tests/unit/yaml_same.c tests/unit/yaml_same.h
check_PROGRAMS += tests/fuzz/check_graph tests/fuzz/check_thing tests/fuzz/check_site
TESTS += tests/fuzz/check_graph tests/fuzz/check_thing tests/fuzz/check_site
tests_fuzz_check_graph_SOURCES = tests/fuzz/driver.c tests/fuzz/fuzz_graph.c $(FUZZ_COMMON)
tests_fuzz_check_graph_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"' -DFUZZ_NAME='"graph"'
tests_fuzz_check_graph_LDADD = $(graph_LIBS) $(base_LIBS)
tests_fuzz_check_thing_SOURCES = tests/fuzz/driver.c tests/fuzz/fuzz_thing.c $(FUZZ_COMMON)
tests_fuzz_check_thing_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"' -DFUZZ_NAME='"thing"'
tests_fuzz_check_thing_LDADD = $(graph_LIBS) $(base_LIBS)
tests_fuzz_check_site_SOURCES = tests/fuzz/driver.c tests/fuzz/fuzz_site.c $(FUZZ_COMMON)
tests_fuzz_check_site_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"' -DFUZZ_NAME='"site"'
tests_fuzz_check_site_LDADD = $(graph_LIBS) $(base_LIBS)

# The same sources once more, as libFuzzer wants them: what it does not see compiled it cannot steer by.
FUZZ_FLAGS = -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
FUZZ_FILES = $(filter %.c,$(libbase_a_SOURCES) $(libgraph_a_SOURCES) $(FUZZ_COMMON))
FUZZ_OBJECTS = $(FUZZ_FILES:%.c=tests/fuzz/clang/%.o)
tests/fuzz/clang/%.o: %.c
	@mkdir -p $(@D)
	$(AM_V_CC)$(FUZZ_CC) $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CJSON_CFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"' $(FUZZ_FLAGS) -MMD -c -o $@ $<
-include $(FUZZ_OBJECTS:.o=.d)
tests/fuzz/clang/fuzz_%: tests/fuzz/clang/tests/fuzz/fuzz_%.o $(FUZZ_OBJECTS)
	$(AM_V_CCLD)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(CJSON_LIBS) $(YAML_LIBS) $(NETTLE_LIBS) $(PCRE2_LIBS) -lcsv -lutil -lm
fuzz: $(BUILT_SOURCES) tests/fuzz/check_graph$(EXEEXT) tests/fuzz/check_thing$(EXEEXT) tests/fuzz/check_site$(EXEEXT)
	@FUZZ_CC='$(FUZZ_CC)' FUZZ_SECONDS='$(FUZZ_SECONDS)' MAKE='$(MAKE)' $(srcdir)/tests/fuzz/run
.PHONY: fuzz
.PRECIOUS: tests/fuzz/clang/%.o tests/fuzz/clang/tests/fuzz/fuzz_%.o
EXTRA_DIST += tests/fuzz/run tests/fuzz/yaml.dict tests/fuzz/corpus

clean-local: clean-fuzz
clean-fuzz:
	rm -rf tests/fuzz/clang
.PHONY: clean-fuzz
