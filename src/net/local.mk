noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	src/net/call.c src/net/call.h \
	src/net/client.c src/net/client.h \
	src/net/curl_call.h \
	src/net/curl_pool.c \
	src/net/curl_setup.c \
	src/net/curl_transport.c \
	src/net/curl_upgrade.c \
	src/net/curl_why.c \
	src/net/exchange.c src/net/exchange.h \
	src/net/head.c src/net/head.h \
	src/net/server.c src/net/server.h \
	src/net/socket.c src/net/socket.h \
	src/net/url.c src/net/url.h \
	src/net/websocket.c src/net/websocket.h \
	src/net/why.c src/net/why.h
net_LIBS = libnet.a $(CURL_LIBS) $(MICROHTTPD_LIBS) $(WSLAY_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_net
TESTS += tests/unit/check_net
tests_unit_check_net_SOURCES = \
	tests/unit/faulty.c tests/unit/faulty.h \
	tests/unit/net_broken.c \
	tests/unit/net_cert.c \
	tests/unit/net_client.c \
	tests/unit/net_front.c \
	tests/unit/net_faults.c \
	tests/unit/net_h2.c tests/unit/net_h2.h \
	tests/unit/net_http2.c \
	tests/unit/net_main.c \
	tests/unit/net_packed.c \
	tests/unit/net_pool.c \
	tests/unit/net_server.c \
	tests/unit/net_stream.c \
	tests/unit/net_test.c tests/unit/net_test.h \
	tests/unit/net_tls.c \
	tests/unit/net_upgrade.c \
	tests/unit/net_url.c \
	tests/unit/net_writes.c
tests_unit_check_net_LDADD = $(net_LIBS) $(base_LIBS) $(GNUTLS_LIBS) $(NGHTTP2_LIBS) $(CHECK_LIBS)

# The proxy that misbehaves, for shell scripts.
check_PROGRAMS += tests/faulty
tests_faulty_SOURCES = tests/faulty.c tests/unit/faulty.c tests/unit/faulty.h
tests_faulty_LDADD = libnet.a $(base_LIBS)
endif
