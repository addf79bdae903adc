#include "app/commands.h"
#include "app/documents.h"

static int run(struct app *app)
{
    int status = app_catalogue(app);
    struct source_texts texts = {0};
    if (status == STATUS_DONE)
        status = documents_read(app, &texts);
    for (size_t i = 0; i < texts.count && status != STATUS_USAGE; i++) {
        size_t errors;
        struct graph *graph = documents_graph(app, &texts.items[i], stderr, true, &errors);
        if (errors)
            status = STATUS_FAULT;
        else if (graph)
            printf("%s: graph %s/%s is valid: %zu things, %zu links\n", texts.items[i].name, graph->ns, graph->name,
                   graph->thing_count, graph->link_count);
        graph_free(graph);
    }
    documents_release(&texts);
    return status;
}

const struct command command_validate = {
    .name = "validate",
    .args = "FILE",
    .summary = "every fault of a graph, with line and column",
    .help = "Checks a ServiceGraph against the catalogue and names every fault in one run, as FILE:LINE:COLUMN: SENTENCE.\n"
            "FILE may be a path, a directory of .yaml files, or '-' for standard input. No cluster is needed.\n"
            "Exits 1 when there are faults.",
    .options = OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
