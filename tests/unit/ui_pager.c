#include "ui_test.h"

#include "ui/pager.h"

static struct pager pager;
static struct canvas canvas;

static void setup(void)
{
    pager_init(&pager);
    canvas_init(&canvas, 20, 4);
}

static void teardown(void)
{
    pager_release(&pager);
    canvas_release(&canvas);
}

static void row_is(int y, const char *expected)
{
    struct buf row;
    buf_init(&row, 4096);
    canvas_row(&row, &canvas, y, false);
    ck_assert_str_eq(row.data, expected);
    buf_release(&row);
}

static void draw(void)
{
    canvas_clear(&canvas);
    pager_draw(&pager, canvas_area(&canvas));
}

static void add(const char *text)
{
    pager_add(&pager, 0, text, strlen(text));
}

static void add_numbers(int from, int to)
{
    for (int i = from; i <= to; i++) {
        char text[32];
        snprintf(text, sizeof text, "line %d", i);
        add(text);
    }
}

START_TEST(follows_and_stands_still)
{
    pager.follow = true;
    add_numbers(1, 10);
    draw();
    row_is(0, " line 7");
    row_is(3, " line 10");
    pager_command(&pager, NULL, PAGER_UP);
    draw();
    row_is(3, " line 9");
    add_numbers(11, 12);
    draw();
    row_is(3, " line 9");
    pager_command(&pager, NULL, PAGER_TOP);
    draw();
    row_is(0, " line 1");
    pager_command(&pager, NULL, PAGER_PGDN);
    draw();
    row_is(0, " line 5");
}
END_TEST

START_TEST(memory_is_bounded_and_says_so)
{
    pager.follow = true;
    add_numbers(1, PAGER_LINES + 5);
    ck_assert_uint_eq(pager.count, PAGER_LINES);
    ck_assert_uint_eq(pager.dropped, 5);
    draw();
    row_is(0, " … 5 older lines dro"); 
    char *big = xmalloc(1u << 20);
    memset(big, 'x', 1u << 20);
    for (int i = 0; i < 20; i++)
        pager_add(&pager, 0, big, 1u << 20);
    ck_assert_uint_le(pager.bytes, PAGER_BYTES);
    free(big);
}
END_TEST

START_TEST(searches_on_and_back)
{
    add_numbers(1, 30);
    pager_search(&pager, "LINE 2", false);
    draw();
    row_is(0, " line 2");
    pager_command(&pager, NULL, PAGER_NEXT);
    draw();
    row_is(0, " line 20");
    pager_command(&pager, NULL, PAGER_PREV);
    draw();
    row_is(0, " line 2");
    ck_assert_int_eq(canvas.cells[1].role, ROLE_MATCH);
    pager_search(&pager, "nowhere", true);
    char text[128];
    pager_summary(&pager, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "not found"));
}
END_TEST

START_TEST(long_lines_wrap_or_scroll)
{
    add("abcdefghijklmnopqrstuvwxyz");
    draw();
    row_is(0, " abcdefghijklmnopqr…");
    pager_command(&pager, NULL, PAGER_RIGHT);
    draw();
    row_is(0, " ijklmnopqrstuvwxyz");
    pager_command(&pager, NULL, PAGER_WRAP);
    draw();
    row_is(0, " abcdefghijklmnopqrs");
    row_is(1, " tuvwxyz");
}
END_TEST

START_TEST(colours_of_programs_are_left_out)
{
    add("\033[1;31mred\033[0m and \033]0;title\aplain\r");
    pager_add(&pager, 0, "nul\0byte", 8);
    draw();
    row_is(0, " red and plain");
    row_is(1, " nul�byte");
}
END_TEST

Suite *ui_pager_suite(void)
{
    Suite *suite = suite_create("ui pager");
    TCase *tcase = tcase_create("pager");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, follows_and_stands_still);
    tcase_add_test(tcase, memory_is_bounded_and_says_so);
    tcase_add_test(tcase, searches_on_and_back);
    tcase_add_test(tcase, long_lines_wrap_or_scroll);
    tcase_add_test(tcase, colours_of_programs_are_left_out);
    suite_add_tcase(suite, tcase);
    return suite;
}
