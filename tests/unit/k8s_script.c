#include "k8s_script.h"

enum step_type { STEP_HEAD, STEP_BODY, STEP_SENT, STEP_DONE };

struct script_step {
    enum step_type type;
    struct http_head head;
    char *bytes; /* of the body, or the head's fields */
    size_t len;
    struct http_result result;
    struct script_step *next;
};

struct script script;

static char *copy(const char *s)
{
    return xstrdup(str_or_empty(s));
}

static struct script_step *add(struct script_call *call, enum step_type type);

/* /readyz, which no test waits for, is answered as the test has said. */
static void answer_ready(struct script_call *call)
{
    call->number = -1;
    script.asked_ready++;
    if (script.ready == SCRIPT_SILENT)
        return;
    if (script.ready != SCRIPT_REFUSED)
        add(call, STEP_HEAD)->head = (struct http_head){.status = script.ready ? script.ready : 200, .content_type = ""};
    struct script_step *done = add(call, STEP_DONE);
    done->result.outcome = script.ready == SCRIPT_REFUSED ? HTTP_REFUSED : HTTP_DONE;
    if (script.ready == SCRIPT_REFUSED)
        err_set(&done->result.err, "cannot connect to test:6443: connection refused");
}

static struct http_call *start(struct http_transport *t, const struct http_request *request,
                               const struct http_events *events, void *data)
{
    struct script_call *call = xcalloc(1, sizeof *call);
    call->call.transport = t;
    call->method = copy(request->method ? request->method : "GET");
    call->url = copy(request->url);
    call->cert = copy(request->tls ? request->tls->cert_pem : NULL);
    call->proxy = copy(request->proxy);
    call->compressed = request->compressed;
    call->fresh = request->fresh;
    call->body = xstrndup(request->body ? request->body : "", request->body_len);
    struct buf headers;
    buf_init(&headers, 1 << 20);
    for (const char *const *h = request->headers; h && *h; h++)
        buf_addf(&headers, "%s\n", *h);
    call->headers = buf_take(&headers);
    buf_init(&call->out, 256u << 20);
    call->upgrade = request->upgrade;
    call->at = loop_now(script.loop);
    call->open = true;
    call->events = *events;
    call->data = data;
    if (script.last)
        script.last->next = call;
    else
        script.calls = call;
    script.last = call;
    if (str_ends(call->url, "/readyz"))
        answer_ready(call);
    else
        call->number = script.started++;
    return &call->call;
}

static void step_free(struct script_step *step)
{
    free(step->bytes);
    free(step);
}

static void drop_steps(struct script_call *call)
{
    while (call->first) {
        struct script_step *step = call->first;
        call->first = step->next;
        step_free(step);
    }
    call->last = NULL;
}

static void cancel(struct http_transport *t, struct http_call *http)
{
    (void)t;
    struct script_call *call = CONTAINER_OF(http, struct script_call, call);
    ck_assert_msg(call->open, "a call was cancelled that is over: %s", call->url);
    call->open = false;
    call->cancelled = true;
    drop_steps(call);
}

static void on_pause(struct http_transport *t, struct http_call *http, bool paused)
{
    (void)t;
    struct script_call *call = CONTAINER_OF(http, struct script_call, call);
    call->paused = paused;
    if (!paused && call->first)
        loop_task_start(&script.deliver);
}

static void on_send(struct http_transport *t, struct http_call *http, const void *bytes, size_t len)
{
    (void)t;
    struct script_call *call = CONTAINER_OF(http, struct script_call, call);
    ck_assert_msg(call->open && call->status == 101, "bytes for a call that is not upgraded: %s", call->url);
    ck_assert_int_eq(buf_add(&call->out, bytes, len), 0);
}

static size_t on_unsent(struct http_transport *t, const struct http_call *http)
{
    (void)t;
    return CONTAINER_OF(http, const struct script_call, call)->unsent;
}

static const struct http_transport_ops ops = {
    .start = start, .cancel = cancel, .pause = on_pause, .send = on_send, .unsent = on_unsent};

static void deliver(void *data)
{
    (void)data;
    for (struct script_call *call = script.calls; call; call = call->next) {
        while (call->first && !call->paused) {
            struct script_step *step = call->first;
            call->first = step->next;
            if (!call->first)
                call->last = NULL;
            if (step->type == STEP_HEAD && call->events.head) {
                call->events.head(call->data, &call->call, &step->head);
            } else if (step->type == STEP_BODY && call->events.body) {
                call->events.body(call->data, &call->call, step->bytes, step->len);
            } else if (step->type == STEP_SENT && call->events.sent) {
                call->events.sent(call->data, &call->call);
            } else if (step->type == STEP_DONE) {
                call->open = false;
                call->events.done(call->data, &call->call, &step->result);
            }
            step_free(step);
        }
    }
}

static struct script_step *add(struct script_call *call, enum step_type type)
{
    struct script_step *step = xcalloc(1, sizeof *step);
    step->type = type;
    if (!call->open)
        ck_abort_msg("the call is not open any more: %s", call->url);
    if (call->last)
        call->last->next = step;
    else
        call->first = step;
    call->last = step;
    loop_task_start(&script.deliver);
    return step;
}

void script_settle(void)
{
    for (int i = 0; i < 400; i++)
        loop_turn(script.loop, 0);
}

void script_pass(double seconds)
{
    vclock_run(&script.clock, script.loop, (int64_t)(seconds * NSEC_PER_SEC));
    script_settle();
}

double script_now(void)
{
    return (double)script.clock.now / NSEC_PER_SEC;
}

static void head(struct script_call *call, int status, const char *type, int64_t retry_after)
{
    struct script_step *step = add(call, STEP_HEAD);
    step->head = (struct http_head){.status = status, .content_type = type, .retry_after = retry_after};
    call->status = status;
    script_settle();
}

void script_head(struct script_call *call, int status, int64_t retry_after)
{
    head(call, status, "application/json", retry_after);
}

void script_head_type(struct script_call *call, int status, const char *type)
{
    head(call, status, type, 0);
}

void script_head_fields(struct script_call *call, int status, const char *fields)
{
    struct script_step *step = add(call, STEP_HEAD);
    step->bytes = xcalloc(1, strlen(fields) + 2);
    memcpy(step->bytes, fields, strlen(fields));
    for (char *p = step->bytes; *p; p++)
        if (*p == '\n')
            *p = '\0';
    step->head = (struct http_head){.status = status, .content_type = "", .fields = step->bytes};
    call->status = status;
    script_settle();
}

void script_upgrade(struct script_call *call, const char *fields)
{
    ck_assert_msg(call->upgrade, "this request asked for no upgrade: %s", call->url);
    script_head_fields(call, 101, fields);
}

void script_sent(struct script_call *call)
{
    call->unsent = 0;
    add(call, STEP_SENT);
    script_settle();
}

void script_send(struct script_call *call, const char *bytes, size_t len)
{
    struct script_step *step = add(call, STEP_BODY);
    step->bytes = xmemdup(bytes, len); /* without a NUL: nobody may count on one */
    step->len = len;
    script_settle();
}

void script_text(struct script_call *call, const char *text)
{
    script_send(call, text, strlen(text));
}

static void end(struct script_call *call, enum http_outcome outcome, int status, const char *why)
{
    struct script_step *step = add(call, STEP_DONE);
    step->result.outcome = outcome;
    step->result.status = status;
    if (why)
        err_set(&step->result.err, "%s", why);
    script_settle();
}

void script_end(struct script_call *call)
{
    end(call, HTTP_DONE, call->status, NULL);
}

void script_break(struct script_call *call)
{
    end(call, HTTP_BROKEN, call->status, "the connection to test:6443 broke");
}

void script_refuse(struct script_call *call)
{
    end(call, HTTP_REFUSED, 0, "cannot connect to test:6443: connection refused");
}

void script_distrust(struct script_call *call)
{
    end(call, HTTP_UNTRUSTED, 0, "the certificate of test:6443 is not trusted");
}

void script_answer(struct script_call *call, int status, const char *text)
{
    add(call, STEP_HEAD)->head = (struct http_head){.status = status, .content_type = "application/json"};
    if (*text) {
        struct script_step *step = add(call, STEP_BODY);
        step->len = strlen(text);
        step->bytes = xmemdup(text, step->len);
    }
    end(call, HTTP_DONE, status, NULL);
}

static struct script_call *find(int number)
{
    struct script_call *call = script.calls;
    while (call && call->number != number)
        call = call->next;
    return call;
}

struct script_call *script_next(void)
{
    script_settle();
    for (int i = 0; i < 200 && script.taken == script.started && !loop_idle(script.loop); i++)
        loop_turn(script.loop, -1);
    ck_assert_msg(script.taken < script.started, "no request was made");
    return find(script.taken++);
}

struct script_call *script_expect(const char *method, const char *url_part)
{
    struct script_call *call = script_next();
    ck_assert_msg(strcmp(call->method, method) == 0 && strstr(call->url, url_part), "expected %s …%s…, got %s %s",
                  method, url_part, call->method, call->url);
    return call;
}

void script_none(void)
{
    script_settle();
    if (script.taken < script.started)
        ck_abort_msg("nothing was expected, but: %s %s", find(script.taken)->method, find(script.taken)->url);
}

void script_setup(void)
{
    script = (struct script){.transport.ops = &ops};
    vclock_init(&script.clock, INT64_C(1700000000) * NSEC_PER_SEC);
    script.loop = loop_new(&script.clock.ops);
    loop_task_init(&script.deliver, script.loop, deliver, NULL);
    struct kube_context context = {
        .name = (char[]){"test"},
        .server = (char[]){"https://test:6443"},
        .token = (char[]){"secret"},
        .ns = (char[]){"default"},
    };
    script.client = kube_client_new(script.loop, &script.transport, &context);
}

void script_teardown(void)
{
    kube_client_free(script.client);
    loop_task_stop(&script.deliver);
    while (script.calls) {
        struct script_call *call = script.calls;
        script.calls = call->next;
        ck_assert_msg(!call->open, "a call was left open: %s", call->url);
        drop_steps(call);
        free(call->method);
        free(call->url);
        free(call->body);
        free(call->headers);
        free(call->cert);
        free(call->proxy);
        buf_release(&call->out);
        free(call);
    }
    ck_assert_msg(loop_idle(script.loop), "something was left started on the loop");
    loop_free(script.loop);
}
