#include "app/timings.h"

#include "app_test.h"

static cJSON *parse(const char *text)
{
    struct err err = ERR_INIT;
    cJSON *json = json_parse(text, strlen(text), &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    return json;
}

static const char cold[] =
    "{\"timing\":[{\"thing\":\"detect\",\"pod\":\"detect-1\",\"node\":\"gpu-2\",\"image\":\"d:1\",\"created\":\"2026-01-01T00:00:00.000Z\","
    "\"scheduled\":0.02,\"sandbox\":0.5,\"pull\":170,\"start\":0.3,\"ready\":2,\"firstResult\":1.5,\"total\":174.3},"
    "{\"thing\":\"detect\",\"pod\":\"detect-2\",\"node\":\"gpu-3\",\"pull\":3,\"total\":9},"
    "{\"thing\":\"gone\",\"pod\":\"gone-1\",\"node\":\"gpu-1\",\"total\":1}],"
    "\"path\":[{\"thing\":\"detect\",\"pod\":\"detect-1\",\"phase\":\"created\",\"seconds\":0.1},"
    "{\"thing\":\"detect\",\"pod\":\"detect-1\",\"phase\":\"pull\",\"seconds\":170.5},"
    "{\"thing\":\"detect\",\"pod\":\"detect-1\",\"phase\":\"ready\",\"seconds\":2.3},"
    "{\"thing\":\"moni\\u001btor\",\"pod\":\"monitor-1\",\"phase\":\"first result\",\"seconds\":0.4}],\"up\":173.3}";
static const char warm[] =
    "{\"timing\":[{\"thing\":\"detect\",\"pod\":\"detect-3\",\"node\":\"gpu-4\",\"created\":\"2026-01-01T00:00:01.000Z\",\"scheduled\":0.027,"
    "\"sandbox\":0.6,\"pull\":0,\"ready\":1.9,\"firstResult\":1.5,\"total\":4.3},"
    "{\"thing\":\"bell\",\"pod\":\"bell-1\",\"node\":\"gpu-1\",\"image\":\"b\",\"nodeKind\":\"T4\",\"created\":\"2026-01-01T00:00:00.000Z\",\"pull\":2,"
    "\"total\":5,\"endsReady\":true,\"phases\":[{\"phase\":\"created\",\"at\":\"2026-01-01T00:00:00.000Z\",\"plusMinus\":1,\"source\":\"status\"},"
    "{\"phase\":\"pull\",\"at\":\"2026-01-01T00:00:04.000Z\",\"seconds\":2,\"plusMinus\":0.001,\"source\":\"event text\"}]}],\"up\":5}";

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

/* What is not known is no zero, and what gives no results lacks none. The bars stand where each pod was made. */
START_TEST(of_one_deployment)
{
    expect(NULL, warm, TABLE_TABLE,
           "THING    NODE    TOTAL   SCHEDULED   SANDBOX      PULL   START   READY   FIRST RESULT\n"
           "detect   gpu-4    4.3s       0.02s     0.60s   present       ?    1.9s           1.5s\n"
           "bell     gpu-1    5.0s           ?         ?      2.0s       ?       ?              -\n"
           "\n"
           "        |0s        |1s         |2s        |3s        |4s         |5s\n"
           "detect             .bbbbbb????rrrrrrrrrrrrrrrrrrrrrfffffffffffffffff 4.3s\n"
           "bell    ??????????????????????????????????####################### 5.0s\n"
           "        . scheduled  b sandbox  # pull  s start  r ready  f first result\n"
           "\n"
           "up after 5.0s\n");
    expect(NULL, cold, TABLE_TABLE,
           "THING    NODE    TOTAL   SCHEDULED   SANDBOX    PULL   START   READY   FIRST RESULT\n"
           "detect   gpu-2   2m54s       0.02s     0.50s   2m50s   0.30s    2.0s           1.5s\n"
           "detect   gpu-3    9.0s           ?         ?    3.0s       ?       ?              ?\n"
           "gone     gpu-1    1.0s           ?         ?       ?       ?       ?              ?\n"
           "\n"
           "        |0s       |30s       |60s      |90s      |2m        |2m30s\n"
           "detect  ###########################################################f 2m54s\n"
           "detect  ??# 9.0s\n"
           "gone     1.0s\n"
           "        . scheduled  b sandbox  # pull  s start  r ready  f first result\n"
           "\n"
           "up after 2m53s: applied 0.10s, detect: pull 2m50s, ready 2.3s, then moni\xef\xbf\xbdtor: first result 0.40s\n");
}
END_TEST

/* For machines a phase a line, with what it is worth and where it is known from; the history keeps neither. */
START_TEST(for_machines)
{
    expect(NULL, warm, TABLE_CSV,
           "thing,pod,node,kindOfNode,image,phase,at,seconds,plusMinus,source\n"
           "detect,detect-3,gpu-4,,,scheduled,,0.027,,\n"
           "detect,detect-3,gpu-4,,,sandbox,,0.6,,\n"
           "detect,detect-3,gpu-4,,,pull,,0,,\n"
           "detect,detect-3,gpu-4,,,ready,,1.9,,\n"
           "detect,detect-3,gpu-4,,,first result,,1.5,,\n"
           "bell,bell-1,gpu-1,T4,b,created,2026-01-01T00:00:00.000Z,,1,status\n"
           "bell,bell-1,gpu-1,T4,b,pull,2026-01-01T00:00:04.000Z,2,0.001,event text\n");
    expect(NULL, "{\"timing\":[],\"up\":5}", TABLE_JSON, "{\"timing\":[],\"up\":5}\n");
}
END_TEST

/* A thing's slowest pod; what is new or unknown has nothing beside it. */
START_TEST(of_two_deployments)
{
    expect(cold, warm, TABLE_TABLE,
           "THING    NODE                     TOTAL   SCHEDULED        SANDBOX             PULL   START         READY   FIRST RESULT\n"
           "detect   gpu-4, was gpu-2   4.3s -2m50s     0.02s =   0.60s +0.10s   present -2m50s       ?   1.9s -0.10s         1.5s =\n"
           "bell     gpu-1                     5.0s           ?              ?             2.0s       ?             ?              -\n"
           "\n"
           "up after 5.0s, before it was 2m53s\n");
    expect(cold, warm, TABLE_CSV,
           "thing,nodeBefore,node,phase,before,seconds\n"
           "detect,gpu-2,gpu-4,scheduled,0.02,0.027\n"
           "detect,gpu-2,gpu-4,sandbox,0.5,0.6\n"
           "detect,gpu-2,gpu-4,pull,170,0\n"
           "detect,gpu-2,gpu-4,start,0.3,\n"
           "detect,gpu-2,gpu-4,ready,2,1.9\n"
           "detect,gpu-2,gpu-4,first result,1.5,1.5\n"
           "detect,gpu-2,gpu-4,total,174.3,4.3\n"
           "bell,,gpu-1,pull,,2\n"
           "bell,,gpu-1,total,,5\n"
           "gone,gpu-1,,total,1,\n");
}
END_TEST

Suite *app_timings_suite(void)
{
    Suite *suite = suite_create("app timings");
    TCase *tc = tcase_create("timings");
    tcase_add_test(tc, of_one_deployment);
    tcase_add_test(tc, for_machines);
    tcase_add_test(tc, of_two_deployments);
    suite_add_tcase(suite, tc);
    return suite;
}
