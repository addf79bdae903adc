#include "edge_agents.h"

int main(int argc, char **argv)
{
    /* The reaper's own test starts this program as its reaper. */
    if (argc > 1 && strcmp(argv[1], "--reaper") == 0)
        return edge_reaper_main(argc, argv);
    SRunner *runner = srunner_create(edge_agents_controllers_suite());
    srunner_add_suite(runner, edge_agents_scheduler_suite());
    srunner_add_suite(runner, edge_agents_pods_suite());
    srunner_add_suite(runner, edge_agents_probes_suite());
    srunner_add_suite(runner, edge_agents_logs_suite());
    srunner_add_suite(runner, edge_agents_proxy_suite());
    srunner_add_suite(runner, edge_agents_reaper_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
