#include "tests/unit/base_test.h"

int main(void)
{
    SRunner *runner = srunner_create(base_arena_suite());
    srunner_add_suite(runner, base_buf_suite());
    srunner_add_suite(runner, base_text_suite());
    srunner_add_suite(runner, base_time_suite());
    srunner_add_suite(runner, base_json_suite());
    srunner_add_suite(runner, base_yaml_suite());
    srunner_add_suite(runner, base_yaml_reread_suite());
    srunner_add_suite(runner, base_loop_suite());
    srunner_add_suite(runner, base_child_suite());
    srunner_add_suite(runner, base_diff_suite());
    srunner_add_suite(runner, base_file_suite());
    srunner_add_suite(runner, base_pattern_suite());
    srunner_add_suite(runner, base_quantity_suite());
    srunner_add_suite(runner, base_sheet_suite());
    srunner_add_suite(runner, base_slab_suite());
    srunner_add_suite(runner, base_spool_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
