/* slab: small pieces of memory without what malloc adds to each; for what there are hundreds of thousands of.
 *
 * A block holds pieces of one size; when the last of them is given back, the system has its memory. One thread. */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "base/base.h"

#define SLAB_MAX 256 /* larger ones are malloc's */

void *slab_new(size_t size); /* aligned to 8 */
void slab_free(void *piece, size_t size);

#endif
