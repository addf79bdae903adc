#include "graph/edit.h"

#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"

static uint64_t revisions;

static char *template_text(const char *name, const char *ns)
{
    struct buf quoted[2];
    const char *words[2] = {name, ns};
    for (size_t i = 0; i < 2; i++) {
        buf_init(&quoted[i], 512);
        yaml_emit_scalar(&quoted[i], words[i]);
    }
    char *text = xasprintf("# A service graph: media things, and links from the output of one to the input of another.\n"
                           "# Types, ports and parameters: patchbay catalog. Faults: patchbay validate FILE.\n"
                           "apiVersion: " GRAPH_API_VERSION "\n"
                           "kind: ServiceGraph\n"
                           "metadata: {name: %s, namespace: %s}\n"
                           "spec:\n"
                           "  things: []\n"
                           "  links: []\n",
                           quoted[0].data, quoted[1].data);
    buf_release(&quoted[0]);
    buf_release(&quoted[1]);
    return text;
}

static void first_fault(const struct faults *faults, struct err *err)
{
    if (!faults->count) {
        err_set(err, "the text is no ServiceGraph");
        return;
    }
    struct buf text;
    buf_init(&text, 2048);
    fault_format(&faults->items[0], &text);
    err_set(err, "%s", text.data);
    buf_release(&text);
}

struct document *document_new(const char *text, size_t len, const char *file, const char *name, const char *ns,
                              const struct catalogue *cat, struct err *err)
{
    char *made = NULL;
    if (!text) {
        if (!name || !text_is_label(name, THING_NAME_MAX)) {
            char *legal = graph_legal_name(name ? name : "graph");
            err_set(err, "'%s' is no legal name for a graph: lower case letters, digits and hyphens, a letter first, "
                    "at most %d characters; '%s' would do", SHOWN(str_or_empty(name)), THING_NAME_MAX, legal);
            free(legal);
            return NULL;
        }
        if (ns && !is_label1123(ns, 63)) {
            err_set(err, "'%s' is no legal name for a namespace", SHOWN(ns));
            return NULL;
        }
        text = made = template_text(name, ns ? ns : "default");
        len = strlen(text);
    }
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, len, file, cat, &faults);
    struct document *doc = NULL;
    if (graph) {
        doc = xcalloc(1, sizeof *doc);
        doc->file = xstrdup_or_null(file);
        doc->cat = cat;
        doc->now = (struct reading){graph, faults, NULL};
        doc->revision = ++revisions;
        doc->last_edit = xstrdup("");
        buf_init(&doc->text, YAML_MAX_BYTES);
        buf_init(&doc->saved, YAML_MAX_BYTES);
        buf_add(&doc->text, text, len);
        if (!made)
            buf_add(&doc->saved, text, len); /* a new one has not been saved yet */
    } else {
        first_fault(&faults, err);
        faults_release(&faults);
    }
    free(made);
    return doc;
}

static void reading_release(struct reading *reading)
{
    graph_free(reading->graph);
    faults_release(&reading->faults);
    cJSON_Delete(reading->meaning);
    *reading = (struct reading){0};
}

void document_free(struct document *doc)
{
    if (!doc)
        return;
    reading_release(&doc->now);
    reading_release(&doc->spent);
    history_release(&doc->history);
    buf_release(&doc->text);
    buf_release(&doc->saved);
    free(doc->file);
    free(doc->last_edit);
    free(doc->last_name);
    free(doc->group);
    free(doc);
}

const char *document_text(const struct document *doc, size_t *len)
{
    if (len)
        *len = doc->text.len;
    return doc->text.data;
}

const struct graph *document_graph(const struct document *doc)
{
    return doc->now.graph;
}

uint64_t document_revision(const struct document *doc)
{
    return doc->revision;
}

const struct faults *document_faults(const struct document *doc)
{
    return &doc->now.faults;
}

bool document_dirty(const struct document *doc)
{
    return doc->text.len != doc->saved.len || memcmp(doc->text.data, doc->saved.data, doc->text.len) != 0;
}

void document_saved(struct document *doc)
{
    buf_reset(&doc->saved);
    buf_add(&doc->saved, doc->text.data, doc->text.len);
}

const char *document_last_edit(const struct document *doc)
{
    return doc->last_edit;
}

static void set_last_edit(struct document *doc, const char *prefix, const char *label)
{
    free(doc->last_edit);
    doc->last_edit = xasprintf("%s%s", prefix, label);
}

cJSON *document_meaning(struct document *doc)
{
    cJSON *meaning = doc->now.meaning ? doc->now.meaning : yaml_to_json(doc->now.graph->doc->root);
    doc->now.meaning = NULL;
    return meaning;
}

/* tree: what doc->now.graph was read from, if it was read again where the text was changed, so that the rest is taken from that
 * graph; NULL: it was not. */
static struct graph *read_again(struct document *doc, struct yaml_doc *tree, struct faults *faults)
{
    const char *text = doc->text.data;
    if (tree)
        return graph_read(tree, text, doc->text.len, doc->file, doc->cat, doc->now.graph, faults);
    return graph_parse(text, doc->text.len, doc->file, doc->cat, faults);
}

static void take_reading(struct document *doc, const struct reading *reading)
{
    reading_release(&doc->spent);
    doc->spent = doc->now;
    doc->now = *reading;
    doc->revision = ++revisions;
}

void document_settle(struct document *doc)
{
    reading_release(&doc->spent);
    if (!doc->now.meaning && doc->history.count) /* who only looks needs none */
        doc->now.meaning = document_meaning(doc);
}

static void reread(struct document *doc, struct yaml_doc *tree)
{
    struct reading reading = {0};
    reading.graph = read_again(doc, tree, &reading.faults);
    if (!reading.graph)
        BUG("a text that was a graph before is none now");
    take_reading(doc, &reading);
}

void document_reparse(struct document *doc)
{
    doc->now.graph->clean = false; /* its things are of another catalogue */
    reread(doc, doc->now.graph->doc);
}

void document_set_file(struct document *doc, const char *file)
{
    free(doc->file);
    doc->file = xstrdup_or_null(file);
    document_reparse(doc);
}

/* The text as it was; what was read of it is read anew where it was changed. */
static void refuse(struct document *doc, const struct splices *splices, unsigned rereads)
{
    splices_revert(splices, &doc->text, &(struct yaml_doc *){NULL});
    if (doc->now.graph->doc->rereads != rereads)
        reread(doc, NULL);
}

int document_commit(struct document *doc, struct site *site, struct splices *splices, cJSON *expected,
                    const char *label, struct err *err)
{
    struct reading reading = {0};
    struct yaml_doc *tree = doc->now.graph->doc;
    int64_t rereads = tree->rereads;
    bool fine = false;
    splices_finish(splices, site);
    if (!splices->count) { /* it says so already */
        fine = true;
        goto out;
    }
    if (splices_apply(splices, &doc->text, &tree) < 0) {
        err_set(err, "the document would become larger than %u MiB", YAML_MAX_BYTES >> 20);
        goto out;
    }
    /* Before anything is taken from the graph that is there. */
    fine = !tree || !expected || edit_says(tree->root, expected, rereads);
    reading.graph = fine ? read_again(doc, tree, &reading.faults) : NULL;
    fine = reading.graph && (tree || !expected || edit_says(reading.graph->doc->root, expected, SAYS_ALL));
    if (!fine) {
        if (!reading.graph && !expected)
            first_fault(&reading.faults, err);
        else
            err_set(err, "the text is written in a way that cannot be changed here without touching other parts of "
                    "it; change it in an editor");
        reading_release(&reading);
        refuse(doc, splices, (unsigned)rereads);
        goto out;
    }
    reading.meaning = expected;
    expected = NULL;
    take_reading(doc, &reading);
    label = doc->group ? doc->group : label;
    history_add(&doc->history, label, splices, doc->group && doc->group_count++ > 0);
    set_last_edit(doc, "", label);
out:
    cJSON_Delete(expected);
    splices_release(splices);
    return fine ? 0 : -1;
}

int document_replace(struct document *doc, const char *text, size_t len, struct err *err)
{
    struct site site;
    struct splices splices = {0};
    site_init(&site, doc->text.data, doc->text.len, doc->now.graph->doc->root);
    splice_difference(&splices, &doc->text, text, len);
    return document_commit(doc, &site, &splices, NULL, "edit the text", err);
}

void document_begin(struct document *doc, const char *label)
{
    if (doc->group_depth == ARRAY_SIZE(doc->group_began))
        BUG("'%s' began too deep inside '%s'", label, doc->group);
    if (!doc->group_depth) {
        doc->group = xstrdup(label);
        doc->group_count = 0;
    }
    doc->group_began[doc->group_depth++] = doc->group_count;
}

/* Back to where the innermost pair began. */
static void take_back_group(struct document *doc)
{
    const struct change *change;
    struct yaml_doc *tree = doc->now.graph->doc;
    size_t began = doc->group_began[doc->group_depth - 1];
    if (doc->group_count == began)
        return;
    for (; doc->group_count > began && (change = history_back(&doc->history)); doc->group_count--)
        splices_revert(&change->splices, &doc->text, &tree);
    history_forget_undone(&doc->history);
    reread(doc, tree);
    set_last_edit(doc, "", "");
}

void document_end(struct document *doc, bool keep)
{
    if (!doc->group_depth)
        BUG("an end of edits that did not begin");
    if (!keep)
        take_back_group(doc);
    if (--doc->group_depth)
        return;
    free(doc->group);
    doc->group = NULL;
}

bool document_undo(struct document *doc)
{
    const struct change *change = history_back(&doc->history), *first = change;
    struct yaml_doc *tree = doc->now.graph->doc;
    if (!change)
        return false;
    splices_revert(&change->splices, &doc->text, &tree);
    while (change && change->joined && (change = history_back(&doc->history)))
        splices_revert(&change->splices, &doc->text, &tree);
    reread(doc, tree);
    set_last_edit(doc, "undo ", first->label);
    return true;
}

bool document_redo(struct document *doc)
{
    const struct change *change = history_forward(&doc->history);
    struct yaml_doc *tree = doc->now.graph->doc;
    if (!change)
        return false;
    splices_apply(&change->splices, &doc->text, &tree);
    while (history_joined(&doc->history) && (change = history_forward(&doc->history)))
        splices_apply(&change->splices, &doc->text, &tree);
    reread(doc, tree);
    set_last_edit(doc, "redo ", change->label);
    return true;
}
