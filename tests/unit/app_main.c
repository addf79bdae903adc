#include "app_test.h"

#include "base/file.h"

static char state[] = "/tmp/check-app-XXXXXX";

void app_test_state(void)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(file_remove_tree(state, &err), 0);
    setenv("XDG_STATE_HOME", state, 1);
}

int main(void)
{
    if (!mkdtemp(state))
        return 99;
    setenv("XDG_STATE_HOME", state, 1);
    SRunner *runner = srunner_create(app_options_suite());
    srunner_add_suite(runner, app_acting_suite());
    srunner_add_suite(runner, app_contexts_suite());
    srunner_add_suite(runner, app_deployer_suite());
    srunner_add_suite(runner, app_draft_suite());
    srunner_add_suite(runner, app_keeper_suite());
    srunner_add_suite(runner, app_removing_suite());
    srunner_add_suite(runner, app_meter_suite());
    srunner_add_suite(runner, app_replay_suite());
    srunner_add_suite(runner, app_scrape_suite());
    srunner_add_suite(runner, app_session_suite());
    srunner_add_suite(runner, app_snapshots_suite());
    srunner_add_suite(runner, app_session_node_suite());
    srunner_add_suite(runner, app_session_trial_suite());
    srunner_add_suite(runner, app_table_suite());
    srunner_add_suite(runner, app_timings_suite());
    srunner_add_suite(runner, app_timings_keep_suite());
    srunner_add_suite(runner, app_unified_suite());
    srunner_add_suite(runner, app_warm_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    struct err ignored = ERR_INIT;
    file_remove_tree(state, &ignored);
    return failed != 0;
}
