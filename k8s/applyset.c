#include "k8s/applyset.h"

#include "k8s/setobject.h"
#include "k8s/setparent.h"
#include "net/url.h"

#define MAX_TRIES 4 /* of an object that somebody else changes at the same moment */

typedef void answer_fn(struct applyset *set, struct setobject *object, const struct kube_answer *answer);

/* A request under way. */
struct op {
    struct applyset *set;
    struct setobject *object;
    struct kube_call *call;
    answer_fn *fn;
    struct op *next, **prev;
};

struct objects {
    struct setobject **items;
    size_t count, cap;
};

struct applyset {
    struct kube_client *client;
    char *ns, *manager, *id;
    bool force, dry_run, deleting;
    struct setobject *parent;
    struct objects members, extra; /* extra: in the set on the cluster, and to be deleted */
    struct objects kinds;          /* without names: what is being listed */
    struct kindset ours;           /* the members' kinds … */
    struct kindset listed;         /* … and with them those that the cluster's parent names */
    struct op *ops;
    size_t waiting;                     /* answers that this step still waits for */
    void (*next)(struct applyset *set); /* the step after them */
    struct loop_task begin;
    size_t failures, done_count;
    struct applyset_result result;
    applyset_progress_fn progress;
    applyset_done_fn done;
    void *data;
};

/* Its life. */

static void objects_release(struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        setobject_free(objects->items[i]);
    free(objects->items);
}

static void objects_add(struct objects *objects, struct setobject *object)
{
    GROW(objects->items, objects->count, objects->cap);
    objects->items[objects->count++] = object;
}

void applyset_cancel(struct applyset *set)
{
    if (!set)
        return;
    while (set->ops) {
        struct op *op = set->ops;
        set->ops = op->next;
        kube_cancel(op->call);
        free(op);
    }
    loop_task_stop(&set->begin);
    setobject_free(set->parent);
    objects_release(&set->members);
    objects_release(&set->extra);
    objects_release(&set->kinds);
    free(set->ns);
    free(set->manager);
    free(set->id);
    free(set);
}

static void finish(struct applyset *set)
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
        failures[result.failure_count++] = (struct applyset_failure){object->want, object->why};
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

static void fail(struct applyset *set, const struct err *err)
{
    if (!set->failures++)
        set->result.err = *err;
}

static void explain(struct applyset *set, struct setobject *object, const char *verb, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    setobject_explain(object, verb, answer, &err);
    if (!set->failures)
        set->result.unreachable = answer->outcome != HTTP_DONE;
    free(object->why);
    object->why = xstrdup(err.text);
    fail(set, &err);
}

static void tell(struct applyset *set, const char *verb, const struct setobject *object)
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

/* Requests. */

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct op *op = data;
    struct applyset *set = op->set;
    struct setobject *object = op->object;
    answer_fn *fn = op->fn;
    *op->prev = op->next;
    if (op->next)
        op->next->prev = op->prev;
    free(op);
    fn(set, object, answer);
    if (--set->waiting)
        return;
    if (err_is_set(&set->result.err))
        finish(set);
    else
        set->next(set);
}

static void send(struct applyset *set, struct setobject *object, const char *method, const char *path,
                 const char *content_type, const cJSON *body, answer_fn *fn)
{
    struct buf text;
    buf_init(&text, 8u << 20);
    if (body)
        json_print(&text, body);
    struct op *op = xcalloc(1, sizeof *op);
    *op = (struct op){.set = set, .object = object, .fn = fn, .next = set->ops, .prev = &set->ops};
    if (op->next)
        op->next->prev = &op->next;
    set->ops = op;
    set->waiting++;
    op->call = kube_start(set->client,
                          &(struct kube_request){
                              .method = method,
                              .path = path,
                              .content_type = content_type,
                              .body = body ? text.data : NULL,
                              .body_len = text.len,
                          },
                          on_answer, op);
    buf_release(&text);
}

static void apply(struct applyset *set, struct setobject *object, bool force, answer_fn *fn)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, object->kind, set->ns, object->name);
    buf_adds(&path, "?fieldManager=");
    url_escape(&path, set->manager);
    buf_addf(&path, "&fieldValidation=Strict%s%s", force ? "&force=true" : "", set->dry_run ? "&dryRun=All" : "");
    send(set, object, "PATCH", path.data, "application/apply-patch+yaml", object->want, fn);
    buf_release(&path);
}

/* Refused only because another version of it came in between: the server looks again. */
static bool apply_again(struct applyset *set, struct setobject *object, const struct kube_answer *answer, bool force,
                        answer_fn *fn)
{
    if (answer->status != 409 || setobject_is_conflict(answer) || ++object->tries >= MAX_TRIES)
        return false;
    apply(set, object, force, fn);
    return true;
}

static void delete_object(struct applyset *set, struct setobject *object, answer_fn *fn)
{
    cJSON *options = cJSON_CreateObject();
    json_set_str(options, "apiVersion", "v1");
    json_set_str(options, "kind", "DeleteOptions");
    json_set_str(options, "preconditions.uid", object->uid);
    json_set_str(options, "propagationPolicy", "Background");
    if (set->dry_run) /* in the body: a server that gets one does not look at the query */
        cJSON_AddItemToArray(cJSON_AddArrayToObject(options, "dryRun"), cJSON_CreateString("All"));
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, object->kind, set->ns, object->name);
    if (set->dry_run)
        buf_adds(&path, "?dryRun=All");
    send(set, object, "DELETE", path.data, "application/json", options, fn);
    buf_release(&path);
    cJSON_Delete(options);
}

/* The parent says which kinds the set holds. */
static void set_kinds(struct applyset *set, const struct kindset *kinds)
{
    struct buf text;
    buf_init(&text, 4096);
    kindset_write(kinds, &text);
    cJSON *annotations = json_ensure(set->parent->want, "metadata.annotations");
    cJSON_DeleteItemFromObjectCaseSensitive(annotations, SET_ANNOTATION_KINDS);
    cJSON_AddStringToObject(annotations, SET_ANNOTATION_KINDS, text.data);
    buf_release(&text);
}

/* The steps, last to first. */

static void on_narrowed(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (err_is_set(&answer->err) && !apply_again(set, object, answer, false, on_narrowed))
        explain(set, object, "apply", answer);
}

static void narrow(struct applyset *set)
{
    if (kindset_equal(&set->ours, &set->listed)) {
        finish(set);
        return;
    }
    set_kinds(set, &set->ours);
    set->next = finish;
    apply(set, set->parent, false, on_narrowed);
}

static void on_deleted(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    const char *verb = set->deleting ? "deleted" : "pruned";
    if (answer->status == 409) {
        tell(set, "left alone (it was made anew meanwhile):", object);
    } else if (err_is_set(&answer->err) && answer->status != 404) {
        explain(set, object, set->deleting ? "delete" : "prune", answer);
    } else {
        set->result.pruned += object != set->parent;
        tell(set, verb, object);
    }
}

static void delete_parent(struct applyset *set)
{
    set->next = finish;
    if (set->parent->uid)
        delete_object(set, set->parent, on_deleted);
    else
        finish(set);
}

static void prune(struct applyset *set)
{
    set->next = set->deleting ? delete_parent : narrow;
    if (!set->extra.count) {
        set->next(set);
        return;
    }
    for (size_t i = 0; i < set->extra.count; i++)
        delete_object(set, set->extra.items[i], on_deleted);
}

static void on_applied(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (err_is_set(&answer->err)) {
        if (!apply_again(set, object, answer, set->force, on_applied))
            explain(set, object, "apply", answer);
        return;
    }
    static const char *const verbs[] = {"created", "configured", "unchanged:"};
    enum apply_change change = setobject_change(object, answer, set->dry_run);
    set->result.created += change == APPLY_CREATED;
    set->result.configured += change == APPLY_CONFIGURED;
    set->result.unchanged += change == APPLY_UNCHANGED;
    tell(set, verbs[change], object);
}

static void apply_members(struct applyset *set)
{
    set->next = prune;
    if (!set->members.count) {
        prune(set);
        return;
    }
    for (size_t i = 0; i < set->members.count; i++)
        apply(set, set->members.items[i], set->force, on_applied);
}

static struct setobject *member_named(const struct applyset *set, const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < set->members.count; i++)
        if (set->members.items[i]->kind == kind && strcmp(set->members.items[i]->name, name) == 0)
            return set->members.items[i];
    return NULL;
}

/* What of one kind is in the set on the cluster: `object` only says which kind. */
static void on_listed(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    const struct kind *kind = object->kind;
    if (err_is_set(&answer->err)) {
        struct err err = answer->err;
        err_prefix(&err, "cannot list the %s of the set", kind->plural);
        fail(set, &err);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, json_array(answer->json, "items"))
    {
        const char *name = json_str(item, "metadata.name"), *uid = json_str(item, "metadata.uid");
        if (!name || !uid || !setparent_owns(item, set->id))
            continue; /* a server that does not know selectors must not make us delete what is not ours */
        struct setobject *member = member_named(set, kind, name);
        if (!member) {
            member = setobject_new(kind, name, NULL);
            objects_add(&set->extra, member);
        }
        cJSON_Delete(member->before);
        member->before = cJSON_Duplicate(item, true);
        free(member->uid);
        member->uid = xstrdup(uid);
    }
}

static void list_members(struct applyset *set)
{
    const struct kind *kind;
    set->next = set->deleting ? prune : apply_members;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        if (!kindset_has(&set->listed, kind))
            continue;
        struct buf path;
        buf_init(&path, 4096);
        kind_path(&path, kind, set->ns, NULL);
        buf_adds(&path, "?labelSelector=" SET_LABEL_PART_OF "%3D");
        url_escape(&path, set->id);
        objects_add(&set->kinds, setobject_new(kind, "", NULL));
        send(set, set->kinds.items[set->kinds.count - 1], "GET", path.data, NULL, NULL, on_listed);
        buf_release(&path);
    }
    if (!set->waiting)
        set->next(set);
}

static void on_widened(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (err_is_set(&answer->err) && apply_again(set, object, answer, false, on_widened))
        return;
    if (err_is_set(&answer->err))
        explain(set, object, "apply", answer);
    else
        tell(set, "applied", object);
}

static void widen(struct applyset *set)
{
    if (set->deleting) {
        list_members(set);
        return;
    }
    set_kinds(set, &set->listed);
    set->next = list_members;
    apply(set, set->parent, false, on_widened);
}

static void on_parent(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    if (answer->status == 200 && answer->json) {
        const char *uid = json_str(answer->json, "metadata.uid");
        object->uid = xstrdup_or_null(uid);
        if (setparent_check(answer->json, set->parent->words, set->id, &set->listed, &err) < 0)
            fail(set, &err);
    } else if (answer->status != 404) {
        explain(set, object, "read", answer);
    }
}

static void get_parent(struct applyset *set)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, set->parent->kind, set->ns, set->parent->name);
    set->next = widen;
    send(set, set->parent, "GET", path.data, NULL, NULL, on_parent);
    buf_release(&path);
}

static void on_namespace_made(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    (void)object;
    if (!err_is_set(&answer->err) || answer->status == 409)
        return;
    struct err err = answer->err;
    err_prefix(&err, "cannot create the namespace '%s'", set->ns);
    fail(set, &err);
}

/* Nothing can be tried in a namespace that is not there: all of it would be made. */
static void all_new(struct applyset *set)
{
    set->result.created = set->members.count;
    tell(set, "created", set->parent);
    for (size_t i = 0; i < set->members.count; i++)
        tell(set, "created", set->members.items[i]);
    finish(set);
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
    set->next = set->dry_run ? all_new : get_parent;
    send(set, NULL, "POST", path.data, "application/json", body, on_namespace_made);
    buf_release(&path);
    cJSON_Delete(body);
}

static void on_namespace(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    (void)object;
    if (answer->status == 404) {
        set->next = set->deleting ? finish : make_namespace;
    } else if (answer->status != 200 && answer->status != 403) { /* who may not look may still work in it */
        struct err err = answer->err;
        err_prefix(&err, "cannot read the namespace '%s'", set->ns);
        fail(set, &err);
    }
}

static void begin(void *data)
{
    struct applyset *set = data;
    if (err_is_set(&set->result.err)) {
        finish(set);
        return;
    }
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/namespaces/");
    url_escape(&path, set->ns);
    set->next = get_parent;
    send(set, NULL, "GET", path.data, NULL, NULL, on_namespace);
    buf_release(&path);
}

/* Beginning. */

static void add_member(struct applyset *set, const cJSON *object)
{
    const struct kind *kind = kind_of_object(object);
    const char *name = json_str(object, "metadata.name");
    struct err err = ERR_INIT;
    if (!kind || !kind->namespaced || !name) {
        err_set(&err, "cannot apply an object of the kind '%s' (%s): %s", json_str_or(object, "kind", "?"),
                json_str_or(object, "apiVersion", "?"), name ? "patchbay does not know it" : "it has no name");
        fail(set, &err);
        return;
    }
    cJSON *want = cJSON_Duplicate(object, true);
    cJSON *labels = json_ensure(want, "metadata.labels");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, SET_LABEL_PART_OF);
    cJSON_AddStringToObject(labels, SET_LABEL_PART_OF, set->id);
    json_set_str(want, "metadata.namespace", set->ns);
    objects_add(&set->members, setobject_new(kind, name, want));
    kindset_add(&set->ours, kind);
    kindset_add(&set->listed, kind);
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
    set->progress = progress;
    set->done = done;
    set->data = data;
    const char *name = json_str(options->parent, "metadata.name");
    cJSON *parent = cJSON_Duplicate(options->parent, true);
    set->parent = setobject_new(kind_named("ConfigMap", strlen("ConfigMap")), name ? name : "", parent);
    cJSON *labels = json_ensure(parent, "metadata.labels"), *annotations = json_ensure(parent, "metadata.annotations");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, SET_LABEL_ID);
    cJSON_AddStringToObject(labels, SET_LABEL_ID, set->id);
    cJSON_DeleteItemFromObjectCaseSensitive(annotations, SET_ANNOTATION_TOOLING);
    cJSON_AddStringToObject(annotations, SET_ANNOTATION_TOOLING, SET_TOOLING);
    json_set_str(parent, "metadata.namespace", set->ns);
    for (size_t i = 0; !deleting && i < options->member_count; i++)
        add_member(set, options->members[i]);
    if (deleting) { /* what a set has at the least, should its parent be gone already */
        kindset_add(&set->listed, kind_named("Deployment.apps", strlen("Deployment.apps")));
        kindset_add(&set->listed, kind_named("Service", strlen("Service")));
    }
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
