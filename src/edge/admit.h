/* admit: what the server fills in and what it refuses, a function a kind. */
#ifndef EDGE_ADMIT_H
#define EDGE_ADMIT_H

#include "edge/store.h"

#define EDGE_ADMIT(name) \
    void edge_admit_##name(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
EDGE_ADMIT(namespace);
EDGE_ADMIT(node);
EDGE_ADMIT(pod);
EDGE_ADMIT(service);
EDGE_ADMIT(endpoints);
EDGE_ADMIT(configmap);
EDGE_ADMIT(event);
EDGE_ADMIT(deployment);
EDGE_ADMIT(replicaset);
EDGE_ADMIT(secret);
EDGE_ADMIT(lease);
EDGE_ADMIT(persistentvolumeclaim);
EDGE_ADMIT(endpointslice);

enum edge_name_rule { EDGE_NAME_1123_SUBDOMAIN, EDGE_NAME_1123_LABEL, EDGE_NAME_1035_LABEL };
/* metadata: name, namespace, labels, annotations. */
void edge_admit_meta(const struct edge_kind *kind, const cJSON *object, const cJSON *before, enum edge_name_rule rule,
                     struct edge_faults *faults);
void edge_admit_labels(const cJSON *labels, const char *field, struct edge_faults *faults);
/* A pod's spec, also inside a template; field "spec" or "spec.template.spec". */
void edge_admit_pod_spec(cJSON *spec, const char *field, struct edge_faults *faults);
/* Sets what is missing. */
void edge_default_str(cJSON *object, const char *path, const char *value);
void edge_default_int(cJSON *object, const char *path, int64_t value);
void edge_default_bool(cJSON *object, const char *path, bool value);

#endif
