#include "base/spool.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/file.h"

#define HELD 4 /* pages that were read, kept for the next look */

struct block {
    uint64_t first, at /* in the file */;
    uint32_t count, len /* of its text */;
    int64_t oldest, newest;
    uint8_t level, flags;
    char *memory; /* NULL: it is in the file */
};

struct held {
    struct buf bytes;
    uint64_t first, used; /* when it was looked at; 0: it holds nothing */
};

struct spool {
    int fd;
    uint64_t limit, at; /* where the next block goes */
    uint64_t bytes, looks, end;
    int64_t given_up, last_time;
    struct block *blocks; /* [first_block, block_count) are kept */
    size_t first_block, block_count, block_cap;
    struct buf text; /* the newest block, being filled */
    struct spool_mark *marks;
    size_t mark_count, mark_cap;
    struct block open;
    struct held held[HELD];
    bool broken; /* nothing more is written */
    char why[256];
};

/* The marks of a block stand behind its text, aligned. */
static size_t marks_at(size_t len)
{
    return (len + 7) & ~(size_t)7;
}

static size_t block_size(const struct block *b)
{
    return marks_at(b->len) + b->count * sizeof(struct spool_mark);
}

static int open_unnamed(struct err *err)
{
    char *cache = file_xdg("XDG_CACHE_HOME", ".cache", ".");
    const char *tmp = getenv("TMPDIR");
    const char *dirs[] = {cache, tmp && *tmp ? tmp : "/tmp"};
    int fd = -1;
    struct err ignored = ERR_INIT;
    file_mkdirs(cache, 0700, &ignored);
    for (size_t i = 0; i < ARRAY_SIZE(dirs) && fd < 0; i++) {
        char *path = xasprintf("%s/log-XXXXXX", dirs[i]);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
        else
            err_set_errno(err, "cannot make a file in '%s'", dirs[i]);
        free(path);
    }
    free(cache);
    return fd;
}

static void begin_block(struct spool *s)
{
    buf_reset(&s->text);
    s->mark_count = 0;
    s->open = (struct block){.first = s->end};
}

/* The file is made with the first block that is full: a short log needs none. */
struct spool *spool_new(uint64_t limit)
{
    struct spool *s = xcalloc(1, sizeof *s);
    s->fd = -1;
    s->limit = limit;
    buf_init(&s->text, (size_t)INT32_MAX);
    for (size_t i = 0; i < HELD; i++)
        buf_init(&s->held[i].bytes, (size_t)INT32_MAX);
    begin_block(s);
    return s;
}

static void forget(struct spool *s)
{
    struct block *b = &s->blocks[s->first_block++];
    s->bytes -= b->len;
    s->given_up = b->newest;
    free(b->memory);
}

void spool_clear(struct spool *s)
{
    while (s->first_block < s->block_count)
        forget(s);
    s->first_block = s->block_count = 0;
    s->end = s->at = s->bytes = 0;
    s->given_up = s->last_time = 0;
    for (size_t i = 0; i < HELD; i++) {
        s->held[i].used = 0;
        buf_release(&s->held[i].bytes);
    }
    buf_release(&s->text);
    begin_block(s);
    if (s->fd >= 0 && ftruncate(s->fd, 0) < 0) {
        close(s->fd);
        s->fd = -1;
    }
}

void spool_free(struct spool *s)
{
    if (!s)
        return;
    spool_clear(s);
    if (s->fd >= 0)
        close(s->fd);
    free(s->blocks);
    free(s->marks);
    free(s);
}

static bool write_at(struct spool *s, const void *bytes, size_t len, uint64_t at)
{
    for (const char *from = bytes; len;) {
        ssize_t n = pwrite(s->fd, from, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        from += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static bool have_file(struct spool *s)
{
    struct err err = ERR_INIT;
    struct statvfs disk;
    if (s->fd >= 0 || s->broken)
        return !s->broken;
    s->fd = open_unnamed(&err);
    s->broken = s->fd < 0;
    if (s->broken)
        snprintf(s->why, sizeof s->why, "%.200s", err.text);
    else if (fstatvfs(s->fd, &disk) == 0)
        s->limit = MIN(s->limit, MAX((uint64_t)disk.f_bavail * disk.f_frsize / 4, SPOOL_MEMORY));
    return s->fd >= 0;
}

/* Room for that many bytes: the file is gone round and round, over the oldest. */
static uint64_t make_room(struct spool *s, uint64_t size)
{
    if (s->at + size > s->limit) {
        while (s->first_block < s->block_count && s->blocks[s->first_block].at >= s->at)
            forget(s);
        s->at = 0;
    }
    while (s->first_block < s->block_count && !s->blocks[s->first_block].memory && s->blocks[s->first_block].at >= s->at &&
           s->blocks[s->first_block].at < s->at + size)
        forget(s);
    return s->at;
}

static void keep_in_memory(struct spool *s)
{
    s->open.memory = xmalloc(block_size(&s->open));
    memcpy(s->open.memory, s->text.data, s->text.len);
    memcpy(s->open.memory + marks_at(s->text.len), s->marks, s->mark_count * sizeof *s->marks);
    while (s->first_block < s->block_count && s->bytes + s->text.len > SPOOL_MEMORY)
        forget(s);
}

static bool write_block(struct spool *s)
{
    uint64_t at = make_room(s, block_size(&s->open));
    if (!write_at(s, s->text.data, s->text.len, at) ||
        !write_at(s, s->marks, s->mark_count * sizeof *s->marks, at + marks_at(s->text.len)))
        return false;
    s->open.at = at;
    s->at = at + block_size(&s->open);
    return true;
}

static void close_block(struct spool *s)
{
    s->open.len = (uint32_t)s->text.len;
    bool written = have_file(s) && write_block(s);
    if (!written && s->fd >= 0 && !s->broken) {
        snprintf(s->why, sizeof s->why, "the log's file cannot grow: %s", strerror(errno));
        s->limit = s->at; /* what it has become is the bound then */
        written = s->at > 4 * block_size(&s->open) && write_block(s);
        s->broken = !written;
    }
    if (!written)
        keep_in_memory(s);
    if (s->block_count == s->block_cap && s->first_block > s->block_cap / 2) {
        s->block_count -= s->first_block;
        memmove(s->blocks, s->blocks + s->first_block, s->block_count * sizeof *s->blocks);
        s->first_block = 0;
    }
    GROW(s->blocks, s->block_count, s->block_cap);
    s->blocks[s->block_count++] = s->open;
    s->bytes += s->open.len;
    if (s->text.cap > 2 * SPOOL_BLOCK)
        buf_release(&s->text);
    begin_block(s);
}

void spool_add(struct spool *s, const struct spool_line *line)
{
    if (s->mark_count && s->text.len + line->len >= SPOOL_BLOCK)
        close_block(s);
    struct block *b = &s->open;
    if (line->time) {
        b->oldest = b->oldest ? MIN(b->oldest, line->time) : line->time;
        b->newest = MAX(b->newest, line->time);
    }
    b->level = MAX(b->level, line->level);
    b->flags |= line->flags;
    b->count++;
    GROW(s->marks, s->mark_count, s->mark_cap);
    s->marks[s->mark_count++] = (struct spool_mark){line->time, (uint32_t)s->text.len, line->stream, line->level, line->flags};
    size_t at = s->text.len;
    buf_add(&s->text, line->text, line->len);
    buf_addc(&s->text, '\n');
    for (char *newline = s->text.data + at; (newline = memchr(newline, '\n', line->len - (size_t)(newline - s->text.data - at)));)
        *newline = ' ';
    s->end++;
}

uint64_t spool_first(const struct spool *s)
{
    return s->first_block < s->block_count ? s->blocks[s->first_block].first : s->open.first;
}

uint64_t spool_end(const struct spool *s)
{
    return s->end;
}

int64_t spool_given_up(const struct spool *s)
{
    return s->given_up;
}

uint64_t spool_bytes(const struct spool *s)
{
    return s->bytes + s->text.len;
}

const char *spool_why(const struct spool *s)
{
    return s->why;
}

static const struct block *block_of(const struct spool *s, uint64_t number)
{
    if (number < spool_first(s) || number >= s->end)
        return NULL;
    if (number >= s->open.first)
        return &s->open;
    size_t low = s->first_block, high = s->block_count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (s->blocks[mid].first <= number)
            low = mid;
        else
            high = mid;
    }
    return &s->blocks[low];
}

/* The block's bytes, read unless they still are here. */
static const char *read_block(struct spool *s, const struct block *b)
{
    struct held *held = &s->held[0];
    if (b->memory)
        return b->memory;
    for (size_t i = 0; i < HELD; i++) {
        if (s->held[i].used && s->held[i].first == b->first) {
            s->held[i].used = ++s->looks;
            return s->held[i].bytes.data;
        }
        if (s->held[i].used < held->used)
            held = &s->held[i];
    }
    size_t size = block_size(b);
    held->used = 0;
    if (held->bytes.cap > 4 * SPOOL_BLOCK)
        buf_release(&held->bytes);
    buf_reset(&held->bytes);
    if (held->bytes.cap <= size) {
        buf_pad(&held->bytes, 0, size);
        buf_reset(&held->bytes);
    }
    for (size_t got = 0; got < size;) {
        ssize_t n = pread(s->fd, held->bytes.data + got, size - got, (off_t)(b->at + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL;
        got += (size_t)n;
    }
    held->bytes.len = size;
    held->first = b->first;
    held->used = ++s->looks;
    return held->bytes.data;
}

static void describe(const struct spool *s, const struct block *b, struct spool_page *out)
{
    *out = (struct spool_page){.first = b->first, .count = b->count, .len = b == &s->open ? s->text.len : b->len,
                               .oldest = b->oldest, .newest = b->newest, .level = b->level, .flags = b->flags};
}

bool spool_peek(const struct spool *s, uint64_t number, struct spool_page *out)
{
    const struct block *b = block_of(s, number);
    if (b)
        describe(s, b, out);
    return b;
}

bool spool_page(struct spool *s, uint64_t number, struct spool_page *out)
{
    const struct block *b = block_of(s, number);
    const char *bytes = !b ? NULL : b == &s->open ? s->text.data : read_block(s, b);
    if (!bytes)
        return false;
    describe(s, b, out);
    out->text = bytes;
    out->marks = b == &s->open ? s->marks : NULL;
    if (!out->marks)
        out->marks = (const struct spool_mark *)(const void *)(bytes + marks_at(b->len));
    return true;
}

void spool_page_line(const struct spool_page *page, size_t index, struct spool_line *out)
{
    const struct spool_mark *mark = &page->marks[index];
    size_t end = index + 1 < page->count ? mark[1].at : page->len;
    *out = (struct spool_line){.number = page->first + index, .time = mark->time, .text = page->text + mark->at,
                               .len = (uint32_t)(end - mark->at - 1), .stream = mark->stream, .level = mark->level,
                               .flags = mark->flags};
}

bool spool_get(struct spool *s, uint64_t number, struct spool_line *out)
{
    struct spool_page page;
    if (!spool_page(s, number, &page))
        return false;
    spool_page_line(&page, (size_t)(number - page.first), out);
    return true;
}
