#include "ui_test.h"

#include "ui/theme.h"

static struct canvas canvas;
static struct area area;

static void setup(void)
{
    canvas_init(&canvas, 20, 4);
    area = canvas_area(&canvas);
}

static void teardown(void)
{
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

START_TEST(text_stops_at_the_edge)
{
    int x = draw_text(area, 15, 0, ROLE_NORMAL, 0, "abcdefgh");
    ck_assert_int_eq(x, 23);
    row_is(0, "               abcde");
    row_is(1, "");
    draw_text(area, -2, 1, ROLE_NORMAL, 0, "abcd");
    row_is(1, "cd");
    draw_text(area, 0, 4, ROLE_NORMAL, 0, "below");
    draw_text(area, 0, -1, ROLE_NORMAL, 0, "above");
}
END_TEST

START_TEST(areas_clip_and_move)
{
    struct area inner = area_sub(area, 2, 1, 5, 2);
    draw_text(inner, 0, 0, ROLE_NORMAL, 0, "0123456789");
    row_is(1, "  01234");
    struct area outside = area_sub(inner, 3, 1, 100, 100);
    draw_fill(outside, ROLE_NORMAL, 0, 'x');
    row_is(2, "     xx");
    row_is(3, "");
    struct area left = area_sub(area, -3, 0, 5, 1);
    draw_text(left, 0, 0, ROLE_NORMAL, 0, "abcde");
    row_is(0, "de");
}
END_TEST

START_TEST(fields_cut_with_an_ellipsis)
{
    draw_field(area, 0, 0, 6, ROLE_NORMAL, 0, "abcdef");
    draw_field(area, 7, 0, 6, ROLE_NORMAL, 0, "abcdefg");
    draw_field_right(area, 14, 0, 6, ROLE_NORMAL, 0, "42");
    row_is(0, "abcdef abcde…     42");
    draw_field(area, 0, 1, 4, ROLE_NORMAL, 0, "日本語");
    row_is(1, "日…");
    draw_field(area, 0, 2, 0, ROLE_NORMAL, 0, "nothing");
    row_is(2, "");
}
END_TEST

START_TEST(wide_characters_never_stand_half)
{
    draw_text(area, 0, 0, ROLE_NORMAL, 0, "日本");
    row_is(0, "日本");
    draw_text(area, 1, 0, ROLE_NORMAL, 0, "x");
    row_is(0, " x本");
    draw_text(area, 2, 0, ROLE_NORMAL, 0, "y");
    row_is(0, " xy");
    draw_text(area, 19, 1, ROLE_NORMAL, 0, "日");
    row_is(1, "");
}
END_TEST

START_TEST(hostile_text_is_harmless)
{
    draw_text(area, 0, 0, ROLE_NORMAL, 0, "a\033[31mb\001c");
    row_is(0, "a�[31mb�c");
    draw_text(area, 0, 1, ROLE_NORMAL, 0, "x\xe2\x80\xaey\xff\x9b" "z\tw");
    row_is(1, "x�y��z w");
    draw_text(area, 0, 2, ROLE_NORMAL, 0, "e\xcc\x81!");
    row_is(2, "e\xcc\x81!");
    ck_assert_uint_eq(canvas.cells[2 * 20].mark, 0x301);
    for (int i = 0; i < 20 * 4; i++) {
        uint32_t ch = canvas.cells[i].ch;
        ck_assert(ch == 0 || (ch >= 0x20 && (ch < 0x7f || ch >= 0xa0)));
    }
}
END_TEST

START_TEST(frames_have_titles)
{
    draw_frame(area, ROLE_BORDER, 0, "camera", ROLE_TITLE);
    row_is(0, "╭ camera ──────────╮");
    row_is(3, "╰──────────────────╯");
    ck_assert_int_eq(canvas.cells[2].role, ROLE_TITLE);
}
END_TEST

START_TEST(every_glyph_has_a_plain_one)
{
    static const uint32_t glyphs[] = {GLYPH_ARROW, GLYPH_GOOD, GLYPH_BUSY, GLYPH_BAD, GLYPH_WARN, GLYPH_DONE,
                                      GLYPH_UNKNOWN, 0x2026, 0xb7, 0x2588, 0x2581, 0xd7, 0xb1, 0x25be, 0x25b4};
    for (size_t i = 0; i < ARRAY_SIZE(glyphs); i++)
        ck_assert_msg(canvas_ascii(glyphs[i]) != '?', "U+%04X has no plain character", glyphs[i]);
    for (unsigned bits = 0; bits < 16; bits++)
        ck_assert_int_ne(canvas_ascii(glyph_wire(bits)), '?');
    ck_assert_int_eq(canvas_ascii(0x65e5), '?');
}
END_TEST

START_TEST(sparks_scale)
{
    double values[] = {0, 1, 2, 4, 8};
    draw_spark(area, 0, 0, ROLE_GOOD, values, ARRAY_SIZE(values), 0);
    row_is(0, " ▁▂▄█");
    draw_spark(area, 0, 1, ROLE_GOOD, values, ARRAY_SIZE(values), 16);
    row_is(1, " ▁▁▂▄");
    double none[] = {0, 0};
    draw_spark(area, 0, 2, ROLE_GOOD, none, 2, 0);
    row_is(2, "");
}
END_TEST

START_TEST(bars_end_in_eighths)
{
    draw_bar(area, 0, 2.5, 0, ROLE_GOOD);
    row_is(0, "██▌");
    draw_bar(area, 3, 3, 1, ROLE_GOOD);
    row_is(1, "   ▏");
}
END_TEST

START_TEST(selection_keeps_the_role)
{
    struct style plain, selected;
    theme_style(&plain, &theme_dark, ROLE_GOOD, 0);
    theme_style(&selected, &theme_dark, ROLE_GOOD, ATTR_SELECTED);
    ck_assert_int_eq(plain.fg, selected.fg);
    ck_assert_int_ne(plain.bg, selected.bg);
    theme_style(&selected, &theme_mono, ROLE_GOOD, ATTR_SELECTED);
    ck_assert(selected.reverse);
    for (int role = 0; role < ROLE_COUNT; role++) {
        theme_style(&plain, &theme_mono, (enum role)role, 0);
        ck_assert_msg(plain.fg < 0 && plain.bg < 0 && plain.fg8 < 0 && plain.bg8 < 0, "role %d has a colour", role);
    }
}
END_TEST

Suite *ui_canvas_suite(void)
{
    Suite *suite = suite_create("ui canvas");
    TCase *tcase = tcase_create("canvas");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, text_stops_at_the_edge);
    tcase_add_test(tcase, areas_clip_and_move);
    tcase_add_test(tcase, fields_cut_with_an_ellipsis);
    tcase_add_test(tcase, wide_characters_never_stand_half);
    tcase_add_test(tcase, hostile_text_is_harmless);
    tcase_add_test(tcase, frames_have_titles);
    tcase_add_test(tcase, every_glyph_has_a_plain_one);
    tcase_add_test(tcase, sparks_scale);
    tcase_add_test(tcase, bars_end_in_eighths);
    tcase_add_test(tcase, selection_keeps_the_role);
    suite_add_tcase(suite, tcase);
    return suite;
}
