#include "ui/view/graph_view.h"

/* What the draft changes of what is deployed: the marks + ~ - of boxes and wires. What is only deployed is drawn, too, until
 * the draft is. */

static const struct record *deployed(const struct graph_view *view, const struct graph *draft, const char **text)
{
    return model_deployed(view->model, draft->ns, draft->name, text);
}

static void parse_deployed(struct graph_view *view, const struct record *record, const char *text)
{
    struct faults faults = {0};
    graph_free(view->deployed);
    record_unref(view->deployed_record);
    view->deployed_catalogue = view->model->catalogue_version;
    view->deployed_record = record ? record_ref((struct record *)record) : NULL;
    view->deployed = text ? graph_parse(text, strlen(text), "deployed", view->model->catalogue, &faults) : NULL;
    faults_release(&faults);
}

void graph_compare(struct graph_view *view, const struct graph *draft)
{
    const char *text;
    const struct record *record = deployed(view, draft, &text);
    comparison_release(&view->compared);
    if (record != view->deployed_record || view->deployed_catalogue != view->model->catalogue_version)
        parse_deployed(view, record, text);
    comparison_make(&view->compared, draft, view->deployed);
    view->graph = view->compared.both;
}

void graph_compare_forget(struct graph_view *view)
{
    comparison_release(&view->compared);
    view->graph = NULL;
}

void graph_compare_end(struct graph_view *view)
{
    graph_compare_forget(view);
    parse_deployed(view, NULL, NULL);
}

bool graph_compare_stale(const struct graph_view *view)
{
    const char *text;
    const struct document *doc = view->model->document;
    return doc && deployed(view, document_graph(doc), &text) != view->deployed_record;
}

enum differs graph_thing_differs(const struct graph_view *view, size_t thing)
{
    return view->graph && thing < view->graph->thing_count ? view->compared.things[thing] : DIFFERS_NOT;
}

enum differs graph_link_differs(const struct graph_view *view, size_t link)
{
    return view->graph && link < view->graph->link_count ? view->compared.links[link] : DIFFERS_NOT;
}

size_t graph_input_links(const struct graph_view *view, size_t thing, size_t port)
{
    size_t gone = 0;
    for (size_t i = 0; view->compared.links_removed && i < view->graph->link_count; i++)
        gone += view->compared.links[i] == DIFFERS_REMOVED && view->graph->links[i].to == thing &&
                view->layout->wires[i].input == port;
    return view->layout->boxes[thing].inputs[port].links - gone;
}

char differs_sign(enum differs differs, enum role *role)
{
    static const struct { char sign; enum role role; } signs[] = {
        [DIFFERS_NOT] = {0, ROLE_NORMAL},
        [DIFFERS_ADDED] = {'+', ROLE_GOOD},
        [DIFFERS_CHANGED] = {'~', ROLE_WARNING},
        [DIFFERS_REMOVED] = {'-', ROLE_BAD},
    };
    *role = signs[differs].role;
    return signs[differs].sign;
}

void graph_change_words(const struct graph_view *view, size_t thing, struct buf *out)
{
    const struct graph_thing *draft = &view->graph->things[thing];
    const struct graph_thing *before = view->deployed ? graph_find(view->deployed, draft->name) : NULL;
    if (graph_thing_differs(view, thing) != DIFFERS_CHANGED || !before)
        return;
    compare_words(before, draft, out);
    if (!out->len)
        buf_adds(out, "its links");
}

bool graph_view_own(const struct graph_view *view, size_t thing)
{
    return graph_thing_differs(view, thing) != DIFFERS_REMOVED;
}

bool graph_view_gone(struct graph_view *view, size_t thing)
{
    if (graph_view_own(view, thing))
        return false;
    dashboard_say(view->dash, ROLE_WARNING, "%s is only on the cluster: D removes it there, u undoes its removal here", view->thing);
    return true;
}
