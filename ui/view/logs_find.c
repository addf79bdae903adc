#include "ui/view/logs_view.h"

#include "base/time.h"

#define PAGES 8 /* of 256 KiB a turn of the loop */

void logs_scroll(struct logs *logs, int64_t by)
{
    uint64_t count = log_book_count(&logs->book);
    if (!count)
        return;
    if (logs->follow)
        logs->seen = spool_end(logs->book.spool);
    logs->follow = false;
    int64_t to = (int64_t)logs->index + by;
    logs->top = log_book_number(&logs->book, (uint64_t)MAX(0, MIN(to, (int64_t)count - 1)));
    logs->index = log_book_index(&logs->book, logs->top);
}

/* What was found is shown with what led to it. */
static void show_found(struct logs *logs)
{
    logs->mark = logs->book.found;
    logs->marked = logs->reveal = true;
    uint64_t row = log_book_index(&logs->book, logs->mark);
    if (row >= logs->index && row < logs->index + logs->page && !logs->follow)
        return;
    logs->index = row;
    logs_scroll(logs, -(int64_t)(logs->page / 3));
}

void logs_work(void *data)
{
    struct logs *logs = data;
    struct log_book *book = &logs->book;
    bool slow = log_filter_slow(&book->filter) || (book->what && log_filter_slow(book->what)), more = true;
    if (!logs->visible)
        return;
    for (int i = slow ? 1 : PAGES; i > 0 && more; i--)
        more = log_book_work(book);
    if (book->seek == SEEK_FOUND)
        show_found(logs);
    else if (book->seek == SEEK_NOWHERE && logs->seeks_error)
        dashboard_say(logs->dash, ROLE_WARNING, "no line says that it is an error");
    else if (book->seek == SEEK_NOWHERE)
        dashboard_say(logs->dash, ROLE_WARNING, "'%s' is in none of these lines", logs->search);
    if (book->seek != SEEK_GOES_ON)
        log_book_seek_end(book);
    if (more)
        loop_task_start(&logs->work);
    dashboard_redraw(logs->dash);
}

static void seek(struct logs *logs, const struct log_filter *what, uint64_t from, bool up)
{
    logs->seeks_error = what == &logs->errors;
    log_book_seek(&logs->book, what, from, up);
    loop_task_start(&logs->work);
}

/* On from what was found, where that is on the screen. */
static void seek_on(struct logs *logs, const struct log_filter *what, bool up)
{
    uint64_t row = log_book_index(&logs->book, logs->mark), end = spool_end(logs->book.spool);
    bool seen = logs->marked && row >= logs->index && row < logs->index + logs->page;
    if (seen)
        seek(logs, what, up ? (logs->mark ? logs->mark - 1 : end) : logs->mark + 1, up);
    else
        seek(logs, what, logs->follow ? end : logs->top, up || logs->follow);
}

void logs_search(void *state, const char *text, bool done)
{
    struct logs *logs = state;
    struct err err = ERR_INIT;
    snprintf(logs->search, sizeof logs->search, "%s", str_or_empty(text));
    log_book_seek_end(&logs->book);
    logs->marked = false;
    if (log_filter_parse(&logs->wanted, logs->search, &err) < 0) { /* "/(" is on its way to become one */
        if (done)
            dashboard_say(logs->dash, ROLE_WARNING, "%s", err.text);
        logs->search[0] = '\0';
    } else if (logs->search[0]) {
        seek(logs, &logs->wanted, logs->follow ? spool_end(logs->book.spool) : logs->top, logs->follow);
    }
}

void logs_next(struct logs *logs, bool up)
{
    if (logs->search[0])
        seek_on(logs, &logs->wanted, up);
    else
        dashboard_say(logs->dash, ROLE_DIM, "nothing is searched for; / searches");
}

void logs_next_error(struct logs *logs, bool up)
{
    struct err ignored = ERR_INIT;
    if (!logs->errors.count)
        log_filter_parse(&logs->errors, "level=error", &ignored);
    if (logs->follow && !up) { /* from the end there is none below: the first of all */
        seek(logs, &logs->errors, spool_first(logs->book.spool), false);
        return;
    }
    seek_on(logs, &logs->errors, up);
}

/* The filter. */

static void filter_is(void *data, const char *text)
{
    struct logs *logs = data;
    struct err err = ERR_INIT;
    if (!text)
        return;
    if (log_book_filter(&logs->book, text, &err) < 0) {
        dashboard_say(logs->dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    snprintf(logs->filter, sizeof logs->filter, "%s", text + strspn(text, " "));
    loop_task_start(&logs->work);
}

void logs_ask_filter(struct logs *logs)
{
    dashboard_prompt(logs->dash, "only lines with (!without, /regex/, level=, from=, a & b): ", logs->filter, NULL, filter_is, logs);
}

void logs_unfilter(struct logs *logs)
{
    log_book_range(&logs->book, 0, 0);
    log_book_only(&logs->book, 0);
    filter_is(logs, "");
}

void logs_around(struct logs *logs, int by)
{
    int around = MAX(0, MIN((int)logs->book.after + by, 20));
    log_book_around(&logs->book, (unsigned)around, (unsigned)around);
    loop_task_start(&logs->work);
    if (!log_book_filtered(&logs->book))
        dashboard_say(logs->dash, ROLE_DIM, "%d lines around each line that a filter leaves; & filters", around);
    else
        dashboard_say(logs->dash, ROLE_DIM, "%d lines around each", around);
}

/* Times. */

/* "12:00", "12:00:05.5" of the newest day there is, or a whole RFC 3339 time; -1: it is none. */
static int64_t point(struct logs *logs, const char *text)
{
    struct spool_line last;
    uint64_t end = spool_end(logs->book.spool);
    int64_t day = end && spool_get(logs->book.spool, end - 1, &last) && last.time ? last.time : dashboard_wall(logs->dash);
    char whole[TIME_TEXT + 64], date[TIME_TEXT];
    int64_t time = time_parse(text);
    if (time)
        return time;
    snprintf(whole, sizeof whole, "%.10sT%.30s%sZ", time_format(date, day, 0), text, strlen(text) <= 5 ? ":00" : "");
    time = time_parse(whole);
    return time ? time : -1;
}

static unsigned run_range(void *state, const char *args)
{
    struct logs *logs = state;
    const char *dash = str_eq(args, "") || time_parse(args) ? NULL : strchr(args, strchr(args, ' ') ? ' ' : '-');
    char *from = xstrndup(args, dash ? (size_t)(dash - args) : strlen(args));
    int64_t since = *from ? point(logs, from) : 0, until = dash && dash[1] ? point(logs, dash + 1 + strspn(dash + 1, " ")) : 0;
    if (since < 0 || until < 0 || (until && until <= since)) {
        dashboard_say(logs->dash, ROLE_WARNING,
                      "'%s' is no range; write 12:00-12:05, 12:00- or two times such as 2026-03-01T12:00:00Z with a blank between", args);
    } else {
        log_book_range(&logs->book, since, until);
        loop_task_start(&logs->work);
    }
    free(from);
    return DID_CHANGE;
}

static unsigned run_since(void *state, const char *args)
{
    struct logs *logs = state;
    int64_t ago = time_parse_duration(args);
    if (ago <= 0) {
        dashboard_say(logs->dash, ROLE_WARNING, "'%s' is no time; write 90s, 10m or 1h", args);
        return DID_CHANGE;
    }
    logs->since = dashboard_wall(logs->dash) - ago;
    logs->tail = -1;
    logs_start(logs);
    return DID_CHANGE;
}

static unsigned run_tail(void *state, const char *args)
{
    struct logs *logs = state;
    char *end;
    long lines = strtol(args, &end, 10);
    bool all = str_eq(args, "all");
    if (!all && (!*args || *end || lines < 1 || lines > INT_MAX)) {
        dashboard_say(logs->dash, ROLE_WARNING, "'%s' is no number of lines; :tail all reads all that the node has", args);
        return DID_CHANGE;
    }
    logs->tail = all ? -1 : (int)lines;
    logs->since = 0;
    logs_start(logs);
    return DID_CHANGE;
}

static unsigned run_filter(void *state, const char *args)
{
    filter_is(state, args);
    return DID_CHANGE;
}

const struct view_command logs_commands[] = {
    {"since", "10m", "read what was written since then", run_since, NULL},
    {"range", "12:00-12:05", "show these times only; without any: all", run_range, NULL},
    {"tail", "N|all", "read the last N lines of each, or all", run_tail, NULL},
    {"filter", "TEXT", "as &", run_filter, NULL},
    {"save", "FILE", "what is shown into a file", logs_save, NULL},
    {"save!", "FILE", "over a file that is there", logs_save_over, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
