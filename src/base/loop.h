/* loop: one thread, one poll. Descriptors, timers, signals and deferred tasks are its sources.
 *
 * Every source is a struct inside its owner: *_init once, *_start and *_stop as often as wanted, stop before the owner
 * goes. A callback may start, stop or free any source, its own included. Callbacks run from loop_run only, never from
 * inside another callback. Clock and wait come from a vtable, so that tests run on a virtual clock. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <poll.h>

#include "base/err.h"

struct loop;

struct loop_clock {
    int64_t (*now)(void *data);  /* monotonic ns */
    int64_t (*wall)(void *data); /* ns since 1970 */
    /* poll(2) with a time-out in ns; -1 for ever. Virtual clocks jump ahead instead of waiting. */
    int (*wait)(void *data, struct pollfd *fds, nfds_t count, int64_t timeout);
    void *data;
};

/* clock NULL: the machine's. */
struct loop *loop_new(const struct loop_clock *clock);
void loop_free(struct loop *loop);
/* Another one from now on; only while no timer is started. */
void loop_set_clock(struct loop *loop, const struct loop_clock *clock);
/* Turns until loop_stop. Returns what was given to loop_stop. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop, int status);
/* One turn: waits at most timeout ns (-1: for ever) for something to do, and does it. */
void loop_turn(struct loop *loop, int64_t timeout);
/* The time at the start of this turn (monotonic), and the wall clock now. */
int64_t loop_now(const struct loop *loop);
int64_t loop_wall(const struct loop *loop);
/* True when nothing is started: waiting would last for ever. */
bool loop_idle(const struct loop *loop);

/* Descriptors. */
typedef void (*loop_io_fn)(void *data, short revents);
struct loop_io {
    struct loop *loop;
    loop_io_fn fn;
    void *data;
    int fd; /* -1: stopped */
    short events;
    int index;
};
void loop_io_init(struct loop_io *io, struct loop *loop, loop_io_fn fn, void *data);
/* Watches fd for events (POLLIN, POLLOUT …); starting again changes them. */
void loop_io_start(struct loop_io *io, int fd, short events);
void loop_io_stop(struct loop_io *io);

/* Timers: once, at a point of the monotonic clock. */
typedef void (*loop_fn)(void *data);
struct loop_timer {
    struct loop *loop;
    loop_fn fn;
    void *data;
    int64_t at;
    int index; /* in the heap, -1: stopped */
};
void loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn fn, void *data);
void loop_timer_start(struct loop_timer *timer, int64_t after); /* from now; starting again moves it */
void loop_timer_stop(struct loop_timer *timer);
static inline bool loop_timer_active(const struct loop_timer *timer)
{
    return timer->index >= 0;
}

/* Tasks: at this turn's end, once, in the order started. */
struct loop_task {
    struct loop *loop;
    loop_fn fn;
    void *data;
    struct loop_task *prev, *next;
    uint64_t generation;
    bool queued;
};
void loop_task_init(struct loop_task *task, struct loop *loop, loop_fn fn, void *data);
void loop_task_start(struct loop_task *task);
void loop_task_stop(struct loop_task *task);

/* Signals, through a pipe; one watcher a signal in a process. */
typedef void (*loop_signal_fn)(void *data, int signo);
struct loop_signal {
    struct loop *loop;
    loop_signal_fn fn;
    void *data;
    int signo; /* 0: stopped */
};
void loop_signal_init(struct loop_signal *sig, struct loop *loop, loop_signal_fn fn, void *data);
void loop_signal_start(struct loop_signal *sig, int signo);
void loop_signal_stop(struct loop_signal *sig);

#endif
