#include "k8s_script.h"

Suite *k8s_credentials_suite(void)
{
    return suite_create("k8s credentials");
}
