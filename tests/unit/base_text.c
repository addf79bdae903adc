#include "base/text.h"

#include "base/secret.h"
#include "tests/unit/base_test.h"

static const char *sanitised(const char *s, size_t len)
{
    static char out[256];
    struct buf buf;
    buf_init(&buf, sizeof out - 1);
    text_sanitise(&buf, s, len);
    memcpy(out, buf.data, buf.len + 1);
    buf_release(&buf);
    return out;
}

START_TEST(width_and_clip)
{
    ck_assert_int_eq(text_width("abc"), 3);
    ck_assert_int_eq(text_width("é中\xcc\x81"), 3); /* e acute, a wide one, a combining mark */
    ck_assert_int_eq(text_width("🎥"), 2);
    ck_assert_int_eq(text_width("│●▶"), 3);
    ck_assert_uint_eq(text_clip("中中中", 5), 6);
    ck_assert_uint_eq(text_clip("abc", 10), 3);
}
END_TEST

START_TEST(decoding_refuses_what_is_not_utf8)
{
    static const char *const bad[] = {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\x80"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!utf8_valid(bad[i], strlen(bad[i])), "case %zu", i);
    ck_assert(utf8_valid("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xa5", 10));
}
END_TEST

START_TEST(hostile_bytes_are_harmless)
{
    ck_assert_str_eq(sanitised("a\x1b[31mb", 7), "a�[31mb");
    ck_assert_str_eq(sanitised("x\xc2\x9by", 4), "x�y");                 /* C1 CSI */
    ck_assert_str_eq(sanitised("x\xe2\x80\xaey", 5), "x�y");             /* right-to-left override */
    ck_assert_str_eq(sanitised("x\xe2\x80\x8by", 5), "x�y");             /* zero width space */
    ck_assert_str_eq(sanitised("a\tb\nc\0d", 7), "a b c�d");
    ck_assert_str_eq(sanitised("\xff\xfe", 2), "��");
    ck_assert_str_eq(sanitised("grüße 中", 11), "grüße 中");
}
END_TEST

START_TEST(passwords_are_masked)
{
    static const struct {
        const char *text, *masked;
        bool secret;
    } rows[] = {
        {"rtsp://admin:s3cret@10.0.0.9/live and http://ok/path?x=a@b",
         "rtsp://***@10.0.0.9/live and http://ok/path?x=a@b", true},
        {"rtsp://me@h/1", "rtsp://***@h/1", false},
        {"rtsp://me:$(PASS)@h/1", "rtsp://***@h/1", false},
        {"rtsp://me:p/a?s#s'<@h/1", "rtsp://***@h/1", true},
        {"rtsp://me:p@ss@h:554/1", "rtsp://***@h:554/1", true},
        {"rtsp://h:554/live@2x", "rtsp://h:554/live@2x", false},
        {"rtsp://[::1]:554/a@b", "rtsp://[::1]:554/a@b", false},
        {"http://h/v.cgi?user=me&password=s3cret&x=1&token=t", "http://h/v.cgi?user=me&password=***&x=1&token=***", true},
        {"http://h/?pwd=s3cret", "http://h/?pwd=***", true},
        {"http://h/?password=$(PASS)", "http://h/?password=$(PASS)", false},
        {"http://h/?password=", "http://h/?password=", false},
        {"a://", "a://", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf buf;
        buf_init(&buf, 1000);
        secret_mask(&buf, rows[i].text);
        ck_assert_str_eq(buf.data, rows[i].masked);
        ck_assert_msg((secret_in_url(rows[i].text, strlen(rows[i].text)) != SIZE_MAX) == rows[i].secret, "%s", rows[i].text);
        buf_release(&buf);
    }
}
END_TEST

START_TEST(values_that_are_credentials)
{
    ck_assert(secret_value("CAMERA_PASSWORD", "hunter2"));
    ck_assert(secret_value("apiKey", "hunter2$("));
    ck_assert(secret_value("apiKey", "$(A-B)"));
    ck_assert(!secret_value("apiKey", "Bearer $(TOKEN)"));
    ck_assert(!secret_value("apiKey", ""));
    ck_assert(!secret_value("TOKEN_FILE", "/run/token"));
}
END_TEST

START_TEST(nearest_names)
{
    static const char *const names[] = {"camera", "object-detect", "monitoring", NULL};
    ck_assert_str_eq(text_nearest("camra", names), "camera");
    ck_assert_str_eq(text_nearest("acmera", names), "camera");
    ck_assert_str_eq(text_nearest("object_detect", names), "object-detect");
    ck_assert_ptr_null(text_nearest("zebra", names));
    ck_assert_int_eq(text_distance("ca", "ac", 9), 1);
}
END_TEST

START_TEST(labels_and_numbers)
{
    ck_assert(text_is_label("object-detect", 40));
    ck_assert(!text_is_label("object_detect", 40));
    ck_assert(!text_is_label("9lives", 40));
    ck_assert(!text_is_label("a-", 40));
    ck_assert(!text_is_label("", 40));
    ck_assert(!text_is_label("abcdef", 5));
    double d;
    int64_t i;
    ck_assert(text_number("-1.5e3", &d) && d == -1500);
    ck_assert(!text_number("nan", &d) && !text_number("0x10", &d) && !text_number("1 ", &d) && !text_number("1e", &d));
    ck_assert(!text_number("1e999", &d) && !text_number(".", &d) && !text_number("", &d));
    ck_assert(text_int("42", &i) && i == 42);
    ck_assert(!text_int("4.2", &i) && !text_int("99999999999999999999", &i));
}
END_TEST

START_TEST(lines_break_at_blanks)
{
    static const struct {
        const char *text;
        int cells;
        size_t bytes;
    } rows[] = {
        {"it fits", 7, 7}, {"one two three", 9, 7}, {"one two three", 7, 7}, {"a longest-of-words", 10, 10}, {"", 5, 0}, {"日本", 1, 3}, {"x y", 0, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        ck_assert_msg(text_break(rows[i].text, rows[i].cells) == rows[i].bytes, "'%s' in %d: %zu", rows[i].text, rows[i].cells,
                      text_break(rows[i].text, rows[i].cells));
}
END_TEST

Suite *base_text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, width_and_clip);
    tcase_add_test(tc, decoding_refuses_what_is_not_utf8);
    tcase_add_test(tc, hostile_bytes_are_harmless);
    tcase_add_test(tc, passwords_are_masked);
    tcase_add_test(tc, values_that_are_credentials);
    tcase_add_test(tc, nearest_names);
    tcase_add_test(tc, labels_and_numbers);
    tcase_add_test(tc, lines_break_at_blanks);
    suite_add_tcase(suite, tc);
    return suite;
}
