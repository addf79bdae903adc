#include "graph/catalogue_read.h"

#include "base/text.h"

#define UNIT_WIDTH 20

static void read_choices(const struct reader *r, const struct yaml_node *node, struct param_type_info *param)
{
    const struct yaml_node *list = yaml_get(node, "choices");
    bool wanted = param->type == PARAM_CHOICE;
    if (!read_list(r, list, "choices") || !list->count) {
        if (wanted)
            read_fault(r, list ? list : node, "a parameter of type choice must list its 'choices'");
        return;
    }
    if (!wanted)
        read_fault(r, list, "only a parameter of type choice has 'choices'");
    param->choices = xcalloc(list->count + 1, sizeof *param->choices);
    size_t n = 0;
    for (const struct yaml_node *c = list->child; c; c = c->next) {
        const char *text = read_scalar(r, c, "a choice");
        if (!text)
            continue;
        for (size_t i = 0; i < n; i++)
            if (strcmp(param->choices[i], text) == 0)
                read_fault(r, c, "the choice '%s' is there twice", SHOWN(text));
        param->choices[n++] = xstrdup(text);
    }
}

static void read_limit(const struct reader *r, const struct yaml_node *node, const char *key,
                       const struct param_type_info *param, bool *has, double *out)
{
    const struct yaml_node *at = yaml_get(node, key);
    const char *text = read_scalar(r, at, key);
    int64_t whole;
    if (!text)
        return;
    if (param->type != PARAM_NUMBER && param->type != PARAM_INTEGER)
        read_fault(r, at, "only a number has a '%s'", key);
    else if (!text_number(text, out) || *out - *out != 0)
        read_fault(r, at, "'%s' must be a number, not '%s'", key, SHOWN(text));
    else if (param->type == PARAM_INTEGER && !text_int(text, &whole))
        read_fault(r, at, "the parameter is a whole number, so its '%s' cannot be '%s'", key, SHOWN(text));
    else
        *has = true;
}

static void read_fallback(const struct reader *r, const struct yaml_node *node, struct param_type_info *param)
{
    const struct yaml_node *at = yaml_get(node, "default");
    const char *text = read_scalar(r, at, "default");
    if (!text)
        return;
    struct err err = ERR_INIT;
    if (param->required)
        read_fault(r, at, "the parameter is required, so its default would never be used: leave out one of the two");
    bool checkable = param->type != PARAM_CHOICE || param->choices; /* else that was said */
    if (checkable && param_check(param, text, &err) < 0)
        read_fault(r, at, "the default '%s' %s", SHOWN(text), err.text);
    param->fallback = xstrdup_or_null(text);
}

/* A word or two behind the number, so no line of its own and nothing that must be cut. */
static void read_unit(const struct reader *r, const struct yaml_node *node, struct param_type_info *param)
{
    const struct yaml_node *at = yaml_get(node, "unit");
    const char *text = read_text(r, node, "unit", false);
    if (!text)
        return;
    if (param->type != PARAM_NUMBER && param->type != PARAM_INTEGER)
        read_fault(r, at, "only a number has a 'unit'");
    else if (text_width(text) > UNIT_WIDTH || strpbrk(text, "\t\r\n"))
        read_fault(r, at, "the unit '%s' is too long: a word such as seconds or MiB, at most %d characters", SHOWN(text),
                   UNIT_WIDTH);
    param->unit = xstrdup(text);
}

static void read_param(const struct reader *r, const struct yaml_node *node, struct media_thing *thing)
{
    static const char *const keys[] = {"name", "type", "min", "max", "unit",
                                       "default", "choices", "required", "help", NULL};
    static const char *const types[] = {
        [PARAM_STRING] = "string",   [PARAM_NUMBER] = "number", [PARAM_INTEGER] = "integer",
        [PARAM_BOOLEAN] = "boolean", [PARAM_CHOICE] = "choice", NULL};
    struct param_type_info *param = &thing->params[thing->param_count];
    read_keys(r, node, "a parameter", keys);
    const char *name = read_text(r, node, "name", true);
    if (name && !is_env_name(name) && !is_label1123(name, 63))
        read_fault(r, yaml_get(node, "name"), "'%s' is no name for a parameter: letters, digits, '_' and '-'",
                   SHOWN(name));
    if (media_thing_param(thing, name))
        read_fault(r, yaml_get(node, "name"), "there are two parameters named '%s'", SHOWN(name));
    const char *type = read_text(r, node, "type", false);
    if (type) {
        size_t i = 0;
        while (types[i] && strcmp(types[i], type) != 0)
            i++;
        if (types[i])
            param->type = (enum param_type)i;
        else
            read_fault(r, yaml_get(node, "type"), "'%s' is no type: string, number, integer, boolean or choice%s",
                       SHOWN(type), DID_YOU_MEAN(text_nearest(type, types)));
    }
    param->help = xstrdup_or_null(read_text(r, node, "help", false));
    read_bool(r, node, "required", &param->required);
    read_limit(r, node, "min", param, &param->has_min, &param->min);
    read_limit(r, node, "max", param, &param->has_max, &param->max);
    if (param->has_min && param->has_max && param->min > param->max)
        read_fault(r, yaml_get(node, "min"), "the minimum %.15g is above the maximum %.15g", param->min, param->max);
    read_unit(r, node, param);
    read_choices(r, node, param);
    read_fallback(r, node, param);
    param->name = xstrdup_or_null(name);
    thing->param_count++;
}

void params_read(const struct reader *r, const struct yaml_node *list, struct media_thing *thing)
{
    if (!read_list(r, list, "params"))
        return;
    thing->params = xcalloc(list->count, sizeof *thing->params);
    for (const struct yaml_node *n = list->child; n; n = n->next)
        if (read_map(r, n, "a parameter"))
            read_param(r, n, thing);
}
