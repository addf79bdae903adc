/* curl_call: what the files of libcurl's transport share. For src/net/curl_*.c alone: <curl/curl.h> stops here. */
#ifndef NET_CURL_CALL_H
#define NET_CURL_CALL_H

#include <curl/curl.h>

#include "net/call.h"
#include "net/url.h"

#define MAX_SPARE 8

enum { ANY, HTTP1, POOLS };

struct transport;
struct upgrade;

/* A multi handle on the loop: the connections that its calls share. */
struct pool {
    struct transport *t;
    struct pool *next; /* of those that are left */
    CURLM *multi;
    int64_t born;
    size_t calls;      /* that are under way */
    struct loop_timer timer;
    struct socket_watch *sockets;
};

struct transport {
    struct http_transport base;
    struct calls calls;
    /* What must speak HTTP/1.1 has a pool of its own: libcurl notes by host whether calls may share a connection, and
     * one of HTTP/1.1 would end that for all of HTTP/2. */
    struct pool *pools[POOLS];
    struct pool *left; /* for calls that are under way, no new ones */
    struct loop_task sweep;
    CURLSH *share; /* of TLS sessions: a handle knows only its own */
    char *user_agent;
    CURL *spare[MAX_SPARE];
    int spare_count;
};

struct curl_call {
    struct call call; /* first: it is freed as one */
    struct transport *t;
    struct pool *pool;
    CURL *easy; /* NULL once it ended */
    struct curl_slist *headers, *connect_to;
    char *body;
    size_t body_len, body_sent;
    bool https, own_ca;
    bool proxied; /* by a proxy that the request named */
    bool write; /* never sent twice */
    long sent_before;
    int64_t connect_timeout;
    struct upgrade *upgrade; /* NULL: an ordinary call */
    char error[CURL_ERROR_SIZE];
};

static inline struct curl_call *curl_call_of(struct call *call)
{
    return CONTAINER_OF(call, struct curl_call, call);
}

/* curl_pool.c */
void pools_init(struct transport *t);
void pools_release(struct transport *t); /* after the last call */
/* fresh: whose connections are new. */
void pool_enter(struct curl_call *call, int which, bool fresh);
void pool_leave(struct curl_call *call);

/* curl_setup.c: the request as options of call->easy. */
void curl_set_up(struct curl_call *call, const struct http_request *request, const struct url *url);

/* curl_why.c: what libcurl's code means, and the words for it. */
enum http_outcome curl_classify(struct curl_call *call, CURLcode code, struct err *err);
/* libcurl is done with the call. */
void curl_ended(struct curl_call *call, CURLcode code);

/* curl_upgrade.c: a call whose connection we read and write ourselves. */
void upgrade_set_up(struct curl_call *call, const struct http_request *request, const struct url *url);
void upgrade_connected(struct curl_call *call);
void upgrade_resume(struct curl_call *call);
void upgrade_send(struct curl_call *call, const void *bytes, size_t len);
size_t upgrade_unsent(const struct curl_call *call);
void upgrade_stop(struct curl_call *call); /* before its handle goes */
void upgrade_free(struct curl_call *call);

#endif
