#include "app/console.h"

#include <limits.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "ui/restore.h"

#define PIECE (32u << 10)
#define HOLD (256u << 10) /* that standard output has not taken: the command is paused */
#define MAX_HELD (8u << 20)

/* Standard output or error output. The descriptor may be shared with a shell, so it is left blocking, and written only as
 * much at once as a pipe that is ready takes without blocking. */
struct outlet {
    struct console *console;
    struct loop_io io;
    struct buf buf;
    size_t gone; /* of buf, written already */
    int fd;
};

struct console {
    struct loop *loop;
    struct exec_session *session;
    console_begin_fn begin;
    console_done_fn done;
    void *data;
    struct outlet out, err;
    struct loop_io in;
    struct loop_signal resized, stopped;
    struct termios modes; /* as they were */
    bool tty, wants_in, raw, paused, failed, ended;
    struct exec_end end;
};

/* ---- the terminal ---- */

static void tell_size(struct console *c)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        exec_resize(c->session, size.ws_col, size.ws_row);
}

static void enter_raw(struct console *c)
{
    struct termios raw = c->modes;
    cfmakeraw(&raw);
    restore_arm(STDIN_FILENO, &c->modes, "", 0);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    c->raw = true;
}

static void leave_raw(struct console *c)
{
    if (!c->raw)
        return;
    c->raw = false;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &c->modes);
    restore_disarm();
}

static void on_resized(void *data, int signo)
{
    (void)signo;
    tell_size(data);
}

/* Not ^Z, which is the command's: somebody else stops us. */
static void on_stopped(void *data, int signo)
{
    struct console *c = data;
    (void)signo;
    leave_raw(c);
    raise(SIGSTOP); /* we stand still here until somebody continues us */
    enter_raw(c);
    tell_size(c);
}

/* ---- the end ---- */

static void finish(struct console *c)
{
    loop_io_stop(&c->in);
    loop_io_stop(&c->out.io);
    loop_io_stop(&c->err.io);
    leave_raw(c);
    c->done(c->data, &c->end);
}

static void finish_when_written(struct console *c)
{
    if (c->ended && (c->failed || (!c->out.buf.len && !c->err.buf.len)))
        finish(c);
}

/* Nobody takes what the command prints: there is no more to do, told from the loop as all ends are. */
static void give_up(struct console *c, const char *why)
{
    c->end = (struct exec_end){.code = 0};
    err_set(&c->end.err, "%s", why);
    c->failed = c->ended = true;
    exec_free(c->session);
    c->session = NULL;
}

/* ---- output ---- */

static bool ready(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1;
}

/* False: writing failed. */
static bool push(struct outlet *o)
{
    while (o->gone < o->buf.len && ready(o->fd)) {
        ssize_t n = write(o->fd, o->buf.data + o->gone, MIN(o->buf.len - o->gone, PIPE_BUF));
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            struct err err = ERR_INIT;
            if (errno != EPIPE)
                err_set_errno(&err, "cannot write to standard %s", o->fd == STDOUT_FILENO ? "output" : "error output");
            give_up(o->console, err.text);
            return false;
        }
        if (n < 0)
            break;
        o->gone += (size_t)n;
    }
    if (o->gone == o->buf.len) {
        buf_reset(&o->buf);
        o->gone = 0;
    }
    if (o->buf.len)
        loop_io_start(&o->io, o->fd, POLLOUT);
    else
        loop_io_stop(&o->io);
    return true;
}

static size_t held(const struct outlet *o)
{
    return o->buf.len - o->gone;
}

static void pause_when_much(struct console *c)
{
    bool much = held(&c->out) + held(&c->err) > (c->paused ? HOLD / 2 : HOLD);
    if (!c->session || c->paused == much)
        return;
    c->paused = much;
    exec_pause(c->session, much);
}

static void on_writable(void *data, short revents)
{
    struct outlet *o = data;
    (void)revents;
    if (push(o))
        pause_when_much(o->console);
    finish_when_written(o->console);
}

static void on_output(void *data, bool err, const char *bytes, size_t len)
{
    struct console *c = data;
    struct outlet *o = err ? &c->err : &c->out;
    if (o->gone) {
        buf_drop(&o->buf, o->gone);
        o->gone = 0;
    }
    if (buf_add(&o->buf, bytes, len) < 0)
        give_up(c, "the server sends more than was asked for");
    else if (push(o))
        pause_when_much(c);
    finish_when_written(c);
}

/* ---- input ---- */

static void on_input(void *data, short revents)
{
    static char piece[PIECE];
    struct console *c = data;
    (void)revents;
    ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        exec_input(c->session, piece, (size_t)n);
        if (exec_full(c->session))
            loop_io_stop(&c->in);
        return;
    }
    loop_io_stop(&c->in);
    c->wants_in = false;
    if (!exec_close_input(c->session))
        fprintf(stderr, "patchbay: this cluster (older than 1.30) cannot be told that the input has ended; a command that "
                        "waits for its end goes on waiting\n");
}

static void on_room(void *data)
{
    struct console *c = data;
    if (c->wants_in)
        loop_io_start(&c->in, STDIN_FILENO, POLLIN);
}

/* ---- the session ---- */

static void on_open(void *data)
{
    struct console *c = data;
    if (c->begin) {
        if (!c->begin(c->data))
            return; /* gone */
        tcgetattr(STDIN_FILENO, &c->modes); /* not those of who drew on it */
    } else if (*exec_choice(c->session))
        fprintf(stderr, "patchbay: %s; -c NAME chooses another\n", exec_choice(c->session));
    if (c->tty) {
        loop_signal_start(&c->resized, SIGWINCH);
        loop_signal_start(&c->stopped, SIGTSTP);
        enter_raw(c);
        tell_size(c);
    }
    on_room(c);
}

static void on_done(void *data, const struct exec_end *end)
{
    struct console *c = data;
    c->end = *end;
    c->ended = true;
    loop_io_stop(&c->in);
    c->wants_in = false;
    finish_when_written(c);
}

static void outlet_init(struct outlet *o, struct console *c, int fd)
{
    o->console = c;
    o->fd = fd;
    buf_init(&o->buf, MAX_HELD);
    loop_io_init(&o->io, c->loop, on_writable, o);
}

struct console *console_new(struct loop *loop, struct kube_client *client, const struct exec_options *options,
                            console_begin_fn begin, console_done_fn done, void *data)
{
    static const struct exec_events events = {on_open, on_output, on_room, on_done};
    struct console *c = xcalloc(1, sizeof *c);
    c->loop = loop;
    c->begin = begin;
    c->done = done;
    c->data = data;
    outlet_init(&c->out, c, STDOUT_FILENO);
    outlet_init(&c->err, c, STDERR_FILENO);
    loop_io_init(&c->in, loop, on_input, c);
    loop_signal_init(&c->resized, loop, on_resized, c);
    loop_signal_init(&c->stopped, loop, on_stopped, c);
    struct exec_options wanted = *options;
    if (wanted.tty && (!wanted.in || tcgetattr(STDIN_FILENO, &c->modes) < 0)) {
        if (wanted.in)
            fprintf(stderr, "patchbay: standard input is no terminal, so the command gets none either\n");
        wanted.tty = false;
    }
    c->tty = wanted.tty;
    c->wants_in = wanted.in;
    c->session = exec_new(client, &wanted, &events, c);
    return c;
}

void console_free(struct console *c)
{
    if (!c)
        return;
    leave_raw(c);
    exec_free(c->session);
    loop_io_stop(&c->in);
    loop_io_stop(&c->out.io);
    loop_io_stop(&c->err.io);
    loop_signal_stop(&c->resized);
    loop_signal_stop(&c->stopped);
    buf_release(&c->out.buf);
    buf_release(&c->err.buf);
    free(c);
}
