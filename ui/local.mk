# see Makefile.am
noinst_LIBRARIES += libui.a
libui_a_SOURCES = \
	ui/action.c ui/action.h \
	ui/acts.c ui/acts.h \
	ui/canvas.c ui/canvas.h \
	ui/direct.c ui/direct.h \
	ui/draw.c \
	ui/theme.c ui/theme.h \
	ui/keys.c ui/keys.h \
	ui/term.c ui/term.h \
	ui/replay.c ui/replay.h \
	ui/restore.c ui/restore.h \
	ui/paint.c ui/paint.h \
	ui/look.c ui/look.h \
	ui/picture.c ui/picture.h \
	ui/prompt.c ui/prompt.h \
	ui/removals.c ui/removals.h \
	ui/list.c ui/list_draw.c ui/list_filter.c ui/list.h ui/list_rows.c \
	ui/film.c ui/film.h \
	ui/jpeg.c ui/jpeg.h \
	ui/pace.c ui/pace.h \
	ui/pager.c ui/pager.h \
	ui/choice.c ui/choice.h ui/choice_lines.c \
	ui/unsaved.c \
	ui/table.c ui/table.h \
	ui/objects.c ui/objects.h \
	ui/node_acts.c ui/node_acts.h \
	ui/config.c ui/config.h ui/config_keys.c \
	ui/marks.c ui/state.c ui/complete.c \
	ui/manual.c ui/manual.h \
	ui/notices.c ui/notices.h \
	ui/inside.c ui/inside.h \
	ui/kinds.c ui/kinds.h \
	ui/why.c ui/why.h \
	ui/manifests.c ui/manifests.h \
	ui/model.c ui/model.h \
	ui/view.c ui/view.h \
	ui/dashboard.c ui/dashboard.h \
	ui/dashboard_private.h \
	ui/input.c ui/pages.c ui/lend.c \
	ui/chrome.c \
	ui/command.c \
	ui/editor.c \
	ui/chooser.c ui/chooser.h \
	ui/form.c ui/form.h \
	ui/frame.c ui/frame.h \
	ui/rollback.c ui/rollback.h \
	ui/review.c ui/review.h ui/review_make.c ui/review_place.c ui/review_trial.c \
	ui/view/graph.c ui/view/graph_view.h \
	ui/view/graph_actions.c \
	ui/view/graph_add.c \
	ui/view/graph_changes.c \
	ui/view/graph_compose.c \
	ui/view/graph_connect.c \
	ui/view/graph_draw.c \
	ui/view/graph_enter.c \
	ui/view/graph_empty.c \
	ui/view/graph_keep.c \
	ui/view/graph_lines.c \
	ui/view/graph_keys.h \
	ui/view/graph_list.c \
	ui/view/graph_marks.c \
	ui/view/graph_mouse.c \
	ui/view/graph_move.c \
	ui/view/graph_panel.c \
	ui/view/graph_params.c \
	ui/view/graph_place.c \
	ui/view/graph_select.c \
	ui/view/graph_text.c \
	ui/view/graph_words.c \
	ui/view/deployments.c \
	ui/view/startup.c ui/view/startup.h ui/view/waterfall.c ui/view/waterfall.h \
	ui/view/gpus.c ui/view/node.c ui/view/node_head.c ui/view/nodes.c ui/view/nodes.h \
	ui/view/pods.c \
	ui/view/events.c \
	ui/view/detections.c ui/view/detections_figures.c ui/view/detections_figures.h \
	ui/view/describe.c \
	ui/view/kind.c \
	ui/view/logs.c \
	ui/view/text.c ui/view/why.c \
	ui/view/picture.c \
	ui/view/logs_draw.c ui/view/logs_find.c ui/view/logs_send.c ui/view/logs_words.c ui/view/logs_view.h \
	ui/view/contexts.c \
	ui/view/forwards.c \
	ui/view/help.c
ui_LIBS = libui.a $(NCURSES_LIBS) $(JPEG_LIBS)

# The Graph view on scripted scenes: its tests, and a gallery to look at.
GRAPH_SCENE = \
	tests/screen/graph_scene.c tests/screen/graph_scene.h \
	tests/screen/scene_gpus.c \
	tests/screen/scene.c tests/screen/scene.h tests/screen/scene_picture.c
check_PROGRAMS += tests/screen/graph_gallery
tests_screen_graph_gallery_SOURCES = tests/screen/graph_gallery.c $(GRAPH_SCENE)
tests_screen_graph_gallery_LDADD = \
	$(ui_LIBS) $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS)
if HAVE_CHECK
check_PROGRAMS += tests/unit/check_ui_graph
TESTS += tests/unit/check_ui_graph
tests_unit_check_ui_graph_SOURCES = \
	tests/unit/ui_graph_main.c tests/unit/ui_graph_test.h \
	tests/unit/ui_graph_compose.c tests/unit/ui_graph_dialogs.c tests/unit/ui_graph_keys.c tests/unit/ui_graph_pictures.c \
	tests/unit/ui_graph_review.c tests/unit/ui_graph_storm.c \
	tests/screen/compare.c tests/screen/compare.h $(GRAPH_SCENE)
tests_unit_check_ui_graph_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_check_ui_graph_LDADD = \
	$(ui_LIBS) $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS) $(CHECK_LIBS)
endif

# Every view on scripted scenes, against kept screens; and the dashboard on a real terminal (libvterm).
SCENE = tests/screen/scene.c tests/screen/scene.h tests/screen/scene_gpus.c tests/screen/scene_picture.c
COMPARE = tests/screen/compare.c tests/screen/compare.h
ui_ALL = $(ui_LIBS) $(ops_LIBS) $(k8s_LIBS) $(graph_LIBS) $(net_LIBS) $(base_LIBS)
tests_screen_gallery_SOURCES = tests/screen/gallery.c $(SCENE)
tests_screen_gallery_LDADD = $(ui_ALL)
check_PROGRAMS += tests/screen/gallery
EXTRA_DIST += tests/screen/golden
if HAVE_CHECK
check_PROGRAMS += tests/unit/check_ui
TESTS += tests/unit/check_ui
tests_unit_check_ui_SOURCES = \
	tests/unit/ui_main.c tests/unit/ui_test.h \
	tests/unit/ui_canvas.c tests/unit/ui_dashboard.c tests/unit/ui_follow.c tests/unit/ui_keys.c tests/unit/ui_list.c \
	tests/unit/ui_pager.c tests/unit/ui_picture.c tests/unit/ui_prompt.c tests/unit/ui_views.c \
	tests/unit/ui_config.c tests/unit/ui_inside.c tests/unit/ui_manual.c tests/unit/ui_state.c tests/unit/ui_theme.c \
	tests/unit/ui_kinds.c tests/unit/k8s_script.c tests/unit/k8s_script.h \
	tests/unit/ui_nodes.c \
	tests/unit/ui_logs.c \
	tests/unit/ui_storm.c \
	$(SCENE) $(COMPARE)
tests_unit_check_ui_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_check_ui_LDADD = $(ui_ALL) $(CHECK_LIBS)
if HAVE_VTERM
# What any test of a program's screen needs.
SCREEN = tests/screen/screen.c tests/screen/screen.h $(COMPARE)
check_PROGRAMS += tests/screen/check_terminal
TESTS += tests/screen/check_terminal
tests_screen_check_terminal_SOURCES = tests/screen/check_terminal.c $(SCREEN)
tests_screen_check_terminal_CPPFLAGS = $(AM_CPPFLAGS) $(VTERM_CFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"' -DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_screen_check_terminal_LDADD = $(base_LIBS) $(VTERM_LIBS) $(CHECK_LIBS)
endif
endif
