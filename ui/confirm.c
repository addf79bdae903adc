#include "ui/dashboard_private.h"

#include "base/text.h"

struct confirm {
    char *title, *text, *yes_label;
    answer_fn yes;
    void *data;
    void (*free_data)(void *);
    bool on_yes;
};

static void lines_of(const char *text, int *w, int *h)
{
    *w = 0;
    *h = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = xstrndup(text, n);
        *w = MAX(*w, text_width(line));
        free(line);
        (*h)++;
        text += n + (text[n] == '\n');
    }
}

static void confirm_size(void *state, int max_w, int max_h, int *w, int *h)
{
    const struct confirm *confirm = state;
    int text_w, text_h;
    lines_of(confirm->text, &text_w, &text_h);
    int buttons = text_width(confirm->yes_label) + 16;
    *w = MIN(max_w, MAX(MAX(text_w, buttons), text_width(confirm->title) + 2) + 6);
    *h = MIN(max_h, text_h + 6);
}

static void confirm_draw(void *state, struct area area)
{
    const struct confirm *confirm = state;
    draw_frame(area, ROLE_WARNING, 0, confirm->title, ROLE_TITLE);
    int y = 2;
    for (const char *at = confirm->text; *at && y < area.h - 3;) {
        size_t n = strcspn(at, "\n");
        char *line = xstrndup(at, n);
        draw_field(area, 3, y++, area.w - 6, ROLE_DIALOG, 0, line);
        free(line);
        at += n + (at[n] == '\n');
    }
    int x = draw_button(area, 3, area.h - 3, "No", !confirm->on_yes);
    draw_button(area, x + 2, area.h - 3, confirm->yes_label, confirm->on_yes);
}

static unsigned confirm_key(void *state, const struct key *key)
{
    struct confirm *confirm = state;
    if (key_is(key, "y") || key_is(key, "Y") || (key_is(key, "Enter") && confirm->on_yes)) {
        confirm->yes(confirm->data);
        return DID_CLOSE;
    }
    if (key_is(key, "n") || key_is(key, "N") || key_is(key, "Esc") || key_is(key, "q") || key_is(key, "^C") ||
        key_is(key, "Enter"))
        return DID_CLOSE;
    if (key_is(key, "Tab") || key_is(key, "S-Tab") || key_is(key, "Left") || key_is(key, "Right") ||
        key_is(key, "h") || key_is(key, "l"))
        confirm->on_yes = !confirm->on_yes;
    return DID_CHANGE;
}

static void confirm_free(void *state)
{
    struct confirm *confirm = state;
    if (confirm->free_data)
        confirm->free_data(confirm->data);
    free(confirm->title);
    free(confirm->text);
    free(confirm->yes_label);
    free(confirm);
}

static const struct overlay confirm_overlay = {
    .size = confirm_size,
    .draw = confirm_draw,
    .key = confirm_key,
    .free = confirm_free,
    .hints = "y yes  n no  Tab choose  Enter take",
};

void dashboard_confirm(struct dashboard *dash, const char *title, const char *text, const char *yes_label,
                       answer_fn yes, void *data, void (*free_data)(void *))
{
    struct confirm *confirm = xcalloc(1, sizeof *confirm);
    confirm->title = xstrdup(title);
    confirm->text = xstrdup(text);
    confirm->yes_label = xstrdup(yes_label);
    confirm->yes = yes;
    confirm->data = data;
    confirm->free_data = free_data;
    dashboard_push(dash, &confirm_overlay, confirm);
}
