#include "graph/graph.h"

#include "base/text.h"
#include "graph/graph_read.h"

#include <ctype.h>

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    for (size_t i = 0; i < graph->thing_count; i++) {
        free(graph->things[i].params);
        free(graph->things[i].external_ports);
        cJSON_Delete(graph->things[i].extra);
    }
    free(graph->things);
    free(graph->links);
    map_release(&graph->by_name, NULL);
    yaml_doc_free(graph->doc);
    free(graph);
}

size_t graph_index(const struct graph *graph, const char *name)
{
    void *at = name ? map_get(&graph->by_name, name) : NULL;
    return at ? (size_t)(uintptr_t)at - 1 : SIZE_MAX;
}

struct graph_thing *graph_find(const struct graph *graph, const char *name)
{
    size_t i = graph_index(graph, name);
    return i == SIZE_MAX ? NULL : &graph->things[i];
}

static const char *find_value(const struct graph_param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(params[i].name, name))
            return params[i].value;
    return NULL;
}

const char *graph_own_param(const struct graph_thing *thing, const char *name)
{
    return find_value(thing->params, thing->param_count, name);
}

const char *graph_address(const struct graph_thing *thing, const char *port)
{
    return find_value(thing->external_ports, thing->external_count, port);
}

const char *graph_param(const struct graph_thing *thing, const char *name)
{
    const struct param_type_info *param = media_thing_param(thing->entry, name);
    const char *own = graph_own_param(thing, name);
    return own || !param ? own : param->fallback;
}

char *graph_legal_name(const char *text)
{
    char out[THING_NAME_MAX + 1];
    size_t n = 0;
    if (strstr(text, "://"))
        text = ""; /* no part of a URL, and of what may stand in it, becomes a name */
    for (; *text && n < THING_NAME_MAX; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80 && (isalpha(c) || (n && isdigit(c))))
            out[n++] = (char)tolower(c);
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    out[n] = '\0';
    return xstrdup(n ? out : "thing");
}

const char *graph_nearest(const struct graph *graph, const char *name)
{
    const char **names = xcalloc(graph->thing_count + 1, sizeof *names);
    for (size_t i = 0; i < graph->thing_count; i++)
        names[i] = graph->things[i].name;
    const char *nearest = text_nearest(name, names);
    free(names);
    return nearest;
}

/* "; its outputs are video and detections", or the nearest of them. */
static void other_ports(const struct port_type *ports, size_t count, const char *wrong, const char *kind, char *out,
                        size_t size)
{
    const char **names = xcalloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = ports[i].name;
    const char *nearest = text_nearest(wrong, names);
    struct buf text;
    buf_init(&text, size - 1);
    if (nearest)
        buf_addf(&text, "; did you mean '%s'?", nearest);
    else if (!count)
        buf_addf(&text, "; it has no %ss", kind);
    else
        for (size_t i = 0; i < count; i++)
            buf_addf(&text, "%s%s",
                     i == 0           ? count == 1 ? "; it has only " : "; it has "
                     : i + 1 == count ? " and "
                                      : ", ",
                     names[i]);
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
    free(names);
}

static int no_output(const struct graph_thing *from, const char *port, struct err *err)
{
    char others[256] = "";
    if (from->external)
        return err_set(err, "'%s' has no port '%s' under 'external'", SHOWN(from->name), SHOWN(port));
    if (media_thing_input(from->entry, port))
        return err_set(err, "'%s' is an input of '%s': a link goes from an output to an input", SHOWN(port),
                       SHOWN(from->name));
    other_ports(from->entry->outputs, from->entry->output_count, port, "output", others, sizeof others);
    return err_set(err, "'%s' has no output '%s'%s", SHOWN(from->name), SHOWN(port), others);
}

static int no_input(const struct graph_thing *to, const char *port, struct err *err)
{
    char others[256] = "";
    if (media_thing_output(to->entry, port))
        return err_set(err, "'%s' is an output of '%s': a link goes from an output to an input", SHOWN(port),
                       SHOWN(to->name));
    other_ports(to->entry->inputs, to->entry->input_count, port, "input", others, sizeof others);
    return err_set(err, "'%s' has no input '%s'%s", SHOWN(to->name), SHOWN(port), others);
}

int graph_ports_fit(const struct graph *graph, size_t from, const char *from_port, size_t to, const char *to_port,
                    struct err *err)
{
    if (from >= graph->thing_count || to >= graph->thing_count)
        return err_set(err, "a link needs a thing at both ends");
    const struct graph_thing *a = &graph->things[from], *b = &graph->things[to];
    if (b->external)
        return err_set(err, "'%s' is external: nothing here can tell it where to take its input from", SHOWN(b->name));
    if (!b->entry || (!a->entry && !a->external))
        return err_set(err, "the ports of '%s' are not known while its type is unknown",
                       SHOWN(b->entry ? a->name : b->name));
    const struct port_type *out = media_thing_output(a->entry, from_port);
    const struct port_type *in = media_thing_input(b->entry, to_port);
    if (a->external ? !graph_address(a, from_port) : !out)
        return no_output(a, from_port, err);
    if (!in)
        return no_input(b, to_port, err);
    if (out && !media_fits(out->media, in->media))
        return err_set(err, "'%s.%s' takes %s, not %s", SHOWN(b->name), SHOWN(to_port), SHOWN(in->media),
                       SHOWN(out->media));
    return 0;
}

int graph_link_allowed(const struct graph *graph, size_t from, const char *from_port, size_t to, const char *to_port,
                       struct err *err)
{
    if (graph_ports_fit(graph, from, from_port, to, to_port, err) < 0)
        return -1;
    int used = 0, max = media_thing_input(graph->things[to].entry, to_port)->max;
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *l = &graph->links[i];
        if (l->to != to || !str_eq(l->to_port, to_port))
            continue;
        if (l->from == from && str_eq(l->from_port, from_port))
            return err_set(err, "this link is there already");
        used++;
    }
    if (used >= max)
        return err_set(err, "'%s.%s' takes %d link%s at most", SHOWN(graph->things[to].name), SHOWN(to_port), max,
                       max == 1 ? "" : "s");
    return 0;
}
