/* memory: keeps in one store what another one loses: events, which a server forgets after an hour. What the other one has is in
 * this one, too. */
#ifndef K8S_MEMORY_H
#define K8S_MEMORY_H

#include "k8s/store.h"

struct memory;

/* Both outlive it. At most `most` lost records are kept, the latest to go. */
struct memory *memory_new(struct store *from, struct store *into, size_t most);
/* What was kept stays where it is. */
void memory_free(struct memory *memory);

#endif
