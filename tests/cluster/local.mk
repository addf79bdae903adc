# The cluster suite: a real Kubernetes on this machine. CASES="10 30" runs some of it. Not part of `make check`: it needs root.
check_PROGRAMS += tests/cluster/mirror
tests_cluster_mirror_SOURCES = tests/cluster/mirror.c
tests_cluster_mirror_LDADD = $(k8s_LIBS) $(net_LIBS) $(base_LIBS)
cluster_tools = tests/cluster/mirror$(EXEEXT) tests/faulty$(EXEEXT)
if HAVE_VTERM
check_PROGRAMS += tests/cluster/watcher
tests_cluster_watcher_SOURCES = \
	tests/cluster/watcher.c \
	tests/screen/compare.c tests/screen/compare.h \
	tests/screen/screen.c tests/screen/screen.h
tests_cluster_watcher_CPPFLAGS = $(AM_CPPFLAGS) $(VTERM_CFLAGS)
tests_cluster_watcher_LDADD = $(base_LIBS) $(VTERM_LIBS)
cluster_tools += tests/cluster/watcher$(EXEEXT)
endif
check-cluster: all $(cluster_tools)
	@mkdir -p tests/cluster && rm -f tests/cluster/suite.trs
	@{ $(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/cluster/run $(CASES); echo $$? >tests/cluster/suite.rc; } 2>&1 | tee tests/cluster/suite.log
	@case $$(cat tests/cluster/suite.rc) in 0) is=PASS ;; 77) is=SKIP ;; *) is=FAIL ;; esac; \
	echo ":test-result: $$is" >tests/cluster/suite.trs; test $$is != FAIL
.PHONY: check-cluster
CLEANFILES += tests/cluster/suite.log tests/cluster/suite.trs tests/cluster/suite.rc
EXTRA_DIST += \
	tests/cluster/cable tests/cluster/down tests/cluster/kwok tests/cluster/part tests/cluster/run tests/cluster/up \
	tests/cluster/image.sh tests/cluster/lib.sh tests/cluster/network.sh tests/cluster/node.sh tests/cluster/parts.sh \
	tests/cluster/programs.sh tests/cluster/secrets.sh tests/cluster/setup.sh \
	tests/cluster/talk.sh \
	tests/cluster/dying.c tests/cluster/kwok.yaml tests/cluster/pause.c tests/cluster/suite tests/cluster/kube
