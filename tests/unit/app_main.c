#include "app_test.h"

int main(void)
{
    SRunner *runner = srunner_create(app_options_suite());
    srunner_add_suite(runner, app_contexts_suite());
    srunner_add_suite(runner, app_scrape_suite());
    srunner_add_suite(runner, app_session_suite());
    srunner_add_suite(runner, app_table_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
