/* catalogue_read: MediaThing documents into entries. Internal to this layer. */
#ifndef GRAPH_CATALOGUE_READ_H
#define GRAPH_CATALOGUE_READ_H

#include "graph/catalogue.h"

void media_thing_free(struct media_thing *thing);

#endif
