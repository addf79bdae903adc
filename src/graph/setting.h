/* setting: what can be set of every thing, besides the parameters of its type: a table, so that forms, commands and edits
 * know the same. Each has a text form: "2", "disk=ssd, zone=a". */
#ifndef GRAPH_SETTING_H
#define GRAPH_SETTING_H

#include "graph/graph.h"

/* In the order of the form: what is wanted most comes first, and of the two before REPLICAS even before the parameters. */
enum setting { SETTING_NAME, SETTING_GPU, SETTING_REPLICAS, SETTING_STORAGE, SETTING_NODES, SETTING_SECRETS, SETTING_COUNT };

enum setting_kind { SETTING_IS_NAME, SETTING_IS_NUMBER, SETTING_IS_SIZE, SETTING_IS_PAIRS };

struct setting_type {
    struct param_type_info info; /* its name as the operator sees it, its range and help; no fallback */
    enum setting_kind kind;
    const char *path; /* of its value in the thing's item: "replicas", "gpu.count" */
    /* What holds where the thing says nothing. entry: the thing's, or NULL. */
    void (*fallback)(const struct media_thing *entry, struct buf *out);
    /* Of pairs: */
    bool (*legal)(const char *key, const char *value);
    const char *expected;     /* "is no list of …" */
    const char *parts[2];     /* the keys of a value that is a map, "a/b" in the text form; else NULL */
};

extern const struct setting_type setting_types[SETTING_COUNT];

/* Whether a parameter may have that text: as param_check, and no password in it. */
int value_check(const struct param_type_info *param, const char *name, const char *text, struct err *err);
/* Whether a device may have that address. */
int address_check(const char *url, struct err *err);
/* The thing's own text form, "" where it says nothing of it. */
void setting_text(const struct graph_thing *thing, enum setting setting, struct buf *out);
/* What holds where it says nothing: "1"; "" for nothing. */
void setting_fallback(const struct graph_thing *thing, enum setting setting, struct buf *out);
/* Whether text is a form of it; err says what is expected, as param_check does. */
int setting_check(enum setting setting, const char *text, struct err *err);
/* What stands in the document for a text form that is one; NULL for "". The caller's. */
cJSON *setting_value(enum setting setting, const char *text);

#endif
