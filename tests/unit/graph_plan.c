#include "graph_test.h"

TCase *case_plan(void)
{
    return tcase_create("plan");
}
