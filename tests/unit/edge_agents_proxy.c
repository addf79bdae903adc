#include "edge_agents.h"

Suite *edge_agents_proxy_suite(void)
{
    return suite_create("edge_proxy");
}
