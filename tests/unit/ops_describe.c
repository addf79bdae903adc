#include "ops/describe.h"

#include "k8s/redact.h"
#include "tests/screen/compare.h"
#include "tests/unit/ops_test.h"

/* Objects as a real API server has them (tests/unit/describe/NAME.json: the object, its events, what belongs to it, and when it was
 * looked at), and how they are told (NAME.txt; UPDATE_SCREENS=1 writes it anew). */
static const char *const names[] = {"pod", "deployment", "node", "service", "secret", "configmap", "networkpolicy", "camera"};

static cJSON *load(const char *name)
{
    const char *top = getenv("abs_top_srcdir");
    char path[512];
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 4u << 20);
    snprintf(path, sizeof path, "%s/tests/unit/describe/%s.json", top ? top : TOP_SRCDIR, name);
    ck_assert_msg(compare_read(path, &text), "%s", path);
    cJSON *all = json_parse(text.data, text.len, &err);
    ck_assert_msg(all != NULL, "%s: %s", path, err.text);
    buf_release(&text);
    return all;
}

static char *told(const char *name, const char *events_why, const char *related_why)
{
    cJSON *all = load(name);
    struct buf text;
    buf_init(&text, 1u << 20);
    redact_shown(cJSON_GetObjectItemCaseSensitive(all, "object"));
    describe_text(&text, &(struct describe_of){.object = json_object(all, "object"), .events = events_why ? NULL : json_object(all, "events"),
                                               .related = related_why ? NULL : json_object(all, "related"), .events_why = events_why,
                                               .related_why = related_why, .now = json_time(all, "now")});
    cJSON_Delete(all);
    return buf_take(&text);
}

START_TEST(objects_in_words)
{
    const char *top = getenv("abs_top_srcdir");
    char path[512];
    snprintf(path, sizeof path, "%s/tests/unit/describe/%s.txt", top ? top : TOP_SRCDIR, names[_i]);
    char *text = told(names[_i], NULL, NULL);
    ck_assert_msg(compare_same_file(path, text), "%s", names[_i]);
    free(text);
}
END_TEST

START_TEST(no_secret_is_told)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *text = told(names[i], NULL, NULL);
        ck_assert_msg(!strstr(text, "swordfish") && !strstr(text, "c3dvcmRmaXNo") && !strstr(text, "s3cr3t") && !strstr(text, "hunter2"), "%s", text);
        free(text);
    }
}
END_TEST

START_TEST(what_could_not_be_had_is_said)
{
    char *text = told("node", "events is forbidden", "pods is forbidden");
    ck_assert(strstr(text, "Events:             not known: events is forbidden\n") != NULL);
    ck_assert(strstr(text, "Pods:               not known: pods is forbidden\n") != NULL);
    free(text);
}
END_TEST

START_TEST(paths)
{
    static const struct {
        const char *name, *events, *related;
    } cases[] = {
        {"deployment", "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.uid%3D",
         "/apis/apps/v1/namespaces/shop/replicasets?limit=500&labelSelector=patchbay.dev%2Fgraph%3Dlobby%2Cpatchbay.dev%2Fthing%3Dobject-detect"},
        {"node", "/api/v1/events?limit=500&fieldSelector=involvedObject.kind%3DNode%2CinvolvedObject.name%3Dgpu-1",
         "/api/v1/pods?limit=1000&fieldSelector=spec.nodeName%3Dgpu-1%2Cstatus.phase%21%3DFailed%2Cstatus.phase%21%3DSucceeded"},
        {"service", "/api/v1/namespaces/shop/events", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?limit=100&labelSelector=kubernetes.io%2Fservice-name%3Dobject-detect"},
        {"pod", "/api/v1/namespaces/shop/events", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cJSON *all = load(cases[i].name);
        struct buf path;
        buf_init(&path, 4096);
        describe_events(&path, json_object(all, "object"));
        ck_assert_msg(str_starts(path.data, cases[i].events), "%s", path.data);
        buf_reset(&path);
        ck_assert(describe_related(&path, json_object(all, "object")) == (cases[i].related != NULL));
        ck_assert_msg(!cases[i].related || str_eq(path.data, cases[i].related), "%s", path.data);
        buf_release(&path);
        cJSON_Delete(all);
    }
}
END_TEST

/* What came from outside is harmless, whatever it is. */
START_TEST(strange_objects_are_told_too)
{
    static const char *const objects[] = {
        "{}", "[]", "null", "{'kind':'Pod','apiVersion':'v1'}", "{'kind':'Pod','apiVersion':'v1','spec':[],'status':'x','metadata':7}",
        "{'kind':'Node','apiVersion':'v1','status':{'capacity':[1,2],'allocatable':{'a/b':{}}}}",
        "{'kind':'Deployment','apiVersion':'apps/v1','spec':{'selector':{'matchExpressions':[{},7,{'key':'a','operator':'In','values':[1]}]},'template':[[]]}}",
        "{'kind':'Service','apiVersion':'v1','spec':{'ports':[null,{}],'selector':{'a':null}}}",
        "{'kind':'X','apiVersion':'x/v1','metadata':{'name':'\\u001b[2Jx\\u202e'},'spec':{'a\\u0007b':'\\u001b]0;x\\u0007','l':[[[[1]]],{'name':'n','v':[{'a':1},{'b':2}]}]}}",
        "{'kind':'X','apiVersion':'x/v1','spec':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':1}}}}}}}}}}}}}}}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        char *json = xstrdup(objects[i]);
        struct buf text, path;
        struct err err = ERR_INIT;
        for (char *c = json; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        cJSON *object = json_parse(json, strlen(json), &err);
        ck_assert_msg(object != NULL, "%s: %s", json, err.text);
        buf_init(&text, 1u << 20);
        buf_init(&path, 4096);
        redact_shown(object);
        describe_text(&text, &(struct describe_of){.object = object, .related = object, .events = object, .now = 1});
        describe_related(&path, object);
        describe_events(&path, object);
        for (size_t c = 0; c < text.len; c++)
            ck_assert_msg((unsigned char)text.data[c] >= ' ' || text.data[c] == '\n', "%s", text.data);
        ck_assert_ptr_null(strstr(text.data, "\xe2\x80\xae"));
        buf_release(&path);
        buf_release(&text);
        cJSON_Delete(object);
        free(json);
    }
}
END_TEST

Suite *ops_describe_suite(void)
{
    Suite *suite = suite_create("ops describe");
    TCase *tc = tcase_create("describe");
    tcase_add_loop_test(tc, objects_in_words, 0, ARRAY_SIZE(names));
    tcase_add_test(tc, no_secret_is_told);
    tcase_add_test(tc, what_could_not_be_had_is_said);
    tcase_add_test(tc, paths);
    tcase_add_test(tc, strange_objects_are_told_too);
    suite_add_tcase(suite, tc);
    return suite;
}
