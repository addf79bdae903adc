#include "app/acting.h"

#include "base/time.h"
#include "graph/plan.h"
#include "k8s/setparent.h"

struct item {
    struct acting *acting;
    struct acting_target target; /* its texts are owned */
    char *set;                   /* the id of its graph's */
    struct rollout *rollout;
    char text[ACT_TEXT];
    bool senseless; /* it was refused because it makes no sense */
};

struct acting {
    struct kube_client *client;
    enum act act;
    int replicas;
    struct item *items;
    size_t count, waiting;
    struct acting_result result;
    const char *first; /* that was changed */
    acting_line_fn line;
    acting_done_fn done;
    void *data;
};

void acting_cancel(struct acting *acting)
{
    if (!acting)
        return;
    for (size_t i = 0; i < acting->count; i++) {
        struct item *item = &acting->items[i];
        rollout_cancel(item->rollout);
        free((char *)(uintptr_t)item->target.ns);
        free((char *)(uintptr_t)item->target.graph);
        free((char *)(uintptr_t)item->target.name);
        free((char *)(uintptr_t)item->target.uid);
        free(item->set);
    }
    free(acting->items);
    free(acting);
}

/* What is not of the set is somebody else's, whatever it is called. */
static int check_member(const struct item *item, const cJSON *object, struct err *err)
{
    const cJSON *graph = json_get(json_at(object, "metadata.labels"), PLAN_LABEL_GRAPH);
    if (cJSON_IsString(graph) && str_eq(graph->valuestring, item->target.graph) && setparent_owns(object, item->set))
        return 0;
    return err_set(err, "%s: the deployment of that name is not one of graph %s, and is left alone", item->target.name,
                   item->target.graph);
}

/* kubectl's annotation has whole seconds: a second one in the same would change nothing. */
static bool restarted_now(const struct acting *acting, const cJSON *object)
{
    char now[TIME_TEXT];
    return str_eq(rollout_restarted_at(object), time_format(now, loop_wall(kube_client_loop(acting->client)), 0));
}

static int decide(void *data, const cJSON *object, struct rollout_ask *ask, struct err *err)
{
    struct item *item = data;
    const struct acting *acting = item->acting;
    struct act_request request = {acting->act, acting->replicas, item->target.wanted};
    if (check_member(item, object, err) < 0)
        return -1;
    struct record *record = record_new(&kind_deployment, object);
    int rc = record ? act_decide(&request, (const struct deployment *)record, ask, item->text, err)
                    : err_set(err, "the answer is no deployment");
    if (record)
        record_unref(record);
    if (rc == 0 && ask->what == ROLLOUT_RESTART && restarted_now(acting, object))
        rc = err_set(err, "was restarted within this second; try again in the next");
    if (rc < 0) {
        item->senseless = true;
        snprintf(item->text, sizeof item->text, "%s", err->text);
        err_prefix(err, "%s", item->target.name);
    }
    return rc;
}

/* "restarted camera", "restarted camera and 2 more", else what the only one said. */
static void sum_up(struct acting *acting)
{
    struct acting_result *r = &acting->result;
    const char *done = act_table[acting->act].done;
    if (r->failed)
        snprintf(r->text, sizeof r->text, "%.400s", r->err.text);
    else if (acting->count == 1 && !r->done)
        snprintf(r->text, sizeof r->text, "%.100s: %s", acting->items[0].target.name, acting->items[0].text);
    else if (!r->done)
        snprintf(r->text, sizeof r->text, "none of the %zu things was %s: there was nothing to do", acting->count, done);
    else if (r->done == 1)
        snprintf(r->text, sizeof r->text, "%s %.100s", done, acting->first);
    else
        snprintf(r->text, sizeof r->text, "%s %zu things", done, r->done);
    size_t len = strlen(r->text);
    if (r->failed && r->done)
        snprintf(r->text + len, sizeof r->text - len, " (%zu others were %s)", r->done, done);
}

static void finish(struct acting *acting)
{
    acting_done_fn done = acting->done;
    void *data = acting->data;
    sum_up(acting);
    struct acting_result result = acting->result;
    acting_cancel(acting);
    done(data, &result);
}

static void count(struct acting *acting, struct item *item, enum rollout_end end, const struct err *err, bool unreachable)
{
    struct acting_result *result = &acting->result;
    if (end == ROLLOUT_FAILED) {
        if (!result->failed++) {
            result->err = *err;
            result->unreachable = unreachable;
        }
    } else if (end == ROLLOUT_LEFT) {
        result->left++;
    } else if (!result->done++) {
        acting->first = item->target.name;
    }
}

static void on_done(void *data, enum rollout_end end, const cJSON *object UNUSED, const struct err *err, bool unreachable)
{
    struct item *item = data;
    struct acting *acting = item->acting;
    item->rollout = NULL;
    if (end == ROLLOUT_FAILED && item->senseless && !item->target.meant)
        end = ROLLOUT_LEFT;
    count(acting, item, end, err, unreachable);
    acting->waiting--;
    if (acting->line)
        acting->line(acting->data, &item->target, end == ROLLOUT_FAILED ? err->text : item->text, end == ROLLOUT_FAILED,
                     acting->count - acting->waiting);
    if (!acting->waiting)
        finish(acting);
}

static void begin(struct item *item, struct acting *acting, const struct acting_options *options,
                  const struct acting_target *target)
{
    char *parent = plan_parent_name(target->graph);
    item->acting = acting;
    item->set = plan_applyset_id(parent, target->ns, "ConfigMap", "");
    free(parent);
    item->target = (struct acting_target){xstrdup(target->ns),           xstrdup(target->graph), xstrdup(target->name),
                                          xstrdup_or_null(target->uid), target->wanted,         target->meant};
    struct rollout_options how = {.ns = target->ns,
                                  .name = target->name,
                                  .uid = target->uid,
                                  .manager = PLAN_MANAGER,
                                  .force = options->force,
                                  .dry_run = options->dry_run};
    item->rollout = rollout_start(acting->client, &how, decide, on_done, item);
}

struct acting *acting_start(struct kube_client *client, const struct acting_options *options, acting_line_fn line,
                            acting_done_fn done, void *data)
{
    struct acting *acting = xcalloc(1, sizeof *acting);
    acting->client = client;
    acting->act = options->act;
    acting->replicas = options->replicas;
    acting->line = line;
    acting->done = done;
    acting->data = data;
    acting->items = xcalloc(options->count, sizeof *acting->items);
    acting->count = acting->waiting = options->count;
    for (size_t i = 0; i < options->count; i++)
        begin(&acting->items[i], acting, options, &options->targets[i]);
    return acting;
}
