#include "base/playclock.h"

#include <math.h>

#include "base/time.h"

#define LATE (100 * NSEC_PER_MSEC) /* of a busy machine: more than that is not made up for */

static int64_t play_now(void *data)
{
    return ((struct playclock *)data)->now;
}

static int64_t play_wall(void *data)
{
    return ((struct playclock *)data)->wall;
}

static void advance(struct playclock *clock, int64_t ns)
{
    clock->now += ns;
    clock->wall += ns;
}

static int wait_for_others(struct playclock *clock, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    int ready = poll(fds, count, timeout == 0 ? 0 : -1);
    clock->machine = time_monotonic();
    return ready;
}

/* As long as it takes at this speed, or until a descriptor is ready. */
static int wait_in_time(struct playclock *clock, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    int64_t real = (int64_t)((double)timeout / clock->speed);
    int64_t left = MAX(0, clock->machine + real - time_monotonic());
    struct timespec ts = {left / NSEC_PER_SEC, left % NSEC_PER_SEC};
    int ready = ppoll(fds, count, &ts, NULL);
    int64_t machine = time_monotonic(), passed = (int64_t)((double)(machine - clock->machine) * clock->speed);
    if (ready != 0) {
        advance(clock, MIN(timeout, passed));
        clock->machine = machine;
    } else {
        advance(clock, timeout);
        clock->machine = MAX(clock->machine + real, machine - LATE);
    }
    return ready;
}

static int play_wait(void *data, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    struct playclock *clock = data;
    bool jumps = clock->until > clock->wall;
    int64_t limit = (jumps ? clock->until : clock->end) - clock->wall;
    if ((clock->paused && !jumps) || limit <= 0 || timeout == 0)
        return wait_for_others(clock, fds, count, timeout);
    timeout = timeout < 0 ? limit : MIN(timeout, limit);
    if (!jumps && !isinf(clock->speed))
        return wait_in_time(clock, fds, count, timeout);
    int ready = wait_for_others(clock, fds, count, 0);
    if (ready == 0)
        advance(clock, timeout);
    return ready;
}

void playclock_init(struct playclock *clock, int64_t wall, int64_t end)
{
    *clock = (struct playclock){.now = NSEC_PER_SEC, .wall = wall, .end = end, .speed = 1, .machine = time_monotonic()};
    clock->ops = (struct loop_clock){play_now, play_wall, play_wait, clock};
}
