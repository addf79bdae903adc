#include "base/find.h"

typedef uint8_t lanes __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool is_letter(uint8_t c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* How common a byte is in logs; the least is looked for. */
static int commonness(uint8_t c)
{
    static const char often[] = " e0ta1oinrs2l:.3\"d4c5-m6uph7,8gf9bywvkTxjqz=/";
    const char *at = strchr(often, lower(c));
    return at && c ? (int)(sizeof often - (size_t)(at - often)) : 0;
}

void finder_init(struct finder *f, const char *needle, size_t len)
{
    *f = (struct finder){.len = MIN(len, FIND_MAX), .fold = true};
    for (size_t i = 0; i < f->len; i++)
        f->fold &= !(needle[i] >= 'A' && needle[i] <= 'Z');
    memcpy(f->needle, needle, f->len);
    size_t *a = &f->rare[0], *b = &f->rare[1];
    *b = f->len ? f->len - 1 : 0;
    for (size_t i = 0; i < f->len; i++) {
        int c = commonness((uint8_t)needle[i]);
        if (c < commonness((uint8_t)needle[*a])) {
            *b = *a;
            *a = i;
        } else if (i != *a && c < commonness((uint8_t)needle[*b])) {
            *b = i;
        }
    }
}

static bool is_here(const struct finder *f, const char *at)
{
    if (!f->fold)
        return memcmp(at, f->needle, f->len) == 0;
    for (size_t i = 0; i < f->len; i++)
        if (lower((uint8_t)at[i]) != (uint8_t)f->needle[i])
            return false;
    return true;
}

static lanes spread(uint8_t c)
{
    return (lanes){c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c};
}

static lanes load(const char *at)
{
    lanes v;
    memcpy(&v, at, sizeof v);
    return v;
}

const char *finder_next(const struct finder *f, const char *hay, const char *end)
{
    if (!f->len || (size_t)(end - hay) < f->len)
        return NULL;
    const char *last = end - f->len; /* the last place where it may begin */
    uint8_t a = (uint8_t)f->needle[f->rare[0]], b = (uint8_t)f->needle[f->rare[1]];
    lanes want_a = spread(a), want_b = spread(b);
    lanes fold_a = spread(f->fold && is_letter(a) ? 0x20 : 0), fold_b = spread(f->fold && is_letter(b) ? 0x20 : 0);
    for (; last - hay >= 15; hay += 16) {
        lanes hit = (lanes)((load(hay + f->rare[0]) | fold_a) == want_a) & (lanes)((load(hay + f->rare[1]) | fold_b) == want_b);
        halves any = (halves)hit;
        if (!(any[0] | any[1]))
            continue;
        for (int i = 0; i < 16; i++)
            if (hit[i] && is_here(f, hay + i))
                return hay + i;
    }
    for (; hay <= last; hay++)
        if (is_here(f, hay))
            return hay;
    return NULL;
}
