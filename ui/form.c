#include "ui/form.h"

#include "base/text.h"

struct field {
    const struct param_type_info *param;
    struct prompt prompt; /* empty: the default */
    char *before;         /* its value when the form was opened; NULL: not set */
    char wrong[200];      /* what is wrong with it; "" when nothing is */
    int y;                /* as drawn last */
};

struct form {
    struct dashboard *dash;
    char *title;
    struct field *fields;
    size_t count, at;
    int top;
    form_set_fn set;
    form_done_fn done;
    void *data;
    void (*free_data)(void *);
};

/* Rows of a field: its line, and one for its help or its fault. */
#define FIELD_ROWS 3

static const char *typed(const struct field *field)
{
    return field->prompt.text.len ? field->prompt.text.data : NULL;
}

static void complete_choice(void *data, const char *line UNUSED, size_t cursor UNUSED, struct completions *out)
{
    const struct field *field = data;
    for (char **choice = field->param->choices; choice && *choice; choice++)
        completions_add(out, *choice);
    if (field->param->type == PARAM_BOOLEAN) {
        completions_add(out, "true");
        completions_add(out, "false");
    }
}

static void check(struct field *field)
{
    struct err err = ERR_INIT;
    const char *value = typed(field);
    field->wrong[0] = '\0';
    if (!value && field->param->required && !field->param->fallback)
        snprintf(field->wrong, sizeof field->wrong, "is required and has no default");
    else if (value && param_check(field->param, value, &err) < 0)
        snprintf(field->wrong, sizeof field->wrong, "%.199s", err.text);
}

static void form_size(void *state, int max_w, int max_h, int *w, int *h)
{
    const struct form *form = state;
    *w = MIN(max_w, 76);
    *h = MIN(max_h, (int)form->count * FIELD_ROWS + 4);
}

static void draw_hint_of(const struct field *field, struct area area, int x, int y, bool focus)
{
    char text[400], range[120];
    if (field->wrong[0]) {
        draw_field(area, x, y, area.w - x, ROLE_BAD, 0, field->wrong);
        return;
    }
    param_describe(field->param, range, sizeof range);
    snprintf(text, sizeof text, "%s%s%s", str_or_empty(field->param->help), field->param->help && *range ? "; " : "",
             range);
    draw_field(area, x, y, area.w - x, focus ? ROLE_NORMAL : ROLE_DIM, 0, text);
}

static void form_draw(void *state, struct area area)
{
    struct form *form = state;
    draw_frame(area, ROLE_FOCUS, 0, form->title, ROLE_TITLE);
    struct area in = area_sub(area, 2, 2, area.w - 4, area.h - 4);
    int label = 0;
    for (size_t i = 0; i < form->count; i++)
        label = MAX(label, text_width(form->fields[i].param->name));
    label = MIN(label, in.w / 3);
    int y = (int)form->at * FIELD_ROWS;
    form->top = MAX(MIN(form->top, y), y + FIELD_ROWS - in.h);
    const struct field *chosen = NULL;
    for (size_t i = 0; i < form->count; i++) {
        struct field *field = &form->fields[i];
        bool focus = i == form->at, changed = !str_eq(str_or_empty(typed(field)), str_or_empty(field->before));
        int row = (int)i * FIELD_ROWS - form->top, x = label + 3;
        field->y = row + 2;
        draw_field(in, 0, row, label, focus ? ROLE_FOCUS : ROLE_NORMAL, 0, field->param->name);
        draw_char(in, label + 1, row, changed ? ROLE_WARNING : ROLE_DIM, 0, changed ? '*' : ':');
        if (!typed(field) && !focus)
            draw_text(in,
                      draw_text(in, x, row, ROLE_DIM, 0, field->param->fallback ? field->param->fallback : "not set"),
                      row, ROLE_DIM, 0, field->param->fallback ? "  (default)" : "");
        else if (!focus)
            draw_field(in, x, row, in.w - x, ROLE_NORMAL, 0, field->prompt.text.data);
        else
            chosen = field;
        draw_hint_of(field, in, x, row + 1, focus);
    }
    if (!form->count)
        draw_text(in, 0, 0, ROLE_NORMAL, 0, "This type has no parameters.");
    if (!chosen)
        return;
    int row = chosen->y - 2, x = label + 3;
    draw_hline(in, x, row, in.w - x, ROLE_INPUT, ' ');
    prompt_draw((struct prompt *)&chosen->prompt, in, x, row, in.w - x, ROLE_INPUT);
    if (!typed(chosen) && chosen->param->fallback)
        draw_textf(in, x + 2, row, ROLE_DIM, 0, "%s  (default)", chosen->param->fallback);
}

/* Sets what was changed; the first fault keeps the form open. */
static unsigned take(struct form *form)
{
    size_t changed = 0;
    for (size_t i = 0; i < form->count; i++) {
        check(&form->fields[i]);
        if (form->fields[i].wrong[0]) {
            form->at = i;
            return DID_CHANGE;
        }
    }
    for (size_t i = 0; i < form->count; i++) {
        struct field *field = &form->fields[i];
        struct err err = ERR_INIT;
        if (str_eq(str_or_empty(typed(field)), str_or_empty(field->before)))
            continue;
        if (form->set(form->data, field->param->name, typed(field), &err) < 0) {
            form->at = i;
            snprintf(field->wrong, sizeof field->wrong, "%.199s", err.text);
            return DID_CHANGE;
        }
        free(field->before);
        field->before = typed(field) ? xstrdup(typed(field)) : NULL;
        changed++;
    }
    form->done(form->data, changed);
    return DID_CLOSE;
}

static unsigned form_key(void *state, const struct key *key)
{
    struct form *form = state;
    struct field *field = form->count ? &form->fields[form->at] : NULL;
    static const struct binding keys[] = {
        {"Down ^N", 1}, {"Up ^P S-Tab", 2}, {"Enter", 3}, {"Esc ^C", 4}, {"^S", 5}, {"Tab", 6}, {NULL},
    };
    const struct binding *binding = binding_find(keys, key);
    int command = binding ? binding->command : 0;
    /* Tab completes where there are choices, else it is the next field */
    bool choices = field && (field->param->choices || field->param->type == PARAM_BOOLEAN);
    if (command == 6)
        command = choices && prompt_key(&field->prompt, key) == PROMPT_EDITED ? 7 : 1;
    if (key->code == K_CLICK) {
        for (size_t i = 0; i < form->count; i++)
            if (key->y >= form->fields[i].y && key->y < form->fields[i].y + 2)
                form->at = i;
        return DID_CHANGE;
    }
    switch (command) {
    case 1: form->at = form->count ? (form->at + 1) % form->count : 0; break;
    case 2: form->at = form->count ? (form->at + form->count - 1) % form->count : 0; break;
    case 3:
    case 5: return take(form);
    case 4: return DID_CLOSE;
    case 7: check(field); break;
    default:
        if (field && prompt_key(&field->prompt, key) == PROMPT_EDITED)
            check(field);
        break;
    }
    return DID_CHANGE;
}

static void form_free(void *state)
{
    struct form *form = state;
    for (size_t i = 0; i < form->count; i++) {
        prompt_release(&form->fields[i].prompt);
        free(form->fields[i].before);
    }
    if (form->free_data)
        form->free_data(form->data);
    free(form->fields);
    free(form->title);
    free(form);
}

static const struct overlay form_overlay = {
    .size = form_size,
    .draw = form_draw,
    .key = form_key,
    .free = form_free,
    .hints = "Enter take  Up/Down field  ^U empty (its default)  Esc away",
};

void form_open(struct dashboard *dash, const struct media_thing *entry, const struct graph_thing *thing,
               form_set_fn set, form_done_fn done, void *data, void (*free_data)(void *))
{
    struct form *form = xcalloc(1, sizeof *form);
    form->dash = dash;
    form->title = xasprintf("%s: %s", str_or_empty(thing->name), entry->title ? entry->title : entry->name);
    form->count = entry->param_count;
    form->fields = xcalloc(form->count + 1, sizeof *form->fields);
    form->set = set;
    form->done = done;
    form->data = data;
    form->free_data = free_data;
    for (size_t i = 0; i < form->count; i++) {
        struct field *field = &form->fields[i];
        field->param = &entry->params[i];
        for (size_t p = 0; p < thing->param_count; p++)
            if (str_eq(thing->params[p].name, field->param->name))
                field->before = xstrdup(str_or_empty(thing->params[p].value));
        prompt_init(&field->prompt, field->before, NULL, complete_choice, field);
        check(field);
    }
    dashboard_push(dash, &form_overlay, form);
}
