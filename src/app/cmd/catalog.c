#include "app/commands.h"
#include "app/entries.h"
#include "app/table.h"
#include "base/file.h"
#include "base/text.h"
#include "graph/plan.h"

static int check(const char *path)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    if (file_read(path, &text, &err) < 0) {
        buf_release(&text);
        return app_fail(STATUS_USAGE, &err);
    }
    struct catalogue cat = {.things = MAP_INIT};
    struct faults faults = {0};
    catalogue_read(&cat, text.data, text.len, path, &faults);
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        fprintf(stderr, "%s:%d:%d: %s%s\n", faults.items[i].file, faults.items[i].line, faults.items[i].column,
                faults.items[i].warning ? "warning: " : "", faults.items[i].text);
    int status = faults.errors ? STATUS_FAULT : STATUS_DONE;
    if (status == STATUS_DONE)
        printf("%s: %zu media things, no fault\n", path, cat.things.count);
    faults_release(&faults);
    catalogue_release(&cat);
    buf_release(&text);
    return status;
}

static void print_ports(const char *title, const struct port_type *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%-11s%s  %s%s%s%s\n", i ? "" : title, ports[i].name, ports[i].media,
               ports[i].required ? "  required" : "", ports[i].path ? "  " : "", str_or_empty(ports[i].path));
}

static const char *const type_names[] = {
    [PARAM_STRING] = "string", [PARAM_NUMBER] = "number", [PARAM_INTEGER] = "integer", [PARAM_BOOLEAN] = "boolean",
    [PARAM_CHOICE] = "choice",
};

static int describe(const struct app *app, const char *type)
{
    const struct media_thing *thing = catalogue_find(&app->catalogue, type);
    if (!thing) {
        const char **names = xcalloc(app->catalogue.things.count + 1, sizeof *names);
        size_t n = 0;
        for (struct map_entry *e = map_first(&app->catalogue.things); e; e = map_next(&app->catalogue.things, e))
            names[n++] = e->key;
        const char *near = text_nearest(type, names);
        int status = near ? app_failf(STATUS_USAGE, "there is no media thing '%s'; did you mean '%s'?", type, near)
                          : app_failf(STATUS_USAGE, "there is no media thing '%s'; 'patchbay catalog' lists them", type);
        free(names);
        return status;
    }
    printf("%-11s%s\n%-11s%s\n%-11s%s\n%-11s%s\n", "name", thing->name, "title", thing->title, "class",
           thing_class_name(thing->class), "image", thing->image);
    print_ports("inputs", thing->inputs, thing->input_count);
    print_ports("outputs", thing->outputs, thing->output_count);
    for (size_t i = 0; i < thing->param_count; i++) {
        const struct param_type_info *p = &thing->params[i];
        printf("%-11s%s  %s", i ? "" : "params", p->name, type_names[p->type]);
        if (p->has_min && p->has_max)
            printf(" %g..%g", p->min, p->max);
        if (p->unit)
            printf(" %s", p->unit);
        if (p->fallback)
            printf(", default %s", p->fallback);
        printf("%s%s\n", p->help ? "  " : "", str_or_empty(p->help));
    }
    for (size_t i = 0; i < thing->file_count; i++)
        printf("%-11s%s\n", i ? "" : "files", thing->files[i].path);
    if (thing->storage_size)
        printf("%-11s%s\n", "storage", thing->storage_size);
    if (thing->gpu_count)
        printf("%-11s%d × %s\n", "gpu", thing->gpu_count, thing->gpu_resource);
    printf("%-11s%s\n", "from", thing->origin);
    return STATUS_DONE;
}

static void join(struct buf *out, const struct port_type *ports, size_t count)
{
    buf_reset(out);
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%s", i ? "," : "", ports[i].name);
}

static int list(struct app *app)
{
    static const struct table_column columns[] = {{"NAME"}, {"CLASS"}, {"TITLE"}, {"INPUTS"}, {"OUTPUTS"},
                                                  {"GPU", .number = true}, {"IMAGE", .wide = true}, {"FROM", .wide = true}};
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "mediathing");
    struct buf inputs, outputs;
    buf_init(&inputs, 4096);
    buf_init(&outputs, 4096);
    for (int class = CLASS_MSENSOR; class <= CLASS_MSTORAGE; class++)
        for (struct map_entry *e = map_first(&app->catalogue.things); e; e = map_next(&app->catalogue.things, e)) {
            const struct media_thing *thing = e->value;
            if ((int)thing->class != class)
                continue;
            join(&inputs, thing->inputs, thing->input_count);
            join(&outputs, thing->outputs, thing->output_count);
            table_row(table, thing->name);
            table_cell(table, "%s", thing->name);
            table_cell(table, "%s", thing_class_name(thing->class));
            table_cell(table, "%s", str_or_empty(thing->title));
            table_cell(table, "%s", inputs.data);
            table_cell(table, "%s", outputs.data);
            table_cell(table, "%d", thing->gpu_count);
            table_cell(table, "%s", thing->image);
            table_cell(table, "%s", thing->origin);
        }
    table_finish(table, format, true);
    buf_release(&inputs);
    buf_release(&outputs);
    return STATUS_DONE;
}

static int run(struct app *app)
{
    if (options_has(app->options, OPT_CHECK))
        return check(app->options->values[OPT_CHECK]);
    int status = app_catalogue(app);
    /* No cluster is needed to look a thing up, so it is asked only where one is named. */
    if (status == STATUS_DONE && (app->options->given & OPTS_CLUSTER)) {
        status = app_connect(app);
        if (status == STATUS_DONE)
            status = entries_of_cluster(app);
    }
    if (status != STATUS_DONE)
        return status;
    return app->options->arg_count ? describe(app, app->options->args[0]) : list(app);
}

const struct command command_catalog = {
    .name = "catalog",
    .alias = "catalogue",
    .args = "[TYPE]",
    .summary = "the media things that can be placed; the faults of a catalogue file",
    .help = "Lists the catalogue, or says all about one media thing. Entries of $XDG_CONFIG_HOME/patchbay/catalog stand\n"
            "over the ones that came with patchbay, and over both, where a cluster is named (--context, --edge …), what it keeps in\n"
            "ConfigMaps labelled " PLAN_LABEL_KIND "=catalog.\n"
            "\n"
            "  patchbay catalog people-detector\n"
            "  patchbay catalog --check my-things.yaml",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT) | OPT(OPT_CHECK),
    .max_args = 1,
    .run = run,
};
