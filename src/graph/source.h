/* source: a document's text as it is parsed, and where each byte of it was written: in the file itself, in a template that a
 * row filled in, in an overlay. Faults are told at those places. */
#ifndef GRAPH_SOURCE_H
#define GRAPH_SOURCE_H

#include "base/buf.h"
#include "graph/fault.h"

struct splices;

/* Another file or an option, where text came from. line 0: it as a whole. */
struct source_place {
    const char *file;
    int line, column;
};

struct source_piece;

struct source_text {
    char *name;          /* the file, for sentences: "lobby.yaml", "<stdin>" */
    struct buf text;     /* what is parsed */
    struct buf original; /* what the file holds */
    bool stamped;        /* the file is a template: text is what its rows made of it */
    bool faulty;         /* the caller's: faults were told already, and text is not to be used */
    struct source_piece *pieces;
    size_t count, cap;
    char **words; /* that pieces point to */
    size_t word_count, word_cap;
};

void source_init(struct source_text *source, const char *name, const char *text, size_t len);
void source_release(struct source_text *source);

/* For making the text anew, from its beginning: first source_restart(), then piece by piece: bytes of the original, or others
 * that stand for what is there. note: told with a fault in them ("row 3 of cameras.csv"), or NULL. */
void source_restart(struct source_text *source);
void source_copy(struct source_text *source, size_t from, size_t to, const char *note);
void source_put(struct source_text *source, size_t from, const char *text, size_t len, const char *note);
/* Changes the text. What comes in was written in `file`, at the lines that the splices say, which are finished ones. */
void source_splice(struct source_text *source, const struct splices *splices, const char *file);
/* Makes another text of it; what differs came from `file` as a whole. */
void source_become(struct source_text *source, const char *text, size_t len, const char *file);
/* Faults of the text become faults of the files. */
void source_faults(const struct source_text *source, struct faults *faults);

#endif
