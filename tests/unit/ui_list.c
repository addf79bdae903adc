#include "ui_test.h"

#include "ui/list.h"

struct item {
    const char *name;
    int size;
};

static struct item items[2000];
static char item_names[2000][16];
static size_t item_count;
static struct list list;
static struct canvas canvas;

static void cell(void *data UNUSED, const void *row, size_t column, struct list_cell *out)
{
    const struct item *item = row;
    if (column == 0) {
        snprintf(out->text, sizeof out->text, "%s", item->name);
    } else {
        snprintf(out->text, sizeof out->text, "%d", item->size);
        out->number = true;
        out->order = item->size;
    }
}

static void identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    snprintf(out, size, "%s", ((const struct item *)row)->name);
}

static const struct list_column columns[] = {{"NAME", .min = 4, .shrink = true}, {"SIZE", .right = true, .rank = 1}};
static const struct list_class class = {.columns = columns, .column_count = 2, .cell = cell, .identity = identity};

static void fill(void)
{
    list_begin(&list);
    for (size_t i = 0; i < item_count; i++)
        list_add(&list, &items[i]);
    list_end(&list);
}

static void setup(void)
{
    static const struct item first[] = {{"ant", 9}, {"bee", 10}, {"cat", 100}, {"dog", 20}};
    item_count = ARRAY_SIZE(first);
    memcpy(items, first, sizeof first);
    list_init(&list, &class, NULL);
    canvas_init(&canvas, 30, 6);
    fill();
}

static void teardown(void)
{
    list_release(&list);
    canvas_release(&canvas);
}

static void filter_by(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(list_set_filter(&list, text, false, &err) == 0, "%s", err.text);
}

static const char *selected(void)
{
    const struct item *item = list_selected(&list);
    return item ? item->name : NULL;
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
    list_draw(&list, canvas_area(&canvas));
}

START_TEST(columns_are_as_wide_as_needed)
{
    draw();
    row_is(0, " NAME  SIZE");
    row_is(1, " ant      9");
    row_is(3, " cat    100");
}
END_TEST

START_TEST(the_selection_sticks_to_its_row)
{
    list_command(&list, NULL, LIST_DOWN);
    list_command(&list, NULL, LIST_DOWN);
    ck_assert_str_eq(selected(), "cat");
    memmove(items + 1, items, 4 * sizeof *items);
    items[0] = (struct item){"aardvark", 1};
    item_count = 5;
    fill();
    ck_assert_str_eq(selected(), "cat");
    /* its row goes: the neighbour that took its place */
    items[3] = items[4];
    item_count = 4;
    fill();
    ck_assert_str_eq(selected(), "dog");
    item_count = 0;
    fill();
    ck_assert_ptr_null(selected());
}
END_TEST

START_TEST(orders_by_numbers_as_numbers)
{
    list_command(&list, NULL, LIST_SORT_NEXT);
    list_command(&list, NULL, LIST_SORT_NEXT);
    ck_assert(list.stale);
    fill();
    draw();
    row_is(0, " NAME  SIZE▴");
    row_is(2, " bee      10");
    row_is(4, " cat     100");
    list_command(&list, NULL, LIST_REVERSE);
    fill();
    draw();
    row_is(1, " cat     100");
    list_command(&list, NULL, LIST_SORT_NEXT); /* past the last: as given */
    ck_assert_int_eq(list.sort, -1);
}
END_TEST

/* SIZE has no room: nobody would see by what the rows are ordered. */
START_TEST(orders_by_columns_that_are_seen)
{
    canvas_resize(&canvas, 8, 6);
    draw();
    row_is(0, " NAME");
    list_command(&list, NULL, LIST_SORT_NEXT);
    ck_assert_int_eq(list.sort, 0);
    list_command(&list, NULL, LIST_SORT_NEXT);
    ck_assert_int_eq(list.sort, -1);
    list_command(&list, NULL, LIST_SORT_PREV);
    ck_assert_int_eq(list.sort, 0);
}
END_TEST

START_TEST(filters_by_what_is_shown)
{
    filter_by("o");
    fill();
    ck_assert_uint_eq(list.count, 1);
    char text[64];
    list_summary(&list, text, sizeof text);
    ck_assert_str_eq(text, "1/4 /o");
    filter_by("nothing");
    fill();
    draw();
    row_is(2, " no row matches the filter");
    filter_by(NULL);
    fill();
    ck_assert_uint_eq(list.count, 4);
}
END_TEST

START_TEST(scrolls_by_pages_and_to_the_ends)
{
    item_count = 2000;
    for (size_t i = 0; i < item_count; i++) {
        snprintf(item_names[i], sizeof item_names[i], "item-%04zu", i);
        items[i] = (struct item){item_names[i], (int)i};
    }
    fill();
    list_command(&list, NULL, LIST_TOP);
    draw();
    list_command(&list, NULL, LIST_PGDN);
    ck_assert_str_eq(selected(), "item-0005");
    draw();
    row_is(5, " item-0005     5");
    list_command(&list, NULL, LIST_BOTTOM);
    draw();
    ck_assert_str_eq(selected(), "item-1999");
    bool entered;
    list_mouse(&list, &(struct key){.code = K_WHEEL_UP}, &entered);
    ck_assert_str_eq(selected(), "item-1996");
    list_mouse(&list, &(struct key){.code = K_CLICK, .button = 1, .y = 1}, &entered);
    ck_assert_str_eq(selected(), "item-1995");
    ck_assert(!entered);
    list_mouse(&list, &(struct key){.code = K_CLICK, .button = 1, .y = 1}, &entered);
    ck_assert(entered);
}
END_TEST

START_TEST(narrow_screens_lose_the_last_ranks_first)
{
    items[0].name = "a-rather-long-name";
    fill();
    canvas_resize(&canvas, 14, 6);
    draw();
    row_is(1, " a-rat…     9");
    canvas_resize(&canvas, 9, 6);
    draw();
    row_is(1, " a-rath…");
}
END_TEST

Suite *ui_list_suite(void)
{
    Suite *suite = suite_create("ui list");
    TCase *tcase = tcase_create("list");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, columns_are_as_wide_as_needed);
    tcase_add_test(tcase, the_selection_sticks_to_its_row);
    tcase_add_test(tcase, orders_by_numbers_as_numbers);
    tcase_add_test(tcase, orders_by_columns_that_are_seen);
    tcase_add_test(tcase, filters_by_what_is_shown);
    tcase_add_test(tcase, scrolls_by_pages_and_to_the_ends);
    tcase_add_test(tcase, narrow_screens_lose_the_last_ranks_first);
    suite_add_tcase(suite, tcase);
    return suite;
}
