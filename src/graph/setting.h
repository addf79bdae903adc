/* setting: what can be set of every thing, besides the parameters of its type: a table, so that forms, commands and edits
 * know the same. Each has a text form: "2", "disk=ssd, zone=a". */
#ifndef GRAPH_SETTING_H
#define GRAPH_SETTING_H

#include "graph/graph.h"

enum setting { SETTING_NAME, SETTING_REPLICAS, SETTING_GPU, SETTING_NODES, SETTING_SECRETS, SETTING_STORAGE, SETTING_COUNT };

/* Its name as the operator sees it, its range and help; fallback is NULL where it depends on the thing. */
extern const struct param_type_info setting_types[SETTING_COUNT];
/* Whether a parameter may have that text: as param_check, and no password in it. */
int value_check(const struct param_type_info *param, const char *text, struct err *err);
/* Whether a device may have that address. */
int address_check(const char *url, struct err *err);
/* The thing's own text form, "" where it says nothing of it. */
void setting_text(const struct graph_thing *thing, enum setting setting, struct buf *out);
/* What holds where it says nothing: "1"; "" for nothing. */
void setting_fallback(const struct graph_thing *thing, enum setting setting, struct buf *out);
/* Whether text is a form of it; err says what is expected, as param_check does. */
int setting_check(enum setting setting, const char *text, struct err *err);
/* The key in the document of one whose text form is a list of pairs, else NULL. */
const char *setting_map(enum setting setting);
/* The first pair of such a list; the rest of the text, or NULL at its end. *value is NULL where there is no "=". The caller
 * frees both. */
const char *setting_pair(const char *text, char **key, char **value);

#endif
