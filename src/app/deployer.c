#include "app/deployer.h"

#include "app/holder.h"
#include "k8s/access.h"
#include "base/text.h"
#include "base/time.h"
#include "graph/compare.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/configmap.h"

#define LOOK (NSEC_PER_SEC) /* how often it is looked whether somebody is still at it */

struct deployer {
    struct kube_client *client;
    struct kube_call *get;
    struct applyset *set;
    struct plan *plan;
    const struct catalogue *catalogue;
    char *ns, *graph, *text, *over; /* text: NULL for a deletion */
    int64_t back;
    bool force, dry_run, deleting;
    char **take_over;
    size_t take_over_count;
    struct holder self;
    char *other;        /* the holder that is waited for, as it is written; NULL: none */
    int64_t other_since; /* monotonic: when it was seen first */
    bool other_ended;
    unsigned beats;
    int64_t began;      /* monotonic: when we last began to write that we are at it; 0: not yet */
    bool held;          /* the parent said that it is us */
    struct loop_timer look;
    struct loop_task stop;
    applyset_progress_fn progress;
    applyset_done_fn done;
    void *data;
};

static void deployer_free(struct deployer *d)
{
    if (d->get)
        kube_cancel(d->get);
    loop_timer_stop(&d->look);
    loop_task_stop(&d->stop);
    plan_free(d->plan);
    for (size_t i = 0; i < d->take_over_count; i++)
        free(d->take_over[i]);
    free(d->take_over);
    free(d->ns);
    free(d->graph);
    free(d->text);
    free(d->over);
    free(d->other);
    free(d);
}

static void on_progress(void *data, const struct applyset_progress *progress)
{
    struct deployer *d = data;
    if (d->progress)
        d->progress(d->data, progress);
}

static void say(struct deployer *d, const char *what)
{
    on_progress(d, &(struct applyset_progress){.what = what});
}

static void on_done(void *data, const struct applyset_result *result)
{
    struct deployer *d = data;
    d->set = NULL;
    applyset_done_fn done = d->done;
    void *done_data = d->data;
    deployer_free(d);
    done(done_data, result);
}

static void fail(struct deployer *d, const struct err *err, bool unreachable)
{
    struct applyset_result result = {.ok = false, .err = *err, .unreachable = unreachable};
    on_done(d, &result);
}

static const char *said(const cJSON *parent, const char *key)
{
    const cJSON *value = json_get(json_object(parent, "data"), key);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

/* What the parent says at each step. */

/* What this deployment changes, for the history. */
static char *what_changes(const struct deployer *d, const char *before)
{
    struct faults faults = {0};
    struct buf out;
    if (d->deleting)
        return xstrdup("deletion");
    if (d->back)
        return xasprintf("rollback to %" PRId64, d->back);
    if (!before)
        return xstrdup("first deployment");
    struct graph *old = graph_parse(before, strlen(before), "deployed", d->catalogue, &faults);
    struct graph *new = graph_parse(d->text, strlen(d->text), "graph", d->catalogue, &faults);
    buf_init(&out, 2000);
    if (old && new)
        compare_summary(old, new, &out);
    if (!out.len)
        buf_adds(&out, "comments or places only");
    graph_free(old);
    graph_free(new);
    faults_release(&faults);
    char *what = xstrndup(out.data, text_clip(out.data, 400));
    buf_release(&out);
    return what;
}

/* The entry of what we do: one that was cut short with the same text goes on. */
static cJSON *own_entry(struct deployer *d, cJSON *list, const char *before, const char *text)
{
    cJSON *last = revisions_last(list);
    if (last && revision_deletes(last) == d->deleting && !revision_edited(last) && str_eq(json_str(last, "text"), text))
        return last;
    bool anew = revision_deletes(last) && !d->deleting && !d->back;
    char at[TIME_TEXT], *what = anew ? xstrdup("deployed anew: a deletion was cut short") : what_changes(d, before);
    cJSON *entry = cJSON_CreateObject();
    json_set_int(entry, "revision", json_int(last, "revision", 0) + 1);
    json_set_str(entry, "at", time_format(at, loop_wall(kube_client_loop(d->client)), 0));
    json_set_str(entry, "by", d->self.by);
    json_set_str(entry, "host", d->self.host);
    json_set_str(entry, "what", what);
    if (d->back)
        json_set_int(entry, "back", d->back);
    if (d->deleting)
        json_set_bool(entry, "deletes", true);
    revision_set_text(entry, text);
    cJSON_AddItemToArray(list, entry);
    free(what);
    return entry;
}

static void put_revisions(struct deployer *d, enum applyset_step step, const cJSON *there, cJSON *data)
{
    const char *before = said(there, PLAN_KEY_TEXT);
    cJSON *list = revisions_read(said(there, PLAN_KEY_REVISIONS), before);
    const char *now = d->deleting ? str_or_empty(before) : d->text;
    cJSON *entry = own_entry(d, list, before, now);
    if (d->began && step == APPLYSET_ENDS && !revision_whole(entry)) {
        int64_t took = loop_now(kube_client_loop(d->client)) - d->began;
        json_set(entry, "took", cJSON_CreateNumber((double)(took / NSEC_PER_MSEC) / 1e3));
    }
    struct buf text;
    buf_init(&text, 4u << 20);
    size_t rest = strlen(now) + strlen(json_str_or(data, PLAN_KEY_MEMBERS, ""));
    revisions_write(list, revisions_room(rest), &text);
    json_put(data, PLAN_KEY_REVISIONS, cJSON_CreateString(text.data));
    buf_release(&text);
    cJSON_Delete(list);
}

static int refuse(const struct deployer *d, const struct holder *holder, const char *does, struct err *err)
{
    struct buf who;
    buf_init(&who, 400);
    holder_words(holder, &who);
    err_set(err, "%s %s graph %s; %s", who.data, does, d->graph,
            d->deleting                        ? "nothing was deleted"
            : holder->does == HOLDER_DELETES ? "deploy again when it is gone, if it is wanted"
                                               : "see with 'patchbay diff' what differs then, and deploy again");
    buf_release(&who);
    return -1;
}

static int refuse_doing(const struct deployer *d, const struct holder *holder, struct err *err)
{
    char does[32];
    snprintf(does, sizeof does, "is %s", holder_doing(holder));
    return refuse(d, holder, does, err);
}

/* A format that we do not know, or somebody who is at it. */
static int may_write(struct deployer *d, const cJSON *there, struct err *err)
{
    const char *format = said(there, PLAN_KEY_FORMAT);
    struct holder holder;
    if (format && strcmp(format, "1") != 0)
        return err_set(err, "graph %s was deployed by a newer patchbay (format %s; this one knows 1), whose history would be lost; "
                            "deploy it with that one", d->graph, SHOWN(format));
    if (!d->deleting && !revisions_readable(said(there, PLAN_KEY_REVISIONS)))
        return err_set(err,
                       "the history of graph %s, '" PLAN_KEY_REVISIONS
                       "' in configmap patchbay-%s, cannot be read, and a deployment would write "
                       "over it: mend it, or remove that key and lose what could be gone back to",
                       d->graph, d->graph);
    bool held = holder_read(&holder, said(there, PLAN_KEY_HOLDER)), ours = held && str_eq(holder.id, d->self.id);
    d->held |= ours;
    if (d->held && !ours)
        return err_set(err, "%s took over the %s of graph %s, which had not been heard of for long; what both wrote last may be "
                            "there: see 'patchbay diff', and deploy again what is meant", held ? holder.by : "somebody else",
                       holder_noun(&d->self), d->graph);
    if (!held || ours || holder_ended(&holder) || (d->other_ended && str_eq(said(there, PLAN_KEY_HOLDER), d->other)))
        return 0;
    return refuse_doing(d, &holder, err);
}

/* Between what it was made from and our beginning somebody may have deployed. */
static int is_over(const struct deployer *d, const cJSON *there, struct err *err)
{
    if (!d->over || d->held || str_eq(said(there, PLAN_KEY_TEXT), d->over))
        return 0;
    return err_set(err, "graph %s was deployed by somebody else meanwhile, and that is not undone: see what differs now, and deploy again",
                   d->graph);
}

static int fill_parent(void *data, enum applyset_step step, const cJSON *there, cJSON *parent, struct err *err)
{
    struct deployer *d = data;
    if ((!d->dry_run && may_write(d, there, err) < 0) || is_over(d, there, err) < 0)
        return -1;
    cJSON *own = json_ensure(parent, "data");
    if (step == APPLYSET_BEGINS && !d->dry_run)
        d->began = loop_now(kube_client_loop(d->client));
    put_revisions(d, step, there, own);
    if (step == APPLYSET_ENDS || d->dry_run)
        return 0;
    struct buf text;
    buf_init(&text, 2000);
    d->self.over = step == APPLYSET_FAILS;
    holder_write(&d->self, d->beats++, &text);
    json_put(own, PLAN_KEY_HOLDER, cJSON_CreateString(text.data));
    buf_release(&text);
    return 0;
}

static void delete(struct deployer *d)
{
    char *parent_name = plan_parent_name(d->graph);
    char *id = plan_applyset_id(parent_name, d->ns, "ConfigMap", "");
    cJSON *parent = cJSON_CreateObject();
    json_set_str(parent, "apiVersion", "v1");
    json_set_str(parent, "kind", "ConfigMap");
    json_set_str(parent, "metadata.name", parent_name);
    json_set_str(parent, "metadata.namespace", d->ns);
    struct applyset_options options = {
        .ns = d->ns, .manager = PLAN_MANAGER, .id = id, .parent = parent, .fill = fill_parent};
    d->set = applyset_delete(d->client, &options, on_progress, on_done, d);
    cJSON_Delete(parent);
    free(id);
    free(parent_name);
}

/* The names of the things' objects. The caller frees the array. */
static const char **taken_over(const struct deployer *d, size_t *count)
{
    const char **names = xcalloc(d->plan->member_count + 1, sizeof *names);
    *count = 0;
    for (size_t i = 0; i < d->plan->member_count; i++) {
        const cJSON *thing = json_get(json_at(d->plan->members[i], "metadata.labels"), PLAN_LABEL_THING);
        for (size_t k = 0; k < d->take_over_count; k++)
            if (str_eq(cJSON_GetStringValue(thing), d->take_over[k])) {
                names[(*count)++] = json_str(d->plan->members[i], "metadata.name");
                break;
            }
    }
    return names;
}

static void apply(struct deployer *d)
{
    size_t count;
    const char **names = taken_over(d, &count);
    struct applyset_options options = {
        .ns = d->plan->ns,
        .manager = PLAN_MANAGER,
        .id = d->plan->applyset_id,
        .parent = d->plan->parent,
        .members = d->plan->members,
        .member_count = d->plan->member_count,
        .fill = fill_parent,
        .force = d->force,
        .dry_run = d->dry_run,
        .take_over = names,
        .take_over_count = count,
    };
    d->set = applyset_start(d->client, &options, on_progress, on_done, d);
    free(names);
}

/* Whether somebody is at it, before anything is begun. */

static void say_of_other(struct deployer *d, const struct holder *holder, const char *before, const char *after)
{
    struct buf who;
    buf_init(&who, 400);
    holder_words(holder, &who);
    char *what = xasprintf("%s%s%s", before, who.data, after);
    say(d, what);
    free(what);
    buf_release(&who);
}

static void act(struct deployer *d)
{
    if (d->deleting)
        delete(d);
    else
        apply(d);
}

static void go_on(struct deployer *d, const struct holder *holder)
{
    char *before = xasprintf("the %s of ", holder_noun(holder));
    bool deletes = holder->does == HOLDER_DELETES;
    if (!d->deleting)
        say_of_other(d, holder, before,
                     deletes ? " was cut short; what is gone is deployed anew" : " was cut short; this one goes on from there");
    else if (deletes)
        say_of_other(d, holder, before, " was cut short; this one goes on from there");
    free(before);
    act(d);
}

static void wait_for(struct deployer *d, const struct holder *holder, const char *written)
{
    int64_t now = loop_now(kube_client_loop(d->client));
    struct err err = ERR_INIT;
    if (!d->other) {
        d->other = xstrdup(written);
        d->other_since = now;
        char *after = xasprintf(" began %s it; looking for up to %ds whether that program is still there", holder_doing(holder),
                                (int)(HOLDER_PATIENCE / NSEC_PER_SEC));
        say_of_other(d, holder, "", after);
        free(after);
    } else if (strcmp(d->other, written) != 0) {
        refuse_doing(d, holder, &err);
        fail(d, &err, false);
        return;
    }
    if (now - d->other_since < HOLDER_PATIENCE) {
        loop_timer_start(&d->look, LOOK);
        return;
    }
    d->other_ended = true;
    go_on(d, holder);
}

static void on_parent(void *data, const struct kube_answer *answer)
{
    struct deployer *d = data;
    struct holder holder;
    struct err err = ERR_INIT;
    d->get = NULL;
    if (answer->status != 200 && answer->status != 404) {
        fail(d, &answer->err, answer->outcome != HTTP_DONE);
        return;
    }
    const char *written = answer->status == 200 ? said(answer->json, PLAN_KEY_HOLDER) : NULL;
    bool held = holder_read(&holder, written);
    if (held && holder_ended(&holder)) {
        go_on(d, &holder);
    } else if (held && !d->dry_run) {
        wait_for(d, &holder, written);
    } else if (d->other) {
        holder_read(&holder, d->other);
        static const char *const has[] = {"has just deployed", "has just deleted", "has just rolled back"};
        refuse(d, &holder, has[holder.does], &err);
        fail(d, &err, false);
    } else {
        act(d);
    }
}

static void look(void *data)
{
    struct deployer *d = data;
    struct buf path;
    buf_init(&path, 1024);
    char *name = plan_parent_name(d->graph);
    kind_path(&path, &kind_configmap, d->ns, name);
    free(name);
    struct kube_request request = {.path = path.data, .total_timeout = 30 * NSEC_PER_SEC};
    d->get = kube_start(d->client, &request, on_parent, d);
    buf_release(&path);
}

/* Beginning and stopping. */

static void on_stop(void *data)
{
    struct applyset_result result = {.stopped = true};
    err_set(&result.err, "stopped before anything was changed");
    on_done(data, &result);
}

void deployer_stop(struct deployer *d)
{
    if (d->set) {
        applyset_stop(d->set);
        return;
    }
    if (d->get)
        kube_cancel(d->get);
    d->get = NULL;
    loop_timer_stop(&d->look);
    loop_task_start(&d->stop);
}

static struct deployer *deployer_new(struct kube_client *client, enum holder_does does, const char *ns, const char *graph,
                                     applyset_progress_fn progress, applyset_done_fn done, void *data)
{
    struct deployer *d = xcalloc(1, sizeof *d);
    struct loop *loop = kube_client_loop(client);
    d->client = client;
    d->ns = xstrdup(ns);
    d->graph = xstrdup(graph);
    d->progress = progress;
    d->done = done;
    d->data = data;
    holder_new(&d->self, does, access_who(kube_client_context(client)), loop_wall(loop));
    loop_timer_init(&d->look, loop, look, d);
    loop_task_init(&d->stop, loop, on_stop, d);
    return d;
}

static int first_fault(const struct faults *faults, struct err *err)
{
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->items[i].warning)
            return err_set(err, "%s:%d:%d: %s", faults->items[i].file, faults->items[i].line, faults->items[i].column,
                           faults->items[i].text);
    return 0;
}

struct deployer *deployer_start(struct kube_client *client, const struct deployer_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data, struct err *err)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(options->text, options->len, options->file ? options->file : "the graph",
                                      options->catalogue, &faults);
    int rc = first_fault(&faults, err);
    faults_release(&faults);
    if (rc == 0 && !graph)
        rc = err_set(err, "there is no graph to deploy");
    struct plan *plan = rc == 0 ? plan_make(graph, options->text, options->len, err) : NULL;
    graph_free(graph);
    if (!plan)
        return NULL;
    struct deployer *d = deployer_new(client, options->back ? HOLDER_ROLLS_BACK : HOLDER_DEPLOYS, plan->ns, plan->name, progress,
                                      done, data);
    d->plan = plan;
    d->catalogue = options->catalogue;
    d->text = xstrndup(options->text, options->len);
    d->over = xstrdup_or_null(options->over);
    d->back = options->back;
    d->force = options->force;
    d->dry_run = options->dry_run;
    d->take_over = xcalloc(options->take_over_count + 1, sizeof *d->take_over);
    for (size_t i = 0; i < options->take_over_count; i++)
        d->take_over[d->take_over_count++] = xstrdup(options->take_over[i]);
    look(d);
    return d;
}

void deployer_cancel(struct deployer *d)
{
    if (d->set)
        applyset_cancel(d->set);
    deployer_free(d);
}

struct deployer *deployer_delete(struct kube_client *client, const char *ns, const char *name,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data)
{
    struct deployer *d = deployer_new(client, HOLDER_DELETES, ns, name, progress, done, data);
    d->deleting = true;
    look(d);
    return d;
}
