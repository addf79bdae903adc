#include "app/commands.h"
#include "app/documents.h"
#include "graph/plan.h"

static int run(struct app *app)
{
    int status = app_catalogue(app);
    struct source_texts texts = {0};
    if (status == STATUS_DONE)
        status = documents_read(app, &texts);
    for (size_t i = 0; i < texts.count && status == STATUS_DONE; i++) {
        const struct source_text *text = &texts.items[i];
        size_t errors;
        struct err err = ERR_INIT;
        struct graph *graph = documents_graph(app, text, stderr, false, &errors);
        struct plan *plan = graph ? plan_make(graph, text->text.data, text->text.len, &err) : NULL;
        if (plan) {
            struct buf out;
            buf_init(&out, 64u << 20);
            buf_adds(&out, i ? "---\n" : "");
            plan_render(plan, &out);
            app_print(&out);
        } else {
            status = errors ? STATUS_FAULT : app_fail(STATUS_FAULT, &err);
        }
        plan_free(plan);
        graph_free(graph);
    }
    documents_release(&texts);
    return status;
}

const struct command command_render = {
    .name = "render",
    .args = "FILE",
    .summary = "the manifests of a graph, as kubectl would take them",
    .help = "Prints the Kubernetes objects that a graph becomes: Deployments, Services and the graph's ConfigMap. The same\n"
            "file gives the same bytes.\n"
            "\n"
            "  patchbay render lobby.yaml | kubectl apply --server-side -f -",
    .options = OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
