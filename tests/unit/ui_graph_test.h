/* ui_graph_test: the Graph view on a scripted scene and a clock of its own, keys in, screen out. */
#ifndef TESTS_UI_GRAPH_TEST_H
#define TESTS_UI_GRAPH_TEST_H

#include <check.h>

#include "base/vclock.h"
#include "tests/screen/graph_scene.h"
#include "ui/dashboard.h"

struct rig {
    struct vclock clock;
    struct loop *loop;
    struct graph_scene *gs;
    struct dashboard *dash;
    char *screen; /* as drawn last */
};

void rig_open(struct rig *rig, const char *scene, int w, int h);
void rig_close(struct rig *rig);
/* "jj<Enter>", then draws. Returns the screen's text. */
const char *rig_type(struct rig *rig, const char *keys);
/* A paste of the terminal's. */
const char *rig_paste(struct rig *rig, const char *text, size_t len);
/* A mouse event on that cell of the screen. */
const char *rig_mouse(struct rig *rig, uint32_t code, int x, int y);
bool rig_shows(struct rig *rig, const char *text);
const struct graph *rig_graph(struct rig *rig);
/* "camera.video>object-detect.video …" : the document's links, in its order. */
void rig_links(struct rig *rig, char *out, size_t size);

Suite *ui_graph_pictures_suite(void);
Suite *ui_graph_keys_suite(void);
Suite *ui_graph_dialogs_suite(void);
Suite *ui_graph_review_suite(void);
Suite *ui_graph_compose_suite(void);
Suite *ui_graph_storm_suite(void);

#endif
