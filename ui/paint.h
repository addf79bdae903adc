/* paint: a canvas onto ncurses' screen: of each row what differs from what is there, in the theme's looks. Pictures go past
 * ncurses (direct.h): where one is, ncurses has blanks, and leaves them alone. */
#ifndef UI_PAINT_H
#define UI_PAINT_H

#include "ui/canvas.h"
#include "ui/theme.h"

struct painter;

/* Once ncurses has its terminal. theme NULL: dark; mono where NO_COLOR is set or the terminal has no colours. */
struct painter *painter_new(const struct theme *theme, bool ascii);
void painter_free(struct painter *painter);
void painter_set_theme(struct painter *painter, const struct theme *theme);
/* whole: as if nothing were there. Writes nothing to the terminal; false: nothing differs. */
bool painter_paint(struct painter *painter, const struct canvas *canvas, bool whole);
/* What is to be written behind ncurses' update: of the canvas that was painted the picture, as in direct_write. */
bool painter_picture(struct painter *painter, const struct canvas *canvas, struct buf *out, size_t room);

#endif
