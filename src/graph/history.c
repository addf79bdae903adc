#include "graph/history.h"

static size_t change_bytes(const struct change *change)
{
    size_t bytes = sizeof *change + strlen(change->label) + 1;
    for (size_t i = 0; i < change->splices.count; i++)
        bytes += sizeof(struct splice) + change->splices.items[i].old_len + change->splices.items[i].new_len;
    return bytes;
}

static struct change *change_at(const struct history *history, size_t i)
{
    return &history->items[history->first + i];
}

static void change_release(struct history *history, struct change *change)
{
    history->bytes -= change_bytes(change);
    free(change->label);
    splices_release(&change->splices);
}

void history_release(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        change_release(history, change_at(history, i));
    free(history->items);
    *history = (struct history){0};
}

/* The changes that were made as the oldest one. */
static size_t oldest_group(const struct history *history)
{
    size_t n = 1;
    while (n < history->count && change_at(history, n)->joined)
        n++;
    return n;
}

/* All of the oldest that is undone as one, but never the last that was made. */
static void forget(struct history *history)
{
    for (size_t n; history->bytes > HISTORY_BYTES && (n = oldest_group(history)) < history->count;) {
        for (size_t i = 0; i < n; i++)
            change_release(history, change_at(history, i));
        history->first += n;
        history->count -= n;
    }
}

/* Room for one more. What was forgotten leaves a hole, which is closed once it is as large as what is kept. */
static void make_room(struct history *history)
{
    if (history->first > history->count) {
        memmove(history->items, change_at(history, 0), history->count * sizeof *history->items);
        history->first = 0;
    }
    size_t used = history->first + history->count;
    GROW(history->items, used, history->cap);
}

void history_forget_undone(struct history *history)
{
    while (history->count > history->done)
        change_release(history, change_at(history, --history->count));
}

void history_add(struct history *history, const char *label, struct splices *splices, bool joined)
{
    history_forget_undone(history);
    make_room(history);
    struct change *change = change_at(history, history->count++);
    *change = (struct change){.label = xstrdup(label), .splices = *splices, .joined = joined};
    *splices = (struct splices){0};
    /* Kept for long: no larger than it must be. */
    change->splices.cap = change->splices.count;
    change->splices.items = xreallocarray(change->splices.items, change->splices.cap, sizeof *change->splices.items);
    history->bytes += change_bytes(change);
    forget(history);
    history->done = history->count;
}

const struct change *history_back(struct history *history)
{
    return history->done ? change_at(history, --history->done) : NULL;
}

const struct change *history_forward(struct history *history)
{
    return history->done < history->count ? change_at(history, history->done++) : NULL;
}

bool history_joined(const struct history *history)
{
    return history->done < history->count && change_at(history, history->done)->joined;
}

static void splice_and_reread(struct buf *text, struct yaml_doc **tree, const struct yaml_change *change, const char *new)
{
    buf_splice(text, change->at, change->old_len, new, change->new_len);
    if (*tree && !yaml_reread(*tree, text->data, text->len, change))
        *tree = NULL;
}

int splices_apply(const struct splices *splices, struct buf *text, struct yaml_doc **tree)
{
    size_t len = text->len;
    for (size_t i = 0; i < splices->count; i++)
        len += splices->items[i].new_len - splices->items[i].old_len;
    if (len > text->max)
        return -1;
    /* What is cut makes room only when its turn comes. */
    size_t max = text->max;
    text->max = SIZE_MAX / 4;
    for (size_t i = splices->count; i-- > 0;) {
        const struct splice *s = &splices->items[i];
        splice_and_reread(text, tree, &(struct yaml_change){s->at, s->old_len, s->new_len, s->old}, s->new);
    }
    text->max = max;
    return 0;
}

void splices_revert(const struct splices *splices, struct buf *text, struct yaml_doc **tree)
{
    size_t max = text->max;
    text->max = SIZE_MAX / 4;
    for (size_t i = 0; i < splices->count; i++) {
        const struct splice *s = &splices->items[i];
        splice_and_reread(text, tree, &(struct yaml_change){s->at, s->new_len, s->old_len, s->new}, s->old);
    }
    text->max = max;
}
