#include "ops/usage.h"

#include <math.h>

#include "k8s/kinds/node.h"
#include "ops/devices.h"
#include "ops/gpu_words.h"
#include "ops/load.h"
#include "ops/node_room.h"
#include "tests/unit/ops_test.h"

/* As metrics-server 0.7 answers. */
static const char node_metrics[] =
    "{\"kind\":\"NodeMetricsList\",\"apiVersion\":\"metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":["
    "{\"metadata\":{\"name\":\"gpu-1\",\"creationTimestamp\":\"2025-03-01T10:00:07Z\",\"labels\":{\"kubernetes.io/hostname\":"
    "\"gpu-1\"}},\"timestamp\":\"2025-03-01T09:59:52Z\",\"window\":\"20.046s\",\"usage\":{\"cpu\":\"1734910174n\",\"memory\":"
    "\"1518708Ki\"}},"
    "{\"metadata\":{\"name\":\"gpu-2\"},\"timestamp\":\"2025-03-01T09:59:52Z\",\"window\":\"20s\",\"usage\":{\"cpu\":\"0\"}}]}";
static const char pod_metrics[] =
    "{\"kind\":\"PodMetricsList\",\"apiVersion\":\"metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":"
    "\"camera-1\",\"namespace\":\"media\",\"creationTimestamp\":\"2025-03-01T10:00:07Z\"},\"timestamp\":\"2025-03-01T09:59:58Z\","
    "\"window\":\"14.9s\",\"containers\":[{\"name\":\"camera\",\"usage\":{\"cpu\":\"250m\",\"memory\":\"64Mi\"}},{\"name\":"
    "\"sidecar\",\"usage\":{\"cpu\":\"1500000n\",\"memory\":\"1Mi\"}}]}]}";

static void take(struct usage *usage, enum usage_part part, const char *text)
{
    struct err err = ERR_INIT;
    cJSON *json = json_parse(text, strlen(text), &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    usage_read(usage, part, json);
    cJSON_Delete(json);
}

START_TEST(metrics_server)
{
    struct usage usage = {0};
    struct record *pod = record_of(&kind_pod, "{'metadata':{'name':'camera-1','namespace':'media','uid':'u','resourceVersion':'1'}}");
    ck_assert_ptr_null(usage_of_node(&usage, "gpu-1"));
    ck_assert_ptr_null(usage_of_node(NULL, "gpu-1"));
    take(&usage, USAGE_NODES, node_metrics);
    const struct usage_amount *amount = usage_of_node(&usage, "gpu-1");
    ck_assert_int_eq(amount->cpu_milli, 1735);
    ck_assert_int_eq(amount->memory, INT64_C(1518708) * 1024);
    ck_assert_int_eq(usage_of_node(&usage, "gpu-2")->memory, -1); /* not told is not 0 */
    ck_assert_ptr_null(usage_of_node(&usage, "gpu-3"));
    ck_assert_ptr_null(usage_of(&usage, (const struct pod *)pod));
    take(&usage, USAGE_PODS, pod_metrics);
    amount = usage_of(&usage, (const struct pod *)pod);
    ck_assert_int_eq(amount->cpu_milli, 252);
    ck_assert_int_eq(amount->memory, INT64_C(65) << 20);
    record_unref(pod);
    usage_release(&usage);
}
END_TEST

/* As DCGM exporter 3.3 prints it: a whole GPU with a pod, one that nobody has, one in two MIG instances. */
#define WHOLE(gpu, id) "{gpu=\"" gpu "\",UUID=\"GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e5" gpu "\",pci_bus_id=\"00000000:07:00.0\",device=\"nvidia" gpu \
    "\",modelName=\"NVIDIA A100-SXM4-40GB\",Hostname=\"gpu-1\",DCGM_FI_DRIVER_VERSION=\"550.54.15\"" id "}"
#define POD ",container=\"detect\",namespace=\"media\",pod=\"object-detect-1\""
#define NOBODY ",container=\"\",namespace=\"\",pod=\"\""
#define MIG(id) ",GPU_I_PROFILE=\"1g.5gb\",GPU_I_ID=\"" id "\""
static const char busy[] =
    "# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).\n"
    "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n"
    "DCGM_FI_DEV_GPU_UTIL" WHOLE("0", POD) " 87\n"
    "DCGM_FI_DEV_GPU_UTIL" WHOLE("1", NOBODY) " 0\n"
    "# HELP DCGM_FI_DEV_FB_FREE Framebuffer memory free (in MiB).\n"
    "# TYPE DCGM_FI_DEV_FB_FREE gauge\n"
    "DCGM_FI_DEV_FB_FREE" WHOLE("0", POD) " 8123\n"
    "DCGM_FI_DEV_FB_USED" WHOLE("0", POD) " 32213\n"
    "DCGM_FI_DEV_GPU_TEMP" WHOLE("0", POD) " 64\n"
    "DCGM_FI_DEV_POWER_USAGE" WHOLE("0", POD) " 311.204000\n"
    "DCGM_FI_DEV_XID_ERRORS" WHOLE("0", POD) " 0\n"
    "DCGM_FI_DEV_XID_ERRORS" WHOLE("1", NOBODY ",err_code=\"79\",err_msg=\"GPU has fallen off the bus\"") " 79\n"
    "DCGM_FI_DEV_MEMORY_TEMP" WHOLE("1", NOBODY) " 9223372036854775794\n"
    "DCGM_FI_DEV_GPU_TEMP" WHOLE("1", NOBODY) " 9223372036854775794\n"
    "DCGM_FI_DEV_FB_USED" WHOLE("2", MIG("13")) " 10\n"
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE" WHOLE("2", MIG("13")) " 0.995687\n"
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE" WHOLE("2", MIG("7")) " 0.000000\n"
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE" WHOLE("0", POD) " 0.5\n"
    "DCGM_FI_DEV_GPU_UTIL{modelName=\"NVIDIA A100-SXM4-40GB\"} 5\n";

START_TEST(dcgm_exporter)
{
    struct dcgm_node node = {0};
    dcgm_read(&node, busy, strlen(busy), 100 * NSEC_PER_SEC, NSEC_PER_SEC);
    ck_assert_uint_eq(node.count, 4);
    const struct dcgm_gpu *gpu = &node.gpus[0];
    ck_assert_str_eq(gpu->index, "0");
    ck_assert_str_eq(gpu->model, "NVIDIA A100-SXM4-40GB");
    ck_assert(gpu->util == 87 && gpu->used == 32213 && gpu->free == 8123 && gpu->temp == 64 && gpu->xid == 0);
    ck_assert(fabs(gpu->power - 311.204) < 1e-6);
    ck_assert_uint_eq(gpu->pod_count, 1);
    ck_assert_ptr_eq(dcgm_of_pod(&node, "media", "object-detect-1", NULL), gpu);
    ck_assert_ptr_null(dcgm_of_pod(&node, "media", "object-detect-1", gpu));
    gpu = &node.gpus[1];
    ck_assert(gpu->util == 0 && isnan(gpu->temp) && isnan(gpu->used) && gpu->xid == 79 && !gpu->pod_count);
    ck_assert_str_eq(dcgm_xid_words(gpu->xid), "the GPU has fallen off the bus");
    ck_assert_str_eq(dcgm_xid_words(4711), "");
    ck_assert_str_eq(node.gpus[2].instance, "7"); /* in the order of their numbers */
    ck_assert_str_eq(node.gpus[3].profile, "1g.5gb");
    ck_assert(fabs(node.gpus[3].util - 99.5687) < 1e-6 && node.gpus[3].xid == -1);
    ck_assert(fabs(usage_gpu_mean(&node) - (87 + 0 + 99.5687 + 0) / 4) < 1e-6);
    ck_assert(isnan(usage_gpu_mean(NULL)));
    dcgm_release(&node);
}
END_TEST

static void util(struct dcgm_node *node, int value, double at)
{
    char *text = xasprintf("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-a\"} %d\n", value);
    dcgm_read(node, text, strlen(text), (int64_t)(at * 1e9), 60 * NSEC_PER_SEC);
    free(text);
}

/* Since when it does nothing: what was not looked at may have been anything. */
START_TEST(idle_since)
{
    struct dcgm_node node = {0};
    util(&node, 3, 100);
    ck_assert_int_eq(node.gpus[0].idle_since, 0);
    util(&node, 0, 130);
    util(&node, 0, 160);
    util(&node, 0, 220);
    ck_assert_int_eq(node.gpus[0].idle_since, 130 * NSEC_PER_SEC);
    util(&node, 1, 230);
    util(&node, 0, 240);
    ck_assert_int_eq(node.gpus[0].idle_since, 240 * NSEC_PER_SEC);
    util(&node, 0, 400);
    ck_assert_int_eq(node.gpus[0].idle_since, 400 * NSEC_PER_SEC);
    dcgm_release(&node);
}
END_TEST

static int told;

static void on_load(void *data)
{
    (void)data;
    told++;
}

#define POD_ON(name, node, cpu, phase)                                                                                 \
    "{'metadata':{'name':'" name "','namespace':'media','uid':'u-" name "','resourceVersion':'" cpu phase "'},'spec':{'nodeName':'"  \
    node "','containers':[{'name':'a','resources':{'requests':{'cpu':'" cpu "','memory':'1Gi'}}}]},'status':{'phase':'"        \
    phase "'}}"

START_TEST(load_is_kept)
{
    struct store *nodes = store_new(&kind_node), *pods = store_new(&kind_pod);
    store_json(nodes, "{'metadata':{'name':'gpu-1','uid':'n1','resourceVersion':'1'},'status':{'allocatable':{'cpu':'4','memory':"
                      "'8Gi','pods':'110'}}}");
    store_json(pods, POD_ON("a", "gpu-1", "500m", "Running"));
    struct load_ledger *ledger = load_ledger_new(nodes, pods, on_load, NULL);
    store_json(pods, POD_ON("b", "gpu-1", "1", "Running"));
    store_json(pods, POD_ON("c", "elsewhere", "1", "Running"));
    struct load load = load_of(ledger, "gpu-1"), of;
    ck_assert(load.cpu_milli == 1500 && load.memory == INT64_C(2) << 30 && load.pods == 2);
    int before = told;
    store_json(pods, "{'metadata':{'name':'b','namespace':'media','uid':'u-b','resourceVersion':'77','labels':{'x':'y'}},'spec':{"
                     "'nodeName':'gpu-1','containers':[{'name':'a','resources':{'requests':{'cpu':'1','memory':'1Gi'}}}]}}");
    ck_assert_int_eq(told, before); /* nothing that counts */
    load = ledger->asked;
    of = ledger->of;
    ck_assert(load.pods == 2 && of.cpu_milli == 4000 && of.memory == INT64_C(8) << 30 && of.pods == 110);
    store_json(pods, POD_ON("b", "gpu-1", "1", "Succeeded"));
    ck_assert_int_eq(load_of(ledger, "gpu-1").cpu_milli, 500);
    store_del(pods, "media", "a");
    ck_assert_int_eq(load_of(ledger, "gpu-1").pods, 0);
    store_json(nodes, "{'metadata':{'name':'gpu-1','uid':'n1','resourceVersion':'2'},'status':{'allocatable':{'cpu':'2'}}}");
    ck_assert(ledger->of.cpu_milli == 2000 && ledger->of.pods == 0);
    store_del(nodes, NULL, "gpu-1");
    ck_assert(ledger->of.cpu_milli == 0 && ledger->asked.pods == 0);
    store_json(nodes, "{'metadata':{'name':'elsewhere','uid':'n2','resourceVersion':'1'},'status':{'allocatable':{'cpu':'8'}}}");
    ck_assert(ledger->of.cpu_milli == 8000 && ledger->asked.cpu_milli == 1000);
    load_ledger_free(ledger);
    store_free(nodes);
    store_free(pods);
}
END_TEST

#define SLICE(name, generation, devices)                                                                                \
    "{'metadata':{'name':'" name "','uid':'" name "','resourceVersion':'1'},'spec':{'driver':'gpu.nvidia.com','pool':{'name':'gpu-1'," \
    "'generation':" generation ",'resourceSliceCount':1},'nodeName':'gpu-1','devices':[" devices "]}}"
#define DEVICE(name)                                                                                                   \
    "{'name':'" name "','attributes':{'productName':{'string':'NVIDIA A100-SXM4-40GB'},'type':{'string':'gpu'},'index':{'int':0}}," \
    "'capacity':{'memory':{'value':'40Gi'}}}"

/* As NVIDIA's driver of dynamic resource allocation offers GPUs, and the scheduler allocates one. */
START_TEST(devices_of_drivers)
{
    struct store *slices = store_new(&kind_resourceslice), *claims = store_new(&kind_resourceclaim);
    struct device_ledger *ledger = device_ledger_new(slices, claims, on_load, NULL);
    char user[300];
    ck_assert_ptr_null(device_ledger_node(ledger, "gpu-1"));
    ck_assert_ptr_null(device_ledger_node(NULL, "gpu-1"));
    store_json(slices, SLICE("old", "1", DEVICE("gpu-0") "," DEVICE("gpu-9")));
    store_json(slices, SLICE("new", "2", DEVICE("gpu-0") "," DEVICE("gpu-1")));
    store_json(claims, "{'metadata':{'name':'one-gpu','namespace':'media','uid':'c1','resourceVersion':'1'},'status':{'allocation':{"
                       "'devices':{'results':[{'request':'gpu','driver':'gpu.nvidia.com','pool':'gpu-1','device':'gpu-1'}]}},"
                       "'reservedFor':[{'resource':'pods','name':'object-detect-1','uid':'u1'}]}}");
    store_json(claims, "{'metadata':{'name':'monitor','namespace':'ops','uid':'c2','resourceVersion':'1'},'status':{'allocation':{"
                       "'devices':{'results':[{'driver':'gpu.nvidia.com','pool':'gpu-1','device':'gpu-0','adminAccess':true}]}}}}");
    const struct device_node *node = device_ledger_node(ledger, "gpu-1");
    ck_assert(node->count == 2 && node->used == 1 && !node->devices[0].claim);
    ck_assert_str_eq(device_product(&node->devices[1]), "NVIDIA A100-SXM4-40GB");
    ck_assert_int_eq(node->devices[1].device->memory, INT64_C(40) << 30);
    device_user(user, &node->devices[1]);
    ck_assert_str_eq(user, "media/object-detect-1");
    store_del(claims, "media", "one-gpu");
    size_t count, used;
    device_ledger_total(ledger, &count, &used);
    ck_assert(count == 2 && used == 0);
    device_ledger_free(ledger);
    store_free(slices);
    store_free(claims);
}
END_TEST

/* Why a node takes nothing, the worst first. */
START_TEST(room_in_words)
{
    struct record *record = record_of(&kind_node,
        "{'metadata':{'name':'n','uid':'n','resourceVersion':'1'},'spec':{'unschedulable':true,'taints':[{'key':'dedicated','value':'lab',"
        "'effect':'NoExecute'},{'key':'node.kubernetes.io/unschedulable','effect':'NoSchedule'},{'key':'nvidia.com/gpu','effect':"
        "'NoSchedule'},{'key':'spot','effect':'PreferNoSchedule'},{'key':'node.kubernetes.io/disk-pressure','effect':'NoSchedule'}]},"
        "'status':{'allocatable':{'cpu':'2','pods':'3'},'conditions':[{'type':'Ready','status':'True'}]}}");
    static const char *const wanted[] = {
        "cordoned: it takes no new pods until it is uncordoned",
        "short of disk: it takes no pods, and evicts some",
        "full: 3 of 3 pods",
        "taint dedicated=lab: it takes only pods that tolerate it, and the others leave",
        "kept for GPU work: it takes only pods that tolerate nvidia.com/gpu",
        "all CPU is requested: only pods that ask for none fit",
        "taint spot: pods that do not tolerate it come here last",
    };
    struct node_room room;
    node_room(&room, (const struct node *)record, NULL, &(struct load){.cpu_milli = 2000, .pods = 3});
    ck_assert_uint_eq(room.count, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < room.count; i++)
        ck_assert_str_eq(room.lines[i].text, wanted[i]);
    record_unref(record);
}
END_TEST

static void product_is(const char *labels, const char *resource, const char *wanted)
{
    char *json = xasprintf("{'metadata':{'name':'n','uid':'n','resourceVersion':'1','labels':{%s}}}", labels), words[GPU_WORDS];
    struct record *record = record_of(&kind_node, json);
    gpu_product(words, (const struct node *)record, resource);
    ck_assert_str_eq(words, wanted);
    record_unref(record);
    free(json);
}

START_TEST(words_of_gpus)
{
    product_is("'nvidia.com/gpu.product':'NVIDIA-H100'", "nvidia.com/gpu", "NVIDIA-H100");
    product_is("'nvidia.com/gpu.product':'NVIDIA-H100','nvidia.com/gpu.replicas':'1'", "nvidia.com/gpu", "NVIDIA-H100");
    product_is("'nvidia.com/gpu.product':'Tesla-T4-SHARED','nvidia.com/gpu.replicas':'10'", "nvidia.com/gpu", "Tesla-T4-SHARED ×10");
    product_is("'nvidia.com/gpu.product':'Tesla-T4','nvidia.com/gpu.replicas':'10'", "nvidia.com/gpu.shared", "Tesla-T4 ×10");
    product_is("'nvidia.com/gpu.product':'A100'", "nvidia.com/mig-1g.5gb", "MIG 1g.5gb of A100");
    product_is("'amd.com/gpu.product-name':'MI300X'", "amd.com/gpu", "MI300X");
    product_is("", "amd.com/gpu", "amd.com/gpu");
    product_is("", "gpu.intel.com/xe", "gpu.intel.com/xe");
    product_is("", "nvidia.com/gpu", "GPU");
    product_is("", NULL, "no GPU");
    struct record *pod = record_of(&kind_pod, "{'metadata':{'name':'p','namespace':'media','uid':'u','resourceVersion':'1'}}");
    struct thing_traffic traffic = {.count = 2, .at = 100 * NSEC_PER_SEC, .ports = {{.age = 900}, {.age = 700}}};
    struct dcgm_node gpus = {0};
    ck_assert_int_eq(gpu_idle(NULL, (struct pod *)pod, NULL, NSEC_PER_SEC), -1);
    ck_assert_int_eq(gpu_idle(NULL, (struct pod *)pod, &traffic, 110 * NSEC_PER_SEC), 710 * NSEC_PER_SEC);
    const char *idle = "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",namespace=\"media\",pod=\"p\"} 0\n";
    dcgm_read(&gpus, idle, strlen(idle), 100 * NSEC_PER_SEC, 0);
    ck_assert_int_eq(gpu_idle(&gpus, (struct pod *)pod, &traffic, 110 * NSEC_PER_SEC), 10 * NSEC_PER_SEC); /* the exporter knows better */
    dcgm_release(&gpus);
    record_unref(pod);
}
END_TEST

Suite *ops_usage_suite(void)
{
    Suite *suite = suite_create("usage");
    TCase *tcase = tcase_create("usage");
    tcase_add_test(tcase, metrics_server);
    tcase_add_test(tcase, dcgm_exporter);
    tcase_add_test(tcase, idle_since);
    tcase_add_test(tcase, load_is_kept);
    tcase_add_test(tcase, devices_of_drivers);
    tcase_add_test(tcase, room_in_words);
    tcase_add_test(tcase, words_of_gpus);
    suite_add_tcase(suite, tcase);
    return suite;
}
