/* term: the terminal, by ncurses (this is the one file that knows it): cells out, keys in, and left as it was found.
 *
 * One at a time in a process. Whatever ends the program, a crash and a signal included, the terminal is restored. */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "base/err.h"
#include "ui/keys.h"
#include "ui/theme.h"

#define TERM_MIN_W 40
#define TERM_MIN_H 12

struct term;

/* theme NULL: dark, or mono where NO_COLOR is set or the terminal has no colours. Fails with a sentence when there is no
 * terminal, or an unknown one. */
struct term *term_open(const struct theme *theme, bool mouse, struct err *err);
void term_close(struct term *term);
int term_fd(const struct term *term);  /* becomes readable when there are keys */
void term_size(struct term *term, int *w, int *h); /* asks the terminal */
/* What differs from the frame before; `whole`: everything again. */
void term_paint(struct term *term, const struct canvas *canvas, bool whole);
/* Goes on with what of the canvas's picture was not written with it, as far as the line takes it; the canvas is the one that
 * was painted last. Whether that was its end. */
bool term_go_on(struct term *term, const struct canvas *canvas);
/* Whether a picture is still being written; *took: how long the last one took to be there, 0: not known. */
bool term_picture_busy(struct term *term, int64_t *took);
/* The next key that is there; false when none is. */
bool term_key(struct term *term, struct key *key);
/* Steps aside for another program (term_leave … term_return), or stops itself as ^Z does (returns when continued). */
void term_leave(struct term *term);
void term_return(struct term *term);
void term_suspend(struct term *term);
void term_set_theme(struct term *term, const struct theme *theme);
void term_set_mouse(struct term *term, bool on);
void term_bell(struct term *term);
/* A notice of the desktop, by OSC 9, where the terminal has that; others ignore it. The text is made harmless. */
void term_notify(struct term *term, const char *text);
/* The terminal's clipboard, by OSC 52. */
void term_copy(struct term *term, const char *text, size_t len);

#endif
