/* client: requests to one API server, with its credentials. */
#ifndef K8S_CLIENT_H
#define K8S_CLIENT_H

#include "base/json.h"
#include "k8s/config.h"
#include "net/client.h"

struct kube_client;

/* The transport is shared and outlives the client; context is copied. What uses a client (reflectors, logs, apply sets)
 * is freed before it. */
struct kube_client *kube_client_new(struct loop *loop, struct http_transport *transport,
                                    const struct kube_context *context);
void kube_client_free(struct kube_client *client); /* calls in flight are cancelled */
struct loop *kube_client_loop(struct kube_client *client);
const struct kube_context *kube_client_context(const struct kube_client *client);

/* Who owns the whole screen says here how a credential program (an exec plugin) gets the terminal: lend(data, true,
 * PROGRAM) right before one that asks questions starts (leave the full screen, cooked mode, look away from standard
 * input, and let SIGINT be its own), lend(data, false, PROGRAM) when it has ended or was given up. Both from the loop.
 * The standard error of the other ones then becomes part of the sentence when they fail. Until this is called such
 * programs simply have our standard input and error, as plain commands want it. lend NULL: never lent. */
typedef bool (*kube_terminal_fn)(void *data, bool lent, const char *program);
void kube_client_on_terminal(struct kube_client *client, kube_terminal_fn lend, void *data);
/* The credential program that requests wait for at present, NULL: none. */
const char *kube_client_waits_for(const struct kube_client *client);

struct kube_request {
    const char *method;       /* NULL: GET */
    const char *path;         /* "/api/v1/…?query" */
    const char *content_type; /* of body */
    const char *accept;       /* NULL: application/json */
    const void *body;
    size_t body_len;
    const char *const *headers; /* more of them, NULL-terminated; NULL: none */
    int64_t idle_timeout, total_timeout;
    size_t most; /* bytes of a whole answer; 0: 64 MiB */
    bool http1, compressed, fresh, upgrade; /* as in http_request */
    bool repeatable; /* a write that may come twice: whoever sends it again after a broken connection changes nothing more */
};

/* The raw, streaming call: watches, logs, proxied streams. Authorization, impersonation, Accept and TLS are added. It waits
 * until a credential program has run; when that fails it ends with HTTP_REFUSED (HTTP_UNTRUSTED when to try again would
 * bother the operator with questions). A 401 of the API server is sent once more when fresher credentials can be had;
 * else its body is a Status that says which credentials were refused. Nothing else is tried again. http_cancel,
 * http_pause and http_send work on it. */
struct http_call *kube_stream(struct kube_client *client, const struct kube_request *request,
                              const struct http_events *events, void *data);

/* A whole answer as JSON. On 2xx json is the object (NULL when the body is not JSON); otherwise err is a sentence from
 * the Status ("pods is forbidden: …"), json the Status. The callback must not keep json. */
struct kube_answer {
    int status; /* 0: no answer */
    enum http_outcome outcome;
    const cJSON *json;
    const char *body; /* raw, NUL-terminated */
    size_t len;
    struct err err;
};
/* Tried again by itself, at most ten times: 429 and 5xx that name a time to wait; once: a GET whose connection broke before
 * the answer, and what is repeatable. Another write is never sent twice after a broken connection. Answers to a GET may come compressed.
 * Without a time-out in the request 90 s without a byte end it. The call is gone once done was called. */
struct kube_call;
typedef void (*kube_done_fn)(void *data, const struct kube_answer *answer);
struct kube_call *kube_start(struct kube_client *client, const struct kube_request *request, kube_done_fn done,
                             void *data);
void kube_cancel(struct kube_call *call);
/* The sentence of a Status object, or of any body a server may answer with (a captive portal's page, say). */
void kube_status_text(int http_status, const char *body, size_t len, struct err *out);
/* How long a Status asks to wait (details.retryAfterSeconds), in ns; 0: it does not say. */
int64_t kube_status_retry_after(const cJSON *status);
/* "/api/v1/namespaces/NS/pods/NAME:PORT/proxy/PATH": a request to a port of a pod ("pods") or service ("services") by
 * way of the API server. path may begin with "/" and have a query. What answers is not to be trusted. */
void kube_proxy_path(struct buf *out, const char *what, const char *ns, const char *name, int port, const char *path);

#endif
