#include "ui/view.h"

#include "k8s/kinds/pod.h"
#include "k8s/logs.h"
#include "ui/pager.h"
#include "ui/table.h"

#define FIRST_LINES 1000 /* of a log that is opened */

struct logs {
    struct dashboard *dash;
    struct pager pager;
    struct log_follow *follow;
    char *ns, *pod, *container, *uid;
    bool previous, paused, ended;
    bool lost; /* lines were gone before they could be read */
    char why[1024]; /* what it waits for, or why it ended; "" while it flows */
    size_t cut;    /* lines that were too long to be kept whole */
};

enum { LOGS_PAUSE = 1, LOGS_TIMES, LOGS_PREVIOUS, LOGS_CONTAINER };

static const struct binding bindings[] = {
    {"Space", LOGS_PAUSE, "pause", "pause, and go on"},
    {"t", LOGS_TIMES, "times", "with times, or without"},
    {"p", LOGS_PREVIOUS, "previous", "the run before the restart, or this one"},
    {"o", LOGS_CONTAINER, "container", "the next container of the pod"},
    {NULL},
};

static void on_line(void *data, int64_t time, const char *line, size_t len, bool cut)
{
    struct logs *logs = data;
    pager_add(&logs->pager, time, line, len);
    logs->cut += cut;
    dashboard_redraw(logs->dash);
}

static void on_state(void *data, const char *why)
{
    struct logs *logs = data;
    snprintf(logs->why, sizeof logs->why, "%s", why);
    dashboard_redraw(logs->dash);
}

static void on_lost(void *data, int64_t from, int64_t to)
{
    struct logs *logs = data;
    char before[TIME_TEXT], after[TIME_TEXT], text[3 * TIME_TEXT];
    int len = snprintf(text, sizeof text, "-- lines may be missing between %s and %s --", time_format(before, from, 3),
                       to ? time_format(after, to, 3) : "the end");
    pager_add(&logs->pager, 0, text, (size_t)len);
    logs->lost = true;
    dashboard_redraw(logs->dash);
}

static void on_done(void *data, const struct err *err)
{
    struct logs *logs = data;
    logs->ended = true;
    snprintf(logs->why, sizeof logs->why, "%s", err->text[0] ? err->text : "the log has ended");
    dashboard_redraw(logs->dash);
}

static const struct pod *find_pod(const struct logs *logs)
{
    struct store *pods = model_store(dashboard_model(logs->dash), SOURCE_PODS);
    if (!pods || !logs->pod)
        return NULL;
    if (logs->ns)
        return (const struct pod *)store_find(pods, logs->ns, logs->pod);
    for (size_t i = 0; i < store_count(pods); i++)
        if (str_eq(store_at(pods, i)->name, logs->pod))
            return (const struct pod *)store_at(pods, i);
    return NULL;
}

static void stop(struct logs *logs)
{
    if (logs->follow)
        log_follow_free(logs->follow);
    logs->follow = NULL;
}

static void start(struct logs *logs)
{
    static const struct log_events events = {.line = on_line, .state = on_state, .lost = on_lost, .done = on_done};
    struct kube_client *client = dashboard_model(logs->dash)->client;
    stop(logs);
    pager_clear(&logs->pager);
    logs->pager.follow = true;
    logs->paused = logs->ended = false;
    logs->why[0] = '\0';
    logs->cut = 0;
    logs->lost = false;
    if (!logs->pod)
        return;
    const struct pod *pod = find_pod(logs);
    if (!logs->ns)
        logs->ns = xstrdup(pod ? pod->r.ns : "default");
    if (!client) {
        snprintf(logs->why, sizeof logs->why, "there is no cluster here that could be asked for logs");
        return;
    }
    /* A pod with several containers: the first that is no init container, unless one was chosen. */
    for (size_t i = 0; pod && !logs->container && i < pod->container_count; i++)
        if (!pod->containers[i].init)
            logs->container = xstrdup(pod->containers[i].name);
    struct log_options options = {.ns = logs->ns, .pod = logs->pod, .container = logs->container,
                                  .follow = !logs->previous, .previous = logs->previous, .timestamps = true,
                                  .tail = FIRST_LINES};
    logs->follow = log_follow_new(client, &options, &events, logs);
}

static void logs_rewound(void *state)
{
    start(state);
}

static void set(char **to, const char *from)
{
    char *copy = xstrdup_or_null(from);
    free(*to);
    *to = copy;
}

static void logs_retarget(void *state, const struct target *target)
{
    struct logs *logs = state;
    if (!target || !target->name)
        return;
    if (str_eq(logs->pod, target->name) && str_eq(logs->uid, target->uid) && !logs->ended)
        return;
    set(&logs->ns, target->ns);
    set(&logs->pod, target->name);
    set(&logs->uid, target->uid);
    set(&logs->container, target->container);
    logs->previous = false;
    start(logs);
}

static void *logs_open(struct dashboard *dash, const struct target *target)
{
    struct logs *logs = xcalloc(1, sizeof *logs);
    logs->dash = dash;
    pager_init(&logs->pager);
    logs->pager.follow = true;
    logs_retarget(logs, target);
    return logs;
}

static void logs_close(void *state)
{
    struct logs *logs = state;
    stop(logs);
    pager_release(&logs->pager);
    free(logs->ns);
    free(logs->pod);
    free(logs->uid);
    free(logs->container);
    free(logs);
}

static void logs_draw(void *state, struct area area)
{
    struct logs *logs = state;
    if (!logs->pod)
        draw_text(area, 1, 2, ROLE_DIM, 0, "no log is open; Enter on a pod shows its log, :logs POD too");
    else if (!logs->pager.count)
        draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0, logs->why[0] ? logs->why : "nothing was written yet");
    pager_draw(&logs->pager, area);
}

static void next_container(struct logs *logs)
{
    const struct pod *pod = find_pod(logs);
    if (!pod || pod->container_count < 2) {
        dashboard_say(logs->dash, ROLE_DIM, "the pod has one container only");
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < pod->container_count; i++)
        if (str_eq(pod->containers[i].name, logs->container))
            at = i + 1;
    set(&logs->container, pod->containers[at % pod->container_count].name);
    start(logs);
}

static void toggle_pause(struct logs *logs)
{
    logs->paused = !logs->paused;
    logs->pager.follow = !logs->paused;
    if (logs->follow && !logs->ended)
        log_follow_pause(logs->follow, logs->paused);
}

static unsigned logs_command(void *state, int command, const struct key *key UNUSED)
{
    struct logs *logs = state;
    switch (command) {
    case LOGS_PAUSE:
        toggle_pause(logs);
        return DID_CHANGE;
    case LOGS_TIMES:
        logs->pager.times = !logs->pager.times;
        return DID_CHANGE;
    case LOGS_PREVIOUS:
        logs->previous = !logs->previous;
        start(logs);
        return DID_CHANGE;
    case LOGS_CONTAINER:
        next_container(logs);
        return DID_CHANGE;
    case PAGER_BOTTOM: /* the end of a log that goes on is where it goes on */
        logs->pager.follow = !logs->paused;
        break;
    default:
        break;
    }
    unsigned did = pager_command(&logs->pager, logs->dash, command);
    if (command == PAGER_BOTTOM)
        logs->pager.follow = !logs->paused;
    return did;
}

static unsigned logs_key(void *state, const struct key *key)
{
    struct logs *logs = state;
    if (key_is(key, "Esc") && logs->pager.search[0]) {
        pager_search(&logs->pager, NULL, true);
        return DID_CHANGE;
    }
    return pager_mouse(&logs->pager, key);
}

static void logs_summary(void *state, char *out, size_t size)
{
    struct logs *logs = state;
    char lines[256];
    if (!logs->pod)
        return;
    pager_summary(&logs->pager, lines, sizeof lines);
    const struct pod *pod = find_pod(logs);
    bool several = pod && pod->container_count > 1 && logs->container;
    snprintf(out, size, "%s%s%s  %s", logs->pod, several ? "/" : "", several ? logs->container : "", lines);
}

static void logs_status(void *state, char *out, size_t size, enum role *role)
{
    struct logs *logs = state;
    *role = ROLE_DIM;
    if (!logs->pod)
        return;
    if (logs->paused) {
        snprintf(out, size, "paused; Space goes on");
        *role = ROLE_WARNING;
    } else if (logs->why[0]) {
        snprintf(out, size, "%s", logs->why);
        *role = logs->ended ? ROLE_WARNING : ROLE_BUSY;
    } else if (logs->previous) {
        snprintf(out, size, "the run before the last restart; p shows this one");
    } else if (logs->pager.follow) {
        snprintf(out, size, "following%s%s", logs->lost ? "; the node lost lines before they could be read" : "",
                 logs->cut ? "; lines of more than 1 MiB are cut" : "");
    } else {
        snprintf(out, size, "scrolled back; G follows again");
    }
}

static void logs_filter(void *state, const char *text, bool done)
{
    struct logs *logs = state;
    pager_search(&logs->pager, text, done);
}

static bool logs_changed(void *state, unsigned mask)
{
    struct logs *logs = state;
    if (!(mask & CHANGED_CLIENT))
        return false;
    /* Its pod is of the cluster that is left. */
    stop(logs);
    set(&logs->pod, NULL);
    set(&logs->ns, NULL);
    set(&logs->uid, NULL);
    set(&logs->container, NULL);
    pager_clear(&logs->pager);
    logs->why[0] = '\0';
    return true;
}

const struct view view_logs = {
    .name = "logs",
    .title = "Logs",
    .words = "log",
    .digit = '7',
    .bindings = bindings,
    .more_bindings = pager_bindings,
    .open = logs_open,
    .rewound = logs_rewound,
    .close = logs_close,
    .draw = logs_draw,
    .key = logs_key,
    .command = logs_command,
    .changed = logs_changed,
    .retarget = logs_retarget,
    .summary = logs_summary,
    .status = logs_status,
    .filter = logs_filter,
};
