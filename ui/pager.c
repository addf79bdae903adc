#include "ui/pager.h"

#include "base/text.h"
#include "base/time.h"

const struct binding pager_bindings[] = {
    {"/", 0, "search", NULL},
    {"j Down", PAGER_DOWN, NULL, "a line down"},
    {"k Up", PAGER_UP, NULL, "a line up"},
    {"^F PgDn", PAGER_PGDN, NULL, "a page down"},
    {"^B PgUp", PAGER_PGUP, NULL, "a page up"},
    {"g Home", PAGER_TOP, NULL, "to the start"},
    {"G End", PAGER_BOTTOM, NULL, "to the end"},
    {"Left", PAGER_LEFT, NULL, "to the left"},
    {"Right", PAGER_RIGHT, NULL, "to the right"},
    {"n", PAGER_NEXT, NULL, "next match"},
    {"N", PAGER_PREV, NULL, "match before"},
    {"W", PAGER_WRAP, "wrap", "wrap long lines, or not"},
    {"Y", PAGER_COPY, NULL, "copy all of it"},
    {NULL},
};

void pager_init(struct pager *pager)
{
    *pager = (struct pager){.page = 1};
}

static struct pager_line *line_at(const struct pager *pager, size_t index)
{
    return &pager->lines[(pager->first + index) % pager->cap];
}

void pager_clear(struct pager *pager)
{
    for (size_t i = 0; i < pager->count; i++)
        free(line_at(pager, i)->text);
    pager->first = pager->count = pager->bytes = pager->dropped = pager->top = 0;
    pager->left = 0;
}

void pager_release(struct pager *pager)
{
    pager_clear(pager);
    free(pager->lines);
    pager->lines = NULL;
    pager->cap = 0;
}

static void drop_first(struct pager *pager)
{
    struct pager_line *line = line_at(pager, 0);
    pager->bytes -= line->len;
    free(line->text);
    pager->first = (pager->first + 1) % pager->cap;
    pager->count--;
    pager->dropped++;
    if (pager->top)
        pager->top--;
}

/* CSI … final and OSC … end are left out; every other byte stays for the drawing to judge. */
static size_t strip_escapes(char *text, size_t len)
{
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != 27 || i + 1 >= len) {
            if (text[i] != '\r')
                text[to++] = text[i];
        } else if (text[i + 1] == '[') {
            for (i += 2; i < len && !(text[i] >= 0x40 && text[i] <= 0x7e); i++)
                ;
        } else if (text[i + 1] == ']') {
            for (i += 2; i < len && text[i] != 7 && text[i] != 27; i++)
                ;
            if (i + 1 < len && text[i] == 27 && text[i + 1] == '\\')
                i++;
        } else {
            i++;
        }
    }
    return to;
}

void pager_add(struct pager *pager, int64_t time, const char *text, size_t len)
{
    if (len > PAGER_BYTES / 8)
        len = PAGER_BYTES / 8;
    while (pager->count && (pager->count >= PAGER_LINES || pager->bytes + len > PAGER_BYTES))
        drop_first(pager);
    if (pager->count == pager->cap) {
        size_t cap = pager->cap ? pager->cap * 2 : 64;
        struct pager_line *lines = xcalloc(cap, sizeof *lines);
        for (size_t i = 0; i < pager->count; i++)
            lines[i] = *line_at(pager, i);
        free(pager->lines);
        pager->lines = lines;
        pager->cap = cap;
        pager->first = 0;
    }
    struct pager_line *line = &pager->lines[(pager->first + pager->count++) % pager->cap];
    line->text = xmalloc(len + 1);
    memcpy(line->text, text, len);
    for (size_t i = 0; i < len; i++)
        if (!line->text[i])
            line->text[i] = 1; /* a NUL is shown as any other control byte is */
    len = strip_escapes(line->text, len);
    line->text[len] = '\0';
    line->text = xrealloc(line->text, len + 1);
    line->len = (uint32_t)len;
    line->time = time;
    pager->bytes += len;
}

void pager_add_text(struct pager *pager, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        pager_add(pager, 0, text, len);
        text += len + (text[len] == '\n');
    }
}

/* "key:" of YAML stands out, so do comments; the rest is as it is. */
static void draw_yaml(struct area area, int x, int y, const char *text)
{
    size_t at = strspn(text, " ");
    while (text[at] == '-' && text[at + 1] == ' ')
        at += 2;
    size_t key = at;
    /* Two blanks stand between the columns of a table, and in no key. */
    while (text[key] && text[key] != ':' && text[key] != '"' && text[key] != '#' && !(text[key] == ' ' && text[key + 1] == ' '))
        key++;
    draw_text(area, x, y, text[at] == '#' ? ROLE_DIM : ROLE_NORMAL, 0, text);
    if (text[key] == ':' && (text[key + 1] == ' ' || !text[key + 1])) {
        char head[512];
        snprintf(head, sizeof head, "%.*s", (int)MIN(key, sizeof head - 1), text);
        int cells = text_width(head);
        draw_style(area, x + (int)at, y, cells - (int)at, ROLE_KEY, 0);
    }
}

static void mark_matches(struct pager *pager, struct area area, int x, int y, const char *text)
{
    for (const char *at = text; pager->search[0] && (at = strcasestr(at, pager->search)); at += strlen(pager->search)) {
        char head[2048];
        snprintf(head, sizeof head, "%.*s", (int)MIN((size_t)(at - text), sizeof head - 1), text);
        draw_style(area, x + text_width(head), y, text_width(pager->search), ROLE_MATCH, 0);
    }
}

static int time_width(const struct pager *pager)
{
    return pager->times ? 13 : 0;
}

static int line_rows(const struct pager *pager, const struct pager_line *line, int w)
{
    if (!pager->wrap || w < 1)
        return 1;
    int cells = text_width(line->text);
    return MAX(1, (cells + w - 1) / w);
}

static int draw_line(struct pager *pager, struct area area, int y, const struct pager_line *line)
{
    int x = time_width(pager), w = area.w - 1 - x;
    if (x && line->time) {
        char text[TIME_TEXT];
        time_format(text, line->time, 3);
        draw_textf(area, 1, y, ROLE_DIM, 0, "%.12s", strlen(text) > 11 ? text + 11 : text);
    }
    struct area body = area_sub(area, 1 + x, y, w, area.h - y);
    if (!pager->wrap) {
        if (pager->yaml)
            draw_yaml(body, -pager->left, 0, line->text);
        else
            draw_text(body, -pager->left, 0, ROLE_NORMAL, 0, line->text);
        mark_matches(pager, body, -pager->left, 0, line->text);
        if (text_width(line->text) - pager->left > w)
            draw_char(body, w - 1, 0, ROLE_DIM, 0, 0x2026);
        return 1;
    }
    const char *at = line->text;
    int rows = 0;
    do {
        size_t n = text_clip(at, w);
        char *part = xstrndup(at, n);
        draw_text(body, 0, rows, ROLE_NORMAL, 0, part);
        mark_matches(pager, body, 0, rows, part);
        free(part);
        rows++;
        if (!n)
            break;
        at += n;
    } while (*at && rows < body.h);
    return rows;
}

/* The first line of the last page. */
static size_t last_top(const struct pager *pager, int w, int h)
{
    size_t top = pager->count;
    int rows = 0;
    while (top > 0) {
        rows += line_rows(pager, line_at(pager, top - 1), w);
        if (rows > h)
            break;
        top--;
    }
    return top == pager->count && top ? top - 1 : top;
}

void pager_draw(struct pager *pager, struct area area)
{
    int y = 0;
    if (pager->dropped && (pager->top == 0 || pager->follow))
        draw_textf(area, 1, y++, ROLE_DIM, 0, "… %zu older line%s dropped", pager->dropped,
                   pager->dropped == 1 ? "" : "s");
    size_t most = last_top(pager, area.w - 1 - time_width(pager), area.h - y);
    if (pager->follow || pager->top > most)
        pager->top = most;
    size_t i = pager->top;
    for (; i < pager->count && y < area.h; i++)
        y += draw_line(pager, area, y, line_at(pager, i));
    pager->page = MAX(1, i - pager->top);
}

static bool search_from(struct pager *pager, size_t from, int step)
{
    pager->no_match = false;
    if (!pager->search[0])
        return true;
    for (size_t i = 0; i < pager->count; i++) {
        size_t at = (from + pager->count + (step > 0 ? i : pager->count - i)) % pager->count;
        if (strcasestr(line_at(pager, at)->text, pager->search)) {
            pager->top = at;
            pager->follow = false;
            return true;
        }
    }
    pager->no_match = true;
    return false;
}

void pager_search(struct pager *pager, const char *text, bool done UNUSED)
{
    snprintf(pager->search, sizeof pager->search, "%s", str_or_empty(text));
    pager->no_match = false;
    if (text && *text && pager->count)
        search_from(pager, pager->top, 1);
}

static void scroll(struct pager *pager, long by)
{
    long top = (long)pager->top + by;
    pager->follow = false;
    pager->top = (size_t)MAX(0, MIN(top, (long)pager->count - 1));
    if (!pager->count)
        pager->top = 0;
}

static void copy_all(struct pager *pager, struct dashboard *dash)
{
    struct buf all;
    buf_init(&all, 1u << 20);
    for (size_t i = 0; i < pager->count; i++)
        buf_addf(&all, "%s\n", line_at(pager, i)->text);
    dashboard_copy(dash, all.data);
    buf_release(&all);
}

unsigned pager_command(struct pager *pager, struct dashboard *dash, int command)
{
    switch (command) {
    case PAGER_DOWN:
        scroll(pager, 1);
        return DID_CHANGE;
    case PAGER_UP:
        scroll(pager, -1);
        return DID_CHANGE;
    case PAGER_PGDN:
        scroll(pager, (long)pager->page);
        return DID_CHANGE;
    case PAGER_PGUP:
        scroll(pager, -(long)pager->page);
        return DID_CHANGE;
    case PAGER_TOP:
        pager->follow = false;
        pager->top = 0;
        pager->left = 0;
        return DID_CHANGE;
    case PAGER_BOTTOM:
        pager->top = pager->count;
        return DID_CHANGE;
    case PAGER_LEFT:
        pager->left = MAX(0, pager->left - 8);
        return DID_CHANGE;
    case PAGER_RIGHT:
        pager->left += 8;
        return DID_CHANGE;
    case PAGER_NEXT:
    case PAGER_PREV:
        if (!pager->search[0])
            dashboard_say(dash, ROLE_DIM, "nothing is searched for; / searches");
        else if (!search_from(pager, pager->top + (command == PAGER_NEXT ? 1 : pager->count - 1), command == PAGER_NEXT ? 1 : -1))
            dashboard_say(dash, ROLE_WARNING, "'%s' is not in this text", pager->search);
        return DID_CHANGE;
    case PAGER_WRAP:
        pager->wrap = !pager->wrap;
        pager->left = 0;
        return DID_CHANGE;
    case PAGER_COPY:
        copy_all(pager, dash);
        return DID_CHANGE;
    default:
        return DID_NOTHING;
    }
}

unsigned pager_mouse(struct pager *pager, const struct key *key)
{
    if (key->code != K_WHEEL_UP && key->code != K_WHEEL_DOWN)
        return DID_NOTHING;
    scroll(pager, key->code == K_WHEEL_UP ? -3 : 3);
    return DID_CHANGE;
}

void pager_summary(const struct pager *pager, char *out, size_t size)
{
    size_t end = MIN(pager->top + pager->page, pager->count);
    int n = pager->count ? snprintf(out, size, "%zu-%zu/%zu", pager->top + 1, end, pager->count)
                         : snprintf(out, size, "empty");
    if (pager->search[0] && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, " /%s%s", pager->search, pager->no_match ? " (not found)" : "");
}
