#include "base/text.h"
#include "graph/plan.h"
#include "ui/review.h"

#define FIELDS_MAX 6 /* of a thing; how many more there are is said */

/* What differs, field by field, as lines "path: old → new". */
struct fields {
    struct buf *lines;
    size_t count;
    bool template; /* something in the pod's template: the pod is made anew */
};

static void add_value(struct buf *out, const cJSON *value)
{
    struct buf text;
    if (!value) {
        buf_adds(out, "(none)");
        return;
    }
    buf_init(&text, 400);
    if (cJSON_IsString(value))
        buf_adds(&text, value->valuestring);
    else
        json_print(&text, value);
    if (text.over || text.len > 60)
        buf_addf(out, "%.*s…", (int)text_clip(text.data, 59), text.data);
    else
        buf_adds(out, text.data);
    buf_release(&text);
}

/* How the files come into the pod: which of them change is said by compare_files(). */
static bool is_of_files(const char *path, const cJSON *value)
{
    return str_starts(path, "spec.template.spec.volumes.files") ||
           (strstr(path, ".volumeMounts.") && str_eq(json_str(value, "name"), "files"));
}

static void add_field(struct fields *fields, const char *path, const cJSON *before, const cJSON *after)
{
    if (str_starts(path, "spec.template."))
        fields->template = true;
    if (is_of_files(path, before ? before : after))
        return;
    if (fields->count++ >= FIELDS_MAX)
        return;
    /* the long way to the only container says nothing */
    static const char *const prefixes[] = {"spec.template.spec.containers.", "spec.template.spec.", "spec.template.",
                                           "spec."};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (str_starts(path, prefixes[i])) {
            path += strlen(prefixes[i]);
            if (i == 0 && strchr(path, '.')) /* the container has the thing's name */
                path = strchr(path, '.') + 1;
            break;
        }
    buf_adds(fields->lines, path);
    buf_adds(fields->lines, ": ");
    add_value(fields->lines, before);
    buf_adds(fields->lines, " → ");
    add_value(fields->lines, after);
    buf_addc(fields->lines, '\n');
}

/* What an item of a list is known by; NULL: by its place. Of a volume many may be mounted. */
static const char *name_of(const cJSON *item)
{
    const char *path = json_str(item, "mountPath");
    return path ? path : json_str(item, "name");
}

static const cJSON *item_of(const cJSON *list, const cJSON *like, int index)
{
    const char *name = name_of(like);
    const cJSON *item;
    if (!name)
        return cJSON_GetArrayItem(list, index);
    cJSON_ArrayForEach(item, list)
        if (str_eq(name_of(item), name))
            return item;
    return NULL;
}

static void compare(struct fields *fields, const char *path, const cJSON *before, const cJSON *after);

/* Words of a command line: each that differs, under the option before it. False: not as many words. */
static bool compare_args(struct fields *fields, const char *path, const cJSON *before, const cJSON *after)
{
    int count = cJSON_GetArraySize(after);
    if (count != cJSON_GetArraySize(before))
        return false;
    const char *option = NULL;
    for (int i = 0; i < count; i++) {
        const cJSON *old = cJSON_GetArrayItem(before, i), *new = cJSON_GetArrayItem(after, i);
        if (!json_equal(old, new)) {
            char *below = option ? xasprintf("%s %s", path, option) : xasprintf("%s[%d]", path, i);
            add_field(fields, below, old, new);
            free(below);
        }
        option = cJSON_IsString(new) && str_starts(new->valuestring, "-") ? new->valuestring : NULL;
    }
    return true;
}

static void compare_lists(struct fields *fields, const char *path, const cJSON *before, const cJSON *after)
{
    const cJSON *item;
    int index = 0;
    cJSON_ArrayForEach(item, after) {
        const char *name = name_of(item);
        char *below = name ? xasprintf("%s.%s", path, name) : xasprintf("%s[%d]", path, index);
        compare(fields, below, item_of(before, item, index), item);
        free(below);
        index++;
    }
    index = 0;
    cJSON_ArrayForEach(item, before) {
        const char *name = name_of(item);
        char *below = name ? xasprintf("%s.%s", path, name) : xasprintf("%s[%d]", path, index);
        if (!item_of(after, item, index))
            compare(fields, below, item, NULL);
        free(below);
        index++;
    }
}

/* An environment variable is its value. */
static const cJSON *value_of(const cJSON *value)
{
    const cJSON *inner = cJSON_IsObject(value) ? json_get(value, "value") : NULL;
    return inner && cJSON_GetArraySize(value) == 2 ? inner : value;
}

static void compare(struct fields *fields, const char *path, const cJSON *before, const cJSON *after)
{
    before = value_of(before);
    after = value_of(after);
    if ((!before && !after) || (before && after && json_equal(before, after)))
        return;
    const char *leaf = strrchr(path, '.');
    bool args = str_eq(leaf ? leaf + 1 : path, "args");
    if ((cJSON_IsArray(before) || !before) && (cJSON_IsArray(after) || !after)) {
        if (!args)
            compare_lists(fields, path, before, after);
        else if (!compare_args(fields, path, before, after))
            add_field(fields, path, before, after);
        return;
    }
    if (!cJSON_IsObject(before) || !cJSON_IsObject(after)) {
        add_field(fields, path, before, after);
        return;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, after) {
        char *below = *path ? xasprintf("%s.%s", path, item->string) : xstrdup(item->string);
        compare(fields, below, json_get(before, item->string), item);
        free(below);
    }
    cJSON_ArrayForEach(item, before) {
        char *below = *path ? xasprintf("%s.%s", path, item->string) : xstrdup(item->string);
        if (!json_get(after, item->string))
            compare(fields, below, item, NULL);
        free(below);
    }
}

static const cJSON *member(const struct plan *plan, const char *kind, const char *name)
{
    for (size_t i = 0; plan && i < plan->member_count; i++)
        if (str_eq(json_str(plan->members[i], "kind"), kind) &&
            str_eq(json_str(plan->members[i], "metadata.name"), name))
            return plan->members[i];
    return NULL;
}

static const char *label_of(const cJSON *object, const char *label)
{
    const cJSON *value = json_get(json_object(object, "metadata.labels"), label);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

/* A thing's files: the data of its ConfigMap, whose name changes with them. */
static const cJSON *files_of(const struct plan *plan, const char *thing)
{
    for (size_t i = 0; plan && i < plan->member_count; i++)
        if (str_eq(json_str(plan->members[i], "kind"), "ConfigMap") &&
            str_eq(label_of(plan->members[i], PLAN_LABEL_THING), thing))
            return json_get(plan->members[i], "data");
    return NULL;
}

/* Where the container sees it. */
static const char *path_of(const cJSON *deployment, const char *key)
{
    const cJSON *containers = json_array(deployment, "spec.template.spec.containers"), *mount;
    cJSON_ArrayForEach(mount, json_array(containers ? containers->child : NULL, "volumeMounts"))
        if (str_eq(json_str(mount, "subPath"), key))
            return json_str(mount, "mountPath");
    return key;
}

/* Of a file it is said that it changes, not how: a line has no room for it. */
static void add_file(struct fields *fields, const char *path, const char *what)
{
    if (fields->count++ < FIELDS_MAX)
        buf_addf(fields->lines, "file %s: %s\n", path, what);
}

static void compare_files(struct fields *fields, const struct plan *before, const struct plan *after, const char *thing)
{
    const cJSON *old = files_of(before, thing), *new = files_of(after, thing), *file;
    cJSON_ArrayForEach(file, new) {
        const cJSON *was = json_get(old, file->string);
        if (!was || !json_equal(was, file))
            add_file(fields, path_of(member(after, "Deployment", thing), file->string),
                     was ? "another content" : "is new");
    }
    cJSON_ArrayForEach(file, old)
        if (!json_get(new, file->string))
            add_file(fields, path_of(member(before, "Deployment", thing), file->string), "is taken away");
}

static void review_thing(struct review *review, const struct plan *before, const struct plan *after, const char *name)
{
    struct buf lines;
    buf_init(&lines, 1u << 16);
    struct fields fields = {.lines = &lines};
    const cJSON *old = member(before, "Deployment", name), *new = member(after, "Deployment", name);
    compare(&fields, "", old, new);
    bool template = fields.template;
    compare(&fields, "service", member(before, "Service", name), member(after, "Service", name));
    compare(&fields, "claim", member(before, "PersistentVolumeClaim", name),
            member(after, "PersistentVolumeClaim", name));
    compare_files(&fields, before, after, name);
    if (fields.count) {
        bool gap = str_eq(json_str(new, "spec.strategy.type"), "Recreate");
        review->changed++;
        choice_lines_add(&review->lines, ROLE_WARNING, "~ %s  %s", name,
                 !template ? "changes, its pod runs on"
                 : gap     ? "restarts: a gap, no surge"
                           : "restarts, one pod after another");
        for (char *at = lines.data, *end; (end = strchr(at, '\n')); at = end + 1)
            choice_lines_add(&review->lines, ROLE_NORMAL, "    %.*s", (int)(end - at), at);
        if (fields.count > FIELDS_MAX)
            choice_lines_add(&review->lines, ROLE_DIM, "    and %zu more", fields.count - FIELDS_MAX);
    }
    buf_release(&lines);
}

static void review_plans(struct review *review, const struct plan *before, const struct plan *after,
                         const struct graph *graph)
{
    for (size_t i = 0; i < after->member_count; i++) {
        const char *name = json_str(after->members[i], "metadata.name");
        if (!str_eq(json_str(after->members[i], "kind"), "Deployment"))
            continue;
        if (member(before, "Deployment", name)) {
            review_thing(review, before, after, name);
            continue;
        }
        const struct graph_thing *thing = graph_find(graph, name);
        review->added++;
        if (thing && thing->gpu_count)
            choice_lines_add(&review->lines, ROLE_GOOD, "+ %s  %s, GPU %d", name, str_or_empty(thing->type), thing->gpu_count);
        else
            choice_lines_add(&review->lines, ROLE_GOOD, "+ %s  %s", name, thing ? str_or_empty(thing->type) : "");
    }
    for (size_t i = 0; before && i < before->member_count; i++) {
        const char *name = json_str(before->members[i], "metadata.name");
        if (!str_eq(json_str(before->members[i], "kind"), "Deployment") || member(after, "Deployment", name))
            continue;
        review->removed++;
        choice_lines_add(&review->lines, ROLE_BAD, "- %s  is deleted, with its pods and its service", name);
    }
}

static struct plan *deployed_plan(struct review *review, const struct catalogue *cat, const char *text)
{
    struct faults faults = {0};
    struct err err = ERR_INIT;
    struct graph *graph = text ? graph_parse(text, strlen(text), "deployed", cat, &faults) : NULL;
    struct plan *plan = graph && !faults.errors ? plan_make(graph, text, strlen(text), &err) : NULL;
    if (text && !plan)
        choice_lines_add(&review->lines, ROLE_WARNING,
                 "what is deployed cannot be read with this catalogue, so all is shown as new: %s",
                 faults.count ? faults.items[0].text : err.text);
    graph_free(graph);
    faults_release(&faults);
    return plan;
}

void review_add_wrapped(struct review *review, enum role role, const char *text)
{
    const char *at = text;
    for (const char *indent = ""; *at; indent = "  ") {
        size_t n = text_clip(at, 66);
        while (at[n] && n > 0 && at[n] != ' ')
            n--;
        if (!n)
            n = text_clip(at, 66);
        choice_lines_add(&review->lines, role, "%s%.*s", indent, (int)n, at);
        at += n + strspn(at + n, " ");
    }
}

static void add_fault(struct review *review, const struct fault *fault)
{
    char *text = xasprintf("! line %d: %s", fault->line, fault->text);
    review_add_wrapped(review, fault->warning ? ROLE_WARNING : ROLE_BAD, text);
    free(text);
}

void review_make(struct review *review, const struct document *doc, const struct catalogue *cat, const char *deployed)
{
    const struct faults *faults = document_faults(doc);
    for (size_t i = 0; i < faults->count; i++)
        add_fault(review, &faults->items[i]);
    review->blocked = faults->errors > 0;
    if (review->blocked)
        return;
    size_t len;
    struct err err = ERR_INIT;
    const char *text = document_text(doc, &len);
    struct plan *after = plan_make(document_graph(doc), text, len, &err);
    if (!after) {
        choice_lines_add(&review->lines, ROLE_BAD, "! %s", err.text);
        review->blocked = true;
        return;
    }
    struct plan *before = deployed_plan(review, cat, deployed);
    review_plans(review, before, after, document_graph(doc));
    if (!review->added && !review->changed && !review->removed)
        choice_lines_add(&review->lines, ROLE_NORMAL, "Nothing would change on the cluster.");
    plan_free(before);
    plan_free(after);
}
