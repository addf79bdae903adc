/* request: a kube_request with all its texts one's own. For the client alone. */
#ifndef K8S_REQUEST_H
#define K8S_REQUEST_H

#include "k8s/client.h"

/* method and accept get their defaults. */
void request_copy(struct kube_request *to, const struct kube_request *from);
void request_release(struct kube_request *request);
/* Sending it twice does no harm. */
bool request_is_read(const struct kube_request *request);

#endif
