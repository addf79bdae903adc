#include "tests/unit/ops_place_test.h"

static const char catalogue_text[] =
    "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: cam}\n"
    "spec: {class: MSensor, title: C, image: i, port: 8080, outputs: [{name: video, media: video/mjpeg, path: /video}]}\n";

struct world w;

void place_setup(void)
{
    memset(&w, 0, sizeof w);
    catalogue_read(&w.cat, catalogue_text, strlen(catalogue_text), "cat", &w.faults);
    w.nodes = store_new(&kind_node);
    w.pods = store_new(&kind_pod);
}

void place_teardown(void)
{
    place_release(&w.place);
    store_free(w.nodes);
    store_free(w.pods);
    graph_free(w.graph);
    catalogue_release(&w.cat);
    faults_release(&w.faults);
}

void node(const char *name, const char *labels, const char *spec, const char *ready, const char *gpu)
{
    char json[1200];
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s','labels':{%s},'annotations':{'patchbay.dev/simulated':'true'}},'spec':{%s},"
             "'status':{'conditions':[{'type':'Ready','status':'%s'}],'allocatable':{'cpu':'4','memory':'8Gi',"
             "'pods':'10'%s}}}",
             name, labels, spec, ready, gpu);
    store_json(w.nodes, json);
}

void plain(const char *name)
{
    node(name, "", "", "True", GPU);
}

void gpus(int count)
{
    for (int i = 1; i <= count; i++) {
        char name[16];
        snprintf(name, sizeof name, "gpu-%d", i);
        plain(name);
    }
}

void pod(const char *name, const char *on, const char *thing, const char *resources, const char *status)
{
    char json[1200];
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s','namespace':'n','labels':{'patchbay.dev/graph':'g','patchbay.dev/thing':'%s'}%s},"
             "'spec':{'nodeName':'%s','containers':[{'name':'x','resources':{'requests':{%s}}}]},"
             "'status':{'phase':'%s'}}",
             name, thing, str_eq(status, "leaving") ? ",'deletionTimestamp':'2025-03-01T11:00:00Z'" : "", on, resources,
             str_eq(status, "leaving") ? "Running" : status);
    store_json(w.pods, json);
}

const char *placed(const char *things)
{
    struct buf text, out;
    buf_init(&text, 1 << 16);
    buf_init(&out, sizeof w.text - 1);
    buf_addf(&text,
             "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: n}\nspec:\n  things:\n%s",
             things);
    graph_free(w.graph);
    w.graph = graph_parse(text.data, text.len, "g", &w.cat, &w.faults);
    ck_assert_msg(w.graph && !w.faults.errors, "%s", w.faults.count ? w.faults.items[0].text : "");
    place_release(&w.place);
    place_make_told(&w.place, w.graph, w.nodes, w.pods, w.listener);
    for (size_t i = 0; i < w.place.thing_count; i++) {
        const struct place_thing *t = &w.place.things[i];
        char nodes[400], pending[400];
        place_nodes_words(nodes, sizeof nodes, t, 5);
        place_pending_words(pending, sizeof pending, t);
        buf_addf(&out, "%s%s %d/%d%s%s%s%s", i ? "; " : "", w.graph->things[i].name, t->fits, t->wanted,
                 *nodes ? " " : "", nodes, *pending ? ": " : "", pending);
    }
    for (size_t i = 0; i < w.place.gpu_count; i++) {
        char gpu[200];
        place_gpu_words(gpu, sizeof gpu, &w.place.gpus[i]);
        buf_addf(&out, "; %s %s", w.place.gpus[i].resource, gpu);
    }
    snprintf(w.text, sizeof w.text, "%s", out.data);
    buf_release(&text);
    buf_release(&out);
    return w.text;
}
