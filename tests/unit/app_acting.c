#include "app/acting.h"

#include "app/part.h"
#include "app_test.h"
#include "graph/plan.h"

static struct {
    int times, lines;
    struct acting_result result;
    struct buf said; /* a line a thing */
} got;

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.said, 1 << 16);
}

static void teardown(void)
{
    buf_release(&got.said);
    script_teardown();
}

static void on_line(void *data, const struct acting_target *target, const char *text, bool failed, size_t through)
{
    (void)data;
    ck_assert_uint_eq(through, (size_t)++got.lines);
    buf_addf(&got.said, "%s%s%s\n", failed ? "! " : target->name, failed ? "" : ": ", text);
}

static void on_done(void *data, const struct acting_result *result)
{
    (void)data;
    got.times++;
    got.result = *result;
}

/* On camera, monitoring … of media/lobby. */
static struct acting *start(enum act act, int replicas, bool meant, const char *const *names)
{
    struct acting_target targets[8];
    size_t count = 0;
    for (; names[count]; count++)
        targets[count] = (struct acting_target){"media", "lobby", names[count], NULL, 1, meant};
    struct acting_options options = {.act = act, .replicas = replicas, .targets = targets, .count = count};
    return acting_start(script.client, &options, on_line, on_done, NULL);
}

static void there(const char *thing, const char *graph, const char *set, const char *spec)
{
    char path[200];
    snprintf(path, sizeof path, "/apis/apps/v1/namespaces/media/deployments/%s", thing);
    char *id = set ? xstrdup(set) : plan_applyset_id("patchbay-lobby", "media", "ConfigMap", "");
    char *text = xasprintf("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"media\",\"uid\":\"u-%s\","
                           "\"resourceVersion\":\"7\",\"labels\":{\"patchbay.dev/graph\":\"%s\","
                           "\"applyset.kubernetes.io/part-of\":\"%s\"}},\"spec\":{%s}}", thing, thing, graph, id, spec);
    script_answer(script_expect("GET", path), 200, text);
    free(text);
    free(id);
}

START_TEST(several_at_once)
{
    static const char *const names[] = {"camera", "monitoring", NULL};
    start(ACT_RESTART, 0, true, names);
    there("camera", "lobby", NULL, "\"replicas\":1");
    there("monitoring", "lobby", NULL, "\"replicas\":2");
    script_answer(script_expect("PATCH", "deployments/camera?"), 200, "{}");
    ck_assert_int_eq(got.times, 0);
    script_answer(script_expect("PATCH", "deployments/monitoring?"), 200, "{}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_uint_eq(got.result.done, 2);
    ck_assert_str_eq(got.said.data, "camera: restarts 1 pod, by a rolling update\n"
                                    "monitoring: restarts 2 pods, by a rolling update\n");
    ck_assert_str_eq(got.result.text, "restarted 2 things");
}
END_TEST

/* A name is not enough: it must be of the graph, and of its set. */
START_TEST(what_is_no_member_is_left_alone)
{
    static const char *const names[] = {"camera", NULL};
    static const char *const strangers[][2] = {{"hall", NULL}, {"lobby", "applyset-other-v1"}, {"", ""}};
    for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
        got.lines = 0;
        start(ACT_STOP, 0, true, names);
        there("camera", strangers[i][0], strangers[i][1], "\"replicas\":1");
        script_none();
        ck_assert_uint_eq(got.result.failed, 1);
        ck_assert_str_eq(got.result.err.text, "camera: the deployment of that name is not one of graph lobby, and is left alone");
    }
}
END_TEST

START_TEST(what_is_so_already_is_said)
{
    static const char *const names[] = {"camera", NULL}, *const both[] = {"camera", "monitoring", NULL};
    start(ACT_SCALE, 2, true, names);
    there("camera", "lobby", NULL, "\"replicas\":2");
    script_none();
    ck_assert(got.result.left == 1 && !got.result.failed);
    ck_assert_str_eq(got.result.text, "camera: is scaled to 2 pods already");
    got.lines = 0;
    start(ACT_RESUME, 0, true, both);
    there("camera", "lobby", NULL, "\"replicas\":2");
    there("monitoring", "lobby", NULL, "\"replicas\":2");
    ck_assert_str_eq(got.result.text, "none of the 2 things was resumed: there was nothing to do");
}
END_TEST

/* Of a whole graph, what makes no sense is left; of things that were named, it is a failure, and the others are done. */
START_TEST(what_makes_no_sense)
{
    static const char *const both[] = {"camera", "monitoring", NULL};
    for (int meant = 0; meant < 2; meant++) {
        got.lines = 0;
        start(ACT_RESTART, 0, meant, both);
        there("camera", "lobby", NULL, "\"replicas\":0");
        there("monitoring", "lobby", NULL, "\"replicas\":1");
        script_answer(script_expect("PATCH", "deployments/monitoring?"), 200, "{}");
        ck_assert_uint_eq(got.result.failed, (size_t)meant);
        ck_assert_str_eq(got.result.text,
                         meant ? "camera: is stopped: there is no pod to restart; start it instead (1 others were restarted)"
                               : "restarted monitoring");
    }
    ck_assert_ptr_nonnull(strstr(got.said.data, "camera: is stopped: there is no pod to restart; start it instead\n"));
    ck_assert_ptr_nonnull(strstr(got.said.data, "! camera: is stopped"));
}
END_TEST

/* kubectl's annotation is of whole seconds: a second restart within one would be none. */
START_TEST(two_restarts_in_a_second)
{
    static const char *const names[] = {"camera", NULL};
    start(ACT_RESTART, 0, true, names);
    there("camera", "lobby", NULL, "\"replicas\":1");
    struct script_call *call = script_expect("PATCH", "deployments/camera?");
    cJSON *body = cJSON_Parse(call->body);
    char *spec = xasprintf("\"replicas\":1,\"template\":{\"metadata\":{\"annotations\":{"
                           "\"kubectl.kubernetes.io/restartedAt\":\"%s\"}}}", rollout_restarted_at(body));
    cJSON_Delete(body);
    script_answer(call, 200, "{}");
    got.lines = 0;
    start(ACT_RESTART, 0, true, names);
    there("camera", "lobby", NULL, spec);
    script_none();
    ck_assert_str_eq(got.result.text, "camera: was restarted within this second; try again in the next");
    got.lines = 0;
    script_pass(1);
    start(ACT_RESTART, 0, true, names);
    there("camera", "lobby", NULL, spec);
    script_answer(script_expect("PATCH", "deployments/camera?"), 200, "{}");
    ck_assert_str_eq(got.result.text, "restarted camera");
    free(spec);
}
END_TEST

START_TEST(cancelled_it_says_nothing_more)
{
    static const char *const both[] = {"camera", "monitoring", NULL};
    struct acting *acting = start(ACT_STOP, 0, true, both);
    there("camera", "lobby", NULL, "\"replicas\":1");
    acting_cancel(acting);
    script_settle();
    ck_assert(!got.times && !got.lines);
}
END_TEST

Suite *app_acting_suite(void)
{
    Suite *suite = suite_create("acting");
    TCase *tc = tcase_create("acting");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, several_at_once);
    tcase_add_test(tc, what_is_no_member_is_left_alone);
    tcase_add_test(tc, what_is_so_already_is_said);
    tcase_add_test(tc, what_makes_no_sense);
    tcase_add_test(tc, two_restarts_in_a_second);
    tcase_add_test(tc, cancelled_it_says_nothing_more);
    suite_add_tcase(suite, tc);
    return suite;
}
