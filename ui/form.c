#include "ui/form.h"

#include "base/text.h"

struct field {
    const struct param_type_info *param;
    char *label;
    struct prompt prompt; /* empty: the default */
    char *before;         /* its value when the form was opened; NULL: not set */
    char *fallback;       /* what holds while it is empty; NULL: nothing */
    char wrong[200];      /* what is wrong with it; "" when nothing is */
    int y;                /* as drawn last */
};

struct form {
    struct dashboard *dash;
    char *title;
    struct field *fields;
    size_t count, at;
    int top;
    const struct form_class *class;
    void *data;
};

/* Rows of a field: its line, and one for its help or its fault. */
#define FIELD_ROWS 2

static const char *typed(const struct field *field)
{
    return field->prompt.text.len ? field->prompt.text.data : NULL;
}

static bool was_changed(const struct field *field)
{
    return !str_eq(str_or_empty(typed(field)), str_or_empty(field->before));
}

static bool has_choices(const struct field *field)
{
    return field->param->choices || field->param->type == PARAM_BOOLEAN;
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

/* One of a few words: the arrows go through them, as long as nothing else was typed. */
static bool step(struct field *field, int by)
{
    struct completions all = {0};
    complete_choice(field, "", 0, &all);
    const char *now = typed(field) ? typed(field) : field->fallback;
    size_t at = 0;
    while (at < all.count && !str_eq(all.words[at], now))
        at++;
    bool steps = all.count && (at < all.count || !typed(field));
    if (steps)
        prompt_set(&field->prompt, all.words[at == all.count ? 0 : (at + all.count + (size_t)by) % all.count]);
    completions_release(&all);
    return steps;
}

static void check(struct form *form, struct field *field)
{
    struct err err = ERR_INIT;
    const char *value = typed(field);
    size_t index = (size_t)(field - form->fields);
    field->wrong[0] = '\0';
    if (!value && field->param->required && !field->fallback)
        snprintf(field->wrong, sizeof field->wrong, "is required and has no default");
    else if (value && form->class->check(form->data, index, value, &err) < 0)
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
    if (field->param->type == PARAM_STRING && field->param->help)
        *range = '\0'; /* that it is a text goes without saying */
    snprintf(text, sizeof text, "%s%s%s%s", str_or_empty(field->param->help), field->param->help && *range ? "; " : "",
             range, focus && has_choices(field) ? "; Left, Right choose" : "");
    draw_field(area, x, y, area.w - x, focus ? ROLE_NORMAL : ROLE_DIM, 0, text);
}

static const char *default_of(const struct field *field)
{
    return !field->fallback ? "not set" : *field->fallback ? field->fallback : "empty";
}

static void form_draw(void *state, struct area area)
{
    struct form *form = state;
    draw_frame(area, ROLE_FOCUS, 0, form->title, ROLE_TITLE);
    struct area in = area_sub(area, 2, 2, area.w - 4, area.h - 4);
    int label = 0;
    for (size_t i = 0; i < form->count; i++)
        label = MAX(label, text_width(form->fields[i].label));
    label = MIN(label, in.w / 3);
    int y = (int)form->at * FIELD_ROWS;
    form->top = MAX(MIN(form->top, y), y + FIELD_ROWS - in.h);
    const struct field *chosen = NULL;
    for (size_t i = 0; i < form->count; i++) {
        struct field *field = &form->fields[i];
        bool focus = i == form->at, changed = was_changed(field);
        int row = (int)i * FIELD_ROWS - form->top, x = label + 3;
        field->y = row + 2;
        draw_field(in, 0, row, label, focus ? ROLE_FOCUS : ROLE_NORMAL, 0, field->label);
        draw_char(in, label + 1, row, changed ? ROLE_WARNING : ROLE_DIM, 0, changed ? '*' : ':');
        if (!typed(field) && !focus)
            draw_text(in,
                      draw_text(in, x, row, ROLE_DIM, 0, default_of(field)), row, ROLE_DIM, 0,
                      field->fallback ? "  (default)" : "");
        else if (!focus)
            draw_field(in, x, row, in.w - x, ROLE_NORMAL, 0, field->prompt.text.data);
        else
            chosen = field;
        draw_hint_of(field, in, x, row + 1, focus);
    }
    if (form->top > 0)
        draw_char(area, area.w - 4, 0, ROLE_KEY, 0, 0x25b4);
    if ((int)form->count * FIELD_ROWS - form->top > in.h)
        draw_char(area, area.w - 4, area.h - 1, ROLE_KEY, 0, 0x25be);
    if (!form->count)
        draw_text(in, 0, 0, ROLE_NORMAL, 0, "There is nothing to fill in.");
    if (!chosen)
        return;
    int row = chosen->y - 2, x = label + 3;
    draw_hline(in, x, row, in.w - x, ROLE_INPUT, ' ');
    prompt_draw((struct prompt *)&chosen->prompt, in, x, row, in.w - x, ROLE_INPUT);
    if (!typed(chosen) && chosen->fallback)
        draw_textf(in, x + 2, row, ROLE_DIM, 0, "%s  (default)", default_of(chosen));
}

/* What was changed, at once; the first fault in it keeps the form open. What was wrong before may stay so. */
static unsigned take(struct form *form)
{
    size_t changed = 0;
    for (size_t i = 0; i < form->count; i++) {
        check(form, &form->fields[i]);
        if (was_changed(&form->fields[i]) && form->fields[i].wrong[0]) {
            form->at = i;
            return DID_CHANGE;
        }
    }
    struct form_change *changes = xcalloc(form->count + 1, sizeof *changes);
    struct err err = ERR_INIT;
    size_t wrong = form->at;
    for (size_t i = 0; i < form->count; i++)
        if (was_changed(&form->fields[i]))
            changes[changed++] = (struct form_change){i, typed(&form->fields[i])};
    int rc = changed ? form->class->take(form->data, changes, changed, &wrong, &err) : 0;
    free(changes);
    if (rc == 0)
        return DID_CLOSE;
    form->at = wrong;
    snprintf(form->fields[wrong].wrong, sizeof form->fields[wrong].wrong, "%.199s", err.text);
    return DID_CHANGE;
}

static unsigned form_key(void *state, const struct key *key)
{
    struct form *form = state;
    struct field *field = form->count ? &form->fields[form->at] : NULL;
    static const struct binding keys[] = {
        {"Down ^N", 1}, {"Up ^P S-Tab", 2}, {"Enter", 3}, {"Esc ^C", 4}, {"^S", 5}, {"Tab", 6}, {"Right", 8}, {"Left", 9}, {NULL},
    };
    const struct binding *binding = binding_find(keys, key);
    int command = binding ? binding->command : 0;
    /* Tab completes where there are choices, else it is the next field */
    bool choices = field && has_choices(field);
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
    case 7: check(form, field); break;
    case 8:
    case 9:
        if (choices && step(field, command == 8 ? 1 : -1)) {
            check(form, field);
            break;
        }
        /* fall through */
    default:
        if (field && prompt_key(&field->prompt, key) == PROMPT_EDITED)
            check(form, field);
        break;
    }
    return DID_CHANGE;
}

static void form_free(void *state)
{
    struct form *form = state;
    for (size_t i = 0; i < form->count; i++) {
        prompt_release(&form->fields[i].prompt);
        free(form->fields[i].label);
        free(form->fields[i].before);
        free(form->fields[i].fallback);
    }
    if (form->class->free)
        form->class->free(form->data);
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

void form_open(struct dashboard *dash, const char *title, const struct form_field *fields, size_t count,
               const struct form_class *class, void *data)
{
    struct form *form = xcalloc(1, sizeof *form);
    form->dash = dash;
    form->title = xstrdup(title);
    form->count = count;
    form->fields = xcalloc(count + 1, sizeof *form->fields);
    form->class = class;
    form->data = data;
    for (size_t i = 0; i < count; i++) {
        struct field *field = &form->fields[i];
        const char *fallback = fields[i].fallback ? fields[i].fallback : fields[i].type->fallback;
        field->param = fields[i].type;
        field->label = xstrdup(str_or_empty(fields[i].label ? fields[i].label : fields[i].type->name));
        field->before = xstrdup_or_null(fields[i].value);
        field->fallback = xstrdup_or_null(fallback);
        prompt_init(&field->prompt, field->before, NULL, complete_choice, field);
        check(form, field);
    }
    dashboard_push(dash, &form_overlay, form);
}
