#include "base/slab.h"

#include "base/buf.h"
#include "base/file.h"
#include "tests/unit/base_test.h"

#define COUNT 60000
#define SIZES 4

static const size_t sizes[SIZES] = {8, 40, 232, SLAB_MAX};
static void *pieces[COUNT];

static size_t size_of(size_t i)
{
    return sizes[i % SIZES];
}

static void take_all(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = slab_new(size_of(i));
        ck_assert_uint_eq((uintptr_t)pieces[i] % 8, 0);
        memset(pieces[i], (int)(i % 251), size_of(i));
    }
}

/* Each still holds what was written into it: no other piece lies over it. */
static void expect_own(size_t from, size_t step)
{
    for (size_t i = from; i < COUNT; i += step) {
        const uint8_t *bytes = pieces[i];
        ck_assert_uint_eq(bytes[0], i % 251);
        ck_assert_msg(memcmp(bytes, bytes + 1, size_of(i) - 1) == 0, "another piece lies over piece %zu", i);
    }
}

static void give_back(size_t from, size_t step)
{
    for (size_t i = from; i < COUNT; i += step)
        slab_free(pieces[i], size_of(i));
}

START_TEST(pieces_do_not_overlap_and_places_are_used_again)
{
    take_all();
    expect_own(0, 1);
    give_back(0, 3);
    expect_own(1, 3);
    for (size_t i = 0; i < COUNT; i += 3) {
        pieces[i] = slab_new(size_of(i));
        memset(pieces[i], (int)(i % 251), size_of(i));
    }
    expect_own(0, 1);
    give_back(0, 1);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* there they are malloc's */
/* Of this process and no file, KiB. */
static double anonymous(void)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, 1u << 16);
    ck_assert_msg(file_read("/proc/self/smaps_rollup", &text, &err) == 0, "%s", err.text);
    const char *at = strstr(text.data, "Anonymous:");
    double is = at ? strtod(at + strlen("Anonymous:"), NULL) : -1;
    buf_release(&text);
    return is;
}

START_TEST(the_system_gets_its_memory_back)
{
    take_all();
    double much = anonymous();
    give_back(0, 1);
    ck_assert_double_lt(anonymous(), much - 7000); /* of 7,850 KiB */
    take_all();
    ck_assert_double_lt(anonymous(), much + 300);
    give_back(0, 1);
}
END_TEST
#endif

Suite *base_slab_suite(void)
{
    Suite *suite = suite_create("slab");
    TCase *tc = tcase_create("slab");
    tcase_add_test(tc, pieces_do_not_overlap_and_places_are_used_again);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(tc, the_system_gets_its_memory_back);
#endif
    suite_add_tcase(suite, tc);
    return suite;
}
