#include "base/loop.h"

#include <fcntl.h>
#include <signal.h>

#include "base/time.h"

struct loop {
    struct loop_clock clock;
    int64_t now;
    struct loop_io **ios; /* parallel to fds */
    struct pollfd *fds;
    size_t io_count, io_cap, fd_cap;
    struct loop_timer **heap;
    size_t timer_count, timer_cap;
    struct loop_task *first_task, *last_task;
    uint64_t generation; /* of tasks: one a turn */
    struct loop_io signal_io;
    size_t signal_count;
    bool stopped;
    int status;
};

static int64_t machine_now(void *data)
{
    (void)data;
    return time_monotonic();
}

static int64_t machine_wall(void *data)
{
    (void)data;
    return time_wall();
}

static int machine_wait(void *data, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    (void)data;
    struct timespec ts = {timeout / NSEC_PER_SEC, timeout % NSEC_PER_SEC};
    return ppoll(fds, count, timeout < 0 ? NULL : &ts, NULL);
}

struct loop *loop_new(const struct loop_clock *clock)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->clock = clock ? *clock : (struct loop_clock){machine_now, machine_wall, machine_wait, NULL};
    loop->now = loop->clock.now(loop->clock.data);
    loop_io_init(&loop->signal_io, loop, NULL, NULL);
    return loop;
}

void loop_set_clock(struct loop *loop, const struct loop_clock *clock)
{
    if (loop->timer_count)
        BUG("timers of another clock are running");
    loop->clock = *clock;
    loop->now = clock->now(clock->data);
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    free(loop->ios);
    free(loop->fds);
    free(loop->heap);
    free(loop);
}

int64_t loop_now(const struct loop *loop)
{
    return loop->now;
}

int64_t loop_wall(const struct loop *loop)
{
    return loop->clock.wall(loop->clock.data);
}

bool loop_idle(const struct loop *loop)
{
    return !loop->io_count && !loop->timer_count && !loop->first_task;
}

void loop_stop(struct loop *loop, int status)
{
    loop->stopped = true;
    loop->status = status;
}

/* Descriptors. */

void loop_io_init(struct loop_io *io, struct loop *loop, loop_io_fn fn, void *data)
{
    *io = (struct loop_io){.loop = loop, .fn = fn, .data = data, .fd = -1, .index = -1};
}

void loop_io_start(struct loop_io *io, int fd, short events)
{
    struct loop *loop = io->loop;
    if (io->index < 0) {
        if (loop->io_count == loop->fd_cap) {
            loop->fd_cap = loop->fd_cap ? loop->fd_cap * 2 : 16;
            loop->fds = xreallocarray(loop->fds, loop->fd_cap, sizeof *loop->fds);
        }
        GROW(loop->ios, loop->io_count, loop->io_cap);
        io->index = (int)loop->io_count;
        loop->ios[loop->io_count] = io;
        /* revents of a source that starts during a turn must not be the ones of the source that stood here before */
        loop->fds[loop->io_count++].revents = 0;
    } else if (io->fd != fd) {
        loop->fds[io->index].revents = 0;
    }
    io->fd = fd;
    io->events = events;
    loop->fds[io->index].fd = fd;
    loop->fds[io->index].events = events;
}

void loop_io_stop(struct loop_io *io)
{
    if (io->index < 0)
        return;
    struct loop *loop = io->loop;
    size_t last = --loop->io_count, at = (size_t)io->index;
    if (at != last) {
        loop->ios[at] = loop->ios[last];
        loop->fds[at] = loop->fds[last]; /* with its revents: it is not lost this turn */
        loop->ios[at]->index = (int)at;
    }
    io->index = -1;
    io->fd = -1;
}

/* Timers: a binary heap. */

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->at < b->at;
}

static void heap_set(struct loop *loop, size_t i, struct loop_timer *timer)
{
    loop->heap[i] = timer;
    timer->index = (int)i;
}

static void heap_fix(struct loop *loop, size_t i)
{
    struct loop_timer *timer = loop->heap[i];
    while (i > 0 && earlier(timer, loop->heap[(i - 1) / 2])) {
        heap_set(loop, i, loop->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t child = i * 2 + 1;
        if (child + 1 < loop->timer_count && earlier(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (child >= loop->timer_count || !earlier(loop->heap[child], timer))
            break;
        heap_set(loop, i, loop->heap[child]);
        i = child;
    }
    heap_set(loop, i, timer);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn fn, void *data)
{
    *timer = (struct loop_timer){.loop = loop, .fn = fn, .data = data, .index = -1};
}

void loop_timer_start(struct loop_timer *timer, int64_t after)
{
    struct loop *loop = timer->loop;
    /* The clock, not this turn's start: a long turn must not shorten a time-out. */
    int64_t now = loop->clock.now(loop->clock.data);
    timer->at = after > INT64_MAX - now ? INT64_MAX : now + MAX(after, 0);
    if (timer->index < 0) {
        GROW(loop->heap, loop->timer_count, loop->timer_cap);
        heap_set(loop, loop->timer_count++, timer);
    }
    heap_fix(loop, (size_t)timer->index);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->index < 0)
        return;
    struct loop *loop = timer->loop;
    size_t i = (size_t)timer->index;
    struct loop_timer *last = loop->heap[--loop->timer_count];
    timer->index = -1;
    if (last != timer) {
        heap_set(loop, i, last);
        heap_fix(loop, i);
    }
}

/* Tasks. */

void loop_task_init(struct loop_task *task, struct loop *loop, loop_fn fn, void *data)
{
    *task = (struct loop_task){.loop = loop, .fn = fn, .data = data};
}

void loop_task_start(struct loop_task *task)
{
    if (task->queued)
        return;
    struct loop *loop = task->loop;
    task->queued = true;
    task->generation = loop->generation;
    task->next = NULL;
    task->prev = loop->last_task;
    if (loop->last_task)
        loop->last_task->next = task;
    else
        loop->first_task = task;
    loop->last_task = task;
}

void loop_task_stop(struct loop_task *task)
{
    if (!task->queued)
        return;
    struct loop *loop = task->loop;
    if (task->prev)
        task->prev->next = task->next;
    else
        loop->first_task = task->next;
    if (task->next)
        task->next->prev = task->prev;
    else
        loop->last_task = task->prev;
    task->queued = false;
}

/* Signals: the handler writes the number into a pipe that the loop reads. */

static int signal_pipe[2] = {-1, -1};
static struct loop_signal *signal_watchers[NSIG];

static void on_signal(int signo)
{
    int saved = errno;
    unsigned char byte = (unsigned char)signo;
    if (write(signal_pipe[1], &byte, 1) < 0) {
        /* full: the loop has work enough to look at */
    }
    errno = saved;
}

static void on_signal_pipe(void *data, short revents)
{
    (void)data;
    (void)revents;
    unsigned char bytes[64];
    ssize_t n = read(signal_pipe[0], bytes, sizeof bytes);
    bool seen[NSIG] = {false};
    for (ssize_t i = 0; i < n; i++) {
        int signo = bytes[i];
        if (signo >= NSIG || seen[signo])
            continue;
        seen[signo] = true;
        struct loop_signal *watcher = signal_watchers[signo];
        if (watcher)
            watcher->fn(watcher->data, signo);
    }
}

void loop_signal_init(struct loop_signal *sig, struct loop *loop, loop_signal_fn fn, void *data)
{
    *sig = (struct loop_signal){.loop = loop, .fn = fn, .data = data};
}

void loop_signal_start(struct loop_signal *sig, int signo)
{
    if (signo <= 0 || signo >= NSIG || signal_watchers[signo])
        BUG("signal %d is watched already or is none", signo);
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        BUG("no pipe for signals: %s", strerror(errno));
    struct loop *loop = sig->loop;
    if (loop->signal_count++ == 0) {
        loop_io_init(&loop->signal_io, loop, on_signal_pipe, loop);
        loop_io_start(&loop->signal_io, signal_pipe[0], POLLIN);
    }
    sig->signo = signo;
    signal_watchers[signo] = sig;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, NULL);
}

void loop_signal_stop(struct loop_signal *sig)
{
    if (!sig->signo)
        return;
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(sig->signo, &action, NULL);
    signal_watchers[sig->signo] = NULL;
    sig->signo = 0;
    if (--sig->loop->signal_count == 0)
        loop_io_stop(&sig->loop->signal_io);
}

/* A turn. */

static void run_timers(struct loop *loop)
{
    /* No more than there were: one that starts itself with no delay must not keep the turn. */
    for (size_t left = loop->timer_count; left && loop->timer_count && loop->heap[0]->at <= loop->now; left--) {
        struct loop_timer *timer = loop->heap[0];
        loop_timer_stop(timer);
        timer->fn(timer->data);
    }
}

static void run_ios(struct loop *loop, int ready)
{
    /* A stop moves the last source into the hole; its revents move along, so scanning backwards would miss none but
     * could meet one twice: revents are cleared before the call. */
    for (size_t i = 0; ready > 0 && i < loop->io_count;) {
        short revents = loop->fds[i].revents;
        if (!revents) {
            i++;
            continue;
        }
        struct loop_io *io = loop->ios[i];
        loop->fds[i].revents = 0;
        io->fn(io->data, revents);
        if (i < loop->io_count && loop->ios[i] == io)
            i++;
        else
            i = 0; /* the table moved: look again, handled ones have no revents left */
    }
}

static void run_tasks(struct loop *loop)
{
    /* Those started meanwhile wait for the next turn: a task that starts itself never locks out the keys. */
    uint64_t generation = loop->generation++;
    while (loop->first_task && loop->first_task->generation <= generation) {
        struct loop_task *task = loop->first_task;
        loop_task_stop(task);
        task->fn(task->data);
    }
}

void loop_turn(struct loop *loop, int64_t timeout)
{
    loop->now = loop->clock.now(loop->clock.data);
    if (loop->first_task || loop->stopped)
        timeout = 0;
    if (loop->timer_count) {
        int64_t until = MAX(loop->heap[0]->at - loop->now, 0);
        timeout = timeout < 0 ? until : MIN(timeout, until);
    }
    int ready = loop->clock.wait(loop->clock.data, loop->fds, (nfds_t)loop->io_count, timeout);
    loop->now = loop->clock.now(loop->clock.data);
    if (ready > 0)
        run_ios(loop, ready);
    run_timers(loop);
    run_tasks(loop);
}

int loop_run(struct loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped)
        loop_turn(loop, -1);
    return loop->status;
}
