#include "k8s/discovery.h"
#include "k8s/tablerow.h"
#include "k8s_script.h"

static struct discovery *discovery;
static int learnt;

static void on_learnt(void *data UNUSED, struct discovery *d UNUSED)
{
    learnt++;
}

static void setup(void)
{
    script_setup();
    learnt = 0;
    discovery = discovery_new(script.client, on_learnt, NULL);
}

static void teardown(void)
{
    discovery_free(discovery);
    script_teardown();
}

static char *quoted(const char *text)
{
    char *copy = xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

static void answer(const char *url, int status, const char *json)
{
    struct script_call *call = script_next();
    ck_assert_msg(str_ends(call->url, url), "%s is not %s", call->url, url);
    char *text = quoted(json);
    script_answer(call, status, text);
    free(text);
}

static void expect(const char *word, const char *wanted)
{
    const struct api_kind *kind = discovery_find(discovery, word, NULL);
    struct buf text;
    buf_init(&text, 256);
    if (kind)
        buf_addf(&text, "%s/%s/%s%s", kind->group, kind->version, kind->plural, kind->namespaced ? "" : " cluster");
    ck_assert_msg(str_eq(text.data, wanted), "'%s' is '%s', not '%s'", word, text.data, wanted);
    buf_release(&text);
}

#define RESOURCE(plural, singular, kind, scope, more)                                                                                \
    "{'resource':'" plural "','singularResource':'" singular "','scope':'" scope "','responseKind':{'kind':'" kind                   \
    "'},'verbs':['get','list','watch']" more "}"
#define LIST(items) "{'kind':'APIGroupDiscoveryList','items':[" items "]}"
#define CORE                                                                                                                         \
    LIST("{'metadata':{},'versions':[{'version':'v1','resources':["                                                                  \
         RESOURCE("pods", "pod", "Pod", "Namespaced", ",'shortNames':['po'],'subresources':[{'subresource':'log'}]") ","             \
         RESOURCE("events", "event", "Event", "Namespaced", ",'shortNames':['ev']") ","                                              \
         RESOURCE("nodes", "node", "Node", "Cluster", "") ","                                                                        \
         "{'resource':'bindings','responseKind':{'kind':'Binding'},'scope':'Namespaced','verbs':['create']}]}]}")

START_TEST(words_mean_kinds)
{
    answer("/api", 200, CORE);
    ck_assert(discovery_asking(discovery));
    answer("/apis", 200,
           LIST("{'metadata':{'name':'events.k8s.io'},'versions':[{'version':'v1','resources':[" RESOURCE("events", "event", "Event", "Namespaced", "") "]}]},"
                "{'metadata':{'name':'example.com'},'versions':[{'version':'v2','resources':[" RESOURCE("cameras", "", "Camera", "Namespaced", ",'shortNames':['po','cam'],'categories':['all']")
                "]},{'version':'v1','resources':[" RESOURCE("cameras", "camera", "Camera", "Namespaced", "") "," RESOURCE("lenses", "lens", "Lens", "Cluster", "") "]}]}"));
    script_settle();
    ck_assert_int_eq(learnt, 1);
    ck_assert_uint_eq(discovery_count(discovery), 6); /* an old version only where there is no better one, and nothing that cannot be listed */
    expect("pods", "/v1/pods");
    expect("Pod", "/v1/pods");
    expect("po", "/v1/pods"); /* core before others */
    expect("nodes", "/v1/nodes cluster");
    expect("cam", "example.com/v2/cameras");
    expect("CAMERA", "example.com/v2/cameras");
    expect("cameras.example.com", "example.com/v2/cameras");
    expect("cameras.v2.example.com", "example.com/v2/cameras");
    expect("lens", "example.com/v1/lenses cluster");
    expect("bindings", "");
    expect("log", "");
    expect("", "");
    expect("cameras.example.org", "");
    const struct api_kind *other, *found = discovery_find(discovery, "events", &other);
    ck_assert_str_eq(found->group, "");
    ck_assert_str_eq(other->group, "events.k8s.io");
    ck_assert_ptr_eq(api_kind_rows(found), api_kind_rows(found));
    script_none();
}
END_TEST

/* A server that does not know the aggregated form answers with its groups. */
START_TEST(an_old_server_is_asked_group_by_group)
{
    answer("/api", 200, "{'kind':'APIVersions','versions':['v1']}");
    answer("/apis", 200, "{'kind':'APIGroupList','groups':[{'name':'apps','versions':[{'version':'v1beta1'},{'version':'v1'}],"
                         "'preferredVersion':{'version':'v1'}}]}");
    answer("/api/v1", 200, "{'kind':'APIResourceList','groupVersion':'v1','resources':[{'name':'pods','singularName':'','namespaced':true,"
                           "'kind':'Pod','shortNames':['po'],'verbs':['get','list']},{'name':'pods/log','kind':'Pod','verbs':['get','list']}]}");
    answer("/apis/apps/v1", 200, "{'kind':'APIResourceList','resources':[{'name':'deployments','singularName':'deployment','namespaced':true,"
                                 "'kind':'Deployment','verbs':['list','watch']}]}");
    answer("/apis/apps/v1beta1", 503, "{'kind':'Status','code':503,'message':'gone fishing'}");
    script_settle();
    ck_assert_uint_eq(discovery_count(discovery), 2);
    expect("pod", "/v1/pods");
    expect("deployment", "apps/v1/deployments");
    ck_assert(strstr(discovery_why(discovery), "gone fishing") != NULL); /* a group that does not answer takes nothing from the others */
}
END_TEST

START_TEST(a_crd_that_came_later_is_found_when_asked_again)
{
    answer("/api", 200, CORE);
    answer("/apis", 200, LIST(""));
    script_settle();
    expect("cam", "");
    ck_assert(!discovery_again(discovery)); /* that was just asked */
    script_pass(2);
    ck_assert(discovery_again(discovery));
    expect("po", "/v1/pods"); /* meanwhile what was known holds */
    answer("/api", 200, CORE);
    answer("/apis", 200, LIST("{'metadata':{'name':'example.com'},'versions':[{'version':'v1','resources':[" RESOURCE("cameras", "camera", "Camera", "Namespaced", ",'shortNames':['cam']") "]}]}"));
    script_settle();
    expect("cam", "example.com/v1/cameras");
}
END_TEST

START_TEST(nothing_is_lost_by_a_refusal)
{
    answer("/api", 200, CORE);
    answer("/apis", 200, LIST(""));
    script_pass(2);
    discovery_again(discovery);
    answer("/api", 403, "{'kind':'Status','code':403,'message':'forbidden'}");
    answer("/apis", 403, "{'kind':'Status','code':403,'message':'forbidden'}");
    script_settle();
    ck_assert_int_eq(learnt, 2);
    ck_assert_str_ne(discovery_why(discovery), "");
    expect("po", "/v1/pods");
}
END_TEST

Suite *k8s_discovery_suite(void)
{
    Suite *suite = suite_create("k8s discovery");
    TCase *tc = tcase_create("discovery");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, words_mean_kinds);
    tcase_add_test(tc, an_old_server_is_asked_group_by_group);
    tcase_add_test(tc, a_crd_that_came_later_is_found_when_asked_again);
    tcase_add_test(tc, nothing_is_lost_by_a_refusal);
    suite_add_tcase(suite, tc);
    return suite;
}
