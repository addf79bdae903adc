#include "graph/only.h"
#include "ui/manifests.h"
#include "ui/review.h"

#define WIDTH 54 /* so that a short review and a long one stand in the same place */

struct reviewed {
    struct dashboard *dash;
    char **names;   /* of things that may be deployed alone, NULL-terminated */
    size_t name_count;
    struct document *part; /* what is deployed with these as the draft has them; NULL: all of the draft is reviewed */
    char *deployed; /* what it was made against; NULL: nothing */
    struct review review;
    size_t head;    /* so many of its lines stand before what the cluster says */
    struct map taken; /* names of things that are taken over */
    bool replaced;    /* by another review, whose trial it is now */
    struct choice choices[5];
    char *only; /* "Only camera" */
};

static void reviewed_free(void *data)
{
    struct reviewed *reviewed = data;
    if (!reviewed->replaced)
        model_end_trial(dashboard_model(reviewed->dash));
    for (size_t i = 0; i < reviewed->name_count; i++)
        free(reviewed->names[i]);
    free(reviewed->names);
    free(reviewed->only);
    document_free(reviewed->part);
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

/* What is to be reviewed: all of the draft, unless some things alone. */
struct wanted {
    char *const *names; /* as in struct reviewed; copied */
    size_t count;
    bool alone;
    bool again; /* what is deployed was another when it was reviewed first */
};

static void open_review(struct dashboard *dash, const struct wanted *wanted);

/* In the place of one that is open. */
static void replace(struct reviewed *reviewed, bool alone, bool again)
{
    reviewed->replaced = true;
    model_end_trial(dashboard_model(reviewed->dash));
    open_review(reviewed->dash, &(struct wanted){reviewed->names, reviewed->name_count, alone, again});
}

static void only_these(void *data)
{
    replace(data, true, false);
}

static void all_of_it(void *data)
{
    replace(data, false, false);
}

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
        replace(reviewed, reviewed->part != NULL, true);
        return;
    }
    size_t count;
    const char **names = taken_over(reviewed, &count);
    struct model_deployment what = {.take_over = names, .take_over_count = count};
    if (reviewed->part) {
        what.text = document_text(reviewed->part, NULL);
        what.over = reviewed->deployed;
    }
    if (model_deploy(model, &what, &err) < 0)
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

/* "camera, gate and 3 more". */
static char *names_text(const struct reviewed *reviewed)
{
    struct buf out;
    size_t shown = reviewed->name_count > 4 ? 3 : reviewed->name_count;
    buf_init(&out, 1u << 16);
    for (size_t i = 0; i < shown; i++)
        buf_addf(&out, "%s%s", i ? ", " : "", reviewed->names[i]);
    if (shown < reviewed->name_count)
        buf_addf(&out, " and %zu more", reviewed->name_count - shown);
    return buf_take(&out);
}

static char *headline(const struct model *model, const struct reviewed *reviewed)
{
    const struct review *review = &reviewed->review;
    if (review->blocked)
        return xasprintf("It cannot be deployed while it has %s:",
                         document_faults(model->document)->errors > 1 ? "faults" : "a fault");
    char *names = reviewed->part ? names_text(reviewed) : NULL;
    char *text = xasprintf("to %s%s: %zu added, %zu changed, %zu removed%s%s%s", str_or_empty(model->context),
                           model->protected_context ? " (protected)" : "", review->added, review->changed, review->removed,
                           names ? "\nonly " : "", str_or_empty(names), names ? "\nthe rest stays as it is deployed" : "");
    free(names);
    return text;
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

/* The choices there are now. */
static void make_choices(struct reviewed *reviewed)
{
    const struct model_trial *trial = &dashboard_model(reviewed->dash)->trial;
    struct choice *choice = reviewed->choices;
    bool may = !reviewed->review.blocked && !trial->gitops;
    *choice++ = (struct choice){'n', may ? "No" : "Close", NULL};
    if (may)
        *choice++ = (struct choice){'y', "Deploy", deploy};
    if (trial->gitops)
        *choice++ = (struct choice){'f', "Manifests to a file", to_file};
    else if (reviewed->part)
        *choice++ = (struct choice){'a', "All of it", all_of_it};
    else if (reviewed->only)
        *choice++ = (struct choice){'o', reviewed->only, only_these};
    *choice = (struct choice){0};
}

static void say(void *data, struct choice_dialog *out)
{
    struct reviewed *reviewed = data;
    const struct review *review = &reviewed->review;
    const struct model_trial *trial = &dashboard_model(reviewed->dash)->trial;
    bool takes = false; /* something could be taken over */
    copy_lines(&out->lines, &review->lines, 0, reviewed->head);
    review_trial(&out->lines, trial, &reviewed->taken);
    copy_lines(&out->lines, &review->lines, reviewed->head, review->lines.count);
    if (review->nothing && !trial->missing)
        choice_lines_add(&out->lines, ROLE_NORMAL, "Nothing would change on the cluster.");
    for (size_t i = 0; i < trial->count && !trial->gitops; i++)
        takes |= trial->refusals[i].ends;
    make_choices(reviewed);
    out->choices = reviewed->choices;
    out->hints = review->blocked ? "Enter close  j/k scroll"
                 : trial->gitops ? "f to a file  n close  Tab choose  Enter take  j/k scroll"
                 : takes         ? "y deploy  n no  Space take over  j/k move  Tab choose  Enter take"
                                 : "y deploy  n no  Tab choose  Enter take  j/k scroll";
}

/* What is deployed, with the names' things as the draft has them; what is left of their links is said. NULL, and it is said why. */
static struct document *make_part(struct reviewed *reviewed)
{
    const struct model *model = dashboard_model(reviewed->dash);
    struct err err = ERR_INIT;
    struct buf left;
    buf_init(&left, 1u << 16);
    char *text = only_text(reviewed->deployed, model->document, (const char *const *)reviewed->names, reviewed->name_count,
                           model->catalogue, &left, &err);
    struct document *part = text ? document_new(text, strlen(text), "part", NULL, NULL, model->catalogue, &err) : NULL;
    if (!part)
        dashboard_say(reviewed->dash, ROLE_WARNING, "%s", err.text);
    for (char *save = NULL, *line = strtok_r(left.data, "\n", &save); part && line; line = strtok_r(NULL, "\n", &save)) {
        char *words = xasprintf("  unchanged, for it is another thing's input: %s", line);
        review_add_wrapped(&reviewed->review.lines, ROLE_DIM, words);
        free(words);
    }
    buf_release(&left);
    free(text);
    return part;
}

static struct reviewed *reviewed_new(struct dashboard *dash, const struct wanted *wanted)
{
    struct reviewed *reviewed = xcalloc(1, sizeof *reviewed);
    reviewed->dash = dash;
    reviewed->deployed = xstrdup_or_null(deployed_text(dashboard_model(dash)));
    reviewed->names = xcalloc(wanted->count + 1, sizeof *reviewed->names);
    for (size_t i = 0; i < wanted->count; i++)
        reviewed->names[reviewed->name_count++] = xstrdup(wanted->names[i]);
    bool more = document_graph(dashboard_model(dash)->document)->thing_count > 1;
    if (wanted->count && more && reviewed->deployed)
        reviewed->only = wanted->count == 1 ? xasprintf("Only %s", wanted->names[0]) : xasprintf("Only these %zu", wanted->count);
    return reviewed;
}

static void warn(struct reviewed *reviewed, const struct wanted *wanted)
{
    struct review *review = &reviewed->review;
    if (wanted->again)
        add_warning(review, "Nothing was deployed: meanwhile somebody else deployed the graph,",
                    "and what follows is against that.");
    else if (dashboard_model(reviewed->dash)->deployed_by_others && !reviewed->part)
        add_warning(review, "The deployed graph is no longer the one this draft began from:",
                    "what was changed there meanwhile would be undone.");
    if (wanted->alone && !reviewed->part)
        add_warning(review, "Nothing is deployed yet that some things alone could be added to:", "this is all of the graph.");
}

static void open_review(struct dashboard *dash, const struct wanted *wanted)
{
    struct model *model = dashboard_model(dash);
    if (!may_review(dash))
        return;
    struct reviewed *reviewed = reviewed_new(dash, wanted);
    struct review *review = &reviewed->review;
    if (wanted->alone && reviewed->deployed) {
        reviewed->part = make_part(reviewed);
        if (!reviewed->part) {
            reviewed_free(reviewed);
            return;
        }
    }
    const struct document *doc = reviewed->part ? reviewed->part : model->document;
    const struct graph *graph = document_graph(doc);
    warn(reviewed, wanted);
    reviewed->head = review->lines.count; /* verdicts before the details, of which there may be hundreds */
    if (!document_faults(doc)->errors)
        review_placement(review, model, graph);
    review_make(review, doc, model->catalogue, reviewed->deployed);
    if (!review->blocked)
        model_try_deploy(model, &(struct model_deployment){.text = reviewed->part ? document_text(doc, NULL) : NULL});
    char *title = xasprintf("Deploy %s/%s", graph->ns, graph->name), *text = headline(model, reviewed);
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
    open_review(dash, &(struct wanted){0});
}

void review_open_part(struct dashboard *dash, char *const *names, size_t count, bool alone)
{
    open_review(dash, &(struct wanted){names, count, alone, false});
}
