/* reaper: nothing that a pod started outlives the edge, however the edge ends.
 *
 * A process of its own (patchbay-edge --reaper DIR MARK) holds one end of a pipe. While the edge lives it is told each
 * process group that comes and goes; when the pipe closes it kills the groups and whatever else carries the mark of
 * this edge in its environment, and removes the state folder. If it dies, the edge starts another. */
#ifndef EDGE_REAPER_H
#define EDGE_REAPER_H

#include "base/loop.h"

struct edge_reaper;
/* state_dir is removed in the end (NULL: none). program: the one to run with --reaper, NULL: this program's own file.
 */
struct edge_reaper *edge_reaper_new(struct loop *loop, const char *state_dir, const char *program, struct err *err);
/* The reaper does its work now and ends, which is waited for by turning the loop: not to be called from it. */
void edge_reaper_free(struct edge_reaper *reaper);
void edge_reaper_add(struct edge_reaper *reaper, pid_t group);
void edge_reaper_del(struct edge_reaper *reaper, pid_t group);
/* "PATCHBAY_EDGE_RUN=…": every process of a pod must have it in its environment. */
const char *edge_reaper_mark(const struct edge_reaper *reaper);
pid_t edge_reaper_pid(const struct edge_reaper *reaper);

/* What main() does for --reaper: argv[1] is "--reaper". Returns the exit status. */
int edge_reaper_main(int argc, char **argv);

#endif
