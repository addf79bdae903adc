/* The steps of a rollout: how far up and how far down now, and what the Deployment says of it. */
#include "edge/rollout.h"

#include "base/time.h"
#include "edge/edge.h"
#include "edge/object.h"

static int64_t size_of(const struct edge_object *set)
{
    return set ? json_int(set->json, "spec.replicas", 0) : 0;
}

static int64_t status_of(const struct edge_object *set, const char *path)
{
    return set ? json_int(set->json, path, 0) : 0;
}

static int64_t sum_status(const struct rollout *r, const char *path)
{
    int64_t sum = status_of(r->current, path);
    for (size_t i = 0; i < r->old_count; i++)
        sum += status_of(r->old[i], path);
    return sum;
}

/* Pods that never became available go first, then the rest, as far as maxUnavailable allows. */
static void take_down_old(struct rollout *r)
{
    int64_t least = r->replicas - r->unavailable, old = rollout_old_size(r);
    int64_t missing = size_of(r->current) - status_of(r->current, "status.availableReplicas");
    int64_t left = old + size_of(r->current) - least - missing;
    if (old == 0 || left <= 0)
        return;
    for (size_t i = 0; i < r->old_count && left > 0; i++) {
        int64_t size = size_of(r->old[i]), available = status_of(r->old[i], "status.availableReplicas");
        int64_t down = MIN(left, size - available);
        if (down > 0 && rollout_scale(r, (int)i, size - down))
            left -= down;
    }
    int64_t spare = MIN(sum_status(r, "status.availableReplicas") - least, left);
    for (size_t i = 0; i < r->old_count && spare > 0; i++) {
        int64_t down = MIN(spare, size_of(r->old[i]));
        if (down > 0 && rollout_scale(r, (int)i, size_of(r->old[i]) - down))
            spare -= down;
    }
}

void rollout_rolling(struct rollout *r)
{
    if (rollout_ensure_current(r) < 0)
        return;
    rollout_scale(r, -1, rollout_current_size(r));
    take_down_old(r);
}

static bool old_pods_left(const struct rollout *r)
{
    const char *ns = edge_ns(r->deployment->json);
    const struct edge_object *pod = edge_store_first(r->store, edge_pod_kind(), ns);
    for (; pod; pod = edge_store_next(pod, ns)) {
        const cJSON *owner = edge_controller_of(pod->json);
        if (!owner || edge_pod_finished(pod->json))
            continue;
        for (size_t i = 0; i < r->old_count; i++)
            if (str_eq(json_str(owner, "uid"), edge_uid(r->old[i]->json)))
                return true;
    }
    return false;
}

void rollout_recreate(struct rollout *r)
{
    for (size_t i = 0; i < r->old_count; i++)
        rollout_scale(r, (int)i, 0);
    if (old_pods_left(r) || rollout_ensure_current(r) < 0)
        return;
    rollout_scale(r, -1, r->replicas);
}

static int by_revision(const void *a, const void *b)
{
    const struct edge_object *x = *(const struct edge_object *const *)a, *y = *(const struct edge_object *const *)b;
    int64_t s = strtoll(str_or_empty(edge_annotation(x->json, EDGE_REVISION)), NULL, 10);
    int64_t t = strtoll(str_or_empty(edge_annotation(y->json, EDGE_REVISION)), NULL, 10);
    return s < t ? -1 : s > t;
}

void rollout_trim_history(struct rollout *r)
{
    int64_t excess = (int64_t)r->old_count - json_int(r->deployment->json, "spec.revisionHistoryLimit", 10);
    if (excess > 0)
        qsort(r->old, r->old_count, sizeof *r->old, by_revision);
    for (size_t i = 0; i < r->old_count && excess > 0; i++, excess--) {
        const cJSON *set = r->old[i]->json;
        bool idle = size_of(r->old[i]) == 0 && status_of(r->old[i], "status.replicas") == 0 &&
                    json_int(set, "status.observedGeneration", 0) >= json_int(set, "metadata.generation", 0);
        if (idle)
            edge_delete(r->store, r->old[i], 0);
    }
}

bool rollout_complete(const cJSON *deployment, const cJSON *status)
{
    int64_t want = json_int(deployment, "spec.replicas", 1);
    return json_int(status, "updatedReplicas", 0) == want && json_int(status, "replicas", 0) == want &&
           json_int(status, "availableReplicas", 0) == want &&
           json_int(status, "observedGeneration", 0) >= json_int(deployment, "metadata.generation", 0);
}

static void set_count(cJSON *json, const char *path, int64_t count)
{
    if (count)
        json_set_int(json, path, count);
    else
        json_del(json, path);
}

static bool moved_on(const cJSON *json, const cJSON *before)
{
    const char *const better[] = {"updatedReplicas", "readyReplicas", "availableReplicas"};
    for (size_t i = 0; i < ARRAY_SIZE(better); i++)
        if (json_int(json_get(json, "status"), better[i], 0) > json_int(before, better[i], 0))
            return true;
    int64_t old_now = json_int(json, "status.replicas", 0) - json_int(json, "status.updatedReplicas", 0);
    int64_t old_then = json_int(before, "replicas", 0) - json_int(before, "updatedReplicas", 0);
    return old_now < old_then;
}

/* Sets Progressing; lastUpdateTime marks the last sign of progress, from which the deadline counts. */
static void set_progress(struct rollout *r, cJSON *json, const char *status, const char *reason, const char *what)
{
    char *message = r->current ? xasprintf("ReplicaSet \"%s\" %s", edge_name(r->current->json), what)
                               : xasprintf("Deployment \"%s\" %s", edge_name(json), what);
    int64_t now = loop_wall(edge_store_loop(r->store));
    char text[TIME_TEXT];
    edge_condition_set(json, "Progressing", status, reason, message, now);
    json_set_str((cJSON *)edge_condition(json, "Progressing"), "lastUpdateTime", time_format(text, now, 0));
    free(message);
}

/* Returns after how long the deadline may have passed, 0: none runs. */
static int64_t judge_progress(struct rollout *r, cJSON *json, const cJSON *before)
{
    int64_t seconds = json_int(json, "spec.progressDeadlineSeconds", 600), deadline = edge_seconds(seconds);
    if (seconds >= INT32_MAX) /* kubectl's way to say: none */
        return 0;
    const cJSON *condition = edge_condition(json, "Progressing");
    const char *reason = json_str(condition, "reason");
    bool was_done = str_eq(reason, "NewReplicaSetAvailable") &&
                    json_int(json, "status.replicas", 0) == json_int(json, "status.updatedReplicas", 0);
    if (was_done)
        return 0;
    if (rollout_complete(json, json_get(json, "status"))) {
        set_progress(r, json, "True", "NewReplicaSetAvailable", "has successfully progressed.");
        return 0;
    }
    if (moved_on(json, before)) {
        set_progress(r, json, "True", "ReplicaSetUpdated", "is progressing.");
        return deadline + NSEC_PER_SEC;
    }
    if (!condition || str_eq(reason, "ProgressDeadlineExceeded") || str_eq(reason, "NewReplicaSetAvailable"))
        return 0;
    int64_t left = json_time(condition, "lastUpdateTime") + deadline - loop_wall(edge_store_loop(r->store));
    if (left > 0)
        return left + NSEC_PER_SEC;
    set_progress(r, json, "False", "ProgressDeadlineExceeded", "has timed out progressing.");
    return 0;
}

static void judge_pause(struct rollout *r, cJSON *json)
{
    bool paused = json_bool(json, "spec.paused", false);
    const char *reason = json_str(edge_condition(json, "Progressing"), "reason");
    if (str_eq(reason, "ProgressDeadlineExceeded") || paused == str_eq(reason, "DeploymentPaused"))
        return;
    if (!paused && !str_eq(reason, "DeploymentPaused"))
        return;
    char text[TIME_TEXT];
    int64_t now = loop_wall(edge_store_loop(r->store));
    edge_condition_set(json, "Progressing", "Unknown", paused ? "DeploymentPaused" : "DeploymentResumed",
                       paused ? "Deployment is paused" : "Deployment is resumed", now);
    json_set_str((cJSON *)edge_condition(json, "Progressing"), "lastUpdateTime", time_format(text, now, 0));
}

int64_t rollout_status(struct rollout *r)
{
    cJSON *json = edge_edit(r->deployment), *before = cJSON_Duplicate(json_get(json, "status"), true);
    int64_t now = loop_wall(edge_store_loop(r->store)), available = sum_status(r, "status.availableReplicas");
    json_set_int(json, "status.observedGeneration", json_int(json, "metadata.generation", 0));
    set_count(json, "status.replicas", sum_status(r, "status.replicas"));
    set_count(json, "status.updatedReplicas", status_of(r->current, "status.replicas"));
    set_count(json, "status.readyReplicas", sum_status(r, "status.readyReplicas"));
    set_count(json, "status.availableReplicas", available);
    set_count(json, "status.unavailableReplicas", MAX(rollout_old_size(r) + size_of(r->current) - available, 0));
    bool enough = available >= r->replicas - r->unavailable;
    if (edge_condition_set(
            json, "Available", enough ? "True" : "False",
            enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.", now)) {
        char text[TIME_TEXT];
        json_set_str((cJSON *)edge_condition(json, "Available"), "lastUpdateTime", time_format(text, now, 0));
    }
    judge_pause(r, json);
    int64_t again = json_bool(json, "spec.paused", false) ? 0 : judge_progress(r, json, before);
    cJSON_Delete(before);
    const struct edge_object *saved = edge_save(r->store, r->kind, json);
    if (saved)
        r->deployment = saved;
    return again;
}
