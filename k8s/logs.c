#include "k8s/logs.h"

#include "base/text.h"
#include "base/time.h"
#include "k8s/backoff.h"
#include "k8s/intake.h"
#include "k8s/kinds/pod.h"
#include "k8s/loggap.h"
#include "k8s/logline.h"
#include "net/url.h"

#define WAIT (NSEC_PER_SEC)          /* while a container is being made */
#define MAX_WAIT (15 * NSEC_PER_SEC) /* after failures */
#define MAX_REFUSAL (64u << 10)

/* What is asked for. The end of a log that is to be followed from there on comes by a request of its own: then it is
 * known whether it has lines at all, and none of those that come later can hide behind "the last N". */
enum part {
    PART_TAIL,     /* the last lines, or where they end */
    PART_LOG,      /* all, or on from the last line */
    PART_PREVIOUS, /* on from the last line, in the run before */
    PART_REST,     /* on from the last line, to the end of a container that ended */
};

struct log_follow {
    struct kube_client *client;
    char *ns, *pod, *container;
    struct log_options options;
    struct log_events events;
    void *data;
    struct intake *intake;
    struct kube_call *look; /* at the pod, after its log ended */
    struct log_lines lines;
    struct log_gap gap;
    enum part part, back; /* what the run before was asked for from */
    bool looked_back;  /* the run before was asked for what is missing */
    bool bridged;      /* this run's log goes on where that ended */
    bool looks_back;   /* what is looked at the pod for */
    int run;           /* restarts before the run that was read to its end, -1: there is another by now, or none */
    int reading;       /* the same, of the one whose rest is read */
    bool last_run;     /* it is not begun again */
    struct http_head head;
    struct buf refusal;
    struct backoff backoff;
    struct loop_timer again;
    struct err state;
    int64_t asked; /* when the log was, last */
    bool told_state, ended;
    bool broken; /* the connection, since the last line */
    struct err why; /* it ended */
    bool *gone;
};

static void request(void *data);
static void look_at_pod(struct log_follow *f);

/* Callbacks may free us: nothing of ours is looked at after one, or *gone is asked first. */

static void say(struct log_follow *f, const char *why)
{
    if (f->told_state && strcmp(f->state.text, why) == 0)
        return;
    f->told_state = true;
    err_set(&f->state, "%s", why);
    struct err copy = f->state;
    if (f->events.state)
        f->events.state(f->data, copy.text);
}

static void finish(struct log_follow *f, const struct err *err)
{
    struct err copy = *err;
    f->why = copy;
    f->ended = true;
    intake_stop(f->intake);
    loop_timer_stop(&f->again);
    if (!log_gap_close(&f->gap))
        f->events.done(f->data, &copy);
}

/* False: it freed us. */
static bool say_lost(struct log_follow *f, int64_t from, int64_t to)
{
    bool gone = false, *outer = f->gone;
    if (!f->events.lost)
        return true;
    f->gone = &gone;
    f->events.lost(f->data, from, to);
    if (gone && outer)
        *outer = true;
    if (!gone)
        f->gone = outer;
    return !gone;
}

static bool on_gap(void *data, int64_t from, int64_t to)
{
    struct log_follow *f = data;
    if (from)
        return say_lost(f, from, to);
    if (f->ended)
        finish(f, &f->why);
    return true;
}

/* Lines. */

static void on_line(void *data, int64_t time, const char *line, size_t len, bool cut)
{
    struct log_follow *f = data;
    if (f->part == PART_LOG && f->options.follow && !log_gap_line(&f->gap, time, len))
        return;
    if (f->part != PART_REST)
        f->run = -1;
    f->broken = false;
    if (f->part != PART_TAIL || f->options.tail)
        f->events.line(f->data, time, line, len, cut);
}

static void go_on(struct log_follow *f, enum part part)
{
    f->part = part;
    log_lines_resume(&f->lines);
    request(f);
}

/* The last line is not in what is given: this is the run after the one that was read to its end, or the run before has
 * the rest, or nobody. */
static bool on_missed(void *data, int64_t time)
{
    struct log_follow *f = data;
    if (f->bridged)
        return true;
    if (f->looked_back || f->options.previous)
        return say_lost(f, f->lines.last, time);
    f->looked_back = true;
    f->back = f->part;
    if (f->run >= 0) {
        intake_stop(f->intake);
        f->looks_back = true;
        look_at_pod(f);
    } else {
        go_on(f, PART_PREVIOUS);
    }
    return false;
}

static const struct log_sink sink = {on_line, on_missed};

/* What has no newline at its end is a line, too. False: that freed us, or something else is asked for first. */
static bool end_lines(struct log_follow *f)
{
    bool gone = false;
    f->gone = &gone;
    bool all = log_lines_end(&f->lines, &sink, f);
    if (!gone)
        f->gone = NULL;
    return all && !gone;
}

static void finish_whole(struct log_follow *f, const struct err *err)
{
    if (end_lines(f))
        finish(f, err);
}

/* Where the only line of a log's end has no end yet, it is followed from there on. */
static void begin_at_end(struct log_follow *f)
{
    size_t skip;
    int64_t time = f->lines.last ? 0 : log_line_time(f->lines.line.data, f->lines.line.len, &skip);
    if (time)
        log_lines_begin(&f->lines, time);
}

/* Again. */

static void retry(struct log_follow *f, int64_t wait, const char *why)
{
    if (f->part == PART_PREVIOUS)
        f->part = f->back;
    else if (f->part == PART_TAIL && f->lines.last)
        f->part = PART_LOG;
    f->looked_back = f->bridged = f->looks_back = false;
    log_lines_resume(&f->lines);
    log_gap_restart(&f->gap);
    loop_timer_start(&f->again, wait);
    say(f, why);
}

static void retry_later(struct log_follow *f, const char *why)
{
    struct buf text;
    buf_init(&text, 900);
    buf_addf(&text, "waiting: %s", why);
    retry(f, backoff_next(&f->backoff, loop_now(f->again.loop)), text.data);
    buf_release(&text);
}

/* A log that flowed is asked for again at once: the node may turn it over soon. */
static void broke(struct log_follow *f, const char *why)
{
    f->broken = true;
    struct buf text;
    buf_init(&text, 900);
    buf_addf(&text, "waiting: %s", why);
    if (f->head.status == 200 && loop_now(f->again.loop) - f->asked >= WAIT)
        retry(f, 0, text.data);
    else
        retry_later(f, why);
    buf_release(&text);
}

static const struct container *find(const struct pod *pod, const char *name)
{
    const struct container *first = NULL;
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *c = &pod->containers[i];
        if (name ? str_eq(c->name, name) : !c->init)
            return c;
        first = first ? first : c;
    }
    return name ? NULL : first;
}

static void read_rest(struct log_follow *f, const struct container *c, bool last)
{
    f->looked_back = f->bridged = false;
    f->reading = c ? c->restarts : 0;
    f->last_run = last;
    go_on(f, PART_REST);
}

/* The log ended though it was followed: the container did, or the server closed the log for a reason of its own. The
 * kubelet ends it with the container even where it had not come to the newest file. */
static void judge(struct log_follow *f, const struct pod *pod)
{
    const struct container *c = find(pod, f->container);
    char why[200];
    bool last = pod->terminal || (c && c->init && !c->sidecar && c->state == CONTAINER_TERMINATED && !c->exit_code);
    bool over = c && (c->state == CONTAINER_TERMINATED || (c->state == CONTAINER_WAITING && c->last_reason));
    if (last || (over && f->run != c->restarts)) {
        read_rest(f, c, last);
    } else if (c && c->state == CONTAINER_TERMINATED) {
        snprintf(why, sizeof why, "the container ended (%s, exit code %d)", c->reason ? c->reason : "no reason given",
                 c->exit_code);
        retry_later(f, why);
    } else if (!c || c->state != CONTAINER_RUNNING) {
        retry_later(f, c && c->reason ? c->reason : "the container is not started");
    } else {
        /* At once after a rotation; but some servers do not follow, and must not be asked again and again. */
        retry(f, f->lines.last && loop_now(f->again.loop) - f->asked >= WAIT ? 0 : WAIT, "");
    }
}

static void look_back(struct log_follow *f, const struct pod *pod)
{
    const struct container *c = find(pod, f->container);
    f->looks_back = false;
    f->bridged = c && c->restarts == f->run + 1;
    go_on(f, f->bridged ? f->back : PART_PREVIOUS);
}

static void on_pod(void *data, const struct kube_answer *answer)
{
    struct log_follow *f = data;
    f->look = NULL;
    struct record *record = answer->status == 200 ? record_new(&kind_pod, answer->json) : NULL;
    if (record) {
        (f->looks_back ? look_back : judge)(f, (struct pod *)record);
        record_unref(record);
    } else if (answer->status == 404 || answer->status == 403 || answer->status == 401) {
        finish(f, &answer->err);
    } else {
        retry_later(f, answer->err.text);
    }
}

static void look_at_pod(struct log_follow *f)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, &kind_pod, f->ns, f->pod);
    f->look = kube_start(f->client, &(struct kube_request){.path = path.data}, on_pod, f);
    buf_release(&path);
}

/* The rest was read. Where a newer run has begun by then that is what was read at last, and it has not ended. */
static void on_rest(struct log_follow *f)
{
    static const struct err whole = ERR_INIT;
    bool newer = f->looked_back && !(f->bridged && f->run + 1 == f->reading);
    bool unknown = f->lines.seeking && f->lines.same && !f->lines.line.len && f->run != f->reading;
    int64_t file = f->gap.file > f->lines.last ? f->gap.file : 0;
    /* The newest file is empty: was the one before read to its end? */
    if (unknown && (f->broken || file) && !say_lost(f, f->lines.last, file))
        return;
    if (f->last_run) {
        finish_whole(f, &whole);
    } else if (newer) {
        f->run = -1;
        go_on(f, PART_LOG);
    } else if (end_lines(f)) {
        f->run = f->reading;
        f->part = PART_LOG;
        look_at_pod(f);
    }
}

/* An answer that is no log. A container that is being made is waited for; everything else a wait would not mend. */
static void refused(struct log_follow *f)
{
    struct err why = ERR_INIT;
    int status = f->head.status;
    kube_status_text(status, f->refusal.data, f->refusal.len, &why);
    bool making = status == 400 && (strstr(why.text, "waiting to start") || strstr(why.text, "ContainerCreating") ||
                                    strstr(why.text, "PodInitializing"));
    if (f->part == PART_PREVIOUS && status != 429 && status < 500) {
        go_on(f, f->back); /* there was no run before */
    } else if (f->options.follow && making) {
        f->part = PART_LOG; /* of what it will print nothing is to be left out */
        struct buf text;
        buf_init(&text, sizeof why.text);
        const char *colon = strstr(why.text, "waiting to start: ");
        buf_addf(&text, "waiting: %s", colon ? colon + strlen("waiting to start: ") : why.text);
        retry(f, WAIT, text.data);
        buf_release(&text);
    } else if (f->options.follow && (status == 429 || status >= 500)) {
        retry_later(f, why.text);
    } else {
        finish(f, &why);
    }
}

static void on_end(void *data, const struct http_result *result)
{
    static const struct err whole = ERR_INIT;
    struct log_follow *f = data;
    if (result->outcome == HTTP_DONE && f->head.status != 200) {
        refused(f);
    } else if (!f->options.follow) {
        finish_whole(f, result->outcome == HTTP_DONE ? &whole : &result->err);
    } else if (result->outcome == HTTP_UNTRUSTED) {
        finish(f, &result->err);
    } else if (result->outcome != HTTP_DONE) {
        broke(f, result->err.text);
    } else if (f->part == PART_LOG) {
        look_at_pod(f);
    } else if (f->part == PART_REST) {
        on_rest(f);
    } else if (f->part == PART_PREVIOUS) {
        /* That run is over: what it did not end is a line. */
        f->bridged = !f->lines.seeking;
        if (end_lines(f))
            go_on(f, f->back);
    } else {
        begin_at_end(f);
        go_on(f, PART_LOG);
    }
}

static void on_head(void *data, const struct http_head *head)
{
    struct log_follow *f = data;
    f->head = *head;
    f->head.content_type = NULL; /* borrowed */
    if (head->status == 200)
        say(f, "");
}

static void on_bytes(void *data, const char *bytes, size_t len)
{
    struct log_follow *f = data;
    if (f->head.status != 200) {
        buf_add(&f->refusal, bytes, MIN(len, MAX_REFUSAL - f->refusal.len));
        return;
    }
    bool gone = false;
    f->gone = &gone;
    log_lines_feed(&f->lines, bytes, len, &sink, f, &gone);
    if (!gone)
        f->gone = NULL;
}

static void add_path(struct buf *path, const struct log_follow *f)
{
    kind_path(path, &kind_pod, f->ns, f->pod);
    buf_adds(path, "/log?timestamps=true");
    if (f->container && *f->container) {
        buf_adds(path, "&container=");
        url_escape(path, f->container);
    }
}

static void request(void *data)
{
    struct log_follow *f = data;
    struct buf path;
    buf_init(&path, 4096);
    add_path(&path, f);
    if (f->options.follow && f->part == PART_LOG)
        buf_adds(&path, "&follow=true");
    if (f->options.previous || f->part == PART_PREVIOUS)
        buf_adds(&path, "&previous=true");
    int64_t since = f->lines.last ? log_lines_since(&f->lines) : f->options.since;
    if (since) {
        char text[TIME_TEXT];
        buf_adds(&path, "&sinceTime=");
        url_escape(&path, time_format(text, since, 0));
    }
    if (f->part == PART_TAIL)
        buf_addf(&path, "&tailLines=%d", MAX(f->options.tail, 1));
    else if (f->options.tail >= 0 && !f->options.follow)
        buf_addf(&path, "&tailLines=%d", f->options.tail);
    f->head = (struct http_head){0};
    f->asked = loop_now(f->again.loop);
    buf_reset(&f->refusal);
    /* HTTP/1.1: streams that pause at different times must not share one connection. */
    intake_start(f->intake, &(struct kube_request){.path = path.data, .accept = "*/*", .http1 = true});
    buf_release(&path);
}

struct log_follow *log_follow_new(struct kube_client *client, const struct log_options *options,
                                  const struct log_events *events, void *data)
{
    static const struct intake_events intake_events = {on_head, on_bytes, on_end};
    struct log_follow *f = xcalloc(1, sizeof *f);
    f->client = client;
    f->options = *options;
    f->run = -1;
    f->options.follow = options->follow && !options->previous; /* that run is over */
    f->part = f->options.follow && options->tail >= 0 ? PART_TAIL : PART_LOG;
    f->ns = xstrdup(options->ns);
    f->pod = xstrdup(options->pod);
    f->container = xstrdup_or_null(options->container);
    f->events = *events;
    f->data = data;
    log_lines_init(&f->lines);
    struct buf path;
    buf_init(&path, 4096);
    add_path(&path, f);
    buf_adds(&path, "&limitBytes=64");
    log_gap_init(&f->gap, client, buf_take(&path), on_gap, f);
    buf_init(&f->refusal, MAX_REFUSAL);
    backoff_init(&f->backoff, NSEC_PER_SEC, MAX_WAIT, 60 * NSEC_PER_SEC);
    loop_timer_init(&f->again, kube_client_loop(client), request, f);
    f->intake = intake_new(client, &intake_events, f);
    request(f);
    return f;
}

void log_follow_free(struct log_follow *f)
{
    if (!f)
        return;
    if (f->gone)
        *f->gone = true;
    kube_cancel(f->look);
    loop_timer_stop(&f->again);
    intake_free(f->intake);
    log_lines_release(&f->lines);
    log_gap_release(&f->gap);
    buf_release(&f->refusal);
    free(f->ns);
    free(f->pod);
    free(f->container);
    free(f);
}

void log_follow_pause(struct log_follow *f, bool paused)
{
    intake_pause(f->intake, paused);
}
