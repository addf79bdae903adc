#include "base/time.h"
#include "k8s/logs.h"
#include "k8s_script.h"

static struct {
    struct log_follow *follow;
    struct buf lines;  /* "text\n", a cut one with an ellipsis */
    struct buf states; /* "[waiting: …]" */
    size_t count, longest;
    int64_t last_time;
    int done;
    struct err err;
    bool free_at_line, pause_at_line;
} got;

static void on_line(void *data, int64_t time, const char *line, size_t len, bool cut)
{
    (void)data;
    got.count++;
    got.longest = MAX(got.longest, len);
    got.last_time = time;
    buf_add(&got.lines, line, MIN(len, 100));
    buf_adds(&got.lines, cut ? "…\n" : "\n");
    if (got.pause_at_line)
        log_follow_pause(got.follow, true);
    if (got.free_at_line) {
        log_follow_free(got.follow);
        got.follow = NULL;
    }
}

static void on_state(void *data, const char *why)
{
    (void)data;
    buf_addf(&got.states, "[%s]", why);
}

static void on_done(void *data, const struct err *err)
{
    (void)data;
    got.done++;
    got.err = *err;
}

static const struct log_events events = {on_line, on_state, on_done};

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.lines, 16 << 20);
    buf_init(&got.states, 1 << 20);
}

static void teardown(void)
{
    log_follow_free(got.follow);
    buf_release(&got.lines);
    buf_release(&got.states);
    script_teardown();
}

static struct script_call *follow(struct log_options options)
{
    options.ns = "m";
    options.pod = "camera-1";
    got.follow = log_follow_new(script.client, &options, &events, NULL);
    return script_expect("GET", "/api/v1/namespaces/m/pods/camera-1/log?timestamps=true");
}

static struct script_call *follow_all(void)
{
    struct script_call *call = follow((struct log_options){.follow = true, .tail = -1});
    ck_assert_ptr_nonnull(strstr(call->url, "follow=true"));
    script_head(call, 200, 0);
    return call;
}

static void pod_is(const char *phase, const char *state)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_addf(&text,
             "{\"metadata\":{\"name\":\"camera-1\"},\"spec\":{\"containers\":[{\"name\":\"main\"}]},\"status\":{"
             "\"phase\":\"%s\","
             "\"containerStatuses\":[{\"name\":\"main\",\"state\":{%s}}]}}",
             phase, state);
    struct script_call *call = script_next();
    ck_assert_str_eq(call->url, "https://test:6443/api/v1/namespaces/m/pods/camera-1");
    script_answer(call, 200, text.data);
    buf_release(&text);
}

START_TEST(gives_a_whole_log)
{
    struct script_call *call = follow((struct log_options){
        .previous = true, .container = "a&b", .tail = 20, .since = time_parse("2025-03-01T10:00:00.5Z")});
    ck_assert_str_eq(call->url, "https://test:6443/api/v1/namespaces/m/pods/camera-1/log?timestamps=true&previous=true"
                                "&container=a%26b&sinceTime=2025-03-01T10%3A00%3A00Z&tailLines=20");
    script_head(call, 200, 0);
    static const char text[] = "2025-03-01T10:00:00.123456789Z one\r\n2025-03-01T10:00:01Z \n"
                               "no time here\n\n2025-03-01T10:00:02.5+01:00 last without an end";
    for (size_t i = 0; i < strlen(text); i++)
        script_send(call, text + i, 1);
    script_end(call);
    ck_assert_str_eq(got.lines.data, "one\n\nno time here\n\nlast without an end\n");
    ck_assert_int_eq(got.done, 1);
    ck_assert_str_eq(got.err.text, "");
    ck_assert_int_eq(got.last_time, time_parse("2025-03-01T09:00:02.5Z"));
    script_none();
}
END_TEST

START_TEST(resumes_without_repeats)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:00.9Z zero\n2025-03-01T10:00:01.1Z one\n2025-03-01T10:00:01.2Z same\n"
                      "2025-03-01T10:00:01.2Z same\n2025-03-01T10:00:01.2Z other\n2025-03-01T10:00:01.3Z ha");
    script_break(call);
    ck_assert_ptr_nonnull(strstr(got.states.data, "[waiting: the connection to test:6443 broke]"));
    call = script_expect("GET", "follow=true&sinceTime=2025-03-01T10%3A00%3A01Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01.1Z one\n2025-03-01T10:00:01.2Z same\n2025-03-01T10:00:01.2Z same\n"
                      "2025-03-01T10:00:01.2Z other\n2025-03-01T10:00:01.2Z another at that time\n"
                      "2025-03-01T10:00:01.25Z same\n2025-03-01T10:00:01.3Z half\n2025-03-01T10:00:02Z same\n");
    /* The same text at another time is another line. */
    ck_assert_str_eq(got.lines.data, "zero\none\nsame\nsame\nother\nanother at that time\nsame\nhalf\nsame\n");
    ck_assert(str_ends(got.states.data, "[]"));
}
END_TEST

START_TEST(a_busy_second_is_not_repeated_either)
{
    struct script_call *call = follow_all();
    struct buf text;
    buf_init(&text, 4 << 20);
    for (int i = 0; i < 10000; i++)
        buf_addf(&text, "2025-03-01T10:00:01.%06dZ line %d\n", i, i);
    script_send(call, text.data, text.len);
    ck_assert_uint_eq(got.count, 10000);
    script_break(call);
    call = script_next();
    script_head(call, 200, 0);
    script_send(call, text.data, text.len);
    script_text(call, "2025-03-01T10:00:02Z new\n");
    ck_assert_uint_eq(got.count, 10001);
    buf_release(&text);
}
END_TEST

START_TEST(waits_while_the_container_is_made)
{
    struct script_call *call = follow((struct log_options){.follow = true, .tail = 5});
    for (int i = 0; i < 3; i++) {
        script_answer(call, 400,
                      "{\"kind\":\"Status\",\"code\":400,\"message\":\"container \\\"main\\\" in pod "
                      "\\\"camera-1\\\" is waiting to start: ContainerCreating\"}");
        ck_assert_str_eq(got.states.data, "[waiting: ContainerCreating]");
        double then = script_now();
        call = script_expect("GET", "tailLines=5");
        ck_assert(call->at - (int64_t)(then * NSEC_PER_SEC) <= NSEC_PER_SEC + 1000);
    }
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:02Z at last\n");
    ck_assert_str_eq(got.states.data, "[waiting: ContainerCreating][]");
    ck_assert_str_eq(got.lines.data, "at last\n");
    ck_assert_int_eq(got.done, 0);
}
END_TEST

START_TEST(some_refusals_are_final)
{
    static const struct {
        int status;
        const char *message;
        bool follow;
    } cases[] = {
        {400, "a container name must be specified for pod x, choose one of: [a b]", true},
        {400, "container \\\"a\\\" in pod \\\"x\\\" is waiting to start: ContainerCreating", false},
        {404, "pods \\\"x\\\" not found", true},
        {403, "forbidden", true},
        {500, "kubelet is away", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        got.done = 0;
        struct script_call *call = follow((struct log_options){.follow = cases[i].follow, .tail = -1});
        char text[300];
        snprintf(text, sizeof text, "{\"kind\":\"Status\",\"message\":\"%s\"}", cases[i].message);
        script_answer(call, cases[i].status, text);
        ck_assert_int_eq(got.done, 1);
        ck_assert(err_is_set(&got.err));
        script_none();
        log_follow_free(got.follow);
        got.follow = NULL;
    }
}
END_TEST

START_TEST(follows_over_a_rotation)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n");
    script_end(call);
    pod_is("Running", "\"running\":{}");
    call = script_expect("GET", "sinceTime=2025-03-01T10%3A00%3A01Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:02Z two\n");
    ck_assert_str_eq(got.lines.data, "one\ntwo\n");
    ck_assert_str_eq(got.states.data, "[]");
}
END_TEST

START_TEST(a_server_that_does_not_follow_is_asked_with_a_pause)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n");
    for (int i = 0; i < 5; i++) {
        script_end(call);
        double then = script_now();
        pod_is("Running", "\"running\":{}");
        call = script_expect("GET", "sinceTime=");
        ck_assert_double_ge((double)call->at / NSEC_PER_SEC - then, 0.999);
        script_head(call, 200, 0);
        script_text(call, "2025-03-01T10:00:01Z one\n");
    }
    script_pass(5);
    script_end(call); /* one that lasted is followed at once */
    double then = script_now();
    pod_is("Running", "\"running\":{}");
    call = script_expect("GET", "sinceTime=");
    ck_assert_double_le((double)call->at / NSEC_PER_SEC - then, 0.001);
    ck_assert_str_eq(got.lines.data, "one\n");
}
END_TEST

START_TEST(follows_over_a_restart)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n");
    script_end(call);
    pod_is("Running", "\"terminated\":{\"exitCode\":3,\"reason\":\"Error\"}");
    ck_assert_str_eq(got.states.data, "[][waiting: the container ended (Error, exit code 3)]");
    call = script_next();
    script_head(call, 200, 0);
    script_end(call);
    pod_is("Running", "\"waiting\":{\"reason\":\"CrashLoopBackOff\"}");
    ck_assert(str_ends(got.states.data, "[waiting: CrashLoopBackOff]"));
    call = script_next();
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z risen\n");
    ck_assert_str_eq(got.lines.data, "one\nrisen\n");
    ck_assert_int_eq(got.done, 0);
}
END_TEST

START_TEST(ends_with_the_pod)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:01Z two");
    script_end(call);
    pod_is("Succeeded", "\"terminated\":{}");
    ck_assert_str_eq(got.lines.data, "one\ntwo\n");
    ck_assert_int_eq(got.done, 1);
    ck_assert_str_eq(got.err.text, "");
    log_follow_free(got.follow);
    call = follow_all();
    script_end(call);
    script_answer(script_next(), 404, "{\"kind\":\"Status\",\"message\":\"pods \\\"camera-1\\\" not found\"}");
    ck_assert_int_eq(got.done, 2);
    ck_assert_str_eq(got.err.text, "pods \"camera-1\" not found");
}
END_TEST

START_TEST(long_lines_are_cut)
{
    struct script_call *call = follow_all();
    struct buf text;
    buf_init(&text, 16 << 20);
    buf_adds(&text, "2025-03-01T10:00:01Z ");
    buf_pad(&text, 'x', 3 << 20);
    buf_adds(&text, "\n2025-03-01T10:00:02Z short\n");
    for (size_t at = 0; at < text.len; at += 50000)
        script_send(call, text.data + at, MIN((size_t)50000, text.len - at));
    ck_assert_uint_eq(got.count, 2);
    ck_assert_uint_eq(got.longest, 1 << 20);
    ck_assert(str_ends(got.lines.data, "x…\nshort\n"));
    buf_release(&text);
}
END_TEST

START_TEST(binary_is_handed_on)
{
    struct script_call *call = follow_all();
    script_send(call, "2025-03-01T10:00:01Z a\0b\xff\n\0\n", 29);
    ck_assert_uint_eq(got.count, 2);
}
END_TEST

START_TEST(pauses)
{
    struct script_call *call = follow_all();
    log_follow_pause(got.follow, true);
    ck_assert(call->paused);
    script_text(call, "2025-03-01T10:00:01Z one\n");
    script_pass(1000);
    ck_assert_uint_eq(got.count, 0);
    log_follow_pause(got.follow, false);
    script_settle();
    ck_assert_str_eq(got.lines.data, "one\n");
    log_follow_pause(got.follow, true);
    script_break(call); /* its end waits, too */
    script_pass(100);
    script_none();
    log_follow_pause(got.follow, false);
    script_expect("GET", "sinceTime");
}
END_TEST

START_TEST(may_be_freed_by_a_line)
{
    got.free_at_line = true;
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:02Z two\n");
    ck_assert_uint_eq(got.count, 1);
    ck_assert(call->cancelled);
    call = follow_all();
    script_text(call, "2025-03-01T10:00:02Z half");
    script_text(call, " of one\nmore\n");
    ck_assert_uint_eq(got.count, 2);
}
END_TEST

Suite *k8s_logs_suite(void)
{
    Suite *suite = suite_create("k8s logs");
    TCase *tc = tcase_create("logs");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, gives_a_whole_log);
    tcase_add_test(tc, resumes_without_repeats);
    tcase_add_test(tc, a_busy_second_is_not_repeated_either);
    tcase_add_test(tc, waits_while_the_container_is_made);
    tcase_add_test(tc, some_refusals_are_final);
    tcase_add_test(tc, follows_over_a_rotation);
    tcase_add_test(tc, a_server_that_does_not_follow_is_asked_with_a_pause);
    tcase_add_test(tc, follows_over_a_restart);
    tcase_add_test(tc, ends_with_the_pod);
    tcase_add_test(tc, long_lines_are_cut);
    tcase_add_test(tc, binary_is_handed_on);
    tcase_add_test(tc, pauses);
    tcase_add_test(tc, may_be_freed_by_a_line);
    suite_add_tcase(suite, tc);
    return suite;
}
