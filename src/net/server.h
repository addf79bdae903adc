/* server: HTTP and HTTPS on the loop (libmicrohttpd), with answers that may come later and streams that never end.
 *
 * A handler is called from the loop once the request's body is whole. It answers with http_reply, or with http_stream,
 * at once or later; until then it may keep the exchange (told by on_gone when the client left first). */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "base/buf.h"
#include "base/loop.h"

struct http_server;
struct http_exchange;
typedef void (*http_handler_fn)(void *data, struct http_exchange *x);

struct http_server_options {
    const char *address;            /* "127.0.0.1"; IPv6 too */
    uint16_t port;                  /* 0: any free one */
    const char *cert_pem, *key_pem; /* both: HTTPS */
    size_t max_body;                /* 413 above; 0: 3 MiB */
    size_t send_buffer;             /* bytes the kernel may hold for a client that is slow to take them; 0: as it likes,
                                     * which is megabytes: old pictures, where a stream is live */
};

/* An error names address and port: "cannot listen on 127.0.0.1:8080: address already in use". */
struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    http_handler_fn handler, void *data, struct err *err);
/* What is ready is sent, streams are ended; on_gone and gone callbacks run from inside. */
void http_server_free(struct http_server *server);
uint16_t http_server_port(const struct http_server *server);

/* What was asked; strings live as long as the exchange. A proxy's request has the absolute form "http://host/path". */
const char *http_method(const struct http_exchange *x);
const char *http_path(const struct http_exchange *x); /* decoded, without the query; may be absolute-form */
const char *http_query(const struct http_exchange *x, const char *name); /* decoded, or NULL */
const char *http_query_string(const struct http_exchange *x);            /* as it came, without "?", or "" */
const char *http_header(const struct http_exchange *x, const char *name);
const char *http_body(const struct http_exchange *x, size_t *len);

/* Whoever keeps an exchange is told when the client is gone; the exchange is not to be used after. */
void http_on_gone(struct http_exchange *x, loop_fn fn, void *data);

/* Extra header for the answer, before it is sent. */
void http_add_header(struct http_exchange *x, const char *name, const char *value);
/* Sends it; the exchange is not to be used after. data is copied. */
void http_reply(struct http_exchange *x, int status, const char *content_type, const void *data, size_t len);
void http_replyf(struct http_exchange *x, int status, const char *content_type, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Streams: the server asks for bytes when the client takes them, so a slow client never makes a queue. */
struct http_stream;
#define HTTP_STREAM_WAIT 0   /* nothing now: asked again after http_stream_wake */
#define HTTP_STREAM_END (-1)
/* Only fills out: it runs inside the HTTP library, so it answers and frees nothing. */
typedef ssize_t (*http_stream_read_fn)(void *data, char *out, size_t max);
/* gone is called exactly once, when the stream ended for whatever reason; it frees data. */
struct http_stream *http_stream(struct http_exchange *x, int status, const char *content_type,
                                http_stream_read_fn read, loop_fn gone, void *data);
void http_stream_wake(struct http_stream *stream);

#endif
