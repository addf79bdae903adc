#include "graph/history.h"

static size_t change_bytes(const struct change *change)
{
    size_t bytes = sizeof *change;
    for (size_t i = 0; i < change->splices.count; i++)
        bytes += sizeof(struct splice) + change->splices.items[i].old_len + change->splices.items[i].new_len;
    return bytes;
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
        change_release(history, &history->items[i]);
    free(history->items);
    *history = (struct history){0};
}

void history_add(struct history *history, const char *label, struct splices *splices, bool joined)
{
    while (history->count > history->done)
        change_release(history, &history->items[--history->count]);
    GROW(history->items, history->count, history->cap);
    struct change *change = &history->items[history->count++];
    *change = (struct change){.label = xstrdup(label), .splices = *splices, .joined = joined};
    *splices = (struct splices){0};
    history->bytes += change_bytes(change);
    while (history->count > HISTORY_CHANGES || (history->count > 1 && history->bytes > HISTORY_BYTES)) {
        change_release(history, &history->items[0]);
        memmove(history->items, history->items + 1, --history->count * sizeof *history->items);
    }
    history->done = history->count;
}

const struct change *history_back(struct history *history)
{
    return history->done ? &history->items[--history->done] : NULL;
}

const struct change *history_forward(struct history *history)
{
    return history->done < history->count ? &history->items[history->done++] : NULL;
}

bool history_joined(const struct history *history)
{
    return history->done < history->count && history->items[history->done].joined;
}

int splices_apply(const struct splices *splices, struct buf *text)
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
        buf_splice(text, s->at, s->old_len, s->new, s->new_len);
    }
    text->max = max;
    return 0;
}

void splices_revert(const struct splices *splices, struct buf *text)
{
    size_t max = text->max;
    text->max = SIZE_MAX / 4;
    for (size_t i = 0; i < splices->count; i++) {
        const struct splice *s = &splices->items[i];
        buf_splice(text, s->at, s->new_len, s->old, s->old_len);
    }
    text->max = max;
}
