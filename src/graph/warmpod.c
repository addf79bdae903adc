#include "graph/warmpod.h"

#include "graph/pod.h"

/* Nobody's image is run to pull it: not every one has a shell, and what its own program does, even for "--version", is not
 * known here. The kubelet pulls before it looks for the command, so one that no image has ends the pod at once, with the
 * image there. */
#define COMMAND "/patchbay-warm"

static cJSON *container(const struct graph_thing *thing)
{
    cJSON *c = cJSON_CreateObject();
    json_set_str(c, "name", "warm");
    json_set_str(c, "image", thing->entry->image);
    json_set_str(c, "imagePullPolicy", "IfNotPresent"); /* as the deployment has it */
    cJSON_AddItemToArray(cJSON_AddArrayToObject(c, "command"), cJSON_CreateString(COMMAND));
    /* Not nothing: a quota may want a figure. No GPU: an occupied one is no reason not to pull. */
    json_set_str(c, "resources.requests.cpu", "1m");
    json_set_str(c, "resources.requests.memory", "1Mi");
    pod_restrict_container(c);
    return c;
}

/* By affinity, not spec.nodeName: the scheduler and what admits pods have their say, as with the deployment. */
static void pin(cJSON *spec, const char *node)
{
    cJSON *terms = cJSON_AddArrayToObject(
        json_ensure(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"), "nodeSelectorTerms");
    cJSON *term = cJSON_CreateObject(), *field = cJSON_CreateObject();
    json_set_str(field, "key", "metadata.name");
    json_set_str(field, "operator", "In");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(field, "values"), cJSON_CreateString(node));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(term, "matchFields"), field);
    cJSON_AddItemToArray(terms, term);
}

char *warmpod_prefix(const char *run)
{
    return xasprintf("patchbay-warm-%.10s-", run);
}

cJSON *warmpod_make(const struct graph *graph, size_t index, const char *node, int64_t seconds, const char *run,
                    const char *holder)
{
    const struct graph_thing *thing = &graph->things[index];
    cJSON *pod = cJSON_CreateObject();
    json_set_str(pod, "apiVersion", "v1");
    json_set_str(pod, "kind", "Pod");
    char *prefix = warmpod_prefix(run);
    json_set_str(pod, "metadata.generateName", prefix);
    free(prefix);
    json_set_str(pod, "metadata.namespace", graph->ns);
    cJSON *labels = json_ensure(pod, "metadata.labels");
    cJSON_AddStringToObject(labels, "app.kubernetes.io/managed-by", "patchbay");
    cJSON_AddStringToObject(labels, WARM_LABEL, graph->name);
    cJSON_AddStringToObject(json_ensure(pod, "metadata.annotations"), WARM_HOLDER, holder);
    cJSON *spec = json_ensure(pod, "spec");
    json_set_int(spec, "activeDeadlineSeconds", MAX(seconds, 1));
    pin(spec, node);
    json_set_bool(spec, "automountServiceAccountToken", false);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(spec, "containers"), container(thing));
    json_set_bool(spec, "enableServiceLinks", false);
    pod_copy(spec, thing, "imagePullSecrets");
    json_set_str(spec, "restartPolicy", "Never");
    pod_copy(spec, thing, "runtimeClassName");
    pod_restrict(spec);
    json_set_int(spec, "terminationGracePeriodSeconds", 0); /* nothing runs in it: deleted is gone */
    pod_copy(spec, thing, "tolerations");
    return pod;
}
