/* edit_ops: each edit as its splices and as the meaning it must have. */
#include "base/text.h"
#include "graph/document.h"
#include "graph/graph_read.h"

/* An edit in the making. */
struct edit {
    struct document *doc;
    const struct yaml_node *root;
    struct site site;
    struct splices splices;
    cJSON *meaning; /* of the text as it shall become */
};

static void edit_begin(struct edit *e, struct document *doc)
{
    *e = (struct edit){.doc = doc, .root = doc->graph->doc->root};
    site_init(&e->site, doc->text.data, doc->text.len, e->root);
    e->meaning = document_meaning(doc);
}

static int edit_end(struct edit *e, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int edit_end(struct edit *e, struct err *err, const char *fmt, ...)
{
    char label[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(label, sizeof label, fmt, ap);
    va_end(ap);
    return document_commit(e->doc, &e->site, &e->splices, e->meaning, label, err);
}

static bool is_empty(const struct yaml_node *node)
{
    return yaml_is_null(node) || node->type == YAML_SCALAR || !node->count;
}

static cJSON *put(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_GetObjectItemCaseSensitive(object, key))
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    else
        cJSON_AddItemToObject(object, key, value);
    return value;
}

static int wrong_type(const char *what, const char *want, struct err *err)
{
    return err_set(err, "'%s' is no %s in this document: mend that first", what, want);
}

/* One more item in spec.things or spec.links, which may be empty or missing. */
static int append_item(struct edit *e, const char *list_key, cJSON *item, bool block, struct err *err)
{
    const struct yaml_node *spec = yaml_get(e->root, "spec"), *list = yaml_get(spec, list_key);
    cJSON *meaning = cJSON_GetObjectItemCaseSensitive(e->meaning, "spec");
    if ((spec && !yaml_is_null(spec) && spec->type != YAML_MAP) ||
        (list && !yaml_is_null(list) && list->type != YAML_SEQ)) {
        cJSON_Delete(item);
        return spec->type != YAML_MAP ? wrong_type("spec", "map", err) : wrong_type(list_key, "list", err);
    }
    if (list && list->count)
        block = list->last->type == YAML_MAP ? !list->last->flow : block;
    int levels = block ? 1 : 0;
    if (list) {
        splice_append(&e->splices, &e->site, list, NULL, item, levels, true);
        meaning = cJSON_GetObjectItemCaseSensitive(meaning, list_key);
        if (!cJSON_IsArray(meaning))
            meaning = put(cJSON_GetObjectItemCaseSensitive(e->meaning, "spec"), list_key, cJSON_CreateArray());
        cJSON_AddItemToArray(meaning, item);
        return 0;
    }
    cJSON *items = cJSON_CreateArray();
    cJSON_AddItemToArray(items, item);
    if (spec) {
        splice_append(&e->splices, &e->site, spec, list_key, items, levels + 1, true);
        if (!cJSON_IsObject(meaning))
            meaning = put(e->meaning, "spec", cJSON_CreateObject());
        cJSON_AddItemToObject(meaning, list_key, items);
        return 0;
    }
    cJSON *whole = cJSON_CreateObject();
    cJSON_AddItemToObject(whole, list_key, items);
    splice_append(&e->splices, &e->site, e->root, "spec", whole, levels + 2, true);
    cJSON_AddItemToObject(e->meaning, "spec", whole);
    return 0;
}

static void edit_drop(struct edit *e)
{
    splices_release(&e->splices);
    cJSON_Delete(e->meaning);
}

static char *free_name(const struct graph *graph, const char *type)
{
    char *base = graph_legal_name(type);
    char *name = xstrdup(base);
    for (int i = 2; graph_find(graph, name); i++) {
        char number[16];
        int n = snprintf(number, sizeof number, "-%d", i);
        free(name);
        name = xasprintf("%.*s%s", THING_NAME_MAX - n, base, number);
    }
    free(base);
    return name;
}

static int check_name(const struct graph *graph, const char *name, struct err *err)
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

int document_add_thing(struct document *doc, const char *type, const char *name, const char **out_name, struct err *err)
{
    if (!catalogue_find(doc->cat, type))
        return err_set(err, "the catalogue has no type '%s'%s", SHOWN(type),
                       DID_YOU_MEAN(catalogue_nearest(doc->cat, type)));
    if (name && check_name(doc->graph, name, err) < 0)
        return -1;
    char *made = name ? xstrdup(name) : free_name(doc->graph, type);
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", made);
    cJSON_AddStringToObject(item, "type", type);
    struct edit e;
    edit_begin(&e, doc);
    if (append_item(&e, "things", item, true, err) < 0) {
        edit_drop(&e);
        free(made);
        return -1;
    }
    if (edit_end(&e, err, "add %s", made) < 0) {
        free(made);
        return -1;
    }
    free(doc->last_name);
    doc->last_name = made;
    if (out_name)
        *out_name = made;
    return 0;
}

static int unknown_thing(const struct document *doc, const char *name, struct err *err)
{
    return err_set(err, "no thing is named '%s'%s", SHOWN(name), DID_YOU_MEAN(graph_nearest(doc->graph, name)));
}

/* "camera" of "camera.video". */
static bool names_thing(const char *end, const char *name)
{
    size_t n = strlen(name);
    return end && strncmp(end, name, n) == 0 && (end[n] == '.' || end[n] == '\0');
}

struct leaving {
    const char *name;
    const struct yaml_node *thing;
};

static bool is_thing(void *data, const struct yaml_node *child)
{
    return child == ((struct leaving *)data)->thing;
}

static bool is_its_link(void *data, const struct yaml_node *child)
{
    const char *name = ((struct leaving *)data)->name;
    return names_thing(yaml_str(child, "from"), name) || names_thing(yaml_str(child, "to"), name);
}

static bool is_its_place(void *data, const struct yaml_node *child)
{
    return strcmp(child->key, ((struct leaving *)data)->name) == 0;
}

/* The children for which gone() holds, out of text and meaning. */
static void remove_children(struct edit *e, const struct yaml_node *container, cJSON *meaning, splice_gone_fn gone,
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

int document_remove_thing(struct document *doc, const char *name, struct err *err)
{
    const struct graph_thing *thing = graph_find(doc->graph, name);
    if (!thing)
        return unknown_thing(doc, name, err);
    char *own = xstrdup(name); /* the caller's may be the graph's own */
    struct leaving leaving = {own, thing->node};
    struct edit e;
    edit_begin(&e, doc);
    const struct yaml_node *spec = yaml_get(e.root, "spec"), *view = yaml_get(e.root, "view");
    cJSON *meaning = cJSON_GetObjectItemCaseSensitive(e.meaning, "spec");
    remove_children(&e, yaml_get(spec, "things"), cJSON_GetObjectItemCaseSensitive(meaning, "things"), is_thing,
                    &leaving);
    /* Of two things with one name the other one keeps the links and the place. */
    bool last = true;
    for (size_t i = 0; i < doc->graph->thing_count; i++)
        last &= &doc->graph->things[i] == thing || strcmp(doc->graph->things[i].name, own) != 0;
    if (last) {
        remove_children(&e, yaml_get(spec, "links"), cJSON_GetObjectItemCaseSensitive(meaning, "links"), is_its_link,
                        &leaving);
        cJSON *places = cJSON_GetObjectItemCaseSensitive(e.meaning, "view");
        if (view && view->type == YAML_MAP)
            remove_children(&e, view, places, is_its_place, &leaving);
    }
    int rc = edit_end(&e, err, "remove %s", own);
    free(own);
    return rc;
}

int document_add_link(struct document *doc, const char *from, const char *from_port, const char *to,
                      const char *to_port, struct err *err)
{
    size_t a = graph_index(doc->graph, from), b = graph_index(doc->graph, to);
    if (a == SIZE_MAX || b == SIZE_MAX)
        return unknown_thing(doc, a == SIZE_MAX ? from : to, err);
    if (graph_link_allowed(doc->graph, a, from_port, b, to_port, err) < 0)
        return -1;
    struct edit e;
    edit_begin(&e, doc);
    cJSON *item = cJSON_CreateObject();
    char *start = xasprintf("%s.%s", from, from_port), *end = xasprintf("%s.%s", to, to_port);
    cJSON_AddStringToObject(item, "from", start);
    cJSON_AddStringToObject(item, "to", end);
    int rc = append_item(&e, "links", item, false, err);
    if (rc < 0)
        edit_drop(&e);
    else
        rc = edit_end(&e, err, "connect %s to %s", start, end);
    free(start);
    free(end);
    return rc;
}

static bool is_node(void *data, const struct yaml_node *child)
{
    return child == data;
}

int document_remove_link(struct document *doc, size_t index, struct err *err)
{
    if (index >= doc->graph->link_count)
        return err_set(err, "there is no link number %zu", index + 1);
    const struct yaml_node *node = doc->graph->links[index].node;
    struct edit e;
    edit_begin(&e, doc);
    cJSON *links = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(e.meaning, "spec"), "links");
    char *from = xstrdup(str_or_empty(yaml_str(node, "from"))), *to = xstrdup(str_or_empty(yaml_str(node, "to")));
    remove_children(&e, node->parent, links, is_node, (void *)(uintptr_t)node);
    int rc = edit_end(&e, err, "remove the link %s to %s", SHOWN(from), SHOWN(to));
    free(from);
    free(to);
    return rc;
}

/* A parameter's text as the value it stands for. */
static cJSON *param_value(const struct param_type_info *param, const char *text)
{
    double number;
    if (param && param->type == PARAM_BOOLEAN)
        return cJSON_CreateBool(strcmp(text, "true") == 0);
    bool numeric = !param || param->type == PARAM_NUMBER || param->type == PARAM_INTEGER;
    if (numeric && text_number(text, &number)) {
        cJSON *json = cJSON_CreateNumber(number);
        struct buf again;
        double back;
        buf_init(&again, 64);
        json_print(&again, json);
        bool exact = text_number(again.data, &back) && back == number && (param || strcmp(again.data, text) == 0);
        buf_release(&again);
        if (exact)
            return json;
        cJSON_Delete(json);
    }
    return cJSON_CreateString(text);
}

static int unset_param(struct edit *e, const struct graph_thing *thing, const struct yaml_node *old, cJSON *meaning,
                       const char *param, struct err *err)
{
    remove_children(e, old->parent, cJSON_GetObjectItemCaseSensitive(meaning, "params"), is_node,
                    (void *)(uintptr_t)old);
    return edit_end(e, err, "unset %s of %s", SHOWN(param), SHOWN(thing->name));
}

/* The JSON of a thing's item in spec.things. */
static cJSON *meaning_of(const struct edit *e, const struct yaml_node *thing)
{
    cJSON *item =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(e->meaning, "spec"), "things")->child;
    for (const struct yaml_node *n = thing->parent->child; n != thing; n = n->next)
        item = item->next;
    return item;
}

int document_set_param(struct document *doc, const char *thing, const char *param, const char *value, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->graph, thing);
    if (!t)
        return unknown_thing(doc, thing, err);
    if (t->external)
        return err_set(err, "'%s' is external and has no parameters", SHOWN(thing));
    const struct param_type_info *info = media_thing_param(t->entry, param);
    const struct yaml_node *params = yaml_get(t->node, "params"), *old = yaml_get(params, param);
    if (value && t->entry && !info)
        return err_set(err, "the type %s has no parameter '%s'", SHOWN(t->type), SHOWN(param));
    if (value && info && param_check(info, value, err) < 0)
        return err_set(err, "'%s' %s", SHOWN(value), err->text);
    if (!is_empty(params) && params->type != YAML_MAP)
        return wrong_type("params", "map", err);
    if (params && params->type == YAML_SCALAR && !yaml_is_null(params))
        return wrong_type("params", "map", err);
    if ((!value && !old) ||
        (value && old && old->type == YAML_SCALAR && !yaml_is_null(old) && str_eq(old->value, value)))
        return 0;
    struct edit e;
    edit_begin(&e, doc);
    cJSON *meaning = meaning_of(&e, t->node);
    if (!value)
        return unset_param(&e, t, old, meaning, param, err);
    cJSON *json = param_value(info, value);
    cJSON *values = cJSON_GetObjectItemCaseSensitive(meaning, "params");
    if (!params) {
        values = cJSON_AddObjectToObject(meaning, "params");
        cJSON_AddItemToObject(values, param, json);
        splice_append(&e.splices, &e.site, t->node, "params", values, 0, false);
    } else {
        if (old)
            splice_value(&e.splices, &e.site, old, json);
        else
            splice_append(&e.splices, &e.site, params, param, json, 0, false);
        if (!cJSON_IsObject(values))
            values = put(meaning, "params", cJSON_CreateObject());
        put(values, param, json);
    }
    return edit_end(&e, err, "set %s of %s", SHOWN(param), SHOWN(t->name));
}

int document_set_place(struct document *doc, const char *thing, int x, int y, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->graph, thing);
    if (!t)
        return unknown_thing(doc, thing, err);
    if (t->pinned && t->x == x && t->y == y)
        return 0;
    struct edit e;
    edit_begin(&e, doc);
    const struct yaml_node *view = yaml_get(e.root, "view"), *old = yaml_get(view, thing);
    cJSON *places = cJSON_GetObjectItemCaseSensitive(e.meaning, "view");
    if (view && view->type != YAML_MAP && !yaml_is_null(view)) {
        edit_drop(&e);
        return wrong_type("view", "map", err);
    }
    cJSON *place = cJSON_CreateIntArray((int[]){x, y}, 2);
    if (!view) {
        places = cJSON_AddObjectToObject(e.meaning, "view");
        cJSON_AddItemToObject(places, thing, place);
        splice_append(&e.splices, &e.site, e.root, "view", places, 1, true);
    } else {
        if (old)
            splice_value(&e.splices, &e.site, old, place);
        else
            splice_append(&e.splices, &e.site, view, thing, place, 0, true);
        if (!cJSON_IsObject(places))
            places = put(e.meaning, "view", cJSON_CreateObject());
        put(places, thing, place);
    }
    return edit_end(&e, err, "move %s", SHOWN(t->name));
}
