# Every fault of the network, the server and its objects, seen where the operator sees it.
if HAVE_CHECK
check_PROGRAMS += tests/faults/check_faults
TESTS += tests/faults/check_faults
tests_faults_check_faults_SOURCES = \
	tests/faults/commands.c \
	tests/faults/deploying.c \
	tests/faults/events.c \
	tests/faults/faults.h \
	tests/faults/hostile.c \
	tests/faults/lists.c \
	tests/faults/main.c \
	tests/faults/network.c \
	tests/faults/operator.c \
	tests/faults/scripted.c \
	tests/faults/wire.c tests/faults/wire.h \
	tests/unit/faulty.c tests/unit/faulty.h \
	tests/unit/net_cert.c tests/unit/net_front.c \
	tests/unit/net_h2.c tests/unit/net_h2.h \
	tests/unit/net_test.c tests/unit/net_test.h \
	tests/unit/k8s_script.c tests/unit/k8s_script.h
tests_faults_check_faults_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_faults_check_faults_LDADD = $(app_LIBS) $(GNUTLS_LIBS) $(NGHTTP2_LIBS) $(CHECK_LIBS)
endif
