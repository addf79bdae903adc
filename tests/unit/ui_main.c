#include "ui_test.h"

#include "base/text.h"

const char *ui_golden(char *out, size_t size, const char *name)
{
    const char *top = getenv("abs_top_srcdir");
    snprintf(out, size, "%s/tests/screen/golden/%s.txt", top ? top : TOP_SRCDIR, name);
    return out;
}

char *ui_text(const struct canvas *canvas, bool ascii)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    for (int y = 0; y < canvas->h; y++) {
        canvas_row(&text, canvas, y, ascii);
        buf_addc(&text, '\n');
    }
    return buf_take(&text);
}

bool ui_shows(struct dashboard *dash, const char *words)
{
    char *text = ui_text(dashboard_draw(dash), false);
    bool there = strstr(text, words) != NULL;
    free(text);
    return there;
}

void ui_type(struct dashboard *dash, const char *keys)
{
    while (*keys) {
        struct key key = {0};
        const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
        if (end) {
            char name[32];
            snprintf(name, sizeof name, "%.*s", (int)(end - keys - 1), keys + 1);
            ck_assert_msg(key_parse(name, &key) == 0, "there is no key <%s>", name);
            keys = end + 1;
        } else {
            keys += utf8_decode(keys, strlen(keys), &key.code);
        }
        dashboard_key(dash, &key);
    }
}

int main(void)
{
    SRunner *runner = srunner_create(ui_canvas_suite());
    srunner_add_suite(runner, ui_keys_suite());
    srunner_add_suite(runner, ui_prompt_suite());
    srunner_add_suite(runner, ui_kinds_suite());
    srunner_add_suite(runner, ui_list_suite());
    srunner_add_suite(runner, ui_follow_suite());
    srunner_add_suite(runner, ui_pager_suite());
    srunner_add_suite(runner, ui_picture_suite());
    srunner_add_suite(runner, ui_view_suite());
    srunner_add_suite(runner, ui_dashboard_suite());
    srunner_add_suite(runner, ui_config_suite());
    srunner_add_suite(runner, ui_theme_suite());
    srunner_add_suite(runner, ui_inside_suite());
    srunner_add_suite(runner, ui_state_suite());
    srunner_add_suite(runner, ui_manual_suite());
    srunner_add_suite(runner, ui_nodes_suite());
    srunner_add_suite(runner, ui_logs_suite());
    srunner_add_suite(runner, ui_storm_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
