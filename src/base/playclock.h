/* playclock: a loop's clock on another time, as of a recording: it can be stopped, goes faster, and jumps.
 *
 * Time does not pass while the program computes: all that is due at one moment happens at that moment, however long it
 * takes, so that the same recording always gives the same. */
#ifndef BASE_PLAYCLOCK_H
#define BASE_PLAYCLOCK_H

#include "base/loop.h"

struct playclock {
    struct loop_clock ops;
    int64_t now, wall; /* set wall to go elsewhere */
    int64_t end;       /* of wall: it stops there */
    int64_t until;     /* of wall: up to there all happens at once, even while it is paused */
    double speed;      /* 1: as the machine's; INFINITY: nothing is waited for */
    bool paused;
    int64_t machine;   /* what the machine's clock said when ours was right */
};

void playclock_init(struct playclock *clock, int64_t wall, int64_t end);

#endif
