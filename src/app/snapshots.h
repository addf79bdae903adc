/* snapshots: pictures of a pod, through the API server, into model.picture: one at a time, and only those that were asked for. */
#ifndef APP_SNAPSHOTS_H
#define APP_SNAPSHOTS_H

#include "ui/model.h"

struct snapshots;

struct snapshots *snapshots_new(struct kube_client *client, struct model *model);
void snapshots_free(struct snapshots *snapshots); /* and model.picture is none */
/* One is wanted. Of another pod: the one before is forgotten. While one is under way this asks for nothing more. */
void snapshots_look(struct snapshots *snapshots, const struct model_look *look);

#endif
