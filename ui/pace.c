#include "ui/pace.h"

#define PART_LEAST ((size_t)2 << 10)
#define PART_MOST ((size_t)1 << 20)
#define PART_TIME (10 * NSEC_PER_MSEC)
#define DEAF_AFTER NSEC_PER_SEC        /* one that never answered */
#define LOST_AFTER (10 * NSEC_PER_SEC) /* one that did: the answer was lost on the way */

void pace_init(struct pace *pace, bool deaf)
{
    *pace = (struct pace){.part = PART_LEAST, .deaf = deaf};
}

static void arrived(struct pace *pace, int64_t now)
{
    pace->asked = 0;
    if (!pace->last)
        return;
    pace->took = MAX(now - pace->began, 1);
    pace->began = 0;
    pace->last = false;
}

static void give_up(struct pace *pace, int64_t now)
{
    if (!pace->asked || now - pace->asked < (pace->answered ? LOST_AFTER : DEAF_AFTER))
        return;
    pace->deaf |= !pace->answered;
    pace->part = PART_LEAST;
    arrived(pace, now);
}

size_t pace_room(struct pace *pace, int64_t now)
{
    give_up(pace, now);
    return pace->deaf ? PART_MOST : pace->asked ? 0 : pace->part;
}

void pace_sent(struct pace *pace, size_t bytes, bool last, int64_t now)
{
    if (!pace->began)
        pace->began = now;
    pace->asked = now;
    pace->sent = bytes;
    pace->last = last;
    if (pace->deaf)
        arrived(pace, now);
}

void pace_end(struct pace *pace, int64_t now)
{
    if (!pace->began)
        return;
    pace->last = true;
    if (!pace->asked)
        arrived(pace, now);
}

void pace_answer(struct pace *pace, int64_t now)
{
    if (!pace->asked)
        return; /* late, or nobody asked */
    int64_t took = MAX(now - pace->asked, 1);
    pace->answered = true;
    /* The quickest there was; it is forgotten in time, for lines change. */
    pace->trip = pace->trip && pace->trip < took ? pace->trip + pace->trip / 1024 : took;
    took -= MIN(pace->trip, took);
    /* Only what was a part's worth says something of parts. */
    if (took > 2 * PART_TIME)
        pace->part = MAX(pace->sent / 2, PART_LEAST);
    else if (took < PART_TIME && pace->sent >= pace->part / 2)
        pace->part = MIN(pace->part * 2, PART_MOST);
    arrived(pace, now);
}

bool pace_busy(struct pace *pace, int64_t now)
{
    give_up(pace, now);
    return pace->began != 0;
}
