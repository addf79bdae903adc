#include "app/playback.h"

#include <libgen.h>

#include "k8s/replay.h"

#define NEAR (20 * NSEC_PER_SEC) /* what is no further is played through */

static void tell(struct playback *p)
{
    if (p->changed)
        p->changed(p->data);
}

/* It is where it was sent to, or at the end. */
static void on_arrived(void *data)
{
    struct playback *p = data;
    p->seeking = false;
    if (p->clock.wall >= p->to)
        p->clock.paused = true;
    else
        loop_timer_start(&p->arrived, p->to - p->clock.wall);
    tell(p);
}

static void go(struct playback *p, int64_t wall, bool anew)
{
    struct playclock *clock = &p->clock;
    wall = MAX(p->from, MIN(wall, p->to));
    int64_t lead_in = replay_lead_in(p->transport, wall);
    if (anew || wall < clock->wall || (wall - clock->wall > NEAR && lead_in > clock->wall)) {
        clock->now += MAX(0, lead_in - clock->wall); /* what waits for a time has waited */
        clock->wall = lead_in;
        replay_seek(p->transport);
        if (p->moved)
            p->moved(p->data);
    }
    clock->until = wall;
    p->seeking = true;
    loop_timer_start(&p->arrived, wall - clock->wall);
    tell(p);
}

void playback_to(struct playback *p, int64_t wall)
{
    go(p, wall, false);
}

void playback_again(struct playback *p)
{
    go(p, p->seeking ? p->clock.until : p->clock.wall, true);
}

void playback_pause(struct playback *p, bool paused)
{
    if (!paused && p->clock.wall >= p->to)
        playback_to(p, p->from); /* as a player does at the end */
    p->clock.paused = paused;
    tell(p);
}

void playback_speed(struct playback *p, double speed)
{
    p->clock.speed = MAX(0.125, MIN(speed, 1024));
    tell(p);
}

bool playback_step(struct playback *p, bool back)
{
    int64_t wall = replay_change(p->transport, p->clock.wall, back);
    if (!wall)
        return false;
    p->clock.paused = true;
    playback_to(p, wall);
    return true;
}

struct playback *playback_new(struct loop *loop, const char *path, struct err *err)
{
    struct http_transport *transport = replay_new(loop, path, err);
    if (!transport)
        return NULL;
    struct playback *p = xcalloc(1, sizeof *p);
    char *copy = xstrdup(path);
    p->loop = loop;
    p->transport = transport;
    p->name = xstrdup(basename(copy));
    p->from = replay_wall(transport);
    p->to = p->from + replay_length(transport);
    free(copy);
    playclock_init(&p->clock, p->from, p->to);
    loop_set_clock(loop, &p->clock.ops);
    loop_timer_init(&p->arrived, loop, on_arrived, p);
    return p;
}

void playback_free(struct playback *p)
{
    if (!p)
        return;
    loop_timer_stop(&p->arrived);
    free(p->name);
    free(p);
}

struct kube_config *playback_config(const struct playback *p)
{
    struct kube_config *config = xcalloc(1, sizeof *config);
    struct kube_context *context = xcalloc(1, sizeof *context);
    context->name = xstrdup(p->name);
    context->cluster = xstrdup(p->name);
    context->user = xstrdup("");
    const char *ns = replay_namespace(p->transport);
    context->ns = xstrdup(ns ? ns : "default");
    context->server = xstrdup(replay_server(p->transport));
    config->contexts = xcalloc(1, sizeof *config->contexts);
    config->contexts[0] = context;
    config->context_count = 1;
    config->current = xstrdup(p->name);
    return config;
}
