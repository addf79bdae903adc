#include "edge/schema.h"

#include <math.h>

#include "base/map.h"
#include "base/time.h"
#include "edge/canonical.h"
#include "edge/schema_types.h"

/* Built once, on first use, and kept for the life of the program. */
static struct map types;                     /* name → struct schema_type */
static const struct schema_type **type_list; /* in the order of the table */

static const struct schema any = {.class = SCHEMA_ANY, .atomic = true};

static struct schema_type *type_named(const char *name, size_t len)
{
    char *key = xstrndup(name, len);
    struct schema_type *type = map_get(&types, key);
    if (!type) {
        type = xcalloc(1, sizeof *type);
        type->name = xstrdup(key);
        map_put(&types, key, type);
    }
    free(key);
    return type;
}

static void read_keys(struct schema *schema, const char **s)
{
    for (size_t i = 0; i < SCHEMA_KEYS; i++) {
        size_t len = strcspn(*s, ", @");
        schema->keys[i] = xstrndup(*s, len);
        *s += len;
        if (**s != ',')
            return;
        (*s)++;
    }
}

static const struct schema *read_shape(const char **s)
{
    static const struct {
        char letter;
        enum schema_class class;
    } scalars[] = {{'s', SCHEMA_STRING}, {'i', SCHEMA_INTEGER},  {'n', SCHEMA_NUMBER},
                   {'b', SCHEMA_BOOL},   {'q', SCHEMA_QUANTITY}, {'x', SCHEMA_INT_OR_STRING},
                   {'y', SCHEMA_BYTES},  {'t', SCHEMA_TIME},     {'*', SCHEMA_ANY}};
    struct schema *schema = xcalloc(1, sizeof *schema);
    for (size_t i = 0; i < ARRAY_SIZE(scalars); i++)
        if (**s == scalars[i].letter) {
            schema->class = scalars[i].class;
            schema->atomic = true;
            (*s)++;
            return schema;
        }
    if (**s == '[' || **s == '{') {
        bool list = **s == '[';
        (*s)++;
        schema->class = list ? SCHEMA_LIST : SCHEMA_MAP;
        schema->element = read_shape(s);
        (*s)++; /* the closing one */
        if (list && **s == '#') {
            (*s)++;
            read_keys(schema, s);
            return schema;
        }
        if (list && **s == '=') {
            (*s)++;
            schema->set = true;
            return schema;
        }
        schema->atomic = list;
    } else {
        size_t len = strcspn(*s, " ]}!#@");
        schema->class = SCHEMA_STRUCT;
        schema->type = type_named(*s, len);
        *s += len;
    }
    if (**s == '!') {
        (*s)++;
        schema->atomic = true;
    }
    return schema;
}

static void build(void)
{
    if (type_list)
        return;
    size_t count = 0;
    while (schema_texts[count].name)
        count++;
    type_list = xcalloc(count + 1, sizeof *type_list);
    for (size_t i = 0; i < count; i++) {
        const struct schema_text *text = &schema_texts[i];
        struct schema_type *type = type_named(text->name, strlen(text->name));
        size_t cap = 0;
        for (const char *s = text->fields; *s;) {
            size_t len = strcspn(s, ":");
            GROW(type->fields, type->count, cap);
            struct schema_field *field = &type->fields[type->count++];
            *field = (struct schema_field){.name = xstrndup(s, len)};
            s += len + 1;
            field->schema = read_shape(&s);
            if (*s == '@')
                field->number = (unsigned)strtoul(s + 1, (char **)&s, 10);
            if (*s == '.') {
                field->outer = field->number;
                field->number = (unsigned)strtoul(s + 1, (char **)&s, 10);
            }
            s += strspn(s, " ");
        }
        type_list[i] = type;
    }
}

const struct schema_type *const *schema_types(void)
{
    build();
    return type_list;
}

const struct schema *schema_of(const char *kind)
{
    static struct map roots; /* kind → struct schema */
    build();
    struct schema *schema = map_get(&roots, kind);
    const struct schema_type *type = map_get(&types, kind);
    if (!schema && type) {
        schema = xcalloc(1, sizeof *schema);
        schema->class = SCHEMA_STRUCT;
        schema->type = type;
        map_put(&roots, kind, schema);
    }
    return schema;
}

static const struct schema_field *find_field(const struct schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->type->count; i++)
        if (str_eq(schema->type->fields[i].name, name))
            return &schema->type->fields[i];
    return NULL;
}

const struct schema *schema_field(const struct schema *schema, const char *name)
{
    if (schema && schema->class == SCHEMA_MAP)
        return schema->element;
    const struct schema_field *field = schema && schema->class == SCHEMA_STRUCT ? find_field(schema, name) : NULL;
    return field ? field->schema : &any;
}

bool schema_has_field(const struct schema *schema, const char *name)
{
    return !schema || schema->class != SCHEMA_STRUCT || find_field(schema, name);
}

const struct schema *schema_element(const struct schema *schema)
{
    return schema && schema->element ? schema->element : &any;
}

const cJSON *schema_key(const cJSON *item, const char *key)
{
    static cJSON tcp = {.type = cJSON_String, .valuestring = (char *)"TCP"};
    const cJSON *value = json_get(item, key);
    return !value && str_eq(key, "protocol") ? &tcp : value;
}

bool schema_same_item(const struct schema *list, const cJSON *a, const cJSON *b)
{
    if (!list->keys[0])
        return json_equal(a, b);
    for (size_t i = 0; i < SCHEMA_KEYS && list->keys[i]; i++) {
        const cJSON *x = schema_key(a, list->keys[i]), *y = schema_key(b, list->keys[i]);
        if (!x || !y ? x != y : !json_equal(x, y))
            return false;
    }
    return true;
}

/* ---- the form things are kept in ---- */

void schema_normalise(const struct schema *schema, cJSON *value)
{
    if (!schema || schema->class == SCHEMA_ANY)
        return;
    if (schema->class == SCHEMA_QUANTITY) {
        char text[64];
        if (edge_quantity_canonical(value, text)) {
            if (cJSON_IsString(value)) {
                cJSON_SetValuestring(value, text);
            } else {
                value->type = cJSON_String;
                value->valuestring = xstrdup(text);
            }
        }
        return;
    }
    cJSON *next;
    for (cJSON *child = cJSON_IsObject(value) || cJSON_IsArray(value) ? value->child : NULL; child; child = next) {
        next = child->next;
        bool list = cJSON_IsArray(value);
        if (!list && (cJSON_IsNull(child) || !schema_has_field(schema, child->string)))
            cJSON_Delete(cJSON_DetachItemViaPointer(value, child));
        else
            schema_normalise(list ? schema_element(schema) : schema_field(schema, child->string), child);
    }
}

/* ---- strict validation ---- */

static int unknown_at(const struct schema *schema, const cJSON *value, const char *path, struct buf *out)
{
    int count = 0, index = 0;
    const cJSON *child;
    if (schema->class == SCHEMA_ANY)
        return 0;
    cJSON_ArrayForEach (child, value) {
        char *where;
        if (cJSON_IsArray(value))
            where = xasprintf("%s[%d]", path, index++);
        else
            where = xasprintf("%s%s%s", path, *path ? "." : "", child->string);
        if (cJSON_IsObject(value) && !schema_has_field(schema, child->string)) {
            buf_addf(out, "%sunknown field \"%s\"", out->len ? ", " : "", where);
            count++;
        } else {
            const struct schema *below =
                cJSON_IsArray(value) ? schema_element(schema) : schema_field(schema, child->string);
            count += unknown_at(below, child, where, out);
        }
        free(where);
    }
    return count;
}

int schema_unknown(const struct schema *schema, const cJSON *object, struct buf *out)
{
    return schema ? unknown_at(schema, object, "", out) : 0;
}

static const char *json_class(const cJSON *value)
{
    if (cJSON_IsString(value))
        return "string";
    if (cJSON_IsNumber(value))
        return "number";
    if (cJSON_IsBool(value))
        return "bool";
    return cJSON_IsArray(value) ? "array" : cJSON_IsObject(value) ? "object" : "null";
}

static bool right_class(const struct schema *schema, const cJSON *value, const char **wanted)
{
    switch (schema->class) {
    case SCHEMA_ANY:
        return true;
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
        *wanted = "string";
        return cJSON_IsString(value);
    case SCHEMA_TIME:
        *wanted = "Time";
        return cJSON_IsString(value) && (!*value->valuestring || time_parse(value->valuestring));
    case SCHEMA_INTEGER:
        *wanted = "int64";
        return cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble &&
               fabs(value->valuedouble) < 1e18;
    case SCHEMA_NUMBER:
        *wanted = "float64";
        return cJSON_IsNumber(value);
    case SCHEMA_BOOL:
        *wanted = "bool";
        return cJSON_IsBool(value);
    case SCHEMA_QUANTITY:
        *wanted = "Quantity";
        return cJSON_IsString(value) || cJSON_IsNumber(value);
    case SCHEMA_INT_OR_STRING:
        *wanted = "IntOrString";
        return cJSON_IsString(value) || cJSON_IsNumber(value);
    case SCHEMA_STRUCT:
        *wanted = schema->type->name;
        return cJSON_IsObject(value);
    case SCHEMA_MAP:
        *wanted = "map";
        return cJSON_IsObject(value);
    case SCHEMA_LIST:
        *wanted = "list";
        return cJSON_IsArray(value);
    }
    return true;
}

static int check_at(const struct schema *schema, const cJSON *value, const char *path, struct err *err)
{
    const char *wanted = "";
    if (cJSON_IsNull(value) || schema->class == SCHEMA_ANY)
        return 0;
    if (!right_class(schema, value, &wanted))
        return err_set(err, "json: cannot unmarshal %s into field %s of type %s", json_class(value), path, wanted);
    const cJSON *child;
    cJSON_ArrayForEach (child, value) {
        const char *name = cJSON_IsArray(value) ? "" : child->string;
        char *where = xasprintf("%s%s%s", path, *path && *name ? "." : "", name);
        int rc = check_at(*name || cJSON_IsObject(value) ? schema_field(schema, name) : schema_element(schema), child,
                          where, err);
        free(where);
        if (rc < 0)
            return -1;
    }
    return 0;
}

int schema_check(const struct schema *schema, const cJSON *object, struct err *err)
{
    return schema ? check_at(schema, object, "", err) : 0;
}
