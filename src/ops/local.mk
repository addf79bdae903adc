noinst_LIBRARIES += libops.a
libops_a_SOURCES = \
	src/ops/act.c src/ops/act.h \
	src/ops/analyser.c src/ops/analyser.h \
	src/ops/course.c src/ops/course.h \
	src/ops/dcgm.c src/ops/dcgm.h \
	src/ops/describe.c src/ops/describe.h \
	src/ops/describe_words.c src/ops/describe_words.h \
	src/ops/describe_apps.c src/ops/describe_kinds.h src/ops/describe_node.c src/ops/describe_pod.c \
	src/ops/describe_service.c \
	src/ops/detection.c src/ops/detection.h \
	src/ops/detection_write.c \
	src/ops/devices.c src/ops/devices.h \
	src/ops/eta.c src/ops/eta.h \
	src/ops/flowing.c src/ops/flowing.h \
	src/ops/filter.c src/ops/filter.h src/ops/filter_parse.c src/ops/filter_term.h \
	src/ops/gpu.c src/ops/gpu.h \
	src/ops/gpu_words.c src/ops/gpu_words.h \
	src/ops/imagename.c src/ops/imagename.h \
	src/ops/live.c src/ops/live.h \
	src/ops/load.c src/ops/load.h \
	src/ops/logbook.c src/ops/logbook.h \
	src/ops/logfields.c src/ops/logfields.h \
	src/ops/logfilter.c src/ops/logfilter.h \
	src/ops/loglevel.c src/ops/loglevel.h \
	src/ops/moment.c src/ops/moment.h \
	src/ops/metrics.c src/ops/metrics.h \
	src/ops/node_room.c src/ops/node_room.h \
	src/ops/place.c src/ops/place.h \
	src/ops/place_account.c src/ops/place_account.h \
	src/ops/place_full.c src/ops/place_full.h \
	src/ops/place_rule.c src/ops/place_rule.h \
	src/ops/place_words.c \
	src/ops/reason.c src/ops/reason.h \
	src/ops/removal.c src/ops/removal.h \
	src/ops/status.c src/ops/status.h \
	src/ops/timing.c src/ops/timing.h \
	src/ops/usage.c src/ops/usage.h \
	src/ops/warm.c src/ops/warm.h \
	src/ops/warm_outcome.c src/ops/warm_outcome.h \
	src/ops/why.c src/ops/why.h \
	src/ops/why_holds.c src/ops/why_rule.h src/ops/why_rules.c
ops_LIBS = libops.a

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_ops
TESTS += tests/unit/check_ops
tests_unit_check_ops_SOURCES = \
	tests/unit/ops_act.c tests/unit/ops_analyser.c tests/unit/ops_course.c tests/unit/ops_usage.c \
	tests/unit/ops_detection.c tests/unit/ops_filter.c tests/unit/ops_live.c tests/unit/ops_logs.c \
	tests/unit/ops_main.c tests/unit/ops_moment.c tests/unit/ops_place.c \
	tests/unit/ops_describe.c tests/unit/ops_flowing.c tests/unit/ops_reason.c \
	tests/unit/ops_place_told.c tests/unit/ops_place_world.c tests/unit/ops_place_test.h \
	tests/unit/ops_status.c tests/unit/ops_timing.c tests/unit/ops_warm.c tests/unit/ops_why.c \
	tests/unit/ops_test.h tests/screen/compare.c tests/screen/compare.h
tests_unit_check_ops_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
EXTRA_DIST += tests/unit/describe
EXTRA_DIST += tests/unit/streams/cold.ndjson tests/unit/streams/init.ndjson tests/unit/streams/late-image.ndjson \
	tests/unit/streams/moved.ndjson tests/unit/streams/present.ndjson tests/unit/streams/restarting.ndjson \
	tests/unit/streams/two.ndjson
tests_unit_check_ops_LDADD = $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS) $(CHECK_LIBS)
endif
