/* keeper: sees to it that the document at hand is not lost and overwrites nothing unseen: a journal of what is unsaved
 * (draft.h), and whether its file, or what is deployed, is still what it began from. */
#ifndef APP_KEEPER_H
#define APP_KEEPER_H

#include <sys/stat.h>

#include "app/draft.h"
#include "ui/model.h"

/* Where a document comes from; with a template, model.file names that. */
enum keeper_origin { ORIGIN_NEW, ORIGIN_FILE, ORIGIN_TEMPLATE, ORIGIN_DEPLOYED };
enum keeper_base { BASE_UNKNOWN, BASE_NONE, BASE_TEXT };

struct keeper {
    struct model *model;
    struct journal *journal;
    struct loop_timer write, look;
    bool failed;          /* a draft could not be kept, which was said */
    bool given_up;

    bool stamped;         /* made from a template, model.file, over which it is never saved; saving it elsewhere clears it */
    bool known;           /* digest is that of the file as it was read or saved last */
    uint8_t digest[32];
    struct stat seen;     /* the file, when it was looked into last */
    struct stat settling; /* as it was at the last look, and not looked into: it may be being written */
    bool settles;
    int gone;             /* for so many looks */

    enum keeper_base base; /* what was deployed when the document began */
    uint8_t deployed[32];
    uint8_t sent[32];      /* by us, and perhaps not seen yet */
    bool has_sent;
    uint8_t told[32];      /* somebody else's text that was told of */
};

void keeper_init(struct keeper *keeper, struct model *model);
/* An unsaved draft stays in the journal, unless it was given up. */
void keeper_release(struct keeper *keeper);
/* Another document is at hand. before: of a file or a template, as it was before it was read. What was kept of the one
 * before is dropped. */
void keeper_opened(struct keeper *keeper, enum keeper_origin origin, const struct stat *before);
/* The operator wants the draft lost, unless it is edited again. */
void keeper_give_up(struct keeper *keeper);
/* model.file has the document's text now. */
void keeper_saved(struct keeper *keeper);
/* A draft is at hand that began from another text than is there now. */
void keeper_began(struct keeper *keeper, const uint8_t digest[32]);
/* Before the document is saved there: 0, SAVE_*, or -1. over: as in model_save. */
int keeper_check(struct keeper *keeper, const char *path, const struct save_over *over, struct err *err);
/* From model.file, or what is deployed: as an edit. */
int keeper_reload(struct keeper *keeper, struct err *err);
void keeper_edited(struct keeper *keeper);
/* Writes the journal now. -1: it could not, which was said. */
int keeper_keep(struct keeper *keeper);
/* A deployment of the document, or of a part of it, begins, and ends. */
void keeper_deploying(struct keeper *keeper, const char *text);
void keeper_deployed(struct keeper *keeper, bool ok);
/* Another cluster is looked at, or the document has another name: what is deployed is another graph. */
void keeper_other_graph(struct keeper *keeper);
/* What is deployed may have changed. */
void keeper_graphs(struct keeper *keeper);
/* Whether a view is seen that shows the document: then its file is looked at once a second. */
void keeper_watching(struct keeper *keeper, bool on);

#endif
