#include "ui/view/logs_view.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/time.h"

#define PIECE (256u << 10)     /* bytes a turn of the loop */
#define ANSWER_MAX (4u << 20)  /* of what a command prints */

struct logs_send {
    struct logs *logs;
    int fd; /* -1: all was written, or nobody reads it */
    struct loop_task more;
    struct loop_io io, answer_io;
    struct buf piece;
    size_t written; /* of the piece */
    uint64_t next, end, lines; /* line numbers */
    char what[256];
    char *path;
    struct child *child; /* NULL: a file */
    struct buf answer;
    bool exited, closed;
    int status;
};

static void send_free(struct logs_send *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->answer_io.fd >= 0)
        close(s->answer_io.fd);
    if (s->child) {
        child_kill(s->child, 15);
        child_forget(s->child);
    }
    loop_task_stop(&s->more);
    loop_io_stop(&s->io);
    loop_io_stop(&s->answer_io);
    buf_release(&s->piece);
    buf_release(&s->answer);
    free(s->path);
    s->logs->send = NULL;
    free(s);
}

void logs_send_stop(struct logs *logs)
{
    if (logs->send)
        send_free(logs->send);
}

/* The bytes as they came; a file is no terminal. */
static void fill(struct logs_send *s)
{
    struct logs *logs = s->logs;
    uint64_t row = log_book_index(&logs->book, s->next), count = log_book_count(&logs->book);
    buf_reset(&s->piece);
    s->written = 0;
    for (; row < count && s->piece.len < PIECE; row++) {
        struct spool_line line;
        char time[TIME_TEXT];
        uint64_t number = log_book_number(&logs->book, row);
        if (number >= s->end)
            break;
        s->next = number + 1;
        if (!spool_get(logs->book.spool, number, &line))
            continue;
        const char *name = logs_name(logs, line.stream);
        if (logs->times && line.time)
            buf_addf(&s->piece, "%s ", time_format(time, line.time, 9));
        if (*name)
            buf_addf(&s->piece, "%s ", name);
        buf_add(&s->piece, line.text, line.len);
        buf_addc(&s->piece, '\n');
        s->lines++;
    }
}

static void finish_file(struct logs_send *s)
{
    struct logs *logs = s->logs;
    dashboard_say(logs->dash, ROLE_GOOD, "saved %" PRIu64 " lines in %s", s->lines, s->path);
    send_free(s);
}

static void end_input(struct logs_send *s)
{
    if (!s->child) {
        finish_file(s);
        return;
    }
    loop_io_stop(&s->io);
    close(s->fd);
    s->fd = -1;
}

static void send_more(void *data)
{
    struct logs_send *s = data;
    if (s->written == s->piece.len)
        fill(s);
    if (!s->piece.len) {
        end_input(s);
        return;
    }
    ssize_t n = write(s->fd, s->piece.data + s->written, s->piece.len - s->written);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        if (s->child) { /* head(1) has read enough */
            end_input(s);
        } else {
            dashboard_say(s->logs->dash, ROLE_BAD, "cannot write '%s': %s", s->path, strerror(errno));
            send_free(s);
        }
        return;
    }
    s->written += n > 0 ? (size_t)n : 0;
    if (s->child)
        loop_io_start(&s->io, s->fd, POLLOUT);
    else
        loop_task_start(&s->more);
}

static void on_room(void *data, short revents UNUSED)
{
    send_more(data);
}

static struct logs_send *send_new(struct logs *logs, int fd)
{
    struct logs_send *s = xcalloc(1, sizeof *s);
    struct loop *loop = dashboard_model(logs->dash)->loop;
    logs_send_stop(logs);
    s->logs = logs;
    s->fd = fd;
    s->end = spool_end(logs->book.spool);
    s->next = spool_first(logs->book.spool);
    buf_init(&s->piece, 4u << 20);
    buf_init(&s->answer, ANSWER_MAX);
    loop_task_init(&s->more, loop, send_more, s);
    loop_io_init(&s->io, loop, on_room, s);
    loop_io_init(&s->answer_io, loop, NULL, s);
    logs->send = s;
    return s;
}

/* A file. */

static unsigned save(struct logs *logs, const char *path, int flags)
{
    bool any = log_book_count(&logs->book) > 0;
    int fd = *path && any ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666) : -1;
    if (!any) {
        dashboard_say(logs->dash, ROLE_DIM, "there is no line here that could be saved");
    } else if (!*path) {
        dashboard_say(logs->dash, ROLE_WARNING, "into which file? :save FILE");
    } else if (fd < 0 && errno == EEXIST) {
        dashboard_say(logs->dash, ROLE_WARNING, "'%s' is there already; :save! %s writes over it", path, path);
    } else if (fd < 0) {
        dashboard_say(logs->dash, ROLE_BAD, "cannot write '%s': %s", path, strerror(errno));
    } else {
        struct logs_send *s = send_new(logs, fd);
        s->path = xstrdup(path);
        loop_task_start(&s->more);
    }
    return DID_CHANGE;
}

unsigned logs_save(void *state, const char *path)
{
    return save(state, path, O_EXCL);
}

unsigned logs_save_over(void *state, const char *path)
{
    return save(state, path, O_TRUNC);
}

/* A command: what it prints is shown when it has ended. */

static void show_answer(struct logs_send *s)
{
    struct dashboard *dash = s->logs->dash;
    char status[64], title[300];
    if (!s->exited || !s->closed)
        return;
    child_status_text(s->status, status, sizeof status);
    snprintf(title, sizeof title, "%s%s%s%s", s->what, s->status ? ": " : "", s->status ? status : "",
             s->answer.over ? " (only the first 4 MiB)" : "");
    char *text = buf_take(&s->answer);
    bool any = *text;
    send_free(s);
    if (any)
        dashboard_show_text(dash, title, text);
    else
        dashboard_say(dash, ROLE_DIM, "%s printed nothing", title);
    free(text);
}

static void on_exit_of(void *data, int status)
{
    struct logs_send *s = data;
    s->child = NULL;
    s->exited = true;
    s->status = status;
    if (s->fd >= 0) {
        loop_io_stop(&s->io);
        close(s->fd);
        s->fd = -1;
    }
    show_answer(s);
}

static void on_answer(void *data, short revents UNUSED)
{
    struct logs_send *s = data;
    static char bytes[64u << 10];
    ssize_t n = read(s->answer_io.fd, bytes, sizeof bytes);
    if (n > 0) {
        buf_add(&s->answer, bytes, MIN((size_t)n, s->answer.max - s->answer.len - 1));
        s->answer.over |= s->answer.len + 1 >= s->answer.max;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        int fd = s->answer_io.fd;
        loop_io_stop(&s->answer_io);
        close(fd);
        s->closed = true;
        show_answer(s);
    }
}

static void pipe_to(void *data, const char *command)
{
    struct logs *logs = data;
    if (!command || !*command)
        return;
    struct err err = ERR_INIT;
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    struct child_options options = {.argv = argv, .in = CHILD_PIPE, .out = CHILD_PIPE, .err_to_out = true};
    struct logs_send *s = send_new(logs, -1);
    snprintf(s->what, sizeof s->what, "| %s", command);
    s->child = child_start(dashboard_model(logs->dash)->loop, &options, on_exit_of, s, &err);
    if (!s->child) {
        dashboard_say(logs->dash, ROLE_BAD, "%s", err.text);
        send_free(s);
        return;
    }
    s->fd = child_in(s->child);
    s->answer_io.fn = on_answer;
    loop_io_start(&s->answer_io, child_out(s->child), POLLIN);
    loop_io_start(&s->io, s->fd, POLLOUT);
    dashboard_say(logs->dash, ROLE_BUSY, "%s goes on; | again ends it", s->what);
}

void logs_ask_pipe(struct logs *logs)
{
    if (logs->send) {
        dashboard_say(logs->dash, ROLE_WARNING, "%s was ended", logs->send->child ? logs->send->what : "the saving");
        logs_send_stop(logs);
        return;
    }
    if (!log_book_count(&logs->book)) {
        dashboard_say(logs->dash, ROLE_DIM, "there is no line here that could be piped");
        return;
    }
    dashboard_prompt(logs->dash, "pipe what is shown to: ", "", NULL, pipe_to, logs);
}
