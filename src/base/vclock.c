#include "base/vclock.h"

static int64_t virtual_now(void *data)
{
    return ((struct vclock *)data)->now;
}

static int64_t virtual_wall(void *data)
{
    return ((struct vclock *)data)->wall;
}

static int virtual_wait(void *data, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    struct vclock *clock = data;
    int ready = poll(fds, count, 0);
    if (ready != 0)
        return ready;
    if (timeout > 0) {
        clock->now += timeout;
        clock->wall += timeout;
    } else if (timeout < 0) {
        /* Nothing is due: only a descriptor can end the wait. */
        return poll(fds, count, count ? -1 : 0);
    }
    return 0;
}

void vclock_init(struct vclock *clock, int64_t wall)
{
    *clock = (struct vclock){.now = NSEC_PER_SEC, .wall = wall};
    clock->ops = (struct loop_clock){virtual_now, virtual_wall, virtual_wait, clock};
}

static void on_end(void *data)
{
    *(bool *)data = true;
}

void vclock_run(struct vclock *clock, struct loop *loop, int64_t for_ns)
{
    (void)clock;
    bool over = false;
    struct loop_timer end;
    loop_timer_init(&end, loop, on_end, &over);
    loop_timer_start(&end, for_ns);
    while (!over)
        loop_turn(loop, -1);
    loop_timer_stop(&end);
}
