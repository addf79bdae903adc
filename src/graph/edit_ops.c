/* edit_ops: each edit as its splices and as the meaning it must have. */
#include "base/secret.h"
#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"

static bool is_empty(const struct yaml_node *node)
{
    return yaml_is_null(node) || node->type == YAML_SCALAR || !node->count;
}

/* Takes the name and the item. */
static int add_item(struct document *doc, char *name, cJSON *item, const char **out_name, struct err *err)
{
    struct edit e;
    edit_begin(&e, doc);
    int rc = edit_append_item(&e, "things", item, true, err);
    if (rc < 0)
        edit_drop(&e);
    else
        rc = edit_end(&e, err, "add %s", name);
    if (rc < 0) {
        free(name);
        return -1;
    }
    free(doc->last_name);
    doc->last_name = name;
    if (out_name)
        *out_name = name;
    return 0;
}

int document_add_thing(struct document *doc, const char *type, const char *name, const char **out_name, struct err *err)
{
    const struct media_thing *entry = catalogue_find(doc->cat, type);
    if (!entry)
        return err_set(err, "the catalogue has no type '%s'%s", SHOWN(type),
                       DID_YOU_MEAN(catalogue_nearest(doc->cat, type)));
    if (name && edit_check_name(doc->now.graph, name, err) < 0)
        return -1;
    char *made = name ? xstrdup(name)
                      : edit_free_name(doc->now.graph, NULL, entry->default_name ? entry->default_name : type);
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", made);
    cJSON_AddStringToObject(item, "type", type);
    return add_item(doc, made, item, out_name, err);
}

int document_add_external(struct document *doc, const char *name, const char *port, const char *url, const char **out_name,
                          struct err *err)
{
    if (edit_check_address(port, url, err) < 0 || (name && edit_check_name(doc->now.graph, name, err) < 0))
        return -1;
    char *made = name ? xstrdup(name) : edit_free_name(doc->now.graph, NULL, "device");
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", made);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(item, "external"), port, url);
    return add_item(doc, made, item, out_name, err);
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

int document_remove_thing(struct document *doc, const char *name, struct err *err)
{
    const struct graph_thing *thing = graph_find(doc->now.graph, name);
    if (!thing)
        return edit_unknown_thing(doc, name, err);
    char *own = xstrdup(name); /* the caller's may be the graph's own */
    struct leaving leaving = {own, thing->node};
    struct edit e;
    edit_begin(&e, doc);
    const struct yaml_node *spec = yaml_get(e.root, "spec"), *view = yaml_get(e.root, "view");
    cJSON *meaning = cJSON_GetObjectItemCaseSensitive(e.meaning, "spec");
    edit_remove_children(&e, yaml_get(spec, "things"), cJSON_GetObjectItemCaseSensitive(meaning, "things"), is_thing,
                    &leaving);
    /* Of two things with one name the other one keeps the links and the place. */
    bool last = true;
    for (size_t i = 0; i < doc->now.graph->thing_count; i++)
        last &= &doc->now.graph->things[i] == thing || strcmp(doc->now.graph->things[i].name, own) != 0;
    if (last) {
        edit_remove_children(&e, yaml_get(spec, "links"), cJSON_GetObjectItemCaseSensitive(meaning, "links"), is_its_link,
                        &leaving);
        cJSON *places = cJSON_GetObjectItemCaseSensitive(e.meaning, "view");
        if (view && view->type == YAML_MAP)
            edit_remove_children(&e, view, places, is_its_place, &leaving);
    }
    int rc = edit_end(&e, err, "remove %s", own);
    free(own);
    return rc;
}

int document_add_link(struct document *doc, const char *from, const char *from_port, const char *to,
                      const char *to_port, struct err *err)
{
    size_t a = graph_index(doc->now.graph, from), b = graph_index(doc->now.graph, to);
    if (a == SIZE_MAX || b == SIZE_MAX)
        return edit_unknown_thing(doc, a == SIZE_MAX ? from : to, err);
    if (graph_link_allowed(doc->now.graph, a, from_port, b, to_port, err) < 0)
        return -1;
    struct edit e;
    edit_begin(&e, doc);
    cJSON *item = cJSON_CreateObject();
    char *start = xasprintf("%s.%s", from, from_port), *end = xasprintf("%s.%s", to, to_port);
    cJSON_AddStringToObject(item, "from", start);
    cJSON_AddStringToObject(item, "to", end);
    int rc = edit_append_item(&e, "links", item, false, err);
    if (rc < 0)
        edit_drop(&e);
    else
        rc = edit_end(&e, err, "connect %s to %s", start, end);
    free(start);
    free(end);
    return rc;
}

int document_remove_link(struct document *doc, size_t index, struct err *err)
{
    if (index >= doc->now.graph->link_count)
        return err_set(err, "there is no link number %zu", index + 1);
    const struct yaml_node *node = doc->now.graph->links[index].node;
    struct edit e;
    edit_begin(&e, doc);
    cJSON *links = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(e.meaning, "spec"), "links");
    char *from = xstrdup(str_or_empty(yaml_str(node, "from"))), *to = xstrdup(str_or_empty(yaml_str(node, "to")));
    edit_remove_children(&e, node->parent, links, edit_is_node, (void *)(uintptr_t)node);
    int rc = edit_end(&e, err, "remove the link %s to %s", SHOWN(from), SHOWN(to));
    free(from);
    free(to);
    return rc;
}

/* A parameter's text as the value it stands for. */
static cJSON *param_value(const struct param_type_info *param, const char *text)
{
    if (param && param->type == PARAM_BOOLEAN)
        return cJSON_CreateBool(strcmp(text, "true") == 0);
    bool numeric = !param || param->type == PARAM_NUMBER || param->type == PARAM_INTEGER;
    cJSON *number = numeric ? json_number(text, param == NULL) : NULL;
    return number ? number : cJSON_CreateString(text);
}

static int unset_param(struct edit *e, const struct graph_thing *thing, const struct yaml_node *old, cJSON *meaning,
                       const char *param, struct err *err)
{
    edit_remove_children(e, old->parent, cJSON_GetObjectItemCaseSensitive(meaning, "params"), edit_is_node,
                    (void *)(uintptr_t)old);
    return edit_end(e, err, "unset %s of %s", SHOWN(param), SHOWN(thing->name));
}

int document_set_param(struct document *doc, const char *thing, const char *param, const char *value, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->now.graph, thing);
    if (!t)
        return edit_unknown_thing(doc, thing, err);
    if (t->external)
        return err_set(err, "'%s' is external and has no parameters", SHOWN(thing));
    const struct param_type_info *info = media_thing_param(t->entry, param);
    const struct yaml_node *params = yaml_get(t->node, "params"), *old = yaml_get(params, param);
    if (value && t->entry && !info)
        return err_set(err, "the type %s has no parameter '%s'", SHOWN(t->type), SHOWN(param));
    static const struct param_type_info any = {0}; /* of a type that is not known */
    if (value && value_check(info ? info : &any, param, value, err) < 0)
        return err_set(err, "'%s' %s", secret_value(param, value) ? "***" : SHOWN(value), err->text);
    if (!is_empty(params) && params->type != YAML_MAP)
        return edit_wrong_type("params", "map", err);
    if (params && params->type == YAML_SCALAR && !yaml_is_null(params))
        return edit_wrong_type("params", "map", err);
    if ((!value && !old) ||
        (value && old && old->type == YAML_SCALAR && !yaml_is_null(old) && str_eq(old->value, value)))
        return 0;
    struct edit e;
    edit_begin(&e, doc);
    cJSON *meaning = edit_meaning_of(&e, t->node);
    if (!value)
        return unset_param(&e, t, old, meaning, param, err);
    edit_set_member(&e, t->node, meaning, "params", param, param_value(info, value), false);
    return edit_end(&e, err, "set %s of %s", SHOWN(param), SHOWN(t->name));
}

int document_set_place(struct document *doc, const char *thing, int x, int y, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->now.graph, thing);
    if (!t)
        return edit_unknown_thing(doc, thing, err);
    if (t->pinned && t->x == x && t->y == y)
        return 0;
    struct edit e;
    edit_begin(&e, doc);
    const struct yaml_node *view = yaml_get(e.root, "view");
    if (view && view->type != YAML_MAP && !yaml_is_null(view)) {
        edit_drop(&e);
        return edit_wrong_type("view", "map", err);
    }
    edit_set_member(&e, e.root, e.meaning, "view", thing, cJSON_CreateIntArray((int[]){x, y}, 2), true);
    return edit_end(&e, err, "move %s", SHOWN(t->name));
}

int document_forget_place(struct document *doc, const char *thing, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->now.graph, thing);
    if (!t)
        return edit_unknown_thing(doc, thing, err);
    const struct yaml_node *view = yaml_get(doc->now.graph->doc->root, "view"), *old = yaml_get(view, thing);
    if (!old)
        return 0;
    struct edit e;
    edit_begin(&e, doc);
    bool last = view->count == 1; /* of nothing no key is left */
    edit_remove_children(&e, last ? e.root : view, last ? e.meaning : cJSON_GetObjectItemCaseSensitive(e.meaning, "view"),
                         edit_is_node, (void *)(uintptr_t)(last ? view : old));
    return edit_end(&e, err, "let the layout place %s", SHOWN(t->name));
}
