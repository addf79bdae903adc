#include "edge_api_test.h"

#define POD(spec) "{'metadata':{'name':'p'},'spec':" spec "}"
#define DEPLOYMENT(extra)                                                                                              \
    "{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}" \
    "},"                                                                                                               \
    "'spec':{'containers':[{'name':'c','image':'i'}]}}" extra "}}"

static const struct {
    const char *kind, *object, *part;
} bad[] = {
    {"Pod", POD("{}"), "spec.containers: Required value"},
    {"Pod", POD("{'containers':[{'name':'c'}]}"), "spec.containers[0].image: Required value"},
    {"Pod", POD("{'containers':[{'image':'i'}]}"), "spec.containers[0].name: Required value"},
    {"Pod", POD("{'containers':[{'name':'A_b','image':'i'}]}"), "RFC 1123 label"},
    {"Pod", POD("{'containers':[{'name':'c','image':'i'},{'name':'c','image':'i'}]}"),
     "spec.containers[1].name: Duplicate value: \"c\""},
    {"Pod", POD("{'containers':[{'name':'c','image':'i','ports':[{'containerPort':70000}]}]}"),
     "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"},
    {"Pod", POD("{'restartPolicy':'Sometimes','containers':[{'name':'c','image':'i'}]}"),
     "spec.restartPolicy: Unsupported value"},
    {"Pod", POD("{'containers':[{'name':'c','image':'i','resources':{'limits':{'cpu':'much'}}}]}"),
     "spec.containers[0].resources.limits[cpu]: Invalid value"},
    {"Pod", POD("{'containers':[{'name':'c','image':'i','resources':{'limits':{'cpu':'1'},'requests':{'cpu':'2'}}}]}"),
     "must be less than or equal to cpu limit of 1"},
    {"Pod", POD("{'containers':[{'name':'c','image':'i','resources':{'requests':{'nvidia.com/gpu':'1'}}}]}"),
     "Limit must be set for non overcommitable resources"},
    {"Pod", POD("{'containers':[{'name':'c','image':'i','volumeMounts':[{'name':'v','mountPath':'/x'}]}]}"),
     "spec.containers[0].volumeMounts[0].name: Not found: \"v\""},
    {"ConfigMap", "{'metadata':{'name':'Under_score'}}", "RFC 1123 subdomain"},
    {"ConfigMap", "{'metadata':{'name':'a..b'}}", "RFC 1123 subdomain"},
    {"ConfigMap", "{'metadata':{}}", "name or generateName is required"},
    {"ConfigMap", "{'metadata':{'name':'a','labels':{'b c':'d'}}}", "metadata.labels: Invalid value: \"b c\""},
    {"ConfigMap", "{'metadata':{'name':'a','labels':{'b':'d e'}}}", "a valid label must be an empty string"},
    {"ConfigMap", "{'metadata':{'name':'a'},'data':{'x/y':''}}", "data[x/y]: Invalid value"},
    {"Namespace", "{'metadata':{'name':'a.b'}}", "RFC 1123 label"},
    {"Service", "{'metadata':{'name':'1a'},'spec':{'ports':[{'port':1}]}}", "DNS-1035 label"},
    {"Service", "{'metadata':{'name':'a'},'spec':{}}", "spec.ports: Required value"},
    {"Service", "{'metadata':{'name':'a'},'spec':{'ports':[{'port':0}]}}", "spec.ports[0].port: Invalid value: 0"},
    {"Service", "{'metadata':{'name':'a'},'spec':{'ports':[{'port':1},{'port':2}]}}",
     "spec.ports[0].name: Required value"},
    {"Service", "{'metadata':{'name':'a'},'spec':{'type':'Odd','ports':[{'port':1}]}}", "spec.type: Unsupported value"},
    {"Deployment", DEPLOYMENT(",'replicas':-1"),
     "spec.replicas: Invalid value: -1: must be greater than or equal to 0"},
    {"Deployment", DEPLOYMENT(",'strategy':{'type':'Odd'}"), "spec.strategy.type: Unsupported value"},
    {"Deployment", DEPLOYMENT(",'strategy':{'type':'Recreate','rollingUpdate':{}}"),
     "may not be specified when strategy"},
    {"Deployment", "{'metadata':{'name':'d'},'spec':{'template':{'spec':{'containers':[{'name':'c','image':'i'}]}}}}",
     "spec.selector: Required value"},
    {"Deployment",
     "{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'c'}},'template':{'metadata':{'labels':{'a':'b'}}"
     ","
     "'spec':{'containers':[{'name':'c','image':'i'}]}}}}",
     "`selector` does not match template `labels`"},
    {"PersistentVolumeClaim", "{'metadata':{'name':'v'},'spec':{'resources':{'requests':{'storage':'1Gi'}}}}",
     "spec.accessModes: Required value: at least 1 access mode is required"},
    {"PersistentVolumeClaim", "{'metadata':{'name':'v'},'spec':{'accessModes':['ReadWriteOnce']}}",
     "spec.resources[storage]: Required value"},
};

START_TEST(what_is_wrong_is_refused_and_named)
{
    struct err err;
    ck_assert_int_eq(bench_refused(bad[_i].kind, bad[_i].object, &err), 422);
    ck_assert_msg(strstr(err.text, bad[_i].part) != NULL, "%s\nwanted %s", err.text, bad[_i].part);
    ck_assert_msg(strstr(err.text, "is invalid: ") != NULL, "%s", err.text);
    ck_assert_int_ge(cJSON_GetArraySize(edge_store_causes(bench.store)), 1);
}
END_TEST

START_TEST(a_pod_gets_its_defaults)
{
    const struct edge_object *o = bench_create(
        "Pod", POD("{'containers':[{'name':'c','image':'r/"
                   "i:latest','ports':[{'containerPort':1}],'readinessProbe':{'httpGet':{"
                   "'port':1}},'resources':{'limits':{'cpu':'1','memory':'1Gi'}}},{'name':'d','image':'i:1'}]}"));
    const cJSON *spec = json_get(o->json, "spec");
    ck_assert_str_eq(json_str(spec, "restartPolicy"), "Always");
    ck_assert_int_eq(json_int(spec, "terminationGracePeriodSeconds", 0), 30);
    ck_assert_str_eq(json_str(spec, "dnsPolicy"), "ClusterFirst");
    check_json(
        cJSON_GetArrayItem(json_array(spec, "containers"), 0),
        "{'name':'c','image':'r/i:latest','imagePullPolicy':'Always','ports':[{'containerPort':1,'protocol':'TCP'}],"
        "'readinessProbe':{'httpGet':{'port':1,'path':'/','scheme':'HTTP'},'timeoutSeconds':1,'periodSeconds':10,"
        "'successThreshold':1,'failureThreshold':3},'resources':{'limits':{'cpu':'1','memory':'1Gi'},'requests':{"
        "'cpu':'1','memory':'1Gi'}},'terminationMessagePath':'/dev/"
        "termination-log','terminationMessagePolicy':'File'}");
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(json_array(spec, "containers"), 1), "imagePullPolicy"),
                     "IfNotPresent");
    ck_assert_str_eq(json_str(o->json, "status.phase"), "Pending");
    ck_assert_str_eq(json_str(o->json, "status.qosClass"), "Burstable");
}
END_TEST

START_TEST(a_deployment_gets_its_defaults)
{
    const struct edge_object *o = bench_create("Deployment", DEPLOYMENT(""));
    const cJSON *spec = json_get(o->json, "spec");
    ck_assert_int_eq(json_int(spec, "replicas", 0), 1);
    ck_assert_int_eq(json_int(spec, "revisionHistoryLimit", 0), 10);
    ck_assert_int_eq(json_int(spec, "progressDeadlineSeconds", 0), 600);
    check_json(json_get(spec, "strategy"),
               "{'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'}}");
}
END_TEST

START_TEST(a_claim_is_kept_and_gets_no_volume)
{
    const struct edge_object *o = bench_create(
        "PersistentVolumeClaim",
        "{'metadata':{'name':'v'},'spec':{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}}");
    ck_assert_str_eq(json_str(o->json, "spec.volumeMode"), "Filesystem");
    ck_assert_str_eq(json_str(o->json, "status.phase"), "Pending");
}
END_TEST

START_TEST(services_get_addresses_of_their_own)
{
    const struct edge_object *a = bench_create("Service", "{'metadata':{'name':'a'},'spec':{'ports':[{'port':80}]}}");
    const struct edge_object *b = bench_create("Service", "{'metadata':{'name':'b'},'spec':{'ports':[{'port':80}]}}");
    const char *ip = json_str(a->json, "spec.clusterIP");
    ck_assert(str_starts(ip, "10.96."));
    ck_assert_str_ne(ip, json_str(b->json, "spec.clusterIP"));
    check_json(json_at(a->json, "spec.ports"), "[{'port':80,'protocol':'TCP','targetPort':80}]");
    cJSON *json = cJSON_Duplicate(a->json, true);
    json_del(json, "spec.clusterIP"); /* left out: it keeps it */
    int status;
    struct err err = ERR_INIT;
    char kept[64];
    snprintf(kept, sizeof kept, "%s", ip);
    ck_assert_ptr_nonnull(edge_store_update(bench.store, a->kind, json, &status, &err));
    ck_assert_str_eq(json_str(a->json, "spec.clusterIP"), kept);
    json = cJSON_Duplicate(a->json, true);
    json_set_str(json, "spec.clusterIP", "10.96.0.99");
    ck_assert_ptr_null(edge_store_update(bench.store, a->kind, json, &status, &err));
    ck_assert_int_eq(status, 422);
}
END_TEST

START_TEST(a_selector_never_changes)
{
    const struct edge_object *o = bench_create("Deployment", DEPLOYMENT(""));
    cJSON *json = cJSON_Duplicate(o->json, true);
    int status;
    struct err err = ERR_INIT;
    json_set_str(json, "spec.selector.matchLabels.x", "y");
    json_set_str(json, "spec.template.metadata.labels.x", "y");
    ck_assert_ptr_null(edge_store_update(bench.store, o->kind, json, &status, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "field is immutable"));
}
END_TEST

START_TEST(a_pods_spec_hardly_changes)
{
    const struct edge_object *o = bench_create("Pod", POD("{'containers':[{'name':'c','image':'i'}]}"));
    int status;
    struct err err = ERR_INIT;
    cJSON *json = cJSON_Duplicate(o->json, true);
    json_set_str(json, "spec.nodeName", "gpu-1"); /* the scheduler binds it once */
    json_set_str(cJSON_GetArrayItem((cJSON *)json_at(json, "spec.containers"), 0), "image", "j");
    ck_assert_ptr_nonnull(edge_store_update(bench.store, o->kind, json, &status, &err));
    json = cJSON_Duplicate(o->json, true);
    json_set_str(json, "spec.nodeName", "gpu-2");
    ck_assert_ptr_null(edge_store_update(bench.store, o->kind, json, &status, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "pod updates may not change fields other than"));
}
END_TEST

Suite *edge_api_admit_suite(void)
{
    Suite *suite = suite_create("edge admission");
    TCase *tc = tcase_create("admission");
    tcase_add_checked_fixture(tc, bench_setup, bench_teardown);
    tcase_add_loop_test(tc, what_is_wrong_is_refused_and_named, 0, (int)ARRAY_SIZE(bad));
    tcase_add_test(tc, a_pod_gets_its_defaults);
    tcase_add_test(tc, a_deployment_gets_its_defaults);
    tcase_add_test(tc, a_claim_is_kept_and_gets_no_volume);
    tcase_add_test(tc, services_get_addresses_of_their_own);
    tcase_add_test(tc, a_selector_never_changes);
    tcase_add_test(tc, a_pods_spec_hardly_changes);
    suite_add_tcase(suite, tc);
    return suite;
}
