/* diff: what deploying a draft would do to what is deployed, thing by thing, in an operator's words: the dashboard's review and
 * `patchbay diff` both say it. Credentials are masked; what came from the cluster is harmless. */
#ifndef GRAPH_DIFF_H
#define GRAPH_DIFF_H

#include "graph/compare.h"
#include "graph/plan.h"

struct diff_field {
    char *name;           /* "fps", "input video", "env LOG_LEVEL"; where there is no word for it Kubernetes' path */
    char *before, *after; /* NULL: none */
    char *by;             /* of what was changed on the cluster: by whom; else NULL */
    char *words;          /* "fps 10 → 15" */
};

struct diff_fields {
    struct diff_field *items;
    size_t count, cap;
};

struct thing_diff {
    char *name;
    enum differs differs;
    char *fate;          /* "ip-camera, GPU 1"; "restarts 1 pod"; "is deleted, …" */
    int restarts;        /* pods that are made anew */
    bool gap;            /* and there is none of them for a while */
    struct diff_fields fields;
    struct diff_fields drift; /* what was changed on the cluster since, in fields that were deployed */
};

struct graph_diff {
    struct thing_diff *things; /* changed and added ones, then removed ones, each by name */
    size_t count, cap;
    size_t added, changed, removed;
};

/* A member as the cluster has it, and would have it. */
struct diff_member {
    const cJSON *live;    /* NULL: it is not there */
    const cJSON *applied; /* what of it we have applied; NULL: it is not ours */
    const cJSON *would;   /* after a deployment; NULL: that was not tried, or refused, or it goes */
    const cJSON *wanted;  /* what of that we apply */
};

struct diff_input {
    const struct graph *deployed; /* NULL: nothing is, or it cannot be read */
    const struct plan *before;    /* its plan */
    const struct graph *draft;
    const struct plan *after;
    const struct diff_member *members; /* NULL: the cluster was not asked */
    size_t member_count;
    /* Who has a field of `live`: NULL: nobody but us. The caller frees. */
    char *(*owner)(const cJSON *live, const cJSON *field);
};

void graph_diff_make(struct graph_diff *out, const struct diff_input *input);
void graph_diff_release(struct graph_diff *diff);

#endif
