/* playback: a recording as the cluster: its transport, and the loop's clock on its time. */
#ifndef APP_PLAYBACK_H
#define APP_PLAYBACK_H

#include "base/playclock.h"
#include "k8s/config.h"

struct playback {
    struct loop *loop;
    struct http_transport *transport; /* the caller's */
    struct playclock clock;
    int64_t from, to; /* when the recording began and ended */
    char *name;       /* of the file, without its folder */
    bool seeking;     /* on the way to where it was sent */
    struct loop_timer arrived;
    loop_fn changed;  /* where it is, or whether time passes; may be NULL */
    void (*moved)(void *data); /* to elsewhere than on: what was measured is of another time; may be NULL */
    void *data;
};

/* Sets the loop's clock to the recording's beginning, stopped; nothing else may be started on the loop yet. */
struct playback *playback_new(struct loop *loop, const char *path, struct err *err);
void playback_free(struct playback *playback); /* not its transport */
/* The one context there is. The caller's. */
struct kube_config *playback_config(const struct playback *playback);

void playback_pause(struct playback *playback, bool paused);
void playback_speed(struct playback *playback, double speed);
/* There (ns since 1970), as if it had been played until then. */
void playback_to(struct playback *playback, int64_t wall);
/* To where it is, from before: what is measured only from now on is as if it had been all the time. */
void playback_again(struct playback *playback);
/* To where an object changes next, or did last, and stops there; false: there is none. */
bool playback_step(struct playback *playback, bool back);

#endif
