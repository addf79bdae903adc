#include "app/draft.h"

#include "app_test.h"

Suite *app_draft_suite(void)
{
    return suite_create("draft");
}
