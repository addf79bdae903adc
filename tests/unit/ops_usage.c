#include "ops/usage.h"

#include <math.h>

#include "k8s/kinds/node.h"
#include "ops/load.h"
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
    load_total(ledger, &load, &of);
    ck_assert(load.pods == 2 && of.cpu_milli == 4000 && of.memory == INT64_C(8) << 30 && of.pods == 110);
    store_json(pods, POD_ON("b", "gpu-1", "1", "Succeeded"));
    ck_assert_int_eq(load_of(ledger, "gpu-1").cpu_milli, 500);
    store_del(pods, "media", "a");
    ck_assert_int_eq(load_of(ledger, "gpu-1").pods, 0);
    load_ledger_free(ledger);
    store_free(nodes);
    store_free(pods);
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
    suite_add_tcase(suite, tcase);
    return suite;
}
