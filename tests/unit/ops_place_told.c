/* What place tells of the nodes that do not take a pod, and the rules that kube-scheduler was asked for: the cluster's case
 * 70-place compares all of them with it. */
#include "tests/unit/ops_place_test.h"

static struct buf refusals, sentences;

static void on_refused(void *data, size_t thing, const struct node *on, const char *why)
{
    (void)data;
    buf_addf(&refusals, "%s%s on %s: %s", refusals.len ? "; " : "", w.graph->things[thing].name, on->r.name, why);
}

static void on_full(void *data, size_t thing, const struct node *on, const char *why)
{
    (void)data;
    buf_addf(&sentences, "%s%s on %s: %s", sentences.len ? "\n" : "", w.graph->things[thing].name, on->r.name, why);
}

static const struct place_listener listener = {on_refused, on_full, NULL};

static void setup(void)
{
    place_setup();
    w.listener = &listener;
    buf_init(&refusals, 65536);
    buf_init(&sentences, 65536);
}

static void teardown(void)
{
    place_teardown();
    buf_release(&refusals);
    buf_release(&sentences);
}

/* What kube-scheduler would say of each node that does not take one more. */
static const char *refused(const char *things)
{
    buf_reset(&refusals);
    buf_reset(&sentences);
    placed(things);
    return refusals.data;
}

/* All that keeps what stays Pending from each node. */
static const char *full(const char *things)
{
    refused(things);
    return sentences.data;
}

static void foreign(const char *name, const char *on, const char *requests)
{
    char json[600];
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s','namespace':'media'},'spec':{'nodeName':'%s','containers':[{'name':'x','resources':{"
             "'requests':{%s}}}]}}",
             name, on, requests);
    store_json(w.pods, json);
}

#define A_WITH(more) "    - {name: a, type: cam, " more "}\n"
#define CORDONED "'unschedulable':true,'taints':[{'key':'node.kubernetes.io/unschedulable','effect':'NoSchedule'}]"

/* The first kind of reason in kube-scheduler's order is all that it says, and within a kind all of them. */
START_TEST(the_first_reason_is_the_schedulers)
{
    node("n1", "", CORDONED, "False", "");
    node("n2", "", "'taints':[{'key':'t','effect':'NoSchedule'},{'key':'node.kubernetes.io/not-ready','effect':'NoSchedule'}]",
         "False", "");
    node("n3", "", "'taints':[{'key':'node.kubernetes.io/unreachable','effect':'NoSchedule'},{'key':'t','effect':'NoSchedule'}]",
         "Unknown", "");
    node("n4", "", "'taints':[{'key':'t','effect':'NoSchedule'}]", "True", "");
    node("n5", "", "", "False", "");
    node("n6", "'disk':'hdd'", "", "True", "");
    node("n7", "'disk':'ssd'", "", "True", "");
    ck_assert_str_eq(refused(A_WITH("gpu: {count: 1}, nodeSelector: {disk: ssd}, resources: {requests: {cpu: 5}}")),
                     "a on n1: unschedulable; a on n2: untolerated taint t:NoSchedule; a on n3: not Ready; "
                     "a on n4: untolerated taint t:NoSchedule; a on n5: not Ready; a on n6: didn't match nodeSelector disk=ssd; "
                     "a on n7: Insufficient cpu, Insufficient nvidia.com/gpu");
    ck_assert_str_eq(refused(A_WITH("resources: {requests: {cpu: 1}}, tolerations: [{operator: Exists}]")), "");
}
END_TEST

/* A pod is given a toleration of its own node's first bad minutes, unless it has one that is for them, whatever it says. */
START_TEST(the_given_toleration_gives_way)
{
    node("n1", "", "'taints':[{'key':'node.kubernetes.io/not-ready','effect':'NoExecute'}]", "True", "");
    ck_assert_str_eq(refused(A), "");
    ck_assert_str_eq(refused(A_WITH("tolerations: [{key: node.kubernetes.io/not-ready, value: x, effect: NoExecute}]")),
                     "a on n1: not Ready");
    ck_assert_str_eq(refused(A_WITH("tolerations: [{key: node.kubernetes.io/not-ready, value: x, effect: NoSchedule}]")), "");
    ck_assert_str_eq(refused(A_WITH("tolerations: [{key: node.kubernetes.io/unreachable, value: x}]")), "");
}
END_TEST

START_TEST(disk_and_hugepages_are_counted)
{
    node("n1", "", "", "True", ",'ephemeral-storage':'2Gi','hugepages-2Mi':'8Mi','x.kubernetes.io/seat':'2'");
    node("n2", "", "", "True", "");
    ck_assert_str_eq(placed(A_WITH("resources: {requests: {ephemeral-storage: 1Gi}}")), "a 1/1 n1");
    ck_assert_str_eq(refused(A_WITH("resources: {requests: {ephemeral-storage: 3Gi}, limits: {hugepages-2Mi: 16Mi}}")),
                     "a on n1: Insufficient ephemeral-storage, Insufficient hugepages-2Mi; "
                     "a on n2: Insufficient ephemeral-storage, Insufficient hugepages-2Mi");
    ck_assert_str_eq(refused(A_WITH("resources: {limits: {x.kubernetes.io/seat: 3}}")),
                     "a on n1: Insufficient x.kubernetes.io/seat; a on n2: Insufficient x.kubernetes.io/seat");
    /* what others have is taken, and what a pod has of its own is not in its way */
    foreign("p", "n1", "'ephemeral-storage':'1500Mi'");
    ck_assert_str_eq(full(A_WITH("resources: {requests: {ephemeral-storage: 1Gi}}")),
                     "a on n1: 548Mi of its 2Gi ephemeral-storage is free, 1Gi asked for\n"
                     "a on n2: it has no ephemeral-storage");
    ck_assert_str_eq(placed(A_WITH("replicas: 3, resources: {limits: {hugepages-2Mi: 4Mi}}")),
                     "a 2/3 n1: 1 of 3 would stay Pending: 0/2 nodes: 2 Insufficient hugepages-2Mi");
    store_json(w.pods, "{'metadata':{'name':'h','namespace':'o'},'spec':{'nodeName':'n1','resources':{'requests':{"
                       "'hugepages-2Mi':'6Mi'}},'containers':[{'name':'x'}]}}");
    ck_assert_str_eq(refused(A_WITH("resources: {limits: {hugepages-2Mi: 4Mi}}")),
                     "a on n1: Insufficient hugepages-2Mi; a on n2: Insufficient hugepages-2Mi");
}
END_TEST

/* A pod's bytes are no devices: they do not send others elsewhere. */
START_TEST(hugepages_are_no_devices)
{
    node("n1", "", "", "True", ",'hugepages-2Mi':'8Mi'");
    node("n2", "", "", "True", "");
    foreign("p", "n2", "'cpu':'2'");
    /* b goes beside a, to where the least CPU is taken, and c finds room nowhere */
    ck_assert_str_eq(placed(A_WITH("resources: {limits: {hugepages-2Mi: 2Mi}}")
                            "    - {name: b, type: cam, resources: {requests: {cpu: 1800m}}}\n"
                            "    - {name: c, type: cam, resources: {requests: {cpu: 3900m}}}\n"),
                     "a 1/1 n1; b 1/1 n1 or n2; c 0/1 n1: would stay Pending: 0/2 nodes: 2 Insufficient cpu");
}
END_TEST

START_TEST(who_holds_the_gpus_is_said)
{
    gpus(2);
    node("gpu-3", "", "'taints':[{'key':'dedicated','value':'video','effect':'NoSchedule'}]", "True", GPU);
    node("gpu-4", "", "", "True", "");
    foreign("other", "gpu-1", "'nvidia.com/gpu':'1'");
    ck_assert_str_eq(full(B_GPU A_GPU), "a on gpu-1: its GPU is held by media/other\n"
                                        "a on gpu-2: its GPU is held by b\n"
                                        "a on gpu-3: taint dedicated=video:NoSchedule is not tolerated\n"
                                        "a on gpu-4: it has no GPU");
    /* beside what runs now, b is not there yet */
    ck_assert_str_eq(refusals.data, "b on gpu-1: Insufficient nvidia.com/gpu; b on gpu-3: untolerated taint "
                                    "dedicated=video:NoSchedule; b on gpu-4: Insufficient nvidia.com/gpu; "
                                    "a on gpu-1: Insufficient nvidia.com/gpu; a on gpu-3: untolerated taint "
                                    "dedicated=video:NoSchedule; a on gpu-4: Insufficient nvidia.com/gpu");
    ck_assert_str_eq(full(A_GPU), "");
    /* what runs of the graph holds as its thing, what left it holds nothing */
    pod("b-1", "gpu-2", "b", ONE_GPU, "Running");
    ck_assert_ptr_nonnull(strstr(full(A_GPU B_GPU), "a on gpu-2: its GPU is held by b\n"));
    ck_assert_str_eq(full(A_GPU), "");
}
END_TEST

START_TEST(many_holders_are_counted)
{
    node("n1", "", "", "True", ",'nvidia.com/gpu':'4','example.com/tuner':'2'");
    for (int i = 1; i <= 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%d", i);
        foreign(name, "n1", "'nvidia.com/gpu':'1'");
    }
    ck_assert_str_eq(full(A_WITH("gpu: {count: 2}")),
                     "a on n1: 1 of its 4 GPUs is free, 2 asked for; the others are held by media/p1, media/p2 and media/p3");
    foreign("p4", "n1", "'nvidia.com/gpu':'1','example.com/tuner':'2'");
    ck_assert_str_eq(full(A_WITH("gpu: {count: 1}")), "a on n1: its 4 GPUs are held by media/p1, media/p2 and 2 more");
    ck_assert_str_eq(full(A_WITH("gpu: {count: 5}, resources: {limits: {example.com/tuner: 1}}")),
                     "a on n1: it has 4 GPUs, 5 asked for; its 2 example.com/tuner are held by media/p4");
}
END_TEST

/* All that is in the way, not only what comes first. */
START_TEST(everything_is_said)
{
    node("n1", "'disk':'hdd'", CORDONED, "False", GPU);
    foreign("p", "n1", "'cpu':'3500m','memory':'7Gi'");
    for (int i = 0; i < 9; i++) {
        char name[8];
        snprintf(name, sizeof name, "q%d", i);
        foreign(name, "n1", "");
    }
    ck_assert_str_eq(full(A_WITH("gpu: {count: 1}, nodeSelector: {disk: ssd, zone: \"\"}, resources: {requests: {cpu: 1500m, "
                                 "memory: 1.5Gi}}")),
                     "a on n1: it is cordoned; it is not Ready; it has no label disk=ssd; it has no label zone=; it runs all of "
                     "the 10 pods that it takes; 500m of its 4 cpu is free, 1.5 asked for; 1Gi of its 8Gi memory is free, "
                     "1.5Gi asked for");
    ck_assert_str_eq(full(A_WITH("resources: {requests: {cpu: 5}}, tolerations: [{operator: Exists}]")),
                     "a on n1: it runs all of the 10 pods that it takes; it has 4 cpu, 5 asked for");
}
END_TEST

START_TEST(a_listener_is_told_of_so_many)
{
    for (int i = 0; i < PLACE_TOLD + 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        node(name, "", "'unschedulable':true", "True", "");
    }
    size_t count = 0;
    for (const char *at = refused(A); (at = strstr(at, "unschedulable")); at++)
        count++;
    ck_assert_uint_eq(count, PLACE_TOLD);
}
END_TEST

Suite *ops_place_told_suite(void)
{
    Suite *suite = suite_create("place, told");
    TCase *tc = tcase_create("told");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_first_reason_is_the_schedulers);
    tcase_add_test(tc, the_given_toleration_gives_way);
    tcase_add_test(tc, disk_and_hugepages_are_counted);
    tcase_add_test(tc, hugepages_are_no_devices);
    tcase_add_test(tc, who_holds_the_gpus_is_said);
    tcase_add_test(tc, many_holders_are_counted);
    tcase_add_test(tc, everything_is_said);
    tcase_add_test(tc, a_listener_is_told_of_so_many);
    suite_add_tcase(suite, tc);
    return suite;
}
