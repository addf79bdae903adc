#include "graph/diff_say.h"
#include "graph/diff_walk.h"

static const struct media_thing *entry_of(const struct diff_state *state)
{
    return state->thing ? state->thing->entry : NULL;
}

/* Whether it is filled in from something that is told already. */
static bool template_is_told(const struct say *say, const char *template)
{
    bool is = say_is_told(say, "type");
    for (struct map_entry *e = map_first(&say->told); e && !is; e = map_next(&say->told, e)) {
        char *part = xasprintf("${%s}", e->key);
        is = strstr(template, part) != NULL;
        free(part);
    }
    return is;
}

/* A value that the catalogue fills in: it is called by what alone stands there. */
static void say_template(struct say *say, const char *name, const char *template, const cJSON *before, const cJSON *after)
{
    size_t len = strlen(template);
    bool alone = str_starts(template, "${") && strcspn(template, "}") == len - 1;
    char *called = alone && str_starts(template, "${param.") ? xstrndup(template + 8, len - 9)
                   : alone && str_starts(template, "${in.")  ? xasprintf("input %.*s", (int)(len - 6), template + 5)
                                                             : xstrdup(name);
    char *from = say_text(before), *to = say_text(after);
    if (!template_is_told(say, template)) {
        struct diff_field *field = say_field(say, called, from, to);
        if (!str_starts(template, "${in.")) /* another address of what is linked */
            say_catalogue(say, field);
    }
    free(called);
    free(from);
    free(to);
}

static const char *file_template(const struct media_thing *entry, const char *path)
{
    for (size_t i = 0; entry && i < entry->file_count; i++)
        if (str_eq(entry->files[i].path, path))
            return entry->files[i].content;
    return NULL;
}

bool say_file_is_told(const struct say *say, const char *path)
{
    const char *template = file_template(entry_of(say->after), path);
    return !template || template_is_told(say, template);
}

/* The container's. */

static bool say_image(struct say *say, const struct leaf *leaf)
{
    char *from = say_text(leaf->before), *to = say_text(leaf->after);
    say_catalogue(say, say_field(say, "image", from, to));
    free(from);
    free(to);
    return true;
}

static bool say_arg(struct say *say, const struct leaf *leaf)
{
    const struct media_thing *entry = entry_of(say->after);
    if (say_is_told(say, "type"))
        return true;
    if (*leaf->rest != '[') {
        say_catalogue(say, say_path(say, "args", leaf->before, leaf->after));
        return true;
    }
    int index = (int)strtol(leaf->rest + 1, NULL, 10), count = 0;
    const cJSON *option = index ? cJSON_GetArrayItem(json_array(diff_container(say->after->deployment), "args"), index - 1) : NULL;
    while (entry && entry->args && entry->args[count])
        count++;
    char *name = cJSON_IsString(option) && option->valuestring[0] == '-' ? xasprintf("args %s", option->valuestring)
                                                                        : xasprintf("args[%d]", index);
    say_template(say, name, index < count ? entry->args[index] : "", leaf->before, leaf->after);
    free(name);
    return true;
}

static const cJSON *variable(const struct diff_state *state, const char *name)
{
    return diff_item(json_array(diff_container(state->deployment), "env"), name);
}

/* Its value, or where it comes from. */
static cJSON *variable_value(const cJSON *item)
{
    const cJSON *from = json_get(item, "valueFrom"), *key = json_get(from, "secretKeyRef");
    if (!item)
        return NULL;
    if (key) {
        char *text = xasprintf("Secret %s/%s", json_str_or(key, "name", "?"), json_str_or(key, "key", "?"));
        cJSON *value = cJSON_CreateString(text);
        free(text);
        return value;
    }
    return from ? cJSON_Duplicate(from, true) : cJSON_CreateString(json_str_or(item, "value", ""));
}

static const char *env_template(const struct media_thing *entry, const struct graph_thing *thing, const char *name)
{
    if (thing && (diff_item(json_array(thing->extra, "env"), name) || diff_item(json_array(thing->extra, "secrets"), name)))
        return NULL;
    for (size_t i = 0; entry && i < entry->env_count; i++)
        if (str_eq(entry->env[i].name, name))
            return entry->env[i].value;
    return NULL;
}

static const char *input_of(const struct media_thing *entry, const char *variable)
{
    for (size_t i = 0; entry && i < entry->input_count; i++)
        if (str_eq(entry->inputs[i].env, variable))
            return entry->inputs[i].name;
    return NULL;
}

static bool say_env(struct say *say, const struct leaf *leaf)
{
    const struct media_thing *entry = entry_of(say->after), *was = entry_of(say->before);
    char *called = xstrndup(leaf->rest, strcspn(leaf->rest, "."));
    cJSON *from = variable_value(variable(say->before, called)), *to = variable_value(variable(say->after, called));
    const char *input = input_of(entry, called), *template = env_template(entry, say->after->thing, called);
    char *name = input ? xasprintf("input %s", input) : xasprintf("env %s", called);
    char *in = input ? xasprintf("${in.%s}", input) : NULL;
    if (in)
        say_template(say, name, in, from, to);
    else if (template)
        say_template(say, name, template, from, to);
    else if (!(say_is_told(say, "type") && (input_of(was, called) || env_template(was, say->before->thing, called))))
        say_value(say, name, from, to);
    cJSON_Delete(from);
    cJSON_Delete(to);
    free(called);
    free(name);
    free(in);
    return true;
}

static bool is_gpu(const struct diff_state *state, const char *resource)
{
    return str_eq(resource, state->thing && state->thing->gpu_resource ? state->thing->gpu_resource : GPU_RESOURCE);
}

static void say_resource(struct say *say, bool limit, const char *resource, const cJSON *before, const cJSON *after)
{
    bool gpu = is_gpu(say->before, resource) || is_gpu(say->after, resource);
    char *name = gpu ? xstrdup("GPU") : xasprintf("%s %s", resource, limit ? "limit" : "request");
    if (!gpu || (!say_is_told(say, "GPU") && !say_is_told(say, "GPU resource")))
        say_value(say, name, before, after);
    free(name);
}

/* Each key of two maps, of which one may be missing. */
static void each_resource(struct say *say, bool limit, const cJSON *before, const cJSON *after)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, after) {
        const cJSON *was = json_get(before, item->string);
        if (!was || !json_equal(was, item))
            say_resource(say, limit, item->string, was, item);
    }
    cJSON_ArrayForEach(item, before)
        if (!json_get(after, item->string))
            say_resource(say, limit, item->string, item, NULL);
}

static bool say_resources(struct say *say, const struct leaf *leaf)
{
    bool limit = str_starts(leaf->rest, ".limits");
    if (str_eq(leaf->rest, ".limits") || str_eq(leaf->rest, ".requests")) {
        each_resource(say, limit, leaf->before, leaf->after);
        return true;
    }
    if (!limit && !str_starts(leaf->rest, ".requests"))
        return false;
    say_resource(say, limit, strchr(leaf->rest + 1, '.') + 1, leaf->before, leaf->after);
    return true;
}

static int port_of(const struct diff_state *state)
{
    const cJSON *ports = json_array(diff_container(state->deployment), "ports");
    return (int)json_int(ports ? ports->child : NULL, "containerPort", 0);
}

/* The probes and the service follow it. */
static bool say_port(struct say *say, const struct leaf *leaf)
{
    bool port = str_ends(leaf->rest, "ort"); /* port, containerPort, targetPort */
    int from = port_of(say->before), to = port_of(say->after);
    if (say_is_told(say, "type"))
        return true;
    if (port && from != to) {
        char old[16], new[16];
        snprintf(old, sizeof old, "%d", from);
        snprintf(new, sizeof new, "%d", to);
        say_catalogue(say, say_field(say, "port", old, new));
        return true;
    }
    return false;
}

const struct say_row say_container_rows[] = {
    {"", "image", say_image},
    {"", "args", say_arg},
    {"", "env.", say_env},
    {"", "resources", say_resources},
    {"", "ports", say_port},
    {"", "readinessProbe", say_port},
    {"", "livenessProbe", say_port},
    {"service.", "ports", say_port},
    {0},
};
