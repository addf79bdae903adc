/* What runs because of us: /proc, from this process downwards. Zombies do not count. */
#include <dirent.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/e2e/rig.h"

struct process {
    pid_t pid, parent;
    char name[32];
    bool ours, over;
};

struct processes {
    struct process *items;
    size_t count, cap;
};

static bool read_of(const char *pid, const char *name, struct buf *out)
{
    char path[64];
    struct err err = ERR_INIT; /* it may have gone meanwhile */
    snprintf(path, sizeof path, "/proc/%.20s/%s", pid, name);
    buf_reset(out);
    return file_read(path, out, &err) == 0;
}

/* "PID (NAME) STATE PARENT …"; the name may hold anything. */
static void add(struct processes *all, const char *pid, const char *stat)
{
    const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    char state;
    int parent;
    if (!open || !close || sscanf(close + 1, " %c %d", &state, &parent) != 2)
        return;
    GROW(all->items, all->count, all->cap);
    struct process *process = &all->items[all->count++];
    *process =
        (struct process){.pid = (pid_t)strtol(pid, NULL, 10), .parent = parent, .over = state == 'Z' || state == 'X'};
    snprintf(process->name, sizeof process->name, "%.*s", (int)(close - open - 1), open + 1);
}

static void take(struct processes *all)
{
    *all = (struct processes){0};
    struct buf stat;
    buf_init(&stat, 1u << 16);
    DIR *dir = opendir("/proc");
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && read_of(entry->d_name, "stat", &stat))
            add(all, entry->d_name, stat.data);
    if (dir)
        closedir(dir);
    buf_release(&stat);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < all->count; i++)
            for (size_t k = 0; k < all->count && !all->items[i].ours; k++)
                if (all->items[i].parent == getpid() ||
                    (all->items[k].ours && all->items[k].pid == all->items[i].parent))
                    more = all->items[i].ours = true;
    }
}

size_t rig_running(void)
{
    struct processes all;
    size_t count = 0;
    take(&all);
    for (size_t i = 0; i < all.count; i++)
        count += all.items[i].ours && !all.items[i].over;
    free(all.items);
    return count;
}

pid_t rig_process(const char *name, pid_t parent)
{
    struct processes all;
    pid_t pid = 0;
    take(&all);
    for (size_t i = 0; i < all.count && !pid; i++) {
        const struct process *process = &all.items[i];
        if (process->ours && !process->over && (!name || str_eq(process->name, name)) &&
            (!parent || process->parent == parent))
            pid = process->pid;
    }
    free(all.items);
    return pid;
}

/* Whether an environment says POD_NAME=THING-HASH-ID. */
static bool is_of(const struct buf *environment, const char *thing)
{
    for (size_t at = 0; at < environment->len; at += strlen(environment->data + at) + 1) {
        const char *value = environment->data + at;
        if (str_starts(value, "POD_NAME=") && str_starts(value + 9, thing) && value[9 + strlen(thing)] == '-')
            return true;
    }
    return false;
}

pid_t rig_process_of(const char *thing)
{
    struct processes all;
    struct buf environment;
    pid_t pid = 0;
    buf_init(&environment, 1u << 20);
    take(&all);
    for (size_t i = 0; i < all.count && !pid; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", (int)all.items[i].pid);
        if (all.items[i].ours && !all.items[i].over && str_eq(all.items[i].name, "patchbay-thing") &&
            read_of(number, "environ", &environment) && is_of(&environment, thing))
            pid = all.items[i].pid;
    }
    buf_release(&environment);
    free(all.items);
    return pid;
}
