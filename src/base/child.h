/* child: processes. argv goes to execvp without a shell; every descriptor but 0, 1 and 2 is closed in the child. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/loop.h"

struct child;
/* status as waitpid gives it. The child struct is gone after this call. Called from the loop. */
typedef void (*child_exit_fn)(void *data, int status);

enum child_stdio { CHILD_INHERIT, CHILD_NULL, CHILD_PIPE };

struct child_options {
    const char *const *argv;      /* NULL-terminated; argv[0] is looked up in PATH unless it has a slash */
    const char *const *env;       /* NULL-terminated "K=V"; NULL: ours */
    const char *cwd;              /* NULL: ours */
    enum child_stdio in, out, err;
    bool err_to_out;              /* standard error into out's pipe */
    bool new_group;               /* a process group (setpgid) of its own, for child_kill of all of it */
    bool pty;                     /* 0, 1 and 2 are a new terminal, session leader; in, out and err are not looked at */
    int rows, cols;               /* of the pty */
    int keep_fd;                  /* > 2: this descriptor becomes 3 in the child; 0: none */
};

/* Starts it; on_exit is called once from the loop when it ended. */
struct child *child_start(struct loop *loop, const struct child_options *options, child_exit_fn on_exit, void *data,
                          struct err *err);
pid_t child_pid(const struct child *child);
/* Our ends of the pipes (non-blocking, close-on-exec), -1 when not a pipe; the caller closes them. For a pty out is
 * its master. */
int child_in(const struct child *child);
int child_out(const struct child *child);
int child_err(const struct child *child);
/* Signals the process, or its whole group when it has one of its own. */
void child_kill(struct child *child, int signo);
/* on_exit will not be called; the process is still reaped. */
void child_forget(struct child *child);
/* "exit status 3", "signal 9 (Killed)". */
void child_status_text(int status, char *out, size_t size);

#endif
