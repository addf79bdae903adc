/* form: the parameters of a thing, each a typed field with its default, its range and what is wrong with what is
 * typed. */
#ifndef UI_FORM_H
#define UI_FORM_H

#include "graph/graph.h"
#include "ui/dashboard.h"

/* Called once for each field that was changed, when the form is taken; value NULL: the default again. -1 with err keeps
 * the form open on that field. */
typedef int (*form_set_fn)(void *data, const char *param, const char *value, struct err *err);
/* Called once after the changed fields were set. */
typedef void (*form_done_fn)(void *data, size_t changed);

/* entry outlives the form (the catalogue's). The thing's values are copied. */
void form_open(struct dashboard *dash, const struct media_thing *entry, const struct graph_thing *thing,
               form_set_fn set, form_done_fn done, void *data, void (*free_data)(void *));

#endif
