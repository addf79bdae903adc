/* wire: a real API server over TLS behind a proxy that misbehaves, and the real transport, on one loop. */
#ifndef TESTS_FAULTS_WIRE_H
#define TESTS_FAULTS_WIRE_H

#include "faults.h"
#include "faulty.h"
#include "net_test.h"

struct wire_watch {
    struct wire_watch *next;
    struct http_stream *stream;
    char path[128], rv[32];
    struct buf out;
    bool over;
};

struct wire {
    struct test_ca *ca;
    char *ca_pem, *cert, *key;
    struct http_server *server;
    struct faulty *proxy;
    struct wire_watch *watches;
    int requests;
    bool (*answer)(struct http_exchange *x); /* a case's own; true: it has answered */
    int speed;                               /* of the loop's clock: so many seconds a second */
    int64_t then, real;
};
extern struct wire wire;

void wire_set_up(void); /* the server alone */
void wire_begin(void);  /* and the pods looked at, live */
/* The server again, at the same port, with a certificate of ca (NULL: the cluster's own). */
void wire_serve(struct test_ca *ca, const char *dns, bool loopback);
/* Contexts one (at this server, trusting this authority) and two (the proxy's). free() */
char *wire_config(const char *server, const char *ca_pem);
void wire_proxy(const char *command);
const char *wire_where(void); /* "127.0.0.1:PORT" of the proxy */
void wire_speed(int speed);
void wire_pass(double seconds);
struct wire_watch *wire_watch(const char *plural); /* NULL: there is none */
void wire_event(const char *plural, const char *type, const char *object);
/* Until the words are on the screen. */
void await(const char *part);

#endif
