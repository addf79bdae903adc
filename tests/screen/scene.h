/* scene: a model filled with scripted records, so that views can be looked at without a cluster. */
#ifndef TESTS_SCREEN_SCENE_H
#define TESTS_SCREEN_SCENE_H

#include "ui/model.h"

struct scene {
    struct model model;
    struct catalogue catalogue;
    int64_t wall;          /* "now" of the script */
    struct detection_log *log;
    struct map first;      /* pod uid → int64_t *: first results */
    struct map traffic;    /* pod uid → struct thing_traffic * */
    unsigned looked;       /* how often a picture was asked for */
    unsigned asked;        /* how often an operation of the model was called */
    char last_asked[256];  /* what it was */
    struct usage usage;    /* of "gpus" */
    char *text;            /* of the part that was deployed last; NULL: it was no part */
};

/* name: "lobby" (all runs), "starting", "trouble", "held" (the camera is stopped, the monitor paused), "many" (400 pods),
 * "gpus" (GPUs of all kinds, measured), "empty". NULL when there is none of that name. */
struct scene *scene_new(struct loop *loop, const char *name, int64_t wall);
void scene_free(struct scene *scene);
extern const char *const scene_names[];

/* Four nodes with a simulated GPU each, as all but "empty" have them. */
void scene_put_nodes(struct scene *scene);

/* A JPEG of so many fields of one colour each; the caller frees it. */
void *scene_jpeg(int columns, int rows, size_t *len);
/* Three forwarded ports, as "held" has them: in use, failed, waiting for a pod. */
void scene_forward(struct scene *scene);
/* scene_gpus.c. */
void scene_put_gpus(struct scene *scene);

/* Records, from JSON with '…' for "…" so that it reads well in C. */
void scene_put(struct scene *scene, enum model_source_id source, const char *json);

#endif
