#include "k8s/logmerge.h"

struct log_queue {
    struct buf held; /* struct held, then the text, for each line */
    size_t eaten;
    int64_t opened, seen /* its last line came; 0: none yet */, last /* that line's own time */;
    bool expected;
};

struct held {
    int64_t time, arrived;
    uint32_t len;
    uint8_t flags;
};

void log_merge_init(struct log_merge *m, log_piece_fn out, void *data)
{
    *m = (struct log_merge){.out = out, .data = data};
}

void log_merge_release(struct log_merge *m)
{
    for (size_t i = 0; i < m->count; i++)
        buf_release(&m->queues[i].held);
    free(m->queues);
    *m = (struct log_merge){.out = m->out, .data = m->data};
}

unsigned log_merge_open(struct log_merge *m, int64_t now)
{
    GROW(m->queues, m->count, m->cap);
    struct log_queue *q = &m->queues[m->count];
    *q = (struct log_queue){.opened = now, .expected = true};
    buf_init(&q->held, 4 * LOG_MERGE_MOST);
    return (unsigned)m->count++;
}

static bool is_empty(const struct log_queue *q)
{
    return q->eaten == q->held.len;
}

static struct held head_of(const struct log_queue *q)
{
    struct held head;
    memcpy(&head, q->held.data + q->eaten, sizeof head);
    return head;
}

static void hand_out(struct log_merge *m, size_t index)
{
    struct log_queue *q = &m->queues[index];
    struct held head = head_of(q);
    m->out(m->data, &(struct log_piece){.stream = (unsigned)index, .flags = head.flags, .time = head.time,
                                        .text = q->held.data + q->eaten + sizeof head, .len = head.len});
    q->eaten += sizeof head + head.len;
    m->bytes -= sizeof head + head.len;
    if (is_empty(q)) {
        if (q->held.cap > 1u << 20)
            buf_release(&q->held);
        buf_reset(&q->held);
        q->eaten = 0;
    } else if (q->eaten > LOG_MERGE_MOST / 8) {
        buf_drop(&q->held, q->eaten);
        q->eaten = 0;
    }
}

/* The log with the earliest line; *next: how long it stays that. -1: nothing is held. */
static long earliest(const struct log_merge *m, int64_t *next)
{
    long best = -1;
    int64_t least = INT64_MAX;
    *next = INT64_MAX;
    for (size_t i = 0; i < m->count; i++) {
        if (is_empty(&m->queues[i]))
            continue;
        int64_t time = head_of(&m->queues[i]).time;
        if (time < least) {
            *next = least;
            least = time;
            best = (long)i;
        } else {
            *next = MIN(*next, time);
        }
    }
    return best;
}

/* When that line may go: no log that is being read may bring an earlier one by then. */
static int64_t due(const struct log_merge *m, int64_t arrived)
{
    int64_t when = 0;
    for (size_t i = 0; i < m->count; i++) {
        const struct log_queue *q = &m->queues[i];
        if (is_empty(q) && q->expected)
            when = MAX(when, q->seen ? MIN(q->seen, arrived) + LOG_MERGE_HOLD : q->opened + LOG_MERGE_FIRST);
    }
    return when;
}

int64_t log_merge_run(struct log_merge *m, int64_t now)
{
    int64_t next;
    for (long best; (best = earliest(m, &next)) >= 0;) {
        struct log_queue *q = &m->queues[best];
        int64_t when = due(m, head_of(q).arrived);
        if (when > now && m->bytes <= LOG_MERGE_MOST)
            return when;
        do
            hand_out(m, (size_t)best);
        while (!is_empty(q) && head_of(q).time <= next && when <= now);
    }
    return 0;
}

void log_merge_flush(struct log_merge *m)
{
    int64_t next;
    for (long best; (best = earliest(m, &next)) >= 0;)
        hand_out(m, (size_t)best);
}

void log_merge_put(struct log_merge *m, int64_t now, const struct log_piece *piece)
{
    struct log_queue *q = &m->queues[piece->stream];
    struct log_piece timed = *piece;
    timed.time = piece->time ? piece->time : q->last;
    q->last = timed.time;
    q->seen = now;
    if (m->count == 1) {
        m->out(m->data, &timed);
        return;
    }
    struct held head = {.time = timed.time, .arrived = now, .len = (uint32_t)piece->len, .flags = piece->flags};
    buf_add(&q->held, &head, sizeof head);
    buf_add(&q->held, piece->text, piece->len);
    m->bytes += sizeof head + piece->len;
    if (m->bytes > LOG_MERGE_MOST)
        log_merge_run(m, now);
}

void log_merge_expect(struct log_merge *m, unsigned stream, bool expect)
{
    m->queues[stream].expected = expect;
}
