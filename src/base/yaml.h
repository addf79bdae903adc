/* yaml: a document as a tree whose every node knows its place in the text, and JSON as YAML.
 *
 * Offsets are bytes, lines and columns count from 1 (columns in characters). A scalar's [start, end) is exact, quotes
 * included. A block map's or sequence's end is the end of its last scalar: what follows (comments, blank lines) is not
 * part of it. Anchors and aliases are refused: they hide what a document says, and bombs are made of them. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/arena.h"
#include "base/json.h"

enum yaml_type { YAML_SCALAR, YAML_MAP, YAML_SEQ };

struct yaml_node {
    enum yaml_type type;
    bool plain; /* scalar without quotes: may be a number, a bool or null */
    bool flow;  /* map or sequence written with {} or [] */
    unsigned changed; /* doc->rereads when it, or something in it, was read */
    int line, column;
    size_t start, end;
    size_t key_start;   /* in a map: where its key starts; in a sequence: where its "-" stands, or start in a flow one */
    int key_line, key_column;
    const char *key;    /* in a map, else NULL */
    const char *value;  /* scalar's text without quotes, NUL-terminated; NULL otherwise */
    size_t value_len;   /* may hold NUL bytes */
    size_t count;       /* children */
    struct yaml_node *parent, *child, *last, *next;
};

struct yaml_doc {
    struct yaml_node *root; /* NULL: an empty document */
    struct yaml_doc *next;  /* the next document of the stream */
    bool directives;        /* "%YAML", "%TAG" stand before it */
    size_t nodes;           /* that were read, also those that yaml_reread has replaced */
    struct arena memory;    /* of those and their texts */
    size_t first_bytes;     /* bytes of it when all was read */
    unsigned rereads;       /* how often part of it was read again */
};

/* Where a text stopped being YAML. */
struct yaml_fault {
    int line, column;
    struct err why;
};

#define YAML_MAX_DEPTH 64
#define YAML_MAX_NODES 1000000
#define YAML_MAX_BYTES (8u << 20)

/* All documents of a stream (a list; none in an empty text gives NULL with *fault clear). On a fault returns NULL and
 * fills it. Duplicate keys are faults. */
struct yaml_doc *yaml_parse(const char *text, size_t len, struct yaml_fault *fault);
/* Part of a text has changed. */
struct yaml_change {
    size_t at, old_len, new_len;
    const char *old; /* what stood there */
};
/* doc was read from a text in which this has changed since; text is what it is now. Reads the least item of a block around the
 * change again and moves what follows it: true when doc is what yaml_parse would make of text, and nodes outside the item are
 * the same ones. What was replaced lives on until yaml_doc_free(), unlinked, and so do its texts. false: it cannot be done so, or
 * not faster; doc is as it was, and the text has to be read whole. */
bool yaml_reread(struct yaml_doc *doc, const char *text, size_t len, const struct yaml_change *change);
/* Not yaml_free: libyaml has one of its own and would call ours. */
void yaml_doc_free(struct yaml_doc *doc);

/* Child of a map by key; NULL map gives NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* The text of the scalar at key, or NULL. */
const char *yaml_str(const struct yaml_node *map, const char *key);
bool yaml_is_null(const struct yaml_node *node);
/* Whether a scalar is certainly no null, bool or number: a quick look at how it begins. */
bool yaml_is_text(const struct yaml_node *scalar);
/* By YAML 1.2's core schema, plain scalars only. */
bool yaml_bool(const struct yaml_node *node, bool *out);
bool yaml_number(const struct yaml_node *node, double *out);
/* The JSON it stands for. */
cJSON *yaml_to_json(const struct yaml_node *node);

/* JSON as block YAML, keys in their order, strings quoted where they must be: what kubectl -o yaml would print. */
void yaml_emit(struct buf *out, const cJSON *value);
/* s as one YAML scalar on one line, quoted where it must be. */
void yaml_emit_scalar(struct buf *out, const char *s);

#endif
