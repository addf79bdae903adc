/* RFC 7386 merge patches and RFC 6902 operations. */
#include "edge/patch.h"

#include "base/text.h"

static void put(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_GetObjectItemCaseSensitive(object, key))
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    else
        cJSON_AddItemToObject(object, key, value);
}

void patch_merge(cJSON *object, const cJSON *patch)
{
    const cJSON *child;
    cJSON_ArrayForEach (child, patch) {
        if (cJSON_IsNull(child)) {
            cJSON_DeleteItemFromObjectCaseSensitive(object, child->string);
            continue;
        }
        if (!cJSON_IsObject(child)) {
            put(object, child->string, cJSON_Duplicate(child, true));
            continue;
        }
        cJSON *old = cJSON_GetObjectItemCaseSensitive(object, child->string);
        if (!cJSON_IsObject(old)) {
            old = cJSON_CreateObject();
            put(object, child->string, old);
        }
        patch_merge(old, child);
    }
}

/* ---- RFC 6902 ---- */

#define MOST_COPIED 20000

struct place { /* what a pointer leads to: `key` in `parent`; parent NULL: the document */
    cJSON *parent, *value;
    char key[512];
};

static bool unescape(char out[512], const char *token, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = token[i];
        if (c == '~' && i + 1 < len)
            c = token[++i] == '1' ? '/' : '~';
        if (n + 1 >= 512)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

static cJSON *step(cJSON *from, const char *key)
{
    int64_t index;
    if (cJSON_IsArray(from))
        return text_int(key, &index) && index >= 0 && index <= INT_MAX ? cJSON_GetArrayItem(from, (int)index) : NULL;
    return cJSON_IsObject(from) ? cJSON_GetObjectItemCaseSensitive(from, key) : NULL;
}

static int locate(cJSON *root, const char *pointer, struct place *place, struct err *err)
{
    *place = (struct place){.value = root};
    if (!pointer || (*pointer && *pointer != '/'))
        return err_set(err, "the path '%.100s' of a JSON patch must start with '/'", str_or_empty(pointer));
    while (*pointer == '/') {
        size_t len = strcspn(++pointer, "/");
        if (!cJSON_IsObject(place->value) && !cJSON_IsArray(place->value))
            return err_set(err, "the server rejected our request due to an error in our request: missing path");
        place->parent = place->value;
        if (!unescape(place->key, pointer, len))
            return err_set(err, "a part of a JSON patch's path is too long");
        place->value = step(place->parent, place->key);
        pointer += len;
    }
    return 0;
}

/* Takes value. */
static int add_at(cJSON **root, const struct place *place, cJSON *value, struct err *err)
{
    int64_t index;
    if (!place->parent) {
        cJSON_Delete(*root);
        *root = value;
        return 0;
    }
    if (cJSON_IsObject(place->parent)) {
        put(place->parent, place->key, value);
        return 0;
    }
    if (str_eq(place->key, "-")) {
        cJSON_AddItemToArray(place->parent, value);
        return 0;
    }
    if (!text_int(place->key, &index) || index < 0 || index > cJSON_GetArraySize(place->parent)) {
        cJSON_Delete(value);
        return err_set(err, "the index '%.40s' of a JSON patch is out of bounds", place->key);
    }
    /* Not by cJSON_InsertItemInArray: some of its versions refuse any place but the first. */
    int behind = cJSON_GetArraySize(place->parent) - (int)index;
    cJSON_AddItemToArray(place->parent, value);
    for (int i = 0; i < behind; i++)
        cJSON_AddItemToArray(place->parent, cJSON_DetachItemFromArray(place->parent, (int)index));
    return 0;
}

/* Values in a tree. */
static size_t weigh(const cJSON *value)
{
    size_t count = 1;
    const cJSON *child;
    cJSON_ArrayForEach (child, value)
        count += weigh(child);
    return count;
}

static int operate(cJSON **root, const cJSON *operation, size_t *copied, struct err *err)
{
    const char *op = json_str_or(operation, "op", ""), *path = json_str_or(operation, "path", NULL);
    const cJSON *value = json_get(operation, "value");
    struct place place, from;
    if (locate(*root, path, &place, err) < 0)
        return -1;
    if (str_eq(op, "add"))
        return value ? add_at(root, &place, cJSON_Duplicate(value, true), err) : err_set(err, "'add' needs a value");
    if (str_eq(op, "move") || str_eq(op, "copy")) {
        if (locate(*root, json_str(operation, "from"), &from, err) < 0)
            return -1;
        if (!from.value || !from.parent)
            return err_set(err, "%s operation does not apply: doc is missing from path: %.100s", op,
                           json_str_or(operation, "from", ""));
        /* A copy into what it is a copy of doubles it, and so does the next one. */
        *copied += weigh(from.value);
        if (*copied > MOST_COPIED)
            return err_set(err, "the copies of a JSON patch have more than %d values together", MOST_COPIED);
        cJSON *copy = cJSON_Duplicate(from.value, true);
        if (str_eq(op, "move")) {
            cJSON_Delete(cJSON_DetachItemViaPointer(from.parent, from.value));
            if (locate(*root, path, &place, err) < 0) {
                cJSON_Delete(copy);
                return -1;
            }
        }
        return add_at(root, &place, copy, err);
    }
    if (!place.value)
        return err_set(err, "%.20s operation does not apply: doc is missing path: %.200s", op, path);
    if (str_eq(op, "test"))
        return value && json_equal(place.value, value) ? 0 : err_set(err, "testing value %.200s failed", path);
    if (str_eq(op, "remove") && place.parent) {
        cJSON_Delete(cJSON_DetachItemViaPointer(place.parent, place.value));
        return 0;
    }
    if (str_eq(op, "replace") && value) {
        cJSON *copy = cJSON_Duplicate(value, true);
        if (!place.parent)
            return add_at(root, &place, copy, err);
        if (cJSON_IsObject(place.parent))
            put(place.parent, place.key, copy);
        else
            cJSON_ReplaceItemViaPointer(place.parent, place.value, copy);
        return 0;
    }
    return err_set(err, "unknown or incomplete JSON patch operation '%.40s'", op);
}

int patch_json(cJSON **object, const cJSON *operations, struct err *err)
{
    const cJSON *operation;
    if (!cJSON_IsArray(operations))
        return err_set(err, "a JSON patch is an array of operations");
    if (cJSON_GetArraySize(operations) > 10000)
        return err_set(err, "the allowed maximum operations in a JSON patch is 10000");
    size_t copied = 0;
    cJSON_ArrayForEach (operation, operations)
        if (operate(object, operation, &copied, err) < 0)
            return -1;
    return 0;
}
