#include "base/istr.h"

#include "base/map.h"

struct entry {
    struct entry *next;
    uint32_t hash, refs;
    char text[];
};

static struct entry **buckets;
static size_t bucket_count, count, bytes;


static void grow(void)
{
    size_t bigger = bucket_count ? bucket_count * 2 : 256;
    struct entry **fresh = xcalloc(bigger, sizeof *fresh);
    for (size_t i = 0; i < bucket_count; i++) {
        for (struct entry *e = buckets[i], *next; e; e = next) {
            next = e->next;
            e->next = fresh[e->hash & (bigger - 1)];
            fresh[e->hash & (bigger - 1)] = e;
        }
    }
    free(buckets);
    buckets = fresh;
    bucket_count = bigger;
}

istr istr_newn(const char *s, size_t len)
{
    len = strnlen(s, len); /* nothing that is shown or compared has a NUL inside */
    uint32_t hash = hash_bytes(s, len);
    if (bucket_count)
        for (struct entry *e = buckets[hash & (bucket_count - 1)]; e; e = e->next)
            if (e->hash == hash && strncmp(e->text, s, len) == 0 && e->text[len] == '\0') {
                e->refs++;
                return e->text;
            }
    if (count >= bucket_count)
        grow();
    struct entry *e = xmalloc(sizeof *e + len + 1);
    e->hash = hash;
    e->refs = 1;
    memcpy(e->text, s, len);
    e->text[len] = '\0';
    e->next = buckets[hash & (bucket_count - 1)];
    buckets[hash & (bucket_count - 1)] = e;
    count++;
    bytes += sizeof *e + len + 1;
    return e->text;
}

istr istr_new(const char *s)
{
    return s ? istr_newn(s, strlen(s)) : NULL;
}

static struct entry *entry_of(istr s)
{
    return (struct entry *)((char *)(uintptr_t)s - offsetof(struct entry, text));
}

istr istr_ref(istr s)
{
    if (s)
        entry_of(s)->refs++;
    return s;
}

void istr_unref(istr s)
{
    if (!s)
        return;
    struct entry *e = entry_of(s);
    if (--e->refs)
        return;
    struct entry **at = &buckets[e->hash & (bucket_count - 1)];
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    count--;
    bytes -= sizeof *e + strlen(e->text) + 1;
    free(e);
    if (!count) { /* the last one gone: leave nothing behind */
        free(buckets);
        buckets = NULL;
        bucket_count = 0;
    }
}

size_t istr_count(void)
{
    return count;
}

size_t istr_bytes(void)
{
    return bytes + bucket_count * sizeof *buckets;
}
