#include "graph_test.h"

TCase *case_check(void)
{
    return tcase_create("check");
}
