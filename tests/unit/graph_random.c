/* graph_random: thousands of random graphs, right and wrong ones, in mixed styles. What holds for all of them: the meaning
 * does not depend on the style, a fault lies where there is text, a plan is the same each time, and edits keep comments,
 * mean what the text says, and can be undone to the byte. */
#include "graph_test.h"
#include "tests/unit/yaml_same.h"

#define GRAPHS 2400
#define CHUNKS 6 /* of them: a test each */
#define EDITS 5

static uint64_t state;

static size_t pick(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

static bool once_in(size_t n)
{
    return pick(n) == 0;
}

static const char *const types[] = {"ip-camera", "people-detector", "monitor", "people-detector", "ip-camera", "looker"};
static const char *const params[] = {"fps: 5", "fps: \"7\"", "source: 'sample:vtest'", "confidence: 0.5", "fps: 900", "k: v"};
static const char *const ports[] = {"video", "video", "video", "detections", "vidoe"};

/* Names that are wrong now and then. */
static void add_name(struct buf *out, size_t i, bool wrong)
{
    buf_addf(out, "%s%zu", wrong && once_in(30) ? "Thing_" : "thing-", wrong && once_in(40) ? i / 2 : i);
}

static void add_comment(struct buf *out, int *comments)
{
    if (once_in(4))
        buf_addf(out, "    # k%d.\n", (*comments)++);
}

static void add_thing(struct buf *out, size_t i, bool wrong)
{
    const char *type = types[wrong ? pick(ARRAY_SIZE(types)) : i % 2];
    const char *param = params[pick(wrong ? ARRAY_SIZE(params) : 2)];
    bool flow = once_in(2), with = once_in(2);
    buf_adds(out, flow ? "    - {name: " : "    - name: ");
    add_name(out, i, wrong);
    if (flow)
        buf_addf(out, ", type: %s%s%s%s} # t%zu.\n", type, with ? ", params: {" : "", with ? param : "", with ? "}" : "", i);
    else
        buf_addf(out, " # t%zu.\n      type: %s\n%s%s%s", i, type, with ? "      params:\n        " : "", with ? param : "",
                 with ? "\n" : "");
}

static void add_link(struct buf *out, size_t i, size_t things, bool wrong)
{
    bool flow = once_in(2);
    buf_adds(out, flow ? "    - {from: " : "    - from: ");
    add_name(out, wrong ? pick(things) : 2 * i, wrong);
    buf_addf(out, ".%s%s", wrong ? ports[pick(ARRAY_SIZE(ports))] : "video", flow ? ", to: " : "\n      to: ");
    add_name(out, wrong ? pick(things + 1) : 2 * i + 1, wrong);
    buf_addf(out, ".%s%s\n", wrong ? ports[pick(ARRAY_SIZE(ports))] : "video", flow ? "}" : "");
}

/* wrong: anything may be; else cameras, each with the detector after it. */
static void write_graph(struct buf *out, bool wrong)
{
    size_t things = 1 + pick(12), links = wrong ? pick(10) : things / 2;
    int comments = 0;
    buf_adds(out, once_in(3) ? "# k.\n" : "");
    buf_adds(out, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: media}\nspec:\n  things:\n");
    for (size_t i = 0; i < things; i++) {
        add_comment(out, &comments);
        add_thing(out, i, wrong);
    }
    add_comment(out, &comments);
    buf_adds(out, links ? "  links:\n" : "  links: []\n");
    for (size_t i = 0; i < links; i++) {
        add_comment(out, &comments);
        add_link(out, i, things, wrong);
    }
    if (once_in(2))
        buf_addf(out, "view:\n  thing-0: [%zu, %zu]\n%s", pick(90), pick(40), wrong ? "  nobody: [1, 2]\n  thing-1: [x]\n" : "");
    if (once_in(5))
        buf_truncate(out, out->len - 1);
}

static void crlf(struct buf *text)
{
    for (size_t i = text->len; i-- > 0;)
        if (text->data[i] == '\n')
            buf_splice(text, i, 0, "\r", 1);
}

static void expect_places(const struct faults *faults, const char *text)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->items[i], *last = i ? f - 1 : f;
        const char *line = text;
        for (int n = 1; n < f->line && line; n++)
            line = (line = strchr(line, '\n')) ? line + 1 : NULL;
        ck_assert_msg(line && f->column >= 1 && (size_t)f->column <= strcspn(line, "\r\n") + 1, "%d:%d: %s\nis not in\n%s",
                      f->line, f->column, f->text, text);
        ck_assert_msg(last->line <= f->line, "faults are not in order:\n%s", text);
    }
}

/* The same as block YAML of ours, without comments. */
static void expect_same_in_other_style(const struct graph *graph, const char *text)
{
    struct buf other;
    struct faults faults = {0};
    buf_init(&other, 1u << 20);
    cJSON *json = yaml_to_json(graph->doc->root);
    yaml_emit(&other, json);
    struct graph *again = graph_parse(other.data, other.len, NULL, test_catalogue(), &faults);
    ck_assert_ptr_nonnull(again);
    char *wanted = test_describe(graph), *have = test_describe(again);
    ck_assert_msg(strcmp(wanted, have) == 0, "%s\nmeans\n%s\nbut written as\n%s\nit means\n%s", text, wanted, other.data, have);
    free(wanted);
    free(have);
    graph_free(again);
    faults_release(&faults);
    cJSON_Delete(json);
    buf_release(&other);
}

static char *plan_of(const char *text)
{
    struct faults faults = {0};
    struct err err = ERR_INIT;
    struct buf out;
    buf_init(&out, 4u << 20);
    struct graph *graph = graph_parse(text, strlen(text), NULL, test_catalogue(), &faults);
    if (graph && !faults.errors) {
        struct plan *plan = plan_make(graph, text, strlen(text), &err);
        ck_assert_msg(plan != NULL, "%s", err.text);
        plan_render(plan, &out);
        plan_free(plan);
    }
    graph_free(graph);
    faults_release(&faults);
    return buf_take(&out);
}

static int edit(struct document *doc, bool *removes, struct err *err)
{
    const struct graph *graph = document_graph(doc);
    size_t a = graph->thing_count ? pick(graph->thing_count) : 0, b = graph->thing_count ? pick(graph->thing_count) : 0;
    char *from = xstrdup(graph->thing_count ? graph->things[a].name : "x");
    char *to = xstrdup(graph->thing_count ? graph->things[b].name : "x");
    int rc;
    *removes = false;
    switch (pick(6)) {
    case 0:
        rc = document_add_thing(doc, types[pick(3)], NULL, NULL, err);
        break;
    case 1:
        rc = document_add_link(doc, from, ports[pick(4)], to, ports[pick(4)], err);
        break;
    case 2:
        rc = document_set_param(doc, from, "fps", once_in(2) ? "9" : "12.5", err);
        break;
    case 3:
        rc = document_set_place(doc, from, (int)pick(50), (int)pick(50), err);
        break;
    case 4:
        *removes = true;
        rc = document_remove_thing(doc, from, err);
        break;
    default:
        *removes = true;
        rc = document_remove_link(doc, pick(graph->link_count + 1), err);
        break;
    }
    free(from);
    free(to);
    return rc;
}

/* Comments on lines of their own stay, those beside a value as long as nothing is removed. */
static void expect_comments(const char *before, const char *after, bool removed)
{
    for (const char *c = before; (c = strstr(c, "# ")); c++) {
        char comment[16];
        if (c[2] == 't' && removed)
            continue;
        snprintf(comment, sizeof comment, "%.*s", (int)strcspn(c, ".") + 1, c);
        ck_assert_msg(strstr(after, comment) != NULL, "'%s' of\n%s\nis gone in\n%s", comment, before, after);
    }
}

/* What the document holds is what its text says. */
static void expect_read(const struct document *doc)
{
    size_t len;
    const char *text = document_text(doc, &len);
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, len, NULL, test_catalogue(), &faults);
    char *wanted = test_describe(graph), *have = test_describe(document_graph(doc));
    ck_assert_str_eq(have, wanted);
    ck_assert_msg(yaml_same(document_graph(doc)->doc->root, graph->doc->root), "the places are others in\n%s", text);
    ck_assert_uint_eq(document_faults(doc)->errors, faults.errors);
    expect_places(&faults, text);
    free(wanted);
    free(have);
    graph_free(graph);
    faults_release(&faults);
}

static void expect_edits(const char *text)
{
    struct err err = ERR_INIT;
    struct document *doc = document_new(text, strlen(text), NULL, NULL, NULL, test_catalogue(), &err);
    ck_assert_msg(doc != NULL, "%s", err.text);
    for (int i = 0; i < EDITS; i++) {
        bool removes;
        char *before = xstrdup(document_text(doc, NULL));
        bool whole = once_in(8);
        err_clear(&err);
        if (whole) /* two are one, or none */
            document_begin(doc, "both");
        int rc = edit(doc, &removes, &err);
        if (whole && rc == 0) {
            char *first = xstrdup(document_text(doc, NULL));
            bool also;
            struct err ignored = ERR_INIT;
            edit(doc, &also, &ignored);
            expect_comments(first, document_text(doc, NULL), also);
            free(first);
            removes |= also;
        }
        if (whole && once_in(2)) {
            document_end(doc, false);
            ck_assert_str_eq(document_text(doc, NULL), before);
        } else if (whole) {
            document_end(doc, true);
        }
        const char *after = document_text(doc, NULL);
        ck_assert_int_eq(rc < 0, err_is_set(&err));
        ck_assert_msg(rc == 0 || strcmp(before, after) == 0, "refused (%s), but changed:\n%s", err.text, after);
        expect_comments(before, after, removes);
        expect_read(doc);
        if (once_in(3))
            document_settle(doc);
        if (once_in(4) && document_undo(doc)) {
            expect_read(doc);
            if (once_in(2)) {
                document_redo(doc);
                expect_read(doc);
            }
        }
        free(before);
    }
    while (document_undo(doc))
        if (once_in(4))
            expect_read(doc);
    ck_assert_str_eq(document_text(doc, NULL), text);
    document_free(doc);
}

START_TEST(test_random_graphs)
{
    size_t planned = 0;
    for (int i = 0; i < GRAPHS / CHUNKS; i++) {
        struct faults faults = {0};
        struct buf text;
        buf_init(&text, 1u << 20);
        state = (uint64_t)(_i * GRAPHS + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        write_graph(&text, once_in(2));
        if (once_in(4))
            crlf(&text);
        struct graph *graph = graph_parse(text.data, text.len, NULL, test_catalogue(), &faults);
        ck_assert_msg(graph != NULL, "%s", text.data);
        expect_places(&faults, text.data);
        expect_same_in_other_style(graph, text.data);
        char *first = plan_of(text.data), *second = plan_of(text.data);
        ck_assert_str_eq(first, second);
        planned += *first != '\0';
        expect_edits(text.data);
        free(first);
        free(second);
        graph_free(graph);
        faults_release(&faults);
        buf_release(&text);
    }
    ck_assert_uint_gt(planned, GRAPHS / CHUNKS / 3);
}
END_TEST

TCase *case_random(void)
{
    TCase *tc = tcase_create("random graphs");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_random_graphs, 0, CHUNKS);
    return tc;
}
