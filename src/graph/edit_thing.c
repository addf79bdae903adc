/* edit_thing: what is set of one thing: its name, and all that follows a name; replicas, GPUs, nodes, Secrets. */
#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"

#include <ctype.h>

struct renaming {
    struct edit *e;
    const char *old, *new;
};

static void set_scalar(struct edit *e, const struct yaml_node *node, cJSON *meaning, const char *text)
{
    cJSON *value = cJSON_CreateString(text);
    splice_value(&e->splices, &e->site, node, value);
    cJSON_SetValuestring(meaning, text);
    cJSON_Delete(value);
}

/* Whether a host's name may begin there: after "//" or "@"; at the beginning only as HOST:PORT. */
static bool is_host(const char *text, const char *at, size_t n)
{
    if (at == text)
        return at[n] == ':' && isdigit((unsigned char)at[n + 1]);
    return (at[-1] == '@' || (at - text >= 2 && at[-1] == '/' && at[-2] == '/')) && (!at[n] || strchr(":/.?#", at[n]));
}

char *edit_renamed_host(const char *text, const char *old, const char *new)
{
    size_t n = strlen(old);
    bool changed = false;
    struct buf out;
    if (!strstr(text, old))
        return NULL;
    buf_init(&out, YAML_MAX_BYTES);
    for (const char *at = text; *at;) {
        if (strncmp(at, old, n) == 0 && is_host(text, at, n)) {
            buf_adds(&out, new);
            at += n;
            changed = true;
        } else {
            buf_addc(&out, *at++);
        }
    }
    char *result = changed && !out.over ? buf_take(&out) : NULL;
    buf_release(&out);
    return result;
}

/* Text values anywhere below a node. */
static void rename_below(struct renaming *r, const struct yaml_node *node, cJSON *meaning)
{
    if (!node || !meaning)
        return;
    if (node->type == YAML_SCALAR) {
        char *text = cJSON_IsString(meaning) ? edit_renamed_host(meaning->valuestring, r->old, r->new) : NULL;
        if (text)
            set_scalar(r->e, node, meaning, text);
        free(text);
        return;
    }
    cJSON *item = meaning->child;
    for (const struct yaml_node *n = node->child; n && item; n = n->next, item = item->next)
        rename_below(r, n, item);
}

/* Whether it may hold the name: as it is written, or in other letters ("\x63amera"). */
static bool may_name(const struct renaming *r, const struct yaml_node *thing)
{
    const char *text = r->e->site.text + thing->start;
    size_t len = thing->end - thing->start;
    return memmem(text, len, r->old, strlen(r->old)) || memchr(text, '\\', len);
}

static void rename_hosts(struct renaming *r, const struct yaml_node *things, cJSON *meaning, const struct yaml_node *but)
{
    static const char *const keys[] = {"params", "env"};
    cJSON *item = meaning ? meaning->child : NULL;
    for (const struct yaml_node *n = things ? things->child : NULL; n && item; n = n->next, item = item->next)
        for (size_t i = 0; n != but && i < ARRAY_SIZE(keys) && may_name(r, n); i++)
            rename_below(r, yaml_get(n, keys[i]), cJSON_GetObjectItemCaseSensitive(item, keys[i]));
}

static void rename_links(struct renaming *r, const struct yaml_node *links, cJSON *meaning)
{
    static const char *const keys[] = {"from", "to"};
    cJSON *item = meaning ? meaning->child : NULL;
    size_t n = strlen(r->old);
    for (const struct yaml_node *link = links ? links->child : NULL; link && item; link = link->next, item = item->next)
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
            const struct yaml_node *end = yaml_get(link, keys[i]);
            const char *text = yaml_str(link, keys[i]);
            if (!text || strncmp(text, r->old, n) != 0 || (text[n] && text[n] != '.'))
                continue;
            char *renamed = xasprintf("%s%s", r->new, text + n);
            set_scalar(r->e, end, cJSON_GetObjectItemCaseSensitive(item, keys[i]), renamed);
            free(renamed);
        }
}

/* The order of keys is part of the meaning. */
static void rename_place(struct renaming *r, const struct yaml_node *view, cJSON *meaning)
{
    const struct yaml_node *place = yaml_get(view, r->old);
    if (!place)
        return;
    splice_key(&r->e->splices, &r->e->site, place, r->new);
    cJSON *item = cJSON_GetObjectItemCaseSensitive(meaning, r->old), *holder = cJSON_CreateObject();
    cJSON *renamed = cJSON_Duplicate(item, true);
    cJSON_AddItemToObject(holder, r->new, renamed);
    cJSON_ReplaceItemViaPointer(meaning, item, cJSON_DetachItemViaPointer(holder, renamed));
    cJSON_Delete(holder);
}

void edit_follow_name(struct edit *e, const struct graph_thing *thing, const char *old, const char *new,
                      const struct yaml_node *but)
{
    struct renaming r = {e, old, new};
    const struct yaml_node *spec = yaml_get(e->root, "spec");
    cJSON *meaning = cJSON_GetObjectItemCaseSensitive(e->meaning, "spec");
    if (graph_find(e->doc->now.graph, old) != thing) /* of two things with one name the first keeps what names it */
        return;
    rename_hosts(&r, yaml_get(spec, "things"), cJSON_GetObjectItemCaseSensitive(meaning, "things"), but);
    rename_links(&r, yaml_get(spec, "links"), cJSON_GetObjectItemCaseSensitive(meaning, "links"));
    rename_place(&r, yaml_get(e->root, "view"), cJSON_GetObjectItemCaseSensitive(e->meaning, "view"));
}

static int set_name(struct document *doc, const struct graph_thing *thing, const char *name, struct err *err)
{
    if (str_eq(thing->name, name))
        return 0;
    if (edit_check_name(doc->now.graph, name, err) < 0)
        return -1;
    char *old = xstrdup(thing->name);
    struct edit e;
    edit_begin(&e, doc);
    set_scalar(&e, yaml_get(thing->node, "name"), cJSON_GetObjectItemCaseSensitive(edit_meaning_of(&e, thing->node), "name"),
               name);
    edit_follow_name(&e, thing, old, name, NULL);
    int rc = edit_end(&e, err, "rename %s to %s", SHOWN(old), name);
    free(old);
    return rc;
}

static void unset(struct edit *e, const struct yaml_node *parent, cJSON *meaning, const char *key)
{
    const struct yaml_node *node = yaml_get(parent, key);
    if (node)
        edit_remove_children(e, parent, meaning, edit_is_node, (void *)(uintptr_t)node);
}

/* One key of the thing itself, to a value (taken) or away (NULL). */
static void set_key(struct edit *e, const struct graph_thing *thing, cJSON *meaning, const char *key, cJSON *value)
{
    if (value)
        edit_set_key(e, thing->node, meaning, key, value);
    else
        unset(e, thing->node, meaning, key);
}

/* The weighty key of a map that may hold others: gpu.count, storage.size. value NULL: away. */
static void set_member(struct edit *e, const struct graph_thing *thing, cJSON *meaning, const char *map, const char *key,
                       cJSON *value)
{
    const struct yaml_node *node = yaml_get(thing->node, map);
    if (value)
        edit_set_member(e, thing->node, meaning, map, key, value, false);
    else if (node && node->type == YAML_MAP && node->count > 1)
        unset(e, node, cJSON_GetObjectItemCaseSensitive(meaning, map), key);
    else
        unset(e, thing->node, meaning, map);
}

/* "replicas", "gpu.count" */
static void set_at(struct edit *e, const struct graph_thing *thing, cJSON *meaning, const char *path, cJSON *value)
{
    const char *dot = strchr(path, '.');
    char *map = dot ? xstrndup(path, (size_t)(dot - path)) : NULL;
    if (map)
        set_member(e, thing, meaning, map, dot + 1, value);
    else
        set_key(e, thing, meaning, path, value);
    free(map);
}

int document_set(struct document *doc, const char *thing, enum setting setting, const char *text, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->now.graph, thing);
    if (!t)
        return edit_unknown_thing(doc, thing, err);
    if (t->external && setting != SETTING_NAME)
        return err_set(err, "'%s' is external: it is never deployed, and has only a name and addresses", SHOWN(thing));
    if ((*text || setting == SETTING_NAME) && setting_check(setting, text, err) < 0)
        return err_set(err, "'%s' %s", SHOWN(text), err->text);
    struct buf now;
    buf_init(&now, 1u << 20);
    setting_text(t, setting, &now);
    bool same = strcmp(now.data, text) == 0;
    buf_release(&now);
    if (same)
        return 0;
    if (setting == SETTING_NAME)
        return set_name(doc, t, text, err);
    struct edit e;
    edit_begin(&e, doc);
    set_at(&e, t, edit_meaning_of(&e, t->node), setting_types[setting].path, setting_value(setting, text));
    return edit_end(&e, err, "set %s of %s", setting_types[setting].info.name, SHOWN(t->name));
}

int edit_check_address(const char *port, const char *url, struct err *err)
{
    if (!is_label1123(port, 40))
        return err_set(err, "'%s' is no name for a port: lower case letters, digits and hyphens", SHOWN(port));
    return address_check(url, err) < 0 ? err_set(err, "'%s' %s", SHOWN(url), err->text) : 0;
}

int document_set_address(struct document *doc, const char *thing, const char *port, const char *url, struct err *err)
{
    const struct graph_thing *t = graph_find(doc->now.graph, thing);
    if (!t)
        return edit_unknown_thing(doc, thing, err);
    if (!t->external)
        return err_set(err, "'%s' is a thing of a type, and has no addresses of its own", SHOWN(thing));
    if (edit_check_address(port, url, err) < 0)
        return -1;
    struct edit e;
    edit_begin(&e, doc);
    edit_set_member(&e, t->node, edit_meaning_of(&e, t->node), "external", port, cJSON_CreateString(url), false);
    return edit_end(&e, err, "set %s of %s", SHOWN(port), SHOWN(t->name));
}
