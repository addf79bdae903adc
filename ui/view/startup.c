#include "ui/view/startup.h"

#include "base/time.h"
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
    int64_t found = -1;
    const cJSON *revision, *entry;
    if (!phase_keys[phase])
        return -1;
    cJSON_ArrayForEach(revision, startup->revisions) {
        int64_t then = -1;
        bool ours = false;
        cJSON_ArrayForEach(entry, json_array(revision, "timing")) {
            ours |= str_eq(json_str(entry, "pod"), pod->r.name);
            if (str_eq(json_str(entry, "thing"), pod->thing))
                then = MAX(then, json_seconds(entry, phase_keys[phase]));
        }
        found = then >= 0 && !ours ? then : found;
    }
    return found;
}

/* "waited for object-detect: pull 49.2s, ready 1.1s, monitoring: first result 0.3s": the critical path, but for what is less than a
 * tenth of it. */
static void draw_path(const struct course *course, struct area line)
{
    struct course_step *steps;
    struct buf out;
    char text[TIME_TEXT];
    size_t count = course_path(course, 0, &steps);
    int64_t least = count ? (steps[count - 1].to - steps[0].from) / 10 : 0;
    const struct course_pod *last = NULL;
    buf_init(&out, 1u << 16);
    for (size_t i = 0; i < count; i++) {
        const struct pod *pod = steps[i].pod->pod;
        int64_t span = steps[i].to - steps[i].from, worth = steps[i].pod->timing.phases[steps[i].phase].plus_minus;
        if (span < least)
            continue;
        buf_adds(&out, last ? ", " : "waited for ");
        if (steps[i].pod != last)
            buf_addf(&out, "%s: ", pod_called(pod));
        buf_addf(&out, "%s %s%s", phase_names[steps[i].phase], span < worth ? "~" : "", time_span(text, span));
        last = steps[i].pod;
    }
    if (out.len)
        draw_field(line, 1, 0, line.w - 2, ROLE_DIM, 0, out.data);
    buf_release(&out);
    free(steps);
}

void startup_draw(const struct startup *startup, const struct course *course, const struct model *model, int64_t now, struct area line)
{
    struct eta eta;
    char words[ETA_TEXT];
    if (course_over(course)) {
        draw_path(course, line);
        return;
    }
    eta_make(&eta, course, &startup->pasts, model_store(model, SOURCE_NODES), now);
    draw_text(line, 1, 0, ROLE_BUSY, 0, eta_words(words, &eta, now));
}
