/* filter: the language in which every list is narrowed down. Words with blanks between them must all hold of a row:
 *
 *   camera            a text anywhere in it; capitals count where the word has some
 *   "two words"       the same with blanks, or with what would mean something else
 *   /cam.*[0-9]$/     a regular expression, also ~cam.*[0-9]$
 *   status=Pending    a column's whole value; several by commas, * and ? stand for anything: node!=gpu-*
 *   message~refused   a column by a regular expression
 *   restarts>3        numbers; ages as age<10m, quantities as memory>=2Gi
 *   label=app=web     labels as kubectl's -l has them, also -l app=web,tier!=db and label=app
 *   !camera           none of these: any word with ! before it
 *
 * While the last word is still being typed, what is there of a value stands for all that begins so, and a word that is
 * not finished holds of every row. */
#ifndef OPS_FILTER_H
#define OPS_FILTER_H

#include "base/err.h"

#define FILTER_COLUMNS 24

struct filter_column {
    const char *title; /* "LAST SEEN": lastseen= */
    bool searched;     /* by words that name no column */
    bool age;          /* its number is an age in seconds */
};

struct filter_cell {
    const char *text;
    bool shared;    /* equal texts are often the same pointer, which lives as long as the row */
    bool has_number;
    double number;
};

/* Where the rows' cells come from. */
struct filter_source {
    void (*cell)(void *data, const void *row, size_t column, struct filter_cell *out);
    /* "app=web\ntier=db\n", shared as records have them; NULL: there are none. The function may be NULL as well. */
    const char *(*labels)(void *data, const void *row);
    void *data;
    int64_t now; /* ns since 1970 */
};

struct filter;

/* columns: kept by the caller while the filter lives. NULL with a sentence: an unknown column, an expression, a number that
 * cannot be read. */
struct filter *filter_new(const char *text, bool typing, const struct filter_column *columns, size_t count, struct err *err);
void filter_free(struct filter *filter);
bool filter_passes(struct filter *filter, const struct filter_source *source, const void *row);
/* Around a pass over many rows, during which none of them goes: what was found in a shared text is not looked for again. */
void filter_pass_begin(struct filter *filter);
void filter_pass_end(struct filter *filter);
/* Whether only rows that pass `before` can pass it: they alone have to be asked. */
bool filter_narrows(const struct filter *filter, const struct filter *before);
/* When a row may pass that did not, or the other way round, though it stays the same: ns since 1970, of all that were asked
 * since the last pass began; 0: never. */
int64_t filter_due(const struct filter *filter);

/* The language in lines, for help; word NULL ends it. */
struct filter_help {
    const char *word, *help;
};
extern const struct filter_help filter_help[];

/* "lastseen" of "LAST SEEN". */
void filter_name(char *out, size_t size, const char *title);

#endif
