#include "base/time.h"
#include "edge/table.h"
#include "edge_api_test.h"

#define NOW "2026-01-02T03:04:05Z"
#define META "'metadata':{'name':'p','creationTimestamp':'2026-01-02T03:02:01Z'}"
#define TWO "'spec':{'containers':[{'name':'a'},{'name':'b'}]}"

static void check_cells(const char *kind, const char *object, const char *wanted)
{
    cJSON *json = json_of(object), *cells = cJSON_CreateArray();
    edge_kind_by_name(kind)->cells(json, time_parse(NOW), cells);
    check_json(cells, wanted);
    cJSON_Delete(cells);
    cJSON_Delete(json);
}

static const struct {
    const char *object, *status, *ready;
} pods[] = {
    {"{" META "," TWO ",'status':{'phase':'Pending'}}", "Pending", "0/2"},
    {"{" META "," TWO ",'status':{'phase':'Pending','reason':'Evicted'}}", "Evicted", "0/2"},
    {"{" META "," TWO ",'status':{'phase':'Pending','containerStatuses':[{'name':'a','state':{'waiting':{'reason':"
     "'ContainerCreating'}}}]}}",
     "ContainerCreating", "0/2"},
    {"{" META "," TWO ",'status':{'phase':'Running','containerStatuses':[{'ready':true,'state':{'running':{}}},"
     "{'ready':true,'state':{'running':{}}}]}}",
     "Running", "2/2"},
    /* the first of two that are wrong is what is said */
    {"{" META "," TWO ",'status':{'phase':'Running','containerStatuses':[{'state':{'waiting':{'reason':"
     "'CrashLoopBackOff'}}},{'state':{'waiting':{'reason':'ImagePullBackOff'}}}]}}",
     "CrashLoopBackOff", "0/2"},
    {"{" META "," TWO
     ",'status':{'phase':'Succeeded','containerStatuses':[{'state':{'terminated':{'reason':'Completed'}}},"
     "{'state':{'terminated':{'reason':'Completed'}}}]}}",
     "Completed", "0/2"},
    /* one is done, the other runs */
    {"{" META "," TWO
     ",'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}],'containerStatuses':["
     "{'state':{'terminated':{'reason':'Completed'}}},{'ready':true,'state':{'running':{}}}]}}",
     "Running", "1/2"},
    {"{" META "," TWO ",'status':{'phase':'Running','containerStatuses':["
     "{'state':{'terminated':{'reason':'Completed'}}},{'ready':true,'state':{'running':{}}}]}}",
     "NotReady", "1/2"},
    {"{" META "," TWO ",'status':{'phase':'Failed','containerStatuses':[{'state':{'terminated':{'exitCode':3}}}]}}",
     "ExitCode:3", "0/2"},
    {"{" META "," TWO ",'status':{'phase':'Failed','containerStatuses':[{'state':{'terminated':{'signal':9,"
     "'exitCode':137}}}]}}",
     "Signal:9", "0/2"},
    {"{'metadata':{'name':'p','deletionTimestamp':'" NOW "'}," TWO ",'status':{'phase':'Running'}}", "Terminating",
     "0/2"},
    {"{'metadata':{'name':'p','deletionTimestamp':'" NOW "'}," TWO ",'status':{'phase':'Failed'}}", "Failed", "0/2"},
    {"{'metadata':{'name':'p','deletionTimestamp':'" NOW "'}," TWO ",'status':{'phase':'Running','reason':'NodeLost'}}",
     "Unknown", "0/2"},
    {"{" META "," TWO ",'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False','reason':"
     "'SchedulingGated'}]}}",
     "SchedulingGated", "0/2"},
    {"{" META
     ",'spec':{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
     "'initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':0}}},{'name':'j','state':{'running':{}}}]}"
     "}",
     "Init:1/2", "0/1"},
    {"{" META ",'spec':{'initContainers':[{'name':'i'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
     "'initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':1}}}]}}",
     "Init:ExitCode:1", "0/1"},
    {"{" META ",'spec':{'initContainers':[{'name':'i'}],'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
     "'initContainerStatuses':[{'name':'i','state':{'waiting':{'reason':'ErrImagePull'}}}]}}",
     "Init:ErrImagePull", "0/1"},
    {"{" META
     ",'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],'containers':[{'name':'a'}]},'status':{"
     "'phase':'Running','initContainerStatuses':[{'name':'s','started':true,'ready':true,'state':{'running':{}}}],"
     "'containerStatuses':[{'ready':true,'state':{'running':{}}}]}}",
     "Running", "2/2"},
    {"{" META "}", "", "0/0"},
    {"{" META ",'spec':7,'status':{'containerStatuses':'x','conditions':{}}}", "", "0/0"},
};

START_TEST(a_pods_status_is_kubectls_word)
{
    cJSON *json = json_of(pods[_i].object), *cells = cJSON_CreateArray();
    edge_pod_cells(json, time_parse(NOW), cells);
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(cells, 2), ""), pods[_i].status);
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(cells, 1), ""), pods[_i].ready);
    cJSON_Delete(cells);
    cJSON_Delete(json);
}
END_TEST

START_TEST(rows_have_every_column)
{
    check_cells("Pod",
                "{" META ",'spec':{'containers':[{'name':'a'}],'nodeName':'gpu-1'},'status':{'phase':'Running','podIP':"
                "'127.3.1.2','containerStatuses':[{'ready':true,'restartCount':2,'state':{'running':{}},'lastState':{"
                "'terminated':{'finishedAt':'2026-01-02T03:03:55Z'}}}]}}",
                "['p','1/1','Running','2 (10s ago)','2m4s','127.3.1.2','gpu-1','<none>','<none>']");
    check_cells(
        "Node",
        "{'metadata':{'name':'n','creationTimestamp':'2026-01-01T03:04:05Z','labels':{'node-role.kubernetes.io/"
        "control-plane':'','node-role.kubernetes.io/gpu':''}},'spec':{'unschedulable':true},'status':{'conditions':[{"
        "'type':'Ready','status':'False'}],'addresses':[{'type':'InternalIP','address':'127.3.1.1'}],'nodeInfo':{"
        "'kubeletVersion':'v1','osImage':'o','kernelVersion':'k','containerRuntimeVersion':'r'}}}",
        "['n','NotReady,SchedulingDisabled','control-plane,gpu','24h','v1','127.3.1.1','<none>','o','k','r']");
    check_cells("Service",
                "{" META ",'spec':{'type':'NodePort','clusterIP':'10.96.0.1','selector':{'a':'b'},'ports':[{'port':80,"
                "'nodePort':30001,'protocol':'TCP'},{'port':53,'protocol':'UDP'}]}}",
                "['p','NodePort','10.96.0.1','<none>','80:30001/TCP,53/UDP','2m4s','a=b']");
    check_cells("Endpoints",
                "{" META
                ",'subsets':[{'addresses':[{'ip':'1.1.1.1'},{'ip':'2.2.2.2'}],'ports':[{'port':1},{'port':2}]}]}",
                "['p','1.1.1.1:1,1.1.1.1:2,2.2.2.2:1 + 1 more...','2m4s']");
    check_cells("ConfigMap", "{" META ",'data':{'a':'','b':''},'binaryData':{'c':''}}", "['p','3','2m4s']");
    check_cells(
        "Deployment",
        "{" META ",'spec':{'replicas':3,'selector':{'matchLabels':{'a':'b'},'matchExpressions':[{'key':'k','operator':"
        "'In','values':['x','y']},{'key':'z','operator':'DoesNotExist'}]},'template':{'spec':{'containers':[{'name':"
        "'c','image':'i'},{'name':'d','image':'j'}]}}},'status':{'readyReplicas':2,'updatedReplicas':3,"
        "'availableReplicas':1}}",
        "['p','2/3',3,1,'2m4s','c,d','i,j','a=b,k in (x,y),!z']");
    check_cells("PersistentVolumeClaim",
                "{" META ",'spec':{'accessModes':['ReadWriteOnce'],'storageClassName':'fast','volumeMode':'Filesystem'},"
                "'status':{'phase':'Pending'}}",
                "['p','Pending','','','RWO','fast','2m4s','Filesystem']");
    check_cells("ReplicaSet", "{" META ",'spec':{'replicas':3},'status':{'replicas':2,'readyReplicas':1}}",
                "['p',3,2,1,'2m4s','','','<none>']");
    check_cells("Namespace", "{" META ",'status':{'phase':'Active'}}", "['p','Active','2m4s']");
    check_cells(
        "Event",
        "{" META ",'involvedObject':{'kind':'Pod','name':'web','fieldPath':'spec.containers{c}'},'type':'Warning',"
        "'reason':'BackOff','message':'m','source':{'component':'kubelet','host':'gpu-1'},'count':4,'firstTimestamp':"
        "'2026-01-02T03:00:05Z','lastTimestamp':'2026-01-02T03:03:05Z'}",
        "['60s','Warning','BackOff','pod/web','spec.containers{c}','kubelet, gpu-1','m','4m','4','p']");
}
END_TEST

START_TEST(a_table_has_as_many_cells_as_columns)
{
    for (size_t i = 0; i < edge_kind_count; i++) {
        cJSON *empty = cJSON_CreateObject();
        const cJSON *one = empty;
        cJSON *table = edge_table(&edge_kinds[i], &one, 1, "None", true, time_parse(NOW));
        const cJSON *row = cJSON_GetArrayItem(json_array(table, "rows"), 0);
        ck_assert_int_eq(cJSON_GetArraySize(json_get(row, "cells")),
                         cJSON_GetArraySize(json_get(table, "columnDefinitions")));
        ck_assert_ptr_null(json_get(row, "object"));
        cJSON_Delete(table);
        cJSON_Delete(empty);
    }
}
END_TEST

Suite *edge_api_table_suite(void)
{
    Suite *suite = suite_create("edge tables");
    TCase *tc = tcase_create("tables");
    tcase_add_loop_test(tc, a_pods_status_is_kubectls_word, 0, (int)ARRAY_SIZE(pods));
    tcase_add_test(tc, rows_have_every_column);
    tcase_add_test(tc, a_table_has_as_many_cells_as_columns);
    suite_add_tcase(suite, tc);
    return suite;
}
