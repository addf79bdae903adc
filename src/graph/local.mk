noinst_LIBRARIES += libgraph.a
libgraph_a_SOURCES = \
	src/graph/catalogue.c src/graph/catalogue.h \
	src/graph/catalogue_read.c src/graph/catalogue_read.h \
	src/graph/check.c \
	src/graph/extra.c \
	src/graph/fault.c src/graph/fault.h \
	src/graph/graph.c src/graph/graph.h \
	src/graph/graph_read.c src/graph/graph_read.h \
	src/graph/plan.c src/graph/plan.h \
	src/graph/pod.c src/graph/pod.h \
	src/graph/read.c src/graph/read.h \
	src/graph/secret.c src/graph/secret.h
graph_LIBS = libgraph.a
