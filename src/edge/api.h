/* api: what the files of the API server share: a request taken apart, and answers. */
#ifndef EDGE_API_H
#define EDGE_API_H

#include "edge/edge.h"

struct edge_watch;
struct edge_log_stream;

struct edge_api {
    struct loop *loop;
    struct edge_store *store;
    struct http_server *server;
    struct http_transport *http;
    struct edge_node_agents *agents;
    char *token;
    struct edge_gc *gc;
};

enum edge_form { EDGE_FORM_OBJECT, EDGE_FORM_TABLE, EDGE_FORM_METADATA }; /* what Accept asks for */

struct edge_req { /* one request; lives until it is answered */
    struct edge_api *api;
    struct edge_store *store;
    struct http_exchange *x;
    const char *method;
    const struct edge_kind *kind;
    char ns[256], name[320], sub[64]; /* "" where the path has none */
    const char *rest;                 /* of a proxy path: what follows "/proxy", "" or "/…" */
    enum edge_form form;
};

/* Answers. The request's exchange is not to be used after. */
void edge_reply_json(struct edge_req *r, int status, const cJSON *json);
/* A Status: the reason follows from the code. */
void edge_reply_error(struct edge_req *r, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* With causes (may be NULL, borrowed) and the object's name and uid in the details. */
void edge_reply_failure(struct edge_req *r, int code, const char *reason, const char *message, const char *name,
                        const cJSON *causes);
/* What a refused write of the store becomes. */
void edge_reply_refused(struct edge_req *r, int code, const struct err *err, const char *name);
/* An object in the form that was asked for. */
void edge_reply_object(struct edge_req *r, int status, const cJSON *object);
cJSON *edge_status_json(int code, const char *reason, const char *message, cJSON *details);
const char *edge_status_reason(int code);
int64_t edge_now(const struct edge_req *r); /* wall clock */

/* The object as JSON text; items of a list do not repeat their kind. */
void edge_print_item(struct buf *out, const cJSON *object);
cJSON *edge_partial(const cJSON *object); /* PartialObjectMetadata */

/* Query parameters. */
bool edge_query_flag(const struct edge_req *r, const char *name); /* "true" or "1" */
bool edge_dry_run(const struct edge_req *r);
/* The manager that a write is booked on: fieldManager, else the user agent's first word. */
void edge_manager(const struct edge_req *r, char out[129]);

/* Handlers of a resource's verbs. */
void edge_api_get(struct edge_req *r);
void edge_api_list(struct edge_req *r);
void edge_api_watch(struct edge_req *r);
void edge_api_create(struct edge_req *r);
void edge_api_replace(struct edge_req *r);
void edge_api_patch(struct edge_req *r);
void edge_api_delete(struct edge_req *r);
void edge_api_delete_collection(struct edge_req *r);
void edge_api_scale_get(struct edge_req *r);
void edge_api_log(struct edge_req *r);
void edge_api_relay(struct edge_req *r);
void edge_api_evict(struct edge_req *r);

/* Without a resource. Each answers and returns true when the path is its own. */
bool edge_api_discovery(struct edge_req *r);
bool edge_api_openapi(struct edge_req *r);
bool edge_api_review(struct edge_req *r); /* authorization.k8s.io, authentication.k8s.io */

/* The request's body as an object, or NULL when the request has been answered (400, 413, 415). */
cJSON *edge_body(struct edge_req *r);

/* JSON, protobuf, or YAML when it is neither. */
cJSON *edge_parse_body(const char *body, size_t len, struct err *err);
/* Whether an object is no larger, in any of its maps and lists, and no deeper than the edge can work with; err says what
 * is. */
int edge_check_shape(const cJSON *json, struct err *err);

/* Garbage collection and the end of namespaces. */
struct edge_gc *edge_gc_new(struct edge_store *store);
void edge_gc_free(struct edge_gc *gc);

#endif
