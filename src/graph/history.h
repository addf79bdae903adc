/* history: what was changed, so that it can be undone and redone, as far back as HISTORY_BYTES reach: edits are small, so
 * that is without end for who types. Internal to this layer. */
#ifndef GRAPH_HISTORY_H
#define GRAPH_HISTORY_H

#include "base/buf.h"
#include "graph/splice.h"

struct change {
    char *label;
    struct splices splices;
    bool joined; /* undone and redone together with the one before it */
};

struct history {
    struct change *items;
    size_t first, count, cap; /* from the first on, that many; those before it were forgotten */
    size_t done;  /* changes before it are in the text, those from it on were undone */
    size_t bytes; /* held by all */
};

#define HISTORY_BYTES (64u << 20)

void history_release(struct history *history);
/* Takes the splices. What was undone is forgotten, and the oldest when all of them hold too much: a change together with
 * those joined to it, so that no half of one is left. */
void history_add(struct history *history, const char *label, struct splices *splices, bool joined);
/* The change to undo or redo, moved past; NULL: none. */
const struct change *history_back(struct history *history);
const struct change *history_forward(struct history *history);
void history_forget_undone(struct history *history);
/* Whether the next one to redo belongs to the one before it. */
bool history_joined(const struct history *history);

/* *tree, unless it is NULL, is what the text was read as: what changes is read again; it becomes NULL where that cannot be done, and
 * then says no longer what the text says. -1: the text would pass the buffer's maximum; all is as before. */
int splices_apply(const struct splices *splices, struct buf *text, struct yaml_doc **tree);
void splices_revert(const struct splices *splices, struct buf *text, struct yaml_doc **tree);

#endif
