#include "graph/overlay.h"

#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"

/* It is laid over in rounds: one gathers all that can be done to the text as it was parsed. What can be said only once that is
 * done (the second item of an empty list) is left to the next, which finds what was done in the text. Two or three do. */
struct overlaying {
    struct source_text *source;
    struct reader r; /* of the overlay */

    /* Of this round: */
    struct edit e;
    struct map things; /* name → struct laid, of the text and then of the overlay */
    struct map links;  /* "camera.video screen.video" */
    bool again;        /* something was left to the next */
};

/* A thing of the text, NULL when it is new there, and of the overlay. */
struct laid {
    const struct yaml_node *there, *item;
    cJSON *meaning; /* there's */
};

/* A null says that a key is not to be; in what is new there is nothing to take away. */
static cJSON *without_nulls(cJSON *value)
{
    for (cJSON *item = value->child, *next; item; item = next) {
        next = item->next;
        if (cJSON_IsNull(item) && cJSON_IsObject(value))
            cJSON_Delete(cJSON_DetachItemViaPointer(value, item));
        else if (cJSON_IsObject(value))
            without_nulls(item);
    }
    return value;
}

static void merge_map(struct overlaying *o, const struct yaml_node *map, const struct yaml_node *into, cJSON *meaning);

/* Where what is said next stands in the overlay. */
static void say(struct overlaying *o, const struct yaml_node *node)
{
    o->e.splices.line = node->line;
    o->e.splices.column = node->column;
}

/* Whether it had nothing in it when this round began, and has now. */
static bool was_filled(const struct yaml_node *container, const cJSON *meaning)
{
    return (!container || !container->count) && meaning && meaning->child;
}

static void replace(struct overlaying *o, const struct yaml_node *node, const struct yaml_node *old, cJSON *meaning)
{
    cJSON *value = without_nulls(yaml_to_json(node)), *was = yaml_to_json(old);
    say(o, node);
    if (json_equal(was, value) || (node->type == YAML_MAP && !value->child))
        cJSON_Delete(value);
    else
        edit_set_key(&o->e, old->parent, meaning, node->key, value);
    cJSON_Delete(was);
}

static void add(struct overlaying *o, const struct yaml_node *node, const struct yaml_node *into, cJSON *meaning)
{
    cJSON *value = without_nulls(yaml_to_json(node));
    bool nothing = cJSON_IsNull(value) || (node->type == YAML_MAP && !value->child);
    say(o, node);
    if (!nothing && !was_filled(into, meaning)) {
        edit_set_key(&o->e, into, meaning, node->key, value);
    } else {
        o->again |= !nothing;
        cJSON_Delete(value);
    }
}

/* One key of a map that has it. */
static void merge_key(struct overlaying *o, const struct yaml_node *node, const struct yaml_node *there, cJSON *meaning)
{
    if (there->type == YAML_MAP && node->type == YAML_MAP)
        merge_map(o, node, there, cJSON_GetObjectItemCaseSensitive(meaning, node->key));
    else if (!yaml_is_null(node))
        replace(o, node, there, meaning);
}

static bool is_taken_away(void *data, const struct yaml_node *child)
{
    const struct yaml_node *said = yaml_get(data, child->key);
    return said && yaml_is_null(said);
}

/* Innermost first: what comes in at the end of a map stands before what comes in at the end of the map around it. */
static void merge_map(struct overlaying *o, const struct yaml_node *map, const struct yaml_node *into, cJSON *meaning)
{
    for (const struct yaml_node *n = map->child, *there; n; n = n->next)
        if ((there = yaml_get(into, n->key)))
            merge_key(o, n, there, meaning);
    size_t before = o->e.splices.count;
    say(o, map);
    edit_remove_children(&o->e, into, meaning, is_taken_away, (void *)(uintptr_t)map);
    bool took = o->e.splices.count > before;
    for (const struct yaml_node *n = map->child; n; n = n->next) {
        if (yaml_is_null(n) || yaml_get(into, n->key))
            continue;
        if (took)
            o->again = true;
        else
            add(o, n, into, meaning);
    }
}

/* One more item of spec.things or spec.links, either of which may be missing. */
static void append_item(struct overlaying *o, const char *key, const struct yaml_node *item)
{
    const struct yaml_node *spec = yaml_get(o->e.root, "spec"), *list = yaml_get(spec, key);
    const cJSON *meaning = json_get(o->e.meaning, "spec");
    struct err err = ERR_INIT;
    if (was_filled(list, json_get(meaning, key)) || (!list && was_filled(spec, meaning))) {
        o->again = true;
        return;
    }
    say(o, item);
    if (edit_append_item(&o->e, key, without_nulls(yaml_to_json(item)), !item->flow, &err) < 0)
        read_fault(&o->r, item, "%s", err.text);
}

static const char *nearest_thing(const struct overlaying *o, const char *name)
{
    size_t count = 0;
    const char **names = xcalloc(o->things.count + 1, sizeof *names);
    for (struct map_entry *e = map_first(&o->things); e; e = map_next(&o->things, e))
        names[count++] = e->key;
    const char *nearest = text_nearest(name, names);
    free(names);
    return nearest;
}

static struct laid *lay_thing(struct overlaying *o, const char *name, struct laid as)
{
    struct laid *laid = xcalloc(1, sizeof *laid);
    *laid = as;
    free(map_put(&o->things, name, laid));
    return laid;
}

static void merge_thing(struct overlaying *o, const struct yaml_node *item)
{
    const char *name = read_text(&o->r, item, "name", true);
    struct laid *laid = name ? map_get(&o->things, name) : NULL;
    if (!name)
        return;
    if (laid && laid->item) {
        read_fault(&o->r, yaml_get(item, "name"), "this overlay has '%s' already (line %d)", SHOWN(name), laid->item->line);
    } else if (laid) {
        merge_map(o, item, laid->there, laid->meaning);
        laid->item = item;
    } else if (yaml_get(item, "type") || yaml_get(item, "external")) {
        append_item(o, "things", item);
        lay_thing(o, name, (struct laid){.item = item});
    } else {
        read_fault(&o->r, yaml_get(item, "name"), "no thing is named '%s'%s (a new one needs its 'type')", SHOWN(name),
                   DID_YOU_MEAN(nearest_thing(o, name)));
    }
}

/* Whether it is the first such link. */
static bool lay_link(struct overlaying *o, const struct yaml_node *item)
{
    char *ends = xasprintf("%s %s", str_or_empty(yaml_str(item, "from")), str_or_empty(yaml_str(item, "to")));
    bool first = !map_put(&o->links, ends, o);
    free(ends);
    return first;
}

/* A link that is there already is not made twice. */
static void merge_link(struct overlaying *o, const struct yaml_node *item)
{
    if (lay_link(o, item))
        append_item(o, "links", item);
}

static const struct {
    const char *key, *what;
    void (*merge)(struct overlaying *o, const struct yaml_node *item);
} lists[] = {{"things", "a thing", merge_thing}, {"links", "a link", merge_link}};

static bool is_new(const struct overlaying *o, const struct yaml_node *item)
{
    const char *name = item->type == YAML_MAP ? yaml_str(item, "name") : NULL;
    const struct laid *laid = name ? map_get(&o->things, name) : NULL;
    return !laid || !laid->there;
}

/* What is there before what comes in at the end of it: lists at the end of spec, items at the end of a list. */
static void merge_lists(struct overlaying *o, const struct yaml_node *spec)
{
    const struct yaml_node *into = yaml_get(o->e.root, "spec");
    for (size_t i = 0; i < 2 * ARRAY_SIZE(lists); i++) {
        size_t which = i % ARRAY_SIZE(lists);
        const struct yaml_node *list = yaml_get(spec, lists[which].key), *there = yaml_get(into, lists[which].key);
        if ((there != NULL) != (i < ARRAY_SIZE(lists)) || !read_list(&o->r, list, lists[which].key))
            continue;
        if (there && there->type != YAML_SEQ && !yaml_is_null(there))
            continue; /* graph_parse() says what it must be */
        for (int new = 0; new < 2; new++)
            for (const struct yaml_node *n = list->child; n; n = n->next)
                if (is_new(o, n) == new && read_map(&o->r, n, lists[which].what))
                    lists[which].merge(o, n);
    }
}

/* Whether it is an overlay, and of this graph. */
static bool check_head(struct overlaying *o, const struct yaml_node *root, const struct yaml_node *graph)
{
    static const char *const keys[] = {"apiVersion", "kind", "metadata", "spec", "view", NULL};
    static const char *const meta_keys[] = {"name", "namespace", NULL}, *const spec_keys[] = {"things", "links", NULL};
    size_t errors = o->r.faults->errors;
    if (!root || root->type != YAML_MAP) {
        read_fault(&o->r, root, "this is no overlay: it must be a map with kind, and metadata or spec");
        return false;
    }
    read_keys(&o->r, root, "an overlay", keys);
    const char *kind = read_text(&o->r, root, "kind", true), *api = read_text(&o->r, root, "apiVersion", false);
    if (kind && strcmp(kind, "ServiceGraph") != 0)
        read_fault(&o->r, yaml_get(root, "kind"), "an overlay is of the kind ServiceGraph, not '%s'", SHOWN(kind));
    if (api && strcmp(api, GRAPH_API_VERSION) != 0)
        read_fault(&o->r, yaml_get(root, "apiVersion"), "the apiVersion must be " GRAPH_API_VERSION ", not '%s'",
                   SHOWN(api));
    const struct yaml_node *meta = yaml_get(root, "metadata"), *spec = yaml_get(root, "spec");
    if (read_map(&o->r, meta, "metadata")) {
        read_keys(&o->r, meta, "metadata", meta_keys);
        const char *name = read_text(&o->r, meta, "name", false);
        const char *own = yaml_str(yaml_get(graph, "metadata"), "name");
        if (name && own && strcmp(name, own) != 0)
            read_fault(&o->r, yaml_get(meta, "name"), "this overlay is for the graph '%s', and %s is '%s'", SHOWN(name),
                       SHOWN(o->source->name), SHOWN(own));
    }
    if (read_map(&o->r, spec, "spec"))
        read_keys(&o->r, spec, "spec", spec_keys);
    read_map(&o->r, yaml_get(root, "view"), "view");
    return o->r.faults->errors == errors;
}

/* What this round has to say. */
static void gather(struct overlaying *o, const struct yaml_node *root)
{
    static const char *const around[] = {"metadata", "view"};
    for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
        const struct yaml_node *node = yaml_get(root, around[i]), *there = yaml_get(o->e.root, around[i]);
        if (node && there)
            merge_key(o, node, there, o->e.meaning);
    }
    if (yaml_get(root, "spec"))
        merge_lists(o, yaml_get(root, "spec"));
    for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
        const struct yaml_node *node = yaml_get(root, around[i]);
        if (node && !yaml_get(o->e.root, around[i]))
            add(o, node, o->e.root, o->e.meaning);
    }
}

static bool is_graph(const struct yaml_doc *doc)
{
    const struct yaml_node *root = doc ? doc->root : NULL, *spec = yaml_get(root, "spec");
    return root && root->type == YAML_MAP && !doc->next && (!spec || spec->type == YAML_MAP || yaml_is_null(spec));
}

static struct yaml_doc *parse(const struct buf *text)
{
    struct yaml_fault fault;
    return yaml_parse(text->data, text->len, &fault);
}

static void begin(struct overlaying *o, const struct yaml_doc *doc, cJSON *meaning)
{
    const struct buf *text = &o->source->text;
    edit_open(&o->e, text->data, text->len, doc->root, meaning);
    o->again = false;
    const struct yaml_node *spec = yaml_get(doc->root, "spec");
    const struct yaml_node *things = yaml_get(spec, "things"), *links = yaml_get(spec, "links");
    const struct yaml_node *thing = things && things->type == YAML_SEQ ? things->child : NULL;
    cJSON *item = thing ? json_get(json_get(meaning, "spec"), "things")->child : NULL;
    for (; thing; thing = thing->next, item = item->next)
        if (thing->type == YAML_MAP && yaml_str(thing, "name") && !map_has(&o->things, yaml_str(thing, "name")))
            lay_thing(o, yaml_str(thing, "name"), (struct laid){.there = thing, .meaning = item});
    for (const struct yaml_node *n = links && links->type == YAML_SEQ ? links->child : NULL; n; n = n->next)
        if (n->type == YAML_MAP)
            lay_link(o, n);
}

static void end(struct overlaying *o)
{
    edit_drop(&o->e);
    map_release(&o->things, free);
    map_release(&o->links, NULL);
}

/* The text as the round has it, parsed; NULL: faults. */
static struct yaml_doc *commit(struct overlaying *o)
{
    splices_finish(&o->e.splices, &o->e.site);
    source_splice(o->source, &o->e.splices, o->r.file);
    if (o->source->text.over) {
        read_fault(&o->r, NULL, "with it the graph has more than %u MiB", YAML_MAX_BYTES >> 20);
        return NULL;
    }
    struct yaml_doc *doc = parse(&o->source->text);
    if (is_graph(doc) && edit_says(doc->root, o->e.meaning, SAYS_ALL))
        return doc;
    read_fault(&o->r, NULL, "the text of %s is written in a way that this cannot be laid over", SHOWN(o->source->name));
    yaml_doc_free(doc);
    return NULL;
}

static struct yaml_doc *lay(struct overlaying *o, const struct yaml_node *root, struct yaml_doc *doc)
{
    size_t errors = o->r.faults->errors;
    do {
        cJSON *meaning = yaml_to_json(doc->root);
        begin(o, doc, meaning);
        gather(o, root);
        struct yaml_doc *next = o->r.faults->errors == errors ? commit(o) : NULL;
        end(o);
        yaml_doc_free(doc);
        doc = next;
    } while (doc && o->again);
    return doc;
}

int graph_overlay(struct source_text *source, const char *name, const char *text, size_t len, struct faults *faults)
{
    struct overlaying o = {.source = source, .r = {.file = name, .faults = faults}};
    struct yaml_fault fault;
    size_t errors = faults->errors;
    struct yaml_doc *graph = parse(&source->text);
    if (!is_graph(graph)) {
        yaml_doc_free(graph);
        return 0;
    }
    struct yaml_doc *doc = yaml_parse(text, len, &fault);
    if (!doc && err_is_set(&fault.why))
        faults_add(faults, name, fault.line, fault.column, false, NULL, "%s", fault.why.text);
    else if (doc && doc->next)
        read_fault(&o.r, doc->next->root, "a file holds one overlay: put what follows '---' into a file of its own");
    else if (check_head(&o, doc ? doc->root : NULL, graph->root))
        graph = lay(&o, doc->root, graph);
    yaml_doc_free(doc);
    yaml_doc_free(graph);
    return faults->errors == errors ? 0 : -1;
}
