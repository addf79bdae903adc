#include "base/diff.h"

#include "base/buf.h"
#include "tests/unit/base_test.h"

/* "-2 b|+2 B|": the lines that differ. */
static void expect(const char *before, const char *after, const char *wanted, size_t changed)
{
    struct diff diff;
    struct buf text;
    buf_init(&text, 1u << 20);
    diff_make(&diff, before, strlen(before), after, strlen(after));
    for (size_t i = 0; i < diff.count; i++)
        if (diff.lines[i].sign != ' ')
            buf_addf(&text, "%c%zu %.*s|", diff.lines[i].sign, diff.lines[i].number, (int)diff.lines[i].len,
                     diff.lines[i].text);
    ck_assert_str_eq(text.data, wanted);
    ck_assert_uint_eq(diff.changed, changed);
    diff_release(&diff);
    buf_release(&text);
}

START_TEST(lines_that_differ)
{
    expect("a\nb\nc\n", "a\nb\nc\n", "", 0);
    expect("", "", "", 0);
    expect("a\nb\nc\n", "a\nB\nc\n", "-2 b|+2 B|", 1);
    expect("a\nb\nc\n", "a\nc\n", "-2 b|", 1);
    expect("a\nc\n", "a\nb\nb2\nc", "+2 b|+3 b2|", 2);
    expect("", "x\n", "+1 x|", 1);
    expect("x\n", "", "-1 x|", 1);
    expect("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", "-1 a|-2 b|+2 b|-6 b|+6 c|", 5);
}
END_TEST

/* Each text comes out again from its own lines, whatever they are; too many differences are shown whole. */
START_TEST(both_texts_are_in_it)
{
    unsigned seed = 7;
    for (int round = 0; round < 400; round++) {
        struct buf texts[2], out[2];
        struct diff diff;
        int lines = round == 399 ? 3000 : round % 40, kinds = round == 399 ? 1000000 : 2 + round % 5;
        for (int t = 0; t < 2; t++) {
            buf_init(&texts[t], 1u << 20);
            buf_init(&out[t], 1u << 20);
            seed = seed * 1103515245 + 12345;
            for (int i = (int)(seed >> 16) % (lines + 1); i >= 0 && lines; i--) {
                seed = seed * 1103515245 + 12345;
                buf_addf(&texts[t], "%u\n", (seed >> 8) % (unsigned)kinds);
            }
        }
        diff_make(&diff, texts[0].data, texts[0].len, texts[1].data, texts[1].len);
        for (size_t i = 0; i < diff.count; i++)
            for (int t = 0; t < 2; t++)
                if (diff.lines[i].sign != (t ? '-' : '+'))
                    buf_addf(&out[t], "%.*s\n", (int)diff.lines[i].len, diff.lines[i].text);
        for (int t = 0; t < 2; t++) {
            ck_assert_str_eq(out[t].data, texts[t].data);
            buf_release(&texts[t]);
            buf_release(&out[t]);
        }
        diff_release(&diff);
    }
}
END_TEST

static void unified(const char *before, const char *after, const char *wanted)
{
    struct diff diff;
    struct buf text;
    buf_init(&text, 1u << 16);
    diff_make(&diff, before, strlen(before), after, strlen(after));
    diff_unified(&text, &diff, 3);
    ck_assert_str_eq(text.data, wanted);
    diff_release(&diff);
    buf_release(&text);
}

/* What `diff -u` says of the same texts. */
START_TEST(as_diff_u_prints_it)
{
    unified("a\nb\n", "a\nb\n", "");
    unified("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n");
    unified("a\n", "", "@@ -1 +0,0 @@\n-a\n");
    unified("a\nb\nc\n", "a\nB\nC\n", "@@ -1,3 +1,3 @@\n a\n-b\n-c\n+B\n+C\n");
    unified("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n5\n6\n7\n8\n9\n",
            "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+x\n 5\n 6\n 7\n");
    /* six lines between two changes keep them together, seven do not */
    unified("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
            "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
    unified("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\n",
            "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,3 @@\n 5\n 6\n 7\n-b\n");
}
END_TEST

Suite *base_diff_suite(void)
{
    Suite *suite = suite_create("diff");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, lines_that_differ);
    tcase_add_test(tc, both_texts_are_in_it);
    tcase_add_test(tc, as_diff_u_prints_it);
    suite_add_tcase(suite, tc);
    return suite;
}
