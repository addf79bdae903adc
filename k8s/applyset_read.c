#include "k8s/applyset_private.h"

#include "k8s/owned.h"

#define FEW 8 /* new ones of a kind are asked for by name, more of them by one list */

/* What is read before anything is written, and what follows from it; the steps last to first. */

static bool nothing_differs(struct applyset *set)
{
    bool same = set->parent->before && !set->extra.count && kindset_equal(&set->ours, &set->listed);
    for (size_t i = 0; i < set->members.count && same; i++)
        same = applyset_is_same(set, set->members.items[i]);
    if (!same)
        return false;
    cJSON *parent = applyset_parent_at(set, APPLYSET_ENDS, &set->ours);
    same = parent && owned_same(parent, set->parent->before, set->manager);
    cJSON_Delete(parent);
    return same;
}

/* What is there and is no member of the set is somebody else's; what belongs to no set may be taken over. */
static void refuse(struct applyset *set, struct setobject *object, const cJSON *there)
{
    struct err err = ERR_INIT;
    if (setparent_owns(there, set->id)) /* its record is about to come, or went before it did */
        return;
    if (!setparent_leaves(there, applyset_is_forced(set, object)))
        return;
    err_set(&err, "%s is there already and is not of this set: nothing was changed; give one of the two another name", object->words);
    free(object->why);
    object->why = xstrdup(err.text);
    applyset_fail(set, &err);
}

static void on_looked(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    if (answer->status == 200)
        refuse(set, object, answer->json);
    else if (answer->status != 404)
        applyset_explain(set, object, "read", answer);
}

static void on_looked_at_kind(struct applyset *set, struct setobject *asked, const struct kube_answer *answer)
{
    if (err_is_set(&answer->err)) {
        struct err err = answer->err;
        err_prefix(&err, "cannot list the %s of the namespace", asked->kind->plural);
        applyset_fail(set, &err);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, json_array(answer->json, "items"))
    {
        struct setobject *member = applyset_member(set, asked->kind, json_str_or(item, "metadata.name", ""));
        if (member && !member->before)
            refuse(set, member, item);
    }
}

static size_t count_new(const struct applyset *set, const struct kind *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < set->members.count; i++)
        count += set->members.items[i]->kind == kind && !set->members.items[i]->before;
    return count;
}

static void look_at_new_of(struct applyset *set, const struct kind *kind)
{
    size_t count = count_new(set, kind);
    if (count > FEW) {
        applyset_look(set, kind, on_looked_at_kind);
        return;
    }
    for (size_t i = 0; i < set->members.count && count; i++)
        if (set->members.items[i]->kind == kind && !set->members.items[i]->before)
            applyset_get(set, set->members.items[i], on_looked);
}

static void look_at_new(struct applyset *set)
{
    const struct kind *kind;
    set->next = applyset_write;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kindset_has(&set->ours, kind))
            look_at_new_of(set, kind);
    if (!set->requests.waiting)
        applyset_write(set);
}

static void decide(struct applyset *set)
{
    if (set->no_namespace) {
        applyset_write(set);
    } else if (nothing_differs(set)) {
        for (size_t i = 0; i < set->members.count; i++)
            applyset_tell(set, "unchanged:", set->members.items[i]);
        set->result.unchanged = set->members.count;
        applyset_finish(set);
    } else if (err_is_set(&set->result.err)) {
        applyset_finish(set);
    } else {
        look_at_new(set);
    }
}

/* Members of other kinds may be there, of earlier times. */
static void list_more(struct applyset *set)
{
    const struct kind *kind;
    set->next = decide;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kindset_has(&set->listed, kind) && !kindset_has(&set->asked, kind))
            applyset_list(set, kind);
    if (!set->requests.waiting)
        decide(set);
}

static void on_parent(struct applyset *set, struct setobject *object, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    if (answer->status == 200 && answer->json) {
        applyset_take_parent(set, answer);
        applyset_check_gitops(set, answer->json);
        if (setparent_check(answer->json, object->words, set->id, &set->listed, &err) < 0)
            applyset_fail(set, &err);
    } else if (answer->status == 404) { /* also one that was there a moment ago */
        cJSON_Delete(object->before);
        free(object->uid);
        object->before = NULL;
        object->uid = NULL;
    } else {
        applyset_explain(set, object, "read", answer);
    }
}

static void on_namespace(struct applyset *set, struct setobject *object UNUSED, const struct kube_answer *answer)
{
    if (answer->status == 404) {
        set->no_namespace = true;
    } else if (str_eq(json_str(answer->json, "status.phase"), "Terminating")) {
        struct err err = ERR_INIT;
        err_set(&err, "the namespace '%s' is being deleted, and all that is in it: nothing can be deployed there before it is gone",
                set->ns);
        applyset_fail(set, &err);
    } else if (answer->status != 200 && answer->status != 403) { /* who may not look may still work in it */
        struct err err = answer->err;
        err_prefix(&err, "cannot read the namespace '%s'", set->ns);
        applyset_fail(set, &err);
    }
}

void applyset_apply_begin(struct applyset *set)
{
    const struct kind *kind;
    set->next = list_more;
    applyset_get_namespace(set, on_namespace);
    applyset_get(set, set->parent, on_parent);
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kindset_has(&set->ours, kind))
            applyset_list(set, kind);
}

static void objects_clear(struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        setobject_free(objects->items[i]);
    objects->count = 0;
}

void applyset_begin_again(struct applyset *set)
{
    objects_clear(&set->extra);
    for (size_t i = 0; i < set->members.count; i++) {
        cJSON_Delete(set->members.items[i]->before);
        set->members.items[i]->before = NULL;
    }
    set->asked = (struct kindset){0};
    set->listed = set->ours;
    if (set->deleting)
        applyset_delete_begin(set);
    else
        applyset_apply_begin(set);
}
