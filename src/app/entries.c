#include "app/entries.h"

#include "app/assets.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "graph/plan.h"
#include "net/url.h"

#define SELECTOR PLAN_LABEL_KIND "=catalog"
#define NOTE_MAX 160 /* cells of a status line that the first fault gets */

static void read_dir(struct catalogue *cat, const char *dir, struct faults *faults)
{
    struct file_paths paths;
    struct err missing = ERR_INIT; /* who has none has no entries of their own */
    if (file_list_yaml(dir, &paths, &missing) < 0)
        return;
    for (size_t i = 0; i < paths.count; i++) {
        const char *path = paths.items[i];
        struct buf text;
        struct err err = ERR_INIT;
        buf_init(&text, YAML_MAX_BYTES);
        if (file_read(path, &text, &err) < 0)
            faults_add(faults, path, 0, 0, false, NULL, "%s", err.text);
        else
            catalogue_read(cat, text.data, text.len, path, faults);
        buf_release(&text);
    }
    file_paths_release(&paths);
}

static int by_name(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    int spaces = strcmp(json_str_or(x, "metadata.namespace", ""), json_str_or(y, "metadata.namespace", ""));
    return spaces ? spaces : strcmp(json_str_or(x, "metadata.name", ""), json_str_or(y, "metadata.name", ""));
}

/* What was not asked for is not read. */
static bool is_entry(const cJSON *map)
{
    const cJSON *kind = json_get(json_object(map, "metadata.labels"), PLAN_LABEL_KIND);
    return cJSON_IsString(kind) && strcmp(kind->valuestring, "catalog") == 0;
}

/* By namespace and name, whatever order the server has. The caller frees. */
static const cJSON **sorted(const cJSON *list, size_t *count)
{
    const cJSON *item, *items = json_array(list, "items");
    const cJSON **maps = xcalloc((size_t)cJSON_GetArraySize(items), sizeof *maps);
    *count = 0;
    cJSON_ArrayForEach(item, items)
        if (is_entry(item))
            maps[(*count)++] = item;
    if (*count)
        qsort(maps, *count, sizeof *maps, by_name);
    return maps;
}

static void read_cluster(struct catalogue *cat, const cJSON *list, struct faults *faults)
{
    size_t count;
    const cJSON **maps = sorted(list, &count);
    for (size_t i = 0; i < count; i++) {
        const cJSON *text;
        cJSON_ArrayForEach(text, json_object(maps[i], "data"))
        {
            if (!cJSON_IsString(text))
                continue;
            char *origin = xasprintf("configmap %s/%s:%s", json_str_or(maps[i], "metadata.namespace", ""),
                                     json_str_or(maps[i], "metadata.name", ""), text->string);
            catalogue_read(cat, text->valuestring, strlen(text->valuestring), origin, faults);
            free(origin);
        }
    }
    free(maps);
}

/* What the list says, so that it is seen whether it changed; NULL: nothing. */
static char *mark_of(const cJSON *list)
{
    size_t count;
    struct buf text;
    const cJSON **maps = sorted(list, &count);
    buf_init(&text, 64u << 20);
    for (size_t i = 0; i < count; i++) {
        buf_addf(&text, "%s/%s ", json_str_or(maps[i], "metadata.namespace", ""), json_str_or(maps[i], "metadata.name", ""));
        json_print(&text, json_get(maps[i], "data"));
    }
    free(maps);
    uint8_t sum[32];
    digest_sha256(text.data, text.len, sum);
    buf_reset(&text);
    digest_base64url(&text, sum, sizeof sum);
    return count ? buf_take(&text) : (buf_release(&text), NULL);
}

/* The first fault, and what names all of them: first, for a line is narrow. */
static void take_note(struct app *app, const struct faults *faults)
{
    const struct fault *first = NULL;
    for (size_t i = 0; i < faults->count && !first; i++)
        first = faults->items[i].warning ? NULL : &faults->items[i];
    free(app->catalogue_note);
    app->catalogue_note = NULL;
    if (!first)
        return;
    struct fault told = *first;
    bool is_file = !str_starts(told.file, "configmap ");
    told.file = is_file ? (char *)(uintptr_t)file_base_name(told.file) : told.file;
    struct buf text;
    buf_init(&text, 4096);
    fault_format(&told, &text);
    app->catalogue_note = xasprintf("catalogue: %zu fault%s%s: %.*s", faults->errors, faults->errors == 1 ? "" : "s",
                                    is_file ? " (patchbay catalog --check FILE)" : "",
                                    (int)text_clip(text.data, NOTE_MAX), text.data);
    buf_release(&text);
}

static void print(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct buf line;
        buf_init(&line, 4096);
        fault_format(&faults->items[i], &line);
        if (!faults->items[i].warning) /* those are for the author: catalog --check */
            app_note("%s", line.data);
        buf_release(&line);
    }
}

static void read_all(struct app *app, const cJSON *list, bool said)
{
    struct faults faults = {0};
    char *ours = assets_path("catalog"), *theirs = file_xdg("XDG_CONFIG_HOME", ".config", "catalog");
    app->catalogue = (struct catalogue){0};
    read_dir(&app->catalogue, ours, &faults);
    if (!app->catalogue.things.count)
        app_failf(STATUS_USAGE, "there is no catalogue in '%s'; is patchbay installed whole?", ours);
    read_dir(&app->catalogue, theirs, &faults);
    size_t before = faults.count;
    read_cluster(&app->catalogue, list, &faults);
    struct faults news = faults; /* what was printed once is not printed again */
    if (said) {
        news.items += before;
        news.count -= before;
    }
    if (!app->quiet)
        print(&news);
    take_note(app, &faults);
    faults_release(&faults);
    free(ours);
    free(theirs);
}

int app_catalogue(struct app *app)
{
    if (app->has_catalogue)
        return STATUS_DONE;
    app->has_catalogue = true;
    read_all(app, NULL, false);
    return app->catalogue.things.count ? STATUS_DONE : STATUS_USAGE;
}

bool entries_reload(struct app *app, const cJSON *list)
{
    char *mark = mark_of(list);
    if (strcmp(str_or_empty(mark), str_or_empty(app->catalogue_mark)) == 0) {
        free(mark);
        return false;
    }
    free(app->catalogue_mark);
    app->catalogue_mark = mark;
    GROW(app->retired, app->retired_count, app->retired_cap);
    app->retired[app->retired_count++] = app->catalogue;
    read_all(app, list, true);
    return true;
}

const char *entries_note(const struct app *app)
{
    return app->catalogue_note;
}

void entries_release(struct app *app)
{
    for (size_t i = 0; i < app->retired_count; i++)
        catalogue_release(&app->retired[i]);
    free(app->retired);
    catalogue_release(&app->catalogue);
    free(app->catalogue_mark);
    free(app->catalogue_note);
    app->retired = NULL;
    app->retired_count = app->retired_cap = 0;
    app->catalogue_mark = app->catalogue_note = NULL;
}

/* From the cluster. */

void entries_path(struct buf *out, const char *ns)
{
    kind_path(out, &kind_configmap, ns, NULL);
    buf_adds(out, "?labelSelector=");
    url_escape(out, SELECTOR);
}

struct listing {
    struct app *app;
    bool over;
    int status; /* HTTP's; 0: no answer */
    struct err err;
};

static void on_list(void *data, const struct kube_answer *answer)
{
    struct listing *l = data;
    l->over = true;
    l->status = answer->status;
    l->err = answer->err;
    if (answer->status == 200)
        entries_reload(l->app, answer->json);
}

static int list(struct listing *l, const char *ns)
{
    struct buf path;
    struct app *app = l->app;
    buf_init(&path, 1024);
    entries_path(&path, ns);
    struct kube_request request = {.path = path.data, .total_timeout = app->request_timeout};
    l->over = false;
    struct kube_call *call = kube_start(app->client, &request, on_list, l);
    int status = app_wait(app, &l->over, 0);
    if (!l->over)
        kube_cancel(call);
    buf_release(&path);
    return status;
}

int entries_of_cluster(struct app *app)
{
    struct listing l = {.app = app};
    if (app->entries_asked)
        return STATUS_DONE;
    app->entries_asked = true;
    int status = list(&l, NULL);
    if (status == STATUS_DONE && l.status == 403)
        status = list(&l, app->ns);
    if (status != STATUS_DONE || l.status == 200 || l.status == 403)
        return status;
    return app_fail(l.status && l.status != 401 ? STATUS_FAULT : STATUS_UNREACHABLE, &l.err);
}
