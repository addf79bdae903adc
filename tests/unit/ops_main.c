#include "tests/unit/ops_test.h"

struct record *record_of(const struct kind *kind, const char *json)
{
    char *text = xstrdup(json);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    struct err err = ERR_INIT;
    cJSON *object = json_parse(text, strlen(text), &err);
    ck_assert_msg(object != NULL, "%s in %s", err.text, text);
    struct record *record = record_new(kind, object);
    ck_assert_ptr_nonnull(record);
    cJSON_Delete(object);
    free(text);
    return record;
}

void store_json(struct store *store, const char *json)
{
    store_put(store, record_of(store_kind(store), json));
}

int main(void)
{
    SRunner *runner = srunner_create(ops_status_suite());
    srunner_add_suite(runner, ops_act_suite());
    srunner_add_suite(runner, ops_analyser_suite());
    srunner_add_suite(runner, ops_filter_suite());
    srunner_add_suite(runner, ops_live_suite());
    srunner_add_suite(runner, ops_moment_suite());
    srunner_add_suite(runner, ops_course_suite());
    srunner_add_suite(runner, ops_detection_suite());
    srunner_add_suite(runner, ops_place_suite());
    srunner_add_suite(runner, ops_place_told_suite());
    srunner_add_suite(runner, ops_reason_suite());
    srunner_add_suite(runner, ops_timing_suite());
    srunner_add_suite(runner, ops_usage_suite());
    srunner_add_suite(runner, ops_warm_suite());
    srunner_add_suite(runner, ops_why_suite());
    srunner_add_suite(runner, ops_describe_suite());
    srunner_add_suite(runner, ops_flowing_suite());
    srunner_add_suite(runner, ops_logs_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
