#include "tests/screen/scene.h"

/* GPUs of all kinds: whole ones (one of them unhealthy), MIG instances, shared, AMD's and Intel's; with metrics-server and a DCGM
 * exporter on the first node. */

static void put_node(struct scene *scene, const char *name, const char *labels, const char *resources, const char *allocatable,
                     const char *spec)
{
    char *text = xasprintf("{'metadata': {'name': '%s', 'uid': 'node-%s', 'resourceVersion': '1', 'creationTimestamp':"
                           " '2026-02-20T12:00:00Z', 'labels': {%s}},"
                           " 'spec': {%s}, 'status': {'nodeInfo': {'kubeletVersion': 'v1.34.1'},"
                           " 'addresses': [{'type': 'InternalIP', 'address': '10.0.0.7'}],"
                           " 'capacity': {'cpu': '64', 'memory': '512Gi', 'pods': '110', %s},"
                           " 'allocatable': {'cpu': '64', 'memory': '512Gi', 'pods': '110', %s},"
                           " 'conditions': [{'type': 'Ready', 'status': 'True', 'reason': 'KubeletReady'}]}}",
                           name, name, labels, spec, resources, allocatable);
    scene_put(scene, SOURCE_NODES, text);
    free(text);
}

static void put_pod(struct scene *scene, const char *ns, const char *name, const char *node, const char *asks)
{
    char *text = xasprintf("{'metadata': {'name': '%s', 'namespace': '%s', 'uid': 'uid-%s', 'resourceVersion': '1',"
                           " 'creationTimestamp': '2026-03-01T09:00:00Z'}, 'spec': {'nodeName': '%s', 'containers': [{'name': 'main',"
                           " 'image': 'i', 'resources': {'requests': {%s}}}]}, 'status': {'phase': 'Running', 'conditions':"
                           " [{'type': 'Ready', 'status': 'True'}], 'containerStatuses': [{'name': 'main', 'ready': true,"
                           " 'restartCount': 0, 'state': {'running': {'startedAt': '2026-03-01T09:00:03Z'}}}]}}",
                           name, ns, name, node, asks);
    scene_put(scene, SOURCE_PODS, text);
    free(text);
}

#define GPU(n, pod)                                                                                                    \
    "{gpu=\"" n "\",UUID=\"GPU-" n "\",modelName=\"NVIDIA A100-SXM4-40GB\",Hostname=\"a100-1\",container=\"main\",namespace=\"lab\",pod=\"" pod "\"}"
static const char dcgm[] =
    "DCGM_FI_DEV_GPU_UTIL" GPU("0", "training-0") " 97\nDCGM_FI_DEV_FB_USED" GPU("0", "training-0") " 38120\n"
    "DCGM_FI_DEV_FB_FREE" GPU("0", "training-0") " 2216\nDCGM_FI_DEV_GPU_TEMP" GPU("0", "training-0") " 71\n"
    "DCGM_FI_DEV_POWER_USAGE" GPU("0", "training-0") " 388.2\nDCGM_FI_DEV_XID_ERRORS" GPU("0", "training-0") " 0\n"
    "DCGM_FI_DEV_GPU_UTIL" GPU("1", "notebook-0") " 0\nDCGM_FI_DEV_FB_USED" GPU("1", "notebook-0") " 612\n"
    "DCGM_FI_DEV_FB_FREE" GPU("1", "notebook-0") " 39724\nDCGM_FI_DEV_GPU_TEMP" GPU("1", "notebook-0") " 34\n"
    "DCGM_FI_DEV_POWER_USAGE" GPU("1", "notebook-0") " 54.7\n"
    "DCGM_FI_DEV_GPU_UTIL" GPU("2", "") " 0\nDCGM_FI_DEV_XID_ERRORS" GPU("2", "") " 79\n";

static void put_usage(struct scene *scene)
{
    static const char nodes[] = "{\"items\":[{\"metadata\":{\"name\":\"a100-1\"},\"usage\":{\"cpu\":\"41250m\",\"memory\":\"201Gi\"}},"
                                "{\"metadata\":{\"name\":\"mig-1\"},\"usage\":{\"cpu\":\"800m\",\"memory\":\"12Gi\"}}]}";
    static const char pods[] = "{\"items\":[{\"metadata\":{\"name\":\"training-0\",\"namespace\":\"lab\"},\"containers\":["
                               "{\"name\":\"main\",\"usage\":{\"cpu\":\"40100m\",\"memory\":\"190Gi\"}}]}]}";
    struct err err = ERR_INIT;
    cJSON *node_list = json_parse(nodes, strlen(nodes), &err), *pod_list = json_parse(pods, strlen(pods), &err);
    usage_read(&scene->usage, USAGE_NODES, node_list);
    usage_read(&scene->usage, USAGE_PODS, pod_list);
    cJSON_Delete(node_list);
    cJSON_Delete(pod_list);
    struct dcgm_node *gpus = xcalloc(1, sizeof *gpus);
    int64_t now = loop_now(scene->model.loop);
    dcgm_read(gpus, dcgm, strlen(dcgm), now - 14 * 60 * NSEC_PER_SEC, 0);
    dcgm_read(gpus, dcgm, strlen(dcgm), now, INT64_MAX);
    map_put(&scene->usage.gpus, "a100-1", gpus);
    scene->usage.known[USAGE_GPUS] = true;
    scene->model.usage = &scene->usage;
}

void scene_put_gpus(struct scene *scene)
{
    scene->model.simulated = false;
    put_node(scene, "a100-1", "'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB', 'nvidia.com/gpu.replicas': '1'",
             "'nvidia.com/gpu': '4'", "'nvidia.com/gpu': '3'",
             "'taints': [{'key': 'nvidia.com/gpu', 'value': 'present', 'effect': 'NoSchedule'}]");
    put_node(scene, "amd-1", "'amd.com/gpu.product-name': 'AMD_Instinct_MI300X'", "'amd.com/gpu': '2'", "'amd.com/gpu': '2'",
             "'unschedulable': true, 'taints': [{'key': 'node.kubernetes.io/unschedulable', 'effect': 'NoSchedule'}]");
    put_node(scene, "intel-1", "'a': 'b'", "'gpu.intel.com/i915': '1'", "'gpu.intel.com/i915': '1'", "");
    put_node(scene, "mig-1", "'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB'",
             "'nvidia.com/mig-1g.5gb': '4', 'nvidia.com/mig-3g.20gb': '1'",
             "'nvidia.com/mig-1g.5gb': '4', 'nvidia.com/mig-3g.20gb': '1'", "");
    put_node(scene, "plane-1", "'node-role.kubernetes.io/control-plane': ''", "'hugepages-2Mi': '0'", "'hugepages-2Mi': '0'",
             "'taints': [{'key': 'node-role.kubernetes.io/control-plane', 'effect': 'NoSchedule'}]");
    put_node(scene, "shared-1", "'nvidia.com/gpu.product': 'Tesla-T4-SHARED', 'nvidia.com/gpu.replicas': '10'",
             "'nvidia.com/gpu': '10'", "'nvidia.com/gpu': '10'", "");
    put_pod(scene, "lab", "training-0", "a100-1", "'cpu': '48', 'memory': '200Gi', 'nvidia.com/gpu': '1'");
    put_pod(scene, "lab", "notebook-0", "a100-1", "'cpu': '2', 'memory': '8Gi', 'nvidia.com/gpu': '1'");
    put_pod(scene, "kube-system", "node-agent-x2k4p", "a100-1", "'cpu': '250m', 'memory': '128Mi'");
    put_pod(scene, "media", "object-detect-0", "mig-1", "'cpu': '500m', 'nvidia.com/mig-1g.5gb': '1'");
    put_pod(scene, "media", "counter-0", "shared-1", "'cpu': '500m', 'nvidia.com/gpu': '1'");
    put_usage(scene);
}
