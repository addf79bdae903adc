#include "ops/devices.h"

static void free_node(void *data)
{
    free(((struct device_node *)data)->devices);
    free(data);
}

static char *pool_key(const char *driver, const char *pool)
{
    return xasprintf("%s\n%s", str_or_empty(driver), str_or_empty(pool));
}

static char *device_key(const char *driver, const char *pool, const char *device)
{
    return xasprintf("%s\n%s\n%s", str_or_empty(driver), str_or_empty(pool), str_or_empty(device));
}

/* Of a pool that is being changed only the newest generation counts. */
static void newest_of(struct map *newest, const struct store *slices)
{
    STORE_EACH(struct resourceslice, slice, slices) {
        char *key = pool_key(slice->driver, slice->pool);
        const struct resourceslice *there = map_get(newest, key);
        if (!there || slice->generation > there->generation)
            map_put(newest, key, (void *)(uintptr_t)slice);
        free(key);
    }
}

static void claims_of(struct map *by_device, const struct store *claims)
{
    STORE_EACH(struct resourceclaim, claim, claims)
        for (size_t i = 0; i < claim->device_count; i++) {
            const struct claim_device *d = &claim->devices[i];
            char *key = d->admin ? NULL : device_key(d->driver, d->pool, d->device);
            if (key)
                map_put(by_device, key, (void *)(uintptr_t)claim);
            free(key);
        }
}

static void add_slice(struct device_ledger *ledger, const struct resourceslice *slice, const struct map *by_device)
{
    struct device_node *node = map_get(&ledger->nodes, slice->node);
    if (!node) {
        node = xcalloc(1, sizeof *node);
        map_put(&ledger->nodes, slice->node, node);
    }
    for (size_t i = 0; i < slice->count; i++) {
        char *key = device_key(slice->driver, slice->pool, slice->devices[i].name);
        const struct resourceclaim *claim = map_get(by_device, key);
        GROW(node->devices, node->count, node->cap);
        node->devices[node->count++] = (struct device){slice, &slice->devices[i], claim};
        node->used += claim != NULL;
        ledger->used += claim != NULL;
        ledger->count++;
        free(key);
    }
}

static void make(struct device_ledger *ledger)
{
    struct map newest = MAP_INIT, by_device = MAP_INIT;
    map_release(&ledger->nodes, free_node);
    ledger->nodes = (struct map)MAP_INIT;
    ledger->count = ledger->used = 0;
    ledger->stale = false;
    newest_of(&newest, ledger->slices);
    claims_of(&by_device, ledger->claims);
    STORE_EACH(struct resourceslice, slice, ledger->slices) {
        char *key = pool_key(slice->driver, slice->pool);
        const struct resourceslice *first = map_get(&newest, key);
        if (slice->node && first && first->generation == slice->generation)
            add_slice(ledger, slice, &by_device);
        free(key);
    }
    map_release(&newest, NULL);
    map_release(&by_device, NULL);
}

static void on_changes(void *data, const struct change *changes UNUSED, size_t count UNUSED)
{
    struct device_ledger *ledger = data;
    ledger->stale = true;
    if (ledger->changed)
        ledger->changed(ledger->data);
}

struct device_ledger *device_ledger_new(struct store *slices, struct store *claims, loop_fn changed, void *data)
{
    struct device_ledger *ledger = xcalloc(1, sizeof *ledger);
    ledger->slices = slices;
    ledger->claims = claims;
    ledger->stale = true;
    ledger->changed = changed;
    ledger->data = data;
    store_listen(slices, &ledger->on_slices, on_changes, ledger);
    store_listen(claims, &ledger->on_claims, on_changes, ledger);
    return ledger;
}

void device_ledger_free(struct device_ledger *ledger)
{
    if (!ledger)
        return;
    store_unlisten(&ledger->on_slices);
    store_unlisten(&ledger->on_claims);
    map_release(&ledger->nodes, free_node);
    free(ledger);
}

const struct device_node *device_ledger_node(struct device_ledger *ledger, const char *node)
{
    if (ledger && ledger->stale)
        make(ledger);
    return ledger ? map_get(&ledger->nodes, node) : NULL;
}

void device_ledger_total(struct device_ledger *ledger, size_t *count, size_t *used)
{
    if (ledger && ledger->stale)
        make(ledger);
    *count = ledger ? ledger->count : 0;
    *used = ledger ? ledger->used : 0;
}

void device_user(char out[300], const struct device *device)
{
    const struct resourceclaim *claim = device->claim;
    out[0] = '\0';
    if (claim)
        snprintf(out, 300, "%.60s/%.200s%s", str_or_empty(claim->r.ns), claim->pod_count ? claim->pods[0] : claim->r.name,
                 claim->pod_count > 1 ? " and others" : claim->pod_count ? "" : " (a claim that no pod uses)");
}

const char *device_product(const struct device *device)
{
    const struct slice_device *d = device->device;
    return d->product ? d->product : d->type ? d->type : str_or_empty(device->slice->driver);
}
