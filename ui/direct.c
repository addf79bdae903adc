#include "ui/direct.h"

#include "base/text.h"

#define CELL_MAX 48 /* bytes of one: two colours and a character */
#define JUMP_MAX 16 /* "ESC [ row ; column H" */

void direct_init(struct direct *direct, enum direct_depth depth)
{
    *direct = (struct direct){.depth = depth};
}

void direct_release(struct direct *direct)
{
    free(direct->there);
    direct_init(direct, DIRECT_NONE);
}

void direct_forget_row(struct direct *direct, int y)
{
    if (y < direct->h)
        memset(&direct->there[y * direct->w], 0, (size_t)direct->w * sizeof *direct->there);
}

void direct_forget(struct direct *direct)
{
    for (int y = 0; y < direct->h; y++)
        direct_forget_row(direct, y);
}

/* Of the six levels of a channel in xterm's cube the nearest: 0, 95, 135, 175, 215, 255. */
static unsigned level_of(unsigned value)
{
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static unsigned distance(uint32_t rgb, unsigned r, unsigned g, unsigned b)
{
    int dr = (int)(rgb >> 16 & 255) - (int)r, dg = (int)(rgb >> 8 & 255) - (int)g, db = (int)(rgb & 255) - (int)b;
    return (unsigned)(dr * dr + dg * dg + db * db);
}

int direct_256(uint32_t rgb)
{
    static const unsigned levels[] = {0, 95, 135, 175, 215, 255};
    unsigned r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    unsigned cr = level_of(r), cg = level_of(g), cb = level_of(b), mean = (r + g + b) / 3;
    unsigned grey = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10; /* 24 of them, from 8 in steps of 10 */
    unsigned of_grey = 8 + 10 * grey;
    if (distance(rgb, of_grey, of_grey, of_grey) < distance(rgb, levels[cr], levels[cg], levels[cb]))
        return (int)(232 + grey);
    return (int)(16 + 36 * cr + 6 * cg + cb);
}

static char *put_number(char *out, unsigned n)
{
    if (n >= 100)
        *out++ = (char)('0' + n / 100);
    if (n >= 10)
        *out++ = (char)('0' + n / 10 % 10);
    *out++ = (char)('0' + n % 10);
    return out;
}

static char *put_text(char *out, const char *text)
{
    size_t len = strlen(text);
    memcpy(out, text, len);
    return out + len;
}

/* which: "38" or "48". */
static char *put_colour(const struct direct *direct, char *out, const char *which, uint32_t rgb)
{
    out = put_text(put_text(out, "\033["), which);
    if (direct->depth == DIRECT_256) {
        out = put_number(put_text(out, ";5;"), (unsigned)direct_256(rgb));
    } else {
        out = put_number(put_text(out, ";2;"), rgb >> 16 & 255);
        *out++ = ';';
        out = put_number(out, rgb >> 8 & 255);
        *out++ = ';';
        out = put_number(out, rgb & 255);
    }
    *out++ = 'm';
    return out;
}

/* As it is written: where both halves look the same a blank will do, which needs one colour only. */
static struct direct_cell shown_as(const struct direct *direct, const struct cell *cell, const struct tint *tint)
{
    struct direct_cell out = {cell->ch, *tint};
    bool same = direct->depth == DIRECT_256 ? direct_256(tint->fg) == direct_256(tint->bg) : tint->fg == tint->bg;
    if (cell->ch == GLYPH_HALF && same) {
        out.ch = ' ';
        out.tint.fg = tint->bg;
    }
    return out;
}

static bool is_there(const struct direct_cell *there, const struct direct_cell *cell)
{
    return there->ch == cell->ch && there->tint.bg == cell->tint.bg && (cell->ch == ' ' || there->tint.fg == cell->tint.fg);
}

/* What of a row differs; returns the end of what was put. */
static char *put_row(struct direct *direct, char *out, const struct canvas *canvas, int y)
{
    const uint32_t none = UINT32_MAX;
    struct tint now = {none, none};
    int at = -1; /* where the cursor is */
    for (int x = 0; x < canvas->w; x++) {
        int i = y * canvas->w + x;
        if (!(canvas->cells[i].attr & ATTR_TINTED)) {
            direct->there[i].ch = 0;
            continue;
        }
        struct direct_cell cell = shown_as(direct, &canvas->cells[i], &canvas->tints[i]);
        if (is_there(&direct->there[i], &cell))
            continue;
        direct->there[i] = cell;
        if (at != x) {
            out = put_number(put_text(out, "\033["), (unsigned)y + 1);
            *out++ = ';';
            out = put_number(out, (unsigned)x + 1);
            *out++ = 'H';
        }
        if (cell.ch != ' ' && cell.tint.fg != now.fg)
            out = put_colour(direct, out, "38", now.fg = cell.tint.fg);
        if (cell.tint.bg != now.bg)
            out = put_colour(direct, out, "48", now.bg = cell.tint.bg);
        out += utf8_encode(cell.ch, out);
        at = x + 1;
    }
    return out;
}

bool direct_write(struct direct *direct, const struct canvas *canvas, struct buf *out, size_t room)
{
    if (direct->depth == DIRECT_NONE)
        return true;
    if (direct->w != canvas->w || direct->h != canvas->h) {
        direct->there = xreallocarray(direct->there, (size_t)MAX(canvas->w * canvas->h, 1), sizeof *direct->there);
        direct->w = canvas->w;
        direct->h = canvas->h;
        direct_forget(direct);
    }
    if (!canvas->tinted) {
        direct_forget(direct);
        return true;
    }
    char *row = xmalloc((size_t)canvas->w * (CELL_MAX + JUMP_MAX) + 1);
    size_t before = out->len;
    int y = direct->next < canvas->h ? direct->next : 0, rows = 0;
    for (; rows < canvas->h && (out->len - before < room || !rows); rows++) {
        buf_add(out, row, (size_t)(put_row(direct, row, canvas, y) - row));
        y = (y + 1) % canvas->h;
    }
    direct->next = y;
    free(row);
    if (out->len > before)
        buf_adds(out, "\033[m");
    return rows == canvas->h;
}
