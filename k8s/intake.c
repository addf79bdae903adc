#include "k8s/intake.h"

#define HIGH (1u << 20)  /* waiting bytes that pause the connection … */
#define LOW (256u << 10) /* … and that let it go on */
#define MOST (64u << 20)

struct intake {
    struct kube_client *client;
    struct intake_events events;
    void *data;
    struct http_call *call;
    struct buf pending;
    size_t eaten; /* of pending */
    bool paused;  /* by the user … */
    bool ahead;   /* … but for what is read ahead */
    bool held;    /* the connection is */
    bool ended;   /* result is to be told */
    struct http_result result;
    struct loop_task work;
    unsigned run; /* a number for each start and stop */
    bool *gone;
};

static size_t waiting(const struct intake *intake)
{
    return intake->pending.len - intake->eaten;
}

static void hold(struct intake *intake)
{
    bool hold = intake->paused || waiting(intake) > (intake->held ? LOW : HIGH);
    if (hold == intake->held || !intake->call)
        return;
    intake->held = hold;
    http_pause(intake->call, hold);
}

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct intake *intake = data;
    intake->events.head(intake->data, head);
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)call;
    struct intake *intake = data;
    if (buf_add(&intake->pending, bytes, len) < 0) {
        http_cancel(intake->call);
        intake->call = NULL;
        intake->ended = true;
        intake->result = (struct http_result){.outcome = HTTP_BROKEN};
        err_set(&intake->result.err, "the server sends faster than can be read");
    }
    hold(intake);
    loop_task_start(&intake->work);
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    struct intake *intake = data;
    intake->call = NULL;
    intake->ended = true;
    intake->result = *result;
    loop_task_start(&intake->work);
}

static void work(void *data)
{
    struct intake *intake = data;
    if (intake->paused || intake->ahead)
        return;
    size_t len = MIN(waiting(intake), INTAKE_BUDGET);
    if (len) {
        bool gone = false;
        unsigned run = intake->run;
        intake->gone = &gone;
        intake->events.bytes(intake->data, intake->pending.data + intake->eaten, len);
        if (gone)
            return;
        intake->gone = NULL;
        if (run != intake->run)
            return;
        intake->eaten += len;
        if (intake->eaten == intake->pending.len || intake->eaten > HIGH) {
            buf_drop(&intake->pending, intake->eaten);
            intake->eaten = 0;
        }
        hold(intake);
    }
    if (waiting(intake)) {
        loop_task_start(&intake->work);
    } else if (intake->ended) {
        struct http_result result = intake->result;
        intake->ended = false;
        intake->events.end(intake->data, &result);
    }
}

struct intake *intake_new(struct kube_client *client, const struct intake_events *events, void *data)
{
    struct intake *intake = xcalloc(1, sizeof *intake);
    intake->client = client;
    intake->events = *events;
    intake->data = data;
    buf_init(&intake->pending, MOST);
    loop_task_init(&intake->work, kube_client_loop(client), work, intake);
    return intake;
}

void intake_stop(struct intake *intake)
{
    struct http_call *call = intake->call;
    intake->call = NULL;
    http_cancel(call);
    loop_task_stop(&intake->work);
    intake->run++;
    intake->ended = intake->held = false;
    intake->eaten = 0;
    buf_release(&intake->pending);
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    intake_stop(intake);
    if (intake->gone)
        *intake->gone = true;
    free(intake);
}

void intake_start(struct intake *intake, const struct kube_request *request)
{
    static const struct http_events events = {on_head, on_body, on_done};
    intake_stop(intake);
    intake->call = kube_stream(intake->client, request, &events, intake);
    hold(intake);
}

static void go_on(struct intake *intake)
{
    hold(intake);
    if (!intake->paused && !intake->ahead && (waiting(intake) || intake->ended))
        loop_task_start(&intake->work);
}

void intake_pause(struct intake *intake, bool paused)
{
    intake->paused = paused;
    go_on(intake);
}

void intake_read_ahead(struct intake *intake, bool ahead)
{
    intake->ahead = ahead;
    go_on(intake);
}
