#include "edge/seed.h"

#include <sys/utsname.h>

#include "base/time.h"
#include "edge/agent.h"

static int make(struct edge_store *store, const char *kind, cJSON *json, struct err *err)
{
    int status;
    return edge_store_create(store, edge_kind_by_name(kind), json, &status, err) ? 0 : -1;
}

static cJSON *condition(const char *type, const char *status, const char *reason, const char *message, int64_t now)
{
    char text[TIME_TEXT];
    cJSON *json = cJSON_CreateObject();
    time_format(text, now, 0);
    json_set_str(json, "type", type);
    json_set_str(json, "status", status);
    json_set_str(json, "lastHeartbeatTime", text);
    json_set_str(json, "lastTransitionTime", text);
    json_set_str(json, "reason", reason);
    json_set_str(json, "message", message);
    return json;
}

static cJSON *address(const char *type, const char *value)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "type", type);
    json_set_str(json, "address", value);
    return json;
}

/* Every node is this machine, and says so: cpu and memory are the machine's. */
static cJSON *resources(void)
{
    cJSON *json = cJSON_CreateObject();
    char text[32];
    snprintf(text, sizeof text, "%ld", MAX(sysconf(_SC_NPROCESSORS_ONLN), 1L));
    cJSON_AddStringToObject(json, "cpu", text);
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    snprintf(text, sizeof text, "%" PRId64 "Ki", MAX(pages, 1) * (page / 1024));
    cJSON_AddStringToObject(json, "memory", text);
    cJSON_AddStringToObject(json, "nvidia.com/gpu", "1");
    cJSON_AddStringToObject(json, "pods", "110");
    return json;
}

static cJSON *node_info(void)
{
    struct utsname u = {0};
    uname(&u);
    cJSON *info = cJSON_CreateObject();
    const char *arch = str_eq(u.machine, "x86_64") ? "amd64" : str_eq(u.machine, "aarch64") ? "arm64" : u.machine;
    json_set_str(info, "machineID", "");
    json_set_str(info, "systemUUID", "");
    json_set_str(info, "bootID", "");
    json_set_str(info, "kernelVersion", u.release);
    json_set_str(info, "osImage", "patchbay-edge (local processes)");
    json_set_str(info, "containerRuntimeVersion", "patchbay-edge://" PACKAGE_VERSION);
    json_set_str(info, "kubeletVersion", "v1.34.0+patchbay-edge");
    json_set_str(info, "kubeProxyVersion", "");
    json_set_str(info, "operatingSystem", "linux");
    json_set_str(info, "architecture", arch);
    return info;
}

static void add_labels(cJSON *node, const char *name)
{
    cJSON *labels = json_ensure(node, "metadata.labels");
    cJSON_AddStringToObject(labels, "kubernetes.io/hostname", name);
    cJSON_AddStringToObject(labels, "kubernetes.io/os", "linux");
    cJSON_AddStringToObject(labels, "kubernetes.io/arch", json_str_or(node, "status.nodeInfo.architecture", ""));
    cJSON_AddStringToObject(labels, "nvidia.com/gpu.present", "true");
    cJSON_AddStringToObject(labels, "nvidia.com/gpu.product", EDGE_GPU_PRODUCT);
    cJSON_AddStringToObject(labels, "nvidia.com/gpu.count", "1");
    cJSON_AddStringToObject(json_ensure(node, "metadata.annotations"), "patchbay.dev/simulated", "true");
}

static int make_node(struct edge_store *store, const struct edge_net *net, int number, struct err *err)
{
    char name[16], ip[32];
    int64_t now = loop_wall(edge_store_loop(store));
    cJSON *node = cJSON_CreateObject();
    snprintf(name, sizeof name, "gpu-%d", number);
    snprintf(ip, sizeof ip, "127.%d.%d.1", net->x, number);
    json_set_str(node, "metadata.name", name);
    json_set(node, "status.capacity", resources());
    json_set(node, "status.allocatable", resources());
    json_set(node, "status.nodeInfo", node_info());
    json_set(node, "status.images", edge_images_status());
    add_labels(node, name);
    cJSON *list = cJSON_CreateArray();
    cJSON_AddItemToArray(list, address("InternalIP", ip));
    cJSON_AddItemToArray(list, address("Hostname", name));
    json_set(node, "status.addresses", list);
    list = cJSON_CreateArray();
    cJSON_AddItemToArray(list, condition("MemoryPressure", "False", "KubeletHasSufficientMemory",
                                         "kubelet has sufficient memory available", now));
    cJSON_AddItemToArray(
        list, condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now));
    cJSON_AddItemToArray(list, condition("PIDPressure", "False", "KubeletHasSufficientPID",
                                         "kubelet has sufficient PID available", now));
    cJSON_AddItemToArray(list, condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now));
    json_set(node, "status.conditions", list);
    char provider[48];
    snprintf(provider, sizeof provider, "patchbay-edge://%s", name);
    json_set_str(node, "spec.providerID", provider);
    return make(store, "Node", node, err);
}

int edge_seed(struct edge_store *store, const struct edge_net *net, struct err *err)
{
    static const char *const namespaces[] = {"default", "kube-node-lease", "kube-public", "kube-system"};
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
        cJSON *ns = cJSON_CreateObject();
        json_set_str(ns, "metadata.name", namespaces[i]);
        if (make(store, "Namespace", ns, err) < 0)
            return -1;
    }
    for (int i = 1; i <= EDGE_NODES; i++)
        if (make_node(store, net, i, err) < 0)
            return -1;
    return 0;
}

void edge_seed_renew(struct edge_store *store)
{
    const struct edge_kind *leases = edge_kind_by_name("Lease");
    const struct edge_kind *nodes = edge_kind_by_name("Node");
    char now[TIME_TEXT];
    int status;
    struct err err = ERR_INIT;
    time_format(now, loop_wall(edge_store_loop(store)), 6);
    for (const struct edge_object *n = edge_store_first(store, nodes, NULL); n; n = edge_store_next(n, NULL)) {
        const char *name = json_str_or(n->json, "metadata.name", "");
        const struct edge_object *there = edge_store_find(store, leases, "kube-node-lease", name);
        cJSON *lease = there ? cJSON_Duplicate(there->json, true) : cJSON_CreateObject();
        json_set_str(lease, "metadata.name", name);
        json_set_str(lease, "metadata.namespace", "kube-node-lease");
        json_set_str(lease, "spec.holderIdentity", name);
        json_set_int(lease, "spec.leaseDurationSeconds", 40);
        json_set_str(lease, "spec.renewTime", now);
        if (there)
            edge_store_update(store, leases, lease, &status, &err);
        else
            edge_store_create(store, leases, lease, &status, &err);
    }
}
