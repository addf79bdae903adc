#include "graph/overlay.h"

#include "base/text.h"
#include "graph/graph_read.h"
#include "graph/splice.h"

struct overlaying {
    struct source_text *source;
    struct reader r;        /* of the overlay */
    struct yaml_doc *doc;   /* of source->text as it is now */
    struct site site;
    cJSON *meaning;         /* of the text as it shall be */
};

static int parse(struct overlaying *o)
{
    struct yaml_fault fault;
    const struct buf *text = &o->source->text;
    yaml_doc_free(o->doc);
    o->doc = yaml_parse(text->data, text->len, &fault);
    if (!o->doc || !o->doc->root)
        return -1;
    site_init(&o->site, text->data, text->len, o->doc->root);
    return 0;
}

/* The text changes as the splices say; `at` is where the overlay says so. */
static void commit(struct overlaying *o, struct splices *splices, const struct yaml_node *at)
{
    struct source_place place = {o->r.file, at->line, at->column};
    splices_finish(splices, &o->site);
    for (size_t i = splices->count; i-- > 0;) {
        const struct splice *s = &splices->items[i];
        source_splice(o->source, s->at, s->old_len, s->new, s->new_len, &place);
    }
    splices_release(splices);
    if (parse(o) < 0)
        read_fault(&o->r, at, "the text of %s is written in a way that this cannot be laid over", SHOWN(o->source->name));
}

/* The JSON that a node of the text stands for. */
static cJSON *meaning_of(const struct overlaying *o, const struct yaml_node *node)
{
    if (!node->parent)
        return o->meaning;
    int index = 0;
    for (const struct yaml_node *n = node->parent->child; n != node; n = n->next)
        index++;
    return cJSON_GetArrayItem(meaning_of(o, node->parent), index);
}

static void replace(struct overlaying *o, const struct yaml_node *node, cJSON *value, const struct yaml_node *at)
{
    struct splices splices = {0};
    splice_value(&splices, &o->site, node, value);
    cJSON_ReplaceItemInObjectCaseSensitive(meaning_of(o, node->parent), node->key, value);
    commit(o, &splices, at);
}

/* container may be a null, which becomes a map or a list. */
static void append(struct overlaying *o, const struct yaml_node *container, const char *key, cJSON *value, int levels,
                   const struct yaml_node *at)
{
    struct splices splices = {0};
    cJSON *into = meaning_of(o, container);
    splice_append(&splices, &o->site, container, key, value, levels, levels > 0);
    if (container->type == YAML_SCALAR) {
        cJSON *made = key ? cJSON_CreateObject() : cJSON_CreateArray();
        cJSON_ReplaceItemInObjectCaseSensitive(meaning_of(o, container->parent), container->key, made);
        into = made;
    }
    if (key)
        cJSON_AddItemToObject(into, key, value);
    else
        cJSON_AddItemToArray(into, value);
    commit(o, &splices, at);
}

static bool is_node(void *data, const struct yaml_node *child)
{
    return child == data;
}

static void remove_key(struct overlaying *o, const struct yaml_node *node, const struct yaml_node *at)
{
    struct splices splices = {0};
    splice_remove(&splices, &o->site, node->parent, is_node, (void *)(uintptr_t)node);
    cJSON_DeleteItemFromObjectCaseSensitive(meaning_of(o, node->parent), node->key);
    commit(o, &splices, at);
}

/* What stands in the text where `node` stands in the overlay, or NULL. Things go by name. */
static const struct yaml_node *counterpart(const struct overlaying *o, const struct yaml_node *node)
{
    if (!node->parent)
        return o->doc ? o->doc->root : NULL;
    const struct yaml_node *parent = counterpart(o, node->parent);
    if (!parent)
        return NULL;
    if (node->key)
        return parent->type == YAML_MAP ? yaml_get(parent, node->key) : NULL;
    const char *name = yaml_str(node, "name");
    for (const struct yaml_node *n = parent->type == YAML_SEQ ? parent->child : NULL; n; n = n->next)
        if (n->type == YAML_MAP && str_eq(yaml_str(n, "name"), name))
            return n;
    return NULL;
}

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

static void merge_key(struct overlaying *o, const struct yaml_node *node);

static void merge_map(struct overlaying *o, const struct yaml_node *map, const char *but)
{
    size_t errors = o->r.faults->errors;
    for (const struct yaml_node *n = map->child; n && o->r.faults->errors == errors; n = n->next)
        if (!str_eq(n->key, but))
            merge_key(o, n);
}

static void merge_key(struct overlaying *o, const struct yaml_node *node)
{
    const struct yaml_node *there = counterpart(o, node), *parent = counterpart(o, node->parent);
    if (yaml_is_null(node)) {
        if (there)
            remove_key(o, there, node);
    } else if (there && there->type == YAML_MAP && node->type == YAML_MAP) {
        merge_map(o, node, NULL);
    } else {
        cJSON *value = without_nulls(yaml_to_json(node));
        cJSON *old = there ? yaml_to_json(there) : NULL;
        bool same = old && json_equal(old, value);
        cJSON_Delete(old);
        if (same || (node->type == YAML_MAP && !value->child))
            cJSON_Delete(value);
        else if (there)
            replace(o, there, value, node);
        else
            append(o, parent, node->key, value, 0, node);
    }
}

/* One more item of spec.things or spec.links, either of which may be missing. */
static void append_item(struct overlaying *o, const char *key, const struct yaml_node *item)
{
    const struct yaml_node *root = o->doc->root, *spec = yaml_get(root, "spec"), *list = yaml_get(spec, key);
    cJSON *value = without_nulls(yaml_to_json(item));
    bool block = list && list->count ? !list->last->flow : !item->flow;
    if (list) {
        append(o, list, NULL, value, block ? 1 : 0, item);
        return;
    }
    cJSON *items = cJSON_CreateArray(), *whole = spec ? items : cJSON_CreateObject();
    cJSON_AddItemToArray(items, value);
    if (!spec)
        cJSON_AddItemToObject(whole, key, items);
    append(o, spec ? spec : root, spec ? key : "spec", whole, (block ? 2 : 1) + !spec, item);
}

static const char *nearest_thing(const struct overlaying *o, const char *name)
{
    const struct yaml_node *list = yaml_get(yaml_get(o->doc->root, "spec"), "things");
    size_t count = 0;
    const char **names = xcalloc((list ? list->count : 0) + 1, sizeof *names);
    for (const struct yaml_node *n = list ? list->child : NULL; n; n = n->next)
        if (n->type == YAML_MAP && yaml_str(n, "name"))
            names[count++] = yaml_str(n, "name");
    const char *nearest = text_nearest(name, names);
    free(names);
    return nearest;
}

static void merge_thing(struct overlaying *o, const struct yaml_node *item)
{
    const char *name = read_text(&o->r, item, "name", true);
    if (!name)
        return;
    if (counterpart(o, item))
        merge_map(o, item, "name");
    else if (yaml_get(item, "type") || yaml_get(item, "external"))
        append_item(o, "things", item);
    else
        read_fault(&o->r, yaml_get(item, "name"), "no thing is named '%s'%s (a new one needs its 'type')", SHOWN(name),
                   DID_YOU_MEAN(nearest_thing(o, name)));
}

/* A link that is there already is not made twice. */
static void merge_link(struct overlaying *o, const struct yaml_node *item)
{
    const struct yaml_node *list = yaml_get(yaml_get(o->doc->root, "spec"), "links");
    const char *from = yaml_str(item, "from"), *to = yaml_str(item, "to");
    for (const struct yaml_node *n = list && list->type == YAML_SEQ ? list->child : NULL; n; n = n->next)
        if (n->type == YAML_MAP && str_eq(yaml_str(n, "from"), from) && str_eq(yaml_str(n, "to"), to))
            return;
    append_item(o, "links", item);
}

static void merge_list(struct overlaying *o, const struct yaml_node *spec, const char *key, const char *what,
                       void (*merge)(struct overlaying *o, const struct yaml_node *item))
{
    const struct yaml_node *list = yaml_get(spec, key), *there = yaml_get(yaml_get(o->doc->root, "spec"), key);
    if (!read_list(&o->r, list, key))
        return;
    if (there && there->type != YAML_SEQ && !yaml_is_null(there))
        return; /* graph_parse() says what it must be */
    size_t errors = o->r.faults->errors;
    for (const struct yaml_node *n = list->child; n && o->r.faults->errors == errors; n = n->next)
        if (read_map(&o->r, n, what))
            merge(o, n);
}

/* Whether it is an overlay, and of this graph. */
static bool check_head(struct overlaying *o, const struct yaml_node *root)
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
        const char *own = yaml_str(yaml_get(o->doc->root, "metadata"), "name");
        if (name && own && strcmp(name, own) != 0)
            read_fault(&o->r, yaml_get(meta, "name"), "this overlay is for the graph '%s', and %s is '%s'", SHOWN(name),
                       SHOWN(o->source->name), SHOWN(own));
    }
    if (read_map(&o->r, spec, "spec"))
        read_keys(&o->r, spec, "spec", spec_keys);
    read_map(&o->r, yaml_get(root, "view"), "view");
    return o->r.faults->errors == errors;
}

static void lay(struct overlaying *o, const struct yaml_node *root)
{
    const struct yaml_node *meta = yaml_get(root, "metadata"), *spec = yaml_get(root, "spec"), *view = yaml_get(root, "view");
    size_t errors = o->r.faults->errors;
    o->meaning = yaml_to_json(o->doc->root);
    if (meta && !yaml_is_null(meta))
        merge_key(o, meta);
    if (spec && !yaml_is_null(spec)) {
        merge_list(o, spec, "things", "a thing", merge_thing);
        merge_list(o, spec, "links", "a link", merge_link);
    }
    if (view && !yaml_is_null(view) && o->r.faults->errors == errors)
        merge_key(o, view);
    if (o->r.faults->errors != errors)
        return;
    cJSON *meaning = yaml_to_json(o->doc->root);
    if (!json_equal(meaning, o->meaning))
        read_fault(&o->r, NULL, "the text of %s is written in a way that this cannot be laid over", SHOWN(o->source->name));
    cJSON_Delete(meaning);
}

static bool is_graph(const struct yaml_doc *doc)
{
    const struct yaml_node *root = doc->root, *spec = yaml_get(root, "spec");
    return root->type == YAML_MAP && !doc->next && (!spec || spec->type == YAML_MAP || yaml_is_null(spec));
}

int graph_overlay(struct source_text *source, const char *name, const char *text, size_t len, struct faults *faults)
{
    struct overlaying o = {.source = source, .r = {.file = name, .faults = faults}};
    struct yaml_fault fault;
    size_t errors = faults->errors;
    if (parse(&o) < 0 || !is_graph(o.doc)) {
        yaml_doc_free(o.doc);
        return 0;
    }
    struct yaml_doc *doc = yaml_parse(text, len, &fault);
    if (!doc && err_is_set(&fault.why))
        faults_add(faults, name, fault.line, fault.column, false, NULL, "%s", fault.why.text);
    else if (doc && doc->next)
        read_fault(&o.r, doc->next->root, "a file holds one overlay: put what follows '---' into a file of its own");
    else if (check_head(&o, doc ? doc->root : NULL))
        lay(&o, doc->root);
    if (source->text.over)
        read_fault(&o.r, NULL, "with it the graph has more than %u MiB", YAML_MAX_BYTES >> 20);
    yaml_doc_free(doc);
    yaml_doc_free(o.doc);
    cJSON_Delete(o.meaning);
    return faults->errors == errors ? 0 : -1;
}
