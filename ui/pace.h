/* pace: how much of a picture may be under way to the terminal at once.
 *
 * What the system takes from us says nothing of a slow line: megabytes of it wait in buffers on the way, and a key's answer
 * waits behind them. So each part of a picture is followed by a question that every terminal answers (DSR, "are you well"),
 * and no more is sent before the answer came. The parts are made so large that one keeps the line busy for a hundredth of a
 * second or two, beside the time that any answer takes: so long a key's answer may wait for it. */
#ifndef UI_PACE_H
#define UI_PACE_H

#include "base/base.h"

#define PACE_QUESTION "\033[5n"

struct pace {
    size_t part;       /* bytes that may be under way at once */
    size_t sent;       /* that are */
    int64_t asked;     /* monotonic; 0: nothing is under way */
    int64_t trip;      /* what any answer takes; 0: not known yet */
    int64_t began;     /* when the picture that is being written began; 0: none is */
    int64_t took;      /* the last one, until all of it was there; 0: not known yet */
    bool last;         /* what is under way is the picture's last part */
    bool answered;     /* it has answered before */
    bool deaf;         /* it does not: then all is sent at once */
};

void pace_init(struct pace *pace, bool deaf);
/* How many bytes may be sent now, 0: none. */
size_t pace_room(struct pace *pace, int64_t now);
/* Those were sent, the question behind them; last: they are the end of the picture. */
void pace_sent(struct pace *pace, size_t bytes, bool last, int64_t now);
/* What was sent before is the end of the picture: no more of it differs. */
void pace_end(struct pace *pace, int64_t now);
void pace_answer(struct pace *pace, int64_t now);
/* A picture is not all there yet. */
bool pace_busy(struct pace *pace, int64_t now);

#endif
