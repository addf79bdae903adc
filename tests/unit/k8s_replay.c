/* A recording as a server: what it answers at which time of it, and when one jumps. */
#include "k8s_script.h"

#include "base/file.h"
#include "k8s/replay.h"

#define HEAD "{\"recording\":1,\"started\":\"2026-12-01T02:00:00Z\",\"server\":\"https://test:6443\"}\n"
#define POD(name, ns, rv, more)                                                                                        \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\",\"resourceVersion\":\"" rv "\"" more "}}"
#define LISTED(t, items)                                                                                               \
    "{\"t\":0,\"call\":1,\"get\":\"/api/v1/pods?limit=500\"}\n"                                                        \
    "{\"t\":" t ",\"call\":1,\"status\":200,\"type\":\"application/json\"}\n"                                          \
    "{\"t\":" t ",\"call\":1,\"list\":{\"kind\":\"PodList\",\"rv\":\"5\",\"continue\":\"\"}}\n" items                   \
    "{\"t\":" t ",\"call\":1,\"end\":\"done\"}\n"
#define ITEM(t, object) "{\"t\":" t ",\"call\":1,\"item\":" object "}\n"
#define WATCHED(t)                                                                                                     \
    "{\"t\":" t ",\"call\":2,\"get\":\"/api/v1/pods?watch=1&resourceVersion=5\"}\n"                                    \
    "{\"t\":" t ",\"call\":2,\"status\":200,\"type\":\"application/json\"}\n"
#define EVENT(t, type, object) "{\"t\":" t ",\"call\":2,\"event\":{\"type\":\"" type "\",\"object\":" object "}}\n"
#define BREAKS(t) "{\"t\":" t ",\"call\":2,\"end\":\"broken\",\"why\":\"the connection to test:6443 broke\"}\n"
/* a and b at 1 s, c at 10 s, b gone at 20 s, a new at 30 s. */
#define NIGHT                                                                                                          \
    HEAD LISTED("1", ITEM("1", POD("a", "media", "1", "")) ITEM("1", POD("b", "other", "2", ",\"labels\":{\"x\":\"y\"}")))   \
        WATCHED("1") EVENT("10", "ADDED", POD("c", "media", "6", "")) EVENT("20", "DELETED", POD("b", "other", "7", ""))  \
            EVENT("30", "MODIFIED", POD("a", "media", "8", ",\"labels\":{\"x\":\"y\"}"))

static char folder[64], *file;
static struct vclock clock_;
static struct loop *loop;
static struct http_transport *replay;
static struct buf heard;

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)data, (void)call;
    if (head->status != 200)
        buf_addf(&heard, "%d ", head->status);
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)data, (void)call;
    if (!memmem(bytes, len, "BOOKMARK", 8))
        buf_add(&heard, bytes, len);
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    *(struct http_call **)data = NULL;
    buf_addf(&heard, "[%s]", result->outcome == HTTP_DONE ? "done" : result->err.text);
}

static const struct http_events events = {on_head, on_body, on_done};

static void write_text(const char *text, size_t len)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(file, text, len, 0, &err) == 0, "%s", err.text);
}

static void play(const char *text)
{
    struct err err = ERR_INIT;
    write_text(text, strlen(text));
    replay = replay_new(loop, file, &err);
    ck_assert_msg(replay != NULL, "%s", err.text);
    clock_.wall = replay_wall(replay);
}

static void pass(double seconds)
{
    vclock_run(&clock_, loop, (int64_t)(seconds * NSEC_PER_SEC));
}

static void go_to(double seconds)
{
    clock_.wall = replay_wall(replay) + (int64_t)(seconds * NSEC_PER_SEC);
    replay_seek(replay);
    pass(0);
}

static struct http_call *ask(struct http_call **call, const char *method, const char *path)
{
    char *url = xasprintf("https://test:6443%s", path);
    struct http_request request = {.method = method, .url = url};
    *call = http_start(replay, &request, &events, call);
    free(url);
    return *call;
}

/* What is heard since the last time. */
static const char *now_heard(void)
{
    static char text[8192];
    snprintf(text, sizeof text, "%s", heard.data);
    buf_reset(&heard);
    return text;
}

static const char *answer(const char *path)
{
    struct http_call *call;
    buf_reset(&heard);
    ask(&call, NULL, path);
    pass(0.001);
    if (call)
        http_cancel(call);
    return now_heard();
}

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/replay-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    file = xasprintf("%s/night", folder);
    vclock_init(&clock_, 0);
    loop = loop_new(&clock_.ops);
    replay = NULL;
    buf_init(&heard, 1 << 20);
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    if (replay)
        http_transport_free(replay);
    ck_assert(loop_idle(loop));
    loop_free(loop);
    file_remove_tree(folder, &err);
    free(file);
    buf_release(&heard);
}

START_TEST(a_list_is_what_was_there_then)
{
    play(NIGHT);
    go_to(15);
    ck_assert_str_eq(answer("/api/v1/pods?limit=500"),
                     "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"replay-9\"},\"items\":["
                     POD("a", "media", "1", "") "," POD("b", "other", "2", ",\"labels\":{\"x\":\"y\"}") "," POD("c", "media", "6", "") "]}[done]");
    go_to(25);
    ck_assert_ptr_null(strstr(answer("/api/v1/pods?limit=500"), "\"b\""));
    go_to(0.5); /* the server had not answered yet */
    ck_assert_str_eq(answer("/api/v1/pods?limit=500"), "");
}
END_TEST

START_TEST(a_part_of_what_was_listed_can_be_asked_for)
{
    play(NIGHT);
    go_to(15);
    const char *other = answer("/api/v1/namespaces/other/pods");
    ck_assert(strstr(other, "\"b\"") && !strstr(other, "\"a\""));
    const char *labelled = answer("/api/v1/pods?labelSelector=x%3Dy");
    ck_assert(strstr(labelled, "\"b\"") && !strstr(labelled, "\"a\""));
    const char *unlike = answer("/api/v1/pods?labelSelector=x%21%3Dy");
    ck_assert(!strstr(unlike, "\"b\"") && strstr(unlike, "\"a\""));
    const char *named = answer("/api/v1/pods?fieldSelector=metadata.name%3Dc");
    ck_assert(strstr(named, "\"c\"") && !strstr(named, "\"a\""));
}
END_TEST

START_TEST(an_object_is_as_it_was_then)
{
    play(NIGHT);
    go_to(29);
    ck_assert_str_eq(answer("/api/v1/namespaces/media/pods/a"),
                     "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"media\",\"resourceVersion\":\"1\"}}[done]");
    go_to(31);
    ck_assert_ptr_nonnull(strstr(answer("/api/v1/namespaces/media/pods/a"), "\"8\""));
    ck_assert_ptr_nonnull(strstr(answer("/api/v1/namespaces/other/pods/b"), "404 {"));
}
END_TEST

START_TEST(a_jump_tells_a_watch_what_is_different_there)
{
    struct http_call *watch;
    play(NIGHT);
    go_to(5);
    ask(&watch, NULL, "/api/v1/pods?watch=1&resourceVersion=replay-8");
    pass(6); /* played */
    ck_assert_str_eq(now_heard(), "{\"type\":\"ADDED\",\"object\":" POD("c", "media", "6", "") "}\n");
    go_to(31); /* jumped */
    ck_assert_str_eq(now_heard(), "{\"type\":\"DELETED\",\"object\":" POD("b", "other", "2", ",\"labels\":{\"x\":\"y\"}") "}\n"
                                  "{\"type\":\"MODIFIED\",\"object\":" POD("a", "media", "8", ",\"labels\":{\"x\":\"y\"}") "}\n");
    go_to(5); /* and back to where it began */
    ck_assert_str_eq(now_heard(), "{\"type\":\"MODIFIED\",\"object\":" POD("a", "media", "1", "") "}\n"
                                  "{\"type\":\"ADDED\",\"object\":" POD("b", "other", "2", ",\"labels\":{\"x\":\"y\"}") "}\n"
                                  "{\"type\":\"DELETED\",\"object\":" POD("c", "media", "6", "") "}\n");
    http_cancel(watch);
}
END_TEST

START_TEST(while_the_server_was_gone_it_is_gone)
{
    struct http_call *watch;
    play(NIGHT BREAKS("40") "{\"t\":41,\"call\":3,\"get\":\"/api/v1/pods?watch=1\"}\n"
                            "{\"t\":60,\"call\":3,\"status\":200,\"type\":\"application/json\"}\n");
    go_to(35);
    ask(&watch, NULL, "/api/v1/pods?watch=1");
    pass(10);
    ck_assert_str_eq(now_heard(), "[the connection to test:6443 broke]");
    ck_assert_str_eq(answer("/api/v1/pods"), "[the connection to test:6443 broke]");
    ck_assert_str_eq(answer("/readyz"), "[the connection to test:6443 broke]");
    go_to(61);
    ck_assert_str_eq(answer("/readyz"), "ok[done]");
}
END_TEST

#define METRICS "/api/v1/namespaces/media/pods/a:8080/proxy/metrics"
START_TEST(what_was_asked_of_a_pod_is_answered_as_it_was_next)
{
    struct http_call *call;
    play(HEAD "{\"t\":1,\"call\":1,\"get\":\"" METRICS "\"}\n{\"t\":1.1,\"call\":1,\"status\":200,\"type\":\"text/plain\"}\n"
              "{\"t\":1.1,\"call\":1,\"text\":\"frames 10\\n\"}\n{\"t\":1.1,\"call\":1,\"end\":\"done\"}\n"
              "{\"t\":2,\"call\":2,\"get\":\"" METRICS "\"}\n{\"t\":2.1,\"call\":2,\"status\":200,\"type\":\"text/plain\"}\n"
              "{\"t\":2.1,\"call\":2,\"text\":\"frames 20\\n\"}\n{\"t\":2.1,\"call\":2,\"end\":\"done\"}\n");
    go_to(1.5);
    ask(&call, NULL, METRICS);
    pass(0.5);
    ck_assert_str_eq(now_heard(), ""); /* not what was true a second ago: rates are made of it */
    pass(0.2);
    ck_assert_str_eq(now_heard(), "frames 20\n[done]");
    go_to(0);
    ask(&call, NULL, METRICS);
    pass(2);
    ck_assert_str_eq(now_heard(), "frames 10\n[done]");
    go_to(3);
    ck_assert_ptr_nonnull(strstr(answer(METRICS), "404 {"));
}
END_TEST

#define LOG "/api/v1/namespaces/media/pods/a/log?container=main"
START_TEST(a_log_is_as_long_as_it_was_then)
{
    struct http_call *call;
    play(HEAD "{\"t\":1,\"call\":1,\"get\":\"" LOG "&follow=true&timestamps=true\"}\n"
              "{\"t\":1,\"call\":1,\"status\":200,\"type\":\"text/plain\"}\n"
              "{\"t\":1,\"call\":1,\"line\":\"2026-12-01T02:00:00Z one\"}\n{\"t\":2,\"call\":1,\"line\":\"2026-12-01T02:00:02Z two\"}\n"
              "{\"t\":3,\"call\":1,\"end\":\"broken\"}\n"
              "{\"t\":4,\"call\":2,\"get\":\"" LOG "&follow=true&timestamps=true&sinceTime=x\"}\n"
              "{\"t\":4,\"call\":2,\"status\":200,\"type\":\"text/plain\"}\n"
              "{\"t\":4,\"call\":2,\"line\":\"2026-12-01T02:00:02Z two\"}\n{\"t\":5,\"call\":2,\"line\":\"2026-12-01T02:00:05Z three\"}\n");
    go_to(2.5);
    ck_assert_str_eq(answer(LOG), "one\ntwo\n[done]");
    ck_assert_str_eq(answer(LOG "&tailLines=1&timestamps=true"), "2026-12-01T02:00:02Z two\n[done]");
    ck_assert_str_eq(answer("/api/v1/namespaces/media/pods/a/log"), "one\ntwo\n[done]");
    ask(&call, NULL, LOG "&follow=true");
    pass(4); /* what comes again after the break is told once */
    ck_assert_str_eq(now_heard(), "one\ntwo\nthree\n");
    go_to(1); /* what was told cannot be taken back */
    ck_assert_str_eq(now_heard(), "[the replay went elsewhere]");
    ck_assert_ptr_nonnull(strstr(answer("/api/v1/namespaces/media/pods/b/log"), "the log of b was not recorded; 'patchbay record FILE GRAPH'"));
}
END_TEST

START_TEST(nothing_can_be_changed_and_what_was_not_recorded_is_named)
{
    struct http_call *call;
    play(NIGHT);
    go_to(15);
    ask(&call, "DELETE", "/api/v1/namespaces/media/pods/a");
    pass(0.1);
    ck_assert_ptr_nonnull(strstr(now_heard(), "405 {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":"
                                              "\"MethodNotAllowed\",\"code\":405,\"message\":\"this is a record: nothing in it can be changed\"}"));
    ck_assert_ptr_nonnull(strstr(answer("/api/v1/services"), "this is a record, and /api/v1/services was not recorded"));
}
END_TEST

/* As of who may see no other: what asks for all goes on with the one that there is. */
START_TEST(a_record_of_one_namespace_refuses_all_of_them)
{
    play(HEAD "{\"t\":0,\"call\":1,\"get\":\"/api/v1/namespaces/media/pods?limit=500\"}\n"
              "{\"t\":1,\"call\":1,\"status\":200,\"type\":\"application/json\"}\n"
              "{\"t\":1,\"call\":1,\"list\":{\"kind\":\"PodList\",\"rv\":\"5\",\"continue\":\"\"}}\n" ITEM("1", POD("a", "media", "1", ""))
              "{\"t\":1,\"call\":1,\"end\":\"done\"}\n");
    go_to(2);
    ck_assert_str_eq(replay_namespace(replay), "media");
    const char *all = answer("/api/v1/pods?limit=500");
    ck_assert_msg(str_starts(all, "403 ") && strstr(all, "this is a record of namespace media alone"), "%s", all);
    ck_assert_ptr_nonnull(strstr(answer("/api/v1/namespaces/media/pods"), "\"a\""));
    ck_assert_ptr_nonnull(strstr(answer("/api/v1/namespaces/other/pods"), "404 "));
}
END_TEST

START_TEST(the_changes_before_and_after_are_found)
{
    play(NIGHT);
    int64_t from = replay_wall(replay);
    ck_assert_int_eq(replay_change(replay, from + 10 * NSEC_PER_SEC, false), from + 20 * NSEC_PER_SEC);
    ck_assert_int_eq(replay_change(replay, from + 20 * NSEC_PER_SEC, true), from + 10 * NSEC_PER_SEC);
    ck_assert_int_eq(replay_change(replay, from + 30 * NSEC_PER_SEC, false), 0);
    ck_assert_int_eq(replay_change(replay, from, true), 0);
}
END_TEST

/* Wherever it was cut, it is played or refused in words; what was whole before the cut is there. */
START_TEST(one_that_is_torn_at_any_byte_plays_what_is_whole)
{
    size_t len = strlen(NIGHT), whole = strlen(HEAD);
    for (size_t cut = 0; cut <= len; cut++) {
        struct err err = ERR_INIT;
        write_text(NIGHT, cut);
        replay = replay_new(loop, file, &err);
        ck_assert_msg((replay != NULL) != err_is_set(&err), "cut at %zu", cut);
        if (cut > whole + strlen("{\"t\":0,\"call\":1,\"get\":\"/api/v1/pods?limit=500\"}\n"))
            ck_assert_msg(replay != NULL, "cut at %zu: %s", cut, err.text);
        if (!replay)
            continue;
        ck_assert(cut == len || NIGHT[cut - 1] == '\n' || strstr(replay_torn(replay), "was cut off in line "));
        clock_.wall = replay_wall(replay);
        go_to(50);
        answer("/api/v1/pods");
        http_transport_free(replay);
        replay = NULL;
    }
}
END_TEST

/* Any byte may be another one. */
START_TEST(one_that_is_damaged_plays_what_comes_before)
{
    size_t len = strlen(NIGHT);
    char *text = xstrdup(NIGHT);
    static const char others[] = {'\0', '"', '{', '}', '9', '\\', '\n', '-', (char)0xff};
    for (size_t at = 0; at < len; at++)
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
            struct err err = ERR_INIT;
            char was = text[at];
            text[at] = others[i];
            write_text(text, len);
            text[at] = was;
            replay = replay_new(loop, file, &err);
            ck_assert_msg((replay != NULL) != err_is_set(&err), "%zu", at);
            if (!replay)
                continue;
            clock_.wall = replay_wall(replay);
            go_to(50);
            answer("/api/v1/pods");
            answer("/api/v1/namespaces/media/pods/a");
            replay_lead_in(replay, clock_.wall);
            http_transport_free(replay);
            replay = NULL;
        }
    free(text);
}
END_TEST

Suite *k8s_replay_suite(void)
{
    const TTest *const tests[] = {
        a_list_is_what_was_there_then,
        a_part_of_what_was_listed_can_be_asked_for,
        an_object_is_as_it_was_then,
        a_jump_tells_a_watch_what_is_different_there,
        while_the_server_was_gone_it_is_gone,
        what_was_asked_of_a_pod_is_answered_as_it_was_next,
        a_log_is_as_long_as_it_was_then,
        nothing_can_be_changed_and_what_was_not_recorded_is_named,
        a_record_of_one_namespace_refuses_all_of_them,
        the_changes_before_and_after_are_found,
        one_that_is_torn_at_any_byte_plays_what_is_whole,
        one_that_is_damaged_plays_what_comes_before,
    };
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
