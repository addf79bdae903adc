/* app_test: the suites of the program's own layer; the API server is k8s_script's. */
#ifndef TESTS_APP_TEST_H
#define TESTS_APP_TEST_H

#include "k8s_script.h"
#include "ui/model.h"

/* An empty folder for unsaved drafts, in $XDG_STATE_HOME. */
void app_test_state(void);

/* A session on a cluster with these graphs, "media/lobby other/hall"; app_session_end() is its teardown. */
struct model *app_session_begin(const char *graphs);
struct catalogue *app_session_catalogue(void);
void app_session_end(void);
/* The next request that has to do with it; the mirrors' own are passed over. */
struct script_call *app_session_expect(const char *method, const char *part);

Suite *app_acting_suite(void);
Suite *app_removing_suite(void);
Suite *app_contexts_suite(void);
Suite *app_deployer_suite(void);
Suite *app_draft_suite(void);
Suite *app_keeper_suite(void);
Suite *app_meter_suite(void);
Suite *app_options_suite(void);
Suite *app_replay_suite(void);
Suite *app_scrape_suite(void);
Suite *app_session_suite(void);
Suite *app_snapshots_suite(void);
Suite *app_session_node_suite(void);
Suite *app_session_trial_suite(void);
Suite *app_table_suite(void);
Suite *app_timings_suite(void);
Suite *app_timings_keep_suite(void);
Suite *app_unified_suite(void);
Suite *app_warm_suite(void);

#endif
