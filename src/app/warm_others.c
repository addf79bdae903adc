#include "app/warm_others.h"

#include "app/holder.h"
#include "graph/warmpod.h"
#include "k8s/kinds/pod.h"
#include "net/url.h"

#define LOOK (5 * NSEC_PER_SEC)
#define REQUEST_PATIENCE (30 * NSEC_PER_SEC)

struct run {
    char id[33];
    int64_t heard; /* when its pods last said something else, or when it was seen first */
    bool ended, told;
    struct run *next;
};

struct other { /* a pod */
    struct run *run; /* NULL: it names nobody */
    char *said;
};

struct warm_others {
    struct kube_client *client;
    struct loop *loop;
    const struct graph *graph;
    loop_fn change;
    void (*note)(void *data, const char *sentence);
    void *data;
    struct kube_call *call;
    struct loop_timer again;
    bool looked;
    struct run *runs;
    struct map pods; /* by name → struct other, owned */
};

static void free_other(void *data)
{
    struct other *other = data;
    free(other->said);
    free(other);
}

static struct run *run_of(struct warm_others *o, const struct holder *holder)
{
    for (struct run *run = o->runs; run; run = run->next)
        if (str_eq(run->id, holder->id))
            return run;
    struct run *run = xcalloc(1, sizeof *run);
    memcpy(run->id, holder->id, sizeof run->id);
    run->next = o->runs;
    o->runs = run;
    return run;
}

/* Once, of a run that may be alive. */
static void tell(struct warm_others *o, struct run *run, const struct holder *holder)
{
    if (run->ended || run->told)
        return;
    run->told = true;
    struct buf who;
    struct err sentence = ERR_INIT;
    buf_init(&who, 400);
    holder_words(holder, &who);
    err_set(&sentence, "%s has these images pulled as well; the pods of that run are left alone", who.data);
    buf_release(&who);
    o->note(o->data, sentence.text);
}

static void take(struct warm_others *o, const cJSON *item)
{
    const char *name = json_str(item, "metadata.name");
    const cJSON *said = json_get(json_object(item, "metadata.annotations"), WARM_HOLDER);
    struct holder holder;
    if (!name)
        return;
    struct other *other = map_get(&o->pods, name);
    bool news = !other || !str_eq(other->said, cJSON_GetStringValue(said));
    if (!news)
        return;
    if (!other)
        map_put(&o->pods, name, other = xcalloc(1, sizeof *other));
    free(other->said);
    other->said = xstrdup_or_null(cJSON_GetStringValue(said));
    other->run = holder_read(&holder, other->said) ? run_of(o, &holder) : NULL;
    if (!other->run)
        return;
    other->run->heard = loop_now(o->loop);
    other->run->ended = holder_ended(&holder);
    tell(o, other->run, &holder);
}

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct warm_others *o = data;
    const cJSON *item;
    o->call = NULL;
    o->looked = true;
    cJSON_ArrayForEach(item, json_array(answer->json, "items")) take(o, item);
    loop_timer_start(&o->again, LOOK);
    o->change(o->data);
}

/* Whoever still sees such pods looks again. */
static void on_again(void *data)
{
    struct warm_others *o = data;
    o->change(o->data);
}

void warm_others_look(struct warm_others *o)
{
    if (o->call || loop_timer_active(&o->again))
        return;
    struct buf path;
    buf_init(&path, 2048);
    kind_path(&path, &kind_pod, o->graph->ns, NULL);
    buf_adds(&path, "?labelSelector=");
    url_escape(&path, WARM_LABEL "=");
    url_escape(&path, o->graph->name);
    o->call = kube_start(o->client, &(struct kube_request){.path = path.data, .total_timeout = REQUEST_PATIENCE}, on_answer, o);
    buf_release(&path);
}

bool warm_others_looked(const struct warm_others *o)
{
    return o->looked;
}

enum warm_other warm_others_judge(const struct warm_others *o, const char *pod)
{
    const struct other *other = map_get(&o->pods, pod);
    if (!other)
        return OTHER_UNKNOWN;
    bool dead = !other->run || other->run->ended || loop_now(o->loop) - other->run->heard >= HOLDER_PATIENCE;
    return dead ? OTHER_DEAD : OTHER_ALIVE;
}

struct warm_others *warm_others_new(struct kube_client *client, const struct graph *graph, loop_fn change,
                                    void (*note)(void *data, const char *sentence), void *data)
{
    struct warm_others *o = xcalloc(1, sizeof *o);
    o->client = client;
    o->loop = kube_client_loop(client);
    o->graph = graph;
    o->change = change;
    o->note = note;
    o->data = data;
    loop_timer_init(&o->again, o->loop, on_again, o);
    return o;
}

void warm_others_free(struct warm_others *o)
{
    if (!o)
        return;
    if (o->call)
        kube_cancel(o->call);
    loop_timer_stop(&o->again);
    map_release(&o->pods, free_other);
    for (struct run *run = o->runs, *next; run; run = next) {
        next = run->next;
        free(run);
    }
    free(o);
}
