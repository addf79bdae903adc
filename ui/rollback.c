#include "ui/rollback.h"

#include "base/text.h"
#include "base/time.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/configmap.h"
#include "ui/choice.h"
#include "ui/review.h"

/* NULL, and it is said why: there is none. The caller deletes it. */
static cJSON *revisions_of(struct dashboard *dash)
{
    const struct model *model = dashboard_model(dash);
    const char *text;
    const struct record *record =
        model->graph_name ? model_deployed(model, model->graph_ns, model->graph_name, &text) : NULL;
    if (!record) {
        dashboard_say(dash, ROLE_WARNING, "%s is not deployed, so there is no history", model->graph_name ? model->graph_name : "nothing");
        return NULL;
    }
    cJSON *list = revisions_read(map_get(&((const struct configmap *)record)->data, PLAN_KEY_REVISIONS), text);
    if (list->child)
        return list;
    dashboard_say(dash, ROLE_WARNING, "the cluster remembers no deployment of %s", model->graph_name);
    cJSON_Delete(list);
    return NULL;
}

static void add_line(struct choice_lines *lines, const cJSON *entry, int64_t now, bool newest)
{
    char age[TIME_TEXT], took[TIME_TEXT];
    int64_t span = json_seconds(entry, "took");
    int64_t at = json_time(entry, "at");
    bool whole = revision_whole(entry);
    struct buf what;
    buf_init(&what, 2000);
    const char *text = json_str_or(entry, "what", "");
    text_sanitise(&what, text, strlen(text));
    choice_lines_add(lines, !whole ? ROLE_WARNING : newest ? ROLE_TITLE : ROLE_NORMAL, "%3" PRId64 "  %-5s %-10.10s %-9s %s",
                     json_int(entry, "revision", 0), at ? time_age(age, now - at) : "?", json_str_or(entry, "by", "?"),
                     span >= 0 ? time_span(took, span) : revision_untimed(entry), what.data);
    buf_release(&what);
}

void history_open(struct dashboard *dash)
{
    static const struct choice choices[] = {{'n', "Close", NULL}, {0}};
    struct choice_lines lines = {0};
    cJSON *list = revisions_of(dash);
    if (!list)
        return;
    for (const cJSON *entry = revisions_last(list); entry; entry = entry == list->child ? NULL : entry->prev)
        add_line(&lines, entry, dashboard_wall(dash), !entry->next);
    char *title = xasprintf("Deployments of %s", dashboard_model(dash)->graph_name);
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = "  #  AGE   BY         TOOK      CHANGES",
        .lines = lines,
        .width = 60,
        .choices = choices,
        .hints = "Enter close  j/k scroll  :rollback N goes back to one",
    });
    free(title);
    cJSON_Delete(list);
}

static const cJSON *find(struct dashboard *dash, const cJSON *list, const char *revision)
{
    int64_t number = 0;
    const cJSON *entry = !*revision                   ? revisions_back(list)
                         : text_int(revision, &number) ? revisions_find(list, number)
                                                       : NULL;
    if (!entry && *revision)
        dashboard_say(dash, ROLE_WARNING, "there is no deployment '%s'; :history lists them", revision);
    else if (!entry)
        dashboard_say(dash, ROLE_WARNING, "it was deployed only once, so there is nothing to go back to");
    return entry;
}

void rollback_open(struct dashboard *dash, const char *revision)
{
    struct model *model = dashboard_model(dash);
    struct err err = ERR_INIT;
    cJSON *list = revisions_of(dash);
    const cJSON *entry = list ? find(dash, list, revision) : NULL;
    if (entry && !model->document) {
        dashboard_say(dash, ROLE_WARNING, "open the graph first: :graph %s", model->graph_name);
    } else if (entry) {
        const char *text = json_str(entry, "text");
        if (document_replace(model->document, text, strlen(text), &err) < 0) {
            dashboard_say(dash, ROLE_BAD, "deployment %" PRId64 " cannot be read: %s", json_int(entry, "revision", 0), err.text);
        } else {
            model_changed(model, CHANGED_DOCUMENT);
            dashboard_say(dash, ROLE_GOOD, "the draft is what deployment %" PRId64 " was; u undoes that", json_int(entry, "revision", 0));
            review_open(dash);
        }
    }
    cJSON_Delete(list);
}
