#include "k8s/owned.h"

#include "k8s_script.h"

#define OBJECT(rest, fields)                                                                                           \
    "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"managedFields\":[{\"manager\":\"kubectl\",\"operation\":\"Update\","   \
    "\"fieldsV1\":{\"f:spec\":{\"f:other\":{}}}},{\"manager\":\"patchbay\",\"operation\":\"Apply\",\"subresource\":"      \
    "\"status\",\"fieldsV1\":{\"f:status\":{}}},{\"manager\":\"patchbay\",\"operation\":\"Apply\",\"fieldsV1\":{" fields  \
    "}}]}," rest "}"

START_TEST(what_counts_as_the_same)
{
    static const struct {
        const char *want, *there;
        bool same;
    } rows[] = {
        {"{\"spec\":{\"a\":1}}", OBJECT("\"spec\":{\"a\":1,\"filled\":\"in\"}", "\"f:spec\":{\"f:a\":{}}"), true},
        {"{\"apiVersion\":\"v1\",\"kind\":\"X\",\"spec\":{\"a\":1}}", OBJECT("\"spec\":{\"a\":1}", "\"f:spec\":{\"f:a\":{}}"), true},
        {"{\"spec\":{\"a\":2}}", OBJECT("\"spec\":{\"a\":1}", "\"f:spec\":{\"f:a\":{}}"), false},
        {"{\"spec\":{\"a\":1,\"b\":1}}", OBJECT("\"spec\":{\"a\":1}", "\"f:spec\":{\"f:a\":{}}"), false},
        /* was applied once, and is wanted no more */
        {"{\"spec\":{\"a\":1}}", OBJECT("\"spec\":{\"a\":1,\"b\":1}", "\"f:spec\":{\"f:a\":{},\"f:b\":{}}"), false},
        {"{\"metadata\":{\"labels\":{\"x.y/z\":\"1\"}}}",
         "{\"metadata\":{\"labels\":{\"x.y/z\":\"1\",\"more\":\"2\"},\"managedFields\":[{\"manager\":\"patchbay\",\"operation\":"
         "\"Apply\",\"fieldsV1\":{\"f:metadata\":{\"f:labels\":{\"f:x.y/z\":{}}}}}]}}", true},
        /* never applied by us */
        {"{\"spec\":{\"a\":1}}", "{\"spec\":{\"a\":1}}", false},
        {"{\"spec\":{\"a\":1}}", "{\"spec\":{\"a\":1},\"metadata\":{\"managedFields\":[{\"manager\":\"patchbay\",\"operation\":"
         "\"Update\",\"fieldsV1\":{\"f:spec\":{\"f:a\":{}}}}]}}", false},
        /* lists: the order of plain values counts, keyed items may have company */
        {"{\"args\":[\"x\",\"y\"]}", OBJECT("\"args\":[\"x\",\"y\"]", "\"f:args\":{}"), true},
        {"{\"args\":[\"x\",\"y\"]}", OBJECT("\"args\":[\"y\",\"x\"]", "\"f:args\":{}"), false},
        {"{\"args\":[\"x\"]}", OBJECT("\"args\":[\"x\",\"y\"]", "\"f:args\":{}"), false},
        {"{\"c\":[{\"name\":\"a\",\"v\":1}]}", OBJECT("\"c\":[{\"name\":\"side\"},{\"name\":\"a\",\"v\":1,\"w\":2}]",
         "\"f:c\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{\".\":{},\"f:name\":{},\"f:v\":{}}}"), true},
        {"{\"c\":[{\"name\":\"a\",\"v\":1}]}", OBJECT("\"c\":[{\"name\":\"a\",\"v\":1},{\"name\":\"b\"}]",
         "\"f:c\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{\"f:v\":{}},\"k:{\\\"name\\\":\\\"b\\\"}\":{\".\":{},\"f:name\":{}}}"), false},
        {"{\"p\":[{\"containerPort\":80}]}", OBJECT("\"p\":[{\"containerPort\":80,\"protocol\":\"TCP\"}]",
         "\"f:p\":{\"k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{}}}"), true},
        {"{\"s\":[\"a\"]}", OBJECT("\"s\":[\"a\"]", "\"f:s\":{\"v:\\\"a\\\"\":{}}"), true},
        {"{\"s\":[\"a\"]}", OBJECT("\"s\":[\"a\"]", "\"f:s\":{\"v:\\\"a\\\"\":{},\"v:\\\"b\\\"\":{}}"), false},
        {"{\"e\":{}}", OBJECT("\"e\":{}", "\"f:e\":{}"), true},
        {"{\"e\":{}}", OBJECT("\"x\":1", "\"f:x\":{}"), false},
        {"{\"l\":[]}", OBJECT("\"l\":[1]", "\"f:l\":{}"), false},
        /* owned whole: less is wanted than there is */
        {"{\"spec\":{\"sel\":{\"a\":\"1\"}}}", OBJECT("\"spec\":{\"sel\":{\"a\":\"1\",\"b\":\"2\"}}", "\"f:spec\":{\"f:sel\":{}}"), false},
        {"{\"spec\":{\"sel\":{\"a\":\"1\"}}}", OBJECT("\"spec\":{\"sel\":{\"a\":\"1\"}}", "\"f:spec\":{\"f:sel\":{}}"), true},
        {"{\"tol\":[{\"key\":\"a\"}]}", OBJECT("\"tol\":[{\"key\":\"a\"},{\"key\":\"b\"}]", "\"f:tol\":{}"), false},
        {"{\"tol\":[{\"key\":\"a\"}]}", OBJECT("\"tol\":[{\"key\":\"a\"}]", "\"f:tol\":{}"), true},
        {"{\"spec\":{\"a\":1}}", OBJECT("\"spec\":[1]", "\"f:spec\":{\"f:a\":{}}"), false},
        {"{\"spec\":{\"a\":1}}", OBJECT("\"spec\":{\"a\":1}", "\"f:spec\":7,\"k:garbage\":{},\"\":{}"), false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        cJSON *want = json_parse(rows[i].want, strlen(rows[i].want), &err);
        cJSON *there = json_parse(rows[i].there, strlen(rows[i].there), &err);
        ck_assert_msg(want && there, "row %zu: %s", i, err.text);
        ck_assert_msg(owned_same(want, there, "patchbay") == rows[i].same, "row %zu: %s", i, rows[i].want);
        cJSON_Delete(want);
        cJSON_Delete(there);
    }
}
END_TEST

Suite *k8s_owned_suite(void)
{
    Suite *suite = suite_create("k8s what is owned");
    TCase *tc = tcase_create("owned");
    tcase_add_test(tc, what_counts_as_the_same);
    suite_add_tcase(suite, tc);
    return suite;
}
