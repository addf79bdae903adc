/* The resources the edge serves: one row each. */
#include "edge/store.h"

#include "edge/admit.h"
#include "edge/table.h"

static const char *const none[] = {NULL};
static const char *const ns_shorts[] = {"ns", NULL};
static const char *const no_shorts[] = {"no", NULL};
static const char *const po_shorts[] = {"po", NULL};
static const char *const svc_shorts[] = {"svc", NULL};
static const char *const pvc_shorts[] = {"pvc", NULL};
static const char *const ep_shorts[] = {"ep", NULL};
static const char *const cm_shorts[] = {"cm", NULL};
static const char *const ev_shorts[] = {"ev", NULL};
static const char *const deploy_shorts[] = {"deploy", NULL};
static const char *const rs_shorts[] = {"rs", NULL};

#define ROW(g, v, p, s, k, name, short_names, cat, ns, gen, stat)                                                \
    {                                                                                                            \
        .group = g, .version = v, .plural = p, .singular = s, .kind = k, .shorts = short_names, .category = cat, \
        .namespaced = ns, .has_generation = gen, .has_status = stat, .admit = edge_admit_##name,                 \
        .columns = edge_##name##_columns, .cells = edge_##name##_cells                                           \
    }

const struct edge_kind edge_kinds[] = {
    ROW("", "v1", "configmaps", "configmap", "ConfigMap", configmap, cm_shorts, NULL, true, false, false),
    ROW("", "v1", "endpoints", "endpoints", "Endpoints", endpoints, ep_shorts, NULL, true, false, false),
    ROW("", "v1", "events", "event", "Event", event, ev_shorts, NULL, true, false, false),
    ROW("", "v1", "namespaces", "namespace", "Namespace", namespace, ns_shorts, NULL, false, false, true),
    ROW("", "v1", "nodes", "node", "Node", node, no_shorts, NULL, false, false, true),
    ROW("", "v1", "persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", persistentvolumeclaim,
        pvc_shorts, NULL, true, false, true),
    ROW("", "v1", "pods", "pod", "Pod", pod, po_shorts, "all", true, true, true),
    ROW("", "v1", "secrets", "secret", "Secret", secret, none, NULL, true, false, false),
    ROW("", "v1", "services", "service", "Service", service, svc_shorts, "all", true, false, true),
    ROW("apps", "v1", "deployments", "deployment", "Deployment", deployment, deploy_shorts, "all", true, true, true),
    ROW("apps", "v1", "replicasets", "replicaset", "ReplicaSet", replicaset, rs_shorts, "all", true, true, true),
    ROW("coordination.k8s.io", "v1", "leases", "lease", "Lease", lease, none, NULL, true, false, false),
    ROW("discovery.k8s.io", "v1", "endpointslices", "endpointslice", "EndpointSlice", endpointslice, none, NULL, true,
        false, false),
};
const size_t edge_kind_count = ARRAY_SIZE(edge_kinds);

const struct edge_kind *edge_kind_by_plural(const char *group, const char *version, const char *plural)
{
    for (size_t i = 0; i < edge_kind_count; i++) {
        const struct edge_kind *kind = &edge_kinds[i];
        if (str_eq(kind->plural, plural) && str_eq(kind->group, group) && str_eq(kind->version, version))
            return kind;
    }
    return NULL;
}

const struct edge_kind *edge_kind_by_name(const char *name)
{
    for (size_t i = 0; i < edge_kind_count; i++)
        if (str_eq(edge_kinds[i].kind, name))
            return &edge_kinds[i];
    return NULL;
}

void edge_kind_text(char out[128], const struct edge_kind *kind)
{
    snprintf(out, 128, "%s%s%s", kind->plural, kind->group[0] ? "." : "", kind->group);
}

void edge_kind_api_version(char out[128], const struct edge_kind *kind)
{
    snprintf(out, 128, "%s%s%s", kind->group, kind->group[0] ? "/" : "", kind->version);
}
