#include "app/trial.h"

#include "k8s/setparent.h"

struct tryset *trial_start(struct kube_client *client, const struct plan *plan, bool force, tryset_done_fn done, void *data)
{
    struct applyset_options options = {
        .ns = plan->ns,
        .manager = PLAN_MANAGER,
        .id = plan->applyset_id,
        .parent = plan->parent,
        .members = plan->members,
        .member_count = plan->member_count,
        .force = force,
    };
    return tryset_start(client, &options, done, data);
}

const char *trial_thing(const struct trial *trial)
{
    const cJSON *object = trial->object->want ? trial->object->want : trial->object->before;
    const cJSON *label = json_get(json_object(object, "metadata.labels"), PLAN_LABEL_THING);
    return cJSON_IsString(label) ? label->valuestring : trial->object->name;
}

bool trial_leaves(const struct trial *trial, const struct plan *plan, bool forced)
{
    const cJSON *there = trial->object->before;
    return trial->object->want && there && !setparent_owns(there, plan->applyset_id) && setparent_leaves(there, forced);
}

bool trial_gitops(const struct tryset_result *result, struct buf *out)
{
    bool kept = setparent_gitops(result->parent, out);
    for (size_t i = 0; i < result->count && !kept; i++)
        kept = setparent_gitops(result->trials[i].object->before, out);
    return kept;
}
