/* call: whole answers (kube_start), on the client's streams. For k8s/client.c alone. */
#ifndef K8S_CALL_H
#define K8S_CALL_H

#include "k8s/client.h"

/* A client's calls, the first of a list. */
struct kube_call **kube_client_calls(struct kube_client *client);

#endif
