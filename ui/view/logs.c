#include "ui/view/logs_view.h"

#include "k8s/kinds/pod.h"
#include "ui/objects.h"
#include "ui/pager.h"
#include "ui/table.h"

enum { LOGS_PAUSE = 1, LOGS_TIMES, LOGS_PREVIOUS, LOGS_ONE, LOGS_FILTER, LOGS_LESS, LOGS_MORE, LOGS_ERROR, LOGS_ERROR_UP, LOGS_RAW,
       LOGS_PIPE };

static const struct binding bindings[] = {
    {"Space", LOGS_PAUSE, "pause", "stand still, and follow again; what comes meanwhile is read"},
    {"&", LOGS_FILTER, "only", "only lines that fit a filter"},
    {"e", LOGS_ERROR, "error", "the first error, then the next"},
    {"E", LOGS_ERROR_UP, NULL, "the error before"},
    {"o", LOGS_ONE, "one", "one container only, then the next, then all"},
    {"p", LOGS_PREVIOUS, "previous", "the run before the restart, or this one"},
    {"t", LOGS_TIMES, "times", "with times, or without"},
    {"J", LOGS_RAW, NULL, "JSON lines as fields, or as they are"},
    {"]", LOGS_MORE, NULL, "more lines around those that fit"},
    {"[", LOGS_LESS, NULL, "fewer of them"},
    {"|", LOGS_PIPE, "pipe", "what is shown through a command"},
    {"w", OBJECT_WHY, NULL, "why the pod is not well, and what helps"},
    {"d", OBJECT_DESCRIBE, NULL, "the pod in words, with its events"},
    {"y", OBJECT_YAML, NULL, "the pod as YAML"},
    OBJECT_PICTURE_BINDING,
    OBJECT_POD_BINDINGS,
    {NULL},
};

/* What is read. */

static void set(char **to, const char *from)
{
    char *copy = xstrdup_or_null(from);
    free(*to);
    *to = copy;
}

static void set_uids(struct logs *logs, const char *const *uids)
{
    for (size_t i = 0; logs->uids && logs->uids[i]; i++)
        free(logs->uids[i]);
    free(logs->uids);
    logs->uids = NULL;
    for (size_t count = 0; uids && uids[count]; count++) {
        logs->uids = xreallocarray(logs->uids, count + 2, sizeof *logs->uids);
        logs->uids[count] = xstrdup(uids[count]);
        logs->uids[count + 1] = NULL;
    }
}

static bool same_uids(const struct logs *logs, const char *const *uids)
{
    size_t i = 0;
    if (!logs->uids || !uids)
        return !logs->uids && !uids;
    for (; uids[i] && logs->uids[i]; i++)
        if (!str_eq(uids[i], logs->uids[i]))
            return false;
    return !uids[i] && !logs->uids[i];
}

static bool wants(void *data, const struct pod *pod)
{
    const struct logs *logs = data;
    for (size_t i = 0; logs->uids && logs->uids[i]; i++)
        if (str_eq(logs->uids[i], pod->r.uid))
            return true;
    if (logs->ns && !str_eq(logs->ns, pod->r.ns))
        return false;
    if (logs->graph)
        return str_eq(logs->graph, pod->graph) && (!logs->thing || str_eq(logs->thing, pod->thing));
    return logs->pod && str_eq(logs->pod, pod->r.name);
}

/* Of several logs the one that is chosen; NULL: none is. */
static const struct pod *find_pod(const struct logs *logs)
{
    struct store *pods = model_store(dashboard_model(logs->dash), SOURCE_PODS);
    unsigned only = logs->book.filter.only ? logs->book.filter.only : logs->set && log_set_count(logs->set) == 1;
    const struct log_stream *one = logs->set && only ? log_set_at(logs->set, only - 1) : NULL;
    if (pods && !logs->pod && one)
        return (const struct pod *)store_find(pods, one->ns, one->pod);
    for (size_t i = 0; pods && logs->pod && i < store_count(pods); i++)
        if (wants((void *)logs, (const struct pod *)store_at(pods, i)))
            return (const struct pod *)store_at(pods, i);
    return NULL;
}

static void on_line(void *data, const struct log_piece *piece)
{
    struct logs *logs = data;
    struct spool_line line = {.time = piece->time, .text = piece->text, .len = (uint32_t)piece->len, .stream = (uint16_t)piece->stream,
                              .flags = piece->flags};
    log_book_add(&logs->book, &line);
    logs->gaps += (piece->flags & LOG_GAP) != 0;
    if (!logs->visible)
        return;
    if (log_book_filtered(&logs->book))
        loop_task_start(&logs->work);
    dashboard_redraw(logs->dash);
}

static void on_changed(void *data)
{
    struct logs *logs = data;
    if (logs->visible)
        dashboard_redraw(logs->dash);
}

static void on_done(void *data)
{
    struct logs *logs = data;
    logs->ended = true;
    on_changed(logs);
}

static void stop(struct logs *logs)
{
    logs_send_stop(logs);
    log_set_free(logs->set);
    logs->set = NULL;
}

void logs_start(struct logs *logs)
{
    static const struct log_set_events events = {on_line, on_changed, on_done};
    struct model *model = dashboard_model(logs->dash);
    stop(logs);
    log_book_clear(&logs->book);
    logs->follow = true;
    logs->ended = logs->marked = false;
    logs->why[0] = '\0';
    logs->gaps = logs->top = 0;
    logs->left = 0;
    if (!logs->pod && !logs->graph && !logs->uids)
        return;
    if (!model->client) {
        snprintf(logs->why, sizeof logs->why, "there is no cluster here that could be asked for logs");
        return;
    }
    const struct pod *pod = find_pod(logs);
    if (!logs->ns && logs->pod)
        logs->ns = xstrdup(pod ? pod->r.ns : "default");
    struct log_set_options options = {.each = {.container = logs->container,
                                               .follow = !logs->previous,
                                               .previous = logs->previous,
                                               .tail = logs_tail(logs),
                                               .since = logs->since},
                                      .pods = model_store(model, SOURCE_PODS),
                                      .wants = wants,
                                      .ns = logs->ns,
                                      .pod = logs->pod};
    logs->set = log_set_new(model->client, &options, &events, logs);
}

static void logs_rewound(void *state)
{
    logs_start(state);
}

static void logs_retarget(void *state, const struct target *target)
{
    struct logs *logs = state;
    if (!target || !(target->name || target->graph || target->uids))
        return;
    const char *pod = target->graph || target->uids ? NULL : target->name;
    bool same = (pod ? str_eq(logs->pod, pod) : !logs->pod) && (target->uid ? str_eq(logs->uid, target->uid) : !logs->uid) &&
                (target->graph ? str_eq(logs->graph, target->graph) : !logs->graph) &&
                (target->thing ? str_eq(logs->thing, target->thing) : !logs->thing) && same_uids(logs, target->uids);
    if (same && !logs->ended)
        return;
    set(&logs->ns, target->ns);
    set(&logs->pod, pod);
    set(&logs->uid, target->uid);
    set(&logs->container, target->container);
    set(&logs->graph, target->graph);
    set(&logs->thing, target->thing);
    set_uids(logs, target->uids);
    logs->previous = false;
    logs->tail = 0;
    logs->since = 0;
    log_book_range(&logs->book, 0, 0);
    log_book_only(&logs->book, 0);
    logs_start(logs);
}

static void *logs_open(struct dashboard *dash, const struct target *target)
{
    struct logs *logs = xcalloc(1, sizeof *logs);
    logs->dash = dash;
    log_book_init(&logs->book, SPOOL_LIMIT);
    logs->book.filter.always = LOG_GAP;
    logs->book.filter.name = logs->wanted.name = logs_name;
    logs->book.filter.data = logs->wanted.data = logs;
    loop_task_init(&logs->work, dashboard_model(dash)->loop, logs_work, logs);
    logs->follow = true;
    const struct model *model = dashboard_model(dash);
    const struct target graph = {.ns = model->graph_ns, .graph = model->graph_name};
    logs_retarget(logs, target || !model->graph_name || !model->client || !model_runs(model, model->graph_name) ? target : &graph);
    return logs;
}

static void logs_close(void *state)
{
    struct logs *logs = state;
    stop(logs);
    loop_task_stop(&logs->work);
    log_book_release(&logs->book);
    log_filter_release(&logs->wanted);
    log_filter_release(&logs->errors);
    set_uids(logs, NULL);
    free(logs->ns);
    free(logs->pod);
    free(logs->uid);
    free(logs->container);
    free(logs->graph);
    free(logs->thing);
    free(logs);
}

/* Rows of the filter are found when somebody looks. */
static void logs_visible(void *state, bool visible)
{
    struct logs *logs = state;
    logs->visible = visible;
    if (visible && log_book_filtered(&logs->book))
        loop_task_start(&logs->work);
}

/* What is done. */

static void next_one(struct logs *logs)
{
    unsigned only = logs->book.filter.only, count = logs->set ? (unsigned)log_set_count(logs->set) : 0;
    if (count < 2) {
        dashboard_say(logs->dash, ROLE_DIM, "there is one log only");
        return;
    }
    only = (only + 1) % (count + 1);
    log_book_only(&logs->book, only);
    loop_task_start(&logs->work);
    dashboard_say(logs->dash, ROLE_DIM, "%s", only ? logs_name(logs, only - 1) : "all logs");
}

static void pause_or_follow(struct logs *logs)
{
    logs->follow = !logs->follow;
    logs->seen = spool_end(logs->book.spool);
}

static unsigned move(struct logs *logs, int command)
{
    switch (command) {
    case PAGER_DOWN:
        logs_scroll(logs, 1);
        break;
    case PAGER_UP:
        logs_scroll(logs, -1);
        break;
    case PAGER_PGDN:
        logs_scroll(logs, (int64_t)logs->page);
        break;
    case PAGER_PGUP:
        logs_scroll(logs, -(int64_t)logs->page);
        break;
    case PAGER_TOP:
        logs_scroll(logs, -(int64_t)logs->index);
        logs->left = 0;
        break;
    case PAGER_BOTTOM: /* the end of a log that goes on is where it goes on */
        logs->follow = true;
        break;
    case PAGER_LEFT:
        logs->left = MAX(0, logs->left - 8);
        break;
    case PAGER_RIGHT:
        logs->left = MIN(logs->left + 8, 1 << 16);
        break;
    case PAGER_NEXT:
    case PAGER_PREV:
        logs_next(logs, command == PAGER_PREV);
        break;
    case PAGER_WRAP:
        logs->wrap = !logs->wrap;
        logs->left = 0;
        break;
    case PAGER_COPY:
        dashboard_say(logs->dash, ROLE_DIM, ":save FILE has all of it; | xclip copies it");
        break;
    default:
        return DID_NOTHING;
    }
    return DID_CHANGE;
}

static unsigned of_the_pod(struct logs *logs, int command)
{
    const struct record *pod = (const struct record *)find_pod(logs);
    if (pod || !logs->set || log_set_count(logs->set) < 2)
        return object_command(logs->dash, command, pod);
    dashboard_say(logs->dash, ROLE_WARNING, "whose? these are several logs; o chooses one");
    return DID_CHANGE;
}

static unsigned logs_command(void *state, int command, const struct key *key UNUSED)
{
    struct logs *logs = state;
    switch (command) {
    case LOGS_PAUSE:
        pause_or_follow(logs);
        break;
    case LOGS_TIMES:
        logs->times = !logs->times;
        break;
    case LOGS_PREVIOUS:
        logs->previous = !logs->previous;
        logs_start(logs);
        break;
    case LOGS_ONE:
        next_one(logs);
        break;
    case LOGS_FILTER:
        logs_ask_filter(logs);
        break;
    case LOGS_MORE:
    case LOGS_LESS:
        logs_around(logs, command == LOGS_MORE ? 1 : -1);
        break;
    case LOGS_ERROR:
    case LOGS_ERROR_UP:
        logs_next_error(logs, command == LOGS_ERROR_UP);
        break;
    case LOGS_RAW:
        logs->raw = !logs->raw;
        break;
    case LOGS_PIPE:
        logs_ask_pipe(logs);
        break;
    default:
        return command >= OBJECT_YAML ? of_the_pod(logs, command) : move(logs, command);
    }
    return DID_CHANGE;
}

static unsigned logs_key(void *state, const struct key *key)
{
    struct logs *logs = state;
    if (key->code == K_WHEEL_UP || key->code == K_WHEEL_DOWN) {
        logs_scroll(logs, key->code == K_WHEEL_UP ? -3 : 3);
        return DID_CHANGE;
    }
    if (!key_is(key, "Esc") || !(logs->search[0] || log_book_filtered(&logs->book)))
        return DID_NOTHING;
    if (logs->search[0])
        logs_search(logs, NULL, true);
    else
        logs_unfilter(logs);
    return DID_CHANGE;
}

static bool logs_changed(void *state, unsigned mask)
{
    struct logs *logs = state;
    if (!(mask & CHANGED_CLIENT))
        return false;
    /* Its pods are of the cluster that is left. */
    stop(logs);
    set(&logs->pod, NULL);
    set(&logs->ns, NULL);
    set(&logs->uid, NULL);
    set(&logs->container, NULL);
    set(&logs->graph, NULL);
    set(&logs->thing, NULL);
    set_uids(logs, NULL);
    log_book_clear(&logs->book);
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
    .commands = logs_commands,
    .open = logs_open,
    .rewound = logs_rewound,
    .close = logs_close,
    .draw = logs_draw,
    .key = logs_key,
    .command = logs_command,
    .changed = logs_changed,
    .retarget = logs_retarget,
    .visible = logs_visible,
    .summary = logs_summary,
    .status = logs_status,
    .filter = logs_search,
};
