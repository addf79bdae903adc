/* client: HTTP requests on the loop, through a transport that tests and recordings can replace.
 *
 * A call's callbacks run from the loop only, in the order head, body…, done; done comes exactly once unless the call
 * was cancelled. Nothing may be freed from under a call but by http_cancel, which a callback may call on its own call.
 * Everything in a request is copied by http_start. There is no whole-body time-out unless total_timeout asks for one:
 * a connect time-out, and idle_timeout between bytes. Redirects are answers like others. A write (anything but GET and
 * HEAD) is never sent twice; a GET is sent again when a kept connection turns out to be dead. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/buf.h"
#include "base/loop.h"

struct http_call;

/* How to trust a server and to be trusted by it. All may be NULL. */
struct http_tls {
    const char *ca_pem;   /* NULL: the system's */
    const char *cert_pem, *key_pem;
    const char *server_name; /* the certificate's name, where it is not the URL's host */
    bool insecure;           /* nothing is verified */
};

struct http_request {
    const char *method; /* NULL: GET */
    const char *url;    /* http or https */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const void *body;
    size_t body_len;
    const struct http_tls *tls;
    int64_t connect_timeout;    /* ns, 0: 10 s */
    int64_t idle_timeout;       /* ns without a byte while not paused, 0: none */
    int64_t total_timeout;      /* ns for all of it, 0: none; never for lists, watches and logs */
    bool http1;                 /* HTTP/1.1 even where 2 is offered: for what may rest in a pause (a connection that is
                                 * shared would rest with it), and for answers that may pass 256 KiB */
    bool no_proxy;              /* do not look at http_proxy and its kin; loopback addresses never do */
    const char *proxy;          /* this one whatever the environment says: http, https, socks5 URL */
    bool compressed;            /* gzip is welcome: for big bodies from far away, never for streams */
    bool fresh;                 /* over a connection made within the last second: those that are there may be
                                 * dead. Later calls no longer use them either */
    bool upgrade;               /* an HTTP/1.1 upgrade (the headers say to what): after a 101 the call carries bytes
                                 * both ways, out by http_send; any other answer is an ordinary one */
};

struct http_head {
    int status;
    const char *content_type; /* "" when there is none */
    int64_t retry_after;      /* ns, 0: not given */
    const char *fields;       /* for http_head_get; NULL: none are kept. Good while the call is */
};

/* A header of the answer, the first of that name (upper and lower case are one), without white space around it; NULL
 * when there is none. Of a head, 32 KiB are kept. */
const char *http_head_get(const struct http_head *head, const char *name);

enum http_outcome {
    HTTP_DONE,      /* the whole answer arrived, whatever its status */
    HTTP_REFUSED,   /* no connection: nothing was sent, safe to try again */
    HTTP_BROKEN,    /* connected, then it broke or timed out: a write may have happened */
    HTTP_UNTRUSTED, /* certificate or name: stop, do not try again */
};

struct http_result {
    enum http_outcome outcome;
    int status;       /* 0 without a head */
    struct err err;   /* a sentence unless HTTP_DONE; names host and port */
};

struct http_events {
    void (*head)(void *data, struct http_call *call, const struct http_head *head);        /* may be NULL */
    void (*body)(void *data, struct http_call *call, const char *bytes, size_t len);       /* may be NULL */
    void (*done)(void *data, struct http_call *call, const struct http_result *result);    /* the call is gone after */
    void (*sent)(void *data, struct http_call *call); /* all that http_send took has left; may be NULL */
};

/* A transport: libcurl's, a scripted one, a recorder around another. */
struct http_transport {
    const struct http_transport_ops *ops;
};

struct http_transport_ops {
    struct http_call *(*start)(struct http_transport *t, const struct http_request *request,
                               const struct http_events *events, void *data);
    void (*cancel)(struct http_transport *t, struct http_call *call); /* no callback comes after */
    void (*pause)(struct http_transport *t, struct http_call *call, bool paused);
    void (*free)(struct http_transport *t);
    /* Of an upgraded call; NULL: this transport has none. */
    void (*send)(struct http_transport *t, struct http_call *call, const void *bytes, size_t len);
    size_t (*unsent)(struct http_transport *t, const struct http_call *call);
};

struct http_call { /* every transport's calls begin with this */
    struct http_transport *transport;
};

/* Never fails at once: what is wrong arrives in done, from the loop. `data` belongs to the caller. */
struct http_call *http_start(struct http_transport *t, const struct http_request *request,
                             const struct http_events *events, void *data);
void http_cancel(struct http_call *call);
void http_pause(struct http_call *call, bool paused);
/* Bytes to an upgraded call's other end, copied and sent in order; after the head with 101. Whoever has much to send
 * holds back while http_unsent is large, and goes on when `sent` was called. */
void http_send(struct http_call *call, const void *bytes, size_t len);
size_t http_unsent(const struct http_call *call);
void http_transport_free(struct http_transport *t);

/* libcurl on the loop: one pool of connections, HTTP/2 where offered. user_agent must not be curl's own. */
struct http_transport *http_curl_new(struct loop *loop, const char *user_agent);

/* A whole answer in memory, for small ones: done gets the body (NUL-terminated), cut off at max with HTTP_BROKEN. The
 * fetch is gone after done. */
typedef void (*http_fetch_fn)(void *data, const struct http_result *result, const char *body, size_t len);
struct http_fetch;
struct http_fetch *http_fetch(struct http_transport *t, const struct http_request *request, size_t max,
                              http_fetch_fn done, void *data);
void http_fetch_cancel(struct http_fetch *fetch);

#endif
