# see Makefile.am
# The figures: `make bench`, or some of them: `make bench BENCH="draw edge"`. No part of `make check`: a busy machine is no fault.
if HAVE_VTERM
EXTRA_PROGRAMS += tests/bench/bench
tests_bench_bench_SOURCES = \
	tests/bench/bench.h \
	tests/bench/cluster.c tests/bench/cluster.h \
	tests/bench/compose.c \
	tests/bench/dashboard.c \
	tests/bench/deploy.c \
	tests/bench/draw.c \
	tests/bench/edge.c \
	tests/bench/intake.c tests/bench/intake.h \
	tests/bench/kinds.c \
	tests/bench/lobby.c tests/bench/lobby.h \
	tests/bench/logs.c \
	tests/bench/main.c \
	tests/bench/picture.c \
	tests/bench/pods.c \
	tests/bench/process.c \
	tests/bench/nodes.c \
	tests/bench/replay.c \
	tests/bench/rows.c \
	tests/bench/screen.c \
	tests/bench/table.c \
	tests/bench/why.c \
	tests/screen/compare.c tests/screen/compare.h \
	tests/screen/graph_scene.c tests/screen/graph_scene.h \
	tests/screen/scene.c tests/screen/scene.h tests/screen/scene_picture.c \
	tests/screen/scene_gpus.c \
	tests/screen/screen.c tests/screen/screen.h
tests_bench_bench_CPPFLAGS = $(AM_CPPFLAGS) $(VTERM_CFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"' -DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_bench_bench_LDADD = $(app_LIBS) $(VTERM_LIBS)
CLEANFILES += tests/bench/bench$(EXEEXT)

bench: tests/bench/bench$(EXEEXT) $(bin_PROGRAMS)
	@PATCHBAY_ASSETS='$(abs_top_srcdir)/assets' LC_ALL=C.UTF-8 tests/bench/bench$(EXEEXT) $(BENCH)

# The same on a real control plane, beside kubectl, k9s and curl: see tests/bench/cluster/run for what it takes.
EXTRA_PROGRAMS += tests/bench/bench-cluster
tests_bench_bench_cluster_SOURCES = \
	tests/bench/bench.h \
	tests/bench/cluster.c tests/bench/cluster.h \
	tests/bench/cluster/away.c \
	tests/bench/cluster/change.c \
	tests/bench/cluster/deploy.c \
	tests/bench/cluster/fill.c \
	tests/bench/cluster/main.c \
	tests/bench/cluster/scale.h \
	tests/bench/cluster/shown.c \
	tests/bench/cluster/start.c \
	tests/bench/cluster/stay.c \
	tests/bench/process.c \
	tests/bench/table.c \
	tests/screen/compare.c tests/screen/compare.h \
	tests/screen/screen.c tests/screen/screen.h
tests_bench_bench_cluster_CPPFLAGS = $(tests_bench_bench_CPPFLAGS)
tests_bench_bench_cluster_LDADD = $(k8s_LIBS) $(net_LIBS) $(base_LIBS) $(VTERM_LIBS)
CLEANFILES += tests/bench/bench-cluster$(EXEEXT)

bench-cluster: tests/bench/bench-cluster$(EXEEXT) $(bin_PROGRAMS)
	@PATCHBAY_ASSETS='$(abs_top_srcdir)/assets' LC_ALL=C.UTF-8 abs_top_srcdir='$(abs_top_srcdir)' abs_top_builddir='$(abs_top_builddir)' \
		$(srcdir)/tests/bench/cluster/run tests/bench/bench-cluster$(EXEEXT)
else
bench bench-cluster:
	@echo "make $@ needs libvterm (Debian: libvterm-dev), and configure again"; exit 1
endif
.PHONY: bench bench-cluster
EXTRA_DIST += tests/bench/cluster/run tests/bench/cluster/bare
