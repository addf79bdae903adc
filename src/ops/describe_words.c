#include "ops/describe_words.h"

#include <ctype.h>
#include <strings.h>

#include "base/text.h"
#include "base/time.h"

#define CELL_MOST 60
#define DEEPEST 12

static void clean(struct buf *out, const char *text)
{
    text_sanitise(out, text, strlen(text));
}

/* Lines. */

static int key_at(struct words *w, const char *key)
{
    size_t from = w->out->len;
    buf_pad(w->out, ' ', (size_t)w->indent);
    clean(w->out, key);
    buf_adds(w->out, *key ? ":" : ""); /* without: it goes on with the line above */
    return text_width(w->out->data + from);
}

void words_line(struct words *w, const char *key, const char *value)
{
    int at = key_at(w, key);
    const char *text = value && *value ? value : "<none>";
    /* A text of several lines stands below its key. */
    if (strchr(text, '\n') && text[strcspn(text, "\n") + 1]) {
        buf_addc(w->out, '\n');
        w->indent += 2;
        while (*text) {
            size_t len = strcspn(text, "\n");
            buf_pad(w->out, ' ', (size_t)w->indent);
            text_sanitise(w->out, text, len);
            buf_addc(w->out, '\n');
            text += len + (text[len] == '\n');
        }
        w->indent -= 2;
        return;
    }
    buf_pad(w->out, ' ', (size_t)MAX(2, w->indent + WORDS_KEY - at));
    text_sanitise(w->out, text, strcspn(text, "\n"));
    buf_addc(w->out, '\n');
}

void words_linef(struct words *w, const char *key, const char *fmt, ...)
{
    struct buf text;
    va_list ap;
    buf_init(&text, 64u << 10);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    words_line(w, key, text.data);
    buf_release(&text);
}

void words_if(struct words *w, const char *key, const char *value)
{
    if (value && *value)
        words_line(w, key, value);
}

void words_begin(struct words *w, const char *key)
{
    key_at(w, key);
    buf_addc(w->out, '\n');
    w->indent += 2;
}

void words_end(struct words *w)
{
    w->indent -= 2;
}

void words_text(struct words *w, const char *text)
{
    buf_pad(w->out, ' ', (size_t)w->indent);
    clean(w->out, text);
    buf_addc(w->out, '\n');
}

void words_time(struct words *w, const char *key, const char *rfc3339)
{
    int64_t at = rfc3339 ? time_parse(rfc3339) : 0;
    char age[TIME_TEXT];
    if (at)
        words_linef(w, key, "%s (%s ago)", rfc3339, time_age(age, MAX(w->now - at, 0)));
    else
        words_if(w, key, rfc3339);
}

const char *words_scalar(char *room, size_t size, const cJSON *value)
{
    if (cJSON_IsString(value))
        return value->valuestring;
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? "true" : "false";
    if (!cJSON_IsNumber(value))
        return "";
    struct buf text;
    buf_init(&text, size);
    json_print(&text, value);
    snprintf(room, size, "%s", text.data);
    buf_release(&text);
    return room;
}

void words_map(struct words *w, const char *key, const cJSON *map, const char *between)
{
    char room[64];
    const cJSON *item;
    bool first = true;
    cJSON_ArrayForEach (item, map) {
        int at = first ? key_at(w, key) : 0;
        buf_pad(w->out, ' ', (size_t)MAX(first ? 2 : 0, w->indent + WORDS_KEY - at));
        clean(w->out, str_or_empty(item->string));
        buf_adds(w->out, between);
        clean(w->out, words_scalar(room, sizeof room, item));
        buf_addc(w->out, '\n');
        first = false;
    }
    if (first)
        words_line(w, key, NULL);
}

/* Words of a key: "lastTransitionTime", "clusterIPs", "x509". */
void words_of_key(char *out, size_t size, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; key[i] && n + 2 < size; i++) {
        unsigned char c = (unsigned char)key[i], before = i ? (unsigned char)key[i - 1] : 0, after = (unsigned char)key[i + 1];
        bool plural = after == 's' && !key[i + 2]; /* "clusterIPs" */
        bool begins = isupper(c) && (islower(before) || isdigit(before) || (isupper(before) && islower(after) && !plural));
        if (begins)
            out[n++] = ' ';
        out[n++] = (char)(!i ? toupper(c) : c);
    }
    out[n] = '\0';
    static const char *const letters[] = {"uid", "ip", "url", "os", "api", "cpu", "gpu", "ttl"};
    for (char *word = out; *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
            if (strlen(letters[i]) == len && strncasecmp(word, letters[i], len) == 0)
                for (size_t c = 0; c < len; c++)
                    word[c] = (char)toupper((unsigned char)word[c]);
        word += len;
    }
}

/* Tables. */

void words_cell(struct words_table *table, const char *text)
{
    struct buf cell;
    buf_init(&cell, 64u << 10);
    clean(&cell, str_or_empty(text));
    GROW(table->cells, table->count, table->cap);
    table->cells[table->count++] = buf_take(&cell);
}

void words_table(struct words *w, struct words_table *table)
{
    int widths[WORDS_COLUMNS] = {0};
    for (size_t i = 0; i < table->count; i++) {
        size_t c = i % table->columns;
        if (c + 1 < table->columns) /* the last one may be as long as it is */
            widths[c] = MAX(widths[c], MIN(text_width(table->cells[i]), CELL_MOST));
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t c = i % table->columns;
        if (c == 0)
            buf_pad(w->out, ' ', (size_t)w->indent);
        buf_adds(w->out, table->cells[i]);
        if (c + 1 == table->columns) {
            while (w->out->len && w->out->data[w->out->len - 1] == ' ')
                buf_truncate(w->out, w->out->len - 1);
            buf_addc(w->out, '\n');
        } else {
            buf_pad(w->out, ' ', (size_t)(2 + MAX(0, widths[c] - text_width(table->cells[i]))));
        }
        free(table->cells[i]);
    }
    free(table->cells);
    *table = (struct words_table){0};
}

void words_conditions(struct words *w, const cJSON *conditions)
{
    struct words_table table = {.columns = 5};
    static const char *const titles[] = {"TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"};
    const cJSON *c;
    if (!cJSON_GetArraySize(conditions))
        return;
    words_begin(w, "Conditions");
    for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
        words_cell(&table, titles[i]);
    cJSON_ArrayForEach (c, conditions) {
        char age[TIME_TEXT] = "";
        int64_t at = json_time(c, "lastTransitionTime");
        words_cell(&table, json_str(c, "type"));
        words_cell(&table, json_str(c, "status"));
        words_cell(&table, at ? time_age(age, MAX(w->now - at, 0)) : "");
        words_cell(&table, json_str(c, "reason"));
        words_cell(&table, json_str(c, "message"));
    }
    words_table(w, &table);
    words_end(w);
}

/* Anything. */

static bool is_scalar(const cJSON *value)
{
    return !cJSON_IsObject(value) && !cJSON_IsArray(value);
}

/* Whether a list of objects reads best as a table: flat, short, and few keys in all. */
static size_t table_keys(const cJSON *list, const char *keys[WORDS_COLUMNS])
{
    size_t count = 0;
    const cJSON *item, *field;
    cJSON_ArrayForEach (item, list) {
        if (!cJSON_IsObject(item))
            return 0;
        cJSON_ArrayForEach (field, item) {
            size_t k = 0;
            if (!is_scalar(field) ||
                (cJSON_IsString(field) && (strlen(field->valuestring) > CELL_MOST || strchr(field->valuestring, '\n'))))
                return 0;
            while (k < count && !str_eq(keys[k], field->string))
                k++;
            if (k == WORDS_COLUMNS)
                return 0;
            if (k == count)
                keys[count++] = field->string;
        }
    }
    return count;
}

static void any_table(struct words *w, const cJSON *list, const char *const *keys, size_t count)
{
    struct words_table table = {.columns = count};
    const cJSON *item;
    char room[64];
    for (size_t k = 0; k < count; k++) {
        words_of_key(room, sizeof room, keys[k]);
        for (char *c = room; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        words_cell(&table, room);
    }
    cJSON_ArrayForEach (item, list)
        for (size_t k = 0; k < count; k++)
            words_cell(&table, words_scalar(room, sizeof room, json_get(item, keys[k])));
    words_table(w, &table);
}

static void any(struct words *w, const char *key, const cJSON *value, int depth);

/* Keys below these are somebody's own words, not the API's. */
static bool is_map(const char *key, const cJSON *value)
{
    static const char *const maps[] = {"matchLabels", "labels", "annotations", "selector", "nodeSelector", "capacity",
                                       "allocatable", "limits", "requests", "hard", "used", "parameters"};
    const cJSON *item;
    if (!cJSON_IsObject(value) || !value->child)
        return false;
    cJSON_ArrayForEach (item, value)
        if (!is_scalar(item))
            return false;
    for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
        if (str_eq(key, maps[i]))
            return true;
    return false;
}

/* Of a ConfigMap or a Secret: its keys as they are, each text below its own. */
static bool is_data(const char *key, const cJSON *value)
{
    return cJSON_IsObject(value) && (str_eq(key, "data") || str_eq(key, "stringData") || str_eq(key, "binaryData"));
}

static void any_fields(struct words *w, const cJSON *object, const char *but, int depth)
{
    const cJSON *field;
    cJSON_ArrayForEach (field, object)
        if (!str_eq(field->string, but))
            any(w, field->string, field, depth);
}

/* Texts of a list that fit stand on its line. */
static bool any_short(struct words *w, const char *key, const cJSON *list)
{
    struct buf text;
    char room[64];
    const cJSON *item;
    bool fits = true;
    buf_init(&text, 1024);
    cJSON_ArrayForEach (item, list) {
        const char *s = words_scalar(room, sizeof room, item);
        fits = fits && is_scalar(item) && !strpbrk(s, "\n ");
        buf_addf(&text, "%s%s", text.len ? ", " : "", s);
    }
    fits = fits && text.len <= CELL_MOST;
    if (fits)
        words_line(w, key, text.data);
    buf_release(&text);
    return fits;
}

static void any_list(struct words *w, const char *key, const cJSON *list, int depth)
{
    const char *keys[WORDS_COLUMNS];
    const cJSON *item;
    char room[64], head[96];
    int number = 0;
    if (any_short(w, key, list))
        return;
    words_begin(w, key);
    size_t count = table_keys(list, keys);
    if (count > 1) {
        any_table(w, list, keys, count);
    } else {
        cJSON_ArrayForEach (item, list) {
            const char *name = json_str(item, "name");
            number++;
            if (is_scalar(item)) {
                words_text(w, words_scalar(room, sizeof room, item));
                continue;
            }
            if (name)
                snprintf(head, sizeof head, "%.90s", name);
            else
                snprintf(head, sizeof head, "%d", number);
            if (cJSON_IsArray(item)) {
                if (depth < DEEPEST)
                    any_list(w, head, item, depth + 1);
                continue;
            }
            words_begin(w, head);
            any_fields(w, item, name ? "name" : NULL, depth + 1);
            words_end(w);
        }
    }
    words_end(w);
}

static void any(struct words *w, const char *key, const cJSON *value, int depth)
{
    char words[128], room[64];
    words_of_key(words, sizeof words, key);
    if (depth > DEEPEST)
        words_line(w, words, "…");
    else if (str_eq(key, "conditions") && cJSON_IsArray(value) && json_str(cJSON_GetArrayItem(value, 0), "type"))
        words_conditions(w, value);
    else if (is_map(key, value))
        words_map(w, words, value, "=");
    else if (!depth && is_data(key, value) && value->child) {
        const cJSON *item;
        words_begin(w, words);
        cJSON_ArrayForEach (item, value)
            words_line(w, item->string, words_scalar(room, sizeof room, item));
        words_end(w);
    } else if (cJSON_IsArray(value))
        any_list(w, words, value, depth);
    else if (cJSON_IsObject(value) && value->child) {
        words_begin(w, words);
        any_fields(w, value, NULL, depth + 1);
        words_end(w);
    } else if (cJSON_IsObject(value))
        words_line(w, words, "{}");
    else if (cJSON_IsString(value) && time_parse(value->valuestring))
        words_time(w, words, value->valuestring);
    else if (!cJSON_IsNull(value))
        words_line(w, words, words_scalar(room, sizeof room, value));
}

void words_any(struct words *w, const char *key, const cJSON *value)
{
    any(w, key, value, 0);
}
