/* plan: graph → Kubernetes objects. Deterministic: the same text and catalogue give the same bytes.
 *
 * A thing becomes a Deployment and a Service of its name; the graph itself (text, format, revisions, members) one
 * ConfigMap `patchbay-NAME`, the ApplySet's parent (KEP-3659). Labels on every member: patchbay.dev/graph,
 * patchbay.dev/thing, app.kubernetes.io/{name,instance,component,part-of,managed-by}, applyset.kubernetes.io/part-of.
 * On a pod template as well: patchbay.dev/graph, patchbay.dev/thing. */
#ifndef GRAPH_PLAN_H
#define GRAPH_PLAN_H

#include "graph/graph.h"

#define PLAN_MANAGER "patchbay" /* field manager */
#define PLAN_LABEL_GRAPH "patchbay.dev/graph"
#define PLAN_LABEL_THING "patchbay.dev/thing"
#define PLAN_LABEL_KIND "patchbay.dev/kind" /* = "graph" on the ConfigMap */
#define PLAN_KEY_TEXT "graph.yaml"          /* data keys of the ConfigMap */
#define PLAN_KEY_FORMAT "format"
#define PLAN_KEY_MEMBERS "members"     /* one "apps/Deployment/camera" or "Service/camera" a line */
#define PLAN_KEY_REVISIONS "revisions" /* JSON array, newest last; bounded (graph/revisions.h) */
#define PLAN_KEY_HOLDER "deployment"   /* who is deploying it, or was cut short (app/holder.h); missing: nobody */

struct plan {
    char *ns, *name;
    char *applyset_id;
    cJSON *parent;   /* the ConfigMap, as rendered: without revisions */
    cJSON **members; /* Deployments, Services; where a thing has storage or files, PersistentVolumeClaims, ConfigMaps; sorted */
    size_t member_count;
};

/* graph must be without errors. */
struct plan *plan_make(const struct graph *graph, const char *text, size_t len, struct err *err);
void plan_free(struct plan *plan);
/* The ConfigMap's name: "patchbay-lobby". The caller frees. */
char *plan_parent_name(const char *graph);
/* "applyset-…-v1" for a parent (KEP-3659). */
char *plan_applyset_id(const char *name, const char *ns, const char *kind, const char *group);
/* All of it as a YAML stream, parent first. */
void plan_render(const struct plan *plan, struct buf *out);

#endif
