#include "ui/film.h"

#include "base/time.h"

#define PART_MAX (4u << 20)

void film_init(struct film *film, bool deaf)
{
    *film = (struct film){.left = false};
    pace_init(&film->pace, deaf);
    buf_init(&film->part, PART_MAX);
}

void film_release(struct film *film)
{
    buf_release(&film->part);
}

bool film_make(struct film *film, struct painter *painter, const struct canvas *canvas)
{
    int64_t now = time_monotonic();
    size_t room = pace_room(&film->pace, now);
    struct buf *part = &film->part;
    buf_reset(part);
    film->left = room == 0 || !painter_picture(painter, canvas, part, room);
    if (part->len)
        pace_sent(&film->pace, part->len, !film->left, now);
    else if (!film->left)
        pace_end(&film->pace, now);
    return part->len > 0;
}

const struct buf *film_part(struct film *film, int cursor_y, int cursor_x)
{
    struct buf *part = &film->part;
    if (!part->len)
        return part;
    buf_addf(part, "\033[%d;%dH", cursor_y + 1, cursor_x + 1);
    if (!film->pace.deaf)
        buf_adds(part, PACE_QUESTION);
    return part;
}

void film_answer(struct film *film)
{
    pace_answer(&film->pace, time_monotonic());
    film->there = !film->pace.began;
}

bool film_arrived(struct film *film)
{
    bool there = film->there;
    film->there = false;
    return there;
}

bool film_busy(struct film *film, int64_t *took)
{
    bool busy = pace_busy(&film->pace, time_monotonic());
    *took = film->pace.took;
    return busy;
}
