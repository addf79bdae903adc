#include "ops/warm.h"

#include "ops/imagename.h"
#include "ops/place_account.h"

#define NOT_PLACED SIZE_MAX

struct choice {
    struct warm_needs *out;
    const struct graph *graph;
    struct accounts accounts; /* of empty nodes */
    size_t *needs;            /* by thing: of the accounts, or NOT_PLACED */
    size_t *images;           /* by thing: the first thing with the same image */
    char **names;             /* by thing: its image's whole name, where it is such a first one */
};

static bool names_secrets(const struct choice *c, size_t thing)
{
    return json_array(c->graph->things[thing].extra, "imagePullSecrets") != NULL;
}

static void read_things(struct choice *c)
{
    for (size_t i = 0; i < c->graph->thing_count; i++) {
        const struct graph_thing *thing = &c->graph->things[i];
        c->needs[i] = NOT_PLACED;
        if (thing->external || !thing->entry || thing->replicas == 0)
            continue;
        c->needs[i] = accounts_need(&c->accounts, thing);
        size_t first = 0;
        while (first < i && (c->needs[first] == NOT_PLACED || !str_eq(c->graph->things[first].entry->image, thing->entry->image)))
            first++;
        c->images[i] = first;
        if (first < i)
            continue;
        struct buf name;
        buf_init(&name, 4096);
        imagename_whole(&name, thing->entry->image);
        c->names[i] = buf_take(&name);
    }
}

static void choose_for(struct choice *c, const struct desk *desk)
{
    struct warm_needs *out = c->out;
    size_t begin = out->count;
    for (size_t i = 0; i < c->graph->thing_count; i++) {
        const struct need *need = c->needs[i] == NOT_PLACED ? NULL : &c->accounts.needs[c->needs[i]];
        if (!need || desk_verdict(&c->accounts, desk, need)->no != PLACE_MAY || !desk_has_room(desk, need))
            continue;
        size_t k = begin;
        while (k < out->count && c->images[out->items[k].thing] != c->images[i])
            k++;
        if (k == out->count) {
            GROW(out->items, out->count, out->cap);
            out->items[out->count++] = (struct warm_need){.node = desk->node, .thing = i};
        } else if (names_secrets(c, i) && !names_secrets(c, out->items[k].thing)) {
            out->items[k].thing = i;
        }
    }
    for (size_t k = begin; k < out->count; k++) {
        struct warm_need *need = &out->items[k];
        need->present = imagename_held((const struct nodeimages *)need->node, c->names[c->images[need->thing]], &need->size);
    }
}

void warm_choose(struct warm_needs *out, const struct graph *graph, const struct store *nodes)
{
    size_t count = graph->thing_count + 1;
    struct choice c = {.out = out, .graph = graph};
    *out = (struct warm_needs){0};
    c.needs = xcalloc(count, sizeof *c.needs);
    c.images = xcalloc(count, sizeof *c.images);
    c.names = xcalloc(count, sizeof *c.names);
    read_things(&c);
    accounts_open(&c.accounts, nodes);
    for (size_t i = 0; i < c.accounts.desk_count; i++)
        choose_for(&c, &c.accounts.desks[i]);
    accounts_release(&c.accounts);
    for (size_t i = 0; i < count; i++)
        free(c.names[i]);
    free(c.names);
    free(c.images);
    free(c.needs);
}

void warm_needs_release(struct warm_needs *needs)
{
    free(needs->items);
    *needs = (struct warm_needs){0};
}

char *warm_size(char out[WARM_SIZE_TEXT], int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double size = (double)MAX(bytes, 0);
    size_t unit = 0;
    for (; size >= 999.5 && unit + 1 < ARRAY_SIZE(units); unit++)
        size /= 1000;
    snprintf(out, WARM_SIZE_TEXT, "%.*f %s", unit && size < 9.95 ? 1 : 0, size, units[unit]);
    return out;
}
