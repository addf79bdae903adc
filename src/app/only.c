#include "app/only.h"

#include "app/graphs.h"
#include "graph/only.h"
#include "graph/plan.h"

/* The names of all options; the caller frees the array, and *all, in which they are. */
static const char **names_of(const struct options *options, char **all, size_t *count)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    for (size_t i = 0; i < options->only_count; i++)
        buf_addf(&text, "%s,", options->onlys[i]);
    const char **names = xcalloc(text.len + 1, sizeof *names);
    *count = 0;
    *all = buf_take(&text);
    for (char *save = NULL, *name = strtok_r(*all, ", ", &save); name; name = strtok_r(NULL, ", ", &save))
        names[(*count)++] = name;
    return names;
}

static int find_deployed(struct only *only, struct app *app, const struct graph *graph)
{
    struct err err = ERR_INIT;
    struct store *maps = store_new(&kind_configmap);
    char *word = xasprintf("%s/%s", graph->ns, graph->name);
    int status = app_list(app, maps, graph->ns, PLAN_LABEL_KIND "=graph", NULL);
    const struct configmap *map = status == STATUS_DONE ? graphs_find(app, maps, word, &err) : NULL;
    const char *deployed = map ? map_get(&map->data, PLAN_KEY_TEXT) : NULL;
    if (deployed)
        only->deployed = xstrdup(deployed);
    else if (status == STATUS_DONE)
        status = app_failf(STATUS_FAULT, "there is no rest that --only could leave as it is deployed: %s",
                           map ? "its text is not known" : err.text);
    free(word);
    store_free(maps);
    return status;
}

static void say_left(char *lines)
{
    for (char *save = NULL, *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        app_note("unchanged, for it is another thing's input: %s", line);
}

static int make(struct only *only, struct app *app, const struct source_text *text)
{
    struct err err = ERR_INIT;
    struct buf left;
    char *all;
    size_t count;
    struct document *draft = document_new(text->text.data, text->text.len, text->name, NULL, NULL, &app->catalogue, &err);
    const char **names = names_of(app->options, &all, &count);
    buf_init(&left, 1u << 16);
    char *now = NULL;
    if (!count)
        err_set(&err, "--only names no thing");
    else if (draft)
        now = only_text(only->deployed, draft, names, count, &app->catalogue, &left, &err);
    if (now) {
        source_init(&only->text, text->name, now, strlen(now));
        say_left(left.data);
    }
    free(now);
    free(names);
    free(all);
    buf_release(&left);
    document_free(draft);
    return now ? STATUS_DONE : app_fail(STATUS_FAULT, &err);
}

int only_make(struct only *only, struct app *app, const struct source_text *text, const struct graph *graph)
{
    *only = (struct only){0};
    if (!options_has(app->options, OPT_ONLY))
        return STATUS_DONE;
    int status = find_deployed(only, app, graph);
    return status == STATUS_DONE ? make(only, app, text) : status;
}

void only_release(struct only *only)
{
    free(only->deployed);
    source_release(&only->text);
    *only = (struct only){0};
}
