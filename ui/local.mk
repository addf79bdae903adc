# see Makefile.am
noinst_LIBRARIES += libui.a
libui_a_SOURCES = \
	ui/canvas.c ui/canvas.h \
	ui/draw.c \
	ui/theme.c ui/theme.h \
	ui/keys.c ui/keys.h \
	ui/term.c ui/term.h \
	ui/restore.c ui/restore.h \
	ui/prompt.c ui/prompt.h \
	ui/list.c ui/list.h \
	ui/pager.c ui/pager.h \
	ui/confirm.c \
	ui/table.c ui/table.h \
	ui/objects.c ui/objects.h \
	ui/model.c ui/model.h \
	ui/view.c ui/view.h \
	ui/dashboard.c ui/dashboard.h \
	ui/dashboard_private.h \
	ui/chrome.c \
	ui/command.c \
	ui/editor.c \
	ui/chooser.c ui/chooser.h \
	ui/form.c ui/form.h \
	ui/review.c ui/review.h ui/review_make.c \
	ui/view/graph.c ui/view/graph_view.h \
	ui/view/graph_compose.c \
	ui/view/graph_connect.c \
	ui/view/graph_draw.c \
	ui/view/graph_list.c \
	ui/view/graph_panel.c \
	ui/view/graph_select.c \
	ui/view/graph_words.c \
	ui/view/deployments.c \
	ui/view/waterfall.c ui/view/waterfall.h \
	ui/view/nodes.c \
	ui/view/pods.c \
	ui/view/events.c \
	ui/view/detections.c \
	ui/view/logs.c \
	ui/view/text.c \
	ui/view/help.c
ui_LIBS = libui.a $(NCURSES_LIBS)
