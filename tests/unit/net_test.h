/* net_test: a server, a client and a raw socket on one loop over 127.0.0.1. */
#ifndef NET_TEST_H
#define NET_TEST_H

#include <check.h>

#include "base/time.h"
#include "net/client.h"
#include "net/server.h"

/* Set up and taken down around every test. */
struct net {
    struct loop *loop;
    struct http_transport *client;
    struct http_server *server;
    char origin[64]; /* http://127.0.0.1:PORT */
};
extern struct net net;

void net_setup(void);
void net_teardown(void);
/* Options NULL: plain on a free port. */
void net_serve(http_handler_fn handler, void *data);
void net_serve_with(struct http_server_options options, http_handler_fn handler, void *data);
const char *net_url(const char *path); /* good until the next call */

/* Turns the loop until the condition holds; a test never sleeps. */
#define WAIT_FOR(condition)                                                                                            \
    do {                                                                                                               \
        int64_t until_ = time_monotonic() + 15 * NSEC_PER_SEC;                                                         \
        while (!(condition)) {                                                                                         \
            ck_assert_msg(time_monotonic() < until_, "waited in vain for: %s", #condition);                           \
            loop_turn(net.loop, 20 * NSEC_PER_MSEC);                                                                   \
        }                                                                                                              \
    } while (0)

/* Turns the loop for a while, where the point is that something does not happen. */
void net_turn_for(int64_t ns);

/* What a call brought. */
struct got {
    struct http_call *call;
    int heads, dones, pieces, sents, status;
    const struct http_head *head;
    char type[64];
    int64_t retry_after;
    struct buf body;
    struct http_result result;
    void (*on_head)(struct got *got);
    void (*on_body)(struct got *got);
    void (*on_sent)(struct got *got);
    void (*on_done)(struct got *got);
};
extern const struct http_events got_events;
void got_start(struct got *got, const struct http_request *request);
void got_get(struct got *got, const char *path);
void got_release(struct got *got);

/* A bare TCP client of the server. */
int raw_connect(uint16_t port);
void raw_send(int fd, const char *text);
/* Reads what is there; *eof when the other side is gone. */
void raw_read(int fd, struct buf *in, bool *eof);

/* A bare TCP server: each connection's bytes go to on_bytes, which may raw_send an answer or close the descriptor
 * (true). */
struct raw_server {
    uint16_t port;
    int fd, accepted, fds[8];
    struct loop_io listen, io[8];
    struct buf in[8];
    bool (*on_bytes)(struct raw_server *server, int i);
    void *data;
};
void raw_serve(struct raw_server *server, bool (*on_bytes)(struct raw_server *, int));
void raw_release(struct raw_server *server);

/* Certificates of the test's own authority; each call gives new strings (free()). days < 0: expired. */
struct test_ca;
struct test_ca *test_ca_new(const char *name);
void test_ca_free(struct test_ca *ca);
char *test_ca_pem(struct test_ca *ca);
void test_ca_issue(struct test_ca *ca, const char *dns, bool loopback_ip, int days, char **cert, char **key);

/* TLS before a plain server on 127.0.0.1, which net.origin then names; strings are kept, not copied. */
struct tls_front;
struct tls_front_counts {
    int handshakes, resumed;
    char alpn[16]; /* of the last */
};
struct tls_front *tls_front_new(const char *cert, const char *key, const char *alpn, uint16_t target);
void tls_front_else(struct tls_front *front, uint16_t target); /* for who does not speak alpn */
struct tls_front_counts *tls_front_counts(struct tls_front *front);
void tls_front_cut(struct tls_front *front); /* every connection ends */
void tls_front_free(struct tls_front *front);

Suite *net_url_suite(void);
Suite *net_server_suite(void);
Suite *net_stream_suite(void);
Suite *net_client_suite(void);
Suite *net_broken_suite(void);
Suite *net_tls_suite(void);
Suite *net_upgrade_suite(void);
Suite *net_writes_suite(void);
Suite *net_pool_suite(void);
Suite *net_http2_suite(void);
Suite *net_packed_suite(void);
Suite *net_faults_suite(void);

#endif
