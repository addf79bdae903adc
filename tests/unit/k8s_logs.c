#include "base/time.h"
#include "k8s/logs.h"
#include "k8s_script.h"

static struct {
    struct log_follow *follow;
    struct buf lines;  /* "text\n", a cut one with an ellipsis */
    struct buf states; /* "[waiting: …]" */
    size_t count, longest;
    int64_t last_time;
    struct buf lost; /* "[from to]" */
    int done;
    struct err err;
    bool free_at_line, pause_at_line, free_at_loss;
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

static void on_lost(void *data, int64_t from, int64_t to)
{
    (void)data;
    char a[TIME_TEXT], b[TIME_TEXT];
    buf_addf(&got.lost, "[%s %s]", time_format(a, from, 1) + 11, time_format(b, to, 1) + 11);
    if (got.free_at_loss) {
        log_follow_free(got.follow);
        got.follow = NULL;
    }
}

static void on_done(void *data, const struct err *err)
{
    (void)data;
    got.done++;
    got.err = *err;
}

static const struct log_events events = {on_line, on_state, on_lost, on_done};

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.lines, 16 << 20);
    buf_init(&got.states, 1 << 20);
    buf_init(&got.lost, 1 << 20);
}

static void teardown(void)
{
    log_follow_free(got.follow);
    buf_release(&got.lines);
    buf_release(&got.states);
    buf_release(&got.lost);
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
    ck_assert_str_eq(call->url, "https://test:6443/api/v1/namespaces/m/pods/camera-1/log?timestamps=true&container=a%26b"
                                "&previous=true&sinceTime=2025-03-01T10%3A00%3A00Z&tailLines=20");
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
    script_expect("GET", "limitBytes=");
    script_break(call);
    call = script_next();
    script_head(call, 200, 0);
    script_send(call, text.data, text.len);
    script_text(call, "2025-03-01T10:00:02Z new\n");
    ck_assert_uint_eq(got.count, 10001);
    buf_release(&text);
}
END_TEST

/* The same order again: what was the last line is found however many there are, and however alike. */
START_TEST(lines_alike_are_counted)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z tick\n2025-03-01T10:00:01.5Z tick\n2025-03-01T10:00:01.5Z tick\n"
                      "2025-03-01T10:00:01.5Z tick\n");
    for (int i = 0; i < 3; i++) {
        script_break(call);
        call = script_next();
        script_head(call, 200, 0);
        script_text(call, "2025-03-01T10:00:01Z tick\n2025-03-01T10:00:01.5Z tick\n2025-03-01T10:00:01.5Z tick\n"
                          "2025-03-01T10:00:01.5Z tick\n");
        for (int n = 0; n <= i; n++)
            script_text(call, "2025-03-01T10:00:01.5Z tick\n");
        ck_assert_uint_eq(got.count, 5 + (size_t)i);
    }
    ck_assert_str_eq(got.lost.data, "");
}
END_TEST

START_TEST(two_streams_may_be_out_of_order)
{
    static const char text[] = "2025-03-01T10:00:02.000003Z out\n2025-03-01T10:00:01.999999Z err\n";
    struct script_call *call = follow_all();
    script_text(call, text);
    script_break(call);
    call = script_expect("GET", "sinceTime=2025-03-01T10%3A00%3A01Z");
    script_head(call, 200, 0);
    script_text(call, text);
    script_text(call, "2025-03-01T10:00:02.000001Z err\n2025-03-01T10:00:03Z out\n");
    script_break(call); /* the rest of a long line that began before what was asked for has no time */
    call = script_expect("GET", "sinceTime=2025-03-01T10%3A00%3A02Z");
    script_head(call, 200, 0);
    script_text(call, "the end of a long line\n2025-03-01T10:00:02.000001Z err\n2025-03-01T10:00:03Z out\nno time\n");
    ck_assert_str_eq(got.lines.data, "out\nerr\nerr\nout\nno time\n");
    ck_assert_str_eq(got.lost.data, "");
}
END_TEST

START_TEST(what_the_node_turned_over_is_said)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01.2Z one\n");
    for (int i = 0; i < 2; i++) {
        script_break(call);
        call = script_expect("GET", "follow=true&sinceTime=");
        script_head(call, 200, 0);
        script_text(call, i ? "2025-03-01T10:00:07.5Z more\n2025-03-01T10:00:08Z end\n" : "2025-03-01T10:00:05.7Z new\n");
        call = script_expect("GET", "&previous=true&sinceTime=");
        if (i) { /* of a run that is older still, or of one that came between */
            script_head(call, 200, 0);
            script_text(call, "2025-03-01T10:00:06.5Z between\n");
            script_end(call);
        } else {
            script_answer(call, 400, "{\"kind\":\"Status\",\"message\":\"previous terminated container not found\"}");
        }
        call = script_expect("GET", "follow=true&sinceTime=");
        script_head(call, 200, 0);
        script_text(call, i ? "2025-03-01T10:00:07.5Z more\n2025-03-01T10:00:08Z end\n" : "2025-03-01T10:00:05.7Z new\n");
    }
    ck_assert_str_eq(got.lines.data, "one\nnew\nbetween\nmore\nend\n");
    ck_assert_str_eq(got.lost.data, "[10:00:01.2Z 10:00:05.7Z][10:00:05.7Z 10:00:06.5Z]");
    got.free_at_loss = true;
    script_break(call);
    call = script_next();
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z x\n");
    script_answer(script_next(), 400, "{}");
    call = script_next();
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z x\n2025-03-01T10:00:09Z y\n");
    ck_assert(str_ends(got.lines.data, "end\n"));
}
END_TEST

/* The kubelet skips silently, where it goes on with the newest file. */

static int64_t printed; /* ns since the first */

/* Lines of a kilobyte, a millisecond apart. */
static void print_lines(struct script_call *call, int count)
{
    static char line[1024];
    memset(line, 'x', sizeof line - 1);
    for (int i = 0; i < count; i++) {
        struct buf text;
        char stamp[TIME_TEXT];
        buf_init(&text, 4096);
        buf_addf(&text, "%s %s\n", time_format(stamp, time_parse("2025-03-01T10:00:01Z") + printed, 9), line);
        script_send(call, text.data, text.len);
        buf_release(&text);
        printed += NSEC_PER_MSEC;
    }
}

static struct script_call *asked_for_file(void)
{
    struct script_call *call = script_next();
    ck_assert_str_eq(strchr(call->url, '?'), "?timestamps=true&limitBytes=64");
    return call;
}

static void file_begins(struct script_call *call, int64_t at)
{
    char stamp[TIME_TEXT], text[100];
    snprintf(text, sizeof text, "%s xxx", time_format(stamp, time_parse("2025-03-01T10:00:01Z") + at, 9));
    script_answer(call, 200, text);
    script_pass(2);
}

START_TEST(where_a_file_began_without_a_pause_nothing_is_missing)
{
    printed = 0;
    struct script_call *call = follow_all();
    print_lines(call, 60);
    script_none();
    print_lines(call, 10);
    file_begins(asked_for_file(), 0);
    printed += NSEC_PER_SEC; /* a pause, but not where a file begins */
    print_lines(call, 100);
    file_begins(asked_for_file(), 50 * NSEC_PER_MSEC); /* it was turned over at a line that came */
    print_lines(call, 100);
    file_begins(asked_for_file(), printed + 50 * NSEC_PER_MSEC); /* at one that comes later */
    print_lines(call, 50);
    ck_assert_uint_eq(got.count, 320);
    ck_assert_str_eq(got.lost.data, "");
}
END_TEST

START_TEST(a_pause_where_a_file_began_is_said)
{
    printed = 0;
    struct script_call *call = follow_all();
    print_lines(call, 100);
    printed += 100 * NSEC_PER_MSEC;
    print_lines(call, 100);
    file_begins(asked_for_file(), 200 * NSEC_PER_MSEC);
    ck_assert_str_eq(got.lost.data, "[10:00:01.0Z 10:00:01.2Z]");
    /* One that is known before the lines come to it. */
    print_lines(call, 100);
    file_begins(asked_for_file(), 1000 * NSEC_PER_MSEC);
    printed = 1000 * NSEC_PER_MSEC;
    ck_assert_str_eq(got.lost.data, "[10:00:01.0Z 10:00:01.2Z]");
    print_lines(call, 1);
    ck_assert(str_ends(got.lost.data, "[10:00:01.3Z 10:00:02.0Z]"));
    /* One that was turned over within a line: that has another time. */
    buf_reset(&got.lost);
    print_lines(call, 100);
    file_begins(asked_for_file(), printed + NSEC_PER_MSEC / 2);
    print_lines(call, 2);
    ck_assert_str_eq(got.lost.data, "");
}
END_TEST

START_TEST(a_slow_reader_may_miss_files_nobody_knows_of)
{
    printed = 0;
    struct script_call *call = follow_all();
    print_lines(call, 100);
    struct script_call *first = asked_for_file();
    printed += 3 * NSEC_PER_SEC; /* from the first to the third, and the fourth is the newest */
    print_lines(call, 1);
    file_begins(first, 10 * NSEC_PER_SEC);
    ck_assert_str_eq(got.lost.data, "[10:00:01.0Z 10:00:04.1Z]");
    printed += 500 * NSEC_PER_MSEC; /* no file is filled so quickly */
    print_lines(call, 1);
    printed += 2 * NSEC_PER_SEC;
    print_lines(call, 1);
    ck_assert_str_eq(got.lost.data, "[10:00:01.0Z 10:00:04.1Z][10:00:04.6Z 10:00:06.6Z]");
}
END_TEST

START_TEST(the_end_waits_until_its_pauses_are_known)
{
    printed = 0;
    struct script_call *call = follow_all();
    print_lines(call, 100);
    file_begins(asked_for_file(), 0);
    printed += 100 * NSEC_PER_MSEC;
    print_lines(call, 1);
    script_end(call);
    pod_is("Succeeded", "\"terminated\":{}");
    call = script_next();
    script_head(call, 200, 0);
    printed -= NSEC_PER_MSEC;
    print_lines(call, 1);
    script_end(call);
    call = asked_for_file();
    ck_assert_int_eq(got.done, 0);
    file_begins(call, 200 * NSEC_PER_MSEC);
    ck_assert_str_eq(got.lost.data, "[10:00:01.0Z 10:00:01.2Z]");
    ck_assert_int_eq(got.done, 1);
}
END_TEST

/* Its end is asked for alone: however long it takes until the first line, none of those that follow hides behind it. */
START_TEST(the_tail_is_asked_for_once)
{
    for (int tail = 0; tail <= 2; tail += 2) {
        struct script_call *call = follow((struct log_options){.follow = true, .tail = tail});
        ck_assert_str_eq(strchr(call->url, '?'), tail ? "?timestamps=true&tailLines=2" : "?timestamps=true&tailLines=1");
        script_head(call, 200, 0);
        script_text(call, "2025-03-01T10:00:01.5Z one\n");
        script_end(call);
        for (int i = 0; i < 2; i++) {
            call = script_next();
            ck_assert_str_eq(strchr(call->url, '?'), "?timestamps=true&follow=true&sinceTime=2025-03-01T10%3A00%3A01Z");
            if (!i)
                script_break(call);
        }
        script_head(call, 200, 0);
        script_text(call, "2025-03-01T10:00:01.3Z zero\n2025-03-01T10:00:01.5Z one\n2025-03-01T10:00:01.6Z two\n");
        ck_assert_str_eq(got.lines.data, tail ? "one\ntwo\n" : "two\n");
        log_follow_free(got.follow);
        got.follow = NULL;
        buf_reset(&got.lines);
    }
    /* One that is half a line: on from there. */
    struct script_call *call = follow((struct log_options){.follow = true, .tail = 1});
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01.5Z ha");
    script_end(call);
    call = script_expect("GET", "follow=true&sinceTime=2025-03-01T10%3A00%3A01Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01.3Z zero\n2025-03-01T10:00:01.5Z half");
    script_end(call);
    pod_is("Succeeded", "\"terminated\":{}");
    call = script_expect("GET", "log?timestamps=true&sinceTime=2025-03-01T10%3A00%3A01Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01.3Z zero\n2025-03-01T10:00:01.5Z half");
    script_end(call);
    ck_assert_int_eq(got.done, 1);
    ck_assert_str_eq(got.lines.data, "half\n");
    ck_assert_str_eq(got.lost.data, "");
    log_follow_free(got.follow);
    buf_reset(&got.lines);
    /* One without lines: all that come. */
    call = follow((struct log_options){.follow = true, .tail = 0});
    script_head(call, 200, 0);
    script_end(call);
    for (int i = 0; i < 2; i++) {
        call = script_next();
        ck_assert_str_eq(strchr(call->url, '?'), "?timestamps=true&follow=true");
        if (!i)
            script_break(call);
    }
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01.3Z zero\n2025-03-01T10:00:01.5Z one\n");
    ck_assert_str_eq(got.lines.data, "zero\none\n");
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
        call = script_next();
        ck_assert_str_eq(strchr(call->url, '?'), "?timestamps=true&follow=true"); /* all it prints from now on */
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
    script_text(call, "2025-03-01T10:00:01.5Z one\n");
    script_end(call);
    pod_is("Running", "\"running\":{}");
    call = script_expect("GET", "sinceTime=2025-03-01T10%3A00%3A01Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01.5Z one\n2025-03-01T10:00:02Z two\n");
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

/* The end of a run is read while it can be had; then the next run need not hold it. */
START_TEST(follows_over_a_restart)
{
    static const char ended[] = "\"terminated\":{\"exitCode\":3,\"reason\":\"Error\"}";
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n");
    script_end(call);
    pod_is("Running", ended);
    call = script_next();
    ck_assert_str_eq(strchr(call->url, '?'), "?timestamps=true&sinceTime=2025-03-01T10%3A00%3A00Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:01Z last wor"); /* it died before their end */
    script_end(call);
    ck_assert_str_eq(got.lines.data, "one\nlast wor\n");
    pod_is("Running", ended);
    ck_assert_str_eq(got.states.data, "[][waiting: the container ended (Error, exit code 3)]");
    call = script_expect("GET", "follow=true");
    script_head(call, 200, 0);
    script_end(call);
    pod_is("Running", "\"waiting\":{\"reason\":\"CrashLoopBackOff\"}");
    ck_assert(str_ends(got.states.data, "[waiting: CrashLoopBackOff]"));
    call = script_expect("GET", "follow=true");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z risen\n");
    ck_assert(call->cancelled); /* which run is it? */
    pod_is("Running", "\"running\":{}},\"restartCount\":1,\"x\":{");
    call = script_expect("GET", "follow=true");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z risen\n");
    ck_assert_str_eq(got.lines.data, "one\nlast wor\nrisen\n");
    ck_assert_str_eq(got.lost.data, "");
    ck_assert_int_eq(got.done, 0);
}
END_TEST

START_TEST(a_run_between_that_nobody_saw_is_said)
{
    static const char ended[] = "\"terminated\":{\"exitCode\":3,\"reason\":\"Error\"}";
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n");
    script_end(call);
    for (int i = 0; i < 2; i++) {
        pod_is("Running", ended);
        call = script_next();
        script_head(call, 200, 0);
        script_text(call, i ? "2025-03-01T10:00:09Z risen\n" : "2025-03-01T10:00:01Z one\n");
        if (!i)
            script_end(call);
    }
    pod_is("Running", "\"running\":{}},\"restartCount\":2,\"x\":{");
    call = script_expect("GET", "&previous=true");
    script_head(call, 200, 0);
    script_end(call);
    call = script_expect("GET", "follow=true");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z risen\n");
    ck_assert_str_eq(got.lines.data, "one\nrisen\n");
    ck_assert_str_eq(got.lost.data, "[10:00:01.0Z 10:00:09.0Z]");
}
END_TEST

START_TEST(the_run_before_has_the_rest)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n");
    script_break(call);
    call = script_expect("GET", "follow=true");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z risen\n");
    ck_assert(call->cancelled);
    call = script_expect("GET", "log?timestamps=true&previous=true&sinceTime=2025-03-01T10%3A00%3A00Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:01Z last words");
    script_end(call);
    call = script_expect("GET", "follow=true");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:09Z risen\n");
    ck_assert_str_eq(got.lines.data, "one\nlast words\nrisen\n");
    ck_assert_str_eq(got.lost.data, "");
}
END_TEST

START_TEST(ends_with_the_pod)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:01Z two");
    script_end(call);
    pod_is("Succeeded", "\"terminated\":{}");
    /* The kubelet ends a log that is followed with the container, though it may not have read all of it. */
    call = script_next();
    ck_assert_str_eq(strchr(call->url, '?'), "?timestamps=true&sinceTime=2025-03-01T10%3A00%3A00Z");
    script_head(call, 200, 0);
    script_text(call, "2025-03-01T10:00:01Z one\n2025-03-01T10:00:01Z two\n2025-03-01T10:00:02Z three");
    script_end(call);
    ck_assert_str_eq(got.lines.data, "one\ntwo\nthree\n");
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

/* The rest of a log may be nothing but half a line, behind what was turned over. */
START_TEST(half_a_line_alone_is_looked_back_from)
{
    struct script_call *call = follow_all();
    script_text(call, "2025-03-01T10:00:01.5Z one\n");
    script_end(call);
    pod_is("Failed", "\"terminated\":{\"exitCode\":1}");
    for (int i = 0; i < 2; i++) {
        call = script_expect("GET", "log?timestamps=true&sinceTime=");
        script_head(call, 200, 0);
        script_text(call, "2025-03-01T10:00:09Z ha");
        script_end(call);
        if (!i)
            script_answer(script_expect("GET", "previous=true"), 400, "{}");
    }
    ck_assert_str_eq(got.lines.data, "one\nha\n");
    ck_assert_str_eq(got.lost.data, "[10:00:01.5Z 10:00:09.0Z]");
    ck_assert_int_eq(got.done, 1);
}
END_TEST

START_TEST(an_empty_file_at_the_end_may_hide_something)
{
    for (int i = 0; i < 2; i++) {
        struct script_call *call = follow_all();
        script_text(call, "2025-03-01T10:00:01.5Z one\n");
        if (i) {
            script_break(call);
            call = script_expect("GET", "follow=true");
            script_head(call, 200, 0);
        }
        script_end(call);
        pod_is("Failed", "\"terminated\":{\"exitCode\":1}");
        call = script_expect("GET", "log?timestamps=true&sinceTime=");
        script_head(call, 200, 0);
        script_end(call);
        /* A log that was followed to its end is whole; one that broke may not be. */
        ck_assert_str_eq(got.lost.data, i ? "[10:00:01.5Z 00:00:00.0Z]" : "");
        ck_assert_int_eq(got.done, i + 1);
        log_follow_free(got.follow);
        got.follow = NULL;
    }
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
    tcase_add_test(tc, lines_alike_are_counted);
    tcase_add_test(tc, two_streams_may_be_out_of_order);
    tcase_add_test(tc, what_the_node_turned_over_is_said);
    tcase_add_test(tc, the_tail_is_asked_for_once);
    tcase_add_test(tc, where_a_file_began_without_a_pause_nothing_is_missing);
    tcase_add_test(tc, a_pause_where_a_file_began_is_said);
    tcase_add_test(tc, a_slow_reader_may_miss_files_nobody_knows_of);
    tcase_add_test(tc, the_end_waits_until_its_pauses_are_known);
    tcase_add_test(tc, waits_while_the_container_is_made);
    tcase_add_test(tc, some_refusals_are_final);
    tcase_add_test(tc, follows_over_a_rotation);
    tcase_add_test(tc, a_server_that_does_not_follow_is_asked_with_a_pause);
    tcase_add_test(tc, follows_over_a_restart);
    tcase_add_test(tc, a_run_between_that_nobody_saw_is_said);
    tcase_add_test(tc, the_run_before_has_the_rest);
    tcase_add_test(tc, ends_with_the_pod);
    tcase_add_test(tc, long_lines_are_cut);
    tcase_add_test(tc, half_a_line_alone_is_looked_back_from);
    tcase_add_test(tc, an_empty_file_at_the_end_may_hide_something);
    tcase_add_test(tc, binary_is_handed_on);
    tcase_add_test(tc, pauses);
    tcase_add_test(tc, may_be_freed_by_a_line);
    suite_add_tcase(suite, tc);
    return suite;
}
