#include "graph_test.h"

/* One camera with more keys, each line indented by six. */
static char *with(const char *keys)
{
    return xasprintf("apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"
                     "    - name: camera\n      type: ip-camera\n      gpu: {count: 1}\n      %s\n",
                     keys);
}

/* Keys, the faults they have (on line 9), and what is kept of them. */
static const struct {
    const char *keys, *faults, *extra;
} rows[] = {
    {"replicas: 3", "", NULL},
    {"replicas: -1", "9:17: 'replicas' must be a whole number from 0 to 1000, not '-1'\n", NULL},
    {"replicas: many", "9:17: 'replicas' must be a whole number from 0 to 1000, not 'many'\n", NULL},
    {"resources: {requests: {cpu: 1, memory: 64Mi}, limits: {cpu: 1500m, memory: 1e9}}", "",
     "{\"resources\":{\"requests\":{\"cpu\":\"1\",\"memory\":\"64Mi\"},\"limits\":{\"cpu\":\"1500m\",\"memory\":\"1e9\"}}}"},
    {"resources: {requests: {cpu: 2, memory: 64MB}, limits: {cpu: 1500m}, limit: {}}",
     "9:35: the request of cpu, 2, is above its limit 1500m\n9:46: '64MB' is no quantity such as 100m, 0.5 or 64Mi\n"
     "9:75: resources has no key 'limit'; did you mean 'limits'?\n",
     "{\"resources\":{\"requests\":{\"cpu\":\"2\"},\"limits\":{\"cpu\":\"1500m\"}}}"},
    {"resources: {limits: {nvidia.com/gpu: 2, -x: 1}}",
     "9:28: GPUs are asked for by gpu: {count: N, resource: nvidia.com/gpu}\n"
     "9:47: '-x' is no resource such as cpu or memory\n",
     "{\"resources\":{\"limits\":{}}}"},
    {"resources: {requests: {rdma/hca: 1, x/y: 1, memry: 1Mi, gpu: 1}, limits: {rdma/hca: 1, x/y: 2, a/b: 0.5}}",
     "9:48: a request of x/y must have a limit of the same number\n"
     "9:51: 'memry' is no resource such as cpu or memory; did you mean 'memory'?\n"
     "9:63: 'gpu' is no resource such as cpu or memory; did you mean 'cpu'?\n"
     "9:107: a/b comes in whole numbers, not '0.5'\n",
     NULL},
    {"env: {TZ: Europe/Berlin, DEBUG: 1, EMPTY: }", "",
     "{\"env\":[{\"name\":\"TZ\",\"value\":\"Europe/Berlin\"},{\"name\":\"DEBUG\",\"value\":\"1\"},{\"name\":\"EMPTY\","
     "\"value\":\"\"}]}"},
    {"env: [{name: A, value: b}, {name: A}]", "9:34: the variable A is set twice\n",
     "{\"env\":[{\"name\":\"A\",\"value\":\"b\"}]}"},
    {"env: {POD_IP: 1, 2X: y, CAMERA_PASSWORD: hunter2, X: [y]}",
     "9:21: POD_IP is set by patchbay for every thing\n"
     "9:24: '2X' is no name for an environment variable: letters, digits and '_', and no digit first\n"
     "9:48: CAMERA_PASSWORD looks like a credential, and a graph is kept as plain text: keep it in a Secret and write "
     "secrets: {CAMERA_PASSWORD: {name: SECRET, key: KEY}}\n"
     "9:60: X must be a single value, not a list\n",
     NULL},
    {"env: {API_TOKEN_FILE: /run/x, TOKEN: $(OTHER)}", "",
     "{\"env\":[{\"name\":\"API_TOKEN_FILE\",\"value\":\"/run/x\"},{\"name\":\"TOKEN\",\"value\":\"$(OTHER)\"}]}"},
    {"secrets: {P: {name: cam, key: password}, U: cam/user}", "",
     "{\"secrets\":[{\"name\":\"P\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"cam\",\"key\":\"password\"}}},"
     "{\"name\":\"U\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"cam\",\"key\":\"user\"}}}]}"},
    {"secrets: {P: hunter2, Q: {name: x}, R: {name: X, key: y}, S: a/b/c}",
     "9:20: a secret is named by its Secret and the key in it: {name: SECRET, key: KEY} or SECRET/KEY; its value never "
     "stands in a graph\n9:32: 'key' is missing\n"
     "9:46: a secret is named by its Secret and the key in it: {name: SECRET, key: KEY} or SECRET/KEY; its value never "
     "stands in a graph\n"
     "9:68: a secret is named by its Secret and the key in it: {name: SECRET, key: KEY} or SECRET/KEY; its value never "
     "stands in a graph\n",
     "{\"secrets\":[]}"},
    {"nodeSelector: {kubernetes.io/arch: amd64, disk: , zone: -x, \"a b\": c}",
     "9:63: '-x' is no legal value of a label\n9:67: 'a b' is no legal label\n",
     "{\"nodeSelector\":{\"kubernetes.io/arch\":\"amd64\",\"disk\":\"\"}}"},
    {"tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}, {operator: Exists}]", "",
     "{\"tolerations\":[{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"},{\"operator\":"
     "\"Exists\"}]}"},
    {"tolerations: [{key: a, operator: Exist, efect: x}, {value: v}, {key: a, operator: Exists, value: b, "
     "tolerationSeconds: 3}]",
     "9:40: 'Exist' is no operator; did you mean 'Exists'?\n9:47: a toleration has no key 'efect'; did you mean "
     "'effect'?\n9:58: a toleration without a key tolerates everything: say so with operator: Exists\n"
     "9:104: a toleration with operator Exists has no value\n"
     "9:126: tolerationSeconds is for the effect NoExecute only\n",
     NULL},
    {"runtimeClassName: nvidia", "", "{\"runtimeClassName\":\"nvidia\"}"},
    {"runtimeClassName: N/A", "9:25: 'N/A' is no legal name of a runtime class\n", NULL},
    {"imagePullSecrets: [a, {name: b}, {nam: c}]",
     "9:40: 'name' is missing\n9:41: an image pull secret has no key 'nam'; did you mean 'name'?\n",
     "{\"imagePullSecrets\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"},
    {"strategy: Recreate", "", "{\"strategy\":{\"type\":\"Recreate\"}}"},
    {"strategy: recreate", "9:17: 'recreate' is no strategy: Recreate or RollingUpdate; did you mean 'Recreate'?\n", NULL},
    {"strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 50%}}", "",
     "{\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":\"50%\"}}}"},
    {"strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 0%, x: 1}}",
     "9:54: maxSurge and maxUnavailable cannot both be 0: nothing could ever be replaced\n"
     "9:88: rollingUpdate has no key 'x'\n",
     NULL},
    {"strategy: {type: Recreate, rollingUpdate: {maxSurge: x}}",
     "9:49: rollingUpdate has no meaning with Recreate\n9:60: 'x' is neither a number nor a percentage\n", NULL},
    {"storage: {size: 10Gi, class: fast}", "",
     "{\"storage\":{\"size\":\"10Gi\",\"class\":\"fast\",\"path\":\"/data\"}}"},
    {"storage: {size: ten, path: data}",
     "9:23: 'ten' is no amount of storage such as 10Gi\n9:34: 'data' is no absolute path\n", NULL},
    {"storage: {class: x}", "9:16: 'size' is missing\n", NULL},
};

START_TEST(test_keys)
{
    char *text = with(rows[_i].keys);
    char *have = test_faults(text, strlen(text), test_catalogue());
    ck_assert_msg(strcmp(have, rows[_i].faults) == 0, "%s\nhas:\n%s\nnot:\n%s", rows[_i].keys, have, rows[_i].faults);
    free(have);
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), NULL, test_catalogue(), &faults);
    struct buf extra;
    buf_init(&extra, 1u << 16);
    if (graph->things[0].extra)
        json_print(&extra, graph->things[0].extra);
    if (rows[_i].extra)
        ck_assert_str_eq(extra.data, rows[_i].extra);
    ck_assert(!strstr(extra.data, "hunter2"));
    buf_release(&extra);
    graph_free(graph);
    faults_release(&faults);
    free(text);
}
END_TEST

START_TEST(test_gpu)
{
    static const struct {
        const char *text;
        int count;
        const char *resource, *faults;
    } gpus[] = {
        {"{count: 2}", 2, "nvidia.com/gpu", ""},
        {"{count: 1, resource: amd.com/gpu}", 1, "amd.com/gpu", ""},
        {"{count: x, resource: gpu, n: 1}", 0, "gpu",
         "8:20: 'count' must be a whole number from 0 to 64, not 'x'\n8:33: 'gpu' is no device resource such as "
         "nvidia.com/gpu\n8:38: gpu has no key 'n'\n"},
        {"1", 0, "nvidia.com/gpu", "8:12: gpu must be a map of keys and values, not a single value\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(gpus); i++) {
        char *text = xasprintf("apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"
                               "    - name: camera\n      type: ip-camera\n      gpu: %s\n",
                               gpus[i].text);
        char *have = test_faults(text, strlen(text), test_catalogue());
        ck_assert_str_eq(have, gpus[i].faults);
        struct faults faults = {0};
        struct graph *graph = graph_parse(text, strlen(text), NULL, test_catalogue(), &faults);
        ck_assert_int_eq(graph->things[0].gpu_count, gpus[i].count);
        ck_assert_str_eq(graph->things[0].gpu_resource, gpus[i].resource);
        graph_free(graph);
        faults_release(&faults);
        free(have);
        free(text);
    }
}
END_TEST

TCase *case_extra(void)
{
    TCase *tc = tcase_create("keys for Kubernetes");
    tcase_add_loop_test(tc, test_keys, 0, ARRAY_SIZE(rows));
    tcase_add_test(tc, test_gpu);
    return tc;
}
