#include "base/time.h"
#include "edge_api_test.h"

static const struct edge_kind *maps(void)
{
    return edge_kind_by_name("ConfigMap");
}

START_TEST(a_created_object_has_what_the_server_keeps)
{
    const struct edge_object *o = bench_create("ConfigMap", "{'metadata':{'name':'a'},'data':{'k':'v'}}");
    ck_assert_str_eq(json_str(o->json, "apiVersion"), "v1");
    ck_assert_str_eq(json_str(o->json, "kind"), "ConfigMap");
    ck_assert_str_eq(json_str(o->json, "metadata.creationTimestamp"), "2026-01-02T03:04:05Z");
    const char *uid = json_str(o->json, "metadata.uid");
    ck_assert_uint_eq(strlen(uid), 36);
    ck_assert_int_eq(uid[14], '4');
    ck_assert_ptr_nonnull(strchr("89ab", uid[19]));
    ck_assert_uint_eq((uint64_t)json_int(o->json, "metadata.resourceVersion", 0), edge_store_rv(bench.store));
}
END_TEST

START_TEST(what_a_client_may_not_set_is_not_kept)
{
    const struct edge_object *o = bench_create(
        "Deployment", "{'metadata':{'name':'d','uid':'mine','generation':9,'deletionTimestamp':'2020-01-01T00:00:00Z',"
                      "'selfLink':'/x'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':"
                      "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}");
    ck_assert_str_ne(json_str(o->json, "metadata.uid"), "mine");
    ck_assert_int_eq(json_int(o->json, "metadata.generation", 0), 1);
    ck_assert_ptr_null(json_at(o->json, "metadata.deletionTimestamp"));
    ck_assert_ptr_null(json_at(o->json, "metadata.selfLink"));
}
END_TEST

START_TEST(the_same_name_twice_is_a_conflict)
{
    struct err err;
    bench_create("ConfigMap", "{'metadata':{'name':'a'}}");
    ck_assert_int_eq(bench_refused("ConfigMap", "{'metadata':{'name':'a'}}", &err), 409);
    ck_assert_str_eq(err.text, "configmaps \"a\" already exists");
    bench_create("ConfigMap", "{'metadata':{'name':'a','namespace':'other'}}");
}
END_TEST

START_TEST(generated_names_differ)
{
    const struct edge_object *a = bench_create("ConfigMap", "{'metadata':{'generateName':'x-'}}");
    const struct edge_object *b = bench_create("ConfigMap", "{'metadata':{'generateName':'x-'}}");
    ck_assert(str_starts(json_str(a->json, "metadata.name"), "x-"));
    ck_assert_uint_eq(strlen(json_str(a->json, "metadata.name")), 7);
    ck_assert_str_ne(json_str(a->json, "metadata.name"), json_str(b->json, "metadata.name"));
}
END_TEST

static const struct edge_object *update(const struct edge_object *o, const char *path, const char *value, int *status,
                                        struct err *err)
{
    cJSON *json = cJSON_Duplicate(o->json, true);
    json_set_str(json, path, value);
    return edge_store_update(bench.store, o->kind, json, status, err);
}

START_TEST(an_update_moves_the_version_and_one_that_changes_nothing_does_not)
{
    int status;
    struct err err = ERR_INIT;
    const struct edge_object *o = bench_create("ConfigMap", "{'metadata':{'name':'a'},'data':{'k':'v'}}");
    uint64_t rv = o->rv;
    ck_assert_ptr_eq(update(o, "data.k", "v", &status, &err), o);
    ck_assert_uint_eq(o->rv, rv);
    ck_assert_ptr_eq(update(o, "data.k", "w", &status, &err), o);
    ck_assert_uint_eq(o->rv, rv + 1);
    ck_assert_str_eq(json_str(o->json, "data.k"), "w");
}
END_TEST

START_TEST(an_update_from_an_old_version_is_a_conflict)
{
    int status;
    struct err err = ERR_INIT;
    const struct edge_object *o = bench_create("ConfigMap", "{'metadata':{'name':'a'},'data':{'k':'v'}}");
    ck_assert_ptr_null(update(o, "metadata.resourceVersion", "1", &status, &err));
    ck_assert_int_eq(status, 409);
    ck_assert_str_eq(err.text,
                     "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please "
                     "apply your changes to the latest version and try again");
    ck_assert_ptr_null(update(o, "metadata.uid", "00000000-0000-4000-8000-000000000000", &status, &err));
    ck_assert_int_eq(status, 409);
}
END_TEST

START_TEST(only_the_spec_counts_generations)
{
    int status;
    struct err err = ERR_INIT;
    const struct edge_object *o = bench_create(
        "Deployment", "{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':"
                      "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}");
    ck_assert_ptr_nonnull(update(o, "metadata.labels.x", "y", &status, &err));
    ck_assert_int_eq(json_int(o->json, "metadata.generation", 0), 1);
    cJSON *json = cJSON_Duplicate(o->json, true);
    json_set_int(json, "spec.replicas", 4);
    ck_assert_ptr_nonnull(edge_store_update(bench.store, o->kind, json, &status, &err));
    ck_assert_int_eq(json_int(o->json, "metadata.generation", 0), 2);
    json = cJSON_Duplicate(o->json, true);
    json_set_int(json, "status.replicas", 4);
    ck_assert_ptr_nonnull(edge_store_update(bench.store, o->kind, json, &status, &err));
    ck_assert_int_eq(json_int(o->json, "metadata.generation", 0), 2);
}
END_TEST

START_TEST(a_try_changes_nothing)
{
    int status;
    struct err err = ERR_INIT;
    uint64_t rv = edge_store_rv(bench.store);
    cJSON *made = edge_store_try(bench.store, maps(), json_of("{'metadata':{'name':'a','namespace':'default'}}"), true,
                                 &status, &err);
    ck_assert_ptr_nonnull(json_str(made, "metadata.uid"));
    cJSON_Delete(made);
    ck_assert_ptr_null(bench_find("ConfigMap", "a"));
    ck_assert_uint_eq(edge_store_rv(bench.store), rv);
}
END_TEST

struct heard {
    char text[512];
    struct edge_listener *stop, *other;
};

static void hear(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before)
{
    struct heard *h = data;
    size_t n = strlen(h->text);
    snprintf(h->text + n, sizeof h->text - n, "%c%s%s ", "AMD"[change], json_str(object->json, "metadata.name"),
             before ? "*" : "");
    if (h->stop)
        edge_store_unlisten(h->stop);
}

START_TEST(listeners_hear_their_kind_in_order)
{
    struct heard all = {{0}}, some = {{0}};
    struct edge_listener a, b;
    int status;
    struct err err = ERR_INIT;
    edge_store_listen(bench.store, &a, NULL, hear, &all);
    edge_store_listen(bench.store, &b, maps(), hear, &some);
    const struct edge_object *o = bench_create("ConfigMap", "{'metadata':{'name':'m'}}");
    bench_create("Namespace", "{'metadata':{'name':'n'}}");
    ck_assert_ptr_nonnull(update(o, "data.k", "w", &status, &err));
    edge_store_remove(bench.store, maps(), "default", "m");
    ck_assert_str_eq(all.text, "Am An Mm* Dm* ");
    ck_assert_str_eq(some.text, "Am Mm* Dm* ");
    edge_store_unlisten(&a);
    edge_store_unlisten(&b);
    bench_create("ConfigMap", "{'metadata':{'name':'late'}}");
    ck_assert_str_eq(some.text, "Am Mm* Dm* ");
}
END_TEST

START_TEST(a_listener_may_end_itself_and_the_next_one)
{
    struct heard first = {{0}}, second = {{0}}, third = {{0}};
    struct edge_listener a, b, c;
    edge_store_listen(bench.store, &a, NULL, hear, &first);
    edge_store_listen(bench.store, &b, NULL, hear, &second);
    edge_store_listen(bench.store, &c, NULL, hear, &third);
    first.stop = &b;
    third.stop = &c;
    bench_create("ConfigMap", "{'metadata':{'name':'m'}}");
    bench_create("ConfigMap", "{'metadata':{'name':'n'}}");
    ck_assert_str_eq(first.text, "Am An ");
    ck_assert_str_eq(second.text, "");
    ck_assert_str_eq(third.text, "Am ");
    edge_store_unlisten(&a);
}
END_TEST

static void collect(void *data, const struct edge_past *past)
{
    struct heard *h = data;
    size_t n = strlen(h->text);
    snprintf(h->text + n, sizeof h->text - n, "%c%s ", "AMD"[past->change], json_str(past->json, "metadata.name"));
    ck_assert_uint_eq((uint64_t)json_int(past->json, "metadata.resourceVersion", 0), past->rv);
}

START_TEST(the_history_says_what_came_after_a_version)
{
    struct heard h = {{0}};
    bench_create("ConfigMap", "{'metadata':{'name':'a'}}");
    uint64_t rv = edge_store_rv(bench.store);
    bench_create("ConfigMap", "{'metadata':{'name':'b'}}");
    edge_store_remove(bench.store, maps(), "default", "a");
    ck_assert_int_eq(edge_store_since(bench.store, rv, collect, &h), 0);
    ck_assert_str_eq(h.text, "Ab Da ");
    h.text[0] = '\0';
    ck_assert_int_eq(edge_store_since(bench.store, edge_store_rv(bench.store), collect, &h), 0);
    ck_assert_str_eq(h.text, "");
}
END_TEST

START_TEST(the_history_forgets_and_says_so)
{
    int status;
    struct err err = ERR_INIT;
    const struct edge_object *o = bench_create("ConfigMap", "{'metadata':{'name':'a'}}");
    uint64_t rv = edge_store_rv(bench.store);
    for (int i = 0; i < EDGE_HISTORY; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        ck_assert_ptr_nonnull(update(o, "data.k", text, &status, &err));
    }
    ck_assert(edge_store_remembers(bench.store, rv));
    ck_assert_uint_eq(edge_store_after(bench.store, rv)->rv, rv + 1);
    ck_assert_ptr_nonnull(update(o, "data.k", "last", &status, &err));
    ck_assert(!edge_store_remembers(bench.store, rv));
    struct heard h = {{0}};
    ck_assert_int_eq(edge_store_since(bench.store, rv, collect, &h), -1);
}
END_TEST

START_TEST(an_iteration_survives_what_it_removes)
{
    for (int i = 0; i < 5; i++) {
        char text[64];
        snprintf(text, sizeof text, "{'metadata':{'name':'m%d'}}", i);
        bench_create("ConfigMap", text);
    }
    int seen = 0;
    for (const struct edge_object *o = edge_store_first(bench.store, maps(), "default"); o;
         o = edge_store_next(o, "default")) {
        seen++;
        edge_store_remove(bench.store, maps(), "default", json_str(o->json, "metadata.name"));
    }
    ck_assert_int_eq(seen, 5);
    ck_assert_ptr_null(edge_store_first(bench.store, maps(), NULL));
    bench_turn();
}
END_TEST

START_TEST(events_that_repeat_are_counted)
{
    const struct edge_object *pod =
        bench_create("Pod", "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
    const struct edge_kind *events = edge_kind_by_name("Event");
    for (int i = 0; i < 3; i++) {
        edge_event(bench.store, pod->json, "spec.containers{c}", "Warning", "BackOff", "kubelet", "gpu-1", "again %s",
                   "c");
        bench_pass(10 * NSEC_PER_SEC);
    }
    const struct edge_object *e = edge_store_first(bench.store, events, "default");
    ck_assert_ptr_nonnull(e);
    ck_assert_ptr_null(edge_store_next(e, "default"));
    ck_assert_int_eq(json_int(e->json, "count", 0), 3);
    ck_assert_str_eq(json_str(e->json, "firstTimestamp"), "2026-01-02T03:04:05Z");
    ck_assert_str_eq(json_str(e->json, "lastTimestamp"), "2026-01-02T03:04:25Z");
    ck_assert_str_eq(json_str(e->json, "involvedObject.fieldPath"), "spec.containers{c}");
    char name[64];
    snprintf(name, sizeof name, "p.%" PRIx64, (uint64_t)time_parse("2026-01-02T03:04:05Z"));
    ck_assert_str_eq(json_str(e->json, "metadata.name"), name);
}
END_TEST

START_TEST(the_schedulers_events_have_microseconds)
{
    const struct edge_object *pod =
        bench_create("Pod", "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
    edge_event(bench.store, pod->json, NULL, "Warning", "FailedScheduling", "default-scheduler", NULL, "none");
    edge_event(bench.store, pod->json, NULL, "Warning", "FailedScheduling", "default-scheduler", NULL, "none");
    const struct edge_object *e = edge_store_first(bench.store, edge_kind_by_name("Event"), "default");
    ck_assert_str_eq(json_str(e->json, "eventTime"), "2026-01-02T03:04:05.000000Z");
    ck_assert_int_eq(json_int(e->json, "series.count", 0), 2);
    ck_assert(cJSON_IsNull(json_get(e->json, "firstTimestamp")));
}
END_TEST

START_TEST(events_end_after_an_hour)
{
    const struct edge_object *node = bench_create("Node", "{'metadata':{'name':'n'}}");
    edge_event(bench.store, node->json, NULL, "Normal", "Old", "kubelet", "n", "old");
    bench_pass(3601 * NSEC_PER_SEC);
    edge_event(bench.store, node->json, NULL, "Normal", "New", "kubelet", "n", "new");
    const struct edge_object *e = edge_store_first(bench.store, edge_kind_by_name("Event"), "default");
    ck_assert_str_eq(json_str(e->json, "reason"), "New");
    ck_assert_ptr_null(edge_store_next(e, "default"));
}
END_TEST

Suite *edge_api_store_suite(void)
{
    Suite *suite = suite_create("edge store");
    TCase *tc = tcase_create("store");
    tcase_add_checked_fixture(tc, bench_setup, bench_teardown);
    tcase_add_test(tc, a_created_object_has_what_the_server_keeps);
    tcase_add_test(tc, what_a_client_may_not_set_is_not_kept);
    tcase_add_test(tc, the_same_name_twice_is_a_conflict);
    tcase_add_test(tc, generated_names_differ);
    tcase_add_test(tc, an_update_moves_the_version_and_one_that_changes_nothing_does_not);
    tcase_add_test(tc, an_update_from_an_old_version_is_a_conflict);
    tcase_add_test(tc, only_the_spec_counts_generations);
    tcase_add_test(tc, a_try_changes_nothing);
    tcase_add_test(tc, listeners_hear_their_kind_in_order);
    tcase_add_test(tc, a_listener_may_end_itself_and_the_next_one);
    tcase_add_test(tc, the_history_says_what_came_after_a_version);
    tcase_add_test(tc, the_history_forgets_and_says_so);
    tcase_add_test(tc, an_iteration_survives_what_it_removes);
    tcase_add_test(tc, events_that_repeat_are_counted);
    tcase_add_test(tc, the_schedulers_events_have_microseconds);
    tcase_add_test(tc, events_end_after_an_hour);
    suite_add_tcase(suite, tc);
    return suite;
}
