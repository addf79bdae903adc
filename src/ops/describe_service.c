#include "net/url.h"
#include "ops/describe_kinds.h"

bool describe_slices(struct buf *path, const cJSON *object)
{
    const char *ns = json_str(object, "metadata.namespace"), *name = json_str(object, "metadata.name");
    if (!ns || !name)
        return false;
    buf_adds(path, "/apis/discovery.k8s.io/v1/namespaces/");
    url_escape(path, ns);
    buf_adds(path, "/endpointslices?limit=100&labelSelector=");
    url_escape(path, "kubernetes.io/service-name=");
    url_escape(path, name);
    return true;
}

/* Who answers behind it: by address, with the pod and whether it is ready. */
static void endpoints(struct words *w, const struct describe_of *of)
{
    struct words_table table = {.columns = 4};
    const cJSON *slice, *endpoint, *address, *port;
    if (of->related_why && *of->related_why) {
        words_linef(w, "Endpoints", "not known: %s", of->related_why);
        return;
    }
    cJSON_ArrayForEach (slice, json_array(of->related, "items")) {
        struct buf ports;
        buf_init(&ports, 1024);
        cJSON_ArrayForEach (port, json_array(slice, "ports"))
            buf_addf(&ports, "%s%" PRId64, ports.len ? "," : "", json_int(port, "port", 0));
        cJSON_ArrayForEach (endpoint, json_array(slice, "endpoints"))
            cJSON_ArrayForEach (address, json_array(endpoint, "addresses")) {
                char text[128];
                snprintf(text, sizeof text, "%.60s:%.60s", cJSON_IsString(address) ? address->valuestring : "", ports.data);
                words_cell(&table, text);
                words_cell(&table, json_bool(endpoint, "conditions.ready", true) ? "ready" : "not ready");
                words_cell(&table, json_str_or(endpoint, "targetRef.name", ""));
                words_cell(&table, json_str_or(endpoint, "nodeName", ""));
            }
        buf_release(&ports);
    }
    if (!table.count) {
        words_line(w, "Endpoints", "<none>: no pod that it selects has an address");
        return;
    }
    words_begin(w, "Endpoints");
    words_table(w, &table);
    words_end(w);
}

void describe_service(struct words *w, const struct describe_of *of)
{
    const cJSON *spec = json_object(of->object, "spec"), *item;
    char room[64];
    words_map(w, "Selector", json_object(spec, "selector"), "=");
    words_line(w, "Type", json_str(spec, "type"));
    words_line(w, "IP", json_str(spec, "clusterIP"));
    words_if(w, "External Name", json_str(spec, "externalName"));
    words_if(w, "Load Balancer IP", json_str(spec, "loadBalancerIP"));
    cJSON_ArrayForEach (item, json_array(of->object, "status.loadBalancer.ingress"))
        words_if(w, "Load Balancer", json_str_or(item, "ip", json_str_or(item, "hostname", "")));
    cJSON_ArrayForEach (item, json_array(spec, "ports")) {
        const char *name = json_str(item, "name"), *target = words_scalar(room, sizeof room, json_get(item, "targetPort"));
        words_linef(w, "Port", "%s%s%" PRId64 "/%s%s%s", str_or_empty(name), name ? " " : "", json_int(item, "port", 0),
                    json_str_or(item, "protocol", "TCP"), *target ? " to " : "", target);
        if (json_get(item, "nodePort"))
            words_linef(w, "Node Port", "%" PRId64, json_int(item, "nodePort", 0));
    }
    endpoints(w, of);
    words_if(w, "Session Affinity", json_str(spec, "sessionAffinity"));
    words_if(w, "Traffic Policy", json_str(spec, "externalTrafficPolicy"));
}
