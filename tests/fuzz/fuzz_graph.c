/* fuzz_graph: ServiceGraph documents, and edits of them. The bytes after the last '#' say which edits: a mutated comment
 * composes. After each edit the text says what was meant; undoing all gives the bytes back. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "graph/edit_step.h"
#include "tests/unit/yaml_same.h"

#define EDITS_MAX 12

struct bytes {
    const uint8_t *at, *end;
};

static size_t pick(struct bytes *b, size_t count)
{
    return b->at < b->end && count ? *b->at++ % count : 0;
}

static const char *thing_at(const struct graph *graph, size_t i)
{
    return graph->thing_count ? graph->things[i % graph->thing_count].name : "nobody";
}

static size_t count_named(const struct graph *graph, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->thing_count; i++)
        n += strcmp(graph->things[i].name, name) == 0;
    return n;
}

static int add_thing(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const types[] = {"ip-camera", "people-detector", "monitor", "no-such-type"};
    static const char *const names[] = {NULL, "a", "true", "Not Legal", "\xff"};
    size_t before = document_graph(doc)->thing_count;
    const char *type = types[pick(b, ARRAY_SIZE(types))], *name = names[pick(b, ARRAY_SIZE(names))], *made = NULL;
    if (document_add_thing(doc, type, name, &made, err) < 0)
        return -1;
    const struct graph_thing *thing = graph_find(document_graph(doc), made);
    MUST(thing && strcmp(thing->type, type) == 0 && document_graph(doc)->thing_count == before + 1, "%s was not added", made);
    return 0;
}

static int remove_thing(struct document *doc, struct bytes *b, struct err *err)
{
    const struct graph *graph = document_graph(doc);
    char *name = xstrdup(thing_at(graph, pick(b, 256)));
    size_t before = count_named(graph, name), all = graph->thing_count;
    int rc = document_remove_thing(doc, name, err);
    graph = document_graph(doc);
    MUST(rc < 0 || (count_named(graph, name) == before - 1 && graph->thing_count == all - 1), "%s was not removed", name);
    free(name);
    return rc;
}

static int add_link(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const ports[] = {"video", "detections", "", "x.y", "{"};
    const struct graph *graph = document_graph(doc);
    size_t before = graph->link_count;
    char *from = xstrdup(thing_at(graph, pick(b, 256))), *to = xstrdup(thing_at(graph, pick(b, 256)));
    const char *from_port = ports[pick(b, ARRAY_SIZE(ports))], *to_port = ports[pick(b, ARRAY_SIZE(ports))];
    int rc = document_add_link(doc, from, from_port, to, to_port, err);
    graph = document_graph(doc);
    if (rc == 0) {
        MUST(graph->link_count == before + 1, "no link was added");
        const struct graph_link *link = &graph->links[before];
        MUST(link->from == graph_index(graph, from) && link->to == graph_index(graph, to) &&
                 strcmp(link->from_port, from_port) == 0 && strcmp(link->to_port, to_port) == 0,
             "another link than %s.%s > %s.%s was added", from, from_port, to, to_port);
    }
    free(from);
    free(to);
    return rc;
}

static int remove_link(struct document *doc, struct bytes *b, struct err *err)
{
    size_t before = document_graph(doc)->link_count;
    if (document_remove_link(doc, pick(b, before + 1), err) < 0)
        return -1;
    MUST(document_graph(doc)->link_count == before - 1, "the link was not removed");
    return 0;
}

static int set_param(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const params[] = {"fps", "source", "k", "a b", "~", "x: y", "\"", "\xc3\xa4"};
    static const char *const values[] = {NULL, "1", "7.5", "", "sample:vtest", "{x}", "# no", "a\nb", "\xc3\xa9", "- z",
                                         "1e1", "0x10", "null", "'", "\"q\"\\", " lead", "\t"};
    const struct graph *graph = document_graph(doc);
    char *name = xstrdup(thing_at(graph, pick(b, 256)));
    const char *param = params[pick(b, ARRAY_SIZE(params))], *value = values[pick(b, ARRAY_SIZE(values))];
    int rc = document_set_param(doc, name, param, value, err);
    const struct graph_thing *thing = graph_find(document_graph(doc), name);
    const char *is = rc == 0 ? graph_own_param(thing, param) : NULL;
    double wanted, have;
    MUST(rc < 0 || (!is && !value) || str_eq(is, value) || (is && value && !*value) ||
             (is && value && text_number(value, &wanted) && text_number(is, &have) && wanted == have),
         "%s of %s is '%s', not '%s'", param, name, str_or_empty(is), str_or_empty(value));
    free(name);
    return rc;
}

static int set_place(struct document *doc, struct bytes *b, struct err *err)
{
    char *name = xstrdup(thing_at(document_graph(doc), pick(b, 256)));
    int x = (int)pick(b, 256) * 3 - 300, y = (int)pick(b, 256) - 100;
    int rc = document_set_place(doc, name, x, y, err);
    const struct graph_thing *thing = graph_find(document_graph(doc), name);
    MUST(rc < 0 || (thing->pinned && thing->x == x && thing->y == y), "%s is not at %d,%d", name, x, y);
    free(name);
    return rc;
}

/* An editor's result: a piece of the text twice, or left out. */
static int replace(struct document *doc, struct bytes *b, struct err *err)
{
    size_t len;
    const char *text = document_text(doc, &len);
    size_t from = pick(b, 256) * len / 256, n = pick(b, MIN(256, len - from + 1));
    struct buf changed;
    buf_init(&changed, YAML_MAX_BYTES);
    buf_add(&changed, text, from + (pick(b, 2) ? n : 0));
    buf_add(&changed, text + from, len - from);
    if (pick(b, 2))
        buf_splice(&changed, from, n, "", 0);
    int rc = document_replace(doc, changed.data, changed.len, err);
    text = document_text(doc, &len);
    MUST(rc < 0 || (len == changed.len && memcmp(text, changed.data, len) == 0), "another text than was given");
    buf_release(&changed);
    return rc;
}

static int forget_place(struct document *doc, struct bytes *b, struct err *err)
{
    char *name = xstrdup(thing_at(document_graph(doc), pick(b, 256)));
    int rc = document_forget_place(doc, name, err);
    const struct graph_thing *thing = graph_find(document_graph(doc), name);
    MUST(rc < 0 || (thing && !thing->pinned), "%s is still somewhere", name);
    free(name);
    return rc;
}

static int set(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const texts[] = {"", "2", "0", "-1", "b", "true", "camera-9", "Not Legal", "disk=ssd", "a=1, b.c/d=",
                                        "P=s/k", "P=s", "10Gi", "=", ",", "\xff"};
    char *name = xstrdup(thing_at(document_graph(doc), pick(b, 256)));
    enum setting setting = (enum setting)pick(b, SETTING_COUNT);
    const char *text = texts[pick(b, ARRAY_SIZE(texts))];
    size_t links = document_graph(doc)->link_count, things = document_graph(doc)->thing_count;
    int rc = document_set(doc, name, setting, text, err);
    const struct graph *graph = document_graph(doc);
    const struct graph_thing *thing = graph_find(graph, rc == 0 && setting == SETTING_NAME ? text : name);
    MUST(rc < 0 || thing, "%s is gone", name);
    MUST(graph->link_count == links && graph->thing_count == things, "a setting of %s took something with it", name);
    MUST(rc < 0 || setting != SETTING_REPLICAS || !*text || thing->replicas == strtol(text, NULL, 10), "replicas are not %s", text);
    MUST(rc < 0 || setting != SETTING_GPU || !*text || thing->gpu_count == strtol(text, NULL, 10), "GPUs are not %s", text);
    free(name);
    return rc;
}

static int set_external(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const urls[] = {"rtsp://h/s", "x", "", "rtsp://u:p@h/s", "http://a b/", "a://\xc3\xa4#{"};
    bool add = pick(b, 2) == 0;
    char *name = xstrdup(add ? "device" : thing_at(document_graph(doc), pick(b, 256)));
    const char *url = urls[pick(b, ARRAY_SIZE(urls))], *port = pick(b, 4) ? "video" : "{", *made = name;
    int rc = add ? document_add_external(doc, pick(b, 2) ? name : NULL, port, url, &made, err)
                 : document_set_address(doc, name, port, url, err);
    const struct graph_thing *thing = rc == 0 ? graph_find(document_graph(doc), made) : NULL;
    MUST(rc < 0 || (thing && thing->external && str_eq(graph_address(thing, port), url)), "%s is not at %s", made, url);
    free(name);
    return rc;
}

/* Some of its own things once more, or a text that is none of ours. */
static int paste(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const others[] = {"things: [{name: a}]", "things: [{name: \"\xc3\xa4\", type: monitor}]\nlinks: [{from: a, to: 1}]",
                                         "spec: {things: [{name: [x]}]}", "[", "things: [1, {name: b, type: monitor}]"};
    const char *names[2] = {thing_at(document_graph(doc), pick(b, 256)), thing_at(document_graph(doc), pick(b, 256))};
    size_t things = document_graph(doc)->thing_count, at = pick(b, ARRAY_SIZE(others) + 3), count = 0;
    char *text = at < ARRAY_SIZE(others) ? xstrdup(others[at]) : document_copy(doc, names, 2), **made;
    int rc = document_paste(doc, text, strlen(text), &made, err);
    for (; rc == 0 && made[count]; count++) {
        MUST(graph_find(document_graph(doc), made[count]), "%s was not pasted", made[count]);
        free(made[count]);
    }
    if (rc == 0)
        free(made);
    MUST(document_graph(doc)->thing_count == things + count, "%zu things were pasted, not %zu",
         document_graph(doc)->thing_count - things, count);
    free(text);
    return rc;
}

/* A thing's own text through an editor that changes nothing, or a word. */
static int edit_thing(struct document *doc, struct bytes *b, struct err *err)
{
    static const char *const words[] = {"", "name: zz\n", "\n# said\n", "}", "- "};
    char *name = xstrdup(thing_at(document_graph(doc), pick(b, 256)));
    size_t len;
    int line, rc = -1;
    char *text = document_thing_text(doc, name, &len, err);
    if (text) {
        char *changed = xasprintf("%s%s", pick(b, 2) ? text : "", words[pick(b, ARRAY_SIZE(words))]);
        rc = document_replace_thing(doc, name, changed, strlen(changed), &line, err);
        free(changed);
    }
    free(text);
    free(name);
    return rc;
}

static int (*const edits[])(struct document *, struct bytes *, struct err *) = {
    add_thing, remove_thing, add_link, remove_link, set_param, set_place, replace, forget_place, set, set_external, paste, edit_thing};

static bool is_text(struct document *doc, const char *text, size_t len)
{
    size_t now_len;
    const char *now = document_text(doc, &now_len);
    return now_len == len && memcmp(now, text, len) == 0;
}

static bool same_thing(const struct graph_thing *a, const struct graph_thing *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 && a->entry == b->entry &&
           a->param_count == b->param_count && a->external_count == b->external_count && a->replicas == b->replicas &&
           a->gpu_count == b->gpu_count && a->pinned == b->pinned && a->x == b->x && a->y == b->y && !a->extra == !b->extra &&
           (!a->extra || json_equal(a->extra, b->extra));
}

/* What was taken over from the graph before is what would have been read. */
static bool same_graph(const struct graph *a, const struct graph *b)
{
    if (a->thing_count != b->thing_count || a->link_count != b->link_count)
        return false;
    for (size_t i = 0; i < a->thing_count; i++)
        if (!same_thing(&a->things[i], &b->things[i]) ||
            graph_index(a, a->things[i].name) != graph_index(b, a->things[i].name))
            return false;
    for (size_t i = 0; i < a->link_count; i++) {
        const struct graph_link *x = &a->links[i], *y = &b->links[i];
        if (x->from != y->from || x->to != y->to || x->valid != y->valid || strcmp(x->from_port, y->from_port) != 0 ||
            strcmp(x->to_port, y->to_port) != 0)
            return false;
    }
    return true;
}

static bool same_faults(const struct faults *a, const struct faults *b)
{
    bool same = a->count == b->count && a->errors == b->errors;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->items[i].line == b->items[i].line && strcmp(a->items[i].text, b->items[i].text) == 0;
    return same;
}

static void check_document(struct document *doc)
{
    size_t len;
    const char *text = document_text(doc, &len);
    fuzz_check_faults(document_faults(doc), text, len);
    MUST(text[len] == '\0', "the text has no end");
    struct faults faults = {0};
    struct graph *whole = graph_parse(text, len, NULL, fuzz_catalogue(), &faults);
    const struct yaml_node *root = document_graph(doc)->doc->root;
    MUST(whole && yaml_same(root, whole->doc->root), "what was read in part is not what the text says");
    MUST(same_graph(document_graph(doc), whole), "the graph is another one");
    MUST(same_faults(document_faults(doc), &faults), "the faults are others");
    MUST(!doc->now.meaning || edit_says(root, doc->now.meaning, SAYS_ALL), "the text does not say what was meant");
    graph_free(whole);
    faults_release(&faults);
    if (len % 2)
        document_settle(doc);
}

static void edit(struct document *doc, struct bytes *b)
{
    for (int i = 0; i < EDITS_MAX && b->at < b->end; i++) {
        size_t what = pick(b, ARRAY_SIZE(edits) + 2), len;
        struct err err = ERR_INIT;
        char *before = xmemdup(document_text(doc, NULL), (document_text(doc, &len), len));
        if (what < ARRAY_SIZE(edits)) {
            int rc = edits[what](doc, b, &err);
            MUST((rc < 0) == err_is_set(&err), "edit %zu gave %d and said '%s'", what, rc, err.text);
            MUST(rc == 0 || is_text(doc, before, len), "what was refused changed the text");
            if (rc < 0)
                fuzz_check_err(&err);
        } else if (what == ARRAY_SIZE(edits)) {
            if (document_undo(doc)) {
                MUST(document_redo(doc), "nothing to redo after an undo");
                MUST(is_text(doc, before, len), "redo gave another text");
            }
        } else {
            document_begin(doc, "two");
            edits[pick(b, ARRAY_SIZE(edits))](doc, b, &err);
            edits[pick(b, ARRAY_SIZE(edits))](doc, b, &err);
            document_end(doc, true);
        }
        check_document(doc);
        free(before);
    }
}

static void check_undo(struct document *doc, const char *text, size_t len)
{
    size_t undone = 0, last_len;
    const char *now = document_text(doc, &last_len);
    char *last = xmemdup(now, last_len);
    while (document_undo(doc))
        undone++;
    MUST(is_text(doc, text, len), "%zu edits undone are not the first text", undone);
    MUST(!document_dirty(doc), "the first text counts as changed");
    for (; undone; undone--)
        MUST(document_redo(doc), "%zu edits cannot be redone", undone);
    MUST(!document_redo(doc), "more can be redone than was undone");
    MUST(is_text(doc, last, last_len), "all edits redone are not the last text");
    free(last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults = {0};
    struct err err = ERR_INIT;
    char *text = xmemdup(data, size);
    struct graph *graph = graph_parse(text, size, NULL, fuzz_catalogue(), &faults);
    MUST(graph || faults.errors, "no graph and no fault");
    fuzz_check_faults(&faults, text, size);
    if (graph && !faults.errors)
        fuzz_check_plan(graph, text, size);
    graph_free(graph);
    struct document *doc = document_new(text, size, NULL, NULL, NULL, fuzz_catalogue(), &err);
    MUST(!doc == !graph, "a graph that is no document, or the other way round");
    const uint8_t *hash = size ? memrchr(data, '#', size) : NULL;
    if (doc) {
        edit(doc, &(struct bytes){hash ? hash + 1 : data + size, data + size});
        check_undo(doc, text, size);
    } else {
        fuzz_check_err(&err);
    }
    document_free(doc);
    faults_release(&faults);
    free(text);
    return 0;
}
