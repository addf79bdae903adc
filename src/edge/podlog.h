/* podlog: a container's output as a file of lines as the kubelet's runtime writes them: "TIME stdout F text". */
#ifndef EDGE_PODLOG_H
#define EDGE_PODLOG_H

#include "base/loop.h"

#define EDGE_LOG_MAX (10 << 20)  /* then the file becomes PATH.1 and a new one begins */
#define EDGE_LOG_LINE (16 << 10) /* longer lines come in parts marked P */

struct edge_podlog;
/* Takes both descriptors (either may be -1). grew is called after each write. */
struct edge_podlog *edge_podlog_new(struct loop *loop, const char *path, int out, int err_fd, loop_fn grew, void *data,
                                    struct err *err);
/* Takes what is left in the pipes, and closes them. */
void edge_podlog_finish(struct edge_podlog *log);
void edge_podlog_free(struct edge_podlog *log); /* finishes */

#endif
