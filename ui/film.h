/* film: pictures on their way to the terminal: which part of one is written next, when, and how long they take. */
#ifndef UI_FILM_H
#define UI_FILM_H

#include "ui/pace.h"
#include "ui/paint.h"

struct film {
    struct pace pace;
    struct buf part; /* what is written next */
    bool left;       /* not all of the picture was */
    bool there;      /* its end has just arrived */
};

void film_init(struct film *film, bool deaf);
void film_release(struct film *film);
/* Makes the next part, of the canvas that was painted last, as large as the line takes it. Whether there is any. */
bool film_make(struct film *film, struct painter *painter, const struct canvas *canvas);
/* The part as it is written behind all else of a frame, which left the cursor there: empty, or it ends with the question. */
const struct buf *film_part(struct film *film, int cursor_y, int cursor_x);
/* The terminal answered. */
void film_answer(struct film *film);
/* Whether a picture has arrived since this was asked last. */
bool film_arrived(struct film *film);
/* Whether one is still being written; *took: how long the last one took to be there, ns, 0: not known. */
bool film_busy(struct film *film, int64_t *took);

#endif
