#include "app/timings.h"

#include "app_test.h"
#include "graph/plan.h"

#define MAP "/api/v1/namespaces/media/configmaps/patchbay-lobby"

static int times, kept;

static void on_kept(void *data UNUSED, bool is)
{
    times++;
    kept = is;
}

static void setup(void)
{
    script_setup();
    times = kept = 0;
}

static struct timings_keeper *keep(void)
{
    struct err err = ERR_INIT;
    static const char timings[] = "{\"timing\":[{\"thing\":\"camera\",\"pull\":40}],\"path\":[],\"up\":44}";
    return timings_keep(script.client, "media", "lobby", "text", 4, json_parse(timings, strlen(timings), &err), on_kept, NULL);
}

/* What the ConfigMap says, with that many bytes of names of members. */
static void answer(const char *text, const char *revisions, const char *format, size_t members)
{
    struct buf out;
    cJSON *map = cJSON_CreateObject(), *data = json_ensure(map, "data");
    buf_init(&out, 4u << 20);
    buf_pad(&out, 'x', members);
    json_set_str(map, "metadata.resourceVersion", "7");
    json_put(data, PLAN_KEY_TEXT, cJSON_CreateString(text));
    json_put(data, PLAN_KEY_REVISIONS, cJSON_CreateString(revisions));
    json_put(data, PLAN_KEY_FORMAT, cJSON_CreateString(format));
    json_put(data, PLAN_KEY_MEMBERS, cJSON_CreateString(out.data ? out.data : ""));
    buf_reset(&out);
    json_print(&out, map);
    script_answer(script_expect("GET", MAP), 200, out.data);
    buf_release(&out);
    cJSON_Delete(map);
}

static const char whole[] = "[{\"revision\":1,\"host\":\"d\",\"took\":1,\"text\":\"older\"},{\"revision\":2,\"host\":\"d\",\"took\":1}]";

/* Under the version that was read; who else wrote meanwhile is read again. */
START_TEST(into_the_newest_entry)
{
    keep();
    answer("text", whole, "1", 0);
    struct script_call *call = script_expect("PATCH", MAP "?fieldManager=patchbay");
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"7\""));
    script_answer(call, 409, "{\"kind\":\"Status\",\"message\":\"changed\"}");
    answer("text", whole, "1", 0);
    call = script_expect("PATCH", MAP);
    ck_assert_ptr_nonnull(strstr(call->body, "\\\"timing\\\":[{\\\"thing\\\":\\\"camera\\\",\\\"pull\\\":40}],\\\"path\\\":[],\\\"up\\\":44"));
    ck_assert_ptr_nonnull(strstr(call->body, "older"));
    script_answer(call, 200, "{}");
    ck_assert(times == 1 && kept);
}
END_TEST

START_TEST(what_is_not_ours_is_left)
{
    static const struct {
        const char *text, *revisions, *format;
        size_t members;
    } rows[] = {
        {"another text", whole, "1", 0},
        {"text", "[{\"revision\":1,\"host\":\"d\"}]", "1", 0}, /* it was cut short */
        {"text", "[]", "1", 0},
        {"text", "nonsense", "1", 0},
        {"text", whole, "2", 0},           /* a newer patchbay's */
        {"text", whole, "1", 1032192 - 100}, /* no room without forgetting the older one */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        times = 0;
        kept = true;
        keep();
        answer(rows[i].text, rows[i].revisions, rows[i].format, rows[i].members);
        script_none();
        ck_assert_msg(times == 1 && !kept, "row %zu", i);
    }
}
END_TEST

START_TEST(it_is_given_up)
{
    keep();
    script_answer(script_expect("GET", MAP), 404, "{\"kind\":\"Status\",\"message\":\"gone\"}");
    ck_assert(times == 1 && !kept);
    keep();
    for (int i = 0; i < 3; i++) {
        answer("text", whole, "1", 0);
        script_answer(script_expect("PATCH", MAP), 409, "{\"kind\":\"Status\",\"message\":\"changed\"}");
    }
    script_none();
    ck_assert(times == 2 && !kept);
    struct timings_keeper *left = keep();
    timings_keep_cancel(left);
    ck_assert(script_next()->cancelled);
    ck_assert_int_eq(times, 2);
}
END_TEST

Suite *app_timings_keep_suite(void)
{
    Suite *suite = suite_create("app timings, kept");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, script_teardown);
    tcase_add_test(tc, into_the_newest_entry);
    tcase_add_test(tc, what_is_not_ours_is_left);
    tcase_add_test(tc, it_is_given_up);
    suite_add_tcase(suite, tc);
    return suite;
}
