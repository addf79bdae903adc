#include "app/meter.h"

#include "app_test.h"
#include "k8s/kinds/pod.h"

static struct store *pods;
static struct usage usage;
static struct meter *meter;
static int told;

static void on_changed(void *data)
{
    (void)data;
    told++;
}

static void setup(void)
{
    script_setup();
    told = 0;
    pods = store_new(&kind_pod);
    meter = meter_new(script.client, pods, &usage, on_changed, NULL);
}

static void teardown(void)
{
    meter_free(meter);
    usage_release(&usage);
    store_free(pods);
    script_teardown();
}

#define NODES "/apis/metrics.k8s.io/v1beta1/nodes"
#define NODE_METRICS                                                                                                   \
    "{\"kind\":\"NodeMetricsList\",\"items\":[{\"metadata\":{\"name\":\"gpu-1\"},\"usage\":{\"cpu\":\"250m\",\"memory\":\"1Gi\"}}]}"

/* Nothing is asked for nobody; half a minute lies between two questions. */
START_TEST(only_while_somebody_looks)
{
    script_pass(60);
    script_none();
    meter_watch(meter, USAGE_BIT(USAGE_NODES), NULL);
    ck_assert(!meter_settled(meter));
    script_answer(script_expect("GET", NODES), 200, NODE_METRICS);
    ck_assert(meter_settled(meter) && told == 1 && usage.known[USAGE_NODES]);
    ck_assert_int_eq(usage_of_node(&usage, "gpu-1")->cpu_milli, 250);
    double then = script_now();
    script_answer(script_expect("GET", NODES), 200, NODE_METRICS);
    ck_assert(script_now() - then > 29 && script_now() - then < 31);
    meter_watch(meter, 0, NULL);
    script_pass(600);
    script_none();
}
END_TEST

START_TEST(no_metrics_server)
{
    meter_watch(meter, USAGE_BIT(USAGE_NODES), NULL);
    script_answer(script_expect("GET", NODES), 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"not found\"}");
    ck_assert_ptr_null(usage_of_node(&usage, "gpu-1"));
    ck_assert_str_eq(usage.why[USAGE_NODES], "no metrics-server: what is used is not known");
    script_pass(120);
    script_none();
    script_answer(script_expect("GET", NODES), 200, NODE_METRICS); /* it was installed meanwhile */
    ck_assert_str_eq(usage.why[USAGE_NODES], "");
    script_answer(script_expect("GET", NODES), 500, "{\"kind\":\"Status\",\"message\":\"etcd\"}");
    ck_assert_ptr_nonnull(usage_of_node(&usage, "gpu-1")); /* a moment's trouble */
    for (int i = 0; i < 5; i++)
        script_answer(script_expect("GET", NODES), 403, "{\"kind\":\"Status\",\"message\":\"viewer may not list nodes\"}");
    ck_assert_ptr_null(usage_of_node(&usage, "gpu-1"));
    ck_assert_str_eq(usage.why[USAGE_NODES], "viewer may not list nodes");
}
END_TEST

START_TEST(a_record_holds_none)
{
    meter_watch(meter, USAGE_BIT(USAGE_NODES), NULL);
    script_answer(script_expect("GET", NODES), 404,
                  "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"this is a record, and nodes was not recorded\"}");
    ck_assert_str_eq(usage.why[USAGE_NODES], "this is a record, and what is used was not recorded");
}
END_TEST

START_TEST(pods_of_a_namespace)
{
    meter_watch(meter, USAGE_BIT(USAGE_PODS), NULL);
    struct script_call *call = script_expect("GET", "/apis/metrics.k8s.io/v1beta1/pods");
    meter_watch(meter, USAGE_BIT(USAGE_PODS), "media");
    ck_assert(call->cancelled);
    script_expect("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/media/pods");
}
END_TEST

#define EXPORTER(name, node, phase)                                                                                    \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"gpu-operator\"},\"spec\":{\"nodeName\":\"" node "\",\"containers\":["  \
    "{\"ports\":[{\"name\":\"metrics\",\"containerPort\":9401}]}]},\"status\":{\"phase\":\"" phase "\"}}"
#define LIST(items) "{\"kind\":\"PodList\",\"items\":[" items "]}"
#define GPU(util) "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-a\",Hostname=\"gpu-1\"} " util "\n"

START_TEST(exporters_are_found_and_asked)
{
    meter_watch(meter, USAGE_BIT(USAGE_GPUS), NULL);
    script_answer(script_expect("GET", "/api/v1/pods?labelSelector=app%3Dnvidia-dcgm-exporter"), 200, LIST(""));
    script_answer(script_expect("GET", "/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Ddcgm-exporter"), 200,
                  LIST(EXPORTER("d-1", "gpu-1", "Running") "," EXPORTER("d-2", "gpu-2", "Pending")));
    struct script_call *call = script_expect("GET", "/api/v1/namespaces/gpu-operator/pods/d-1:9401/proxy/metrics");
    ck_assert(!meter_settled(meter));
    script_answer(call, 200, GPU("0"));
    ck_assert(meter_settled(meter) && usage.known[USAGE_GPUS]);
    int64_t since = usage_gpus(&usage, "gpu-1")->gpus[0].idle_since;
    ck_assert(since > 0);
    for (int i = 0; i < 3; i++)
        script_answer(script_expect("GET", "d-1:9401/proxy/metrics"), 200, GPU("0"));
    ck_assert_int_eq(usage_gpus(&usage, "gpu-1")->gpus[0].idle_since, since);
    ck_assert_ptr_null(usage_gpus(&usage, "gpu-2"));
}
END_TEST

START_TEST(an_exporter_that_is_gone_is_looked_for)
{
    meter_watch(meter, USAGE_BIT(USAGE_GPUS), NULL);
    script_answer(script_expect("GET", "nvidia-dcgm-exporter"), 200, LIST(EXPORTER("d-1", "gpu-1", "Running")));
    script_answer(script_expect("GET", "d-1:9401"), 200, GPU("5"));
    script_answer(script_expect("GET", "d-1:9401"), 404, "{\"kind\":\"Status\",\"message\":\"pods d-1 not found\"}");
    ck_assert_str_eq(usage.why[USAGE_GPUS], "DCGM exporter of gpu-1: pods d-1 not found");
    script_answer(script_expect("GET", "nvidia-dcgm-exporter"), 200, LIST(""));
    script_answer(script_expect("GET", "dcgm-exporter"), 200, LIST(""));
    ck_assert_ptr_null(usage_gpus(&usage, "gpu-1"));
    ck_assert_str_eq(usage.why[USAGE_GPUS], "no DCGM exporter: what the GPUs do is not known");
    script_pass(200);
    script_none();
}
END_TEST

/* Of many nodes some are asked at a time. */
START_TEST(a_round_is_no_flood)
{
    struct buf items;
    buf_init(&items, 1 << 16);
    for (int i = 0; i < 20; i++)
        buf_addf(&items, "%s{\"metadata\":{\"name\":\"d-%d\",\"namespace\":\"g\"},\"spec\":{\"nodeName\":\"n-%d\"},\"status\":{\"phase\":\"Running\"}}",
                 i ? "," : "", i, i);
    char *list = xasprintf("{\"items\":[%s]}", items.data);
    meter_watch(meter, USAGE_BIT(USAGE_GPUS), NULL);
    script_answer(script_expect("GET", "nvidia-dcgm-exporter"), 200, list);
    struct script_call *calls[20];
    for (int i = 0; i < 8; i++)
        calls[i] = script_expect("GET", ":9400/proxy/metrics");
    script_none();
    for (int i = 0; i < 20; i++) {
        if (i >= 8)
            calls[i] = script_expect("GET", ":9400/proxy/metrics");
        script_answer(calls[i], 200, GPU("1"));
    }
    ck_assert_uint_eq(usage.gpus.count, 20);
    free(list);
    buf_release(&items);
}
END_TEST

Suite *app_meter_suite(void)
{
    Suite *suite = suite_create("meter");
    TCase *tcase = tcase_create("meter");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, only_while_somebody_looks);
    tcase_add_test(tcase, no_metrics_server);
    tcase_add_test(tcase, a_record_holds_none);
    tcase_add_test(tcase, pods_of_a_namespace);
    tcase_add_test(tcase, exporters_are_found_and_asked);
    tcase_add_test(tcase, an_exporter_that_is_gone_is_looked_for);
    tcase_add_test(tcase, a_round_is_no_flood);
    suite_add_tcase(suite, tcase);
    return suite;
}
