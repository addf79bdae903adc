#include "net_test.h"

int main(void)
{
    SRunner *runner = srunner_create(net_url_suite());
    srunner_add_suite(runner, net_server_suite());
    srunner_add_suite(runner, net_stream_suite());
    srunner_add_suite(runner, net_client_suite());
    srunner_add_suite(runner, net_broken_suite());
    srunner_add_suite(runner, net_tls_suite());
    srunner_add_suite(runner, net_upgrade_suite());
    srunner_add_suite(runner, net_writes_suite());
    srunner_add_suite(runner, net_pool_suite());
    srunner_add_suite(runner, net_packed_suite());
    srunner_add_suite(runner, net_faults_suite());
    srunner_add_suite(runner, net_http2_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
