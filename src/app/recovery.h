/* recovery: the drafts that killed programs left (draft.h), as the dashboard offers them: model.drafts, model.offer. */
#ifndef APP_RECOVERY_H
#define APP_RECOVERY_H

#include "app/keeper.h"

/* Fills model.drafts. */
void recovery_find(struct model *model);
/* Has the newest draft offered, if there is one; of_document: only one of the document at hand. */
void recovery_offer(struct model *model, bool of_document);
/* Has it said that there are some, where none is offered. */
void recovery_mention(struct model *model);
/* Adds to what went wrong with the file that a draft of it is kept. */
void recovery_explain(struct model *model, const char *file, struct err *err);
/* Opens what a draft began from and makes its text of that, as an edit. The draft's file goes when this program keeps it. */
typedef int (*recovery_open_fn)(void *data, const struct draft_about *about, struct err *err);
int recovery_take(struct model *model, struct keeper *keeper, const char *path, recovery_open_fn open, void *data,
                  struct err *err);
int recovery_discard(struct model *model, const char *path, struct err *err);
void recovery_release(struct model *model);

#endif
