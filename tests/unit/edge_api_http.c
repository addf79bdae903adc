/* The API over HTTPS as a client sees it. */
#include "edge/cert.h"
#include "edge_api_test.h"
#include "net/client.h"

static struct {
    struct loop *loop;
    struct edge_store *store;
    struct edge_api *api;
    struct http_transport *http;
    char *cert, *key;
    struct http_tls tls;
} srv;

static void server_setup(void)
{
    struct err err = ERR_INIT;
    int status;
    srv.loop = loop_new(NULL);
    srv.store = edge_store_new(srv.loop);
    ck_assert_int_eq(edge_cert_make(&srv.cert, &srv.key, &err), 0);
    srv.http = http_curl_new(srv.loop, "tester/1.0");
    struct edge_api_options options = {.token = "secret", .cert_pem = srv.cert, .key_pem = srv.key, .http = srv.http};
    srv.api = edge_api_new(srv.store, &options, NULL, &err);
    ck_assert_msg(srv.api != NULL, "%s", err.text);
    srv.tls = (struct http_tls){.ca_pem = srv.cert};
    edge_store_create(srv.store, edge_kind_by_name("Namespace"), json_of("{'metadata':{'name':'default'}}"), &status,
                      &err);
}

static void server_teardown(void)
{
    edge_api_free(srv.api);
    http_transport_free(srv.http);
    edge_store_free(srv.store);
    loop_free(srv.loop);
    free(srv.cert);
    free(srv.key);
}

struct answer {
    bool done;
    int status;
    struct buf body;
};

static void on_body(void *data, struct http_call *call UNUSED, const char *bytes, size_t len)
{
    buf_add(&((struct answer *)data)->body, bytes, len);
}

static void on_done(void *data, struct http_call *call UNUSED, const struct http_result *result)
{
    struct answer *a = data;
    ck_assert_msg(result->outcome == HTTP_DONE, "%s", result->err.text);
    a->done = true;
    a->status = result->status;
}

static const struct http_events events = {.body = on_body, .done = on_done};

static struct http_call *begin(struct answer *a, const char *method, const char *path, const char *header,
                               const char *body)
{
    char url[1024];
    const char *headers[] = {"Authorization: Bearer secret", header, NULL};
    char *text = body ? xstrdup(body) : NULL;
    for (char *c = text; c && *c; c++)
        if (*c == '\'')
            *c = '"';
    snprintf(url, sizeof url, "https://127.0.0.1:%u%s", edge_api_port(srv.api), path);
    *a = (struct answer){0};
    buf_init(&a->body, 16u << 20);
    struct http_request request = {.method = method,
                                   .url = url,
                                   .headers = headers,
                                   .body = text,
                                   .body_len = text ? strlen(text) : 0,
                                   .tls = &srv.tls,
                                   .no_proxy = true};
    struct http_call *call = http_start(srv.http, &request, &events, a);
    free(text);
    return call;
}

/* Waits for the whole answer; its status, and its JSON in *json when that is wanted (the caller's). */
static int ask(const char *method, const char *path, const char *header, const char *body, cJSON **json)
{
    struct answer a;
    begin(&a, method, path, header, body);
    while (!a.done)
        loop_turn(srv.loop, 5 * NSEC_PER_SEC);
    struct err err = ERR_INIT;
    if (json)
        ck_assert_msg((*json = json_parse(a.body.data, a.body.len, &err)) != NULL, "%s: %s", err.text, a.body.data);
    buf_release(&a.body);
    return a.status;
}

static int post(const char *path, const char *body)
{
    return ask("POST", path, "Content-Type: application/json", body, NULL);
}

#define MAPS "/api/v1/namespaces/default/configmaps"

START_TEST(without_the_token_nobody_comes_in)
{
    static const char *const wrong[] = {NULL, "Authorization: Bearer", "Authorization: Bearer secre",
                                        "Authorization: Bearer secrets", "Authorization: Basic c2VjcmV0"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct answer a = {0};
        char url[128];
        const char *headers[] = {wrong[i], NULL};
        buf_init(&a.body, 4096);
        snprintf(url, sizeof url, "https://127.0.0.1:%u/api/v1/pods", edge_api_port(srv.api));
        struct http_request request = {.url = url, .headers = headers, .tls = &srv.tls, .no_proxy = true};
        http_start(srv.http, &request, &events, &a);
        while (!a.done)
            loop_turn(srv.loop, 5 * NSEC_PER_SEC);
        ck_assert_int_eq(a.status, 401);
        cJSON *json = json_of(a.body.data);
        ck_assert_str_eq(json_str(json, "reason"), "Unauthorized");
        cJSON_Delete(json);
        buf_release(&a.body);
    }
}
END_TEST

static const struct {
    const char *method, *path, *header, *body;
    int status;
    const char *reason;
} faults[] = {
    {"GET", MAPS "/none", NULL, NULL, 404, "NotFound"},
    {"GET", "/api/v1/unicorns", NULL, NULL, 404, "NotFound"},
    {"GET", "/apis/none/v1", NULL, NULL, 404, "NotFound"},
    {"GET", "/", NULL, NULL, 404, "NotFound"},
    {"GET", "/api/v1/namespaces/default/nodes", NULL, NULL, 404, "NotFound"},
    {"GET", MAPS "/x/y", NULL, NULL, 404, "NotFound"},
    {"POST", MAPS "/x", "Content-Type: application/json", "{}", 405, "MethodNotAllowed"},
    {"GET", MAPS "?labelSelector=a%20b", NULL, NULL, 400, "BadRequest"},
    {"GET", MAPS "?fieldSelector=spec.x%3D1", NULL, NULL, 400, "BadRequest"},
    {"GET", MAPS "?limit=-1", NULL, NULL, 400, "BadRequest"},
    {"GET", MAPS "?continue=garbage", NULL, NULL, 400, "BadRequest"},
    {"GET", MAPS "?resourceVersion=x", NULL, NULL, 400, "BadRequest"},
    {"GET", MAPS "?resourceVersion=99999999", NULL, NULL, 504, "Timeout"},
    {"GET", MAPS, "Accept: application/vnd.kubernetes.protobuf", NULL, 406, "NotAcceptable"},
    {"POST", MAPS, "Content-Type: application/json", "", 400, "BadRequest"},
    {"POST", MAPS, "Content-Type: application/json", "{'metadata':", 400, "BadRequest"},
    {"POST", MAPS, "Content-Type: application/json", "[]", 400, "BadRequest"},
    {"POST", MAPS, "Content-Type: application/json", "{'kind':'Pod'}", 400, "BadRequest"},
    {"POST", MAPS, "Content-Type: application/json", "{'apiVersion':'v2'}", 400, "BadRequest"},
    {"POST", MAPS, "Content-Type: application/json", "{'metadata':{'name':'a','namespace':'b'}}", 400, "BadRequest"},
    {"POST", MAPS, "Content-Type: application/json", "{'metadata':{'name':'A'}}", 422, "Invalid"},
    {"POST", MAPS, "Content-Type: application/json", "{'metadata':{'name':'a'},'data':{'k':1}}", 400, "BadRequest"},
    {"POST", MAPS "?fieldValidation=Strict", "Content-Type: application/json", "{'metadata':{'name':'a'},'dat':{}}",
     400, "BadRequest"},
    {"POST", "/api/v1/namespaces/none/configmaps", "Content-Type: application/json", "{'metadata':{'name':'a'}}", 404,
     "NotFound"},
    {"PUT", MAPS "/none", "Content-Type: application/json", "{'metadata':{'name':'none'}}", 404, "NotFound"},
    {"PUT", MAPS "/x", "Content-Type: application/json", "{'metadata':{'name':'y'}}", 400, "BadRequest"},
    {"PATCH", MAPS "/x", "Content-Type: text/plain", "{}", 415, "UnsupportedMediaType"},
    {"PATCH", MAPS "/x", "Content-Type: application/merge-patch+json", "{}", 404, "NotFound"},
    {"PATCH", MAPS "/x", "Content-Type: application/apply-patch+yaml", "{'apiVersion':'v1','kind':'ConfigMap'}", 422,
     "Invalid"},
    {"PATCH", MAPS "/x?fieldManager=m", "Content-Type: application/apply-patch+yaml", "{}", 400, "BadRequest"},
    {"DELETE", MAPS "/none", NULL, NULL, 404, "NotFound"},
    {"DELETE", MAPS "/none?propagationPolicy=Odd", NULL, NULL, 422, "Invalid"},
    {"DELETE", "/api/v1/configmaps", NULL, NULL, 405, "MethodNotAllowed"},
    {"GET", MAPS "?watch=1&sendInitialEvents=true", NULL, NULL, 422, "Invalid"},
};

START_TEST(every_fault_is_a_status)
{
    cJSON *json;
    int status = ask(faults[_i].method, faults[_i].path, faults[_i].header, faults[_i].body, &json);
    ck_assert_msg(status == faults[_i].status, "%s %s: %d %s", faults[_i].method, faults[_i].path, status,
                  json_str_or(json, "message", ""));
    ck_assert_str_eq(json_str(json, "kind"), "Status");
    ck_assert_str_eq(json_str(json, "reason"), faults[_i].reason);
    ck_assert_int_eq(json_int(json, "code", 0), faults[_i].status);
    cJSON_Delete(json);
}
END_TEST

START_TEST(a_page_is_of_the_state_of_the_first_one)
{
    cJSON *json;
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'b'}}"), 201);
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'a'}}"), 201);
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'d'}}"), 201);
    ck_assert_int_eq(ask("GET", MAPS "?limit=1", NULL, NULL, &json), 200);
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(json_array(json, "items"), 0), "metadata.name"), "a");
    ck_assert_int_eq(json_int(json, "metadata.remainingItemCount", 0), 2);
    char *rv = xstrdup(json_str(json, "metadata.resourceVersion"));
    char *path = xasprintf(MAPS "?limit=5&continue=%s", json_str(json, "metadata.continue"));
    cJSON_Delete(json);
    /* meanwhile one comes, one goes, one changes */
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'c'}}"), 201);
    ck_assert_int_eq(ask("DELETE", MAPS "/d", NULL, NULL, NULL), 200);
    ck_assert_int_eq(ask("PATCH", MAPS "/b", "Content-Type: application/merge-patch+json", "{'data':{'k':'v'}}", NULL),
                     200);
    ck_assert_int_eq(ask("PATCH", MAPS "/b", "Content-Type: application/merge-patch+json", "{'data':{'k':'w'}}", NULL),
                     200);
    ck_assert_int_eq(ask("PATCH", MAPS "/c", "Content-Type: application/merge-patch+json", "{'data':{'k':'w'}}", NULL),
                     200);
    ck_assert_int_eq(ask("GET", path, NULL, NULL, &json), 200);
    const cJSON *items = json_array(json, "items");
    ck_assert_int_eq(cJSON_GetArraySize(items), 2);
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(items, 0), "metadata.name"), "b");
    ck_assert_ptr_null(json_at(cJSON_GetArrayItem(items, 0), "data"));
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(items, 1), "metadata.name"), "d");
    ck_assert_str_eq(json_str(json, "metadata.resourceVersion"), rv);
    ck_assert_ptr_null(json_at(json, "metadata.continue"));
    ck_assert_ptr_null(json_get(cJSON_GetArrayItem(items, 0), "kind"));
    cJSON_Delete(json);
    free(path);
    free(rv);
}
END_TEST

static void wait_for(struct answer *a, const char *text)
{
    for (int i = 0; i < 500 && !strstr(a->body.data, text); i++)
        loop_turn(srv.loop, 20 * NSEC_PER_MSEC);
    ck_assert_msg(strstr(a->body.data, text) != NULL, "no %s in %s", text, a->body.data);
}

START_TEST(a_watch_tells_what_is_there_then_what_changes)
{
    struct answer a;
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1'}}}"), 201);
    struct http_call *call = begin(&a, "GET", MAPS "?watch=1&labelSelector=x%3D1", NULL, NULL);
    wait_for(&a, "\"type\":\"ADDED\"");
    buf_reset(&a.body);
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'other'}}"), 201);
    ck_assert_int_eq(ask("PATCH", MAPS "/a", "Content-Type: application/merge-patch+json", "{'data':{'k':'v'}}", NULL),
                     200);
    wait_for(&a, "\"type\":\"MODIFIED\"");
    /* out of the selection, into it again, gone */
    ck_assert_int_eq(ask("PATCH", MAPS "/a", "Content-Type: application/merge-patch+json",
                         "{'metadata':{'labels':{'x':'2'}}}", NULL),
                     200);
    wait_for(&a, "\"type\":\"DELETED\"");
    buf_reset(&a.body);
    ck_assert_int_eq(ask("PATCH", MAPS "/a", "Content-Type: application/merge-patch+json",
                         "{'metadata':{'labels':{'x':'1'}}}", NULL),
                     200);
    wait_for(&a, "\"type\":\"ADDED\"");
    ck_assert_int_eq(ask("DELETE", MAPS "/a", NULL, NULL, NULL), 200);
    wait_for(&a, "\"type\":\"DELETED\"");
    ck_assert_ptr_null(strstr(a.body.data, "other"));
    http_cancel(call);
    buf_release(&a.body);
}
END_TEST

START_TEST(a_watch_that_is_too_old_is_told_410)
{
    char path[128];
    uint64_t rv = edge_store_rv(srv.store);
    for (int i = 0; i <= EDGE_HISTORY; i++) {
        int status;
        struct err err = ERR_INIT;
        char text[96];
        snprintf(text, sizeof text, "{'metadata':{'name':'m%d','namespace':'default'}}", i);
        edge_store_create(srv.store, edge_kind_by_name("ConfigMap"), json_of(text), &status, &err);
    }
    snprintf(path, sizeof path, MAPS "?watch=1&resourceVersion=%" PRIu64, rv);
    cJSON *json;
    ck_assert_int_eq(ask("GET", path, NULL, NULL, &json), 200);
    ck_assert_str_eq(json_str(json, "type"), "ERROR");
    ck_assert_int_eq(json_int(json, "object.code", 0), 410);
    ck_assert_str_eq(json_str(json, "object.reason"), "Expired");
    cJSON_Delete(json);
    snprintf(path, sizeof path, MAPS "?resourceVersionMatch=Exact&resourceVersion=%" PRIu64, rv);
    ck_assert_int_eq(ask("GET", path, NULL, NULL, NULL), 410);
}
END_TEST

START_TEST(a_watch_outlives_what_happens_to_other_kinds)
{
    struct answer a;
    struct http_call *call = begin(&a, "GET", MAPS "?watch=1", NULL, NULL);
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'first'}}"), 201);
    wait_for(&a, "\"first\"");
    for (int i = 0; i <= EDGE_HISTORY; i++) {
        int status;
        struct err err = ERR_INIT;
        char text[96];
        snprintf(text, sizeof text, "{'metadata':{'name':'s%d','namespace':'default'}}", i);
        ck_assert_msg(edge_store_create(srv.store, edge_kind_by_name("Secret"), json_of(text), &status, &err), "%s",
                      err.text);
    }
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'second'}}"), 201);
    wait_for(&a, "\"second\"");
    ck_assert_ptr_null(strstr(a.body.data, "\"ERROR\""));
    http_cancel(call);
    buf_release(&a.body);
}
END_TEST

START_TEST(a_streaming_list_ends_with_a_bookmark)
{
    struct answer a;
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'a'}}"), 201);
    struct http_call *call = begin(
        &a, "GET", MAPS "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
        NULL, NULL);
    wait_for(&a, "\"k8s.io/initial-events-end\":\"true\"");
    ck_assert_ptr_nonnull(strstr(a.body.data, "\"type\":\"ADDED\""));
    ck_assert(strstr(a.body.data, "\"type\":\"ADDED\"") < strstr(a.body.data, "\"type\":\"BOOKMARK\""));
    http_cancel(call);
    buf_release(&a.body);
}
END_TEST

START_TEST(a_watch_as_table_names_its_columns_once)
{
    struct answer a;
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'a'}}"), 201);
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'b'}}"), 201);
    struct http_call *call = begin(&a, "GET", MAPS "?watch=1",
                                   "Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json", NULL);
    wait_for(&a, "\"cells\":[\"b\"");
    const char *first = strstr(a.body.data, "\"columnDefinitions\":[");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "\"columnDefinitions\":["));
    http_cancel(call);
    buf_release(&a.body);
}
END_TEST

START_TEST(a_dry_run_stores_nothing)
{
    ck_assert_int_eq(post(MAPS "?dryRun=All", "{'metadata':{'name':'a'}}"), 201);
    ck_assert_int_eq(ask("GET", MAPS "/a", NULL, NULL, NULL), 404);
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'a'}}"), 201);
    ck_assert_int_eq(ask("DELETE", MAPS "/a?dryRun=All", NULL, NULL, NULL), 200);
    ck_assert_int_eq(ask("PATCH", MAPS "/a?dryRun=All&fieldManager=m", "Content-Type: application/apply-patch+yaml",
                         "{'apiVersion':'v1','kind':'ConfigMap','data':{'k':'v'}}", NULL),
                     200);
    cJSON *json;
    ck_assert_int_eq(ask("GET", MAPS "/a", NULL, NULL, &json), 200);
    ck_assert_ptr_null(json_at(json, "data"));
    cJSON_Delete(json);
}
END_TEST

START_TEST(preconditions_hold)
{
    cJSON *json;
    ck_assert_int_eq(post(MAPS, "{'metadata':{'name':'a'}}"), 201);
    ck_assert_int_eq(
        ask("DELETE", MAPS "/a", "Content-Type: application/json", "{'preconditions':{'uid':'other'}}", &json), 409);
    ck_assert_str_eq(json_str(json, "reason"), "Conflict");
    cJSON_Delete(json);
    ck_assert_int_eq(
        ask("DELETE", MAPS "/a", "Content-Type: application/json", "{'preconditions':{'resourceVersion':'1'}}", NULL),
        409);
    ck_assert_int_eq(ask("GET", MAPS "/a", NULL, NULL, &json), 200);
    char *body = xasprintf("{'preconditions':{'uid':'%s'}}", json_str(json, "metadata.uid"));
    cJSON_Delete(json);
    ck_assert_int_eq(ask("DELETE", MAPS "/a", "Content-Type: application/json", body, NULL), 200);
    free(body);
}
END_TEST

START_TEST(a_spec_and_its_status_are_written_apart)
{
    static const char path[] = "/api/v1/namespaces/default/pods/p";
    cJSON *json;
    ck_assert_int_eq(post("/api/v1/namespaces/default/pods",
                          "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i'}]},'status':{'phase':"
                          "'Running'}}"),
                     201);
    ck_assert_int_eq(ask("PATCH", "/api/v1/namespaces/default/pods/p", "Content-Type: application/merge-patch+json",
                         "{'metadata':{'labels':{'a':'b'}},'status':{'phase':'Failed'}}", &json),
                     200);
    ck_assert_str_eq(json_str(json, "status.phase"), "Pending");
    ck_assert_str_eq(json_str(json, "metadata.labels.a"), "b");
    cJSON_Delete(json);
    char *status = xasprintf("%s/status", path);
    ck_assert_int_eq(ask("PATCH", status, "Content-Type: application/merge-patch+json",
                         "{'metadata':{'labels':{'a':'c'}},'spec':{'nodeName':'x'},'status':{'phase':'Failed'}}",
                         &json),
                     200);
    ck_assert_str_eq(json_str(json, "status.phase"), "Failed");
    ck_assert_str_eq(json_str(json, "metadata.labels.a"), "b");
    ck_assert_ptr_null(json_str(json, "spec.nodeName"));
    cJSON_Delete(json);
    free(status);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_told_413)
{
    size_t len = (3u << 20) + 100;
    char *body = xmalloc(len + 1);
    memset(body, ' ', len);
    body[len] = '\0';
    memcpy(body, "{}", 2);
    cJSON *json;
    ck_assert_int_eq(ask("POST", MAPS, "Content-Type: application/json", body, &json), 413);
    ck_assert_str_eq(json_str(json, "reason"), "RequestEntityTooLarge");
    cJSON_Delete(json);
    free(body);
}
END_TEST

START_TEST(what_is_too_wide_or_too_deep_is_refused)
{
    struct buf body;
    buf_init(&body, 1u << 20);
    buf_adds(&body, "{\"metadata\":{\"name\":\"wide\"},\"data\":{\"k\":\"v\"");
    for (int i = 0; i < 1999; i++)
        buf_addf(&body, ",\"k%d\":\"v\"", i);
    buf_adds(&body, "}}");
    ck_assert_int_eq(post(MAPS, body.data), 201); /* 2000 are taken */
    ck_assert_int_eq(ask("PATCH", MAPS "/wide", "Content-Type: application/merge-patch+json",
                         "{\"data\":{\"one-more\":\"v\"}}", NULL), 413);
    buf_truncate(&body, body.len - 2);
    buf_adds(&body, ",\"more\":\"v\"}}");
    cJSON *json;
    ck_assert_int_eq(ask("POST", MAPS, "Content-Type: application/json", body.data, &json), 400);
    ck_assert_msg(strstr(json_str(json, "message"), "'data' has more than the 2000") != NULL, "%s",
                  json_str(json, "message"));
    cJSON_Delete(json);
    buf_reset(&body);
    for (int i = 0; i < 110; i++)
        buf_adds(&body, "{\"a\":");
    buf_adds(&body, "1");
    for (int i = 0; i < 110; i++)
        buf_adds(&body, "}");
    ck_assert_int_eq(post(MAPS, body.data), 400);
    buf_release(&body);
}
END_TEST

START_TEST(a_namespace_that_ends_takes_nothing_new)
{
    ck_assert_int_eq(post("/api/v1/namespaces", "{'metadata':{'name':'n'}}"), 201);
    ck_assert_int_eq(post("/api/v1/namespaces/n/configmaps", "{'metadata':{'name':'m','finalizers':['x/y']}}"), 201);
    ck_assert_int_eq(ask("DELETE", "/api/v1/namespaces/n", NULL, NULL, NULL), 200);
    ck_assert_int_eq(post("/api/v1/namespaces/n/configmaps", "{'metadata':{'name':'o'}}"), 403);
    ck_assert_int_eq(ask("PATCH", "/api/v1/namespaces/n/configmaps/m", "Content-Type: application/merge-patch+json",
                         "{'metadata':{'finalizers':null}}", NULL),
                     200);
    ck_assert_int_eq(ask("GET", "/api/v1/namespaces/n/configmaps/m", NULL, NULL, NULL), 404);
    for (int i = 0; i < 5; i++)
        loop_turn(srv.loop, 0);
    ck_assert_int_eq(ask("GET", "/api/v1/namespaces/n", NULL, NULL, NULL), 404);
}
END_TEST

/* ---- the proxy paths ---- */

#define LARGE (6u << 20)

struct sender {
    size_t sent;
};

static ssize_t send_large(void *data, char *out, size_t max)
{
    struct sender *s = data;
    size_t n = MIN(max, LARGE - s->sent);
    for (size_t i = 0; i < n; i++)
        out[i] = (char)('a' + (s->sent + i) % 23);
    s->sent += n;
    return n ? (ssize_t)n : HTTP_STREAM_END;
}

/* What a pod would run: says what it was asked, or sends much. */
static void play_pod(void *data UNUSED, struct http_exchange *x)
{
    size_t len;
    const char *body = http_body(x, &len);
    if (str_eq(http_path(x), "/large"))
        http_stream(x, 200, "image/jpeg", send_large, free, xcalloc(1, sizeof(struct sender)));
    else if (str_eq(http_path(x), "/nothing"))
        http_reply(x, 204, NULL, NULL, 0);
    else
        http_replyf(x, 418, "text/odd", "%s %s?%s %.*s", http_method(x), http_path(x), http_query_string(x), (int)len,
                    body);
}

static struct http_server *start_pod(void)
{
    struct err err = ERR_INIT;
    struct http_server_options options = {.address = "127.0.0.1"};
    struct http_server *pod = http_server_new(srv.loop, &options, play_pod, NULL, &err);
    ck_assert_msg(pod != NULL, "%s", err.text);
    int status;
    char *text =
        xasprintf("{'metadata':{'name':'p','namespace':'default'},'spec':{'nodeName':'n','containers':[{'name':'c',"
                  "'image':'i','ports':[{'containerPort':%u,'name':'http'}]}]},'status':{'phase':'Running','podIP':"
                  "'127.0.0.1'}}",
                  http_server_port(pod));
    ck_assert_ptr_nonnull(edge_store_create(srv.store, edge_kind_by_name("Pod"), json_of(text), &status, &err));
    free(text);
    return pod;
}

#define POD "/api/v1/namespaces/default/pods"

START_TEST(a_pods_answer_is_handed_on)
{
    struct http_server *pod = start_pod();
    struct answer a;
    begin(&a, "POST", POD "/p:http/proxy/a%20b/c?x=1&y=%26", "Content-Type: text/plain", "hello");
    while (!a.done)
        loop_turn(srv.loop, NSEC_PER_SEC);
    ck_assert_int_eq(a.status, 418);
    ck_assert_str_eq(a.body.data, "POST /a b/c?x=1&y=%26 hello");
    buf_release(&a.body);
    ck_assert_int_eq(ask("GET", POD "/p/proxy/nothing", NULL, NULL, NULL), 204);
    begin(&a, "GET", POD "/p/proxy", NULL, NULL);
    while (!a.done)
        loop_turn(srv.loop, NSEC_PER_SEC);
    ck_assert_str_eq(a.body.data, "GET /? ");
    buf_release(&a.body);
    ck_assert_int_eq(ask("GET", POD "/none/proxy/", NULL, NULL, NULL), 404);
    http_server_free(pod);
}
END_TEST

START_TEST(a_large_answer_arrives_whole_at_a_slow_client_too)
{
    struct http_server *pod = start_pod();
    struct answer a;
    struct http_call *call = begin(&a, "GET", POD "/p/proxy/large", NULL, NULL);
    for (int i = 0; !a.done; i++) {
        http_pause(call, i % 4 != 0); /* takes a little, now and then */
        for (int k = 0; k < 3 && !a.done; k++)
            loop_turn(srv.loop, NSEC_PER_MSEC);
    }
    ck_assert_int_eq(a.status, 200);
    ck_assert_uint_eq(a.body.len, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        if (a.body.data[i] != (char)('a' + i % 23))
            ck_abort_msg("byte %zu is wrong", i);
    buf_release(&a.body);
    http_server_free(pod);
}
END_TEST

START_TEST(a_client_that_leaves_ends_the_call)
{
    struct http_server *pod = start_pod();
    struct answer a;
    struct http_call *call = begin(&a, "GET", POD "/p/proxy/large", NULL, NULL);
    while (!a.body.len)
        loop_turn(srv.loop, NSEC_PER_MSEC);
    http_cancel(call);
    for (int i = 0; i < 20; i++)
        loop_turn(srv.loop, NSEC_PER_MSEC);
    buf_release(&a.body);
    /* a pod that is gone is told */
    http_server_free(pod);
    cJSON *json;
    ck_assert_int_eq(ask("GET", POD "/p/proxy/x", NULL, NULL, &json), 503);
    ck_assert_ptr_nonnull(strstr(json_str(json, "message"), "error trying to reach service"));
    cJSON_Delete(json);
}
END_TEST

Suite *edge_api_http_suite(void)
{
    Suite *suite = suite_create("edge API");
    TCase *tc = tcase_create("https");
    tcase_add_checked_fixture(tc, server_setup, server_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, without_the_token_nobody_comes_in);
    tcase_add_loop_test(tc, every_fault_is_a_status, 0, (int)ARRAY_SIZE(faults));
    tcase_add_test(tc, a_page_is_of_the_state_of_the_first_one);
    tcase_add_test(tc, a_watch_tells_what_is_there_then_what_changes);
    tcase_add_test(tc, a_watch_that_is_too_old_is_told_410);
    tcase_add_test(tc, a_watch_outlives_what_happens_to_other_kinds);
    tcase_add_test(tc, a_streaming_list_ends_with_a_bookmark);
    tcase_add_test(tc, a_watch_as_table_names_its_columns_once);
    tcase_add_test(tc, a_dry_run_stores_nothing);
    tcase_add_test(tc, preconditions_hold);
    tcase_add_test(tc, a_spec_and_its_status_are_written_apart);
    tcase_add_test(tc, a_body_that_is_too_large_is_told_413);
    tcase_add_test(tc, what_is_too_wide_or_too_deep_is_refused);
    tcase_add_test(tc, a_namespace_that_ends_takes_nothing_new);
    tcase_add_test(tc, a_pods_answer_is_handed_on);
    tcase_add_test(tc, a_large_answer_arrives_whole_at_a_slow_client_too);
    tcase_add_test(tc, a_client_that_leaves_ends_the_call);
    suite_add_tcase(suite, tc);
    return suite;
}
