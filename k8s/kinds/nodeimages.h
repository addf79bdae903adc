/* nodeimages: nodes with the images they say they hold (at most 50 of them, the largest, unless the kubelet is told
 * otherwise; as of half a minute ago). Its own kind, not in the table: mirrors of nodes do without. */
#ifndef K8S_KINDS_NODEIMAGES_H
#define K8S_KINDS_NODEIMAGES_H

#include "k8s/kinds/node.h"

struct node_image {
    istr name;    /* "docker.io/library/busybox:1", "…@sha256:…": one for each name that an image has */
    int64_t size; /* bytes; 0: not said */
};

struct nodeimages {
    struct node node;
    struct node_image *images;
    size_t image_count;
};

extern const struct kind kind_nodeimages;

#endif
