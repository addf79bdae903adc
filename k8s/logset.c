#include "k8s/logset.h"

#include "base/map.h"
#include "base/time.h"

struct stream {
    struct log_stream public;
    struct log_set *set;
    struct log_follow *follow;
    char *ns, *pod, *container, *thing;
};

struct log_set {
    struct kube_client *client;
    struct log_set_options options;
    struct log_set_events events;
    void *data;
    char *ns, *pod, *container;
    struct stream **streams;
    size_t count, cap, open, left_out;
    struct map known; /* uid/container → its stream */
    struct log_merge merge;
    struct loop_timer release;
    struct loop_task scan, settle;
    struct store_listener listener;
    bool scanned; /* what comes now is new */
};

static int64_t now(const struct log_set *set)
{
    return loop_now(set->release.loop);
}

static void changed(struct log_set *set)
{
    if (set->events.changed)
        set->events.changed(set->data);
}

/* What is due goes out at the turn's end, the rest when its time has come. */
static void release(void *data)
{
    struct log_set *set = data;
    int64_t when = log_merge_run(&set->merge, now(set));
    if (when)
        loop_timer_start(&set->release, MAX(when - now(set), NSEC_PER_MSEC));
    else
        loop_timer_stop(&set->release);
}

static void put(struct stream *s, int64_t time, unsigned flags, const char *text, size_t len)
{
    log_merge_put(&s->set->merge, now(s->set), &(struct log_piece){.stream = s->public.number, .flags = (uint8_t)flags, .time = time,
                                                                   .text = text, .len = len});
    if (s->set->merge.bytes)
        loop_task_start(&s->set->settle);
}

static void on_line(void *data, int64_t time, const char *line, size_t len, bool cut)
{
    struct stream *s = data;
    s->public.lines++;
    put(s, time, cut ? LOG_CUT : 0, line, len);
}

static void on_state(void *data, const char *why)
{
    struct stream *s = data;
    snprintf(s->public.why, sizeof s->public.why, "%s", why);
    log_merge_expect(&s->set->merge, s->public.number, !*why);
    changed(s->set);
}

static void on_lost(void *data, int64_t from, int64_t to)
{
    char before[TIME_TEXT], after[TIME_TEXT], text[3 * TIME_TEXT];
    int len = snprintf(text, sizeof text, "-- lines may be missing between %s and %s --", time_format(before, from, 3),
                       to ? time_format(after, to, 3) : "the end");
    put(data, from, LOG_GAP, text, (size_t)len);
}

static bool may_grow(const struct log_set *set)
{
    return set->options.each.follow && !set->options.each.previous && set->options.wants;
}

static void settle(void *data)
{
    struct log_set *set = data;
    if (set->scanned && !set->open && !may_grow(set)) {
        log_merge_flush(&set->merge);
        if (set->events.done)
            set->events.done(set->data); /* may free us */
        return;
    }
    release(set);
}

static void on_done(void *data, const struct err *err)
{
    struct stream *s = data;
    struct log_set *set = s->set;
    bool failed = err_is_set(err);
    snprintf(s->public.why, sizeof s->public.why, "%s", failed ? err->text : "the log has ended");
    s->public.ended = true;
    s->public.failed = failed;
    set->open--;
    log_merge_expect(&set->merge, s->public.number, false);
    if (set->count > 1 && (failed || set->options.each.follow)) {
        char text[600];
        int len = snprintf(text, sizeof text, "-- %.500s --", s->public.why);
        put(s, 0, LOG_NOTE, text, (size_t)len);
    }
    changed(set);
    loop_task_start(&set->settle);
}

/* camera, or camera-x7k2p where there are two of it, with the container where a pod has several: of all that are there now. */
static void name_streams(struct log_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct log_stream *s = &set->streams[i]->public;
        bool other_pod = false, twin = false, sibling = false;
        for (size_t k = 0; k < set->count; k++) {
            const struct log_stream *o = &set->streams[k]->public;
            bool same_pod = str_eq(o->pod, s->pod) && str_eq(o->ns, s->ns);
            other_pod |= !same_pod;
            twin |= !same_pod && str_eq(o->thing, s->thing);
            sibling |= k != i && same_pod && !str_eq(o->container, s->container);
        }
        const char *dash = strrchr(s->pod, '-');
        const char *name = !other_pod ? "" : s->thing ? s->thing : s->pod;
        snprintf(s->label, sizeof s->label, "%.60s%.12s%s%.20s", name, other_pod && s->thing && twin && dash ? dash : "",
                 other_pod && sibling ? "/" : "", sibling ? s->container : "");
    }
}

static void open_stream(struct log_set *set, const char *key, const struct pod *pod, const char *container)
{
    static const struct log_events events = {on_line, on_state, on_lost, on_done};
    struct stream *s = xcalloc(1, sizeof *s);
    s->set = set;
    s->ns = xstrdup(pod ? str_or_empty(pod->r.ns) : set->ns);
    s->pod = xstrdup(pod ? pod->r.name : set->pod);
    s->container = xstrdup(str_or_empty(container));
    s->thing = xstrdup_or_null(pod ? pod->thing : NULL);
    s->public = (struct log_stream){.ns = s->ns, .pod = s->pod, .container = s->container, .thing = s->thing};
    s->public.number = log_merge_open(&set->merge, now(set));
    GROW(set->streams, set->count, set->cap);
    set->streams[set->count++] = s;
    set->open++;
    map_put(&set->known, key, s);
    struct log_options each = set->options.each;
    each.ns = s->ns;
    each.pod = s->pod;
    each.container = *s->container ? s->container : NULL;
    each.timestamps = true;
    if (set->scanned && each.follow && !each.previous && pod) {
        each.tail = -1;
        each.since = 0;
    }
    s->follow = log_follow_new(set->client, &each, &events, s);
}

/* A container whose log can be asked for; what is being made is waited for, but not what waits for others. */
static bool has_log(const struct log_set *set, const struct pod *pod, const struct container *c)
{
    if (set->container)
        return str_eq(c->name, set->container);
    bool begun = c->state == CONTAINER_RUNNING || c->state == CONTAINER_TERMINATED || c->last_reason;
    return begun || (!c->init && pod->initialized);
}

static void scan(void *data)
{
    struct log_set *set = data;
    size_t before = set->count;
    set->left_out = 0;
    for (size_t i = 0; set->options.wants && set->options.pods && i < store_count(set->options.pods); i++) {
        const struct pod *pod = (const struct pod *)store_at(set->options.pods, i);
        if (!set->options.wants(set->data, pod) || !pod->node)
            continue;
        for (size_t c = 0; c < pod->container_count; c++) {
            const char *name = pod->containers[c].name;
            char key[700];
            snprintf(key, sizeof key, "%s/%s/%s/%s", str_or_empty(pod->r.ns), pod->r.name, str_or_empty(pod->r.uid), name);
            if (!has_log(set, pod, &pod->containers[c]) || map_has(&set->known, key))
                continue;
            if (set->open >= LOG_SET_MOST || set->count >= LOG_SET_EVER)
                set->left_out++;
            else
                open_stream(set, key, pod, name);
        }
    }
    if (!set->count && set->pod && !set->scanned)
        open_stream(set, "", NULL, set->container);
    set->scanned = true;
    if (set->count != before) {
        name_streams(set);
        changed(set);
    }
    loop_task_start(&set->settle);
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    struct log_set *set = data;
    for (size_t i = 0; i < count; i++)
        if (changes[i].now && set->options.wants(set->data, (const struct pod *)changes[i].now)) {
            loop_task_start(&set->scan);
            return;
        }
}

struct log_set *log_set_new(struct kube_client *client, const struct log_set_options *options,
                            const struct log_set_events *events, void *data)
{
    struct log_set *set = xcalloc(1, sizeof *set);
    set->client = client;
    set->options = *options;
    set->events = *events;
    set->data = data;
    set->ns = xstrdup_or_null(options->ns);
    set->pod = xstrdup_or_null(options->pod);
    set->container = xstrdup_or_null(options->each.container);
    log_merge_init(&set->merge, events->line, data);
    loop_timer_init(&set->release, kube_client_loop(client), release, set);
    loop_task_init(&set->scan, kube_client_loop(client), scan, set);
    loop_task_init(&set->settle, kube_client_loop(client), settle, set);
    if (may_grow(set) && options->pods)
        store_listen(options->pods, &set->listener, on_pods, set);
    loop_task_start(&set->scan);
    return set;
}

void log_set_free(struct log_set *set)
{
    if (!set)
        return;
    if (set->listener.fn)
        store_unlisten(&set->listener);
    for (size_t i = 0; i < set->count; i++) {
        struct stream *s = set->streams[i];
        log_follow_free(s->follow);
        free(s->ns);
        free(s->pod);
        free(s->container);
        free(s->thing);
        free(s);
    }
    free(set->streams);
    map_release(&set->known, NULL);
    log_merge_release(&set->merge);
    loop_timer_stop(&set->release);
    loop_task_stop(&set->scan);
    loop_task_stop(&set->settle);
    free(set->ns);
    free(set->pod);
    free(set->container);
    free(set);
}

size_t log_set_count(const struct log_set *set)
{
    return set->count;
}

const struct log_stream *log_set_at(const struct log_set *set, size_t number)
{
    return &set->streams[number]->public;
}

size_t log_set_open(const struct log_set *set)
{
    return set->open;
}

size_t log_set_left_out(const struct log_set *set)
{
    return set->left_out;
}
