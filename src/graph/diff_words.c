#include "graph/diff_words.h"

#include <ctype.h>

#include "base/secret.h"
#include "base/text.h"
#include "graph/diff_say.h"
#include "graph/diff_walk.h"

/* One value for people: masked, harmless, not too long. The caller frees; NULL is NULL. */
static char *shown(const char *name, const char *value)
{
    struct buf masked, clean;
    if (!value)
        return NULL;
    if (secret_value(name, value))
        return xstrdup("***");
    buf_init(&masked, 1u << 22);
    buf_init(&clean, 1u << 22);
    secret_mask(&masked, value);
    text_sanitise(&clean, masked.data, masked.len);
    size_t fits = text_clip(clean.data, DIFF_VALUE_CELLS);
    if (fits < clean.len || masked.over || clean.over) {
        buf_truncate(&clean, text_clip(clean.data, DIFF_VALUE_CELLS - 1));
        buf_adds(&clean, "…");
    }
    buf_release(&masked);
    return buf_take(&clean);
}

static const char *printed(const char *value)
{
    return !value ? "(none)" : *value ? value : "\"\"";
}

static char *harmless(const char *text)
{
    struct buf clean;
    buf_init(&clean, 1u << 22);
    text_sanitise(&clean, text, strlen(text));
    return buf_take(&clean);
}

/* name is taken. words NULL: "NAME BEFORE → AFTER". */
static struct diff_field *add(struct say *say, char *name, const char *before, const char *after, const char *words)
{
    struct diff_fields *out = say->out;
    char *clean = harmless(name);
    free(name);
    if (map_put(&say->done, clean, say)) {
        free(clean);
        return NULL;
    }
    GROW(out->items, out->count, out->cap);
    struct diff_field *field = &out->items[out->count++];
    *field = (struct diff_field){.name = clean, .before = shown(clean, before), .after = shown(clean, after)};
    field->words = words ? harmless(words)
                         : xasprintf("%s %s → %s", clean, printed(field->before), printed(field->after));
    field->by = say->owner ? xstrdup(str_or_empty(say->by)) : NULL;
    return field;
}

static void end_with(struct diff_field *field, const char *more)
{
    char *words = field ? xasprintf("%s%s", field->words, more) : NULL;
    if (!field)
        return;
    free(field->words);
    field->words = words;
}

struct diff_field *say_field(struct say *say, const char *name, const char *before, const char *after)
{
    return add(say, xstrdup(name), before, after, NULL);
}

void say_catalogue(struct say *say, struct diff_field *field)
{
    if (field && !say->owner && field->before && field->after && say->before->thing && say->after->thing &&
        !map_has(&say->told, "type"))
        end_with(field, ", from the catalogue");
}

void say_note(struct diff_field *field, const char *note)
{
    end_with(field, note);
}

char *say_text(const cJSON *value)
{
    struct buf text;
    if (!value)
        return NULL;
    if (cJSON_IsString(value))
        return xstrdup(value->valuestring);
    buf_init(&text, 1u << 16);
    json_print(&text, value);
    return buf_take(&text);
}

void say_value(struct say *say, const char *name, const cJSON *before, const cJSON *after)
{
    char *from = say_text(before), *to = say_text(after);
    say_field(say, name, from, to);
    free(from);
    free(to);
}

struct diff_field *say_path(struct say *say, const char *path, const cJSON *before, const cJSON *after)
{
    char *from = say_text(before), *to = say_text(after), *name = xasprintf("%s%s", say->object, path);
    struct diff_field *field = add(say, name, from, to, "");
    if (field) {
        free(field->words);
        field->words = xasprintf("%s: %s → %s", field->name, printed(field->before), printed(field->after));
    }
    free(from);
    free(to);
    return field;
}

/* What the graph says itself. */
static void on_own(void *data, const char *name, const char *before, const char *after)
{
    struct say *say = data;
    char *told = media_thing_param(say->after->thing->entry, name) || media_thing_param(say->before->thing->entry, name)
                     ? xasprintf("param.%s", name)
                     : xstrdup(name);
    map_put(&say->told, told, say);
    free(told);
    say_field(say, name, before, after);
}

struct sources {
    char **items; /* "camera.video" */
    size_t count;
};

static void find_sources(struct sources *out, const struct graph *graph, const char *thing, const char *port)
{
    size_t index = graph_index(graph, thing);
    *out = (struct sources){xcalloc(graph->link_count + 1, sizeof *out->items), 0};
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        if (link->to == index && link->from < graph->thing_count && str_eq(link->to_port, port))
            out->items[out->count++] = xasprintf("%s.%s", graph->things[link->from].name, link->from_port);
    }
}

static void sources_release(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        free(sources->items[i]);
    free(sources->items);
}

static bool holds(const struct sources *sources, const char *item, size_t len)
{
    for (size_t i = 0; i < sources->count; i++)
        if (strncmp(sources->items[i], item, len) == 0 && (!item[len] || sources->items[i][len] == '.'))
            return true;
    return false;
}

/* Those that the other has not: "camera, gate"; with their ports where the other has another port of the same thing. */
static void list_sources(struct buf *out, const struct sources *sources, const struct sources *other)
{
    for (size_t i = 0; i < sources->count; i++) {
        const char *item = sources->items[i];
        size_t name = strcspn(item, ".");
        if (!holds(other, item, strlen(item)))
            buf_addf(out, "%s%.*s", out->len ? ", " : "", (int)(holds(other, item, name) ? strlen(item) : name), item);
    }
}

static void say_input(struct say *say, const char *port)
{
    struct sources before, after;
    struct buf gone, come;
    buf_init(&gone, 1u << 20);
    buf_init(&come, 1u << 20);
    find_sources(&before, say->before->graph, say->before->thing->name, port);
    find_sources(&after, say->after->graph, say->after->thing->name, port);
    list_sources(&gone, &before, &after);
    list_sources(&come, &after, &before);
    if (gone.len || come.len) {
        char *told = xasprintf("in.%s", port), *name = xasprintf("input %s", port);
        char *words = !come.len      ? xasprintf("%s: no longer %s", name, gone.data)
                      : gone.len     ? xasprintf("%s: %s instead of %s", name, come.data, gone.data)
                      : before.count ? xasprintf("%s: also %s", name, come.data)
                                     : xasprintf("%s: from %s", name, come.data);
        map_put(&say->told, told, say);
        add(say, name, gone.len ? gone.data : NULL, come.len ? come.data : NULL, words);
        free(told);
        free(words);
    }
    sources_release(&before);
    sources_release(&after);
    buf_release(&gone);
    buf_release(&come);
}

static void say_inputs(struct say *say)
{
    const struct media_thing *entry = say->after->thing->entry, *was = say->before->thing->entry;
    for (size_t i = 0; entry && i < entry->input_count; i++)
        say_input(say, entry->inputs[i].name);
    for (size_t i = 0; was && i < was->input_count; i++)
        if (!entry || !media_thing_input(entry, was->inputs[i].name))
            say_input(say, was->inputs[i].name);
}

/* The mount's own name of a file in the ConfigMap. */
static const char *path_of(const cJSON *deployment, const char *key)
{
    const cJSON *mount;
    cJSON_ArrayForEach(mount, json_array(diff_container(deployment), "volumeMounts"))
        if (str_eq(json_str(mount, "subPath"), key))
            return json_str(mount, "mountPath");
    return key;
}

/* Of a file it is said that it changes, not how: a line has no room for it. */
static void say_file(struct say *say, const char *path, const char *what, bool catalogue)
{
    char *name = xasprintf("file %s", path), *words = xasprintf("file %s: %s", path, what);
    struct diff_field *field = add(say, name, NULL, NULL, words);
    if (field && catalogue && say->before->thing && say->after->thing)
        end_with(field, ", from the catalogue");
    free(words);
}

static void say_files(struct say *say)
{
    const cJSON *old = json_get(say->before->files, "data"), *new = json_get(say->after->files, "data"), *file;
    cJSON_ArrayForEach(file, new) {
        const cJSON *was = json_get(old, file->string);
        const char *path = path_of(say->after->deployment, file->string);
        if (say->owner && (!was || json_equal(was, file) || !(say->by = say->owner(say->after->files, file))))
            continue;
        if (!was || !json_equal(was, file))
            say_file(say, path, was ? "another content" : "is new", was && !say->owner && !say_file_is_told(say, path));
        free(say->by);
        say->by = NULL;
    }
    cJSON_ArrayForEach(file, old)
        if (!say->owner && !json_get(new, file->string))
            say_file(say, path_of(say->before->deployment, file->string), "is taken away", false);
}

static void on_leaf(void *data, const char *path, const cJSON *before, const cJSON *after)
{
    struct say *say = data;
    if (say->owner && (!after || !(say->by = say->owner(say->live, after))))
        return;
    say_leaf(say, path, before, after);
    free(say->by);
    say->by = NULL;
}

/* An object that somebody deleted, or that was never made: nobody is left in it to be named. */
static void say_gone(struct say *say, const cJSON *object)
{
    char *name = xstrdup(json_str_or(object, "kind", "object"));
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    char *words = xasprintf("its %s is not there", name);
    add(say, name, "there", NULL, words);
    free(words);
}

static void say_objects(struct say *say)
{
    const struct diff_state *a = say->before, *b = say->after;
    const struct {
        const char *object;
        const cJSON *before, *after;
    } rows[] = {{"", a->deployment, b->deployment}, {"service.", a->service, b->service}, {"claim.", a->claim, b->claim}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        say->object = rows[i].object;
        say->live = rows[i].after;
        if (say->owner && rows[i].before && !rows[i].after)
            say_gone(say, rows[i].before);
        else if (rows[i].before || rows[i].after)
            diff_walk(rows[i].before, rows[i].after, say->owner != NULL, on_leaf, say);
    }
    say->object = "";
    say_files(say);
}

static bool same(const cJSON *a, const cJSON *b)
{
    return (!a && !b) || (a && b && json_equal(a, b));
}

void diff_words(struct diff_fields *out, const struct diff_state *before, const struct diff_state *after)
{
    struct say say = {.out = out, .before = before, .after = after, .object = ""};
    if (same(before->deployment, after->deployment) && same(before->service, after->service) &&
        same(before->claim, after->claim) &&
        same(json_get(before->files, "data"), json_get(after->files, "data")))
        return;
    if (before->thing && after->thing) {
        compare_fields(before->thing, after->thing, on_own, &say);
        say_inputs(&say);
    }
    say_objects(&say);
    map_release(&say.done, NULL);
    map_release(&say.told, NULL);
}

void diff_drift_words(struct diff_fields *out, const struct diff_state *before, const struct diff_state *live,
                      char *(*owner)(const cJSON *live, const cJSON *field))
{
    struct say say = {.out = out, .before = before, .after = live, .object = "", .owner = owner};
    say_objects(&say);
    for (size_t i = 0; i < out->count; i++) {
        struct diff_field *field = &out->items[i];
        char *words = xasprintf("changed on the cluster: %s%s%s", field->words, *field->by ? " by " : "", field->by);
        free(field->words);
        field->words = words;
    }
    map_release(&say.done, NULL);
    map_release(&say.told, NULL);
}

void diff_fields_release(struct diff_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        free(fields->items[i].name);
        free(fields->items[i].before);
        free(fields->items[i].after);
        free(fields->items[i].by);
        free(fields->items[i].words);
    }
    free(fields->items);
    *fields = (struct diff_fields){0};
}

const cJSON *diff_container(const cJSON *deployment)
{
    const cJSON *containers = json_array(deployment, "spec.template.spec.containers");
    return containers ? containers->child : NULL;
}
