/* splice: where in a document's bytes a change of its meaning has to go, whatever style it is written in. Nothing but
 * the bytes named is touched. Internal to this layer. */
#ifndef GRAPH_SPLICE_H
#define GRAPH_SPLICE_H

#include "base/buf.h"
#include "base/yaml.h"

/* In bytes of the text before any of them; applied from the last to the first. */
struct splice {
    size_t at, old_len, new_len;
    char *old, *new;
    int line, column; /* of the file that says so (source.h); 0: nobody asks */
};

struct splices {
    struct splice *items;
    size_t count, cap;
    int line, column; /* of those that are added from here on */
};

/* The text the nodes point into, and its habits. */
struct site {
    const char *text;
    size_t len;
    const char *newline; /* "\n", "\r\n" or "\r" */
    bool json;           /* quotes its keys */
    int dash;            /* columns from a key to the "-" of its list */
};

void site_init(struct site *site, const char *text, size_t len, const struct yaml_node *root);
void splices_release(struct splices *splices);
/* By place (those of one place stay in their order), so that applying from the last to the first is right; fills in what was
 * there before, and drops those that change nothing. */
void splices_finish(struct splices *splices, const struct site *site);

/* [from, to) becomes the new bytes. */
void splice_add(struct splices *out, size_t from, size_t to, const char *new, size_t new_len);
/* What makes one text of another: one splice between what they begin and end with alike; none when they are the same. */
void splice_difference(struct splices *out, const struct buf *old, const char *new, size_t len);

/* One more child at the end of a map (with its key) or a list (key NULL). container may be null, too. levels: how many
 * levels of value, from its own, are written as blocks, the rest in braces. as_block: what an empty container becomes.
 */
void splice_append(struct splices *out, const struct site *site, const struct yaml_node *container, const char *key,
                   const cJSON *value, int levels, bool as_block);
/* Another value in a node's place. */
void splice_value(struct splices *out, const struct site *site, const struct yaml_node *node, const cJSON *value);
/* Another key for a child of a map. */
void splice_key(struct splices *out, const struct site *site, const struct yaml_node *node, const char *key);
/* The children for which gone() holds. A list that loses all becomes [], a map {}. */
typedef bool (*splice_gone_fn)(void *data, const struct yaml_node *child);
void splice_remove(struct splices *out, const struct site *site, const struct yaml_node *container, splice_gone_fn gone,
                   void *data);

#endif
