#include "ui_test.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/time.h"
#include "k8s_script.h"
#include "tests/screen/compare.h"
#include "tests/screen/scene.h"
#include "ui/view/logs_view.h"

/* The Logs view against a server that a test writes. */

#define NOON INT64_C(1772366400000000000) /* 2026-03-01T12:00:00Z */

static struct scene *scene;
static struct dashboard *dash;
static struct script_call *streams[3]; /* camera, monitoring, object-detect */

static void start(int w, int h)
{
    script_setup();
    scene = scene_new(script.loop, "lobby", NOON);
    scene->model.client = script.client;
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods"}, w, h);
    memset(streams, 0, sizeof streams);
}

static void stop(void)
{
    dashboard_free(dash);
    scene_free(scene);
    script_teardown();
}

static void setup(void)
{
    start(80, 24);
}

/* What was asked for is answered: the last lines with none, and what is followed is kept open. */
static void take_calls(void)
{
    static const char *const names[] = {"camera-", "monitoring-", "object-detect-"};
    while (script.taken < script.started) {
        struct script_call *call = script_next();
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            if (strstr(call->url, "follow=true") && strstr(call->url, names[i]))
                streams[i] = call;
        if (strstr(call->url, "follow=true"))
            script_head(call, 200, 0);
        else
            script_answer(call, 200, "");
        script_settle();
    }
}

static void open_graph(void)
{
    ui_type(dash, ":logs lobby<Enter>");
    script_settle();
    take_calls();
    for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
        ck_assert_ptr_nonnull(streams[i]);
}

static void say(size_t stream, double second, const char *text)
{
    char time[TIME_TEXT];
    struct buf line;
    buf_init(&line, 16u << 20);
    buf_addf(&line, "%s %s\n", time_format(time, NOON + (int64_t)(second * 1e9), 9), text);
    script_send(streams[stream], line.data, line.len);
    buf_release(&line);
}

/* Time passes, so that what was held for the merge is shown; what is asked meanwhile is answered. */
static void pass(void)
{
    for (int i = 0; i < 30; i++) {
        script_pass(0.1);
        take_calls();
    }
}

static char *screen(void)
{
    return ui_text(dashboard_draw(dash), false);
}

static bool shows(const char *what)
{
    char *text = screen();
    bool is = strstr(text, what) != NULL;
    if (!is)
        fputs(text, stderr);
    free(text);
    return is;
}

static bool lacks(const char *what)
{
    char *text = screen();
    bool is = strstr(text, what) == NULL;
    free(text);
    return is;
}

static void tell_a_story(void)
{
    say(0, 0.0, "camera: listening on http://10.0.0.1:8080/");
    say(2, 0.2, "{\"level\":\"info\",\"msg\":\"model loaded\",\"model\":\"people.onnx\",\"ms\":812}");
    say(1, 0.4, "monitor: listening on http://10.0.0.2:8080/");
    for (int i = 0; i < 40; i++) {
        char text[120];
        snprintf(text, sizeof text, "{\"frame\":%d,\"objects\":[{\"label\":\"person\",\"confidence\":0.9%d}]}", i, i % 10);
        say(2, 1 + i * 0.2, text);
        if (i % 10 == 5)
            say(0, 1.1 + i * 0.2, "W0301 12:00:00.000000 1 rtsp.c:91] frame late by 310 ms");
    }
    say(2, 9.1, "{\"level\":\"error\",\"msg\":\"input stopped\",\"input\":\"video\",\"source\":\"http://camera/video\"}");
    say(0, 9.2, "E0301 12:00:09.200000 1 rtsp.c:120] camera timed out: no packet for 5 s");
    for (int i = 0; i < 12; i++)
        say(1, 9.3 + i * 0.1, "monitor: no frames");
    pass();
}

static const struct {
    const char *name, *keys;
} shots[] = {
    {"logs", ""},
    {"logs-times", "tJ<Up><Up>"},
    {"logs-error", "e"},
    {"logs-filter", "&input & !nothing<Enter>]]"},
    {"logs-search", "/frame late<Enter>"},
    {"logs-wrap", "W&level=error<Enter>"},
};
static const struct {
    int w, h;
} sizes[] = {{80, 24}, {120, 40}};

START_TEST(screens_are_as_kept)
{
    size_t shot = (size_t)_i / ARRAY_SIZE(sizes), size = (size_t)_i % ARRAY_SIZE(sizes);
    char name[128], path[512];
    start(sizes[size].w, sizes[size].h);
    open_graph();
    tell_a_story();
    dashboard_draw(dash);
    ui_type(dash, shots[shot].keys);
    script_settle();
    char *text = screen();
    snprintf(name, sizeof name, "%s-%dx%d", shots[shot].name, sizes[size].w, sizes[size].h);
    ck_assert_msg(compare_same_file(ui_golden(path, sizeof path, name), text), "%s", name);
    free(text);
    stop();
}
END_TEST

/* A view that stands still goes on reading. */
START_TEST(pause_never_stops_the_reading)
{
    open_graph();
    tell_a_story();
    ck_assert(shows("following"));
    ui_type(dash, " ");
    for (int i = 0; i < 5000; i++) {
        char text[64];
        snprintf(text, sizeof text, "more %d", i);
        say(1, 20 + i * 0.001, text);
        ck_assert(!streams[1]->paused);
    }
    pass();
    ck_assert(shows("stands still, goes on reading: 5000 newer lines"));
    ck_assert(lacks("more 4999"));
    ui_type(dash, " ");
    ck_assert(shows("more 4999"));
    ui_type(dash, "/more 0<Enter>");
    script_settle();
    ck_assert(shows("more 0"));
    ui_type(dash, "G");
    ck_assert(shows("more 4999"));
}
END_TEST

/* What comes from a container never drives the terminal, and how much of it there is makes no difference. */
START_TEST(hostile_lines_are_harmless)
{
    static const char *const lines[] = {"a\033[2J\033[Hb", "\302\233" "31mC1", "\342\200\256bidi\342\200\254", "zero\342\200\213width", "\033]52;c;AAAA\a clip",
                                        "\377\376 broken", "{\"msg\":\"\\u001b[2Jescaped\",\"\\u202e\":1}", "tab\there", "\033P1$r\033\\dcs"};
    open_graph();
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        say(0, 1 + (double)i, lines[i]);
    char *big = xmalloc(10u << 20);
    memset(big, 'x', 10u << 20);
    big[(10u << 20) - 1] = '\0';
    say(0, 50, big);
    free(big);
    pass();
    char *text = screen();
    for (const char *c = text; *c; c++)
        ck_assert_msg((unsigned char)*c >= 0x20 || *c == '\n', "a control byte %d", *c);
    ck_assert_ptr_null(strstr(text, "\342\200\256"));
    ck_assert_ptr_null(strstr(text, "\342\200\213"));
    ck_assert_ptr_null(strstr(text, "\302\233"));
    ck_assert_ptr_nonnull(strstr(text, " ab"));
    ck_assert_ptr_nonnull(strstr(text, "clip"));
    free(text);
    ui_type(dash, "W");
    ck_assert(shows("xxxxxxxx"));
    ui_type(dash, "<PgUp>l<Right><Right>W/escaped<Enter>");
    script_settle();
    dashboard_draw(dash);
}
END_TEST

START_TEST(errors_are_jumped_to)
{
    open_graph();
    tell_a_story();
    dashboard_draw(dash);
    ui_type(dash, "e");
    script_settle();
    ck_assert(shows("ERROR input stopped"));
    ui_type(dash, "e");
    script_settle();
    ck_assert(shows("camera timed out"));
    ui_type(dash, "&monitor<Enter>");
    script_settle();
    ui_type(dash, "e");
    script_settle();
    ck_assert(shows("no line says that it is an error"));
}
END_TEST

START_TEST(times_are_chosen)
{
    open_graph();
    tell_a_story();
    ui_type(dash, ":range 12:00:09-12:00:09.35<Enter>");
    script_settle();
    ck_assert(shows("1-3/3 of 61"));
    ui_type(dash, ":range soon<Enter>");
    ck_assert(shows("'soon' is no range"));
    ui_type(dash, ":range 01:00-01:05<Enter>");
    script_settle();
    ck_assert(shows("no line is of these times; Esc shows all"));
    ui_type(dash, ":range<Enter>");
    script_settle();
    ck_assert(shows("/61"));
    ui_type(dash, ":since 10m<Enter>");
    script_settle();
    struct script_call *call = script_next();
    ck_assert_msg(strstr(call->url, "sinceTime=") && !strstr(call->url, "tailLines"), "%s", call->url);
    ui_type(dash, ":tail all<Enter>");
    ui_type(dash, ":tail some<Enter>");
    ck_assert(shows("'some' is no number of lines"));
}
END_TEST

START_TEST(one_log_of_them)
{
    open_graph();
    tell_a_story();
    ui_type(dash, "o");
    script_settle();
    ck_assert(shows("lobby [camera]"));
    ck_assert(lacks("monitor: no frames"));
    ui_type(dash, "w"); /* of the one that is chosen */
    ck_assert(shows("camera-6d4f9c7b5-k2x8p: Running"));
    ui_type(dash, "<Esc>");
    ui_type(dash, "ooo");
    script_settle();
    ck_assert(shows("monitor: no frames"));
    ui_type(dash, "d");
    ck_assert(shows("whose? these are several logs; o chooses one"));
}
END_TEST

START_TEST(what_is_shown_is_saved_and_piped)
{
    open_graph();
    tell_a_story();
    ui_type(dash, "&level=error<Enter>");
    script_settle();
    const char *tmp = getenv("TMPDIR");
    char *path = xasprintf("%s/patchbay-saved-%d.log", tmp ? tmp : "/tmp", (int)getpid()), *command = xasprintf(":save %s<Enter>", path);
    unlink(path);
    ui_type(dash, command);
    script_settle();
    ck_assert(shows("saved 2 lines in"));
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 1u << 20);
    ck_assert_int_eq(file_read(path, &text, &err), 0);
    ck_assert_str_eq(text.data, "object-detect {\"level\":\"error\",\"msg\":\"input stopped\",\"input\":\"video\",\"source\":\"http://camera/video\"}\n"
                                "camera E0301 12:00:09.200000 1 rtsp.c:120] camera timed out: no packet for 5 s\n");
    ui_type(dash, command);
    ck_assert(shows("is there already; :save!"));
    unlink(path);
    buf_release(&text);
    free(path);
    free(command);
}
END_TEST

START_TEST(a_match_far_right_is_seen)
{
    char text[400];
    open_graph();
    snprintf(text, sizeof text, "%300s needle", "x");
    say(0, 1, text);
    say(0, 2, "short");
    pass();
    ck_assert(lacks("needle"));
    ui_type(dash, "/needle<Enter>");
    script_settle();
    ck_assert(shows("x needle"));
    ui_type(dash, "/short<Enter>");
    script_settle();
    ck_assert(shows(" short"));
}
END_TEST

START_TEST(marked_pods_are_one_log)
{
    ui_type(dash, "  l");
    script_settle();
    take_calls();
    ck_assert(shows("Logs marked pods 2/2 logs"));
    say(0, 2, "second");
    say(1, 1, "first");
    pass();
    ck_assert(shows(" camera     second"));
    ck_assert(shows(" monitoring first"));
}
END_TEST

/* What a command prints of it is shown; one that reads no more is no fault. */
START_TEST(what_is_shown_goes_through_a_command)
{
    static const struct {
        const char *command, *expected;
    } pipes[] = {{"wc -l", "| wc -l  1-1/1"}, {"head -n 1", "| head -n 1  1-1/1"}, {"sort | sed q", "camera E0301 12:00:09"}, {"exit 3", "exit status 3 printed nothing"}};
    open_graph();
    tell_a_story();
    for (size_t i = 0; i < ARRAY_SIZE(pipes); i++) {
        char keys[100];
        snprintf(keys, sizeof keys, "|%s<Enter>", pipes[i].command);
        ui_type(dash, keys);
        char *text = NULL;
        for (int turn = 0; turn < 2000 && !(text && strstr(text, pipes[i].expected)); turn++) {
            poll(NULL, 0, 2); /* the command is a real one: its time is not ours */
            loop_turn(script.loop, 0);
            free(text);
            text = screen();
        }
        ck_assert_msg(strstr(text, pipes[i].expected) != NULL, "%s: %s", pipes[i].command, text);
        free(text);
        if (i < 3)
            ui_type(dash, "<Esc>");
    }
}
END_TEST

START_TEST(a_pod_has_its_containers)
{
    ui_type(dash, "l");
    script_settle();
    take_calls();
    say(0, 1, "hello");
    pass();
    ck_assert(shows(" hello"));
    ck_assert(shows("Logs camera-"));
    ui_type(dash, "o");
    ck_assert(shows("there is one log only"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Pods"));
}
END_TEST

Suite *ui_logs_suite(void)
{
    Suite *suite = suite_create("ui logs");
    TCase *tcase = tcase_create("screens");
    tcase_add_loop_test(tcase, screens_are_as_kept, 0, (int)(ARRAY_SIZE(shots) * ARRAY_SIZE(sizes)));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("logs");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, stop);
    tcase_add_test(tcase, pause_never_stops_the_reading);
    tcase_add_test(tcase, hostile_lines_are_harmless);
    tcase_add_test(tcase, errors_are_jumped_to);
    tcase_add_test(tcase, times_are_chosen);
    tcase_add_test(tcase, one_log_of_them);
    tcase_add_test(tcase, what_is_shown_is_saved_and_piped);
    tcase_add_test(tcase, a_match_far_right_is_seen);
    tcase_add_test(tcase, marked_pods_are_one_log);
    tcase_add_test(tcase, what_is_shown_goes_through_a_command);
    tcase_add_test(tcase, a_pod_has_its_containers);
    suite_add_tcase(suite, tcase);
    return suite;
}
