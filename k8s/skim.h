/* skim: passes over a JSON value's bytes to the end of its brackets, 64 at a time, whatever the pieces they come in.
 *
 * Only strings and brackets are looked at: "{]" has an end too. */
#ifndef K8S_SKIM_H
#define K8S_SKIM_H

#include "base/base.h"

struct skim {
    size_t depth;        /* brackets that are open; set it before the first byte, 0: the end was found */
    size_t deepest;      /* the most that were */
    bool string, escape; /* the next byte stands in a string; after its backslash */
};

/* The byte after the bracket that closes the last one, or `end`. */
const char *skim(struct skim *skim, const char *at, const char *end);

#endif
