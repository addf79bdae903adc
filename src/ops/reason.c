#include "ops/reason.h"

#include <ctype.h>

/* What the scheduler counts, in its words (kube-scheduler's plugins), and in ours. A text in braces is kept. */
static const struct {
    const char *said, *short_word;
    bool keeps; /* what stands behind it */
} rejections[] = {
    {"Insufficient ", "insufficient ", true},
    {"node(s) had untolerated taint ", "taint ", true},
    {"node(s) had untolerated taint(s)", "taint", false},
    {"node(s) were unschedulable", "cordoned", false},
    {"node(s) didn't match Pod's node affinity/selector", "node selector", false},
    {"node(s) didn't match pod anti-affinity rules", "anti-affinity", false},
    {"node(s) didn't match pod affinity rules", "pod affinity", false},
    {"node(s) didn't satisfy existing pods anti-affinity rules", "others' anti-affinity", false},
    {"node(s) didn't match pod topology spread constraints", "topology spread", false},
    {"node(s) didn't have free ports for the requested pod ports", "port taken", false},
    {"node(s) had volume node affinity conflict", "volume elsewhere", false},
    {"node(s) exceed max volume count", "too many volumes", false},
    {"Too many pods", "too many pods", false},
    {"node(s) ", "", true},
};

struct rejection {
    long count;
    char text[96];
};

/* "{nvidia.com/gpu: present}" → "nvidia.com/gpu" */
static void add_rest(char *out, size_t size, const char *rest, size_t len)
{
    if (*rest == '{') {
        rest++;
        len = MIN(strcspn(rest, ":}"), len - 1);
    }
    snprintf(out + strlen(out), size - strlen(out), "%.*s", (int)len, rest);
}

static void shorten(char *out, size_t size, const char *said, size_t len)
{
    *out = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(rejections); i++) {
        size_t head = strlen(rejections[i].said);
        if (len < head || strncmp(said, rejections[i].said, head) != 0)
            continue;
        snprintf(out, size, "%s", rejections[i].short_word);
        if (rejections[i].keeps)
            add_rest(out, size, said + head, len - head);
        return;
    }
    snprintf(out, size, "%.*s", (int)len, said);
}

/* The parts begin with a number each; a comma may stand inside one. */
static size_t part_length(const char *text)
{
    size_t len = 0;
    while (text[len] && !(text[len] == '.' && (!text[len + 1] || text[len + 1] == ' ')) &&
           !(text[len] == ',' && text[len + 1] == ' ' && isdigit((unsigned char)text[len + 2])))
        len++;
    return len;
}

static int most_first(const void *a, const void *b)
{
    long x = ((const struct rejection *)a)->count, y = ((const struct rejection *)b)->count;
    return (x < y) - (x > y);
}

/* "0/4 nodes are available: 1 node(s) had untolerated taint {gpu: true}, 3 Insufficient nvidia.com/gpu. preemption: …" */
static void unschedulable(char *out, const char *message)
{
    struct rejection parts[8];
    size_t count = 0;
    const char *at = strstr(message, " nodes are available: ");
    if (!at) {
        snprintf(out, POD_REASON_TEXT, "%s", message);
        return;
    }
    snprintf(out, POD_REASON_TEXT, "%.*s nodes:", (int)MIN(at - message, 16), message);
    at += strlen(" nodes are available: ");
    while (count < ARRAY_SIZE(parts) && isdigit((unsigned char)*at)) {
        char *said;
        struct rejection *part = &parts[count++];
        part->count = strtol(at, &said, 10);
        said += *said == ' ';
        size_t len = part_length(said);
        shorten(part->text, sizeof part->text, said, len);
        at = said + len;
        if (*at != ',')
            break;
        at += 2;
    }
    if (!count)
        snprintf(out + strlen(out), POD_REASON_TEXT - strlen(out), " %s", at);
    qsort(parts, count, sizeof *parts, most_first);
    for (size_t i = 0; i < count; i++)
        snprintf(out + strlen(out), POD_REASON_TEXT - strlen(out), "%s %ld %s", i ? "," : "", parts[i].count, parts[i].text);
}

static void add(char *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add(char *out, const char *fmt, ...)
{
    size_t len = strlen(out);
    if (len && len + 2 < POD_REASON_TEXT)
        len += (size_t)snprintf(out + len, POD_REASON_TEXT - len, ", ");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(out + len, POD_REASON_TEXT - len, fmt, ap);
    va_end(ap);
}

static void ended(char *out, const char *reason, int signal, int code)
{
    if (reason && !str_eq(reason, "Error") && !str_eq(reason, "Completed"))
        add(out, "%s", reason);
    if (signal)
        add(out, "signal %d", signal);
    else if (code || !*out)
        add(out, "exit %d", code);
}

static void waiting(char *out, const struct container *c)
{
    const char *message = str_or_empty(c->message);
    if (!str_eq(c->reason, "CrashLoopBackOff")) {
        if (str_starts(message, "Back-off pulling image ") && strstr(message, ": ")) /* why stands behind it */
            message = strstr(message, ": ") + 2;
        snprintf(out, POD_REASON_TEXT, "%s", message);
        return;
    }
    ended(out, c->last_reason, 0, c->last_exit_code);
    add(out, "×%d", c->restarts);
    if (str_starts(message, "back-off "))
        add(out, "%.*s", (int)(strlen("back-off ") + strcspn(message + strlen("back-off "), " ")), message);
}

static void of_containers(char *out, const struct pod *pod)
{
    for (size_t i = 0; i < pod->container_count && !*out; i++) {
        const struct container *c = &pod->containers[i];
        if (c->state == CONTAINER_WAITING)
            waiting(out, c);
        else if (c->state == CONTAINER_TERMINATED && (c->exit_code || c->signal))
            ended(out, c->reason, c->signal, c->exit_code);
    }
    for (size_t i = 0; i < pod->container_count && !*out; i++)
        if (pod->containers[i].state == CONTAINER_RUNNING && !pod->containers[i].ready && !pod->containers[i].init)
            add(out, "%s is not ready", pod->containers[i].name);
}

char *pod_reason(char out[POD_REASON_TEXT], const struct pod *pod)
{
    *out = '\0';
    if (pod->deleted && pod->finalizers)
        snprintf(out, POD_REASON_TEXT, "waits for finalizers");
    else if (pod->running || pod->deleted)
        ;
    else if (str_eq(pod->unscheduled_why, "SchedulingGated"))
        snprintf(out, POD_REASON_TEXT, "waits for its scheduling gates");
    else if (pod->unscheduled_message)
        unschedulable(out, pod->unscheduled_message);
    else if (pod->message)
        snprintf(out, POD_REASON_TEXT, "%s", pod->message);
    else
        of_containers(out, pod);
    return out;
}
