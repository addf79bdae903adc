noinst_LIBRARIES += libgraph.a
libgraph_a_SOURCES = \
	src/graph/catalogue.c src/graph/catalogue.h \
	src/graph/catalogue_params.c \
	src/graph/catalogue_read.c src/graph/catalogue_read.h \
	src/graph/check.c \
	src/graph/compare.c src/graph/compare.h \
	src/graph/diff.c src/graph/diff.h \
	src/graph/diff_say.c src/graph/diff_say.h \
	src/graph/diff_say_container.c \
	src/graph/diff_walk.c src/graph/diff_walk.h \
	src/graph/diff_words.c src/graph/diff_words.h \
	src/graph/document.h \
	src/graph/edit.c src/graph/edit.h \
	src/graph/edit_ops.c \
	src/graph/edit_paste.c \
	src/graph/edit_step.c src/graph/edit_step.h \
	src/graph/edit_thing.c \
	src/graph/edit_text.c \
	src/graph/extra.c \
	src/graph/fault.c src/graph/fault.h \
	src/graph/files.c src/graph/files.h \
	src/graph/graph.c src/graph/graph.h \
	src/graph/graph_read.c src/graph/graph_read.h \
	src/graph/layout.c src/graph/layout.h src/graph/layout_internal.h \
	src/graph/layout_boxes.c \
	src/graph/layout_columns.c \
	src/graph/layout_maze.c src/graph/layout_maze.h \
	src/graph/layout_order.c \
	src/graph/layout_paint.c \
	src/graph/layout_pins.c \
	src/graph/layout_place.c \
	src/graph/layout_rank.c \
	src/graph/layout_reroute.c \
	src/graph/layout_route.c \
	src/graph/history.c src/graph/history.h \
	src/graph/images.c src/graph/images.h \
	src/graph/lines.c src/graph/lines.h \
	src/graph/only.c src/graph/only.h \
	src/graph/overlay.c src/graph/overlay.h \
	src/graph/plan.c src/graph/plan.h \
	src/graph/pod.c src/graph/pod.h \
	src/graph/read.c src/graph/read.h \
	src/graph/revisions.c src/graph/revisions.h \
	src/graph/setting.c src/graph/setting.h \
	src/graph/source.c src/graph/source.h \
	src/graph/splice.c src/graph/splice.h \
	src/graph/stamp.c src/graph/stamp.h \
	src/graph/warmpod.c src/graph/warmpod.h
graph_LIBS = libgraph.a

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_graph
TESTS += tests/unit/check_graph
tests_unit_check_graph_SOURCES = \
	tests/unit/graph_catalogue.c \
	tests/unit/graph_check.c \
	tests/unit/graph_compare.c \
	tests/unit/graph_diff.c \
	tests/unit/graph_edit.c tests/unit/graph_edit_test.h \
	tests/unit/graph_edit_thing.c \
	tests/unit/graph_extra.c \
	tests/unit/graph_history.c \
	tests/unit/graph_hostile.c \
	tests/unit/graph_main.c \
	tests/unit/graph_only.c tests/unit/graph_overlay.c \
	tests/unit/graph_plan.c \
	tests/unit/graph_property.c \
	tests/unit/graph_random.c tests/unit/yaml_same.c tests/unit/yaml_same.h \
	tests/unit/graph_stamp.c \
	tests/unit/graph_test.h \
	tests/unit/graph_text.c \
	tests/unit/graph_warm.c
EXTRA_DIST += tests/unit/graph_lobby.golden tests/unit/graph_warm.golden
tests_unit_check_graph_CPPFLAGS = $(AM_CPPFLAGS) -DTEST_SOURCES='"$(abs_top_srcdir)"'
tests_unit_check_graph_LDADD = $(graph_LIBS) $(base_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/check_layout
TESTS += tests/unit/check_layout
tests_unit_check_layout_SOURCES = \
	tests/unit/layout_picture.c tests/unit/layout_picture.h \
	tests/unit/layout_property.c \
	tests/unit/layout_test.c
tests_unit_check_layout_LDADD = $(graph_LIBS) $(base_LIBS) $(CHECK_LIBS)
endif
