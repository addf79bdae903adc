/* logbook: the lines of logs, kept in a spool, and what is shown of them: rows that a filter leaves, with lines around them.
 *
 * Rows are found by index; a line keeps its number while rows come and go. What is to be gone through for a filter or a search is
 * done a page at a time, whenever log_book_work is called: as much as there is time for. No clock, no loop. */
#ifndef OPS_LOGBOOK_H
#define OPS_LOGBOOK_H

#include "base/numlist.h"
#include "ops/logfilter.h"

enum log_seek { SEEK_NONE, SEEK_GOES_ON, SEEK_FOUND, SEEK_NOWHERE };

struct log_book {
    struct spool *spool;
    struct log_filter filter;
    unsigned before, after; /* lines around each that fits */
    struct numlist rows;    /* where there is a filter: the numbers of the lines that are shown … */
    uint64_t scanned, next, until; /* … of those before `scanned`; next: the first that is not a row yet; until: those after a match */
    uint64_t fitting;       /* rows that fit the filter: the others are around them */
    enum log_seek seek;
    const struct log_filter *what; /* that is searched for; the caller's */
    bool up;
    uint64_t at, left;      /* the next line to be looked at, and how many are to be */
    uint64_t found;
};

void log_book_init(struct log_book *book, uint64_t limit); /* bytes on the disk */
void log_book_release(struct log_book *book);
void log_book_clear(struct log_book *book); /* the filter stays */
/* Its level is found out here. */
void log_book_add(struct log_book *book, struct spool_line *line);

/* Rows: all lines that are kept, or those that the filter leaves, as far as it has come. */
uint64_t log_book_count(struct log_book *book);
uint64_t log_book_number(struct log_book *book, uint64_t index); /* of the line in that row */
uint64_t log_book_index(struct log_book *book, uint64_t number); /* the row of that line, or of the next one that has one */
bool log_book_filtered(const struct log_book *book);
/* Lines of the filter that are shown by themselves, not as what is around. */
bool log_book_fits(const struct log_book *book, const struct spool_line *line);

/* Each begins the rows anew. */
int log_book_filter(struct log_book *book, const char *text, struct err *err); /* refused: the one before stays */
void log_book_range(struct log_book *book, int64_t since, int64_t until);
void log_book_only(struct log_book *book, unsigned stream); /* its number + 1; 0: all */
void log_book_around(struct log_book *book, unsigned before, unsigned after);

/* Searches among the rows from a line on, and on from the other end; what stays the caller's until it has ended. */
void log_book_seek(struct log_book *book, const struct log_filter *what, uint64_t from, bool up);
void log_book_seek_end(struct log_book *book);
/* Goes on with both by a page. True: there is more to do. */
bool log_book_work(struct log_book *book);
/* How much of the filter's or the search's way is done, 0 … 1. */
double log_book_done(const struct log_book *book);

#endif
