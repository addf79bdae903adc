noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	src/net/client.c src/net/client.h \
	src/net/client_curl.c \
	src/net/server.c src/net/server.h \
	src/net/url.c src/net/url.h
net_LIBS = libnet.a $(CURL_LIBS) $(MICROHTTPD_LIBS)
