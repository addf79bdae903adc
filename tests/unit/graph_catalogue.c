#include "graph_test.h"

TCase *case_catalogue(void)
{
    return tcase_create("catalogue");
}
