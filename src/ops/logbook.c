#include "ops/logbook.h"

#include "ops/loglevel.h"

void log_book_init(struct log_book *b, uint64_t limit)
{
    *b = (struct log_book){.spool = spool_new(limit)};
}

static void begin_rows(struct log_book *b)
{
    numlist_release(&b->rows);
    b->scanned = b->next = spool_first(b->spool);
    b->until = b->fitting = 0;
    log_book_seek_end(b);
}

void log_book_release(struct log_book *b)
{
    numlist_release(&b->rows);
    log_filter_release(&b->filter);
    spool_free(b->spool);
}

void log_book_clear(struct log_book *b)
{
    spool_clear(b->spool);
    begin_rows(b);
}

void log_book_add(struct log_book *b, struct spool_line *line)
{
    line->level = (uint8_t)(line->flags ? line->level : log_level_of(line->text, line->len));
    spool_add(b->spool, line);
}

/* Rows. */

bool log_book_filtered(const struct log_book *b)
{
    return log_filter_any(&b->filter);
}

uint64_t log_book_count(struct log_book *b)
{
    if (!log_book_filtered(b))
        return spool_end(b->spool) - spool_first(b->spool);
    numlist_give_up(&b->rows, spool_first(b->spool));
    return numlist_count(&b->rows);
}

uint64_t log_book_number(struct log_book *b, uint64_t index)
{
    return log_book_filtered(b) ? numlist_at(&b->rows, index) : spool_first(b->spool) + index;
}

uint64_t log_book_index(struct log_book *b, uint64_t number)
{
    if (log_book_filtered(b))
        return numlist_find(&b->rows, number);
    return MIN(MAX(number, spool_first(b->spool)), spool_end(b->spool)) - spool_first(b->spool);
}

bool log_book_fits(const struct log_book *b, const struct spool_line *line)
{
    return log_filter_fits(&b->filter, line);
}

int log_book_filter(struct log_book *b, const char *text, struct err *err)
{
    struct log_filter filter = b->filter;
    filter.terms = NULL;
    filter.count = 0;
    if (log_filter_parse(&filter, text, err) < 0)
        return -1;
    log_filter_release(&b->filter);
    b->filter = filter;
    begin_rows(b);
    return 0;
}

void log_book_range(struct log_book *b, int64_t since, int64_t until)
{
    b->filter.since = since;
    b->filter.until = until;
    begin_rows(b);
}

void log_book_only(struct log_book *b, unsigned stream)
{
    b->filter.only = stream;
    begin_rows(b);
}

void log_book_around(struct log_book *b, unsigned before, unsigned after)
{
    b->before = before;
    b->after = after;
    begin_rows(b);
}

/* The filter's way through the lines. */

static void add_rows(struct log_book *b, uint64_t from, uint64_t to)
{
    for (uint64_t n = MAX(from, b->next); n < to; n++)
        numlist_add(&b->rows, n);
    b->next = MAX(b->next, to);
}

static void scan(struct log_book *b)
{
    struct spool_page page;
    uint64_t first = spool_first(b->spool);
    b->scanned = MAX(b->scanned, first);
    if (!spool_peek(b->spool, b->scanned, &page))
        return;
    uint64_t end = page.first + page.count;
    if (!log_filter_skips(&b->filter, &page) && spool_page(b->spool, b->scanned, &page)) {
        for (size_t i = (size_t)(b->scanned - page.first); (i = log_filter_next(&b->filter, &page, i)) < page.count; i++) {
            uint64_t n = page.first + i;
            if (b->until > b->next)
                add_rows(b, b->next, MIN(b->until, n));
            add_rows(b, MAX(n > b->before ? n - b->before : 0, first), n + 1);
            b->until = n + 1 + b->after;
            b->fitting++;
        }
    }
    if (b->until > b->next)
        add_rows(b, b->next, MIN(b->until, end));
    b->scanned = end;
}

/* The search's. */

void log_book_seek(struct log_book *b, const struct log_filter *what, uint64_t from, bool up)
{
    uint64_t first = spool_first(b->spool), end = spool_end(b->spool);
    b->what = what;
    b->up = up;
    b->left = end - first;
    b->at = MIN(MAX(from, first), end);
    b->seek = b->left ? SEEK_GOES_ON : SEEK_NOWHERE;
    if (b->left && b->at == end)
        b->at = up ? end - 1 : first;
}

void log_book_seek_end(struct log_book *b)
{
    b->seek = SEEK_NONE;
    b->what = NULL;
}

static bool is_row(struct log_book *b, uint64_t number)
{
    uint64_t index = log_book_index(b, number);
    return index < log_book_count(b) && log_book_number(b, index) == number;
}

/* In a page, from line b->at on in the direction: whether one was found. */
static bool look(struct log_book *b, const struct spool_page *page, size_t from, size_t to)
{
    bool any = false;
    for (size_t i = from; (i = log_filter_next(b->what, page, i)) < to; i++)
        if (is_row(b, page->first + i)) {
            b->found = page->first + i;
            any = true;
            if (!b->up)
                break;
        }
    return any;
}

static void seek(struct log_book *b)
{
    struct spool_page page;
    uint64_t first = spool_first(b->spool), end = spool_end(b->spool);
    b->at = MAX(b->at, first);
    if (!spool_peek(b->spool, b->at, &page)) {
        b->seek = SEEK_NOWHERE;
        return;
    }
    size_t at = (size_t)(b->at - page.first);
    size_t from = b->up ? at + 1 - (size_t)MIN(b->left, at + 1) : at;
    size_t to = b->up ? at + 1 : at + (size_t)MIN(b->left, page.count - at);
    if (!log_filter_skips(b->what, &page) && spool_page(b->spool, b->at, &page) && look(b, &page, from, to)) {
        b->seek = SEEK_FOUND;
        return;
    }
    b->left -= to - from;
    if (b->up)
        b->at = page.first + from > first ? page.first + from - 1 : end - 1;
    else
        b->at = page.first + to < end ? page.first + to : first;
    if (!b->left)
        b->seek = SEEK_NOWHERE;
}

bool log_book_work(struct log_book *b)
{
    bool scans = log_book_filtered(b) && b->scanned < spool_end(b->spool);
    if (scans)
        scan(b);
    else if (b->seek == SEEK_GOES_ON) /* all rows are known */
        seek(b);
    return b->seek == SEEK_GOES_ON || (log_book_filtered(b) && b->scanned < spool_end(b->spool));
}

double log_book_done(const struct log_book *b)
{
    double all = (double)(spool_end(b->spool) - spool_first(b->spool));
    if (all > 0 && log_book_filtered(b) && b->scanned < spool_end(b->spool))
        return (double)(b->scanned - MIN(b->scanned, spool_first(b->spool))) / all;
    return all > 0 && b->seek == SEEK_GOES_ON ? 1 - (double)b->left / all : 1;
}
