#include "edge/reaper.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/time.h"

#define MARK_NAME "PATCHBAY_EDGE_RUN"

struct edge_reaper {
    struct loop *loop;
    struct child *child;
    int pipe; /* our end: closing it, or dying, sets the reaper to work */
    char *state_dir, *program;
    bool ending;
    char mark[64];
    pid_t *groups;
    size_t count, cap;
    struct loop_timer again;
};

static void say(struct edge_reaper *r, char what, pid_t group)
{
    char line[32];
    int n = snprintf(line, sizeof line, "%c%d\n", what, (int)group);
    /* It hangs or is dead: another one is started, which is told all groups anew. */
    if (r->pipe >= 0 && write(r->pipe, line, (size_t)n) != n && r->child)
        child_kill(r->child, SIGKILL);
}

static int start(struct edge_reaper *r, struct err *err);

static void on_exit_status(void *data, int status UNUSED)
{
    struct edge_reaper *r = data;
    r->child = NULL;
    if (r->pipe >= 0)
        close(r->pipe);
    r->pipe = -1;
    if (!r->ending)
        loop_timer_start(&r->again, 0);
}

static void start_again(void *data)
{
    struct edge_reaper *r = data;
    struct err err = ERR_INIT;
    if (start(r, &err) < 0) {
        fprintf(stderr, "patchbay-edge: %s\n", err.text);
        loop_timer_start(&r->again, NSEC_PER_SEC);
    }
}

static int start(struct edge_reaper *r, struct err *err)
{
    const char *argv[] = {r->program, "--reaper", r->state_dir ? r->state_dir : "", r->mark, NULL};
    struct child_options options = {
        .argv = argv, .in = CHILD_PIPE, .out = CHILD_NULL, .err = CHILD_INHERIT, .new_group = true};
    r->child = child_start(r->loop, &options, on_exit_status, r, err);
    if (!r->child)
        return err_prefix(err, "cannot start the process that cleans up after the cluster");
    r->pipe = child_in(r->child);
    for (size_t i = 0; i < r->count; i++)
        say(r, '+', r->groups[i]);
    return 0;
}

struct edge_reaper *edge_reaper_new(struct loop *loop, const char *state_dir, const char *program, struct err *err)
{
    struct edge_reaper *r = xcalloc(1, sizeof *r);
    uint8_t bytes[12];
    digest_random(bytes, sizeof bytes);
    char text[2 * sizeof bytes + 1];
    digest_hex(text, bytes, sizeof bytes);
    snprintf(r->mark, sizeof r->mark, "%s=%s", MARK_NAME, text);
    r->loop = loop;
    r->pipe = -1;
    r->state_dir = xstrdup_or_null(state_dir);
    char self[4096];
    ssize_t len = program ? 0 : readlink("/proc/self/exe", self, sizeof self - 1);
    r->program = program ? xstrdup(program) : len > 0 ? xstrndup(self, (size_t)len) : xstrdup("/proc/self/exe");
    loop_timer_init(&r->again, loop, start_again, r);
    signal(SIGPIPE, SIG_IGN);
    if (start(r, err) == 0)
        return r;
    edge_reaper_free(r);
    return NULL;
}

void edge_reaper_free(struct edge_reaper *r)
{
    if (!r)
        return;
    loop_timer_stop(&r->again);
    r->ending = true;
    if (r->pipe >= 0)
        close(r->pipe);
    r->pipe = -1;
    /* By the clock, not by turns: a signal ends a turn at once. */
    int64_t until = time_monotonic() + 5 * NSEC_PER_SEC;
    while (r->child && time_monotonic() < until)
        loop_turn(r->loop, 100 * NSEC_PER_MSEC);
    if (r->child)
        child_forget(r->child);
    free(r->state_dir);
    free(r->program);
    free(r->groups);
    free(r);
}

void edge_reaper_add(struct edge_reaper *r, pid_t group)
{
    GROW(r->groups, r->count, r->cap);
    r->groups[r->count++] = group;
    say(r, '+', group);
}

void edge_reaper_del(struct edge_reaper *r, pid_t group)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->groups[i] == group) {
            r->groups[i] = r->groups[--r->count];
            say(r, '-', group);
            return;
        }
    }
}

const char *edge_reaper_mark(const struct edge_reaper *r)
{
    return r->mark;
}

pid_t edge_reaper_pid(const struct edge_reaper *r)
{
    return r->child ? child_pid(r->child) : 0;
}

/* The other side of the pipe. */

struct kept {
    pid_t *groups;
    size_t count, cap;
};

static void heed(struct kept *kept, const char *line)
{
    pid_t group = (pid_t)strtol(line + 1, NULL, 10);
    if (group <= 1)
        return;
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->groups[i] == group) {
            if (line[0] == '-')
                kept->groups[i] = kept->groups[--kept->count];
            return;
        }
    }
    if (line[0] != '+')
        return;
    GROW(kept->groups, kept->count, kept->cap);
    kept->groups[kept->count++] = group;
}

static void listen_to_edge(struct kept *kept)
{
    char line[32];
    size_t len = 0;
    for (;;) {
        char c;
        ssize_t n = read(0, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        if (c == '\n') {
            line[len] = '\0';
            if (len > 1)
                heed(kept, line);
            len = 0;
        } else if (len + 1 < sizeof line) {
            line[len++] = c;
        }
    }
}

/* Whether the process carries the mark as a whole entry of its environment. */
static bool is_marked(const char *pid, const char *mark)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    struct buf env;
    bool marked = false;
    buf_init(&env, 4u << 20);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char bytes[4096];
    ssize_t n;
    while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0)
        buf_add(&env, bytes, (size_t)n);
    if (fd >= 0)
        close(fd);
    for (size_t at = 0; at < env.len && !marked; at += strlen(env.data + at) + 1)
        marked = strcmp(env.data + at, mark) == 0;
    buf_release(&env);
    return marked;
}

/* Kills everything that carries the mark: what left its group, what was born while the edge died. */
static bool kill_marked(const char *mark)
{
    bool any = false;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 1 && pid != getpid() && is_marked(entry->d_name, mark)) {
            any = true;
            kill(pid, SIGKILL);
        }
    }
    if (proc)
        closedir(proc);
    return any;
}

int edge_reaper_main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "patchbay-edge: --reaper is started by patchbay-edge itself\n");
        return 2;
    }
    const char *dir = argv[2], *mark = argv[3];
    prctl(PR_SET_NAME, "patchbay-reaper");
    for (int signo = 1; signo < NSIG; signo++) /* only the pipe ends it */
        if (signo != SIGKILL && signo != SIGSTOP && signo != SIGCHLD && signo != SIGSEGV && signo != SIGBUS)
            signal(signo, SIG_IGN);
    struct kept kept = {0};
    listen_to_edge(&kept);
    for (size_t i = 0; i < kept.count; i++)
        kill(-kept.groups[i], SIGKILL);
    free(kept.groups);
    /* A process may have been forked while we looked: until nobody is left. */
    for (int i = 0; i < 50 && kill_marked(mark); i++)
        usleep(10000);
    struct err err = ERR_INIT;
    if (dir[0] && file_remove_tree(dir, &err) < 0)
        fprintf(stderr, "patchbay-edge: %s\n", err.text);
    return 0;
}
