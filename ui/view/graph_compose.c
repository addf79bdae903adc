#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/chooser.h"
#include "ui/form.h"

static const char *const class_titles[] = {
    [CLASS_MSENSOR] = "sensors",
    [CLASS_MANALYSER] = "analysers",
    [CLASS_MACTUATOR] = "displays and actuators",
    [CLASS_MSTORAGE] = "storage",
};

static void help_ports(struct buf *out, const char *title, const struct port_type *ports, size_t count)
{
    if (count)
        buf_addf(out, "\n%s\n", title);
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "  %s  %s%s", ports[i].name, ports[i].media, ports[i].required ? ", required" : "");
        if (ports[i].max > 1)
            buf_addf(out, ", up to %d links", ports[i].max);
        buf_addc(out, '\n');
    }
}

static char *help_text(const struct media_thing *entry)
{
    struct buf out;
    buf_init(&out, 16384);
    buf_addf(&out, "%s, %s\n", thing_class_name(entry->class), entry->image);
    if (entry->gpu_count)
        buf_addf(&out, "asks for %d %s\n", entry->gpu_count, entry->gpu_resource);
    help_ports(&out, "inputs", entry->inputs, entry->input_count);
    help_ports(&out, "outputs", entry->outputs, entry->output_count);
    if (entry->param_count)
        buf_adds(&out, "\nparameters\n");
    for (size_t i = 0; i < entry->param_count; i++) {
        const struct param_type_info *param = &entry->params[i];
        buf_addf(&out, "  %s", param->name);
        if (param->fallback)
            buf_addf(&out, " = %s", param->fallback);
        buf_addf(&out, "%s%s%s\n", param->required ? ", required" : "", param->help ? "  " : "",
                 str_or_empty(param->help));
    }
    return buf_take(&out);
}

static int compare_items(const void *pa, const void *pb)
{
    const struct chooser_item *a = pa, *b = pb;
    int by_group = strcmp(a->group, b->group);
    return by_group ? by_group : strcmp(a->name, b->name);
}

typedef bool (*wanted_fn)(const struct graph_view *view, const struct media_thing *entry);

/* Catalogue entries by class; `wanted` NULL: all. */
static struct chooser_item *catalogue_items(const struct graph_view *view, wanted_fn wanted, size_t *count)
{
    const struct map *things = &view->model->catalogue->things;
    struct chooser_item *items = xcalloc(things->count + 1, sizeof *items);
    *count = 0;
    for (struct map_entry *e = map_first(things); e; e = map_next(things, e)) {
        const struct media_thing *entry = e->value;
        if (wanted && !wanted(view, entry))
            continue;
        char group[64];
        snprintf(group, sizeof group, "%d%s", (int)entry->class, class_titles[entry->class]);
        items[(*count)++] = (struct chooser_item){xstrdup(entry->name), entry->title ? xstrdup(entry->title) : NULL,
                                                  xstrdup(group), help_text(entry)};
    }
    qsort(items, *count, sizeof *items, compare_items);
    for (size_t i = 0; i < *count; i++) /* the digit was for the order only */
        memmove(items[i].group, items[i].group + 1, strlen(items[i].group));
    return items;
}

static const char *add_thing(struct graph_view *view, const char *type)
{
    struct err err = ERR_INIT;
    const char *name = NULL;
    if (document_add_thing(view->model->document, type, NULL, &name, &err) < 0) {
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
        return NULL;
    }
    char *copy = xstrdup(name);
    graph_view_edited(view);
    graph_select(view, copy);
    free(copy);
    return view->thing;
}

static void add_chosen(void *data, const char *type)
{
    struct graph_view *view = data;
    const char *name = view->model->document ? add_thing(view, type) : NULL;
    if (name)
        dashboard_say(view->dash, ROLE_GOOD, "added %s; i sets its parameters, c connects it", name);
}

static void choose_new(struct graph_view *view)
{
    size_t count;
    struct chooser_item *items = catalogue_items(view, NULL, &count);
    chooser_open(view->dash, "Add a thing", items, count,
                 "The catalogue is empty: patchbay catalog says where it is looked for.", add_chosen, view, NULL);
}

static void named(void *data, const char *text)
{
    struct graph_view *view = data;
    struct err err = ERR_INIT;
    if (!text || !*text)
        return;
    if (model_new_graph(view->model, text, &err) < 0) {
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
        return;
    }
    view->stale = true;
    if (graph_view_sync(view))
        choose_new(view);
}

void graph_add(struct graph_view *view)
{
    if (!view->model->document)
        dashboard_prompt(view->dash, "name of the new graph: ", "", NULL, named, view);
    else if (view->model->catalogue)
        choose_new(view);
}

/* The outputs that `o` starts from: the selected one, else all of the box. */
static bool starts_from(const struct graph_view *view, size_t port)
{
    const struct stop *stop = graph_view_stop(view);
    return !stop || !stop->output || stop->port == port;
}

/* The output that should feed an input: one of its name, else the first that fits. */
static size_t output_for(const struct graph_view *view, size_t thing, const struct port_type *input)
{
    const struct layout_box *box = &view->layout->boxes[thing];
    size_t found = LAYOUT_NONE;
    for (size_t i = 0; i < box->output_count; i++) {
        const struct layout_port *out = &box->outputs[i];
        if (!starts_from(view, i) || (out->type && !media_fits(out->type->media, input->media)))
            continue;
        if (str_eq(out->name, input->name))
            return i;
        if (found == LAYOUT_NONE)
            found = i;
    }
    return found;
}

static bool fits_downstream(const struct graph_view *view, const struct media_thing *entry)
{
    size_t thing = graph_view_thing(view);
    for (size_t i = 0; i < entry->input_count; i++)
        if (output_for(view, thing, &entry->inputs[i]) != LAYOUT_NONE)
            return true;
    return false;
}

struct planned_link {
    char *output, *input;
};

/* Links are chosen while the old layout is there, and made when the new thing is. */
static void append_chosen(void *data, const char *type)
{
    struct graph_view *view = data;
    size_t thing, count = 0, made = 0;
    const struct media_thing *entry = catalogue_find(view->model->catalogue, type);
    if (!entry || !graph_view_sync(view) || (thing = graph_view_thing(view)) == LAYOUT_NONE)
        return;
    struct planned_link *links = xcalloc(entry->input_count + 1, sizeof *links);
    for (size_t i = 0; i < entry->input_count; i++) {
        size_t output = output_for(view, thing, &entry->inputs[i]);
        if (output != LAYOUT_NONE)
            links[count++] = (struct planned_link){xstrdup(view->layout->boxes[thing].outputs[output].name),
                                                   xstrdup(entry->inputs[i].name)};
    }
    char *from = xstrdup(view->thing), *name = NULL, *label = xasprintf("append %s to %s", type, from);
    document_begin(view->model->document, label);
    const char *added = add_thing(view, type);
    struct err err = ERR_INIT;
    if (added) {
        name = xstrdup(added);
        for (size_t i = 0; i < count; i++)
            made += document_add_link(view->model->document, from, links[i].output, name, links[i].input, &err) == 0;
        graph_view_edited(view);
        if (err_is_set(&err))
            dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
        else
            dashboard_say(view->dash, ROLE_GOOD, "added %s with %zu link%s from %s", name, made, made == 1 ? "" : "s",
                          from);
    }
    document_end(view->model->document);
    free(label);
    for (size_t i = 0; i < count; i++) {
        free(links[i].output);
        free(links[i].input);
    }
    free(links);
    free(from);
    free(name);
}

void graph_append(struct graph_view *view)
{
    size_t thing = graph_view_thing(view), count;
    if (thing == LAYOUT_NONE) {
        graph_add(view);
        return;
    }
    if (!view->layout->boxes[thing].output_count) {
        dashboard_say(view->dash, ROLE_WARNING, "%s has no outputs: nothing can follow it", view->thing);
        return;
    }
    struct chooser_item *items = catalogue_items(view, fits_downstream, &count);
    const struct stop *stop = graph_view_stop(view);
    char title[200];
    if (stop && stop->output)
        snprintf(title, sizeof title, "Append to %s.%s", view->thing,
                 view->layout->boxes[thing].outputs[stop->port].name);
    else
        snprintf(title, sizeof title, "Append to %s", view->thing);
    chooser_open(view->dash, title, items, count, "Nothing in the catalogue takes what comes out here.", append_chosen,
                 view, NULL);
}

struct editing { /* the thing whose form is open */
    struct graph_view *view;
    char *thing;
    bool began; /* all that is set at once is one edit */
};

static int set_param(void *data, const char *param, const char *value, struct err *err)
{
    struct editing *editing = data;
    struct document *doc = editing->view->model->document;
    if (!doc)
        return err_set(err, "the graph was closed");
    if (!editing->began) {
        char *label = xasprintf("change the parameters of %s", editing->thing);
        document_begin(doc, label);
        free(label);
        editing->began = true;
    }
    return document_set_param(doc, editing->thing, param, value, err);
}

static void params_done(void *data, size_t changed)
{
    struct editing *editing = data;
    if (editing->began)
        document_end(editing->view->model->document);
    editing->began = false;
    if (changed)
        dashboard_say(editing->view->dash, ROLE_GOOD, "%s: %zu parameter%s changed; D deploys", editing->thing, changed,
                      changed == 1 ? "" : "s");
    graph_view_edited(editing->view);
}

/* Also when it is left after some fields were set. */
static void editing_free(void *data)
{
    struct editing *editing = data;
    if (editing->began && editing->view->model->document)
        document_end(editing->view->model->document);
    editing->view->stale = true;
    free(editing->thing);
    free(editing);
}

void graph_params(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    if (thing == LAYOUT_NONE)
        return;
    const struct graph_thing *it = &view->graph->things[thing];
    if (!it->entry) {
        dashboard_say(view->dash, ROLE_WARNING,
                      it->external ? "%s is external: e edits its addresses"
                                   : "%s: its type is not in the catalogue, so its parameters are not known",
                      view->thing);
        return;
    }
    struct editing *editing = xcalloc(1, sizeof *editing);
    *editing = (struct editing){view, xstrdup(view->thing), false};
    form_open(view->dash, it->entry, it, set_param, params_done, editing, editing_free);
}

/* The link that `x` means: the selected wire. A port without one removes nothing. */
static void remove_link(struct graph_view *view, size_t link)
{
    const struct graph_link *l = &view->graph->links[link];
    struct err err = ERR_INIT;
    char *text = xasprintf("%s.%s → %s.%s", str_or_empty(view->graph->things[l->from].name), l->from_port,
                           str_or_empty(view->graph->things[l->to].name), l->to_port);
    if (document_remove_link(view->model->document, link, &err) < 0)
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(view->dash, ROLE_GOOD, "removed %s; u undoes it", text);
    free(text);
    graph_view_edited(view);
}

/* What is selected after a thing is gone: what it was linked to, else its neighbour. */
static char *heir_of(const struct graph_view *view, size_t thing)
{
    const struct graph *graph = view->graph;
    for (size_t i = 0; i < graph->link_count; i++) {
        size_t other = graph->links[i].to == thing     ? graph->links[i].from
                       : graph->links[i].from == thing ? graph->links[i].to
                                                       : LAYOUT_NONE;
        if (other < graph->thing_count && other != thing)
            return xstrdup(graph->things[other].name);
    }
    size_t other = thing ? thing - 1 : 1;
    return other < graph->thing_count ? xstrdup(graph->things[other].name) : NULL;
}

void graph_remove(struct graph_view *view)
{
    size_t thing = graph_view_thing(view), links = 0;
    const struct stop *stop = graph_view_stop(view);
    struct err err = ERR_INIT;
    if (thing == LAYOUT_NONE)
        return;
    if (stop && stop->link == LAYOUT_NONE) {
        dashboard_say(view->dash, ROLE_NORMAL, "no wire is on this port; Tab to the box itself removes the box");
        return;
    }
    if (stop) {
        remove_link(view, stop->link);
        return;
    }
    for (size_t i = 0; i < view->graph->link_count; i++)
        links += view->graph->links[i].from == thing || view->graph->links[i].to == thing;
    char *name = xstrdup(view->thing), *heir = heir_of(view, thing);
    if (document_remove_thing(view->model->document, name, &err) < 0) {
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    } else {
        dashboard_say(view->dash, ROLE_GOOD, "removed %s%s from the draft; u undoes it", name,
                      links ? " and its links" : "");
        graph_view_edited(view);
        if (heir)
            graph_select(view, heir);
    }
    free(name);
    free(heir);
}

void graph_undo(struct graph_view *view, bool redo)
{
    struct document *doc = view->model->document;
    bool did = redo ? document_redo(doc) : document_undo(doc);
    if (did)
        dashboard_say(view->dash, ROLE_NORMAL, "%s", str_or_empty(document_last_edit(doc)));
    else
        dashboard_say(view->dash, ROLE_NORMAL, redo ? "nothing to redo" : "nothing to undo");
    graph_view_edited(view);
}
