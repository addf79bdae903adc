#include "k8s_script.h"

int main(void)
{
    SRunner *runner = srunner_create(k8s_splitter_suite());
    srunner_add_suite(runner, k8s_record_suite());
    srunner_add_suite(runner, k8s_store_suite());
    srunner_add_suite(runner, k8s_config_suite());
    srunner_add_suite(runner, k8s_client_suite());
    srunner_add_suite(runner, k8s_credentials_suite());
    srunner_add_suite(runner, k8s_lists_suite());
    srunner_add_suite(runner, k8s_reflector_suite());
    srunner_add_suite(runner, k8s_pulse_suite());
    srunner_add_suite(runner, k8s_streams_suite());
    srunner_add_suite(runner, k8s_hostile_suite());
    srunner_add_suite(runner, k8s_applyset_suite());
    srunner_add_suite(runner, k8s_rollout_suite());
    srunner_add_suite(runner, k8s_evict_suite());
    srunner_add_suite(runner, k8s_drain_suite());
    srunner_add_suite(runner, k8s_applyset_many_suite());
    srunner_add_suite(runner, k8s_owned_suite());
    srunner_add_suite(runner, k8s_tryset_suite());
    srunner_add_suite(runner, k8s_logs_suite());
    srunner_add_suite(runner, k8s_logset_suite());
    srunner_add_suite(runner, k8s_websocket_suite());
    srunner_add_suite(runner, k8s_exec_suite());
    srunner_add_suite(runner, k8s_forward_suite());
    srunner_add_suite(runner, k8s_recorder_suite());
    srunner_add_suite(runner, k8s_discovery_suite());
    srunner_add_suite(runner, k8s_tablewatch_suite());
    srunner_add_suite(runner, k8s_replay_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
