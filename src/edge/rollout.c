#include "edge/rollout.h"

#include <math.h>

#include "base/map.h"
#include "base/time.h"

#define COMPONENT "deployment-controller"

/* A template's text with sorted keys and without what is empty, so that the manner of writing makes no new revision. */
static bool is_empty(const cJSON *value)
{
    return cJSON_IsNull(value) || ((cJSON_IsObject(value) || cJSON_IsArray(value)) && !value->child);
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

static void canonical(struct buf *out, const cJSON *value)
{
    if (!cJSON_IsObject(value)) {
        if (cJSON_IsNumber(value)) { /* an amount may be 1 or "1" */
            char text[32];
            snprintf(text, sizeof text, "%.17g", value->valuedouble);
            json_quote(out, text);
            return;
        }
        if (!cJSON_IsArray(value)) {
            json_print(out, value);
            return;
        }
        const cJSON *item;
        buf_addc(out, '[');
        cJSON_ArrayForEach (item, value) {
            canonical(out, item);
            buf_addc(out, ',');
        }
        buf_addc(out, ']');
        return;
    }
    size_t count = 0;
    const cJSON **keys = xcalloc((size_t)cJSON_GetArraySize(value) + 1, sizeof *keys), *item;
    cJSON_ArrayForEach (item, value)
        if (!is_empty(item))
            keys[count++] = item;
    qsort(keys, count, sizeof *keys, by_key);
    buf_addc(out, '{');
    for (size_t i = 0; i < count; i++) {
        json_quote(out, keys[i]->string);
        buf_addc(out, ':');
        canonical(out, keys[i]);
        buf_addc(out, ',');
    }
    buf_addc(out, '}');
    free(keys);
}

/* The hash as letters that spell nothing, which is how pod-template-hash looks everywhere. */
static void template_hash(char out[16], const cJSON *deployment)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    struct buf text;
    buf_init(&text, 4u << 20);
    canonical(&text, json_object(deployment, "spec.template"));
    int64_t collisions = json_int(deployment, "status.collisionCount", 0);
    if (collisions)
        buf_addf(&text, "%" PRId64, collisions);
    char digits[16];
    snprintf(digits, sizeof digits, "%" PRIu32, hash_bytes(text.data, text.len));
    buf_release(&text);
    size_t i = 0;
    for (; digits[i]; i++)
        out[i] = letters[(unsigned char)digits[i] % (sizeof letters - 1)];
    out[i] = '\0';
}

/* The same template but for the hash label: kubectl rollout undo brings back one with the defaults of its time. */
static bool same_template(const cJSON *deployment, const cJSON *set)
{
    cJSON *template = cJSON_Duplicate(json_object(set, "spec.template"), true);
    cJSON *labels = (cJSON *)json_object(template, "metadata.labels");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, EDGE_HASH);
    struct buf a, b;
    buf_init(&a, 4u << 20);
    buf_init(&b, 4u << 20);
    canonical(&a, template);
    canonical(&b, json_object(deployment, "spec.template"));
    bool same = strcmp(a.data, b.data) == 0;
    buf_release(&a);
    buf_release(&b);
    cJSON_Delete(template);
    return same;
}

/* "25%" of total or a number. */
static int64_t share(const cJSON *value, int64_t total, bool up)
{
    if (cJSON_IsString(value) && str_ends(value->valuestring, "%")) {
        double part = (double)total * strtod(value->valuestring, NULL) / 100;
        return (int64_t)(up ? ceil(part) : floor(part));
    }
    if (cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble < 1e9)
        return (int64_t)value->valuedouble;
    return (int64_t)(up ? ceil((double)total / 4) : floor((double)total / 4));
}

static int by_age(const void *a, const void *b)
{
    const struct edge_object *x = *(const struct edge_object *const *)a, *y = *(const struct edge_object *const *)b;
    int64_t s = json_time(x->json, "metadata.creationTimestamp"), t = json_time(y->json, "metadata.creationTimestamp");
    return s != t ? (s < t ? -1 : 1) : strcmp(edge_name(x->json), edge_name(y->json));
}

void rollout_init(struct rollout *r, struct edge_store *store, const struct edge_object *deployment)
{
    const cJSON *json = deployment->json;
    *r = (struct rollout){.store = store, .kind = deployment->kind, .set_kind = edge_kind_by_name("ReplicaSet")};
    r->deployment = deployment;
    r->replicas = MAX(json_int(json, "spec.replicas", 1), 0);
    r->surge = share(json_at(json, "spec.strategy.rollingUpdate.maxSurge"), r->replicas, true);
    r->unavailable = share(json_at(json, "spec.strategy.rollingUpdate.maxUnavailable"), r->replicas, false);
    if (r->surge == 0 && r->unavailable == 0)
        r->unavailable = 1;
    if (str_eq(json_str(json, "spec.strategy.type"), "Recreate"))
        r->surge = r->unavailable = 0;
    template_hash(r->hash, json);

    const char *ns = edge_ns(json), *uid = edge_uid(json);
    const struct edge_object *set = edge_store_first(store, r->set_kind, ns), *alike = NULL;
    for (; set; set = edge_store_next(set, ns)) {
        if (!edge_controlled_by(set->json, uid) || edge_deleting(set->json))
            continue;
        if (str_eq(edge_label(set->json, EDGE_HASH), r->hash)) {
            r->current = set;
            continue;
        }
        GROW(r->old, r->old_count, r->old_cap);
        r->old[r->old_count++] = set;
    }
    if (r->old_count)
        qsort(r->old, r->old_count, sizeof *r->old, by_age);
    for (size_t i = 0; !r->current && i < r->old_count; i++) {
        if (!same_template(json, r->old[i]->json))
            continue;
        alike = r->old[i];
        memmove(&r->old[i], &r->old[i + 1], (r->old_count - i - 1) * sizeof *r->old);
        r->old_count--;
        break;
    }
    if (alike)
        r->current = alike;
}

void rollout_release(struct rollout *r)
{
    free(r->old);
}

int64_t rollout_old_size(const struct rollout *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->old_count; i++)
        sum += json_int(r->old[i]->json, "spec.replicas", 0);
    return sum;
}

int64_t rollout_current_size(const struct rollout *r)
{
    int64_t have = r->current ? json_int(r->current->json, "spec.replicas", 0) : 0;
    if (str_eq(json_str(r->deployment->json, "spec.strategy.type"), "Recreate"))
        return r->replicas;
    int64_t room = r->replicas + r->surge - rollout_old_size(r) - have;
    return room <= 0 ? MIN(have, r->replicas) : MIN(have + room, r->replicas);
}

static bool annotate_size(const struct rollout *r, cJSON *set)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, r->replicas);
    bool changed = edge_annotate(set, "deployment.kubernetes.io/desired-replicas", text);
    snprintf(text, sizeof text, "%" PRId64, r->replicas + r->surge);
    return edge_annotate(set, "deployment.kubernetes.io/max-replicas", text) || changed;
}

bool rollout_scale(struct rollout *r, int index, int64_t replicas)
{
    const struct edge_object **slot = index < 0 ? &r->current : &r->old[index];
    int64_t before = json_int((*slot)->json, "spec.replicas", 0);
    cJSON *json = edge_edit(*slot);
    bool annotated = annotate_size(r, json);
    if (before == replicas && !annotated) {
        cJSON_Delete(json);
        return false;
    }
    json_set_int(json, "spec.replicas", replicas);
    const struct edge_object *saved = edge_save(r->store, r->set_kind, json);
    if (!saved)
        return false;
    *slot = saved;
    if (before != replicas)
        edge_event(r->store, r->deployment->json, NULL, "Normal", "ScalingReplicaSet", COMPONENT, NULL,
                   "Scaled %s replica set %s from %" PRId64 " to %" PRId64, replicas > before ? "up" : "down",
                   edge_name(saved->json), before, replicas);
    return before != replicas;
}

static int64_t revision_of(const cJSON *json)
{
    const char *text = edge_annotation(json, EDGE_REVISION);
    return text ? strtoll(text, NULL, 10) : 0;
}

/* kubectl's own note of the last applied manifest stays on the Deployment; so do the numbers we keep ourselves. */
static bool is_own_annotation(const char *key)
{
    return str_eq(key, "kubectl.kubernetes.io/last-applied-configuration") ||
           str_starts(key, "deployment.kubernetes.io/") || str_starts(key, "deprecated.");
}

static bool annotate_set(const struct rollout *r, cJSON *set, const char *revision)
{
    bool changed = false;
    const cJSON *note;
    cJSON_ArrayForEach (note, json_object(r->deployment->json, "metadata.annotations"))
        if (cJSON_IsString(note) && !is_own_annotation(note->string))
            changed |= edge_annotate(set, note->string, note->valuestring);
    const char *before = edge_annotation(set, EDGE_REVISION);
    if (before && revision_of(set) < strtoll(revision, NULL, 10)) {
        const char *history = edge_annotation(set, "deployment.kubernetes.io/revision-history");
        char *text = history ? xasprintf("%s,%s", history, before) : xstrdup(before);
        edge_annotate(set, "deployment.kubernetes.io/revision-history", text);
        free(text);
    }
    return edge_annotate(set, EDGE_REVISION, revision) || changed;
}

static void label_hash(cJSON *json, const char *path, const char *hash)
{
    cJSON *labels = json_ensure(json, path);
    cJSON_DeleteItemFromObjectCaseSensitive(labels, EDGE_HASH);
    cJSON_AddItemToObject(labels, EDGE_HASH, cJSON_CreateString(hash));
}

/* Condition Progressing: unlike a pod's, lastUpdateTime moves with every sign of progress. */
static void note_progress(cJSON *json, const char *status, const char *reason, const char *message, int64_t now)
{
    char text[TIME_TEXT];
    edge_condition_set(json, "Progressing", status, reason, message, now);
    json_set_str((cJSON *)edge_condition(json, "Progressing"), "lastUpdateTime", time_format(text, now, 0));
}

static void save_deployment(struct rollout *r, cJSON *json)
{
    const struct edge_object *saved = edge_save(r->store, r->kind, json);
    if (saved)
        r->deployment = saved;
}

static void revise_deployment(struct rollout *r, const char *revision, const char *reason, const char *verb)
{
    cJSON *json = edge_edit(r->deployment);
    edge_annotate(json, EDGE_REVISION, revision);
    const cJSON *progress = edge_condition(json, "Progressing");
    if (!progress || str_starts(verb, "Created")) {
        char *text = xasprintf("%s replica set \"%s\"", verb, edge_name(r->current->json));
        note_progress(json, "True", reason, text, loop_wall(edge_store_loop(r->store)));
        free(text);
    }
    save_deployment(r, json);
}

static cJSON *build_set(struct rollout *r, const char *revision)
{
    const cJSON *d = r->deployment->json;
    cJSON *set = cJSON_CreateObject();
    json_set_str(set, "apiVersion", json_str_or(d, "apiVersion", "apps/v1"));
    json_set_str(set, "kind", "ReplicaSet");
    char *name = xasprintf("%s-%s", edge_name(d), r->hash);
    json_set_str(set, "metadata.name", name);
    free(name);
    json_set_str(set, "metadata.namespace", edge_ns(d));
    if (json_object(d, "spec.template.metadata.labels"))
        json_set(set, "metadata.labels", cJSON_Duplicate(json_object(d, "spec.template.metadata.labels"), true));
    label_hash(set, "metadata.labels", r->hash);
    json_set(set, "metadata.ownerReferences", edge_owner_refs(r->deployment));
    json_set_int(set, "spec.replicas", rollout_current_size(r));
    if (json_int(d, "spec.minReadySeconds", 0))
        json_set_int(set, "spec.minReadySeconds", json_int(d, "spec.minReadySeconds", 0));
    json_set(set, "spec.selector", cJSON_Duplicate(json_object(d, "spec.selector"), true));
    label_hash(set, "spec.selector.matchLabels", r->hash);
    json_set(set, "spec.template", cJSON_Duplicate(json_object(d, "spec.template"), true));
    label_hash(set, "spec.template.metadata.labels", r->hash);
    annotate_set(r, set, revision);
    annotate_size(r, set);
    return set;
}

int rollout_ensure_current(struct rollout *r)
{
    int64_t newest = 0;
    for (size_t i = 0; i < r->old_count; i++)
        newest = MAX(newest, revision_of(r->old[i]->json));
    char revision[24];
    snprintf(revision, sizeof revision, "%" PRId64, newest + 1);

    if (r->current) {
        cJSON *json = edge_edit(r->current);
        if (revision_of(json) > newest)
            snprintf(revision, sizeof revision, "%" PRId64, revision_of(json));
        annotate_set(r, json, revision);
        json_set_int(json, "spec.minReadySeconds", json_int(r->deployment->json, "spec.minReadySeconds", 0));
        if (!json_int(json, "spec.minReadySeconds", 0))
            json_del(json, "spec.minReadySeconds");
        const struct edge_object *saved = edge_save(r->store, r->set_kind, json);
        if (saved)
            r->current = saved;
        revise_deployment(r, revision, "FoundNewReplicaSet", "Found");
        return 0;
    }
    struct err err = ERR_INIT;
    int status = 0;
    r->current = edge_store_create(r->store, r->set_kind, build_set(r, revision), &status, &err);
    if (r->current) {
        edge_event(r->store, r->deployment->json, NULL, "Normal", "ScalingReplicaSet", COMPONENT, NULL,
                   "Scaled up replica set %s from 0 to %" PRId64, edge_name(r->current->json),
                   json_int(r->current->json, "spec.replicas", 0));
        revise_deployment(r, revision, "NewReplicaSetCreated", "Created new");
        return 0;
    }
    cJSON *json = edge_edit(r->deployment);
    if (status == 409) { /* the name is somebody else's: another hash next time */
        json_set_int(json, "status.collisionCount", json_int(json, "status.collisionCount", 0) + 1);
    } else {
        note_progress(json, "False", "ReplicaSetCreateError", err.text, loop_wall(edge_store_loop(r->store)));
    }
    save_deployment(r, json);
    return -1;
}
