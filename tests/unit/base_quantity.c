#include "base/quantity.h"

#include "tests/unit/base_test.h"

START_TEST(texts)
{
    static const struct {
        const char *text;
        int64_t whole, milli;
    } good[] = {
        {"0", 0, 0},
        {"1", 1, 1000},
        {"100m", 1, 100},
        {"0.1", 1, 100},
        {"1.5", 2, 1500},
        {".5", 1, 500},
        {"5.", 5, 5000},
        {"2Ki", 2048, 2048000},
        {"1.5Gi", 1610612736, 1610612736000},
        {"1e3", 1000, 1000000},
        {"1E3", 1000, 1000000},
        {"12e-1", 2, 1200},
        {"1E", INT64_C(1000000000000000000), INT64_MAX},
        {"8Ei", INT64_MAX, INT64_MAX},
        {"1n", 1, 1},
        {"1500u", 1, 2},
        {"-1", -1, -1000},
        {"+3k", 3000, 3000000},
        {"99999999999999999999999", INT64_MAX, INT64_MAX},
        {"1e999", INT64_MAX, INT64_MAX},
        {"0e999", 0, 0},
        {"1e-999", 1, 1},
        {"128974848", 128974848, 128974848000},
    };
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        int64_t whole = -7, milli = -7;
        ck_assert_msg(quantity_whole(good[i].text, &whole) && quantity_milli(good[i].text, &milli), "%s", good[i].text);
        ck_assert_msg(whole == good[i].whole && milli == good[i].milli, "%s: %" PRId64 " %" PRId64, good[i].text, whole,
                      milli);
    }
    static const char *const bad[] = {"", ".", "-", "x", "1x", "1kk", "1 ", " 1", "1e", "1e+", "Gi", "1.2.3", "0x10"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        int64_t out = 42;
        ck_assert_msg(!quantity_whole(bad[i], &out) && out == 42, "%s", bad[i]);
    }
}
END_TEST

START_TEST(in_json)
{
    struct err err = ERR_INIT;
    const char text[] = "{\"a\":\"100m\",\"b\":2,\"c\":0.25,\"d\":true,\"e\":\"x\",\"f\":null}";
    cJSON *map = json_parse(text, strlen(text), &err);
    int64_t milli = 42;
    ck_assert(quantity_json_milli(json_get(map, "b"), &milli) && milli == 2000);
    ck_assert(quantity_json_milli(json_get(map, "c"), &milli) && milli == 250);
    ck_assert(!quantity_json_milli(json_get(map, "d"), &milli) && milli == 250);
    ck_assert(!quantity_json_milli(NULL, &milli));
    ck_assert_int_eq(quantity_at(map, "a", true, 7), 100);
    ck_assert_int_eq(quantity_at(map, "a", false, 7), 1);
    ck_assert_int_eq(quantity_at(map, "e", true, 7), 7);
    ck_assert_int_eq(quantity_at(map, "f", true, 7), 7);
    json_set_str(map, "g", "9000000E");
    json_set_str(map, "h", "-9000000E");
    ck_assert_int_eq(quantity_at(map, "g", false, 7), QUANTITY_MOST);
    ck_assert_int_eq(quantity_at(map, "h", true, 7), -QUANTITY_MOST);
    ck_assert_int_eq(quantity_at(NULL, "a", true, 7), 7);
    cJSON_Delete(map);
}
END_TEST

Suite *base_quantity_suite(void)
{
    Suite *suite = suite_create("quantity");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, texts);
    tcase_add_test(tc, in_json);
    suite_add_tcase(suite, tc);
    return suite;
}
