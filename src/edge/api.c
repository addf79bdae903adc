/* The API server: who may come in, and where a path leads. */
#include "edge/api.h"

#include <ctype.h>

#define MAX_BODY (3u << 20)

static bool same_secret(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned char diff = n != m;
    for (size_t i = 0; i < n; i++)
        diff |= (unsigned char)(a[i] ^ b[i % (m ? m : 1)]);
    return diff == 0;
}

static bool authorised(const struct edge_req *r)
{
    const char *header = http_header(r->x, "Authorization");
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return false;
    header += 7;
    while (*header == ' ')
        header++;
    return same_secret(header, r->api->token);
}

bool edge_query_flag(const struct edge_req *r, const char *name)
{
    const char *value = http_query(r->x, name);
    return value && (str_eq(value, "true") || str_eq(value, "1"));
}

bool edge_dry_run(const struct edge_req *r)
{
    return str_eq(http_query(r->x, "dryRun"), "All");
}

void edge_manager(const struct edge_req *r, char out[129])
{
    const char *manager = http_query(r->x, "fieldManager");
    if (manager && *manager) {
        snprintf(out, 129, "%s", manager);
        return;
    }
    const char *agent = http_header(r->x, "User-Agent");
    size_t len = agent ? strcspn(agent, "/") : 0;
    snprintf(out, 129, "%.*s", (int)MIN(len, 128), len ? agent : "");
    if (!*out)
        snprintf(out, 129, "unknown");
}

/* What of Accept we can serve; false: nothing. */
static bool negotiate(struct edge_req *r)
{
    const char *accept = http_header(r->x, "Accept");
    if (!accept || !*accept)
        return true;
    for (const char *s = accept; *s;) {
        size_t len = strcspn(s, ",");
        char part[256];
        size_t n = 0;
        for (size_t i = 0; i < len && n + 1 < sizeof part; i++)
            if (!isspace((unsigned char)s[i]))
                part[n++] = s[i];
        part[n] = '\0';
        s += len + (s[len] == ',');
        bool json =
            str_starts(part, "application/json") || str_starts(part, "*/*") || str_starts(part, "application/*");
        if (!json)
            continue;
        const char *as = strstr(part, ";as=");
        if (!as) {
            r->form = EDGE_FORM_OBJECT;
            return true;
        }
        as += 4;
        if (str_starts(as, "Table") && !strstr(part, "v=v1beta1")) {
            r->form = EDGE_FORM_TABLE;
            return true;
        }
        if (str_starts(as, "PartialObjectMetadata")) {
            r->form = EDGE_FORM_METADATA;
            return true;
        }
    }
    return false;
}

cJSON *edge_body(struct edge_req *r)
{
    size_t len;
    const char *body = http_body(r->x, &len);
    if (len > MAX_BODY) {
        edge_reply_error(r, 413, "Request entity too large: limit is %u", MAX_BODY);
        return NULL;
    }
    struct err err = ERR_INIT;
    cJSON *json = edge_parse_body(body, len, &err);
    if (!json)
        edge_reply_error(r, 400, "the object provided is unrecognized (must be of type %s): %s",
                         r->kind ? r->kind->kind : "object", err.text);
    return json;
}

static bool take_segment(const char **path, char *out, size_t size)
{
    const char *s = *path;
    if (*s != '/')
        return false;
    size_t len = strcspn(++s, "/");
    if (len == 0 || len >= size)
        return false;
    memcpy(out, s, len);
    out[len] = '\0';
    *path = s + len;
    return true;
}

/* /api/v1/… and /apis/GROUP/VERSION/… : [namespaces/NS/]PLURAL[/NAME[/SUB[/…]]] */
static bool find_resource(struct edge_req *r, const char *path)
{
    char group[128] = "", version[32], part[256], next[320];
    if (str_starts(path, "/api/")) {
        path += 4;
    } else if (str_starts(path, "/apis/")) {
        path += 5;
        if (!take_segment(&path, group, sizeof group))
            return false;
    } else {
        return false;
    }
    if (!take_segment(&path, version, sizeof version) || !take_segment(&path, part, sizeof part))
        return false;
    if (str_eq(part, "namespaces")) {
        const char *after = path;
        char kind[256];
        if (take_segment(&after, next, sizeof next) && take_segment(&after, kind, sizeof kind) &&
            edge_kind_by_plural(group, version, kind) && strcmp(kind, "namespaces")) {
            snprintf(r->ns, sizeof r->ns, "%.255s", next);
            snprintf(part, sizeof part, "%s", kind);
            path = after;
        }
    }
    r->kind = edge_kind_by_plural(group, version, part);
    if (!r->kind || (r->ns[0] && !r->kind->namespaced))
        return false;
    if (!*path)
        return true;
    if (!take_segment(&path, r->name, sizeof r->name))
        return false;
    if (*path && !take_segment(&path, r->sub, sizeof r->sub))
        return false;
    r->rest = path;
    return !*path || str_eq(r->sub, "proxy");
}

static void not_allowed(struct edge_req *r)
{
    edge_reply_error(r, 405, "the server does not allow this method on the requested resource");
}

static void no_such_path(struct edge_req *r)
{
    edge_reply_error(r, 404, "the server could not find the requested resource");
}

static void collection(struct edge_req *r)
{
    if (str_eq(r->method, "GET") || str_eq(r->method, "HEAD")) {
        if (edge_query_flag(r, "watch"))
            edge_api_watch(r);
        else
            edge_api_list(r);
    } else if (str_eq(r->method, "POST") && (r->ns[0] || !r->kind->namespaced)) {
        edge_api_create(r);
    } else if (str_eq(r->method, "DELETE") && (r->ns[0] || !r->kind->namespaced)) {
        edge_api_delete_collection(r);
    } else {
        not_allowed(r);
    }
}

static void item(struct edge_req *r)
{
    if (str_eq(r->method, "GET") || str_eq(r->method, "HEAD"))
        edge_api_get(r);
    else if (str_eq(r->method, "PUT"))
        edge_api_replace(r);
    else if (str_eq(r->method, "PATCH"))
        edge_api_patch(r);
    else if (str_eq(r->method, "DELETE") && !r->sub[0])
        edge_api_delete(r);
    else
        not_allowed(r);
}

static void subresource(struct edge_req *r)
{
    bool pod = str_eq(r->kind->kind, "Pod"), get = str_eq(r->method, "GET") || str_eq(r->method, "HEAD");
    if (str_eq(r->sub, "status") && r->kind->has_status)
        item(r);
    else if (str_eq(r->sub, "scale") && str_eq(r->kind->group, "apps"))
        get ? edge_api_scale_get(r) : item(r);
    else if (str_eq(r->sub, "log") && pod)
        get ? edge_api_log(r) : not_allowed(r);
    else if (str_eq(r->sub, "proxy") && (pod || str_eq(r->kind->kind, "Service")))
        edge_api_relay(r);
    else if (str_eq(r->sub, "eviction") && pod)
        str_eq(r->method, "POST") ? edge_api_evict(r) : not_allowed(r);
    else
        no_such_path(r);
}

static void resource(struct edge_req *r)
{
    /* what a pod answers, and a log, is whatever it is: their Accept is not ours to judge */
    bool opaque = str_eq(r->sub, "proxy") || str_eq(r->sub, "log");
    if (!negotiate(r) && !opaque) {
        edge_reply_error(r, 406,
                         "only the following media types are accepted: application/json, application/json;as=Table;"
                         "v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
        return;
    }
    if (r->kind->namespaced && !r->ns[0] && r->name[0])
        no_such_path(r);
    else if (!r->name[0])
        collection(r);
    else if (r->sub[0])
        subresource(r);
    else
        item(r);
}

static void handle(void *data, struct http_exchange *x)
{
    struct edge_api *api = data;
    struct edge_req r = {.api = api, .store = api->store, .x = x, .method = http_method(x), .rest = ""};
    const char *path = http_path(x);
    if (!authorised(&r)) {
        edge_reply_error(&r, 401, "Unauthorized");
    } else if (str_eq(path, "/healthz") || str_eq(path, "/livez") || str_eq(path, "/readyz")) {
        http_reply(x, 200, "text/plain; charset=utf-8", "ok", 2);
    } else if (!edge_api_discovery(&r) && !edge_api_openapi(&r) && !edge_api_review(&r)) {
        if (find_resource(&r, path))
            resource(&r);
        else {
            r.kind = NULL;
            r.name[0] = '\0';
            no_such_path(&r);
        }
    }
}

struct edge_api *edge_api_new(struct edge_store *store, const struct edge_api_options *options,
                              struct edge_node_agents *agents, struct err *err)
{
    struct edge_api *api = xcalloc(1, sizeof *api);
    api->loop = edge_store_loop(store);
    api->store = store;
    api->agents = agents;
    api->http = options->http;
    api->token = xstrdup(options->token);
    /* A body a little too large is told so by a Status; the server itself cuts off what is far too large. */
    struct http_server_options server = {.address = "127.0.0.1",
                                         .port = options->port,
                                         .cert_pem = options->cert_pem,
                                         .key_pem = options->key_pem,
                                         .max_body = 2 * MAX_BODY};
    api->server = http_server_new(api->loop, &server, handle, api, err);
    if (!api->server) {
        free(api->token);
        free(api);
        return NULL;
    }
    api->gc = edge_gc_new(store);
    return api;
}

void edge_api_free(struct edge_api *api)
{
    if (!api)
        return;
    http_server_free(api->server);
    edge_gc_free(api->gc);
    free(api->token);
    free(api);
}

uint16_t edge_api_port(const struct edge_api *api)
{
    return http_server_port(api->server);
}
