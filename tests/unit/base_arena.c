#include "base/arena.h"
#include "tests/unit/base_test.h"

START_TEST(test_pieces)
{
    struct arena arena = ARENA_INIT;
    char *pieces[1000];
    size_t all = 0;
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        pieces[i] = arena_take(&arena, i);
        ck_assert_uint_eq((uintptr_t)pieces[i] % _Alignof(int64_t), 0);
        memset(pieces[i], (int)(i & 0xff), i);
        all += i;
    }
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_int_eq(pieces[i][k], (char)(i & 0xff));
    ck_assert_uint_ge(arena.taken, all);
    ck_assert_uint_le(arena.taken, all + ARRAY_SIZE(pieces) * sizeof(int64_t));
    memset(arena_take(&arena, 1u << 20), 1, 1u << 20); /* larger than any block */
    arena_release(&arena);
    ck_assert_uint_eq(arena.taken, 0);
}
END_TEST

START_TEST(test_back)
{
    struct arena arena = ARENA_INIT;
    struct arena_mark nothing = arena_mark(&arena);
    char *kept = arena_take(&arena, 8);
    memcpy(kept, "kept", 5);
    struct arena_mark mark = arena_mark(&arena);
    char *first = arena_take(&arena, 16);
    memset(first, 'x', 16);
    for (int i = 0; i < 1000; i++)
        memset(arena_take(&arena, 1000), 'x', 1000);
    arena_back(&arena, mark);
    ck_assert_uint_eq(arena.taken, 8);
    ck_assert_ptr_eq(arena_zeroed(&arena, 4, 4), first);
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(first[i], 0);
    ck_assert_str_eq(kept, "kept");
    arena_back(&arena, nothing);
    ck_assert_uint_eq(arena.taken, 0);
}
END_TEST

Suite *base_arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_pieces);
    tcase_add_test(tcase, test_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
