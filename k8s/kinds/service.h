/* service: what of a service is kept. */
#ifndef K8S_KINDS_SERVICE_H
#define K8S_KINDS_SERVICE_H

#include "k8s/record.h"

struct service {
    struct record r;
    istr type, cluster_ip, graph, thing;
    int port; /* the first */
};

#endif
