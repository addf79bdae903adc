/* files: what a catalogue entry wants to find in its container's file system: read, made into a ConfigMap's data, mounted.
 * Internal to this layer. */
#ifndef GRAPH_FILES_H
#define GRAPH_FILES_H

#include "base/json.h"
#include "graph/catalogue_read.h"

#define FILES_MAX_BYTES (1u << 20) /* what a ConfigMap holds, all its files together */

/* files: of an entry whose parameters and inputs are known already. */
void files_read(const struct reader *r, const struct yaml_node *list, struct media_thing *thing);
void files_release(struct media_thing *thing);

/* The data of the ConfigMap, sorted; NULL when the entry has no files, or with err set when they became too large. */
cJSON *files_data(const struct media_thing *entry, template_fn value, void *data, struct err *err);
/* "camera.files-1f0c…": its name says what is in it, so that a pod sees either the old files or the new ones, and is made
 * anew when they change. A graph's own ConfigMap has no dot. */
char *files_name(const char *thing, const cJSON *data);
/* The volume of that ConfigMap, and where its files stand. */
void files_mount(cJSON *pod_spec, cJSON *container, const struct media_thing *entry, const char *name);

#endif
