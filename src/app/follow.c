#include "app/follow.h"

#include "base/map.h"
#include "k8s/kinds/pod.h"

#define LINE_MAX_BYTES (1u << 20)
#define REFUSAL_MAX ((size_t)16 << 10)
#define RETRY_FIRST (200 * NSEC_PER_MSEC)
#define RETRY_LAST (5 * NSEC_PER_SEC)

struct stream { /* one pod's */
    struct follow *follow;
    struct http_call *call;
    struct loop_timer retry;
    struct buf line;
    int64_t wait;
    char *path, *thing;
    int status;
    bool present;
};

struct follow {
    struct kube_client *client;
    struct store *pods;
    struct store_listener listener;
    struct loop_task scan;
    struct map streams; /* pod uid → struct stream */
    char *ns, *graph, *thing;
    const struct catalogue *catalogue;
    const char *(*thing_type)(void *data, const char *thing);
    void (*changed)(void *data);
    follow_fn line;
    void *data;
    size_t open;
    char why[256];
};

static void tell(struct follow *f)
{
    if (f->changed)
        f->changed(f->data);
}

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct stream *s = data;
    s->status = head->status;
    if (head->status == 200) {
        s->wait = RETRY_FIRST;
        s->follow->open++;
        s->follow->why[0] = '\0';
        tell(s->follow);
    }
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)call;
    struct stream *s = data;
    if (s->status != 200) {
        buf_add(&s->line, bytes, MIN(len, REFUSAL_MAX - MIN(s->line.len, REFUSAL_MAX)));
        return;
    }
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len;
        buf_add(&s->line, bytes, n);
        if (!end)
            return;
        /* one over the bound is skipped whole: half a line is no detection */
        if (!s->line.over && s->line.len)
            s->follow->line(s->follow->data, s->thing, s->line.data, s->line.len);
        buf_reset(&s->line);
        bytes += n + 1;
        len -= n + 1;
    }
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    struct stream *s = data;
    s->call = NULL;
    if (s->status == 200)
        s->follow->open--;
    struct err err = ERR_INIT;
    if (result->outcome != HTTP_DONE)
        snprintf(s->follow->why, sizeof s->follow->why, "%.200s", result->err.text);
    else if (s->status == 403) /* the API server's own: the rest may be the thing's */
        kube_status_text(s->status, s->line.data, s->line.len, &err);
    else if (s->status != 200)
        snprintf(s->follow->why, sizeof s->follow->why, "%s answers %d", s->thing, s->status);
    if (err_is_set(&err))
        snprintf(s->follow->why, sizeof s->follow->why, "no detections of %.60s: %.180s", s->thing, err.text);
    tell(s->follow);
    s->status = 0;
    buf_reset(&s->line);
    loop_timer_start(&s->retry, s->wait);
    s->wait = MIN(s->wait * 2, RETRY_LAST);
}

static const struct http_events events = {on_head, on_body, on_done};

static void connect_stream(void *data)
{
    struct stream *s = data;
    struct kube_request request = {.path = s->path, .accept = "application/x-ndjson", .http1 = true,
                                   .idle_timeout = 30 * NSEC_PER_SEC};
    s->call = kube_stream(s->follow->client, &request, &events, s);
}

static void stream_free(void *data)
{
    struct stream *s = data;
    if (s->call) {
        if (s->status == 200)
            s->follow->open--;
        http_cancel(s->call);
    }
    loop_timer_stop(&s->retry);
    buf_release(&s->line);
    free(s->path);
    free(s->thing);
    free(s);
}

/* The path of the entry's NDJSON output, or NULL. */
static const char *detections_path(const struct follow *f, const char *thing)
{
    const char *type = f->thing_type(f->data, thing);
    const struct media_thing *entry = type ? catalogue_find(f->catalogue, type) : NULL;
    for (size_t i = 0; entry && i < entry->output_count; i++)
        if (str_eq(entry->outputs[i].media, "application/x-ndjson"))
            return entry->outputs[i].path;
    return NULL;
}

static void scan(void *data)
{
    struct follow *f = data;
    for (struct map_entry *e = map_first(&f->streams); e; e = map_next(&f->streams, e))
        ((struct stream *)e->value)->present = false;
    STORE_EACH(struct pod, pod, f->pods) {
        if (!pod->r.uid || !pod->ready || pod->deleted || pod->terminal || !pod->port || !pod->thing ||
            !str_eq(pod->graph, f->graph) || !str_eq(pod->r.ns, f->ns) || (f->thing && !str_eq(pod->thing, f->thing)))
            continue;
        struct stream *s = map_get(&f->streams, pod->r.uid);
        if (!s) {
            const char *path = detections_path(f, pod->thing);
            if (!path)
                continue;
            s = xcalloc(1, sizeof *s);
            s->follow = f;
            s->wait = RETRY_FIRST;
            s->thing = xstrdup(pod->thing);
            struct buf whole;
            buf_init(&whole, 4096);
            kube_proxy_path(&whole, "pods", str_or_empty(pod->r.ns), pod->r.name, pod->port, path);
            s->path = buf_take(&whole);
            buf_release(&whole);
            buf_init(&s->line, LINE_MAX_BYTES);
            loop_timer_init(&s->retry, kube_client_loop(f->client), connect_stream, s);
            map_put(&f->streams, pod->r.uid, s);
            connect_stream(s);
        }
        s->present = true;
    }
    for (struct map_entry *e = map_first(&f->streams), *next; e; e = next) {
        next = map_next(&f->streams, e);
        struct stream *s = e->value;
        if (!s->present) {
            map_del(&f->streams, e->key);
            stream_free(s);
        }
    }
}

static bool is_ours(const struct follow *f, const struct record *record)
{
    return record && str_eq(((const struct pod *)record)->graph, f->graph);
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    struct follow *f = data;
    for (size_t i = 0; i < count; i++)
        if (is_ours(f, changes[i].before) || is_ours(f, changes[i].now)) {
            loop_task_start(&f->scan);
            return;
        }
}

struct follow *follow_new(struct kube_client *client, struct store *pods, const struct follow_options *options,
                          follow_fn line, void *data)
{
    struct follow *f = xcalloc(1, sizeof *f);
    f->client = client;
    f->pods = pods;
    f->ns = xstrdup(options->ns);
    f->graph = xstrdup(options->graph);
    f->thing = xstrdup_or_null(options->thing);
    f->catalogue = options->catalogue;
    f->thing_type = options->thing_type;
    f->changed = options->changed;
    f->line = line;
    f->data = data;
    loop_task_init(&f->scan, kube_client_loop(client), scan, f);
    store_listen(pods, &f->listener, on_pods, f);
    loop_task_start(&f->scan);
    return f;
}

void follow_free(struct follow *f)
{
    if (!f)
        return;
    store_unlisten(&f->listener);
    loop_task_stop(&f->scan);
    map_release(&f->streams, stream_free);
    free(f->ns);
    free(f->graph);
    free(f->thing);
    free(f);
}

size_t follow_open(const struct follow *f)
{
    return f->open;
}

const char *follow_why(const struct follow *f)
{
    return f->why;
}
