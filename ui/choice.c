#include "ui/choice.h"

#include <ctype.h>

#include "base/text.h"

struct button {
    char key;
    char *label;
    void (*take)(void *data);
};

struct dialog {
    struct overlay overlay; /* its hints are its own */
    struct choice_dialog is; /* as it was opened; of its texts and lines: */
    char *title, *text;
    struct choice_lines lines;
    struct button *buttons;
    size_t count, cap, at;
    size_t top, page;
    bool has_bar;
    size_t bar; /* the line it is on */
};

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
    widest = MAX(MAX(MAX(widest, dialog->is.width), text_width(dialog->title) + 4), buttons_width(dialog));
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
        if (dialog->has_bar && dialog->top + i == dialog->bar)
            draw_style(area, 2, y + (int)i, area.w - 4, -1, ATTR_SELECTED);
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

/* By so many lines: the bar, where there is one, and what is shown follows it. */
static void move(struct dialog *dialog, long by)
{
    if (!dialog->has_bar) {
        scroll(dialog, by);
        return;
    }
    long to = (long)dialog->bar + by, page = (long)MAX(dialog->page, 1), top = (long)dialog->top;
    to = MAX(MIN(to, (long)dialog->lines.count - 1), 0);
    dialog->bar = (size_t)to;
    dialog->top = (size_t)MIN(MAX(top, to - page + 1), to);
}

static const char *mark_at_bar(const struct dialog *dialog)
{
    return dialog->has_bar ? dialog->lines.items[dialog->bar].mark : NULL;
}

/* The bar begins on the first line with a mark, and stays on its line. */
static void place_bar(struct dialog *dialog)
{
    const struct choice_lines *lines = &dialog->lines;
    size_t first = 0;
    while (first < lines->count && !lines->items[first].mark)
        first++;
    if (!dialog->has_bar)
        dialog->bar = first;
    dialog->has_bar = first < lines->count;
    dialog->bar = MIN(dialog->bar, lines->count ? lines->count - 1 : 0);
}

static void forget_buttons(struct dialog *dialog)
{
    for (size_t i = 0; i < dialog->count; i++)
        free(dialog->buttons[i].label);
    dialog->count = 0;
}

/* Takes the lines. */
static void show(struct dialog *dialog, const struct choice_dialog *what)
{
    char chosen = dialog->count ? dialog->buttons[dialog->at].key : 0;
    choice_lines_release(&dialog->lines);
    forget_buttons(dialog);
    dialog->lines = what->lines;
    dialog->overlay.hints = what->hints;
    dialog->at = 0;
    for (const struct choice *choice = what->choices; choice->label; choice++) {
        if (choice->key == chosen)
            dialog->at = dialog->count;
        GROW(dialog->buttons, dialog->count, dialog->cap);
        dialog->buttons[dialog->count++] = (struct button){choice->key, xstrdup(choice->label), choice->take};
    }
    place_bar(dialog);
}

static void say_anew(struct dialog *dialog)
{
    struct choice_dialog now = {0};
    dialog->is.say(dialog->is.data, &now);
    show(dialog, &now);
}

static bool dialog_changed(void *state, unsigned mask)
{
    struct dialog *dialog = state;
    if (!dialog->is.changed || !dialog->is.changed(dialog->is.data, mask))
        return false;
    say_anew(dialog);
    return true;
}

static void space(struct dialog *dialog)
{
    const char *mark = mark_at_bar(dialog);
    if (!dialog->has_bar)
        scroll(dialog, (long)dialog->page);
    if (!mark)
        return;
    dialog->is.marked(dialog->is.data, mark);
    say_anew(dialog);
}

static bool is_key(const struct button *button, const struct key *key)
{
    return !key->mods && key->code < 0x80 && tolower((int)key->code) == button->key;
}

static unsigned take(struct dialog *dialog, size_t at)
{
    if (dialog->buttons[at].take)
        dialog->buttons[at].take(dialog->is.data);
    return DID_CLOSE;
}

static unsigned dialog_key(void *state, const struct key *key)
{
    struct dialog *dialog = state;
    enum { TAKE = 1, CLOSE, NEXT, PREV, DOWN, UP, PAGE_DOWN, PAGE_UP, SPACE };
    static const struct binding keys[] = {
        {"Enter", TAKE},
        {"Esc q ^C :", CLOSE},
        /* a command that is typed is none of the answers */ {"Tab Right l", NEXT},
        {"S-Tab Left h", PREV},
        {"j Down", DOWN},
        {"k Up", UP},
        {"PgDn ^F", PAGE_DOWN},
        {"PgUp ^B", PAGE_UP},
        {"Space", SPACE},
        {NULL},
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
    case DOWN: move(dialog, 1); break;
    case UP: move(dialog, -1); break;
    case PAGE_DOWN: move(dialog, (long)dialog->page); break;
    case PAGE_UP: move(dialog, -(long)dialog->page); break;
    case SPACE: space(dialog); break;
    default: break;
    }
    return DID_CHANGE;
}

static void dialog_free(void *state)
{
    struct dialog *dialog = state;
    if (dialog->is.free_data)
        dialog->is.free_data(dialog->is.data);
    choice_lines_release(&dialog->lines);
    forget_buttons(dialog);
    free(dialog->buttons);
    free(dialog->title);
    free(dialog->text);
    free(dialog);
}

void choice_open(struct dashboard *dash, const struct choice_dialog *what)
{
    struct dialog *dialog = xcalloc(1, sizeof *dialog);
    *dialog = (struct dialog){.overlay = {.size = dialog_size, .draw = dialog_draw, .key = dialog_key,
                                          .free = dialog_free, .changed = dialog_changed},
                              .is = *what, .title = xstrdup(what->title), .text = xstrdup(what->text)};
    if (what->say)
        say_anew(dialog);
    else
        show(dialog, what);
    dashboard_push(dash, &dialog->overlay, dialog);
}

void choice_confirm(struct dashboard *dash, const char *title, const char *text, struct choice_lines lines,
                    const char *yes_label, answer_fn yes, void *data, void (*free_data)(void *))
{
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = text,
        .choices = (const struct choice[]){{'n', "No", NULL}, {'y', yes_label, yes}, {0}},
        .hints = lines.count > 1 ? "y yes  n no  j scroll  Tab choose  Enter take" : "y yes  n no  Tab choose  Enter take",
        .lines = lines,
        .data = data,
        .free_data = free_data,
    });
}

void dashboard_confirm(struct dashboard *dash, const char *title, const char *text, const char *yes_label,
                       answer_fn yes, void *data, void (*free_data)(void *))
{
    choice_confirm(dash, title, text, (struct choice_lines){0}, yes_label, yes, data, free_data);
}
