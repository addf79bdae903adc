#include "ui_test.h"

static struct prompt prompt;
static struct prompt_history history;

static enum prompt_result press(const char *name)
{
    struct key key;
    ck_assert_int_eq(key_parse(name, &key), 0);
    return prompt_key(&prompt, &key);
}

static void type(const char *text)
{
    for (; *text; text++)
        prompt_key(&prompt, &(struct key){.code = (unsigned char)*text});
}

static void words(void *data UNUSED, const char *line UNUSED, size_t cursor UNUSED, struct completions *out)
{
    completions_add(out, "pods");
    completions_add(out, "nodes");
    completions_add(out, "people");
    completions_add(out, "pods");
}

static void setup(void)
{
    prompt_init(&prompt, NULL, &history, words, NULL);
}

static void teardown(void)
{
    prompt_release(&prompt);
    prompt_history_release(&history);
}

static void text_is(const char *expected, size_t cursor)
{
    ck_assert_str_eq(prompt.text.data, expected);
    ck_assert_uint_eq(prompt.cursor, cursor);
}

START_TEST(edits_by_character_and_word)
{
    type("deploy lobby now");
    press("^W");
    text_is("deploy lobby ", 13);
    press("M-b");
    text_is("deploy lobby ", 7);
    type("the ");
    text_is("deploy the lobby ", 11);
    press("^K");
    text_is("deploy the ", 11);
    press("Home");
    press("Delete");
    text_is("eploy the ", 0);
    press("^U");
    text_is("eploy the ", 0);
    press("End");
    press("^U");
    text_is("", 0);
    ck_assert_int_eq(press("Backspace"), PROMPT_EDITED);
}
END_TEST

START_TEST(moves_by_whole_characters)
{
    prompt_set(&prompt, "aé日");
    press("Left");
    text_is("aé日", 3);
    press("Left");
    text_is("aé日", 1);
    press("Delete");
    text_is("a日", 1);
    press("Right");
    press("Backspace");
    text_is("a", 1);
}
END_TEST

START_TEST(history_comes_back)
{
    type("one");
    ck_assert_int_eq(press("Enter"), PROMPT_DONE);
    prompt_set(&prompt, "");
    type("two");
    press("Enter");
    press("Enter"); /* the same again is kept once */
    ck_assert_uint_eq(history.count, 2);
    prompt_set(&prompt, "typed");
    press("^P");
    text_is("two", 3);
    press("^P");
    text_is("one", 3);
    press("^P");
    text_is("one", 3);
    press("^N");
    press("^N");
    text_is("typed", 5);
    press("^N");
    text_is("typed", 5);
}
END_TEST

START_TEST(arrows_go_through_lines_that_begin_so)
{
    static const char *const lines[] = {"pods a", "nodes", "pods b", "pods b"};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        prompt_history_add(&history, lines[i]);
    type("po");
    press("Up");
    text_is("pods b", 6);
    press("Up");
    text_is("pods a", 6);
    press("Up");
    text_is("pods a", 6);
    press("Down");
    press("Down");
    text_is("po", 2);
    prompt_set(&prompt, "");
    prompt.recall = 0;
    type("ode");
    press("^R");
    text_is("nodes", 5);
}
END_TEST

START_TEST(tab_goes_through_the_words)
{
    type("p");
    press("Tab");
    text_is("pods", 4);
    press("Tab");
    text_is("people", 6);
    press("Tab");
    text_is("pods", 4);
    press("S-Tab");
    text_is("people", 6);
    prompt_set(&prompt, "");
    press("Left");
    type("no");
    press("Tab");
    text_is("nodes", 5);
    type(" x");
    press("Tab");
    text_is("nodes x", 7);
}
END_TEST

START_TEST(a_paste_is_one_harmless_line)
{
    prompt_key(&prompt, &(struct key){.code = K_PASTE, .text = "a\nb\033[2Jc\n", .text_len = 9});
    ck_assert_ptr_null(strchr(prompt.text.data, '\n'));
    ck_assert_ptr_null(strchr(prompt.text.data, 27));
    ck_assert(str_starts(prompt.text.data, "a b"));
}
END_TEST

START_TEST(the_length_is_bounded)
{
    for (int i = 0; i < 2 * PROMPT_MAX; i++)
        type("x");
    ck_assert_uint_le(prompt.text.len, PROMPT_MAX);
    ck_assert_uint_le(prompt.cursor, prompt.text.len);
}
END_TEST

START_TEST(a_long_line_scrolls)
{
    struct canvas canvas;
    canvas_init(&canvas, 10, 1);
    type("0123456789abcdef");
    prompt_draw(&prompt, canvas_area(&canvas), 0, 0, 10, ROLE_INPUT);
    struct buf row;
    buf_init(&row, 256);
    canvas_row(&row, &canvas, 0, false);
    ck_assert_str_eq(row.data, "789abcdef");
    ck_assert_int_eq(canvas.cursor_x, 9);
    buf_release(&row);
    canvas_release(&canvas);
}
END_TEST

Suite *ui_prompt_suite(void)
{
    Suite *suite = suite_create("ui prompt");
    TCase *tcase = tcase_create("prompt");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, edits_by_character_and_word);
    tcase_add_test(tcase, moves_by_whole_characters);
    tcase_add_test(tcase, history_comes_back);
    tcase_add_test(tcase, arrows_go_through_lines_that_begin_so);
    tcase_add_test(tcase, tab_goes_through_the_words);
    tcase_add_test(tcase, a_paste_is_one_harmless_line);
    tcase_add_test(tcase, the_length_is_bounded);
    tcase_add_test(tcase, a_long_line_scrolls);
    suite_add_tcase(suite, tcase);
    return suite;
}
