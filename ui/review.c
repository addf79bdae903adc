#include "ui/review.h"

#include "base/text.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"

struct dialog {
    struct dashboard *dash;
    struct review review;
    char *title, *context;
    size_t top, page;
    bool on_yes;
};

/* First of all: nothing of somebody else's is undone unseen. */
static void add_others_lines(struct review *review)
{
    static const char *const lines[] = {"The deployed graph is no longer the one this draft began from:",
                                        "what was changed there meanwhile would be undone."};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        GROW(review->lines, review->count, review->cap);
        memmove(&review->lines[i + 1], &review->lines[i], (review->count - i) * sizeof *review->lines);
        review->lines[i] = (struct review_line){ROLE_WARNING, xstrdup(lines[i])};
        review->count++;
    }
}

static void dialog_size(void *state, int max_w, int max_h, int *w, int *h)
{
    const struct dialog *dialog = state;
    int widest = text_width(dialog->title) + 4;
    for (size_t i = 0; i < dialog->review.count; i++)
        widest = MAX(widest, text_width(dialog->review.lines[i].text));
    *w = MIN(max_w, MAX(widest + 6, 60));
    *h = MIN(max_h, (int)dialog->review.count + 8);
}

static void dialog_draw(void *state, struct area area)
{
    struct dialog *dialog = state;
    const struct review *review = &dialog->review;
    draw_frame(area, ROLE_WARNING, 0, dialog->title, ROLE_TITLE);
    draw_field(area, 3, 2, area.w - 6, ROLE_DIALOG, 0, dialog->context);
    int rows = MAX(area.h - 8, 1);
    dialog->page = (size_t)rows;
    size_t last = review->count > (size_t)rows ? review->count - (size_t)rows : 0;
    dialog->top = MIN(dialog->top, last);
    for (int y = 0; y < rows && dialog->top + (size_t)y < review->count; y++) {
        const struct review_line *line = &review->lines[dialog->top + (size_t)y];
        draw_field(area, 3, 4 + y, area.w - 6, line->role, 0, line->text);
    }
    if (last)
        draw_textf(area, area.w - 16, area.h - 1, ROLE_DIM, 0, " %zu-%zu/%zu ", dialog->top + 1,
                   MIN(dialog->top + (size_t)rows, review->count), review->count);
    if (review->blocked) {
        draw_button(area, 3, area.h - 3, "Close", true);
        return;
    }
    int x = draw_button(area, 3, area.h - 3, "No", !dialog->on_yes);
    draw_button(area, x + 2, area.h - 3, "Deploy", dialog->on_yes);
}

static void deploy(struct dialog *dialog)
{
    struct err err = ERR_INIT;
    if (model_deploy(dashboard_model(dialog->dash), &err) < 0)
        dashboard_say(dialog->dash, ROLE_BAD, "%s", err.text);
}

static void scroll(struct dialog *dialog, long by)
{
    long top = (long)dialog->top + by;
    dialog->top = (size_t)MAX(top, 0); /* its other bound is set by the next draw */
}

static unsigned dialog_key(void *state, const struct key *key)
{
    struct dialog *dialog = state;
    static const struct binding keys[] = {
        {"y Y", 1}, {"Enter", 2}, {"n N Esc q ^C", 3}, {"Tab S-Tab Left Right h l", 4},
        {"j Down", 5}, {"k Up", 6}, {"PgDn ^F Space", 7}, {"PgUp ^B", 8}, {NULL},
    };
    const struct binding *binding = binding_find(keys, key);
    int command = binding ? binding->command : 0;
    if (key->code == K_WHEEL_DOWN || key->code == K_WHEEL_UP)
        scroll(dialog, key->code == K_WHEEL_DOWN ? 3 : -3);
    if (command == 3 || (command && command <= 2 && dialog->review.blocked) || (command == 2 && !dialog->on_yes))
        return DID_CLOSE;
    if (command == 1 || command == 2) {
        deploy(dialog);
        return DID_CLOSE;
    }
    if (command == 4)
        dialog->on_yes = !dialog->on_yes && !dialog->review.blocked;
    else if (command >= 5)
        scroll(dialog, command == 5 ? 1 : command == 6 ? -1 : command == 7 ? (long)dialog->page : -(long)dialog->page);
    return DID_CHANGE;
}

static void dialog_free(void *state)
{
    struct dialog *dialog = state;
    review_release(&dialog->review);
    free(dialog->title);
    free(dialog->context);
    free(dialog);
}

static const struct overlay review_overlay = {
    .size = dialog_size,
    .draw = dialog_draw,
    .key = dialog_key,
    .free = dialog_free,
    .hints = "y deploy  n no  Tab choose  Enter take  j/k scroll",
};

static const struct overlay blocked_overlay = {
    .size = dialog_size,
    .draw = dialog_draw,
    .key = dialog_key,
    .free = dialog_free,
    .hints = "Enter close  j/k scroll",
};

void review_open(struct dashboard *dash)
{
    struct model *model = dashboard_model(dash);
    struct err err = ERR_INIT;
    const struct graph *graph = model->document ? document_graph(model->document) : NULL;
    if (!graph) {
        dashboard_say(dash, ROLE_WARNING, "there is no graph to deploy");
        return;
    }
    if (!graph->thing_count) {
        dashboard_say(dash, ROLE_WARNING, "the graph has no things yet: a adds one");
        return;
    }
    if (model->task.running) {
        dashboard_say(dash, ROLE_WARNING, "%s: one thing at a time; :cancel ends it", model->task.text);
        return;
    }
    if (model_may_write(model, &err) < 0) {
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    struct dialog *dialog = xcalloc(1, sizeof *dialog);
    const char *deployed = model_deployed_text(model, graph->ns, graph->name);
    dialog->dash = dash;
    review_make(&dialog->review, model->document, model->catalogue, deployed);
    if (!dialog->review.blocked)
        review_placement(&dialog->review, model, graph);
    if (model->deployed_by_others)
        add_others_lines(&dialog->review);
    const struct review *review = &dialog->review;
    dialog->title = xasprintf("Deploy %s/%s", graph->ns, graph->name);
    if (review->blocked)
        dialog->context = xasprintf("It cannot be deployed while it has %s:",
                                    document_faults(model->document)->errors > 1 ? "faults" : "a fault");
    else
        dialog->context =
            xasprintf("to %s%s: %zu added, %zu changed, %zu removed", str_or_empty(model->context),
                      model->protected_context ? " (protected)" : "", review->added, review->changed, review->removed);
    dashboard_push(dash, review->blocked ? &blocked_overlay : &review_overlay, dialog);
}
