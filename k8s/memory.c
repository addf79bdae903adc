#include "k8s/memory.h"

struct memory {
    struct store *into;
    struct store_listener listener;
    struct record **lost; /* a ring, oldest first; each counted */
    size_t most, first, count;
};

/* Another one may have come under its name meanwhile. */
static void forget_oldest(struct memory *memory)
{
    struct record *record = memory->lost[memory->first];
    if (store_find(memory->into, record->ns, record->name) == record)
        store_del(memory->into, record->ns, record->name);
    record_unref(record);
    memory->first = (memory->first + 1) % memory->most;
    memory->count--;
}

static void keep(struct memory *memory, const struct record *record)
{
    if (memory->count == memory->most)
        forget_oldest(memory);
    memory->lost[(memory->first + memory->count++) % memory->most] = record_ref((struct record *)(uintptr_t)record);
}

static void on_changes(void *data, const struct change *changes, size_t count)
{
    struct memory *memory = data;
    store_batch_begin(memory->into);
    for (size_t i = 0; i < count; i++) {
        if (changes[i].now)
            store_put(memory->into, record_ref((struct record *)(uintptr_t)changes[i].now));
        else
            keep(memory, changes[i].before);
    }
    store_batch_end(memory->into);
}

struct memory *memory_new(struct store *from, struct store *into, size_t most)
{
    struct memory *memory = xcalloc(1, sizeof *memory);
    *memory = (struct memory){.into = into, .lost = xcalloc(most, sizeof *memory->lost), .most = most};
    store_listen(from, &memory->listener, on_changes, memory);
    return memory;
}

void memory_free(struct memory *memory)
{
    if (!memory)
        return;
    store_unlisten(&memory->listener);
    for (size_t i = 0; i < memory->count; i++)
        record_unref(memory->lost[(memory->first + i) % memory->most]);
    free(memory->lost);
    free(memory);
}
