#include "k8s/applyset_private.h"

/* The steps of a deletion, last to first. */

static void on_parent_deleted(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (err_is_set(&answer->err) && answer->status != 404 && answer->status != 409)
        applyset_explain(set, object, "delete", answer);
    else
        applyset_tell(set, answer->status == 409 ? "left alone (it was made anew meanwhile):" : "deleted", object);
}

static void delete_parent(struct applyset *set)
{
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

static void on_parent(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    if (answer->status == 200 && answer->json) {
        applyset_check_gitops(set, answer->json);
        object->uid = xstrdup_or_null(json_str(answer->json, "metadata.uid"));
        if (setparent_check(answer->json, object->words, set->id, &set->listed, &err) < 0 ||
            (set->fill && set->fill(set->data, APPLYSET_BEGINS, answer->json, object->want, &err) < 0))
            applyset_fail(set, &err);
    } else if (answer->status != 404) {
        applyset_explain(set, object, "read", answer);
    }
}

static void get_parent(struct applyset *set)
{
    set->next = list_members;
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
