/* object: small questions about Kubernetes objects, and the way a controller writes one.
 *
 * A change is made on a copy: json = edge_edit(object); …; edge_save(store, object->kind, json). Strings handed out
 * live as long as the tree. */
#ifndef EDGE_OBJECT_H
#define EDGE_OBJECT_H

#include "edge/store.h"

const char *edge_name(const cJSON *json); /* metadata.name, "" when missing; so the next two */
const char *edge_ns(const cJSON *json);
const char *edge_uid(const cJSON *json);
/* "NS/NAME", the caller frees. */
char *edge_key(const cJSON *json);
/* Takes a key apart into ns (copied) and name (within key). */
const char *edge_key_split(const char *key, char *ns, size_t size);
bool edge_deleting(const cJSON *json);
/* A number of seconds that somebody wrote into an object, as ns: none below 0, and not more than a hundred years. */
int64_t edge_seconds(int64_t seconds);

const struct edge_kind *edge_pod_kind(void);
const struct edge_kind *edge_node_kind(void);

cJSON *edge_edit(const struct edge_object *object);
/* Takes json. NULL when the store refused it, which is told on standard error: a controller has nobody else to tell. */
const struct edge_object *edge_save(struct edge_store *store, const struct edge_kind *kind, cJSON *json);
const struct edge_object *edge_make(struct edge_store *store, const struct edge_kind *kind, cJSON *json);

/* Listens, and is told of what is there already as if it were added now. */
void edge_listen_all(struct edge_store *store, struct edge_listener *listener, const struct edge_kind *kind,
                     edge_listen_fn fn, void *data);

/* {matchLabels, matchExpressions}; an empty or missing selector matches nothing. */
bool edge_selector_matches(const cJSON *selector, const cJSON *labels);
/* A plain map of labels; an empty one matches nothing. */
bool edge_labels_match(const cJSON *map, const cJSON *labels);
/* One requirement {key, operator, values} of a label or node selector. */
bool edge_requirement_matches(const cJSON *requirement, const cJSON *labels);

/* The controlling entry of metadata.ownerReferences, or NULL. */
const cJSON *edge_controller_of(const cJSON *json);
bool edge_controlled_by(const cJSON *json, const char *uid);
/* An ownerReferences array with one controlling entry. */
cJSON *edge_owner_refs(const struct edge_object *owner);

/* metadata.annotations and metadata.labels: their keys hold dots. edge_annotate returns whether anything changed. */
const char *edge_annotation(const cJSON *json, const char *key);
const char *edge_label(const cJSON *json, const char *key);
bool edge_annotate(cJSON *json, const char *key, const char *value);

const cJSON *edge_condition(const cJSON *json, const char *type);
bool edge_condition_true(const cJSON *json, const char *type);
/* Sets a condition in status.conditions: lastTransitionTime moves when the status does. Returns whether anything
 * changed. reason and message may be NULL. */
bool edge_condition_set(cJSON *json, const char *type, const char *status, const char *reason, const char *message,
                        int64_t now_wall);

bool edge_pod_finished(const cJSON *pod); /* Succeeded or Failed */
bool edge_pod_active(const cJSON *pod);   /* neither finished nor on its way out */
bool edge_pod_ready(const cJSON *pod);
/* Ready for at least this long; when not yet, *left (may be NULL) is the time until it is, else it is left alone. */
bool edge_pod_available(const cJSON *pod, int64_t min_ready_seconds, int64_t now_wall, int64_t *left);

#endif
