#include "base/json.h"
#include "k8s/splitter.h"
#include "k8s_script.h"

struct got {
    struct buf items; /* one a line */
    size_t count, skipped, skipped_bytes;
};

static void on_item(void *data, const char *json, size_t len)
{
    struct got *got = data;
    ck_assert_uint_eq(strlen(json), len);
    buf_add(&got->items, json, len);
    buf_addc(&got->items, '\n');
    got->count++;
}

static void on_skipped(void *data, size_t bytes)
{
    struct got *got = data;
    got->skipped++;
    got->skipped_bytes = bytes;
}

static const struct splitter_events events = {on_item, on_skipped};

static int split(enum splitter_shape shape, const char *text, size_t len, size_t piece, struct got *got,
                 struct err *err)
{
    *got = (struct got){.count = 0};
    buf_init(&got->items, 64u << 20);
    struct splitter *s = splitter_new(shape, &events, got);
    int rc = 0;
    for (size_t at = 0; at < len && rc == 0; at += piece) {
        /* A copy of just this piece, so that reading past it is seen. */
        size_t n = MIN(piece, len - at);
        char *bytes = xmemdup(text + at, n);
        rc = splitter_feed(s, bytes, n, err);
        free(bytes);
    }
    if (rc == 0)
        rc = splitter_end(s, err);
    splitter_free(s);
    return rc;
}

static const char list[] =
    "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\\u0031\",\"continue\":\"a\\/"
    "b=\","
    "\"remainingItemCount\":7},\"items\":[ {\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"x\":{\"y\":\"]}\"}}],"
    "\"labels\":{\"managedFields\":\"kept\"}},\"s\":\"\\\"}{\\\\\"} , {\"metadata\":{\"managedFields\":null,"
    "\"name\":\"b\"}},null,3,\"text\",[{\"no\":1}],{\"metadata\":{\"name\":\"c\",\"managedFields\":[]},"
    "\"template\":{\"metadata\":{\"managedFields\":[1]}}}]}\n";

static const char list_items[] =
    "{\"metadata\":{\"name\":\"a\",\"managedFields\":null,\"labels\":{\"managedFields\":\"kept\"}},\"s\":\"\\\"}{"
    "\\\\\"}\n"
    "{\"metadata\":{\"managedFields\":null,\"name\":\"b\"}}\n"
    "{\"metadata\":{\"name\":\"c\",\"managedFields\":null},\"template\":{\"metadata\":{\"managedFields\":[1]}}}\n";

START_TEST(splits_a_list_whatever_the_pieces)
{
    for (size_t piece = 1; piece <= sizeof list; piece++) {
        struct got got;
        struct err err = ERR_INIT;
        ck_assert_msg(split(SPLIT_LIST, list, strlen(list), piece, &got, &err) == 0, "%s", err.text);
        ck_assert_str_eq(got.items.data, list_items);
        buf_release(&got.items);
    }
}
END_TEST

START_TEST(reads_what_the_list_says_of_itself)
{
    for (size_t piece = 1; piece < 100; piece += 7) {
        struct got got = {.count = 0};
        struct err err = ERR_INIT;
        buf_init(&got.items, 1 << 20);
        struct splitter *s = splitter_new(SPLIT_LIST, &events, &got);
        for (size_t at = 0; at < strlen(list); at += piece)
            ck_assert_int_eq(splitter_feed(s, list + at, MIN(piece, strlen(list) - at), &err), 0);
        ck_assert_str_eq(splitter_kind(s), "PodList");
        ck_assert_str_eq(splitter_rv(s), "11");
        ck_assert_str_eq(splitter_continue(s), "a/b=");
        splitter_free(s);
        buf_release(&got.items);
    }
}
END_TEST

START_TEST(splits_events_whatever_the_pieces)
{
    static const char text[] =
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"f\":{}}]}}}\n"
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}"
        "{\"type\":\"DELETED\",\"object\":{\"spec\":{\"metadata\":{\"managedFields\":1}}}}  \r\n";
    static const char items[] =
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"managedFields\":null}}}\n"
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n"
        "{\"type\":\"DELETED\",\"object\":{\"spec\":{\"metadata\":{\"managedFields\":1}}}}\n";
    for (size_t piece = 1; piece <= sizeof text; piece++) {
        struct got got;
        struct err err = ERR_INIT;
        ck_assert_int_eq(split(SPLIT_EVENTS, text, strlen(text), piece, &got, &err), 0);
        ck_assert_str_eq(got.items.data, items);
        buf_release(&got.items);
    }
}
END_TEST

START_TEST(empty_lists_are_lists)
{
    static const char *const texts[] = {"{\"items\":[]}", "{\"items\":null}", "{}", " \n{\"items\":{\"a\":{}}}"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct got got;
        struct err err = ERR_INIT;
        ck_assert_int_eq(split(SPLIT_LIST, texts[i], strlen(texts[i]), 3, &got, &err), 0);
        ck_assert_uint_eq(got.count, 0);
        buf_release(&got.items);
    }
}
END_TEST

START_TEST(garbage_is_an_error_with_a_sentence)
{
    static const struct {
        enum splitter_shape shape;
        const char *text, *says;
    } cases[] = {
        {SPLIT_LIST, "<html>", "not JSON near '<html>'"},
        {SPLIT_LIST, "", "empty"},
        {SPLIT_LIST, "[]", "not JSON"},
        {SPLIT_LIST, "{\"items\":[{\"a\":1}", "ended in the middle"},
        {SPLIT_LIST, "{\"items\":[}", "not JSON"},
        {SPLIT_LIST, "{\"items\":[]}{}", "not JSON"},
        {SPLIT_LIST, "{}]", "not JSON"},
        {SPLIT_LIST, "{} \033[2J", "not JSON"},
        {SPLIT_EVENTS, "{\"type\":\"ADDED\"", "ended in the middle"},
        {SPLIT_EVENTS, "{} x", "not JSON near 'x'"},
        {SPLIT_EVENTS, "{},{}", "not JSON"},
        {SPLIT_EVENTS, "\"text\"", "not JSON"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t piece = 1; piece < 40; piece += 13) {
            struct got got;
            struct err err = ERR_INIT;
            ck_assert_int_eq(split(cases[i].shape, cases[i].text, strlen(cases[i].text), piece, &got, &err), -1);
            ck_assert_msg(piece == 1 || strstr(err.text, cases[i].says), "%zu: %s", i, err.text);
            ck_assert_ptr_null(strchr(err.text, '\033'));
            buf_release(&got.items);
        }
    }
}
END_TEST

START_TEST(a_giant_is_skipped_and_said)
{
    struct buf text;
    buf_init(&text, 64u << 20);
    buf_adds(&text, "{\"items\":[{\"name\":\"small\"},{\"giant\":\"");
    buf_pad(&text, 'x', 17u << 20);
    buf_adds(&text, "\"},{\"name\":\"after\"}]}");
    struct got got;
    struct err err = ERR_INIT;
    ck_assert_int_eq(split(SPLIT_LIST, text.data, text.len, 60000, &got, &err), 0);
    ck_assert_str_eq(got.items.data, "{\"name\":\"small\"}\n{\"name\":\"after\"}\n");
    ck_assert_uint_eq(got.skipped, 1);
    ck_assert_uint_gt(got.skipped_bytes, 17u << 20);
    buf_release(&got.items);
    buf_release(&text);
}
END_TEST

START_TEST(managed_fields_do_not_count)
{
    struct buf text;
    buf_init(&text, 64u << 20);
    buf_adds(&text, "{\"items\":[{\"metadata\":{\"managedFields\":[\"");
    buf_pad(&text, 'x', 17u << 20);
    buf_adds(&text, "\"],\"name\":\"a\"}}]}");
    struct got got;
    struct err err = ERR_INIT;
    ck_assert_int_eq(split(SPLIT_LIST, text.data, text.len, 60000, &got, &err), 0);
    ck_assert_str_eq(got.items.data, "{\"metadata\":{\"managedFields\":null,\"name\":\"a\"}}\n");
    buf_release(&got.items);
    buf_release(&text);
}
END_TEST

START_TEST(depth_is_capped)
{
    struct buf text;
    buf_init(&text, 64u << 20);
    buf_adds(&text, "{\"items\":[{\"deep\":");
    buf_pad(&text, '[', 1000000);
    buf_pad(&text, ']', 1000000);
    buf_adds(&text, "},{\"name\":\"after\"}]}");
    struct got got;
    struct err err = ERR_INIT;
    ck_assert_int_eq(split(SPLIT_LIST, text.data, text.len, 4096, &got, &err), 0);
    ck_assert_str_eq(got.items.data, "{\"name\":\"after\"}\n");
    ck_assert_uint_eq(got.skipped, 1);
    buf_release(&got.items);
    buf_release(&text);
}
END_TEST

START_TEST(random_bytes_never_break_it)
{
    uint32_t seed = 1;
    static const char alphabet[] = "{}[]\",:\\ ametd1\n\0\xff";
    char text[200];
    for (int round = 0; round < 20000; round++) {
        size_t len = 0;
        size_t keep = round % (int)strlen(list); /* from the good text into chaos */
        keep = MIN(keep, sizeof text / 2);
        memcpy(text, list, keep);
        for (len = keep; len < sizeof text; len++) {
            seed = seed * 1664525 + 1013904223;
            text[len] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        struct got got = {.count = 0};
        struct err err = ERR_INIT;
        buf_init(&got.items, 1 << 20);
        enum splitter_shape shape = round % 2 ? SPLIT_LIST : SPLIT_EVENTS;
        struct splitter *s = splitter_new(shape, &events, &got);
        /* The end is not looked at: an item with a raw NUL has another strlen, so hand over without that check. */
        for (size_t i = 0; i < len; i++)
            text[i] = text[i] ? text[i] : ' ';
        for (size_t at = 0, n; at < len; at += n) {
            n = MIN(1 + (seed >> 8) % 30, len - at);
            if (splitter_feed(s, text + at, n, &err) < 0)
                break;
        }
        splitter_free(s);
        buf_release(&got.items);
    }
}
END_TEST

Suite *k8s_splitter_suite(void)
{
    Suite *suite = suite_create("k8s splitter");
    TCase *tc = tcase_create("splitter");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, splits_a_list_whatever_the_pieces);
    tcase_add_test(tc, reads_what_the_list_says_of_itself);
    tcase_add_test(tc, splits_events_whatever_the_pieces);
    tcase_add_test(tc, empty_lists_are_lists);
    tcase_add_test(tc, garbage_is_an_error_with_a_sentence);
    tcase_add_test(tc, a_giant_is_skipped_and_said);
    tcase_add_test(tc, managed_fields_do_not_count);
    tcase_add_test(tc, depth_is_capped);
    tcase_add_test(tc, random_bytes_never_break_it);
    suite_add_tcase(suite, tc);
    return suite;
}
