#include "app/options.h"

#include "app_test.h"

static struct options options;

static int parse(const char *line, struct err *err)
{
    static char words[256];
    char *argv[16];
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *at = words; *at; at += strcspn(at, " ")) {
        if (*at == ' ')
            *at++ = '\0';
        argv[argc++] = at;
    }
    return options_parse(&options, argc, argv, err);
}

START_TEST(f_follows_after_logs_and_names_a_file_elsewhere)
{
    static const struct {
        const char *line;
        bool follows;
        const char *file;
    } rows[] = {
        {"logs -f camera", true, NULL},           {"-n media logs -f camera", true, NULL},
        {"--edge tail -f lobby", true, NULL},     {"deploy -f lobby.yaml", false, "lobby.yaml"},
        {"-n media render -f logs", false, "logs"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        ck_assert_msg(parse(rows[i].line, &err) == 0, "%s: %s", rows[i].line, err.text);
        ck_assert_msg(options_has(&options, OPT_FOLLOW) == rows[i].follows, "%s", rows[i].line);
        ck_assert_pstr_eq(options.values[OPT_FILE], rows[i].file);
        options_release(&options);
    }
}
END_TEST

START_TEST(a_command_after_two_dashes_keeps_its_options)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(parse("exec -n media pod -it -c main -- ls -l -- x", &err), 0);
    ck_assert(options_has(&options, OPT_STDIN) && options_has(&options, OPT_TTY));
    ck_assert_pstr_eq(options.values[OPT_CONTAINER], "main");
    static const char *const words[] = {"exec", "pod", "ls", "-l", "--", "x"};
    ck_assert_int_eq(options.arg_count, (int)ARRAY_SIZE(words));
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        ck_assert_str_eq(options.args[i], words[i]);
    ck_assert_ptr_null(options.args[options.arg_count]);
    options_release(&options);
}
END_TEST

START_TEST(groups_are_collected_apart_from_sets)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(parse("pods --as jane --as-group a --set x.y=1 --as-group=b,c --as-uid 7", &err), 0);
    ck_assert_str_eq(options.values[OPT_AS], "jane");
    ck_assert_str_eq(options.values[OPT_AS_UID], "7");
    ck_assert_uint_eq(options.group_count, 2);
    ck_assert_str_eq(options.groups[0], "a");
    ck_assert_str_eq(options.groups[1], "b,c"); /* one group, as with kubectl */
    ck_assert_ptr_null(options.groups[2]);
    ck_assert_uint_eq(options.set_count, 1);
    options_release(&options);
}
END_TEST

START_TEST(wrong_options_are_sentences)
{
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"pods --namespce x", "there is no option '--namespce'; did you mean '--namespace'?"},
        {"pods -n", "the option '-n' needs a value: -n NAME"},
        {"pods --watch=yes", "the option '--watch' takes no value"},
        {"pods -J", "there is no option '-J'; 'patchbay help' lists them"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        ck_assert_int_eq(parse(rows[i].line, &err), -1);
        ck_assert_str_eq(err.text, rows[i].why);
        options_release(&options);
    }
}
END_TEST

Suite *app_options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, f_follows_after_logs_and_names_a_file_elsewhere);
    tcase_add_test(tc, a_command_after_two_dashes_keeps_its_options);
    tcase_add_test(tc, groups_are_collected_apart_from_sets);
    tcase_add_test(tc, wrong_options_are_sentences);
    suite_add_tcase(suite, tc);
    return suite;
}
