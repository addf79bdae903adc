#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/istr.h"
#include "base/map.h"
#include "tests/unit/base_test.h"

START_TEST(nothing_is_a_text_too)
{
    struct buf buf;
    char *before = xmalloc(64);
    memset(before, 'x', 64); /* what the first room will hold */
    free(before);
    buf_init(&buf, 100);
    ck_assert_int_eq(buf_addf(&buf, "%s", ""), 0);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_str_eq(buf.data, "");
    buf_release(&buf);
}
END_TEST

START_TEST(buf_keeps_its_bound)
{
    struct buf buf;
    buf_init(&buf, 8);
    ck_assert_str_eq(buf.data, "");
    ck_assert_int_eq(buf_adds(&buf, "12345"), 0);
    ck_assert_int_eq(buf_adds(&buf, "6789"), -1);
    ck_assert_str_eq(buf.data, "12345");
    ck_assert(buf.over);
    ck_assert_int_eq(buf_addf(&buf, "%d", 678), 0);
    ck_assert_int_eq(buf_addc(&buf, '9'), -1);
    ck_assert_str_eq(buf.data, "12345678");
    buf_reset(&buf);
    ck_assert(!buf.over);
    ck_assert_str_eq(buf.data, "");
    buf_release(&buf);
}
END_TEST

START_TEST(buf_splices)
{
    struct buf buf;
    buf_init(&buf, 100);
    buf_adds(&buf, "one three");
    buf_splice(&buf, 4, 0, "two ", 4);
    ck_assert_str_eq(buf.data, "one two three");
    buf_splice(&buf, 0, 4, NULL, 0);
    ck_assert_str_eq(buf.data, "two three");
    buf_splice(&buf, 4, 5, "four", 4);
    ck_assert_str_eq(buf.data, "two four");
    buf_drop(&buf, 4);
    ck_assert_str_eq(buf.data, "four");
    char *taken = buf_take(&buf);
    ck_assert_str_eq(taken, "four");
    ck_assert_uint_eq(buf.len, 0);
    free(taken);
    buf_release(&buf);
}
END_TEST

START_TEST(map_keeps_order_through_churn)
{
    struct map map = MAP_INIT;
    char key[16];
    static int values[1000];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        ck_assert_ptr_null(map_put(&map, key, &values[i]));
    }
    for (int i = 0; i < 1000; i += 2) {
        snprintf(key, sizeof key, "k%d", i);
        ck_assert_ptr_eq(map_del(&map, key), &values[i]);
        ck_assert_ptr_null(map_del(&map, key));
    }
    ck_assert_uint_eq(map.count, 500);
    int expect = 1;
    for (struct map_entry *e = map_first(&map); e; e = map_next(&map, e), expect += 2)
        ck_assert_ptr_eq(e->value, &values[expect]);
    ck_assert_int_eq(expect, 1001);
    ck_assert_ptr_eq(map_put(&map, "k1", &values[0]), &values[1]);
    ck_assert_ptr_eq(map_get(&map, "k1"), &values[0]);
    for (int round = 0; round < 100000; round++) { /* deletions must not fill the table */
        map_put(&map, "again", &values[0]);
        map_del(&map, "again");
    }
    ck_assert_uint_lt(map.cap, 4096);
    map_release(&map, NULL);
}
END_TEST

START_TEST(istr_finds_what_lives_whatever_went)
{
    static istr held[2000];
    uint32_t random = 1;
    for (int round = 0; round < 40000; round++) {
        random = random * 1664525 + 1013904223;
        size_t at = (random >> 8) % (round < 30000 ? 2000 : 100); /* it grows, and shrinks again */
        char text[16];
        snprintf(text, sizeof text, "text-%zu", at);
        if (!held[at] || random >> 31) {
            istr again = istr_new(text);
            ck_assert(!held[at] || again == held[at]);
            istr_unref(held[at]);
            held[at] = again;
        } else {
            ck_assert_str_eq(held[at], text);
            istr_unref(held[at]);
            held[at] = NULL;
        }
    }
    size_t alive = 0;
    for (size_t i = 0; i < ARRAY_SIZE(held); i++)
        alive += held[i] != NULL;
    ck_assert_uint_eq(istr_count(), alive);
    for (size_t i = 0; i < ARRAY_SIZE(held); i++)
        istr_unref(held[i]);
    ck_assert_uint_eq(istr_bytes(), 0);
}
END_TEST

START_TEST(istr_shares_and_forgets)
{
    istr a = istr_new("media"), b = istr_newn("media-more", 5), c = istr_new("other");
    ck_assert_ptr_eq(a, b);
    ck_assert_ptr_ne(a, c);
    ck_assert_uint_eq(istr_count(), 2);
    ck_assert_ptr_null(istr_new(NULL));
    istr_unref(NULL);
    istr_unref(a);
    ck_assert_str_eq(b, "media");
    istr_unref(b);
    istr_unref(c);
    ck_assert_uint_eq(istr_count(), 0);
    istr many[600];
    char text[16];
    for (int i = 0; i < 600; i++) {
        snprintf(text, sizeof text, "%d", i);
        many[i] = istr_new(text);
    }
    ck_assert_str_eq(many[599], "599");
    for (int i = 0; i < 600; i++)
        istr_unref(many[i]);
    ck_assert_uint_eq(istr_bytes(), 0);
}
END_TEST

START_TEST(err_is_a_sentence)
{
    struct err err = ERR_INIT;
    ck_assert(!err_is_set(&err));
    errno = ENOENT;
    ck_assert_int_eq(err_set_errno(&err, "cannot read '%s'", "x"), -1);
    ck_assert_str_eq(err.text, "cannot read 'x': no such file or directory");
    err_prefix(&err, "lobby");
    ck_assert_str_eq(err.text, "lobby: cannot read 'x': no such file or directory");
    char big[3000];
    memset(big, 'x', sizeof big);
    for (size_t i = 1; i + 1 < sizeof big; i += 2)
        memcpy(big + i, "\xc3\xa9", 2);
    big[sizeof big - 1] = '\0';
    err_set(&err, "%s", big);
    ck_assert_uint_lt(strlen(err.text), sizeof err.text);
    ck_assert(((unsigned char)err.text[strlen(err.text) - 1] & 0xc0) != 0xc0); /* no half character */
}
END_TEST

START_TEST(digest_known_values)
{
    uint8_t sum[32];
    struct buf buf, back;
    buf_init(&buf, 4096);
    buf_init(&back, 4096);
    digest_sha256("abc", 3, sum);
    char hex[DIGEST_TEXT];
    digest_hex(hex, sum, sizeof sum);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_base64(&buf, "\xfb\xff\xfe?", 4);
    ck_assert_str_eq(buf.data, "+//+Pw==");
    ck_assert_int_eq(digest_unbase64(&back, "+//+\n Pw==", 10), 0);
    ck_assert_uint_eq(back.len, 4);
    ck_assert_int_eq(digest_unbase64(&back, "+//+*", 5), -1);
    buf_reset(&buf);
    digest_base64url(&buf, "\xfb\xff\xfe?", 4);
    ck_assert_str_eq(buf.data, "-__-Pw");
    buf_release(&buf);
    buf_release(&back);
}
END_TEST

Suite *base_buf_suite(void)
{
    Suite *suite = suite_create("buf, map, istr, err, digest");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, nothing_is_a_text_too);
    tcase_add_test(tc, buf_keeps_its_bound);
    tcase_add_test(tc, buf_splices);
    tcase_add_test(tc, map_keeps_order_through_churn);
    tcase_add_test(tc, istr_finds_what_lives_whatever_went);
    tcase_add_test(tc, istr_shares_and_forgets);
    tcase_add_test(tc, err_is_a_sentence);
    tcase_add_test(tc, digest_known_values);
    suite_add_tcase(suite, tc);
    return suite;
}
