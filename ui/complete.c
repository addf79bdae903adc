#include "ui/dashboard_private.h"

#include <dirent.h>

#include "base/file.h"
#include "base/text.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/pod.h"
#include "ui/kinds.h"
#include "ui/replay.h"

#define MANY 1000 /* nobody goes through more by Tab */

/* What stands before the cursor of the word that is completed. */
struct asked {
    struct dashboard *dash;
    char word[PROMPT_MAX + 1];
};

static void add_names(struct store *store, struct completions *out)
{
    for (size_t i = 0; store && i < store_count(store) && i < MANY; i++)
        completions_add(out, store_at(store, i)->name);
}

static void namespaces(const struct asked *asked, struct completions *out)
{
    static const enum model_source_id sources[] = {SOURCE_PODS, SOURCE_DEPLOYMENTS, SOURCE_GRAPHS};
    completions_add(out, "all");
    for (size_t s = 0; s < ARRAY_SIZE(sources); s++) {
        struct store *store = model_store(asked->dash->model, sources[s]);
        const char *last = NULL; /* a store has them together */
        for (size_t i = 0; store && i < store_count(store); i++) {
            const char *ns = store_at(store, i)->ns;
            if (ns && ns != last)
                completions_add(out, ns);
            last = ns;
        }
    }
}

static void contexts(const struct asked *asked, struct completions *out)
{
    struct model *model = asked->dash->model;
    struct err ignored = ERR_INIT; /* then those that are known already are offered */
    model_read_contexts(model, &ignored);
    for (size_t i = 0; i < model->context_count; i++)
        completions_add_help(out, model->contexts[i].context->name, model->contexts[i].context->server);
}

static void theme_names(const struct asked *asked UNUSED, struct completions *out)
{
    for (size_t i = 0; themes[i]; i++)
        completions_add_help(out, themes[i]->name, themes[i]->help);
}

static void settings(const struct asked *asked UNUSED, struct completions *out)
{
    completions_add(out, "mouse");
    completions_add(out, "nomouse");
}

static void marks(const struct asked *asked, struct completions *out)
{
    marks_complete(asked->dash, out);
}

static void views(const struct asked *asked UNUSED, struct completions *out)
{
    for (size_t i = 0; view_table[i]; i++)
        completions_add(out, view_table[i]->name);
}

static void pods(const struct asked *asked, struct completions *out)
{
    add_names(model_store(asked->dash->model, SOURCE_PODS), out);
}

static void nodes(const struct asked *asked, struct completions *out)
{
    add_names(model_store(asked->dash->model, SOURCE_NODES), out);
}

static void deployments(const struct asked *asked, struct completions *out)
{
    add_names(model_store(asked->dash->model, SOURCE_DEPLOYMENTS), out);
}

static void graphs(const struct asked *asked, struct completions *out)
{
    struct store *store = model_store(asked->dash->model, SOURCE_GRAPHS);
    for (size_t i = 0; store && i < store_count(store) && i < MANY; i++) {
        const struct configmap *map = (const struct configmap *)store_at(store, i);
        if (map->graph)
            completions_add_help(out, map->graph, map->r.ns);
    }
}

/* Of the pod that is selected. */
static void containers(const struct asked *asked, struct completions *out)
{
    const struct view *view = asked->dash->current->view;
    const struct record *record = view->selected ? view->selected(asked->dash->current->state) : NULL;
    const struct pod *pod = record && record->kind == &kind_pod ? (const struct pod *)record : NULL;
    for (size_t i = 0; pod && i < pod->container_count; i++)
        completions_add_help(out, pod->containers[i].name, pod->containers[i].image);
}

static void files(const struct asked *asked, struct completions *out)
{
    const char *slash = strrchr(asked->word, '/');
    size_t head = slash ? (size_t)(slash - asked->word) + 1 : 0;
    char *folder = head ? xstrndup(asked->word, head) : xstrdup(".");
    DIR *dir = opendir(folder);
    struct dirent *entry;
    for (size_t count = 0; dir && (entry = readdir(dir)) && count < MANY; count++) {
        if ((entry->d_name[0] == '.' && asked->word[head] != '.') || strchr(entry->d_name, ' '))
            continue;
        char *path = xasprintf("%.*s%s%s", (int)head, asked->word, entry->d_name, entry->d_type == DT_DIR ? "/" : "");
        completions_add(out, path);
        free(path);
    }
    if (dir)
        closedir(dir);
    free(folder);
}

static const struct {
    const char *words; /* commands, and views by their names */
    void (*complete)(const struct asked *asked, struct completions *out);
} arguments[] = {
    {"ns", namespaces},       {"ctx contexts", contexts}, {"theme", theme_names},
    {"set", settings},        {"help", views},            {"logs pods", pods},
    {"nodes cordon uncordon drain", nodes},         {"deployments", deployments}, {"graph", graphs},
    {"go mark delmark", marks},
    {"shell", containers},    {"open e w w! wq x render record", files},
};

static int by_word(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static void commands(struct dashboard *dash, const struct view_command *own, struct completions *out)
{
    for (const struct view_command *c = own; c && c->name; c++)
        completions_add_help(out, c->name, c->help);
    for (size_t i = 0; view_table[i]; i++)
        completions_add_help(out, view_table[i]->name, view_table[i]->title);
    const struct command_help *help;
    for (size_t i = 0; (help = command_names(i)); i++)
        completions_add_help(out, help->name, help->help);
    kinds_complete(dash, out);
}

void command_complete(void *data, const char *line, size_t cursor, struct completions *out)
{
    struct asked asked = {.dash = data};
    size_t n = strcspn(line, " ");
    const struct view_command *own = asked.dash->current->view->commands;
    if (cursor <= n) {
        commands(asked.dash, own, out);
        replay_complete(asked.dash, out);
        return;
    }
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)MIN(n, sizeof word - 1), line);
    for (; own && own->name; own++)
        if (str_eq(own->name, word)) {
            if (own->complete)
                own->complete(asked.dash->current->state, line + n + 1, cursor - n - 1, out);
            return;
        }
    const struct view *view = view_find(word);
    const char *name = view ? view->name : word;
    size_t start = cursor;
    while (start > 0 && line[start - 1] != ' ')
        start--;
    snprintf(asked.word, sizeof asked.word, "%.*s", (int)(cursor - start), line + start);
    for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
        if (text_has_word(arguments[i].words, name)) {
            arguments[i].complete(&asked, out);
            if (arguments[i].complete == files && out->count) /* readdir has no order; they have no help */
                qsort(out->words, out->count, sizeof *out->words, by_word);
            return;
        }
}
