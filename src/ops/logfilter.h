/* logfilter: which lines of a log are wanted, as it is typed:
 * terms with " & " between, each of which must fit.
 *
 *   connection reset     lines with that text; without capitals it finds both
 *   !healthz             lines without it
 *   /5[0-9][0-9] /       a regular expression, as in base/pattern.h
 *   level=warning        at least that bad; lines that say no level are not
 *   from=camera          of logs whose name has that text
 * Pure. */
#ifndef OPS_LOGFILTER_H
#define OPS_LOGFILTER_H

#include "base/err.h"
#include "base/find.h"
#include "base/spool.h"

#define LOG_FILTER_TERMS 8

struct log_filter {
    struct log_term *terms;
    size_t count;
    int64_t since, until; /* [since, until), ns since 1970; 0: none. Lines without a time are in no range */
    unsigned only;        /* of this log, by its number + 1; 0: of all */
    uint8_t always;       /* lines with one of these flags always fit: what the reader must know */
    /* The name of a line's log; NULL: from= finds none. */
    const char *(*name)(void *data, unsigned stream);
    void *data;
};

/* "" is a filter that all lines fit. Times, always and name stay. */
int log_filter_parse(struct log_filter *filter, const char *text, struct err *err);
void log_filter_release(struct log_filter *filter);
bool log_filter_any(const struct log_filter *filter); /* whether it keeps anything out */
/* It may take milliseconds to go through a page with it. */
bool log_filter_slow(const struct log_filter *filter);
bool log_filter_fits(const struct log_filter *filter, const struct spool_line *line);
/* None of a page's lines can fit: it need not be read. */
bool log_filter_skips(const struct log_filter *filter, const struct spool_page *page);
/* The places in a page's lines that fit, from `from` on: the first; page->count where there is none. */
size_t log_filter_next(const struct log_filter *filter, const struct spool_page *page, size_t from);
/* Where a text of the filter stands in a line, to be marked: its length; 0: nowhere. */
size_t log_filter_match(const struct log_filter *filter, const char *text, size_t len, size_t *at);

#endif
