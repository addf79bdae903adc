#include "ui/chooser.h"

#include <ctype.h>

#include "base/text.h"

struct chooser {
    struct dashboard *dash;
    char *title, *empty;
    struct chooser_item *items;
    size_t count;
    size_t *shown; /* indexes of items */
    size_t shown_count, at, top;
    struct prompt prompt;
    chosen_fn chosen;
    void *data;
    void (*free_data)(void *);
    int list_h;
};

int fuzzy_match(const char *pattern, const char *text)
{
    int score = 1;
    bool run = false;
    const char *start = text;
    for (; *pattern; pattern++) {
        if (*pattern == ' ')
            continue;
        const char *at = text;
        while (*at && tolower((unsigned char)*at) != tolower((unsigned char)*pattern))
            at++;
        if (!*at)
            return 0;
        bool word = at == start || at[-1] == '-' || at[-1] == ' ' || at[-1] == '.';
        score += 1 + (run && at == text ? 4 : 0) + (word ? 3 : 0) + (at == start ? 3 : 0);
        run = true;
        text = at + 1;
    }
    return score;
}

/* While something is typed the best come first; else the order and the groups given. */
static void narrow(struct chooser *chooser)
{
    const char *pattern = chooser->prompt.text.data;
    int *scores = xcalloc(chooser->count + 1, sizeof *scores);
    chooser->shown_count = 0;
    for (size_t i = 0; i < chooser->count; i++) {
        int name = fuzzy_match(pattern, chooser->items[i].name) * 2;
        int title = chooser->items[i].title ? fuzzy_match(pattern, chooser->items[i].title) : 0;
        scores[i] = MAX(name, title);
        if (!scores[i])
            continue;
        size_t at = chooser->shown_count++;
        for (; *pattern && at > 0 && scores[chooser->shown[at - 1]] < scores[i]; at--)
            chooser->shown[at] = chooser->shown[at - 1];
        chooser->shown[at] = i;
    }
    chooser->at = chooser->top = 0;
    free(scores);
}

static bool grouped(const struct chooser *chooser)
{
    return !chooser->prompt.text.len;
}

static int help_width(int w)
{
    return w >= 70 ? w - 34 : 0;
}

static void chooser_size(void *state, int max_w, int max_h, int *w, int *h)
{
    const struct chooser *chooser = state;
    *w = MIN(max_w, 96);
    *h = MIN(max_h, (int)MAX(chooser->count + 10, (size_t)20));
}

static void draw_help(struct area area, const char *help)
{
    int y = 0;
    while (help && *help && y < area.h) {
        size_t n = strcspn(help, "\n"), at = 0;
        bool head = y == 0 || help[0] != ' ';
        while (at < n || (n == 0 && at == 0)) {
            char *line = xstrndup(help + at, n - at);
            size_t fit = text_break(line, area.w);
            line[fit] = '\0';
            draw_text(area, 0, y++, head ? ROLE_NORMAL : ROLE_DIM, 0, line);
            free(line);
            at += fit;
            at += at < n && help[at] == ' ';
            if (n == 0 || y >= area.h)
                break;
        }
        help += n + (help[n] == '\n');
    }
}

/* Rows of the list with the names of groups between; the one at the cursor is kept on the screen. */
static void draw_items(struct chooser *chooser, struct area area)
{
    int rows = 0, at_row = 0, y = 0;
    const char *group = NULL;
    for (size_t i = 0; i < chooser->shown_count; i++) {
        const struct chooser_item *item = &chooser->items[chooser->shown[i]];
        if (grouped(chooser) && item->group && !str_eq(group, item->group))
            rows++;
        group = item->group;
        if (i == chooser->at)
            at_row = rows;
        rows++;
    }
    int top = MAX(0, MIN((int)chooser->top, at_row - (chooser->at == 0 ? 1 : 0)));
    top = MAX(top, at_row - area.h + 1);
    chooser->top = (size_t)top;
    y = -top;
    group = NULL;
    for (size_t i = 0; i < chooser->shown_count; i++) {
        const struct chooser_item *item = &chooser->items[chooser->shown[i]];
        if (grouped(chooser) && item->group && !str_eq(group, item->group))
            draw_text(area, 0, y++, ROLE_DIM, 0, item->group);
        group = item->group;
        unsigned attr = i == chooser->at ? ATTR_SELECTED : 0;
        char text[256];
        snprintf(text, sizeof text, " %s", item->name);
        draw_field(area, 0, y, area.w, i == chooser->at ? ROLE_TITLE : ROLE_NORMAL, attr, text);
        y++;
    }
    chooser->list_h = area.h;
}

static void chooser_draw(void *state, struct area area)
{
    struct chooser *chooser = state;
    int side = help_width(area.w), left = side ? area.w - side - 5 : area.w - 4;
    draw_frame(area, ROLE_FOCUS, 0, chooser->title, ROLE_TITLE);
    draw_char(area, 2, 1, ROLE_KEY, 0, '/');
    struct area list = area_sub(area, 2, 3, left, area.h - 4);
    if (!chooser->shown_count)
        draw_help(area_sub(area, 2, 3, area.w - 4, area.h - 4),
                  chooser->count ? "nothing here matches what is typed" : chooser->empty);
    draw_items(chooser, list);
    if (side && chooser->shown_count) {
        const struct chooser_item *item = &chooser->items[chooser->shown[chooser->at]];
        draw_vline(area, left + 3, 2, area.h - 3, ROLE_BORDER, 0x2502);
        struct area help = area_sub(area, left + 5, 2, area.w - left - 7, area.h - 3);
        int y = item->title ? (draw_text(help, 0, 0, ROLE_TITLE, 0, item->title), 2) : 0;
        draw_help(area_sub(help, 0, y, help.w, help.h - y), item->help);
    }
    prompt_draw(&chooser->prompt, area, 4, 1, left - 2, ROLE_INPUT);
}

static void move(struct chooser *chooser, int by)
{
    long at = (long)chooser->at + by, last = (long)chooser->shown_count - 1;
    chooser->at = (size_t)MAX(0, MIN(at, last));
}

static unsigned click(struct chooser *chooser, const struct key *key)
{
    int y = 3 - (int)chooser->top;
    const char *group = NULL;
    for (size_t i = 0; i < chooser->shown_count; i++) {
        const struct chooser_item *item = &chooser->items[chooser->shown[i]];
        if (grouped(chooser) && item->group && !str_eq(group, item->group))
            y++;
        group = item->group;
        if (y++ == key->y && key->y >= 3)
            chooser->at = i;
    }
    return DID_CHANGE;
}

static unsigned chooser_key(void *state, const struct key *key)
{
    struct chooser *chooser = state;
    static const struct binding keys[] = {
        {"Down ^N Tab", 1}, {"Up ^P S-Tab", 2}, {"PgDn", 3}, {"PgUp", 4}, {"Enter", 5}, {"Esc ^C", 6}, {NULL},
    };
    const struct binding *binding = binding_find(keys, key);
    switch (binding ? binding->command : 0) {
    case 1: move(chooser, 1); return DID_CHANGE;
    case 2: move(chooser, -1); return DID_CHANGE;
    case 3: move(chooser, MAX(chooser->list_h - 1, 1)); return DID_CHANGE;
    case 4: move(chooser, -MAX(chooser->list_h - 1, 1)); return DID_CHANGE;
    case 5:
        if (!chooser->shown_count)
            return DID_CHANGE;
        chooser->chosen(chooser->data, chooser->items[chooser->shown[chooser->at]].name);
        return DID_CLOSE;
    case 6: return DID_CLOSE;
    default: break;
    }
    if (key->code == K_WHEEL_UP || key->code == K_WHEEL_DOWN) {
        move(chooser, key->code == K_WHEEL_UP ? -3 : 3);
        return DID_CHANGE;
    }
    if (key->code == K_CLICK)
        return click(chooser, key);
    if (prompt_key(&chooser->prompt, key) == PROMPT_EDITED)
        narrow(chooser);
    return DID_CHANGE;
}

static void chooser_free(void *state)
{
    struct chooser *chooser = state;
    for (size_t i = 0; i < chooser->count; i++) {
        free(chooser->items[i].name);
        free(chooser->items[i].title);
        free(chooser->items[i].group);
        free(chooser->items[i].help);
    }
    if (chooser->free_data)
        chooser->free_data(chooser->data);
    prompt_release(&chooser->prompt);
    free(chooser->items);
    free(chooser->shown);
    free(chooser->title);
    free(chooser->empty);
    free(chooser);
}

static const struct overlay chooser_overlay = {
    .size = chooser_size,
    .draw = chooser_draw,
    .key = chooser_key,
    .free = chooser_free,
    .hints = "Enter take  Up/Down choose  Esc away  type to narrow",
};

void chooser_open(struct dashboard *dash, const char *title, struct chooser_item *items, size_t count,
                  const char *empty, chosen_fn chosen, void *data, void (*free_data)(void *))
{
    struct chooser *chooser = xcalloc(1, sizeof *chooser);
    chooser->dash = dash;
    chooser->title = xstrdup(title);
    chooser->empty = xstrdup(empty);
    chooser->items = items;
    chooser->count = count;
    chooser->shown = xcalloc(count + 1, sizeof *chooser->shown);
    chooser->chosen = chosen;
    chooser->data = data;
    chooser->free_data = free_data;
    prompt_init(&chooser->prompt, "", NULL, NULL, NULL);
    narrow(chooser);
    dashboard_push(dash, &chooser_overlay, chooser);
}
