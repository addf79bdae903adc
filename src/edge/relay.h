/* relay: bytes both ways between two sockets, never more than a bound in between: who reads slowly slows only his own
 * other side. */
#ifndef EDGE_RELAY_H
#define EDGE_RELAY_H

#include "base/buf.h"
#include "base/loop.h"

struct relay;
/* Takes both sockets (non-blocking, connected). first: bytes for the server, taken out of the buffer. done is called
 * once from the loop when the relay ended by itself, and is gone then. */
struct relay *relay_new(struct loop *loop, int client, int server, struct buf *first, loop_fn done, void *data);
void relay_free(struct relay *relay); /* without done */

#endif
