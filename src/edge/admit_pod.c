/* Pods, and the pod templates of workloads: what a real server fills in, and what it refuses. */
#include "edge/admit.h"

#include "base/quantity.h"
#include "edge/object.h"

static void default_probe(cJSON *container, const char *name)
{
    cJSON *probe = (cJSON *)json_object(container, name);
    if (!probe)
        return;
    edge_default_int(probe, "timeoutSeconds", 1);
    edge_default_int(probe, "periodSeconds", 10);
    edge_default_int(probe, "successThreshold", 1);
    edge_default_int(probe, "failureThreshold", 3);
    if (json_object(probe, "httpGet")) {
        edge_default_str(probe, "httpGet.path", "/");
        edge_default_str(probe, "httpGet.scheme", "HTTP");
    }
}

/* A tag of "latest", or none at all, is pulled each time; a digest never changes. */
static const char *pull_policy(const char *image)
{
    const char *slash = strrchr(image, '/'), *name = slash ? slash + 1 : image;
    if (strchr(name, '@'))
        return "IfNotPresent";
    const char *tag = strchr(name, ':');
    return !tag || str_eq(tag, ":latest") ? "Always" : "IfNotPresent";
}

static void default_resources(cJSON *container)
{
    json_ensure(container, "resources");
    const cJSON *limit;
    cJSON_ArrayForEach (limit, json_object(container, "resources.limits")) {
        cJSON *requests = json_ensure(container, "resources.requests");
        if (!json_get(requests, limit->string))
            cJSON_AddItemToObject(requests, limit->string, cJSON_Duplicate(limit, true));
    }
}

static void default_container(cJSON *container)
{
    cJSON *item;
    edge_default_str(container, "imagePullPolicy", pull_policy(json_str_or(container, "image", "")));
    edge_default_str(container, "terminationMessagePath", "/dev/termination-log");
    edge_default_str(container, "terminationMessagePolicy", "File");
    default_resources(container);
    cJSON_ArrayForEach (item, (cJSON *)json_array(container, "ports"))
        edge_default_str(item, "protocol", "TCP");
    cJSON_ArrayForEach (item, (cJSON *)json_array(container, "env"))
        if (json_object(item, "valueFrom.fieldRef"))
            edge_default_str(item, "valueFrom.fieldRef.apiVersion", "v1");
    default_probe(container, "readinessProbe");
    default_probe(container, "livenessProbe");
    default_probe(container, "startupProbe");
}

static void default_volumes(cJSON *spec)
{
    cJSON *volume;
    cJSON_ArrayForEach (volume, (cJSON *)json_array(spec, "volumes")) {
        if (json_object(volume, "configMap"))
            edge_default_int(volume, "configMap.defaultMode", 420);
        else if (json_object(volume, "secret"))
            edge_default_int(volume, "secret.defaultMode", 420);
        else if (json_object(volume, "hostPath") && !json_get(json_get(volume, "hostPath"), "type"))
            json_set(volume, "hostPath.type", cJSON_CreateString(""));
        else if (cJSON_GetArraySize(volume) <= 1)
            json_ensure(volume, "emptyDir");
    }
}

static void check_quantities(const cJSON *list, const char *field, struct edge_faults *faults)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, list) {
        int64_t milli;
        char where[256];
        snprintf(where, sizeof where, "%s[%s]", field, item->string);
        if (!quantity_json_milli(item, &milli))
            edge_fault(faults, "FieldValueInvalid", where,
                       "Invalid value: \"%s\": quantities must match the regular expression "
                       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                       cJSON_IsString(item) ? item->valuestring : "");
        else if (milli < 0)
            edge_fault(faults, "FieldValueInvalid", where, "Invalid value: \"%s\": must be greater than or equal to 0",
                       cJSON_IsString(item) ? item->valuestring : "negative");
    }
}

static void check_limits(const cJSON *container, const char *field, struct edge_faults *faults)
{
    char where[256];
    snprintf(where, sizeof where, "%s.resources.limits", field);
    check_quantities(json_object(container, "resources.limits"), where, faults);
    snprintf(where, sizeof where, "%s.resources.requests", field);
    check_quantities(json_object(container, "resources.requests"), where, faults);
    const cJSON *request;
    cJSON_ArrayForEach (request, json_object(container, "resources.requests")) {
        const cJSON *limit = json_get(json_object(container, "resources.limits"), request->string);
        int64_t asked, bound;
        bool extended = strchr(request->string, '/') != NULL;
        if (!limit) {
            if (extended)
                edge_fault(faults, "FieldValueRequired", where,
                           "Required value: Limit must be set for non overcommitable resources");
        } else if (quantity_json_milli(request, &asked) && quantity_json_milli(limit, &bound) &&
                   (extended ? asked != bound : asked > bound)) {
            edge_fault(faults, "FieldValueInvalid", where, "Invalid value: \"%s\": must be %s %s limit of %s",
                       cJSON_IsString(request) ? request->valuestring : "",
                       extended ? "equal to" : "less than or equal to", request->string,
                       cJSON_IsString(limit) ? limit->valuestring : "");
        }
    }
}

static void check_ports(const cJSON *container, const char *field, struct edge_faults *faults)
{
    int index = 0;
    const cJSON *port;
    cJSON_ArrayForEach (port, json_array(container, "ports")) {
        char where[256];
        snprintf(where, sizeof where, "%s.ports[%d].containerPort", field, index++);
        int64_t number = json_int(port, "containerPort", 0);
        if (!number)
            edge_fault(faults, "FieldValueRequired", where, "Required value");
        else if (number < 1 || number > 65535)
            edge_fault(faults, "FieldValueInvalid", where,
                       "Invalid value: %" PRId64 ": must be between 1 and 65535, inclusive", number);
    }
}

static void check_mounts(const cJSON *spec, const cJSON *container, const char *field, struct edge_faults *faults)
{
    int index = 0;
    const cJSON *mount, *volume;
    cJSON_ArrayForEach (mount, json_array(container, "volumeMounts")) {
        char where[256];
        const char *name = json_str_or(mount, "name", "");
        bool found = false;
        cJSON_ArrayForEach (volume, json_array(spec, "volumes"))
            found = found || str_eq(json_str(volume, "name"), name);
        snprintf(where, sizeof where, "%s.volumeMounts[%d].name", field, index++);
        if (!found)
            edge_fault(faults, "FieldValueNotFound", where, "Not found: \"%s\"", name);
    }
}

static void check_containers(cJSON *spec, const char *list, const char *field, struct edge_faults *faults)
{
    int index = 0;
    cJSON *c;
    cJSON_ArrayForEach (c, (cJSON *)json_array(spec, list)) {
        char where[200], name_field[256];
        snprintf(where, sizeof where, "%s.%s[%d]", field, list, index);
        snprintf(name_field, sizeof name_field, "%s.name", where);
        const char *name = json_str_or(c, "name", "");
        if (!*name)
            edge_fault(faults, "FieldValueRequired", name_field, "Required value");
        else if (strlen(name) > 63 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name) ||
                 *name == '-' || name[strlen(name) - 1] == '-')
            edge_fault(faults, "FieldValueInvalid", name_field,
                       "Invalid value: \"%.100s\": a lowercase RFC 1123 label must consist of lower case alphanumeric "
                       "characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or "
                       "'123-abc')",
                       name);
        const cJSON *other;
        int other_index = 0;
        cJSON_ArrayForEach (other, json_array(spec, list))
            if (other_index++ < index && *name && str_eq(json_str(other, "name"), name))
                edge_fault(faults, "FieldValueDuplicate", name_field, "Duplicate value: \"%s\"", name);
        snprintf(name_field, sizeof name_field, "%s.image", where);
        if (!*json_str_or(c, "image", ""))
            edge_fault(faults, "FieldValueRequired", name_field, "Required value");
        check_ports(c, where, faults);
        check_limits(c, where, faults);
        check_mounts(spec, c, where, faults);
        index++;
    }
}

void edge_admit_pod_spec(cJSON *spec, const char *field, struct edge_faults *faults)
{
    char where[256];
    cJSON *c;
    edge_default_str(spec, "restartPolicy", "Always");
    edge_default_int(spec, "terminationGracePeriodSeconds", 30);
    edge_default_str(spec, "dnsPolicy", "ClusterFirst");
    edge_default_str(spec, "schedulerName", "default-scheduler");
    json_ensure(spec, "securityContext");
    cJSON_ArrayForEach (c, (cJSON *)json_array(spec, "containers"))
        default_container(c);
    cJSON_ArrayForEach (c, (cJSON *)json_array(spec, "initContainers"))
        default_container(c);
    default_volumes(spec);
    snprintf(where, sizeof where, "%s.containers", field);
    if (!cJSON_GetArraySize(json_array(spec, "containers")))
        edge_fault(faults, "FieldValueRequired", where, "Required value");
    check_containers(spec, "containers", field, faults);
    check_containers(spec, "initContainers", field, faults);
    const char *policy = json_str_or(spec, "restartPolicy", "");
    snprintf(where, sizeof where, "%s.restartPolicy", field);
    if (strcmp(policy, "Always") && strcmp(policy, "OnFailure") && strcmp(policy, "Never"))
        edge_fault(faults, "FieldValueNotSupported", where,
                   "Unsupported value: \"%.80s\": supported values: \"Always\", \"OnFailure\", \"Never\"", policy);
    snprintf(where, sizeof where, "%s.terminationGracePeriodSeconds", field);
    if (json_int(spec, "terminationGracePeriodSeconds", 0) < 0)
        edge_fault(faults, "FieldValueInvalid", where, "Invalid value: %" PRId64 ": must be greater than or equal to 0",
                   json_int(spec, "terminationGracePeriodSeconds", 0));
}

/* Every pod stays five minutes on a node that is lost. */
static void default_toleration(cJSON *spec, const char *key)
{
    const cJSON *t;
    cJSON_ArrayForEach (t, json_array(spec, "tolerations")) {
        const char *k = json_str(t, "key");
        if (str_eq(k, key) || (!k && str_eq(json_str(t, "operator"), "Exists")))
            return;
    }
    if (!json_array(spec, "tolerations"))
        json_set(spec, "tolerations", cJSON_CreateArray());
    cJSON *item = cJSON_CreateObject();
    json_set_str(item, "key", key);
    json_set_str(item, "operator", "Exists");
    json_set_str(item, "effect", "NoExecute");
    json_set_int(item, "tolerationSeconds", 300);
    cJSON_AddItemToArray((cJSON *)json_array(spec, "tolerations"), item);
}

static const char *qos_class(const cJSON *pod)
{
    bool any = false, all = true;
    const cJSON *c;
    cJSON_ArrayForEach (c, json_array(pod, "spec.containers")) {
        static const char *const names[] = {"cpu", "memory"};
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            const cJSON *limit = json_get(json_object(c, "resources.limits"), names[i]);
            const cJSON *request = json_get(json_object(c, "resources.requests"), names[i]);
            int64_t a, b;
            any = any || limit || request;
            all = all && limit && request && quantity_json_milli(limit, &a) && quantity_json_milli(request, &b) && a == b;
        }
    }
    return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}

/* Only these of a pod's spec may change once it is there. */
static void check_spec_update(const cJSON *spec, const cJSON *old, struct edge_faults *faults)
{
    cJSON *a = cJSON_Duplicate(spec, true), *b = cJSON_Duplicate(old, true);
    static const char *const open[] = {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds",
                                       "schedulingGates"};
    for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
        json_del(a, open[i]);
        json_del(b, open[i]);
    }
    if (!*json_str_or(b, "nodeName", "")) /* the scheduler binds it */
        json_del(a, "nodeName"), json_del(b, "nodeName");
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        cJSON *c;
        cJSON_ArrayForEach (c, (cJSON *)json_array(a, lists[i]))
            json_del(c, "image");
        cJSON_ArrayForEach (c, (cJSON *)json_array(b, lists[i]))
            json_del(c, "image");
    }
    if (!json_equal(a, b))
        edge_fault(faults, "FieldValueForbidden", "spec",
                   "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
                   "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
                   "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                   "previously negative)");
    cJSON_Delete(a);
    cJSON_Delete(b);
}

void edge_admit_pod(struct edge_store *store, cJSON *pod, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(edge_pod_kind(), pod, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    cJSON *spec = json_ensure(pod, "spec");
    edge_admit_pod_spec(spec, "spec", faults);
    edge_default_bool(spec, "enableServiceLinks", true);
    edge_default_int(spec, "priority", 0);
    edge_default_str(spec, "preemptionPolicy", "PreemptLowerPriority");
    default_toleration(spec, "node.kubernetes.io/not-ready");
    default_toleration(spec, "node.kubernetes.io/unreachable");
    if (before) {
        check_spec_update(spec, json_get(before, "spec"), faults);
        return;
    }
    cJSON *status = json_ensure(pod, "status");
    edge_default_str(status, "phase", "Pending");
    edge_default_str(status, "qosClass", qos_class(pod));
}
