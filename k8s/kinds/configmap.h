/* configmap: labels and data of ConfigMaps; watched by label, so only the graphs' are kept. */
#ifndef K8S_KINDS_CONFIGMAP_H
#define K8S_KINDS_CONFIGMAP_H

#include "base/map.h"
#include "k8s/record.h"

struct configmap {
    struct record r;
    istr graph;      /* label patchbay.dev/graph */
    struct map data; /* key → char * (owned) */
};

#endif
