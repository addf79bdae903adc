#include "edge_agents.h"

Suite *edge_agents_probes_suite(void)
{
    return suite_create("edge_probes");
}
