noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	src/net/call.c src/net/call.h \
	src/net/client.c src/net/client.h \
	src/net/client_curl.c \
	src/net/exchange.c src/net/exchange.h \
	src/net/head.c src/net/head.h \
	src/net/server.c src/net/server.h \
	src/net/socket.c src/net/socket.h \
	src/net/url.c src/net/url.h \
	src/net/why.c src/net/why.h
net_LIBS = libnet.a $(CURL_LIBS) $(MICROHTTPD_LIBS)
