/* edit_text: a thing's own text, taken out for an editor and put back. */
#include "base/text.h"
#include "graph/edit_step.h"
#include "graph/graph_read.h"
#include "graph/lines.h"

/* Where a thing stands in the document. */
struct slice {
    size_t start, end;
    size_t indent; /* columns before its keys */
    int line;      /* its first */
    int last;      /* and last one, of what takes its place */
};

static size_t spaces(const struct buf *text, size_t at)
{
    size_t count = 0;
    while (at + count < text->len && text->data[at + count] == ' ')
        count++;
    return count;
}

/* Comments below the last key, as far to the right as the keys are, belong to the thing: what was commented out. */
static size_t take_comments(const struct buf *text, size_t end, size_t indent)
{
    for (size_t at = after_break(text->data, text->len, end), next; at < text->len; at = next) {
        size_t in = spaces(text, at), last = line_end(text->data, text->len, at);
        next = after_break(text->data, text->len, last);
        if (text->data[at + in] == '#' && in >= indent)
            end = last;
        else if (at + in < last)
            break;
    }
    return end;
}

static struct slice slice_of(const struct document *doc, const struct yaml_node *node)
{
    const struct buf *text = &doc->text;
    struct slice slice = {.start = node->start, .end = node->end, .line = node->line,
                          .indent = node->start - line_start(text->data, node->start)};
    if (node->flow)
        return slice;
    while (slice.end > slice.start && is_break(text->data[slice.end - 1])) /* of a block scalar */
        slice.end--;
    slice.end = take_comments(text, line_end(text->data, text->len, slice.end), slice.indent);
    return slice;
}

static const struct graph_thing *find(const struct document *doc, const char *name, struct err *err)
{
    const struct graph_thing *thing = graph_find(doc->now.graph, name);
    if (!thing || !thing->node || thing->node->type != YAML_MAP)
        err_set(err, "no thing is named '%s'%s", SHOWN(name), DID_YOU_MEAN(graph_nearest(doc->now.graph, name)));
    return thing && thing->node && thing->node->type == YAML_MAP ? thing : NULL;
}

char *document_thing_text(const struct document *doc, const char *name, size_t *len, struct err *err)
{
    const struct graph_thing *thing = find(doc, name, err);
    if (!thing)
        return NULL;
    struct slice slice = slice_of(doc, thing->node);
    struct buf out;
    buf_init(&out, YAML_MAX_BYTES + 1);
    for (size_t at = slice.start; at < slice.end;) {
        size_t end = MIN(after_break(doc->text.data, doc->text.len, line_end(doc->text.data, doc->text.len, at)), slice.end);
        size_t skip = at == slice.start || thing->node->flow ? 0 : MIN(spaces(&doc->text, at), slice.indent);
        buf_add(&out, doc->text.data + at + skip, end - at - skip);
        at = end;
    }
    buf_addc(&out, '\n');
    *len = out.len;
    return buf_take(&out);
}

/* As far to the right as the thing stands, without the line breaks at its end. */
static void indent(struct buf *out, const char *text, size_t len, size_t columns)
{
    while (len && is_break(text[len - 1]))
        len--;
    for (size_t at = 0, end; at < len; at = end) {
        end = after_break(text, len, line_end(text, len, at));
        if (at && !is_break(text[at]))
            buf_pad(out, ' ', columns);
        buf_add(out, text + at, end - at);
    }
}

/* The map with a name that the text has to be. */
static struct yaml_doc *parse_thing(const char *text, size_t len, int *line, struct err *err)
{
    struct yaml_fault fault = {0};
    struct yaml_doc *doc = yaml_parse(text, len, &fault);
    *line = fault.line;
    const char *name = doc && doc->root && doc->root->type == YAML_MAP ? yaml_str(doc->root, "name") : NULL;
    if (doc && !doc->next && name && *name)
        return doc;
    if (err_is_set(&fault.why))
        err_set(err, "%s", fault.why.text);
    else if (!doc || !doc->root)
        err_set(err, "nothing is left of the thing; x removes it");
    else if (doc->next)
        err_set(err, "a thing is one document, without '---'");
    else if (doc->root->type != YAML_MAP)
        err_set(err, "a thing is a map: name, type, params …");
    else
        err_set(err, "the thing has no name");
    if (doc && doc->root && !*line)
        *line = doc->next && doc->next->root ? doc->next->root->line : doc->root->line;
    if (doc)
        yaml_doc_free(doc);
    return NULL;
}

static void replace_meaning(cJSON *meaning, const struct yaml_node *node, cJSON *item)
{
    int index = 0;
    for (const struct yaml_node *n = node->parent->child; n != node; n = n->next)
        index++;
    cJSON_ReplaceItemInArray(
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(meaning, "spec"), "things"), index, item);
}

static bool has_fault(const struct faults *faults, const struct fault *like)
{
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->items[i].warning && str_eq(faults->items[i].text, like->text))
            return true;
    return false;
}

/* Errors that the document has not now; the first within the thing's own lines is told, else the first. */
static int check_new_faults(const struct document *doc, const struct buf *text, int first, int last, int *line,
                            struct err *err)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(text->data, text->len, doc->file, doc->cat, &faults);
    const struct fault *worst = NULL;
    for (size_t i = 0; i < faults.count; i++) {
        const struct fault *fault = &faults.items[i];
        if (fault->warning || (graph && has_fault(&doc->now.faults, fault)))
            continue;
        bool inside = fault->line >= first && fault->line <= last;
        if (!worst || (inside && !*line))
            worst = fault;
        if (inside && !*line)
            *line = fault->line - first + 1;
    }
    int rc = worst ? err_set(err, "%s", worst->text) : 0;
    graph_free(graph);
    faults_release(&faults);
    return rc;
}

/* The text as it would be. */
static int try_splices(const struct document *doc, struct splices *splices, const struct site *site, int first, int last,
                       int *line, struct err *err)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    buf_add(&text, doc->text.data, doc->text.len);
    splices_finish(splices, site);
    int rc = splices_apply(splices, &text, &(struct yaml_doc *){NULL});
    if (rc < 0)
        err_set(err, "the document would become larger than %u MiB", YAML_MAX_BYTES >> 20);
    else
        rc = check_new_faults(doc, &text, first, last, line, err);
    buf_release(&text);
    for (size_t i = 0; i < splices->count; i++) { /* the commit finds out anew what was there */
        free(splices->items[i].old);
        splices->items[i].old = NULL;
    }
    return rc;
}

/* Gathers what puts a text in its place. parsed: of the text. */
static struct slice splice_thing(struct edit *e, const struct graph_thing *thing, const char *text, size_t len,
                                 const struct yaml_doc *parsed)
{
    struct slice slice = slice_of(e->doc, thing->node);
    const char *new_name = yaml_str(parsed->root, "name");
    struct buf new;
    buf_init(&new, 2 * YAML_MAX_BYTES);
    indent(&new, text, len, thing->node->flow && parsed->root->flow ? 0 : slice.indent); /* in braces nothing was moved */
    splice_add(&e->splices, slice.start, slice.end, new.data, new.len);
    replace_meaning(e->meaning, thing->node, yaml_to_json(parsed->root));
    if (!str_eq(thing->name, new_name) && graph_index(e->doc->now.graph, new_name) == SIZE_MAX)
        edit_follow_name(e, thing, thing->name, new_name, thing->node);
    slice.last = slice.line + count_breaks(new.data, new.len);
    buf_release(&new);
    return slice;
}

/* check: refuses it where it has faults that the document has not. */
static int replace_thing(struct document *doc, const char *name, const char *text, size_t len, bool check, int *line,
                         struct err *err)
{
    *line = 0;
    const struct graph_thing *thing = find(doc, name, err);
    struct yaml_doc *parsed = thing ? parse_thing(text, len, line, err) : NULL;
    if (!parsed)
        return -1;
    struct edit e;
    edit_begin(&e, doc);
    struct slice slice = splice_thing(&e, thing, text, len, parsed);
    int rc = check ? try_splices(doc, &e.splices, &e.site, slice.line, slice.last, line, err) : 0;
    char *label = xasprintf("edit %s", thing->name);
    if (rc == 0) {
        struct err why = ERR_INIT;
        rc = edit_end(&e, &why, "%s", label);
        if (rc < 0)
            err_set(err, "these lines do not fit into the graph's text as they are; E edits all of it");
    } else {
        edit_drop(&e);
    }
    free(label);
    yaml_doc_free(parsed);
    return rc;
}

int document_replace_thing(struct document *doc, const char *name, const char *text, size_t len, int *line,
                           struct err *err)
{
    return replace_thing(doc, name, text, len, true, line, err);
}

int edit_put_thing(struct document *doc, const char *name, const char *text, size_t len, struct err *err)
{
    int line;
    return replace_thing(doc, name, text, len, false, &line, err);
}

int document_try(const struct document *doc, const char *text, size_t len, int *line, struct err *err)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, len, doc->file, doc->cat, &faults);
    *line = !graph && faults.count ? faults.items[0].line : 0;
    int rc = graph ? 0 : err_set(err, "%s", faults.count ? faults.items[0].text : "the text is no ServiceGraph");
    graph_free(graph);
    faults_release(&faults);
    return rc;
}
