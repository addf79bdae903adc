#include "ops/logfields.h"

#include <ctype.h>

#include "base/json.h"

enum part { PART_OTHER, PART_TIME, PART_LEVEL, PART_MESSAGE };

static const struct {
    const char *key;
    enum part part;
} keys[] = {
    {"time", PART_TIME},       {"ts", PART_TIME},           {"timestamp", PART_TIME}, {"@timestamp", PART_TIME}, {"level", PART_LEVEL},
    {"severity", PART_LEVEL},  {"lvl", PART_LEVEL},         {"levelname", PART_LEVEL}, {"msg", PART_MESSAGE},    {"message", PART_MESSAGE},
    {"event", PART_MESSAGE},
};

static enum part part_of(const cJSON *field)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (str_eq(field->string, keys[i].key))
            return cJSON_IsString(field) || keys[i].part == PART_TIME ? keys[i].part : PART_OTHER;
    return PART_OTHER;
}

static void add_value(struct buf *out, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        bool plain = *value->valuestring && !strpbrk(value->valuestring, " \"=");
        buf_addf(out, plain ? "%s" : "\"%s\"", value->valuestring);
        return;
    }
    char *text = cJSON_PrintUnformatted(value);
    buf_adds(out, str_or_empty(text));
    cJSON_free(text);
}

/* A number of so many digits would not come out as it went in. */
static bool has_long_number(const char *line, size_t len)
{
    size_t digits = 0;
    for (size_t i = 0; i < len && digits < 16; i++)
        digits = line[i] >= '0' && line[i] <= '9' ? digits + 1 : 0;
    return digits >= 16;
}

bool log_fields(struct buf *out, const char *line, size_t len)
{
    if (len < 2 || *line != '{' || len > LOG_FIELDS_MAX || has_long_number(line, len))
        return false;
    struct err ignored = ERR_INIT;
    cJSON *object = json_parse(line, len, &ignored);
    if (!cJSON_IsObject(object) || !object->child) {
        cJSON_Delete(object);
        return false;
    }
    const cJSON *field, *parts[PART_MESSAGE + 1] = {NULL};
    cJSON_ArrayForEach(field, object) {
        enum part part = part_of(field);
        if (part != PART_OTHER && !parts[part])
            parts[part] = field;
    }
    if (parts[PART_LEVEL])
        for (const char *c = parts[PART_LEVEL]->valuestring; *c; c++)
            buf_addc(out, (char)toupper((unsigned char)*c));
    if (parts[PART_MESSAGE])
        buf_addf(out, "%s%s", parts[PART_LEVEL] ? " " : "", parts[PART_MESSAGE]->valuestring);
    bool any = parts[PART_LEVEL] || parts[PART_MESSAGE];
    cJSON_ArrayForEach(field, object) {
        if (field == parts[PART_TIME] || field == parts[PART_LEVEL] || field == parts[PART_MESSAGE])
            continue;
        buf_addf(out, "%s%s=", any ? "  " : "", field->string);
        add_value(out, field);
        any = true;
    }
    cJSON_Delete(object);
    return true;
}

void log_plain(struct buf *out, const char *text, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != 27 && text[i] != '\r' && text[i])
            continue;
        buf_add(out, text + from, i - from);
        if (!text[i]) {
            buf_addc(out, 1); /* a NUL is shown as any other control byte is */
        } else if (text[i] == 27 && i + 1 < len && text[i + 1] == '[') {
            for (i += 2; i < len && !(text[i] >= 0x40 && text[i] <= 0x7e); i++)
                ;
        } else if (text[i] == 27 && i + 1 < len && text[i + 1] == ']') {
            for (i += 2; i < len && text[i] != 7 && text[i] != 27; i++)
                ;
            if (i + 1 < len && text[i] == 27 && text[i + 1] == '\\')
                i++;
        } else if (text[i] == 27) {
            i++;
        }
        from = i + 1;
    }
    if (from < len)
        buf_add(out, text + from, len - from);
}
