#include "ui_graph_test.h"

#include "base/text.h"

#define NOON INT64_C(1772366400000000000) /* 2026-03-01T12:00:00Z */

void rig_open(struct rig *rig, const char *scene, int w, int h)
{
    const char *top = getenv("abs_top_srcdir");
    *rig = (struct rig){0};
    vclock_init(&rig->clock, NOON + 300 * NSEC_PER_MSEC);
    rig->loop = loop_new(&rig->clock.ops);
    rig->gs = graph_scene_new(rig->loop, scene, top ? top : TOP_SRCDIR, NOON + 300 * NSEC_PER_MSEC);
    ck_assert_msg(rig->gs != NULL, "there is no scene %s", scene);
    rig->dash = dashboard_new(&rig->gs->scene->model, &(struct dashboard_options){.view = "graph"}, w, h);
    rig_type(rig, "");
}

void rig_close(struct rig *rig)
{
    dashboard_free(rig->dash);
    graph_scene_free(rig->gs);
    loop_free(rig->loop);
    free(rig->screen);
}

static const char *draw(struct rig *rig)
{
    const struct canvas *canvas = dashboard_draw(rig->dash);
    struct buf text;
    buf_init(&text, 1u << 20);
    for (int y = 0; y < canvas->h; y++) {
        canvas_row(&text, canvas, y, false);
        buf_addc(&text, '\n');
    }
    free(rig->screen);
    return rig->screen = buf_take(&text);
}

const char *rig_type(struct rig *rig, const char *keys)
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
        dashboard_key(rig->dash, &key);
    }
    return draw(rig);
}

const char *rig_paste(struct rig *rig, const char *text, size_t len)
{
    dashboard_key(rig->dash, &(struct key){.code = K_PASTE, .text = text, .text_len = len});
    return draw(rig);
}

const char *rig_mouse(struct rig *rig, uint32_t code, int x, int y)
{
    dashboard_key(rig->dash, &(struct key){.code = code, .x = x, .y = y, .button = 1});
    return draw(rig);
}

bool rig_shows(struct rig *rig, const char *text)
{
    if (strstr(rig->screen, text))
        return true;
    fprintf(stderr, "'%s' is not on the screen:\n%s\n", text, rig->screen);
    return false;
}

const struct graph *rig_graph(struct rig *rig)
{
    return document_graph(rig->gs->scene->model.document);
}

void rig_links(struct rig *rig, char *out, size_t size)
{
    const struct graph *graph = rig_graph(rig);
    struct buf text;
    buf_init(&text, size - 1);
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        buf_addf(&text, "%s%s.%s>%s.%s", i ? " " : "", graph->things[link->from].name, link->from_port,
                 graph->things[link->to].name, link->to_port);
    }
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

int main(void)
{
    SRunner *runner = srunner_create(ui_graph_pictures_suite());
    srunner_add_suite(runner, ui_graph_keys_suite());
    srunner_add_suite(runner, ui_graph_dialogs_suite());
    srunner_add_suite(runner, ui_graph_review_suite());
    srunner_add_suite(runner, ui_graph_compose_suite());
    srunner_add_suite(runner, ui_graph_storm_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
