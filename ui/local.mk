noinst_LIBRARIES += libui.a
libui_a_SOURCES =
ui_LIBS = libui.a $(NCURSES_LIBS)
