#include "edge/query.h"
#include "edge_api_test.h"

static const struct {
    const char *labels, *fields;
    bool matches; /* a pod labelled app=web, tier=front, empty="" on node gpu-1, Running */
} cases[] = {
    {"app=web", NULL, true},
    {"app==web", NULL, true},
    {"app = web", NULL, true},
    {"app=db", NULL, false},
    {"app!=db", NULL, true},
    {"other!=x", NULL, true},
    {"other=", NULL, false},
    {"empty=", NULL, true},
    {"app", NULL, true},
    {"other", NULL, false},
    {"!other", NULL, true},
    {"! app", NULL, false},
    {"app in (db, web)", NULL, true},
    {"app in (db)", NULL, false},
    {"app in(db,web),tier=front", NULL, true},
    {"app notin (db)", NULL, true},
    {"app notin (web)", NULL, false},
    {"other notin (web)", NULL, true},
    {"app=web,tier!=front", NULL, false},
    {" app=web , tier in (front,back) ", NULL, true},
    {"n>3", NULL, true},
    {"n<3", NULL, false},
    {"in=x", NULL, false},
    {"", "spec.nodeName=gpu-1", true},
    {NULL, "spec.nodeName!=gpu-1", false},
    {NULL, "spec.nodeName=gpu-1,status.phase!=Failed,status.phase!=Succeeded", true},
    {NULL, "metadata.name=p,metadata.namespace=default", true},
    {NULL, "status.podIP=", true},
    {"app=web", "status.phase=Pending", false},
};

START_TEST(selectors_match_as_they_should)
{
    cJSON *pod =
        json_of("{'metadata':{'name':'p','namespace':'default','labels':{'app':'web','tier':'front','empty':'',"
                "'n':'5'}},'spec':{'nodeName':'gpu-1'},'status':{'phase':'Running'}}");
    struct edge_query query;
    struct err err = ERR_INIT;
    ck_assert_msg(edge_query_init(&query, edge_kind_by_name("Pod"), cases[_i].labels, cases[_i].fields, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(edge_query_matches(&query, pod) == cases[_i].matches, "%s / %s", cases[_i].labels, cases[_i].fields);
    edge_query_release(&query);
    cJSON_Delete(pod);
}
END_TEST

static const struct {
    const char *labels, *fields;
} bad[] = {
    {"app in web", NULL}, {"app in (web", NULL}, {"=x", NULL},        {"app=web,", NULL},
    {"app web", NULL},    {"!", NULL},           {"a=b)", NULL},      {NULL, "spec.foo=1"},
    {NULL, "metadata"},   {NULL, "reason=x"},    {"app notin", NULL}, {",", NULL},
};

START_TEST(what_is_no_selector_is_refused)
{
    struct edge_query query;
    struct err err = ERR_INIT;
    ck_assert_int_eq(edge_query_init(&query, edge_kind_by_name("Pod"), bad[_i].labels, bad[_i].fields, &err), -1);
    ck_assert(err_is_set(&err));
}
END_TEST

START_TEST(a_field_value_may_hold_commas_escaped)
{
    cJSON *event = json_of("{'involvedObject':{'fieldPath':'a,b=c'}}");
    struct edge_query query;
    struct err err = ERR_INIT;
    ck_assert_int_eq(
        edge_query_init(&query, edge_kind_by_name("Event"), NULL, "involvedObject.fieldPath=a\\,b\\=c", &err), 0);
    ck_assert(edge_query_matches(&query, event));
    edge_query_release(&query);
    cJSON_Delete(event);
}
END_TEST

Suite *edge_api_query_suite(void)
{
    Suite *suite = suite_create("edge selectors");
    TCase *tc = tcase_create("selectors");
    tcase_add_loop_test(tc, selectors_match_as_they_should, 0, (int)ARRAY_SIZE(cases));
    tcase_add_loop_test(tc, what_is_no_selector_is_refused, 0, (int)ARRAY_SIZE(bad));
    tcase_add_test(tc, a_field_value_may_hold_commas_escaped);
    suite_add_tcase(suite, tc);
    return suite;
}
