/* images: what a catalogue's documents of kind Images say: where other registries have the images, in kustomize's words.
 * Internal to this layer. */
#ifndef GRAPH_IMAGES_H
#define GRAPH_IMAGES_H

#include "graph/catalogue.h"
#include "graph/read.h"

/* Adds a document's rules behind those that are there and applies them to every entry. */
void images_read(struct catalogue *cat, const struct yaml_node *root, const struct reader *r);
/* Applies all rules to an entry that came later. */
void images_apply(const struct catalogue *cat, struct media_thing *thing);
void images_release(struct catalogue *cat);

#endif
