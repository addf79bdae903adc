#include <dirent.h>

#include "app/assets.h"
#include "app/commands.h"
#include "base/file.h"
#include "base/text.h"
#include "graph/edit.h"

/* The samples' names, NULL-terminated; freed with the list's own strings. */
static char **sample_names(void)
{
    char *dir = assets_path("graphs");
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, alphasort);
    char **names = xcalloc((size_t)MAX(count, 0) + 1, sizeof *names);
    size_t n = 0;
    for (int i = 0; i < count; i++) {
        if (str_ends(entries[i]->d_name, ".yaml"))
            names[n++] = xstrndup(entries[i]->d_name, strlen(entries[i]->d_name) - 5);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(dir);
    return names;
}

static int print_sample(const char *name)
{
    char **names = sample_names();
    bool known = false;
    struct buf list;
    buf_init(&list, 4096);
    for (size_t i = 0; names[i]; i++) {
        known |= str_eq(names[i], name);
        buf_addf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    int status = STATUS_DONE;
    if (!known) {
        const char *near = text_nearest(name, (const char *const *)names);
        if (near)
            status = app_failf(STATUS_USAGE, "there is no sample '%s'; did you mean '%s'?", name, near);
        else
            status = app_failf(STATUS_USAGE, "there is no sample '%s'; there are %s", name, list.data);
    } else {
        struct err err = ERR_INIT;
        char *path = xasprintf("graphs/%s.yaml", name), *full = assets_path(path);
        struct buf text;
        buf_init(&text, YAML_MAX_BYTES);
        if (file_read(full, &text, &err) < 0)
            status = app_fail(STATUS_USAGE, &err);
        else
            fwrite(text.data, 1, text.len, stdout);
        buf_release(&text);
        free(full);
        free(path);
    }
    for (size_t i = 0; names[i]; i++)
        free(names[i]);
    free(names);
    buf_release(&list);
    return status;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    if (options_has(o, OPT_SAMPLE))
        return print_sample(o->values[OPT_SAMPLE]);
    struct err err = ERR_INIT;
    int status = app_catalogue(app);
    if (status != STATUS_DONE)
        return status;
    const char *name = o->arg_count ? o->args[0] : "graph";
    struct document *doc = document_new(NULL, 0, name, name, o->values[OPT_NAMESPACE], &app->catalogue, &err);
    if (!doc)
        return app_fail(STATUS_USAGE, &err);
    size_t len;
    const char *text = document_text(doc, &len);
    fwrite(text, 1, len, stdout);
    document_free(doc);
    return STATUS_DONE;
}

const struct command command_new = {
    .name = "new",
    .args = "[NAME]",
    .summary = "a document to start from, or a sample",
    .help = "Prints an empty ServiceGraph, or a sample graph to look at and change.\n"
            "\n"
            "  patchbay new shop -n media > shop.yaml\n"
            "  patchbay new --sample lobby > lobby.yaml",
    .options = OPT(OPT_SAMPLE) | OPT(OPT_NAMESPACE),
    .max_args = 1,
    .run = run,
};
