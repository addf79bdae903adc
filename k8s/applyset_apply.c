#include "k8s/applyset_private.h"

#include "k8s/owned.h"
#include "net/url.h"

#define MAX_TRIES 4 /* of an object that somebody else changes at the same moment */
#define RENEW (10 * NSEC_PER_SEC)
#define LOOK_AGAIN (NSEC_PER_SEC) /* after it was not written */

/* The steps of writing, last to first. */

/* Somebody was faster, which is no conflict of managers. */
static bool came_between(struct setobject *object, const struct kube_answer *answer)
{
    return answer->status == 409 && !setobject_is_conflict(answer) && ++object->tries < MAX_TRIES;
}

cJSON *applyset_parent_at(struct applyset *set, enum applyset_step step, const struct kindset *kinds)
{
    const cJSON *there = set->parent->before;
    cJSON *parent = cJSON_Duplicate(set->parent->want, true);
    struct err err = ERR_INIT;
    if (set->fill && set->fill(set->data, step, there, parent, &err) < 0) {
        applyset_fail(set, &err);
        cJSON_Delete(parent);
        return NULL;
    }
    struct buf text;
    buf_init(&text, 4096);
    kindset_write(kinds, &text);
    json_put(json_ensure(parent, "metadata.annotations"), SET_ANNOTATION_KINDS, cJSON_CreateString(text.data));
    buf_release(&text);
    return parent;
}

/* Writes it, if it is still as it was read, whoever wrote in it: setparent_check() has seen that it is the set's. */
static void write_parent(struct applyset *set, enum applyset_step step, const struct kindset *kinds, answer_fn *fn)
{
    cJSON *parent = applyset_parent_at(set, step, kinds);
    if (!parent) {
        set->held = false;
        applyset_finish(set);
        return;
    }
    if (!set->dry_run)
        json_set_str(parent, "metadata.resourceVersion", json_str(set->parent->before, "metadata.resourceVersion"));
    if (!set->dry_run) /* one that was deleted meanwhile does not come back */
        json_set_str(parent, "metadata.uid", json_str(set->parent->before, "metadata.uid"));
    applyset_apply(set, set->parent, parent, true, fn);
    cJSON_Delete(parent);
}

void applyset_take_parent(struct applyset *set, const struct kube_answer *answer)
{
    cJSON_Delete(set->parent->before);
    set->parent->before = cJSON_Duplicate(answer->json, true);
    free(set->parent->uid);
    set->parent->uid = xstrdup_or_null(json_str(answer->json, "metadata.uid"));
}

/* The end, and giving up. */

static void write_end(struct applyset *set);

static void on_read_again(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (answer->status == 200) {
        applyset_take_parent(set, answer);
        return;
    }
    if (answer->status == 404) {
        struct err err = ERR_INIT;
        err_set(&err, "%s was deleted by somebody else meanwhile: what was written since is left over; deploy again, or delete it",
                object->words);
        applyset_fail(set, &err);
    } else {
        applyset_explain(set, object, "read", answer);
    }
    set->held = false;
    set->next = applyset_finish;
}

static void on_ended(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (came_between(object, answer)) { /* somebody may have labelled it, or taken it from us */
        set->next = write_end;
        applyset_get(set, object, on_read_again);
        return;
    }
    set->held = false;
    if (err_is_set(&answer->err) && !set->failures) /* else what went wrong before is told */
        applyset_explain(set, object, "apply", answer);
}

static void write_end(struct applyset *set)
{
    bool failed = set->failures > 0;
    loop_timer_stop(&set->renew);
    set->next = applyset_finish;
    write_parent(set, failed ? APPLYSET_FAILS : APPLYSET_ENDS, failed ? &set->listed : &set->ours, on_ended);
}

void applyset_apply_give_up(struct applyset *set)
{
    set->giving_up = true;
    write_end(set);
}

static void end(struct applyset *set)
{
    if (set->dry_run)
        applyset_finish(set);
    else
        write_end(set);
}

static void prune(struct applyset *set)
{
    set->next = end;
    applyset_prune(set);
}

/* The members. */

bool applyset_is_forced(const struct applyset *set, const struct setobject *object)
{
    for (size_t i = 0; i < set->take_over_count; i++)
        if (strcmp(set->take_over[i], object->name) == 0)
            return true;
    return set->force;
}

static void on_applied(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (err_is_set(&answer->err)) {
        if (came_between(object, answer)) /* the server looks again */
            applyset_apply(set, object, object->want, applyset_is_forced(set, object), on_applied);
        else
            applyset_explain(set, object, "apply", answer);
        return;
    }
    static const char *const verbs[] = {"created", "configured", "unchanged:"};
    enum apply_change change = setobject_change(object, answer, set->dry_run);
    set->result.created += change == APPLY_CREATED;
    set->result.configured += change == APPLY_CONFIGURED;
    set->result.unchanged += change == APPLY_UNCHANGED;
    applyset_tell(set, verbs[change], object);
}

bool applyset_is_same(const struct applyset *set, const struct setobject *object)
{
    return object->before && owned_same(object->want, object->before, set->manager);
}

static void apply_members(struct applyset *set)
{
    set->next = prune;
    for (size_t i = 0; i < set->members.count; i++) {
        struct setobject *object = set->members.items[i];
        if (applyset_is_same(set, object)) {
            set->result.unchanged++;
            applyset_tell(set, "unchanged:", object);
        } else {
            applyset_apply(set, object, object->want, applyset_is_forced(set, object), on_applied);
        }
    }
    if (!set->requests.waiting)
        prune(set);
}

/* The beginning. */

/* Somebody changed it: a label, or it is theirs now, and nothing more is written. */
static void on_looked_again(struct applyset *set, struct setobject *object UNUSED, const struct kube_answer *answer)
{
    if (answer->status == 200) {
        applyset_take_parent(set, answer);
        cJSON *parent = applyset_parent_at(set, APPLYSET_RENEWS, &set->listed);
        set->held = parent != NULL;
        cJSON_Delete(parent);
    }
    if (set->held) {
        loop_timer_start(&set->renew, LOOK_AGAIN);
    } else {
        set->stopping = true;
        setrequests_drop_queue(&set->requests);
    }
}

static void on_renewed(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (answer->status == 409) {
        applyset_get(set, object, on_looked_again);
        return;
    }
    if (answer->status == 200)
        applyset_take_parent(set, answer);
    loop_timer_start(&set->renew, RENEW);
}

/* Whatever the step at hand waits for, it waits for this as well. */
void applyset_renew(void *data)
{
    struct applyset *set = data;
    if (set->held && !set->giving_up)
        write_parent(set, APPLYSET_RENEWS, &set->listed, on_renewed);
}

static void on_begun(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (!set->dry_run && came_between(object, answer)) {
        applyset_begin_again(set);
        return;
    }
    if (err_is_set(&answer->err)) {
        applyset_explain(set, object, "apply", answer);
        return;
    }
    set->held = set->result.begun = !set->dry_run;
    applyset_take_parent(set, answer);
    if (!set->deleting)
        applyset_tell(set, "applied", object);
    if (set->held)
        loop_timer_start(&set->renew, RENEW);
}

void applyset_hold(struct applyset *set, void (*next)(struct applyset *set))
{
    set->next = next;
    write_parent(set, APPLYSET_BEGINS, &set->listed, on_begun);
}

static void write_begin(struct applyset *set)
{
    applyset_hold(set, apply_members);
}

static void on_made(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (came_between(object, answer))
        applyset_begin_again(set);
    else if (err_is_set(&answer->err))
        applyset_explain(set, object, "create", answer);
    else
        applyset_take_parent(set, answer);
}

/* Two that apply what is not there both succeed; of two that create it one does not. What it is made with, nothing later
 * changes: who creates a field keeps it. */
static void make_parent(struct applyset *set)
{
    cJSON *parent = cJSON_CreateObject();
    json_set_str(parent, "apiVersion", "v1");
    json_set_str(parent, "kind", "ConfigMap");
    json_set_str(parent, "metadata.name", set->parent->name);
    json_put(json_ensure(parent, "metadata.labels"), SET_LABEL_ID, cJSON_CreateString(set->id));
    struct buf path;
    buf_init(&path, 1024);
    kind_path(&path, set->parent->kind, set->ns, NULL);
    buf_adds(&path, "?fieldManager=");
    url_escape(&path, set->manager);
    set->next = write_begin;
    applyset_send(set, set->parent, "POST", path.data, "application/json", parent, on_made);
    buf_release(&path);
    cJSON_Delete(parent);
}

static void on_namespace_made(struct applyset *set, struct setobject *object UNUSED, const struct kube_answer *answer)
{
    if (!err_is_set(&answer->err) || answer->status == 409)
        return;
    struct err err = answer->err;
    err_prefix(&err, "cannot create the namespace '%s'", set->ns);
    applyset_fail(set, &err);
}

/* Nothing can be tried in a namespace that is not there: all of it would be made. */
static void all_new(struct applyset *set)
{
    set->result.created = set->members.count;
    applyset_tell(set, "created", set->parent);
    for (size_t i = 0; i < set->members.count; i++)
        applyset_tell(set, "created", set->members.items[i]);
    applyset_finish(set);
}

static void make_namespace(struct applyset *set)
{
    cJSON *body = cJSON_CreateObject();
    json_set_str(body, "apiVersion", "v1");
    json_set_str(body, "kind", "Namespace");
    json_set_str(body, "metadata.name", set->ns);
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/namespaces?fieldManager=");
    url_escape(&path, set->manager);
    if (set->dry_run)
        buf_adds(&path, "&dryRun=All");
    set->next = set->dry_run ? all_new : make_parent;
    applyset_send(set, NULL, "POST", path.data, "application/json", body, on_namespace_made);
    buf_release(&path);
    cJSON_Delete(body);
}

void applyset_write(struct applyset *set)
{
    if (set->no_namespace)
        make_namespace(set);
    else if (!set->parent->before && !set->dry_run)
        make_parent(set);
    else
        write_begin(set);
}
