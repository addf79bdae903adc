#include "ui_test.h"

#include "base/vclock.h"
#include "tests/screen/scene.h"
#include "ops/why.h"
#include "ui/dashboard_private.h"
#include "ui/manual.h"

/* The tables of keys, `?` and the manual against each other. */

static const struct binding *table_of(size_t i, const char **name, const struct binding **with)
{
    return config_bindings(i, name, with);
}

static const char *words_of(const struct binding *b)
{
    return str_or_empty(b->help ? b->help : b->hint);
}

START_TEST(every_key_can_be_pressed_and_means_one_thing)
{
    const char *name;
    const struct binding *table, *with;
    for (size_t i = 0; (table = table_of(i, &name, &with)); i++)
        for (const struct binding *b = table; b->keys; b++) {
            const char *at = b->keys;
            struct key key;
            size_t words = 0, keys = 0;
            for (const char *word = at; *word; word += strcspn(word, " "), word += strspn(word, " "))
                words++;
            while (key_next(&at, &key)) {
                const struct binding *first = binding_find(table, &key), *below = binding_find(with, &key);
                keys++;
                ck_assert_msg(!b->command || first == b, "in %s '%s' is '%s' as well as '%s'", name, b->keys, words_of(b),
                              first ? words_of(first) : "");
                ck_assert_msg(!b->command || !below, "in %s '%s' (%s) hides '%s'", name, b->keys, words_of(b), below ? words_of(below) : "");
            }
            ck_assert_msg(words == keys, "in %s '%s' names what is no key", name, b->keys);
        }
}
END_TEST

/* What is everywhere is nowhere something else, but where the view has its reason. */
START_TEST(what_works_everywhere_is_not_hidden)
{
    static const struct {
        const char *view, *key;
    } reasons[] = {
        {"graph", "-"},  /* beside +: less detail */
        {"help", "Esc"}, {"text", "Esc"},
    };
    const char *name;
    const struct binding *table, *with;
    for (size_t i = 1; (table = table_of(i, &name, &with)); i++)
        for (const struct binding *b = table; b->keys; b++) {
            struct key key;
            for (const char *at = b->keys; b->command && key_next(&at, &key);) {
                bool reason = !binding_find(dashboard_bindings, &key);
                for (size_t r = 0; r < ARRAY_SIZE(reasons); r++)
                    reason |= str_eq(reasons[r].view, name) && key_is(&key, reasons[r].key);
                ck_assert_msg(reason, "in %s '%s' (%s) hides what it means everywhere", name, b->keys, words_of(b));
                ck_assert_msg(key.mods || key.code < '1' || key.code > '9', "in %s '%s' hides a view's number", name, b->keys);
            }
        }
}
END_TEST

/* The letters that mean the same wherever they mean anything; in Graph hjkl move, so its logs are L. */
START_TEST(the_same_key_means_the_same_everywhere)
{
    static const struct {
        const char *key;
        const char *words[5]; /* one of which its help has */
        const char *but;      /* tables in which it is something else */
    } same[] = {
        {"w", {"why"}, ""},
        {"d", {"events", "describe", "page down", "object"}, ""},
        {"y", {"YAML"}, ""},
        {"s", {"shell"}, ""},
        {"l", {"log"}, "graph pager text logs"},
        {"v", {"picture"}, ""},
        {"X", {"delete", "close"}, ""},
        {"F", {"forward"}, ""},
    };
    const char *name;
    const struct binding *table, *with;
    for (size_t i = 0; (table = table_of(i, &name, &with)); i++)
        for (size_t s = 0; s < ARRAY_SIZE(same); s++) {
            struct key key;
            ck_assert_int_eq(key_parse(same[s].key, &key), 0);
            const struct binding *b = binding_find(table, &key);
            bool good = !b || strstr(same[s].but, name);
            for (size_t w = 0; w < ARRAY_SIZE(same[s].words) && same[s].words[w] && !good; w++)
                good = strstr(words_of(b), same[s].words[w]) != NULL;
            ck_assert_msg(good, "in %s '%s' is '%s'", name, same[s].key, b ? words_of(b) : "");
        }
}
END_TEST

/* What `?` says of a view, whole: on a screen that is high enough. */
static char *help_of(const char *view)
{
    struct vclock clock;
    vclock_init(&clock, INT64_C(1772366400000000000));
    struct loop *loop = loop_new(&clock.ops);
    struct scene *scene = scene_new(loop, "lobby", clock.wall);
    struct dashboard *dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = view}, 110, 400);
    ui_type(dash, "?");
    char *text = ui_text(dashboard_draw(dash), false);
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
    return text;
}

static void row_is_in_help(const char *text, const char *view, const struct binding *b)
{
    char row[160];
    snprintf(row, sizeof row, "   %-15s %s", b->keys, b->help);
    ck_assert_msg(strstr(text, row) != NULL, "? in %s lacks '%s' (%s)", view, b->keys, b->help);
}

START_TEST(help_has_every_key_of_a_view)
{
    for (size_t i = 0; view_table[i]; i++) {
        const struct view *view = view_table[i];
        if (view == &view_help)
            continue;
        const struct binding *tables[] = {view->bindings, view->more_bindings};
        char *text = help_of(view->name);
        for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
            for (const struct binding *b = tables[t]; b && b->keys; b++)
                if (b->help)
                    row_is_in_help(text, view->name, b);
        for (const struct view_command *c = view->commands; c && c->name; c++)
            ck_assert_msg(strstr(text, c->help) != NULL, "? in %s lacks ':%s'", view->name, c->name);
        free(text);
    }
}
END_TEST

START_TEST(a_binding_can_be_named_in_the_configuration)
{
    const char *name;
    const struct binding *table, *with;
    for (size_t i = 0; (table = table_of(i, &name, &with)); i++)
        for (const struct binding *b = table; b->keys; b++) {
            char first[24];
            snprintf(first, sizeof first, "%.*s", (int)strcspn(b->keys, " "), b->keys);
            if (b->command)
                ck_assert_msg(binding_named(table, first) == b, "in %s '%s' does not name its own binding", name, first);
        }
}
END_TEST

START_TEST(the_manual_has_every_key_and_word)
{
    struct buf manual, row;
    const char *name;
    const struct binding *table, *with;
    size_t count;
    buf_init(&manual, 1u << 20);
    buf_init(&row, 4096);
    manual_dashboard(&manual);
    for (size_t i = 0; (table = table_of(i, &name, &with)); i++)
        for (const struct binding *b = table; b->keys; b++) {
            if (!b->help)
                continue;
            buf_reset(&row);
            buf_adds(&row, ".B ");
            manual_text(&row, b->keys);
            buf_addc(&row, '\n');
            manual_text(&row, b->help);
            ck_assert_msg(strstr(manual.data, row.data) != NULL, "the manual lacks '%s' (%s) of %s", b->keys, b->help, name);
        }
    const struct command_help *words = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&row);
        buf_addf(&row, ".B :%s", words[i].name);
        ck_assert_msg(strstr(manual.data, row.data) != NULL, "the manual lacks ':%s'", words[i].name);
    }
    for (size_t i = 0; themes[i]; i++)
        ck_assert_ptr_nonnull(strstr(manual.data, themes[i]->help));
    char *sentence, *help;
    const char *cause;
    for (size_t i = 0; (cause = why_known(i, &sentence, &help)); i++) {
        buf_reset(&row);
        buf_adds(&row, ".B ");
        manual_text(&row, cause);
        buf_addc(&row, '\n');
        manual_text(&row, sentence);
        ck_assert_msg(strstr(manual.data, row.data) != NULL, "the manual lacks the cause %s", cause);
        free(sentence);
        free(help);
    }
    /* The example is one: it has no faults. */
    char *example = strstr(manual.data, ".nf\n"), *end = strstr(example, ".fi");
    buf_reset(&row);
    for (example += 4; example < end; example++)
        if (*example == '\\' && example[1] == '-')
            continue;
        else
            buf_addc(&row, *example);
    struct config *config = config_read("example", row.data, row.len);
    ck_assert_msg(config->faults.count == 0, "%s", config->faults.count ? config->faults.items[0].text : "");
    ck_assert_uint_eq(config->notice_count, 2);
    config_free(config);
    binding_reset();
    buf_release(&manual);
    buf_release(&row);
}
END_TEST

Suite *ui_manual_suite(void)
{
    Suite *suite = suite_create("ui manual");
    TCase *tc = tcase_create("manual");
    tcase_add_test(tc, every_key_can_be_pressed_and_means_one_thing);
    tcase_add_test(tc, what_works_everywhere_is_not_hidden);
    tcase_add_test(tc, the_same_key_means_the_same_everywhere);
    tcase_add_test(tc, help_has_every_key_of_a_view);
    tcase_add_test(tc, a_binding_can_be_named_in_the_configuration);
    tcase_add_test(tc, the_manual_has_every_key_and_word);
    suite_add_tcase(suite, tc);
    return suite;
}
