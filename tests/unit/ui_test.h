/* ui_test: what the tests of the dashboard share: one suite a file, one program. */
#ifndef TESTS_UI_TEST_H
#define TESTS_UI_TEST_H

#include "ui/dashboard.h"

#include <check.h>

Suite *ui_canvas_suite(void);
Suite *ui_keys_suite(void);
Suite *ui_prompt_suite(void);
Suite *ui_kinds_suite(void);
Suite *ui_list_suite(void);
Suite *ui_follow_suite(void);
Suite *ui_pager_suite(void);
Suite *ui_picture_suite(void);
Suite *ui_logs_suite(void);
Suite *ui_view_suite(void);
Suite *ui_dashboard_suite(void);
Suite *ui_config_suite(void);
Suite *ui_theme_suite(void);
Suite *ui_inside_suite(void);
Suite *ui_state_suite(void);
Suite *ui_manual_suite(void);
Suite *ui_nodes_suite(void);
Suite *ui_storm_suite(void);

/* The path of a kept screen. */
const char *ui_golden(char *out, size_t size, const char *name);
/* A canvas as text. */
char *ui_text(const struct canvas *canvas, bool ascii);
/* Whether that stands on the screen, as it is drawn now. */
bool ui_shows(struct dashboard *dash, const char *words);
/* Types as screen_type does, without a terminal: "jj<Enter>". */
void ui_type(struct dashboard *dash, const char *keys);

#endif
