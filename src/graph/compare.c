#include "graph/compare.h"

#include "base/secret.h"
#include "base/text.h"

struct words { /* NULL out: only whether there are any */
    struct buf *out;
    size_t count;
};

static const char *shown(const char *name, const char *value)
{
    return !value ? "(none)" : secret_value(name, value) ? "***" : value;
}

static void say(struct words *words, const char *what, const char *before, const char *after)
{
    words->count++;
    if (words->out)
        buf_addf(words->out, "%s%s %s → %s", words->count > 1 ? ", " : "", what, shown(what, before), shown(what, after));
}

static void say_number(struct words *words, const char *what, int before, int after)
{
    char from[16], to[16];
    if (before == after)
        return;
    snprintf(from, sizeof from, "%d", before);
    snprintf(to, sizeof to, "%d", after);
    say(words, what, from, to);
}

static void compare_params(struct words *words, const struct graph_thing *a, const struct graph_thing *b)
{
    for (size_t i = 0; b->entry && i < b->entry->param_count; i++) {
        const char *name = b->entry->params[i].name, *before = graph_param(a, name), *after = graph_param(b, name);
        if (!str_eq(before, after))
            say(words, name, before, after);
    }
    /* those that the type does not know */
    for (size_t i = 0; i < b->param_count; i++)
        if (!media_thing_param(b->entry, b->params[i].name) &&
            !str_eq(graph_own_param(a, b->params[i].name), b->params[i].value))
            say(words, b->params[i].name, graph_own_param(a, b->params[i].name), b->params[i].value);
    for (size_t i = 0; i < a->param_count; i++)
        if (!media_thing_param(b->entry, a->params[i].name) && !graph_own_param(b, a->params[i].name))
            say(words, a->params[i].name, a->params[i].value, NULL);
}

static void compare_addresses(struct words *words, const struct graph_thing *a, const struct graph_thing *b)
{
    for (size_t i = 0; i < b->external_count; i++)
        if (!str_eq(graph_address(a, b->external_ports[i].name), b->external_ports[i].value))
            say(words, b->external_ports[i].name, graph_address(a, b->external_ports[i].name),
                b->external_ports[i].value);
    for (size_t i = 0; i < a->external_count; i++)
        if (!graph_address(b, a->external_ports[i].name))
            say(words, a->external_ports[i].name, a->external_ports[i].value, NULL);
}

/* The keys that go to Kubernetes as they are: their names say enough. */
static void compare_extra(struct words *words, const cJSON *a, const cJSON *b)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, b) {
        const cJSON *before = json_get(a, item->string);
        if (!before || !json_equal(before, item)) {
            words->count++;
            if (words->out)
                buf_addf(words->out, "%s%s", words->count > 1 ? ", " : "", item->string);
        }
    }
    cJSON_ArrayForEach(item, a) if (!json_get(b, item->string)) say(words, item->string, "said", NULL);
}

static void compare_thing(struct words *words, const struct graph_thing *a, const struct graph_thing *b)
{
    if (!str_eq(a->type, b->type) || a->external != b->external)
        say(words, "type", a->external ? "external" : a->type, b->external ? "external" : b->type);
    compare_params(words, a, b);
    compare_addresses(words, a, b);
    say_number(words, "GPU", a->gpu_count, b->gpu_count);
    if (b->gpu_count && !str_eq(a->gpu_resource, b->gpu_resource))
        say(words, "GPU resource", a->gpu_resource, b->gpu_resource);
    say_number(words, "replicas", a->replicas, b->replicas);
    compare_extra(words, a->extra, b->extra);
}

void compare_words(const struct graph_thing *deployed, const struct graph_thing *draft, struct buf *out)
{
    struct buf text;
    buf_init(&text, 1u << 16);
    compare_thing(&(struct words){.out = &text}, deployed, draft);
    secret_mask(out, text.data);
    buf_release(&text);
}

/* "camera.video object-detect.video" */
static char *link_key(const struct graph *graph, const struct graph_link *link)
{
    if (link->from >= graph->thing_count || link->to >= graph->thing_count)
        return NULL;
    return xasprintf("%s.%s %s.%s", graph->things[link->from].name, link->from_port, graph->things[link->to].name,
                     link->to_port);
}

static void collect_links(struct map *out, const struct graph *graph)
{
    for (size_t i = 0; i < graph->link_count; i++) {
        char *key = link_key(graph, &graph->links[i]);
        if (key)
            map_put(out, key, out);
        free(key);
    }
}

static bool has_link(const struct map *links, const struct graph *graph, const struct graph_link *link)
{
    char *key = link_key(graph, link);
    bool has = !key || map_has(links, key); /* half a link is no change, it is a fault */
    free(key);
    return has;
}

static struct graph *join(const struct graph *draft, size_t things, size_t links)
{
    struct graph *both = xcalloc(1, sizeof *both);
    *both = (struct graph){.name = draft->name, .ns = draft->ns, .thing_count = draft->thing_count,
                           .link_count = draft->link_count, .by_name = MAP_BORROWS};
    both->things = xcalloc(draft->thing_count + things + 1, sizeof *both->things);
    both->links = xcalloc(draft->link_count + links + 1, sizeof *both->links);
    if (draft->thing_count)
        memcpy(both->things, draft->things, draft->thing_count * sizeof *both->things);
    if (draft->link_count)
        memcpy(both->links, draft->links, draft->link_count * sizeof *both->links);
    for (size_t i = 0; i < draft->thing_count; i++)
        if (!map_has(&both->by_name, draft->things[i].name))
            map_put(&both->by_name, draft->things[i].name, (void *)(uintptr_t)(i + 1));
    return both;
}

static void add_removed_things(struct comparison *c, const struct graph *draft, const struct graph *deployed)
{
    for (size_t i = 0; i < deployed->thing_count; i++) {
        const struct graph_thing *thing = &deployed->things[i];
        if (graph_find(draft, thing->name) || map_has(&c->joined->by_name, thing->name))
            continue;
        c->things[c->joined->thing_count] = DIFFERS_REMOVED;
        c->joined->things[c->joined->thing_count++] = *thing;
        map_put(&c->joined->by_name, thing->name, (void *)(uintptr_t)c->joined->thing_count);
        c->removed++;
    }
}

static void touch(struct comparison *c, size_t thing)
{
    if (c->things[thing] == DIFFERS_NOT)
        c->things[thing] = DIFFERS_CHANGED;
}

static void compare_links(struct comparison *c, const struct graph *draft, const struct graph *deployed)
{
    struct map before = MAP_INIT, after = MAP_INIT;
    collect_links(&before, deployed);
    collect_links(&after, draft);
    for (size_t i = 0; i < draft->link_count; i++) {
        if (has_link(&before, draft, &draft->links[i]))
            continue;
        c->links[i] = DIFFERS_ADDED;
        c->links_added++;
        touch(c, draft->links[i].to);
    }
    for (size_t i = 0; i < deployed->link_count; i++) {
        const struct graph_link *link = &deployed->links[i];
        if (has_link(&after, deployed, link))
            continue;
        struct graph_link *gone = &c->joined->links[c->joined->link_count];
        *gone = *link;
        gone->from = graph_index(c->joined, deployed->things[link->from].name);
        gone->to = graph_index(c->joined, deployed->things[link->to].name);
        c->links[c->joined->link_count++] = DIFFERS_REMOVED;
        c->links_removed++;
        touch(c, gone->to);
    }
    map_release(&before, NULL);
    map_release(&after, NULL);
}

void comparison_make(struct comparison *out, const struct graph *draft, const struct graph *deployed)
{
    size_t things = deployed ? deployed->thing_count : 0, links = deployed ? deployed->link_count : 0;
    *out = (struct comparison){.both = draft};
    out->things = xcalloc(draft->thing_count + things + 1, sizeof *out->things);
    out->links = xcalloc(draft->link_count + links + 1, sizeof *out->links);
    if (!deployed)
        return;
    out->both = out->joined = join(draft, things, links);
    for (size_t i = 0; i < draft->thing_count; i++) {
        const struct graph_thing *before = graph_find(deployed, draft->things[i].name);
        struct words words = {0};
        if (before)
            compare_thing(&words, before, &draft->things[i]);
        out->things[i] = !before ? DIFFERS_ADDED : words.count ? DIFFERS_CHANGED : DIFFERS_NOT;
    }
    add_removed_things(out, draft, deployed);
    compare_links(out, draft, deployed);
    for (size_t i = 0; i < draft->thing_count; i++) {
        out->added += out->things[i] == DIFFERS_ADDED;
        out->changed += out->things[i] == DIFFERS_CHANGED;
    }
}

void comparison_release(struct comparison *comparison)
{
    if (comparison->joined) {
        free(comparison->joined->things);
        free(comparison->joined->links);
        map_release(&comparison->joined->by_name, NULL);
        free(comparison->joined);
    }
    free(comparison->things);
    free(comparison->links);
    *comparison = (struct comparison){0};
}

void compare_summary(const struct graph *deployed, const struct graph *draft, struct buf *out)
{
    enum { NAMED = 6 };
    struct comparison comparison;
    size_t count = 0;
    comparison_make(&comparison, draft, deployed);
    for (size_t i = 0; deployed && i < comparison.both->thing_count; i++) {
        const struct graph_thing *thing = &comparison.both->things[i], *before;
        if (comparison.things[i] == DIFFERS_NOT || count++ >= NAMED)
            continue;
        buf_adds(out, count > 1 ? "; " : "");
        if (comparison.things[i] == DIFFERS_CHANGED && (before = graph_find(deployed, thing->name))) {
            buf_addf(out, "%s: ", thing->name);
            size_t began = out->len;
            compare_words(before, thing, out);
            if (out->len == began)
                buf_adds(out, "its links");
        } else {
            buf_addf(out, "%s %s", comparison.things[i] == DIFFERS_REMOVED ? "-" : "+", thing->name);
        }
    }
    if (count > NAMED)
        buf_addf(out, "; and %zu more", count - NAMED);
    comparison_release(&comparison);
}
