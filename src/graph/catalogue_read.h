/* catalogue_read: MediaThing documents into entries. Internal to this layer. */
#ifndef GRAPH_CATALOGUE_READ_H
#define GRAPH_CATALOGUE_READ_H

#include "graph/catalogue.h"
#include "graph/read.h"

void media_thing_free(struct media_thing *thing);
/* params: what the operator may say of a thing, each with its type; what contradicts itself is a fault. */
void params_read(const struct reader *r, const struct yaml_node *list, struct media_thing *thing);
/* A fault for each ${…} that is no parameter, no input and nothing else that can be filled in. */
void template_check(const struct reader *r, const struct yaml_node *node, const char *text, struct media_thing *thing);

#endif
