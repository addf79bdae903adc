/* client: requests to one API server, with its credentials. */
#ifndef K8S_CLIENT_H
#define K8S_CLIENT_H

#include "k8s/config.h"
#include "net/client.h"

struct kube_client;

/* The transport is shared and outlives the client; context is copied. */
struct kube_client *kube_client_new(struct loop *loop, struct http_transport *transport,
                                    const struct kube_context *context);
void kube_client_free(struct kube_client *client); /* calls in flight are cancelled */
struct loop *kube_client_loop(struct kube_client *client);
const struct kube_context *kube_client_context(const struct kube_client *client);

struct kube_request {
    const char *method;       /* NULL: GET */
    const char *path;         /* "/api/v1/…?query" */
    const char *content_type; /* of body */
    const char *accept;       /* NULL: application/json */
    const void *body;
    size_t body_len;
    int64_t idle_timeout, total_timeout;
    bool http1;
};

/* The raw, streaming call: watches, logs, proxied streams. Authorization, Accept and TLS are added. */
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
struct kube_call;
typedef void (*kube_done_fn)(void *data, const struct kube_answer *answer);
struct kube_call *kube_start(struct kube_client *client, const struct kube_request *request, kube_done_fn done,
                             void *data);
void kube_cancel(struct kube_call *call);
/* The sentence of a Status object, or of any body a server may answer with. */
void kube_status_text(int http_status, const char *body, size_t len, struct err *out);

#endif
