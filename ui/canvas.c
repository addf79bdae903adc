#include "ui/canvas.h"

#include "base/text.h"

static const struct cell blank = {.ch = ' '};

void canvas_init(struct canvas *canvas, int w, int h)
{
    *canvas = (struct canvas){.cursor_x = -1, .cursor_y = -1};
    canvas_resize(canvas, w, h);
}

void canvas_release(struct canvas *canvas)
{
    free(canvas->cells);
    free(canvas->tints);
    *canvas = (struct canvas){0};
}

void canvas_resize(struct canvas *canvas, int w, int h)
{
    if (w < 0 || h < 0)
        BUG("a canvas of %dx%d", w, h);
    canvas->cells = xreallocarray(canvas->cells, (size_t)MAX(w * h, 1), sizeof *canvas->cells);
    free(canvas->tints); /* made anew for the first picture */
    canvas->tints = NULL;
    canvas->w = w;
    canvas->h = h;
    canvas_clear(canvas);
}

void canvas_clear(struct canvas *canvas)
{
    for (int i = 0; i < canvas->w * canvas->h; i++)
        canvas->cells[i] = blank;
    canvas->tinted = false;
    canvas->cursor_x = canvas->cursor_y = -1;
}

bool canvas_equal(const struct canvas *a, const struct canvas *b)
{
    if (a->w != b->w || a->h != b->h || a->cursor_x != b->cursor_x || a->cursor_y != b->cursor_y)
        return false;
    for (int i = 0; i < a->w * a->h; i++) {
        const struct cell *x = &a->cells[i], *y = &b->cells[i];
        if (x->ch != y->ch || x->mark != y->mark || x->role != y->role || x->attr != y->attr)
            return false;
        if ((x->attr & ATTR_TINTED) && memcmp(&a->tints[i], &b->tints[i], sizeof a->tints[i]) != 0)
            return false;
    }
    return true;
}

/* What an ASCII terminal shows for the characters that views draw with; the rest is '?'. */
static const struct {
    uint32_t first, last;
    const char *plain; /* one for each, or one for all */
} plain_table[] = {
    {0x00a0, 0x00a0, " "},
    {0x00b0, 0x00b0, "o"},
    {0x00b1, 0x00b1, "~"},
    {0x00b7, 0x00b7, "."},
    {0x00d7, 0x00d7, "x"},
    {0x2010, 0x2015, "-"},
    {0x2018, 0x2019, "'"},
    {0x201c, 0x201d, "\""},
    {0x2022, 0x2022, "*"},
    {0x2026, 0x2026, "~"},
    {0x203a, 0x203a, ">"},
    {0x2190, 0x2193, "<^>v"},
    {0x21b5, 0x21b5, "<"},
    {0x2264, 0x2265, "<>"},
    {0x2500, 0x2501, "-"},
    {0x2502, 0x2503, "|"},
    {0x2504, 0x2505, "-"},
    {0x2506, 0x2507, "|"},
    {0x2508, 0x2509, "-"},
    {0x250a, 0x250b, "|"},
    {0x250c, 0x254b, "+"},
    {0x254c, 0x254d, "-"},
    {0x254e, 0x254f, "|"},
    {0x2550, 0x2550, "="},
    {0x2551, 0x2551, "|"},
    {0x2552, 0x256c, "+"},
    {0x256d, 0x2570, "+"},
    {0x2574, 0x2574, "-"},
    {0x2575, 0x2575, "|"},
    {0x2576, 0x2576, "-"},
    {0x2577, 0x2577, "|"},
    {0x2581, 0x2588, "__.-=+*#"},
    {0x2589, 0x258f, "####||:"},
    {0x2591, 0x2593, ".:%"},
    {0x25a0, 0x25a0, "#"},
    {0x25a1, 0x25a1, "."},
    {0x25ae, 0x25af, "#."},
    {0x25b2, 0x25b2, "!"},
    {0x25b4, 0x25b4, "^"},
    {0x25b6, 0x25b6, ">"},
    {0x25b8, 0x25b8, ">"},
    {0x25bc, 0x25bc, "v"},
    {0x25be, 0x25be, "v"},
    {0x25c0, 0x25c0, "<"},
    {0x25cb, 0x25cb, "o"},
    {0x25cc, 0x25cc, ":"},
    {0x25cf, 0x25cf, "*"},
    {0x25d0, 0x25d3, "%"},
    {0x25e6, 0x25e6, "o"},
    {0x2713, 0x2714, "v"},
    {0x2715, 0x2718, "x"},
};

char canvas_ascii(uint32_t ch)
{
    if (ch >= 0x20 && ch < 0x7f)
        return (char)ch;
    for (size_t i = 0; i < ARRAY_SIZE(plain_table); i++)
        if (ch >= plain_table[i].first && ch <= plain_table[i].last) {
            const char *plain = plain_table[i].plain;
            return plain[1] ? plain[ch - plain_table[i].first] : plain[0];
        }
    return ch == 0 ? ' ' : '?';
}

char canvas_shade(const struct tint *tint)
{
    static const char ramp[] = " .:-=+*#%@";
    unsigned sum = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        static const unsigned weights[] = {29, 150, 77}; /* of blue, green and red in what is seen as bright; 256 in all */
        sum += weights[shift / 8] * ((tint->fg >> shift & 255) + (tint->bg >> shift & 255));
    }
    return ramp[(size_t)(sum >> 8) * (sizeof ramp - 1) / 511];
}

void canvas_row(struct buf *out, const struct canvas *canvas, int y, bool ascii)
{
    size_t start = out->len;
    for (int x = 0; x < canvas->w; x++) {
        const struct cell *cell = &canvas->cells[y * canvas->w + x];
        char text[4];
        if (ascii) {
            bool tinted = cell->attr & ATTR_TINTED;
            buf_addc(out, tinted ? canvas_shade(&canvas->tints[y * canvas->w + x]) : canvas_ascii(cell->ch));
            continue;
        }
        if (!cell->ch)
            continue;
        buf_add(out, text, utf8_encode(cell->ch, text));
        if (cell->mark)
            buf_add(out, text, utf8_encode(cell->mark, text));
    }
    while (out->len > start && out->data[out->len - 1] == ' ')
        buf_truncate(out, out->len - 1);
}

struct area canvas_area(struct canvas *canvas)
{
    return (struct area){canvas, 0, 0, canvas->w, canvas->h, 0, 0, canvas->w, canvas->h};
}

struct area area_sub(struct area area, int x, int y, int w, int h)
{
    struct area sub = area;
    sub.x = area.x + x;
    sub.y = area.y + y;
    sub.w = MAX(w, 0);
    sub.h = MAX(h, 0);
    sub.left = MAX(area.left, sub.x);
    sub.top = MAX(area.top, sub.y);
    sub.right = MAX(sub.left, MIN(area.right, sub.x + sub.w));
    sub.bottom = MAX(sub.top, MIN(area.bottom, sub.y + sub.h));
    return sub;
}

struct area area_center(struct area area, int w, int h)
{
    w = MIN(w, area.w);
    h = MIN(h, area.h);
    return area_sub(area, (area.w - w) / 2, (area.h - h) / 2, w, h);
}
