#include "ui/choice.h"

#include <ctype.h>

#include "base/diff.h"
#include "base/secret.h"
#include "base/text.h"

#define AROUND 2         /* lines that are the same, shown before and after those that differ */
#define LINES_MAX 2000   /* of a difference; how many more differ is said */

struct button {
    char key;
    char *label;
    void (*take)(void *data);
};

struct dialog {
    struct overlay overlay; /* its hints are its own */
    char *title, *text;
    struct choice_lines lines;
    int width;
    struct button *buttons;
    size_t count, at;
    size_t top, page;
    void *data;
    void (*free_data)(void *);
};

void choice_lines_add(struct choice_lines *lines, enum role role, const char *fmt, ...)
{
    struct buf text, masked;
    va_list ap;
    buf_init(&text, 4096);
    buf_init(&masked, 4096);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    secret_mask(&masked, text.data);
    GROW(lines->items, lines->count, lines->cap);
    lines->items[lines->count++] = (struct choice_line){role, buf_take(&masked)};
    buf_release(&text);
    buf_release(&masked);
}

void choice_lines_release(struct choice_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i].text);
    free(lines->items);
    *lines = (struct choice_lines){0};
}

/* Whether a line is one that differs, or near one. */
static bool is_shown(const struct diff *diff, size_t i)
{
    size_t from = i > AROUND ? i - AROUND : 0, to = MIN(i + AROUND, diff->count - 1);
    for (size_t k = from; k <= to; k++)
        if (diff->lines[k].sign != ' ')
            return true;
    return false;
}

void choice_lines_add_difference(struct choice_lines *lines, const char *before, size_t before_len, const char *after,
                                 size_t after_len)
{
    struct diff diff;
    size_t shown = 0, left_out = 0;
    bool gap = true;
    diff_make(&diff, before, before_len, after, after_len);
    for (size_t i = 0; i < diff.count; i++) {
        const struct diff_line *line = &diff.lines[i];
        if (!is_shown(&diff, i)) {
            gap = true;
            continue;
        }
        if (shown++ >= LINES_MAX) {
            left_out += line->sign != ' ';
            continue;
        }
        if (gap)
            choice_lines_add(lines, ROLE_DIM, "line %zu", line->number);
        gap = false;
        enum role role = line->sign == '-' ? ROLE_BAD : line->sign == '+' ? ROLE_GOOD : ROLE_DIM;
        choice_lines_add(lines, role, "%c %.*s", line->sign, (int)MIN(line->len, 2000), line->text);
    }
    if (left_out)
        choice_lines_add(lines, ROLE_WARNING, "and %zu more lines that differ", left_out);
    if (!diff.changed)
        choice_lines_add(lines, ROLE_DIM, "only line breaks differ");
    diff_release(&diff);
}

static int text_lines(const char *text, int *widest)
{
    int count = 0;
    *widest = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = xstrndup(text, n);
        *widest = MAX(*widest, text_width(line));
        free(line);
        count++;
        text += n + (text[n] == '\n');
    }
    return count;
}

static int buttons_width(const struct dialog *dialog)
{
    int w = 0;
    for (size_t i = 0; i < dialog->count; i++)
        w += text_width(dialog->buttons[i].label) + 6;
    return w;
}

static void dialog_size(void *state, int max_w, int max_h, int *w, int *h)
{
    const struct dialog *dialog = state;
    int widest, rows = text_lines(dialog->text, &widest);
    widest = MAX(MAX(MAX(widest, dialog->width), text_width(dialog->title) + 4), buttons_width(dialog));
    for (size_t i = 0; i < dialog->lines.count; i++)
        widest = MAX(widest, text_width(dialog->lines.items[i].text));
    *w = MIN(max_w, widest + 6);
    *h = MIN(max_h, rows + (dialog->lines.count ? (int)MIN(dialog->lines.count, 1000) + 1 : 0) + 6);
}

static void draw_buttons(const struct dialog *dialog, struct area area)
{
    int x = 3;
    for (size_t i = 0; i < dialog->count; i++)
        x = draw_button(area, x, area.h - 3, dialog->buttons[i].label, i == dialog->at) + 2;
}

static void dialog_draw(void *state, struct area area)
{
    struct dialog *dialog = state;
    const struct choice_lines *lines = &dialog->lines;
    draw_frame(area, ROLE_WARNING, 0, dialog->title, ROLE_TITLE);
    int y = 2;
    for (const char *at = dialog->text; *at && y < area.h - 4;) {
        size_t n = strcspn(at, "\n");
        char *line = xstrndup(at, n);
        draw_field(area, 3, y++, area.w - 6, ROLE_DIALOG, 0, line);
        free(line);
        at += n + (at[n] == '\n');
    }
    draw_buttons(dialog, area);
    y++;
    size_t rows = (size_t)MAX(area.h - 4 - y, 1);
    size_t last = lines->count > rows ? lines->count - rows : 0;
    dialog->page = rows;
    dialog->top = MIN(dialog->top, last);
    for (size_t i = 0; i < rows && dialog->top + i < lines->count && y + (int)i < area.h - 3; i++) {
        const struct choice_line *line = &lines->items[dialog->top + i];
        draw_field(area, 3, y + (int)i, area.w - 6, line->role, 0, line->text);
    }
    if (last)
        draw_textf(area, area.w - 18, area.h - 1, ROLE_DIM, 0, " %zu-%zu/%zu ", dialog->top + 1,
                   MIN(dialog->top + rows, lines->count), lines->count);
}

static void scroll(struct dialog *dialog, long by)
{
    long top = (long)dialog->top + by;
    dialog->top = (size_t)MAX(top, 0); /* its other bound is set by the next draw */
}

static bool is_key(const struct button *button, const struct key *key)
{
    return !key->mods && key->code < 0x80 && tolower((int)key->code) == button->key;
}

static unsigned take(struct dialog *dialog, size_t at)
{
    if (dialog->buttons[at].take)
        dialog->buttons[at].take(dialog->data);
    return DID_CLOSE;
}

static unsigned dialog_key(void *state, const struct key *key)
{
    struct dialog *dialog = state;
    enum { TAKE = 1, CLOSE, NEXT, PREV, DOWN, UP, PAGE_DOWN, PAGE_UP };
    static const struct binding keys[] = {
        {"Enter", TAKE}, {"Esc q ^C", CLOSE}, {"Tab Right l", NEXT}, {"S-Tab Left h", PREV}, {"j Down", DOWN},
        {"k Up", UP}, {"PgDn ^F Space", PAGE_DOWN}, {"PgUp ^B", PAGE_UP}, {NULL},
    };
    for (size_t i = 0; i < dialog->count; i++)
        if (is_key(&dialog->buttons[i], key))
            return take(dialog, i);
    if (key->code == K_WHEEL_DOWN || key->code == K_WHEEL_UP)
        scroll(dialog, key->code == K_WHEEL_DOWN ? 3 : -3);
    const struct binding *binding = binding_find(keys, key);
    switch (binding ? binding->command : 0) {
    case TAKE: return take(dialog, dialog->at);
    case CLOSE: return DID_CLOSE;
    case NEXT: dialog->at = (dialog->at + 1) % dialog->count; break;
    case PREV: dialog->at = (dialog->at + dialog->count - 1) % dialog->count; break;
    case DOWN: scroll(dialog, 1); break;
    case UP: scroll(dialog, -1); break;
    case PAGE_DOWN: scroll(dialog, (long)dialog->page); break;
    case PAGE_UP: scroll(dialog, -(long)dialog->page); break;
    default: break;
    }
    return DID_CHANGE;
}

static void dialog_free(void *state)
{
    struct dialog *dialog = state;
    if (dialog->free_data)
        dialog->free_data(dialog->data);
    choice_lines_release(&dialog->lines);
    for (size_t i = 0; i < dialog->count; i++)
        free(dialog->buttons[i].label);
    free(dialog->buttons);
    free(dialog->title);
    free(dialog->text);
    free(dialog);
}

void choice_open(struct dashboard *dash, const struct choice_dialog *what)
{
    struct dialog *dialog = xcalloc(1, sizeof *dialog);
    *dialog = (struct dialog){.overlay = {.size = dialog_size, .draw = dialog_draw, .key = dialog_key,
                                          .free = dialog_free, .hints = what->hints},
                              .title = xstrdup(what->title), .text = xstrdup(what->text), .lines = what->lines,
                              .width = what->width, .data = what->data, .free_data = what->free_data};
    size_t cap = 0;
    for (const struct choice *choice = what->choices; choice->label; choice++) {
        GROW(dialog->buttons, dialog->count, cap);
        dialog->buttons[dialog->count++] = (struct button){choice->key, xstrdup(choice->label), choice->take};
    }
    dashboard_push(dash, &dialog->overlay, dialog);
}

void dashboard_confirm(struct dashboard *dash, const char *title, const char *text, const char *yes_label,
                       answer_fn yes, void *data, void (*free_data)(void *))
{
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = text,
        .choices = (const struct choice[]){{'n', "No", NULL}, {'y', yes_label, yes}, {0}},
        .hints = "y yes  n no  Tab choose  Enter take",
        .data = data,
        .free_data = free_data,
    });
}
