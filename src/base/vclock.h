/* vclock: a clock that tests own. Waiting jumps to the deadline when no descriptor is ready. */
#ifndef BASE_VCLOCK_H
#define BASE_VCLOCK_H

#include "base/loop.h"

struct vclock {
    int64_t now, wall;
    struct loop_clock ops; /* for loop_new */
};

void vclock_init(struct vclock *clock, int64_t wall);
/* Runs the loop until `for_ns` have passed on this clock or the loop is stopped. */
void vclock_run(struct vclock *clock, struct loop *loop, int64_t for_ns);

#endif
