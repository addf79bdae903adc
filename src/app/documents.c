#include "app/documents.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "graph/edit.h"

static void print_fault(FILE *to, const struct fault *f)
{
    struct buf clean;
    buf_init(&clean, 1 << 16);
    text_sanitise(&clean, f->text, strlen(f->text));
    if (f->line)
        fprintf(to, "%s:%d:%d: %s%s\n", f->file, f->line, f->column, f->warning ? "warning: " : "", clean.data);
    else
        fprintf(to, "%s: %s%s\n", f->file, f->warning ? "warning: " : "", clean.data);
    buf_release(&clean);
}

static size_t print_faults(FILE *to, struct faults *faults, bool warnings)
{
    faults_sort(faults);
    for (size_t i = 0; i < faults->count; i++)
        if (warnings || !faults->items[i].warning)
            print_fault(to, &faults->items[i]);
    if (faults->more)
        fprintf(to, "… and %zu more\n", faults->more);
    return faults->errors;
}

struct graph *documents_graph(struct app *app, const struct source_text *text, FILE *to, bool warnings, size_t *errors)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(text->text.data, text->text.len, text->name, &app->catalogue, &faults);
    *errors = print_faults(to, &faults, warnings);
    faults_release(&faults);
    if (*errors) {
        graph_free(graph);
        return NULL;
    }
    return graph;
}

/* "camera.fps=5": as an edit of the text, so that what is deployed is what was checked. */
static int apply_sets(struct app *app, struct source_text *text)
{
    const struct options *o = app->options;
    if (!o->set_count)
        return STATUS_DONE;
    struct err err = ERR_INIT;
    struct document *doc =
        document_new(text->text.data, text->text.len, text->name, NULL, NULL, &app->catalogue, &err);
    int rc = doc ? 0 : -1;
    for (size_t i = 0; i < o->set_count && rc == 0; i++) {
        const char *set = o->sets[i], *dot = strchr(set, '.'), *eq = strchr(set, '=');
        if (!dot || !eq || eq < dot) {
            rc = err_set(&err, "--set takes THING.PARAM=VALUE, not '%s'", set);
            break;
        }
        char *thing = xstrndup(set, (size_t)(dot - set)), *param = xstrndup(dot + 1, (size_t)(eq - dot - 1));
        rc = document_set_param(doc, thing, param, eq + 1, &err);
        if (rc < 0)
            err_prefix(&err, "--set %s", set);
        free(thing);
        free(param);
    }
    if (rc == 0) {
        size_t len;
        const char *changed = document_text(doc, &len);
        buf_reset(&text->text);
        buf_add(&text->text, changed, len);
    }
    document_free(doc);
    return rc < 0 ? app_fail(STATUS_FAULT, &err) : STATUS_DONE;
}

static int read_one(struct app *app, struct source_texts *out, const char *path)
{
    struct err err = ERR_INIT;
    out->items = xreallocarray(out->items, out->count + 1, sizeof *out->items);
    struct source_text *text = &out->items[out->count++];
    text->name = xstrdup(str_eq(path, "-") ? "<stdin>" : path);
    buf_init(&text->text, YAML_MAX_BYTES);
    if (file_read(path, &text->text, &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    return apply_sets(app, text);
}

static int read_dir(struct app *app, struct source_texts *out, const char *dir)
{
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, alphasort), status = STATUS_DONE;
    if (count < 0)
        return app_failf(STATUS_USAGE, "cannot read the folder '%s': %s", dir, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (status == STATUS_DONE && name[0] != '.' && (str_ends(name, ".yaml") || str_ends(name, ".yml"))) {
            char *path = xasprintf("%s/%s", dir, name);
            status = read_one(app, out, path);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    if (status == STATUS_DONE && !out->count)
        status = app_failf(STATUS_USAGE, "the folder '%s' holds no .yaml file", dir);
    return status;
}

int documents_read(struct app *app, struct source_texts *out)
{
    const struct options *o = app->options;
    *out = (struct source_texts){0};
    const char *path = o->values[OPT_FILE] ? o->values[OPT_FILE] : o->arg_count ? o->args[0] : NULL;
    if (!path)
        return app_failf(STATUS_USAGE, "a file is needed: a path, or '-' for standard input");
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_dir(app, out, path);
    return read_one(app, out, path);
}

void documents_release(struct source_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        free(texts->items[i].name);
        buf_release(&texts->items[i].text);
    }
    free(texts->items);
    *texts = (struct source_texts){0};
}
