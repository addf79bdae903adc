/* fuzz_site: a graph with its rows filled in and an overlay laid over it. The input holds all three, one after the other, with
 * "====" and a line's end between: the graph, the CSV file that it names, the overlay. */
#include "tests/fuzz/fuzz.h"

#include "graph/overlay.h"
#include "graph/stamp.h"

static const char cut[] = "====\n";

struct piece {
    const char *text;
    size_t len;
};

/* The input up to the next cut, which it loses with it. */
static struct piece take_piece(struct piece *input)
{
    const char *end = memmem(input->text, input->len, cut, strlen(cut));
    struct piece piece = {input->text, end ? (size_t)(end - input->text) : input->len};
    size_t skip = end ? piece.len + strlen(cut) : input->len;
    input->text += skip;
    input->len -= skip;
    return piece;
}

static int read_rows(void *data, const char *name, struct buf *out, struct err *err)
{
    const struct piece *rows = data;
    if (strcmp(name, "missing.csv") == 0)
        return err_set(err, "cannot read it");
    buf_add(out, rows->text, rows->len);
    return 0;
}

static bool is_text(const struct source_text *source, const char *text, size_t len)
{
    return source->text.len == len && memcmp(source->text.data, text, len) == 0;
}

/* Told in one of the three files, at a place that is there. */
static void check_faults(struct faults *faults, const struct piece *graph, const struct piece *overlay)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct faults one = {.items = &faults->items[i], .count = 1};
        const struct piece *in = str_eq(faults->items[i].file, "overlay.yaml") ? overlay : graph;
        fuzz_check_faults(&one, in->text, in->len);
    }
}

/* Once more changes nothing. */
static void check_again(struct source_text *source, const struct piece *overlay)
{
    struct faults faults = {0};
    char *text = xmemdup(source->text.data, source->text.len);
    size_t len = source->text.len;
    MUST(graph_overlay(source, "overlay.yaml", overlay->text, overlay->len, &faults) == 0, "an overlay fits once, not twice");
    MUST(is_text(source, text, len), "an overlay laid over twice is another than once");
    faults_release(&faults);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = xmemdup(data, size);
    struct piece input = {copy, size}, graph = take_piece(&input), rows = take_piece(&input), overlay = input;
    struct source_text source;
    struct faults faults = {0};
    source_init(&source, "graph.yaml", graph.text, graph.len);
    bool fine = graph_stamp(&source, read_rows, &rows, &faults) == 0;
    MUST(fine == !faults.errors, "refused without a fault, or with one and not");
    MUST((fine && source.stamped) || is_text(&source, graph.text, graph.len), "what was refused changed the text");
    check_faults(&faults, &graph, &overlay);
    if (fine && overlay.len) {
        fine = graph_overlay(&source, "overlay.yaml", overlay.text, overlay.len, &faults) == 0;
        MUST(fine == !faults.errors, "refused without a fault, or with one and not");
        check_faults(&faults, &graph, &overlay);
        if (fine)
            check_again(&source, &overlay);
    }
    if (fine) {
        struct faults told = {0};
        graph_free(graph_parse(source.text.data, source.text.len, "graph.yaml", fuzz_catalogue(), &told));
        fuzz_check_faults(&told, source.text.data, source.text.len);
        source_faults(&source, &told);
        check_faults(&told, &graph, &overlay);
        faults_release(&told);
    }
    faults_release(&faults);
    source_release(&source);
    free(copy);
    return 0;
}
