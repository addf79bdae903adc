#include "ui/view/graph_view.h"

#include "base/text.h"

/* Where the things could run on the cluster as it is now, as `patchbay place` says it. */

#define BAR_CELLS 16 /* at most; more GPUs share cells */
#define GLYPH_ASKED 0x25ae /* ▮ */
#define GLYPH_FREE 0x25af  /* ▯ */
#define GLYPH_TAKEN 0x00d7 /* × */

void graph_place_forget(struct graph_view *view)
{
    place_release(&view->place);
    view->placed = false;
}

void graph_place_sync(struct graph_view *view)
{
    bool known = !model_unseen(view->model);
    if (view->placed && !known)
        graph_place_forget(view);
    if (view->placed || !known)
        return;
    place_make(&view->place, document_graph(view->model->document), model_store(view->model, SOURCE_NODES),
               model_store(view->model, SOURCE_PODS));
    view->placed = true;
}

/* NULL: not known, or it is never placed. */
static const struct place_thing *placed(const struct graph_view *view, size_t thing)
{
    const struct graph_thing *it = &view->graph->things[thing];
    return view->placed && thing < view->place.thing_count && it->entry && !it->external ? &view->place.things[thing]
                                                                                        : NULL;
}

static bool on_a_node(const struct graph_view *view, size_t thing)
{
    const struct pod *pod = graph_view_live(view, thing)->pod;
    return pod && pod->node;
}

/* The longest of the texts that fits; the last one is cut. */
static void fitting(char *out, size_t size, int room, char texts[][128], size_t count)
{
    size_t i = 0;
    while (i + 1 < count && text_width(texts[i]) > room)
        i++;
    if (text_width(texts[i]) > room && room > 0)
        snprintf(out, size, "%.*s…", (int)MIN(text_clip(texts[i], room - 1), size - 4), texts[i]);
    else
        snprintf(out, size, "%s", texts[i]);
}

enum role graph_place_note(const struct graph_view *view, size_t thing, int room, char *out, size_t size)
{
    const struct place_thing *at = placed(view, thing);
    char texts[4][128], nodes[100];
    size_t count = 0;
    *out = '\0';
    if (at && at->fits < at->wanted) {
        int missing = at->wanted - at->fits;
        const struct live_thing *live = graph_view_live(view, thing);
        bool would = !(live && live->pod && !live->pod->node); /* else it does */
        if (would && at->wanted > 1)
            snprintf(texts[count++], sizeof *texts, "%d of %d would stay Pending", missing, at->wanted);
        else if (would)
            snprintf(texts[count++], sizeof *texts, "would stay Pending");
        if (at->wanted > 1)
            snprintf(texts[count++], sizeof *texts, "%d of %d stay Pending", missing, at->wanted);
        snprintf(texts[count++], sizeof *texts, at->wanted > 1 ? "%d/%d Pending" : "stays Pending", missing, at->wanted);
        fitting(out, size, room, texts, count);
        return ROLE_WARNING;
    }
    if (!at || !at->node_count || on_a_node(view, thing))
        return ROLE_NORMAL;
    place_nodes_words(nodes, sizeof nodes, at, 2);
    snprintf(texts[count++], sizeof *texts, "→ %s", nodes);
    if (at->node_count > 1) {
        snprintf(texts[count++], sizeof *texts, "→ %.60s +%zu", at->nodes[0]->r.name, at->node_count - 1);
        snprintf(texts[count++], sizeof *texts, "→ %zu nodes", at->node_count);
    }
    fitting(out, size, room, texts, count);
    return ROLE_DIM;
}

enum role graph_place_fact(const struct graph_view *view, size_t thing, char *out, size_t size)
{
    const struct place_thing *at = placed(view, thing);
    const struct graph_thing *it = &view->graph->things[thing];
    const char *why = model_unseen(view->model);
    *out = '\0';
    if (why && *why && it->entry && graph_view_own(view, thing) && !on_a_node(view, thing))
        snprintf(out, size, "not known: %s", why);
    if (!at)
        return ROLE_DIM;
    place_pending_words(out, size, at);
    if (*out)
        return ROLE_WARNING;
    if (!on_a_node(view, thing))
        place_nodes_words(out, size, at, 12);
    return ROLE_NORMAL;
}

void graph_place_words(const struct graph_view *view, size_t thing, char *out, size_t size, enum role *role)
{
    const struct pod *pod = graph_view_live(view, thing)->pod;
    char text[600];
    size_t len = strlen(out);
    if (pod && !pod->node) /* the scheduler itself has said it */
        return;
    enum role of = graph_place_fact(view, thing, text, sizeof text);
    if (!*text)
        return;
    snprintf(out + len, size - len, "; %s%s", of == ROLE_WARNING ? "" : of == ROLE_DIM ? "where it could run is " : "could run on ",
             text);
    if (of == ROLE_WARNING && *role != ROLE_BAD)
        *role = of;
}

/* The one that is short, else the first that the graph does not hold yet. */
static const struct place_gpu *gpu_asked(const struct graph_view *view)
{
    const struct place_gpu *asked = NULL;
    for (size_t i = 0; i < view->place.gpu_count; i++) {
        const struct place_gpu *gpu = &view->place.gpus[i];
        if (gpu->asked > gpu->held && (!asked || (place_gpu_short(gpu) && !place_gpu_short(asked))))
            asked = gpu;
    }
    return asked;
}

bool graph_place_has_bar(const struct graph_view *view)
{
    return gpu_asked(view);
}

/* A cell a GPU: those of others, those that the graph holds and asks for, those that stay free. */
static int draw_cells(struct area area, int x, const struct place_gpu *gpu, enum role role)
{
    int64_t all = MAX(gpu->allocatable, 1), cells = MIN(all, BAR_CELLS);
    int64_t taken = MIN(MAX(gpu->allocatable - gpu->free - gpu->held, 0), all), ours = MIN(taken + gpu->asked, all);
    int64_t from = taken * cells / all, to = MAX((ours * cells + all - 1) / all, from);
    for (int64_t i = 0; i < cells && gpu->allocatable > 0; i++)
        draw_char(area, x++, 0, i < from ? ROLE_DIM : i < to ? role : ROLE_NORMAL, 0,
                  i < from ? GLYPH_TAKEN : i < to ? GLYPH_ASKED : GLYPH_FREE);
    return x;
}

void graph_place_bar(const struct graph_view *view, struct area area)
{
    const struct place_gpu *gpu = gpu_asked(view);
    char words[200], label[80];
    if (!gpu)
        return;
    enum role role = place_gpu_short(gpu) ? ROLE_WARNING : ROLE_GOOD;
    place_gpu_words(words, sizeof words, gpu);
    snprintf(label, sizeof label, " %.60s ", str_eq(gpu->resource, GPU_RESOURCE) ? "GPU" : gpu->resource);
    int cells = (int)MIN(gpu->allocatable, BAR_CELLS), width = text_width(label) + cells + 1 + text_width(words) + 1;
    if (width > area.w)
        return;
    int x = draw_text(area, area.w - width, 0, ROLE_NORMAL, 0, label);
    x = draw_cells(area, x, gpu, role);
    x = draw_text(area, x, 0, ROLE_NORMAL, 0, " ");
    x = draw_text(area, x, 0, role == ROLE_WARNING ? role : ROLE_NORMAL, 0, words);
    draw_text(area, x, 0, ROLE_NORMAL, 0, " ");
}
