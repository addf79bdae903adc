/* kind: the one table of the kinds of objects: what each is called, where it lives, and how its record is made. */
#ifndef K8S_KIND_H
#define K8S_KIND_H

#include "base/json.h"

struct record;

struct kind {
    const char *group;   /* "" for the core */
    const char *version; /* "v1" */
    const char *plural;  /* "pods" */
    const char *name;    /* "Pod" */
    const char *shorts;  /* "po pod" : words that mean it on a command line; NULL: none but plural and name */
    bool namespaced;
    bool table; /* its records are rows of the server's Table (tablerow.h) */
    /* Of those that are mirrored (record.h); one file each under k8s/kinds/. */
    size_t size; /* of its record; 0: there is none */
    /* What of an object its record does not read, as splitter_skip takes it: never parsed. May be NULL. */
    const char *const *skip;
    /* Fills the kind's own fields (the common ones are set) from an object of that kind; must survive anything. */
    void (*parse)(struct record *record, const cJSON *object);
    void (*release)(struct record *record); /* its own fields only; may be NULL */
};

extern const struct kind kind_pod, kind_node, kind_deployment, kind_event, kind_configmap, kind_service,
    kind_resourceslice, kind_resourceclaim /* of dynamic resource allocation: not in the table, for we make none */;

/* All there are, NULL after the last: for (i = 0; (k = kind_at(i)); i++). Sorted by group-kind; fewer than 64. */
const struct kind *kind_at(size_t index);
/* The kind meant by "po", "pods", "Pod", "pod"; NULL when unknown. */
const struct kind *kind_find(const char *word);
/* By an object's apiVersion and kind; NULL when unknown. */
const struct kind *kind_of_object(const cJSON *object);
/* By "KIND.GROUP" ("Service" in the core group), len bytes; NULL when unknown. */
const struct kind *kind_named(const char *group_kind, size_t len);
/* "Deployment.apps", "Service". */
void kind_group_kind(struct buf *out, const struct kind *kind);
/* "/api/v1/namespaces/NS/pods/NAME", "/apis/apps/v1/deployments" (ns NULL: all; name NULL: the collection). */
void kind_path(struct buf *out, const struct kind *kind, const char *ns, const char *name);

#endif
