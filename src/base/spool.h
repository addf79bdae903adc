/* spool: lines by number, more than memory should hold: blocks of them in a file without a name, with a bound.
 *
 * The file is in $XDG_CACHE_HOME/patchbay, else in $TMPDIR, and is gone with the program however that ends. At the bound the
 * oldest block is given up, which spool_first tells; numbers stay. Where no file can be had, or the disk is full, the newest
 * SPOOL_MEMORY bytes are kept, and spool_why says why. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include "base/base.h"

#define SPOOL_BLOCK (256u << 10)  /* text of a block; a longer line is one of its own */
#define SPOOL_MEMORY (16u << 20)
#define SPOOL_LIMIT (UINT64_C(1) << 30)

struct spool;

struct spool_line {
    uint64_t number;
    int64_t time; /* ns since 1970, 0: unknown */
    const char *text;
    uint32_t len;
    uint16_t stream;
    uint8_t level, flags; /* the user's own */
};

struct spool_mark { /* of a line of a page: it ends, without its newline, where the next begins */
    int64_t time;
    uint32_t at;
    uint16_t stream;
    uint8_t level, flags;
};

/* The lines of a block. */
struct spool_page {
    uint64_t first;
    size_t count;
    const char *text; /* each line with its newline */
    size_t len;
    const struct spool_mark *marks;
    int64_t oldest, newest; /* times */
    uint8_t level;          /* the highest */
    uint8_t flags;          /* of all of them */
};

/* Bytes on the disk at most; it is less where less than four times as much is free. */
struct spool *spool_new(uint64_t limit);
void spool_free(struct spool *spool);
void spool_clear(struct spool *spool); /* numbers begin at 0 again */
/* `line->number` is set here. A newline in it becomes a blank. */
void spool_add(struct spool *spool, const struct spool_line *line);

/* Kept are [first, end): `first` lines were given up, the last of them at that time. */
uint64_t spool_first(const struct spool *spool);
uint64_t spool_end(const struct spool *spool);
int64_t spool_given_up(const struct spool *spool);
uint64_t spool_bytes(const struct spool *spool); /* of text, that are kept */
const char *spool_why(const struct spool *spool); /* "": all is as it should be */

/* Both: until the next call of either or of spool_add; false: there is no such line any more. */
bool spool_get(struct spool *spool, uint64_t number, struct spool_line *out);
bool spool_page(struct spool *spool, uint64_t number, struct spool_page *out);
/* What is known of that page without reading it: text is NULL. */
bool spool_peek(const struct spool *spool, uint64_t number, struct spool_page *out);
void spool_page_line(const struct spool_page *page, size_t index, struct spool_line *out);

#endif
