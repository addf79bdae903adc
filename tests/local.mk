# Each layer linked whole with only the layers below it and every symbol wanted: the arrows go downwards, or this does not
# link.
LAYER_PROOFS = \
	tests/layers/base tests/layers/net tests/layers/graph tests/layers/k8s tests/layers/ops tests/layers/ui
check_PROGRAMS += $(LAYER_PROOFS)
TESTS += $(LAYER_PROOFS)
tests_layers_base_SOURCES = tests/layers/main.c
tests_layers_base_LDADD = $(WHOLE) libbase.a $(NO_WHOLE) $(base_LIBS)
tests_layers_net_SOURCES = tests/layers/main.c
tests_layers_net_LDADD = $(WHOLE) libnet.a $(NO_WHOLE) $(net_LIBS) $(base_LIBS)
tests_layers_graph_SOURCES = tests/layers/main.c
tests_layers_graph_LDADD = $(WHOLE) libgraph.a $(NO_WHOLE) $(base_LIBS)
tests_layers_k8s_SOURCES = tests/layers/main.c
tests_layers_k8s_LDADD = $(WHOLE) libk8s.a $(NO_WHOLE) $(net_LIBS) $(base_LIBS)
tests_layers_ops_SOURCES = tests/layers/main.c
tests_layers_ops_LDADD = $(WHOLE) libops.a $(NO_WHOLE) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS)
tests_layers_ui_SOURCES = tests/layers/main.c
tests_layers_ui_LDADD = $(WHOLE) libui.a $(NO_WHOLE) $(NCURSES_LIBS) $(JPEG_LIBS) $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS)

# End to end, by commands.
AM_TESTS_ENVIRONMENT = abs_top_srcdir='$(abs_top_srcdir)' abs_top_builddir='$(abs_top_builddir)' \
	PATCHBAY_ASSETS='$(abs_top_srcdir)/assets' LC_ALL=C.UTF-8; \
	export abs_top_srcdir abs_top_builddir PATCHBAY_ASSETS LC_ALL;
TESTS += tests/e2e/usage.sh tests/e2e/diff.sh tests/e2e/kinds.sh tests/e2e/lobby.sh tests/e2e/partial.sh \
	tests/e2e/replay.sh tests/e2e/samples.sh
EXTRA_DIST += tests/e2e/lib.sh tests/e2e/diff.sh tests/e2e/kinds.sh tests/e2e/usage.sh tests/e2e/lobby.sh \
	tests/e2e/partial.sh tests/e2e/replay.sh tests/e2e/samples.sh tests/count.sh

# End to end, at the keyboard: the dashboard on a terminal of its own, compared as screens.
if HAVE_CHECK
if HAVE_VTERM
if HAVE_OPENCV
check_PROGRAMS += tests/e2e/check_dashboard
TESTS += tests/e2e/check_dashboard
tests_e2e_check_dashboard_SOURCES = \
	tests/e2e/check_dashboard.c \
	tests/e2e/dashboard_compose.c \
	tests/e2e/dashboard_deploy.c \
	tests/e2e/dashboard_leave.c \
	tests/e2e/dashboard_tasks.c \
	tests/e2e/dashboard_trouble.c \
	tests/e2e/dashboard_unplugged.c \
	tests/e2e/dashboard_views.c \
	tests/e2e/lens.c tests/e2e/lens.h \
	tests/e2e/rig.c tests/e2e/rig.h \
	tests/e2e/rig_process.c \
	tests/screen/compare.c tests/screen/compare.h \
	tests/screen/screen.c tests/screen/screen.h
tests_e2e_check_dashboard_CPPFLAGS = $(AM_CPPFLAGS) $(VTERM_CFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"' -DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_e2e_check_dashboard_LDADD = $(graph_LIBS) $(base_LIBS) $(VTERM_LIBS) $(CHECK_LIBS)
endif
endif
endif
