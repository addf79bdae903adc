#include "k8s/applyset_private.h"

/* Its life. */

static void objects_release(struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        setobject_free(objects->items[i]);
    free(objects->items);
}

void applyset_add(struct objects *objects, struct setobject *object)
{
    GROW(objects->items, objects->count, objects->cap);
    objects->items[objects->count++] = object;
}

void applyset_cancel(struct applyset *set)
{
    if (!set)
        return;
    setrequests_cancel(&set->requests);
    loop_task_stop(&set->begin);
    loop_timer_stop(&set->renew);
    for (size_t i = 0; i < set->take_over_count; i++)
        free(set->take_over[i]);
    free(set->take_over);
    setobject_free(set->parent);
    objects_release(&set->members);
    objects_release(&set->extra);
    objects_release(&set->kinds);
    free(set->ns);
    free(set->manager);
    free(set->id);
    free(set);
}

void applyset_finish(struct applyset *set)
{
    struct applyset_result result = set->result;
    applyset_done_fn done = set->done;
    void *data = set->data;
    result.ok = !err_is_set(&result.err);
    if (set->failures > 1) {
        size_t len = strlen(result.err.text);
        snprintf(result.err.text + len, sizeof result.err.text - len, " (and %zu more failed)", set->failures - 1);
    }
    struct applyset_failure *failures = xcalloc(set->members.count + 1, sizeof *failures);
    for (size_t i = 0; i < set->members.count; i++) {
        struct setobject *object = set->members.items[i];
        if (!object->why)
            continue;
        failures[result.failure_count++] = (struct applyset_failure){object->want, object->why, object->conflict_count > 0};
        object->want = NULL;
        object->why = NULL;
    }
    result.failures = failures;
    applyset_cancel(set);
    done(data, &result);
    for (size_t i = 0; i < result.failure_count; i++) {
        cJSON_Delete(failures[i].object);
        free(failures[i].why);
    }
    free(failures);
}

void applyset_fail(struct applyset *set, const struct err *err)
{
    if (!set->failures++)
        set->result.err = *err;
}

void applyset_explain(struct applyset *set, struct setobject *object, const char *verb, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    setobject_refuse(object, verb, answer);
    err_set(&err, "%s", object->why);
    if (!set->failures)
        set->result.unreachable = answer->outcome != HTTP_DONE;
    applyset_fail(set, &err);
}

void applyset_tell(struct applyset *set, const char *verb, const struct setobject *object)
{
    if (!set->progress)
        return;
    char *what = xasprintf("%s %s%s", verb, object->words, set->dry_run ? " (dry run)" : "");
    struct applyset_progress progress = {
        .done = ++set->done_count,
        .total = 1 + set->members.count + set->extra.count,
        .what = what,
    };
    progress.done = MIN(progress.done, progress.total);
    set->progress(set->data, &progress);
    free(what);
}

/* What is there. */

struct setobject *applyset_member(const struct applyset *set, const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < set->members.count; i++)
        if (set->members.items[i]->kind == kind && strcmp(set->members.items[i]->name, name) == 0)
            return set->members.items[i];
    return NULL;
}

void applyset_check_gitops(struct applyset *set, const cJSON *object)
{
    struct buf who;
    struct err err = ERR_INIT;
    buf_init(&who, 400);
    if (!set->result.gitops && setparent_gitops(object, &who)) {
        err_set(&err, "%s keeps these objects as they are in git and would undo this; 'patchbay render', or :render, writes the "
                      "manifests for it", who.data);
        set->result.gitops = true;
        applyset_fail(set, &err);
    }
    buf_release(&who);
}

/* What of one kind is in the set on the cluster: `object` only says which kind. */
static void on_listed(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    const struct kind *kind = object->kind;
    if (err_is_set(&answer->err)) {
        struct err err = answer->err;
        err_prefix(&err, "cannot list the %s of the set", kind->plural);
        applyset_fail(set, &err);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, json_array(answer->json, "items"))
    {
        const char *name = json_str(item, "metadata.name"), *uid = json_str(item, "metadata.uid");
        if (!name || !uid || !setparent_owns(item, set->id))
            continue; /* a server that does not know selectors must not make us delete what is not ours */
        applyset_check_gitops(set, item);
        struct setobject *member = applyset_member(set, kind, name);
        if (!member) {
            member = setobject_new(kind, name, NULL);
            applyset_add(&set->extra, member);
        }
        cJSON_Delete(member->before);
        member->before = cJSON_Duplicate(item, true);
        free(member->uid);
        member->uid = xstrdup(uid);
    }
}

void applyset_list(struct applyset *set, const struct kind *kind)
{
    struct setobject *asked = setobject_new(kind, "", NULL);
    applyset_add(&set->kinds, asked);
    kindset_add(&set->asked, kind);
    setrequests_list(&set->requests, asked, kind, (setrequest_fn *)on_listed);
}

static void on_deleted(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    const char *verb = set->deleting ? "deleted" : "pruned";
    if (answer->status == 409) {
        applyset_tell(set, "left alone (it was made anew meanwhile):", object);
    } else if (err_is_set(&answer->err) && answer->status != 404) {
        applyset_explain(set, object, set->deleting ? "delete" : "prune", answer);
    } else {
        set->result.pruned++;
        applyset_tell(set, verb, object);
    }
}

void applyset_prune(struct applyset *set)
{
    if (!set->extra.count) {
        set->next(set);
        return;
    }
    for (size_t i = 0; i < set->extra.count; i++)
        applyset_delete_object(set, set->extra.items[i], on_deleted);
}

/* Beginning and stopping. */

static void begin(void *data)
{
    struct applyset *set = data;
    if (err_is_set(&set->result.err))
        applyset_finish(set);
    else
        applyset_begin_again(set);
}

static void add_member(struct applyset *set, const cJSON *object)
{
    const struct kind *kind = kind_of_object(object);
    const char *name = json_str(object, "metadata.name");
    struct err err = ERR_INIT;
    if (!kind || !kind->namespaced || !name) {
        err_set(&err, "cannot apply an object of the kind '%s' (%s): %s", json_str_or(object, "kind", "?"),
                json_str_or(object, "apiVersion", "?"), name ? "patchbay does not know it" : "it has no name");
        applyset_fail(set, &err);
        return;
    }
    cJSON *want = cJSON_Duplicate(object, true);
    cJSON *labels = json_ensure(want, "metadata.labels");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, SET_LABEL_PART_OF);
    cJSON_AddStringToObject(labels, SET_LABEL_PART_OF, set->id);
    json_set_str(want, "metadata.namespace", set->ns);
    applyset_add(&set->members, setobject_new(kind, name, want));
    kindset_add(&set->ours, kind);
    kindset_add(&set->listed, kind);
}

static void copy_take_over(struct applyset *set, const struct applyset_options *options)
{
    set->take_over = xcalloc(options->take_over_count + 1, sizeof *set->take_over);
    for (size_t i = 0; i < options->take_over_count; i++)
        set->take_over[set->take_over_count++] = xstrdup(options->take_over[i]);
}

static struct applyset *start(struct kube_client *client, const struct applyset_options *options, bool deleting,
                              applyset_progress_fn progress, applyset_done_fn done, void *data)
{
    struct applyset *set = xcalloc(1, sizeof *set);
    set->client = client;
    set->ns = xstrdup(options->ns);
    set->manager = xstrdup(options->manager);
    set->id = xstrdup(options->id);
    set->force = options->force;
    set->dry_run = options->dry_run;
    set->deleting = deleting;
    set->fill = options->fill;
    set->progress = progress;
    set->done = done;
    set->data = data;
    copy_take_over(set, options);
    const char *name = json_str(options->parent, "metadata.name");
    cJSON *parent = cJSON_Duplicate(options->parent, true);
    set->parent = setobject_new(kind_named("ConfigMap", strlen("ConfigMap")), name ? name : "", parent);
    applyset_init_requests(set);
    cJSON *labels = json_ensure(parent, "metadata.labels"), *annotations = json_ensure(parent, "metadata.annotations");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, SET_LABEL_ID);
    cJSON_AddStringToObject(labels, SET_LABEL_ID, set->id);
    cJSON_DeleteItemFromObjectCaseSensitive(annotations, SET_ANNOTATION_TOOLING);
    cJSON_AddStringToObject(annotations, SET_ANNOTATION_TOOLING, SET_TOOLING);
    json_set_str(parent, "metadata.namespace", set->ns);
    for (size_t i = 0; !deleting && i < options->member_count; i++)
        add_member(set, options->members[i]);
    loop_timer_init(&set->renew, kube_client_loop(client), applyset_renew, set);
    loop_task_init(&set->begin, kube_client_loop(client), begin, set);
    loop_task_start(&set->begin);
    return set;
}

struct applyset *applyset_start(struct kube_client *client, const struct applyset_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data)
{
    return start(client, options, false, progress, done, data);
}

struct applyset *applyset_delete(struct kube_client *client, const struct applyset_options *options,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data)
{
    return start(client, options, true, progress, done, data);
}

void applyset_stop(struct applyset *set)
{
    if (set->stopping)
        return;
    struct err err = ERR_INIT;
    set->stopping = set->result.stopped = true;
    err_set(&err, "stopped on request");
    applyset_fail(set, &err);
    setrequests_drop_queue(&set->requests); /* there are answers to come, or it would be empty */
}
