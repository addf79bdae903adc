#include "graph/diff.h"

#include "graph/diff_walk.h"
#include "graph/diff_words.h"

/* The objects of all things in one state, by "KIND/NAME"; the files of a thing also by "files/THING". */
struct objects {
    struct map by_key;
    cJSON **made; /* owned */
    size_t made_count;
};

static void put_object(struct objects *objects, const cJSON *object)
{
    const char *kind = json_str_or(object, "kind", ""), *name = json_str_or(object, "metadata.name", "");
    const cJSON *thing = json_get(json_object(object, "metadata.labels"), PLAN_LABEL_THING);
    char *key = xasprintf("%s/%s", kind, name);
    map_put(&objects->by_key, key, (void *)(uintptr_t)object);
    free(key);
    if (str_eq(kind, "ConfigMap") && cJSON_IsString(thing)) {
        key = xasprintf("files/%s", thing->valuestring);
        map_put(&objects->by_key, key, (void *)(uintptr_t)object);
        free(key);
    }
}

static const cJSON *get_object(const struct objects *objects, const char *kind, const char *name)
{
    char *key = xasprintf("%s/%s", kind, name);
    const cJSON *object = map_get(&objects->by_key, key);
    free(key);
    return object;
}

static void objects_release(struct objects *objects)
{
    for (size_t i = 0; i < objects->made_count; i++)
        cJSON_Delete(objects->made[i]);
    free(objects->made);
    map_release(&objects->by_key, NULL);
}

struct differ {
    const struct diff_input *in;
    struct graph_diff *out;
    struct objects before, after; /* as they were deployed, and will be */
    struct objects rendered;      /* what the deployed text means now */
    struct objects live, would;   /* what is on the cluster, and will be; empty: it was not asked */
    struct map renamed;           /* names of removed things that another one is now */
};

static struct diff_state state_of(const struct objects *objects, const struct graph *graph, const char *name)
{
    return (struct diff_state){.graph = graph,
                               .thing = graph ? graph_find(graph, name) : NULL,
                               .deployment = get_object(objects, "Deployment", name),
                               .service = get_object(objects, "Service", name),
                               .claim = get_object(objects, "PersistentVolumeClaim", name),
                               .files = get_object(objects, "files", name)};
}

static void put_plan(struct objects *objects, const struct plan *plan)
{
    for (size_t i = 0; plan && i < plan->member_count; i++)
        put_object(objects, plan->members[i]);
}

/* The server's own words for the same things: quantities, defaults, what another version of the catalogue made. */
static void put_cluster(struct differ *d)
{
    const struct diff_input *in = d->in;
    d->before.made = xcalloc(in->member_count + 1, sizeof *d->before.made);
    for (size_t i = 0; i < in->member_count; i++) {
        const struct diff_member *member = &in->members[i];
        if (member->would) {
            put_object(&d->after, member->wanted);
            put_object(&d->would, member->would);
        }
        if (!member->live)
            continue;
        put_object(&d->live, member->live);
        const cJSON *rendered = get_object(&d->rendered, json_str_or(member->live, "kind", ""),
                                           json_str_or(member->live, "metadata.name", ""));
        cJSON *was = diff_as_applied(member->applied, rendered, member->live);
        if (was) {
            d->before.made[d->before.made_count++] = was;
            put_object(&d->before, was);
        }
    }
}

static struct thing_diff *add_thing(struct differ *d, const char *name, enum differs differs)
{
    struct graph_diff *out = d->out;
    GROW(out->things, out->count, out->cap);
    struct thing_diff *thing = &out->things[out->count++];
    *thing = (struct thing_diff){.name = xstrdup(name), .differs = differs};
    out->added += differs == DIFFERS_ADDED;
    out->changed += differs == DIFFERS_CHANGED;
    out->removed += differs == DIFFERS_REMOVED;
    return thing;
}

/* A thing that is gone and was the same but for its name; NULL. */
static const char *old_name(struct differ *d, const struct graph_thing *thing)
{
    const struct graph *deployed = d->in->deployed;
    for (size_t i = 0; deployed && i < deployed->thing_count; i++) {
        const struct graph_thing *was = &deployed->things[i];
        if (!was->external && str_eq(was->type, thing->type) && !graph_find(d->in->draft, was->name) &&
            !map_has(&d->renamed, was->name) && compare_alike(was, thing)) {
            map_put(&d->renamed, was->name, d);
            return was->name;
        }
    }
    return NULL;
}

static void add_added(struct differ *d, const char *name)
{
    const struct graph_thing *thing = graph_find(d->in->draft, name);
    struct thing_diff *added = add_thing(d, name, DIFFERS_ADDED);
    const char *was = thing ? old_name(d, thing) : NULL;
    struct buf fate;
    buf_init(&fate, 4096);
    buf_adds(&fate, thing ? str_or_empty(thing->type) : "");
    if (thing && thing->gpu_count)
        buf_addf(&fate, ", GPU %d", thing->gpu_count);
    if (thing && thing->replicas != 1)
        buf_addf(&fate, ", %d pods", thing->replicas);
    if (was)
        buf_addf(&fate, ", %s under another name", was);
    added->fate = buf_take(&fate);
}

static void add_removed(struct differ *d, const char *name)
{
    struct thing_diff *removed = add_thing(d, name, DIFFERS_REMOVED);
    removed->fate = xstrdup(get_object(&d->before, "PersistentVolumeClaim", name)
                                ? "is deleted, with its pods, its service and its volume, with all that is on it"
                                : "is deleted, with its pods and its service");
}

static int replicas_of(const cJSON *deployment)
{
    return deployment ? (int)json_int(deployment, "spec.replicas", 1) : 0;
}

static void say_pods(struct buf *out, const struct thing_diff *thing, int kept, bool gpu)
{
    const char *why = !thing->gap ? kept > 1 ? ", one after another" : ""
                      : gpu       ? ", a gap: no second GPU to roll on"
                                  : ", a gap: strategy Recreate";
    if (thing->restarts)
        buf_addf(out, "restarts %d pod%s%s", thing->restarts, thing->restarts == 1 ? "" : "s", why);
    else if (kept == 1)
        buf_adds(out, "its pod runs on");
    else if (kept)
        buf_addf(out, "its %d pods run on", kept);
}

/* What becomes of its pods. from NULL: there are none. */
static void decide(struct thing_diff *thing, const cJSON *from, const cJSON *to, bool gpu)
{
    int before = replicas_of(from), after = replicas_of(to), kept = MIN(before, after);
    const cJSON *old = json_at(from, "spec.template"), *new = json_at(to, "spec.template");
    bool anew = kept && !(old && new && json_equal(old, new));
    struct buf fate;
    thing->restarts = anew ? kept : 0;
    thing->gap = anew && str_eq(json_str(to, "spec.strategy.type"), "Recreate");
    buf_init(&fate, 256);
    if (!anew && before == after)
        buf_adds(&fate, kept ? "changes, " : "changes, it has no pods");
    say_pods(&fate, thing, kept, gpu);
    if (before != after)
        buf_addf(&fate, "%s%d %s", kept ? ", " : "", abs(after - before),
                 after > before ? kept ? "more" : after == 1 ? "pod is started" : "pods are started"
                 : abs(after - before) == 1 ? kept ? "ends" : "pod ends"
                                            : kept ? "end" : "pods end");
    thing->fate = buf_take(&fate);
}

static void find_drift(struct differ *d, struct diff_fields *out, const char *name)
{
    struct diff_state before = state_of(&d->rendered, d->in->deployed, name);
    struct diff_state live = state_of(&d->live, d->in->deployed, name);
    live.files = before.files ? get_object(&d->live, "ConfigMap", json_str_or(before.files, "metadata.name", "")) : NULL;
    diff_drift_words(out, &before, &live, d->in->owner);
}

static void add_changed(struct differ *d, const char *name)
{
    struct diff_state before = state_of(&d->before, d->in->deployed, name);
    struct diff_state after = state_of(&d->after, d->in->draft, name);
    struct diff_fields fields = {0}, drift = {0};
    diff_words(&fields, &before, &after);
    if (d->in->members)
        find_drift(d, &drift, name);
    if (!fields.count && !drift.count)
        return;
    struct thing_diff *thing = add_thing(d, name, DIFFERS_CHANGED);
    thing->fields = fields;
    thing->drift = drift;
    /* The cluster's own where it was asked: what somebody changed there is undone, too. */
    const cJSON *would = get_object(&d->would, "Deployment", name);
    decide(thing, would ? get_object(&d->live, "Deployment", name) : before.deployment, would ? would : after.deployment,
           after.thing && after.thing->gpu_count);
}

static void add_all(struct differ *d)
{
    const struct plan *before = d->in->before, *after = d->in->after;
    struct map gone = MAP_INIT;
    for (size_t i = 0; i < after->member_count; i++) {
        const char *name = json_str(after->members[i], "metadata.name");
        if (!str_eq(json_str(after->members[i], "kind"), "Deployment"))
            continue;
        if (get_object(&d->before, "Deployment", name))
            add_changed(d, name);
        else
            add_added(d, name);
    }
    for (size_t i = 0; before && i < before->member_count; i++)
        if (str_eq(json_str(before->members[i], "kind"), "Deployment"))
            map_put(&gone, json_str(before->members[i], "metadata.name"), d);
    for (size_t i = 0; i < d->in->member_count; i++)
        if (d->in->members[i].applied && str_eq(json_str(d->in->members[i].live, "kind"), "Deployment"))
            map_put(&gone, json_str(d->in->members[i].live, "metadata.name"), d);
    for (struct map_entry *e = map_first(&gone); e; e = map_next(&gone, e))
        if (!get_object(&d->after, "Deployment", e->key))
            add_removed(d, e->key);
    map_release(&gone, NULL);
}

void graph_diff_make(struct graph_diff *out, const struct diff_input *input)
{
    struct differ d = {.in = input, .out = out};
    *out = (struct graph_diff){0};
    put_plan(&d.before, input->before);
    put_plan(&d.rendered, input->before);
    put_plan(&d.after, input->after);
    if (input->members)
        put_cluster(&d);
    add_all(&d);
    objects_release(&d.before);
    objects_release(&d.after);
    objects_release(&d.rendered);
    objects_release(&d.live);
    objects_release(&d.would);
    map_release(&d.renamed, NULL);
}

void graph_diff_release(struct graph_diff *diff)
{
    for (size_t i = 0; i < diff->count; i++) {
        free(diff->things[i].name);
        free(diff->things[i].fate);
        diff_fields_release(&diff->things[i].fields);
        diff_fields_release(&diff->things[i].drift);
    }
    free(diff->things);
    *diff = (struct graph_diff){0};
}
