#include "k8s/replay_private.h"

#include "base/json.h"
#include "net/url.h"

#define WORD (30 * NSEC_PER_SEC) /* so often a watch that is silent is told that it is there, as by a server's bookmarks */

/* Telling. */

bool player_bytes(struct player *p, const char *bytes, size_t len)
{
    struct replay *r = p->replay;
    if (len && p->events.body)
        p->events.body(p->data, &p->call, bytes, len);
    return r->telling == p;
}

bool player_head(struct player *p, int status, const char *type)
{
    struct replay *r = p->replay;
    struct http_head head = {.status = status, .content_type = type};
    p->status = status;
    p->headed = true;
    if (p->events.head)
        p->events.head(p->data, &p->call, &head);
    return r->telling == p;
}

static void player_free(struct player *p)
{
    *p->prev = p->later;
    if (p->later)
        p->later->prev = p->prev;
    loop_task_stop(&p->task);
    loop_timer_stop(&p->deadline);
    tape_question_release(&p->question);
    free(p);
}

void player_done(struct player *p, enum http_outcome outcome, const char *why)
{
    struct http_result result = {.outcome = outcome, .status = p->status};
    if (outcome != HTTP_DONE)
        err_set(&result.err, "%s", why && *why ? why : "the connection broke in the recording");
    p->replay->telling = NULL;
    p->over = true;
    p->events.done(p->data, &p->call, &result);
    player_free(p);
}

void player_again(struct player *p)
{
    loop_task_start(&p->task);
}

void player_refuse(struct player *p, int status, const char *reason, const char *message)
{
    struct buf body;
    buf_init(&body, 256 << 10);
    buf_adds(&body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":");
    json_quote(&body, reason);
    buf_addf(&body, ",\"code\":%d,\"message\":", status);
    json_quote(&body, message);
    buf_addc(&body, '}');
    if (player_head(p, status, "application/json") && player_bytes(p, body.data, body.len))
        player_done(p, HTTP_DONE, NULL);
    buf_release(&body);
}

void player_refuse_as(struct player *p, int status, uint32_t line)
{
    size_t len = 0;
    char *body = line ? tape_load(p->replay->tape, line, &len) : NULL;
    if (player_head(p, status, "application/json") && player_bytes(p, str_or_empty(body), len))
        player_done(p, HTTP_DONE, NULL);
    free(body);
}

void player_unknown(struct player *p)
{
    char *message = xasprintf("this is a record, and %s was not recorded", p->question.key);
    player_refuse(p, 404, "NotFound", message);
    free(message);
}

bool player_cut_off(struct player *p)
{
    struct tape *tape = p->replay->tape;
    const struct tape_gap *gap = tape_gap_at(tape, p->replay->moment);
    if (!gap)
        return false;
    size_t len = 0;
    struct err ignored = ERR_INIT;
    char *value = tape_load(tape, gap->line, &len), *text = xasprintf("{\"end\":%s}", value ? value : "\"\"");
    cJSON *end = json_parse(text, strlen(text), &ignored);
    player_done(p, gap->outcome, json_str_or(end, "why", "no word from the server"));
    cJSON_Delete(end);
    free(text);
    free(value);
    return true;
}

/* Who answers. */

static void serve_ready(struct player *p)
{
    if (!player_cut_off(p) && player_head(p, 200, "text/plain") && player_bytes(p, "ok", 2))
        player_done(p, HTTP_DONE, NULL);
}

static void serve_writing(struct player *p)
{
    if (strstr(p->question.key, "selfsubjectaccessreviews")) /* who may do what was not recorded */
        player_unknown(p);
    else
        player_refuse(p, 405, "MethodNotAllowed", "this is a record: nothing in it can be changed");
}

static void take(struct player *p, const char *method)
{
    static const char *const alive[] = {"/readyz", "/livez", "/healthz"};
    for (size_t i = 0; i < ARRAY_SIZE(alive); i++)
        if (str_eq(p->question.key, alive[i]))
            p->serve = serve_ready;
    if (method && strcmp(method, "GET") != 0)
        p->serve = serve_writing;
    if (!p->serve && !replay_objects_take(p))
        replay_streams_take(p);
}

/* Time. */

static int64_t position(const struct replay *r)
{
    return loop_wall(r->loop) - r->tape->wall;
}

static void cue(struct replay *r)
{
    for (struct player *p = r->players; p; p = p->later)
        loop_task_start(&p->task);
}

static void go_on(void *data)
{
    struct replay *r = data;
    int64_t now = position(r);
    uint32_t moment = tape_moment(r->tape, now);
    if (moment != r->moment) {
        r->moment = moment;
        cue(r);
    }
    if (moment < r->tape->count)
        loop_timer_start(&r->next, r->tape->lines[moment].t - now);
}

static void on_word(void *data)
{
    struct replay *r = data;
    cue(r);
    loop_timer_start(&r->word, WORD);
}

static void on_task(void *data)
{
    struct player *p = data;
    struct replay *r = p->replay;
    if (p->paused)
        return;
    r->telling = p;
    p->serve(p);
    r->telling = NULL;
}

static void serve_late(struct player *p)
{
    player_done(p, HTTP_BROKEN, "no answer in time");
}

static void on_deadline(void *data)
{
    struct player *p = data;
    p->serve = serve_late;
    on_task(p);
}

static void serve_moved(struct player *p)
{
    player_done(p, HTTP_BROKEN, "the replay went elsewhere");
}

void replay_seek(struct http_transport *replay)
{
    struct replay *r = CONTAINER_OF(replay, struct replay, self);
    r->moment = tape_moment(r->tape, position(r));
    for (struct player *p = r->players; p; p = p->later)
        if (p->measured)
            p->serve = serve_moved;
    cue(r);
    go_on(r);
}

/* The transport. */

static struct http_call *replay_start(struct http_transport *t, const struct http_request *request,
                                      const struct http_events *events, void *data)
{
    struct replay *r = CONTAINER_OF(t, struct replay, self);
    struct player *p = xcalloc(1, sizeof *p);
    struct url url = {.path = NULL};
    struct err ignored = ERR_INIT;
    p->call.transport = t;
    p->replay = r;
    p->events = *events;
    p->data = data;
    loop_task_init(&p->task, r->loop, on_task, p);
    loop_timer_init(&p->deadline, r->loop, on_deadline, p);
    bool whole = url_parse(&url, request->url, &ignored) == 0;
    tape_question_init(&p->question, whole ? url.path : request->url);
    if (whole)
        url_release(&url);
    if (!r->players)
        go_on(r);
    p->later = r->players;
    p->prev = &r->players;
    if (p->later)
        p->later->prev = &p->later;
    r->players = p;
    p->at = r->moment;
    take(p, request->method);
    if (request->total_timeout)
        loop_timer_start(&p->deadline, request->total_timeout);
    if (!loop_timer_active(&r->word))
        loop_timer_start(&r->word, WORD);
    player_again(p);
    return &p->call;
}

static void replay_cancel(struct http_transport *t, struct http_call *call)
{
    (void)t;
    struct player *p = CONTAINER_OF(call, struct player, call);
    struct replay *r = p->replay;
    if (p->over)
        return; /* from inside its own done */
    if (r->telling == p)
        r->telling = NULL;
    player_free(p);
    if (r->players)
        return;
    loop_timer_stop(&r->next);
    loop_timer_stop(&r->word);
}

static void replay_pause(struct http_transport *t, struct http_call *call, bool paused)
{
    (void)t;
    struct player *p = CONTAINER_OF(call, struct player, call);
    p->paused = paused;
    if (!paused)
        player_again(p);
}

static void replay_free(struct http_transport *t)
{
    struct replay *r = CONTAINER_OF(t, struct replay, self);
    while (r->players)
        replay_cancel(t, &r->players->call);
    loop_timer_stop(&r->next);
    loop_timer_stop(&r->word);
    tape_free(r->tape);
    free(r);
}

struct http_transport *replay_new(struct loop *loop, const char *path, struct err *err)
{
    static const struct http_transport_ops ops = {
        .start = replay_start, .cancel = replay_cancel, .pause = replay_pause, .free = replay_free};
    struct tape *tape = tape_open(path, err);
    if (!tape)
        return NULL;
    struct replay *r = xcalloc(1, sizeof *r);
    r->self.ops = &ops;
    r->loop = loop;
    r->tape = tape;
    loop_timer_init(&r->next, loop, go_on, r);
    loop_timer_init(&r->word, loop, on_word, r);
    return &r->self;
}

static const struct tape *tape_of(const struct http_transport *replay)
{
    return CONTAINER_OF(replay, const struct replay, self)->tape;
}

int64_t replay_wall(const struct http_transport *replay)
{
    return tape_of(replay)->wall;
}

int64_t replay_length(const struct http_transport *replay)
{
    return tape_of(replay)->length;
}

const char *replay_torn(const struct http_transport *replay)
{
    return tape_of(replay)->torn;
}

const char *replay_server(const struct http_transport *replay)
{
    return tape_of(replay)->server;
}
