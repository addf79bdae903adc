/* edge_process: the embedded cluster as a child of this program: started for it, ended with it. */
#ifndef APP_EDGE_PROCESS_H
#define APP_EDGE_PROCESS_H

#include "base/loop.h"

struct edge_process;

typedef void (*edge_process_fn)(void *data, const struct err *err); /* ready: err ""; ended: a sentence */

/* port 0: any; kubeconfig NULL: in its own state folder. changed is called when it is ready, and when it ended by itself.
 * NULL with err when it cannot be started. */
struct edge_process *edge_process_start(struct loop *loop, uint16_t port, const char *kubeconfig,
                                        edge_process_fn changed, void *data, struct err *err);
/* Somebody else is told from now on; NULL: nobody. */
void edge_process_tell(struct edge_process *edge, edge_process_fn changed, void *data);
const char *edge_process_kubeconfig(const struct edge_process *edge); /* after ready */
/* Ends it and waits for that, 10 s at most. */
void edge_process_stop(struct edge_process *edge);

#endif
