#include "edge_agents.h"

#include "base/time.h"
#include "net/server.h"

/* The server that the pods' probes reach: `host` in a probe may be any address. */
static struct http_server *server;
static int status_now;
static bool silent;
static int asked;

static void on_request(void *data UNUSED, struct http_exchange *x)
{
    asked++;
    if (silent)
        return;
    http_reply(x, status_now, "text/plain", "x", 1);
}

static void setup(void)
{
    struct err err = ERR_INIT;
    world_setup_real();
    status_now = 503;
    silent = false;
    asked = 0;
    server = http_server_new(world.loop, &(struct http_server_options){.address = "127.0.0.1"}, on_request, NULL, &err);
    ck_assert_msg(server != NULL, "%s", err.text);
}

static void teardown(void)
{
    world_teardown_agents();
    http_server_free(server);
    world_teardown();
}

static void run_pod(const char *name, const char *line, const char *probes)
{
    struct buf text;
    buf_init(&text, 16384);
    buf_addf(&text,
             "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"terminationGracePeriodSeconds\":1,\"containers\":[{\"name\":"
             "\"main\",\"image\":\"test/sh:1\",%s,\"args\":[\"-c\",",
             name, probes);
    json_quote(&text, line);
    buf_adds(&text, "]}]}}");
    world_apply("Pod", text.data);
    buf_release(&text);
}

static char *http_probe(const char *kind, const char *more)
{
    return xasprintf(
        "\"%s\":{\"httpGet\":{\"host\":\"127.0.0.1\",\"port\":%d,\"path\":\"/readyz\"},\"periodSeconds\":1%s}", kind,
        http_server_port(server), more);
}

static bool was_asked(void *data)
{
    return asked >= *(int *)data;
}

START_TEST(readiness_by_http)
{
    char *probe = http_probe("readinessProbe", ",\"failureThreshold\":1");
    run_pod("web", "sleep 1000", probe);
    free(probe);
    world_wait("two questions", was_asked, &(int){2});
    ck_assert_str_eq(json_str(world_get("Pod", "web"), "status.phase"), "Running");
    const cJSON *ready = edge_condition(world_get("Pod", "web"), "Ready");
    ck_assert_str_eq(json_str(ready, "status"), "False");
    ck_assert_str_eq(json_str(ready, "reason"), "ContainersNotReady");
    ck_assert_str_eq(json_str(ready, "message"), "containers with unready status: [main]");
    int64_t before = time_monotonic();
    status_now = 200;
    world_wait_condition("Pod", "web", "Ready", "True");
    ck_assert_int_lt(time_monotonic() - before, NSEC_PER_SEC); /* not a whole period */
    status_now = 503;
    world_wait_condition("Pod", "web", "Ready", "False");
    ck_assert(world_has_event("web", "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"));
    status_now = 200;
    world_wait_condition("Pod", "web", "Ready", "True");
    ck_assert_int_eq(json_int(world_container("web"), "restartCount", -1), 0);
}
END_TEST

static bool unhealthy(void *data)
{
    return world_has_event("web", data);
}

START_TEST(hurried_attempts_are_no_events)
{
    char *probe = http_probe("readinessProbe", "");
    run_pod("web", "sleep 1000", probe);
    free(probe);
    world_wait("five questions", was_asked, &(int){5});
    ck_assert(!world_has_event("web", "Unhealthy"));
    world_wait("the first that counts", unhealthy, "Unhealthy: Readiness probe failed");
}
END_TEST

START_TEST(a_silent_server_times_out)
{
    silent = true;
    char *probe = http_probe("readinessProbe", "");
    run_pod("web", "sleep 1000", probe);
    free(probe);
    world_wait("the event", unhealthy, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
}
END_TEST

START_TEST(nobody_listens)
{
    run_pod("web", "sleep 1000",
            "\"readinessProbe\":{\"httpGet\":{\"port\":8080,\"path\":\"/readyz\"},\"periodSeconds\":1}");
    world_wait("the event", unhealthy, ":8080: connect: connection refused");
    char *want =
        xasprintf("Unhealthy: Readiness probe failed: Get \"http://%s:8080/readyz\": dial tcp %s:8080: connect: "
                  "connection refused",
                  json_str(world_get("Pod", "web"), "status.podIP"), json_str(world_get("Pod", "web"), "status.podIP"));
    ck_assert(world_has_event("web", want));
    free(want);
}
END_TEST

static bool restarted(void *data)
{
    return json_int(world_container("web"), "restartCount", 0) >= *(int *)data;
}

START_TEST(liveness_restarts)
{
    char *probe = http_probe("livenessProbe", ",\"failureThreshold\":2");
    run_pod("web", "sleep 1000", probe);
    free(probe);
    world_wait_condition("Pod", "web", "Ready", "True");
    world_wait("a restart", restarted, &(int){1});
    ck_assert(world_has_event("web", "Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 503"));
    ck_assert(world_has_event("web", "Killing: Container main failed liveness probe, will be restarted"));
    ck_assert_int_eq(json_int(world_container("web"), "lastState.terminated.exitCode", 0), 143);
    status_now = 200;
    world_wait_condition("Pod", "web", "Ready", "True");
}
END_TEST

START_TEST(startup_holds_the_others_back)
{
    char *startup = http_probe("startupProbe", ",\"failureThreshold\":30");
    char *probes = xasprintf("%s,\"livenessProbe\":{\"exec\":{\"command\":[\"false\"]},\"periodSeconds\":1,"
                             "\"failureThreshold\":1}",
                             startup);
    run_pod("web", "sleep 1000", probes);
    free(startup);
    free(probes);
    world_wait("questions", was_asked, &(int){12}); /* more than a second */
    ck_assert_int_eq(json_int(world_container("web"), "restartCount", -1), 0);
    ck_assert(!json_bool(world_container("web"), "started", true));
    ck_assert(!edge_pod_ready(world_get("Pod", "web")));
    status_now = 200;
    world_wait("a restart once it has started", restarted, &(int){1});
}
END_TEST

START_TEST(a_startup_that_never_comes)
{
    char *startup = http_probe("startupProbe", ",\"failureThreshold\":2");
    run_pod("web", "sleep 1000", startup);
    free(startup);
    world_wait("a restart", restarted, &(int){1});
    ck_assert(world_has_event("web", "Killing: Container main failed startup probe, will be restarted"));
}
END_TEST

START_TEST(exec_and_tcp)
{
    char *probes =
        xasprintf("\"readinessProbe\":{\"exec\":{\"command\":[\"sh\",\"-c\",\"echo not yet; test -e go\"]},"
                  "\"periodSeconds\":1},\"startupProbe\":{\"tcpSocket\":{\"host\":\"127.0.0.1\",\"port\":%d}}",
                  http_server_port(server));
    run_pod("web", "sleep 2.5; touch go; sleep 1000", probes);
    free(probes);
    world_wait_condition("Pod", "web", "Ready", "True");
    ck_assert(world_has_event("web", "Unhealthy: Readiness probe failed: not yet"));
}
END_TEST

START_TEST(an_exec_probe_that_hangs)
{
    run_pod(
        "web", "sleep 1000",
        "\"readinessProbe\":{\"exec\":{\"command\":[\"sleep\",\"1000\"]},\"periodSeconds\":1,\"timeoutSeconds\":1}");
    world_wait("the event", unhealthy, "Unhealthy: Readiness probe failed: command timed out");
    world_delete("Pod", "web");
    world_wait_gone("Pod", "web");
}
END_TEST

START_TEST(a_pod_goes_while_it_is_asked)
{
    silent = true;
    char *probe = http_probe("readinessProbe", "");
    run_pod("web", "sleep 1000", probe);
    free(probe);
    world_wait("a question", was_asked, &(int){1});
    world_delete("Pod", "web");
    world_wait_gone("Pod", "web");
}
END_TEST

Suite *edge_agents_probes_suite(void)
{
    Suite *suite = suite_create("edge_probes");
    TCase *c = tcase_create("probes");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, readiness_by_http);
    tcase_add_test(c, hurried_attempts_are_no_events);
    tcase_add_test(c, a_silent_server_times_out);
    tcase_add_test(c, nobody_listens);
    tcase_add_test(c, liveness_restarts);
    tcase_add_test(c, startup_holds_the_others_back);
    tcase_add_test(c, a_startup_that_never_comes);
    tcase_add_test(c, exec_and_tcp);
    tcase_add_test(c, an_exec_probe_that_hangs);
    tcase_add_test(c, a_pod_goes_while_it_is_asked);
    suite_add_tcase(suite, c);
    return suite;
}
