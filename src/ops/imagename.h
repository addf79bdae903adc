/* imagename: names of container images, as people shorten them and as nodes have them. */
#ifndef OPS_IMAGENAME_H
#define OPS_IMAGENAME_H

#include "base/buf.h"
#include "k8s/kinds/nodeimages.h"

/* The whole name: "busybox" → "docker.io/library/busybox:latest", "a/b:1@sha256:…" → "docker.io/a/b@sha256:…": where there is
 * a digest, no tag is looked at. */
void imagename_whole(struct buf *out, const char *name);
/* Whether the node says that it holds the image of that whole name; that it does not is no news. size may be NULL: bytes, 0 where it
 * does not say. */
bool imagename_held(const struct nodeimages *node, const char *whole, int64_t *size);

#endif
