#include "ui/view/startup.h"

#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/configmap.h"

void startup_release(struct startup *startup)
{
    if (startup->record)
        record_unref((struct record *)(uintptr_t)startup->record);
    graph_free(startup->graph);
    pasts_release(&startup->pasts);
    cJSON_Delete(startup->revisions);
    *startup = (struct startup){0};
}

void startup_take(struct startup *startup, const struct model *model, const char *ns, const char *graph)
{
    const char *text = NULL;
    const struct record *record = model_deployed(model, ns, graph, &text);
    if (record == startup->record && model->catalogue_version == startup->catalogue_version)
        return;
    startup_release(startup);
    startup->catalogue_version = model->catalogue_version;
    if (!record)
        return;
    const char *revisions = map_get(&((const struct configmap *)record)->data, PLAN_KEY_REVISIONS);
    struct faults faults = {0};
    startup->record = record_ref((struct record *)(uintptr_t)record);
    startup->graph = text && model->catalogue ? graph_parse(text, strlen(text), "the graph", model->catalogue, &faults) : NULL;
    faults_release(&faults);
    pasts_read(&startup->pasts, revisions);
    startup->revisions = revisions_read(revisions, text);
}

int64_t startup_before(const struct startup *startup, const struct pod *pod, enum phase phase)
{
    static const char *const keys[PHASE_COUNT] = {
        [PHASE_SCHEDULED] = "scheduled", [PHASE_SANDBOX] = "sandbox", [PHASE_PULLED] = "pull",
        [PHASE_STARTED] = "start",       [PHASE_READY] = "ready",     [PHASE_FIRST_RESULT] = "firstResult"};
    int64_t found = -1;
    const cJSON *revision, *entry;
    if (!keys[phase])
        return -1;
    cJSON_ArrayForEach(revision, startup->revisions) {
        int64_t then = -1;
        bool ours = false;
        cJSON_ArrayForEach(entry, json_array(revision, "timing")) {
            ours |= str_eq(json_str(entry, "pod"), pod->r.name);
            if (str_eq(json_str(entry, "thing"), pod->thing))
                then = MAX(then, json_seconds(entry, keys[phase]));
        }
        found = then >= 0 && !ours ? then : found;
    }
    return found;
}
