/* restore: the terminal is left as it was found, even by a signal or a crash. endwin is not signal-safe; a prepared
 * string, write(2), tcsetattr and raising the signal again are. */
#ifndef UI_RESTORE_H
#define UI_RESTORE_H

#include <termios.h>

#include "base/base.h"

/* The bytes and modes that bring the terminal of `fd` back; copied. Arms the handlers. */
void restore_arm(int fd, const struct termios *modes, const char *bytes, size_t len);
/* The terminal is in order again: the handlers that were there before come back. */
void restore_disarm(void);

#endif
