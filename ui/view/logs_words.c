#include "ui/view/logs_view.h"

/* What is said of the logs: behind the title, and on the status line. */

/* How many lines are wished for of each: all that was since a time that was named, else as many as one looks at first. */
int logs_tail(const struct logs *logs)
{
    if (logs->tail || logs->previous)
        return logs->tail ? logs->tail : -1;
    return logs->pod && !logs->uids ? LOGS_TAIL : LOGS_TAIL_EACH;
}

void logs_summary(void *state, char *out, size_t size)
{
    struct logs *logs = state;
    struct buf text;
    if (!logs->pod && !logs->graph && !logs->uids)
        return;
    buf_init(&text, 1024);
    if (logs->graph)
        buf_addf(&text, "%s%s%s", logs->graph, logs->thing ? "/" : "", str_or_empty(logs->thing));
    else
        buf_addf(&text, "%s", logs->pod ? logs->pod : "marked pods");
    size_t open = logs->set ? log_set_open(logs->set) : 0, all = logs->set ? log_set_count(logs->set) : 0;
    unsigned only = logs->book.filter.only;
    if (only && only <= all)
        buf_addf(&text, " [%s]", logs_name(logs, only - 1));
    else if (all > 1)
        buf_addf(&text, " %zu/%zu logs", open, all);
    uint64_t count = log_book_count(&logs->book), lines = spool_end(logs->book.spool);
    if (count)
        buf_addf(&text, "  %" PRIu64 "-%" PRIu64 "/%" PRIu64, logs->index + 1, MIN(logs->index + logs->page, count), count);
    else
        buf_adds(&text, "  empty");
    if (count != lines)
        buf_addf(&text, " of %" PRIu64, lines);
    if (logs->filter[0])
        buf_addf(&text, " &%s", logs->filter);
    if (logs->search[0])
        buf_addf(&text, " /%s", logs->search);
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

/* The first log that waits for something, or the one there is. */
static const struct log_stream *troubled(const struct logs *logs)
{
    size_t count = logs->set ? log_set_count(logs->set) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct log_stream *s = log_set_at(logs->set, i);
        if (s->why[0] && (!s->ended || count == 1))
            return s;
    }
    return NULL;
}

void logs_status(void *state, char *out, size_t size, enum role *role)
{
    struct logs *logs = state;
    const struct log_stream *waits = troubled(logs);
    bool working = logs->book.seek == SEEK_GOES_ON || (log_book_filtered(&logs->book) && logs->book.scanned < spool_end(logs->book.spool));
    *role = ROLE_DIM;
    if (!logs->set)
        return;
    if (working && log_book_done(&logs->book) < 0.995) {
        snprintf(out, size, "looking through the lines: %.0f%%", 100 * log_book_done(&logs->book));
        *role = ROLE_BUSY;
    } else if (!logs->follow && !logs->ended) {
        uint64_t end = spool_end(logs->book.spool), newer = end - MIN(end, logs->seen);
        snprintf(out, size, "stands still, goes on reading: %" PRIu64 " newer lines; Space or G follows again", newer);
        *role = ROLE_WARNING;
    } else if (waits) {
        const char *name = waits->label;
        snprintf(out, size, "%s%s%s", name, *name ? ": " : "", waits->why);
        *role = waits->ended ? ROLE_WARNING : ROLE_BUSY;
    } else if (log_set_left_out(logs->set)) {
        snprintf(out, size, "%zu more containers are not read: %d at once", log_set_left_out(logs->set), LOG_SET_MOST);
        *role = ROLE_WARNING;
    } else if (*spool_why(logs->book.spool)) {
        snprintf(out, size, "%s; only the newest %" PRIu64 " MiB are kept", spool_why(logs->book.spool),
                 spool_bytes(logs->book.spool) >> 20);
        *role = ROLE_WARNING;
    } else if (logs->ended) {
        snprintf(out, size, "the log has ended");
        *role = ROLE_WARNING;
    } else if (logs->previous) {
        snprintf(out, size, "the run before the last restart; p shows this one");
    } else {
        uint64_t gone = spool_first(logs->book.spool);
        int tail = logs_tail(logs);
        char from[64] = "";
        if (tail > 0)
            snprintf(from, sizeof from, " from the last %d lines on (:tail all, :since 1h)", tail);
        snprintf(out, size, "following%s", from);
        size_t len = strlen(out);
        if (gone && len < size)
            snprintf(out + len, size - len, "; %" PRIu64 " older lines were given up", gone);
        len = strlen(out);
        if (logs->gaps && len < size)
            snprintf(out + len, size - len, "; the node lost lines in %" PRIu64 " place%s", logs->gaps, logs->gaps == 1 ? "" : "s");
    }
}
