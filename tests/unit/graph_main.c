#include "graph_test.h"

#include "base/file.h"

char *test_file(const char *path, size_t *len)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, 16u << 20);
    char *whole = xasprintf("%s/%s", TEST_SOURCES, path);
    ck_assert_msg(file_read(whole, &text, &err) == 0, "%s", err.text);
    free(whole);
    if (len)
        *len = text.len;
    return buf_take(&text);
}

static struct catalogue samples;

static void release_samples(void)
{
    catalogue_release(&samples);
}

const struct catalogue *test_catalogue(void)
{
    static const char *const names[] = {"ip-camera", "people-detector", "monitor"};
    for (size_t i = 0; !map_has(&samples.things, names[ARRAY_SIZE(names) - 1]) && i < ARRAY_SIZE(names); i++) {
        size_t len;
        char *path = xasprintf("assets/catalog/%s.yaml", names[i]), *text = test_file(path, &len);
        struct faults faults = {0};
        catalogue_read(&samples, text, len, path, &faults);
        ck_assert_msg(faults.count == 0, "%s: %s", path, faults.count ? faults.items[0].text : "");
        ck_assert_msg(map_has(&samples.things, names[i]), "%s", names[i]);
        faults_release(&faults);
        free(text);
        free(path);
    }
    return &samples;
}

static char *list(const struct faults *faults)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    for (size_t i = 0; i < faults->count; i++) {
        fault_format(&faults->items[i], &out);
        buf_addc(&out, '\n');
    }
    if (faults->more)
        buf_addf(&out, "and %zu more\n", faults->more);
    return buf_take(&out);
}

char *test_faults(const char *text, size_t len, const struct catalogue *cat)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, len, NULL, cat, &faults);
    if (!graph)
        ck_assert_uint_gt(faults.errors, 0);
    char *all = list(&faults);
    graph_free(graph);
    faults_release(&faults);
    return all;
}

char *test_catalogue_faults(const char *text, size_t len)
{
    struct catalogue cat = {0};
    struct faults faults = {0};
    catalogue_read(&cat, text, len, NULL, &faults);
    char *all = list(&faults);
    faults_release(&faults);
    catalogue_release(&cat);
    return all;
}

char *test_describe(const struct graph *graph)
{
    struct buf out;
    buf_init(&out, 1u << 22);
    buf_addf(&out, "%s/%s\n", graph->ns, graph->name);
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct graph_thing *t = &graph->things[i];
        buf_addf(&out, "%s %s", t->name, t->type);
        for (size_t p = 0; p < t->param_count; p++)
            buf_addf(&out, " %s=%s", t->params[p].name, t->params[p].value);
        if (t->pinned)
            buf_addf(&out, " @%d,%d", t->x, t->y);
        buf_addf(&out, " x%d gpu%d\n", t->replicas, t->gpu_count);
    }
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *l = &graph->links[i];
        buf_addf(&out, "%s.%s > %s.%s%s\n", l->from == SIZE_MAX ? "?" : graph->things[l->from].name, l->from_port,
                 l->to == SIZE_MAX ? "?" : graph->things[l->to].name, l->to_port, l->valid ? "" : " (faulty)");
    }
    return buf_take(&out);
}

int main(void)
{
    Suite *suite = suite_create("graph");
    suite_add_tcase(suite, case_catalogue());
    suite_add_tcase(suite, case_check());
    suite_add_tcase(suite, case_extra());
    suite_add_tcase(suite, case_hostile());
    suite_add_tcase(suite, case_compare());
    suite_add_tcase(suite, case_diff());
    suite_add_tcase(suite, case_edit());
    suite_add_tcase(suite, case_edit_thing());
    suite_add_tcase(suite, case_history());
    suite_add_tcase(suite, case_text());
    suite_add_tcase(suite, case_property());
    suite_add_tcase(suite, case_random());
    suite_add_tcase(suite, case_plan());
    suite_add_tcase(suite, case_stamp());
    suite_add_tcase(suite, case_only());
    suite_add_tcase(suite, case_overlay());
    suite_add_tcase(suite, case_warm());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    release_samples();
    return failed != 0;
}
