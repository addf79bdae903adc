#include "graph/diff_walk.h"

struct walk {
    bool within;
    diff_leaf_fn leaf;
    void *data;
};

/* What an item of a list is known by; NULL: by its place. Of a volume many may be mounted. */
static const char *name_of(const cJSON *item)
{
    const char *path = json_str(item, "mountPath");
    return path ? path : json_str(item, "name");
}

const cJSON *diff_item(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list) if (str_eq(name_of(item), name)) return item;
    return NULL;
}

static const cJSON *item_like(const cJSON *list, const cJSON *like, int index)
{
    const char *name = name_of(like);
    return name ? diff_item(list, name) : cJSON_GetArrayItem(list, index);
}

static void compare(const struct walk *walk, const char *path, const cJSON *before, const cJSON *after);

/* Words of a command line mean something where they stand: as many of them, else all are another line. */
static bool compare_args(const struct walk *walk, const char *path, const cJSON *before, const cJSON *after)
{
    int count = cJSON_GetArraySize(after);
    if (count != cJSON_GetArraySize(before))
        return false;
    for (int i = 0; i < count; i++) {
        char *below = xasprintf("%s[%d]", path, i);
        compare(walk, below, cJSON_GetArrayItem(before, i), cJSON_GetArrayItem(after, i));
        free(below);
    }
    return true;
}

static void compare_items(const struct walk *walk, const char *path, const cJSON *before, const cJSON *after)
{
    const cJSON *item;
    int index = 0;
    cJSON_ArrayForEach(item, after) {
        const char *name = name_of(item);
        char *below = name ? xasprintf("%s.%s", path, name) : xasprintf("%s[%d]", path, index);
        compare(walk, below, item_like(before, item, index), item);
        free(below);
        index++;
    }
    index = 0;
    cJSON_ArrayForEach(item, before) {
        const char *name = name_of(item);
        char *below = name ? xasprintf("%s.%s", path, name) : xasprintf("%s[%d]", path, index);
        if (!item_like(after, item, index))
            compare(walk, below, item, NULL);
        free(below);
        index++;
    }
}

static void compare_keys(const struct walk *walk, const char *path, const cJSON *before, const cJSON *after)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, after) {
        char *below = *path ? xasprintf("%s.%s", path, item->string) : xstrdup(item->string);
        compare(walk, below, json_get(before, item->string), item);
        free(below);
    }
    cJSON_ArrayForEach(item, before) {
        char *below = *path ? xasprintf("%s.%s", path, item->string) : xstrdup(item->string);
        if (!json_get(after, item->string))
            compare(walk, below, item, NULL);
        free(below);
    }
}

/* An environment variable is its value. */
static const cJSON *value_of(const cJSON *value)
{
    const cJSON *inner = cJSON_IsObject(value) ? json_get(value, "value") : NULL;
    return inner && cJSON_GetArraySize(value) == 2 ? inner : value;
}

static void compare(const struct walk *walk, const char *path, const cJSON *before, const cJSON *after)
{
    if (walk->within && !before)
        return;
    before = value_of(before);
    after = value_of(after);
    if ((!before && !after) || (before && after && json_equal(before, after)))
        return;
    const char *leaf = strrchr(path, '.');
    bool args = str_eq(leaf ? leaf + 1 : path, "args");
    if ((cJSON_IsArray(before) || !before) && (cJSON_IsArray(after) || !after)) {
        if (!args)
            compare_items(walk, path, before, after);
        else if (!compare_args(walk, path, before, after))
            walk->leaf(walk->data, path, before, after);
    } else if (cJSON_IsObject(before) && cJSON_IsObject(after)) {
        compare_keys(walk, path, before, after);
    } else {
        walk->leaf(walk->data, path, before, after);
    }
}

void diff_walk(const cJSON *before, const cJSON *after, bool within, diff_leaf_fn leaf, void *data)
{
    compare(&(struct walk){within, leaf, data}, "", before, after);
}

static void fill(cJSON *out, const cJSON *rendered, const cJSON *live)
{
    const cJSON *item, *there;
    int index = 0;
    cJSON_ArrayForEach(item, rendered) {
        bool list = cJSON_IsArray(rendered);
        there = list ? item_like(live, item, index) : json_get(live, item->string);
        cJSON *ours = (cJSON *)(uintptr_t)(list ? item_like(out, item, index) : json_get(out, item->string));
        index++;
        if (ours)
            fill(ours, item, there);
        else if (there && list)
            cJSON_AddItemToArray(out, cJSON_Duplicate(item, true));
        else if (there)
            cJSON_AddItemToObject(out, item->string, cJSON_Duplicate(item, true));
    }
}

cJSON *diff_as_applied(const cJSON *applied, const cJSON *rendered, const cJSON *live)
{
    if (!live || !applied)
        return rendered ? cJSON_Duplicate(rendered, true) : NULL;
    cJSON *out = cJSON_Duplicate(applied, true);
    fill(out, rendered, live);
    return out;
}
