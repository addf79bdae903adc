/* diff_say: a field of Kubernetes in the graph's words. Internal to this layer: diff_words.c says what the graph knows itself,
 * diff_say_container.c what is left of the container, diff_say.c what is left of all else. */
#ifndef GRAPH_DIFF_SAY_H
#define GRAPH_DIFF_SAY_H

#include "graph/diff_words.h"

#define DIFF_VALUE_CELLS 60

struct say {
    struct diff_fields *out;
    const struct diff_state *before, *after;
    struct map told; /* what the graph says of it: "type", "param.fps", "in.video", "GPU", "replicas" */
    struct map done; /* names of fields in `out` */
    const char *object; /* "", "service.", "claim.": before a path */
    /* Of what was changed on the cluster: */
    char *(*owner)(const cJSON *live, const cJSON *field);
    const cJSON *live; /* the object that is walked */
    char *by;
};

struct leaf {
    const char *rest; /* of its path, behind the row's */
    const cJSON *before, *after;
};

/* What is said where a path begins so and ends there, or goes on at a dot or a bracket. */
struct say_row {
    const char *object, *path;
    bool (*say)(struct say *say, const struct leaf *leaf); /* false: it has no word for this one */
};
extern const struct say_row say_container_rows[]; /* {0} after the last */

/* Whether the graph's own words have it: "type", "param.fps", "in.video". */
bool say_is_told(const struct say *say, const char *what);
/* A difference at a path of say->object. */
void say_leaf(struct say *say, const char *path, const cJSON *before, const cJSON *after);
/* Whether a file changes because of something that is told. */
bool say_file_is_told(const struct say *say, const char *path);

/* "NAME BEFORE → AFTER"; NULL: it was said already. */
struct diff_field *say_field(struct say *say, const char *name, const char *before, const char *after);
void say_value(struct say *say, const char *name, const cJSON *before, const cJSON *after);
/* "PATH: BEFORE → AFTER" */
struct diff_field *say_path(struct say *say, const char *path, const cJSON *before, const cJSON *after);
/* The graph says nothing of it, so that it must be the catalogue. */
void say_catalogue(struct say *say, struct diff_field *field);
void say_note(struct diff_field *field, const char *note);
/* The caller frees. */
char *say_text(const cJSON *value);

#endif
