#include "k8s/record.h"

#include "base/slab.h"
#include "k8s/field.h"

/* FNV-1a of 64 bits, and never 0. */
static uint64_t digest(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    if (!text || !*text)
        return 0;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash ? hash : 1;
}

struct record *record_new(const struct kind *kind, const cJSON *json)
{
    const cJSON *of = kind->table ? json_object(json, "object") : json;
    const cJSON *object = of ? of : json;
    istr name = field_istr(object, "metadata.name");
    if (!name)
        return NULL;
    struct record *record = slab_new(kind->size);
    memset(record, 0, kind->size);
    record->kind = kind;
    record->refs = 1;
    record->name = name;
    if (kind->namespaced) { /* never NULL for such a kind, whatever the server says */
        record->ns = field_istr(object, "metadata.namespace");
        record->ns = record->ns ? record->ns : istr_new("");
    }
    record->uid = field_istr(object, "metadata.uid");
    record->version = digest(json_str(object, "metadata.resourceVersion"));
    record->created = json_time(object, "metadata.creationTimestamp");
    record->labels = field_labels(object);
    kind->parse(record, json);
    return record;
}

struct record *record_ref(struct record *record)
{
    if (record)
        record->refs++;
    return record;
}

void record_unref(struct record *record)
{
    if (!record || --record->refs)
        return;
    if (record->kind->release)
        record->kind->release(record);
    istr_unref(record->ns);
    istr_unref(record->name);
    istr_unref(record->uid);
    istr_unref(record->labels);
    slab_free(record, record->kind->size);
}
