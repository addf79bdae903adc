/* record: what is kept of an object, whatever its kind: compact, immutable, counted. Views see records, never JSON. */
#ifndef K8S_RECORD_H
#define K8S_RECORD_H

#include "base/istr.h"
#include "k8s/kind.h"

struct record { /* every kind's struct begins with this */
    const struct kind *kind;
    unsigned refs;
    istr ns; /* NULL for what has none */
    istr name, uid;
    uint64_t version; /* a digest of its resourceVersion, which is opaque: good for "the same or not". 0: it has none */
    int64_t created;  /* ns since 1970 */
    istr labels;      /* "app=web\ntier=db\n", sorted; NULL: none, or the kind skips them */
};

/* NULL when there is no name: not an object. Of a kind of tables the row, which has the object's metadata in it. One
 * reference is the caller's. */
struct record *record_new(const struct kind *kind, const cJSON *json);
struct record *record_ref(struct record *record);
void record_unref(struct record *record);

#endif
