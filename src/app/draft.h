/* draft: unsaved graphs in files of their own, so that a kill loses none: each in $XDG_STATE_HOME/patchbay/drafts, one
 * line of JSON on where it belongs, then the text. The file is locked while the program lives that writes it.
 *
 * It is not waited for until it is on the disk: that takes 8 ms and more, in which no key would be answered, and a killed
 * process loses nothing without it; a power cut may lose the last half minute. */
#ifndef APP_DRAFT_H
#define APP_DRAFT_H

#include "base/buf.h"
#include "base/err.h"

/* Where a draft belongs. */
struct draft_about {
    char *file;                /* from the root; NULL: it has none */
    char *context, *ns, *graph;
    int64_t at;                /* when it was kept, ns since 1970 */
    bool has_began;
    uint8_t began[32];         /* SHA-256 of the text it began from */
};

struct draft {
    struct draft_about about;
    char *path; /* its own file */
    struct buf text;
};

struct drafts {
    struct draft *items; /* the newest first */
    size_t count, cap;
};

/* Those that no living program works on. One that cannot be understood is moved aside and named in *broken. */
void drafts_read(struct drafts *out, struct err *broken);
void drafts_release(struct drafts *drafts);
/* One of them, taken from whoever else may look: fd is to be closed when it is done with. */
int draft_claim(struct draft *out, const char *path, int *fd, struct err *err);
void draft_release(struct draft *draft);

/* The file this program writes; it is made with the first draft. */
struct journal;
struct journal *journal_new(void);
/* What was written stays. */
void journal_free(struct journal *journal);
int journal_keep(struct journal *journal, const struct draft_about *about, const char *text, size_t len, struct err *err);
const char *journal_path(const struct journal *journal); /* NULL: nothing is kept */
/* The draft is saved, or given up. */
void journal_drop(struct journal *journal);

#endif
