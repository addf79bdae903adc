#include "k8s/tryset.h"

#include "k8s/owned.h"
#include "k8s/setparent.h"
#include "k8s/setrequests.h"
#include "net/url.h"

#define MAX_TRIES 4 /* of an object that somebody else changes at the same moment */

typedef void answer_fn(struct tryset *set, void *about, const struct kube_answer *answer);

struct tryset {
    struct kube_client *client;
    char *ns, *manager, *id, *parent_name;
    bool force;
    cJSON *parent;
    struct trial *trials;
    size_t count, cap;
    struct kindset kinds;
    struct setrequests requests;
    void (*next)(struct tryset *set); /* the step after all answers */
    struct loop_task begin;
    struct tryset_result result;
    tryset_done_fn done;
    void *data;
};

static void add_trial(struct tryset *set, const struct kind *kind, const char *name, cJSON *want)
{
    GROW(set->trials, set->count, set->cap);
    set->trials[set->count++] = (struct trial){.object = setobject_new(kind, name, want)};
}

void tryset_cancel(struct tryset *set)
{
    setrequests_cancel(&set->requests);
    loop_task_stop(&set->begin);
    for (size_t i = 0; i < set->count; i++) {
        setobject_free(set->trials[i].object);
        cJSON_Delete(set->trials[i].would);
    }
    free(set->trials);
    cJSON_Delete(set->parent);
    free(set->ns);
    free(set->manager);
    free(set->id);
    free(set->parent_name);
    free(set);
}

static void finish(struct tryset *set)
{
    struct tryset_result result = set->result;
    result.ok = !err_is_set(&result.err);
    result.parent = set->parent;
    result.trials = set->trials;
    result.count = set->count;
    set->done(set->data, &result);
    tryset_cancel(set);
}

static void fail(struct tryset *set, const struct kube_answer *answer, const char *what)
{
    if (err_is_set(&set->result.err))
        return;
    set->result.err = answer->err;
    set->result.unreachable = answer->outcome != HTTP_DONE;
    err_prefix(&set->result.err, "%s", what);
    setrequests_drop_queue(&set->requests); /* nothing will be known of the others either */
}

/* Requests. */

static void deliver(void *set, setrequest_fn *fn, void *about, const struct kube_answer *answer)
{
    ((answer_fn *)fn)(set, about, answer);
}

static void on_settled(void *data)
{
    struct tryset *set = data;
    if (err_is_set(&set->result.err))
        finish(set);
    else
        set->next(set);
}

/* The steps, last to first. */

static void on_there(struct tryset *set, void *about, const struct kube_answer *answer)
{
    struct trial *trial = about;
    if (answer->status == 200 && answer->json)
        trial->object->before = cJSON_Duplicate(answer->json, true);
    else if (answer->status != 404)
        fail(set, answer, trial->object->words);
}

static void look_at(struct tryset *set, struct trial *trial)
{
    setrequests_get(&set->requests, trial, trial->object->kind, trial->object->name, (setrequest_fn *)on_there);
}

static void try_member(struct tryset *set, struct trial *trial, bool force);

static void on_tried(struct tryset *set, void *about, const struct kube_answer *answer)
{
    struct trial *trial = about;
    struct setobject *object = trial->object;
    bool conflict = setobject_is_conflict(answer);
    if (!answer->status) {
        fail(set, answer, object->words);
    } else if (answer->status == 409 && !conflict && ++object->tries < MAX_TRIES) {
        try_member(set, trial, object->why != NULL || set->force);
    } else if (err_is_set(&answer->err)) {
        setobject_refuse(object, "apply", answer); /* after a conflict: by force as well */
        if (conflict && !set->force)
            try_member(set, trial, true);
        else if (answer->status == 422 && !object->before) /* perhaps of what is there already */
            look_at(set, trial);
    } else {
        trial->would = cJSON_Duplicate(answer->json, true);
        if (answer->status == 200 && !object->before) /* there without the set's label */
            look_at(set, trial);
    }
}

/* No trial comes or goes any more: each stays where it is. */
static void try_member(struct tryset *set, struct trial *trial, bool force)
{
    const struct setobject *object = trial->object;
    setrequests_apply(&set->requests, trial, object->kind, object->name, object->want, force, true, (setrequest_fn *)on_tried);
}

static void try_all(struct tryset *set)
{
    set->next = finish;
    for (size_t i = 0; i < set->count; i++) {
        struct trial *trial = &set->trials[i];
        const struct setobject *object = trial->object;
        if (object->want && object->before && owned_same(object->want, object->before, set->manager))
            trial->would = cJSON_Duplicate(object->before, true); /* it would not be written */
        else if (object->want)
            try_member(set, trial, set->force);
    }
    if (!set->requests.waiting)
        finish(set);
}

static struct trial *trial_of(struct tryset *set, const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->trials[i].object->kind == kind && strcmp(set->trials[i].object->name, name) == 0)
            return &set->trials[i];
    add_trial(set, kind, name, NULL);
    return &set->trials[set->count - 1];
}

/* The items of a list do not say what they are. */
static cJSON *whole(const struct kind *kind, const cJSON *item)
{
    cJSON *object = cJSON_Duplicate(item, true);
    char *api = *kind->group ? xasprintf("%s/%s", kind->group, kind->version) : xstrdup(kind->version);
    json_set_str(object, "apiVersion", api);
    json_set_str(object, "kind", kind->name);
    free(api);
    return object;
}

static void on_listed(struct tryset *set, void *about, const struct kube_answer *answer)
{
    const struct kind *kind = about;
    const cJSON *item;
    if (err_is_set(&answer->err)) {
        char *what = xasprintf("cannot list the %s of the set", kind->plural);
        fail(set, answer, what);
        free(what);
    }
    cJSON_ArrayForEach(item, json_array(answer->json, "items")) {
        const char *name = json_str(item, "metadata.name");
        if (!name || !setparent_owns(item, set->id))
            continue; /* a server that does not know selectors */
        struct trial *trial = trial_of(set, kind, name);
        cJSON_Delete(trial->object->before);
        trial->object->before = whole(kind, item);
    }
}

static void list_members(struct tryset *set)
{
    const struct kind *kind;
    set->next = try_all;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kindset_has(&set->kinds, kind))
            setrequests_list(&set->requests, (void *)(uintptr_t)kind, kind, (setrequest_fn *)on_listed);
    if (!set->requests.waiting)
        try_all(set);
}

static void on_parent(struct tryset *set, void *about UNUSED, const struct kube_answer *answer)
{
    if (answer->status == 200 && answer->json) {
        char *words = xasprintf("configmap %s", set->parent_name);
        setparent_check(answer->json, words, set->id, &set->kinds, &set->result.err);
        set->parent = cJSON_Duplicate(answer->json, true);
        free(words);
    } else if (answer->status != 404) {
        fail(set, answer, set->parent_name);
    }
}

static void get_parent(struct tryset *set)
{
    set->next = list_members;
    setrequests_get(&set->requests, NULL, kind_named("ConfigMap", strlen("ConfigMap")), set->parent_name, (setrequest_fn *)on_parent);
}

static void on_namespace_tried(struct tryset *set, void *about UNUSED, const struct kube_answer *answer)
{
    set->next = finish;
    if (!answer->status)
        fail(set, answer, "cannot try to create the namespace");
    else if (err_is_set(&answer->err) && answer->status != 409) { /* else it is there by now */
        set->result.namespace_why = answer->err;
        err_prefix(&set->result.namespace_why, "cannot create the namespace '%s'", set->ns);
    }
}

/* A deployment makes it. */
static void try_namespace(struct tryset *set)
{
    cJSON *body = cJSON_CreateObject();
    struct buf path;
    json_set_str(body, "apiVersion", "v1");
    json_set_str(body, "kind", "Namespace");
    json_set_str(body, "metadata.name", set->ns);
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/namespaces?dryRun=All&fieldManager=");
    url_escape(&path, set->manager);
    setrequests_send(&set->requests, NULL, "POST", path.data, "application/json", body, (setrequest_fn *)on_namespace_tried);
    buf_release(&path);
    cJSON_Delete(body);
}

static void on_namespace(struct tryset *set, void *about UNUSED, const struct kube_answer *answer)
{
    if (answer->status == 404) {
        set->result.no_namespace = true;
        set->next = try_namespace;
    } else if (answer->status != 200 && answer->status != 403) { /* who may not look may still work in it */
        fail(set, answer, "cannot read the namespace");
    } else if (str_eq(json_str(answer->json, "status.phase"), "Terminating")) {
        set->result.namespace_ends = true;
    }
}

static void begin(void *data)
{
    struct tryset *set = data;
    set->next = get_parent;
    if (err_is_set(&set->result.err))
        finish(set);
    else
        setrequests_get_namespace(&set->requests, (setrequest_fn *)on_namespace);
}

struct tryset *tryset_start(struct kube_client *client, const struct applyset_options *options, tryset_done_fn done, void *data)
{
    struct tryset *set = xcalloc(1, sizeof *set);
    set->client = client;
    set->ns = xstrdup(options->ns);
    set->manager = xstrdup(options->manager);
    set->id = xstrdup(options->id);
    set->parent_name = xstrdup(json_str_or(options->parent, "metadata.name", ""));
    set->force = options->force;
    set->requests = (struct setrequests){.client = client, .ns = set->ns, .manager = set->manager, .id = set->id,
                                         .deliver = deliver, .settled = on_settled, .set = set};
    setrequests_init(&set->requests);
    set->done = done;
    set->data = data;
    for (size_t i = 0; i < options->member_count; i++) {
        const cJSON *member = options->members[i];
        const struct kind *kind = kind_of_object(member);
        if (!kind) {
            err_set(&set->result.err, "cannot try an object of the kind '%s'", json_str_or(member, "kind", "?"));
            continue;
        }
        add_trial(set, kind, json_str_or(member, "metadata.name", ""), cJSON_Duplicate(member, true));
        kindset_add(&set->kinds, kind);
    }
    loop_task_init(&set->begin, kube_client_loop(client), begin, set);
    loop_task_start(&set->begin);
    return set;
}
