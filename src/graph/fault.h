/* fault: everything that is wrong with a document, each at its place: "lobby.yaml:12:5: no thing is named 'camra'; did
 * you mean 'camera'?" */
#ifndef GRAPH_FAULT_H
#define GRAPH_FAULT_H

#include "base/buf.h"
#include "base/err.h"

struct fault {
    char *file;
    int line, column; /* 0: the file as a whole */
    bool warning;
    char *text;
    char *thing;      /* the thing it belongs to, or NULL */
};

struct faults {
    struct fault *items;
    size_t count, cap;
    size_t errors; /* without the warnings */
    size_t more;   /* left out past FAULTS_MAX */
};
#define FAULTS_MAX 200

/* Passwords in URLs are masked and strange bytes made harmless. */
void faults_add(struct faults *faults, const char *file, int line, int column, bool warning, const char *thing,
                const char *fmt, ...) PRINTF_LIKE(7, 8);
/* By line and column. */
void faults_sort(struct faults *faults);
/* "FILE:LINE:COLUMN: warning: SENTENCE" without a newline. */
void fault_format(const struct fault *fault, struct buf *out);
void faults_release(struct faults *faults);

/* A document's own text for use in a sentence: masked, harmless, and cut to a bearable length. */
struct shown {
    char text[96];
};
const char *shown_text(struct shown *shown, const char *text);
#define SHOWN(text) shown_text(&(struct shown){""}, (text))

#endif
