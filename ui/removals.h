/* removals: deletion, restart and eviction of pods, with a question before that names each of them and the context. */
#ifndef UI_REMOVALS_H
#define UI_REMOVALS_H

#include "ops/removal.h"
#include "ui/dashboard.h"

/* Of those that make sense; where none does, says why not. */
void removals_ask(struct dashboard *dash, enum removal how, const struct pod *const *pods, size_t count);

#endif
