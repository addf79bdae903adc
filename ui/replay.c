#include "ui/replay.h"

#include "base/text.h"
#include "base/time.h"
#include "ops/moment.h"

#define FAR (30 * NSEC_PER_SEC)
#define BAR 34 /* where in the line the bar begins */

enum { PLAY_PAUSE = 1, SLOWER, FASTER, ON, BACK, NEXT, PREVIOUS };

const struct binding replay_bindings[] = {
    {"\\", PLAY_PAUSE, NULL, "pause, and go on"},
    {")", FASTER, NULL, "twice as fast"},
    {"(", SLOWER, NULL, "half as fast"},
    {"}", ON, NULL, "half a minute on"},
    {"{", BACK, NULL, "half a minute back"},
    {";", NEXT, NULL, "to the next change"},
    {",", PREVIOUS, NULL, "to the change before"},
    {NULL},
};

static void act(struct dashboard *dash, struct model_replay_act what)
{
    struct err err = ERR_INIT;
    if (model_replay(dashboard_model(dash), &what, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
}

static void go(struct dashboard *dash, const char *text)
{
    const struct model_replay *replay = &dashboard_model(dash)->replay;
    struct model_replay_act to = {.what = REPLAY_TO};
    struct err err = ERR_INIT;
    if (moment_parse(text, replay->from, replay->to, dashboard_wall(dash), &to.wall, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
    else
        act(dash, to);
}

static void set_speed(struct dashboard *dash, const char *text)
{
    double speed;
    if (text_number(text, &speed) && speed > 0)
        act(dash, (struct model_replay_act){.what = REPLAY_SPEED, .speed = speed});
    else
        dashboard_say(dash, ROLE_WARNING, "speed wants a number, as 10 or 0.5");
}

static struct area bar_of(struct area line)
{
    return area_sub(line, BAR, 0, MAX(0, line.w - BAR - (line.w >= 100 ? 50 : 11)), 1);
}

void replay_click(struct dashboard *dash, struct area line, int x)
{
    const struct model_replay *replay = &dashboard_model(dash)->replay;
    struct area bar = bar_of(line);
    double part = bar.w > 1 ? (double)(x - BAR) / (bar.w - 1) : 0;
    if (x >= BAR && part <= 1)
        act(dash, (struct model_replay_act){.what = REPLAY_TO,
                                            .wall = replay->from + (int64_t)(part * (double)(replay->to - replay->from))});
}

bool replay_key(struct dashboard *dash, const struct key *key)
{
    const struct model_replay *replay = &dashboard_model(dash)->replay;
    if (!replay->on)
        return false;
    const struct binding *binding = binding_find(replay_bindings, key);
    if (!binding)
        return false;
    switch (binding->command) {
    case PLAY_PAUSE:
        act(dash, (struct model_replay_act){.what = replay->paused ? REPLAY_PLAY : REPLAY_PAUSE});
        break;
    case SLOWER:
    case FASTER:
        act(dash, (struct model_replay_act){.what = REPLAY_SPEED, .speed = replay->speed * (binding->command == FASTER ? 2 : 0.5)});
        break;
    case ON:
    case BACK:
        act(dash, (struct model_replay_act){.what = REPLAY_TO, .wall = dashboard_wall(dash) + (binding->command == ON ? FAR : -FAR)});
        break;
    default:
        act(dash, (struct model_replay_act){.what = binding->command == NEXT ? REPLAY_NEXT : REPLAY_PREVIOUS});
        break;
    }
    return true;
}

bool replay_command(struct dashboard *dash, const char *word, const char *args)
{
    static const struct {
        const char *word;
        struct model_replay_act act;
    } plain[] = {{"pause", {.what = REPLAY_PAUSE}}, {"play", {.what = REPLAY_PLAY}},     {"resume", {.what = REPLAY_PLAY}},
                 {"step", {.what = REPLAY_NEXT}},   {"next", {.what = REPLAY_NEXT}},     {"back", {.what = REPLAY_PREVIOUS}}};
    if (!dashboard_model(dash)->replay.on)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (str_eq(plain[i].word, word)) {
            act(dash, plain[i].act);
            return true;
        }
    if (str_eq(word, "speed"))
        set_speed(dash, args);
    else if (str_eq(word, "jump") && !*args)
        dashboard_say(dash, ROLE_WARNING, "jump wants a time, as 02:14, 02:14:07, +30s, -5m, first or last");
    else if (str_eq(word, "jump"))
        go(dash, args);
    else if (str_eq(word, "first") || str_eq(word, "last"))
        go(dash, word);
    else
        return false;
    return true;
}

void replay_complete(struct dashboard *dash, struct completions *out)
{
    static const char *const words[] = {"play", "pause", "step", "back", "speed", "jump", "first", "last"};
    for (size_t i = 0; dashboard_model(dash)->replay.on && i < ARRAY_SIZE(words); i++)
        completions_add(out, words[i]);
}

/* "02:14:07Z" */
static void clock_text(char out[TIME_TEXT], int64_t wall)
{
    char whole[TIME_TEXT];
    const char *time = strchr(time_format(whole, wall, 0), 'T');
    snprintf(out, TIME_TEXT, "%s", time ? time + 1 : whole);
}

/* " RECORD ▶ 02:14:07Z ×4  02:00:00Z ━━━━━━━━●──────── 03:10:12Z" */
void replay_draw(struct dashboard *dash, struct area line)
{
    const struct model_replay *replay = &dashboard_model(dash)->replay;
    int64_t now = dashboard_wall(dash), length = replay->to - replay->from;
    char text[2 * TIME_TEXT], time[TIME_TEXT], speed[32] = "";
    draw_fill(line, ROLE_HEADER, ATTR_BAR, ' ');
    draw_text(line, 1, 0, ROLE_WARNING, ATTR_BAR, replay->paused ? "RECORD ▮" : "RECORD ▶");
    clock_text(time, now);
    if (replay->speed != 1)
        snprintf(speed, sizeof speed, " ×%g", replay->speed);
    snprintf(text, sizeof text, "%s%s", time, speed);
    draw_text(line, 10, 0, ROLE_TITLE, ATTR_BAR, text);
    clock_text(time, replay->from);
    draw_text(line, BAR - 1 - text_width(time), 0, ROLE_HEADER, ATTR_BAR, time);
    struct area bar = bar_of(line);
    int at = length > 0 ? (int)((double)(now - replay->from) / (double)length * (bar.w - 1)) : 0;
    at = MAX(0, MIN(at, bar.w - 1));
    for (int x = 0; x < bar.w; x++)
        draw_text(bar, x, 0, x == at ? ROLE_WARNING : ROLE_HEADER, ATTR_BAR, x == at ? "●" : x < at ? "━" : "─");
    clock_text(time, replay->to);
    int x = draw_text(line, BAR + bar.w + 1, 0, ROLE_HEADER, ATTR_BAR, time);
    if (line.w >= 100)
        draw_text(line, x + 2, 0, ROLE_HEADER, ATTR_BAR, "\\ pause ( ) speed { } 30s , ; change");
}
