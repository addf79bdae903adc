#include "things/recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/file.h"
#include "base/text.h"
#include "things/frame.h"

#define MAGIC 0x43455250u /* "PREC" */
#define SHARES 8          /* segments that a full folder has, at least: so much goes at once */
#define LARGEST (16 << 20)
#define LONGEST (600 * NSEC_PER_SEC)
#define MAX_RECORD FRAME_MAX_BYTES

/* Read by the program that wrote it, on the same machine: the order of bytes is its own. */
struct head {
    uint32_t magic;
    uint8_t kind, input;
    uint16_t unused;
    uint32_t len;
    uint32_t unused2;
    int64_t time;
};

static char *path_of(const struct recording *r, const struct segment *s)
{
    if (s->closed)
        return xasprintf("%s/%012" PRId64 "-%019" PRId64 "-%019" PRId64 ".rec", r->folder, s->number, s->begin, s->end);
    return xasprintf("%s/%012" PRId64 ".rec", r->folder, s->number);
}

static bool head_is_whole(const struct head *head, int64_t at, int64_t size)
{
    return head->magic == MAGIC && (head->kind == RECORD_FRAME || head->kind == RECORD_LINE) && head->len <= MAX_RECORD &&
           at + (int64_t)sizeof *head + head->len <= size;
}

/* The head at `at`, or false at the end of what is whole. */
static bool read_head(int fd, int64_t at, int64_t size, struct head *head)
{
    return pread(fd, head, sizeof *head, at) == sizeof *head && head_is_whole(head, at, size);
}

static bool read_body(int fd, int64_t at, const struct head *head, struct buf *out)
{
    char *body = xmalloc(head->len);
    bool whole = pread(fd, body, head->len, at + (int64_t)sizeof *head) == (ssize_t)head->len;
    if (whole)
        whole = buf_add(out, body, head->len) == 0;
    free(body);
    return whole;
}

/* Reads what is whole in a segment that was not closed, drops what is after it, and gives it its final name; false: nothing
 * of it is left. */
static bool recover(const struct recording *r, struct segment *s)
{
    char *path = path_of(r, s);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct head head;
    int64_t at = 0;
    while (fd >= 0 && read_head(fd, at, s->bytes, &head)) {
        s->begin = at ? MIN(s->begin, head.time) : head.time;
        s->end = at ? MAX(s->end, head.time) : head.time;
        at += (int64_t)sizeof head + head.len;
    }
    s->bytes = at;
    s->closed = at > 0;
    if (s->closed) {
        char *final = path_of(r, s);
        s->closed = ftruncate(fd, at) == 0 && rename(path, final) == 0;
        free(final);
    } else if (fd >= 0) {
        unlink(path);
    }
    if (fd >= 0)
        close(fd);
    free(path);
    return s->closed;
}

static bool read_number(const char **text, size_t digits, int64_t *out)
{
    char number[20] = "";
    if (strlen(*text) < digits)
        return false;
    memcpy(number, *text, digits);
    *text += digits;
    return text_int(number, out) && *out > 0;
}

static bool read_name(const char *name, struct segment *s)
{
    *s = (struct segment){0};
    if (!read_number(&name, 12, &s->number))
        return false;
    s->closed = *name == '-';
    if (s->closed) {
        name++;
        if (!read_number(&name, 19, &s->begin) || *name++ != '-' || !read_number(&name, 19, &s->end) || s->end < s->begin)
            return false;
    }
    return str_eq(name, ".rec");
}

static int by_number(const void *a, const void *b)
{
    int64_t x = ((const struct segment *)a)->number, y = ((const struct segment *)b)->number;
    return (x > y) - (x < y);
}

static int take_up(struct recording *r, struct err *err)
{
    DIR *dir = opendir(r->folder);
    struct dirent *entry;
    if (!dir)
        return err_set_errno(err, "cannot read the folder '%s'", r->folder);
    while ((entry = readdir(dir)) != NULL) {
        struct segment s;
        struct stat st;
        if (!read_name(entry->d_name, &s) || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(st.st_mode))
            continue;
        s.bytes = st.st_size;
        if (!s.closed && !recover(r, &s))
            continue;
        GROW(r->segments, r->count, r->cap);
        r->segments[r->count++] = s;
        r->bytes += s.bytes;
    }
    closedir(dir);
    if (r->count)
        qsort(r->segments, r->count, sizeof *r->segments, by_number);
    return 0;
}

static void drop_oldest(struct recording *r)
{
    char *path = path_of(r, &r->segments[0]);
    unlink(path);
    free(path);
    r->bytes -= r->segments[0].bytes;
    r->count--;
    memmove(r->segments, r->segments + 1, r->count * sizeof *r->segments);
}

/* Held until the process ends, however it ends. */
static int lock_folder(struct recording *r, struct err *err)
{
    r->lock = open(r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->lock < 0)
        return err_set_errno(err, "cannot read the folder '%s'", r->folder);
    if (flock(r->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return 0; /* not every file system has locks */
    return err_set(err, "another recorder writes in the folder '%s': two would overwrite each other", r->folder);
}

struct recording *recording_open(const char *folder, int64_t keep, int64_t age, struct err *err)
{
    if (file_mkdirs(folder, 0750, err) < 0)
        return NULL;
    if (access(folder, W_OK | X_OK) < 0) {
        err_set_errno(err, "cannot write in the folder '%s'", folder);
        return NULL;
    }
    struct recording *r = xcalloc(1, sizeof *r);
    r->folder = xstrdup(folder);
    r->keep = MAX(keep, RECORDING_MIN_KEEP);
    r->age = age;
    r->fd = -1;
    if (lock_folder(r, err) < 0 || take_up(r, err) < 0) {
        recording_close(r);
        return NULL;
    }
    while (r->count && (r->bytes > r->keep || r->count > RECORDING_SEGMENTS))
        drop_oldest(r);
    return r;
}

static void close_segment(struct recording *r)
{
    if (r->fd < 0)
        return;
    struct segment *s = &r->segments[r->count - 1];
    char *path = path_of(r, s);
    close(r->fd);
    r->fd = -1;
    if (!s->bytes) {
        unlink(path);
        r->count--;
    } else {
        s->closed = true;
        char *final = path_of(r, s);
        s->closed = rename(path, final) == 0;
        free(final);
    }
    free(path);
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    close_segment(r);
    if (r->lock >= 0)
        close(r->lock);
    free(r->segments);
    free(r->folder);
    free(r);
}

void recording_expire(struct recording *r, int64_t now)
{
    if (!r->age)
        return;
    if (r->fd >= 0 && r->segments[r->count - 1].end < now - r->age)
        close_segment(r);
    while (r->count > (r->fd >= 0) && r->segments[0].end < now - r->age)
        drop_oldest(r);
}

static int open_segment(struct recording *r, int64_t time, struct err *err)
{
    struct segment s = {.number = r->count ? r->segments[r->count - 1].number + 1 : 1, .begin = time, .end = time};
    char *path = path_of(r, &s);
    r->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int why = errno, rc = r->fd < 0 ? err_set_errno(err, "cannot write '%s'", path) : 0;
    free(path);
    errno = why;
    if (rc < 0)
        return -1;
    GROW(r->segments, r->count, r->cap);
    r->segments[r->count++] = s;
    return 0;
}

/* Whether a record belongs into a new segment; one whose time is another altogether (a clock was set) does, too. */
static bool is_full(const struct recording *r, const struct segment *s, int64_t time, int64_t len)
{
    int64_t longest = r->age ? MIN(LONGEST, r->age / SHARES) : LONGEST;
    return s->bytes && (s->bytes + len > MIN(r->keep / SHARES, LARGEST) || time - s->begin > longest || s->end - time > LONGEST);
}

/* The segment that is written, with room in it and in the folder for `len` bytes more. */
static struct segment *make_room(struct recording *r, int64_t time, int64_t len, struct err *err)
{
    struct segment *s = r->fd < 0 ? NULL : &r->segments[r->count - 1];
    if (s && is_full(r, s, time, len))
        close_segment(r);
    if (r->fd < 0 && open_segment(r, time, err) < 0)
        return NULL;
    while (r->count > 1 && (r->bytes + len > r->keep || r->count > RECORDING_SEGMENTS))
        drop_oldest(r);
    return &r->segments[r->count - 1];
}

static bool is_no_room(int why)
{
    return why == ENOSPC || why == EDQUOT;
}

/* -1 with errno and the error. */
static int write_record(struct recording *r, const struct head *head, const void *data, struct err *err)
{
    int64_t all = (int64_t)(sizeof *head + head->len);
    struct segment *s = make_room(r, head->time, all, err);
    if (!s)
        return -1;
    struct iovec parts[] = {{(void *)(uintptr_t)head, sizeof *head}, {(void *)(uintptr_t)data, head->len}};
    ssize_t n = pwritev(r->fd, parts, 2, s->bytes);
    if (n != all) {
        int why = n < 0 ? errno : ENOSPC;
        if (ftruncate(r->fd, s->bytes) < 0)
            close_segment(r); /* a reader stops at the damage; the next record goes into a new one */
        errno = why;
        err_set_errno(err, "cannot write in '%s'", r->folder);
        errno = why;
        return -1;
    }
    s->begin = s->bytes ? MIN(s->begin, head->time) : head->time;
    s->end = s->bytes ? MAX(s->end, head->time) : head->time;
    s->bytes += all;
    r->bytes += all;
    return 0;
}

int recording_add(struct recording *r, enum record_kind kind, unsigned input, int64_t time, const void *data, size_t len,
                  struct err *err)
{
    struct head head = {.magic = MAGIC, .kind = (uint8_t)kind, .input = (uint8_t)input, .len = (uint32_t)len, .time = time};
    if (len > MAX_RECORD || (int64_t)(sizeof head + len) > r->keep)
        return err_set(err, "a record of %zu bytes is more than the recording keeps", len);
    if (time <= 0)
        return err_set(err, "a record without a time");
    while (write_record(r, &head, data, err) < 0) {
        if (!is_no_room(errno) || r->count < 2)
            return -1;
        drop_oldest(r);
        err_clear(err);
    }
    return 0;
}

static int64_t distance(int64_t at, int64_t begin, int64_t end)
{
    return at < begin ? begin - at : at > end ? at - end : 0;
}

static int open_to_read(const struct recording *r, const struct segment *s)
{
    char *path = path_of(r, s);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    return fd;
}

/* A frame that is asked for, and the nearest that was found so far. */
struct search {
    int64_t at, best; /* best: how far from it, INT64_MAX: none yet */
    int input;
    struct buf *out;
    int64_t *time;
};

static void search_segment(const struct recording *r, const struct segment *s, struct search *search)
{
    int fd = open_to_read(r, s);
    struct head head, found = {0};
    int64_t found_at = 0, best = search->best;
    for (int64_t at = 0; fd >= 0 && read_head(fd, at, s->bytes, &head); at += (int64_t)sizeof head + head.len) {
        int64_t d = distance(search->at, head.time, head.time);
        if (head.kind == RECORD_FRAME && (search->input < 0 || head.input == search->input) && d < best) {
            best = d;
            found = head;
            found_at = at;
        }
    }
    if (found.len) {
        buf_reset(search->out);
        if (read_body(fd, found_at, &found, search->out)) {
            search->best = best;
            *search->time = found.time;
        }
    }
    if (fd >= 0)
        close(fd);
}

bool recording_frame(struct recording *r, int64_t at, int input, struct buf *out, int64_t *time)
{
    struct search search = {.at = at, .best = INT64_MAX, .input = input, .out = out, .time = time};
    size_t nearest = 0;
    for (size_t i = 1; i < r->count; i++)
        if (distance(at, r->segments[i].begin, r->segments[i].end) <=
            distance(at, r->segments[nearest].begin, r->segments[nearest].end))
            nearest = i;
    if (r->count)
        search_segment(r, &r->segments[nearest], &search);
    /* Of the others only those that could have a nearer one are opened. */
    for (size_t i = 0; i < r->count; i++)
        if (i != nearest && distance(at, r->segments[i].begin, r->segments[i].end) < search.best)
            search_segment(r, &r->segments[i], &search);
    return search.best != INT64_MAX;
}

void recording_lines(struct recording *r, int64_t from, int64_t to, struct buf *out)
{
    for (size_t i = 0; i < r->count && !out->over; i++) {
        const struct segment *s = &r->segments[i];
        int fd = s->begin <= to && s->end >= from ? open_to_read(r, s) : -1;
        struct head head;
        for (int64_t at = 0; fd >= 0 && !out->over && read_head(fd, at, s->bytes, &head); at += (int64_t)sizeof head + head.len)
            if (head.kind == RECORD_LINE && head.time >= from && head.time <= to && read_body(fd, at, &head, out))
                buf_addc(out, '\n');
        if (fd >= 0)
            close(fd);
    }
}
