/* recovery: the drafts that killed programs left (draft.h), as the dashboard offers them: model.drafts, model.offer. */
#ifndef APP_RECOVERY_H
#define APP_RECOVERY_H

#include "app/draft.h"
#include "ui/model.h"

/* Fills model.drafts. */
int recovery_find(struct model *model, struct err *err);
/* Has the newest draft offered, if there is one; of_document: only one of the document at hand. */
void recovery_offer(struct model *model, bool of_document);
/* Has it said that there are some, where none is offered. */
void recovery_mention(struct model *model);
int recovery_discard(struct model *model, const char *path, struct err *err);
void recovery_release(struct model *model);

#endif
