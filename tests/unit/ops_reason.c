#include "ops/reason.h"

#include "tests/unit/ops_test.h"

#define UNSCHEDULED(message)                                                                                           \
    "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','status':"  \
    "'False','reason':'Unschedulable','message':'" message "'}]}"
#define WAITS(more)                                                                                                    \
    "'spec':{'containers':[{'name':'main'}]},'status':{'phase':'Running','containerStatuses':[{'name':'main'," more "}]}"

static const struct {
    const char *rest, *reason;
} cases[] = {
    {UNSCHEDULED("0/4 nodes are available: 1 node(s) had untolerated taint {nvidia.com/gpu: present}, 3 Insufficient nvidia.com/gpu. "
                 "preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod."),
     "0/4 nodes: 3 insufficient nvidia.com/gpu, 1 taint nvidia.com/gpu"},
    {UNSCHEDULED("0/2 nodes are available: 2 node(s) were unschedulable."), "0/2 nodes: 2 cordoned"},
    {UNSCHEDULED("0/2 nodes are available: 2 node(s) were ill, or so it seems."), "0/2 nodes: 2 were ill, or so it seems"},
    {UNSCHEDULED("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
     "0/1 nodes: pod has unbound immediate PersistentVolumeClaims."},
    {UNSCHEDULED("something else"), "something else"},
    {WAITS("'restartCount':9,'state':{'waiting':{'reason':'CrashLoopBackOff','message':'back-off 5m0s restarting failed container=main'}},"
           "'lastState':{'terminated':{'exitCode':139,'reason':'Error'}}"),
     "exit 139, ×9, back-off 5m0s"},
    {WAITS("'restartCount':1,'state':{'waiting':{'reason':'CrashLoopBackOff'}},'lastState':{'terminated':{'exitCode':137,'reason':"
           "'OOMKilled'}}"),
     "OOMKilled, exit 137, ×1"},
    {WAITS("'state':{'waiting':{'reason':'ImagePullBackOff','message':'Back-off pulling image x/y:1: ErrImagePull: not found'}}"),
     "ErrImagePull: not found"},
    {WAITS("'state':{'waiting':{'reason':'CreateContainerConfigError','message':'secret s not found'}}"), "secret s not found"},
    {WAITS("'state':{'terminated':{'reason':'Error','exitCode':3}}"), "exit 3"},
    {WAITS("'ready':false,'state':{'running':{}}"), "main is not ready"},
    {WAITS("'ready':true,'state':{'running':{}}"), ""},
    {"'status':{'phase':'Failed','reason':'Evicted','message':'The node was low on resource: memory.'}",
     "The node was low on resource: memory."},
    {"'status':{'phase':'Pending'}", ""},
};

START_TEST(few_words)
{
    char json[2048], text[POD_REASON_TEXT];
    snprintf(json, sizeof json, "{'metadata':{'name':'p','namespace':'n'},%s}", cases[_i].rest);
    struct record *pod = record_of(&kind_pod, json);
    ck_assert_str_eq(pod_reason(text, (const struct pod *)pod), cases[_i].reason);
    record_unref(pod);
}
END_TEST

Suite *ops_reason_suite(void)
{
    Suite *suite = suite_create("reason");
    TCase *tcase = tcase_create("reason");
    tcase_add_loop_test(tcase, few_words, 0, (int)ARRAY_SIZE(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
