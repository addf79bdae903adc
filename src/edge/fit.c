#include "edge/fit.h"

#include "edge/object.h"

#define HELPLESS "Preemption is not helpful for scheduling"
#define NO_VICTIMS "No preemption victims found for incoming pod"

static void add_reason(struct edge_misfit *misfit, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_reason(struct edge_misfit *misfit, const char *fmt, ...)
{
    char text[sizeof misfit->reasons[0].text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < misfit->count; i++) {
        if (strcmp(misfit->reasons[i].text, text) == 0) {
            misfit->reasons[i].count++;
            return;
        }
    }
    if (misfit->count == ARRAY_SIZE(misfit->reasons))
        return;
    memcpy(misfit->reasons[misfit->count].text, text, sizeof text);
    misfit->reasons[misfit->count++].count = 1;
}

static bool refuse(struct edge_misfit *misfit, bool resolvable)
{
    const char *text = resolvable ? NO_VICTIMS : HELPLESS;
    misfit->nodes++;
    for (size_t i = 0; i < misfit->preemption_count; i++) {
        if (strcmp(misfit->preemption[i].text, text) == 0) {
            misfit->preemption[i].count++;
            return false;
        }
    }
    snprintf(misfit->preemption[misfit->preemption_count].text, sizeof misfit->preemption[0].text, "%s", text);
    misfit->preemption[misfit->preemption_count++].count = 1;
    return false;
}

static bool tolerates(const cJSON *pod, const cJSON *taint)
{
    const cJSON *t;
    cJSON_ArrayForEach (t, json_array(pod, "spec.tolerations")) {
        const char *key = json_str(t, "key"), *effect = json_str(t, "effect"), *op = json_str(t, "operator");
        if (effect && *effect && !str_eq(effect, json_str(taint, "effect")))
            continue;
        if (key && *key && !str_eq(key, json_str(taint, "key")))
            continue;
        if (str_eq(op, "Exists"))
            return true;
        if (key && *key && strcmp(json_str_or(t, "value", ""), json_str_or(taint, "value", "")) == 0)
            return true;
    }
    return false;
}

static bool tolerates_all(const cJSON *pod, const cJSON *node)
{
    const cJSON *taint;
    cJSON_ArrayForEach (taint, json_array(node, "spec.taints")) {
        const char *effect = json_str(taint, "effect");
        if (!str_eq(effect, "PreferNoSchedule") && !tolerates(pod, taint))
            return false;
    }
    return true;
}

static bool tolerates_cordon(const cJSON *pod)
{
    cJSON *taint = cJSON_CreateObject();
    json_set_str(taint, "key", "node.kubernetes.io/unschedulable");
    json_set_str(taint, "effect", "NoSchedule");
    bool yes = tolerates(pod, taint);
    cJSON_Delete(taint);
    return yes;
}

/* A term with nothing in it matches no node. */
static bool term_matches(const cJSON *term, const cJSON *node)
{
    const cJSON *labels = json_object(node, "metadata.labels"), *fields = json_object(node, "metadata"), *requirement;
    bool any = false;
    cJSON_ArrayForEach (requirement, json_array(term, "matchExpressions")) {
        any = true;
        if (!edge_requirement_matches(requirement, labels))
            return false;
    }
    cJSON_ArrayForEach (requirement, json_array(term, "matchFields")) {
        any = true;
        cJSON *own = cJSON_Duplicate(requirement, true);
        json_set_str(own, "key", "name"); /* metadata.name is the only field there is */
        bool matches = edge_requirement_matches(own, fields);
        cJSON_Delete(own);
        if (!matches)
            return false;
    }
    return any;
}

static bool affine(const cJSON *pod, const cJSON *node)
{
    const cJSON *selector = json_object(pod, "spec.nodeSelector");
    if (selector && selector->child && !edge_labels_match(selector, json_object(node, "metadata.labels")))
        return false;
    const cJSON *required =
        json_object(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    if (!required)
        return true;
    const cJSON *term;
    cJSON_ArrayForEach (term, json_array(required, "nodeSelectorTerms"))
        if (term_matches(term, node))
            return true;
    return false;
}

int64_t edge_fit_preference(const cJSON *pod, const cJSON *node)
{
    int64_t sum = 0;
    const cJSON *preferred;
    cJSON_ArrayForEach (preferred, json_array(pod, "spec.affinity.nodeAffinity."
                                                   "preferredDuringSchedulingIgnoredDuringExecution"))
        if (term_matches(json_get(preferred, "preference"), node))
            sum += json_int(preferred, "weight", 0);
    return sum;
}

bool edge_fit(const cJSON *pod, const struct edge_amounts *requests, const cJSON *node, const struct edge_amounts *used,
              int pods, struct edge_misfit *misfit)
{
    if (json_bool(node, "spec.unschedulable", false) && !tolerates_cordon(pod)) {
        add_reason(misfit, "node(s) were unschedulable");
        return refuse(misfit, false);
    }
    if (!tolerates_all(pod, node)) {
        add_reason(misfit, "node(s) had untolerated taint(s)");
        return refuse(misfit, false);
    }
    if (!affine(pod, node)) {
        add_reason(misfit, "node(s) didn't match Pod's node affinity/selector");
        return refuse(misfit, false);
    }
    struct edge_amounts free_now = {0}, all = {0};
    edge_amounts_add_list(&all, json_object(node, "status.allocatable"));
    edge_amounts_add(&free_now, &all, 1);
    edge_amounts_add(&free_now, used, -1);
    bool fits = true, resolvable = true;
    if (pods + 1 > edge_amounts_get(&all, "pods") / 1000) {
        add_reason(misfit, "Too many pods");
        fits = false;
    }
    for (size_t i = 0; i < requests->count; i++) {
        const struct edge_amount *want = &requests->items[i];
        if (want->milli <= 0 || want->milli <= edge_amounts_get(&free_now, want->name))
            continue;
        add_reason(misfit, "Insufficient %s", want->name);
        fits = false;
        if (want->milli > edge_amounts_get(&all, want->name)) /* not even an empty node has it */
            resolvable = false;
    }
    edge_amounts_release(&free_now);
    edge_amounts_release(&all);
    return fits ? true : refuse(misfit, resolvable);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

void edge_misfit_text(const struct edge_misfit *misfit, struct buf *out)
{
    if (misfit->nodes == 0) {
        buf_adds(out, "no nodes available to schedule pods");
        return;
    }
    char lines[ARRAY_SIZE(misfit->reasons)][128];
    for (size_t i = 0; i < misfit->count; i++)
        snprintf(lines[i], sizeof lines[i], "%d %s", misfit->reasons[i].count, misfit->reasons[i].text);
    qsort(lines, misfit->count, sizeof lines[0], by_text);
    buf_addf(out, "0/%d nodes are available: ", misfit->nodes);
    for (size_t i = 0; i < misfit->count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", lines[i]);
    for (size_t i = 0; i < misfit->preemption_count; i++)
        snprintf(lines[i], sizeof lines[i], "%d %s", misfit->preemption[i].count, misfit->preemption[i].text);
    qsort(lines, misfit->preemption_count, sizeof lines[0], by_text);
    buf_addf(out, ". preemption: 0/%d nodes are available: ", misfit->nodes);
    for (size_t i = 0; i < misfit->preemption_count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", lines[i]);
    buf_addc(out, '.');
}
