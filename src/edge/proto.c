#include "edge/proto.h"

#include "base/digest.h"
#include "base/time.h"
#include "edge/schema.h"

#define MAX_DEPTH 32

struct bytes {
    const unsigned char *at, *end;
};

struct field {             /* one field as it stands in the bytes */
    unsigned number, type; /* 0 varint, 1 eight bytes, 2 counted, 5 four bytes */
    uint64_t value;
    struct bytes bytes;
};

bool proto_is(const char *body, size_t len)
{
    return len >= 4 && memcmp(body, "k8s\0", 4) == 0;
}

static bool varint(struct bytes *b, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        unsigned char c = *b->at++;
        *out |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return true;
    }
    return false;
}

/* 1: a field, 0: the end, -1: no protobuf. */
static int next_field(struct bytes *b, struct field *f)
{
    uint64_t key;
    if (b->at == b->end)
        return 0;
    if (!varint(b, &key) || key >> 3 == 0 || key >> 3 > 1u << 20)
        return -1;
    f->number = (unsigned)(key >> 3);
    f->type = key & 7;
    uint64_t len = f->type == 1 ? 8 : f->type == 5 ? 4 : 0;
    if (f->type == 0)
        return varint(b, &f->value) ? 1 : -1;
    if (f->type == 2 && !varint(b, &len))
        return -1;
    if ((f->type != 2 && !len) || len > (uint64_t)(b->end - b->at))
        return -1;
    f->bytes = (struct bytes){b->at, b->at + len};
    b->at += len;
    return 1;
}

static char *text_of(struct bytes b)
{
    return xstrndup((const char *)b.at, (size_t)(b.end - b.at));
}

static int read_message(const struct schema *schema, unsigned outer, struct bytes b, cJSON *into, int depth);

/* Two numbers of a small message: Time {seconds, nanos}, IntOrString {type, int, text}. */
static void read_small(struct bytes b, int64_t numbers[4], char **text)
{
    struct field f;
    *text = NULL;
    while (next_field(&b, &f) == 1) {
        if (f.type == 0 && f.number < 4)
            numbers[f.number] = (int64_t)f.value;
        else if (f.type == 2) {
            free(*text);
            *text = text_of(f.bytes);
        }
    }
}

static cJSON *read_time(struct bytes b)
{
    int64_t n[4] = {0};
    char *text, out[TIME_TEXT];
    read_small(b, n, &text);
    free(text);
    if (!n[1] || n[1] > INT64_MAX / NSEC_PER_SEC - 1 || n[1] < 0 || n[2] < 0 || n[2] >= NSEC_PER_SEC)
        return NULL;
    return cJSON_CreateString(time_format(out, n[1] * NSEC_PER_SEC + n[2], n[2] ? 6 : 0));
}

static cJSON *read_int_or_string(struct bytes b)
{
    int64_t n[4] = {0};
    char *text;
    read_small(b, n, &text);
    cJSON *json = n[1] ? cJSON_CreateString(str_or_empty(text)) : cJSON_CreateNumber((double)n[2]);
    free(text);
    return json;
}

static cJSON *read_quantity(struct bytes b)
{
    int64_t n[4] = {0};
    char *text;
    read_small(b, n, &text);
    cJSON *json = text ? cJSON_CreateString(text) : NULL;
    free(text);
    return json;
}

/* One value; *ok false: no protobuf. NULL with ok: nothing to keep. */
static cJSON *read_value(const struct schema *schema, const struct field *f, int depth, bool *ok)
{
    bool counted = f->type == 2;
    *ok =
        counted == (schema->class != SCHEMA_INTEGER && schema->class != SCHEMA_BOOL && schema->class != SCHEMA_NUMBER);
    if (!*ok)
        return NULL;
    switch (schema->class) {
    case SCHEMA_INTEGER:
        return cJSON_CreateNumber((double)(int64_t)f->value);
    case SCHEMA_BOOL:
        return f->value ? cJSON_CreateTrue() : NULL;
    case SCHEMA_STRING: {
        char *text = text_of(f->bytes);
        cJSON *json = cJSON_CreateString(text);
        free(text);
        return json;
    }
    case SCHEMA_BYTES: {
        struct buf text;
        buf_init(&text, 8u << 20);
        digest_base64(&text, f->bytes.at, (size_t)(f->bytes.end - f->bytes.at));
        cJSON *json = cJSON_CreateString(text.data);
        buf_release(&text);
        return json;
    }
    case SCHEMA_TIME:
        return read_time(f->bytes);
    case SCHEMA_QUANTITY:
        return read_quantity(f->bytes);
    case SCHEMA_INT_OR_STRING:
        return read_int_or_string(f->bytes);
    case SCHEMA_STRUCT: {
        cJSON *json = cJSON_CreateObject();
        *ok = read_message(schema, 0, f->bytes, json, depth + 1) == 0;
        if (*ok && json->child)
            return json;
        cJSON_Delete(json);
        return NULL;
    }
    default: /* what the schema does not describe cannot be read, and must not be lost unseen */
        *ok = f->bytes.at == f->bytes.end;
        return NULL;
    }
}

/* An entry {key, value} of a map. */
static int read_entry(const struct schema *schema, struct bytes b, cJSON *map, int depth)
{
    struct field f;
    char *key = NULL;
    cJSON *value = NULL;
    bool ok = true;
    int rc;
    while (ok && (rc = next_field(&b, &f)) == 1) {
        if (f.number == 1 && f.type == 2 && !key)
            key = text_of(f.bytes);
        else if (f.number == 2 && !value)
            value = read_value(schema_element(schema), &f, depth, &ok);
    }
    if (ok && rc == 0 && key) {
        cJSON_DeleteItemFromObjectCaseSensitive(map, key);
        cJSON_AddItemToObject(map, key, value ? value : cJSON_CreateString(""));
    } else {
        cJSON_Delete(value);
        ok = false;
    }
    free(key);
    return ok ? 0 : -1;
}

static bool is_empty(const struct schema_field *field, const cJSON *value)
{
    if (str_eq(field->name, "replicas"))
        return false;
    return (cJSON_IsString(value) && !*value->valuestring) || (cJSON_IsNumber(value) && value->valuedouble == 0);
}

static int read_field(const struct schema_field *field, const struct field *f, cJSON *into, int depth)
{
    const struct schema *schema = field->schema;
    bool ok = true;
    if (schema->class == SCHEMA_MAP || schema->class == SCHEMA_LIST) {
        cJSON *list = cJSON_GetObjectItemCaseSensitive(into, field->name);
        if (!list) {
            list = schema->class == SCHEMA_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
            cJSON_AddItemToObject(into, field->name, list);
        }
        if (schema->class == SCHEMA_MAP)
            return f->type == 2 ? read_entry(schema, f->bytes, list, depth) : -1;
        cJSON *item = read_value(schema_element(schema), f, depth, &ok);
        if (item)
            cJSON_AddItemToArray(list, item);
        return ok ? 0 : -1;
    }
    cJSON *value = read_value(schema, f, depth, &ok);
    if (value && is_empty(field, value)) {
        cJSON_Delete(value);
        value = NULL;
    }
    if (value) {
        cJSON_DeleteItemFromObjectCaseSensitive(into, field->name);
        cJSON_AddItemToObject(into, field->name, value);
    }
    return ok ? 0 : -1;
}

/* Unknown numbers are passed over. outer: reads the fields of the type that stand in that embedded message. */
static int read_message(const struct schema *schema, unsigned outer, struct bytes b, cJSON *into, int depth)
{
    struct field f;
    int rc;
    if (depth > MAX_DEPTH)
        return -1;
    while ((rc = next_field(&b, &f)) == 1)
        for (size_t i = 0; i < schema->type->count; i++) {
            const struct schema_field *field = &schema->type->fields[i];
            if (!outer && field->outer && field->outer == f.number && f.type == 2) {
                if (read_message(schema, f.number, f.bytes, into, depth + 1) < 0)
                    return -1;
                break;
            }
            if (field->number != f.number || field->outer != outer)
                continue;
            if (read_field(field, &f, into, depth) < 0)
                return -1;
            break;
        }
    return rc;
}

/* {typeMeta {apiVersion, kind}, raw} */
static void read_envelope(struct bytes b, char **version, char **kind, struct bytes *raw)
{
    struct field f, inner;
    while (next_field(&b, &f) == 1) {
        if (f.number == 2 && f.type == 2)
            *raw = f.bytes;
        if (f.number != 1 || f.type != 2)
            continue;
        struct bytes meta = f.bytes;
        while (next_field(&meta, &inner) == 1) {
            char **out = inner.number == 1 ? version : inner.number == 2 ? kind : NULL;
            if (out && inner.type == 2 && !*out)
                *out = text_of(inner.bytes);
        }
    }
}

cJSON *proto_read(const char *body, size_t len, struct err *err)
{
    char *version = NULL, *kind = NULL;
    struct bytes raw = {NULL, NULL};
    const unsigned char *start = (const unsigned char *)body;
    read_envelope((struct bytes){start + 4, start + len}, &version, &kind, &raw);
    const struct schema *schema = kind ? schema_of(kind) : NULL;
    cJSON *json = NULL;
    if (!schema || !version) {
        err_set(err, "a protobuf of kind \"%s\" cannot be read here: send JSON", str_or_empty(kind));
    } else {
        json = cJSON_CreateObject();
        json_set_str(json, "kind", kind);
        json_set_str(json, "apiVersion", version);
        if (read_message(schema, 0, raw, json, 0) < 0) {
            cJSON_Delete(json);
            json = NULL;
            err_set(err, "this is no protobuf of a %s, or has fields that cannot be read here: send JSON", kind);
        }
    }
    free(version);
    free(kind);
    return json;
}
