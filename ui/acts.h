/* acts: restart, stop, start, scale, pause and resume of what is chosen in the view, with a question before. */
#ifndef UI_ACTS_H
#define UI_ACTS_H

#include "ui/dashboard.h"

/* As the `:` line has it: words is what stands behind the command ("3" of scale). */
void acts_run(struct dashboard *dash, enum act act, const char *words);

#endif
