#include "base/json.h"
#include "base/yaml.h"
#include "tests/unit/base_test.h"

static cJSON *parse(const char *text)
{
    struct err err = ERR_INIT;
    cJSON *json = json_parse(text, strlen(text), &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    return json;
}

START_TEST(getters_survive_everything)
{
    cJSON *json = parse("{\"a\":{\"b\":null,\"c\":[1],\"d\":\"x\",\"n\":3,\"s\":\"77\",\"t\":true,\"big\":1e300,"
                        "\"at\":\"2026-11-22T00:00:00Z\"},\"A\":1}");
    ck_assert_ptr_null(json_str(json, "a.b"));
    ck_assert_ptr_null(json_str(json, "a.c"));
    ck_assert_ptr_null(json_str(json, "a.d.e"));
    ck_assert_ptr_null(json_str(json, "a.n"));
    ck_assert_ptr_null(json_str(NULL, "a"));
    ck_assert_str_eq(json_str(json, "a.d"), "x");
    ck_assert_str_eq(json_str_or(json, "a.zz", "other"), "other");
    ck_assert_int_eq(json_int(json, "a.n", -1), 3);
    ck_assert_int_eq(json_int(json, "a.s", -1), 77);
    ck_assert_int_eq(json_int(json, "a.d", -1), -1);
    ck_assert_int_eq(json_int(json, "a.big", -1), INT64_MAX);
    ck_assert_int_eq(json_int(json, "A", -1), 1);
    ck_assert(json_seconds(json, "a.n") == 3000000000 && json_seconds(json, "a.big") == -1 && json_seconds(json, "a.d") == -1);
    ck_assert(json_bool(json, "a.t", false) && json_bool(json, "a.n", true));
    ck_assert_int_ne(json_time(json, "a.at"), 0);
    ck_assert_int_eq(json_time(json, "a.d"), 0);
    ck_assert_ptr_null(json_array(json, "a"));
    ck_assert_ptr_nonnull(json_array(json, "a.c"));
    cJSON_Delete(json);
}
END_TEST

START_TEST(bad_json_is_a_sentence)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(json_parse("{\"a\":", 5, &err));
    ck_assert_str_ne(err.text, "");
    ck_assert_ptr_null(json_parse("<html>", 6, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "near '<html>'"));
    ck_assert_ptr_null(json_parse("{} x", 4, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "more follows"));
    ck_assert_ptr_null(json_parse("", 0, &err));
    char deep[2000];
    memset(deep, '[', sizeof deep);
    ck_assert_ptr_null(json_parse(deep, sizeof deep, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "deeper"));
}
END_TEST

START_TEST(building_and_printing)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "metadata.name", "a\"b\n\x01é");
    json_set_int(json, "spec.n", 9007199254740991);
    json_set(json, "spec.f", cJSON_CreateNumber(0.1));
    json_set_bool(json, "spec.n2", true);
    json_set_int(json, "spec.n2.deep", 1); /* replaces what was no object */
    json_del(json, "spec.f2");
    struct buf buf;
    buf_init(&buf, 1000);
    json_print(&buf, json);
    ck_assert_str_eq(buf.data, "{\"metadata\":{\"name\":\"a\\\"b\\n\\u0001é\"},\"spec\":{\"n\":9007199254740991,"
                               "\"f\":0.1,\"n2\":{\"deep\":1}}}");
    json_del(json, "spec.n2.deep");
    ck_assert_ptr_null(json_at(json, "spec.n2.deep"));
    buf_release(&buf);
    cJSON_Delete(json);
}
END_TEST

START_TEST(what_drives_a_terminal_is_escaped)
{
    static const char text[] = "a\x1b[31m\x7f\xc2\x9b" "31m\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf\xc3\xa9\xf3\xa0\x81\x81";
    struct buf buf;
    struct err err = ERR_INIT;
    buf_init(&buf, 1000);
    json_quote(&buf, text);
    ck_assert_str_eq(buf.data, "\"a\\u001b[31m\\u007f\\u009b31m\\u202e\\u2066\\ufeffé\\udb40\\udc41\"");
    cJSON *again = json_parse(buf.data, buf.len, &err);
    ck_assert_str_eq(again->valuestring, text);
    cJSON_Delete(again);
    buf_reset(&buf);
    yaml_emit_scalar(&buf, "x\xe2\x80\xaey");
    ck_assert_str_eq(buf.data, "\"x\\u202ey\"");
    buf_release(&buf);
}
END_TEST

Suite *base_json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, getters_survive_everything);
    tcase_add_test(tc, bad_json_is_a_sentence);
    tcase_add_test(tc, what_drives_a_terminal_is_escaped);
    tcase_add_test(tc, building_and_printing);
    suite_add_tcase(suite, tc);
    return suite;
}
