#include "graph_test.h"

TCase *case_edit(void)
{
    return tcase_create("edit");
}
