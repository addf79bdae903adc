#include "edge_agents.h"

Suite *edge_agents_reaper_suite(void)
{
    return suite_create("edge_reaper");
}
