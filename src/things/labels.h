/* labels: what a model calls the objects that it finds, by their number. */
#ifndef THINGS_LABELS_H
#define THINGS_LABELS_H

#include "base/base.h"
#include "base/err.h"

#define LABELS_MAX 1000

struct labels { /* zeros are none */
    char **names;
    size_t count;
};

/* spec: names with commas between them, or, where it has a "/", a file with one a line. What is shown of them is sanitised. */
int labels_read(struct labels *labels, const char *spec, struct err *err);
/* As many as there are kinds: those without a name get one, "object-7". */
void labels_fill(struct labels *labels, size_t kinds);
void labels_release(struct labels *labels);

#endif
