#include "ui/choice.h"
#include "ui/objects.h"
#include "ui/view/graph_view.h"

/* Into a box: where its pods, their words and what they find are shown. */

static void go_logs(void *data)
{
    graph_show_log(data);
}

static void go_why(void *data)
{
    graph_show_why(data);
}

static void go_describe(void *data)
{
    graph_show_object(data, OBJECT_DESCRIBE);
}

/* Of that thing only. */
static void go_rows(struct graph_view *view, const struct view *where)
{
    if (!view->thing)
        return;
    char *thing = xstrdup(view->thing);
    dashboard_open(view->dash, where, NULL);
    dashboard_filter(view->dash, thing);
    free(thing);
}

static void go_pods(void *data)
{
    go_rows(data, &view_pods);
}

static void go_detections(void *data)
{
    go_rows(data, &view_detections);
}

static const struct choice ways[] = {
    {'l', "logs", go_logs},
    {'p', "pods", go_pods},
    {'w', "why", go_why},
    {'t', "detections", go_detections},
    {'d', "describe", go_describe},
    {0},
};

void graph_enter_box(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    if (thing == LAYOUT_NONE || !graph_view_live(view, thing)->pod) { /* nothing to go into: which is said */
        graph_show_log(view);
        return;
    }
    char words[512] = "";
    enum role role = ROLE_NORMAL;
    graph_words(view, words, sizeof words, &role);
    char *text = xstrndup(words, strcspn(words, ";")); /* the rest, which may be long, is on the status line */
    choice_open(view->dash, &(struct choice_dialog){.title = view->thing,
                                                    .text = text,
                                                    .choices = ways,
                                                    .hints = "l logs  p pods  w why  t detections  d describe  Esc away",
                                                    .data = view});
    free(text);
}
