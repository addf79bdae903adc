#include "app/session_private.h"

/* The images of a graph onto the nodes where it may run: a task as a deployment is one. */

#define PARALLEL 8
#define TIMEOUT (15 * 60 * NSEC_PER_SEC)

static void end(struct session *s)
{
    warm_free(s->warm);
    graph_free(s->warm_graph);
    s->warm = NULL;
    s->warm_graph = NULL;
}

static void on_item(void *data, const struct warm_item *item)
{
    struct session *s = data;
    char words[480];
    size_t done = 0, total = 0;
    const struct warm_item *other;
    for (; (other = warm_item(s->warm, total)); total++)
        done += other->state >= WARM_PRESENT;
    s->model.task.done = done;
    s->model.task.total = total;
    warm_item_words(words, sizeof words, item);
    session_task_say(s, "%s", words);
}

static void on_note(void *data, const char *sentence)
{
    session_task_say(data, "%s", sentence);
}

static void on_done(void *data)
{
    struct session *s = data;
    bool unreachable;
    const char *why = warm_why(s->warm, &unreachable);
    char total[120], first[400] = "";
    size_t lost = warm_total_words(total, sizeof total, s->warm);
    const struct warm_item *item;
    for (size_t i = 0; lost && !*first && (item = warm_item(s->warm, i)); i++)
        if (item->state == WARM_LOST) {
            first[0] = ';';
            first[1] = ' ';
            warm_item_words(first + 2, sizeof first - 2, item);
        }
    s->model.task.running = false;
    s->model.task.failed = *why || lost;
    if (*why)
        session_task_say(s, "%s", why);
    else
        session_task_say(s, "images of %s: %s%s%s", s->warm_graph->name, total, first,
                         warm_is_simulated(s->warm) && !lost ? "; the embedded cluster pulls none" : "");
    end(s);
}

int session_warm(void *data, const char *ns, const char *name, struct err *err)
{
    static const struct warm_events events = {on_item, on_note, on_done};
    struct session *s = data;
    const char *text = NULL;
    size_t len = 0;
    if (session_may_begin(s, err) < 0)
        return -1;
    if (name)
        model_deployed(&s->model, ns, name, &text);
    else if (s->model.document)
        text = document_text(s->model.document, &len);
    if (!text && name)
        return err_set(err, "the text of graph %s is not known", name);
    if (!text)
        return err_set(err, "there is no graph whose images could be pulled");
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, name ? strlen(text) : len, name ? name : "the graph", &s->app->catalogue, &faults);
    size_t first = 0; /* that is no warning */
    while (first < faults.count && faults.items[first].warning)
        first++;
    if (!graph || faults.errors)
        err_set(err, "the graph has faults: %s", first < faults.count ? faults.items[first].text : "it cannot be read");
    bool good = graph && !faults.errors;
    faults_release(&faults);
    if (!good) {
        graph_free(graph);
        return -1;
    }
    struct warm_options options = {.graph = graph, .parallel = PARALLEL, .timeout = TIMEOUT};
    s->warm_graph = graph;
    s->model.task = (struct model_task){.running = true};
    s->warm = warm_new(s->model.client, &options, &events, s);
    session_task_say(s, "asking which nodes hold the images of %s", graph->name);
    return 0;
}

void session_warm_end(struct session *s)
{
    if (!s->warm)
        return;
    warm_stop(s->warm, "given up");
    while (s->warm)
        loop_turn(s->app->loop, -1);
}
