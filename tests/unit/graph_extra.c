#include "graph_test.h"

TCase *case_extra(void)
{
    return tcase_create("extra");
}
