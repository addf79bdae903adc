#include "graph/edit.h"

#include "base/text.h"
#include "graph/document.h"
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
        doc->graph = graph;
        doc->revision = ++revisions;
        doc->faults = faults;
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

void document_free(struct document *doc)
{
    if (!doc)
        return;
    graph_free(doc->graph);
    faults_release(&doc->faults);
    history_release(&doc->history);
    cJSON_Delete(doc->meaning);
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
    return doc->graph;
}

uint64_t document_revision(const struct document *doc)
{
    return doc->revision;
}

const struct faults *document_faults(const struct document *doc)
{
    return &doc->faults;
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
    cJSON *meaning = doc->meaning ? doc->meaning : yaml_to_json(doc->graph->doc->root);
    doc->meaning = NULL;
    return meaning;
}

/* Takes the graph, its faults and what it means (NULL: not known). */
static void take_graph(struct document *doc, struct graph *graph, const struct faults *faults, cJSON *meaning)
{
    cJSON_Delete(doc->meaning);
    doc->meaning = meaning;
    graph_free(doc->graph);
    faults_release(&doc->faults);
    doc->graph = graph;
    doc->revision = ++revisions;
    doc->faults = *faults;
}

static void reparse(struct document *doc)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(doc->text.data, doc->text.len, doc->file, doc->cat, &faults);
    if (!graph)
        BUG("a text that was a graph before is none now");
    take_graph(doc, graph, &faults, NULL);
}

void document_reparse(struct document *doc)
{
    reparse(doc);
}

void document_set_file(struct document *doc, const char *file)
{
    free(doc->file);
    doc->file = xstrdup_or_null(file);
    reparse(doc);
}

/* Whether a text says these values, in this order. */
static bool says(const struct yaml_node *node, const cJSON *json)
{
    double number;
    bool flag;
    if (yaml_is_null(node))
        return cJSON_IsNull(json);
    if (node->type != YAML_SCALAR) {
        bool map = node->type == YAML_MAP;
        const struct yaml_node *n = node->child;
        const cJSON *c = json->child;
        if (!(map ? cJSON_IsObject(json) : cJSON_IsArray(json)))
            return false;
        while (n && c && (!map || strcmp(n->key, c->string) == 0) && says(n, c)) {
            n = n->next;
            c = c->next;
        }
        return !n && !c;
    }
    if (yaml_bool(node, &flag))
        return flag ? cJSON_IsTrue(json) : cJSON_IsFalse(json);
    if (yaml_number(node, &number))
        return cJSON_IsNumber(json) && json->valuedouble == number;
    return cJSON_IsString(json) && strcmp(json->valuestring, node->value) == 0;
}

int document_commit(struct document *doc, struct site *site, struct splices *splices, cJSON *expected,
                    const char *label, struct err *err)
{
    struct faults faults = {0};
    struct graph *graph = NULL;
    bool fine = false;
    splices_finish(splices, site);
    if (!splices->count) { /* it says so already */
        fine = true;
        goto out;
    }
    if (splices_apply(splices, &doc->text) < 0) {
        err_set(err, "the document would become larger than %u MiB", YAML_MAX_BYTES >> 20);
        goto out;
    }
    graph = graph_parse(doc->text.data, doc->text.len, doc->file, doc->cat, &faults);
    fine = graph && (!expected || says(graph->doc->root, expected));
    if (!fine) {
        splices_revert(splices, &doc->text);
        if (!graph && !expected)
            first_fault(&faults, err);
        else
            err_set(err, "the text is written in a way that cannot be changed here without touching other parts of "
                    "it; change it in an editor");
        graph_free(graph);
        faults_release(&faults);
        goto out;
    }
    take_graph(doc, graph, &faults, expected);
    expected = NULL;
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
    size_t head = 0, tail = 0, most = MIN(len, doc->text.len);
    while (head < most && text[head] == doc->text.data[head])
        head++;
    while (tail < most - head && text[len - 1 - tail] == doc->text.data[doc->text.len - 1 - tail])
        tail++;
    if (head == len && head == doc->text.len)
        return 0;
    struct site site;
    struct splices splices = {0};
    site_init(&site, doc->text.data, doc->text.len, doc->graph->doc->root);
    splices.items = xcalloc(1, sizeof *splices.items);
    splices.count = splices.cap = 1;
    splices.items[0] = (struct splice){.at = head,
                                       .old_len = doc->text.len - head - tail,
                                       .new_len = len - head - tail,
                                       .new = xmemdup(text + head, len - head - tail)};
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

void document_end(struct document *doc)
{
    if (!doc->group_depth)
        BUG("an end of edits that did not begin");
    if (--doc->group_depth)
        return;
    free(doc->group);
    doc->group = NULL;
}

void document_give_up(struct document *doc)
{
    const struct change *change;
    size_t before = doc->group_depth ? doc->group_began[doc->group_depth - 1] : 0;
    bool any = doc->group_count > before;
    for (; doc->group_count > before && (change = history_back(&doc->history)); doc->group_count--)
        splices_revert(&change->splices, &doc->text);
    if (any) {
        history_forget_undone(&doc->history);
        reparse(doc);
        set_last_edit(doc, "", "");
    }
    document_end(doc);
}

bool document_undo(struct document *doc)
{
    const struct change *change = history_back(&doc->history), *first = change;
    if (!change)
        return false;
    splices_revert(&change->splices, &doc->text);
    while (change && change->joined && (change = history_back(&doc->history)))
        splices_revert(&change->splices, &doc->text);
    reparse(doc);
    set_last_edit(doc, "undo ", first->label);
    return true;
}

bool document_redo(struct document *doc)
{
    const struct change *change = history_forward(&doc->history);
    if (!change)
        return false;
    splices_apply(&change->splices, &doc->text);
    while (history_joined(&doc->history) && (change = history_forward(&doc->history)))
        splices_apply(&change->splices, &doc->text);
    reparse(doc);
    set_last_edit(doc, "redo ", change->label);
    return true;
}
