#include "ui/acts.h"
#include "ui/dashboard_private.h"

#include "base/file.h"
#include "base/text.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/pod.h"
#include "ui/choice.h"
#include "ui/chooser.h"
#include "ui/inside.h"
#include "ui/kinds.h"
#include "ui/manifests.h"
#include "ui/node_acts.h"
#include "ui/objects.h"
#include "ui/replay.h"
#include "ui/rollback.h"

static void run_quit(struct dashboard *dash, const char *args UNUSED)
{
    dashboard_leave(dash);
}

static void run_quit_now(struct dashboard *dash, const char *args UNUSED)
{
    model_give_up(dash->model);
    dashboard_quit(dash);
}

/* Says what went wrong, or `done`. */
static bool report(struct dashboard *dash, int rc, const struct err *err, const char *done)
{
    if (rc < 0)
        dashboard_say(dash, ROLE_BAD, "%s", err->text);
    else if (done)
        dashboard_say(dash, ROLE_GOOD, "%s", done);
    return rc == 0;
}

static const char *path_of(const char *args)
{
    return *args ? args : NULL;
}

static void run_write(struct dashboard *dash, const char *args)
{
    unsaved_save(dash, path_of(args), NULL, false);
}

static void run_write_over(struct dashboard *dash, const char *args)
{
    unsaved_save(dash, path_of(args), &(struct save_over){.any = true}, false);
}

static void run_write_quit(struct dashboard *dash, const char *args)
{
    unsaved_save(dash, path_of(args), NULL, true);
}

static void run_reload(struct dashboard *dash, const char *args UNUSED)
{
    unsaved_reload(dash);
}

static void run_recover(struct dashboard *dash, const char *args UNUSED)
{
    unsaved_drafts(dash);
}

static void choose_namespace(struct dashboard *dash);

static void run_namespace(struct dashboard *dash, const char *args)
{
    if (*args)
        dashboard_use_namespace(dash, str_eq(args, "all") ? NULL : args);
    else
        choose_namespace(dash);
}

static void namespace_chosen(void *data, const char *name)
{
    run_namespace(data, name);
}

static void choose_namespace(struct dashboard *dash)
{
    struct completions names = {0};
    command_complete(dash, "ns ", 3, &names);
    struct chooser_item *items = xcalloc(names.count + 1, sizeof *items);
    for (size_t i = 0; i < names.count; i++)
        items[i] = (struct chooser_item){.name = xstrdup(names.words[i])};
    chooser_open(dash, "Namespace", items, names.count, "", namespace_chosen, dash, NULL);
    completions_release(&names);
}

static void yes_open(void *data);

struct opening { /* waits for an answer: the document at hand is not saved */
    struct dashboard *dash;
    int (*open)(struct model *model, const char *what, struct err *err);
    char *what;
    const char *done;
};

static void opening_free(void *data)
{
    struct opening *opening = data;
    free(opening->what);
    free(opening);
}

static void yes_open(void *data)
{
    struct opening *opening = data;
    struct err err = ERR_INIT;
    if (report(opening->dash, opening->open(opening->dash->model, opening->what, &err), &err, opening->done))
        dashboard_open(opening->dash, &view_graph, NULL);
}

void command_open(struct dashboard *dash, const char *what,
                  int (*open)(struct model *model, const char *what, struct err *err), const char *done)
{
    struct opening *opening = xcalloc(1, sizeof *opening);
    *opening = (struct opening){dash, open, xstrdup(what), done};
    const struct document *doc = dash->model->document;
    if (doc && document_dirty(doc)) {
        char text[512];
        snprintf(text, sizeof text, "The graph %s has changes that are saved nowhere.\n:w FILE saves them.",
                 str_or_empty(dash->model->graph_name));
        dashboard_confirm(dash, "Open another graph", text, "open, losing them", yes_open, opening, opening_free);
        return;
    }
    yes_open(opening);
    opening_free(opening);
}

static int open_deployed(struct model *model, const char *what, struct err *err)
{
    const char *slash = strchr(what, '/');
    char ns[256] = "";
    if (slash)
        snprintf(ns, sizeof ns, "%.*s", (int)(slash - what), what);
    const char *from = slash ? ns : model->ns ? model->ns : model->graph_ns ? model->graph_ns : "default";
    return model_open_graph(model, from, slash ? slash + 1 : what, err);
}

static void run_open(struct dashboard *dash, const char *args)
{
    if (*args)
        command_open(dash, args, model_open_file, NULL);
    else
        dashboard_say(dash, ROLE_WARNING, "which file? :open FILE");
}

static void run_new(struct dashboard *dash, const char *args)
{
    if (*args)
        command_open(dash, args, model_new_graph, NULL);
    else
        dashboard_say(dash, ROLE_WARNING, "new wants a name for the graph");
}

static void run_context(struct dashboard *dash, const char *args)
{
    if (*args)
        contexts_use(dash, args);
    else
        dashboard_go(dash, &view_contexts);
}

static void run_help(struct dashboard *dash, const char *args)
{
    dashboard_open(dash, &view_help, &(struct target){.name = *args ? args : dash->current->view->name});
}

static void run_theme(struct dashboard *dash, const char *args)
{
    const struct theme *theme = theme_find(args);
    if (!theme) {
        char names[256] = "";
        for (size_t i = 0; themes[i]; i++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", themes[i]->name);
        if (*args)
            dashboard_say(dash, ROLE_WARNING, "there is no theme '%s'; there are: %s", args, names);
        else
            dashboard_say(dash, ROLE_NORMAL, "the theme is %s; there are: %s", dash->theme->name, names);
        return;
    }
    dashboard_set_theme(dash, theme);
}

static void run_mark(struct dashboard *dash, const char *args)
{
    marks_set(dash, args);
}

static void run_go(struct dashboard *dash, const char *args)
{
    marks_go(dash, args);
}

static void run_delmark(struct dashboard *dash, const char *args)
{
    marks_delete(dash, args);
}

static void run_unlock(struct dashboard *dash, const char *args UNUSED)
{
    struct model *model = dash->model;
    if (model->read_only) {
        dashboard_say(dash, ROLE_WARNING, "patchbay was started with --read-only: nothing is written by it");
    } else if (!model->protected_context) {
        dashboard_say(dash, ROLE_DIM, "%s is not protected", str_or_empty(model->context));
    } else {
        model->unlocked = true;
        dashboard_say(dash, ROLE_WARNING, "%s may be written to until it is left; ':nowrite' protects it again",
                      str_or_empty(model->context));
    }
}

static void run_lock(struct dashboard *dash, const char *args UNUSED)
{
    dash->model->unlocked = false;
    dashboard_say(dash, ROLE_DIM, "%s is %s", str_or_empty(dash->model->context),
                  dash->model->protected_context ? "protected again" : "not protected");
}

/* Read again, and what is faulty in it. */
static void run_config(struct dashboard *dash, const char *args UNUSED)
{
    char *path = dash->config->path ? xstrdup(dash->config->path) : config_path();
    struct config *config = config_load(path);
    dashboard_configure(dash, config);
    if (config->faults.count) {
        struct buf text;
        buf_init(&text, 1u << 20);
        for (size_t i = 0; i < config->faults.count; i++) {
            fault_format(&config->faults.items[i], &text);
            buf_addc(&text, '\n');
        }
        dashboard_show_text(dash, "config", text.data);
        buf_release(&text);
    } else {
        dashboard_say(dash, ROLE_GOOD, "%s %s", path, file_exists(path) ? "was read again" : "is not there: all is as delivered");
    }
    free(path);
}

static void run_set(struct dashboard *dash, const char *args)
{
    bool on = str_eq(args, "mouse");
    if (!on && !str_eq(args, "nomouse"))
        dashboard_say(dash, ROLE_WARNING, "set knows: mouse, nomouse");
    else if (dash->term)
        term_set_mouse(dash->term, on);
}

static void yes_cancel(void *data)
{
    struct dashboard *dash = data;
    struct err err = ERR_INIT;
    report(dash, model_cancel(dash->model, &err), &err, NULL);
}

static bool cancel_changed(void *data UNUSED, unsigned mask)
{
    return mask & CHANGED_TASK;
}

/* As far as it has come; once it is over there is nothing to cancel. */
static void cancel_say(void *data, struct choice_dialog *out)
{
    static const struct choice running[] = {{'n', "No", NULL}, {'y', "cancel it", yes_cancel}, {0}}, over[] = {{'n', "Close", NULL}, {0}};
    const struct model_task *task = &((struct dashboard *)data)->model->task;
    choice_lines_add(&out->lines, task->running ? ROLE_NORMAL : ROLE_GOOD, "%s%.100s", task->running ? "" : "it is over: ", task->text);
    if (task->running && task->total)
        choice_lines_add(&out->lines, ROLE_NORMAL, "%zu of %zu are done", task->done, task->total);
    out->choices = task->running ? running : over;
    out->hints = task->running ? "y yes  n no  Tab choose  Enter take" : "Enter close";
}

static void run_cancel(struct dashboard *dash, const char *args UNUSED)
{
    if (!dash->model->task.running)
        dashboard_say(dash, ROLE_DIM, "nothing is going on that could be cancelled");
    else
        choice_open(dash, &(struct choice_dialog){.title = "Cancel", .text = "What was done stays. This is under way:", .data = dash,
                                                  .width = 40, .changed = cancel_changed, .say = cancel_say});
}

static void run_record(struct dashboard *dash, const char *args)
{
    struct err err = ERR_INIT;
    report(dash, model_record(dash->model, args, &err), &err, NULL);
}

static void run_render(struct dashboard *dash, const char *args)
{
    manifests_write(dash, args);
}

static void run_history(struct dashboard *dash, const char *args UNUSED)
{
    history_open(dash);
}

static void run_rollback(struct dashboard *dash, const char *args)
{
    rollback_open(dash, args);
}

static void run_describe(struct dashboard *dash, const char *args)
{
    object_describe_line(dash, args);
}

static void run_kinds(struct dashboard *dash, const char *args UNUSED)
{
    kinds_list(dash);
}

#define RUN_ACT(NAME, ACT)                                                                                              \
    static void run_##NAME(struct dashboard *dash, const char *args)                                                   \
    {                                                                                                                  \
        acts_run(dash, ACT, args);                                                                                     \
    }
RUN_ACT(restart, ACT_RESTART)
RUN_ACT(stop, ACT_STOP)
RUN_ACT(start, ACT_START)
RUN_ACT(scale, ACT_SCALE)
RUN_ACT(pause, ACT_PAUSE)
RUN_ACT(resume, ACT_RESUME)

static void run_cordon(struct dashboard *dash, const char *args)
{
    node_acts_run(dash, NODE_CORDON, args);
}

static void run_uncordon(struct dashboard *dash, const char *args)
{
    node_acts_run(dash, NODE_UNCORDON, args);
}

static void run_drain(struct dashboard *dash, const char *args)
{
    node_acts_run(dash, NODE_DRAIN, args);
}

static const struct record *selected_record(struct dashboard *dash)
{
    const struct view *view = dash->current->view;
    return view->selected ? view->selected(dash->current->state) : NULL;
}

static void run_shell(struct dashboard *dash, const char *args)
{
    shell_open(dash, selected_record(dash), *args ? args : NULL);
}

static void run_forward(struct dashboard *dash, const char *args)
{
    if (*args)
        forward_open(dash, selected_record(dash), args);
    else
        dashboard_go(dash, &view_forwards);
}

static const struct command {
    struct command_help help;
    void (*run)(struct dashboard *dash, const char *args);
} commands[] = {
    {{"q", "", "leave patchbay; asks if not saved"}, run_quit},
    {{"quit", "", NULL}, run_quit},
    {{"q!", "", "leave at once, losing what is not saved"}, run_quit_now},
    {{"w", "[FILE]", "save the graph"}, run_write},
    {{"w!", "[FILE]", "save it over what others wrote there"}, run_write_over},
    {{"wq", "[FILE]", "save the graph and leave"}, run_write_quit},
    {{"x", "[FILE]", NULL}, run_write_quit},
    {{"e", "FILE", NULL}, run_open},
    {{"e!", "", "read the graph again; u undoes it"}, run_reload},
    {{"recover", "", "unsaved drafts of before"}, run_recover},
    {{"open", "FILE", "open a graph's file"}, run_open},
    {{"new", "NAME", "begin a graph"}, run_new},
    {{"ns", "[NAME|all]", "the namespaces, or switch to one"}, run_namespace},
    {{"ctx", "[NAME]", "the contexts, or switch to one"}, run_context},
    {{"history", "", "the deployments of the graph"}, run_history},
    {{"rollback", "[N]", "back to one of them, reviewed first"}, run_rollback},
    {{"render", "[FILE]", "the graph's manifests into a file"}, run_render},
    {{"restart", "", "the pods of what is chosen; asks"}, run_restart},
    {{"stop", "", "its pods, until :start or D"}, run_stop},
    {{"start", "", "what was stopped, as many as there were"}, run_start},
    {{"scale", "N", "to so many pods, until D"}, run_scale},
    {{"pause", "", "its rollout: what is changed waits"}, run_pause},
    {{"resume", "", "a rollout that is paused"}, run_resume},
    {{"record", "[FILE]", "what is seen into a file; alone: end it"}, run_record},
    {{"cordon", "[NODE]", "it takes no new pods; asks"}, run_cordon},
    {{"uncordon", "[NODE]", "it takes pods again; asks"}, run_uncordon},
    {{"drain", "[NODE]", "cordon it, and evict its pods; asks"}, run_drain},
    {{"shell", "[NAME]", "in the selected pod"}, run_shell},
    {{"forward", "PORT", "one here to the pod's; 9000:8080"}, run_forward},
    {{"cancel", "", "cancel what is under way"}, run_cancel},
    {{"describe", "[KIND NAME]", "an object in words, with events"}, run_describe},
    {{"kinds", "", "what the cluster has: each a word here"}, run_kinds},
    {{"mark", "NAME", "this view, as it is now"}, run_mark},
    {{"go", "NAME", "to a marked view"}, run_go},
    {{"delmark", "NAME", "forget a mark"}, run_delmark},
    {{"theme", "NAME", "dark, light, high-contrast …"}, run_theme},
    {{"write", "", "allow writing to a protected context"}, run_unlock},
    {{"nowrite", "", "protect it again"}, run_lock},
    {{"config", "", "read the configuration again"}, run_config},
    {{"set", "mouse|nomouse", "take the mouse, or not"}, run_set},
    {{"help", "[VIEW]", "the keys of a view"}, run_help},
};

const struct command_help *command_table(size_t *count)
{
    static struct command_help table[ARRAY_SIZE(commands)];
    *count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].help.help)
            table[(*count)++] = commands[i].help;
    return table;
}

const struct command_help *command_names(size_t i)
{
    return i < ARRAY_SIZE(commands) ? &commands[i].help : NULL;
}

/* POD, GRAPH or GRAPH/THING. */
static void open_logs(struct dashboard *dash, const char *what)
{
    char graph[256];
    const char *slash = strchr(what, '/'), *thing = slash ? slash + 1 : NULL;
    snprintf(graph, sizeof graph, "%.*s", (int)(slash ? slash - what : (long)strlen(what)), what);
    if (slash || model_runs(dash->model, graph))
        dashboard_open(dash, &view_logs, &(struct target){.ns = dash->model->ns, .graph = graph, .thing = thing});
    else
        dashboard_open(dash, &view_logs, &(struct target){.kind = &kind_pod, .ns = dash->model->ns, .name = what});
}

/* A view by its word; what follows is the graph, the pod, or the filter. */
static void run_view(struct dashboard *dash, const struct view *view, const char *args)
{
    if (view == &view_contexts) {
        run_context(dash, args);
        return;
    }
    if (view == &view_graph && *args) {
        command_open(dash, args, open_deployed, NULL);
        return;
    }
    const struct store *nodes = view == &view_nodes || view == &view_node ? model_store(dash->model, SOURCE_NODES) : NULL;
    if (view == &view_node)
        view = &view_nodes;
    if (nodes && *args && store_find(nodes, NULL, args)) { /* what is no node's name narrows them down */
        dashboard_open(dash, &view_node, &(struct target){.kind = &kind_node, .name = args});
        return;
    }
    if (view == &view_why) {
        object_why_selected(dash);
        return;
    }
    if (view == &view_logs && *args)
        open_logs(dash, args);
    else
        dashboard_open(dash, view, NULL);
    dash->trail_count = 0;
    if (*args && view != &view_logs && view->filter)
        view->filter(dash->current->state, args, true);
}

void command_unknown(struct dashboard *dash, const char *word)
{
    const char *names[256];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(commands) && count < 60; i++)
        names[count++] = commands[i].help.name;
    for (size_t i = 0; view_table[i] && count < 60; i++)
        names[count++] = view_table[i]->name;
    count += kinds_names(dash, names + count, ARRAY_SIZE(names) - 1 - count);
    names[count] = NULL;
    const char *near = text_nearest(word, names);
    if (near)
        dashboard_say(dash, ROLE_WARNING, "there is no command '%s'; did you mean '%s'?", word, near);
    else
        dashboard_say(dash, ROLE_WARNING, "there is no command '%s'; :help names them", word);
}

void command_run(struct dashboard *dash, const char *line)
{
    while (*line == ' ')
        line++;
    char word[64];
    size_t n = strcspn(line, " ");
    if (!n)
        return;
    snprintf(word, sizeof word, "%.*s", (int)MIN(n, sizeof word - 1), line);
    char *args = xstrdup(line + n + strspn(line + n, " "));
    for (size_t len = strlen(args); len && args[len - 1] == ' '; len--)
        args[len - 1] = '\0';
    const struct view_command *own = dash->current->view->commands;
    for (; own && own->name; own++)
        if (str_eq(own->name, word)) {
            if ((own->run(dash->current->state, args) & DID_CLOSE) == DID_CLOSE)
                dashboard_back(dash);
            free(args);
            return;
        }
    if (replay_command(dash, word, args)) {
        free(args);
        return;
    }
    const struct command *command = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_eq(commands[i].help.name, word))
            command = &commands[i];
    const struct view *view = view_find(word);
    if (command)
        command->run(dash, args);
    else if (view)
        run_view(dash, view, args);
    else
        kinds_run(dash, word, args);
    free(args);
}
