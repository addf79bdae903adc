/* record: what is kept of an object, whatever its kind: compact, immutable, counted. Views see records, never JSON. */
#ifndef K8S_RECORD_H
#define K8S_RECORD_H

#include "base/istr.h"
#include "base/json.h"

struct kind;

struct record { /* every kind's struct begins with this */
    const struct kind *kind;
    unsigned refs;
    istr ns; /* NULL for what has none */
    istr name, uid;
    uint64_t version; /* a digest of its resourceVersion, which is opaque: good for "the same or not". 0: it has none */
    int64_t created;  /* ns since 1970 */
};

/* A resource: where it lives, and how its record is made. One file a kind under k8s/kinds/. */
struct kind {
    const char *group;   /* "" for the core */
    const char *version; /* "v1" */
    const char *plural;  /* "pods" */
    const char *name;    /* "Pod" */
    const char *shorts;  /* "po pod" : words that mean it on a command line */
    bool namespaced;
    size_t size;         /* of its record */
    /* What of an object its record does not read, as splitter_skip takes it: never parsed. May be NULL. */
    const char *const *skip;
    /* Fills the kind's own fields (the common ones are set) from an object of that kind; must survive anything. */
    void (*parse)(struct record *record, const cJSON *object);
    void (*release)(struct record *record); /* its own fields only; may be NULL */
};

extern const struct kind kind_pod, kind_node, kind_deployment, kind_event, kind_configmap, kind_service;

/* NULL when there is no name: not an object. One reference is the caller's. */
struct record *record_new(const struct kind *kind, const cJSON *object);
struct record *record_ref(struct record *record);
void record_unref(struct record *record);
/* The kind meant by "po", "pods", "Pod", "pod"; NULL when unknown. */
const struct kind *kind_find(const char *word);
/* "/api/v1/namespaces/NS/pods/NAME", "/apis/apps/v1/deployments" (ns NULL: all; name NULL: the collection). */
void kind_path(struct buf *out, const struct kind *kind, const char *ns, const char *name);

#endif
