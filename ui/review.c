#include "ui/review.h"

#define WIDTH 54 /* so that a short review and a long one stand in the same place */

struct reviewed {
    struct dashboard *dash;
    char *deployed; /* what it was made against; NULL: nothing */
};

static void reviewed_free(void *data)
{
    struct reviewed *reviewed = data;
    free(reviewed->deployed);
    free(reviewed);
}

static const char *deployed_text(const struct model *model)
{
    const struct graph *graph = model->document ? document_graph(model->document) : NULL;
    return graph ? model_deployed_text(model, graph->ns, graph->name) : NULL;
}

static void open_review(struct dashboard *dash, bool again);

/* What was deployed since is not undone unseen: it is reviewed first. */
static void deploy(void *data)
{
    const struct reviewed *reviewed = data;
    struct model *model = dashboard_model(reviewed->dash);
    struct err err = ERR_INIT;
    if (strcmp(str_or_empty(deployed_text(model)), str_or_empty(reviewed->deployed)) != 0)
        open_review(reviewed->dash, true);
    else if (model_deploy(model, &err) < 0)
        dashboard_say(reviewed->dash, ROLE_BAD, "%s", err.text);
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

static void open_review(struct dashboard *dash, bool again)
{
    static const struct choice choices[] = {{'n', "No", NULL}, {'y', "Deploy", deploy}, {0}};
    static const struct choice close[] = {{'n', "Close", NULL}, {0}};
    const struct model *model = dashboard_model(dash);
    if (!may_review(dash))
        return;
    const struct graph *graph = document_graph(model->document);
    const char *deployed = deployed_text(model);
    struct review review = {0};
    if (again)
        add_warning(&review, "Nothing was deployed: meanwhile somebody else deployed the graph,",
                    "and what follows is against that.");
    else if (model->deployed_by_others)
        add_warning(&review, "The deployed graph is no longer the one this draft began from:",
                    "what was changed there meanwhile would be undone.");
    if (!document_faults(model->document)->errors) /* the verdict before the details, of which there may be hundreds */
        review_placement(&review, model, graph);
    review_make(&review, model->document, model->catalogue, deployed);
    struct reviewed *reviewed = xcalloc(1, sizeof *reviewed);
    *reviewed = (struct reviewed){dash, xstrdup_or_null(deployed)};
    char *title = xasprintf("Deploy %s/%s", graph->ns, graph->name), *text = headline(model, &review);
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = text,
        .lines = review.lines,
        .width = WIDTH,
        .choices = review.blocked ? close : choices,
        .hints = review.blocked ? "Enter close  j/k scroll" : "y deploy  n no  Tab choose  Enter take  j/k scroll",
        .data = reviewed,
        .free_data = reviewed_free,
    });
    free(title);
    free(text);
}

void review_open(struct dashboard *dash)
{
    open_review(dash, false);
}
