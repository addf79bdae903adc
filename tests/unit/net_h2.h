/* net_h2: a server that speaks HTTP/2 behind TLS (libnghttp2), small and obedient to its test. */
#ifndef TESTS_NET_H2_H
#define TESTS_NET_H2_H

#include "net_test.h"

/* GET /            "done"
 * GET /large       H2_LARGE bytes, and the end with the last of them
 * GET /huge        H2_HUGE bytes, and the end apart
 * GET /watch       what h2_say says, for ever
 * PATCH /refused   the stream is refused, unseen (RST_STREAM, REFUSED_STREAM)
 * others           "done"
 * unless `answer` says what to answer: a text of the caller's making, which may go on for ever after it. */
#define H2_LARGE (255u << 10)
#define H2_HUGE (4u << 20)

struct h2_server {
    uint16_t port;
    int fd;
    struct loop_io listen;
    struct h2_conn *conns;
    int connections, heads, whole; /* requests that began, and that came to their end */
    int writes;                    /* of the whole ones: no GETs */
    char *(*answer)(const char *path, bool *endless); /* free()d; set it after h2_serve */
};

void h2_serve(struct h2_server *server); /* without TLS: put a tls_front before it */
void h2_say(struct h2_server *server, size_t bytes);
void h2_finish(struct h2_server *server); /* what is endless ends */
void h2_go_away(struct h2_server *server); /* streams that are open may end in peace, new ones may not begin */
void h2_release(struct h2_server *server);

#endif
