#include "edge_agents.h"

#include <signal.h>

/* A pod of one container that runs a shell line; extra: more of the container's and of the spec's fields. */
static void run_pod(const char *name, const char *line, const char *container_extra, const char *spec_extra)
{
    struct buf text;
    buf_init(&text, 16384);
    buf_addf(
        &text,
        "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"%s\"}},\"spec\":{%s\"containers\":[{\"name\":\"main\","
        "\"image\":\"test/sh:1\",%s\"args\":[\"-c\",",
        name, name, str_or_empty(spec_extra), str_or_empty(container_extra));
    json_quote(&text, line);
    buf_adds(&text, "]}]}}");
    world_apply("Pod", text.data);
    buf_release(&text);
}

START_TEST(a_deployment_becomes_a_running_process)
{
    world_apply(
        "Deployment",
        "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"
        "\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":\"main\","
        "\"image\":\"test/sh:1\",\"args\":[\"-c\",\"echo up; exec sleep 1000\"]}]}}}}");
    world_wait_condition("Deployment", "web", "Available", "True");
    const cJSON *pod = world_pod();
    const char *name = edge_name(pod);
    ck_assert_str_eq(json_str(pod, "status.phase"), "Running");
    ck_assert(str_starts(json_str(pod, "spec.nodeName"), "gpu-"));
    ck_assert(str_starts(json_str(pod, "status.podIP"), "127."));
    ck_assert_ptr_nonnull(json_str(pod, "status.hostIP"));
    ck_assert_ptr_nonnull(json_str(pod, "status.startTime"));
    const char *const conditions[] = {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
                                      "PodScheduled"};
    const cJSON *have = json_array(pod, "status.conditions")->child;
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++, have = have->next) {
        ck_assert_str_eq(json_str(have, "type"), conditions[i]);
        ck_assert_str_eq(json_str(have, "status"), "True");
    }
    const cJSON *status = world_container(name);
    ck_assert_ptr_nonnull(json_str(status, "state.running.startedAt"));
    ck_assert(str_starts(json_str(status, "containerID"), "patchbay://"));
    ck_assert(str_starts(json_str(status, "imageID"), "test/sh@sha256:"));
    ck_assert(json_bool(status, "ready", false) && json_bool(status, "started", false));
    char *events = world_events(name), *want;
    want = xasprintf("Scheduled: Successfully assigned media/%s to %s\n"
                     "Pulled: Container image \"test/sh:1\" already present on machine\n"
                     "Created: Created container: main\nStarted: Started container main\n",
                     name, json_str(pod, "spec.nodeName"));
    ck_assert_str_eq(events, want);
    free(events);
    free(want);
}
END_TEST

static bool log_has(void *data)
{
    const char *const *want = data;
    char *log = world_log(want[0], false);
    bool has = strstr(log, want[1]) != NULL;
    free(log);
    return has;
}

START_TEST(environment)
{
    world_apply("ConfigMap", "{\"metadata\":{\"name\":\"conf\"},\"data\":{\"fps\":\"10\",\"LEVEL\":\"3\"}}");
    setenv("EDGE_TEST_SECRET", "x", 1);
    run_pod(
        "env",
        "echo \"[$A|$B|$C|$D|$E|$F|$LEVEL|$EDGE_TEST_SECRET|$POD_IP|$http_proxy|$CPU|$GONE]$0\"; echo $1; sleep 1000",
        "\"envFrom\":[{\"configMapRef\":{\"name\":\"conf\"}}],\"resources\":{\"limits\":{\"cpu\":\"1500m\"}},\"env\":["
        "{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.name\"}}},"
        "{\"name\":\"B\",\"value\":\"$(A)-$$(A)-$(NONE)\"},"
        "{\"name\":\"C\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.labels['app']\"}}},"
        "{\"name\":\"D\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"conf\",\"key\":\"fps\"}}},"
        "{\"name\":\"E\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"spec.nodeName\"}}},"
        "{\"name\":\"F\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.namespace\"}}},"
        "{\"name\":\"CPU\",\"valueFrom\":{\"resourceFieldRef\":{\"resource\":\"limits.cpu\"}}},"
        "{\"name\":\"GONE\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"none\",\"key\":\"x\",\"optional\":true}}}],",
        NULL);
    world_wait_str("Pod", "env", "status.phase", "Running");
    const cJSON *pod = world_get("Pod", "env");
    char *want =
        xasprintf("[env|env-$(A)-$(NONE)|env|10|%s|media|3||%s|http://media@%s|2|]", json_str(pod, "spec.nodeName"),
                  json_str(pod, "status.podIP"), edge_proxy_url(world.proxy) + strlen("http://"));
    world_wait("the environment in the log", log_has, (const char *[]){"env", want});
    free(want);
}
END_TEST

START_TEST(a_missing_config_map_is_waited_for)
{
    run_pod("late", "sleep 1000",
            "\"env\":[{\"name\":\"A\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"conf\",\"key\":\"a\"}}}],", NULL);
    world_wait_str("Pod", "late", "status.phase", "Pending");
    world_settle();
    const cJSON *status = world_container("late");
    ck_assert_str_eq(json_str(status, "state.waiting.reason"), "CreateContainerConfigError");
    ck_assert_str_eq(json_str(status, "state.waiting.message"), "configmap \"conf\" not found");
    ck_assert(world_has_event("late", "Failed: Error: configmap \"conf\" not found"));
    world_apply("ConfigMap", "{\"metadata\":{\"name\":\"conf\"},\"data\":{\"a\":\"b\"}}");
    world_wait_condition("Pod", "late", "Ready", "True");
}
END_TEST

START_TEST(unknown_images)
{
    world_apply("Pod",
                "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"nginx\"}]}}");
    world_settle();
    ck_assert_str_eq(json_str(world_container("x"), "state.waiting.reason"), "ErrImagePull");
    world_pass(3 * NSEC_PER_SEC);
    ck_assert_str_eq(json_str(world_container("x"), "state.waiting.reason"), "ImagePullBackOff");
    ck_assert_str_eq(json_str(world_get("Pod", "x"), "status.phase"), "Pending");
    ck_assert(str_starts(json_str(world_container("x"), "state.waiting.message"),
                         "Back-off pulling image \"nginx\": ErrImagePull: "));
    char *events = world_events("x");
    const char *const order[] = {"Pulling: Pulling image \"nginx\"\n",
                                 "Failed: Failed to pull image \"nginx\": ", "Failed: Error: ErrImagePull\n",
                                 "BackOff: Back-off pulling image \"nginx\"\n", "Failed: Error: ImagePullBackOff\n"};
    const char *at = events;
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        at = strstr(at, order[i]);
        ck_assert_msg(at != NULL, "%s is missing or out of order in\n%s", order[i], events);
    }
    free(events);
    world_pass(8 * NSEC_PER_SEC); /* tried again after 10 s */
    ck_assert_str_eq(json_str(world_container("x"), "state.waiting.reason"), "ErrImagePull");
    edge_image_add("nginx", "/bin/true");
    world_pass(30 * NSEC_PER_SEC);
    ck_assert(world_has_event("x", "Started: Started container main"));
}
END_TEST

/* A catalogue may say which registry a cluster has the images from; here it does not matter. */
START_TEST(images_of_any_registry)
{
    static const struct {
        const char *image;
        bool known;
    } rows[] = {
        {"patchbay/thing:1", true},         {"registry.example/patchbay/thing:1", true},
        {"reg:5000/patchbay/thing", true},  {"localhost/patchbay/thing:latest", true},
        {"other/patchbay/thing:1", false},  {"registry.example/patchbay/thing2:1", false},
        {"registry.example/thing:1", false}, {"registry.example/patchbay/thing:7", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        bool known = edge_image_find(rows[i].image, &err) || !strstr(err.text, "pulls no images");
        ck_assert_msg(known == rows[i].known, "%s: %s", rows[i].image, err.text);
    }
}
END_TEST

START_TEST(a_program_that_cannot_start)
{
    run_pod("bad", "", "\"command\":[\"/nonexistent/program\"],", NULL);
    world_wait_str("Pod", "bad", "status.phase", "Running");
    const cJSON *status = world_container("bad");
    const cJSON *end = json_object(status, "state.terminated");
    if (!end)
        end = json_object(status, "lastState.terminated");
    ck_assert_str_eq(json_str(end, "reason"), "StartError");
    ck_assert_int_eq(json_int(end, "exitCode", 0), 128);
    ck_assert_ptr_nonnull(strstr(json_str(end, "message"), "/nonexistent/program"));
}
END_TEST

static int64_t restarts(const char *pod)
{
    return json_int(world_container(pod), "restartCount", -1);
}

struct restart_wish {
    const char *pod;
    int64_t count;
    const char *waiting;
};

static bool restarted(void *data)
{
    const struct restart_wish *w = data;
    return restarts(w->pod) == w->count &&
           (!w->waiting || str_eq(json_str(world_container(w->pod), "state.waiting.reason"), w->waiting));
}

START_TEST(crash_loop)
{
    run_pod("crash", "echo run; exit 3", NULL, NULL);
    struct restart_wish wish = {"crash", 1, "CrashLoopBackOff"};
    world_wait("the first back-off", restarted, &wish); /* the first restart comes at once */
    const cJSON *status = world_container("crash");
    ck_assert_int_eq(json_int(status, "lastState.terminated.exitCode", 0), 3);
    ck_assert_str_eq(json_str(status, "lastState.terminated.reason"), "Error");
    ck_assert(str_starts(json_str(status, "state.waiting.message"),
                         "back-off 10s restarting failed container=main pod=crash_media("));
    ck_assert_str_eq(json_str(world_get("Pod", "crash"), "status.phase"), "Running");
    ck_assert(!edge_pod_ready(world_get("Pod", "crash")));
    ck_assert(world_has_event("crash", "BackOff: Back-off restarting failed container main in pod crash_media("));
    const char *const steps[] = {"back-off 20s ",   "back-off 40s ",  "back-off 1m20s ",
                                 "back-off 2m40s ", "back-off 5m0s ", "back-off 5m0s "};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        int64_t before = world.now;
        wish.count++;
        world_wait("the next back-off", restarted, &wish);
        ck_assert(str_starts(json_str(world_container("crash"), "state.waiting.message"), steps[i]));
        int64_t least = MIN(10 << i, 300) * NSEC_PER_SEC;
        ck_assert_int_ge(world.now - before, least - NSEC_PER_SEC);
    }
    char *log = world_log("crash", false), *previous = world_log("crash", true);
    ck_assert_ptr_nonnull(strstr(log, " stdout F run\n"));
    ck_assert_ptr_nonnull(strstr(previous, " stdout F run\n"));
    free(log);
    free(previous);
}
END_TEST

START_TEST(restart_policies)
{
    run_pod("never-ok", "exit 0", NULL, "\"restartPolicy\":\"Never\",");
    run_pod("never-bad", "exit 7", NULL, "\"restartPolicy\":\"Never\",");
    run_pod("on-failure-ok", "exit 0", NULL, "\"restartPolicy\":\"OnFailure\",");
    run_pod("on-failure-bad", "exit 1", NULL, "\"restartPolicy\":\"OnFailure\",");
    run_pod("always", "exit 0", NULL, NULL);
    world_wait_str("Pod", "never-ok", "status.phase", "Succeeded");
    world_wait_str("Pod", "never-bad", "status.phase", "Failed");
    world_wait_str("Pod", "on-failure-ok", "status.phase", "Succeeded");
    struct restart_wish a = {"on-failure-bad", 1, "CrashLoopBackOff"}, b = {"always", 1, "CrashLoopBackOff"};
    world_wait("a restart on failure", restarted, &a);
    world_wait("a restart always", restarted, &b);
    ck_assert_str_eq(json_str(world_container("never-ok"), "state.terminated.reason"), "Completed");
    ck_assert_int_eq(json_int(world_container("never-bad"), "state.terminated.exitCode", 0), 7);
    ck_assert_str_eq(json_str(edge_condition(world_get("Pod", "never-ok"), "Ready"), "reason"), "PodCompleted");
    ck_assert_str_eq(json_str(edge_condition(world_get("Pod", "never-bad"), "Ready"), "reason"), "PodFailed");
}
END_TEST

START_TEST(init_containers_run_in_order)
{
    run_pod(
        "init", "cat ../../order; sleep 1000", NULL,
        "\"initContainers\":[{\"name\":\"one\",\"image\":\"test/sh:1\",\"args\":[\"-c\",\"echo one >>../../order\"]},"
        "{\"name\":\"two\",\"image\":\"test/sh:1\",\"args\":[\"-c\",\"echo two >>../../order\"]}],");
    world_wait_condition("Pod", "init", "Ready", "True");
    const cJSON *list = json_array(world_get("Pod", "init"), "status.initContainerStatuses");
    ck_assert_str_eq(json_str(list->child, "state.terminated.reason"), "Completed");
    ck_assert_str_eq(json_str(list->child->next, "state.terminated.reason"), "Completed");
    world_wait("the second after the first", log_has, (const char *[]){"init", "stdout F two\n"});
    char *log = world_log("init", false);
    ck_assert(strstr(log, "F one\n") < strstr(log, "F two\n"));
    free(log);
    ck_assert(world_has_event("init", "Started: Started container one"));
}
END_TEST

START_TEST(a_failing_init_container_holds_the_pod)
{
    run_pod("held", "sleep 1000", NULL,
            "\"initContainers\":[{\"name\":\"one\",\"image\":\"test/sh:1\",\"args\":[\"-c\",\"exit 4\"]}],");
    world_pass(NSEC_PER_SEC);
    const cJSON *pod = world_get("Pod", "held");
    ck_assert_str_eq(json_str(pod, "status.phase"), "Pending");
    ck_assert_str_eq(json_str(world_container("held"), "state.waiting.reason"), "PodInitializing");
    ck_assert_str_eq(json_str(edge_condition(pod, "Initialized"), "reason"), "ContainersNotInitialized");
    ck_assert_str_eq(json_str(edge_condition(pod, "Initialized"), "message"),
                     "containers with incomplete status: [one]");
}
END_TEST

START_TEST(a_sidecar_stays)
{
    run_pod("side", "exit 0", NULL,
            "\"restartPolicy\":\"Never\",\"initContainers\":[{\"name\":\"car\",\"image\":\"test/sh:1\","
            "\"restartPolicy\":\"Always\",\"args\":[\"-c\",\"sleep 1000\"]}],");
    world_wait_str("Pod", "side", "status.phase", "Succeeded");
}
END_TEST

static pid_t group_of(const char *pod)
{
    char *key = xasprintf("media/%s", pod);
    const struct agent_pod *p = map_get(&world.agents->pods, key);
    free(key);
    ck_assert_ptr_nonnull(p);
    return p->containers[p->count - 1].group;
}

START_TEST(deletion_is_graceful)
{
    run_pod("end", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done", NULL, NULL);
    world_wait("it to run", log_has, (const char *[]){"end", "up\n"});
    pid_t group = group_of("end");
    world_delete("Pod", "end");
    world_settle();
    world_wait_gone("Pod", "end");
    ck_assert(world_has_event("end", "Killing: Stopping container main"));
    world_wait("its processes to be gone", world_group_gone, &group);
    ck_assert_uint_eq(world.agents->pods.count, 0);
}
END_TEST

START_TEST(whoever_does_not_listen_is_killed)
{
    run_pod("deaf", "trap '' TERM; echo up; while :; do sleep 0.01; done", NULL,
            "\"terminationGracePeriodSeconds\":7,");
    world_wait("it to run", log_has, (const char *[]){"deaf", "up\n"});
    pid_t group = group_of("deaf");
    int64_t before = world.now;
    world_delete("Pod", "deaf");
    world_wait_gone("Pod", "deaf");
    ck_assert_int_ge(world.now - before, 6 * NSEC_PER_SEC);
    world_wait("its processes to be gone", world_group_gone, &group);
}
END_TEST

START_TEST(a_frozen_pod_ends_too)
{
    run_pod("frozen", "echo up; sleep 1000", NULL, "\"terminationGracePeriodSeconds\":2,");
    world_wait("it to run", log_has, (const char *[]){"frozen", "up\n"});
    pid_t group = group_of("frozen");
    kill(-group, SIGSTOP);
    world_delete("Pod", "frozen");
    world_wait_gone("Pod", "frozen");
    world_wait("its processes to be gone", world_group_gone, &group);
}
END_TEST

START_TEST(force_kills_at_once)
{
    run_pod("force", "trap '' TERM; echo up; while :; do sleep 0.01; done", NULL, NULL);
    world_wait("it to run", log_has, (const char *[]){"force", "up\n"});
    pid_t group = group_of("force");
    edge_store_remove(world.store, edge_pod_kind(), "media", "force");
    world_wait("its processes to be gone", world_group_gone, &group);
    world_settle();
    ck_assert_ptr_null(world.agents->leaving);
}
END_TEST

START_TEST(a_new_pod_of_the_same_name)
{
    run_pod("twin", "trap '' TERM; echo first; while :; do sleep 0.01; done", NULL, NULL);
    world_wait("it to run", log_has, (const char *[]){"twin", "first\n"});
    pid_t group = group_of("twin");
    edge_store_remove(world.store, edge_pod_kind(), "media", "twin");
    run_pod("twin", "echo second; sleep 1000", NULL, NULL);
    world_wait("the new one", log_has, (const char *[]){"twin", "second\n"});
    world_wait("the old one's processes to be gone", world_group_gone, &group);
}
END_TEST

START_TEST(what_a_container_leaves_behind_ends_with_it)
{
    run_pod("fork", "sleep 1000 & echo up; exit 0", NULL, "\"restartPolicy\":\"Never\",");
    world_wait_str("Pod", "fork", "status.phase", "Succeeded");
    pid_t group = group_of("fork");
    world_wait("its processes to be gone", world_group_gone, &group);
}
END_TEST

START_TEST(a_killed_process_is_restarted)
{
    run_pod("killed", "echo up; sleep 1000", NULL, NULL);
    world_wait("it to run", log_has, (const char *[]){"killed", "up\n"});
    kill(-group_of("killed"), SIGKILL);
    struct restart_wish wish = {"killed", 1, NULL};
    world_wait("its restart", restarted, &wish);
    world_wait_condition("Pod", "killed", "Ready", "True");
    ck_assert_int_eq(json_int(world_container("killed"), "lastState.terminated.exitCode", 0), 137);
    ck_assert_str_eq(json_str(world_container("killed"), "lastState.terminated.reason"), "Error");
}
END_TEST

START_TEST(status_settles)
{
    run_pod("calm", "echo up; sleep 1000", NULL, NULL);
    world_wait_condition("Pod", "calm", "Ready", "True");
    world_settle();
    uint64_t rv = edge_store_rv(world.store);
    world_settle();
    world_pass(60 * NSEC_PER_SEC);
    ck_assert_uint_eq(edge_store_rv(world.store), rv);
}
END_TEST

START_TEST(addresses_differ)
{
    for (int i = 0; i < 6; i++) {
        char name[8];
        snprintf(name, sizeof name, "a%d", i);
        run_pod(name, "sleep 1000", NULL, NULL);
    }
    world_settle();
    const cJSON *pods[8];
    ck_assert_uint_eq(world_pods(pods, 8), 6);
    for (int i = 0; i < 6; i++) {
        const char *ip = json_str(pods[i], "status.podIP");
        int x, n, m;
        ck_assert_int_eq(sscanf(ip, "127.%d.%d.%d", &x, &n, &m), 3);
        ck_assert_int_eq(x, world.net.x);
        for (int k = 0; k < i; k++)
            ck_assert_str_ne(ip, json_str(pods[k], "status.podIP"));
    }
}
END_TEST

Suite *edge_agents_pods_suite(void)
{
    Suite *suite = suite_create("edge_pods");
    TCase *c = tcase_create("pods");
    tcase_add_checked_fixture(c, world_setup, world_teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_deployment_becomes_a_running_process);
    tcase_add_test(c, environment);
    tcase_add_test(c, a_missing_config_map_is_waited_for);
    tcase_add_test(c, unknown_images);
    tcase_add_test(c, images_of_any_registry);
    tcase_add_test(c, a_program_that_cannot_start);
    tcase_add_test(c, crash_loop);
    tcase_add_test(c, restart_policies);
    tcase_add_test(c, init_containers_run_in_order);
    tcase_add_test(c, a_failing_init_container_holds_the_pod);
    tcase_add_test(c, a_sidecar_stays);
    tcase_add_test(c, deletion_is_graceful);
    tcase_add_test(c, whoever_does_not_listen_is_killed);
    tcase_add_test(c, a_frozen_pod_ends_too);
    tcase_add_test(c, force_kills_at_once);
    tcase_add_test(c, a_new_pod_of_the_same_name);
    tcase_add_test(c, what_a_container_leaves_behind_ends_with_it);
    tcase_add_test(c, a_killed_process_is_restarted);
    tcase_add_test(c, status_settles);
    tcase_add_test(c, addresses_differ);
    suite_add_tcase(suite, c);
    return suite;
}
