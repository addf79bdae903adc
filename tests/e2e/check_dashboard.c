/* check_dashboard: the dashboard end to end: keys on a terminal, the embedded cluster under it, real video. */
#include "tests/e2e/rig.h"

#include <locale.h>

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    rig_begin();
    SRunner *runner = srunner_create(deploy_suite());
    srunner_add_suite(runner, compose_suite());
    srunner_add_suite(runner, trouble_suite());
    srunner_add_suite(runner, unplugged_suite());
    srunner_add_suite(runner, views_suite());
    srunner_add_suite(runner, tasks_suite());
    srunner_add_suite(runner, leave_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    rig_end();
    return failed ? 1 : 0;
}
