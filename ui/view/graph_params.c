#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/form.h"
#include "ui/view/graph_keys.h"

/* What a thing is: its name, its parameters, its GPUs and replicas, where it may run; of an external one its addresses. */

enum field_kind { FIELD_SETTING, FIELD_PARAM, FIELD_ADDRESS };

struct editing { /* the thing whose form is open */
    struct graph_view *view;
    char *thing;
    struct editing_field {
        enum field_kind kind;
        enum setting setting;
        char *name;      /* of a parameter or port */
        const struct param_type_info *info;
    } *fields;
    size_t count;
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
        return value_check(field->info, field->name, text, err);
    if (field->kind == FIELD_ADDRESS)
        return address_check(text, err);
    if (field->setting == SETTING_NAME && doc && !str_eq(text, editing->thing) && graph_find(document_graph(doc), text))
        return err_set(err, "is the name of another thing");
    return setting_check(field->setting, text, err);
}

static void remember(struct repeat *repeat, const struct editing_field *field, const char *value)
{
    if (field->kind == FIELD_SETTING && field->setting == SETTING_NAME)
        return; /* no two things have one */
    repeat->fields = xreallocarray(repeat->fields, repeat->field_count + 1, sizeof *repeat->fields);
    repeat->fields[repeat->field_count++] =
        (struct set_field){(int)field->kind, xstrdup(field->name), xstrdup_or_null(value)};
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

static int take(void *data, const struct form_change *changes, size_t count, size_t *wrong, struct err *err)
{
    struct editing *editing = data;
    struct graph_view *view = editing->view;
    struct document *doc = view->model->document;
    char *name = xstrdup(editing->thing), *label = xasprintf("change %s", name);
    size_t done = 0;
    int rc = doc ? 0 : err_set(err, "the graph was closed");
    if (doc)
        document_begin(doc, label);
    for (; rc == 0 && done < count; done++) {
        const struct editing_field *field = &editing->fields[changes[done].field];
        *wrong = changes[done].field;
        rc = set_field(doc, name, field, changes[done].value, err);
        if (rc == 0 && field->setting == SETTING_NAME) {
            free(name);
            name = xstrdup(changes[done].value);
        }
    }
    if (doc) {
        document_end(doc, rc == 0);
        graph_view_edited(view);
    }
    if (rc == 0) {
        graph_did(view, GRAPH_PARAMS, NULL);
        for (size_t i = 0; i < count; i++)
            remember(&view->repeat, &editing->fields[changes[i].field], changes[i].value);
        graph_select(view, name);
        dashboard_say(view->dash, ROLE_GOOD, "%s: %zu field%s changed; u undoes it", name, count, count == 1 ? "" : "s");
    }
    free(label);
    free(name);
    return rc;
}

static void editing_free(void *data)
{
    struct editing *editing = data;
    for (size_t i = 0; i < editing->count; i++)
        free(editing->fields[i].name);
    free(editing->fields);
    free(editing->thing);
    free(editing);
}

static struct editing *editing_new(struct graph_view *view, const struct graph_thing *thing)
{
    struct editing *editing = xcalloc(1, sizeof *editing);
    *editing = (struct editing){.view = view, .thing = xstrdup(thing->name)};
    make_fields(editing, thing);
    return editing;
}

void graph_params(struct graph_view *view)
{
    static const struct form_class class = {.check = check, .take = take, .free = editing_free};
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
            if ((int)editing->fields[f].kind == view->repeat.fields[i].kind &&
                str_eq(editing->fields[f].name, view->repeat.fields[i].field) && !err_is_set(&err))
                done += set_field(view->model->document, name, &editing->fields[f], view->repeat.fields[i].value, &err) == 0;
    document_end(view->model->document, !err_is_set(&err));
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
