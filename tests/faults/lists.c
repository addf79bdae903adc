/* What a server says instead of a list, or instead of a watch. */
#include "faults.h"
#include "net_test.h"

/* One answer to whatever has `part` in its path, as long as it is set. */
static struct {
    const char *part, *type, *body;
    int status;
    int64_t retry_after;
    int asked;
} instead;

static bool answer_instead(struct script_call *call)
{
    if (!instead.part || !strstr(call->url, instead.part))
        return false;
    instead.asked++;
    script_head(call, instead.status, instead.retry_after);
    script_text(call, instead.body);
    if (call->open)
        script_end(call);
    return true;
}

#define STATUS(code, reason, message)                                                                                 \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":" #code ",\"reason\":\"" reason "\",\"message\":\"" message \
    "\"}"

static void answer_with(const char *part, int status, const char *body)
{
    memset(&instead, 0, sizeof instead);
    instead.part = part;
    instead.status = status;
    instead.body = body;
    scripted_answer = answer_instead;
}

static void over(void)
{
    scripted_answer = NULL;
}

static void expect_rows(void)
{
    expect("camera-1");
    expect("detector-1");
}

/* The watch ends as it does every few minutes. */
static void end_quietly(const char *plural)
{
    script_pass(2);
    script_end(scripted_watch(plural));
}

/* The watch of the pods ends with this ERROR event. */
static void end_watch(const char *status)
{
    struct script_call *watch = scripted_watch("pods");
    char *text = xasprintf("{\"type\":\"ERROR\",\"object\":%s}\n", status);
    script_text(watch, text);
    free(text);
    if (watch->open)
        script_end(watch);
    script_settle();
}

void refused_credentials(void)
{
    static char token[] = "/tmp/faults-token-XXXXXX";
    char path[sizeof token];
    memcpy(path, token, sizeof path);
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, "old", 3), 3);
    char *config = xasprintf("apiVersion: v1\nkind: Config\ncurrent-context: one\n"
                             "clusters:\n- {name: c1, cluster: {server: 'https://one:6443'}}\n"
                             "users:\n- {name: operator, user: {tokenFile: %s}}\n"
                             "contexts:\n- {name: one, context: {cluster: c1, user: operator}}\n",
                             path);
    scripted_begin_with(config, "pods");
    scripted_serve();
    expect("live");
    /* A token that was changed meanwhile: read again, once, and nobody notices. */
    ck_assert_int_eq(pwrite(fd, "new", 3, 0), 3);
    end_quietly("pods");
    script_settle();
    struct script_call *call = script_expect("GET", "/pods?watch=1");
    ck_assert_ptr_nonnull(strstr(call->headers, "Bearer old"));
    script_answer(call, 401, STATUS(401, "Unauthorized", "Unauthorized"));
    call = script_expect("GET", "/pods?watch=1");
    ck_assert_ptr_nonnull(strstr(call->headers, "Bearer new"));
    script_head(call, 200, 0);
    scripted_serve();
    expect("live");
    /* One that nobody changes. */
    answer_with("/pods?", 401, STATUS(401, "Unauthorized", "Unauthorized"));
    end_quietly("pods");
    scripted_await("REFUSED", 10);
    char *words = xasprintf("cannot list pods: unauthorized: the credentials are not valid: the token in '%s'", path);
    expect(words);
    expect_rows();
    size_t asked = scripted_count("/pods?");
    scripted_pass(20);
    ck_assert_uint_eq(scripted_count("/pods?"), asked); /* a server that says no is not hammered */
    over();
    scripted_await("live", 70);
    expect_rows();
    free(words);
    free(config);
    close(fd);
    unlink(path);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static char *good_certificate;

static bool answer_certificate(struct script_call *call)
{
    if (str_eq(call->cert, good_certificate))
        return false;
    script_answer(call, 401, STATUS(401, "Unauthorized", "Unauthorized"));
    return true;
}

void expired_certificate(void)
{
    char dir[] = "/tmp/faults-XXXXXX", *cert, *key, *new_cert, *new_key;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    char *cert_path = xasprintf("%s/client.crt", dir), *key_path = xasprintf("%s/client.key", dir);
    struct test_ca *ca = test_ca_new("the cluster's authority");
    test_ca_issue(ca, NULL, false, 5, &cert, &key);
    test_ca_issue(ca, NULL, false, 50, &new_cert, &new_key);
    write_file(cert_path, cert);
    write_file(key_path, key);
    char *config = xasprintf("apiVersion: v1\nkind: Config\ncurrent-context: one\n"
                             "clusters:\n- {name: c1, cluster: {server: 'https://one:6443'}}\n"
                             "users:\n- {name: operator, user: {client-certificate: %s, client-key: %s}}\n"
                             "contexts:\n- {name: one, context: {cluster: c1, user: operator}}\n",
                             cert_path, key_path);
    scripted_begin_with(config, "pods");
    script.clock.wall = time_wall();
    good_certificate = cert;
    scripted_answer = answer_certificate;
    scripted_serve();
    expect("live");
    /* Six days later. */
    script.clock.wall += INT64_C(6) * 86400 * NSEC_PER_SEC;
    good_certificate = new_cert;
    end_quietly("pods");
    scripted_await("REFUSED", 10);
    char *words =
        xasprintf("cannot list pods: unauthorized: the credentials are not valid: the client certificate '%s', "
                  "which expired on ",
                  cert_path);
    expect(words);
    expect_rows();
    write_file(cert_path, new_cert);
    write_file(key_path, new_key);
    scripted_await("live", 70);
    expect_rows();
    unlink(cert_path);
    unlink(key_path);
    rmdir(dir);
    test_ca_free(ca);
    char *const strings[] = {cert, key, new_cert, new_key, cert_path, key_path, config, words};
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        free(strings[i]);
}

void refused_resource(void)
{
    scripted_begin("nodes");
    answer_with("/nodes?", 403,
                STATUS(403, "Forbidden", "nodes is forbidden: User \\\"operator\\\" cannot list resource"));
    end_quietly("nodes");
    scripted_await("REFUSED", 10);
    expect("cannot list nodes: nodes is forbidden: User \"operator\" cannot list resource");
    expect("gpu-1"); /* what was known stays */
    type("4");
    expect("live");
    lacks("forbidden");
    expect_rows();
    over();
    type("3");
    scripted_await("live", 70);
}

void missing_group(void)
{
    static const struct {
        const char *part, *view;
    } groups[] = {{"selfsubjectaccessreviews", "pods"}, {"/apis/apps/v1/", "deployments"}};
    scripted_begin_with(NULL, "pods");
    answer_with(groups[0].part, 404, "404 page not found\n");
    scripted_serve();
    expect("live"); /* nobody can say what is allowed: then all is tried, and nothing is grey */
    lacks("404");
    scripted_pass(30);
    ck_assert_int_le(instead.asked, 2);
    answer_with(groups[1].part, 404, "404 page not found\n");
    end_quietly("deployments");
    scripted_pass(5);
    expect("live"); /* the pods are */
    expect_rows();
    type("2");
    expect("REFUSED");
    expect("cannot list deployments: the server answered 404 not found: '404 page not found'");
    over();
    scripted_await("live", 70);
    expect("hall");
}

void expired_version(void)
{
    scripted_begin("pods");
    end_watch(STATUS(410, "Expired", "too old resource version: 9 (12)"));
    expect("cannot watch pods: too old resource version: 9 (12)");
    expect_rows();
    /* The new list is under way, and half of it there: nothing has gone yet, nothing comes twice. */
    world.pods = xstrdup("{\"metadata\":{\"name\":\"detector-1\",\"namespace\":\"media\",\"uid\":\"u2\"}}");
    struct script_call *list = script_next();
    while (!strstr(list->url, "/pods?limit=500")) {
        scripted_status(list, 422, "Invalid", "no such list");
        list = script_next();
    }
    script_head(list, 200, 0);
    script_text(list, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[");
    expect_rows();
    script_text(list, "{\"metadata\":{\"name\":\"detector-1\",\"namespace\":\"media\",\"uid\":\"u2\"}}]}");
    script_end(list);
    scripted_serve();
    expect("live");
    expect("detector-1");
    lacks("camera-1");
    ck_assert_ptr_nonnull(strstr(scripted_watch("pods")->url, "resourceVersion=20&"));
}

void expired_page(void)
{
    struct buf first;
    scripted_begin_with(NULL, "pods");
    struct script_call *call = script_next();
    while (!strstr(call->url, "/pods?")) {
        char *text = list_of(call->url);
        script_answer(call, 200, text);
        free(text);
        call = script_next();
    }
    buf_init(&first, 4096);
    buf_adds(&first,
             "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"next\"},\"items\":[");
    pod_text(&first, "camera-1", "u1", "1", RUNNING);
    buf_adds(&first, "]}");
    script_answer(call, 200, first.data);
    buf_release(&first);
    answer_with("continue=next", 410, STATUS(410, "Expired", "The provided continue parameter is too old"));
    script_settle();
    expect("camera-1"); /* the first page is on the screen */
    scripted_serve();
    expect("live");
    expect_rows();
    lacks("too old");
    ck_assert_int_eq(instead.asked, 1);
    bool whole = false;
    for (struct script_call *c = script.calls; c; c = c->next)
        whole |= strstr(c->url, "/pods?") && !strstr(c->url, "limit=") && !strstr(c->url, "watch=1");
    ck_assert(whole);
}

void future_version(void)
{
    scripted_begin("pods");
    end_watch("{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"Too large resource version: 99, "
              "current: 9\",\"details\":{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"Too large "
              "resource version\"}],\"retryAfterSeconds\":1}}");
    expect("cannot watch pods: Too large resource version: 99, current: 9");
    expect("STALE");
    expect_rows();
    scripted_await("live", 10);
    expect_rows();
    for (struct script_call *c = script.calls; c; c = c->next)
        ck_assert(!strstr(c->url, "/pods?limit") || !strstr(c->url, "resourceVersion"));
}

void too_many_requests(void)
{
    scripted_begin_with(NULL, "pods");
    answer_with("/pods?limit", 429, STATUS(429, "TooManyRequests", "too many requests, please try again later"));
    instead.retry_after = 7 * NSEC_PER_SEC;
    scripted_serve();
    expect("cannot list pods: too many requests, please try again later");
    expect("STALE 0s");
    ck_assert_int_eq(instead.asked, 1);
    scripted_pass(6.5);
    ck_assert_int_eq(instead.asked, 1); /* as long as it asked for */
    over();
    scripted_await("live", 1);
    expect_rows();
    lacks("too many");
}

void server_errors(void)
{
    scripted_begin("pods");
    answer_with("/pods?", 500, STATUS(500, "InternalError", "etcdserver: request timed out"));
    end_watch(STATUS(500, "InternalError", "etcdserver: no leader"));
    expect("cannot watch pods: etcdserver: no leader");
    expect_rows();
    scripted_pass(60);
    expect("STALE 60s");
    expect("cannot list pods: etcdserver: request timed out");
    expect_rows();
    ck_assert_int_ge(instead.asked, 3);
    ck_assert_int_le(instead.asked, 24); /* backs off */
    over();
    scripted_await("live", 70);
    expect_rows();
}

void captive_proxy(void)
{
    static const char page[] = "<!DOCTYPE html><html><head><title>Hotel</title><script>var a = '<b>';</script></head>"
                               "<body><h1>Welcome</h1>Please log in\x1b[31m \xe2\x80\xae here</body></html>";
    scripted_begin("pods");
    answer_with("/pods?", 200, page);
    end_quietly("pods");
    scripted_await("STALE", 5);
    expect("what answers is no Kubernetes API server (a proxy's page?): 'Hotel Welcome Please log in");
    lacks("var a");
    lacks("<b>");
    expect_rows();
    over();
    scripted_await("live", 70);
    expect_rows();
    /* With another status. */
    answer_with("/pods?", 511, page);
    end_quietly("pods");
    scripted_await("the server answered 511: 'Hotel Welcome Please log in", 5);
    over();
    scripted_await("live", 70);
}
