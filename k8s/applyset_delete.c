#include "k8s/applyset_private.h"

#include "k8s/owned.h"

#define MAX_TRIES 4 /* of a parent that somebody else changes at the same moment */

/* The steps of a deletion, last to first. */

static void delete_parent(struct applyset *set);

/* Somebody labelled it, or took it from us: then it is theirs, and stays. */
static void on_read_again(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    set->held = answer->status == 200;
    if (answer->status == 200) {
        applyset_take_parent(set, answer);
        cJSON *parent = applyset_parent_at(set, APPLYSET_RENEWS, &set->listed);
        set->held = parent != NULL;
        cJSON_Delete(parent);
    } else if (answer->status != 404) {
        applyset_explain(set, object, "read", answer);
    }
}

static void on_parent_deleted(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (answer->status == 409 && set->held && ++object->tries < MAX_TRIES) {
        set->next = delete_parent;
        applyset_get(set, object, on_read_again);
    } else if (err_is_set(&answer->err) && answer->status != 404 && answer->status != 409) {
        applyset_explain(set, object, "delete", answer);
    } else {
        set->held = false;
        applyset_tell(set, answer->status == 409 ? "left alone (it was made anew meanwhile):" : "deleted", object);
    }
}

static void delete_parent(struct applyset *set)
{
    loop_timer_stop(&set->renew);
    set->next = applyset_finish;
    if (set->parent->uid)
        applyset_delete_object(set, set->parent, on_parent_deleted);
    else
        applyset_finish(set);
}

static void delete_members(struct applyset *set)
{
    set->next = delete_parent;
    applyset_prune(set);
}

static void list_members(struct applyset *set)
{
    const struct kind *kind;
    set->next = delete_members;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kindset_has(&set->listed, kind))
            applyset_list(set, kind);
}

/* A parent that is there says that we are at it; what is there without one, nobody else is told of. */
static void hold(struct applyset *set)
{
    if (set->parent->uid && set->fill && !set->dry_run)
        applyset_hold(set, list_members);
    else
        list_members(set);
}

static void on_parent(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    if (answer->status == 200 && answer->json) {
        applyset_take_parent(set, answer);
        applyset_check_gitops(set, answer->json);
        cJSON_Delete(object->want); /* all that we said of it is said again */
        object->want = owned_body(answer->json, set->manager);
        if (setparent_check(answer->json, object->words, set->id, &set->listed, &err) < 0)
            applyset_fail(set, &err);
    } else if (answer->status != 404) {
        applyset_explain(set, object, "read", answer);
    }
}

static void get_parent(struct applyset *set)
{
    set->next = hold;
    applyset_get(set, set->parent, on_parent);
}

static void on_namespace(struct applyset *set, struct setobject *object UNUSED, const struct kube_answer *answer)
{
    if (answer->status == 404) {
        set->next = applyset_finish;
    } else if (answer->status != 200 && answer->status != 403) { /* who may not look may still work in it */
        struct err err = answer->err;
        err_prefix(&err, "cannot read the namespace '%s'", set->ns);
        applyset_fail(set, &err);
    }
}

void applyset_delete_begin(struct applyset *set)
{
    /* What a set has at the least, should its parent be gone already. */
    kindset_add(&set->listed, kind_named("Deployment.apps", strlen("Deployment.apps")));
    kindset_add(&set->listed, kind_named("Service", strlen("Service")));
    set->next = get_parent;
    applyset_get_namespace(set, on_namespace);
}
