#include "ui/restore.h"

#include <signal.h>

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct {
    volatile sig_atomic_t armed;
    int fd;
    struct termios modes;
    char bytes[512];
    size_t len;
    struct sigaction before[ARRAY_SIZE(signals)];
    bool taken[ARRAY_SIZE(signals)]; /* the loop waits for it since, and keeps it */
    stack_t stack;
} restore;

static void on_signal(int signo)
{
    int saved = errno;
    if (restore.armed) {
        restore.armed = 0;
        size_t done = 0;
        while (done < restore.len) {
            ssize_t n = write(restore.fd, restore.bytes + done, restore.len - done);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                break;
            done += (size_t)n;
        }
        tcsetattr(restore.fd, TCSAFLUSH, &restore.modes);
    }
    /* Whoever handled it before us has it now: the default, or a sanitizer's report. */
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        if (signals[i] == signo)
            sigaction(signo, &restore.before[i], NULL);
    errno = saved;
    raise(signo);
}

void restore_arm(int fd, const struct termios *modes, const char *bytes, size_t len)
{
    if (len > sizeof restore.bytes)
        BUG("the terminal's restoring string has %zu bytes", len);
    bool again = restore.armed;
    restore.fd = fd;
    restore.modes = *modes;
    memcpy(restore.bytes, bytes, len);
    restore.len = len;
    restore.armed = 1;
    if (again)
        return;
    /* A stack of its own: the crash may be an overflow of the other. */
    restore.stack = (stack_t){.ss_sp = xmalloc(64 * 1024), .ss_size = 64 * 1024};
    sigaltstack(&restore.stack, NULL);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        sigdelset(&action.sa_mask, signals[i]);
        if (!restore.taken[i])
            sigaction(signals[i], &action, &restore.before[i]);
    }
}

void restore_disarm(void)
{
    if (!restore.armed)
        return;
    restore.armed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        struct sigaction now;
        sigaction(signals[i], NULL, &now);
        restore.taken[i] = now.sa_handler != on_signal;
        if (!restore.taken[i])
            sigaction(signals[i], &restore.before[i], NULL);
    }
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(restore.stack.ss_sp);
    restore.stack.ss_sp = NULL;
}
