noinst_LIBRARIES += libgraph.a
libgraph_a_SOURCES = src/graph/graph.h
graph_LIBS = libgraph.a
