#include "edge/write.h"
#include "edge_api_test.h"

static char *owned(const char *name, const struct edge_object *owner)
{
    return xasprintf(
        "{'metadata':{'name':'%s','ownerReferences':[{'kind':'ConfigMap','apiVersion':'v1','name':'%s','uid':"
        "'%s'}]}}",
        name, json_str(owner->json, "metadata.name"), json_str(owner->json, "metadata.uid"));
}

/* a owns b, b owns c. */
static void chain(void)
{
    const struct edge_object *o = bench_create("ConfigMap", "{'metadata':{'name':'a'}}");
    static const char *const names[] = {"b", "c"};
    for (size_t i = 0; i < 2; i++) {
        char *text = owned(names[i], o);
        o = bench_create("ConfigMap", text);
        free(text);
    }
}

START_TEST(what_is_owned_goes_with_its_owner)
{
    chain();
    edge_delete(bench.store, bench_find("ConfigMap", "a"), -1);
    ck_assert_ptr_null(bench_find("ConfigMap", "a"));
    bench_turn();
    ck_assert_ptr_null(bench_find("ConfigMap", "b"));
    ck_assert_ptr_null(bench_find("ConfigMap", "c"));
}
END_TEST

START_TEST(orphans_stay)
{
    chain();
    edge_delete_with(bench.store, bench_find("ConfigMap", "a"), -1, "Orphan");
    bench_turn();
    ck_assert_ptr_null(bench_find("ConfigMap", "a"));
    ck_assert_ptr_null(json_at(bench_find("ConfigMap", "b")->json, "metadata.ownerReferences"));
    ck_assert_ptr_nonnull(bench_find("ConfigMap", "c"));
}
END_TEST

START_TEST(in_the_foreground_the_owner_goes_last)
{
    const struct edge_object *a = bench_create("ConfigMap", "{'metadata':{'name':'a'}}");
    char *text = owned("b", a);
    cJSON *json = json_of(text);
    free(text);
    json_set_str(json, "metadata.namespace", "default");
    json_set(json, "metadata.finalizers", json_of("['hold']"));
    int status;
    struct err err = ERR_INIT;
    ck_assert_ptr_nonnull(edge_store_create(bench.store, a->kind, json, &status, &err));
    edge_delete_with(bench.store, a, -1, "Foreground");
    bench_turn();
    ck_assert_ptr_nonnull(json_str(bench_find("ConfigMap", "a")->json, "metadata.deletionTimestamp"));
    const struct edge_object *b = bench_find("ConfigMap", "b");
    ck_assert_ptr_nonnull(json_str(b->json, "metadata.deletionTimestamp"));
    json = cJSON_Duplicate(b->json, true);
    json_del(json, "metadata.finalizers");
    edge_gc_released(bench.store, edge_store_update(bench.store, b->kind, json, &status, &err));
    bench_turn();
    ck_assert_ptr_null(bench_find("ConfigMap", "b"));
    ck_assert_ptr_null(bench_find("ConfigMap", "a"));
}
END_TEST

START_TEST(who_has_another_owner_stays)
{
    const struct edge_object *a = bench_create("ConfigMap", "{'metadata':{'name':'a'}}");
    const struct edge_object *b = bench_create("ConfigMap", "{'metadata':{'name':'b'}}");
    char *text =
        xasprintf("{'metadata':{'name':'c','ownerReferences':[{'kind':'ConfigMap','name':'a','uid':'%s'},{'kind':"
                  "'ConfigMap','name':'b','uid':'%s'}]}}",
                  json_str(a->json, "metadata.uid"), json_str(b->json, "metadata.uid"));
    bench_create("ConfigMap", text);
    free(text);
    edge_delete(bench.store, a, -1);
    bench_turn();
    ck_assert_ptr_nonnull(bench_find("ConfigMap", "c"));
    edge_delete(bench.store, b, -1);
    bench_turn();
    ck_assert_ptr_null(bench_find("ConfigMap", "c"));
}
END_TEST

#define BOUND "{'metadata':{'name':'p'},'spec':{'nodeName':'gpu-1','containers':[{'name':'c','image':'i'}]}}"

START_TEST(a_running_pod_gets_its_grace)
{
    const struct edge_object *pod = bench_create("Pod", BOUND);
    edge_delete(bench.store, pod, -1);
    ck_assert_str_eq(json_str(pod->json, "metadata.deletionTimestamp"), "2026-01-02T03:04:35Z");
    ck_assert_int_eq(json_int(pod->json, "metadata.deletionGracePeriodSeconds", -1), 30);
    uint64_t rv = pod->rv;
    edge_delete(bench.store, pod, -1); /* again: nothing */
    ck_assert_uint_eq(pod->rv, rv);
    edge_delete(bench.store, pod, 5); /* sooner */
    ck_assert_str_eq(json_str(pod->json, "metadata.deletionTimestamp"), "2026-01-02T03:04:10Z");
    edge_delete(bench.store, pod, 0); /* now */
    ck_assert_ptr_null(bench_find("Pod", "p"));
}
END_TEST

START_TEST(a_grace_beyond_all_time_is_a_long_one)
{
    const struct edge_object *pod = bench_create("Pod", BOUND);
    edge_delete(bench.store, pod, INT64_MAX);
    ck_assert_str_eq(json_str(pod->json, "metadata.deletionTimestamp"), "2125-12-09T03:04:05Z");
}
END_TEST

START_TEST(a_pod_that_nobody_runs_goes_at_once)
{
    bench_create("Pod", "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
    edge_delete(bench.store, bench_find("Pod", "p"), -1);
    ck_assert_ptr_null(bench_find("Pod", "p"));
}
END_TEST

START_TEST(a_namespace_empties_itself_first)
{
    const struct edge_kind *namespaces = edge_kind_by_name("Namespace");
    bench_create("Namespace", "{'metadata':{'name':'default'}}");
    bench_create("ConfigMap", "{'metadata':{'name':'m'}}");
    bench_create("Pod", BOUND);
    edge_delete(bench.store, edge_store_find(bench.store, namespaces, NULL, "default"), -1);
    bench_turn();
    ck_assert_ptr_null(bench_find("ConfigMap", "m"));
    const struct edge_object *ns = edge_store_find(bench.store, namespaces, NULL, "default");
    ck_assert_str_eq(json_str(ns->json, "status.phase"), "Terminating");
    ck_assert_ptr_nonnull(json_str(bench_find("Pod", "p")->json, "metadata.deletionTimestamp"));
    edge_store_remove(bench.store, edge_kind_by_name("Pod"), "default", "p"); /* as its agent does */
    bench_turn();
    ck_assert_ptr_null(edge_store_find(bench.store, namespaces, NULL, "default"));
}
END_TEST

Suite *edge_api_gc_suite(void)
{
    Suite *suite = suite_create("edge deletion");
    TCase *tc = tcase_create("deletion");
    tcase_add_checked_fixture(tc, bench_setup, bench_teardown);
    tcase_add_test(tc, what_is_owned_goes_with_its_owner);
    tcase_add_test(tc, orphans_stay);
    tcase_add_test(tc, in_the_foreground_the_owner_goes_last);
    tcase_add_test(tc, who_has_another_owner_stays);
    tcase_add_test(tc, a_running_pod_gets_its_grace);
    tcase_add_test(tc, a_grace_beyond_all_time_is_a_long_one);
    tcase_add_test(tc, a_pod_that_nobody_runs_goes_at_once);
    tcase_add_test(tc, a_namespace_empties_itself_first);
    suite_add_tcase(suite, tc);
    return suite;
}
