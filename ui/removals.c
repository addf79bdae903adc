#include "ui/removals.h"

#include "ui/choice.h"

struct asking { /* waits for an answer */
    struct dashboard *dash;
    enum removal how;
    struct model_pod *pods; /* their texts are owned */
    size_t count;
};

static void asking_free(void *data)
{
    struct asking *asking = data;
    for (size_t i = 0; i < asking->count; i++) {
        free((char *)(uintptr_t)asking->pods[i].ns);
        free((char *)(uintptr_t)asking->pods[i].name);
        free((char *)(uintptr_t)asking->pods[i].uid);
    }
    free(asking->pods);
    free(asking);
}

static void yes(void *data)
{
    struct asking *asking = data;
    struct err err = ERR_INIT;
    struct model_removal removal = {asking->how, asking->pods, asking->count};
    if (model_remove(dashboard_model(asking->dash), &removal, &err) < 0)
        dashboard_say(asking->dash, ROLE_BAD, "%s", err.text);
}

static void question(struct asking *asking, struct choice_lines lines)
{
    const struct removal_words *words = &removal_table[asking->how];
    char title[64], text[300];
    const char *context = str_or_empty(dashboard_model(asking->dash)->context);
    snprintf(title, sizeof title, "%c%s %zu pod%s", words->name[0] - 'a' + 'A', words->name + 1, asking->count,
             asking->count == 1 ? "" : "s");
    snprintf(text, sizeof text, "on the cluster of context %s%s", context,
             words->evicts ? "; a disruption budget may refuse it" : "");
    choice_confirm(asking->dash, title, text, lines, words->name, yes, asking, asking_free);
}

/* Takes it where that makes sense; a line of the question either way. */
static void consider(struct asking *asking, struct choice_lines *lines, const struct pod *pod)
{
    char text[REMOVAL_TEXT];
    struct err err = ERR_INIT;
    bool takes = removal_decide(asking->how, pod, text, &err) == 0;
    if (takes)
        asking->pods[asking->count++] =
            (struct model_pod){xstrdup(pod->r.ns), xstrdup(pod->r.name), xstrdup_or_null(pod->r.uid)};
    choice_lines_add(lines, takes ? ROLE_DIALOG : ROLE_WARNING, "%s/%s: %s", pod->r.ns, pod->r.name, takes ? text : err.text);
}

void removals_ask(struct dashboard *dash, enum removal how, const struct pod *const *pods, size_t count)
{
    struct err err = ERR_INIT;
    if (model_may_write(dashboard_model(dash), &err) < 0 || !count) {
        dashboard_say(dash, ROLE_WARNING, "%s", count ? err.text : "nothing is selected");
        return;
    }
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){dash, how, xcalloc(count, sizeof *asking->pods), 0};
    struct choice_lines lines = {0};
    for (size_t i = 0; i < count; i++)
        consider(asking, &lines, pods[i]);
    if (asking->count) {
        question(asking, lines);
        return;
    }
    dashboard_say(dash, ROLE_WARNING, "%s", lines.items[0].text);
    choice_lines_release(&lines);
    asking_free(asking);
}
