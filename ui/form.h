/* form: typed fields to fill in, each with its default, its range, its help, and what is wrong with what is typed. */
#ifndef UI_FORM_H
#define UI_FORM_H

#include "graph/catalogue.h"
#include "ui/dashboard.h"

struct form_field {
    const struct param_type_info *type; /* outlives the form */
    const char *label;                  /* NULL: the type's name. Copied, as the following */
    const char *value;                  /* what is said now; NULL: nothing, so the default holds */
    const char *fallback;               /* what holds then; NULL: the type's own */
};

struct form_change {
    size_t field;
    const char *value; /* NULL: the default again */
};

struct form_class {
    /* Whether a field may have that text. */
    int (*check)(void *data, size_t field, const char *text, struct err *err);
    /* Sets all that was changed, or nothing of it: -1 with err keeps the form open on *wrong. */
    int (*take)(void *data, const struct form_change *changes, size_t count, size_t *wrong, struct err *err);
    void (*free)(void *data);
};

void form_open(struct dashboard *dash, const char *title, const struct form_field *fields, size_t count,
               const struct form_class *class, void *data);

#endif
