#include "k8s/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/time.h"
#include "k8s/redact.h"
#include "k8s/splitter.h"
#include "net/url.h"

#define MAX_LINE (1u << 20)    /* of a log */
#define MAX_REFUSAL (64u << 10)

struct recorder {
    struct http_transport self; /* first */
    struct http_transport *inner;
    struct loop *loop;
    int64_t started;
    char *path;
    FILE *file;
    uint64_t limit;
    struct recorder_count count;
    struct err over; /* set: nothing is written any more */
    bool failed;     /* because the disk would not */
    struct buf line;
    unsigned calls;
    bool begun;
};

enum content { NOTHING, LIST, WATCH, LINES, TEXT, REFUSAL };

struct recorded {
    struct http_call call; /* first */
    struct http_call *inner;
    struct recorder *recorder;
    struct http_events events;
    void *data;
    unsigned number; /* 0: not written down */
    bool watch, follows, list_told;
    enum content content;
    struct splitter *splitter;
    struct buf text; /* a line without its end yet, a whole text, or a refusal */
};

/* The file. */

static void stop(struct recorder *r, const char *why)
{
    if (!err_is_set(&r->over))
        err_set(&r->over, "the recording '%s' ends here: %s", r->path, why);
}

/* The line that was begun is whole. */
static void put(struct recorder *r)
{
    if (err_is_set(&r->over))
        return;
    buf_adds(&r->line, "}\n");
    if (r->line.over)
        return; /* larger than any object may be: left out whole */
    if (r->count.bytes + r->line.len > r->limit) {
        char limit[32];
        snprintf(limit, sizeof limit, "it has reached %" PRIu64 " bytes", r->limit);
        stop(r, limit);
        return;
    }
    if (fwrite(r->line.data, 1, r->line.len, r->file) != r->line.len) {
        stop(r, strerror(errno));
        r->failed = true;
        return;
    }
    r->count.bytes += r->line.len;
}

/* Returns the buffer to write the line's own fields into, then put(). */
static struct buf *begin(struct recorded *c)
{
    struct recorder *r = c->recorder;
    int64_t t = loop_now(r->loop) - r->started;
    buf_reset(&r->line);
    buf_addf(&r->line, "{\"t\":%" PRId64 ".%06" PRId64 ",\"call\":%u,", t / NSEC_PER_SEC,
             t % NSEC_PER_SEC / 1000, c->number);
    return &r->line;
}

static void put_request(struct recorded *c, const struct http_request *request)
{
    struct recorder *r = c->recorder;
    struct url url;
    struct err ignored = ERR_INIT;
    if ((request->method && strcmp(request->method, "GET") != 0) || request->upgrade ||
        url_parse(&url, request->url, &ignored) < 0)
        return;
    size_t end = strcspn(url.path, "?");
    char *plain = xasprintf("%.*s/", (int)end, url.path); /* a segment of the path, not a namespace that begins like it */
    bool secret = strstr(plain, "/secrets/") != NULL;
    free(plain);
    if (!secret) {
        if (!r->begun) {
            char started[TIME_TEXT], *server = xasprintf("%s://%s:%u", url.scheme, url.host, (unsigned)url.port);
            buf_reset(&r->line);
            buf_addf(&r->line, "{\"recording\":1,\"started\":\"%s\",\"server\":",
                     time_format(started, loop_wall(r->loop), 6));
            json_quote(&r->line, server);
            put(r);
            free(server);
            r->begun = true;
            r->started = loop_now(r->loop);
        }
        c->number = ++r->calls;
        c->watch = strstr(url.path, "watch=1") || strstr(url.path, "watch=true");
        c->follows = strstr(url.path, "follow=true");
        json_quote((buf_adds(begin(c), "\"get\":"), &r->line), url.path);
        put(r);
    }
    url_release(&url);
}

static void put_object(struct recorded *c, const char *key, const char *json, size_t len)
{
    struct err ignored = ERR_INIT;
    cJSON *object = json_parse(json, len, &ignored);
    if (!object)
        return;
    redact_object(object);
    struct buf *line = begin(c);
    buf_addf(line, "\"%s\":", key);
    json_print(line, object);
    put(c->recorder);
    cJSON_Delete(object);
}

static void put_list(struct recorded *c)
{
    if (c->list_told)
        return;
    c->list_told = true;
    struct buf *line = begin(c);
    buf_adds(line, "\"list\":{\"kind\":");
    json_quote(line, splitter_kind(c->splitter));
    buf_adds(line, ",\"rv\":");
    json_quote(line, splitter_rv(c->splitter));
    buf_adds(line, ",\"continue\":");
    json_quote(line, splitter_continue(c->splitter));
    buf_addc(line, '}');
    put(c->recorder);
}

static void on_item(void *data, const char *json, size_t len)
{
    struct recorded *c = data;
    if (c->content == LIST && *splitter_rv(c->splitter))
        put_list(c);
    put_object(c, c->content == WATCH ? "event" : "item", json, len);
    *(c->content == WATCH ? &c->recorder->count.events : &c->recorder->count.items) += 1;
}

/* Half of what metrics say is their help, each second anew. */
static void drop_comments(struct buf *text)
{
    char *to = text->data;
    for (char *at = text->data, *end; *at; at = end) {
        end = at + strcspn(at, "\n");
        end += *end == '\n';
        if (*at == '#')
            continue;
        memmove(to, at, (size_t)(end - at));
        to += end - at;
    }
    buf_truncate(text, (size_t)(to - text->data));
}

static void put_text(struct recorded *c, const char *key)
{
    struct buf clean;
    buf_init(&clean, 2 * MAX_LINE + 64);
    redact_text(&clean, c->text.data, strlen(c->text.data));
    struct buf *line = begin(c);
    buf_addf(line, "\"%s\":", key);
    json_quote(line, clean.data);
    put(c->recorder);
    buf_release(&clean);
    buf_reset(&c->text);
    c->recorder->count.lines++;
}

static void take_lines(struct recorded *c, const char *bytes, size_t len)
{
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline ? (size_t)(newline - bytes) : len;
        buf_add(&c->text, bytes, MIN(part, c->text.max - c->text.len)); /* a longer one is cut */
        if (newline)
            put_text(c, "line");
        part += newline != NULL;
        bytes += part;
        len -= part;
    }
}

/* The calls. */

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    static const struct splitter_events events = {.item = on_item};
    (void)call;
    struct recorded *c = data;
    if (c->number) {
        struct buf *line = begin(c);
        buf_addf(line, "\"status\":%d,\"type\":", head->status);
        json_quote(line, head->content_type);
        put(c->recorder);
        if (head->status >= 300)
            c->content = REFUSAL;
        else if (str_starts(head->content_type, "application/json"))
            c->content = c->watch ? WATCH : LIST;
        else if (str_starts(head->content_type, "application/x-ndjson") || (c->follows && str_starts(head->content_type, "text/")))
            c->content = LINES;
        else if (str_starts(head->content_type, "text/")) /* what is scraped each second is one line here, not fifty */
            c->content = TEXT;
        if (c->content == WATCH || c->content == LIST)
            c->splitter = splitter_new(c->content == WATCH ? SPLIT_EVENTS : SPLIT_LIST, &events, c);
    }
    if (c->events.head)
        c->events.head(c->data, &c->call, head);
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)call;
    struct recorded *c = data;
    struct err ignored = ERR_INIT;
    if (c->splitter && splitter_feed(c->splitter, bytes, len, &ignored) < 0) {
        splitter_free(c->splitter);
        c->splitter = NULL;
    } else if (c->content == LINES) {
        take_lines(c, bytes, len);
    } else if (c->content == TEXT) {
        buf_add(&c->text, bytes, len);
    } else if (c->content == REFUSAL) {
        buf_add(&c->text, bytes, MIN(len, MAX_REFUSAL - MIN(c->text.len, MAX_REFUSAL)));
    }
    if (c->events.body)
        c->events.body(c->data, &c->call, bytes, len);
}

static void recorded_free(struct recorded *c)
{
    splitter_free(c->splitter);
    buf_release(&c->text);
    free(c);
}

static void put_end(struct recorded *c, const char *how, const char *why)
{
    if (!c->number)
        return;
    if (c->content == LIST && c->splitter && str_ends(splitter_kind(c->splitter), "List"))
        put_list(c);
    if (c->content == LINES && c->text.len)
        put_text(c, "line");
    if (c->content == TEXT && c->text.len && !c->text.over) {
        drop_comments(&c->text);
        put_text(c, "text");
    }
    if (c->content == REFUSAL && c->text.len)
        put_object(c, "body", c->text.data, c->text.len);
    struct buf *line = begin(c);
    buf_addf(line, "\"end\":\"%s\"", how);
    if (why && *why) {
        buf_adds(line, ",\"why\":");
        json_quote(line, why);
    }
    put(c->recorder);
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    static const char *const outcomes[] = {
        [HTTP_DONE] = "done", [HTTP_REFUSED] = "refused", [HTTP_BROKEN] = "broken", [HTTP_UNTRUSTED] = "untrusted"};
    (void)call;
    struct recorded *c = data;
    c->inner = NULL;
    put_end(c, outcomes[result->outcome], result->err.text);
    c->events.done(c->data, &c->call, result);
    recorded_free(c);
}

static void on_sent(void *data, struct http_call *call)
{
    (void)call;
    struct recorded *c = data;
    if (c->events.sent)
        c->events.sent(c->data, &c->call);
}

/* The transport. */

static struct http_call *recorder_start(struct http_transport *t, const struct http_request *request,
                                        const struct http_events *events, void *data)
{
    static const struct http_events ours = {on_head, on_body, on_done, on_sent};
    struct recorder *r = CONTAINER_OF(t, struct recorder, self);
    struct recorded *c = xcalloc(1, sizeof *c);
    c->call.transport = t;
    c->recorder = r;
    c->events = *events;
    c->data = data;
    buf_init(&c->text, MAX_LINE);
    put_request(c, request);
    c->inner = http_start(r->inner, request, &ours, c);
    return &c->call;
}

static void recorder_cancel(struct http_transport *t, struct http_call *call)
{
    (void)t;
    struct recorded *c = CONTAINER_OF(call, struct recorded, call);
    if (!c->inner)
        return; /* from inside its own done: it is over anyway */
    put_end(c, "left", NULL);
    http_cancel(c->inner);
    recorded_free(c);
}

static void recorder_pause(struct http_transport *t, struct http_call *call, bool paused)
{
    (void)t;
    struct recorded *c = CONTAINER_OF(call, struct recorded, call);
    if (c->inner)
        http_pause(c->inner, paused);
}

static void recorder_send(struct http_transport *t, struct http_call *call, const void *bytes, size_t len)
{
    (void)t;
    struct recorded *c = CONTAINER_OF(call, struct recorded, call);
    if (c->inner)
        http_send(c->inner, bytes, len);
}

static size_t recorder_unsent(struct http_transport *t, const struct http_call *call)
{
    (void)t;
    const struct recorded *c = CONTAINER_OF(call, const struct recorded, call);
    return c->inner ? http_unsent(c->inner) : 0;
}

struct http_transport *recorder_inner(const struct http_transport *recorder)
{
    return CONTAINER_OF(recorder, const struct recorder, self)->inner;
}

void recorder_end(struct http_transport *recorder)
{
    struct recorder *r = CONTAINER_OF(recorder, struct recorder, self);
    fclose(r->file);
    buf_release(&r->line);
    free(r->path);
    free(r);
}

static void recorder_free(struct http_transport *t)
{
    http_transport_free(recorder_inner(t));
    recorder_end(t);
}

struct http_transport *recorder_new(struct loop *loop, struct http_transport *inner, const char *path, uint64_t limit,
                                    struct err *err)
{
    static const struct http_transport_ops ops = {
        .start = recorder_start,
        .cancel = recorder_cancel,
        .pause = recorder_pause,
        .free = recorder_free,
        .send = recorder_send,
        .unsent = recorder_unsent,
    };
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        err_set(err, "'%s' is there already; name another file, or remove it first", path);
    else if (fd < 0)
        err_set(err, "cannot write '%s': %s", path, strerror(errno));
    if (fd < 0)
        return NULL;
    struct recorder *r = xcalloc(1, sizeof *r);
    r->self.ops = &ops;
    r->inner = inner;
    r->loop = loop;
    r->started = loop_now(loop);
    r->path = xstrdup(path);
    r->file = fdopen(fd, "w");
    r->limit = limit;
    buf_init(&r->line, SPLITTER_MAX_ITEM * 2);
    return &r->self;
}

const struct recorder_count *recorder_count(const struct http_transport *recorder)
{
    return &CONTAINER_OF(recorder, const struct recorder, self)->count;
}

bool recorder_over(const struct http_transport *recorder, struct err *err)
{
    const struct recorder *r = CONTAINER_OF(recorder, const struct recorder, self);
    if (err_is_set(&r->over))
        *err = r->over;
    return err_is_set(&r->over);
}

bool recorder_failed(const struct http_transport *recorder)
{
    return CONTAINER_OF(recorder, const struct recorder, self)->failed;
}

int recorder_flush(struct http_transport *recorder, struct err *err)
{
    struct recorder *r = CONTAINER_OF(recorder, struct recorder, self);
    if (fflush(r->file) != 0) {
        stop(r, strerror(errno));
        r->failed = true;
    }
    return recorder_over(recorder, err) ? -1 : 0;
}
