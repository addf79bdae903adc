#include "app/warm.h"

#include "app/warm_pods.h"
#include "k8s/kinds/nodeimages.h"
#include "ops/timing.h"
#include "ops/warm.h"
#include "ops/warm_outcome.h"

#define PER_NODE 2
#define TICK (250 * NSEC_PER_MSEC)
#define TROUBLE_PATIENCE (35 * NSEC_PER_SEC) /* a kubelet tries again after 10 s, then after 20 more */
#define EVENT_PATIENCE (3 * NSEC_PER_SEC)    /* an event comes after the status that it is about */
#define END_PATIENCE (5 * NSEC_PER_SEC)      /* for the pods to be deleted */

struct job {
    struct warm_item item;
    size_t thing;
    struct warm_pod *pod; /* NULL: none was made yet */
    int64_t trouble, there; /* since when; 0: it is not */
};

enum phase_of_warm { LISTING, CLEARING, RUNNING, OVER };

struct warm {
    struct warm_options options;
    const struct warm_events *events;
    void *data;
    struct kube_client *client;
    struct loop *loop;
    enum phase_of_warm phase;
    struct store *nodes;        /* until they were chosen from */
    struct reflector *node_list;
    struct warm_pods *pods;
    struct job *jobs;
    size_t job_count;
    struct map said;            /* image and reason → something */
    int64_t until, end_by;      /* end_by 0: it is not ending */
    bool simulated, unreachable;
    struct err err;
    struct loop_task step;
    struct loop_timer tick;
};

static bool is_over(const struct job *job)
{
    return job->item.state >= WARM_PRESENT;
}

static void become(struct warm *w, struct job *job, enum warm_state state)
{
    if (job->item.state == state)
        return;
    job->item.state = state;
    w->events->item(w->data, &job->item);
}

static void explain(struct warm *w, struct job *job, enum warm_state state, const char *words, const char *message)
{
    char *key = xasprintf("%s\n%s", job->item.image, words ? words : str_or_empty(message));
    if (job->item.state != state || state == WARM_LOST)
        job->item.said = map_put(&w->said, key, w) != NULL;
    free(key);
    job->item.words = words;
    if (message && *message) { /* an older kubelet says it only the first time */
        free(job->item.message);
        job->item.message = xstrdup(message);
    }
    become(w, job, state);
}

static void lose(struct warm *w, struct job *job, const char *words, const char *message)
{
    explain(w, job, WARM_LOST, words, message);
    warm_pods_remove(w->pods, job->pod);
}

/* Which image where. */

static void choose(struct warm *w)
{
    struct warm_needs needs;
    warm_choose(&needs, w->options.graph, w->nodes);
    w->jobs = xcalloc(needs.count + 1, sizeof *w->jobs);
    w->job_count = needs.count;
    w->simulated = store_count(w->nodes) > 0;
    STORE_EACH(struct node, node, w->nodes) w->simulated &= node->simulated;
    for (size_t i = 0; i < needs.count; i++) {
        const struct warm_need *need = &needs.items[i];
        struct job *job = &w->jobs[i];
        job->thing = need->thing;
        job->item = (struct warm_item){.image = xstrdup(w->options.graph->things[need->thing].entry->image),
                                       .node = xstrdup(need->node->r.name),
                                       .pull = -1,
                                       .size = need->size};
        if (!need->present)
            continue;
        job->item.pull = 0;
        job->item.source = "node status";
        become(w, job, WARM_PRESENT);
    }
    warm_needs_release(&needs);
    reflector_free(w->node_list);
    w->node_list = NULL;
    store_free(w->nodes);
    w->nodes = NULL;
}

/* What became of a pod. */

static void take_timing(struct warm *w, struct job *job)
{
    struct pod_timing t;
    int64_t size = 0;
    bool more = warm_pods_timing(w->pods, job->pod, &t, &size);
    if (t.pull < 0 && more && loop_now(w->loop) < job->there + EVENT_PATIENCE)
        return;
    job->item.pull = t.pull;
    job->item.plus_minus = t.pull_plus_minus;
    job->item.source = t.pull_source;
    job->item.size = size;
    become(w, job, t.pull < 0 ? WARM_THERE : t.pull == 0 ? WARM_PRESENT : WARM_DONE);
}

static void be_troubled(struct warm *w, struct job *job, const struct warm_outcome *outcome)
{
    int64_t now = loop_now(w->loop);
    job->trouble = job->trouble ? job->trouble : now;
    if (now >= job->trouble + TROUBLE_PATIENCE)
        lose(w, job, outcome->words, outcome->message);
    else if (job->item.state != WARM_TROUBLED)
        explain(w, job, WARM_TROUBLED, outcome->words, outcome->message);
}

static void follow(struct warm *w, struct job *job)
{
    struct warm_outcome outcome;
    if (job->there) {
        take_timing(w, job);
        return;
    }
    const struct pod *pod = warm_pods_record(w->pods, job->pod);
    const char *refused = warm_pods_refused(w->pods, job->pod);
    if (refused) {
        lose(w, job, NULL, refused);
        return;
    }
    if (!pod)
        return;
    warm_outcome(&outcome, pod);
    if (outcome.stand == WARM_PULLED) {
        job->there = loop_now(w->loop);
        warm_pods_remove(w->pods, job->pod);
        take_timing(w, job);
    } else if (outcome.stand == WARM_FAILED) {
        lose(w, job, outcome.words, outcome.message);
    } else if (warm_pods_gone(w->pods, job->pod)) {
        lose(w, job, "somebody else deleted its pod", NULL);
    } else if (outcome.stand == WARM_TRIES || outcome.stand == WARM_NO_ROOM) {
        be_troubled(w, job, &outcome);
    } else if (warm_pods_pulls(w->pods, job->pod)) {
        become(w, job, WARM_PULLING);
    }
}

static bool asks(const struct job *job)
{
    return job->pod && !is_over(job) && !job->there;
}

/* Of one node, from its first job on; how many jobs it has. asked: of all nodes. */
static size_t ask_node(struct warm *w, size_t first, size_t *asked)
{
    const char *node = w->jobs[first].item.node;
    int64_t seconds = (w->until - loop_now(w->loop)) / NSEC_PER_SEC + 1;
    size_t end = first, here = 0;
    for (; end < w->job_count && str_eq(w->jobs[end].item.node, node); end++)
        here += asks(&w->jobs[end]);
    for (size_t i = first; i < end && here < PER_NODE && *asked < (size_t)w->options.parallel; i++) {
        struct job *job = &w->jobs[i];
        if (is_over(job) || job->pod)
            continue;
        job->pod = warm_pods_make(w->pods, job->thing, node, seconds);
        here++;
        ++*asked;
        become(w, job, WARM_ASKING);
    }
    return end - first;
}

static void ask_for_more(struct warm *w)
{
    size_t asked = 0;
    for (size_t i = 0; i < w->job_count; i++)
        asked += asks(&w->jobs[i]);
    for (size_t i = 0; i < w->job_count && asked < (size_t)w->options.parallel;)
        i += ask_node(w, i, &asked);
}

/* From the beginning to the end. */

static void finish(struct warm *w)
{
    w->phase = OVER;
    loop_timer_stop(&w->tick);
    warm_pods_close(w->pods);
    w->events->done(w->data);
}

static void give_up(struct warm *w, const char *words)
{
    w->end_by = loop_now(w->loop) + END_PATIENCE;
    for (size_t i = 0; i < w->job_count; i++)
        if (!is_over(&w->jobs[i]) && !w->jobs[i].there)
            lose(w, &w->jobs[i], words, NULL);
}

static void run_jobs(struct warm *w)
{
    bool open = false;
    for (size_t i = 0; i < w->job_count; i++) {
        if (w->jobs[i].pod && !is_over(&w->jobs[i]))
            follow(w, &w->jobs[i]);
        open |= !is_over(&w->jobs[i]);
    }
    if (open && !w->end_by)
        ask_for_more(w);
    if (open)
        return;
    warm_pods_remove_all(w->pods);
    if (!warm_pods_busy(w->pods) || (w->end_by && loop_now(w->loop) >= w->end_by))
        finish(w);
}

static void remove_dead(struct warm *w)
{
    size_t left = warm_pods_remove_dead(w->pods);
    char note[120];
    snprintf(note, sizeof note, "%zu pod%s that an earlier run left behind %s removed", left, left == 1 ? "" : "s",
             left == 1 ? "is" : "are");
    if (left)
        w->events->note(w->data, note);
}

static void step(void *data)
{
    struct warm *w = data;
    if (w->phase == OVER)
        return;
    if (!w->end_by && loop_now(w->loop) >= w->until)
        warm_stop(w, "it took longer than was allowed");
    if (w->phase == LISTING && (err_is_set(&w->err) || w->end_by)) {
        finish(w);
        return;
    }
    if (w->phase == LISTING && reflector_synced(w->node_list) && warm_pods_listed(w->pods)) {
        choose(w);
        w->phase = CLEARING;
    }
    bool judged = w->phase != LISTING && warm_pods_judged(w->pods);
    if (judged)
        remove_dead(w);
    if (w->phase == CLEARING && (judged || w->end_by) && (!warm_pods_busy(w->pods) || w->end_by))
        w->phase = RUNNING;
    if (w->phase == RUNNING)
        run_jobs(w);
}

static void poke(void *data)
{
    struct warm *w = data;
    if (w->phase != OVER)
        loop_task_start(&w->step);
}

static void on_tick(void *data)
{
    struct warm *w = data;
    loop_timer_start(&w->tick, TICK);
    poke(w);
}

/* Silence would look as if the nodes were pulling. */
static void tell_trouble(struct warm *w, const char *why)
{
    struct err sentence = ERR_INIT;
    err_set(&sentence, "the cluster: %s", why);
    if (*why)
        w->events->note(w->data, sentence.text);
}

static void on_list(void *data, struct reflector *reflector)
{
    struct warm *w = data;
    if (reflector_synced(reflector))
        tell_trouble(w, reflector_why(reflector));
    else if (*reflector_why(reflector) && !reflector_waits(reflector)) {
        int refusal = reflector_refusal(reflector);
        w->unreachable = !refusal || refusal == 401;
        err_set(&w->err, "%s", reflector_why(reflector));
    }
    poke(w);
}

static void on_note(void *data, const char *sentence)
{
    struct warm *w = data;
    w->events->note(w->data, sentence);
}

struct warm *warm_new(struct kube_client *client, const struct warm_options *options, const struct warm_events *events,
                      void *data)
{
    struct warm *w = xcalloc(1, sizeof *w);
    w->options = *options;
    w->events = events;
    w->data = data;
    w->client = client;
    w->loop = kube_client_loop(client);
    w->until = loop_now(w->loop) + options->timeout;
    loop_task_init(&w->step, w->loop, step, w);
    loop_timer_init(&w->tick, w->loop, on_tick, w);
    loop_timer_start(&w->tick, TICK);
    w->nodes = store_new(&kind_nodeimages);
    w->node_list = reflector_new(client, w->nodes, NULL, on_list, w);
    struct warm_pods_events tell = {.change = poke, .list = on_list, .note = on_note};
    w->pods = warm_pods_new(client, options->graph, &tell, w);
    return w;
}

void warm_stop(struct warm *w, const char *words)
{
    if (w->phase == OVER || w->end_by)
        return;
    if (w->phase == LISTING)
        err_set(&w->err, "the nodes and their images were not known: %s", words);
    give_up(w, words);
    poke(w);
}

void warm_free(struct warm *w)
{
    if (!w)
        return;
    loop_task_stop(&w->step);
    loop_timer_stop(&w->tick);
    if (w->node_list)
        reflector_free(w->node_list);
    store_free(w->nodes);
    warm_pods_free(w->pods);
    for (size_t i = 0; i < w->job_count; i++) {
        free(w->jobs[i].item.image);
        free(w->jobs[i].item.node);
        free(w->jobs[i].item.message);
    }
    free(w->jobs);
    map_release(&w->said, NULL);
    free(w);
}

const struct warm_item *warm_item(const struct warm *w, size_t index)
{
    return index < w->job_count ? &w->jobs[index].item : NULL;
}

const char *warm_why(const struct warm *w, bool *unreachable)
{
    *unreachable = w->unreachable;
    return w->err.text;
}

bool warm_is_simulated(const struct warm *w)
{
    return w->simulated;
}
