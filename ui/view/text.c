#include "ui/view.h"

#include "ui/pager.h"

/* YAML of an object, and any other text that is only read. */
struct text {
    struct dashboard *dash;
    struct pager pager;
    char *title;
};

static const struct binding bindings[] = {{"Esc", 0, "back", NULL}, {NULL}};

static void text_retarget(void *state, const struct target *target)
{
    struct text *text = state;
    pager_clear(&text->pager);
    pager_search(&text->pager, NULL, true);
    free(text->title);
    text->title = xstrdup(target && target->title ? target->title : "");
    if (target && target->text)
        pager_add_text(&text->pager, target->text);
}

static void *text_open(struct dashboard *dash, const struct target *target)
{
    struct text *text = xcalloc(1, sizeof *text);
    text->dash = dash;
    pager_init(&text->pager);
    text->pager.yaml = true;
    text_retarget(text, target);
    return text;
}

static void text_close(void *state)
{
    struct text *text = state;
    pager_release(&text->pager);
    free(text->title);
    free(text);
}

static void text_draw(void *state, struct area area)
{
    struct text *text = state;
    if (!text->pager.count)
        draw_text(area, 1, 1, ROLE_DIM, 0, "nothing to show; y on an object shows it here");
    pager_draw(&text->pager, area);
}

static unsigned text_key(void *state, const struct key *key)
{
    struct text *text = state;
    if (key_is(key, "Esc") && text->pager.search[0]) {
        pager_search(&text->pager, NULL, true);
        return DID_CHANGE;
    }
    return pager_mouse(&text->pager, key);
}

static unsigned text_command(void *state, int command, const struct key *key UNUSED)
{
    struct text *text = state;
    return pager_command(&text->pager, text->dash, command);
}

static void text_summary(void *state, char *out, size_t size)
{
    struct text *text = state;
    char lines[256];
    pager_summary(&text->pager, lines, sizeof lines);
    snprintf(out, size, "%s  %s", text->title, lines);
}

static void text_filter(void *state, const char *what, bool done)
{
    struct text *text = state;
    pager_search(&text->pager, what, done);
}

const struct view view_text = {
    .name = "text",
    .title = "Text",
    .words = "yaml",
    .bindings = bindings,
    .more_bindings = pager_bindings,
    .open = text_open,
    .close = text_close,
    .draw = text_draw,
    .key = text_key,
    .command = text_command,
    .retarget = text_retarget,
    .summary = text_summary,
    .filter = text_filter,
};
