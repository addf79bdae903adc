#include "graph/graph_read.h"

#include "base/text.h"
#include "base/secret.h"

#define PLACE_MAX 100000

static void read_header(const struct reader *r, const struct yaml_node *root, struct graph *graph)
{
    static const char *const keys[] = {"apiVersion", "kind", "metadata", "spec", "view", NULL};
    static const char *const meta_keys[] = {"name", "namespace", NULL};
    const char *api = read_text(r, root, "apiVersion", true);
    if (api && strcmp(api, GRAPH_API_VERSION) != 0)
        read_fault(r, yaml_get(root, "apiVersion"), "the apiVersion must be " GRAPH_API_VERSION ", not '%s'",
                   SHOWN(api));
    read_keys(r, root, "a ServiceGraph", keys);
    const struct yaml_node *meta = yaml_get(root, "metadata");
    const char *name = NULL, *ns = NULL;
    if (read_map(r, meta, "metadata")) {
        read_keys(r, meta, "metadata", meta_keys);
        name = read_text(r, meta, "name", true);
        ns = read_text(r, meta, "namespace", false);
    } else if (!meta || yaml_is_null(meta)) {
        read_fault(r, meta ? meta : root, "'metadata' with a 'name' is missing");
    }
    if (name && !text_is_label(name, THING_NAME_MAX)) {
        char *legal = graph_legal_name(name);
        read_fault(r, yaml_get(meta, "name"),
                   "'%s' is no legal name for a graph: lower case letters, digits and "
                   "hyphens, a letter first, at most %d characters; '%s' would do",
                   SHOWN(name), THING_NAME_MAX, legal);
        free(legal);
    }
    if (ns && !is_label1123(ns, 63))
        read_fault(r, yaml_get(meta, "namespace"),
                   "'%s' is no legal name for a namespace: lower case letters, digits "
                   "and hyphens, at most 63 characters",
                   SHOWN(ns));
    graph->name = str_or_empty(name);
    graph->ns = ns ? ns : "default";
}

/* others: the nodes of names that are not legal, by what they become. */
static void read_thing_name(const struct reader *r, const struct graph_thing *thing, const char *name,
                            const struct graph *graph, struct map *others)
{
    const struct yaml_node *at = yaml_get(thing->node, "name");
    bool fine = text_is_label(name, THING_NAME_MAX);
    char *made = fine ? NULL : graph_legal_name(name);
    const char *form = fine ? name : made;
    if (!fine)
        read_fault(r, at,
                   "'%s' is no legal name for a thing: it becomes a host name, so lower case letters, digits "
                   "and hyphens, a letter first, at most %d characters; '%s' would do",
                   SHOWN(name), THING_NAME_MAX, form);
    const struct yaml_node *first = others->count ? map_get(others, form) : NULL;
    const struct graph_thing *same = first ? NULL : graph_find(graph, form);
    if (same && same != thing)
        first = yaml_get(same->node, "name");
    if (!first && !fine) {
        map_put(others, form, (void *)(uintptr_t)at);
    } else if (first && strcmp(first->value, name) == 0) {
        read_fault(r, at, "the name '%s' is taken already (line %d)", SHOWN(name), first->line);
    } else if (first) {
        read_fault(r, at, "'%s' and '%s' (line %d) become one name, '%s'", SHOWN(name), SHOWN(first->value),
                   first->line, form);
    }
    free(made);
}

static void read_params(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    const struct yaml_node *map = yaml_get(node, "params");
    const struct media_thing *entry = thing->entry;
    if (read_map(r, map, "params")) {
        thing->params = xcalloc(map->count, sizeof *thing->params);
        const char **names = xcalloc(entry ? entry->param_count + 1 : 1, sizeof *names);
        for (size_t i = 0; entry && i < entry->param_count; i++)
            names[i] = entry->params[i].name;
        for (const struct yaml_node *n = map->child; n; n = n->next) {
            const struct param_type_info *param = media_thing_param(entry, n->key);
            if (entry && !param)
                read_key_fault(r, n, "the type %s has no parameter '%s'%s", SHOWN(entry->name), SHOWN(n->key),
                               DID_YOU_MEAN(text_nearest(n->key, names)));
            const char *value = read_scalar(r, n, n->key);
            struct err err = ERR_INIT;
            if (!value) {
                if (n->type == YAML_SCALAR && yaml_is_null(n))
                    read_fault(r, n, "the parameter '%s' has no value", SHOWN(n->key));
                continue;
            }
            if (param && param_check(param, value, &err) < 0)
                read_fault(r, n, "%s: '%s' %s", SHOWN(n->key), SHOWN(value), err.text);
            if (secret_value(n->key, value))
                read_fault(r, n,
                           "%s looks like a credential: a graph is kept as plain text, so keep it in a Secret, "
                           "name that under 'secrets', and write $(VARIABLE) here",
                           SHOWN(n->key));
            thing->params[thing->param_count++] = (struct graph_param){n->key, value};
        }
        free(names);
    }
    for (size_t i = 0; entry && i < entry->param_count; i++)
        if (entry->params[i].required && !graph_param(thing, entry->params[i].name))
            read_fault(r, map && map->type == YAML_MAP ? map : node, "the type %s needs the parameter '%s'%s%s%s",
                       SHOWN(entry->name), entry->params[i].name, entry->params[i].help ? " (" : "",
                       str_or_empty(entry->params[i].help), entry->params[i].help ? ")" : "");
}

/* graph_stamp() has filled in what it could. */
static void read_leftover(const struct reader *r, const struct yaml_node *node)
{
    const struct yaml_node *at = yaml_get(node, "foreach");
    if (at)
        read_key_fault(r, at,
                       "'foreach' repeats this for each row of a CSV file when a graph is read from its own file; here it "
                       "means nothing");
}

static void read_external(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"name", "external", NULL};
    const struct yaml_node *map = yaml_get(node, "external");
    for (const struct yaml_node *n = node->child; n; n = n->next)
        if (strcmp(n->key, keys[0]) != 0 && strcmp(n->key, keys[1]) != 0 && strcmp(n->key, "foreach") != 0)
            read_key_fault(r, n,
                           "'%s' has no meaning for an external thing, which is never deployed: it has only a "
                           "name and the URLs of its ports",
                           SHOWN(n->key));
    if (!read_map(r, map, "external") || !map->count) {
        if (yaml_is_null(map) || map->type == YAML_MAP)
            read_fault(r, map, "'external' must give the URL of each port, as in {video: \"rtsp://host/stream\"}");
        return;
    }
    thing->external_ports = xcalloc(map->count, sizeof *thing->external_ports);
    for (const struct yaml_node *n = map->child; n; n = n->next) {
        const char *url = read_scalar(r, n, n->key);
        if (!is_label1123(n->key, 40))
            read_key_fault(r, n, "'%s' is no name for a port: lower case letters, digits and hyphens", SHOWN(n->key));
        const char *scheme = url ? strstr(url, "://") : NULL;
        if ((url && (!scheme || scheme == url || !scheme[3] || strpbrk(url, " \t\r\n"))) ||
            (n->type == YAML_SCALAR && yaml_is_null(n)))
            read_fault(r, n, "'%s' is no URL such as rtsp://host/stream", SHOWN(str_or_empty(url)));
        if (url)
            thing->external_ports[thing->external_count++] = (struct graph_param){n->key, url};
    }
}

static void read_gpu(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"count", "resource", NULL};
    const struct yaml_node *gpu = yaml_get(node, "gpu");
    const char *resource = NULL;
    thing->gpu_count = thing->entry ? thing->entry->gpu_count : 0;
    if (read_map(r, gpu, "gpu")) {
        read_keys(r, gpu, "gpu", keys);
        read_int(r, gpu, "count", 0, 64, &thing->gpu_count);
        resource = read_text(r, gpu, "resource", false);
        if (resource && !is_resource_name(resource))
            read_fault(r, yaml_get(gpu, "resource"), "'%s' is no device resource such as nvidia.com/gpu",
                       SHOWN(resource));
    }
    thing->gpu_resource = resource ? resource : thing->entry ? thing->entry->gpu_resource : GPU_RESOURCE;
}

static void read_thing(const struct reader *given, const struct yaml_node *node, const struct catalogue *cat,
                       const struct graph *graph, struct map *others, struct graph_thing *thing)
{
    static const char *const keys[] = {
        "name",    "type",    "params",       "gpu",         "replicas",         "external",         "resources",
        "env",     "secrets", "nodeSelector", "tolerations", "runtimeClassName", "imagePullSecrets", "strategy",
        "storage", "foreach", NULL};
    struct reader reader = *given, *r = &reader;
    const char *name = read_text(r, node, "name", true);
    thing->name = str_or_empty(name);
    thing->node = node;
    thing->replicas = 1;
    r->thing = name;
    if (name)
        read_thing_name(r, thing, name, graph, others);
    read_leftover(r, node);
    thing->external = yaml_get(node, "external") != NULL;
    if (thing->external) {
        thing->type = thing->gpu_resource = "";
        read_external(r, node, thing);
        return;
    }
    read_keys(r, node, "a thing", keys);
    const char *type = read_text(r, node, "type", true);
    thing->type = str_or_empty(type);
    thing->entry = catalogue_find(cat, type);
    if (type && !thing->entry) {
        const char *nearest = catalogue_nearest(cat, type);
        read_fault(r, yaml_get(node, "type"), "the catalogue has no type '%s'%s", SHOWN(type),
                   nearest ? DID_YOU_MEAN(nearest) : "; 'patchbay catalog' lists what there is");
    }
    read_params(r, node, thing);
    read_gpu(r, node, thing);
    read_int(r, node, "replicas", 0, 1000, &thing->replicas);
    graph_read_extra(r, node, thing);
}

/* What did not change since another graph was read, and where its things are now: by index, SIZE_MAX is nowhere. */
struct reuse {
    struct graph *before; /* NULL: there is none */
    size_t thing, link;   /* where the next one is in it, at the earliest */
    size_t *now;
};

static void reuse_init(struct reuse *reuse, struct graph *before)
{
    *reuse = (struct reuse){.before = before && before->clean ? before : NULL};
    if (!reuse->before)
        return;
    reuse->now = xreallocarray(NULL, before->thing_count + 1, sizeof *reuse->now);
    memset(reuse->now, 0xff, before->thing_count * sizeof *reuse->now);
}

static bool is_unchanged(const struct reuse *reuse, const struct yaml_node *node)
{
    return reuse->before && node->changed <= reuse->before->rereads;
}

static bool has_name(const struct yaml_node *item, const char *name)
{
    const struct yaml_node *at = yaml_get(item, "name");
    return at && at->type == YAML_SCALAR && at->value_len == strlen(name) && memcmp(at->value, name, at->value_len) == 0 &&
           !yaml_is_null(at);
}

/* Whether all things have the names they had, in the same order. */
static bool same_names(const struct reuse *reuse, const struct yaml_node *list)
{
    const struct graph *before = reuse->before;
    size_t i = 0;
    if (!before || list->count != before->thing_count)
        return false;
    for (const struct yaml_node *n = list->child; n; n = n->next, i++)
        if (n != before->things[i].node || (!is_unchanged(reuse, n) && !has_name(n, before->things[i].name)))
            return false;
    return true;
}

static bool reuse_thing(struct reuse *reuse, const struct yaml_node *node, struct graph_thing *thing, size_t index)
{
    if (!is_unchanged(reuse, node))
        return false;
    while (reuse->before->things[reuse->thing].node != node)
        reuse->thing++;
    struct graph_thing *was = &reuse->before->things[reuse->thing];
    *thing = *was;
    thing->pinned = false;
    thing->x = thing->y = 0;
    was->params = was->external_ports = NULL;
    was->param_count = was->external_count = 0;
    was->extra = NULL;
    reuse->now[reuse->thing++] = index;
    return true;
}

static void read_things(const struct reader *r, const struct yaml_node *list, const struct catalogue *cat,
                        struct graph *graph, struct reuse *reuse)
{
    struct map others = MAP_INIT;
    if (!read_list(r, list, "things"))
        return;
    bool named = same_names(reuse, list);
    if (named) {
        graph->by_name = reuse->before->by_name;
        reuse->before->by_name = (struct map)MAP_BORROWS;
    }
    graph->things = xcalloc(list->count, sizeof *graph->things);
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        if (!read_map(r, n, "a thing")) {
            if (yaml_is_null(n))
                read_fault(r, n, "this item of 'things' is empty");
            continue;
        }
        struct graph_thing *thing = &graph->things[graph->thing_count++];
        if (!reuse_thing(reuse, n, thing, graph->thing_count - 1))
            read_thing(r, n, cat, graph, &others, thing);
        else if (!named) /* one before it may have its name now */
            read_thing_name(&(struct reader){r->file, r->faults, thing->name}, thing, thing->name, graph, &others);
        if (!named && *thing->name && !map_has(&graph->by_name, thing->name))
            map_put(&graph->by_name, thing->name, (void *)(uintptr_t)graph->thing_count);
    }
    map_release(&others, NULL);
}

/* One end of a link: its thing's index and its port. */
static size_t read_end(const struct reader *r, const struct yaml_node *node, const char *key, const struct graph *graph,
                       const char **port)
{
    const struct yaml_node *at = yaml_get(node, key);
    const char *text = read_text(r, node, key, true), *dot = text ? strchr(text, '.') : NULL;
    *port = dot ? dot + 1 : "";
    if (!text)
        return SIZE_MAX;
    struct buf name;
    buf_init(&name, YAML_MAX_BYTES);
    buf_add(&name, text, dot ? (size_t)(dot - text) : strlen(text));
    size_t index = graph_index(graph, name.data);
    if (!**port || dot == text) {
        read_fault(r, at, "'%s' must name a thing and its port, as in camera.video", SHOWN(text));
    } else if (index == SIZE_MAX) {
        const char *nearest = r->faults->count < FAULTS_MAX ? graph_nearest(graph, name.data) : NULL;
        read_fault(r, at, "no thing is named '%s'%s", SHOWN(name.data), DID_YOU_MEAN(nearest));
    }
    buf_release(&name);
    return index;
}

/* A link whose things are still there. */
static bool reuse_link(struct reuse *reuse, const struct yaml_node *node, struct graph_link *link)
{
    if (!is_unchanged(reuse, node))
        return false;
    while (reuse->before->links[reuse->link].node != node)
        reuse->link++;
    const struct graph_link *was = &reuse->before->links[reuse->link++];
    size_t from = reuse->now[was->from], to = reuse->now[was->to];
    if (from == SIZE_MAX || to == SIZE_MAX)
        return false;
    *link = (struct graph_link){from, to, was->from_port, was->to_port, false, node};
    return true;
}

static void read_links(const struct reader *r, const struct yaml_node *list, struct graph *graph, struct reuse *reuse)
{
    static const char *const keys[] = {"from", "to", "foreach", NULL};
    if (!read_list(r, list, "links"))
        return;
    graph->links = xcalloc(list->count, sizeof *graph->links);
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        if (!read_map(r, n, "a link")) {
            if (yaml_is_null(n))
                read_fault(r, n, "this item of 'links' is empty");
            continue;
        }
        struct graph_link *link = &graph->links[graph->link_count++];
        if (reuse_link(reuse, n, link))
            continue;
        read_keys(r, n, "a link", keys);
        read_leftover(r, n);
        link->node = n;
        link->from = read_end(r, n, "from", graph, &link->from_port);
        link->to = read_end(r, n, "to", graph, &link->to_port);
    }
}

static bool read_coordinate(const struct yaml_node *node, int *out)
{
    int64_t value;
    if (!node || node->type != YAML_SCALAR || !node->plain || !text_int(node->value, &value) || value < -PLACE_MAX ||
        value > PLACE_MAX)
        return false;
    *out = (int)value;
    return true;
}

static void read_view(const struct reader *r, const struct yaml_node *map, struct graph *graph)
{
    if (!read_map(r, map, "view"))
        return;
    for (const struct yaml_node *n = map->child; n; n = n->next) {
        struct graph_thing *thing = graph_find(graph, n->key);
        int x, y;
        if (!thing)
            faults_add(r->faults, r->file, n->key_line, n->key_column, true, NULL,
                       "there is no thing '%s' that could stand here%s", SHOWN(n->key),
                       DID_YOU_MEAN(r->faults->count < FAULTS_MAX ? graph_nearest(graph, n->key) : NULL));
        if (n->type != YAML_SEQ || n->count != 2 || !read_coordinate(n->child, &x) || !read_coordinate(n->last, &y)) {
            read_fault(r, n, "a place is two whole numbers, as in %s: [0, 0]", SHOWN(n->key));
        } else if (thing) {
            thing->pinned = true;
            thing->x = x;
            thing->y = y;
        }
    }
}

/* Whether the document is of our kind; without a kind it counts as ours. */
static bool is_graph(const struct reader *r, const struct yaml_node *root)
{
    if (!root) {
        read_fault(r, NULL, "the document is empty; 'patchbay new' writes one to start from");
        return false;
    }
    if (root->type != YAML_MAP) {
        read_fault(r, root, "this is no ServiceGraph: it must be a map with apiVersion, kind, metadata and spec");
        return false;
    }
    const char *kind = read_text(r, root, "kind", true);
    if (!kind || strcmp(kind, "ServiceGraph") == 0)
        return true;
    if (strcmp(kind, "MediaThing") == 0)
        read_fault(r, yaml_get(root, "kind"),
                   "this is a catalogue entry (MediaThing), not a ServiceGraph; 'patchbay "
                   "catalog --check FILE' checks it");
    else
        read_fault(r, yaml_get(root, "kind"), "the kind must be ServiceGraph, not '%s'", SHOWN(kind));
    return false;
}

struct graph *graph_read(struct yaml_doc *doc, const char *text, size_t len, const char *file, const struct catalogue *cat,
                         struct graph *before, struct faults *faults)
{
    static const char *const spec_keys[] = {"things", "links", NULL};
    struct reader reader = {.file = file, .faults = faults}, *r = &reader;
    const struct yaml_node *root = doc ? doc->root : NULL;
    size_t faults_before = faults->count;
    if (!is_graph(r, root))
        return NULL;
    if (doc->next)
        read_fault(r, doc->next->root, "a file holds one graph: put what follows '---' into a file of its own");
    struct graph *graph = xcalloc(1, sizeof *graph);
    struct reuse reuse;
    graph->doc = doc;
    graph->rereads = doc->rereads;
    graph->by_name = (struct map)MAP_BORROWS;
    reuse_init(&reuse, before);
    if (before)
        before->doc = NULL;
    read_header(r, root, graph);
    const struct yaml_node *spec = yaml_get(root, "spec");
    if (read_map(r, spec, "spec")) {
        read_keys(r, spec, "spec", spec_keys);
        read_things(r, yaml_get(spec, "things"), cat, graph, &reuse);
        if (faults->count != faults_before)
            reuse.before = NULL; /* a name may mean another thing now */
        read_links(r, yaml_get(spec, "links"), graph, &reuse);
    }
    read_view(r, yaml_get(root, "view"), graph);
    graph->clean = faults->count == faults_before && !faults->more;
    free(reuse.now);
    graph_check(graph, file, faults);
    graph_check_secrets(graph, text, len, r);
    faults_sort(faults);
    return graph;
}

struct graph *graph_parse(const char *text, size_t len, const char *file, const struct catalogue *cat,
                          struct faults *faults)
{
    struct yaml_fault fault;
    struct yaml_doc *doc = yaml_parse(text, len, &fault);
    if (!doc && err_is_set(&fault.why)) {
        faults_add(faults, file, fault.line, fault.column, false, NULL, "%s", fault.why.text);
        return NULL;
    }
    struct graph *graph = graph_read(doc, text, len, file, cat, NULL, faults);
    if (!graph)
        yaml_doc_free(doc);
    return graph;
}
