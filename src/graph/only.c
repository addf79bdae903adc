#include "graph/only.h"

#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"

struct only {
    struct document *doc; /* what is deployed, and becomes the text */
    const struct document *draft;
    struct map names;
};

/* "camera" and "video" of "camera.video"; false: it is no such end. */
static bool split(const struct yaml_node *link, const char *key, char thing[64], const char **port)
{
    const char *end = yaml_str(link, key), *dot = end ? strchr(end, '.') : NULL;
    if (!dot || dot - end > 63)
        return false;
    snprintf(thing, 64, "%.*s", (int)(dot - end), end);
    *port = dot + 1;
    return true;
}

static bool is_end(const struct yaml_node *link, const char *key, const char *name)
{
    char thing[64];
    const char *port;
    return split(link, key, thing, &port) && strcmp(thing, name) == 0;
}

/* The next link of a graph that goes into a thing, from that index on; NULL: none. */
static const struct yaml_node *next_input(const struct graph *graph, const char *name, size_t *at)
{
    while (*at < graph->link_count) {
        const struct yaml_node *link = graph->links[(*at)++].node;
        if (is_end(link, "to", name))
            return link;
    }
    return NULL;
}

static bool same_link(const struct yaml_node *a, const struct yaml_node *b)
{
    return str_eq(yaml_str(a, "from"), yaml_str(b, "from")) && str_eq(yaml_str(a, "to"), yaml_str(b, "to"));
}

static bool has_link(const struct graph *graph, const struct yaml_node *link)
{
    for (size_t i = 0; i < graph->link_count; i++)
        if (same_link(graph->links[i].node, link))
            return true;
    return false;
}

/* Whether the same goes into it, in the same order: then its links stay where they are. */
static bool has_same_inputs(const struct graph *a, const struct graph *b, const char *name)
{
    const struct yaml_node *x, *y;
    size_t i = 0, k = 0;
    do {
        x = next_input(a, name, &i);
        y = next_input(b, name, &k);
    } while (x && y && same_link(x, y));
    return !x && !y;
}

/* The steps. */

static int check_names(const struct only *o, struct err *err)
{
    const struct graph *now = document_graph(o->doc), *draft = document_graph(o->draft);
    for (const struct map_entry *e = map_first(&o->names); e; e = map_next(&o->names, e))
        if (!graph_find(now, e->key) && !graph_find(draft, e->key))
            return edit_unknown_thing(o->draft, e->key, err);
    return 0;
}

static int take_inputs_away(struct only *o, const char *name, struct err *err)
{
    for (size_t i = document_graph(o->doc)->link_count; i-- > 0;)
        if (is_end(document_graph(o->doc)->links[i].node, "to", name) && document_remove_link(o->doc, i, err) < 0)
            return -1;
    return 0;
}

/* What goes away may not be what others go on to take; the links of those that are named are gone by now. */
static int take_away(struct only *o, const char *name, struct err *err)
{
    const struct graph *now = document_graph(o->doc);
    for (size_t i = 0; i < now->link_count; i++) {
        char to[64];
        const char *port;
        if (is_end(now->links[i].node, "from", name) && split(now->links[i].node, "to", to, &port))
            return err_set(err, "%s is no longer in the draft, and %s.%s, as it is deployed, takes what it gives: deploy both, "
                                "%s and %s", name, to, port, name, to);
    }
    return document_remove_thing(o->doc, name, err);
}

static int put(struct only *o, const struct graph_thing *thing, struct err *err)
{
    size_t len, was_len;
    if (!graph_find(document_graph(o->doc), thing->name)) {
        struct edit e;
        edit_begin(&e, o->doc);
        if (edit_append_item(&e, "things", yaml_to_json(thing->node), !thing->node->flow, err) == 0)
            return edit_end(&e, err, "add %s", thing->name);
        edit_drop(&e);
        return -1;
    }
    char *text = document_thing_text(o->draft, thing->name, &len, err);
    char *was = text ? document_thing_text(o->doc, thing->name, &was_len, err) : NULL;
    int rc = !was ? -1 : len == was_len && memcmp(text, was, len) == 0 ? 0 : edit_put_thing(o->doc, thing->name, text, len, err);
    free(text);
    free(was);
    return rc;
}

static int add_input(struct only *o, const struct yaml_node *link, struct err *err)
{
    char from[64] = "", to[64] = "";
    const char *from_port = "", *to_port = "";
    if (!split(link, "from", from, &from_port) || !split(link, "to", to, &to_port))
        return err_set(err, "line %d: a link goes from THING.PORT to THING.PORT", link->line);
    if (!graph_find(document_graph(o->doc), from) && graph_find(document_graph(o->draft), from))
        return err_set(err, "%s.%s takes what %s gives, which is not deployed: deploy both, %s and %s", to, to_port, from, from, to);
    return document_add_link(o->doc, from, from_port, to, to_port, err);
}

static int add_inputs(struct only *o, const char *name, struct err *err)
{
    const struct graph *draft = document_graph(o->draft);
    const struct yaml_node *link;
    for (size_t at = 0; (link = next_input(draft, name, &at));)
        if (add_input(o, link, err) < 0)
            return -1;
    return 0;
}

/* First all links that change go, last the new ones come: what is left of the links in between does not matter. */
static int make(struct only *o, struct err *err)
{
    const struct graph *draft = document_graph(o->draft);
    struct map wired = {0}; /* things whose links are made anew */
    int rc = check_names(o, err);
    for (const struct map_entry *e = map_first(&o->names); e && rc == 0; e = map_next(&o->names, e))
        if (!has_same_inputs(document_graph(o->doc), draft, e->key)) {
            map_put(&wired, e->key, o);
            rc = take_inputs_away(o, e->key, err);
        }
    for (const struct map_entry *e = map_first(&o->names); e && rc == 0; e = map_next(&o->names, e))
        if (!graph_find(draft, e->key))
            rc = take_away(o, e->key, err);
    for (size_t i = 0; i < draft->thing_count && rc == 0; i++) /* new ones in the draft's order */
        if (draft->things[i].name && map_has(&o->names, draft->things[i].name))
            rc = put(o, &draft->things[i], err);
    for (const struct map_entry *e = map_first(&wired); e && rc == 0; e = map_next(&wired, e))
        rc = graph_find(draft, e->key) ? add_inputs(o, e->key, err) : 0;
    map_release(&wired, NULL);
    return rc;
}

static int check_faults(const struct only *o, struct err *err)
{
    const struct faults *faults = document_faults(o->doc);
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->items[i].warning)
            return err_set(err, "with nothing else as the draft has it there would be a fault: %s", faults->items[i].text);
    return 0;
}

/* From one of the things to one that is not: in one of the graphs and not in the other. */
static void say_left(const struct only *o, const struct graph *in, const struct graph *not_in, struct buf *left)
{
    for (size_t i = 0; i < in->link_count; i++) {
        const struct yaml_node *link = in->links[i].node;
        char from[64], to[64];
        const char *port;
        if (split(link, "from", from, &port) && split(link, "to", to, &port) && map_has(&o->names, from) &&
            !map_has(&o->names, to) && graph_find(not_in, to) && !has_link(not_in, link))
            buf_addf(left, "%s → %s\n", yaml_str(link, "from"), yaml_str(link, "to"));
    }
}

char *only_text(const char *deployed, const struct document *draft, const char *const *names, size_t count,
                const struct catalogue *cat, struct buf *left, struct err *err)
{
    struct only o = {.draft = draft};
    char *text = NULL;
    o.doc = document_new(deployed, strlen(deployed), "deployed", NULL, NULL, cat, err);
    if (!o.doc) {
        err_prefix(err, "what is deployed cannot be read");
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        map_put(&o.names, names[i], &o);
    if (make(&o, err) == 0 && check_faults(&o, err) == 0) {
        text = xstrdup(document_text(o.doc, NULL));
        if (left) {
            say_left(&o, document_graph(draft), document_graph(o.doc), left);
            say_left(&o, document_graph(o.doc), document_graph(draft), left);
        }
    }
    map_release(&o.names, NULL);
    document_free(o.doc);
    return text;
}
