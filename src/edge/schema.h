/* schema: the shapes of the edge's objects, one text table in schema_types.c. Merging by keys, ownership of fields,
 * strict validation and the OpenAPI documents are read from it. */
#ifndef EDGE_SCHEMA_H
#define EDGE_SCHEMA_H

#include "base/json.h"

enum schema_class {
    SCHEMA_ANY, /* anything, as one value */
    SCHEMA_STRING,
    SCHEMA_BYTES, /* base64 in JSON */
    SCHEMA_INTEGER,
    SCHEMA_NUMBER,
    SCHEMA_BOOL,
    SCHEMA_QUANTITY,
    SCHEMA_INT_OR_STRING,
    SCHEMA_TIME,
    SCHEMA_STRUCT,
    SCHEMA_MAP,
    SCHEMA_LIST,
};

#define SCHEMA_KEYS 2
struct schema {
    enum schema_class class;
    bool atomic;                    /* owned and replaced as a whole */
    bool set;                       /* a list of distinct scalars */
    const struct schema *element;   /* of a map or list */
    const struct schema_type *type; /* of a struct */
    const char *keys[SCHEMA_KEYS];  /* of a list of objects that are told apart by these; the first alone is the key of
                                       strategic merges */
};

struct schema_field {
    const char *name;
    const struct schema *schema;
    unsigned number, outer; /* in protobuf; outer: of the embedded message that it stands in, 0: none */
};

struct schema_type {
    const char *name;
    struct schema_field *fields;
    size_t count;
};

/* The schema of an object of a kind ("Pod"), or NULL. */
const struct schema *schema_of(const char *kind);
/* A struct's field, a map's element; for what is not known SCHEMA_ANY. NULL schema gives SCHEMA_ANY. */
const struct schema *schema_field(const struct schema *schema, const char *name);
bool schema_has_field(const struct schema *schema, const char *name); /* false only for a struct without it */
const struct schema *schema_element(const struct schema *schema);
/* All struct types, for the OpenAPI document; ends with NULL. */
const struct schema_type *const *schema_types(void);

/* Whether two items of a keyed list are the same one. A key that is missing counts as its default (protocol: TCP). */
bool schema_same_item(const struct schema *list, const cJSON *a, const cJSON *b);
/* The text of an item's key field, for messages; "" when it is missing. */
const cJSON *schema_key(const cJSON *item, const char *key);

/* Puts values into the form they are kept in, as decoding into a real server's types would: nulls and what the schema
 * does not know go, quantities become their canonical text. */
void schema_normalise(const struct schema *schema, cJSON *object);

/* What of the object the schema does not know, as sentences like a strict decoder's: `unknown field "spec.x"`,
 * separated by ", ". Returns how many. */
int schema_unknown(const struct schema *schema, const cJSON *object, struct buf *out);
/* The first value of a wrong type: -1 with the sentence. */
int schema_check(const struct schema *schema, const cJSON *object, struct err *err);

#endif
