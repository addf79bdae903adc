#include "base/text.h"
#include "graph/diff.h"
#include "ui/review.h"

#define FIELDS_MAX 6 /* of a thing; how many more there are is said */

static void add_thing(struct review *review, const struct thing_diff *thing)
{
    static const struct {
        char sign;
        enum role role;
    } looks[] = {[DIFFERS_ADDED] = {'+', ROLE_GOOD}, [DIFFERS_CHANGED] = {'~', ROLE_WARNING}, [DIFFERS_REMOVED] = {'-', ROLE_BAD}};
    char *line = xasprintf("%c %s  %s", looks[thing->differs].sign, thing->name, thing->fate);
    review_add_wrapped(&review->lines, looks[thing->differs].role, line);
    free(line);
    for (size_t i = 0; i < MIN(thing->fields.count, FIELDS_MAX); i++)
        choice_lines_add(&review->lines, ROLE_NORMAL, "    %s", thing->fields.items[i].words);
    if (thing->fields.count > FIELDS_MAX)
        choice_lines_add(&review->lines, ROLE_DIM, "    and %zu more", thing->fields.count - FIELDS_MAX);
}

/* *graph is the caller's. */
static struct plan *deployed_plan(struct review *review, const struct catalogue *cat, const char *text, struct graph **graph)
{
    struct faults faults = {0};
    struct err err = ERR_INIT;
    *graph = text ? graph_parse(text, strlen(text), "deployed", cat, &faults) : NULL;
    struct plan *plan = *graph && !faults.errors ? plan_make(*graph, text, strlen(text), &err) : NULL;
    if (text && !plan)
        choice_lines_add(&review->lines, ROLE_WARNING,
                 "what is deployed cannot be read with this catalogue, so all is shown as new: %s",
                 faults.count ? faults.items[0].text : err.text);
    faults_release(&faults);
    return plan;
}

void review_add_wrapped(struct choice_lines *lines, enum role role, const char *text)
{
    const char *at = text;
    int more = (int)strspn(text, " ") + 2;
    for (int indent = 0; *at; indent = more) {
        size_t n = text_break(at, 68 - MAX(indent, 2));
        choice_lines_add(lines, role, "%*s%.*s", indent, "", (int)n, at);
        at += n + strspn(at + n, " ");
    }
}

static void add_fault(struct review *review, const struct fault *fault)
{
    char *text = xasprintf("! line %d: %s", fault->line, fault->text);
    review_add_wrapped(&review->lines, fault->warning ? ROLE_WARNING : ROLE_BAD, text);
    free(text);
}

void review_make(struct review *review, const struct document *doc, const struct catalogue *cat, const char *deployed)
{
    const struct faults *faults = document_faults(doc);
    for (size_t i = 0; i < faults->count; i++)
        add_fault(review, &faults->items[i]);
    review->blocked = faults->errors > 0;
    if (review->blocked)
        return;
    size_t len;
    struct err err = ERR_INIT;
    const char *text = document_text(doc, &len);
    struct plan *after = plan_make(document_graph(doc), text, len, &err);
    if (!after) {
        choice_lines_add(&review->lines, ROLE_BAD, "! %s", err.text);
        review->blocked = true;
        return;
    }
    struct graph *graph;
    struct plan *before = deployed_plan(review, cat, deployed, &graph);
    struct graph_diff diff;
    graph_diff_make(&diff, &(struct diff_input){
        .deployed = before ? graph : NULL, .before = before, .draft = document_graph(doc), .after = after});
    for (size_t i = 0; i < diff.count; i++)
        add_thing(review, &diff.things[i]);
    review->added = diff.added;
    review->changed = diff.changed;
    review->removed = diff.removed;
    review->nothing = !diff.count;
    graph_diff_release(&diff);
    plan_free(before);
    plan_free(after);
    graph_free(graph);
}
