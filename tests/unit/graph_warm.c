#include "graph_test.h"

#include "graph/warmpod.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: media}\nspec:\n  things:\n"

static char *pods(const char *text)
{
    struct faults faults = {0};
    struct buf out;
    buf_init(&out, 1u << 20);
    struct graph *graph = graph_parse(text, strlen(text), "g.yaml", test_catalogue(), &faults);
    ck_assert_msg(graph && !faults.errors, "%s", faults.count ? faults.items[0].text : "");
    for (size_t i = 0; i < graph->thing_count; i++) {
        cJSON *pod = warmpod_make(graph, i, "gpu-2", 90, "0123456789abcdef", "{}");
        buf_adds(&out, "---\n");
        yaml_emit(&out, pod);
        cJSON_Delete(pod);
    }
    graph_free(graph);
    faults_release(&faults);
    return buf_take(&out);
}

/* A thing with all that matters for pulling, and with what does not: GPUs, resources, storage, a nodeSelector. */
START_TEST(test_warm_pods)
{
    char *golden = test_file("tests/unit/graph_warm.golden", NULL);
    char *have = pods(HEAD "    - name: det\n      type: people-detector\n      gpu: {count: 2}\n      replicas: 3\n"
                           "      resources: {requests: {cpu: 4, memory: 8Gi}}\n      nodeSelector: {disk: fast}\n"
                           "      tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]\n"
                           "      runtimeClassName: nvidia\n      imagePullSecrets: [reg]\n      storage: {size: 1Gi}\n"
                           "    - {name: cam, type: ip-camera}\n  links: [{from: cam.video, to: det.video}]\n");
    ck_assert_msg(strcmp(have, golden) == 0, "made:\n%s", have);
    free(have);
    free(golden);
}
END_TEST

/* Even when its time is over, for the API server takes no 0. */
START_TEST(test_warm_deadline)
{
    const char *text = HEAD "    - {name: cam, type: ip-camera}\n";
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), "g.yaml", test_catalogue(), &faults);
    cJSON *pod = warmpod_make(graph, 0, "n", 0, "0", "{}");
    ck_assert_int_eq(json_int(pod, "spec.activeDeadlineSeconds", -1), 1);
    cJSON_Delete(pod);
    graph_free(graph);
    faults_release(&faults);
}
END_TEST

TCase *case_warm(void)
{
    TCase *tc = tcase_create("warm");
    tcase_add_test(tc, test_warm_pods);
    tcase_add_test(tc, test_warm_deadline);
    return tc;
}
