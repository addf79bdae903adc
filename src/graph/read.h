/* read: taking values out of a YAML document, with a fault at its place for each that is not as it must be.
 * Internal to this layer. */
#ifndef GRAPH_READ_H
#define GRAPH_READ_H

#include "base/yaml.h"
#include "graph/fault.h"

struct reader {
    const char *file;
    struct faults *faults;
    const char *thing; /* whose faults these are, or NULL */
};

/* At the node's own place, and at its key. */
void read_fault(const struct reader *r, const struct yaml_node *node, const char *fmt, ...) PRINTF_LIKE(3, 4);
void read_key_fault(const struct reader *r, const struct yaml_node *node, const char *fmt, ...) PRINTF_LIKE(3, 4);
void read_warning(const struct reader *r, const struct yaml_node *node, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Whether node is a map (or list) with something to read. NULL and null are none and no fault; anything else is one. */
bool read_map(const struct reader *r, const struct yaml_node *node, const char *what);
bool read_list(const struct reader *r, const struct yaml_node *node, const char *what);
/* A fault for each key that is not in `known` (NULL-terminated), with the nearest one named. */
void read_keys(const struct reader *r, const struct yaml_node *map, const char *what, const char *const *known);
/* The text of a scalar at key, or NULL. Anything but a scalar is a fault; missing or empty is one when required. */
const char *read_text(const struct reader *r, const struct yaml_node *map, const char *key, bool required);
/* The scalar's own text. */
const char *read_scalar(const struct reader *r, const struct yaml_node *node, const char *what);
/* false: missing, or not a whole number in the range (a fault). */
bool read_int(const struct reader *r, const struct yaml_node *map, const char *key, int min, int max, int *out);
bool read_bool(const struct reader *r, const struct yaml_node *map, const char *key, bool *out);
/* Environment: a map NAME: value, or a list of {name, value}. fn is called for each legal one. */
typedef void (*read_env_fn)(void *data, const char *name, const char *value, const struct yaml_node *at);
void read_env(const struct reader *r, const struct yaml_node *node, read_env_fn fn, void *data);
bool is_env_name(const char *s);
/* Letters, digits and hyphens as in RFC 1123, so a leading digit is legal too. */
bool is_label1123(const char *s, size_t max);
/* "nvidia.com/gpu": a domain, a slash, a name. */
bool is_resource_name(const char *s);
/* "; did you mean 'x'?" or "". */
const char *did_you_mean(struct shown *shown, const char *nearest);
#define DID_YOU_MEAN(nearest) did_you_mean(&(struct shown){""}, (nearest))

#endif
