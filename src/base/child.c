#include "base/child.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct child {
    struct loop_io exited; /* on its pidfd */
    pid_t pid;
    int pidfd;
    int in, out, err;
    bool group;
    child_exit_fn on_exit;
    void *data;
    struct child *next, **prev; /* among the forgotten; prev NULL: it is not */
};

/* Those that nobody waits for, until they are reaped or we end before them. */
static struct child *forgotten;

static void on_exited(void *data, short revents)
{
    (void)revents;
    struct child *child = data;
    int status = 0;
    pid_t got = waitpid(child->pid, &status, WNOHANG);
    if (got == 0)
        return;
    if (got < 0)
        status = W_EXITCODE(255, 0); /* somebody else asked first: all that is known is that it ended */
    loop_io_stop(&child->exited);
    close(child->pidfd);
    if (child->prev) {
        *child->prev = child->next;
        if (child->next)
            child->next->prev = child->prev;
    }
    child_exit_fn fn = child->on_exit;
    void *fn_data = child->data;
    free(child);
    if (fn)
        fn(fn_data, status);
}

struct ends {
    int ours, theirs;
};

/* The child's end of one of 0, 1, 2: for inheritance theirs is -1. */
static int make_ends(struct ends *ends, enum child_stdio how, bool input, struct err *err)
{
    *ends = (struct ends){-1, -1};
    if (how == CHILD_NULL) {
        ends->theirs = open("/dev/null", (input ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
        if (ends->theirs < 0)
            return err_set_errno(err, "cannot open /dev/null");
    } else if (how == CHILD_PIPE) {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC) < 0)
            return err_set_errno(err, "cannot make a pipe");
        ends->ours = fds[input ? 1 : 0];
        ends->theirs = fds[input ? 0 : 1];
        fcntl(ends->ours, F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static void close_ends(struct ends *ends, bool ours)
{
    if (ends->theirs >= 0)
        close(ends->theirs);
    if (ours && ends->ours >= 0)
        close(ends->ours);
}

/* In the child, between fork and exec: only async-signal-safe calls. */
static NORETURN void run(const struct child_options *o, struct ends *ends, int tty, int report)
{
    if (o->pty) {
        setsid();
        ioctl(tty, TIOCSCTTY, 0);
        for (int i = 0; i < 3; i++)
            dup2(tty, i);
    } else {
        if (o->new_group)
            setpgid(0, 0);
        for (int i = 0; i < 3; i++)
            if (ends[i].theirs >= 0)
                dup2(ends[i].theirs, i);
        if (o->err_to_out)
            dup2(1, 2);
    }
    /* report must survive at a number that nothing overwrites */
    int keep = fcntl(report, F_DUPFD_CLOEXEC, 10);
    int first = 3;
    if (o->keep_fd > 2) {
        if (o->keep_fd != 3)
            dup2(o->keep_fd, 3);
        else
            fcntl(3, F_SETFD, 0);
        first = 4;
    }
    for (int fd = first; fd < keep; fd++)
        close(fd);
    syscall(SYS_close_range, (unsigned)keep + 1, ~0u, 0);
    /* The handlers first: a signal that waits must not run one of ours, whose pipe is another file's number by now. */
    for (int signo = 1; signo < NSIG; signo++)
        if (signo != SIGKILL && signo != SIGSTOP)
            signal(signo, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (o->cwd && chdir(o->cwd) < 0)
        goto failed;
    if (o->env)
        environ = (char **)(uintptr_t)o->env;
    execvp(o->argv[0], (char *const *)(uintptr_t)o->argv);
failed:;
    int why = errno;
    if (write(keep, &why, sizeof why) < 0)
        _exit(126);
    _exit(127);
}

/* Where whoever started us ignores its children, ours would be gone before they are asked how they ended. */
static void keep_ended_children(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL);
}

struct child *child_start(struct loop *loop, const struct child_options *o, child_exit_fn on_exit, void *data,
                          struct err *err)
{
    struct ends ends[3];
    int master = -1, tty = -1, report[2] = {-1, -1}, pidfd = -1;
    keep_ended_children();
    for (int i = 0; i < 3; i++)
        ends[i] = (struct ends){-1, -1};
    const enum child_stdio how[3] = {o->in, o->out, o->err};
    for (int i = 0; i < 3 && !o->pty; i++)
        if (!(i == 2 && o->err_to_out) && make_ends(&ends[i], how[i], i == 0, err) < 0)
            goto fail;
    if (o->pty) {
        struct winsize size = {.ws_row = (unsigned short)o->rows, .ws_col = (unsigned short)o->cols};
        if (openpty(&master, &tty, NULL, NULL, &size) < 0) {
            err_set_errno(err, "cannot open a terminal for %s", o->argv[0]);
            goto fail;
        }
        fcntl(master, F_SETFD, FD_CLOEXEC);
        fcntl(tty, F_SETFD, FD_CLOEXEC);
        fcntl(master, F_SETFL, O_NONBLOCK);
    }
    if (pipe2(report, O_CLOEXEC) < 0) {
        err_set_errno(err, "cannot make a pipe");
        goto fail;
    }
    /* The child's signal handlers are ours until exec: none may run there. */
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid_t pid = fork();
    if (pid == 0)
        run(o, ends, tty, report[1]);
    int saved = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = saved;
    if (pid < 0) {
        err_set_errno(err, "cannot start %s", o->argv[0]);
        goto fail;
    }
    if (o->new_group)
        setpgid(pid, pid); /* here too: whoever comes first */
    close(report[1]);
    report[1] = -1;
    int why = 0;
    ssize_t n;
    while ((n = read(report[0], &why, sizeof why)) < 0 && errno == EINTR) {
    }
    close(report[0]);
    report[0] = -1;
    if (n == (ssize_t)sizeof why) {
        waitpid(pid, NULL, 0);
        errno = why;
        err_set_errno(err, "cannot start %s", o->argv[0]);
        goto fail;
    }
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
    if (pidfd < 0) {
        err_set_errno(err, "cannot watch over %s", o->argv[0]);
        kill(o->new_group || o->pty ? -pid : pid, SIGKILL);
        waitpid(pid, NULL, 0);
        goto fail;
    }
    for (int i = 0; i < 3; i++)
        close_ends(&ends[i], false);
    if (tty >= 0)
        close(tty);
    struct child *child = xcalloc(1, sizeof *child);
    child->pid = pid;
    child->group = o->new_group || o->pty;
    child->in = ends[0].ours;
    child->out = o->pty ? master : ends[1].ours;
    child->err = ends[2].ours;
    child->on_exit = on_exit;
    child->data = data;
    child->pidfd = pidfd;
    loop_io_init(&child->exited, loop, on_exited, child);
    loop_io_start(&child->exited, child->pidfd, POLLIN);
    return child;
fail:
    for (int i = 0; i < 3; i++)
        close_ends(&ends[i], true);
    int fds[] = {master, tty, report[0], report[1]};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return NULL;
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}

int child_in(const struct child *child)
{
    return child->in;
}

int child_out(const struct child *child)
{
    return child->out;
}

int child_err(const struct child *child)
{
    return child->err;
}

void child_kill(struct child *child, int signo)
{
    kill(child->group ? -child->pid : child->pid, signo);
}

void child_forget(struct child *child)
{
    child->on_exit = NULL;
    if (child->prev)
        return;
    child->next = forgotten;
    child->prev = &forgotten;
    if (child->next)
        child->next->prev = &child->next;
    forgotten = child;
}

void child_status_text(int status, char *out, size_t size)
{
    if (WIFEXITED(status))
        snprintf(out, size, "exit status %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(out, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, "status %#x", (unsigned)status);
}
