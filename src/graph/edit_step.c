#include "graph/edit_step.h"

#include "base/text.h"
#include "graph/graph_read.h"

void edit_open(struct edit *e, const char *text, size_t len, const struct yaml_node *root, cJSON *meaning)
{
    *e = (struct edit){.root = root, .meaning = meaning};
    site_init(&e->site, text, len, root);
}

void edit_begin(struct edit *e, struct document *doc)
{
    edit_open(e, doc->text.data, doc->text.len, doc->now.graph->doc->root, document_meaning(doc));
    e->doc = doc;
}

int edit_end(struct edit *e, struct err *err, const char *fmt, ...)
{
    char label[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(label, sizeof label, fmt, ap);
    va_end(ap);
    return document_commit(e->doc, &e->site, &e->splices, e->meaning, label, err);
}

void edit_drop(struct edit *e)
{
    splices_release(&e->splices);
    cJSON_Delete(e->meaning);
}

bool edit_says(const struct yaml_node *node, const cJSON *json, int64_t since)
{
    double number;
    bool flag;
    if (node && node->changed <= since)
        return true;
    if (node && node->type == YAML_SCALAR && yaml_is_text(node))
        return cJSON_IsString(json) && strcmp(json->valuestring, node->value) == 0;
    if (yaml_is_null(node))
        return cJSON_IsNull(json);
    if (node->type != YAML_SCALAR) {
        bool map = node->type == YAML_MAP;
        const struct yaml_node *n = node->child;
        const cJSON *c = json->child;
        if (!(map ? cJSON_IsObject(json) : cJSON_IsArray(json)))
            return false;
        while (n && c && (!map || strcmp(n->key, c->string) == 0) && edit_says(n, c, since)) {
            n = n->next;
            c = c->next;
        }
        return !n && !c;
    }
    if (yaml_bool(node, &flag))
        return flag ? cJSON_IsTrue(json) : cJSON_IsFalse(json);
    if (yaml_number(node, &number))
        return cJSON_IsNumber(json) && json->valuedouble == number;
    return cJSON_IsString(json) && strcmp(json->valuestring, node->value) == 0;
}

int edit_wrong_type(const char *what, const char *want, struct err *err)
{
    return err_set(err, "'%s' is no %s in this document: mend that first", what, want);
}

/* One more item in spec.things or spec.links, which may be empty or missing. */
int edit_append_item(struct edit *e, const char *list_key, cJSON *item, bool block, struct err *err)
{
    const struct yaml_node *spec = yaml_get(e->root, "spec"), *list = yaml_get(spec, list_key);
    cJSON *meaning = cJSON_GetObjectItemCaseSensitive(e->meaning, "spec");
    if ((spec && !yaml_is_null(spec) && spec->type != YAML_MAP) ||
        (list && !yaml_is_null(list) && list->type != YAML_SEQ)) {
        cJSON_Delete(item);
        return spec->type != YAML_MAP ? edit_wrong_type("spec", "map", err) : edit_wrong_type(list_key, "list", err);
    }
    if (list && list->count)
        block = list->last->type == YAML_MAP ? !list->last->flow : block;
    int levels = block ? 1 : 0;
    if (list) {
        splice_append(&e->splices, &e->site, list, NULL, item, levels, true);
        meaning = cJSON_GetObjectItemCaseSensitive(meaning, list_key);
        if (!cJSON_IsArray(meaning))
            meaning = json_put(cJSON_GetObjectItemCaseSensitive(e->meaning, "spec"), list_key, cJSON_CreateArray());
        cJSON_AddItemToArray(meaning, item);
        return 0;
    }
    cJSON *items = cJSON_CreateArray();
    cJSON_AddItemToArray(items, item);
    if (spec) {
        splice_append(&e->splices, &e->site, spec, list_key, items, levels + 1, true);
        if (!cJSON_IsObject(meaning))
            meaning = json_put(e->meaning, "spec", cJSON_CreateObject());
        cJSON_AddItemToObject(meaning, list_key, items);
        return 0;
    }
    cJSON *whole = cJSON_CreateObject();
    cJSON_AddItemToObject(whole, list_key, items);
    splice_append(&e->splices, &e->site, e->root, "spec", whole, levels + 2, true);
    cJSON_AddItemToObject(e->meaning, "spec", whole);
    return 0;
}

char *edit_free_name(const struct graph *graph, const struct map *taken, const char *from)
{
    char *base = graph_legal_name(from), name[THING_NAME_MAX + 1];
    snprintf(name, sizeof name, "%s", base);
    for (int i = 2; graph_find(graph, name) || (taken && map_has(taken, name)); i++) {
        char number[16];
        int n = snprintf(number, sizeof number, "-%d", i);
        snprintf(name, sizeof name, "%.*s%s", THING_NAME_MAX - n, base, number);
    }
    free(base);
    return xstrdup(name);
}

int edit_check_name(const struct graph *graph, const char *name, struct err *err)
{
    if (!text_is_label(name, THING_NAME_MAX)) {
        char *legal = graph_legal_name(name);
        err_set(err,
                "'%s' is no legal name: lower case letters, digits and hyphens, a letter first, at most %d "
                "characters; '%s' would do",
                SHOWN(name), THING_NAME_MAX, legal);
        free(legal);
        return -1;
    }
    if (graph_find(graph, name))
        return err_set(err, "there is a thing named '%s' already", name);
    return 0;
}

int edit_unknown_thing(const struct document *doc, const char *name, struct err *err)
{
    return err_set(err, "no thing is named '%s'%s", SHOWN(name), DID_YOU_MEAN(graph_nearest(doc->now.graph, name)));
}

/* The children for which gone() holds, out of text and meaning. */
void edit_remove_children(struct edit *e, const struct yaml_node *container, cJSON *meaning, splice_gone_fn gone,
                            void *data)
{
    if (!container || container->type == YAML_SCALAR)
        return;
    splice_remove(&e->splices, &e->site, container, gone, data);
    cJSON *item = meaning->child;
    for (const struct yaml_node *n = container->child; n; n = n->next) {
        cJSON *next = item->next;
        if (gone(data, n))
            cJSON_Delete(cJSON_DetachItemViaPointer(meaning, item));
        item = next;
    }
}

/* The JSON of a thing's item in spec.things. */
cJSON *edit_meaning_of(const struct edit *e, const struct yaml_node *thing)
{
    cJSON *item =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(e->meaning, "spec"), "things")->child;
    for (const struct yaml_node *n = thing->parent->child; n != thing; n = n->next)
        item = item->next;
    return item;
}

bool edit_is_node(void *data, const struct yaml_node *child)
{
    return child == data;
}

void edit_set_key(struct edit *e, const struct yaml_node *map, cJSON *meaning, const char *key, cJSON *value)
{
    const struct yaml_node *old = yaml_get(map, key);
    if (old)
        splice_value(&e->splices, &e->site, old, value);
    else
        splice_append(&e->splices, &e->site, map, key, value, 0, false);
    json_put(meaning, key, value);
}

void edit_set_member(struct edit *e, const struct yaml_node *parent, cJSON *meaning, const char *map, const char *key,
                     cJSON *value, bool block)
{
    const struct yaml_node *node = yaml_get(parent, map), *old = yaml_get(node, key);
    cJSON *members = cJSON_GetObjectItemCaseSensitive(meaning, map);
    if (!node) {
        members = cJSON_AddObjectToObject(meaning, map);
        cJSON_AddItemToObject(members, key, value);
        splice_append(&e->splices, &e->site, parent, map, members, block, block);
        return;
    }
    if (old)
        splice_value(&e->splices, &e->site, old, value);
    else
        splice_append(&e->splices, &e->site, node, key, value, 0, block);
    if (!cJSON_IsObject(members))
        members = json_put(meaning, map, cJSON_CreateObject());
    json_put(members, key, value);
}
