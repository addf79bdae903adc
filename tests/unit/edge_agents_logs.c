#include "edge_agents.h"

Suite *edge_agents_logs_suite(void)
{
    return suite_create("edge_logs");
}
