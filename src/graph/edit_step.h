/* edit_step: what edits are made of: splices of a text's bytes, and beside them the meaning that the text must have afterwards.
 * Internal to this layer. */
#ifndef GRAPH_EDIT_STEP_H
#define GRAPH_EDIT_STEP_H

#include "graph/document.h"

/* An edit in the making. */
struct edit {
    struct document *doc; /* NULL: of a text alone */
    const struct yaml_node *root;
    struct site site;
    struct splices splices;
    cJSON *meaning; /* of the text as it shall become */
};

/* Of a text and its root. Takes the meaning it has. */
void edit_open(struct edit *e, const char *text, size_t len, const struct yaml_node *root, cJSON *meaning);
void edit_begin(struct edit *e, struct document *doc);
/* Takes what was gathered into the document, under that name; -1: it is as before. */
int edit_end(struct edit *e, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
void edit_drop(struct edit *e);
/* Whether a text says these values, in this order. What was not read again since then (doc->rereads) is known to; SAYS_ALL: all
 * is looked at. */
#define SAYS_ALL INT64_C(-1)
bool edit_says(const struct yaml_node *node, const cJSON *json, int64_t since);

/* One more item in spec.things or spec.links, which may be empty or missing. Takes the item. Several may follow one another in
 * one edit where the list has items already. */
int edit_append_item(struct edit *e, const char *list_key, cJSON *item, bool block, struct err *err);
/* The children for which gone() holds, out of text and meaning. */
void edit_remove_children(struct edit *e, const struct yaml_node *container, cJSON *meaning, splice_gone_fn gone,
                          void *data);
/* map.key = value, which may be there already. Takes the value. */
void edit_set_key(struct edit *e, const struct yaml_node *map, cJSON *meaning, const char *key, cJSON *value);
/* parent.map.key = value, in a map that may not be there yet (block: it becomes one below its key, else one in braces). Takes the
 * value. meaning: the parent's. */
void edit_set_member(struct edit *e, const struct yaml_node *parent, cJSON *meaning, const char *map, const char *key,
                     cJSON *value, bool block);
/* For splice_remove: the one child that data is. */
bool edit_is_node(void *data, const struct yaml_node *child);
/* The JSON of a thing's item in spec.things. */
cJSON *edit_meaning_of(const struct edit *e, const struct yaml_node *thing);

/* As document_replace_thing(), whatever faults it has then: for one of several steps. */
int edit_put_thing(struct document *doc, const char *name, const char *text, size_t len, struct err *err);

/* A thing's name, made from that one, that nobody has, in the graph or among those taken (may be NULL): "camera", "camera-2" …
 * The caller frees. */
char *edit_free_name(const struct graph *graph, const struct map *taken, const char *from);
/* Whether a thing may be named so. */
int edit_check_name(const struct graph *graph, const char *name, struct err *err);
/* The text with another host's name where it names that one: "http://camera:8080/video", "camera:8080". NULL: it does not. */
char *edit_renamed_host(const char *text, const char *old, const char *new);
/* All that names a thing: links, its place, hosts in parameters and variables, but for those of the item `but`. The name itself is
 * the caller's. */
void edit_follow_name(struct edit *e, const struct graph_thing *thing, const char *old, const char *new,
                      const struct yaml_node *but);
/* Whether an external thing may have that port at that URL. */
int edit_check_address(const char *port, const char *url, struct err *err);
int edit_unknown_thing(const struct document *doc, const char *name, struct err *err);
int edit_wrong_type(const char *what, const char *want, struct err *err);

#endif
