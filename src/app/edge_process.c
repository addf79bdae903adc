#include "app/edge_process.h"

#include <fcntl.h>
#include <signal.h>

#include "app/assets.h"
#include "base/buf.h"
#include "base/child.h"
#include "base/file.h"
#include "base/time.h"

#define STOP_PATIENCE (10 * NSEC_PER_SEC)

struct edge_process {
    struct loop *loop;
    struct child *child;
    struct loop_io out_io, err_io;
    struct buf out, err; /* of err the last part */
    int lifeline;        /* its end tells the edge that we are gone, however we went */
    char *state, *kubeconfig;
    bool ready, ended;
    int status; /* of its end */
    edge_process_fn changed;
    void *data;
};

static void tell(struct edge_process *edge, const struct err *err)
{
    if (edge->changed)
        edge->changed(edge->data, err);
}

static void on_exit_(void *data, int status)
{
    struct edge_process *edge = data;
    edge->child = NULL;
    edge->ended = true;
    edge->status = status;
    char how[64];
    child_status_text(status, how, sizeof how);
    /* its last words say more than its status */
    size_t len = edge->err.len;
    while (len && edge->err.data[len - 1] == '\n')
        len--;
    size_t start = len;
    while (start && edge->err.data[start - 1] != '\n')
        start--;
    struct err err;
    err_clear(&err);
    if (len > start)
        err_set(&err, "the embedded cluster ended: %.*s", (int)(len - start), edge->err.data + start);
    else
        err_set(&err, "the embedded cluster ended with %s", how);
    tell(edge, &err);
}

static void on_out(void *data, short revents)
{
    (void)revents;
    struct edge_process *edge = data;
    char chunk[1024];
    ssize_t n = read(edge->out_io.fd, chunk, sizeof chunk);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            int fd = edge->out_io.fd;
            loop_io_stop(&edge->out_io);
            close(fd);
        }
        return;
    }
    buf_add(&edge->out, chunk, (size_t)n);
    char *end;
    while ((end = memchr(edge->out.data, '\n', edge->out.len))) {
        *end = '\0';
        if (str_starts(edge->out.data, "ready ") && !edge->ready) {
            edge->ready = true;
            free(edge->kubeconfig);
            edge->kubeconfig = xstrdup(edge->out.data + 6);
            struct err none = ERR_INIT;
            tell(edge, &none);
        }
        buf_drop(&edge->out, (size_t)(end - edge->out.data) + 1);
    }
    if (edge->out.over)
        buf_reset(&edge->out);
}

static void on_err(void *data, short revents)
{
    (void)revents;
    struct edge_process *edge = data;
    char chunk[1024];
    ssize_t n = read(edge->err_io.fd, chunk, sizeof chunk);
    if (n > 0) {
        if (edge->err.len + (size_t)n > edge->err.max)
            buf_drop(&edge->err, MIN(edge->err.len, (size_t)n));
        buf_add(&edge->err, chunk, (size_t)n);
    } else if (n == 0 || errno != EAGAIN) {
        int fd = edge->err_io.fd;
        loop_io_stop(&edge->err_io);
        close(fd);
    }
}

struct edge_process *edge_process_start(struct loop *loop, uint16_t port, const char *kubeconfig,
                                        edge_process_fn changed, void *data, struct err *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char *state = xasprintf("%s/patchbay-edge-XXXXXX", runtime && *runtime ? runtime : "/tmp");
    if (!mkdtemp(state)) {
        err_set_errno(err, "cannot make a folder for the embedded cluster like '%s'", state);
        free(state);
        return NULL;
    }
    int lifeline[2];
    if (pipe2(lifeline, O_CLOEXEC) < 0) {
        err_set_errno(err, "cannot make a pipe");
        rmdir(state);
        free(state);
        return NULL;
    }
    struct edge_process *edge = xcalloc(1, sizeof *edge);
    edge->loop = loop;
    edge->state = state;
    edge->lifeline = lifeline[1];
    edge->kubeconfig = kubeconfig ? xstrdup(kubeconfig) : xasprintf("%s/kubeconfig", state);
    edge->changed = changed;
    edge->data = data;
    buf_init(&edge->out, 8192);
    buf_init(&edge->err, 4096);
    char port_text[8];
    snprintf(port_text, sizeof port_text, "%u", port);
    char *program = assets_program("patchbay-edge");
    char *thing = assets_program("patchbay-thing");
    const char *argv[] = {program, "--port", port_text, "--kubeconfig", edge->kubeconfig, "--state", state,
                          "--watch-fd", "3", "--thing", thing, NULL};
    struct child_options options = {.argv = argv, .in = CHILD_NULL, .out = CHILD_PIPE, .err = CHILD_PIPE,
                                    .new_group = true, .keep_fd = lifeline[0]};
    edge->child = child_start(loop, &options, on_exit_, edge, err);
    free(program);
    free(thing);
    close(lifeline[0]);
    loop_io_init(&edge->out_io, loop, on_out, edge);
    loop_io_init(&edge->err_io, loop, on_err, edge);
    if (!edge->child) {
        err_prefix(err, "the embedded cluster does not start");
        edge_process_stop(edge);
        return NULL;
    }
    loop_io_start(&edge->out_io, child_out(edge->child), POLLIN);
    loop_io_start(&edge->err_io, child_err(edge->child), POLLIN);
    return edge;
}

void edge_process_tell(struct edge_process *edge, edge_process_fn changed, void *data)
{
    edge->changed = changed;
    edge->data = data;
}

const char *edge_process_kubeconfig(const struct edge_process *edge)
{
    return edge->kubeconfig;
}

void edge_process_stop(struct edge_process *edge)
{
    if (!edge)
        return;
    edge->changed = NULL;
    if (edge->child)
        child_kill(edge->child, SIGTERM);
    close(edge->lifeline);
    if (edge->child) {
        int64_t until = time_monotonic() + STOP_PATIENCE;
        while (!edge->ended && time_monotonic() < until)
            loop_turn(edge->loop, until - time_monotonic());
        if (edge->child) {
            child_kill(edge->child, SIGKILL);
            child_forget(edge->child);
            fprintf(stderr, "patchbay: the embedded cluster did not end within %d s and was killed\n",
                    (int)(STOP_PATIENCE / NSEC_PER_SEC));
        } else if (edge->status != 0) {
            char how[64];
            child_status_text(edge->status, how, sizeof how);
            fprintf(stderr, "%spatchbay: the embedded cluster ended with %s\n", edge->err.data, how);
        }
        if (edge->child || edge->status != 0)
            unlink(edge->kubeconfig); /* it leads nowhere now */
    }
    struct loop_io *ios[] = {&edge->out_io, &edge->err_io};
    for (size_t i = 0; i < ARRAY_SIZE(ios); i++)
        if (ios[i]->fd >= 0) {
            int fd = ios[i]->fd;
            loop_io_stop(ios[i]);
            close(fd);
        }
    struct err ignored = ERR_INIT;
    file_remove_tree(edge->state, &ignored); /* it does so itself, unless it was killed */
    buf_release(&edge->out);
    buf_release(&edge->err);
    free(edge->state);
    free(edge->kubeconfig);
    free(edge);
}
