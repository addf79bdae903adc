#include "ops/place.h"
#include "ui/review.h"

#define PENDING_MAX 8 /* things that are named; how many more there are is said */

static void add(struct review *review, enum role role, char *text)
{
    review_add_wrapped(&review->lines, role, text);
    free(text);
}

static bool asks_for_gpus(const struct graph *graph)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        if (!graph->things[i].external && graph->things[i].gpu_count > 0 && graph->things[i].replicas > 0)
            return true;
    return false;
}

static void add_gpu(struct review *review, const struct place_gpu *gpu)
{
    choice_lines_add(&review->lines, place_gpu_short(gpu) ? ROLE_WARNING : ROLE_NORMAL,
                     "  %s: the graph asks for %" PRId64 " and holds %" PRId64 "; %" PRId64 " of %" PRId64 " are free%s",
                     str_eq(gpu->resource, GPU_RESOURCE) ? "GPUs" : gpu->resource, gpu->asked, gpu->held, gpu->free, gpu->allocatable,
                     gpu->simulated ? " (simulated)" : "");
}

void review_placement(struct review *review, const struct model *model, const struct graph *graph)
{
    const char *why = model_unseen(model);
    if (why) {
        if (*why && asks_for_gpus(graph))
            add(review, ROLE_WARNING, xasprintf("  whether its GPUs are free is not known: %s", why));
        return;
    }
    struct place place;
    size_t pending = 0, all = 0;
    place_make(&place, graph, model_store(model, SOURCE_NODES), model_store(model, SOURCE_PODS));
    for (size_t i = 0; i < place.gpu_count; i++)
        add_gpu(review, &place.gpus[i]);
    for (size_t i = 0; i < place.thing_count; i++)
        all += place.things[i].fits < place.things[i].wanted;
    if (all > 1)
        add(review, ROLE_WARNING, xasprintf("! %zu things would stay Pending:", all));
    for (size_t i = 0; i < place.thing_count; i++) {
        char words[400];
        place_pending_words(words, sizeof words, &place.things[i]);
        if (*words && pending++ < PENDING_MAX)
            add(review, ROLE_WARNING, xasprintf("! %s: %s", graph->things[i].name, words));
    }
    if (pending > PENDING_MAX)
        add(review, ROLE_WARNING, xasprintf("! and %zu more", pending - PENDING_MAX));
    place_release(&place);
}
