#include "base/json.h"

#include <math.h>

#include "base/text.h"
#include "base/time.h"

#define MAX_DEPTH 128

/* cJSON parses by recursion to 1,000 levels; nothing that we read is half as deep as ours. */
static bool too_deep(const char *text, size_t len)
{
    int depth = 0;
    bool string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                string = false;
        } else if (c == '"') {
            string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

cJSON *json_parse(const char *text, size_t len, struct err *err)
{
    if (too_deep(text, len)) {
        err_set(err, "the JSON is nested deeper than %d levels", MAX_DEPTH);
        return NULL;
    }
    const char *end = text;
    cJSON *value = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (!value) {
        size_t at = end >= text && (size_t)(end - text) <= len ? (size_t)(end - text) : 0;
        struct buf near;
        buf_init(&near, 256);
        text_sanitise(&near, text + at, MIN(len - at, 24));
        err_set(err, "this is no JSON at byte %zu, near '%s'", at, near.data);
        buf_release(&near);
        return NULL;
    }
    while (end < text + len && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n'))
        end++;
    if (end != text + len && *end) {
        cJSON_Delete(value);
        err_set(err, "more follows after the JSON's end at byte %zu", (size_t)(end - text));
        return NULL;
    }
    return value;
}

const cJSON *json_get(const cJSON *object, const char *key)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

/* Child of `object` by the key of len bytes. */
static cJSON *child_n(const cJSON *object, const char *key, size_t len)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (cJSON *c = object->child; c; c = c->next)
        if (c->string && strncmp(c->string, key, len) == 0 && c->string[len] == '\0')
            return c;
    return NULL;
}

const cJSON *json_at(const cJSON *object, const char *path)
{
    const cJSON *at = object;
    while (at && *path) {
        size_t len = strcspn(path, ".");
        at = child_n(at, path, len);
        path += len + (path[len] == '.');
    }
    return at;
}

const char *json_str(const cJSON *object, const char *path)
{
    const cJSON *v = json_at(object, path);
    return cJSON_IsString(v) ? v->valuestring : NULL;
}

const char *json_str_or(const cJSON *object, const char *path, const char *other)
{
    const char *s = json_str(object, path);
    return s ? s : other;
}

int64_t json_int(const cJSON *object, const char *path, int64_t other)
{
    const cJSON *v = json_at(object, path);
    int64_t i;
    if (cJSON_IsString(v) && text_int(v->valuestring, &i))
        return i;
    if (!cJSON_IsNumber(v) || isnan(v->valuedouble))
        return other;
    if (v->valuedouble >= 9.2233720368547e18)
        return INT64_MAX;
    if (v->valuedouble <= -9.2233720368547e18)
        return INT64_MIN;
    return (int64_t)v->valuedouble;
}

double json_num(const cJSON *object, const char *path, double other)
{
    const cJSON *v = json_at(object, path);
    return cJSON_IsNumber(v) && isfinite(v->valuedouble) ? v->valuedouble : other;
}

bool json_bool(const cJSON *object, const char *path, bool other)
{
    const cJSON *v = json_at(object, path);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : other;
}

int64_t json_seconds(const cJSON *object, const char *path)
{
    double seconds = json_num(object, path, -1);
    return seconds >= 0 && seconds < 1e9 ? (int64_t)(seconds * 1e9 + 0.5) : -1;
}

int64_t json_time(const cJSON *object, const char *path)
{
    return time_parse(json_str(object, path));
}

const cJSON *json_array(const cJSON *object, const char *path)
{
    const cJSON *v = json_at(object, path);
    return cJSON_IsArray(v) ? v : NULL;
}

const cJSON *json_object(const cJSON *object, const char *path)
{
    const cJSON *v = json_at(object, path);
    return cJSON_IsObject(v) ? v : NULL;
}

static cJSON *ensure_n(cJSON *object, const char *path, size_t path_len)
{
    cJSON *at = object;
    const char *end = path + path_len;
    while (path < end) {
        size_t len = MIN(strcspn(path, "."), (size_t)(end - path));
        cJSON *next = child_n(at, path, len);
        if (!cJSON_IsObject(next)) {
            char *key = xstrndup(path, len);
            cJSON *fresh = cJSON_CreateObject();
            if (next)
                cJSON_ReplaceItemInObjectCaseSensitive(at, key, fresh);
            else
                cJSON_AddItemToObject(at, key, fresh);
            free(key);
            next = fresh;
        }
        at = next;
        path += len + 1;
    }
    return at;
}

cJSON *json_ensure(cJSON *object, const char *path)
{
    return ensure_n(object, path, strlen(path));
}

void json_set(cJSON *object, const char *path, cJSON *value)
{
    const char *dot = strrchr(path, '.');
    const char *key = dot ? dot + 1 : path;
    cJSON *parent = dot ? ensure_n(object, path, (size_t)(dot - path)) : object;
    if (cJSON_GetObjectItemCaseSensitive(parent, key))
        cJSON_ReplaceItemInObjectCaseSensitive(parent, key, value);
    else
        cJSON_AddItemToObject(parent, key, value);
}

cJSON *json_put(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_GetObjectItemCaseSensitive(object, key))
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    else
        cJSON_AddItemToObject(object, key, value);
    return value;
}

void json_set_str(cJSON *object, const char *path, const char *value)
{
    if (value)
        json_set(object, path, cJSON_CreateString(value));
}

void json_set_int(cJSON *object, const char *path, int64_t value)
{
    json_set(object, path, cJSON_CreateNumber((double)value));
}

void json_set_bool(cJSON *object, const char *path, bool value)
{
    json_set(object, path, cJSON_CreateBool(value));
}

void json_del(cJSON *object, const char *path)
{
    const char *dot = strrchr(path, '.');
    cJSON *parent = object;
    if (dot) {
        char *head = xstrndup(path, (size_t)(dot - path));
        parent = (cJSON *)(uintptr_t)json_at(object, head);
        free(head);
    }
    if (cJSON_IsObject(parent))
        cJSON_DeleteItemFromObjectCaseSensitive(parent, dot ? dot + 1 : path);
}

bool json_equal(const cJSON *a, const cJSON *b)
{
    if (!a || !b)
        return a == b;
    return cJSON_Compare(a, b, 1);
}

cJSON *json_number(const char *text, bool same_text)
{
    double number, back;
    if (!text_number(text, &number))
        return NULL;
    cJSON *json = cJSON_CreateNumber(number);
    struct buf again;
    buf_init(&again, 64);
    json_print(&again, json);
    bool same = same_text ? strcmp(again.data, text) == 0 : text_number(again.data, &back) && back == number;
    buf_release(&again);
    if (same)
        return json;
    cJSON_Delete(json);
    return NULL;
}

void json_quote(struct buf *out, const char *s)
{
    buf_addc(out, '"');
    for (size_t len = strlen(s); len;) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            buf_addf(out, "\\%c", c);
        } else if (c == '\n') {
            buf_adds(out, "\\n");
        } else if (c == '\t') {
            buf_adds(out, "\\t");
        } else if (c == '\r') {
            buf_adds(out, "\\r");
        } else if (c < 0x20 || c == 0x7f) {
            buf_addf(out, "\\u%04x", c);
        } else if (c < 0x80) {
            buf_addc(out, (char)c);
        } else {
            uint32_t cp;
            size_t n = utf8_decode(s, len, &cp);
            char bytes[4];
            if (text_harmful(cp) && cp > 0xffff) /* the same text, but harmless where it is looked at */
                buf_addf(out, "\\u%04x\\u%04x", 0xd7c0 + (cp >> 10), 0xdc00 + (cp & 0x3ff));
            else if (text_harmful(cp))
                buf_addf(out, "\\u%04x", cp);
            else
                buf_add(out, bytes, utf8_encode(cp, bytes));
            s += n;
            len -= n;
            continue;
        }
        s++;
        len--;
    }
    buf_addc(out, '"');
}

static void print_number(struct buf *out, double d)
{
    if (!isfinite(d))
        buf_adds(out, "null");
    else if (d == floor(d) && fabs(d) < 9007199254740992.0)
        buf_addf(out, "%" PRId64, (int64_t)d);
    else {
        char text[40];
        snprintf(text, sizeof text, "%.15g", d);
        if (strtod(text, NULL) != d)
            snprintf(text, sizeof text, "%.17g", d);
        buf_adds(out, text);
    }
}

void json_print(struct buf *out, const cJSON *value)
{
    if (cJSON_IsObject(value) || cJSON_IsArray(value)) {
        bool object = cJSON_IsObject(value);
        buf_addc(out, object ? '{' : '[');
        for (const cJSON *c = value->child; c; c = c->next) {
            if (c != value->child)
                buf_addc(out, ',');
            if (object) {
                json_quote(out, str_or_empty(c->string));
                buf_addc(out, ':');
            }
            json_print(out, c);
        }
        buf_addc(out, object ? '}' : ']');
    } else if (cJSON_IsString(value)) {
        json_quote(out, str_or_empty(value->valuestring));
    } else if (cJSON_IsNumber(value)) {
        print_number(out, value->valuedouble);
    } else if (cJSON_IsBool(value)) {
        buf_adds(out, cJSON_IsTrue(value) ? "true" : "false");
    } else if (cJSON_IsRaw(value)) {
        buf_adds(out, str_or_empty(value->valuestring));
    } else {
        buf_adds(out, "null");
    }
}
