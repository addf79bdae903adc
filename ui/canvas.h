/* canvas: a grid of cells that views draw into; the terminal paints what differs from the frame before.
 *
 * Views draw roles, never colours, and Unicode always: where the terminal has ASCII only, every character is replaced by
 * a plain one as it is painted (canvas_ascii), so no view asks. All drawing goes through an area: a rectangle with its
 * own origin that clips what leaves it, so coordinates may be negative or too large. Text is made harmless while it is
 * drawn: control, bidi and malformed bytes never reach a cell. */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include "base/buf.h"

/* What a cell means; theme.h says how that looks. */
enum role {
    ROLE_NORMAL,
    ROLE_DIM,      /* said, but not what one looks for */
    ROLE_TITLE,    /* names of boxes, headings, column titles */
    ROLE_HEADER,   /* the line at the top */
    ROLE_HINT,     /* the line at the bottom */
    ROLE_KEY,      /* a key in a hint or a help text */
    ROLE_DISABLED, /* one that the operator may not use */
    ROLE_INPUT,    /* what is being typed */
    ROLE_BORDER,   /* frames of boxes and dialogs */
    ROLE_FOCUS,    /* the frame of the box that keys go to */
    ROLE_GOOD,
    ROLE_BUSY,
    ROLE_WARNING,
    ROLE_BAD,
    ROLE_DONE,     /* ended as it should */
    ROLE_WIRE,     /* a wire that nothing is known of */
    ROLE_FLOW,     /* a wire that carries frames */
    ROLE_DEAD,     /* a wire that carries none where it should */
    ROLE_MATCH,    /* found text */
    ROLE_DIALOG,   /* text in a dialog */
    ROLE_SERIES,   /* ROLE_SERIES + 0 … 6: parts of a bar, told apart */
    ROLE_COUNT = ROLE_SERIES + 7
};

enum attr {
    ATTR_BOLD = 1,
    ATTR_UNDERLINE = 2,
    ATTR_REVERSE = 4,
    ATTR_SELECTED = 8, /* the selected row: the role's colour stays, the background is the selection's */
    ATTR_BAR = 16,     /* the same on the header's background */
    ATTR_TINTED = 32,  /* part of a picture: its colours are its own, canvas.tints has them */
};

/* Colours of a picture's cell, as 0xRRGGBB. */
struct tint {
    uint32_t fg, bg;
};

struct cell {
    uint32_t ch;    /* 0: the right half of a wide character */
    uint32_t mark;  /* one combining character, or 0 */
    uint8_t role, attr;
};

struct canvas {
    int w, h;
    struct cell *cells;
    struct tint *tints; /* of the cells that are ATTR_TINTED; NULL: there never were any */
    bool tinted;        /* there may be some */
    int cursor_x, cursor_y; /* -1: hidden */
};

struct area {
    struct canvas *canvas;
    int x, y, w, h;                 /* origin on the canvas, and the size that the drawer has */
    int left, top, right, bottom;   /* what may be touched, on the canvas; right and bottom are outside */
};

void canvas_init(struct canvas *canvas, int w, int h);
void canvas_release(struct canvas *canvas);
void canvas_resize(struct canvas *canvas, int w, int h); /* and clears */
void canvas_clear(struct canvas *canvas);
bool canvas_equal(const struct canvas *a, const struct canvas *b);
/* The text of a row without blanks at its end; ascii as an ASCII terminal would show it. For tests and copying. */
void canvas_row(struct buf *out, const struct canvas *canvas, int y, bool ascii);
/* The plain character shown instead of ch. */
char canvas_ascii(uint32_t ch);
/* The same for a picture's cell: as bright as its colours are. */
char canvas_shade(const struct tint *tint);

struct area canvas_area(struct canvas *canvas);
/* A rectangle of an area, in its coordinates; may reach outside, and is clipped then. */
struct area area_sub(struct area area, int x, int y, int w, int h);
/* A rectangle in the middle, cut to what there is. */
struct area area_center(struct area area, int w, int h);

/* Draws text from cell x on; returns the x after it. Stops at the area's right edge without a mark. */
int draw_text(struct area area, int x, int y, enum role role, unsigned attr, const char *text);
int draw_textf(struct area area, int x, int y, enum role role, unsigned attr, const char *fmt, ...) PRINTF_LIKE(6, 7);
/* In w cells a line, broken at blanks. Returns the y below it. */
int draw_wrapped(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text);
/* In a field of w cells: cut with "…" where it does not fit, the rest of the field blank. Returns x + w. */
int draw_field(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text);
/* The same, standing at the field's right end. */
int draw_field_right(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text);
/* Whether nothing was drawn into a cell; false outside. */
bool draw_blank(struct area area, int x, int y);
void draw_char(struct area area, int x, int y, enum role role, unsigned attr, uint32_t ch);
/* A picture's cell, in colours of its own. */
void draw_tinted(struct area area, int x, int y, uint32_t ch, struct tint tint);
/* Whether it stands there, and nothing was drawn over it. */
bool draw_is_tinted(struct area area, int x, int y);
void draw_fill(struct area area, enum role role, unsigned attr, uint32_t ch);
void draw_hline(struct area area, int x, int y, int w, enum role role, uint32_t ch);
void draw_vline(struct area area, int x, int y, int h, enum role role, uint32_t ch);
/* A rounded frame around the whole area, with a title in its top edge (NULL: none). */
void draw_frame(struct area area, enum role role, unsigned attr, const char *title, enum role title_role);
/* A dialog's button; returns the x after it. */
int draw_button(struct area area, int x, int y, const char *label, bool focus);
/* Changes roles and attributes of cells that are there; role < 0 keeps it. attr is added. */
void draw_style(struct area area, int x, int y, int w, int role, unsigned attr);
/* A bar from `from` to `to` (0 ≤ from ≤ to, in cells with a fraction) in row y, by eighths of a cell at its end. */
void draw_bar(struct area area, double from, double to, int y, enum role role);
/* values[0..count) as one row of ▁▂▃▄▅▆▇█, `max` full (0: the greatest of them). */
void draw_spark(struct area area, int x, int y, enum role role, const double *values, size_t count, double max);
/* Puts the terminal's cursor there. */
void draw_cursor(struct area area, int x, int y);

/* The line character with these arms: bits as WIRE_UP 1, WIRE_DOWN 2, WIRE_LEFT 4, WIRE_RIGHT 8; rounded corners. */
uint32_t glyph_wire(unsigned bits);
/* The same for a cell that two wires cross without meeting: one goes left-right, the other up-down, over it. */
#define GLYPH_CROSS 0x2502    /* │ : the vertical one passes over */
#define GLYPH_ARROW 0x25b6    /* ▶ */
#define GLYPH_GOOD 0x25cf     /* ● */
#define GLYPH_BUSY 0x25d0     /* ◐ */
#define GLYPH_BAD 0x2717      /* ✗ */
#define GLYPH_WARN 0x25b2     /* ▲ */
#define GLYPH_DONE 0x2713     /* ✓ */
#define GLYPH_HALF 0x2580     /* ▀ : two pixels of a picture, the upper one in fg, the lower one in bg */
#define GLYPH_UNKNOWN 0x25cb  /* ○ */

#endif
