#include "ops/status.h"

#include "tests/unit/ops_test.h"

/* What kubectl prints for a pod of this spec and status (k8s.io/kubernetes pkg/printers/internalversion). */
static const struct {
    const char *what, *rest, *status, *ready;
    int restarts;
    enum health health;
} cases[] = {
    {"pending", "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending'}", "Pending", "0/1", 0, HEALTH_BUSY},
    {"unschedulable",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False',"
     "'reason':'Unschedulable','message':'0/4 nodes are available'}]}",
     "Pending", "0/1", 0, HEALTH_WARN},
    {"gated",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False',"
     "'reason':'SchedulingGated'}]}",
     "SchedulingGated", "0/1", 0, HEALTH_WARN},
    {"creating",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'waiting':"
     "{'reason':'ContainerCreating'}}}]}",
     "ContainerCreating", "0/1", 0, HEALTH_BUSY},
    {"running",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}],"
     "'containerStatuses':[{'name':'a','ready':true,'restartCount':2,'state':{'running':{}}}]}",
     "Running", "1/1", 2, HEALTH_GOOD},
    {"not ready",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','ready':false,"
     "'state':{'running':{}}}]}",
     "Running", "0/1", 0, HEALTH_WARN},
    {"crash loop",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','restartCount':5,"
     "'state':{'waiting':{'reason':'CrashLoopBackOff'}}}]}",
     "CrashLoopBackOff", "0/1", 5, HEALTH_BAD},
    {"exit code",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','containerStatuses':[{'name':'a',"
     "'state':{'terminated':{'exitCode':3}}}]}",
     "ExitCode:3", "0/1", 0, HEALTH_BAD},
    {"signal",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','containerStatuses':[{'name':'a',"
     "'state':{'terminated':{'exitCode':137,'signal':9}}}]}",
     "Signal:9", "0/1", 0, HEALTH_BAD},
    {"completed",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Succeeded','containerStatuses':[{'name':'a',"
     "'state':{'terminated':{'exitCode':0,'reason':'Completed'}}}]}",
     "Completed", "0/1", 0, HEALTH_DONE},
    {"one completed, one runs",
     "'spec':{'containers':[{'name':'a'},{'name':'b'}]},'status':{'phase':'Running','conditions':[{'type':'Ready',"
     "'status':'True'}],'containerStatuses':[{'name':'a','state':{'terminated':{'exitCode':0,'reason':'Completed'}}},"
     "{'name':'b','ready':true,'state':{'running':{}}}]}",
     "Running", "1/2", 0, HEALTH_WARN},
    {"init running",
     "'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
     "'initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':0}}},{'name':'j','state':{'running':{}}}]}",
     "Init:1/2", "0/1", 0, HEALTH_BUSY},
    {"init failed",
     "'spec':{'initContainers':[{'name':'i'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
     "'initContainerStatuses':[{'name':'i','restartCount':1,'state':{'terminated':{'exitCode':1,'reason':'Error'}}}]}",
     "Init:Error", "0/1", 1, HEALTH_BAD},
    {"init exit code",
     "'spec':{'initContainers':[{'name':'i'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
     "'initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':7}}}]}",
     "Init:ExitCode:7", "0/1", 0, HEALTH_BAD},
    {"sidecar",
     "'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],'containers':[{'name':'a'}]},'status':{'phase':"
     "'Running','conditions':[{'type':'Ready','status':'True'}],'initContainerStatuses':[{'name':'s','ready':true,"
     "'started':true,'state':{'running':{}}}],'containerStatuses':[{'name':'a','ready':true,'state':{'running':{}}}]}",
     "Running", "2/2", 0, HEALTH_GOOD},
    {"terminating",
     "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Running','containerStatuses':[{'name':'a','ready':true,"
     "'state':{'running':{}}}]}",
     "Terminating", "1/1", 0, HEALTH_BUSY},
    {"evicted", "'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed','reason':'Evicted'}", "Evicted", "0/1", 0,
     HEALTH_BAD},
    {"nothing known", "'spec':null,'status':null", "<unknown>", "0/0", 0, HEALTH_BUSY},
};

START_TEST(pod_status_is_kubectls)
{
    char json[2048], ready[16];
    snprintf(json, sizeof json, "{'metadata':{'name':'p','namespace':'n','uid':'u'%s},%s}",
             str_eq(cases[_i].what, "terminating") ? ",'deletionTimestamp':'2026-11-22T00:00:00Z'" : "", cases[_i].rest);
    struct record *record = record_of(&kind_pod, json);
    struct pod_words words;
    pod_words(&words, (const struct pod *)record);
    snprintf(ready, sizeof ready, "%d/%d", words.ready, words.total);
    ck_assert_msg(str_eq(words.status, cases[_i].status), "%s: '%s', not '%s'", cases[_i].what, words.status,
                  cases[_i].status);
    ck_assert_msg(str_eq(ready, cases[_i].ready), "%s: READY %s, not %s", cases[_i].what, ready, cases[_i].ready);
    ck_assert_msg(words.restarts == cases[_i].restarts, "%s: %d restarts", cases[_i].what, words.restarts);
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
