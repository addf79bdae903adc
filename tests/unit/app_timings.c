#include "app/timings.h"

#include "app_test.h"

static cJSON *parse(const char *text)
{
    struct err err = ERR_INIT;
    cJSON *json = json_parse(text, strlen(text), &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    return json;
}

static const char cold[] = "[{\"thing\":\"detect\",\"pod\":\"detect-1\",\"node\":\"gpu-2\",\"image\":\"d:1\",\"scheduled\":0.02,\"sandbox\":0.5,"
                           "\"pull\":170,\"start\":0.3,\"ready\":2,\"firstResult\":1.5,\"total\":174.3},"
                           "{\"thing\":\"detect\",\"pod\":\"detect-2\",\"node\":\"gpu-3\",\"pull\":3,\"total\":9},"
                           "{\"thing\":\"gone\",\"pod\":\"gone-1\",\"node\":\"gpu-1\",\"total\":1}]";
static const char warm[] = "[{\"thing\":\"detect\",\"pod\":\"detect-3\",\"node\":\"gpu-4\",\"scheduled\":0.027,\"sandbox\":0.6,\"pull\":0,"
                           "\"ready\":1.9,\"firstResult\":1.5,\"total\":4.3},{\"thing\":\"new\",\"pod\":\"new-1\",\"node\":\"gpu-1\",\"pull\":2,\"total\":5}]";

static void expect(const char *before, const char *after, enum table_format format, const char *wanted)
{
    struct buf out;
    buf_init(&out, 1u << 16);
    cJSON *a = before ? parse(before) : NULL, *b = parse(after);
    if (before)
        timings_compare(a, b, format, &out);
    else
        timings_print(b, format, &out);
    ck_assert_str_eq(out.data, wanted);
    cJSON_Delete(a);
    cJSON_Delete(b);
    buf_release(&out);
}

/* What is not known is no zero. */
START_TEST(of_one_deployment)
{
    expect(NULL, warm, TABLE_CSV,
           "thing,node,total,scheduled,sandbox,pull,start,ready,firstResult,pod\n"
           "detect,gpu-4,4.3s,0.02s,0.60s,present,?,1.9s,1.5s,detect-3\n"
           "new,gpu-1,5.0s,?,?,2.0s,?,?,?,new-1\n");
}
END_TEST

/* A thing's slowest pod; what is new or unknown has nothing beside it. */
START_TEST(of_two_deployments)
{
    expect(cold, warm, TABLE_CSV,
           "thing,node,total,scheduled,sandbox,pull,start,ready,firstResult\n"
           "detect,\"gpu-4, was gpu-2\",4.3s -2m50s,0.02s =,0.60s +0.10s,present -2m50s,?,1.9s -0.10s,1.5s =\n"
           "new,gpu-1,5.0s,?,?,2.0s,?,?,?\n");
}
END_TEST

Suite *app_timings_suite(void)
{
    Suite *suite = suite_create("app timings");
    TCase *tc = tcase_create("timings");
    tcase_add_test(tc, of_one_deployment);
    tcase_add_test(tc, of_two_deployments);
    suite_add_tcase(suite, tc);
    return suite;
}
