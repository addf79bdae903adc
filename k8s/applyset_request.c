#include "k8s/applyset_private.h"

/* A set's requests, as its steps ask for them; see setrequests. */

static void deliver(void *set, setrequest_fn *fn, void *about, const struct kube_answer *answer)
{
    ((answer_fn *)fn)(set, about, answer);
}

static void on_settled(void *data)
{
    struct applyset *set = data;
    if (set->giving_up || (!err_is_set(&set->result.err) && !set->stopping))
        set->next(set);
    else if (set->held)
        applyset_apply_give_up(set);
    else
        applyset_finish(set);
}

void applyset_init_requests(struct applyset *set)
{
    set->requests = (struct setrequests){.client = set->client, .ns = set->ns, .manager = set->manager, .id = set->id,
                                         .deliver = deliver, .settled = on_settled, .set = set, .urgent = set->parent};
    setrequests_init(&set->requests);
}

void applyset_send(struct applyset *set, struct setobject *object, const char *method, const char *path,
                   const char *content_type, const cJSON *body, answer_fn *fn)
{
    setrequests_send(&set->requests, object, method, path, content_type, body, (setrequest_fn *)fn);
}

void applyset_delete_object(struct applyset *set, struct setobject *object, answer_fn *fn)
{
    cJSON *options = cJSON_CreateObject();
    json_set_str(options, "apiVersion", "v1");
    json_set_str(options, "kind", "DeleteOptions");
    json_set_str(options, "preconditions.uid", object->uid);
    if (object == set->parent && set->held)
        json_set_str(options, "preconditions.resourceVersion", json_str(object->before, "metadata.resourceVersion"));
    json_set_str(options, "propagationPolicy", "Background");
    if (set->dry_run) /* in the body: a server that gets one does not look at the query */
        cJSON_AddItemToArray(cJSON_AddArrayToObject(options, "dryRun"), cJSON_CreateString("All"));
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, object->kind, set->ns, object->name);
    if (set->dry_run)
        buf_adds(&path, "?dryRun=All");
    applyset_send(set, object, "DELETE", path.data, "application/json", options, fn);
    buf_release(&path);
    cJSON_Delete(options);
}

void applyset_apply(struct applyset *set, struct setobject *object, const cJSON *body, bool force, answer_fn *fn)
{
    setrequests_apply(&set->requests, object, object->kind, object->name, body, force, set->dry_run, (setrequest_fn *)fn);
}

void applyset_get(struct applyset *set, struct setobject *object, answer_fn *fn)
{
    setrequests_get(&set->requests, object, object->kind, object->name, (setrequest_fn *)fn);
}

void applyset_get_namespace(struct applyset *set, answer_fn *fn)
{
    setrequests_get_namespace(&set->requests, (setrequest_fn *)fn);
}

void applyset_look(struct applyset *set, const struct kind *kind, answer_fn *fn)
{
    struct setobject *asked = setobject_new(kind, "", NULL);
    applyset_add(&set->kinds, asked);
    setrequests_list_all(&set->requests, asked, kind, (setrequest_fn *)fn);
}
