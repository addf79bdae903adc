#include "ops/why_rule.h"

#include "base/time.h"
#include "graph/catalogue.h"
#include "ops/gpu.h"
#include "ops/timing.h"

#define NAMED 3                   /* holders that a sentence names */
#define UNSEEN (30 * NSEC_PER_SEC) /* without a word from a scheduler */
#define SKEW (5 * NSEC_PER_SEC)

/* ---- GPUs */

static const struct pod_gpu *gpu_asked(const struct why_case *c)
{
    const struct pod *pod = c->of->pod;
    for (size_t i = 0; pod && i < pod->gpu_count; i++)
        if (gpu_is_resource(pod->gpus[i].resource))
            return &pod->gpus[i];
    return NULL;
}

static const struct node_resource *has(const struct node *node, istr resource)
{
    for (size_t i = 0; i < node->resource_count; i++)
        if (str_eq(node->resources[i].name, resource) && node->resources[i].allocatable > 0)
            return &node->resources[i];
    return NULL;
}

static int holds(const struct pod *pod, istr resource)
{
    for (size_t i = 0; pod->node && !pod->terminal && i < pod->gpu_count; i++)
        if (pod->gpus[i].resource == resource)
            return pod->gpus[i].count;
    return 0;
}

/* GPU_HOLDERS(c, resource, pod): the pods that hold some of it, by node. */
#define GPU_HOLDERS(c, of_resource, var)                                                                                           \
    STORE_EACH(struct node, var##_node, (c)->of->nodes)                                                                            \
    for (const struct gpu_account *var##_a = gpu_ledger_node((c)->of->gpus, var##_node->r.name); var##_a; var##_a = var##_a->next) \
        for (size_t var##_h = 0; var##_a->resource == (of_resource) && var##_h < var##_a->holder_count; var##_h++)                 \
            for (const struct pod *var = var##_a->holders[var##_h].pod; var; var = NULL)

static bool is_same_thing(const struct pod *a, const struct pod *b)
{
    size_t n = pod_family(a), m = pod_family(b);
    if (a->r.ns != b->r.ns)
        return false;
    if (a->thing && a->thing == b->thing && a->graph == b->graph)
        return true;
    return n && n == m && strncmp(a->owner, b->owner, n) == 0;
}

/* Of another replica set, or on its way out. */
bool why_old_pod_holds(struct why_case *c)
{
    const struct pod_gpu *gpu = gpu_asked(c);
    if (!gpu || !c->of->gpus || !c->of->nodes)
        return false;
    GPU_HOLDERS(c, gpu->resource, other)
        if (other != c->of->pod && is_same_thing(other, c->of->pod) &&
            (other->deleted || other->owner != c->of->pod->owner)) {
            snprintf(c->who, sizeof c->who, "%s on %s%s", other->r.name, other->node, other->deleted ? ", which is being deleted" : "");
            why_seen(c, "%s/%s holds %d %s on %s", other->r.ns, other->r.name, holds(other, gpu->resource), gpu->resource, other->node);
            return true;
        }
    return false;
}

/* Taints of a node's state and of the control plane's are none of the operator's. */
static bool is_own(const struct node_taint *taint)
{
    return !str_starts(taint->key, "node.kubernetes.io/") && !str_starts(taint->key, "node-role.kubernetes.io/");
}

/* What a pod tolerates is not kept of it: the scheduler has said that there is a taint it does not, older ones also which. */
static bool is_meant(const struct why_case *c, const struct node_taint *taint)
{
    bool named = strstr(c->fact->text, "taint {");
    return (str_eq(taint->effect, "NoSchedule") || str_eq(taint->effect, "NoExecute")) && taint->key &&
           (!named || strstr(c->fact->text, taint->key));
}

/* keys: "a|b"; NULL: own ones. resource: of nodes that have it; NULL: of all. */
static bool find_taint(struct why_case *c, const char *keys, istr resource)
{
    bool found = false;
    for (size_t n = 0; c->of->nodes && n < store_count(c->of->nodes); n++) {
        const struct node *node = (const struct node *)store_at(c->of->nodes, n);
        for (size_t i = 0; (!resource || has(node, resource)) && i < node->taint_count; i++) {
            const struct node_taint *t = &node->taints[i];
            if (!is_meant(c, t) || !(keys ? why_says(t->key, keys) : is_own(t)))
                continue;
            if (!found)
                snprintf(c->who, sizeof c->who, "%s%s%s:%s", t->key, t->value ? "=" : "", str_or_empty(t->value), t->effect);
            why_seen(c, "node %s has the taint %s%s%s:%s", node->r.name, t->key, t->value ? "=" : "", str_or_empty(t->value), t->effect);
            found = true;
        }
    }
    return found || (keys && strstr(c->fact->text, "taint {") && why_says(c->fact->text, keys));
}

bool why_gpu_taint(struct why_case *c)
{
    const struct pod_gpu *gpu = gpu_asked(c);
    return gpu && find_taint(c, NULL, gpu->resource);
}

bool why_taint(struct why_case *c)
{
    return find_taint(c, NULL, NULL);
}

bool why_taint_unready(struct why_case *c)
{
    return find_taint(c, "kubernetes.io/not-ready|kubernetes.io/unreachable|kubernetes.io/network-unavailable", NULL);
}

bool why_taint_pressed(struct why_case *c)
{
    return find_taint(c, "kubernetes.io/disk-pressure|kubernetes.io/memory-pressure|kubernetes.io/pid-pressure", NULL);
}

bool why_gpu_nowhere(struct why_case *c)
{
    const struct pod_gpu *gpu = gpu_asked(c);
    if (!gpu || !c->of->nodes)
        return false;
    STORE_EACH(struct node, node, c->of->nodes)
        if (has(node, gpu->resource))
            return false;
    snprintf(c->who, sizeof c->who, "%s", gpu->resource);
    why_seen(c, "%zu nodes, and none has %s that could be given", store_count(c->of->nodes), gpu->resource);
    return true;
}

bool why_gpu_too_many(struct why_case *c)
{
    const struct pod_gpu *gpu = gpu_asked(c);
    int most = 0;
    if (!gpu || !c->of->nodes)
        return false;
    STORE_EACH(struct node, node, c->of->nodes)
        most = MAX(most, has(node, gpu->resource) ? has(node, gpu->resource)->allocatable : 0);
    snprintf(c->who, sizeof c->who, "%d %s, and no node has more than %d", gpu->count, gpu->resource, most);
    return most && most < gpu->count;
}

bool why_gpu_held(struct why_case *c)
{
    const struct pod_gpu *gpu = gpu_asked(c);
    size_t count = 0, len = 0;
    if (!gpu || !c->of->gpus || !c->of->nodes)
        return false;
    GPU_HOLDERS(c, gpu->resource, other) {
        if (count++ < NAMED && len < sizeof c->who) {
            int n = snprintf(c->who + len, sizeof c->who - len, "%s%s/%s on %s", len ? ", " : "", other->r.ns, other->r.name, other->node);
            len += n > 0 ? (size_t)n : 0;
        }
        why_seen(c, "%s/%s holds %d %s on %s", other->r.ns, other->r.name, holds(other, gpu->resource), gpu->resource, other->node);
    }
    if (count > NAMED && len < sizeof c->who)
        snprintf(c->who + len, sizeof c->who - len, " and %zu more", count - NAMED);
    return count;
}

/* ---- pods and deployments */

bool why_unseen(struct why_case *c)
{
    const struct pod *pod = c->of->pod;
    return pod && !pod->unscheduled_why && !pod->unscheduled_message && c->of->now - pod->r.created > UNSEEN;
}

bool why_stopped(struct why_case *c)
{
    const struct deployment *d = c->of->deployment;
    if (!d || d->wanted)
        return false;
    why_seen(c, "deployment %s: 0 pods are wanted", d->r.name);
    if (d->stopped_from > 0)
        why_seen(c, "there were %d before it was stopped", d->stopped_from);
    return true;
}

bool why_paused(struct why_case *c)
{
    const struct deployment *d = c->of->deployment;
    if (!d || !d->paused || !d->wanted)
        return false;
    why_seen(c, "deployment %s is paused: %d of %d pods are of the newest template", d->r.name, d->updated, d->wanted);
    return true;
}

bool why_deadline(struct why_case *c)
{
    char words[160];
    const struct deployment *d = c->of->deployment;
    if (!d || !d->deadline_exceeded)
        return false;
    deployment_words(words, d);
    why_seen(c, "deployment %s %s; %d of %d pods are available", d->r.name, words, d->available, d->wanted);
    return true;
}

bool why_has_finalizers(struct why_case *c)
{
    return c->of->pod && c->of->pod->finalizers;
}

bool why_is_init(struct why_case *c)
{
    return c->fact && c->fact->container && c->fact->container->init;
}

bool why_gates_closed(struct why_case *c)
{
    const struct pod *pod = c->of->pod;
    if (!pod || pod->gates_true >= pod->gates)
        return false;
    snprintf(c->who, sizeof c->who, "%d of %d", pod->gates_true, pod->gates);
    why_seen(c, "readiness gates: %d of %d are True", pod->gates_true, pod->gates);
    return true;
}

bool why_limit_known(struct why_case *c)
{
    return c->fact && c->fact->container && c->fact->container->memory_limit;
}

bool why_pulls(struct why_case *c)
{
    struct pod_timing timing;
    char age[TIME_TEXT];
    if (!c->of->pod)
        return false;
    pod_timing(&timing, c->of->pod, c->of->events, 0);
    if (!timing.pulling)
        return false;
    snprintf(c->who, sizeof c->who, "%s", time_age(age, c->of->now - timing.pulling));
    return true;
}

/* A moment that is still to come, or one before the pod was there: two clocks differ. */
bool why_clocks_differ(struct why_case *c)
{
    const struct pod *pod = c->of->pod;
    char age[TIME_TEXT];
    for (size_t i = 0; pod && i < pod->container_count; i++) {
        int64_t started = pod->containers[i].started;
        if (!started || (started >= pod->r.created - SKEW && started <= c->of->now + SKEW))
            continue;
        int64_t by = started > c->of->now ? started - c->of->now : pod->r.created - started;
        snprintf(c->who, sizeof c->who, "%s", time_age(age, by));
        why_seen(c, "container %s is said to have started %s %s", pod->containers[i].name, age,
                 started > c->of->now ? "from now" : "before its pod was made");
        return true;
    }
    return false;
}

/* ---- nodes */

bool why_node_lost(struct why_case *c)
{
    const struct node *node = c->of->node;
    if (!node || str_eq(node->ready_status, "True"))
        return false;
    why_seen(c, "node %s: Ready is %s: %s: %s", node->r.name, node->ready_status ? node->ready_status : "not told",
             str_or_empty(node->ready_reason), str_or_empty(node->ready_message));
    return true;
}

bool why_node_bad(struct why_case *c)
{
    return str_eq(c->of->node ? c->of->node->ready_status : NULL, "False");
}

bool why_node_pressed(struct why_case *c)
{
    const struct node *node = c->of->node;
    if (!node || !node->pressure)
        return false;
    snprintf(c->who, sizeof c->who, "%s", node->pressure);
    return true;
}

bool why_node_cordoned(struct why_case *c)
{
    if (!c->of->node || !c->of->node->unschedulable)
        return false;
    why_seen(c, "node %s: spec.unschedulable is true", c->of->node->r.name);
    return true;
}

/* ---- wires */

static const char *producer(const struct why_case *c, size_t link)
{
    size_t from = c->of->graph->links[link].from;
    return from < c->of->graph->thing_count ? c->of->graph->things[from].name : "?";
}

static void see_wire(struct why_case *c, size_t link)
{
    const struct graph_link *l = &c->of->graph->links[link];
    const struct live_wire *wire = &c->of->live->wires[link];
    char age[TIME_TEXT];
    if (wire->age >= 0)
        why_seen(c, "wire %s.%s → %s.%s: the last frame came %s ago", producer(c, link), l->from_port, c->of->graph->things[l->to].name,
                 l->to_port, time_age(age, (int64_t)(wire->age * (double)NSEC_PER_SEC)));
    else
        why_seen(c, "wire %s.%s → %s.%s: no frame has come yet", producer(c, link), l->from_port, c->of->graph->things[l->to].name,
                 l->to_port);
    if (*wire->cause)
        why_seen(c, "%s says: %s", c->of->graph->things[l->to].name, wire->cause);
    if (l->from < c->of->graph->thing_count)
        why_seen(c, "%s is %s", producer(c, link), c->of->live->things[l->from].state);
}

static const char *source_cause(const struct why_case *c, size_t link)
{
    size_t from = c->of->graph->links[link].from;
    return from < c->of->live->thing_count ? c->of->live->things[from].source_cause : "";
}

/* "camera's source timed out; a GPU on gpu-2 is held idle", or, where camera does not know why: "no frames from camera for 14s; …" */
static void say_silence(struct why_case *c, size_t link)
{
    const struct live_wire *wire = &c->of->live->wires[link];
    const struct pod_gpu *gpu = gpu_asked(c);
    char age[TIME_TEXT], idle[300] = "";
    if (gpu && c->of->pod->node && gpu->count > 1)
        snprintf(idle, sizeof idle, "; %d GPUs on %s are held idle", gpu->count, c->of->pod->node);
    else if (gpu && c->of->pod->node)
        snprintf(idle, sizeof idle, "; a GPU on %s is held idle", c->of->pod->node);
    if (*source_cause(c, link))
        snprintf(c->who, sizeof c->who, "%s's source %s%s", producer(c, link), source_cause(c, link), idle);
    else if (wire->age >= 0)
        snprintf(c->who, sizeof c->who, "no frames from %s for %s%s", producer(c, link),
                 time_age(age, (int64_t)(wire->age * (double)NSEC_PER_SEC)), idle);
    else
        snprintf(c->who, sizeof c->who, "no frame from %s yet%s", producer(c, link), idle);
}

static bool find_wire(struct why_case *c, enum wire_state state)
{
    const struct why_of *of = c->of;
    for (size_t i = 0; of->live && i < of->live->wire_count; i++)
        if (of->graph->links[i].to == of->thing && of->live->wires[i].state == state) {
            say_silence(c, i);
            see_wire(c, i);
            return true;
        }
    return false;
}

bool why_input_dead(struct why_case *c)
{
    return find_wire(c, WIRE_NO_FRAMES);
}

bool why_input_starved(struct why_case *c)
{
    return find_wire(c, WIRE_STARVED);
}

bool why_source_stopped(struct why_case *c)
{
    const struct why_of *of = c->of;
    if (!of->live || !*of->live->things[of->thing].source_cause)
        return false;
    snprintf(c->who, sizeof c->who, "%s", of->live->things[of->thing].source_cause);
    why_seen(c, "%s's /metrics, patchbay_input_error: its source %s", of->graph->things[of->thing].name, c->who);
    for (size_t i = 0; i < of->live->wire_count; i++)
        if (of->graph->links[i].from == of->thing && of->live->wires[i].state == WIRE_NO_FRAMES)
            see_wire(c, i);
    return true;
}

bool why_output_dead(struct why_case *c)
{
    const struct why_of *of = c->of;
    for (size_t i = 0; of->live && i < of->live->wire_count; i++)
        if (of->graph->links[i].from == of->thing && of->live->wires[i].state == WIRE_NO_FRAMES) {
            snprintf(c->who, sizeof c->who, "%s", of->graph->things[of->graph->links[i].to].name);
            see_wire(c, i);
            return true;
        }
    return false;
}

/* A producer that the operator has stopped, or that is not Ready. */
bool why_input_held(struct why_case *c)
{
    const struct why_of *of = c->of;
    for (size_t i = 0; of->live && i < of->live->wire_count; i++) {
        size_t from = of->graph->links[i].from;
        if (of->graph->links[i].to != of->thing || from >= of->live->thing_count || of->graph->things[from].external)
            continue;
        const struct live_thing *p = &of->live->things[from];
        if (p->deployment && p->wanted && p->ready)
            continue;
        snprintf(c->who, sizeof c->who, "%s is %s%s", of->graph->things[from].name, p->state,
                 str_eq(p->state, "Running") ? " and not ready" : "");
        why_seen(c, "%s: %d of %d pods are ready, %s", of->graph->things[from].name, p->ready, p->wanted, p->state);
        return true;
    }
    return false;
}
