/* catalogue: the media things that can be placed, from MediaThing documents. */
#ifndef GRAPH_CATALOGUE_H
#define GRAPH_CATALOGUE_H

#include "base/map.h"
#include "base/yaml.h"
#include "graph/fault.h"

#define GPU_RESOURCE "nvidia.com/gpu" /* what a thing asks for, and what is called a GPU without more words */

enum thing_class { CLASS_MSENSOR, CLASS_MANALYSER, CLASS_MACTUATOR, CLASS_MSTORAGE };
const char *thing_class_name(enum thing_class class); /* ISO/IEC 23093's own: "MSensor" … */

struct port_type {
    char *name, *media;
    char *env;     /* inputs: the variable that gets the URLs; NULL: ${in.NAME} alone says them */
    char *path;    /* outputs: "/video" */
    bool required; /* inputs */
    int max;       /* inputs: links at most, default 1 */
};

enum param_type { PARAM_STRING, PARAM_NUMBER, PARAM_INTEGER, PARAM_BOOLEAN, PARAM_CHOICE };

struct param_type_info {
    char *name, *help, *fallback /* its default as text, or NULL */;
    char *unit; /* "frames/s", for numbers, or NULL */
    enum param_type type;
    bool has_min, has_max, required;
    double min, max;
    char **choices; /* NULL-terminated, for PARAM_CHOICE */
};

struct env_var {
    char *name, *value; /* the value with ${…} */
};

struct file_template {
    char *path, *content; /* the content with ${…} */
};

struct metric_name {
    char *name; /* Prometheus' */
    char *of;   /* "fps", "latency", "frames" … */
    char *port; /* of that port, or NULL */
};

struct media_thing {
    char *name, *title, *image;
    char *default_name; /* what a new one is called in the composer; NULL: as its type */
    enum thing_class class;
    char **args; /* NULL-terminated, with ${…} */
    struct env_var *env;
    size_t env_count;
    struct file_template *files;
    size_t file_count;
    int port;
    struct port_type *inputs, *outputs;
    size_t input_count, output_count;
    struct param_type_info *params;
    size_t param_count;
    int gpu_count;
    char *gpu_resource;           /* GPU_RESOURCE unless said */
    char *storage_size, *storage_path; /* a volume that each such thing gets unless it says another; NULL: none, "/data" */
    char *ready_path, *live_path; /* NULL: no probe */
    struct metric_name *metrics;
    size_t metric_count;
    char *origin; /* where it was read: a file's path */
};

struct image_rule;

struct catalogue {
    struct map things; /* name → struct media_thing */
    struct image_rule *images; /* where registries have their images: documents of kind Images */
    size_t image_count;
};

/* Reads every document of a text; entries with faults are left out, the others are added over earlier ones,
 * which are freed; a document of kind Images changes the images of all, earlier or later: read everything before the first graph or
 * document that uses the catalogue. */
void catalogue_read(struct catalogue *cat, const char *text, size_t len, const char *origin, struct faults *faults);
void catalogue_release(struct catalogue *cat);
/* A struct catalogue of zeros is an empty one. */
const struct media_thing *catalogue_find(const struct catalogue *cat, const char *type);
/* The type that was probably meant, or NULL. */
const char *catalogue_nearest(const struct catalogue *cat, const char *type);
const struct port_type *media_thing_input(const struct media_thing *thing, const char *port);
const struct port_type *media_thing_output(const struct media_thing *thing, const char *port);
const struct param_type_info *media_thing_param(const struct media_thing *thing, const char *param);
/* Whether an output of media type `from` may go to an input that takes `to`; an input may take "video/" and a star. */
bool media_fits(const char *from, const char *to);
/* "a number from 1 to 60 frames/s", "one of 'a', 'b'". */
void param_describe(const struct param_type_info *param, char *out, size_t size);
/* Whether text is a value of that type; err says what is expected: "is not a number from 0 to 1". */
int param_check(const struct param_type_info *param, const char *text, struct err *err);

/* Copies text with each ${NAME} replaced by what value() gives for it; "$${" stands for "${". NULL from value(): the
 * name is unknown, -1 is returned and *unknown (the caller's, may be NULL) is the name. */
typedef const char *(*template_fn)(void *data, const char *name);
int template_expand(struct buf *out, const char *text, template_fn value, void *data, char **unknown);

#endif
