/* app_test: the suites of the program's own layer; the API server is k8s_script's. */
#ifndef TESTS_APP_TEST_H
#define TESTS_APP_TEST_H

#include "k8s_script.h"

/* An empty folder for unsaved drafts, in $XDG_STATE_HOME. */
void app_test_state(void);

Suite *app_acting_suite(void);
Suite *app_contexts_suite(void);
Suite *app_deployer_suite(void);
Suite *app_draft_suite(void);
Suite *app_keeper_suite(void);
Suite *app_options_suite(void);
Suite *app_scrape_suite(void);
Suite *app_session_suite(void);
Suite *app_table_suite(void);
Suite *app_timings_suite(void);
Suite *app_unified_suite(void);
Suite *app_warm_suite(void);

#endif
