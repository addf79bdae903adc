/* screen: a real program on a terminal of its own (a pty and libvterm), for tests: keys in, the literal screen out.
 *
 * Nothing sleeps: every expectation waits until the screen is right, and fails at its deadline with what was expected and
 * what is there, one above the other. */
#ifndef TESTS_SCREEN_SCREEN_H
#define TESTS_SCREEN_SCREEN_H

#include <termios.h>

#include "base/buf.h"
#include "base/loop.h"

struct screen;

/* env: NULL-terminated "K=V", set over ours (TERM=xterm-256color, a UTF-8 locale and no place for
 * drafts unless said otherwise). */
struct screen *screen_start(const char *const *argv, const char *const *env, int w, int h);
/* Kills the program if it still runs. */
void screen_free(struct screen *screen);
pid_t screen_pid(const struct screen *screen);
/* How long expectations wait; 10 s unless set. */
void screen_deadline(struct screen *screen, int64_t ns);

/* Types: characters as they are, and <Enter> <Esc> <Tab> <S-Tab> <Up> <Down> <Left> <Right> <Home> <End> <PgUp> <PgDn>
 * <Backspace> <Delete> <Space> <C-x> <M-x> <lt>. */
void screen_type(struct screen *screen, const char *keys);
void screen_bytes(struct screen *screen, const void *bytes, size_t len);
void screen_click(struct screen *screen, int x, int y);
void screen_resize(struct screen *screen, int w, int h);
void screen_signal(struct screen *screen, int signo);

/* Waits. In the texts '#' stands for any one character (ages, ids); blanks at lines' ends and empty lines at the screen's
 * end do not count. Each returns whether it came true, and prints both screens where it did not. */
bool screen_expect(struct screen *screen, const char *whole_screen);
/* The screen kept in a file; with UPDATE_SCREENS=1 in the environment the file is written once the screen is still. */
bool screen_expect_file(struct screen *screen, const char *path);
bool screen_expect_line(struct screen *screen, int y, const char *line);
bool screen_expect_text(struct screen *screen, const char *part); /* somewhere in one line */
bool screen_expect_gone(struct screen *screen, const char *part);
/* A cell's attributes, as screen_attributes says them. */
bool screen_expect_attributes(struct screen *screen, int x, int y, const char *attributes);
/* Waits for the program's end; false at the deadline. */
bool screen_expect_end(struct screen *screen, int *status);
/* Waits until nothing was written for `quiet` ns. */
void screen_settle(struct screen *screen, int64_t quiet);
/* Takes what is written for so many ns: for who measures meanwhile. */
void screen_run(struct screen *screen, int64_t ns);
/* Takes what is written next; false: nothing was within so many ns. */
bool screen_wait(struct screen *screen, int64_t ns);
/* When the last of what was taken had come, monotonic ns. */
int64_t screen_arrived(const struct screen *screen);
bool screen_ended(const struct screen *screen);

/* Now. */
void screen_text(struct screen *screen, struct buf *out);
/* "bold,fg110,bg236,reverse,underline" of one cell, "" when it is plain. */
void screen_attributes(struct screen *screen, int x, int y, char *out, size_t size);
bool screen_alternate(const struct screen *screen);      /* the alternate screen is shown */
bool screen_cursor_visible(const struct screen *screen);
bool screen_mouse(const struct screen *screen);          /* the program asked for the mouse */
void screen_modes(const struct screen *screen, struct termios *out); /* the terminal's, as the program set them */
const char *screen_clipboard(const struct screen *screen); /* base64 of the last OSC 52, "" none */
size_t screen_written(const struct screen *screen);      /* bytes from the program so far */

#endif
