#include "ui/manifests.h"
#include "ui/review.h"

#define WIDTH 54 /* so that a short review and a long one stand in the same place */

struct reviewed {
    struct dashboard *dash;
    char *deployed; /* what it was made against; NULL: nothing */
    struct review review;
    size_t head;    /* so many of its lines stand before what the cluster says */
    struct map taken; /* names of things that are taken over */
    bool replaced;    /* by another review, whose trial it is now */
};

static void reviewed_free(void *data)
{
    struct reviewed *reviewed = data;
    if (!reviewed->replaced)
        model_end_trial(dashboard_model(reviewed->dash));
    choice_lines_release(&reviewed->review.lines);
    map_release(&reviewed->taken, NULL);
    free(reviewed->deployed);
    free(reviewed);
}

static const char *deployed_text(const struct model *model)
{
    const struct graph *graph = model->document ? document_graph(model->document) : NULL;
    return graph ? model_deployed_text(model, graph->ns, graph->name) : NULL;
}

static void open_review(struct dashboard *dash, bool again);

/* What of it is taken over; the caller frees the array. */
static const char **taken_over(const struct reviewed *reviewed, size_t *count)
{
    const char **names = xcalloc(reviewed->taken.count + 1, sizeof *names);
    *count = 0;
    for (struct map_entry *e = map_first(&reviewed->taken); e; e = map_next(&reviewed->taken, e))
        names[(*count)++] = e->key;
    return names;
}

/* What was deployed since is not undone unseen: it is reviewed first. */
static void deploy(void *data)
{
    struct reviewed *reviewed = data;
    struct model *model = dashboard_model(reviewed->dash);
    struct err err = ERR_INIT;
    if (strcmp(str_or_empty(deployed_text(model)), str_or_empty(reviewed->deployed)) != 0) {
        reviewed->replaced = true;
        open_review(reviewed->dash, true);
        return;
    }
    size_t count;
    const char **names = taken_over(reviewed, &count);
    if (model_deploy(model, &(struct model_deployment){.take_over = names, .take_over_count = count}, &err) < 0)
        dashboard_say(reviewed->dash, ROLE_BAD, "%s", err.text);
    free(names);
}

static void to_file(void *data)
{
    manifests_write(((const struct reviewed *)data)->dash, "");
}

/* Says why there is nothing to review. */
static bool may_review(struct dashboard *dash)
{
    const struct model *model = dashboard_model(dash);
    struct err err = ERR_INIT;
    if (!model->document)
        dashboard_say(dash, ROLE_WARNING, "there is no graph to deploy");
    else if (!document_graph(model->document)->thing_count)
        dashboard_say(dash, ROLE_WARNING, "the graph has no things yet: a adds one");
    else if (model->task.running)
        dashboard_say(dash, ROLE_WARNING, "%s: one thing at a time; :cancel ends it", model->task.text);
    else if (model_may_write(model, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
    else
        return true;
    return false;
}

static char *headline(const struct model *model, const struct review *review)
{
    if (review->blocked)
        return xasprintf("It cannot be deployed while it has %s:",
                         document_faults(model->document)->errors > 1 ? "faults" : "a fault");
    return xasprintf("to %s%s: %zu added, %zu changed, %zu removed", str_or_empty(model->context),
                     model->protected_context ? " (protected)" : "", review->added, review->changed, review->removed);
}

static void add_warning(struct review *review, const char *first, const char *second)
{
    choice_lines_add(&review->lines, ROLE_WARNING, "%s", first);
    choice_lines_add(&review->lines, ROLE_WARNING, "%s", second);
}

/* What the dialog says: it changes when the cluster's answer comes, and when something is taken over. */

static bool review_changed(void *data UNUSED, unsigned mask)
{
    return mask & CHANGED_TRIAL;
}

static void take_or_leave(void *data, const char *thing)
{
    struct reviewed *reviewed = data;
    if (!map_has(&reviewed->taken, thing))
        map_put(&reviewed->taken, thing, reviewed);
    else
        map_del(&reviewed->taken, thing);
}

static void copy_lines(struct choice_lines *out, const struct choice_lines *lines, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        choice_lines_add(out, lines->items[i].role, "%s", lines->items[i].text);
}

static void say(void *data, struct choice_dialog *out)
{
    static const struct choice choices[] = {{'n', "No", NULL}, {'y', "Deploy", deploy}, {0}};
    static const struct choice close[] = {{'n', "Close", NULL}, {0}};
    static const struct choice to_git[] = {{'n', "Close", NULL}, {'f', "Manifests to a file", to_file}, {0}};
    const struct reviewed *reviewed = data;
    const struct review *review = &reviewed->review;
    const struct model_trial *trial = &dashboard_model(reviewed->dash)->trial;
    bool takes = false; /* something could be taken over */
    copy_lines(&out->lines, &review->lines, 0, reviewed->head);
    review_trial(&out->lines, trial, &reviewed->taken);
    copy_lines(&out->lines, &review->lines, reviewed->head, review->lines.count);
    for (size_t i = 0; i < trial->count; i++)
        takes |= trial->refusals[i].ends;
    out->choices = review->blocked ? close : trial->gitops ? to_git : choices;
    out->hints = review->blocked ? "Enter close  j/k scroll"
                 : trial->gitops ? "f to a file  n close  Tab choose  Enter take  j/k scroll"
                 : takes         ? "y deploy  n no  Space take over  j/k move  Tab choose  Enter take"
                                 : "y deploy  n no  Tab choose  Enter take  j/k scroll";
}

static void open_review(struct dashboard *dash, bool again)
{
    struct model *model = dashboard_model(dash);
    if (!may_review(dash))
        return;
    const struct graph *graph = document_graph(model->document);
    const char *deployed = deployed_text(model);
    struct reviewed *reviewed = xcalloc(1, sizeof *reviewed);
    struct review *review = &reviewed->review;
    reviewed->dash = dash;
    reviewed->deployed = xstrdup_or_null(deployed);
    if (again)
        add_warning(review, "Nothing was deployed: meanwhile somebody else deployed the graph,",
                    "and what follows is against that.");
    else if (model->deployed_by_others)
        add_warning(review, "The deployed graph is no longer the one this draft began from:",
                    "what was changed there meanwhile would be undone.");
    reviewed->head = review->lines.count; /* verdicts before the details, of which there may be hundreds */
    if (!document_faults(model->document)->errors)
        review_placement(review, model, graph);
    review_make(review, model->document, model->catalogue, deployed);
    if (!review->blocked)
        model_try_deploy(model, &(struct model_deployment){0});
    char *title = xasprintf("Deploy %s/%s", graph->ns, graph->name), *text = headline(model, review);
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = text,
        .width = WIDTH,
        .data = reviewed,
        .free_data = reviewed_free,
        .changed = review_changed,
        .marked = take_or_leave,
        .say = say,
    });
    free(title);
    free(text);
}

void review_open(struct dashboard *dash)
{
    open_review(dash, false);
}
