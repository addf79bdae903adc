/* A night of trouble, as `patchbay record` kept it on the embedded cluster: the camera stands still for nine seconds, and the
 * detector is killed. The dashboard on it, at the keyboard: the same moments give the same screens, however one came there. */
#include "app/session.h"

#include "app/commands.h"
#include "app/entries.h"
#include "app/playback.h"
#include "app_test.h"
#include "tests/screen/compare.h"
#include "ui/dashboard.h"
#include "ui/replay.h"

static struct app app;
static struct options options;
static struct session *session;
static struct dashboard *dash;

static char *in_tree(const char *rest)
{
    return xasprintf("%s/tests/%s", getenv("abs_top_srcdir"), rest);
}

static void begin(int w, int h)
{
    struct err err = ERR_INIT;
    char *path = in_tree("unit/streams/night.ndjson");
    app_test_state();
    options = (struct options){0};
    app_init(&app, &options);
    app.quiet = true;
    app.playback = playback_new(app.loop, path, &err);
    ck_assert_msg(app.playback != NULL, "%s", err.text);
    free(path);
    ck_assert_int_eq(app_catalogue(&app), STATUS_DONE);
    ck_assert_int_eq(app_begin(&app), STATUS_DONE);
    app.playback->clock.paused = true;
    playback_to(app.playback, app.playback->from);
    session = session_new(&app, NULL, &err);
    ck_assert_msg(session != NULL, "%s", err.text);
    dash = dashboard_new(session_model(session), &(struct dashboard_options){0}, w, h);
}

static void end(void)
{
    dashboard_free(dash);
    session_free(session);
    app_release(&app);
}

/* Until it is there, and nothing is left to do at that moment. */
static void settle(void)
{
    while (app.playback->seeking)
        loop_turn(app.loop, -1);
    for (int i = 0; i < 50; i++)
        loop_turn(app.loop, 0);
}

static void type(const char *keys)
{
    for (const char *at = keys; *at; at++) {
        char name[2] = {*at, '\0'};
        struct key key;
        ck_assert_int_eq(key_parse(*at == ' ' ? "Space" : *at == '\n' ? "Enter" : *at == '~' ? "Esc" : name, &key), 0);
        dashboard_key(dash, &key);
        settle();
    }
}

static char *screen(void)
{
    const struct canvas *canvas = dashboard_draw(dash);
    struct buf text;
    buf_init(&text, 1 << 20);
    for (int y = 0; y < canvas->h; y++) {
        canvas_row(&text, canvas, y, false);
        buf_addc(&text, '\n');
    }
    char *out = xstrdup(text.data);
    buf_release(&text);
    return out;
}

static const struct {
    const char *time, *view, *name, *keys;
} moments[] = {
    {"13:01:44", "graph", "flows", "g"},     {"13:01:52", "graph", "dead", "g"},      {"13:01:52", "pods", "dead-pods", ""},
    {"13:01:53", "detections", "still", ""}, {"13:02:01", "graph", "killed", "g"},    {"13:02:01", "events", "killed-events", ""},
    {"13:02:03", "nodes", "nodes", ""},      {"13:01:57", "deployments", "deployments", ""},
    {"13:01:52", "graph", "enter", "gl\n"},  {"13:01:58", "graph", "log", "gl\n\n"},  {"13:01:52", "graph", "why", "gl\nw"},
};

static void go(size_t i)
{
    char line[64];
    snprintf(line, sizeof line, "~:%s\n:jump %s\n%s", moments[i].view, moments[i].time, moments[i].keys);
    type(line);
}

static const int sizes[][2] = {{80, 24}, {120, 40}};

START_TEST(the_moments_of_a_night)
{
    int w = sizes[_i][0], h = sizes[_i][1];
    bool same = true;
    begin(w, h);
    for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
        go(i);
        char *is = screen(), *rest = xasprintf("screen/golden/replay-%s-%dx%d.txt", moments[i].name, w, h), *path = in_tree(rest);
        same &= compare_same_file(path, is);
        free(is);
        free(rest);
        free(path);
    }
    end();
    ck_assert(same);
}
END_TEST

/* What counts since somebody looked ("67 frames") is the onlooker's; all else is the moment's. */
static void drop_counts(char *text)
{
    char *at = strstr(text, "  Detections");
    if (at)
        memset(at, ' ', strcspn(at, "\n"));
}

START_TEST(the_same_moment_is_the_same_picture)
{
    char *seen[ARRAY_SIZE(moments)];
    int64_t walls[ARRAY_SIZE(moments)];
    begin(120, 40);
    for (size_t i = 0; i < ARRAY_SIZE(moments); i++) { /* forth */
        go(i);
        walls[i] = app.playback->clock.wall;
        seen[i] = screen();
        drop_counts(seen[i]);
    }
    bool same = true;
    for (size_t round = 0; round < 2; round++)
        for (size_t n = 0; n < ARRAY_SIZE(moments); n++) { /* back, then in leaps */
            size_t i = round == 0 ? ARRAY_SIZE(moments) - 1 - n : n * 5 % ARRAY_SIZE(moments);
            go(i);
            char *again = screen();
            drop_counts(again);
            same &= compare_same(moments[i].name, seen[i], again);
            free(again);
        }
    end();
    /* And another program, which plays it through. */
    begin(120, 40);
    for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
        char view[32];
        snprintf(view, sizeof view, ":%s\n", moments[i].view);
        type(view);
        while (app.playback->clock.wall + NSEC_PER_SEC < walls[i])
            type(":jump +1s\n");
        go(i);
        char *again = screen();
        drop_counts(again);
        same &= compare_same(moments[i].name, seen[i], again);
        free(again);
        free(seen[i]);
    }
    end();
    ck_assert(same);
}
END_TEST

START_TEST(keys_go_about_in_it)
{
    begin(80, 24);
    const struct model_replay *replay = &session_model(session)->replay;
    struct playclock *clock = &app.playback->clock;
    ck_assert(replay->on && replay->paused);
    type("}");
    ck_assert_int_eq(clock->wall, replay->to); /* it has no 30 s more */
    type("{");
    ck_assert_int_eq(clock->wall, replay->from);
    type(";");
    int64_t first = clock->wall;
    ck_assert_int_gt(first, replay->from);
    type(";");
    ck_assert_int_gt(clock->wall, first);
    type(",");
    ck_assert_int_eq(clock->wall, first);
    type("))");
    ck_assert(replay->speed == 4);
    type("(");
    ck_assert(replay->speed == 2);
    type(":speed 10\n");
    ck_assert(replay->speed == 10);
    type(":jump +5s\n");
    ck_assert_int_eq(clock->wall, first + 5 * NSEC_PER_SEC);
    type(":last\n:first\n");
    ck_assert_int_eq(clock->wall, replay->from);
    int64_t began = clock->wall;
    type("\\");
    ck_assert(!replay->paused);
    for (int i = 0; i < 1000 && clock->wall < began + NSEC_PER_SEC; i++)
        loop_turn(app.loop, 10 * NSEC_PER_MSEC);
    ck_assert_int_ge(clock->wall, began + NSEC_PER_SEC);
    type("\\");
    ck_assert(replay->paused);
    type(":jump 25:00\n");
    char *text = screen();
    ck_assert_ptr_nonnull(strstr(text, "'25:00' is no time; write 02:14"));
    free(text);
    end();
}
END_TEST

START_TEST(at_its_end_it_stands)
{
    begin(80, 24);
    struct playclock *clock = &app.playback->clock;
    type(":jump last\n:jump -1s\n");
    type("))))))\\");
    for (int i = 0; i < 2000 && !clock->paused; i++)
        loop_turn(app.loop, 10 * NSEC_PER_MSEC);
    ck_assert(clock->paused);
    ck_assert_int_eq(clock->wall, app.playback->to);
    type("\\"); /* again from the beginning */
    ck_assert_int_lt(clock->wall, app.playback->to);
    end();
}
END_TEST

START_TEST(nothing_is_changed_in_it)
{
    struct err err = ERR_INIT;
    begin(80, 24);
    type(":jump 13:01:52\n");
    ck_assert_int_lt(model_delete_graph(session_model(session), "media", "lobby", &err), 0);
    ck_assert_str_eq(err.text, "this is a record: nothing in it can be changed");
    type(":pods\nX");
    char *text = screen();
    ck_assert_ptr_nonnull(strstr(text, "this is a record: nothing in it can be changed"));
    free(text);
    end();
}
END_TEST

/* Its keys are free in all views, so that they mean the same everywhere. */
START_TEST(no_view_has_its_keys)
{
    for (const struct binding *ours = replay_bindings; ours->keys; ours++) {
        struct key key;
        ck_assert_int_eq(key_parse(ours->keys, &key), 0);
        for (size_t i = 0; view_table[i]; i++) {
            ck_assert_msg(!binding_find(view_table[i]->bindings, &key), "%s has %s", view_table[i]->name, ours->keys);
            ck_assert_msg(!binding_find(view_table[i]->more_bindings, &key), "%s has %s", view_table[i]->name, ours->keys);
        }
    }
}
END_TEST

Suite *app_replay_suite(void)
{
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, the_moments_of_a_night, 0, ARRAY_SIZE(sizes));
    tcase_add_test(tcase, the_same_moment_is_the_same_picture);
    tcase_add_test(tcase, keys_go_about_in_it);
    tcase_add_test(tcase, at_its_end_it_stands);
    tcase_add_test(tcase, nothing_is_changed_in_it);
    tcase_add_test(tcase, no_view_has_its_keys);
    suite_add_tcase(suite, tcase);
    return suite;
}
