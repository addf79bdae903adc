#include "graph_test.h"

#include "graph/overlay.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby}\nspec:\n"
#define THINGS                                                                                                         \
    HEAD "  things:\n    # the lens\n    - name: camera\n      type: ip-camera # ours\n      params: {fps: 10}\n"         \
         "      env:\n        TZ: UTC\n        LANG: C\n    - {name: screen, type: monitor, replicas: 2}\n"
#define BASE THINGS "  links:\n    - {from: camera.video, to: screen.video}\n"

static void add_faults(struct buf *out, struct faults *faults)
{
    faults_sort(faults);
    for (size_t i = 0; i < faults->count; i++) {
        fault_format(&faults->items[i], out);
        buf_addc(out, '\n');
    }
}

/* The text with an overlay on it and the faults of both, one a line; the caller frees. */
static char *overlaid(const char *text, const char *overlay)
{
    struct source_text source;
    struct faults faults = {0};
    struct buf out;
    buf_init(&out, 1u << 20);
    source_init(&source, "lobby.yaml", text, strlen(text));
    if (graph_overlay(&source, "site.yaml", overlay, strlen(overlay), &faults) == 0) {
        buf_add(&out, source.text.data, source.text.len);
        graph_free(graph_parse(source.text.data, source.text.len, "lobby.yaml", test_catalogue(), &faults));
        source_faults(&source, &faults);
    }
    add_faults(&out, &faults);
    faults_release(&faults);
    source_release(&source);
    return buf_take(&out);
}

#define ON "kind: ServiceGraph\n"

static const struct {
    const char *text, *overlay, *out;
} rows[] = {
    {BASE, ON "spec: {}\n", BASE},
    /* Maps are merged, null deletes, lists and single values replace; comments stay. */
    {BASE,
     ON "metadata: {name: lobby, namespace: west}\nspec:\n  things:\n    - name: camera\n      params: {source: \"rtsp://h/x\"}\n"
        "      env: {TZ: null, PLACE: west}\n      nodeSelector: {site: west}\n    - {name: screen, replicas: null}\n",
     "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: west}\nspec:\n  things:\n"
     "    # the lens\n    - name: camera\n      type: ip-camera # ours\n      params: {fps: 10, source: \"rtsp://h/x\"}\n"
     "      env:\n        LANG: C\n        PLACE: west\n      nodeSelector: {site: west}\n"
     "    - {name: screen, type: monitor}\n  links:\n    - {from: camera.video, to: screen.video}\n"},
    /* New things and links; a link that is there already is not made twice. */
    {BASE,
     ON "spec:\n  things:\n    - name: gate\n      external: {video: \"rtsp://h/x\"}\n  links:\n"
        "    - {from: camera.video, to: screen.video}\n    - {from: gate.video, to: screen.video}\n",
     THINGS "    - {name: gate, external: {video: \"rtsp://h/x\"}}\n  links:\n    - {from: camera.video, to: screen.video}\n"
            "    - {from: gate.video, to: screen.video}\n"},
    {HEAD "  things: []\n", ON "spec: {things: [{name: a, type: ip-camera}], links: []}\nview: {a: [1, 2]}\n",
     HEAD "  things:\n    - {name: a, type: ip-camera}\nview: {a: [1, 2]}\n"},
    {"apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby}\n",
     ON "spec:\n  things:\n    - name: a\n      type: ip-camera\n",
     HEAD "  things:\n    - name: a\n      type: ip-camera\n"},
    /* What is empty gets many, in an order that no half of it stands in for. */
    {HEAD "  links: []\n  things: []\nview:\n",
     ON "spec:\n  things:\n    - {name: a, type: ip-camera}\n    - name: b\n      type: monitor\n    - {name: c, type: monitor}\n"
        "  links:\n    - {from: a.video, to: b.video}\n    - {from: a.video, to: b.video}\n    - {from: a.video, to: c.video}\n"
        "view: {a: [1, 2], b: [3, 4]}\n",
     HEAD "  links:\n    - {from: a.video, to: b.video}\n    - {from: a.video, to: c.video}\n  things:\n"
          "    - {name: a, type: ip-camera}\n    - {name: b, type: monitor}\n    - {name: c, type: monitor}\n"
          "view: {a: [1, 2], b: [3, 4]}\n"},
    {HEAD "  links:\n    - {from: a.video, to: b.video}\n",
     ON "spec:\n  links: [{from: a.video, to: c.video}]\n  things:\n    - {name: a, type: ip-camera}\n    - {name: b, type: monitor}\n"
        "    - {name: c, type: monitor}\n",
     HEAD "  links:\n    - {from: a.video, to: b.video}\n    - {from: a.video, to: c.video}\n  things:\n"
          "    - {name: a, type: ip-camera}\n    - {name: b, type: monitor}\n    - {name: c, type: monitor}\n"},
    {HEAD "  things:\n    - {name: a, type: ip-camera, params: {}, env: {A: \"1\", B: \"2\"}}\n    - name: b\n      type: ip-camera\n"
          "      env:\n        TZ: UTC\n      params:\n        fps: 5\n",
     ON "spec:\n  things:\n    - {name: a, params: {fps: 4, source: x}, env: {A: null, B: null, C: z, D: y}}\n"
        "    - {name: b, gpu: {count: 1}, params: {source: x, fps: null}, env: {TZ: null}}\n",
     HEAD "  things:\n    - {name: a, type: ip-camera, params: {fps: 4, source: x}, env: {C: z, D: \"y\"}}\n"
          "    - name: b\n      type: ip-camera\n      env: {}\n      params: {source: x}\n      gpu: {count: 1}\n"},
    {HEAD "  things:\n    - name: a\n      type: ip-camera\n",
     ON "spec:\n  things:\n    - {name: b, type: ip-camera}\n    - {name: a, replicas: 2}\n",
     HEAD "  things:\n    - name: a\n      type: ip-camera\n      replicas: 2\n    - name: b\n      type: ip-camera\n"},
    /* Faults of the result are told where they were written. */
    {BASE, ON "spec:\n  things:\n    - name: camera\n      params: {fps: 900}\n    - {name: b, type: monitr}\n",
     HEAD "  things:\n    # the lens\n    - name: camera\n      type: ip-camera # ours\n      params: {fps: 900}\n"
          "      env:\n        TZ: UTC\n        LANG: C\n    - {name: screen, type: monitor, replicas: 2}\n"
          "    - {name: b, type: monitr}\n  links:\n    - {from: camera.video, to: screen.video}\n"
          "site.yaml:5:21: fps: '900' is not a number from 1 to 60 frames/s\n"
          "site.yaml:6:7: the catalogue has no type 'monitr'; did you mean 'monitor'?\n"},
    {HEAD "  things:\n    - {name: camera, type: ip-camra}\n", ON "metadata: {namespace: x}\n",
     "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: x}\nspec:\n  things:\n"
     "    - {name: camera, type: ip-camra}\n"
     "lobby.yaml:6:28: the catalogue has no type 'ip-camra'; did you mean 'ip-camera'?\n"},
    /* Faults of the overlay itself. */
    {BASE, ON "spec: {things: [{name: camra, replicas: 2}]}\n",
     "site.yaml:2:24: no thing is named 'camra'; did you mean 'camera'? (a new one needs its 'type')\n"},
    {BASE, ON "spec:\n  things:\n    - {name: camera, replicas: 2}\n    - {name: camera, replicas: 3}\n",
     "site.yaml:5:14: this overlay has 'camera' already (line 4)\n"},
    {BASE, ON "metadata: {name: hall}\n", "site.yaml:2:18: this overlay is for the graph 'hall', and lobby.yaml is 'lobby'\n"},
    {BASE, "kind: MediaThing\nspecs: {}\n",
     "site.yaml:1:7: an overlay is of the kind ServiceGraph, not 'MediaThing'\n"
     "site.yaml:2:1: an overlay has no key 'specs'; did you mean 'spec'?\n"},
    {BASE, ON "spec: {things: {camera: {}}}\n", "site.yaml:2:16: things must be a list, not a map\n"},
    {BASE, "- a\n", "site.yaml:1:1: this is no overlay: it must be a map with kind, and metadata or spec\n"},
    {BASE, "", "site.yaml: this is no overlay: it must be a map with kind, and metadata or spec\n"},
    {BASE, "a: [\n", "site.yaml:2:1: this is no YAML: did not find expected node content while parsing a flow node\n"},
    {BASE, ON "---\n" ON, "site.yaml:3:1: a file holds one overlay: put what follows '---' into a file of its own\n"},
};

START_TEST(test_overlays)
{
    char *out = overlaid(rows[_i].text, rows[_i].overlay);
    ck_assert_msg(strcmp(out, rows[_i].out) == 0, "%s\non it:\n%s\ngives:\n%s\nnot:\n%s", rows[_i].text, rows[_i].overlay,
                  out, rows[_i].out);
    free(out);
}
END_TEST

/* One over the other: each fault is told where it came from. */
START_TEST(test_two_overlays)
{
    static const char one[] = ON "spec: {things: [{name: camera, params: {fps: 5, source: x}}]}\n";
    static const char two[] = ON "spec:\n  things:\n    - {name: camera, params: {source: null, fps: 70}, gpu: {count: 1}}\n";
    struct source_text source;
    struct faults faults = {0};
    struct buf out;
    buf_init(&out, 1u << 16);
    source_init(&source, "lobby.yaml", BASE, strlen(BASE));
    ck_assert_int_eq(graph_overlay(&source, "one.yaml", one, sizeof one - 1, &faults), 0);
    ck_assert_int_eq(graph_overlay(&source, "two.yaml", two, sizeof two - 1, &faults), 0);
    ck_assert_ptr_nonnull(strstr(source.text.data, "gpu: {count: 1}"));
    graph_free(graph_parse(source.text.data, source.text.len, "lobby.yaml", test_catalogue(), &faults));
    source_faults(&source, &faults);
    add_faults(&out, &faults);
    ck_assert_str_eq(out.data,
                     "two.yaml:4:50: fps: '70' is not a number from 1 to 60 frames/s\n");
    buf_release(&out);
    faults_release(&faults);
    source_release(&source);
}
END_TEST

/* A graph that fits just so. */
START_TEST(test_too_much)
{
    static const char one[] = ON "metadata: {namespace: longer}\nspec: {things: [{name: camera, replicas: 2}]}\n";
    struct source_text source;
    struct faults faults = {0};
    struct buf text, out;
    buf_init(&out, 1u << 16);
    buf_init(&text, YAML_MAX_BYTES);
    buf_adds(&text, BASE "#");
    buf_pad(&text, 'x', YAML_MAX_BYTES - 2 - text.len);
    source_init(&source, "lobby.yaml", text.data, text.len);
    ck_assert_int_eq(graph_overlay(&source, "one.yaml", one, sizeof one - 1, &faults), -1);
    add_faults(&out, &faults);
    ck_assert_str_eq(out.data, "one.yaml: with it the graph has more than 8 MiB\n");
    buf_release(&out);
    buf_release(&text);
    faults_release(&faults);
    source_release(&source);
}
END_TEST

/* Many things and an overlay on each: it is parsed and made anew a few times, not once for each. */
START_TEST(test_many)
{
    struct source_text source;
    struct faults faults = {0};
    struct buf text, overlay, want;
    buf_init(&text, YAML_MAX_BYTES);
    buf_init(&overlay, YAML_MAX_BYTES);
    buf_init(&want, YAML_MAX_BYTES);
    buf_adds(&text, HEAD "  things:\n");
    buf_adds(&want, HEAD "  things:\n");
    buf_adds(&overlay, ON "spec:\n  things:\n");
    for (int i = 0; i < 4000; i++) {
        buf_addf(&text, "    - {name: c%d, type: ip-camera, params: {}}\n", i);
        buf_addf(&overlay, "    - {name: c%d, replicas: 2, params: {fps: 5, source: x}}\n", i);
        buf_addf(&want, "    - {name: c%d, type: ip-camera, params: {fps: 5, source: x}, replicas: 2}\n", i);
    }
    source_init(&source, "lobby.yaml", text.data, text.len);
    ck_assert_int_eq(graph_overlay(&source, "one.yaml", overlay.data, overlay.len, &faults), 0);
    ck_assert(strcmp(source.text.data, want.data) == 0);
    buf_release(&text);
    buf_release(&overlay);
    buf_release(&want);
    faults_release(&faults);
    source_release(&source);
}
END_TEST

TCase *case_overlay(void)
{
    TCase *tc = tcase_create("overlay");
    tcase_add_loop_test(tc, test_overlays, 0, (int)ARRAY_SIZE(rows));
    tcase_add_test(tc, test_two_overlays);
    tcase_add_test(tc, test_too_much);
    tcase_add_test(tc, test_many);
    return tc;
}
