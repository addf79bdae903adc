/* What /proc says of a process. */
#include <dirent.h>
#include <time.h>

#include "base/file.h"
#include "tests/bench/bench.h"

/* The number after `key` at a line's start; -1 without one. */
static double value_of(const char *text, const char *key)
{
    for (const char *at = text; (at = strstr(at, key)); at++)
        if (at == text || at[-1] == '\n')
            return strtod(at + strlen(key), NULL);
    return -1;
}

static int read_of(pid_t pid, const char *name, struct buf *out, struct err *err)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    buf_reset(out);
    return file_read(path, out, err);
}

static uint64_t switches_of(pid_t pid)
{
    char path[64];
    uint64_t count = 0;
    struct buf text;
    struct err gone = ERR_INIT;
    buf_init(&text, 1u << 16);
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        snprintf(path, sizeof path, "task/%.20s/status", entry->d_name);
        if (entry->d_name[0] != '.' && read_of(pid, path, &text, &gone) == 0)
            count += (uint64_t)(value_of(text.data, "voluntary_ctxt_switches:") +
                                value_of(text.data, "nonvoluntary_ctxt_switches:"));
    }
    if (dir)
        closedir(dir);
    buf_release(&text);
    return count;
}

int process_size(pid_t pid, struct process_size *out, struct err *err)
{
    struct buf text;
    buf_init(&text, 1u << 16);
    int rc = read_of(pid, "status", &text, err);
    if (rc == 0) {
        out->rss = value_of(text.data, "VmRSS:") / 1024;
        out->peak = value_of(text.data, "VmHWM:") / 1024;
        out->switches = switches_of(pid);
        out->waits = (uint64_t)value_of(text.data, "voluntary_ctxt_switches:");
        rc = read_of(pid, "smaps_rollup", &text, err);
    }
    if (rc == 0) {
        out->pss = value_of(text.data, "Pss:") / 1024;
        out->anon = value_of(text.data, "Anonymous:") / 1024;
    }
    buf_release(&text);
    return rc;
}

int64_t process_cpu(pid_t pid)
{
    clockid_t clock;
    struct timespec ts;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
        return -1;
    return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}
