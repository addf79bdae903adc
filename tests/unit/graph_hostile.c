#include "graph_test.h"

TCase *case_hostile(void)
{
    return tcase_create("hostile");
}
