#include "graph/catalogue_read.h"

#include "base/text.h"
#include "graph/files.h"
#include "graph/graph_read.h"
#include "graph/images.h"
#include "base/secret.h"

#define API_VERSION "patchbay.dev/v1"
#define NAME_MAX_LEN 63

static void read_class(const struct reader *r, const struct yaml_node *spec, struct media_thing *thing)
{
    static const struct {
        const char *word;
        enum thing_class class;
    } words[] = {
        {"MSensor", CLASS_MSENSOR},     {"MAnalyser", CLASS_MANALYSER}, {"MAnalyzer", CLASS_MANALYSER},
        {"MActuator", CLASS_MACTUATOR}, {"MStorage", CLASS_MSTORAGE},
    };
    static const char *const names[] = {"MSensor", "MAnalyser", "MActuator", "MStorage", NULL};
    const char *text = read_text(r, spec, "class", true);
    if (!text)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(text, words[i].word) == 0) {
            thing->class = words[i].class;
            return;
        }
    }
    read_fault(r, yaml_get(spec, "class"),
               "'%s' is no class of media things: MSensor, MAnalyser, MActuator or MStorage%s", SHOWN(text),
               DID_YOU_MEAN(text_nearest(text, names)));
}

static bool is_media(const char *s)
{
    const char *slash = strchr(s, '/');
    return slash && slash > s && slash[1] && !strchr(slash + 1, '/') && !strpbrk(s, " \t\r\n,;");
}

static void read_port_name(const struct reader *r, const struct yaml_node *node, const struct port_type *ports,
                           size_t count, struct port_type *port)
{
    const char *name = read_text(r, node, "name", true);
    if (!name)
        return;
    if (!is_label1123(name, 40))
        read_fault(r, yaml_get(node, "name"), "'%s' is no name for a port: lower case letters, digits and hyphens",
                   SHOWN(name));
    for (size_t i = 0; i < count; i++)
        if (str_eq(ports[i].name, name))
            read_fault(r, yaml_get(node, "name"), "there are two ports named '%s'", SHOWN(name));
    port->name = xstrdup_or_null(name);
}

/* What every pod is given anyway: src/graph/pod.c. */
static void check_not_ours(const struct reader *r, const struct yaml_node *at, const char *env)
{
    static const char *const ours[] = {"POD_IP", "POD_NAME", "PATCHBAY_GRAPH", "PATCHBAY_THING"};
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
        if (str_eq(env, ours[i]))
            read_fault(r, at, "%s is set for every thing: take another name", ours[i]);
}

static void read_input(const struct reader *r, const struct yaml_node *node, struct media_thing *thing,
                       struct port_type *port)
{
    static const char *const keys[] = {"name", "media", "env", "required", "max", NULL};
    read_keys(r, node, "an input", keys);
    read_port_name(r, node, thing->inputs, thing->input_count, port);
    port->env = xstrdup_or_null(read_text(r, node, "env", false));
    if (port->env && !is_env_name(port->env))
        read_fault(r, yaml_get(node, "env"), "'%s' is no name for an environment variable", SHOWN(port->env));
    check_not_ours(r, yaml_get(node, "env"), port->env);
    for (size_t i = 0; port->env && i < thing->input_count; i++)
        if (str_eq(thing->inputs[i].env, port->env))
            read_fault(r, yaml_get(node, "env"), "input '%s' uses the variable %s, too",
                       SHOWN(str_or_empty(thing->inputs[i].name)), SHOWN(port->env));
    read_bool(r, node, "required", &port->required);
    port->max = 1;
    read_int(r, node, "max", 1, 1000, &port->max);
}

static void read_output(const struct reader *r, const struct yaml_node *node, struct media_thing *thing,
                        struct port_type *port)
{
    static const char *const keys[] = {"name", "media", "path", NULL};
    read_keys(r, node, "an output", keys);
    read_port_name(r, node, thing->outputs, thing->output_count, port);
    port->path = xstrdup_or_null(read_text(r, node, "path", true));
    if (port->path && (port->path[0] != '/' || strpbrk(port->path, " \t\r\n")))
        read_fault(r, yaml_get(node, "path"), "the path '%s' must begin with '/' and have no spaces",
                   SHOWN(port->path));
    for (size_t i = 0; port->path && i < thing->output_count; i++)
        if (str_eq(thing->outputs[i].path, port->path))
            read_fault(r, yaml_get(node, "path"), "output '%s' has the path %s, too",
                       SHOWN(str_or_empty(thing->outputs[i].name)), SHOWN(port->path));
    if (port->media && strchr(port->media, '*'))
        read_fault(r, yaml_get(node, "media"), "an output has one media type, '%s' names many", SHOWN(port->media));
}

static void read_ports(const struct reader *r, const struct yaml_node *list, bool input, struct media_thing *thing)
{
    if (!read_list(r, list, input ? "inputs" : "outputs"))
        return;
    struct port_type **ports = input ? &thing->inputs : &thing->outputs;
    size_t *count = input ? &thing->input_count : &thing->output_count;
    *ports = xcalloc(list->count, sizeof **ports);
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        if (!read_map(r, n, input ? "an input" : "an output"))
            continue;
        struct port_type *port = &(*ports)[*count];
        port->media = xstrdup_or_null(read_text(r, n, "media", true));
        if (port->media && !is_media(port->media))
            read_fault(r, yaml_get(n, "media"), "'%s' is no media type such as video/mjpeg", SHOWN(port->media));
        if (input)
            read_input(r, n, thing, port);
        else
            read_output(r, n, thing, port);
        (*count)++;
    }
}

/* What ${…} may name. */
static bool is_known(const struct media_thing *thing, const char *name)
{
    if (strcmp(name, "thing") == 0 || strcmp(name, "graph") == 0)
        return true;
    if (str_starts(name, "param."))
        return media_thing_param(thing, name + 6) != NULL;
    return str_starts(name, "in.") && media_thing_input(thing, name + 3);
}

static const char *known_value(void *data, const char *name)
{
    return is_known(data, name) ? "" : NULL;
}

static void suggest_name(const struct media_thing *thing, const char *wrong, struct shown *out)
{
    size_t n = 0, count = thing->param_count + thing->input_count + 2;
    char **names = xcalloc(count + 1, sizeof *names);
    names[n++] = xstrdup("thing");
    names[n++] = xstrdup("graph");
    for (size_t i = 0; i < thing->param_count; i++)
        names[n++] = xasprintf("param.%s", str_or_empty(thing->params[i].name));
    for (size_t i = 0; i < thing->input_count; i++)
        names[n++] = xasprintf("in.%s", str_or_empty(thing->inputs[i].name));
    did_you_mean(out, text_nearest(wrong, (const char *const *)names));
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

void template_check(const struct reader *r, const struct yaml_node *node, const char *text, struct media_thing *thing)
{
    struct buf out;
    char *unknown = NULL;
    buf_init(&out, 1u << 24);
    if (template_expand(&out, text, known_value, thing, &unknown) < 0) {
        struct shown suggestion = {""};
        suggest_name(thing, unknown, &suggestion);
        read_fault(r, node,
                   "${%s} is nothing that can be filled in: ${param.NAME}, ${in.NAME}, ${thing} or ${graph} "
                   "(\"$${\" stands for \"${\")%s",
                   SHOWN(unknown), suggestion.text);
        free(unknown);
    }
    buf_release(&out);
}

static void read_args(const struct reader *r, const struct yaml_node *list, struct media_thing *thing)
{
    if (!read_list(r, list, "args"))
        return;
    thing->args = xcalloc(list->count + 1, sizeof *thing->args);
    size_t count = 0;
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        const char *text = read_scalar(r, n, "an argument");
        if (!text)
            continue;
        template_check(r, n, text, thing);
        thing->args[count++] = xstrdup_or_null(text);
    }
}

struct env_reading {
    const struct reader *r;
    struct media_thing *thing;
};

static void add_env(void *data, const char *name, const char *text, const struct yaml_node *at)
{
    struct env_reading *e = data;
    struct media_thing *thing = e->thing;
    check_not_ours(e->r, at, name);
    for (size_t i = 0; i < thing->env_count; i++)
        if (strcmp(thing->env[i].name, name) == 0)
            read_fault(e->r, at, "env names %s twice", SHOWN(name));
    for (size_t i = 0; i < thing->input_count; i++)
        if (str_eq(thing->inputs[i].env, name))
            read_fault(e->r, at, "%s is the variable of input '%s'", SHOWN(name),
                       SHOWN(str_or_empty(thing->inputs[i].name)));
    if (secret_name(name) && *text && !strstr(text, "${"))
        read_fault(e->r, at, "%s looks like a credential: name it under a thing's 'secrets', not in a catalogue",
                   SHOWN(name));
    template_check(e->r, at, text, thing);
    thing->env[thing->env_count++] = (struct env_var){xstrdup(name), xstrdup(text)};
}

static void read_metrics(const struct reader *r, const struct yaml_node *list, struct media_thing *thing)
{
    static const char *const keys[] = {"name", "of", "port", NULL};
    if (!read_list(r, list, "metrics"))
        return;
    thing->metrics = xcalloc(list->count, sizeof *thing->metrics);
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        if (!read_map(r, n, "a metric"))
            continue;
        read_keys(r, n, "a metric", keys);
        const char *name = read_text(r, n, "name", true), *of = read_text(r, n, "of", true);
        const char *port = read_text(r, n, "port", false);
        if (port && !media_thing_input(thing, port) && !media_thing_output(thing, port))
            read_fault(r, yaml_get(n, "port"), "there is no port '%s'", SHOWN(port));
        for (size_t i = 0; i < thing->metric_count; i++)
            if (str_eq(thing->metrics[i].of, of) && strcmp(str_or_empty(thing->metrics[i].port), str_or_empty(port)) == 0)
                read_fault(r, n, "two metrics say the %s of %s%s", SHOWN(of), port ? "port " : "the thing",
                           port ? SHOWN(port) : "");
        thing->metrics[thing->metric_count++] = (struct metric_name){xstrdup_or_null(name), xstrdup_or_null(of), xstrdup_or_null(port)};
    }
}

static char *read_probe(const struct reader *r, const struct yaml_node *probes, const char *key)
{
    const char *path = read_text(r, probes, key, false);
    if (path && path[0] != '/')
        read_fault(r, yaml_get(probes, key), "the path '%s' must begin with '/'", SHOWN(path));
    return xstrdup_or_null(path);
}

static void read_volume(const struct reader *r, const struct yaml_node *node, struct media_thing *thing)
{
    static const char *const keys[] = {"size", "path", NULL};
    if (!read_map(r, node, "storage"))
        return;
    read_keys(r, node, "storage", keys);
    const char *size = read_text(r, node, "size", true), *path = read_text(r, node, "path", false);
    if (size && !graph_legal_size(size))
        read_fault(r, yaml_get(node, "size"), "'%s' is no amount of storage such as 10Gi", SHOWN(size));
    if (path && !graph_legal_path(path))
        read_fault(r, yaml_get(node, "path"), "'%s' is no absolute path", SHOWN(path));
    thing->storage_size = xstrdup_or_null(size);
    thing->storage_path = xstrdup_or_null(path);
}

static void read_gpu_and_probes(const struct reader *r, const struct yaml_node *spec, struct media_thing *thing)
{
    static const char *const gpu_keys[] = {"count", "resource", NULL};
    static const char *const probe_keys[] = {"ready", "live", NULL};
    const struct yaml_node *gpu = yaml_get(spec, "gpu"), *probes = yaml_get(spec, "probes");
    const char *resource = NULL;
    if (read_map(r, gpu, "gpu")) {
        read_keys(r, gpu, "gpu", gpu_keys);
        read_int(r, gpu, "count", 0, 64, &thing->gpu_count);
        resource = read_text(r, gpu, "resource", false);
        if (resource && !is_resource_name(resource))
            read_fault(r, yaml_get(gpu, "resource"), "'%s' is no device resource such as nvidia.com/gpu",
                       SHOWN(resource));
    }
    thing->gpu_resource = xstrdup(resource ? resource : GPU_RESOURCE);
    if (read_map(r, probes, "probes")) {
        read_keys(r, probes, "probes", probe_keys);
        if (!yaml_get(spec, "port") && probes->count)
            read_warning(r, probes, "'port' is not said, so the probes ask port %d", thing->port);
        thing->ready_path = read_probe(r, probes, "ready");
        thing->live_path = read_probe(r, probes, "live");
    }
}

static void read_spec(const struct reader *r, const struct yaml_node *spec, struct media_thing *thing)
{
    static const char *const keys[] = {"class",  "title",   "defaultName", "image", "args",   "env",     "files", "port",
                                       "inputs", "outputs", "params",      "gpu",   "probes", "metrics", "storage", NULL};
    read_keys(r, spec, "spec", keys);
    read_class(r, spec, thing);
    const char *title = read_text(r, spec, "title", false);
    thing->title = xstrdup(title ? title : thing->name);
    thing->default_name = xstrdup_or_null(read_text(r, spec, "defaultName", false));
    if (thing->default_name && !text_is_label(thing->default_name, THING_NAME_MAX))
        read_fault(r, yaml_get(spec, "defaultName"),
                   "'%s' is no legal name for a thing: lower case letters, digits and hyphens, a letter first, at most "
                   "%d characters",
                   SHOWN(thing->default_name), THING_NAME_MAX);
    thing->image = xstrdup_or_null(read_text(r, spec, "image", true));
    if (thing->image && strpbrk(thing->image, " \t\r\n"))
        read_fault(r, yaml_get(spec, "image"), "'%s' is no image name: it holds a space", SHOWN(thing->image));
    thing->port = 8080;
    read_int(r, spec, "port", 1, 65535, &thing->port);
    read_ports(r, yaml_get(spec, "inputs"), true, thing);
    read_ports(r, yaml_get(spec, "outputs"), false, thing);
    params_read(r, yaml_get(spec, "params"), thing);
    read_gpu_and_probes(r, spec, thing);
    read_volume(r, yaml_get(spec, "storage"), thing);
    read_metrics(r, yaml_get(spec, "metrics"), thing);
    /* Last, for they name parameters and inputs. */
    read_args(r, yaml_get(spec, "args"), thing);
    const struct yaml_node *env = yaml_get(spec, "env");
    thing->env = xcalloc(env ? env->count : 0, sizeof *thing->env);
    read_env(r, env, add_env, &(struct env_reading){r, thing});
    files_read(r, yaml_get(spec, "files"), thing);
}

static void read_entry(struct catalogue *cat, const struct yaml_node *root, const struct reader *given,
                       struct map *seen)
{
    static const char *const keys[] = {"apiVersion", "kind", "metadata", "spec", NULL};
    static const char *const meta_keys[] = {"name", NULL};
    struct reader reader = *given, *r = &reader;
    size_t errors = r->faults->errors;
    if (root->type != YAML_MAP) {
        read_fault(r, root, "a catalogue entry is a map with apiVersion, kind, metadata and spec");
        return;
    }
    const char *api = read_text(r, root, "apiVersion", true), *kind = read_text(r, root, "kind", true);
    if (api && strcmp(api, API_VERSION) != 0)
        read_fault(r, yaml_get(root, "apiVersion"), "the apiVersion must be " API_VERSION ", not '%s'", SHOWN(api));
    if (str_eq(kind, "Images")) {
        images_read(cat, root, r);
        return;
    }
    if (kind && strcmp(kind, "MediaThing") != 0) {
        read_fault(r, yaml_get(root, "kind"), "a catalogue holds documents of kind MediaThing and Images, not '%s'", SHOWN(kind));
        return;
    }
    read_keys(r, root, "a MediaThing", keys);
    const struct yaml_node *meta = yaml_get(root, "metadata"), *spec = yaml_get(root, "spec");
    const char *name = NULL;
    if (read_map(r, meta, "metadata")) {
        read_keys(r, meta, "metadata", meta_keys);
        name = read_text(r, meta, "name", true);
        if (name && !text_is_label(name, NAME_MAX_LEN))
            read_fault(r, yaml_get(meta, "name"),
                       "'%s' is no legal name: lower case letters, digits and hyphens, a "
                       "letter first, at most %d characters",
                       SHOWN(name), NAME_MAX_LEN);
        if (name && map_put(seen, name, seen))
            read_fault(r, yaml_get(meta, "name"), "this file has two entries named '%s'", SHOWN(name));
    } else if (!meta || yaml_is_null(meta)) {
        read_fault(r, meta ? meta : root, "'metadata' with a 'name' is missing");
    }
    struct media_thing *thing = xcalloc(1, sizeof *thing);
    thing->name = xstrdup(str_or_empty(name));
    thing->origin = xstrdup_or_null(r->file);
    if (read_map(r, spec, "spec"))
        read_spec(r, spec, thing);
    else if (!spec || yaml_is_null(spec))
        read_fault(r, spec ? spec : root, "'spec' is missing");
    /* A broken entry is left out whole; what an earlier catalogue said of that name stays. */
    if (r->faults->errors != errors) {
        media_thing_free(thing);
    } else {
        images_apply(cat, thing);
        media_thing_free(map_put(&cat->things, thing->name, thing));
    }
}

void catalogue_read(struct catalogue *cat, const char *text, size_t len, const char *origin, struct faults *faults)
{
    struct reader r = {.file = origin, .faults = faults};
    struct map seen = MAP_INIT;
    struct yaml_fault fault;
    struct yaml_doc *docs = yaml_parse(text, len, &fault);
    if (!docs && err_is_set(&fault.why))
        faults_add(faults, origin, fault.line, fault.column, false, NULL, "%s", fault.why.text);
    for (const struct yaml_doc *doc = docs; doc; doc = doc->next)
        if (doc->root)
            read_entry(cat, doc->root, &r, &seen);
    map_release(&seen, NULL);
    yaml_doc_free(docs);
}
