#include "ui/view.h"

#include "base/text.h"
#include "ui/dashboard_private.h"
#include "ui/pager.h"
#include "ui/replay.h"
#include "ui/table.h"

/* Read from the tables that also do the work, so that it cannot be wrong. */
struct help_line {
    enum { HELP_BLANK, HELP_HEADING, HELP_ROW } kind;
    const struct binding *binding; /* NULL: a command */
    char left[32], text[96];
};

struct help {
    struct dashboard *dash;
    const struct view *view;
    struct help_line *lines;
    size_t count, cap;
    size_t top, page, shown; /* as it was drawn last: in columns more than a page */
};

static void add(struct help *help, int kind, const char *left, const char *text)
{
    GROW(help->lines, help->count, help->cap);
    struct help_line *line = &help->lines[help->count++];
    *line = (struct help_line){.kind = kind};
    snprintf(line->left, sizeof line->left, "%s", str_or_empty(left));
    snprintf(line->text, sizeof line->text, "%s", str_or_empty(text));
}

/* `but`: keys that mean something else here are left out. */
static void add_bindings(struct help *help, const struct binding *table, const struct binding *but)
{
    for (; table && table->keys; table++) {
        const char *keys = binding_keys(table), *first = keys;
        struct key key;
        if (!table->help || !key_next(&first, &key) || binding_find(but, &key))
            continue;
        add(help, HELP_ROW, keys, table->help);
        help->lines[help->count - 1].binding = table;
    }
}

static void add_commands(struct help *help)
{
    char name[64];
    for (const struct view_command *c = help->view->commands; c && c->name; c++) {
        snprintf(name, sizeof name, ":%s %s", c->name, str_or_empty(c->args));
        add(help, HELP_ROW, name, c->help);
    }
    size_t count;
    const struct command_help *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, ":%s %s", table[i].name, table[i].args);
        add(help, HELP_ROW, name, table[i].help);
    }
}

static void help_retarget(void *state, const struct target *target)
{
    struct help *help = state;
    const struct view *view = target && target->name ? view_find(target->name) : NULL;
    help->view = view ? view : &view_help;
    help->count = help->top = 0;
    if (help->view != &view_help) {
        add(help, HELP_HEADING, NULL, *help->view->title ? help->view->title : help->view->name);
        add_bindings(help, help->view->bindings, NULL);
        add_bindings(help, help->view->more_bindings, NULL);
        add(help, HELP_BLANK, NULL, NULL);
    }
    if (dashboard_model(help->dash)->replay.on) {
        add(help, HELP_HEADING, NULL, "In a recording");
        add_bindings(help, replay_bindings, NULL);
        add(help, HELP_ROW, ":jump TIME", "to 02:14, 02:14:07, +5m, -30s, first, last");
        add(help, HELP_ROW, ":speed N", "so much faster than it was; 0.5 slower");
        add(help, HELP_BLANK, NULL, NULL);
    }
    if (help->view->complete == table_complete) {
        add(help, HELP_HEADING, NULL, "Filter, behind /: all words must hold");
        for (const struct filter_help *f = filter_help; f->word; f++)
            add(help, HELP_ROW, f->word, f->help);
        add(help, HELP_BLANK, NULL, NULL);
    }
    add(help, HELP_HEADING, NULL, "Everywhere");
    for (size_t i = 0; view_table[i]; i++)
        if (view_table[i]->digit || view_table[i]->list) {
            char left[32];
            snprintf(left, sizeof left, "%c :%s", view_table[i]->digit ? view_table[i]->digit : ' ', view_table[i]->name);
            add(help, HELP_ROW, left, view_table[i]->title);
        }
    add_bindings(help, dashboard_bindings, help->view->bindings);
    add(help, HELP_BLANK, NULL, NULL);
    add(help, HELP_HEADING, NULL, "Commands");
    add_commands(help);
}

static void *help_open(struct dashboard *dash, const struct target *target)
{
    struct help *help = xcalloc(1, sizeof *help);
    help->dash = dash;
    help_retarget(help, target);
    return help;
}

static void help_close(void *state)
{
    struct help *help = state;
    free(help->lines);
    free(help);
}

static int draw_keys(struct area area, int x, int y, bool enabled, const char *keys)
{
    for (const char *at = keys; *at;) {
        char key[32];
        size_t n = strcspn(at, " ");
        snprintf(key, sizeof key, "%.*s", (int)n, at);
        enum role role = !enabled ? ROLE_DISABLED
                         : at[0] == ':' || at == keys || keys[0] != ':' ? ROLE_KEY : ROLE_DIM;
        x = draw_text(area, x, y, role, 0, key) + 1;
        at += n + strspn(at + n, " ");
    }
    return x;
}

/* In columns where the terminal is wide: a page more is a page not scrolled. */
static void help_draw(void *state, struct area area)
{
    struct help *help = state;
    int columns = area.w >= 180 ? 3 : area.w >= 118 ? 2 : 1, width = (area.w - 1) / columns;
    int left = 16; /* with it every line is whole in two columns of 120 cells */
    size_t rows = (size_t)MAX(area.h, 1);
    help->page = rows;
    size_t shown = help->shown = rows * (size_t)columns;
    if (help->top + shown > help->count)
        help->top = help->count > shown ? help->count - shown : 0;
    for (size_t i = 0; i < shown && help->top + i < help->count; i++) {
        const struct help_line *line = &help->lines[help->top + i];
        struct area column = area_sub(area, 1 + (int)(i / rows) * width, 0, width - 2, area.h);
        int y = (int)(i % rows);
        if (line->kind == HELP_HEADING) {
            draw_text(column, 0, y, ROLE_TITLE, 0, line->text);
        } else if (line->kind == HELP_ROW) {
            struct err why = ERR_INIT;
            bool enabled = !line->binding || dashboard_may(help->dash, help->view, line->binding, &why) == 0;
            int x = draw_keys(column, 2, y, enabled, line->left);
            x = MAX(x + 1, 2 + left);
            draw_field(column, x, y, column.w - x, enabled ? ROLE_NORMAL : ROLE_DISABLED, 0, line->text);
        }
    }
}

static void scroll(struct help *help, long by)
{
    long top = (long)help->top + by;
    help->top = (size_t)MAX(0, MIN(top, (long)help->count - 1));
}

static unsigned help_key(void *state, const struct key *key)
{
    struct help *help = state;
    if (key->code != K_WHEEL_UP && key->code != K_WHEEL_DOWN)
        return key_is(key, "?") || key_is(key, "F1") ? DID_CLOSE : DID_NOTHING;
    scroll(help, key->code == K_WHEEL_UP ? -3 : 3);
    return DID_CHANGE;
}

enum { HELP_DOWN = 1, HELP_UP, HELP_PGDN, HELP_PGUP, HELP_CLOSE };

static const struct binding bindings[] = {
    {"Esc", HELP_CLOSE, "back", NULL},
    {"j Down", HELP_DOWN, "scroll", "down"},
    {"k Up", HELP_UP, NULL, "up"},
    {"^F PgDn Space", HELP_PGDN, NULL, "a page down"},
    {"^B PgUp", HELP_PGUP, NULL, "a page up"},
    {NULL},
};

static unsigned help_command(void *state, int command, const struct key *key UNUSED)
{
    struct help *help = state;
    long page = (long)help->page;
    static const struct { int command; int sign; bool page; } moves[] = {
        {HELP_DOWN, 1, false}, {HELP_UP, -1, false}, {HELP_PGDN, 1, true}, {HELP_PGUP, -1, true}};
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
        if (moves[i].command == command)
            scroll(help, moves[i].sign * (moves[i].page ? page : 1));
    return command == HELP_CLOSE ? DID_CLOSE : DID_CHANGE;
}

static void help_summary(void *state, char *out, size_t size)
{
    const struct help *help = state;
    size_t end = MIN(help->top + help->shown, help->count);
    int n = snprintf(out, size, "%s", help->view == &view_help ? "" : help->view->title);
    if (help->shown && end - help->top < help->count) /* there is more than is seen */
        snprintf(out + n, size - (size_t)n, "%s%zu-%zu/%zu", n ? "  " : "", help->top + 1, end, help->count);
}

const struct view view_help = {
    .name = "help",
    .title = "Help",
    .words = "h",
    .bindings = bindings,
    .open = help_open,
    .close = help_close,
    .draw = help_draw,
    .key = help_key,
    .command = help_command,
    .retarget = help_retarget,
    .summary = help_summary,
};
