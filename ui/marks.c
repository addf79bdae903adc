#include "ui/dashboard_private.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "k8s/kinds/pod.h"
#include "ui/chooser.h"
#include "ui/table.h"

/* Kept in $XDG_STATE_HOME/patchbay/marks.yaml:
 *
 *   gpus: {context: edge, view: pods, namespace: media, filter: gpu-2}
 *   cam:  {context: edge, view: logs, namespace: media, of: camera} */

#define FILE_MAX (1u << 20)
#define MARKS_MAX 200

static char *marks_path(void)
{
    return file_xdg("XDG_STATE_HOME", ".local/state", "marks.yaml");
}

static cJSON *read_file(void)
{
    struct err ignored = ERR_INIT;
    struct yaml_fault fault;
    struct buf text;
    char *path = marks_path();
    buf_init(&text, FILE_MAX);
    struct yaml_doc *doc = file_read(path, &text, &ignored) == 0 ? yaml_parse(text.data, text.len, &fault) : NULL;
    cJSON *marks = doc && doc->root && doc->root->type == YAML_MAP ? yaml_to_json(doc->root) : cJSON_CreateObject();
    yaml_doc_free(doc);
    buf_release(&text);
    free(path);
    return marks;
}

/* As they are now: another dashboard may have made one meanwhile. */
static void read_marks(struct dashboard *dash)
{
    if (dash->marks && !dash->keeps_state)
        return;
    cJSON_Delete(dash->marks);
    dash->marks = dash->keeps_state ? read_file() : cJSON_CreateObject();
}

static int keep_marks(struct dashboard *dash, struct err *err)
{
    if (!dash->keeps_state)
        return 0;
    struct buf text;
    char *path = marks_path(), *folder = file_folder(path);
    buf_init(&text, FILE_MAX);
    yaml_emit(&text, dash->marks);
    int rc = file_mkdirs(folder, 0700, err);
    int fd = rc == 0 ? file_keep(path, text.data, text.len, err) : -1;
    if (fd >= 0)
        close(fd);
    buf_release(&text);
    free(folder);
    free(path);
    return fd >= 0 ? 0 : -1;
}

/* A pod is gone tomorrow: what it belongs to is what was meant. */
static void add_object(cJSON *mark, struct dashboard *dash, const struct page *page)
{
    const struct record *record = page->kind == &kind_pod && model_store(dash->model, SOURCE_PODS)
                                      ? store_find(model_store(dash->model, SOURCE_PODS), page->ns, page->name) : NULL;
    size_t family = record ? pod_family((const struct pod *)record) : 0;
    json_set_str(mark, "object", page->name);
    if (!family)
        return;
    char *of = xstrndup(((const struct pod *)record)->owner, family);
    json_set_str(mark, "of", of);
    free(of);
}

void marks_set(struct dashboard *dash, const char *name)
{
    const struct page *page = dash->current;
    struct err err = ERR_INIT;
    if (!*name || strchr(name, ' ')) {
        dashboard_say(dash, ROLE_WARNING, "mark wants a name: a word");
        return;
    }
    read_marks(dash);
    if (cJSON_GetArraySize(dash->marks) >= MARKS_MAX) {
        dashboard_say(dash, ROLE_WARNING, "there are %d marks already; ':delmark NAME' forgets one", MARKS_MAX);
        return;
    }
    cJSON *mark = cJSON_CreateObject();
    json_set_str(mark, "context", str_or_empty(dash->model->context));
    json_set_str(mark, "view", page->view->name);
    if (dash->model->ns)
        json_set_str(mark, "namespace", dash->model->ns);
    if (page->view->list && ((struct table *)page->state)->list.filter[0])
        json_set_str(mark, "filter", ((struct table *)page->state)->list.filter);
    if (page->name) {
        if (page->ns)
            json_set_str(mark, "in", page->ns);
        add_object(mark, dash, page);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(dash->marks, name);
    cJSON_AddItemToObject(dash->marks, name, mark);
    if (keep_marks(dash, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "the mark '%s' is not kept: %s", name, err.text);
    else
        dashboard_say(dash, ROLE_DIM, "marked as '%s'; ' goes there", name);
}

void marks_delete(struct dashboard *dash, const char *name)
{
    struct err err = ERR_INIT;
    read_marks(dash);
    if (!cJSON_GetObjectItemCaseSensitive(dash->marks, name)) {
        dashboard_say(dash, ROLE_WARNING, "there is no mark '%s'", name);
        return;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(dash->marks, name);
    if (keep_marks(dash, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
}

/* The pod itself, else the newest of what it belonged to. */
static const char *object_now(struct dashboard *dash, const cJSON *mark, const char *ns)
{
    const char *name = json_str(mark, "object"), *of = json_str(mark, "of");
    struct store *pods = model_store(dash->model, SOURCE_PODS);
    const struct pod *best = NULL;
    if (!of || !pods || (ns && store_find(pods, ns, name)))
        return name;
    STORE_EACH(struct pod, pod, pods)
        if (pod_is_of(pod, ns, of) && (!best || pod->r.created > best->r.created))
            best = pod;
    return best ? best->r.name : name;
}

static int go(struct dashboard *dash, const cJSON *mark, struct err *err)
{
    const char *context = json_str(mark, "context"), *ns = json_str(mark, "namespace"), *in = json_str(mark, "in");
    const struct view *view = view_find(str_or_empty(json_str(mark, "view")));
    if (!view)
        return err_set(err, "it names no view");
    if (context && *context && !str_eq(context, dash->model->context) && model_use_context(dash->model, context, err) < 0)
        return -1;
    if (!str_eq(ns, dash->model->ns) && model_set_namespace(dash->model, ns, err) < 0)
        return -1;
    if (json_str(mark, "object"))
        dashboard_open(dash, view, &(struct target){.kind = &kind_pod, .ns = in, .name = object_now(dash, mark, in)});
    else
        dashboard_open(dash, view, NULL);
    dash->trail_count = 0;
    if (view->filter && view->list)
        dashboard_filter(dash, str_or_empty(json_str(mark, "filter")));
    return 0;
}

void marks_go(struct dashboard *dash, const char *name)
{
    struct err err = ERR_INIT;
    if (!*name) {
        marks_choose(dash);
        return;
    }
    read_marks(dash);
    const cJSON *mark = cJSON_GetObjectItemCaseSensitive(dash->marks, name);
    if (!mark)
        dashboard_say(dash, ROLE_WARNING, "there is no mark '%s'; ':mark %s' makes it", name, name);
    else if (go(dash, mark, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "the mark '%s': %s", name, err.text);
}

static void describe(char *out, size_t size, const cJSON *mark)
{
    static const char *const keys[] = {"view", "of", "context", "namespace", "filter"};
    struct buf text;
    buf_init(&text, 1024);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *value = json_str(mark, keys[i]);
        if (i == 1 && !value)
            value = json_str(mark, "object");
        if (value)
            buf_addf(&text, "%s%s%.100s", text.len ? " " : "", str_eq(keys[i], "filter") ? "/" : "", value);
    }
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

static void chosen(void *data, const char *name)
{
    marks_go(data, name);
}

void marks_choose(struct dashboard *dash)
{
    read_marks(dash);
    size_t count = 0;
    struct chooser_item *items = xcalloc((size_t)cJSON_GetArraySize(dash->marks) + 1, sizeof *items);
    const cJSON *mark;
    cJSON_ArrayForEach(mark, dash->marks) {
        char text[256];
        describe(text, sizeof text, mark);
        items[count++] = (struct chooser_item){.name = xstrdup(mark->string), .title = xstrdup(text)};
    }
    chooser_open(dash, "Go to", items, count, "there are no marks; :mark NAME marks a view", chosen, dash, NULL);
}

void marks_complete(struct dashboard *dash, struct completions *out)
{
    const cJSON *mark;
    read_marks(dash);
    cJSON_ArrayForEach(mark, dash->marks) {
        char text[256];
        describe(text, sizeof text, mark);
        completions_add_help(out, mark->string, text);
    }
}
