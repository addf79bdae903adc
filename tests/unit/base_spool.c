#include "base_test.h"

#include "base/find.h"
#include "base/numlist.h"
#include "base/spool.h"

static const char *where(const char *needle, const char *hay)
{
    struct finder f;
    finder_init(&f, needle, strlen(needle));
    return finder_next(&f, hay, hay + strlen(hay));
}

START_TEST(finds_by_smart_case)
{
    static const char hay[] = "2026-03-01 GET /healthz 200, then an Error: connection reset by peer (errno 104)";
    ck_assert_ptr_eq(where("error", hay), strstr(hay, "Error"));
    ck_assert_ptr_eq(where("Error", hay), strstr(hay, "Error"));
    ck_assert_ptr_null(where("ERROR", hay));
    ck_assert_ptr_eq(where("104)", hay), strstr(hay, "104)"));
    ck_assert_ptr_eq(where("2", hay), hay);
    ck_assert_ptr_eq(where("()"+1, hay), strrchr(hay, ')'));
    ck_assert_ptr_null(where("", hay));
    ck_assert_ptr_null(where("a text that is longer than all that there is to look through, which is nothing to be found in it", "short"));
}
END_TEST

/* Beside the plainest way there is, on bytes of few kinds so that much nearly fits. */
START_TEST(finds_what_is_there)
{
    unsigned seed = 7;
    for (int round = 0; round < 3000; round++) {
        char hay[200], needle[8];
        size_t len = (size_t)rand_r(&seed) % sizeof hay, n = 1 + (size_t)rand_r(&seed) % 5;
        for (size_t i = 0; i < len; i++)
            hay[i] = "abAB\0e "[rand_r(&seed) % 7];
        for (size_t i = 0; i < n; i++)
            needle[i] = "abA\0e"[rand_r(&seed) % 5];
        struct finder f;
        finder_init(&f, needle, n);
        const char *expected = NULL;
        bool fold = !memchr(needle, 'A', n);
        for (size_t at = 0; at + n <= len && !expected; at++) {
            bool same = true;
            for (size_t i = 0; i < n; i++) {
                char c = hay[at + i];
                same &= needle[i] == (fold && c >= 'A' && c <= 'Z' ? c + 32 : c);
            }
            expected = same ? hay + at : NULL;
        }
        ck_assert_ptr_eq(finder_next(&f, hay, hay + len), expected);
    }
}
END_TEST

START_TEST(numbers_in_a_byte_or_two)
{
    struct numlist list = {0};
    uint64_t numbers[5000], number = 3;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        numlist_add(&list, numbers[i] = number);
        number += i % 700 == 0 ? UINT64_C(1) << 40 : 1 + i % 300;
    }
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        ck_assert_uint_eq(numlist_at(&list, i), numbers[i]);
        ck_assert_uint_eq(numlist_find(&list, numbers[i]), i);
        ck_assert_uint_eq(numlist_find(&list, numbers[i] + 1), i + 1);
    }
    numlist_give_up(&list, numbers[1000]);
    ck_assert_uint_eq(numlist_count(&list) + list.gone, 5000);
    ck_assert_uint_le(numlist_at(&list, 0), numbers[1000]);
    ck_assert_uint_gt(list.gone, 700);
    ck_assert_uint_eq(numlist_at(&list, numlist_find(&list, numbers[2000])), numbers[2000]);
    numlist_release(&list);
}
END_TEST

static void add_number(struct spool *spool, uint64_t n, size_t pad)
{
    char *text = xasprintf("line %" PRIu64 " %*s", n, (int)pad, "x");
    spool_add(spool, &(struct spool_line){.time = (int64_t)n + 1, .text = text, .len = (uint32_t)strlen(text),
                                          .stream = (uint16_t)(n % 7), .level = n % 1000 == 999});
    free(text);
}

static void is_number(struct spool *spool, uint64_t n)
{
    struct spool_line line;
    char text[64];
    ck_assert(spool_get(spool, n, &line));
    snprintf(text, sizeof text, "line %" PRIu64 " ", n);
    ck_assert_msg(line.len > strlen(text) && memcmp(line.text, text, strlen(text)) == 0, "%" PRIu64 ": %.*s", n, (int)MIN(line.len, 40), line.text);
    ck_assert_uint_eq(line.number, n);
    ck_assert_int_eq(line.time, (int64_t)n + 1);
    ck_assert_uint_eq(line.stream, n % 7);
}

START_TEST(every_line_comes_back)
{
    struct spool *spool = spool_new(SPOOL_LIMIT);
    for (uint64_t n = 0; n < 30000; n++)
        add_number(spool, n, n == 777 ? 1u << 20 : n % 90);
    ck_assert_uint_eq(spool_first(spool), 0);
    ck_assert_str_eq(spool_why(spool), "");
    for (uint64_t n = 0; n < 30000; n++)
        is_number(spool, n);
    unsigned seed = 5;
    for (int i = 0; i < 1000; i++)
        is_number(spool, (uint64_t)rand_r(&seed) % 30000);
    struct spool_page page;
    size_t lines = 0;
    for (uint64_t n = 0; spool_page(spool, n, &page); n = page.first + page.count)
        lines += page.count;
    ck_assert_uint_eq(lines, 30000);
    spool_clear(spool);
    ck_assert(!spool_get(spool, 0, &(struct spool_line){0}));
    add_number(spool, 0, 5);
    is_number(spool, 0);
    spool_free(spool);
}
END_TEST

/* Round and round a small file: what is kept is whole, and how much was given up is known. */
START_TEST(the_oldest_is_given_up)
{
    struct spool *spool = spool_new(3u << 20);
    for (uint64_t n = 0; n < 200000; n++) {
        add_number(spool, n, n % 40000 == 0 ? 600000 : n % 120);
        if (n % 1777 == 0) {
            is_number(spool, spool_first(spool));
            is_number(spool, n);
        }
    }
    ck_assert_uint_gt(spool_first(spool), 100000);
    ck_assert_int_eq(spool_given_up(spool), (int64_t)spool_first(spool));
    ck_assert_uint_le(spool_bytes(spool), (3u << 20) + 2 * SPOOL_BLOCK);
    ck_assert_uint_gt(spool_bytes(spool), 1u << 20);
    ck_assert(!spool_get(spool, spool_first(spool) - 1, &(struct spool_line){0}));
    for (uint64_t n = spool_first(spool); n < 200000; n++)
        is_number(spool, n);
    spool_free(spool);
}
END_TEST

START_TEST(without_a_disk_there_is_memory)
{
    setenv("XDG_CACHE_HOME", "/proc/none", 1);
    setenv("TMPDIR", "/proc/none", 1);
    struct spool *spool = spool_new(SPOOL_LIMIT);
    for (uint64_t n = 0; n < 400000; n++)
        add_number(spool, n, 60);
    ck_assert_ptr_nonnull(strstr(spool_why(spool), "cannot make a file in '/proc/none'"));
    ck_assert_uint_gt(spool_first(spool), 0);
    ck_assert_uint_le(spool_bytes(spool), SPOOL_MEMORY + SPOOL_BLOCK);
    for (uint64_t n = spool_first(spool); n < 400000; n++)
        is_number(spool, n);
    spool_free(spool);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("TMPDIR");
}
END_TEST

START_TEST(a_line_is_one_line)
{
    struct spool *spool = spool_new(SPOOL_LIMIT);
    spool_add(spool, &(struct spool_line){.text = "one\ntwo\0three\n", .len = 14});
    spool_add(spool, &(struct spool_line){.text = "", .len = 0});
    struct spool_line line;
    ck_assert(spool_get(spool, 0, &line));
    ck_assert_uint_eq(line.len, 14);
    ck_assert(memcmp(line.text, "one two\0three ", 14) == 0);
    ck_assert(spool_get(spool, 1, &line));
    ck_assert_uint_eq(line.len, 0);
    spool_free(spool);
}
END_TEST

Suite *base_spool_suite(void)
{
    Suite *suite = suite_create("base spool");
    TCase *tcase = tcase_create("spool");
    tcase_set_timeout(tcase, 120); /* hundreds of thousands of lines, also under sanitizers */
    tcase_add_test(tcase, finds_by_smart_case);
    tcase_add_test(tcase, finds_what_is_there);
    tcase_add_test(tcase, numbers_in_a_byte_or_two);
    tcase_add_test(tcase, every_line_comes_back);
    tcase_add_test(tcase, the_oldest_is_given_up);
    tcase_add_test(tcase, without_a_disk_there_is_memory);
    tcase_add_test(tcase, a_line_is_one_line);
    suite_add_tcase(suite, tcase);
    return suite;
}
