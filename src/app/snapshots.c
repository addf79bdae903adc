#include "app/snapshots.h"

#include "base/text.h"
#include "base/time.h"

#define BYTES_MAX (8u << 20) /* of a picture: what is larger is none for a terminal */
#define TIME_OUT (5 * NSEC_PER_SEC)
#define AFTER_FAULT NSEC_PER_SEC /* so long after one that did not come the next is asked for */

struct snapshots {
    struct kube_client *client;
    struct loop *loop;
    struct model *model;
    struct http_call *call;
    struct loop_timer timer;
    struct buf body;
    int status;
    int64_t captured;
    int64_t asked; /* monotonic, the last one; 0: never */
    bool failed;   /* the last one */
    char *path, *thing;
};

static void publish(struct snapshots *s)
{
    struct model_picture *picture = &s->model->picture;
    free(picture->jpeg);
    picture->len = s->body.len;
    picture->jpeg = buf_take(&s->body);
    picture->captured = s->captured;
    picture->came = loop_wall(s->loop);
    picture->number++;
    picture->why[0] = '\0';
}

/* A thing says in its body why it has none ("there is no picture yet: …"), the API server by a Status. */
static void fail(struct snapshots *s, const struct http_result *result)
{
    struct model_picture *picture = &s->model->picture;
    struct err err = ERR_INIT;
    if (result->outcome != HTTP_DONE)
        err_set(&err, "%s", result->err.text);
    else if (s->body.over)
        err_set(&err, "a picture of more than %u MiB is not taken", BYTES_MAX >> 20);
    else if (s->body.len && !strchr(s->body.data, '{'))
        err_set(&err, "%s answers %d: %.*s", s->thing, s->status, (int)strcspn(s->body.data, "\r\n"), s->body.data);
    else
        kube_status_text(s->status, s->body.data, s->body.len, &err);
    struct buf clean;
    buf_init(&clean, sizeof err.text * 4);
    text_sanitise(&clean, err.text, strlen(err.text));
    snprintf(picture->why, sizeof picture->why, "%.*s", (int)text_clip(clean.data, 240), clean.data);
    buf_release(&clean);
}

/* Seconds since 1970, as the media things give the time at which a frame was captured. */
static int64_t parse_stamp(const char *text)
{
    double seconds;
    return text && text_number(text, &seconds) && seconds > 0 && seconds < 9e9 ? (int64_t)(seconds * 1e6) * NSEC_PER_USEC : 0;
}

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct snapshots *s = data;
    s->status = head->status;
    s->captured = parse_stamp(http_head_get(head, "X-Timestamp"));
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    struct snapshots *s = data;
    s->call = NULL;
    s->failed = result->outcome != HTTP_DONE || s->status != 200 || s->body.over;
    if (s->failed)
        fail(s, result);
    else
        publish(s);
    model_changed(s->model, CHANGED_PICTURE);
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    struct snapshots *s = data;
    if (buf_add(&s->body, bytes, len) == 0)
        return;
    http_cancel(call); /* it would go on for as long as there is time */
    on_done(s, NULL, &(struct http_result){.outcome = HTTP_DONE, .status = s->status});
}

static void ask(void *data)
{
    static const struct http_events events = {.head = on_head, .body = on_body, .done = on_done};
    struct snapshots *s = data;
    struct kube_request request = {.path = s->path, .accept = "image/jpeg", .total_timeout = TIME_OUT};
    buf_release(&s->body);
    buf_init(&s->body, BYTES_MAX);
    s->status = 0;
    s->captured = 0;
    s->asked = loop_now(s->loop);
    s->model->picture.asked = loop_wall(s->loop);
    s->call = kube_stream(s->client, &request, &events, s);
}

static void stop(struct snapshots *s)
{
    if (s->call)
        http_cancel(s->call);
    s->call = NULL;
    loop_timer_stop(&s->timer);
}

static void forget(struct model *model)
{
    free(model->picture.ns);
    free(model->picture.pod);
    free(model->picture.jpeg);
    model->picture = (struct model_picture){.number = model->picture.number};
}

static void set_string(char **to, const char *text)
{
    char *copy = xstrdup(text);
    free(*to);
    *to = copy;
}

static void set_path(struct snapshots *s, const struct model_look *look)
{
    struct buf path;
    char query[64];
    snprintf(query, sizeof query, "/snapshot?w=%d", look->width);
    buf_init(&path, 2048);
    kube_proxy_path(&path, "pods", look->ns, look->pod, look->port, query);
    set_string(&s->path, path.data);
    buf_release(&path);
}

void snapshots_look(struct snapshots *s, const struct model_look *look)
{
    struct model_picture *picture = &s->model->picture;
    if (!str_eq(picture->pod, look->pod) || !str_eq(picture->ns, look->ns)) {
        stop(s);
        forget(s->model);
        picture->ns = xstrdup(look->ns);
        picture->pod = xstrdup(look->pod);
        s->asked = 0;
        s->failed = false;
    }
    if (s->call)
        return;
    set_string(&s->thing, look->thing);
    set_path(s, look);
    int64_t every = s->failed ? MAX(look->every, AFTER_FAULT) : look->every;
    int64_t due = s->asked ? s->asked + every - loop_now(s->loop) : 0;
    loop_timer_start(&s->timer, MAX(due, 0));
}

struct snapshots *snapshots_new(struct kube_client *client, struct model *model)
{
    struct snapshots *s = xcalloc(1, sizeof *s);
    s->client = client;
    s->loop = kube_client_loop(client);
    s->model = model;
    buf_init(&s->body, BYTES_MAX);
    loop_timer_init(&s->timer, s->loop, ask, s);
    return s;
}

void snapshots_free(struct snapshots *s)
{
    if (!s)
        return;
    stop(s);
    forget(s->model);
    buf_release(&s->body);
    free(s->path);
    free(s->thing);
    free(s);
}
