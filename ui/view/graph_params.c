#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/form.h"
#include "ui/view/graph_keys.h"

/* What a thing is: its name, its parameters, its GPUs and replicas, where it may run; of an external one its addresses. */

enum field_kind { FIELD_SETTING, FIELD_PARAM, FIELD_ADDRESS };

struct editing { /* the thing whose form is open */
    struct graph_view *view;
    char *thing, *type; /* as it is named now; type "" for an external one */
    struct editing_field {
        enum field_kind kind;
        enum setting setting;
        char *name;      /* of a parameter or port */
        const struct param_type_info *info;
    } *fields;
    size_t count;
    bool began; /* all that is set at once is one edit */
};

static const struct param_type_info address_type = {.help = (char *)"a URL such as rtsp://10.0.0.9/stream", .required = true};

/* Those from one to before the other. */
static void add_settings(struct editing *editing, enum setting from, enum setting to)
{
    for (int i = (int)from; i < (int)to; i++)
        editing->fields[editing->count++] = (struct editing_field){
            FIELD_SETTING, (enum setting)i, xstrdup(setting_types[i].info.name), &setting_types[i].info};
}

static void make_fields(struct editing *editing, const struct graph_thing *thing)
{
    size_t params = thing->entry ? thing->entry->param_count : 0;
    editing->fields = xcalloc(params + thing->external_count + SETTING_COUNT, sizeof *editing->fields);
    if (thing->external) {
        add_settings(editing, SETTING_NAME, SETTING_GPU);
        for (size_t i = 0; i < thing->external_count; i++)
            editing->fields[editing->count++] = (struct editing_field){
                FIELD_ADDRESS, SETTING_COUNT, xstrdup(thing->external_ports[i].name), &address_type};
        return;
    }
    add_settings(editing, SETTING_NAME, SETTING_REPLICAS);
    for (size_t i = 0; i < params; i++)
        editing->fields[editing->count++] = (struct editing_field){
            FIELD_PARAM, SETTING_COUNT, xstrdup(thing->entry->params[i].name), &thing->entry->params[i]};
    add_settings(editing, SETTING_REPLICAS, SETTING_COUNT);
}

static const char *value_of(const struct editing_field *field, const struct graph_thing *thing, struct buf *text)
{
    if (field->kind == FIELD_PARAM)
        return graph_own_param(thing, field->name);
    if (field->kind == FIELD_ADDRESS)
        return graph_address(thing, field->name);
    setting_text(thing, field->setting, text);
    return text->len ? text->data : NULL;
}

static int check(void *data, size_t index, const char *text, struct err *err)
{
    const struct editing *editing = data;
    const struct editing_field *field = &editing->fields[index];
    const struct document *doc = editing->view->model->document;
    if (field->kind == FIELD_PARAM)
        return param_check(field->info, text, err);
    if (field->kind == FIELD_ADDRESS)
        return strstr(text, "://") ? 0 : err_set(err, "is no URL such as rtsp://host/stream");
    if (field->setting == SETTING_NAME && doc && !str_eq(text, editing->thing) && graph_find(document_graph(doc), text))
        return err_set(err, "is the name of another thing");
    return setting_check(field->setting, text, err);
}

static void remember(struct editing *editing, const struct editing_field *field, const char *value)
{
    struct repeat *repeat = &editing->view->repeat;
    if (field->setting == SETTING_NAME)
        return; /* no two things have one */
    repeat->fields = xreallocarray(repeat->fields, repeat->field_count + 1, sizeof *repeat->fields);
    repeat->fields[repeat->field_count++] =
        (struct set_field){xstrdup(editing->type), xstrdup(field->name), xstrdup_or_null(value)};
}

static int set_field(struct document *doc, const char *thing, const struct editing_field *field, const char *value,
                     struct err *err)
{
    switch (field->kind) {
    case FIELD_SETTING: return document_set(doc, thing, field->setting, value ? value : "", err);
    case FIELD_PARAM: return document_set_param(doc, thing, field->name, value, err);
    case FIELD_ADDRESS: break;
    }
    return document_set_address(doc, thing, field->name, value ? value : "", err);
}

static int set(void *data, size_t index, const char *value, struct err *err)
{
    struct editing *editing = data;
    const struct editing_field *field = &editing->fields[index];
    struct document *doc = editing->view->model->document;
    if (!doc)
        return err_set(err, "the graph was closed");
    if (!editing->began) {
        char *label = xasprintf("change %s", editing->thing);
        document_begin(doc, label);
        free(label);
        graph_did(editing->view, GRAPH_PARAMS, NULL);
        editing->began = true;
    }
    if (set_field(doc, editing->thing, field, value, err) < 0)
        return -1;
    remember(editing, field, value);
    if (field->setting == SETTING_NAME) {
        free(editing->thing);
        editing->thing = xstrdup(value);
    }
    return 0;
}

static void end(struct editing *editing)
{
    if (editing->began && editing->view->model->document)
        document_end(editing->view->model->document);
    editing->began = false;
}

static void done(void *data, size_t changed)
{
    struct editing *editing = data;
    end(editing);
    graph_view_edited(editing->view);
    if (!changed)
        return;
    graph_select(editing->view, editing->thing);
    dashboard_say(editing->view->dash, ROLE_GOOD, "%s: %zu field%s changed; u undoes it", editing->thing, changed,
                  changed == 1 ? "" : "s");
}

/* Also when it is left after some fields were set. */
static void editing_free(void *data)
{
    struct editing *editing = data;
    end(editing);
    editing->view->stale = true;
    for (size_t i = 0; i < editing->count; i++)
        free(editing->fields[i].name);
    free(editing->fields);
    free(editing->thing);
    free(editing->type);
    free(editing);
}

static struct editing *editing_new(struct graph_view *view, const struct graph_thing *thing)
{
    struct editing *editing = xcalloc(1, sizeof *editing);
    *editing = (struct editing){.view = view, .thing = xstrdup(thing->name), .type = xstrdup(str_or_empty(thing->type))};
    make_fields(editing, thing);
    return editing;
}

void graph_params(struct graph_view *view)
{
    static const struct form_class class = {.check = check, .set = set, .done = done, .free = editing_free};
    size_t thing = graph_view_thing(view);
    if (thing == LAYOUT_NONE || graph_view_gone(view, thing))
        return;
    const struct graph_thing *it = &view->graph->things[thing];
    if (!it->entry && !it->external) {
        dashboard_say(view->dash, ROLE_WARNING, "%s: its type is not in the catalogue, so its parameters are not known; e edits "
                      "its text", view->thing);
        return;
    }
    struct editing *editing = editing_new(view, it);
    struct form_field *fields = xcalloc(editing->count + 1, sizeof *fields);
    struct buf *texts = xcalloc(2 * editing->count + 1, sizeof *texts);
    for (size_t i = 0; i < editing->count; i++) {
        const struct editing_field *field = &editing->fields[i];
        struct buf *text = &texts[2 * i], *fallback = &texts[2 * i + 1];
        buf_init(text, 1u << 20);
        buf_init(fallback, 64);
        fields[i] = (struct form_field){.type = field->info, .value = value_of(field, it, text)};
        if (field->kind == FIELD_SETTING)
            setting_fallback(it, field->setting, fallback);
        fields[i].fallback = fallback->len ? fallback->data : NULL;
        fields[i].label = field->name;
    }
    char *title = xasprintf("%s: %s", it->name, it->external ? "external, never deployed"
                                                 : it->entry->title ? it->entry->title : it->entry->name);
    form_open(view->dash, title, fields, editing->count, &class, editing);
    for (size_t i = 0; i < 2 * editing->count; i++)
        buf_release(&texts[i]);
    free(texts);
    free(fields);
    free(title);
}

/* Fields that the selected thing has as well. */
void graph_params_again(struct graph_view *view)
{
    size_t thing = graph_view_thing(view), done = 0;
    struct err err = ERR_INIT;
    if (thing == LAYOUT_NONE || graph_view_gone(view, thing))
        return;
    struct editing *editing = editing_new(view, &view->graph->things[thing]);
    char *name = xstrdup(view->thing), *label = xasprintf("change %s", name);
    document_begin(view->model->document, label);
    for (size_t i = 0; i < view->repeat.field_count; i++)
        for (size_t f = 0; f < editing->count; f++)
            if (str_eq(editing->fields[f].name, view->repeat.fields[i].field) && !err_is_set(&err))
                done += set_field(view->model->document, name, &editing->fields[f], view->repeat.fields[i].value, &err) == 0;
    document_end(view->model->document);
    editing_free(editing);
    graph_view_edited(view);
    if (err_is_set(&err))
        dashboard_say(view->dash, ROLE_BAD, "%s: %s", name, err.text);
    else if (!done)
        dashboard_say(view->dash, ROLE_WARNING, "%s has none of the fields that were changed last", name);
    else
        dashboard_say(view->dash, ROLE_GOOD, "%s: %zu field%s set again", name, done, done == 1 ? "" : "s");
    free(label);
    free(name);
}
