#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/chooser.h"
#include "ui/view/graph_keys.h"

/* Things from the catalogue: alone, or wired to the port or box that is selected. */

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

/* Adds one and selects it; its name, or NULL with the reason said. */
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

/* What the chooser offers besides the catalogue: no type has a space in its name. */
#define EXTERNAL "external device"
#define ADDRESS "address of its video: "

static void external_addressed(void *data, const char *url)
{
    struct graph_view *view = data;
    struct err err = ERR_INIT;
    if (!url || !*url || !view->model->document)
        return;
    const char *name;
    if (document_add_external(view->model->document, NULL, "video", url, &name, &err) < 0) {
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
        dashboard_prompt(view->dash, ADDRESS, url, NULL, external_addressed, view);
        return;
    }
    graph_view_edited(view);
    graph_select(view, name);
    dashboard_say(view->dash, ROLE_GOOD, "added %s; i names it and changes its address, c connects it", name);
}

static void add_chosen(void *data, const char *type)
{
    struct graph_view *view = data;
    if (!view->model->document)
        return;
    if (str_eq(type, EXTERNAL)) {
        dashboard_prompt(view->dash, ADDRESS, "rtsp://", NULL, external_addressed, view);
        return;
    }
    graph_did(view, GRAPH_ADD, type);
    const char *name = add_thing(view, type);
    if (name)
        dashboard_say(view->dash, ROLE_GOOD, "added %s; o adds what follows it, c connects it, i sets what it is", name);
}

static void add_external_item(struct chooser_item **items, size_t *count)
{
    *items = xreallocarray(*items, *count + 1, sizeof **items);
    (*items)[(*count)++] = (struct chooser_item){
        xstrdup(EXTERNAL), xstrdup("A device that is no pod"), xstrdup("outside the cluster"),
        xstrdup("A camera or encoder with an address of its own: drawn and linked, never deployed.\n\noutputs\n  video  whatever "
                "its address gives")};
}

static void choose_new(struct graph_view *view)
{
    size_t count;
    struct chooser_item *items = catalogue_items(view, NULL, &count);
    if (count)
        add_external_item(&items, &count);
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

static void begin_graph(struct graph_view *view)
{
    const char *ns = view->model->ns;
    char label[64];
    snprintf(label, sizeof label, "name of the new graph%s%.30s: ", ns ? ", in " : "", str_or_empty(ns));
    dashboard_prompt(view->dash, label, "", NULL, named, view);
}

void graph_add(struct graph_view *view)
{
    if (!view->model->document)
        begin_graph(view);
    else if (view->model->catalogue)
        choose_new(view);
}

/* The selected input, which is to be fed; NULL: what is selected has something to give, or nothing at all. */
static const struct layout_port *fed_input(const struct graph_view *view)
{
    const struct stop *stop = graph_view_stop(view);
    const struct layout_box *box = &view->layout->boxes[graph_view_thing(view)];
    if (stop && !stop->output)
        return &box->inputs[stop->port];
    if (stop || box->output_count)
        return NULL;
    for (size_t i = 0; i < box->input_count; i++)
        if (!graph_input_links(view, graph_view_thing(view), i))
            return &box->inputs[i];
    return NULL;
}

/* The entry's output that should feed an input: one of its name, else the first that fits. */
static const struct port_type *feeding(const struct media_thing *entry, const struct layout_port *input)
{
    const struct port_type *found = NULL;
    for (size_t i = 0; input->type && i < entry->output_count; i++) {
        if (!media_fits(entry->outputs[i].media, input->type->media))
            continue;
        if (str_eq(entry->outputs[i].name, input->name))
            return &entry->outputs[i];
        if (!found)
            found = &entry->outputs[i];
    }
    return found;
}

static bool fits_upstream(const struct graph_view *view, const struct media_thing *entry)
{
    return feeding(entry, fed_input(view)) != NULL;
}

/* The outputs that `o` starts from: the selected one, else all of the box. */
static bool starts_from(const struct graph_view *view, size_t port)
{
    const struct stop *stop = graph_view_stop(view);
    return !stop || !stop->output || stop->port == port;
}

/* The output that should feed an input of the new thing: one of its name, else the first that fits. */
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

struct planned_link { /* from the selected thing to the new one, or the other way */
    char *output, *input;
};

static struct planned_link *plan_links(const struct graph_view *view, const struct media_thing *entry, bool upstream,
                                       size_t *count)
{
    size_t thing = graph_view_thing(view);
    struct planned_link *links = xcalloc(entry->input_count + 1, sizeof *links);
    *count = 0;
    if (upstream) {
        const struct layout_port *input = fed_input(view);
        const struct port_type *output = feeding(entry, input);
        if (output)
            links[(*count)++] = (struct planned_link){xstrdup(output->name), xstrdup(input->name)};
        return links;
    }
    for (size_t i = 0; i < entry->input_count; i++) {
        size_t output = output_for(view, thing, &entry->inputs[i]);
        if (output != LAYOUT_NONE)
            links[(*count)++] = (struct planned_link){xstrdup(view->layout->boxes[thing].outputs[output].name),
                                                      xstrdup(entry->inputs[i].name)};
    }
    return links;
}

/* Links are chosen while the old layout is there, and made when the new thing is. */
static void append_chosen(void *data, const char *type)
{
    struct graph_view *view = data;
    size_t count = 0;
    const struct media_thing *entry = catalogue_find(view->model->catalogue, type);
    if (!entry || !graph_view_sync(view) || graph_view_thing(view) == LAYOUT_NONE)
        return;
    struct document *doc = view->model->document;
    bool upstream = fed_input(view) != NULL;
    struct planned_link *links = plan_links(view, entry, upstream, &count);
    char *other = xstrdup(view->thing), *name = NULL;
    char *label = xasprintf(upstream ? "put %s before %s" : "append %s to %s", type, other);
    graph_did(view, GRAPH_APPEND, type);
    struct err err = ERR_INIT;
    const char *added = NULL;
    document_begin(doc, label);
    if (document_add_thing(doc, type, NULL, &added, &err) == 0)
        name = xstrdup(added);
    for (size_t i = 0; i < count && !err_is_set(&err); i++)
        document_add_link(doc, upstream ? name : other, links[i].output, upstream ? other : name, links[i].input, &err);
    document_end(doc, !err_is_set(&err));
    graph_view_edited(view);
    if (err_is_set(&err)) {
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    } else {
        graph_select(view, name);
        dashboard_say(view->dash, ROLE_GOOD, "added %s with %zu link%s %s %s", name, count, count == 1 ? "" : "s",
                      upstream ? "to" : "from", other);
    }
    for (size_t i = 0; i < count; i++) {
        free(links[i].output);
        free(links[i].input);
    }
    free(links);
    free(label);
    free(other);
    free(name);
}

static void choose_neighbour(struct graph_view *view)
{
    size_t thing = graph_view_thing(view), count;
    const struct layout_port *input = fed_input(view);
    const struct stop *stop = graph_view_stop(view);
    struct chooser_item *items = catalogue_items(view, input ? fits_upstream : fits_downstream, &count);
    char title[200];
    if (input)
        snprintf(title, sizeof title, "Feed %s.%s", view->thing, input->name);
    else if (stop)
        snprintf(title, sizeof title, "Append to %s.%s", view->thing, view->layout->boxes[thing].outputs[stop->port].name);
    else
        snprintf(title, sizeof title, "Append to %s", view->thing);
    chooser_open(view->dash, title, items, count, input ? "Nothing in the catalogue gives what goes in here."
                                                        : "Nothing in the catalogue takes what comes out here.",
                 append_chosen, view, NULL);
}

static bool may_append(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    if (graph_view_gone(view, thing))
        return false;
    const struct layout_box *box = &view->layout->boxes[thing];
    const struct layout_port *input = fed_input(view);
    if (!input && !box->output_count)
        dashboard_say(view->dash, ROLE_WARNING, "%s has no outputs: nothing can follow it", view->thing);
    else if (input && input->type && graph_input_links(view, thing, (size_t)(input - box->inputs)) >= (size_t)input->type->max)
        dashboard_say(view->dash, ROLE_WARNING, "%s.%s takes %d link%s at most, and has %s", view->thing, input->name,
                      input->type->max, input->type->max == 1 ? "" : "s", input->type->max == 1 ? "it" : "them");
    else
        return true;
    return false;
}

void graph_append(struct graph_view *view)
{
    if (graph_view_thing(view) == LAYOUT_NONE)
        graph_add(view);
    else if (may_append(view))
        choose_neighbour(view);
}

void graph_add_type(struct graph_view *view, const char *type, bool wired)
{
    if (!wired || graph_view_thing(view) == LAYOUT_NONE)
        add_chosen(view, type);
    else if (may_append(view))
        append_chosen(view, type);
}
