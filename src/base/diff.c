#include "base/diff.h"

#define EFFORT 1000 /* lines removed and added; the way back is remembered in its square of integers */

struct text {
    struct piece {
        const char *at;
        size_t len;
    } *lines;
    size_t count, cap;
};

static void split(struct text *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        GROW(out->lines, out->count, out->cap);
        out->lines[out->count++] = (struct piece){text + at, n};
        at += n + 1;
    }
}

static bool same(const struct text *a, long i, const struct text *b, long k)
{
    const struct piece *x = &a->lines[i], *y = &b->lines[k];
    return x->len == y->len && memcmp(x->at, y->at, x->len) == 0;
}

static void put(struct diff *out, char sign, const struct text *text, long i)
{
    GROW(out->lines, out->count, out->cap);
    out->lines[out->count++] = (struct diff_line){sign, (size_t)i + 1, text->lines[i].at, text->lines[i].len};
}

/* How far one comes in each diagonal with d removals and additions, for each d: V_d has 2d + 1 entries. */
struct ways {
    int *far[EFFORT + 1];
    int d; /* with so many the end is reached; -1: not within EFFORT */
};

static void find_ways(struct ways *ways, const struct text *a, const struct text *b, long from, long n, long m)
{
    ways->d = -1;
    for (int d = 0; d <= EFFORT; d++) {
        int *far = ways->far[d] = xcalloc((size_t)d * 2 + 1, sizeof *far);
        const int *last = d ? ways->far[d - 1] : NULL; /* diagonal k stands at k + d, here at k + d - 1 */
        for (int k = -d; k <= d; k += 2) {
            long x = 0;
            if (d)
                x = k == -d || (k != d && last[k + d - 2] < last[k + d]) ? last[k + d] : last[k + d - 2] + 1;
            while (x < n && x - k < m && x - k >= 0 && same(a, from + x, b, from + x - k))
                x++;
            far[k + d] = (int)x;
            if (x >= n && x - k >= m) {
                ways->d = d;
                return;
            }
        }
    }
}

/* From the end back to the start; written from the back. */
static void walk_back(const struct ways *ways, char *signs, size_t *count, long n, long m)
{
    long x = n, y = m;
    for (int d = ways->d; d > 0; d--) {
        const int *last = ways->far[d - 1];
        long k = x - y;
        bool down = k == -d || (k != d && last[k + d - 2] < last[k + d]);
        long before = down ? k + 1 : k - 1, at = last[before + d - 1];
        long here = down ? at : at + 1;
        for (; x > here; x--, y--)
            signs[(*count)++] = ' ';
        signs[(*count)++] = down ? '+' : '-';
        x = at;
        y = at - before;
    }
    for (; x > 0; x--)
        signs[(*count)++] = ' ';
}

static void compare(struct diff *out, const struct text *a, const struct text *b, long from, long n, long m)
{
    struct ways *ways = xcalloc(1, sizeof *ways);
    find_ways(ways, a, b, from, n, m);
    char *signs = xmalloc((size_t)(n + m) + 1);
    size_t count = 0;
    if (ways->d >= 0)
        walk_back(ways, signs, &count, n, m);
    else
        for (long i = 0; i < n + m; i++)
            signs[count++] = i < m ? '+' : '-';
    long x = from, y = from;
    while (count-- > 0) {
        if (signs[count] == '-')
            put(out, '-', a, x++);
        else if (signs[count] == '+')
            put(out, '+', b, y++);
        else {
            put(out, ' ', b, y++);
            x++;
        }
    }
    for (int d = 0; d <= EFFORT; d++)
        free(ways->far[d]);
    free(ways);
    free(signs);
}

static void count_changed(struct diff *diff)
{
    size_t gone = 0, come = 0;
    for (size_t i = 0; i <= diff->count; i++) {
        char sign = i < diff->count ? diff->lines[i].sign : ' ';
        gone += sign == '-';
        come += sign == '+';
        if (sign == ' ') {
            diff->changed += MAX(gone, come);
            gone = come = 0;
        }
    }
}

void diff_make(struct diff *out, const char *before, size_t before_len, const char *after, size_t after_len)
{
    struct text a = {0}, b = {0};
    *out = (struct diff){0};
    split(&a, before, before_len);
    split(&b, after, after_len);
    long n = (long)a.count, m = (long)b.count, head = 0, tail = 0;
    while (head < MIN(n, m) && same(&a, head, &b, head))
        head++;
    while (tail < MIN(n, m) - head && same(&a, n - 1 - tail, &b, m - 1 - tail))
        tail++;
    for (long i = 0; i < head; i++)
        put(out, ' ', &b, i);
    if (n > head + tail || m > head + tail)
        compare(out, &a, &b, head, n - head - tail, m - head - tail);
    for (long i = m - tail; i < m; i++)
        put(out, ' ', &b, i);
    count_changed(out);
    free(a.lines);
    free(b.lines);
}

void diff_release(struct diff *diff)
{
    free(diff->lines);
    *diff = (struct diff){0};
}

static void add_lines(struct buf *out, const struct diff *diff, size_t from, size_t to, char sign)
{
    for (size_t i = from; i < to; i++)
        if (diff->lines[i].sign == sign)
            buf_addf(out, "%c%.*s\n", sign, (int)diff->lines[i].len, diff->lines[i].text);
}

/* One end of a hunk: "12,7"; of one line "12"; of none the line before. */
static void add_range(struct buf *out, char sign, size_t first, size_t count)
{
    buf_addf(out, "%c%zu", sign, count ? first : first - 1);
    if (count != 1)
        buf_addf(out, ",%zu", count);
}

/* Lines [from, to) as a hunk; before it stand so many lines of the two texts. */
static void add_hunk(struct buf *out, const struct diff *diff, size_t from, size_t to, const size_t done[2])
{
    size_t count[2] = {0, 0};
    for (size_t i = from; i < to; i++) {
        count[0] += diff->lines[i].sign != '+';
        count[1] += diff->lines[i].sign != '-';
    }
    buf_adds(out, "@@ ");
    add_range(out, '-', done[0] + 1, count[0]);
    buf_addc(out, ' ');
    add_range(out, '+', done[1] + 1, count[1]);
    buf_adds(out, " @@\n");
    for (size_t i = from, end; i < to; i = end) {
        bool same = diff->lines[i].sign == ' ';
        for (end = i; end < to && (diff->lines[end].sign == ' ') == same; end++)
            ;
        add_lines(out, diff, i, end, same ? ' ' : '-');
        if (!same)
            add_lines(out, diff, i, end, '+');
    }
}

/* The end of the hunk that begins with the change at `at`: with it comes what is not far behind. */
static size_t hunk_end(const struct diff *diff, size_t at, size_t around)
{
    size_t last = at;
    for (size_t i = at; i < diff->count && i - last <= 2 * around + 1; i++)
        if (diff->lines[i].sign != ' ')
            last = i;
    return MIN(diff->count, last + 1 + around);
}

void diff_unified(struct buf *out, const struct diff *diff, size_t around)
{
    size_t done[2] = {0, 0};
    for (size_t i = 0, at = 0; i < diff->count;) {
        while (at < diff->count && diff->lines[at].sign == ' ')
            at++;
        if (at == diff->count)
            return;
        size_t from = at - MIN(at - i, around), to = hunk_end(diff, at, around);
        done[0] += from - i; /* they are in both */
        done[1] += from - i;
        add_hunk(out, diff, from, to, done);
        for (i = from; i < to; i++) {
            done[0] += diff->lines[i].sign != '+';
            done[1] += diff->lines[i].sign != '-';
        }
        at = i;
    }
}
