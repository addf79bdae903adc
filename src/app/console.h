/* console: this process's terminal, or its pipes and files, lent to a command in a container: keys and sizes to it, what
 * it prints back. The terminal is left as it was found, however this ends. One at a time in a process; who draws on the
 * terminal steps aside first (term_leave). */
#ifndef APP_CONSOLE_H
#define APP_CONSOLE_H

#include "k8s/exec.h"

struct console;

/* Everything that came was written and the terminal is in order. The console is to be freed, from here or later. err: of
 * the session, or of a write ("" when the reader of the output had enough: that is no fault). */
typedef void (*console_done_fn)(void *data, const struct exec_end *end);

/* The command has begun, and the terminal is about to be its: whoever draws on it steps aside now. False: it is not to be
 * had, and the console is gone. */
typedef bool (*console_begin_fn)(void *data);

/* options->tty is taken back, with a line on standard error, where standard input is no terminal. begin may be NULL. */
struct console *console_new(struct loop *loop, struct kube_client *client, const struct exec_options *options,
                            console_begin_fn begin, console_done_fn done, void *data);
void console_free(struct console *console);

#endif
