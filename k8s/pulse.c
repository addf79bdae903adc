#include "k8s/pulse.h"

#define QUIET (15 * NSEC_PER_SEC)           /* without a byte: ask */
#define PATIENCE (10 * NSEC_PER_SEC)        /* for the answer; with QUIET less than the 30 s that it may take to know */
#define EVERY (500 * NSEC_PER_MSEC)         /* between two questions to one that is lost … */
#define UNTRUSTED_EVERY (10 * NSEC_PER_SEC) /* … and to one whose certificate is wrong */
#define LOST_PATIENCE (600 * NSEC_PER_MSEC) /* a packet lost on a dead network is sent again later than this */
#define FAR_PATIENCE (2 * NSEC_PER_SEC)     /* now and then, for a server that is far away */
#define FAR_EVERY 8

struct pulse {
    struct kube_client *client;
    struct loop *loop;
    struct pulse_member *members;
    struct http_call *question;
    int status; /* of its answer */
    unsigned asked; /* since it was lost */
    bool lost, doubted, no_streams;
    int64_t heard;
    struct err why;
    struct loop_timer timer; /* the next question, or while there is one the end of the patience */
    struct pulse *next, **prev;
};

static struct pulse *pulses;

static void tell(struct pulse *pulse, enum pulse_news news)
{
    for (struct pulse_member *m = pulse->members; m; m = m->next)
        m->fn(m->data, news);
}

static void withdraw(struct pulse *pulse)
{
    struct http_call *question = pulse->question;
    pulse->question = NULL;
    http_cancel(question);
}

static void is_lost(struct pulse *pulse, int64_t next, const struct err *why)
{
    bool news = !pulse->lost;
    pulse->lost = true;
    pulse->why = *why;
    loop_timer_start(&pulse->timer, next);
    if (news)
        tell(pulse, PULSE_LOST); /* last */
}

static void is_there(struct pulse *pulse)
{
    bool news = pulse->lost;
    pulse->heard = loop_now(pulse->loop);
    pulse->lost = false;
    if (news) {
        withdraw(pulse);
        loop_timer_start(&pulse->timer, QUIET);
        tell(pulse, PULSE_BACK); /* last */
    }
}

/* The question. */

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct pulse *pulse = data;
    pulse->status = head->status;
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    struct pulse *pulse = data;
    pulse->question = NULL;
    if (result->outcome != HTTP_DONE) {
        is_lost(pulse, result->outcome == HTTP_UNTRUSTED ? UNTRUSTED_EVERY : EVERY, &result->err);
        return;
    }
    loop_timer_start(&pulse->timer, pulse->lost ? EVERY : QUIET);
    if (pulse->status < 500 || !(pulse->lost || pulse->doubted)) {
        is_there(pulse);
    } else if (!pulse->lost) { /* one that starts again refuses this and that until it is ready */
        struct err why = ERR_INIT;
        err_set(&why, "the server is not ready: it answered %d", pulse->status);
        is_lost(pulse, EVERY, &why);
    }
}

static void ask(struct pulse *pulse)
{
    static const struct http_events events = {.head = on_head, .done = on_done};
    struct kube_request request = {.path = "/readyz", .accept = "*/*", .fresh = pulse->lost};
    pulse->status = 0;
    pulse->question = kube_stream(pulse->client, &request, &events, pulse);
    pulse->asked = pulse->lost ? pulse->asked + 1 : 0;
    loop_timer_start(&pulse->timer, !pulse->lost ? PATIENCE : pulse->asked % FAR_EVERY ? LOST_PATIENCE : FAR_PATIENCE);
}

static void on_timer(void *data)
{
    struct pulse *pulse = data;
    int64_t quiet = loop_now(pulse->loop) - pulse->heard;
    if (kube_client_waits_for(pulse->client)) { /* a program, or the operator's answer to it: the server is not to blame */
        loop_timer_start(&pulse->timer, QUIET);
    } else if (pulse->question) {
        struct err why = ERR_INIT;
        withdraw(pulse);
        if (pulse->lost) {
            ask(pulse);
            return;
        }
        err_set(&why, "no word from the server for %d s", (int)(quiet / NSEC_PER_SEC));
        is_lost(pulse, 0, &why);
    } else if (!pulse->lost && quiet < QUIET) {
        loop_timer_start(&pulse->timer, QUIET - quiet);
    } else {
        pulse->doubted = false;
        ask(pulse);
    }
}

/* Members. */

void pulse_join(struct pulse_member *member, struct kube_client *client, pulse_fn fn, void *data)
{
    struct pulse *pulse = pulses;
    while (pulse && pulse->client != client)
        pulse = pulse->next;
    if (!pulse) {
        pulse = xcalloc(1, sizeof *pulse);
        pulse->client = client;
        pulse->loop = kube_client_loop(client);
        pulse->heard = loop_now(pulse->loop);
        loop_timer_init(&pulse->timer, pulse->loop, on_timer, pulse);
        loop_timer_start(&pulse->timer, QUIET);
        pulse->next = pulses;
        pulse->prev = &pulses;
        if (pulses)
            pulses->prev = &pulse->next;
        pulses = pulse;
    }
    *member = (struct pulse_member){pulse, fn, data, pulse->members, &pulse->members};
    if (member->next)
        member->next->prev = &member->next;
    pulse->members = member;
}

void pulse_leave(struct pulse_member *member)
{
    struct pulse *pulse = member->pulse;
    if (!pulse)
        return;
    member->pulse = NULL;
    *member->prev = member->next;
    if (member->next)
        member->next->prev = member->prev;
    if (pulse->members)
        return;
    withdraw(pulse);
    loop_timer_stop(&pulse->timer);
    *pulse->prev = pulse->next;
    if (pulse->next)
        pulse->next->prev = pulse->prev;
    free(pulse);
}

void pulse_heard(struct pulse_member *member)
{
    is_there(member->pulse);
}

void pulse_doubt(struct pulse_member *member)
{
    struct pulse *pulse = member->pulse;
    pulse->doubted = true;
    if (!pulse->question && !pulse->lost)
        ask(pulse);
}

int64_t pulse_since(const struct pulse_member *member)
{
    return member->pulse->heard;
}

const struct err *pulse_why(const struct pulse_member *member)
{
    return &member->pulse->why;
}

bool pulse_streams(const struct pulse_member *member)
{
    return !member->pulse->no_streams;
}

void pulse_no_streams(struct pulse_member *member)
{
    member->pulse->no_streams = true;
}
