noinst_LIBRARIES += libops.a
libops_a_SOURCES = src/ops/status.h
ops_LIBS = libops.a
