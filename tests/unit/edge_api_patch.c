#include "edge/canonical.h"
#include "edge/patch.h"
#include "edge_api_test.h"

struct row {
    const char *before, *patch, *after; /* after NULL: refused */
};

static const struct row merges[] = {
    {"{'a':1}", "{'a':2}", "{'a':2}"},
    {"{'a':{'b':1,'c':2}}", "{'a':{'b':null}}", "{'a':{'c':2}}"},
    {"{'a':[1,2]}", "{'a':[3]}", "{'a':[3]}"},
    {"{'a':'x'}", "{'a':{'b':{'c':null,'d':1}}}", "{'a':{'b':{'d':1}}}"},
    {"{}", "{'a':null}", "{}"},
};

START_TEST(merge_patches)
{
    cJSON *object = json_of(merges[_i].before), *patch = json_of(merges[_i].patch);
    patch_merge(object, patch);
    check_json(object, merges[_i].after);
    cJSON_Delete(object);
    cJSON_Delete(patch);
}
END_TEST

#define PODSPEC(containers) "{'spec':{'containers':" containers "}}"
static const struct row strategic[] = {
    /* a container by its name, its environment by theirs */
    {PODSPEC("[{'name':'a','image':'x','env':[{'name':'K','value':'1'}]},{'name':'b'}]"),
     PODSPEC("[{'name':'a','image':'y','env':[{'name':'L','value':'2'}]}]"),
     PODSPEC("[{'name':'a','image':'y','env':[{'name':'K','value':'1'},{'name':'L','value':'2'}]},{'name':'b'}]")},
    /* one goes */
    {PODSPEC("[{'name':'a'},{'name':'b'}]"), PODSPEC("[{'name':'a','$patch':'delete'}]"), PODSPEC("[{'name':'b'}]")},
    /* all go but these */
    {PODSPEC("[{'name':'a'},{'name':'b'}]"), PODSPEC("[{'name':'c'},{'$patch':'replace'}]"), PODSPEC("[{'name':'c'}]")},
    /* in this order */
    {PODSPEC("[{'name':'a'},{'name':'b'}]"),
     "{'spec':{'$setElementOrder/containers':[{'name':'c'},{'name':'b'},{'name':'a'}],'containers':[{'name':'c'}]}}",
     PODSPEC("[{'name':'c'},{'name':'b'},{'name':'a'}]")},
    /* tolerations have no key */
    {"{'spec':{'tolerations':[{'key':'a'}]}}", "{'spec':{'tolerations':[{'key':'b'}]}}",
     "{'spec':{'tolerations':[{'key':'b'}]}}"},
    /* finalizers are a set */
    {"{'metadata':{'finalizers':['a','b']}}",
     "{'metadata':{'finalizers':['c'],'$deleteFromPrimitiveList/finalizers':['a']}}",
     "{'metadata':{'finalizers':['b','c']}}"},
    {"{'metadata':{'labels':{'a':'1','b':'2'}}}", "{'metadata':{'labels':{'a':null}}}",
     "{'metadata':{'labels':{'b':'2'}}}"},
    {"{'spec':{'securityContext':{'runAsUser':1,'fsGroup':2}}}",
     "{'spec':{'securityContext':{'$retainKeys':['fsGroup'],'fsGroup':3}}}",
     "{'spec':{'securityContext':{'fsGroup':3}}}"},
    {"{'spec':{'securityContext':{'runAsUser':1}}}", "{'spec':{'securityContext':{'$patch':'replace','fsGroup':3}}}",
     "{'spec':{'securityContext':{'fsGroup':3}}}"},
    {PODSPEC("[{'name':'a'}]"), PODSPEC("[{'image':'nameless'}]"), NULL},
};

START_TEST(strategic_patches)
{
    struct err err = ERR_INIT;
    cJSON *object = json_of(strategic[_i].before), *patch = json_of(strategic[_i].patch);
    int rc = patch_strategic(schema_of("Pod"), object, patch, &err);
    ck_assert_int_eq(rc, strategic[_i].after ? 0 : -1);
    if (strategic[_i].after)
        check_json(object, strategic[_i].after);
    cJSON_Delete(object);
    cJSON_Delete(patch);
}
END_TEST

static const struct row operations[] = {
    {"{'a':1}", "[{'op':'add','path':'/b','value':2}]", "{'a':1,'b':2}"},
    {"{'a':[1,3]}", "[{'op':'add','path':'/a/1','value':2},{'op':'add','path':'/a/-','value':4}]", "{'a':[1,2,3,4]}"},
    {"{'a':{'x/y':1}}", "[{'op':'replace','path':'/a/x~1y','value':'4'}]", "{'a':{'x/y':'4'}}"},
    {"{'a':1,'b':2}", "[{'op':'remove','path':'/a'}]", "{'b':2}"},
    {"{'a':1}", "[{'op':'move','from':'/a','path':'/b'}]", "{'b':1}"},
    {"{'a':1}", "[{'op':'copy','from':'/a','path':'/b'}]", "{'a':1,'b':1}"},
    {"{'a':1}", "[{'op':'test','path':'/a','value':1},{'op':'replace','path':'/a','value':2}]", "{'a':2}"},
    {"{'a':1}", "[{'op':'test','path':'/a','value':2}]", NULL},
    {"{'a':1}", "[{'op':'remove','path':'/b'}]", NULL},
    {"{'a':[1]}", "[{'op':'add','path':'/a/7','value':1}]", NULL},
    {"{'a':1}", "[{'op':'add','path':'/x/y','value':1}]", NULL},
    {"{'a':1}", "[{'op':'add','path':'a','value':1}]", NULL},
    {"{'a':1}", "[{'op':'fly','path':'/a'}]", NULL},
    {"{'a':1}", "{'op':'add'}", NULL},
};

START_TEST(json_patches)
{
    struct err err = ERR_INIT;
    cJSON *object = json_of(operations[_i].before), *patch = json_of(operations[_i].patch);
    int rc = patch_json(&object, patch, &err);
    ck_assert_int_eq(rc, operations[_i].after ? 0 : -1);
    if (operations[_i].after)
        check_json(object, operations[_i].after);
    cJSON_Delete(object);
    cJSON_Delete(patch);
}
END_TEST

START_TEST(copies_into_themselves_have_a_bound)
{
    struct err err = ERR_INIT;
    cJSON *object = json_of("{'a':{'x':1}}"), *patch = cJSON_CreateArray();
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof text, "{'op':'copy','from':'/a','path':'/a/%d'}", i);
        cJSON_AddItemToArray(patch, json_of(text));
    }
    ck_assert_int_eq(patch_json(&object, patch, &err), -1);
    ck_assert_msg(strstr(err.text, "more than") != NULL, "%s", err.text);
    cJSON_Delete(object);
    cJSON_Delete(patch);
}
END_TEST

static const struct {
    const char *text, *canonical; /* NULL: no quantity */
} amounts[] = {
    {"'1'", "1"},           {"1", "1"},
    {"0.5", "500m"},        {"'0.5'", "500m"},
    {"'1000m'", "1"},       {"'1024Mi'", "1Gi"},
    {"'1.5Gi'", "1536Mi"},  {"'100Mi'", "100Mi"},
    {"'0'", "0"},           {"'2k'", "2k"},
    {"'2000'", "2k"},       {"'1e3'", "1e3"},
    {"'0.1Ki'", "102400m"}, {"'-1'", "-1"},
    {"'250m'", "250m"},     {"''", NULL},
    {"'x'", NULL},          {"'1Q'", NULL},
    {"true", NULL},         {"'1 '", NULL},
    {"'1500m'", "1500m"},   {"'24684096Ki'", "24684096Ki"},
};

START_TEST(quantities_have_one_text)
{
    cJSON *value = json_of(amounts[_i].text);
    char out[64] = "";
    bool is = edge_quantity_canonical(value, out);
    ck_assert_msg(is == (amounts[_i].canonical != NULL), "%s", amounts[_i].text);
    if (is)
        ck_assert_str_eq(out, amounts[_i].canonical);
    cJSON_Delete(value);
}
END_TEST

Suite *edge_api_patch_suite(void)
{
    Suite *suite = suite_create("edge patches");
    TCase *tc = tcase_create("patches");
    tcase_add_loop_test(tc, merge_patches, 0, (int)ARRAY_SIZE(merges));
    tcase_add_loop_test(tc, strategic_patches, 0, (int)ARRAY_SIZE(strategic));
    tcase_add_loop_test(tc, json_patches, 0, (int)ARRAY_SIZE(operations));
    tcase_add_test(tc, copies_into_themselves_have_a_bound);
    tcase_add_loop_test(tc, quantities_have_one_text, 0, (int)ARRAY_SIZE(amounts));
    suite_add_tcase(suite, tc);
    return suite;
}
