#include "base/istr.h"

#include "base/map.h"
#include "base/slab.h"

/* Most texts (names, uids) are there once: what each costs beyond its bytes is these eight and some twelve of a slot.
 */
struct entry {
    uint32_t refs, hash;
    char text[];
};

static struct entry **slots; /* open addressing; NULL: free */
static size_t slot_count, count, bytes;

static size_t after(size_t slot)
{
    return (slot + 1) & (slot_count - 1);
}

static void place(struct entry *e)
{
    size_t slot = e->hash & (slot_count - 1);
    while (slots[slot])
        slot = after(slot);
    slots[slot] = e;
}

static void resize(size_t to)
{
    struct entry **old = slots;
    size_t old_count = slot_count;
    slot_count = to;
    slots = xcalloc(slot_count, sizeof *slots);
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            place(old[i]);
    free(old);
}

istr istr_newn(const char *s, size_t len)
{
    len = strnlen(s, len); /* nothing that is shown or compared has a NUL inside */
    uint32_t hash = hash_bytes(s, len);
    if (slot_count)
        for (size_t i = hash & (slot_count - 1); slots[i]; i = after(i)) {
            struct entry *e = slots[i];
            if (e->hash == hash && strncmp(e->text, s, len) == 0 && e->text[len] == '\0') {
                e->refs++;
                return e->text;
            }
        }
    if (count >= slot_count / 4 * 3)
        resize(slot_count ? slot_count * 2 : 256);
    struct entry *e = slab_new(sizeof *e + len + 1);
    e->hash = hash;
    e->refs = 1;
    memcpy(e->text, s, len);
    e->text[len] = '\0';
    place(e);
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

/* Frees the slot; what stands after it and was put there because of it moves up. */
static void vacate(size_t slot)
{
    for (size_t i = after(slot); slots[i]; i = after(i)) {
        size_t home = slots[i]->hash & (slot_count - 1);
        if (((i - home) & (slot_count - 1)) < ((i - slot) & (slot_count - 1)))
            continue;
        slots[slot] = slots[i];
        slot = i;
    }
    slots[slot] = NULL;
}

void istr_unref(istr s)
{
    if (!s)
        return;
    struct entry *e = entry_of(s);
    if (--e->refs)
        return;
    size_t slot = e->hash & (slot_count - 1);
    while (slots[slot] != e)
        slot = after(slot);
    vacate(slot);
    count--;
    size_t size = sizeof *e + strlen(e->text) + 1;
    bytes -= size;
    slab_free(e, size);
    if (!count) { /* the last one gone: leave nothing behind */
        free(slots);
        slots = NULL;
        slot_count = 0;
    } else if (slot_count > 256 && count < slot_count / 8) {
        resize(slot_count / 4);
    }
}

size_t istr_count(void)
{
    return count;
}

size_t istr_bytes(void)
{
    return bytes + slot_count * sizeof *slots;
}
