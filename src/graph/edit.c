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

static void forget_former(struct document *doc)
{
    reading_release(&doc->former);
    free(doc->former_text);
    doc->former_text = NULL;
}

void document_free(struct document *doc)
{
    if (!doc)
        return;
    reading_release(&doc->now);
    forget_former(doc);
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

/* before: the text until now, taken; NULL: it will not come back. Of edits that are made as one, the text before the first. */
static void take_reading(struct document *doc, const struct reading *reading, char *before, size_t len)
{
    if (before && !(doc->group && doc->group_count && doc->former_text)) {
        forget_former(doc);
        doc->former = doc->now;
        doc->former_text = before;
        doc->former_len = len;
    } else {
        reading_release(&doc->now);
        free(before);
    }
    doc->now = *reading;
    doc->revision = ++revisions;
}

static void reparse(struct document *doc, char *before, size_t len)
{
    struct reading reading = {0};
    if (before && doc->former_text && doc->former_len == doc->text.len &&
        memcmp(doc->former_text, doc->text.data, doc->text.len) == 0) {
        reading = doc->former;
        doc->former = (struct reading){0};
        forget_former(doc);
    } else {
        reading.graph = graph_parse(doc->text.data, doc->text.len, doc->file, doc->cat, &reading.faults);
        if (!reading.graph)
            BUG("a text that was a graph before is none now");
    }
    take_reading(doc, &reading, before, len);
}

void document_reparse(struct document *doc)
{
    forget_former(doc);
    reparse(doc, NULL, 0);
}

void document_set_file(struct document *doc, const char *file)
{
    free(doc->file);
    doc->file = xstrdup_or_null(file);
    document_reparse(doc);
}

int document_commit(struct document *doc, struct site *site, struct splices *splices, cJSON *expected,
                    const char *label, struct err *err)
{
    struct reading reading = {0};
    bool fine = false;
    size_t len = doc->text.len;
    char *before = xmemdup(doc->text.data, len);
    splices_finish(splices, site);
    if (!splices->count) { /* it says so already */
        fine = true;
        goto out;
    }
    if (splices_apply(splices, &doc->text) < 0) {
        err_set(err, "the document would become larger than %u MiB", YAML_MAX_BYTES >> 20);
        goto out;
    }
    reading.graph = graph_parse(doc->text.data, doc->text.len, doc->file, doc->cat, &reading.faults);
    fine = reading.graph && (!expected || edit_says(reading.graph->doc->root, expected));
    if (!fine) {
        splices_revert(splices, &doc->text);
        if (!reading.graph && !expected)
            first_fault(&reading.faults, err);
        else
            err_set(err, "the text is written in a way that cannot be changed here without touching other parts of "
                    "it; change it in an editor");
        reading_release(&reading);
        goto out;
    }
    reading.meaning = expected;
    expected = NULL;
    take_reading(doc, &reading, before, len);
    before = NULL;
    label = doc->group ? doc->group : label;
    history_add(&doc->history, label, splices, doc->group && doc->group_count++ > 0);
    set_last_edit(doc, "", label);
out:
    free(before);
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
static void take_back(struct document *doc)
{
    const struct change *change;
    size_t began = doc->group_began[doc->group_depth - 1], len = doc->text.len;
    if (doc->group_count == began)
        return;
    char *before = xmemdup(doc->text.data, len);
    for (; doc->group_count > began && (change = history_back(&doc->history)); doc->group_count--)
        splices_revert(&change->splices, &doc->text);
    history_forget_undone(&doc->history);
    reparse(doc, before, len);
    set_last_edit(doc, "", "");
}

void document_end(struct document *doc, bool keep)
{
    if (!doc->group_depth)
        BUG("an end of edits that did not begin");
    if (!keep)
        take_back(doc);
    if (--doc->group_depth)
        return;
    free(doc->group);
    doc->group = NULL;
}

bool document_undo(struct document *doc)
{
    const struct change *change = history_back(&doc->history), *first = change;
    if (!change)
        return false;
    size_t len = doc->text.len;
    char *before = xmemdup(doc->text.data, len);
    splices_revert(&change->splices, &doc->text);
    while (change && change->joined && (change = history_back(&doc->history)))
        splices_revert(&change->splices, &doc->text);
    reparse(doc, before, len);
    set_last_edit(doc, "undo ", first->label);
    return true;
}

bool document_redo(struct document *doc)
{
    const struct change *change = history_forward(&doc->history);
    if (!change)
        return false;
    size_t len = doc->text.len;
    char *before = xmemdup(doc->text.data, len);
    splices_apply(&change->splices, &doc->text);
    while (history_joined(&doc->history) && (change = history_forward(&doc->history)))
        splices_apply(&change->splices, &doc->text);
    reparse(doc, before, len);
    set_last_edit(doc, "redo ", change->label);
    return true;
}
