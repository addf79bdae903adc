/* schema_types: the text that schema.c reads. */
#ifndef EDGE_SCHEMA_TYPES_H
#define EDGE_SCHEMA_TYPES_H

#include "base/base.h"

struct schema_text {
    const char *name, *fields;
};
extern const struct schema_text schema_texts[]; /* ends with a NULL name */

#endif
