#include "k8s/recorder.h"

#include <sys/stat.h>

#include "base/file.h"
#include "k8s/redact.h"
#include "k8s/replay.h"
#include "k8s_script.h"

#define POD(name, more) "{\"metadata\":{\"name\":\"" name "\",\"managedFields\":[1]" more
#define LIST                                                                                                           \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"10\",\"continue\":\"\"},\"items\":[" POD("a", "}}") "," \
    POD("b", "}}") "]}"
#define BOOKMARK(moment)                                                                                               \
    "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"replay-" moment "\"}}}"

static char folder[64];
static char *file;
static struct http_transport *recorder;
static struct buf heard; /* what both the recorded program and the replaying one heard */

struct listener {
    const char *name;
    struct loop *loop;
    int64_t begun;
};

static void say(struct listener *l, const char *what, const char *bytes, size_t len)
{
    buf_addf(&heard, "%.1f %s %s %.*s\n", (double)(loop_now(l->loop) - l->begun) / NSEC_PER_SEC, l->name, what, (int)len,
             bytes);
}

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    char status[16];
    snprintf(status, sizeof status, "%d", head->status);
    say(data, "head", status, strlen(status));
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)call;
    say(data, "body", bytes, len);
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    say(data, result->outcome == HTTP_DONE ? "done" : "broken", result->err.text, strlen(result->err.text));
}

static const struct http_events events = {on_head, on_body, on_done};

static struct http_call *get(struct http_transport *t, struct listener *l, const char *path)
{
    char *url = xasprintf("https://test:6443%s", path);
    const char *headers[] = {"Authorization: Bearer hunter2", NULL};
    struct http_request request = {.url = url, .headers = headers};
    struct http_call *call = http_start(t, &request, &events, l);
    free(url);
    return call;
}

static void setup(void)
{
    struct err err = ERR_INIT;
    script_setup();
    snprintf(folder, sizeof folder, "/tmp/recorder-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    file = xasprintf("%s/recording", folder);
    recorder = recorder_new(script.loop, &script.transport, file, 1 << 20, &err);
    ck_assert_msg(recorder != NULL, "%s", err.text);
    buf_init(&heard, 1 << 20);
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    if (recorder)
        http_transport_free(recorder);
    script_teardown();
    file_remove_tree(folder, &err);
    free(file);
    buf_release(&heard);
}

static char *recorded(void)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, 4 << 20);
    ck_assert_msg(recorder_flush(recorder, &err) == 0, "%s", err.text);
    ck_assert_int_eq(file_read(file, &text, &err), 0);
    return buf_take(&text);
}

/* Plays the file until nothing comes any more; `paths` are asked for at once, each under its name. */
static const char *replayed(const char *const paths[][2], size_t count)
{
    struct vclock clock;
    struct err err = ERR_INIT;
    vclock_init(&clock, 0);
    struct loop *loop = loop_new(&clock.ops);
    struct http_transport *replay = replay_new(loop, file, &err);
    ck_assert_msg(replay != NULL, "%s", err.text);
    clock.wall = replay_wall(replay);
    struct listener listeners[8];
    buf_reset(&heard);
    for (size_t i = 0; i < count; i++) {
        listeners[i] = (struct listener){paths[i][0], loop, loop_now(loop)};
        get(replay, &listeners[i], paths[i][1]);
    }
    vclock_run(&clock, loop, 20 * NSEC_PER_SEC);
    http_transport_free(replay);
    ck_assert(loop_idle(loop));
    loop_free(loop);
    return heard.data;
}

static void rewrite(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(file, text, strlen(text), 0, &err) == 0, "%s", err.text);
}

static const char *refusal(void)
{
    static struct err err;
    err_clear(&err);
    ck_assert_ptr_null(replay_new(script.loop, file, &err));
    return err.text;
}

START_TEST(what_was_heard_is_heard_again_at_its_times)
{
    struct listener l = {"rec", script.loop, loop_now(script.loop)};
    get(recorder, &l, "/api/v1/pods?limit=500");
    struct script_call *list = script_next();
    script_pass(1);
    script_answer(list, 200, LIST);
    struct http_call *watch = get(recorder, &l, "/api/v1/pods?watch=1&resourceVersion=10&timeoutSeconds=312");
    struct script_call *stream = script_next();
    script_head(stream, 200, 0);
    script_pass(2);
    script_text(stream, "{\"type\":\"ADDED\",\"object\":" POD("c", "}}") "}\n{\"type\":\"DEL");
    script_pass(1);
    script_text(stream, "ETED\",\"object\":" POD("a", "}}") "}\n");
    http_cancel(watch);
    free(recorded());

    const char *const paths[][2] = {{"list", "/api/v1/pods?limit=500"},
                                    {"watch", "/api/v1/pods?watch=1&resourceVersion=99&timeoutSeconds=400"}};
    ck_assert_str_eq(
        replayed(paths, 2),
        "0.0 watch head 200\n"
        "1.0 watch body {\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n\n"
        "1.0 watch body {\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\n\n"
        "1.0 watch body " BOOKMARK("8") "\n\n"
        "1.0 list head 200\n"
        "1.0 list body {\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"replay-8\"},\"items\":[\n"
        "1.0 list body {\"metadata\":{\"name\":\"a\"}}\n"
        "1.0 list body ,\n"
        "1.0 list body {\"metadata\":{\"name\":\"b\"}}\n"
        "1.0 list body ]}\n"
        "1.0 list done \n"
        "3.0 watch body {\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"c\"}}}\n\n"
        "3.0 watch body " BOOKMARK("9") "\n\n"
        "4.0 watch body {\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n\n"
        "4.0 watch body " BOOKMARK("11") "\n\n");
}
END_TEST

START_TEST(a_list_that_names_itself_last_is_a_list_all_the_same)
{
    struct listener l = {"rec", script.loop, loop_now(script.loop)};
    get(recorder, &l, "/api/v1/nodes");
    script_answer(script_next(), 200, "{\"items\":[{\"metadata\":{\"name\":\"n\"}}],\"kind\":\"NodeList\","
                                      "\"metadata\":{\"resourceVersion\":\"3\"}}");
    get(recorder, &l, "/api/v1/nodes");
    script_answer(script_next(), 200, "{\"items\":[],\"kind\":\"NodeList\",\"metadata\":{\"resourceVersion\":\"4\"}}");
    free(recorded());
    const char *const paths[][2] = {{"n", "/api/v1/nodes"}};
    ck_assert_str_eq(replayed(paths, 1), /* as it is in the end: both came at the same moment */
                     "0.0 n head 200\n"
                     "0.0 n body {\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"replay-9\"},"
                     "\"items\":[\n"
                     "0.0 n body ]}\n"
                     "0.0 n done \n");
}
END_TEST

START_TEST(lines_of_logs_are_kept_whole)
{
    struct listener l = {"rec", script.loop, loop_now(script.loop)};
    const char *path = "/api/v1/namespaces/media/pods/p/log?follow=true&sinceTime=x";
    get(recorder, &l, path);
    struct script_call *log = script_next();
    script_head_type(log, 200, "text/plain");
    script_text(log, "one\ntw");
    script_pass(1);
    script_text(log, "o\nrtsp://ann:hunter2@cam/1 opened\nthe end");
    script_break(log);
    free(recorded());
    const char *const paths[][2] = {{"log", "/api/v1/namespaces/media/pods/p/log?follow=true"}};
    ck_assert_str_eq(replayed(paths, 1), "0.0 log head 200\n"
                                         "0.0 log body one\n0.0 log body \n\n"
                                         "1.0 log body two\n1.0 log body \n\n"
                                         "1.0 log body rtsp://…@cam/1 opened\n1.0 log body \n\n"
                                         "1.0 log body the end\n1.0 log body \n\n"
                                         "1.0 log done \n");
    ck_assert_uint_eq(recorder_count(recorder)->lines, 4);
}
END_TEST

START_TEST(no_credential_reaches_the_file)
{
    struct listener l = {"rec", script.loop, loop_now(script.loop)};
    get(recorder, &l, "/api/v1/namespaces/media/secrets");
    script_answer(script_next(), 200, "{\"kind\":\"SecretList\",\"items\":[{\"data\":{\"a\":\"hunter2\"}}]}");
    get(recorder, &l, "/api/v1/pods");
    script_answer(script_next(), 200,
                  "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{\"metadata\":{\"name\":\"a\","
                  "\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"hunter2\","
                  "\"source\":\"rtsp://ann:hunter2@cam/1\"}},\"spec\":{\"containers\":[{\"name\":\"c\","
                  "\"env\":[{\"name\":\"P\",\"value\":\"hunter2\"}],\"args\":[\"--key=hunter2\"],\"command\":[\"hunter2\"]}],"
                  "\"initContainers\":[{\"env\":[{\"value\":\"hunter2\"}]}]}}]}");
    get(recorder, &l, "/apis/apps/v1/deployments?watch=1");
    struct script_call *watch = script_next();
    script_head(watch, 200, 0);
    script_text(watch, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"d\"},\"spec\":{\"template\":{\"spec\":"
                       "{\"containers\":[{\"env\":[{\"value\":\"hunter2\"}]}]}}}}}\n");
    script_end(watch);
    struct http_request write = {.method = "POST", .url = "https://test:6443/api/v1/pods", .body = "hunter2", .body_len = 7};
    http_start(recorder, &write, &events, &l);
    script_answer(script_next(), 201, "{\"token\":\"hunter2\"}");
    char *text = recorded();
    ck_assert_ptr_null(strstr(text, "hunter2"));
    ck_assert_ptr_nonnull(strstr(text, "rtsp://…@cam/1"));
    ck_assert_ptr_nonnull(strstr(text, "\"name\":\"d\""));
    struct stat st;
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    free(text);
}
END_TEST

START_TEST(a_recording_is_bounded)
{
    struct err err = ERR_INIT;
    http_transport_free(recorder);
    unlink(file);
    recorder = recorder_new(script.loop, &script.transport, file, 600, &err);
    struct listener l = {"rec", script.loop, loop_now(script.loop)};
    get(recorder, &l, "/api/v1/pods?watch=1");
    struct script_call *watch = script_next();
    script_head(watch, 200, 0);
    for (int i = 0; i < 20; i++)
        script_text(watch, "{\"type\":\"ADDED\",\"object\":" POD("c", "}}") "}\n");
    ck_assert(recorder_over(recorder, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "ends here: it has reached 600 bytes"));
    script_end(watch); /* the program below hears everything all the same */
    ck_assert_ptr_nonnull(strstr(heard.data, "done"));
    struct stat st;
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_int_le(st.st_size, 600);
}
END_TEST

START_TEST(a_file_that_is_there_is_kept)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(recorder_new(script.loop, &script.transport, file, 600, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "is there already; name another file"));
}
END_TEST

START_TEST(what_is_no_recording_is_named)
{
    rewrite("");
    ck_assert_ptr_nonnull(strstr(refusal(), "is empty"));
    rewrite("apiVersion: v1\n");
    ck_assert_ptr_nonnull(strstr(refusal(), "is no recording"));
    rewrite("{\"recording\":2}\n");
    ck_assert_ptr_nonnull(strstr(refusal(), "later version"));
    static const char *const damaged[] = {"{\"t\":1,\"call\":1,\"status\":200}", "{\"t\":1,\"call\":2,\"get\":\"/x\"}",
                                          "{\"t\":-1,\"call\":1,\"get\":\"/x\"}", "{\"t\":1e300,\"call\":1,\"get\":\"/x\"}",
                                          "{\"t\":1,\"call\":1,\"get\":7}", "{}", "nonsense", "[[[[["};
    for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
        char *text = xasprintf("{\"recording\":1}\n%s\n", damaged[i]);
        rewrite(text);
        ck_assert_msg(strstr(refusal(), "is damaged: line 2") != NULL, "%s: %s", damaged[i], refusal());
        free(text);
    }
}
END_TEST

START_TEST(one_that_was_cut_off_plays_as_far_as_it_goes)
{
    rewrite("{\"recording\":1}\n{\"t\":0.5,\"call\":1,\"get\":\"/x\"}\n{\"t\":1,\"call\":1,\"status\":200,\"type\":\"a\"}\n"
            "{\"t\":2,\"call\":1,\"li");
    const char *const paths[][2] = {{"x", "/x"}, {"y", "/y"}};
    ck_assert_str_eq(replayed(paths, 2),
                     "0.0 y head 404\n"
                     "0.0 y body {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"NotFound\","
                     "\"code\":404,\"message\":\"this is a record, and /y was not recorded\"}\n"
                     "0.0 y done \n"
                     "1.0 x head 200\n");
}
END_TEST

START_TEST(only_the_user_part_of_a_url_is_masked)
{
    static const char *const texts[][2] = {
        {"rtsp://a:b@h/x", "rtsp://…@h/x"},
        {"http://h/a@b", "http://h/a@b"},
        {"a@b http://c d@e", "a@b http://c d@e"},
        {"x://u@h y://v:w@i", "x://…@h y://…@i"},
        {"://", "://"},
        {"http://a@b@c/", "http://…@c/"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct buf out;
        buf_init(&out, 1024);
        redact_text(&out, texts[i][0], strlen(texts[i][0]));
        ck_assert_str_eq(out.data, texts[i][1]);
        buf_release(&out);
    }
}
END_TEST

Suite *k8s_recorder_suite(void)
{
    const TTest *const tests[] = {
        what_was_heard_is_heard_again_at_its_times,
        a_list_that_names_itself_last_is_a_list_all_the_same,
        lines_of_logs_are_kept_whole,
        no_credential_reaches_the_file,
        a_recording_is_bounded,
        a_file_that_is_there_is_kept,
        what_is_no_recording_is_named,
        one_that_was_cut_off_plays_as_far_as_it_goes,
        only_the_user_part_of_a_url_is_masked,
    };
    Suite *suite = suite_create("recorder");
    TCase *tcase = tcase_create("recorder");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
