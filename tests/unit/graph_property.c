/* graph_property: random edits on documents of many styles. After each the document must say exactly what it said
 * before, changed by that edit; comments must stay; undoing all must give the bytes back. */
#include "graph_test.h"

struct style {
    const char *name, *text;
};

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: media}\n"

static const struct style styles[] = {
    {"block", HEAD "spec:\n  things:\n    - name: camera # t1\n      type: ip-camera\n      params:\n        # t5\n"
                   "        fps: 10 # t2\n        source: sample:vtest\n    # k2\n    - type: people-detector\n"
                   "      name: det\n      gpu: {count: 1}\n    - name: mon\n      type: monitor\n      # k3\n"
                   "  # k4\n  links:\n    - from: camera.video # t3\n      to: det.video\n    # k5\n\n"
                   "    - from: det.video\n      to: mon.video\n    # k6\nview:\n  camera: [0, 0] # t4\n  # k7\n"
                   "  det:\n    - 20\n    - 0\n# k8\n"},
    {"flow items", HEAD "spec:\n  things:\n    - {name: camera, type: ip-camera, params: {fps: 10}} # t1\n"
                        "    # k1\n    - {type: people-detector, name: det}\n    - {name: mon, type: monitor}\n  links:\n"
                        "    - {from: camera.video, to: det.video} # t2\n    # k2\n"
                        "    - {from: det.video, to: mon.video}\nview: {camera: [0, 0], det: [1, 2]} # t3\n"},
    {"no dash offset", HEAD "spec:\n  things:\n  - name: camera\n    type: ip-camera\n  # k1\n  - name: det\n"
                            "    type: people-detector\n  links:\n  - {from: camera.video, to: det.video}\n  # k2\n"},
    {"empty lists", HEAD "spec:\n  things: [] # k1\n  links: []  # k2\n"},
    {"nulls", HEAD "spec:\n  things: # k1\n  links: ~ # k2\nview:\n# k3\n"},
    {"no lists", HEAD "spec:\n# k1\n"},
    {"no spec", HEAD "# k1\n"},
    {"no final newline", HEAD "spec:\n  things:\n    - name: camera\n      type: ip-camera\n  links: []"},
    {"no final newline, item last", HEAD "spec:\n  links: []\n  things:\n    - name: camera\n      type: ip-camera # t1"},
    {"CRLF", "apiVersion: patchbay.dev/v1\r\nkind: ServiceGraph\r\nmetadata:\r\n  name: lobby\r\n  namespace: media\r\n"
             "spec:\r\n  things:\r\n    - name: camera\r\n      type: ip-camera # t1\r\n    # k1\r\n    - name: mon\r\n"
             "      type: monitor\r\n  links:\r\n    - {from: camera.video, to: mon.video}\r\n  # k2\r\n"},
    {"CR", "apiVersion: patchbay.dev/v1\rkind: ServiceGraph\rmetadata: {name: lobby}\rspec:\r  things:\r"
           "    - name: camera\r      type: ip-camera\r  links: []\r"},
    {"JSON", "{\"apiVersion\": \"patchbay.dev/v1\", \"kind\": \"ServiceGraph\", \"metadata\": {\"name\": \"lobby\"},\n"
             " \"spec\": {\"things\": [{\"name\": \"camera\", \"type\": \"ip-camera\", \"params\": {\"fps\": 10}},\n"
             "   {\"name\": \"det\", \"type\": \"people-detector\"}],\n"
             "  \"links\": [{\"from\": \"camera.video\", \"to\": \"det.video\"}]}}\n"},
    {"JSON, a value a line", "{\n  \"apiVersion\": \"patchbay.dev/v1\",\n  \"kind\": \"ServiceGraph\",\n"
                             "  \"metadata\": {\n    \"name\": \"lobby\"\n  },\n  \"spec\": {\n    \"things\": [\n      {\n"
                             "        \"name\": \"camera\",\n        \"type\": \"ip-camera\"\n      },\n      {\n"
                             "        \"name\": \"mon\",\n        \"type\": \"monitor\"\n      }\n    ],\n"
                             "    \"links\": [\n    ]\n  }\n}"},
    {"flow lists over lines", HEAD "spec:\n  things: [ # k1\n    {name: camera, type: ip-camera}, # k2\n"
                                   "    {name: det, type: people-detector}\n    , # k3\n"
                                   "    {name: mon, type: monitor},\n  ] # k4\n"
                                   "  links: [{from: camera.video, to: det.video},\n          # k5\n"
                                   "          {from: det.video, to: mon.video} # t1\n  ]\n"},
    {"wide", HEAD "spec:\n    links:\n        -   from: camera.video\n            to: mon.video\n"
                  "    things:\n        -   name: camera\n            type: ip-camera\n"
                  "            params:   {   fps: 5   }\n        -   name: mon\n            type: monitor\n"},
    {"quoted", "\"apiVersion\": 'patchbay.dev/v1'\n'kind': \"ServiceGraph\"\n\"metadata\": {\"name\": 'lobby'}\n"
               "\"spec\":\n  \"things\":\n    - \"name\": 'camera'\n      'type': \"ip-camera\"\n      'params':\n"
               "        \"source\": 'sam''ple'\n  \"links\": []\n'view':\n  'camera': [3, 4]\n"},
    {"markers and a byte order mark", "\xef\xbb\xbf# k1\n---\n" HEAD "spec:\n  things:\n    - name: camera\n"
                                      "      type: ip-camera\n      params: {}\n  links:\n...\n# k2\n"},
    {"block scalars", HEAD "spec:\n  things:\n    - name: camera\n      type: ip-camera\n      params:\n"
                           "        source: |\n          sample:\n            vtest\n\n    # k1\n"
                           "    - type: ip-camera\n      name: other\n      params:\n        source: >-\n          a\n"
                           "          b\n  links: []\n"},
    {"params first", HEAD "spec:\n  things:\n    - params: {fps: 3}\n      # t3\n      name: camera\n      type: ip-camera\n"
                          "    -\n      # t2\n      params:\n        fps: 4 # t1\n      name: two\n      type: ip-camera\n"
                          "  links: []\n"},
};

/* xorshift: the same edits in every run. */
static uint64_t state;

static size_t pick(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

static const char *const types[] = {"ip-camera", "people-detector", "monitor"};

/* The document's meaning as this test keeps it. */
struct model {
    struct {
        char *name, *type, *params[3]; /* "name=value", in the document's order */
        size_t param_count;
        bool pinned;
        int x, y, gpu;
    } things[64];
    size_t thing_count;
    struct {
        char *from, *to;
    } links[128];
    size_t link_count;
    char *ns;
};

static void model_release(struct model *m)
{
    for (size_t i = 0; i < m->thing_count; i++) {
        free(m->things[i].name);
        free(m->things[i].type);
        for (size_t p = 0; p < m->things[i].param_count; p++)
            free(m->things[i].params[p]);
    }
    for (size_t i = 0; i < m->link_count; i++) {
        free(m->links[i].from);
        free(m->links[i].to);
    }
    free(m->ns);
    memset(m, 0, sizeof *m);
}

static void model_read(struct model *m, const struct graph *g)
{
    memset(m, 0, sizeof *m);
    m->ns = xstrdup(g->ns);
    for (size_t i = 0; i < g->thing_count; i++) {
        const struct graph_thing *t = &g->things[i];
        m->things[i].name = xstrdup(t->name);
        m->things[i].type = xstrdup(t->type);
        m->things[i].param_count = t->param_count;
        for (size_t p = 0; p < t->param_count; p++)
            m->things[i].params[p] = xasprintf("%s=%s", t->params[p].name, t->params[p].value);
        m->things[i].pinned = t->pinned;
        m->things[i].x = t->x;
        m->things[i].y = t->y;
        m->things[i].gpu = t->gpu_count;
    }
    m->thing_count = g->thing_count;
    for (size_t i = 0; i < g->link_count; i++) {
        m->links[i].from = xasprintf("%s.%s", g->things[g->links[i].from].name, g->links[i].from_port);
        m->links[i].to = xasprintf("%s.%s", g->things[g->links[i].to].name, g->links[i].to_port);
    }
    m->link_count = g->link_count;
}

static char *model_text(const struct model *m)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    buf_addf(&out, "%s\n", m->ns);
    for (size_t i = 0; i < m->thing_count; i++) {
        buf_addf(&out, "%s %s gpu%d", m->things[i].name, m->things[i].type, m->things[i].gpu);
        for (size_t p = 0; p < m->things[i].param_count; p++)
            buf_addf(&out, " %s", m->things[i].params[p]);
        if (m->things[i].pinned)
            buf_addf(&out, " @%d,%d", m->things[i].x, m->things[i].y);
        buf_addc(&out, '\n');
    }
    for (size_t i = 0; i < m->link_count; i++)
        buf_addf(&out, "%s > %s\n", m->links[i].from, m->links[i].to);
    return buf_take(&out);
}

static void model_drop_link(struct model *m, size_t i)
{
    free(m->links[i].from);
    free(m->links[i].to);
    memmove(&m->links[i], &m->links[i + 1], (--m->link_count - i) * sizeof m->links[0]);
}

static bool has_end(const char *end, const char *name)
{
    size_t n = strlen(name);
    return strncmp(end, name, n) == 0 && end[n] == '.';
}

static void model_drop_thing(struct model *m, size_t i)
{
    for (size_t l = m->link_count; l-- > 0;)
        if (has_end(m->links[l].from, m->things[i].name) || has_end(m->links[l].to, m->things[i].name))
            model_drop_link(m, l);
    free(m->things[i].name);
    free(m->things[i].type);
    for (size_t p = 0; p < m->things[i].param_count; p++)
        free(m->things[i].params[p]);
    memmove(&m->things[i], &m->things[i + 1], (--m->thing_count - i) * sizeof m->things[0]);
}

/* value NULL: unset. */
static void model_set_param(struct model *m, size_t i, const char *param, const char *value)
{
    size_t n = strlen(param), p = 0;
    while (p < m->things[i].param_count &&
           !(strncmp(m->things[i].params[p], param, n) == 0 && m->things[i].params[p][n] == '='))
        p++;
    bool there = p < m->things[i].param_count;
    if (there)
        free(m->things[i].params[p]);
    if (value) {
        m->things[i].params[p] = xasprintf("%s=%s", param, value);
        m->things[i].param_count += !there;
    } else if (there) {
        memmove(&m->things[i].params[p], &m->things[i].params[p + 1],
                (--m->things[i].param_count - p) * sizeof(char *));
    }
}

struct step {
    struct document *doc;
    struct model *model;
    bool removes;
    char what[160];
};

static int add_thing(struct step *s, struct err *err)
{
    const char *type = types[pick(3)], *name;
    if (s->model->thing_count > 12)
        return 0;
    snprintf(s->what, sizeof s->what, "add a %s", type);
    if (document_add_thing(s->doc, type, NULL, &name, err) < 0)
        return -1;
    size_t i = s->model->thing_count++;
    memset(&s->model->things[i], 0, sizeof s->model->things[i]);
    s->model->things[i].name = xstrdup(name);
    s->model->things[i].type = xstrdup(type);
    return 0;
}

static int add_link(struct step *s, struct err *err)
{
    static const char *const ports[] = {"video", "detections"};
    if (!s->model->thing_count)
        return 0;
    size_t a = pick(s->model->thing_count), b = pick(s->model->thing_count);
    const char *from = ports[pick(2)], *to = ports[pick(2)];
    struct err refused = ERR_INIT;
    snprintf(s->what, sizeof s->what, "link %s.%s %s.%s", s->model->things[a].name, from, s->model->things[b].name, to);
    if (graph_link_allowed(document_graph(s->doc), a, from, b, to, &refused) < 0)
        return 0;
    if (document_add_link(s->doc, s->model->things[a].name, from, s->model->things[b].name, to, err) < 0)
        return -1;
    size_t i = s->model->link_count++;
    s->model->links[i].from = xasprintf("%s.%s", s->model->things[a].name, from);
    s->model->links[i].to = xasprintf("%s.%s", s->model->things[b].name, to);
    return 0;
}

static int remove_thing(struct step *s, struct err *err)
{
    if (!s->model->thing_count)
        return 0;
    size_t i = pick(s->model->thing_count);
    s->removes = true;
    snprintf(s->what, sizeof s->what, "remove %s", s->model->things[i].name);
    if (document_remove_thing(s->doc, s->model->things[i].name, err) < 0)
        return -1;
    model_drop_thing(s->model, i);
    return 0;
}

static int remove_link(struct step *s, struct err *err)
{
    if (!s->model->link_count)
        return 0;
    size_t i = pick(s->model->link_count);
    s->removes = true;
    snprintf(s->what, sizeof s->what, "remove link %zu", i);
    if (document_remove_link(s->doc, i, err) < 0)
        return -1;
    model_drop_link(s->model, i);
    return 0;
}

static int set_param(struct step *s, struct err *err)
{
    static const char *const sources[] = {"sample:vtest", "a b", "true", "10", "it's", "{x}", "# no", "a\nb", "\xc3\xa9", "",
                                          "[a, b]", "x: y", "- z", "\"q\"", "~", "a,b", "? k", "back\\slash"};
    static const char *const rates[] = {"1", "7.5", "30", "1e1"};
    if (!s->model->thing_count)
        return 0;
    size_t i = pick(s->model->thing_count);
    bool camera = strcmp(s->model->things[i].type, "ip-camera") == 0;
    if (strcmp(s->model->things[i].type, "monitor") == 0)
        return 0;
    bool rate = !camera || pick(2);
    const char *param = rate ? "fps" : "source";
    const char *value = pick(4) == 0 ? NULL : rate ? rates[pick(4)] : sources[pick(ARRAY_SIZE(sources))];
    s->removes = !value;
    snprintf(s->what, sizeof s->what, "set %s of %s to %s", param, s->model->things[i].name, value ? value : "nothing");
    if (document_set_param(s->doc, s->model->things[i].name, param, value, err) < 0)
        return -1;
    model_set_param(s->model, i, param, value && strcmp(value, "1e1") == 0 ? "10" : value);
    return 0;
}

static int set_place(struct step *s, struct err *err)
{
    if (!s->model->thing_count)
        return 0;
    size_t i = pick(s->model->thing_count);
    int x = (int)pick(200) - 50, y = (int)pick(40) - 10;
    snprintf(s->what, sizeof s->what, "move %s", s->model->things[i].name);
    if (document_set_place(s->doc, s->model->things[i].name, x, y, err) < 0)
        return -1;
    s->model->things[i].pinned = true;
    s->model->things[i].x = x;
    s->model->things[i].y = y;
    return 0;
}

/* Comments named k1, k2 … stay whatever happens; t1, t2 … may go with the line of what is removed. */
static void expect_comments(const char *before, const char *after, const struct step *s)
{
    for (const char *c = before; (c = strchr(c, '#')); c++) {
        if (c[1] != ' ' || !(c[2] == 'k' || c[2] == 't') || (c[2] == 't' && s->removes))
            continue;
        char token[5] = {c[0], c[1], c[2], c[3], '\0'};
        ck_assert_msg(strstr(after, token), "'%s' is gone after %s:\n%s\nbefore:\n%s", token, s->what, after, before);
    }
}

static void expect_meaning(const struct step *s, const char *style, const char *before)
{
    struct model now;
    model_read(&now, document_graph(s->doc));
    char *want = model_text(s->model), *have = model_text(&now);
    ck_assert_msg(strcmp(want, have) == 0, "%s: %s\nwanted:\n%s\nhave:\n%s\nbefore:\n%s\nafter:\n%s", style, s->what, want,
                  have, before, document_text(s->doc, NULL));
    free(want);
    free(have);
    model_release(&now);
}

static void run_style(const struct style *style, uint64_t seed)
{
    static int (*const edits[])(struct step *, struct err *) = {add_thing, add_link, remove_thing, remove_link,
                                                                set_param, set_place, add_thing, add_link, set_param};
    struct err err = ERR_INIT;
    struct model model;
    state = seed;
    struct document *doc = document_new(style->text, strlen(style->text), "f", NULL, NULL, test_catalogue(), &err);
    ck_assert_msg(doc != NULL, "%s: %s", style->name, err.text);
    model_read(&model, document_graph(doc));
    size_t made = 0;
    for (int i = 0; i < 25; i++) {
        struct step s = {.doc = doc, .model = &model};
        char *before = xstrdup(document_text(doc, NULL));
        int rc = edits[pick(ARRAY_SIZE(edits))](&s, &err);
        ck_assert_msg(rc == 0, "%s: %s: %s\n%s", style->name, s.what, err.text, before);
        expect_meaning(&s, style->name, before);
        expect_comments(before, document_text(doc, NULL), &s);
        if (strcmp(before, document_text(doc, NULL)) != 0) {
            made++;
            if (pick(4) == 0) { /* one step back and forth on the way */
                char *after = xstrdup(document_text(doc, NULL));
                ck_assert(document_undo(doc));
                ck_assert_str_eq(document_text(doc, NULL), before);
                ck_assert(document_redo(doc));
                ck_assert_str_eq(document_text(doc, NULL), after);
                free(after);
            }
        }
        free(before);
    }
    char *last = xstrdup(document_text(doc, NULL));
    size_t undone = 0;
    while (document_undo(doc))
        undone++;
    ck_assert_uint_eq(undone, made);
    ck_assert_str_eq(document_text(doc, NULL), style->text);
    ck_assert(!document_dirty(doc));
    while (document_redo(doc))
        undone--;
    ck_assert_uint_eq(undone, 0);
    ck_assert_str_eq(document_text(doc, NULL), last);
    free(last);
    model_release(&model);
    document_free(doc);
}

START_TEST(test_style)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        run_style(&styles[_i], seed * UINT64_C(0x9e3779b97f4a7c15));
}
END_TEST

TCase *case_property(void)
{
    TCase *tc = tcase_create("random edits");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_style, 0, ARRAY_SIZE(styles));
    return tc;
}
