#include "ui/canvas.h"

#include "base/text.h"

static struct cell *cell_at(struct area area, int x, int y)
{
    x += area.x;
    y += area.y;
    if (x < area.left || x >= area.right || y < area.top || y >= area.bottom)
        return NULL;
    return &area.canvas->cells[y * area.canvas->w + x];
}

/* A wide character whose other half is written over would leave half a character: it becomes a blank. */
static void mend_left(struct area area, int x, int y)
{
    struct cell *cell = cell_at(area, x, y), *left;
    if (cell && !cell->ch && area.x + x > 0) {
        left = cell - 1;
        left->ch = ' ';
        left->mark = 0;
    }
}

static void mend_right(struct area area, int x, int y)
{
    struct cell *cell = cell_at(area, x, y);
    if (!cell || area.x + x + 1 >= area.canvas->w)
        return;
    struct cell *right = cell + 1;
    if (!right->ch)
        right->ch = ' ';
}

static void put(struct area area, int x, int y, enum role role, unsigned attr, uint32_t ch)
{
    struct cell *cell = cell_at(area, x, y);
    if (!cell)
        return;
    if (!cell->ch)
        mend_left(area, x, y);
    mend_right(area, x, y);
    *cell = (struct cell){.ch = ch, .role = (uint8_t)role, .attr = (uint8_t)attr};
}

static void put_wide(struct area area, int x, int y, enum role role, unsigned attr, uint32_t ch)
{
    if (!cell_at(area, x, y) || !cell_at(area, x + 1, y)) {
        put(area, x, y, role, attr, ' ');
        put(area, x + 1, y, role, attr, ' ');
        return;
    }
    put(area, x, y, role, attr, ch);
    put(area, x + 1, y, role, attr, ' ');
    cell_at(area, x, y)->ch = ch;
    cell_at(area, x + 1, y)->ch = 0;
}

/* Characters that change how others are shown, or hide: they never reach a cell. */
static bool is_invisible(uint32_t ch)
{
    return (ch >= 0x200b && ch <= 0x200f) || (ch >= 0x2028 && ch <= 0x202e) || (ch >= 0x2060 && ch <= 0x206f) ||
           ch == 0xfeff || ch == 0xad || (ch >= 0xfff9 && ch <= 0xfffb) || (ch >= 0xe0000 && ch <= 0xe01ef) ||
           ch == 0x061c || ch == 0x180e;
}

/* The next harmless character of a text and its cells; the bytes it took. */
static size_t next_char(const char *text, size_t len, uint32_t *ch, int *width)
{
    size_t n = utf8_decode(text, len, ch);
    if (*ch == '\t' || *ch == '\n')
        *ch = ' ';
    else if (*ch < 0x20 || (*ch >= 0x7f && *ch < 0xa0) || is_invisible(*ch))
        *ch = 0xfffd;
    *width = utf8_width(*ch);
    return n;
}

static int draw_bytes(struct area area, int x, int y, enum role role, unsigned attr, const char *text, size_t len)
{
    while (len) {
        uint32_t ch;
        int width;
        size_t n = next_char(text, len, &ch, &width);
        text += n;
        len -= n;
        if (width == 0) {
            struct cell *before = cell_at(area, x - 1, y);
            if (before && !before->ch)
                before = cell_at(area, x - 2, y);
            if (before)
                before->mark = ch;
            continue;
        }
        if (width == 2)
            put_wide(area, x, y, role, attr, ch);
        else
            put(area, x, y, role, attr, ch);
        x += width;
    }
    return x;
}

int draw_text(struct area area, int x, int y, enum role role, unsigned attr, const char *text)
{
    return draw_bytes(area, x, y, role, attr, text, strlen(text));
}

int draw_textf(struct area area, int x, int y, enum role role, unsigned attr, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return draw_text(area, x, y, role, attr, text);
}

int draw_wrapped(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text)
{
    while (*text && w > 0) {
        size_t cut = text_break(text, w);
        draw_bytes(area, x, y++, role, attr, text, cut);
        text += cut;
        text += *text == ' ';
    }
    return y;
}

/* Cells of a text as it is drawn, counted up to a little more than `most`. */
static int drawn_width(const char *text, int most)
{
    int cells = 0;
    for (size_t len = strlen(text); len && cells <= most;) {
        uint32_t ch;
        int width;
        size_t n = next_char(text, len, &ch, &width);
        text += n;
        len -= n;
        cells += width;
    }
    return cells;
}

static size_t fitting(const char *text, int cells)
{
    size_t at = 0, len = strlen(text);
    while (at < len) {
        uint32_t ch;
        int width;
        size_t n = next_char(text + at, len - at, &ch, &width);
        if (width > cells)
            break;
        cells -= width;
        at += n;
    }
    return at;
}

static int draw_fitted(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text,
                       bool right)
{
    if (w <= 0)
        return x;
    int end = x + w;
    int cells = drawn_width(text, w);
    int at = x;
    if (cells <= w) {
        for (; right && at < end - cells; at++)
            put(area, at, y, role, attr, ' ');
        at = draw_text(area, at, y, role, attr, text);
    } else {
        at = draw_bytes(area, at, y, role, attr, text, fitting(text, w - 1));
        put(area, at++, y, role, attr, 0x2026);
    }
    for (; at < end; at++)
        put(area, at, y, role, attr, ' ');
    return end;
}

int draw_field(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text)
{
    return draw_fitted(area, x, y, w, role, attr, text, false);
}

int draw_field_right(struct area area, int x, int y, int w, enum role role, unsigned attr, const char *text)
{
    return draw_fitted(area, x, y, w, role, attr, text, true);
}

bool draw_blank(struct area area, int x, int y)
{
    const struct cell *cell = cell_at(area, x, y);
    return cell && cell->ch == ' ';
}

void draw_char(struct area area, int x, int y, enum role role, unsigned attr, uint32_t ch)
{
    if (is_invisible(ch) || utf8_width(ch) == 0)
        ch = 0xfffd;
    if (utf8_width(ch) == 2)
        put_wide(area, x, y, role, attr, ch);
    else
        put(area, x, y, role, attr, ch);
}

void draw_tinted(struct area area, int x, int y, uint32_t ch, struct tint tint)
{
    struct canvas *canvas = area.canvas;
    struct cell *cell = cell_at(area, x, y);
    if (!cell)
        return;
    if (!canvas->tints)
        canvas->tints = xcalloc((size_t)(canvas->w * canvas->h), sizeof *canvas->tints);
    put(area, x, y, ROLE_NORMAL, ATTR_TINTED, ch);
    canvas->tints[cell - canvas->cells] = tint;
    canvas->tinted = true;
}

bool draw_is_tinted(struct area area, int x, int y)
{
    const struct cell *cell = cell_at(area, x, y);
    return cell && cell->attr & ATTR_TINTED;
}

void draw_fill(struct area area, enum role role, unsigned attr, uint32_t ch)
{
    for (int y = 0; y < area.h; y++)
        for (int x = 0; x < area.w; x++)
            put(area, x, y, role, attr, ch);
}

void draw_hline(struct area area, int x, int y, int w, enum role role, uint32_t ch)
{
    for (int i = 0; i < w; i++)
        put(area, x + i, y, role, 0, ch);
}

void draw_vline(struct area area, int x, int y, int h, enum role role, uint32_t ch)
{
    for (int i = 0; i < h; i++)
        put(area, x, y + i, role, 0, ch);
}

void draw_frame(struct area area, enum role role, unsigned attr, const char *title, enum role title_role)
{
    int right = area.w - 1, bottom = area.h - 1;
    if (right < 1 || bottom < 1)
        return;
    for (int x = 1; x < right; x++) {
        put(area, x, 0, role, attr, 0x2500);
        put(area, x, bottom, role, attr, 0x2500);
    }
    for (int y = 1; y < bottom; y++) {
        put(area, 0, y, role, attr, 0x2502);
        put(area, right, y, role, attr, 0x2502);
    }
    put(area, 0, 0, role, attr, 0x256d);
    put(area, right, 0, role, attr, 0x256e);
    put(area, 0, bottom, role, attr, 0x2570);
    put(area, right, bottom, role, attr, 0x256f);
    if (title && *title && area.w > 6) {
        int w = MIN(drawn_width(title, area.w), area.w - 6);
        put(area, 1, 0, role, attr, ' ');
        draw_field(area, 2, 0, w, title_role, attr, title);
        put(area, 2 + w, 0, role, attr, ' ');
    }
}

int draw_button(struct area area, int x, int y, const char *label, bool focus)
{
    return draw_textf(area, x, y, focus ? ROLE_FOCUS : ROLE_DIM, focus ? ATTR_REVERSE : 0, "  %s  ", label);
}

void draw_style(struct area area, int x, int y, int w, int role, unsigned attr)
{
    for (int i = 0; i < w; i++) {
        struct cell *cell = cell_at(area, x + i, y);
        if (!cell)
            continue;
        if (role >= 0)
            cell->role = (uint8_t)role;
        cell->attr |= (uint8_t)attr;
    }
}

void draw_bar(struct area area, double from, double to, int y, enum role role)
{
    /* Whole cells, and an end of eighths; a bar that is there at all shows at least one eighth. */
    int start = (int)(from + 0.5);
    double length = to - start;
    if (length < 0.125)
        length = 0.125;
    int whole = (int)length, eighths = (int)((length - whole) * 8 + 0.5);
    for (int i = 0; i < whole; i++)
        put(area, start + i, y, role, 0, 0x2588);
    if (eighths == 8)
        put(area, start + whole, y, role, 0, 0x2588);
    else if (eighths > 0)
        put(area, start + whole, y, role, 0, 0x2590 - (uint32_t)eighths);
}

void draw_spark(struct area area, int x, int y, enum role role, const double *values, size_t count, double max)
{
    for (size_t i = 0; max <= 0 && i < count; i++)
        if (values[i] > -max)
            max = -values[i];
    max = max < 0 ? -max : max;
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] > 0) || max <= 0) {
            put(area, x + (int)i, y, ROLE_DIM, 0, ' ');
            continue;
        }
        int level = (int)(values[i] / max * 8 + 0.5);
        put(area, x + (int)i, y, role, 0, 0x2580 + (uint32_t)MIN(MAX(level, 1), 8));
    }
}

void draw_cursor(struct area area, int x, int y)
{
    if (cell_at(area, x, y)) {
        area.canvas->cursor_x = area.x + x;
        area.canvas->cursor_y = area.y + y;
    }
}

uint32_t glyph_wire(unsigned bits)
{
    enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };
    static const uint16_t glyphs[16] = {
        [0] = ' ',
        [UP] = 0x2502,
        [DOWN] = 0x2502,
        [UP | DOWN] = 0x2502,
        [LEFT] = 0x2500,
        [RIGHT] = 0x2500,
        [LEFT | RIGHT] = 0x2500,
        [UP | LEFT] = 0x256f,
        [UP | RIGHT] = 0x2570,
        [DOWN | LEFT] = 0x256e,
        [DOWN | RIGHT] = 0x256d,
        [UP | DOWN | LEFT] = 0x2524,
        [UP | DOWN | RIGHT] = 0x251c,
        [LEFT | RIGHT | UP] = 0x2534,
        [LEFT | RIGHT | DOWN] = 0x252c,
        [UP | DOWN | LEFT | RIGHT] = 0x253c,
    };
    return glyphs[bits & 15];
}
