#include "ops/status.h"

#include "tests/unit/ops_test.h"

/* What the API server prints for a pod of this spec and status, and kubectl shows (k8s.io/kubernetes
 * pkg/printers/internalversion, printPod), a minute after midnight of the 22nd. */
static const struct {
    const char *what, *rest, *status, *ready, *restarts;
    enum health health;
    const char *meta; /* more of its metadata */
} cases[] = {
    {"pending",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending'}",
     "Pending", "0/1", "0", HEALTH_BUSY, NULL},
    {"unschedulable",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','statu"
     "s':'False','reason':'Unschedulable','message':'0/4 nodes are available'}]}",
     "Pending", "0/1", "0", HEALTH_WARN, NULL},
    {"gated",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','statu"
     "s':'False','reason':'SchedulingGated'}]}",
     "SchedulingGated", "0/1", "0", HEALTH_WARN, NULL},
    {"init containers that no node has begun yet",
     "'spec':{'initContainers':[{'name':'i'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending'}",
     "Pending", "0/1", "0", HEALTH_BUSY, NULL},
    {"creating",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'"
     "waiting':{'reason':'ContainerCreating'}}}]}",
     "ContainerCreating", "0/1", "0", HEALTH_BUSY, NULL},
    {"running",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','conditions':[{'type':'Ready','status':'Tru"
     "e'}],'containerStatuses':[{'name':'a','ready':true,'state':{'running':{}}}]}",
     "Running", "1/1", "0", HEALTH_GOOD, NULL},
    {"restarted",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','conditions':[{'type':'Ready','status':'Tru"
     "e'}],'containerStatuses':[{'name':'a','restartCount':2,'lastState':{'terminated':{'exitCode':1,'finishedAt':"
     "'2026-11-22T00:00:30Z'}},'ready':true,'state':{'running':{}}}]}",
     "Running", "1/1", "2 (30s ago)", HEALTH_GOOD, NULL},
    {"restarted, nobody knows when",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','restartCo"
     "unt':2,'ready':true,'state':{'running':{}}}]}",
     "Running", "1/1", "2", HEALTH_GOOD, NULL},
    {"the newest restart of all counts",
     "'spec':{'containers':[{'name':'b'},{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'"
     "a','restartCount':1,'lastState':{'terminated':{'exitCode':1,'finishedAt':'2026-11-22T00:00:10Z'}},'ready':tr"
     "ue,'state':{'running':{}}},{'name':'b','restartCount':3,'lastState':{'terminated':{'exitCode':1,'finishedAt'"
     ":'2026-11-22T00:00:20Z'}},'ready':true,'state':{'running':{}}}]}",
     "Running", "2/2", "4 (40s ago)", HEALTH_GOOD, NULL},
    {"not ready",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','ready':fa"
     "lse,'state':{'running':{}}}]}",
     "Running", "0/1", "0", HEALTH_WARN, NULL},
    {"ready but for a readiness gate",
     "'spec':{'readinessGates':[{'conditionType':'x/y'}],'containers':[{'name':'a'}]},'status':{'phase':'Running',"
     "'conditions':[{'type':'Ready','status':'False'}],'containerStatuses':[{'name':'a','ready':true,'state':{'run"
     "ning':{}}}]}",
     "Running", "1/1", "0", HEALTH_GOOD, NULL},
    {"crash loop",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','restartCo"
     "unt':5,'lastState':{'terminated':{'exitCode':1,'finishedAt':'2026-11-22T00:00:50Z'}},'state':{'waiting':{'re"
     "ason':'CrashLoopBackOff'}}}]}",
     "CrashLoopBackOff", "0/1", "5 (10s ago)", HEALTH_BAD, NULL},
    {"killed for memory",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','containerStatuses':[{'name':'a','state':{'t"
     "erminated':{'exitCode':137,'reason':'OOMKilled'}}}]}",
     "OOMKilled", "0/1", "0", HEALTH_BAD, NULL},
    {"ErrImagePull",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'"
     "waiting':{'reason':'ErrImagePull'}}}]}",
     "ErrImagePull", "0/1", "0", HEALTH_BAD, NULL},
    {"ImagePullBackOff",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'"
     "waiting':{'reason':'ImagePullBackOff'}}}]}",
     "ImagePullBackOff", "0/1", "0", HEALTH_BAD, NULL},
    {"InvalidImageName",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'"
     "waiting':{'reason':'InvalidImageName'}}}]}",
     "InvalidImageName", "0/1", "0", HEALTH_BAD, NULL},
    {"CreateContainerConfigError",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'"
     "waiting':{'reason':'CreateContainerConfigError'}}}]}",
     "CreateContainerConfigError", "0/1", "0", HEALTH_BAD, NULL},
    {"exit code",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','containerStatuses':[{'name':'a','state':{'t"
     "erminated':{'exitCode':3}}}]}",
     "ExitCode:3", "0/1", "0", HEALTH_BAD, NULL},
    {"signal",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','containerStatuses':[{'name':'a','state':{'t"
     "erminated':{'exitCode':137,'signal':9}}}]}",
     "Signal:9", "0/1", "0", HEALTH_BAD, NULL},
    {"failed with a reason",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','containerStatuses':[{'name':'a','state':{'t"
     "erminated':{'exitCode':3,'reason':'Error'}}}]}",
     "Error", "0/1", "0", HEALTH_BAD, NULL},
    {"completed",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Succeeded','containerStatuses':[{'name':'a','state':"
     "{'terminated':{'exitCode':0,'reason':'Completed'}}}]}",
     "Completed", "0/1", "0", HEALTH_DONE, NULL},
    {"one completed, one runs",
     "'spec':{'containers':[{'name':'b'},{'name':'a'}]},'status':{'phase':'Running','conditions':[{'type':'Ready',"
     "'status':'True'}],'containerStatuses':[{'name':'a','state':{'terminated':{'exitCode':0,'reason':'Completed'}"
     "}},{'name':'b','ready':true,'state':{'running':{}}}]}",
     "Running", "1/2", "0", HEALTH_WARN, NULL},
    {"one completed, one runs, not ready",
     "'spec':{'containers':[{'name':'b'},{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'"
     "a','state':{'terminated':{'exitCode':0,'reason':'Completed'}}},{'name':'b','ready':true,'state':{'running':{"
     "}}}]}",
     "NotReady", "1/2", "0", HEALTH_WARN, NULL},
    {"the first status has the last word, not the spec's first",
     "'spec':{'containers':[{'name':'b'},{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'"
     "a','state':{'waiting':{'reason':'CrashLoopBackOff'}}},{'name':'b','state':{'waiting':{'reason':'ErrImagePull"
     "'}}}]}",
     "CrashLoopBackOff", "0/2", "0", HEALTH_BAD, NULL},
    {"init running",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending"
     "','initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':0}}},{'name':'j','state':{'running'"
     ":{}}}],'containerStatuses':[{'name':'a','restartCount':7,'state':{'waiting':{'reason':'PodInitializing'}}}]}",
     "Init:1/2", "0/1", "0", HEALTH_BUSY, NULL},
    {"init waiting its turn",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending"
     "','initContainerStatuses':[{'name':'i','state':{'waiting':{'reason':'PodInitializing'}}},{'name':'j','restar"
     "tCount':4,'state':{'waiting':{'reason':'PodInitializing'}}}]}",
     "Init:0/2", "0/1", "0", HEALTH_BUSY, NULL},
    {"init failed",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending"
     "','initContainerStatuses':[{'name':'i','restartCount':1,'lastState':{'terminated':{'exitCode':1,'finishedAt'"
     ":'2026-11-22T00:00:55Z'}},'state':{'terminated':{'exitCode':1,'reason':'Error'}}}]}",
     "Init:Error", "0/1", "1 (5s ago)", HEALTH_BAD, NULL},
    {"init crash loop",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending"
     "','initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':0}}},{'name':'j','restartCount':3,'"
     "state':{'waiting':{'reason':'CrashLoopBackOff'}}}]}",
     "Init:CrashLoopBackOff", "0/1", "3", HEALTH_BAD, NULL},
    {"init exit code",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending"
     "','initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':7}}}]}",
     "Init:ExitCode:7", "0/1", "0", HEALTH_BAD, NULL},
    {"init signal",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending"
     "','initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':137,'signal':9}}}]}",
     "Init:Signal:9", "0/1", "0", HEALTH_BAD, NULL},
    {"init restarts are forgotten once it is done",
     "'spec':{'initContainers':[{'name':'i'}],'containers':[{'name':'a'}]},'status':{'phase':'Running','initContai"
     "nerStatuses':[{'name':'i','restartCount':2,'lastState':{'terminated':{'exitCode':1,'finishedAt':'2026-11-22T"
     "00:00:01Z'}},'state':{'terminated':{'exitCode':0}}}],'containerStatuses':[{'name':'a','restartCount':1,'read"
     "y':true,'state':{'running':{}}}]}",
     "Running", "1/1", "1", HEALTH_GOOD, NULL},
    {"sidecar",
     "'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],'containers':[{'name':'a'}]},'status':{'pha"
     "se':'Running','conditions':[{'type':'Ready','status':'True'}],'initContainerStatuses':[{'name':'s','started'"
     ":true,'restartCount':1,'lastState':{'terminated':{'exitCode':1,'finishedAt':'2026-11-22T00:00:20Z'}},'ready'"
     ":true,'state':{'running':{}}}],'containerStatuses':[{'name':'a','ready':true,'state':{'running':{}}}]}",
     "Running", "2/2", "1 (40s ago)", HEALTH_GOOD, NULL},
    {"sidecar runs, the next one initialises",
     "'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'},{'name':'i'}],'containers':[{'name':'a'}]},'"
     "status':{'phase':'Pending','initContainerStatuses':[{'name':'s','started':true,'ready':true,'state':{'runnin"
     "g':{}}},{'name':'i','state':{'running':{}}}],'containerStatuses':[{'name':'a','state':{'waiting':{'reason':'"
     "PodInitializing'}}}]}",
     "Init:1/2", "1/2", "0", HEALTH_BUSY, NULL},
    {"sidecar not started yet",
     "'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'},{'name':'i'}],'containers':[{'name':'a'}]},'"
     "status':{'phase':'Pending','initContainerStatuses':[{'name':'s','started':false,'state':{'running':{}}}]}",
     "Init:0/2", "0/2", "0", HEALTH_BUSY, NULL},
    {"sidecar down after initialisation",
     "'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],'containers':[{'name':'a'}]},'status':{'pha"
     "se':'Running','conditions':[{'type':'Initialized','status':'True'}],'initContainerStatuses':[{'name':'s','st"
     "arted':false,'restartCount':2,'state':{'waiting':{'reason':'CrashLoopBackOff'}}}],'containerStatuses':[{'nam"
     "e':'a','restartCount':1,'ready':true,'state':{'running':{}}}]}",
     "Init:CrashLoopBackOff", "1/2", "3", HEALTH_BAD, NULL},
    {"terminating",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','ready':tr"
     "ue,'state':{'running':{}}}]}",
     "Terminating", "1/1", "0", HEALTH_BUSY, "'deletionTimestamp':'2026-11-22T00:00:00Z'"},
    {"deleted, but done",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Succeeded','containerStatuses':[{'name':'a','state':"
     "{'terminated':{'exitCode':0,'reason':'Completed'}}}]}",
     "Completed", "0/1", "0", HEALTH_DONE, "'deletionTimestamp':'2026-11-22T00:00:00Z'"},
    {"node lost",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','reason':'NodeLost','containerStatuses':[{'"
     "name':'a','ready':true,'state':{'running':{}}}]}",
     "Unknown", "1/1", "0", HEALTH_BAD, "'deletionTimestamp':'2026-11-22T00:00:00Z'"},
    {"node lost, not deleted",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','reason':'NodeLost','containerStatuses':[{'"
     "name':'a','ready':true,'state':{'running':{}}}]}",
     "NodeLost", "1/1", "0", HEALTH_BAD, NULL},
    {"evicted",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','reason':'Evicted'}",
     "Evicted", "0/1", "0", HEALTH_BAD, NULL},
    {"nothing known",
     "'spec':null,'status':null",
     "<unknown>", "0/0", "0", HEALTH_BUSY, NULL},
};

START_TEST(pod_status_is_kubectls)
{
    char json[2048], ready[16], restarts[POD_RESTARTS_TEXT];
    snprintf(json, sizeof json, "{'metadata':{'name':'p','namespace':'n','uid':'u'%s%s},%s}", cases[_i].meta ? "," : "",
             str_or_empty(cases[_i].meta), cases[_i].rest);
    struct record *record = record_of(&kind_pod, json);
    struct pod_words words;
    pod_words(&words, (const struct pod *)record);
    snprintf(ready, sizeof ready, "%d/%d", words.ready, words.total);
    pod_restarts(restarts, &words, time_parse("2026-11-22T00:01:00Z"));
    ck_assert_msg(str_eq(words.status, cases[_i].status), "%s: '%s', not '%s'", cases[_i].what, words.status,
                  cases[_i].status);
    ck_assert_msg(str_eq(ready, cases[_i].ready), "%s: READY %s, not %s", cases[_i].what, ready, cases[_i].ready);
    ck_assert_msg(str_eq(restarts, cases[_i].restarts), "%s: RESTARTS %s, not %s", cases[_i].what, restarts,
                  cases[_i].restarts);
    ck_assert_msg(words.health == cases[_i].health, "%s: health %d", cases[_i].what, (int)words.health);
    record_unref(record);
}
END_TEST

START_TEST(node_status)
{
    static const struct {
        const char *rest, *words;
        enum health health;
    } nodes[] = {
        {"'status':{'conditions':[{'type':'Ready','status':'True'}]}", "Ready", HEALTH_GOOD},
        {"'status':{'conditions':[{'type':'Ready','status':'Unknown'}]}", "NotReady", HEALTH_BAD},
        {"'status':{}", "Unknown", HEALTH_BAD},
        {"'spec':{'unschedulable':true},'status':{'conditions':[{'type':'Ready','status':'True'}]}",
         "Ready,SchedulingDisabled", HEALTH_WARN},
    };
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        char json[512], words[64];
        snprintf(json, sizeof json, "{'metadata':{'name':'n','uid':'u'},%s}", nodes[i].rest);
        struct record *record = record_of(&kind_node, json);
        ck_assert_int_eq(node_words(words, (const struct node *)record), nodes[i].health);
        ck_assert_str_eq(words, nodes[i].words);
        record_unref(record);
    }
}
END_TEST

START_TEST(rollout_words)
{
    static const struct {
        const char *rest, *words;
    } rows[] = {
        {"'metadata':{'name':'d','generation':2},'spec':{'replicas':1},'status':{'observedGeneration':1}",
         "waiting for the spec update to be observed"},
        {"'metadata':{'name':'d','generation':1},'spec':{'replicas':3},'status':{'observedGeneration':1,'updatedReplicas':1,"
         "'replicas':3}",
         "1 out of 3 new replicas have been updated"},
        {"'metadata':{'name':'d','generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'updatedReplicas':1,"
         "'replicas':2}",
         "1 old replicas are pending termination"},
        {"'metadata':{'name':'d','generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'updatedReplicas':1,"
         "'replicas':1}",
         "0 of 1 updated replicas are available"},
        {"'metadata':{'name':'d','generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'updatedReplicas':1,"
         "'replicas':1,'availableReplicas':1}",
         "successfully rolled out"},
        {"'metadata':{'name':'d','generation':1},'spec':{'replicas':1},'status':{'observedGeneration':1,'conditions':"
         "[{'type':'Progressing','status':'False','reason':'ProgressDeadlineExceeded'}]}",
         "exceeded its progress deadline"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char json[512], words[160];
        snprintf(json, sizeof json, "{%s}", rows[i].rest);
        struct record *record = record_of(&kind_deployment, json);
        deployment_words(words, (const struct deployment *)record);
        ck_assert_str_eq(words, rows[i].words);
        record_unref(record);
    }
}
END_TEST

Suite *ops_status_suite(void)
{
    Suite *suite = suite_create("status");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, pod_status_is_kubectls, 0, ARRAY_SIZE(cases));
    tcase_add_test(tc, node_status);
    tcase_add_test(tc, rollout_words);
    suite_add_tcase(suite, tc);
    return suite;
}
