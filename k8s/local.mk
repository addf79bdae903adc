noinst_LIBRARIES += libk8s.a
libk8s_a_SOURCES = k8s/client.h
k8s_LIBS = libk8s.a
