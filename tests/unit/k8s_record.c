#include "base/time.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "k8s/kinds/service.h"
#include "k8s_script.h"

static const char pod_json[] =
    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'detect-7d9f-x2x','namespace':'media','uid':'u-1',"
    "'resourceVersion':'771','generateName':'detect-7d9f-','creationTimestamp':'2025-03-01T10:00:00Z',"
    "'deletionTimestamp':'2025-03-01T11:00:00Z','deletionGracePeriodSeconds':30,"
    "'labels':{'patchbay.dev/graph':'lobby','patchbay.dev/thing':'detect','pod-template-hash':'7d9f'},"
    "'annotations':{'a':'b'},'ownerReferences':[{'kind':'Job','name':'other'},{'apiVersion':'apps/v1',"
    "'kind':'ReplicaSet','name':'detect-7d9f','uid':'u-0','controller':true}]},"
    "'spec':{'nodeName':'gpu-1','overhead':{'cpu':'50m'},'restartPolicy':'Always',"
    "'initContainers':[{'name':'fetch','image':'fetch:1','resources':{'requests':{'cpu':'2','memory':'1Gi'}}},"
    "{'name':'proxy','image':'proxy:1','restartPolicy':'Always','resources':{'requests':{'cpu':'100m'}}}],"
    "'containers':[{'name':'main','image':'patchbay/thing:1','ports':[{'containerPort':8080,'protocol':'TCP'}],"
    "'resources':{'limits':{'nvidia.com/gpu':'1','hugepages-2Mi':'4Mi'},'requests':{'cpu':'250m','memory':'64Mi',"
    "'nvidia.com/gpu':'1'}}},{'name':'side','image':'side:2','resources':{'limits':{'memory':'0.5Gi'}}}],"
    "'tolerations':[{'key':'node.kubernetes.io/not-ready','operator':'Exists'}]},"
    "'status':{'phase':'Running','podIP':'10.244.1.7','message':'all is well','reason':'None','conditions':["
    "{'type':'PodReadyToStartContainers','status':'True','lastTransitionTime':'2025-03-01T10:00:02Z'},"
    "{'type':'Initialized','status':'True','lastTransitionTime':'2025-03-01T10:00:03Z'},"
    "{'type':'Ready','status':'False','lastTransitionTime':'2025-03-01T10:00:04Z','reason':'ContainersNotReady'},"
    "{'type':'ContainersReady','status':'True','lastTransitionTime':'2025-03-01T10:00:05Z'},"
    "{'type':'PodScheduled','status':'True','lastTransitionTime':'2025-03-01T10:00:01Z'}],"
    "'initContainerStatuses':[{'name':'proxy','ready':true,'restartCount':0,'state':{'running':"
    "{'startedAt':'2025-03-01T10:00:02Z'}}},{'name':'fetch','ready':true,'restartCount':1,'state':{'terminated':"
    "{'exitCode':0,'reason':'Completed','startedAt':'2025-03-01T10:00:02Z','finishedAt':'2025-03-01T10:00:03Z'}}}],"
    "'containerStatuses':[{'name':'main','ready':false,'restartCount':3,'state':{'waiting':{'reason':"
    "'CrashLoopBackOff','message':'back-off 40s'}},'lastState':{'terminated':{'exitCode':137,'reason':'OOMKilled',"
    "'signal':9,'finishedAt':'2025-03-01T10:30:00Z'}}}]}}";

static const char node_json[] =
    "{'metadata':{'name':'gpu-1','labels':{'node-role.kubernetes.io/worker':'','node-role.kubernetes.io/gpu':'true',"
    "'nvidia.com/gpu.product':'NVIDIA-A100 (simulated)','kubernetes.io/role':'worker'},'annotations':"
    "{'patchbay.dev/simulated':'true'}},'spec':{'unschedulable':true,'taints':[{'key':'nvidia.com/"
    "gpu','value':'present',"
    "'effect':'NoSchedule'},null]},'status':{'capacity':{'cpu':'8','memory':'16Gi','nvidia.com/gpu':'4',"
    "'hugepages-2Mi':'0','ephemeral-storage':'1Ti'},'allocatable':{'cpu':'7900m','memory':'15Gi','pods':'110',"
    "'nvidia.com/gpu':'3','amd.com/gpu':'1'},'conditions':[{'type':'MemoryPressure','status':'False'},"
    "{'type':'DiskPressure','status':'True'},{'type':'Ready','status':'False','reason':'KubeletNotReady','message':'"
    "cni'}],"
    "'addresses':[{'type':'Hostname','address':'gpu-1'},{'type':'InternalIP','address':'10.0.0.1'}],"
    "'nodeInfo':{'kubeletVersion':'v1.34.2'}}}";

static const struct kind *const kinds[] = {&kind_pod,   &kind_node,      &kind_deployment,
                                           &kind_event, &kind_configmap, &kind_service};

/* JSON with ' for ". */
static cJSON *json(const char *text)
{
    char *copy = xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    struct err err = ERR_INIT;
    cJSON *o = json_parse(copy, strlen(copy), &err);
    ck_assert_msg(o != NULL, "%s", err.text);
    free(copy);
    return o;
}

static struct record *make(const struct kind *kind, const char *text)
{
    cJSON *o = json(text);
    struct record *r = record_new(kind, o);
    cJSON_Delete(o);
    return r;
}

static int64_t at(const char *clock)
{
    char text[40];
    snprintf(text, sizeof text, "2025-03-01T%sZ", clock);
    return time_parse(text);
}

START_TEST(reads_a_pod)
{
    size_t before = istr_count();
    struct pod *p = (struct pod *)make(&kind_pod, pod_json);
    ck_assert_str_eq(p->r.name, "detect-7d9f-x2x");
    ck_assert_str_eq(p->r.ns, "media");
    ck_assert_str_eq(p->r.uid, "u-1");
    ck_assert_uint_ne(p->r.version, 0);
    ck_assert_int_eq(p->r.created, at("10:00:00"));
    ck_assert_int_eq(p->deleted, at("11:00:00"));
    ck_assert_str_eq(p->graph, "lobby");
    ck_assert_str_eq(p->thing, "detect");
    ck_assert_str_eq(p->owner, "detect-7d9f");
    ck_assert_str_eq(p->owner_kind, "ReplicaSet");
    ck_assert_str_eq(p->node, "gpu-1");
    ck_assert_str_eq(p->ip, "10.244.1.7");
    ck_assert_int_eq(p->port, 8080);
    ck_assert_uint_eq(p->container_count, 4);
    struct container *c = p->containers;
    ck_assert(c[0].init && !c[0].sidecar && c[0].state == CONTAINER_TERMINATED && c[0].restarts == 1);
    ck_assert(c[1].init && c[1].sidecar && c[1].state == CONTAINER_RUNNING && c[1].ready);
    ck_assert_int_eq(c[1].started, at("10:00:02"));
    ck_assert(!c[2].init && c[2].state == CONTAINER_WAITING && !c[2].ready && c[2].restarts == 3);
    ck_assert_str_eq(c[2].reason, "CrashLoopBackOff");
    ck_assert_str_eq(c[2].message, "back-off 40s");
    ck_assert_str_eq(c[2].last_reason, "OOMKilled");
    ck_assert_int_eq(c[2].last_exit_code, 137);
    ck_assert_int_eq(c[2].last_finished, at("10:30:00"));
    ck_assert(c[3].state == CONTAINER_NONE);
    ck_assert_int_eq(p->scheduled_at, at("10:00:01"));
    ck_assert_int_eq(p->sandbox_at, at("10:00:02"));
    ck_assert_int_eq(p->ready_at, 0);
    ck_assert(!p->ready && !p->terminal);
    /* The init container's two cores outweigh all that run later; then the overhead. */
    ck_assert_int_eq(p->cpu_milli, 2050);
    ck_assert_int_eq(p->memory, INT64_C(1) << 30);
    ck_assert_uint_eq(p->gpu_count, 1);
    ck_assert_str_eq(p->gpus[0].resource, "nvidia.com/gpu");
    ck_assert_int_eq(p->gpus[0].count, 1);
    record_unref(&p->r);
    ck_assert_uint_eq(istr_count(), before); /* every string was let go */
}
END_TEST

START_TEST(counts_requests_as_the_scheduler)
{
    static const struct {
        const char *spec;
        int64_t cpu;
    } cases[] = {
        {"{}", 0},
        {"{'containers':[{'resources':{'requests':{'cpu':'100m'}}},{'resources':{'requests':{'cpu':'1'}}}]}", 1100},
        {"{'containers':[{'resources':{'limits':{'cpu':'300m'}}}]}", 300},
        {"{'initContainers':[{'restartPolicy':'Always','resources':{'requests':{'cpu':'1'}}},"
         "{'resources':{'requests':{'cpu':'3'}}}],'containers':[{'resources':{'requests':{'cpu':'2'}}}]}",
         4000},
        {"{'initContainers':[{'resources':{'requests':{'cpu':'3'}}},"
         "{'restartPolicy':'Always','resources':{'requests':{'cpu':'1'}}}],"
         "'containers':[{'resources':{'requests':{'cpu':'2500m'}}}]}",
         3500},
        {"{'resources':{'requests':{'cpu':'5'}},'containers':[{'resources':{'requests':{'cpu':'2'}}}]}", 5000},
        {"{'containers':[{'resources':{'requests':{'cpu':'-4'}}}]}", 0},
        {"{'containers':[{'resources':{'requests':{'cpu':1.5}}}]}", 1500},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[600];
        snprintf(text, sizeof text, "{'metadata':{'name':'p'},'spec':%s}", cases[i].spec);
        struct pod *p = (struct pod *)make(&kind_pod, text);
        ck_assert_msg(p->cpu_milli == cases[i].cpu, "%zu: %" PRId64, i, p->cpu_milli);
        record_unref(&p->r);
    }
}
END_TEST

START_TEST(an_unscheduled_pod_says_why)
{
    struct pod *p = (struct pod *)make(
        &kind_pod,
        "{'metadata':{'name':'p'},'status':{'phase':'Failed','conditions':[{'type':'PodScheduled','status':'False',"
        "'reason':'Unschedulable','message':'0/4 nodes are available','lastTransitionTime':'2025-03-01T10:00:01Z'}]}}");
    ck_assert_str_eq(p->unscheduled_why, "Unschedulable");
    ck_assert_str_eq(p->unscheduled_message, "0/4 nodes are available");
    ck_assert_int_eq(p->scheduled_at, 0);
    ck_assert(p->terminal);
    record_unref(&p->r);
}
END_TEST

START_TEST(reads_a_node)
{
    size_t before = istr_count();
    struct node *n = (struct node *)make(&kind_node, node_json);
    ck_assert_ptr_null(n->r.ns);
    ck_assert_str_eq(n->roles, "gpu,worker");
    ck_assert_str_eq(n->ready_status, "False");
    ck_assert_str_eq(n->ready_reason, "KubeletNotReady");
    ck_assert_str_eq(n->pressure, "DiskPressure");
    ck_assert_str_eq(n->version, "v1.34.2");
    ck_assert_str_eq(n->internal_ip, "10.0.0.1");
    ck_assert_str_eq(n->gpu_product, "NVIDIA-A100 (simulated)");
    ck_assert(n->unschedulable && n->simulated);
    ck_assert_int_eq(n->cpu_milli, 7900);
    ck_assert_int_eq(n->memory, INT64_C(15) << 30);
    ck_assert_int_eq(n->pods, 110);
    ck_assert_uint_eq(n->resource_count, 2);
    ck_assert_str_eq(n->resources[0].name, "nvidia.com/gpu");
    ck_assert_int_eq(n->resources[0].capacity, 4);
    ck_assert_int_eq(n->resources[0].allocatable, 3);
    ck_assert_str_eq(n->resources[1].name, "amd.com/gpu");
    ck_assert_uint_eq(n->taint_count, 2);
    ck_assert_str_eq(n->taints[0].effect, "NoSchedule");
    ck_assert_ptr_null(n->taints[1].key);
    ck_assert_uint_eq(n->label_count, 4);
    ck_assert_str_eq(n->labels[0].key, "node-role.kubernetes.io/worker");
    ck_assert_ptr_null(n->labels[0].value);
    ck_assert_str_eq(n->labels[2].key, "nvidia.com/gpu.product");
    ck_assert_str_eq(n->labels[2].value, "NVIDIA-A100 (simulated)");
    record_unref(&n->r);
    ck_assert_uint_eq(istr_count(), before);
}
END_TEST

START_TEST(reads_a_deployment)
{
    struct deployment *d = (struct deployment *)make(
        &kind_deployment,
        "{'metadata':{'name':'detect','namespace':'media','generation':4,'labels':{'patchbay.dev/thing':'detect'}},"
        "'spec':{'replicas':3,'paused':true,'template':{'spec':{'containers':[{'image':'thing:1'}]}}},"
        "'status':{'observedGeneration':3,'replicas':4,'updatedReplicas':2,'readyReplicas':1,'availableReplicas':1,"
        "'conditions':[{'type':'Progressing','status':'False','reason':'ProgressDeadlineExceeded'},"
        "{'type':'ReplicaFailure','status':'True','message':'quota exceeded'}]}}");
    ck_assert_str_eq(d->thing, "detect");
    ck_assert_ptr_null(d->graph);
    ck_assert_str_eq(d->image, "thing:1");
    ck_assert(d->generation == 4 && d->observed_generation == 3 && d->wanted == 3 && d->replicas == 4);
    ck_assert(d->updated == 2 && d->ready == 1 && d->available == 1 && d->paused && d->deadline_exceeded);
    ck_assert_str_eq(d->failure, "quota exceeded");
    record_unref(&d->r);
    d = (struct deployment *)make(&kind_deployment, "{'metadata':{'name':'d'},'spec':{}}");
    ck_assert_int_eq(d->wanted, 1); /* the API's default */
    record_unref(&d->r);
}
END_TEST

static struct event *event(const char *name, const char *fields)
{
    char text[800];
    snprintf(text, sizeof text,
             "{'metadata':{'name':'%s','namespace':'m','creationTimestamp':'2025-03-01T10:00:09Z'},%s}", name, fields);
    return (struct event *)make(&kind_event, text);
}

START_TEST(an_events_time_is_the_finest_there_is)
{
    int64_t second = at("10:00:00"), fine = second + 123456789;
    char name[80];
    snprintf(name, sizeof name, "pod-1.%" PRIx64, fine);
    /* The name's nanoseconds, where they agree with the timestamp. */
    struct event *e = event(name, "'firstTimestamp':'2025-03-01T10:00:00Z','lastTimestamp':'2025-03-01T10:00:00Z',"
                                  "'type':'Normal','reason':'Pulled','message':'done','source':{'component':'kubelet'},"
                                  "'involvedObject':{'kind':'Pod','name':'pod-1','uid':'u','fieldPath':'spec'}");
    ck_assert(e->exact && e->first == fine && e->last == fine && e->count == 1);
    ck_assert_str_eq(e->component, "kubelet");
    ck_assert_str_eq(e->on_uid, "u");
    ck_assert_str_eq(e->on_field, "spec");
    record_unref(&e->r);
    /* They do not agree: a name that only looks like one. */
    e = event(name, "'firstTimestamp':'2025-03-01T10:00:05Z','lastTimestamp':'2025-03-01T10:00:08Z','count':4");
    ck_assert(!e->exact && e->first == at("10:00:05") && e->last == at("10:00:08") && e->count == 4);
    record_unref(&e->r);
    /* eventTime says microseconds. */
    e = event(name, "'firstTimestamp':null,'eventTime':'2025-03-01T10:00:00.250000Z','reportingComponent':'scheduler',"
                    "'series':{'count':7,'lastObservedTime':'2025-03-01T10:01:00.5Z'}");
    ck_assert(e->exact && e->first == second + 250 * NSEC_PER_MSEC && e->count == 7);
    ck_assert_int_eq(e->last, at("10:01:00") + 500 * NSEC_PER_MSEC);
    ck_assert_str_eq(e->component, "scheduler");
    record_unref(&e->r);
    /* Nothing: when it was made. */
    e = event("x.zz", "'firstTimestamp':17");
    ck_assert(!e->exact && e->first == at("10:00:09") && e->last == e->first);
    record_unref(&e->r);
    e = event("x.ffffffffffffffff", "'firstTimestamp':'2025-03-01T10:00:05Z'");
    ck_assert(!e->exact);
    record_unref(&e->r);
}
END_TEST

START_TEST(reads_configmaps_and_services)
{
    struct configmap *m = (struct configmap *)make(
        &kind_configmap,
        "{'metadata':{'name':'m','labels':{'patchbay.dev/graph':'lobby'}},'data':{'a':'1','b':2,'c':null,'a':'3'}}");
    ck_assert_str_eq(m->graph, "lobby");
    ck_assert_uint_eq(m->data.count, 1);
    record_unref(&m->r);
    struct service *s = (struct service *)make(
        &kind_service,
        "{'metadata':{'name':'s'},'spec':{'type':'ClusterIP','clusterIP':'None','ports':[{'port':8080}]}}");
    ck_assert_str_eq(s->cluster_ip, "None");
    ck_assert_int_eq(s->port, 8080);
    record_unref(&s->r);
}
END_TEST

static size_t count_nodes(const cJSON *o)
{
    size_t n = 1;
    for (const cJSON *c = o->child; c; c = c->next)
        n += count_nodes(c);
    return n;
}

/* The nth node below o becomes `value`. */
static bool replace_nth(cJSON *o, size_t *n, const cJSON *value)
{
    int index = 0;
    for (cJSON *c = o->child; c; c = c->next, index++) {
        if ((*n)-- == 0) {
            cJSON *copy = cJSON_Duplicate(value, true);
            if (cJSON_IsArray(o)) {
                cJSON_ReplaceItemInArray(o, index, copy);
            } else {
                char *key = xstrdup(c->string);
                cJSON_ReplaceItemInObjectCaseSensitive(o, key, copy);
                free(key);
            }
            return true;
        }
        if (replace_nth(c, n, value))
            return true;
    }
    return false;
}

START_TEST(survives_every_field_being_anything)
{
    static const char *const values[] = {
        "null",
        "true",
        "0",
        "-1",
        "1e308",
        "-9223372036854775809",
        "''",
        "'x'",
        "'\xff\xfe\x80'",
        "'1e9999999Gi'",
        "[]",
        "[null]",
        "[[]]",
        "['x',1,{}]",
        "{}",
        "{'':{}}",
        "{'cpu':'9e99','nvidia.com/gpu':'99999999999999999999'}",
        "{'waiting':1,'running':{},'terminated':{'exitCode':1e99,'signal':-1e99}}",
        "'2025-03-01T10:00:00Z'",
    };
    const char *const texts[] = {pod_json, node_json};
    size_t strings = istr_count();
    for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
        cJSON *whole = json(texts[t]);
        size_t nodes = count_nodes(whole) - 1;
        ck_assert_uint_gt(nodes, 50);
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
            cJSON *value = json(values[v]);
            for (size_t n = 0; n < nodes; n++) {
                cJSON *o = cJSON_Duplicate(whole, true);
                size_t left = n;
                ck_assert(replace_nth(o, &left, value));
                for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
                    record_unref(record_new(kinds[k], o));
                cJSON_Delete(o);
            }
            cJSON_Delete(value);
        }
        cJSON_Delete(whole);
    }
    ck_assert_uint_eq(istr_count(), strings);
}
END_TEST

START_TEST(no_name_is_no_object)
{
    static const char *const texts[] = {
        "{}", "[]", "null", "1", "{'metadata':null}", "{'metadata':{'name':7}}", "{'metadata':{'name':''}}"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
            ck_assert_ptr_null(make(kinds[k], texts[i]));
}
END_TEST

START_TEST(names_are_never_null)
{
    struct record *pod = make(&kind_pod, "{'metadata':{'name':'a'}}"), *node = make(&kind_node, "{'metadata':{'name':'a'}}");
    ck_assert_str_eq(pod->ns, "");
    ck_assert_ptr_null(node->ns);
    record_unref(pod);
    pod = make(&kind_pod, "{'metadata':{'name':'a'},'spec':{'containers':[null,5,{'name':[]}]}}");
    ck_assert_uint_eq(((struct pod *)pod)->container_count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(((struct pod *)pod)->containers[i].name, "");
    record_unref(pod);
    record_unref(node);
}
END_TEST

START_TEST(finds_kinds_and_writes_paths)
{
    static const struct {
        const char *word;
        const struct kind *kind;
    } words[] = {{"po", &kind_pod},
                 {"pods", &kind_pod},
                 {"Pod", &kind_pod},
                 {"DEPLOY", &kind_deployment},
                 {"dp", &kind_deployment},
                 {"no", &kind_node},
                 {"cm", &kind_configmap},
                 {"svc", &kind_service},
                 {"ev", &kind_event},
                 {"p", NULL},
                 {"", NULL},
                 {NULL, NULL},
                 {"po pod", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        ck_assert_ptr_eq(kind_find(words[i].word), words[i].kind);
    static const struct {
        const struct kind *kind;
        const char *ns, *name, *path;
    } paths[] = {
        {&kind_pod, NULL, NULL, "/api/v1/pods"},
        {&kind_pod, "media", NULL, "/api/v1/namespaces/media/pods"},
        {&kind_deployment, "media", "a", "/apis/apps/v1/namespaces/media/deployments/a"},
        {&kind_node, "media", "gpu-1", "/api/v1/nodes/gpu-1"},
        {&kind_pod, "../x", "a/b?c", "/api/v1/namespaces/..%2Fx/pods/a%2Fb%3Fc"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        struct buf path;
        buf_init(&path, 1000);
        kind_path(&path, paths[i].kind, paths[i].ns, paths[i].name);
        ck_assert_str_eq(path.data, paths[i].path);
        buf_release(&path);
    }
}
END_TEST

Suite *k8s_record_suite(void)
{
    Suite *suite = suite_create("k8s records");
    TCase *tc = tcase_create("records");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, reads_a_pod);
    tcase_add_test(tc, counts_requests_as_the_scheduler);
    tcase_add_test(tc, an_unscheduled_pod_says_why);
    tcase_add_test(tc, reads_a_node);
    tcase_add_test(tc, reads_a_deployment);
    tcase_add_test(tc, an_events_time_is_the_finest_there_is);
    tcase_add_test(tc, reads_configmaps_and_services);
    tcase_add_test(tc, survives_every_field_being_anything);
    tcase_add_test(tc, no_name_is_no_object);
    tcase_add_test(tc, names_are_never_null);
    tcase_add_test(tc, finds_kinds_and_writes_paths);
    suite_add_tcase(suite, tc);
    return suite;
}
