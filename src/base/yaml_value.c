#include "base/text.h"
#include "base/yaml.h"

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (!map || map->type != YAML_MAP)
        return NULL;
    for (const struct yaml_node *n = map->child; n; n = n->next)
        if (*n->key == *key && strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

const char *yaml_str(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *n = yaml_get(map, key);
    return n && n->type == YAML_SCALAR && !yaml_is_null(n) ? n->value : NULL;
}

static bool one_of(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (**words == *s && strcmp(s, *words) == 0)
            return true;
    return false;
}

static const char *const null_words[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const true_words[] = {"true", "True", "TRUE", NULL};
static const char *const false_words[] = {"false", "False", "FALSE", NULL};

bool yaml_is_text(const struct yaml_node *scalar)
{
    char first = *scalar->value;
    if (!scalar->plain)
        return true;
    if (!first || strchr("+-.0123456789", first))
        return false;
    return scalar->value_len > 5 || !strchr("~nNtTfF", first); /* "false" is the longest word */
}

bool yaml_is_null(const struct yaml_node *node)
{
    return !node || (node->type == YAML_SCALAR && node->plain && one_of(node->value, null_words));
}

bool yaml_bool(const struct yaml_node *node, bool *out)
{
    if (!node || node->type != YAML_SCALAR || !node->plain)
        return false;
    *out = one_of(node->value, true_words);
    return *out || one_of(node->value, false_words);
}

bool yaml_number(const struct yaml_node *node, double *out)
{
    if (!node || node->type != YAML_SCALAR || !node->plain)
        return false;
    const char *s = node->value;
    bool hex = str_starts(s, "0x"), octal = str_starts(s, "0o");
    if (hex || octal) {
        if (!s[2] || s[2 + strspn(s + 2, hex ? "0123456789abcdefABCDEF" : "01234567")])
            return false;
        *out = (double)strtoull(s + 2, NULL, hex ? 16 : 8);
        return true;
    }
    return text_number(s, out);
}

cJSON *yaml_to_json(const struct yaml_node *node)
{
    bool flag;
    double number;
    if (node && node->type == YAML_SCALAR && yaml_is_text(node))
        return cJSON_CreateString(node->value);
    if (yaml_is_null(node))
        return cJSON_CreateNull();
    if (node->type == YAML_SCALAR) {
        if (yaml_bool(node, &flag))
            return cJSON_CreateBool(flag);
        if (yaml_number(node, &number))
            return cJSON_CreateNumber(number);
        return cJSON_CreateString(node->value);
    }
    cJSON *json = node->type == YAML_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        if (node->type == YAML_MAP)
            cJSON_AddItemToObject(json, n->key, yaml_to_json(n));
        else
            cJSON_AddItemToArray(json, yaml_to_json(n));
    }
    return json;
}
