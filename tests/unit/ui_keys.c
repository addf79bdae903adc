#include "ui_test.h"

START_TEST(names_are_read_and_written)
{
    static const char *const names[] = {"j", "G", "^F", "PgDn", "S-Tab", "M-x", "Space", "Esc", "S-Left", "F1", "?",
                                        "M-Backspace", "C-Left", "-", "é"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct key key;
        char text[24];
        ck_assert_msg(key_parse(names[i], &key) == 0, "%s", names[i]);
        key_text(text, sizeof text, &key);
        ck_assert_str_eq(text, names[i]);
    }
    struct key key;
    ck_assert_int_eq(key_parse("", &key), -1);
    ck_assert_int_eq(key_parse("Nothing", &key), -1);
}
END_TEST

START_TEST(bindings_are_found_by_any_of_their_keys)
{
    static const struct binding table[] = {{"j Down", 1, NULL, NULL}, {"^F PgDn Space", 2, NULL, NULL}, {NULL}};
    struct key key;
    key_parse("Down", &key);
    ck_assert_int_eq(binding_find(table, &key)->command, 1);
    key_parse("Space", &key);
    ck_assert_int_eq(binding_find(table, &key)->command, 2);
    key_parse("J", &key);
    ck_assert_ptr_null(binding_find(table, &key));
    ck_assert_ptr_null(binding_find(NULL, &key));
}
END_TEST

/* A key that a view's table and the shell's both have would hide the shell's: only Enter, Esc and moving may, and the
 * graph's - is the other of its +. */
START_TEST(views_do_not_hide_what_means_the_same_everywhere)
{
    static const char *const everywhere[] = {":", "/", "?", "0", "-", "q", "1", "2", "3", "4", "5", "6", "7"};
    for (size_t v = 0; view_table[v]; v++)
        for (size_t k = 0; k < ARRAY_SIZE(everywhere); k++) {
            struct key key;
            key_parse(everywhere[k], &key);
            if (str_eq(view_table[v]->name, "graph") && str_eq(everywhere[k], "-"))
                continue;
            ck_assert_msg(!binding_find(view_table[v]->bindings, &key) && !binding_find(view_table[v]->more_bindings, &key),
                          "%s takes %s", view_table[v]->name, everywhere[k]);
        }
}
END_TEST

START_TEST(every_binding_names_a_key)
{
    for (size_t v = 0; view_table[v]; v++) {
        const struct binding *tables[] = {view_table[v]->bindings, view_table[v]->more_bindings};
        for (size_t t = 0; t < 2; t++)
            for (const struct binding *b = tables[t]; b && b->keys; b++) {
                char words[128], *save = NULL;
                snprintf(words, sizeof words, "%s", b->keys);
                for (char *name = strtok_r(words, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
                    struct key key;
                    ck_assert_msg(key_parse(name, &key) == 0, "%s: '%s' is no key", view_table[v]->name, name);
                }
            }
    }
}
END_TEST

Suite *ui_keys_suite(void)
{
    Suite *suite = suite_create("ui keys");
    TCase *tcase = tcase_create("keys");
    tcase_add_test(tcase, names_are_read_and_written);
    tcase_add_test(tcase, bindings_are_found_by_any_of_their_keys);
    tcase_add_test(tcase, views_do_not_hide_what_means_the_same_everywhere);
    tcase_add_test(tcase, every_binding_names_a_key);
    suite_add_tcase(suite, tcase);
    return suite;
}
