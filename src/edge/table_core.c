/* The columns of nodes, namespaces, services, endpoints, config maps and events. */
#include "edge/table.h"

#include "base/time.h"

#define NAME                                                                   \
    {                                                                          \
        "Name", "string", "name", 0, "Name must be unique within a namespace." \
    }
#define AGE                                                 \
    {                                                       \
        "Age", "string", "", 0, "When the object was made." \
    }

const struct edge_column edge_node_columns[] = {
    NAME,
    {"Status", "string", "", 0, "The status of the node"},
    {"Roles", "string", "", 0, "The roles of the node"},
    AGE,
    {"Version", "string", "", 0, "Version reported by the node's agent."},
    {"Internal-IP", "string", "", 1, "Addresses reachable to the node."},
    {"External-IP", "string", "", 1, "Addresses reachable to the node from outside."},
    {"OS-Image", "string", "", 1, "OS image reported by the node."},
    {"Kernel-Version", "string", "", 1, "Kernel version reported by the node."},
    {"Container-Runtime", "string", "", 1, "Container runtime reported by the node."},
    {0},
};

static void node_status(const cJSON *node, cJSON *cells)
{
    const char *ready = NULL;
    const cJSON *c;
    cJSON_ArrayForEach (c, json_array(node, "status.conditions"))
        if (str_eq(json_str(c, "type"), "Ready"))
            ready = json_str_or(c, "status", "");
    char text[64];
    snprintf(text, sizeof text, "%s%s",
             !ready                  ? "Unknown"
             : strcmp(ready, "True") ? "NotReady"
                                     : "Ready",
             json_bool(node, "spec.unschedulable", false) ? ",SchedulingDisabled" : "");
    edge_cell(cells, text);
}

static void node_roles(const cJSON *node, cJSON *cells)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    struct buf text;
    buf_init(&text, 1024);
    const cJSON *label;
    cJSON_ArrayForEach (label, json_object(node, "metadata.labels")) {
        const char *role = NULL;
        if (str_starts(label->string, prefix) && label->string[sizeof prefix - 1])
            role = label->string + sizeof prefix - 1;
        else if (str_eq(label->string, "kubernetes.io/role") && cJSON_IsString(label) && *label->valuestring)
            role = label->valuestring;
        if (role)
            buf_addf(&text, "%s%s", text.len ? "," : "", role);
    }
    edge_cell(cells, text.len ? text.data : "<none>");
    buf_release(&text);
}

static const char *node_address(const cJSON *node, const char *type)
{
    const cJSON *a;
    cJSON_ArrayForEach (a, json_array(node, "status.addresses"))
        if (str_eq(json_str(a, "type"), type))
            return json_str_or(a, "address", "<none>");
    return "<none>";
}

void edge_node_cells(const cJSON *node, int64_t now_wall, cJSON *cells)
{
    edge_cell(cells, json_str_or(node, "metadata.name", ""));
    node_status(node, cells);
    node_roles(node, cells);
    edge_cell_age(cells, node, "metadata.creationTimestamp", now_wall);
    edge_cell(cells, json_str_or(node, "status.nodeInfo.kubeletVersion", ""));
    edge_cell(cells, node_address(node, "InternalIP"));
    edge_cell(cells, node_address(node, "ExternalIP"));
    edge_cell(cells, json_str_or(node, "status.nodeInfo.osImage", "<unknown>"));
    edge_cell(cells, json_str_or(node, "status.nodeInfo.kernelVersion", "<unknown>"));
    edge_cell(cells, json_str_or(node, "status.nodeInfo.containerRuntimeVersion", "<unknown>"));
}

const struct edge_column edge_namespace_columns[] = {
    NAME,
    {"Status", "string", "", 0, "The status of the namespace"},
    AGE,
    {0},
};

void edge_namespace_cells(const cJSON *ns, int64_t now_wall, cJSON *cells)
{
    edge_cell(cells, json_str_or(ns, "metadata.name", ""));
    edge_cell(cells, json_str_or(ns, "status.phase", ""));
    edge_cell_age(cells, ns, "metadata.creationTimestamp", now_wall);
}

const struct edge_column edge_service_columns[] = {
    NAME,
    {"Type", "string", "", 0, "How the service is exposed."},
    {"Cluster-IP", "string", "", 0, "The virtual address of the service."},
    {"External-IP", "string", "", 0, "Addresses from outside."},
    {"Port(s)", "string", "", 0, "The ports of the service."},
    AGE,
    {"Selector", "string", "", 1, "The labels of the pods it leads to."},
    {0},
};

void edge_service_cells(const cJSON *service, int64_t now_wall, cJSON *cells)
{
    struct buf ports;
    buf_init(&ports, 1024);
    const cJSON *p;
    cJSON_ArrayForEach (p, json_array(service, "spec.ports")) {
        buf_addf(&ports, "%s%" PRId64, ports.len ? "," : "", json_int(p, "port", 0));
        if (json_int(p, "nodePort", 0))
            buf_addf(&ports, ":%" PRId64, json_int(p, "nodePort", 0));
        buf_addf(&ports, "/%s", json_str_or(p, "protocol", "TCP"));
    }
    const char *type = json_str_or(service, "spec.type", "ClusterIP");
    const char *external = json_str(cJSON_GetArrayItem(json_array(service, "spec.externalIPs"), 0), "");
    if (!external)
        external = str_eq(type, "LoadBalancer") ? "<pending>" : json_str_or(service, "spec.externalName", "<none>");
    edge_cell(cells, json_str_or(service, "metadata.name", ""));
    edge_cell(cells, type);
    edge_cell(cells, json_str_or(service, "spec.clusterIP", "<none>"));
    edge_cell(cells, external);
    edge_cell(cells, ports.len ? ports.data : "<none>");
    edge_cell_age(cells, service, "metadata.creationTimestamp", now_wall);
    edge_cell_labels(cells, json_object(service, "spec.selector"));
    buf_release(&ports);
}

const struct edge_column edge_endpoints_columns[] = {
    NAME,
    {"Endpoints", "string", "", 0, "The addresses and ports of the ready pods."},
    AGE,
    {0},
};

/* Three at most, as kubectl shows them, then how many more there are. */
void edge_endpoints_cells(const cJSON *endpoints, int64_t now_wall, cJSON *cells)
{
    struct buf text;
    buf_init(&text, 1024);
    int count = 0;
    const cJSON *subset, *address, *port;
    cJSON_ArrayForEach (subset, json_array(endpoints, "subsets"))
        cJSON_ArrayForEach (address, json_array(subset, "addresses")) {
            const cJSON *ports = json_array(subset, "ports");
            if (!ports && count++ < 3)
                buf_addf(&text, "%s%s", text.len ? "," : "", json_str_or(address, "ip", ""));
            cJSON_ArrayForEach (port, ports)
                if (count++ < 3)
                    buf_addf(&text, "%s%s:%" PRId64, text.len ? "," : "", json_str_or(address, "ip", ""),
                             json_int(port, "port", 0));
        }
    if (count > 3)
        buf_addf(&text, " + %d more...", count - 3);
    edge_cell(cells, json_str_or(endpoints, "metadata.name", ""));
    edge_cell(cells, text.len ? text.data : "<none>");
    edge_cell_age(cells, endpoints, "metadata.creationTimestamp", now_wall);
    buf_release(&text);
}

const struct edge_column edge_configmap_columns[] = {
    NAME,
    {"Data", "string", "", 0, "How many entries it has."},
    AGE,
    {0},
};

void edge_configmap_cells(const cJSON *map, int64_t now_wall, cJSON *cells)
{
    char text[16];
    snprintf(text, sizeof text, "%d",
             cJSON_GetArraySize(json_get(map, "data")) + cJSON_GetArraySize(json_get(map, "binaryData")));
    edge_cell(cells, json_str_or(map, "metadata.name", ""));
    edge_cell(cells, text);
    edge_cell_age(cells, map, "metadata.creationTimestamp", now_wall);
}

const struct edge_column edge_event_columns[] = {
    {"Last Seen", "string", "", 0, "When it was said last."},
    {"Type", "string", "", 0, "Normal or Warning."},
    {"Reason", "string", "", 0, "A word on what happened."},
    {"Object", "string", "", 0, "The object it is about."},
    {"Subobject", "string", "", 1, "The part of the object."},
    {"Source", "string", "", 1, "Who said it."},
    {"Message", "string", "", 0, "What happened."},
    {"First Seen", "string", "", 1, "When it was said first."},
    {"Count", "string", "", 1, "How often."},
    {"Name", "string", "name", 1, "Name must be unique within a namespace."},
    {0},
};

static void since(cJSON *cells, int64_t at, int64_t now_wall)
{
    char age[TIME_TEXT];
    edge_cell(cells, at ? time_age(age, MAX(now_wall - at, 0)) : "<unknown>");
}

void edge_event_cells(const cJSON *event, int64_t now_wall, cJSON *cells)
{
    int64_t first = json_time(event, "firstTimestamp"), last = json_time(event, "lastTimestamp");
    if (!first)
        first = json_time(event, "eventTime");
    if (!last)
        last = first;
    int64_t count = json_int(event, "count", 0);
    if (json_object(event, "series")) {
        last = json_time(event, "series.lastObservedTime");
        count = json_int(event, "series.count", 0);
    }
    char text[512];
    since(cells, last, now_wall);
    edge_cell(cells, json_str_or(event, "type", ""));
    edge_cell(cells, json_str_or(event, "reason", ""));
    const char *kind = json_str_or(event, "involvedObject.kind", ""),
               *name = json_str_or(event, "involvedObject.name", "");
    snprintf(text, sizeof text, "%s%s%s", kind, *name ? "/" : "", name);
    for (char *c = text; *c && *c != '/'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    edge_cell(cells, text);
    edge_cell(cells, json_str_or(event, "involvedObject.fieldPath", ""));
    const char *component = json_str_or(event, "source.component", json_str_or(event, "reportingComponent", ""));
    const char *host = json_str_or(event, "source.host", "");
    snprintf(text, sizeof text, "%s%s%s", component, *host ? ", " : "", host);
    edge_cell(cells, text);
    edge_cell(cells, json_str_or(event, "message", ""));
    since(cells, first, now_wall);
    snprintf(text, sizeof text, "%" PRId64, MAX(count, 1));
    edge_cell(cells, text);
    edge_cell(cells, json_str_or(event, "metadata.name", ""));
}
