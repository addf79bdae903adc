#include "app/documents.h"

#include <sys/stat.h>

#include "app/entries.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"
#include "graph/edit.h"
#include "graph/overlay.h"
#include "graph/stamp.h"

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
    *errors = text->faulty;
    if (text->faulty)
        return NULL;
    struct graph *graph = graph_parse(text->text.data, text->text.len, text->name, &app->catalogue, &faults);
    source_faults(text, &faults);
    *errors = print_faults(to, &faults, warnings);
    faults_release(&faults);
    if (*errors) {
        graph_free(graph);
        return NULL;
    }
    return graph;
}

/* Of a list of faults: printed, and the status to end with. */
static int end_with(struct faults *faults)
{
    print_faults(stderr, faults, false);
    faults_release(faults);
    return STATUS_FAULT;
}

/* "camera.replicas=3", "camera.gpu=1": a parameter of that name comes first. */
static int set_one(struct document *doc, const char *thing, const char *name, const char *value, struct err *err)
{
    const struct graph_thing *t = graph_find(document_graph(doc), thing);
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strcmp(setting_types[i].info.name, name) == 0 && !(t && media_thing_param(t->entry, name)))
            return document_set(doc, thing, (enum setting)i, value, err);
    return document_set_param(doc, thing, name, value, err);
}

static int apply_set(struct app *app, struct source_text *text, const char *set)
{
    const char *dot = strchr(set, '.'), *eq = strchr(set, '=');
    if (!dot || !eq || eq < dot)
        return app_failf(STATUS_USAGE, "--set takes THING.PARAM=VALUE, not '%s'", set);
    struct err err = ERR_INIT;
    struct document *doc =
        document_new(text->text.data, text->text.len, text->name, NULL, NULL, &app->catalogue, &err);
    if (!doc)
        return app_fail(STATUS_FAULT, &err);
    char *thing = xstrndup(set, (size_t)(dot - set)), *name = xstrndup(dot + 1, (size_t)(eq - dot - 1));
    struct buf what; /* it is part of what is said of faults */
    buf_init(&what, 1u << 20);
    buf_addf(&what, "--set %s.%s=", thing, name);
    if (secret_value(name, eq + 1))
        buf_adds(&what, "***");
    else
        secret_mask(&what, eq + 1);
    int status = STATUS_DONE;
    if (set_one(doc, thing, name, eq + 1, &err) < 0) {
        err_prefix(&err, "%s", what.data);
        status = app_fail(STATUS_FAULT, &err);
    } else {
        size_t len;
        const char *edited = document_text(doc, &len);
        source_become(text, edited, len, what.data);
    }
    document_free(doc);
    free(thing);
    free(name);
    buf_release(&what);
    return status;
}

static int apply_overlay(struct source_text *text, const char *path)
{
    struct err err = ERR_INIT;
    struct faults faults = {0};
    struct buf overlay;
    int status = STATUS_DONE;
    buf_init(&overlay, YAML_MAX_BYTES);
    if (file_read(path, &overlay, &err) < 0)
        status = app_fail(STATUS_USAGE, &err);
    else if (graph_overlay(text, path, overlay.data, overlay.len, &faults) < 0)
        status = end_with(&faults);
    buf_release(&overlay);
    return status;
}

/* A CSV file stands beside the graph that names it. */
static int read_beside(void *data, const char *name, struct buf *out, struct err *err)
{
    char *beside = file_beside(data, name);
    int rc = str_eq(beside, "-") ? err_set(err, "'-' is no file of rows") : file_read(beside, out, err);
    free(beside);
    return rc;
}

/* The file with its rows filled in. 0, or -1 with a sentence or with faults. */
static int load(struct source_text *out, const char *path, struct faults *faults, struct err *err)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    int rc = file_read(path, &text, err);
    source_init(out, str_eq(path, "-") ? "<stdin>" : path, text.data, text.len);
    if (rc == 0)
        rc = graph_stamp(out, read_beside, (void *)(uintptr_t)path, faults);
    buf_release(&text);
    return rc;
}

int documents_load(const char *path, struct buf *text, bool *stamped, struct err *err)
{
    struct source_text source;
    struct faults faults = {0};
    int rc = load(&source, path, &faults, err);
    if (faults.count) {
        struct buf sentence;
        buf_init(&sentence, sizeof err->text - 1);
        fault_format(&faults.items[0], &sentence);
        err_set(err, "%s", sentence.data);
        buf_release(&sentence);
    }
    *stamped = source.stamped;
    buf_init(text, YAML_MAX_BYTES);
    buf_add(text, source.text.data, source.text.len);
    faults_release(&faults);
    source_release(&source);
    return rc;
}

static int read_one(struct app *app, struct source_texts *out, const char *path)
{
    const struct options *o = app->options;
    struct err err = ERR_INIT;
    struct faults faults = {0};
    out->items = xreallocarray(out->items, out->count + 1, sizeof *out->items);
    struct source_text *text = &out->items[out->count++];
    int status = STATUS_DONE;
    if (load(text, path, &faults, &err) < 0)
        status = faults.count ? end_with(&faults) : app_fail(STATUS_USAGE, &err);
    for (size_t i = 0; i < o->overlay_count && status == STATUS_DONE; i++)
        status = apply_overlay(text, o->overlays[i]);
    text->faulty = status != STATUS_DONE;
    return status;
}

static int read_dir(struct app *app, struct source_texts *out, const char *dir)
{
    struct file_paths paths;
    struct err err = ERR_INIT;
    int status = STATUS_DONE;
    if (file_list_yaml(dir, &paths, &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    for (size_t i = 0; i < paths.count && status != STATUS_USAGE; i++) {
        int rc = read_one(app, out, paths.items[i]);
        status = rc == STATUS_DONE ? status : rc; /* the faults of all of them */
    }
    if (!paths.count)
        status = app_failf(STATUS_USAGE, "the folder '%s' holds no .yaml file", dir);
    file_paths_release(&paths);
    return status;
}

static int documents_sets(struct app *app, struct source_texts *texts)
{
    const struct options *o = app->options;
    int status = STATUS_DONE;
    for (size_t i = 0; i < texts->count; i++) {
        struct source_text *text = &texts->items[i];
        int rc = STATUS_DONE;
        for (size_t k = 0; k < o->set_count && !text->faulty && rc == STATUS_DONE; k++)
            rc = apply_set(app, text, o->sets[k]);
        text->faulty |= rc != STATUS_DONE;
        status = rc == STATUS_DONE ? status : rc;
    }
    return status;
}

static int documents_files(struct app *app, struct source_texts *out)
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

int documents_read(struct app *app, struct source_texts *out)
{
    int status = documents_files(app, out);
    int rc = status == STATUS_USAGE ? status : documents_sets(app, out);
    return rc == STATUS_DONE ? status : rc;
}

int documents_on_cluster(struct app *app, struct source_texts *out)
{
    int status = documents_files(app, out);
    if (status == STATUS_DONE)
        status = app_connect(app);
    if (status == STATUS_DONE)
        status = entries_of_cluster(app);
    return status == STATUS_DONE ? documents_sets(app, out) : status;
}

void documents_release(struct source_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        source_release(&texts->items[i]);
    free(texts->items);
    *texts = (struct source_texts){0};
}
