#include "k8s/tape_table.h"

struct tape_table *tape_table_of(struct tape *tape, const struct tape_question *q)
{
    if (!q->resource || q->name)
        return NULL;
    struct tape_table *table = map_get(&tape->tables, q->key);
    if (table)
        return table;
    table = xcalloc(1, sizeof *table);
    table->resource = xstrdup(q->resource);
    table->ns = xstrdup_or_null(q->ns);
    table->labels = xstrdup_or_null(map_get(&q->query, "labelSelector"));
    table->fields = xstrdup_or_null(map_get(&q->query, "fieldSelector"));
    table->kind = xstrdup("");
    map_put(&tape->tables, q->key, table);
    return table;
}

void tape_table_free(void *data)
{
    struct tape_table *table = data;
    for (size_t i = 0; i < table->count; i++) {
        struct tape_object *object = table->order[i];
        free(object->ns);
        free(object->name);
        free(object->versions);
        free(object);
    }
    map_release(&table->objects, NULL);
    free(table->order);
    free(table->changes);
    free(table->answers);
    free(table->resource);
    free(table->ns);
    free(table->labels);
    free(table->fields);
    free(table->kind);
    free(table);
}

static uint32_t object_of(struct tape_table *table, struct span ns, struct span name)
{
    char *key = xasprintf("%.*s/%.*s", (int)ns.len, ns.at ? ns.at : "", (int)name.len, name.at);
    uintptr_t index = (uintptr_t)map_get(&table->objects, key);
    if (!index) {
        struct tape_object *object = xcalloc(1, sizeof *object);
        object->ns = xstrndup(ns.at ? ns.at : "", ns.len);
        object->name = xstrndup(name.at, name.len);
        GROW(table->order, table->count, table->cap);
        table->order[table->count++] = object;
        index = table->count;
        map_put(&table->objects, key, (void *)index);
    }
    free(key);
    return (uint32_t)(index - 1);
}

static void add_version(struct tape_table *table, uint32_t index, struct tape_version version)
{
    struct tape_object *object = table->order[index];
    GROW(object->versions, object->count, object->cap);
    object->versions[object->count++] = version;
    GROW(table->changes, table->change_count, table->change_cap);
    table->changes[table->change_count++] = (struct tape_change){version.at, index};
}

void tape_table_item(struct tape_table *table, uint32_t line, struct span json, bool gone)
{
    struct span metadata = peek(json, "metadata");
    struct span name = peek_string(metadata, "name"), rv = peek_string(metadata, "resourceVersion");
    if (!name.at)
        return;
    uint32_t index = object_of(table, peek_string(metadata, "namespace"), name);
    struct tape_object *object = table->order[index];
    const struct tape_version *last = object->count ? &object->versions[object->count - 1] : NULL;
    uint64_t digest = rv.at ? (uint64_t)hash_bytes(rv.at, rv.len) << 8 | (rv.len & 0xff) : 0;
    object->seen = table->listing;
    if (last && last->gone == gone && (gone || (digest && digest == object->rv)))
        return; /* it is told again, as a list after a watch does */
    object->rv = digest;
    add_version(table, index, (struct tape_version){line, line, gone});
}

void tape_table_list(struct tape_table *table)
{
    table->listing++;
}

void tape_table_refused(struct tape_table *table, uint32_t at, int status, uint32_t body)
{
    GROW(table->answers, table->answer_count, table->answer_cap);
    table->answers[table->answer_count++] = (struct tape_answer){at, body, status};
}

/* What a list does not name any more has gone meanwhile. */
void tape_table_listed(struct tape_table *table, uint32_t at)
{
    for (uint32_t i = 0; i < table->count; i++) {
        struct tape_object *object = table->order[i];
        const struct tape_version *last = &object->versions[object->count - 1];
        if (object->seen != table->listing && !last->gone)
            add_version(table, i, (struct tape_version){at, last->line, true});
    }
    table->told = true;
    tape_table_refused(table, at, 200, 0);
}

bool tape_table_event(struct tape_table *table, uint32_t line, struct span event)
{
    struct span type = peek_string(event, "type"), object = peek(event, "object");
    if (!type.at || !object.at)
        return false;
    if (span_is(type, "ADDED") || span_is(type, "MODIFIED") || span_is(type, "DELETED"))
        tape_table_item(table, line, object, span_is(type, "DELETED"));
    else if (span_is(type, "BOOKMARK") && memmem(object.at, object.len, "k8s.io/initial-events-end", 25))
        tape_table_listed(table, line);
    return true;
}

const struct tape_version *tape_version_at(const struct tape_object *object, uint32_t moment)
{
    uint32_t low = 0, high = object->count; /* the first one that is not yet heard */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (object->versions[middle].at < moment)
            low = middle + 1;
        else
            high = middle;
    }
    return low && !object->versions[low - 1].gone ? &object->versions[low - 1] : NULL;
}

const struct tape_answer *tape_answer_at(const struct tape_table *table, uint32_t moment)
{
    for (size_t i = table->answer_count; i-- > 0;)
        if (table->answers[i].at < moment)
            return &table->answers[i];
    return NULL;
}
