/* edit_paste: things with the links among them, out of a document as text, and into one. */
#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"

#define PASTE_MAX 2000 /* things at once; a whole graph that is larger is opened */

static bool among(const struct graph *graph, size_t thing, const char *const *names, size_t count)
{
    for (size_t i = 0; thing < graph->thing_count && i < count; i++)
        if (str_eq(graph->things[thing].name, names[i]))
            return true;
    return false;
}

static cJSON *empty_graph(cJSON *things, cJSON *links)
{
    cJSON *whole = cJSON_CreateObject(), *spec;
    cJSON_AddStringToObject(whole, "apiVersion", GRAPH_API_VERSION);
    cJSON_AddStringToObject(whole, "kind", "ServiceGraph");
    spec = cJSON_AddObjectToObject(whole, "spec");
    cJSON_AddItemToObject(spec, "things", things);
    cJSON_AddItemToObject(spec, "links", links);
    return whole;
}

char *document_copy(const struct document *doc, const char *const *names, size_t count)
{
    const struct graph *graph = doc->now.graph;
    cJSON *things = cJSON_CreateArray(), *links = cJSON_CreateArray();
    for (size_t i = 0; i < graph->thing_count; i++)
        if (among(graph, i, names, count))
            cJSON_AddItemToArray(things, yaml_to_json(graph->things[i].node));
    for (size_t i = 0; i < graph->link_count; i++)
        if (among(graph, graph->links[i].from, names, count) && among(graph, graph->links[i].to, names, count))
            cJSON_AddItemToArray(links, yaml_to_json(graph->links[i].node));
    cJSON *whole = empty_graph(things, links);
    struct buf out;
    buf_init(&out, YAML_MAX_BYTES);
    yaml_emit(&out, whole);
    cJSON_Delete(whole);
    return buf_take(&out);
}

struct pasting {
    struct document *doc;
    cJSON *things, *links;
    struct map names; /* as they were → as they become, char * */
    struct map taken; /* those they become */
};

/* Lists of things and links, as maps with names and ends; anything else in them is no graph. */
static int take_lists(struct pasting *p, const struct yaml_node *root, struct err *err)
{
    const struct yaml_node *spec = yaml_get(root, "spec"), *at = spec ? spec : root;
    const struct yaml_node *things = yaml_get(at, "things"), *links = yaml_get(at, "links");
    if (!things || things->type != YAML_SEQ || !things->count)
        return err_set(err, "what was pasted holds no things: a graph's text has 'things' and 'links'");
    if (things->count > PASTE_MAX)
        return err_set(err, "what was pasted holds %zu things, and %d at most are pasted at once; ':open FILE' opens a graph",
                       things->count, PASTE_MAX);
    for (const struct yaml_node *n = things->child; n; n = n->next)
        if (!yaml_str(n, "name"))
            return err_set(err, "what was pasted has a thing without a name (line %d)", n->line);
    p->things = yaml_to_json(things);
    p->links = links && links->type == YAML_SEQ ? yaml_to_json(links) : cJSON_CreateArray();
    return 0;
}

static void rename_hosts(const struct pasting *p, cJSON *value)
{
    if (cJSON_IsString(value)) {
        for (struct map_entry *e = map_first(&p->names); e; e = map_next(&p->names, e)) {
            char *text = strcmp(e->key, e->value) == 0 ? NULL : edit_renamed_host(value->valuestring, e->key, e->value);
            if (text)
                cJSON_SetValuestring(value, text);
            free(text);
        }
        return;
    }
    for (cJSON *child = value ? value->child : NULL; child; child = child->next)
        rename_hosts(p, child);
}

static void name_things(struct pasting *p)
{
    cJSON *thing;
    cJSON_ArrayForEach(thing, p->things) {
        const char *name = json_str(thing, "name");
        char *made = edit_free_name(p->doc->now.graph, &p->taken, name ? name : "thing");
        map_put(&p->taken, made, p);
        free(map_put(&p->names, name ? name : "thing", xstrdup(made)));
        json_put(thing, "name", cJSON_CreateString(made));
        free(made);
    }
    cJSON_ArrayForEach(thing, p->things) {
        rename_hosts(p, cJSON_GetObjectItemCaseSensitive(thing, "params"));
        rename_hosts(p, cJSON_GetObjectItemCaseSensitive(thing, "env"));
    }
}

/* Those that lead out of what was pasted are left behind. */
static void name_links(struct pasting *p)
{
    static const char *const keys[] = {"from", "to"};
    cJSON *next;
    for (cJSON *link = p->links->child; link; link = next) {
        bool inside = true;
        next = link->next;
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
            const char *end = json_str(link, keys[i]), *dot = end ? strchr(end, '.') : NULL;
            char *thing = dot ? xstrndup(end, (size_t)(dot - end)) : NULL;
            const char *name = thing ? map_get(&p->names, thing) : NULL;
            if (name) {
                char *renamed = xasprintf("%s%s", name, dot);
                json_put(link, keys[i], cJSON_CreateString(renamed));
                free(renamed);
            }
            inside &= name != NULL;
            free(thing);
        }
        if (!inside)
            cJSON_Delete(cJSON_DetachItemViaPointer(p->links, link));
    }
}

/* As a graph of its own: no link of it may be wrong. */
static int check_links(const struct pasting *p, struct err *err)
{
    cJSON *whole = empty_graph(cJSON_Duplicate(p->things, true), cJSON_Duplicate(p->links, true));
    struct faults faults = {0};
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    yaml_emit(&text, whole);
    struct graph *graph = graph_parse(text.data, text.len, "paste", p->doc->cat, &faults);
    int rc = graph ? 0 : err_set(err, "what was pasted is no graph");
    for (size_t i = 0; graph && i < graph->link_count && rc == 0; i++) {
        const struct graph_link *link = &graph->links[i];
        struct err why = ERR_INIT;
        if (link->valid)
            continue;
        if (graph_ports_fit(graph, link->from, link->from_port, link->to, link->to_port, &why) == 0)
            err_set(&why, "'%s.%s' gets more links than it takes, or one twice", graph->things[link->to].name, link->to_port);
        rc = err_set(err, "nothing was pasted, for a link in it would be wrong: %s", why.text);
    }
    graph_free(graph);
    faults_release(&faults);
    buf_release(&text);
    cJSON_Delete(whole);
    return rc;
}

/* The first item of an empty list makes it a block; the others are appended as one edit. */
static int append_all(struct document *doc, const char *list_key, cJSON *items, bool block, struct err *err)
{
    while (items->child) {
        const struct yaml_node *list = yaml_get(yaml_get(doc->now.graph->doc->root, "spec"), list_key);
        bool all = list && list->type == YAML_SEQ && list->count;
        struct edit e;
        edit_begin(&e, doc);
        do {
            if (edit_append_item(&e, list_key, cJSON_DetachItemFromArray(items, 0), block, err) < 0) {
                edit_drop(&e);
                return -1;
            }
        } while (all && items->child);
        if (edit_end(&e, err, "paste") < 0)
            return -1;
    }
    return 0;
}

static char **names_of(const struct pasting *p)
{
    char **names = xcalloc((size_t)cJSON_GetArraySize(p->things) + 1, sizeof *names);
    size_t count = 0;
    const cJSON *thing;
    cJSON_ArrayForEach(thing, p->things)
        names[count++] = xstrdup(json_str_or(thing, "name", ""));
    return names;
}

int document_paste(struct document *doc, const char *text, size_t len, char ***names, struct err *err)
{
    struct yaml_fault fault;
    struct pasting p = {.doc = doc};
    struct yaml_doc *yaml = yaml_parse(text, len, &fault);
    char **made = NULL;
    if (!yaml && err_is_set(&fault.why))
        return err_set(err, "what was pasted is no YAML (line %d: %s)", fault.line, fault.why.text);
    int rc = take_lists(&p, yaml ? yaml->root : NULL, err);
    if (rc == 0) {
        name_things(&p);
        name_links(&p);
        rc = check_links(&p, err);
    }
    if (rc == 0) {
        made = names_of(&p);
        document_begin(doc, "paste");
        rc = append_all(doc, "things", p.things, true, err);
        if (rc == 0)
            rc = append_all(doc, "links", p.links, false, err);
        document_end(doc, rc == 0);
    }
    if (rc == 0) {
        *names = made;
    } else {
        for (size_t i = 0; made && made[i]; i++)
            free(made[i]);
        free(made);
    }
    yaml_doc_free(yaml);
    cJSON_Delete(p.things);
    cJSON_Delete(p.links);
    map_release(&p.names, free);
    map_release(&p.taken, NULL);
    return rc;
}
