/* eta: when a graph will be up, from how pods of the same images came up before on nodes of the same kind. Pure. */
#ifndef OPS_ETA_H
#define OPS_ETA_H

#include "base/json.h"
#include "ops/course.h"

/* A pod of an earlier deployment. */
struct past {
    char *image, *kind, *node;    /* kind: of its node (eta_node_kind); NULL: not known */
    int64_t spans[PHASE_COUNT];   /* ns, -1 unknown; the pull's 0: the image was there; the first result's from when the pod ran and had
                                     what it waited for */
};

struct pasts {
    struct past *items;
    size_t count, cap;
};

/* timing: what a deployment's entry in the history says of its pods (app/timings.h); what is no such list adds nothing. */
void pasts_add(struct pasts *pasts, const cJSON *timing);
/* All of a graph's history, as its ConfigMap has it. */
void pasts_read(struct pasts *pasts, const char *revisions);
void pasts_release(struct pasts *pasts);

/* Nodes of one kind take about as long: the cloud's instance type, else the GPU, else the architecture; NULL: not known. */
const char *eta_node_kind(const struct store *nodes, const char *node);

struct eta {
    int64_t at;          /* when all is up, ns since 1970, not before now; 0: not known */
    size_t pods;         /* so many earlier pods it rests on, at the least */
    bool elsewhere;      /* some of them only on nodes of another kind */
    bool pulls;          /* some image has to be pulled still */
    const char *unknown; /* borrowed from the pod: an image of which no pod is known, or whose pod's clocks disagree; NULL: none such */
};

/* nodes: NULL: their kinds are not known; of kind_nodeimages: what they hold is known. A course that is over has none: at is 0. */
void eta_make(struct eta *out, const struct course *course, const struct pasts *pasts, const struct store *nodes, int64_t now);
/* "up in about 49s, as 3 pods took before"; "" when it is not known. */
#define ETA_TEXT 160
char *eta_words(char out[ETA_TEXT], const struct eta *eta, int64_t now);

#endif
