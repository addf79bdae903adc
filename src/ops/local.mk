noinst_LIBRARIES += libops.a
libops_a_SOURCES = \
	src/ops/detection.c src/ops/detection.h \
	src/ops/gpu.c src/ops/gpu.h \
	src/ops/live.c src/ops/live.h \
	src/ops/metrics.c src/ops/metrics.h \
	src/ops/status.c src/ops/status.h \
	src/ops/timing.c src/ops/timing.h
ops_LIBS = libops.a
