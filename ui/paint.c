#include "ui/paint.h"

#include <curses.h>
#include <wchar.h>

#include "ui/direct.h"

#define BLANKS_MAX 5 /* in a row that look as what stands before them: about what it takes to go past them */

/* What ncurses has where a picture is: no blank, so that it knows that something is to be written there when the picture goes,
 * and never takes it for the empty end of a line. */
#define UNDER_PICTURE 0xa0

/* The terminal's own colours, as a pair like all others: going to pair 0, ncurses resets all else, too. */
#define PLAIN_PAIR 1

struct look { /* of a cell, as ncurses has it */
    attr_t attr;
    int pair, bg;
    bool known;
};

struct made { /* a cell, for ncurses */
    uint32_t ch;
    const struct look *look;
    int wanted, columns;
    cchar_t cell;
};

struct painter {
    const struct theme *theme;
    bool ascii, colours;
    struct canvas shown;  /* as ncurses has it */
    struct canvas mapped; /* a canvas with a picture, as ncurses will have it */
    struct direct direct;
    cchar_t *row; /* of it, as ncurses wants it */
    struct look looks[ROLE_COUNT][2 * ATTR_BAR]; /* by role and attributes, as far as they were asked for */
    struct made made[256];
};

static bool no_color(void)
{
    const char *value = getenv("NO_COLOR");
    return value && *value;
}

/* What the terminal's colours allow. That it has all of them, some say in terminfo and most only to who asks for it here. */
static enum direct_depth depth_of(const struct painter *painter)
{
    const char *colours = getenv("COLORTERM");
    if (painter->ascii || !painter->colours || COLORS < 256)
        return DIRECT_NONE;
    bool all = (colours && (strcmp(colours, "truecolor") == 0 || strcmp(colours, "24bit") == 0)) || tigetflag("RGB") > 0 ||
               tigetflag("Tc") > 0;
    return all ? DIRECT_TRUE : DIRECT_256;
}

struct painter *painter_new(const struct theme *theme, bool ascii)
{
    struct painter *painter = xcalloc(1, sizeof *painter);
    painter->ascii = ascii;
    painter->colours = !no_color() && has_colors() && start_color() == OK && use_default_colors() == OK;
    if (painter->colours)
        init_pair(PLAIN_PAIR, -1, -1);
    canvas_init(&painter->shown, 0, 0);
    canvas_init(&painter->mapped, 0, 0);
    direct_init(&painter->direct, depth_of(painter));
    painter_set_theme(painter, theme ? theme : &theme_dark);
    return painter;
}

void painter_free(struct painter *painter)
{
    canvas_release(&painter->shown);
    canvas_release(&painter->mapped);
    direct_release(&painter->direct);
    free(painter->row);
    free(painter);
}

void painter_set_theme(struct painter *painter, const struct theme *theme)
{
    painter->theme = painter->colours ? theme : &theme_mono;
    memset(painter->looks, 0, sizeof painter->looks);
    memset(painter->made, 0, sizeof painter->made);
}

static struct look find_look(const struct painter *painter, unsigned role, unsigned attr)
{
    struct style style;
    theme_style(&style, painter->theme, (enum role)role, attr);
    struct look look = {.known = true, .bg = -1};
    int fg = -1;
    if (painter->colours && COLORS >= 256) {
        fg = style.fg;
        look.bg = style.bg;
        style.reverse &= 1;
    } else if (painter->colours) {
        fg = style.fg8;
        look.bg = style.bg8;
        if (style.fg >= 0 && fg < 0 && !style.reverse)
            style.dim = 1;
    }
    if (style.bold)
        look.attr |= A_BOLD;
    if (style.dim)
        look.attr |= A_DIM;
    if (style.underline)
        look.attr |= A_UNDERLINE;
    if (style.reverse)
        look.attr |= A_REVERSE;
    if (painter->colours)
        look.pair = fg < 0 && look.bg < 0 ? PLAIN_PAIR : MAX(alloc_pair(fg, look.bg), 0);
    return look;
}

static const struct look *look_of(struct painter *painter, const struct cell *cell)
{
    struct look *look = &painter->looks[cell->role][cell->attr];
    if (!look->known)
        *look = find_look(painter, cell->role, cell->attr);
    return look;
}

static bool is_blank(const struct cell *cell)
{
    return cell->ch == ' ' && !cell->mark;
}

/* Nobody sees of a blank but its background. A few between words keep what the word before them has: changing it and
 * changing it back is most of what a frame writes. */
static bool blends(struct painter *painter, const struct look *before, const struct cell *row, int x, int to)
{
    const attr_t shows = A_UNDERLINE | A_REVERSE;
    int end = MIN(to, x + BLANKS_MAX + 1);
    for (; x < end && is_blank(&row[x]); x++) {
        const struct look *look = look_of(painter, &row[x]);
        if (look->bg != before->bg || (look->attr | before->attr) & shows)
            return false;
    }
    return x < end;
}

/* As ncurses wants it. Returns how many columns it takes, of `columns`. */
static int make_cell(const struct painter *painter, cchar_t *out, const struct cell *cell, int columns, const struct look *look)
{
    wchar_t text[3] = {(wchar_t)cell->ch};
    if (painter->ascii) {
        text[0] = (wchar_t)canvas_ascii(cell->ch);
        columns = 1;
    } else if (cell->ch < ' ' || cell->ch > '~' || cell->mark) {
        /* Where the C library disagrees about the width the row would shift: better a mark. */
        if (wcwidth(text[0]) != columns) {
            text[0] = columns == 2 ? L' ' : 0xfffd;
            columns = 1;
        }
        if (cell->mark && wcwidth((wchar_t)cell->mark) == 0)
            text[1] = (wchar_t)cell->mark;
    }
    setcchar(out, text, look->attr, 0, &look->pair);
    return columns;
}

/* The same; most have been made before. */
static int set_cell(struct painter *painter, cchar_t *out, const struct cell *cell, int columns, const struct look *look)
{
    size_t at = (cell->ch + 31 * (size_t)(look - &painter->looks[0][0])) % ARRAY_SIZE(painter->made);
    struct made *made = &painter->made[at];
    if (cell->mark)
        return make_cell(painter, out, cell, columns, look);
    if (made->ch != cell->ch || made->look != look || made->wanted != columns) {
        *made = (struct made){.ch = cell->ch, .look = look, .wanted = columns};
        made->columns = make_cell(painter, &made->cell, cell, columns, look);
    }
    *out = made->cell;
    return made->columns;
}

static bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->ch == b->ch && a->mark == b->mark && a->role == b->role && a->attr == b->attr;
}

static bool is_wide(const struct cell *row, int x, int w)
{
    return x + 1 < w && !row[x + 1].ch && row[x].ch;
}

/* Cells [from, to) of a row, which begin and end no wide character in its middle. */
static void paint_cells(struct painter *painter, int y, const struct cell *row, int from, int to)
{
    const struct cell half = {.ch = painter->ascii ? '?' : ' '};
    const struct look *look = NULL;
    int count = 0;
    for (int x = from; x < to; x++) {
        bool wide = is_wide(row, x, to);
        const struct look *own = look_of(painter, &row[x]);
        if (!look || (own != look && !(is_blank(&row[x]) && blends(painter, look, row, x, to))))
            look = own;
        if (set_cell(painter, &painter->row[count++], &row[x], wide ? 2 : 1, look) == 1 && wide)
            set_cell(painter, &painter->row[count++], &half, 1, look);
        x += wide;
    }
    mvadd_wchnstr(y, from, painter->row, count);
}

/* Whether anything was to be painted. */
static bool paint_row(struct painter *painter, int y, const struct cell *row, const struct cell *shown, int w, bool whole)
{
    int from = 0, to = w;
    while (!whole && from < w && cell_equal(&row[from], &shown[from]))
        from++;
    while (!whole && to > from && cell_equal(&row[to - 1], &shown[to - 1]))
        to--;
    if (from == to)
        return false;
    /* What is a half now, or was one. */
    while (from > 0 && (!row[from].ch || !shown[from].ch))
        from--;
    while (to < w && (!row[to].ch || !shown[to].ch))
        to++;
    paint_cells(painter, y, row, from, to);
    return true;
}

/* The canvas as ncurses is to have it. */
static const struct canvas *map_picture(struct painter *painter, const struct canvas *canvas)
{
    struct canvas *mapped = &painter->mapped;
    if (!canvas->tinted)
        return canvas;
    if (mapped->w != canvas->w || mapped->h != canvas->h)
        canvas_resize(mapped, canvas->w, canvas->h);
    for (int i = 0; i < canvas->w * canvas->h; i++) {
        mapped->cells[i] = canvas->cells[i];
        if (!(canvas->cells[i].attr & ATTR_TINTED))
            continue;
        bool plain = painter->direct.depth == DIRECT_NONE;
        mapped->cells[i] = (struct cell){.ch = plain ? (uint32_t)canvas_shade(&canvas->tints[i]) : UNDER_PICTURE};
    }
    mapped->cursor_x = canvas->cursor_x;
    mapped->cursor_y = canvas->cursor_y;
    return mapped;
}

bool painter_picture(struct painter *painter, const struct canvas *canvas, struct buf *out, size_t room)
{
    return direct_write(&painter->direct, canvas, out, room);
}

bool painter_paint(struct painter *painter, const struct canvas *canvas, bool whole)
{
    struct canvas *shown = &painter->shown;
    canvas = map_picture(painter, canvas);
    if (!whole && canvas_equal(shown, canvas))
        return false;
    if (shown->w != canvas->w || shown->h != canvas->h) {
        canvas_resize(shown, canvas->w, canvas->h);
        painter->row = xreallocarray(painter->row, (size_t)canvas->w + 1, sizeof *painter->row);
        whole = true;
    }
    if (whole)
        clearok(curscr, TRUE);
    int rows = 0;
    for (int y = 0; y < canvas->h; y++)
        if (paint_row(painter, y, &canvas->cells[y * canvas->w], &shown->cells[y * canvas->w], canvas->w, whole)) {
            direct_forget_row(&painter->direct, y);
            rows++;
        }
    if (rows > 1) /* ncurses may scroll a part of the screen then */
        direct_forget(&painter->direct);
    memcpy(shown->cells, canvas->cells, (size_t)(canvas->w * canvas->h) * sizeof *shown->cells);
    shown->cursor_x = canvas->cursor_x;
    shown->cursor_y = canvas->cursor_y;
    return true;
}
