#include "base/time.h"
#include "k8s/logset.h"
#include "k8s_script.h"

/* The merge, by itself. */

static struct buf out;

static void on_piece(void *data, const struct log_piece *piece)
{
    (void)data;
    buf_addf(&out, "%u:%.*s ", piece->stream, (int)piece->len, piece->text);
}

static struct log_merge merge;

static void put(unsigned stream, int64_t now_ms, int64_t time, const char *text)
{
    log_merge_put(&merge, now_ms * NSEC_PER_MSEC, &(struct log_piece){.stream = stream, .time = time, .text = text, .len = strlen(text)});
}

static int64_t run(int64_t now_ms)
{
    return log_merge_run(&merge, now_ms * NSEC_PER_MSEC) / NSEC_PER_MSEC;
}

static void merge_setup(void)
{
    buf_init(&out, 1u << 20);
    log_merge_init(&merge, on_piece, NULL);
}

static void merge_teardown(void)
{
    log_merge_release(&merge);
    buf_release(&out);
}

START_TEST(one_log_waits_for_nobody)
{
    log_merge_open(&merge, 0);
    put(0, 1, 5, "a");
    put(0, 1, 4, "b");
    ck_assert_str_eq(out.data, "0:a 0:b ");
    ck_assert_int_eq(run(1), 0);
}
END_TEST

START_TEST(several_are_in_order_of_time)
{
    for (int i = 0; i < 3; i++)
        log_merge_open(&merge, 0);
    put(0, 10, 100, "a");
    put(0, 10, 130, "d");
    ck_assert_int_eq(run(10), 2000); /* the others have not begun */
    put(1, 20, 110, "b");
    put(2, 20, 120, "c");
    run(20);
    ck_assert_str_eq(out.data, "0:a 1:b "); /* of 1 something before c may come */
    ck_assert_int_eq(run(20), 420);
    ck_assert_int_eq(run(420), 0);
    ck_assert_str_eq(out.data, "0:a 1:b 2:c 0:d ");
    put(0, 3000, 90, "late"); /* not lost */
    log_merge_expect(&merge, 1, false);
    run(3000);
    ck_assert_str_eq(out.data, "0:a 1:b 2:c 0:d 0:late ");
}
END_TEST

START_TEST(what_ended_or_waits_holds_nobody_up)
{
    log_merge_open(&merge, 0);
    log_merge_open(&merge, 0);
    log_merge_expect(&merge, 1, false);
    put(0, 10, 100, "a");
    ck_assert_int_eq(run(10), 0);
    ck_assert_str_eq(out.data, "0:a ");
}
END_TEST

START_TEST(what_is_held_is_bounded)
{
    char big[10000];
    memset(big, 'x', sizeof big);
    log_merge_release(&merge);
    log_merge_open(&merge, 0);
    log_merge_open(&merge, 0);
    for (int i = 0; i < 4000; i++)
        log_merge_put(&merge, 1, &(struct log_piece){.stream = 0, .time = i + 1, .text = big, .len = sizeof big});
    ck_assert_uint_le(merge.bytes, LOG_MERGE_MOST);
}
END_TEST

/* The set, against a server. */

static struct store *pods;
static struct log_set *set;
static int dones;

static void on_line(void *data, const struct log_piece *piece)
{
    (void)data;
    buf_addf(&out, "%s:%.*s\n", log_set_at(set, piece->stream)->label, (int)piece->len, piece->text);
}

static void on_done(void *data)
{
    (void)data;
    dones++;
}

static bool wants(void *data, const struct pod *pod)
{
    (void)data;
    return str_eq(pod->graph, "lobby");
}

static void pod_is(const char *name, const char *thing, const char *containers, const char *statuses)
{
    struct buf json;
    struct err err = ERR_INIT;
    buf_init(&json, 4096);
    buf_addf(&json, "{'metadata':{'name':'%s','namespace':'m','uid':'uid-%s','labels':{'patchbay.dev/graph':'lobby','patchbay.dev/thing':'%s'}},"
                    "'spec':{'nodeName':'n','containers':[%s]},'status':{'phase':'Running','containerStatuses':[%s],"
                    "'conditions':[{'type':'Initialized','status':'True'}]}}",
             name, name, thing, containers, statuses);
    for (char *c = json.data; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    cJSON *object = json_parse(json.data, json.len, &err);
    ck_assert_msg(object != NULL, "%s", err.text);
    store_put(pods, record_new(&kind_pod, object));
    cJSON_Delete(object);
    buf_release(&json);
}

#define MAIN "{'name':'main'}"
#define RUNS "{'name':'main','state':{'running':{}}}"

static void begin(bool follow)
{
    static const struct log_set_events events = {.line = on_line, .done = on_done};
    struct log_set_options options = {.each = {.follow = follow, .tail = -1}, .pods = pods, .wants = wants};
    set = log_set_new(script.client, &options, &events, NULL);
    script_settle();
}

static struct script_call *log_of(const char *pod)
{
    char part[200];
    snprintf(part, sizeof part, "/api/v1/namespaces/m/pods/%s/log?timestamps=true&container=main", pod);
    struct script_call *call = script_expect("GET", part);
    script_head(call, 200, 0);
    return call;
}

static void set_setup(void)
{
    script_setup();
    buf_init(&out, 1u << 20);
    pods = store_new(&kind_pod);
    dones = 0;
}

static void set_teardown(void)
{
    log_set_free(set);
    set = NULL;
    store_free(pods);
    buf_release(&out);
    script_teardown();
}

START_TEST(a_graph_as_one_log)
{
    pod_is("camera-7d-aaaaa", "camera", MAIN, RUNS);
    pod_is("monitor-5c-bbbbb", "monitor", MAIN, RUNS);
    begin(false);
    struct script_call *a = log_of("camera-7d-aaaaa"), *b = log_of("monitor-5c-bbbbb");
    script_text(a, "2026-03-01T12:00:00.1Z one\n2026-03-01T12:00:00.3Z three\n");
    script_text(b, "2026-03-01T12:00:00.2Z two\n2026-03-01T12:00:00.4Z four\n");
    script_end(a);
    script_end(b);
    script_settle();
    ck_assert_str_eq(out.data, "camera:one\nmonitor:two\ncamera:three\nmonitor:four\n");
    ck_assert_int_eq(dones, 1);
}
END_TEST

START_TEST(pods_that_come_are_read_from_their_start)
{
    pod_is("camera-7d-aaaaa", "camera", MAIN, RUNS);
    begin(true);
    struct script_call *a = log_of("camera-7d-aaaaa");
    script_text(a, "2026-03-01T12:00:00.1Z one\n");
    script_settle();
    ck_assert_str_eq(out.data, ":one\n");
    pod_is("camera-7d-ccccc", "camera", MAIN, "{'name':'main','state':{'waiting':{'reason':'ContainerCreating'}}}");
    pod_is("other-1", "other", MAIN, "");
    script_settle();
    struct script_call *c = log_of("camera-7d-ccccc");
    ck_assert_ptr_nonnull(strstr(c->url, "follow=true"));
    ck_assert_ptr_null(strstr(c->url, "tailLines"));
    struct script_call *o = log_of("other-1");
    script_text(c, "2026-03-01T12:00:02Z new\n");
    script_text(o, "2026-03-01T12:00:01Z other\n");
    script_pass(0.5);
    ck_assert_str_eq(out.data, ":one\nother:other\ncamera-ccccc:new\n");
    store_del(pods, "m", "camera-7d-ccccc"); /* the filter of the namespace may have changed: the log tells its end itself */
    script_settle();
    ck_assert_uint_eq(log_set_open(set), 3);
}
END_TEST

START_TEST(no_more_than_so_many_at_once)
{
    for (int i = 0; i < LOG_SET_MOST + 7; i++) {
        char name[64];
        snprintf(name, sizeof name, "camera-7d-%05d", i);
        pod_is(name, "camera", MAIN, RUNS);
    }
    begin(true);
    ck_assert_uint_eq(log_set_open(set), LOG_SET_MOST);
    ck_assert_uint_eq(log_set_left_out(set), 7);
}
END_TEST

START_TEST(each_container_that_has_begun)
{
    pod_is("camera-7d-aaaaa", "camera", "{'name':'main'},{'name':'proxy'}", RUNS ",{'name':'proxy','state':{'running':{}}}");
    begin(false);
    struct script_call *a = log_of("camera-7d-aaaaa"), *b = script_expect("GET", "container=proxy");
    script_answer(b, 400, "{\"message\":\"it is broken\"}");
    script_text(a, "2026-03-01T12:00:00.1Z one\n");
    script_end(a);
    script_settle();
    ck_assert_ptr_nonnull(strstr(out.data, "main:one\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "proxy:-- it is broken --\n"));
    ck_assert_int_eq(dones, 1);
}
END_TEST

/* Numbered lines of two pods over a lost connection, a container that begins anew and a reader that looks away: each once. */
START_TEST(every_numbered_line_once)
{
    pod_is("camera-7d-aaaaa", "camera", MAIN, RUNS);
    begin(true);
    struct script_call *call = log_of("camera-7d-aaaaa");
    struct buf text;
    buf_init(&text, 4u << 20);
    int n = 0;
    for (int round = 0; round < 5; round++) {
        buf_reset(&text);
        /* After a reconnect the server begins at a whole second: what came is there again. */
        for (int i = MAX(0, n - 30); i < n + 500; i++) {
            char time[TIME_TEXT];
            buf_addf(&text, "%s line %d\n", time_format(time, INT64_C(1772366400000000000) + i * INT64_C(2000000), 9), i);
        }
        n += 500;
        script_text(call, text.data);
        script_settle();
        script_break(call);
        do /* what is asked about the file of the log is none of ours */
            call = script_next();
        while (strstr(call->url, "limitBytes"));
        script_head(call, 200, 0);
    }
    buf_reset(&text);
    for (int i = 0; i < n; i++)
        buf_addf(&text, ":line %d\n", i);
    ck_assert_str_eq(out.data, text.data);
    buf_release(&text);
}
END_TEST

Suite *k8s_logset_suite(void)
{
    Suite *suite = suite_create("log set");
    TCase *tcase = tcase_create("merge");
    tcase_add_checked_fixture(tcase, merge_setup, merge_teardown);
    tcase_add_test(tcase, one_log_waits_for_nobody);
    tcase_add_test(tcase, several_are_in_order_of_time);
    tcase_add_test(tcase, what_ended_or_waits_holds_nobody_up);
    tcase_add_test(tcase, what_is_held_is_bounded);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("set");
    tcase_add_checked_fixture(tcase, set_setup, set_teardown);
    tcase_add_test(tcase, a_graph_as_one_log);
    tcase_add_test(tcase, pods_that_come_are_read_from_their_start);
    tcase_add_test(tcase, no_more_than_so_many_at_once);
    tcase_add_test(tcase, each_container_that_has_begun);
    tcase_add_test(tcase, every_numbered_line_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
