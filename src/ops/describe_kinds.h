/* describe_kinds: the kinds that describe knows more of than their fields: one row each. */
#ifndef OPS_DESCRIBE_KINDS_H
#define OPS_DESCRIBE_KINDS_H

#include "ops/describe_words.h"

struct describe_kind {
    const char *group, *kind;
    /* Its sections between metadata and events. NULL: as of any kind. */
    void (*sections)(struct words *words, const struct describe_of *of);
    /* What belongs to it, as a path; false: nothing. May be NULL. */
    bool (*related)(struct buf *path, const cJSON *object);
    /* Sections of what belongs to it, where the rest is as of any kind; may be NULL. */
    void (*others)(struct words *words, const struct describe_of *of);
};


/* describe_pod.c */
void describe_pod(struct words *words, const struct describe_of *of);
void describe_pod_template(struct words *words, const cJSON *template);
/* describe_apps.c: deployments and what else keeps pods */
void describe_deployment(struct words *words, const struct describe_of *of);
bool describe_replica_sets(struct buf *path, const cJSON *object);
bool describe_selected_pods(struct buf *path, const cJSON *object);
void describe_pod_rows(struct words *words, const struct describe_of *of);
/* describe_node.c */
void describe_node(struct words *words, const struct describe_of *of);
bool describe_node_pods(struct buf *path, const cJSON *object);
/* describe_service.c */
void describe_service(struct words *words, const struct describe_of *of);
bool describe_slices(struct buf *path, const cJSON *object);

#endif
