#include "k8s/kinds/configmap.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "k8s/skim.h"
#include "k8s/splitter.h"
#include "k8s_mirror.h"

/* Objects as a server sends them, whole; and what nobody should send. */

#define META(name)                                                                                                     \
    "'metadata':{'name':'" name "','namespace':'m','uid':'u-1','resourceVersion':'5','generation':2,"                  \
    "'creationTimestamp':'2025-03-01T10:00:00Z','labels':{'patchbay.dev/graph':'g','patchbay.dev/thing':'t'},"         \
    "'annotations':{'patchbay.dev/simulated':'true','note':'{\\\"a\\\":[1,\\\"}\\\"]}'},"                              \
    "'ownerReferences':[{'kind':'ReplicaSet','name':'rs-1','uid':'u-0','controller':true}],"                           \
    "'managedFields':[{'manager':'m','fieldsV1':{'f:a':{'k:{\\\"name\\\":\\\"x\\\"}':{}}}}]}"
#define CONTAINER(name)                                                                                                \
    "{'name':'" name "','image':'i:1','restartPolicy':'Always','env':[{'name':'A','value':'}]\\\\'}],'args':['a'],"    \
    "'ports':[{'containerPort':80}],'volumeMounts':[{'name':'v','mountPath':'/v'}],'livenessProbe':{'exec':{'command'" \
    ":['x']}},'resources':{'requests':{'cpu':'1','memory':'1Gi'},'limits':{'nvidia.com/gpu':'1'}}}"
#define STATUS(name)                                                                                                   \
    "{'name':'" name "','image':'i:1','imageID':'sha256:0','ready':true,'started':true,'restartCount':3,'state':"      \
    "{'waiting':{'reason':'CrashLoopBackOff','message':'back-off'}},'lastState':{'terminated':{'exitCode':1,'signal':" \
    "9,'reason':'Error','finishedAt':'2025-03-01T10:00:00Z'}},'volumeMounts':[{'name':'v'}],'resources':{'a':{}}}"
#define CONDITION(type)                                                                                                \
    "{'type':'" type "','status':'True','reason':'r','message':'m','lastTransitionTime':'2025-03-01T10:00:00Z'}"

static const struct {
    const struct kind *kind;
    const char *text; /* with ' for " */
} objects[] = {
    {&kind_pod,
     "{" META("p") ",'spec':{'nodeName':'n','volumes':[{'name':'v','emptyDir':{}}],'tolerations':[{'key':'k'}],"
     "'readinessGates':[{'conditionType':'Ready'}],'initContainers':[" CONTAINER("i") "],'containers':["
     CONTAINER("a") "," CONTAINER("b") "],'overhead':{'cpu':'1m'},'resources':{'requests':{'cpu':'9'}}},"
     "'status':{'phase':'Running','reason':'r','message':'m','podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'}],"
     "'nominatedNodeName':'n2','hostIPs':[{'ip':'1'}],'initContainerStatuses':[" STATUS("i") "],'containerStatuses':["
     STATUS("a") "," STATUS("b") "],'conditions':[" CONDITION("Ready") "," CONDITION("PodScheduled") "]}}"},
    {&kind_node,
     "{" META("n") ",'spec':{'unschedulable':true,'podCIDRs':['10.0.0.0/24'],'taints':[{'key':'k','value':'v','effect':"
     "'NoSchedule'}]},'status':{'capacity':{'cpu':'8','nvidia.com/gpu':'2'},'allocatable':{'cpu':'8','memory':'1Gi',"
     "'pods':'110','nvidia.com/gpu':'2'},'images':[{'names':['a','b'],'sizeBytes':1}],'addresses':[{'type':'InternalIP',"
     "'address':'10.0.0.1'}],'nodeInfo':{'kubeletVersion':'v1.34.2'},'conditions':[" CONDITION("Ready") ","
     CONDITION("DiskPressure") "]}}"},
    {&kind_deployment,
     "{" META("d") ",'spec':{'replicas':3,'paused':true,'selector':{'matchLabels':{'a':'b'}},'strategy':{'type':'x'},"
     "'template':{" META("t") ",'spec':{'volumes':[{}],'containers':[" CONTAINER("a") "]}}},'status':{'replicas':3,"
     "'updatedReplicas':2,'readyReplicas':1,'availableReplicas':1,'observedGeneration':2,'conditions':["
     CONDITION("Progressing") "," CONDITION("ReplicaFailure") "]}}"},
    {&kind_event,
     "{" META("e.17f3a0b1c2d3e4f5") ",'type':'Warning','reason':'Failed','message':'m','count':3,'source':{'component':"
     "'kubelet'},'involvedObject':{'kind':'Pod','name':'p','uid':'u-2','fieldPath':'spec.containers{a}'},"
     "'related':{'kind':'x'},'firstTimestamp':'2025-03-01T10:00:00Z','lastTimestamp':'2025-03-01T10:00:00Z',"
     "'eventTime':'2025-03-01T10:00:00.000001Z','series':{'count':2,'lastObservedTime':'2025-03-01T10:00:00.000001Z'}}"},
    {&kind_configmap, "{" META("c") ",'data':{'a':'1','b':'{}'}}"},
    {&kind_service,
     "{" META("s") ",'spec':{'type':'ClusterIP','clusterIP':'10.1.0.1','clusterIPs':['10.1.0.1'],'selector':{'a':'b'},"
     "'ports':[{'port':80,'targetPort':8080}]},'status':{'loadBalancer':{}}}"},
};

static char *json_text(const char *text)
{
    char *out = xstrdup(text);
    for (char *p = out; *p; p++)
        *p = (char)(*p == '\'' ? '"' : *p);
    return out;
}

static cJSON *object_of(size_t i)
{
    char *text = json_text(objects[i].text);
    struct err err = ERR_INIT;
    cJSON *object = json_parse(text, strlen(text), &err);
    ck_assert_msg(object != NULL, "%zu: %s", i, err.text);
    free(text);
    return object;
}

/* All below o, depth first: the nth becomes `value`. */
static bool replace(cJSON *o, size_t *n, const cJSON *value)
{
    for (cJSON *c = o->child; c; c = c->next) {
        if ((*n)-- == 0) {
            cJSON *copy = cJSON_Duplicate(value, true);
            if (c->string) {
                char *key = xstrdup(c->string);
                cJSON_ReplaceItemInObjectCaseSensitive(o, key, copy);
                free(key);
            } else {
                cJSON_ReplaceItemViaPointer(o, c, copy);
            }
            return true;
        }
        if (replace(c, n, value))
            return true;
    }
    return false;
}

START_TEST(any_field_may_be_anything)
{
    static const char *const values[] = {"null", "true", "-1", "1e308", "123456789012345678901234567890", "\"\"",
                                         "\"x\"", "\"\xff\xfe\"", "[]", "[null,[],{},\"x\",1]", "{}",
                                         "{\"\":{},\"name\":[],\"status\":1,\"type\":{}}"};
    size_t strings = istr_count(), replaced = 0;
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
            cJSON *value = cJSON_Parse(values[v]);
            for (size_t n = 0;; n++) {
                cJSON *o = object_of(i);
                size_t left = n;
                bool more = replace(o, &left, value);
                struct record *record = record_new(objects[i].kind, o);
                if (record && objects[i].kind->namespaced)
                    ck_assert_ptr_nonnull(record->ns);
                record_unref(record);
                cJSON_Delete(o);
                replaced += more;
                if (!more)
                    break;
            }
            cJSON_Delete(value);
        }
    }
    ck_assert_uint_gt(replaced, 2000);
    ck_assert_uint_eq(istr_count(), strings);
}
END_TEST

/* What two records of a kind hold beyond their own bytes, and their bytes without the pointers to that. */
static void check_same(const struct record *a, const struct record *b)
{
    char x[1024], y[1024];
    ck_assert_uint_le(a->kind->size, sizeof x);
    memcpy(x, a, a->kind->size);
    memcpy(y, b, a->kind->size);
    if (a->kind == &kind_pod) {
        const struct pod *p = (const struct pod *)a, *q = (const struct pod *)b;
        ck_assert_uint_eq(p->container_count, 3);
        ck_assert_mem_eq(p->containers, q->containers, p->container_count * sizeof *p->containers);
        ck_assert_uint_eq(p->gpu_count, 1);
        ck_assert_ptr_eq(p->gpus->resource, q->gpus->resource);
        ((struct pod *)(void *)x)->containers = ((struct pod *)(void *)y)->containers = NULL;
        ((struct pod *)(void *)x)->gpus = ((struct pod *)(void *)y)->gpus = NULL;
    } else if (a->kind == &kind_node) {
        const struct node *p = (const struct node *)a, *q = (const struct node *)b;
        ck_assert_uint_eq(p->resource_count, 1);
        ck_assert_ptr_eq(p->resources->name, q->resources->name);
        ck_assert_mem_eq(p->taints, q->taints, p->taint_count * sizeof *p->taints);
        ((struct node *)(void *)x)->resources = ((struct node *)(void *)y)->resources = NULL;
        ((struct node *)(void *)x)->taints = ((struct node *)(void *)y)->taints = NULL;
        ck_assert_mem_eq(p->labels, q->labels, p->label_count * sizeof *p->labels);
        ((struct node *)(void *)x)->labels = ((struct node *)(void *)y)->labels = NULL;
    } else if (a->kind == &kind_configmap) {
        const struct configmap *p = (const struct configmap *)a, *q = (const struct configmap *)b;
        ck_assert_str_eq(map_get(&p->data, "b"), map_get(&q->data, "b"));
        ck_assert_uint_eq(p->data.count, q->data.count);
        ((struct configmap *)(void *)x)->data = ((struct configmap *)(void *)y)->data = (struct map)MAP_INIT;
    }
    ck_assert_mem_eq(x, y, a->kind->size);
}

struct got {
    struct buf items;
    size_t count;
};

static void on_item(void *data, const char *json, size_t len)
{
    struct got *got = data;
    buf_add(&got->items, json, len);
    buf_addc(&got->items, '\n');
    got->count++;
}

static void split(enum splitter_shape shape, const char *text, size_t piece, const char *const *skip, struct got *got)
{
    static const struct splitter_events events = {on_item, NULL};
    struct err err = ERR_INIT;
    buf_init(&got->items, 1 << 20);
    got->count = 0;
    struct splitter *s = splitter_new(shape, &events, got);
    splitter_skip(s, skip);
    for (size_t at = 0, len = strlen(text); at < len; at += piece) {
        char *bytes = xmemdup(text + at, MIN(piece, len - at)); /* so that reading past it is seen */
        ck_assert_msg(splitter_feed(s, bytes, MIN(piece, len - at), &err) == 0, "%s", err.text);
        free(bytes);
    }
    ck_assert_int_eq(splitter_end(s, &err), 0);
    splitter_free(s);
}

START_TEST(what_is_skipped_is_read_by_nobody)
{
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        for (int shape = 0; shape < 2; shape++) {
            char *object = json_text(objects[i].text);
            char *text = shape == SPLIT_LIST ? xasprintf("{\"kind\":\"List\",\"items\":[%s,%s]}", object, object)
                                             : xasprintf("{\"type\":\"ADDED\",\"object\":%s}\n", object);
            struct got whole, got;
            split(shape, text, SIZE_MAX / 2, objects[i].kind->skip, &whole);
            ck_assert_uint_eq(whole.count, shape == SPLIT_LIST ? 2 : 1);
            ck_assert_ptr_null(strstr(whole.items.data, "fieldsV1"));
            if (objects[i].kind == &kind_pod)
                ck_assert_uint_lt(whole.items.len * 10, strlen(text) * 9);
            for (size_t piece = 1; piece < 140; piece++) { /* whatever the pieces */
                split(shape, text, piece, objects[i].kind->skip, &got);
                ck_assert_str_eq(got.items.data, whole.items.data);
                buf_release(&got.items);
            }
            struct err err = ERR_INIT;
            cJSON *before = object_of(i), *after = json_parse(whole.items.data, strcspn(whole.items.data, "\n"), &err);
            ck_assert_msg(after != NULL, "%s", err.text);
            struct record *a = record_new(objects[i].kind, before);
            struct record *b =
                record_new(objects[i].kind, shape == SPLIT_LIST ? after : json_object(after, "object"));
            check_same(a, b);
            record_unref(a);
            record_unref(b);
            cJSON_Delete(before);
            cJSON_Delete(after);
            buf_release(&whole.items);
            free(text);
            free(object);
        }
    }
}
END_TEST

START_TEST(bookmarks_keep_their_annotations)
{
    static const char text[] = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}}\n";
    struct got got;
    split(SPLIT_EVENTS, text, 7, kind_pod.skip, &got);
    ck_assert_str_eq(got.items.data, text);
    buf_release(&got.items);
}
END_TEST

START_TEST(skims_to_the_same_end_as_byte_by_byte)
{
    static const char alphabet[] = "{}[]\"\\\\x,";
    uint32_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char text[300];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = seed >> 30 ? 'x' : alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        size_t depth = 1, expected = 0, deepest = 1;
        bool string = false, escape = false;
        while (depth && expected < sizeof text) {
            char c = text[expected++];
            bool escaped = escape;
            escape = c == '\\' && !escaped;
            if (escaped && (string || c == '"')) /* outside of a string it is no JSON, and hides a quote all the same */
                continue;
            if (c == '"')
                string = !string;
            else if (!string && (c == '{' || c == '['))
                depth++;
            else if (!string && (c == '}' || c == ']'))
                depth--;
            deepest = MAX(deepest, depth);
        }
        struct skim s = {.depth = 1, .deepest = 1};
        const char *at = text, *end = text + sizeof text;
        for (size_t n; s.depth && at < end; at = at + n) {
            n = MIN((size_t)(1 + (seed >> 8) % 150), (size_t)(end - at));
            seed = seed * 1664525 + 1013904223;
            n = (size_t)(skim(&s, at, at + n) - at);
        }
        ck_assert_uint_eq(s.depth, depth);
        if (!depth)
            ck_assert_uint_eq((size_t)(at - text), expected);
        ck_assert_uint_eq(s.deepest, deepest);
    }
}
END_TEST

static void add_item(struct buf *text, const char *name, const char *rest)
{
    buf_addf(text, "%s{\"metadata\":{\"name\":\"%s\",\"namespace\":\"m\",\"uid\":\"u-%s\",\"resourceVersion\":\"1\"}%s}",
             text->data[text->len - 1] == '[' ? "" : ",", name, name, rest);
}

START_TEST(a_hostile_list_costs_its_own_rows_alone)
{
    struct buf text, deep, huge;
    buf_init(&text, 128u << 20);
    buf_init(&deep, 1 << 20);
    buf_init(&huge, 80u << 20);
    buf_adds(&deep, ",\"x\":");
    buf_pad(&deep, '[', 5000);
    buf_pad(&deep, ']', 5000);
    buf_adds(&huge, ",\"kind\":\"");
    buf_pad(&huge, 'x', 64u << 20);
    buf_adds(&huge, "\"");
    buf_adds(&text, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[");
    add_item(&text, "a-good", ",\"status\":{\"phase\":\"1\"}");
    add_item(&text, "b-deep", deep.data);
    add_item(&text, "c-huge", huge.data);
    add_item(&text, "d-number", ",\"spec\":{\"overhead\":{\"cpu\":1e999999}},\"status\":{\"containerStatuses\":9e99999}");
    add_item(&text, "e-twice", ",\"status\":{\"phase\":\"2\"},\"status\":7");
    add_item(&text, "f-utf", ",\"status\":{\"phase\":\"\xff\xfe\xc0\x80\"}");
    add_item(&text, "g-word", ",\"x\":nonsense");
    add_item(&text, "", "");
    buf_adds(&text, ",{\"metadata\":{\"name\":\"h-nul\",\"namespace\":\"m\"},\"status\":{\"phase\":\"3");
    buf_add(&text, "\0", 1);
    buf_adds(&text, "4\"}}]}");
    struct script_call *list = expect_list();
    script_head(list, 200, 0);
    for (size_t at = 0; at < text.len; at += 1u << 20)
        script_send(list, text.data + at, MIN((size_t)1 << 20, text.len - at));
    script_end(list);
    ck_assert(reflector_synced(reflector));
    ck_assert_str_eq(rows(), "a-good1 d-number e-twice2 f-utf\xff\xfe\xc0\x80 h-nul3 ");
    ck_assert_ptr_nonnull(strstr(reflector_note(reflector), "4 of the pods left out: "));
    buf_release(&text);
    buf_release(&deep);
    buf_release(&huge);
}
END_TEST

Suite *k8s_hostile_suite(void)
{
    Suite *suite = suite_create("k8s hostile");
    TCase *pure = tcase_create("objects");
    tcase_set_timeout(pure, 60);
    tcase_add_test(pure, any_field_may_be_anything);
    tcase_add_test(pure, what_is_skipped_is_read_by_nobody);
    tcase_add_test(pure, bookmarks_keep_their_annotations);
    tcase_add_test(pure, skims_to_the_same_end_as_byte_by_byte);
    suite_add_tcase(suite, pure);
    TCase *tc = tcase_create("lists");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, mirror_setup, mirror_teardown);
    tcase_add_test(tc, a_hostile_list_costs_its_own_rows_alone);
    suite_add_tcase(suite, tc);
    return suite;
}
