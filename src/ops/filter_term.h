/* filter_term: the words of a filter, as filter_parse.c reads them and filter.c asks rows. */
#ifndef OPS_FILTER_TERM_H
#define OPS_FILTER_TERM_H

#include "base/pattern.h"
#include "ops/filter.h"

#define FILTER_TERMS 16
#define TERM_VALUES 16
#define TERM_MEMO 1024

enum term_kind { TERM_TEXT, TERM_PATTERN, TERM_COLUMN, TERM_LABELS };
enum term_op { OP_IS, OP_PATTERN, OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL };

struct term_value { /* of `=`: one of several; of labels: a key and what it is to be */
    char *key;      /* NULL: no label */
    char *text;     /* NULL: the key is to be there */
    bool not;
    bool globs;     /* has * or ? */
};

struct term_memo {
    const char *text;
    bool found;
};

struct term {
    enum term_kind kind;
    enum term_op op; /* of a column */
    bool not;
    bool fold; /* no capital in it: it stands for both */
    bool open; /* the value goes on: it is still being typed */
    size_t column;
    char *raw; /* as it was written, without what negates it */
    struct term_value values[TERM_VALUES]; /* a text is the first one's, in lower case where it folds */
    size_t value_count;
    struct pattern *pattern;
    bool is_number;
    double number;
    struct term_memo *memo; /* of a pass over many rows */
};

struct filter {
    struct term terms[FILTER_TERMS];
    size_t count;
    const struct filter_column *columns;
    size_t column_count;
    bool passing; /* the memos hold */
    int64_t due;
};

void term_release(struct term *term);
/* The next word of *at into an empty term; 1: there is none left, or it is not finished. */
int term_read(struct term *term, const char **at, bool typing, const struct filter_column *columns, size_t count,
              struct err *err);

#endif
