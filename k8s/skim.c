#include "k8s/skim.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 64

/* One bit for each of 64 bytes. */
struct marks {
    uint64_t quotes, backslashes, opens, closes;
};

#ifdef __SSE2__
static struct marks mark(const char *bytes)
{
    struct marks m = {0};
    for (int i = 0; i < BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20)); /* '[' becomes '{', and ']' becomes '}' */
        m.quotes |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) << i;
        m.backslashes |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))) << i;
        m.opens |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(lower, _mm_set1_epi8('{'))) << i;
        m.closes |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(lower, _mm_set1_epi8('}'))) << i;
    }
    return m;
}
#else
static struct marks mark(const char *bytes)
{
    struct marks m = {0};
    for (int i = 0; i < BLOCK; i++) {
        char c = bytes[i], lower = (char)(c | 0x20);
        m.quotes |= (uint64_t)(c == '"') << i;
        m.backslashes |= (uint64_t)(c == '\\') << i;
        m.opens |= (uint64_t)(lower == '{') << i;
        m.closes |= (uint64_t)(lower == '}') << i;
    }
    return m;
}
#endif

/* The bytes that stand after a backslash which is not itself after one; *carry: of the piece before, then of this. */
static uint64_t escaped(uint64_t backslashes, size_t len, bool *carry)
{
    uint64_t out = *carry;
    backslashes &= ~out;
    *carry = false;
    while (backslashes) {
        int i = __builtin_ctzll(backslashes);
        backslashes &= backslashes - 1;
        if ((size_t)i + 1 == len) {
            *carry = true;
            break;
        }
        out |= UINT64_C(2) << i;
        backslashes &= ~(UINT64_C(2) << i);
    }
    return out;
}

/* Bit i: whether an odd number of the bits up to i are set. */
static uint64_t parity(uint64_t x)
{
    for (int shift = 1; shift < BLOCK; shift *= 2)
        x ^= x << shift;
    return x;
}

/* Of a block, of which len bytes count: how many were passed. The rest of it holds no quote and no bracket. */
static size_t pass(struct skim *s, const char *bytes, size_t len)
{
    struct marks m = mark(bytes);
    uint64_t after = m.backslashes || s->escape ? escaped(m.backslashes, len, &s->escape) : 0;
    uint64_t inside = parity(m.quotes & ~after);
    if (s->string)
        inside = ~inside;
    uint64_t opens = m.opens & ~inside, both = (m.opens | m.closes) & ~inside;
    while (both) {
        uint64_t lowest = both & -both;
        both ^= lowest;
        if (opens & lowest) {
            s->depth++;
            s->deepest = MAX(s->deepest, s->depth);
        } else if (--s->depth == 0) {
            s->string = s->escape = false;
            return (size_t)__builtin_ctzll(lowest) + 1;
        }
    }
    s->string = inside >> (BLOCK - 1);
    return len;
}

const char *skim(struct skim *s, const char *at, const char *end)
{
    while (s->depth && end - at >= BLOCK)
        at += pass(s, at, BLOCK);
    if (s->depth && at < end) {
        char block[BLOCK];
        memset(block, ' ', sizeof block);
        memcpy(block, at, (size_t)(end - at));
        at += pass(s, block, (size_t)(end - at));
    }
    return at;
}
