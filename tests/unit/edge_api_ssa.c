#include "base/time.h"
#include "edge/fieldset.h"
#include "edge/managed.h"
#include "edge_api_test.h"

static const struct edge_kind *deployments(void)
{
    return edge_kind_by_name("Deployment");
}

static struct edge_writer as(const char *manager, const char *subresource)
{
    return (struct edge_writer){manager, subresource, time_parse("2026-01-02T03:04:05Z")};
}

/* Applies; on a conflict NULL with the message in err. Takes live. */
static cJSON *apply(cJSON *live, const char *manager, const char *config, bool force, struct err *err)
{
    struct edge_writer writer = as(manager, "");
    cJSON *applied = json_of(config), *causes = NULL;
    err_clear(err);
    cJSON *after = edge_managed_apply(deployments(), live, applied, &writer, force, &causes, err);
    cJSON_Delete(applied);
    cJSON_Delete(causes);
    if (after)
        cJSON_Delete(live);
    return after;
}

static cJSON *write_as(cJSON *live, const char *manager, const char *subresource, const char *path, cJSON *value)
{
    struct edge_writer writer = as(manager, subresource);
    cJSON *after = live ? cJSON_Duplicate(live, true) : cJSON_CreateObject();
    json_set(after, path, value);
    edge_managed_update(deployments(), after, live, &writer);
    cJSON_Delete(live);
    return after;
}

static const cJSON *owned(const cJSON *object, const char *manager)
{
    const cJSON *entry;
    cJSON_ArrayForEach (entry, json_array(object, "metadata.managedFields"))
        if (str_eq(json_str(entry, "manager"), manager))
            return json_get(entry, "fieldsV1");
    return NULL;
}

#define CONTAINERS(list) "{'spec':{'template':{'spec':{'containers':" list "}}}}"

START_TEST(an_applied_configuration_is_owned_field_by_field)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "me",
                     "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','labels':{'a':'b'}},'spec':{"
                     "'replicas':2,'selector':{'matchLabels':{'a':'b'}},'template':{'spec':{'containers':[{'name':'c',"
                     "'image':'i','args':['x','y'],'ports':[{'containerPort':80}],'env':[{'name':'E','value':'1'}]}],"
                     "'nodeSelector':{'k':'v'}}}}}",
                     false, &err);
    check_json(
        json_at(o, "metadata.managedFields"),
        "[{'manager':'me','operation':'Apply','apiVersion':'apps/v1','time':'2026-01-02T03:04:05Z',"
        "'fieldsType':'FieldsV1','fieldsV1':{'f:metadata':{'f:labels':{'f:a':{}}},'f:spec':{'f:replicas':{},"
        "'f:selector':{},'f:template':{'f:spec':{'f:containers':{'k:{\\\"name\\\":\\\"c\\\"}':{'.':{},'f:args':{},"
        "'f:env':{'k:{\\\"name\\\":\\\"E\\\"}':{'.':{},'f:name':{},'f:value':{}}},'f:image':{},'f:name':{},"
        "'f:ports':{'k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}':{'.':{},'f:containerPort':{}}}}},"
        "'f:nodeSelector':{}}}}}}]");
    cJSON_Delete(o);
}
END_TEST

START_TEST(what_is_left_out_goes)
{
    struct err err = ERR_INIT;
    cJSON *o =
        apply(NULL, "me", "{'metadata':{'labels':{'a':'1','b':'2'}},'spec':{'paused':true,'replicas':1}}", false, &err);
    o = apply(o, "me", "{'metadata':{'labels':{'b':'2'}},'spec':{'replicas':1}}", false, &err);
    json_del(o, "metadata.managedFields");
    check_json(o, "{'metadata':{'labels':{'b':'2'}},'spec':{'replicas':1}}");
    cJSON_Delete(o);
}
END_TEST

START_TEST(what_somebody_else_owns_too_stays)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "me", "{'metadata':{'labels':{'a':'1','b':'2'}},'spec':{'replicas':1}}", false, &err);
    o = apply(o, "you", "{'metadata':{'labels':{'a':'1'}}}", false, &err);
    o = apply(o, "me", "{'spec':{'replicas':1}}", false, &err);
    check_json(json_at(o, "metadata.labels"), "{'a':'1'}");
    ck_assert_ptr_null(json_at(owned(o, "me"), "f:metadata"));
    cJSON_Delete(o);
}
END_TEST

START_TEST(a_container_left_out_goes_whole_with_what_was_filled_in)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "me", CONTAINERS("[{'name':'a','image':'i'},{'name':'b','image':'i'}]"), false, &err);
    cJSON *a = cJSON_GetArrayItem((cJSON *)json_at(o, "spec.template.spec.containers"), 0);
    json_set_str(a, "imagePullPolicy", "Always"); /* a default: nobody's */
    o = apply(o, "me", CONTAINERS("[{'name':'b','image':'i'}]"), false, &err);
    check_json(json_at(o, "spec.template.spec.containers"), "[{'name':'b','image':'i'}]");
    cJSON_Delete(o);
}
END_TEST

START_TEST(a_field_with_nothing_left_in_it_goes)
{
    struct err err = ERR_INIT;
    cJSON *o =
        apply(NULL, "me", CONTAINERS("[{'name':'a','image':'i','resources':{'limits':{'cpu':'1'}}}]"), false, &err);
    json_set_str(cJSON_GetArrayItem((cJSON *)json_at(o, "spec.template.spec.containers"), 0), "resources.requests.cpu",
                 "1");
    o = apply(o, "me", CONTAINERS("[{'name':'a','image':'i'}]"), false, &err);
    check_json(json_at(o, "spec.template.spec.containers"), "[{'name':'a','image':'i'}]");
    cJSON_Delete(o);
}
END_TEST

START_TEST(a_value_that_another_applied_is_a_conflict)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "you", "{'spec':{'replicas':1}}", false, &err);
    struct edge_writer me = as("me", "");
    cJSON *config = json_of("{'spec':{'replicas':2}}"), *causes = NULL;
    ck_assert_ptr_null(edge_managed_apply(deployments(), o, config, &me, false, &causes, &err));
    ck_assert_str_eq(err.text, "Apply failed with 1 conflict: conflict with \"you\": .spec.replicas");
    check_json(causes,
               "[{'reason':'FieldManagerConflict','message':'conflict with \\\"you\\\"','field':'.spec.replicas'}]");
    cJSON_Delete(causes);
    cJSON_Delete(config);
    o = apply(o, "me", "{'spec':{'replicas':2}}", true, &err);
    ck_assert_int_eq(json_int(o, "spec.replicas", 0), 2);
    ck_assert_ptr_null(owned(o, "you"));
    check_json(owned(o, "me"), "{'f:spec':{'f:replicas':{}}}");
    cJSON_Delete(o);
}
END_TEST

START_TEST(the_same_value_is_shared_without_a_conflict)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "you", "{'spec':{'replicas':2}}", false, &err);
    o = apply(o, "me", "{'spec':{'replicas':2}}", false, &err);
    check_json(owned(o, "me"), "{'f:spec':{'f:replicas':{}}}");
    check_json(owned(o, "you"), "{'f:spec':{'f:replicas':{}}}");
    cJSON_Delete(o);
}
END_TEST

START_TEST(several_conflicts_are_listed_by_manager)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "you", "{'spec':{'replicas':1,'paused':true}}", false, &err);
    o = write_as(o, "kubectl-scale", "scale", "spec.replicas", cJSON_CreateNumber(3));
    struct edge_writer me = as("me", "");
    cJSON *config = json_of("{'spec':{'replicas':2,'paused':false}}"), *causes = NULL;
    ck_assert_ptr_null(edge_managed_apply(deployments(), o, config, &me, false, &causes, &err));
    ck_assert_str_eq(err.text, "Apply failed with 2 conflicts: conflicts with \"you\":\n- .spec.paused\nconflicts with "
                               "\"kubectl-scale\" with subresource \"scale\" using apps/v1:\n- .spec.replicas");
    cJSON_Delete(causes);
    cJSON_Delete(config);
    cJSON_Delete(o);
}
END_TEST

START_TEST(a_path_in_a_list_names_the_item)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "you", CONTAINERS("[{'name':'a','image':'i','ports':[{'containerPort':80,'name':'x'}]}]"),
                     false, &err);
    ck_assert_ptr_null(
        apply(o, "me", CONTAINERS("[{'name':'a','ports':[{'containerPort':80,'name':'y'}]}]"), false, &err));
    ck_assert_str_eq(err.text,
                     "Apply failed with 1 conflict: conflict with \"you\": "
                     ".spec.template.spec.containers[name=\"a\"].ports[containerPort=80,protocol=\"TCP\"].name");
    cJSON_Delete(o);
}
END_TEST

START_TEST(a_plain_write_takes_fields_from_appliers)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "me", "{'metadata':{'labels':{'a':'1'}},'spec':{'replicas':1}}", false, &err);
    o = write_as(o, "kubectl-scale", "scale", "spec.replicas", cJSON_CreateNumber(3));
    check_json(owned(o, "me"), "{'f:metadata':{'f:labels':{'f:a':{}}}}");
    check_json(owned(o, "kubectl-scale"), "{'f:spec':{'f:replicas':{}}}");
    /* and what a plain write removes is nobody's */
    cJSON *after = cJSON_Duplicate(o, true);
    json_del(after, "metadata.labels");
    struct edge_writer w = as("kubectl", "");
    edge_managed_update(deployments(), after, o, &w);
    ck_assert_ptr_null(owned(after, "me"));
    ck_assert_ptr_null(owned(after, "kubectl"));
    cJSON_Delete(after);
    cJSON_Delete(o);
}
END_TEST

START_TEST(a_creation_books_what_is_new)
{
    struct edge_writer w = as("kubectl", "");
    cJSON *o =
        json_of("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','uid':'u','labels':{'a':'b'}},"
                "'spec':{'replicas':1,'template':{'spec':{'containers':[{'name':'c','image':'i','resources':{}}]}}},"
                "'status':{'replicas':0}}");
    edge_managed_update(deployments(), o, NULL, &w);
    check_json(owned(o, "kubectl"),
               "{'f:metadata':{'f:labels':{'.':{},'f:a':{}}},'f:spec':{'f:replicas':{},'f:template':{'f:spec':{"
               "'f:containers':{'k:{\\\"name\\\":\\\"c\\\"}':{'.':{},'f:name':{},'f:image':{},'f:resources':{}}}}}}}");
    cJSON_Delete(o);
}
END_TEST

START_TEST(the_same_again_changes_nothing_at_all)
{
    struct err err = ERR_INIT;
    const char *config = CONTAINERS("[{'name':'a','image':'i','env':[{'name':'X','value':'1'}]}]");
    cJSON *o = apply(NULL, "me", config, false, &err);
    cJSON *before = cJSON_Duplicate(o, true), *applied = json_of(config), *causes = NULL;
    struct edge_writer later = as("me", "");
    later.now += 3600 * NSEC_PER_SEC;
    cJSON *after = edge_managed_apply(deployments(), o, applied, &later, false, &causes, &err);
    ck_assert(json_equal(before, after));
    cJSON_Delete(after);
    cJSON_Delete(before);
    cJSON_Delete(applied);
    cJSON_Delete(o);
}
END_TEST

START_TEST(items_keep_the_applied_order_among_those_of_others)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "you", CONTAINERS("[{'name':'a'},{'name':'b'}]"), false, &err);
    o = apply(o, "me", CONTAINERS("[{'name':'d'},{'name':'c'}]"), false, &err);
    o = apply(o, "me", CONTAINERS("[{'name':'c'},{'name':'d'}]"), false, &err);
    check_json(json_at(o, "spec.template.spec.containers"), "[{'name':'a'},{'name':'b'},{'name':'c'},{'name':'d'}]");
    cJSON_Delete(o);
}
END_TEST

START_TEST(an_atomic_list_is_replaced_and_owned_whole)
{
    struct err err = ERR_INIT;
    cJSON *o = apply(NULL, "you", CONTAINERS("[{'name':'a','args':['1','2']}]"), false, &err);
    ck_assert_ptr_null(apply(o, "me", CONTAINERS("[{'name':'a','args':['1']}]"), false, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "containers[name=\"a\"].args"));
    o = apply(o, "me", CONTAINERS("[{'name':'a','args':['1']}]"), true, &err);
    check_json(json_at(o, "spec.template.spec.containers"), "[{'name':'a','args':['1']}]");
    cJSON_Delete(o);
}
END_TEST

START_TEST(the_same_key_twice_is_refused)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(apply(NULL, "me", CONTAINERS("[{'name':'a'},{'name':'a'}]"), false, &err));
    ck_assert_ptr_nonnull(strstr(err.text, ".spec.template.spec.containers: duplicate entries for key [name=\"a\"]"));
}
END_TEST

START_TEST(ports_with_and_without_protocol_are_one)
{
    struct err err = ERR_INIT;
    cJSON *o =
        apply(NULL, "you", CONTAINERS("[{'name':'a','ports':[{'containerPort':80,'protocol':'TCP'}]}]"), false, &err);
    o = apply(o, "me", CONTAINERS("[{'name':'a','ports':[{'containerPort':80}]}]"), false, &err);
    check_json(json_at(o, "spec.template.spec.containers"),
               "[{'name':'a','ports':[{'containerPort':80,'protocol':'TCP'}]}]");
    cJSON_Delete(o);
}
END_TEST

START_TEST(nulls_say_nothing)
{
    struct err err = ERR_INIT;
    cJSON *o =
        apply(NULL, "me", "{'metadata':{'creationTimestamp':null},'spec':{'replicas':1,'paused':null}}", false, &err);
    check_json(json_get(o, "spec"), "{'replicas':1}");
    check_json(owned(o, "me"), "{'f:spec':{'f:replicas':{}}}");
    cJSON_Delete(o);
}
END_TEST

START_TEST(sets_add_and_subtract)
{
    cJSON *a = json_of("{'f:a':{},'f:b':{'.':{},'f:c':{}}}"), *b = json_of("{'f:b':{'f:c':{},'f:d':{}}}"), *out;
    out = fieldset_union(a, b);
    check_json(out, "{'f:a':{},'f:b':{'.':{},'f:c':{},'f:d':{}}}");
    cJSON_Delete(out);
    out = fieldset_minus(a, b);
    check_json(out, "{'f:a':{},'f:b':{}}");
    cJSON_Delete(out);
    out = fieldset_common(a, b);
    check_json(out, "{'f:b':{'f:c':{}}}");
    cJSON_Delete(out);
    out = fieldset_minus(a, a);
    ck_assert(fieldset_empty(out));
    cJSON_Delete(out);
    cJSON_Delete(a);
    cJSON_Delete(b);
}
END_TEST

static const struct {
    const char *object, *unknown;
} strict[] = {
    {"{'spec':{'replicas':1}}", ""},
    {"{'spec':{'replica':1}}", "unknown field \"spec.replica\""},
    {"{'speck':{},'spec':{'template':{'spec':{'containers':[{'name':'a','imag':'x'}]}}}}",
     "unknown field \"speck\", unknown field \"spec.template.spec.containers[0].imag\""},
    {"{'metadata':{'labels':{'anything':'goes'}}}", ""},
};

START_TEST(a_strict_reader_names_what_it_does_not_know)
{
    cJSON *object = json_of(strict[_i].object);
    struct buf text;
    buf_init(&text, 4096);
    schema_unknown(schema_of("Deployment"), object, &text);
    ck_assert_str_eq(text.data, strict[_i].unknown);
    buf_release(&text);
    cJSON_Delete(object);
}
END_TEST

static const char *const mistyped[] = {
    "{'spec':{'replicas':'two'}}",
    "{'spec':{'replicas':1.5}}",
    "{'spec':[]}",
    "{'metadata':{'labels':{'a':1}}}",
    "{'spec':{'template':{'spec':{'containers':{}}}}}",
    "{'spec':{'paused':'yes'}}",
    "{'metadata':{'creationTimestamp':'yesterday'}}",
    "{'metadata':'x'}",
};

START_TEST(a_value_of_the_wrong_type_is_told)
{
    cJSON *object = json_of(mistyped[_i]);
    struct err err = ERR_INIT;
    ck_assert_int_eq(schema_check(schema_of("Deployment"), object, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot unmarshal"));
    cJSON_Delete(object);
}
END_TEST

Suite *edge_api_ssa_suite(void)
{
    Suite *suite = suite_create("edge apply");
    TCase *tc = tcase_create("apply");
    tcase_add_test(tc, an_applied_configuration_is_owned_field_by_field);
    tcase_add_test(tc, what_is_left_out_goes);
    tcase_add_test(tc, what_somebody_else_owns_too_stays);
    tcase_add_test(tc, a_container_left_out_goes_whole_with_what_was_filled_in);
    tcase_add_test(tc, a_field_with_nothing_left_in_it_goes);
    tcase_add_test(tc, a_value_that_another_applied_is_a_conflict);
    tcase_add_test(tc, the_same_value_is_shared_without_a_conflict);
    tcase_add_test(tc, several_conflicts_are_listed_by_manager);
    tcase_add_test(tc, a_path_in_a_list_names_the_item);
    tcase_add_test(tc, a_plain_write_takes_fields_from_appliers);
    tcase_add_test(tc, a_creation_books_what_is_new);
    tcase_add_test(tc, the_same_again_changes_nothing_at_all);
    tcase_add_test(tc, items_keep_the_applied_order_among_those_of_others);
    tcase_add_test(tc, an_atomic_list_is_replaced_and_owned_whole);
    tcase_add_test(tc, the_same_key_twice_is_refused);
    tcase_add_test(tc, ports_with_and_without_protocol_are_one);
    tcase_add_test(tc, nulls_say_nothing);
    tcase_add_test(tc, sets_add_and_subtract);
    tcase_add_loop_test(tc, a_strict_reader_names_what_it_does_not_know, 0, (int)ARRAY_SIZE(strict));
    tcase_add_loop_test(tc, a_value_of_the_wrong_type_is_told, 0, (int)ARRAY_SIZE(mistyped));
    suite_add_tcase(suite, tc);
    return suite;
}
