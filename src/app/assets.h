/* assets: where the program's own files are: beside it in a build tree, else where they were installed. */
#ifndef APP_ASSETS_H
#define APP_ASSETS_H

#include "base/err.h"

/* A path below assets/ ("graphs/lobby.yaml"), the caller frees. $PATCHBAY_ASSETS, then beside the program, then the
 * installed folder. */
char *assets_path(const char *name);
/* A program of ours: "patchbay-edge". Beside this one, in libexec, else only the name (PATH). */
char *assets_program(const char *name);

#endif
