#include "edge_api_test.h"

#include "base/time.h"

struct bench bench;

void bench_setup(void)
{
    vclock_init(&bench.clock, time_parse("2026-01-02T03:04:05Z"));
    bench.loop = loop_new(&bench.clock.ops);
    bench.store = edge_store_new(bench.loop);
    bench.gc = edge_gc_new(bench.store);
}

void bench_teardown(void)
{
    edge_gc_free(bench.gc);
    edge_store_free(bench.store);
    loop_free(bench.loop);
}

void bench_turn(void)
{
    for (int i = 0; i < 10; i++)
        loop_turn(bench.loop, 0);
}

void bench_pass(int64_t ns)
{
    vclock_run(&bench.clock, bench.loop, ns);
}

cJSON *json_of(const char *text)
{
    char *copy = xstrdup(text);
    struct err err = ERR_INIT;
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    cJSON *json = json_parse(copy, strlen(copy), &err);
    ck_assert_msg(json != NULL, "%s in %s", err.text, copy);
    free(copy);
    return json;
}

void check_json(const cJSON *json, const char *wanted)
{
    cJSON *want = json_of(wanted);
    struct buf text, want_text;
    buf_init(&text, 1u << 20);
    buf_init(&want_text, 1u << 20);
    json_print(&text, json);
    json_print(&want_text, want);
    ck_assert_msg(json_equal(json, want), "is     %s\nwanted %s", text.data, want_text.data);
    buf_release(&text);
    buf_release(&want_text);
    cJSON_Delete(want);
}

const struct edge_object *bench_create(const char *kind, const char *text)
{
    int status;
    struct err err = ERR_INIT;
    cJSON *json = json_of(text);
    const struct edge_kind *k = edge_kind_by_name(kind);
    if (k->namespaced && !json_str(json, "metadata.namespace"))
        json_set_str(json, "metadata.namespace", "default");
    const struct edge_object *object = edge_store_create(bench.store, k, json, &status, &err);
    ck_assert_msg(object != NULL, "%d %s", status, err.text);
    return object;
}

int bench_refused(const char *kind, const char *text, struct err *err)
{
    int status = 0;
    cJSON *json = json_of(text);
    const struct edge_kind *k = edge_kind_by_name(kind);
    if (k->namespaced && !json_str(json, "metadata.namespace"))
        json_set_str(json, "metadata.namespace", "default");
    err_clear(err);
    ck_assert_ptr_null(edge_store_create(bench.store, k, json, &status, err));
    return status;
}

const struct edge_object *bench_find(const char *kind, const char *name)
{
    return edge_store_find(bench.store, edge_kind_by_name(kind), "default", name);
}

int main(void)
{
    SRunner *runner = srunner_create(edge_api_store_suite());
    srunner_add_suite(runner, edge_api_query_suite());
    srunner_add_suite(runner, edge_api_ssa_suite());
    srunner_add_suite(runner, edge_api_patch_suite());
    srunner_add_suite(runner, edge_api_table_suite());
    srunner_add_suite(runner, edge_api_admit_suite());
    srunner_add_suite(runner, edge_api_gc_suite());
    srunner_add_suite(runner, edge_api_proto_suite());
    srunner_add_suite(runner, edge_api_http_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
