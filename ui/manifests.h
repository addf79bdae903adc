/* manifests: what the draft becomes, in a file, as `patchbay render` writes it: for a cluster that is kept as it is in git. */
#ifndef UI_MANIFESTS_H
#define UI_MANIFESTS_H

#include "ui/dashboard.h"

/* path "": asks for it. What is in another file is shown before it is written over; what is wrong is said. */
void manifests_write(struct dashboard *dash, const char *path);

#endif
