#include "app/session_private.h"

#include "app/playback.h"
#include "k8s/replay.h"

static void publish(struct session *s)
{
    const struct playback *playback = s->app->playback;
    s->model.replay = (struct model_replay){
        .on = true,
        .paused = playback->clock.paused,
        .seeking = playback->seeking,
        .speed = playback->clock.speed,
        .from = playback->from,
        .to = playback->to,
        .moves = s->model.replay.moves,
    };
}

static void on_changed(void *data)
{
    struct session *s = data;
    publish(s);
    model_changed(&s->model, CHANGED_REPLAY);
}

/* What is measured begins anew; what is listed was told what is different. */
static void on_moved(void *data)
{
    struct session *s = data;
    s->model.replay.moves++;
    if (s->cluster)
        cluster_measure_anew(s->cluster);
}

static int replay(void *data, const struct model_replay_act *act, struct err *err)
{
    struct session *s = data;
    struct playback *playback = s->app->playback;
    switch (act->what) {
    case REPLAY_PAUSE:
        playback_pause(playback, true);
        break;
    case REPLAY_PLAY:
        playback_pause(playback, false);
        break;
    case REPLAY_SPEED:
        playback_speed(playback, act->speed);
        break;
    case REPLAY_TO:
        playback_to(playback, act->wall);
        break;
    case REPLAY_NEXT:
    case REPLAY_PREVIOUS:
        if (!playback_step(playback, act->what == REPLAY_PREVIOUS))
            return err_set(err, "there is no change %s this in the record", act->what == REPLAY_PREVIOUS ? "before" : "after");
        break;
    }
    return 0;
}

void session_replay_init(struct session *s)
{
    struct playback *playback = s->app->playback;
    if (!playback)
        return;
    playback->changed = on_changed;
    playback->moved = on_moved;
    playback->data = s;
    s->model.ops.replay = replay;
    publish(s);
}

void session_replay_wanted(struct session *s)
{
    if (s->app->playback && s->cluster)
        playback_again(s->app->playback);
}

const char *session_replay_note(const struct session *s)
{
    const char *torn = s->app->playback ? replay_torn(s->app->playback->transport) : NULL;
    return torn || !s->app->playback ? torn : "a record: \\ plays and pauses, ) ( speed, } { 30 s, ; , changes, :jump 02:14";
}

void session_replay_release(struct session *s)
{
    if (s->app->playback)
        s->app->playback->changed = NULL, s->app->playback->moved = NULL;
}
