/* Deployments and replica sets. */
#include "edge/admit.h"

#include "edge/object.h"

static void check_replicas(const cJSON *object, struct edge_faults *faults)
{
    int64_t replicas = json_int(object, "spec.replicas", 0);
    if (replicas < 0)
        edge_fault(faults, "FieldValueInvalid", "spec.replicas",
                   "Invalid value: %" PRId64 ": must be greater than or equal to 0", replicas);
}

static void check_selector(const cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    const cJSON *selector = json_object(object, "spec.selector");
    const cJSON *labels = json_object(object, "spec.template.metadata.labels");
    struct buf text;
    buf_init(&text, 300);
    if (!selector || (!cJSON_GetArraySize(json_get(selector, "matchLabels")) &&
                      !cJSON_GetArraySize(json_get(selector, "matchExpressions")))) {
        edge_fault(faults, "FieldValueRequired", "spec.selector", "Required value");
    } else if (!edge_selector_matches(selector, labels)) {
        json_print(&text, labels);
        edge_fault(faults, "FieldValueInvalid", "spec.template.metadata.labels",
                   "Invalid value: %s: `selector` does not match template `labels`", labels ? text.data : "{}");
    }
    if (before && !json_equal(selector, json_at(before, "spec.selector"))) {
        buf_reset(&text);
        json_print(&text, selector);
        edge_fault(faults, "FieldValueInvalid", "spec.selector", "Invalid value: %s: field is immutable", text.data);
    }
    buf_release(&text);
}

static void admit_workload(const struct edge_kind *kind, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    edge_admit_meta(kind, object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    json_ensure(object, "spec.template.metadata");
    edge_default_int(object, "spec.replicas", 1);
    check_replicas(object, faults);
    check_selector(object, before, faults);
    edge_admit_labels(json_object(object, "spec.template.metadata.labels"), "spec.template.labels", faults);
    edge_admit_pod_spec(json_ensure(object, "spec.template.spec"), "spec.template.spec", faults);
    const char *policy = json_str_or(object, "spec.template.spec.restartPolicy", "Always");
    if (str_eq(policy, "OnFailure") || str_eq(policy, "Never"))
        edge_fault(faults, "FieldValueNotSupported", "spec.template.spec.restartPolicy",
                   "Unsupported value: \"%s\": supported values: \"Always\"", policy);
}

static void admit_strategy(cJSON *object, struct edge_faults *faults)
{
    edge_default_str(object, "spec.strategy.type", "RollingUpdate");
    const char *type = json_str_or(object, "spec.strategy.type", "");
    if (str_eq(type, "RollingUpdate")) {
        cJSON *rolling = json_ensure(object, "spec.strategy.rollingUpdate");
        if (!json_get(rolling, "maxUnavailable"))
            json_set_str(rolling, "maxUnavailable", "25%");
        if (!json_get(rolling, "maxSurge"))
            json_set_str(rolling, "maxSurge", "25%");
        if (json_int(rolling, "maxSurge", 1) == 0 && json_int(rolling, "maxUnavailable", 1) == 0)
            edge_fault(faults, "FieldValueInvalid", "spec.strategy.rollingUpdate.maxUnavailable",
                       "Invalid value: 0: may not be 0 when `maxSurge` is 0");
    } else if (!str_eq(type, "Recreate")) {
        edge_fault(faults, "FieldValueNotSupported", "spec.strategy.type",
                   "Unsupported value: \"%.80s\": supported values: \"Recreate\", \"RollingUpdate\"", type);
    } else if (json_object(object, "spec.strategy.rollingUpdate")) {
        edge_fault(faults, "FieldValueForbidden", "spec.strategy.rollingUpdate",
                   "Forbidden: may not be specified when strategy `type` is 'Recreate'");
    }
}

void edge_admit_deployment(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    admit_workload(edge_kind_by_name("Deployment"), object, before, faults);
    admit_strategy(object, faults);
    edge_default_int(object, "spec.revisionHistoryLimit", 10);
    edge_default_int(object, "spec.progressDeadlineSeconds", 600);
    json_ensure(object, "status");
}

void edge_admit_replicaset(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    admit_workload(edge_kind_by_name("ReplicaSet"), object, before, faults);
    edge_default_int(object, "status.replicas", 0);
}
