#include "graph/catalogue.h"

#include <strings.h>

#include "base/text.h"
#include "graph/catalogue_read.h"
#include "graph/files.h"
#include "graph/images.h"

static const char *const class_names[] = {
    [CLASS_MSENSOR] = "MSensor",
    [CLASS_MANALYSER] = "MAnalyser",
    [CLASS_MACTUATOR] = "MActuator",
    [CLASS_MSTORAGE] = "MStorage",
};

const char *thing_class_name(enum thing_class class)
{
    return class_names[class];
}

static void ports_free(struct port_type *ports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(ports[i].name);
        free(ports[i].media);
        free(ports[i].env);
        free(ports[i].path);
    }
    free(ports);
}

static void words_free(char **words)
{
    for (char **w = words; w && *w; w++)
        free(*w);
    free(words);
}

void media_thing_free(struct media_thing *thing)
{
    if (!thing)
        return;
    free(thing->name);
    free(thing->title);
    free(thing->image);
    free(thing->default_name);
    words_free(thing->args);
    for (size_t i = 0; i < thing->env_count; i++) {
        free(thing->env[i].name);
        free(thing->env[i].value);
    }
    free(thing->env);
    files_release(thing);
    ports_free(thing->inputs, thing->input_count);
    ports_free(thing->outputs, thing->output_count);
    for (size_t i = 0; i < thing->param_count; i++) {
        free(thing->params[i].name);
        free(thing->params[i].help);
        free(thing->params[i].fallback);
        free(thing->params[i].unit);
        words_free(thing->params[i].choices);
    }
    free(thing->params);
    free(thing->gpu_resource);
    free(thing->storage_size);
    free(thing->storage_path);
    free(thing->ready_path);
    free(thing->live_path);
    for (size_t i = 0; i < thing->metric_count; i++) {
        free(thing->metrics[i].name);
        free(thing->metrics[i].of);
        free(thing->metrics[i].port);
    }
    free(thing->metrics);
    free(thing->origin);
    free(thing);
}

static void free_value(void *thing)
{
    media_thing_free(thing);
}

void catalogue_release(struct catalogue *cat)
{
    map_release(&cat->things, free_value);
    images_release(cat);
}

const struct media_thing *catalogue_find(const struct catalogue *cat, const char *type)
{
    return cat && type ? map_get(&cat->things, type) : NULL;
}

const char *catalogue_nearest(const struct catalogue *cat, const char *type)
{
    if (!cat || !cat->things.count)
        return NULL;
    const char **names = xreallocarray(NULL, cat->things.count + 1, sizeof *names);
    size_t n = 0;
    for (struct map_entry *e = map_first(&cat->things); e; e = map_next(&cat->things, e))
        names[n++] = e->key;
    names[n] = NULL;
    const char *nearest = text_nearest(type, names);
    free(names);
    return nearest;
}

static const struct port_type *find_port(const struct port_type *ports, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(ports[i].name, name))
            return &ports[i];
    return NULL;
}

const struct port_type *media_thing_input(const struct media_thing *thing, const char *port)
{
    return thing ? find_port(thing->inputs, thing->input_count, port) : NULL;
}

const struct port_type *media_thing_output(const struct media_thing *thing, const char *port)
{
    return thing ? find_port(thing->outputs, thing->output_count, port) : NULL;
}

const struct param_type_info *media_thing_param(const struct media_thing *thing, const char *param)
{
    for (size_t i = 0; thing && i < thing->param_count; i++)
        if (str_eq(thing->params[i].name, param))
            return &thing->params[i];
    return NULL;
}

bool media_fits(const char *from, const char *to)
{
    size_t n = strlen(to);
    if (n >= 2 && strcmp(to + n - 2, "/*") == 0)
        return strcmp(to, "*/*") == 0 || strncasecmp(from, to, n - 1) == 0;
    return strcasecmp(from, to) == 0;
}

void param_describe(const struct param_type_info *param, char *out, size_t size)
{
    struct buf text;
    buf_init(&text, size ? size - 1 : 0);
    switch (param->type) {
    case PARAM_STRING:
        buf_adds(&text, "a text");
        break;
    case PARAM_BOOLEAN:
        buf_adds(&text, "true or false");
        break;
    case PARAM_CHOICE:
        buf_adds(&text, "one of ");
        for (char **c = param->choices; c && *c; c++)
            buf_addf(&text, "%s'%s'", c == param->choices ? "" : ", ", *c);
        break;
    case PARAM_NUMBER:
    case PARAM_INTEGER:
        buf_adds(&text, param->type == PARAM_INTEGER ? "a whole number" : "a number");
        if (param->has_min && param->has_max)
            buf_addf(&text, " from %.15g to %.15g", param->min, param->max);
        else if (param->has_min || param->has_max)
            buf_addf(&text, " of %.15g", param->has_min ? param->min : param->max);
        if (param->unit)
            buf_addf(&text, "%s %s", param->has_min || param->has_max ? "" : " of", param->unit);
        if (param->has_min != param->has_max)
            buf_adds(&text, param->has_min ? " or more" : " or less");
        break;
    }
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

static bool is_choice(const struct param_type_info *param, const char *text)
{
    for (char **c = param->choices; c && *c; c++)
        if (strcmp(*c, text) == 0)
            return true;
    return false;
}

static bool is_value(const struct param_type_info *param, const char *text)
{
    double number = 0;
    int64_t whole;
    switch (param->type) {
    case PARAM_STRING:
        return true;
    case PARAM_BOOLEAN:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case PARAM_CHOICE:
        return is_choice(param, text);
    case PARAM_INTEGER:
        if (!text_int(text, &whole))
            return false;
        number = (double)whole;
        break;
    case PARAM_NUMBER:
        if (!text_number(text, &number) || number != number || number - number != 0)
            return false;
        break;
    }
    return (!param->has_min || number >= param->min) && (!param->has_max || number <= param->max);
}

int param_check(const struct param_type_info *param, const char *text, struct err *err)
{
    if (is_value(param, text))
        return 0;
    char expected[512];
    param_describe(param, expected, sizeof expected);
    return err_set(err, "is not %s", expected);
}

int template_expand(struct buf *out, const char *text, template_fn value, void *data, char **unknown)
{
    int rc = 0;
    for (const char *mark; (mark = strstr(text, "${"));) {
        if (mark > text && mark[-1] == '$') { /* "$${" */
            buf_add(out, text, (size_t)(mark - 1 - text));
            buf_adds(out, "${");
            text = mark + 2;
            continue;
        }
        buf_add(out, text, (size_t)(mark - text));
        const char *end = strchr(mark, '}');
        char *name = end ? xstrndup(mark + 2, (size_t)(end - mark - 2)) : xstrdup(mark + 2);
        const char *with = end ? value(data, name) : NULL;
        if (with) {
            buf_adds(out, with);
        } else if (rc == 0) {
            rc = -1;
            if (unknown) {
                *unknown = name;
                name = NULL;
            }
        }
        free(name);
        text = end ? end + 1 : mark + strlen(mark);
    }
    buf_adds(out, text);
    return rc;
}
