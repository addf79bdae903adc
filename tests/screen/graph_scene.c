#include "tests/screen/graph_scene.h"

#include "base/file.h"

const char *const graph_scene_names[] = {"lobby",  "dead",   "starting", "trouble", "held", "draft",
                                         "twelve", "broken", "none",     "scarce",  "unseen", "tried", "unplugged", NULL};

static const char twelve[] =
    "apiVersion: patchbay.dev/v1\n"
    "kind: ServiceGraph\n"
    "metadata: {name: crossing, namespace: media}\n"
    "spec:\n"
    "  things:\n"
    "    - {name: north, type: ip-camera}\n"
    "    - {name: south, type: ip-camera}\n"
    "    - {name: east, type: ip-camera}\n"
    "    - {name: gate, external: {video: \"rtsp://10.0.0.9/stream\"}}\n"
    "    - {name: detect-north, type: people-detector, gpu: {count: 1}}\n"
    "    - {name: detect-south, type: people-detector, gpu: {count: 1}}\n"
    "    - {name: detect-east, type: people-detector, gpu: {count: 1}}\n"
    "    - {name: detect-gate, type: people-detector}\n"
    "    - {name: wall, type: monitor}\n"
    "    - {name: guard, type: monitor}\n"
    "    - {name: control, type: monitor, replicas: 12}\n"
    "    - {name: spare, type: ip-camera}\n"
    "  links:\n"
    "    - {from: north.video, to: detect-north.video}\n"
    "    - {from: south.video, to: detect-south.video}\n"
    "    - {from: east.video, to: detect-east.video}\n"
    "    - {from: gate.video, to: detect-gate.video}\n"
    "    - {from: detect-north.detections, to: control.detections}\n"
    "    - {from: detect-south.detections, to: control.detections}\n"
    "    - {from: detect-east.detections, to: guard.detections}\n"
    "    - {from: detect-gate.detections, to: guard.detections}\n"
    "    - {from: north.video, to: wall.video}\n"
    "    - {from: south.video, to: wall.video}\n"
    "    - {from: east.video, to: wall.video}\n"
    "    - {from: detect-gate.video, to: wall.video}\n"
    "    - {from: detect-north.video, to: control.video}\n";

static const char broken[] =
    "apiVersion: patchbay.dev/v1\n"
    "kind: ServiceGraph\n"
    "metadata: {name: broken, namespace: media}\n"
    "spec:\n"
    "  things:\n"
    "    - {name: camera, type: ip-camera, params: {fps: 900}}\n"
    "    - {name: looker, type: people-spotter}\n"
    "    - {name: screen, type: monitor}\n"
    "  links:\n"
    "    - {from: camera.video, to: screen.detections}\n"
    "    - {from: looker.boxes, to: screen.video}\n";

static const char scarce[] =
    "apiVersion: patchbay.dev/v1\n"
    "kind: ServiceGraph\n"
    "metadata: {name: gates, namespace: media}\n"
    "spec:\n"
    "  things:\n"
    "    - {name: camera, type: ip-camera}\n"
    "    - {name: detect, type: people-detector, gpu: {count: 1}}\n"
    "    - {name: detect-again, type: people-detector, gpu: {count: 1}}\n"
    "    - {name: screen, type: monitor, replicas: 2, nodeSelector: {screen: large}}\n"
    "  links:\n"
    "    - {from: camera.video, to: detect.video}\n"
    "    - {from: camera.video, to: detect-again.video}\n"
    "    - {from: detect.video, to: screen.video}\n"
    "    - {from: detect-again.detections, to: screen.detections}\n";

/* Of four GPUs one is another's, one is kept for others, and one node is cordoned. */
static void make_scarce(struct scene *scene)
{
    static const char *const specs[] = {"'taints':[{'key':'gpu','value':'training','effect':'NoSchedule'}]",
                                        "'unschedulable':true"};
    for (int i = 3; i <= 4; i++) {
        char json[800];
        snprintf(json, sizeof json,
                 "{'metadata':{'name':'gpu-%d','uid':'node-%d','resourceVersion':'2','annotations':"
                 "{'patchbay.dev/simulated':'true'}},'spec':{%s},'status':{'allocatable':{'cpu':'16','memory':'64Gi',"
                 "'nvidia.com/gpu':'1','pods':'110'},'conditions':[{'type':'Ready','status':'True'}]}}",
                 i, i, specs[i - 3]);
        scene_put(scene, SOURCE_NODES, json);
    }
    scene_put(scene, SOURCE_PODS,
              "{'metadata':{'name':'training-0','namespace':'lab','uid':'uid-t','resourceVersion':'1'},'spec':{'nodeName':"
              "'gpu-1','containers':[{'name':'t','resources':{'limits':{'nvidia.com/gpu':'1'}}}]},'status':{'phase':"
              "'Running'}}");
}

static void read_catalogue(struct graph_scene *gs, const char *srcdir)
{
    static const char *const entries[] = {"ip-camera", "people-detector", "monitor"};
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        struct buf text;
        struct err err = ERR_INIT;
        char *path = xasprintf("%s/assets/catalog/%s.yaml", srcdir, entries[i]);
        buf_init(&text, 1u << 20);
        if (file_read(path, &text, &err) < 0)
            BUG("%s", err.text);
        catalogue_read(&gs->scene->catalogue, text.data, text.len, path, &gs->faults);
        buf_release(&text);
        free(path);
    }
}

static struct document *open_text(struct graph_scene *gs, const char *text, size_t len)
{
    struct err err = ERR_INIT;
    struct document *doc = document_new(text, len, "lobby.yaml", NULL, NULL, &gs->scene->catalogue, &err);
    if (!doc)
        BUG("%s", err.text);
    document_saved(doc);
    return doc;
}

static struct document *open_lobby(struct graph_scene *gs, const char *srcdir)
{
    struct buf text;
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/assets/graphs/lobby.yaml", srcdir);
    buf_init(&text, 1u << 20);
    if (file_read(path, &text, &err) < 0)
        BUG("%s", err.text);
    struct document *doc = open_text(gs, text.data, text.len);
    buf_release(&text);
    free(path);
    return doc;
}

static void add_port(struct thing_traffic *t, bool input, const char *port, const char *source, double rate, double age)
{
    struct port_traffic *p = &t->ports[t->count++];
    *p = (struct port_traffic){.input = input, .connected = true, .frames = 1000, .age = age, .rate = rate};
    snprintf(p->port, sizeof p->port, "%s", port);
    snprintf(p->source, sizeof p->source, "http://%s:8080/%s", source, port);
}

/* What lobby's pods say of themselves, `age` seconds after the camera's last frame. */
static void put_traffic(struct graph_scene *gs, double age, const char *source_cause)
{
    struct { const char *uid; struct thing_traffic traffic; } pods[] = {
        {"uid-camera-6d4f9c7b5-k2x8p", {.at = 1}},
        {"uid-object-detect-5b8c6d9f7-qwz4m", {.at = 1}},
        {"uid-monitoring-7f6b5c4d8-9jv2t", {.at = 1}},
    };
    bool dead = age > 1;
    add_port(&pods[0].traffic, false, "video", "", dead ? 0 : 10, age);
    if (source_cause) {
        add_port(&pods[0].traffic, true, "source", "10.0.0.9", 0, age);
        snprintf(pods[0].traffic.ports[1].cause, TRAFFIC_CAUSE, "%s", source_cause);
    }
    add_port(&pods[1].traffic, true, "video", "camera", dead ? 0 : 10, age);
    add_port(&pods[1].traffic, false, "video", "", dead ? 0 : 5, age);
    add_port(&pods[1].traffic, false, "detections", "", dead ? 0 : 5, age);
    add_port(&pods[2].traffic, true, "video", "object-detect", dead ? 0 : 5, age);
    add_port(&pods[2].traffic, true, "detections", "object-detect", dead ? 0 : 4.9, age);
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        pods[i].traffic.at = loop_now(gs->scene->model.loop);
        free(map_put(&gs->scene->traffic, pods[i].uid, xmemdup(&pods[i].traffic, sizeof pods[i].traffic)));
    }
}

static const struct thing_traffic *on_traffic(void *data, const char *uid)
{
    struct scene *scene = data;
    struct thing_traffic *t = map_get(&scene->traffic, uid);
    if (!t)
        return NULL;
    /* Asked just now: what flows goes on flowing, what stands still gets older. */
    int64_t now = loop_now(scene->model.loop);
    for (size_t i = 0; i < t->count; i++)
        if (t->ports[i].age >= 1)
            t->ports[i].age += (double)(now - t->at) / (double)NSEC_PER_SEC;
    t->at = now;
    return t;
}

static int on_deploy(void *data, const struct model_deployment *what, struct err *err UNUSED)
{
    struct scene *scene = data;
    scene->asked++;
    int n = snprintf(scene->last_asked, sizeof scene->last_asked, "deploy%s", what->text && what->over ? " a part" : "");
    free(scene->text);
    scene->text = xstrdup_or_null(what->text);
    for (size_t i = 0; i < what->take_over_count; i++)
        n += snprintf(scene->last_asked + n, sizeof scene->last_asked - (size_t)n, " over %s", what->take_over[i]);
    return 0;
}

void graph_scene_answer(struct graph_scene *gs)
{
    static const char why[] = "cannot apply persistentvolumeclaim object-detect: persistentvolumeclaims \"object-detect\" is "
                              "forbidden: exceeded quota: few, requested: 1, used: 4, limited: 4";
    struct model *model = &gs->scene->model;
    model->trial.state = TRIAL_TOLD;
    model_trial_refuse(&model->trial, "object-detect", why);
    map_put(&model->refused, "object-detect", xasprintf("by a dry run: %s", why));
    static const char conflict[] = "cannot apply deployment camera: the field .spec.replicas belongs to 'kubectl', and 1 more are not ours";
    struct model_refusal *refusal = model_trial_refuse(&model->trial, "camera", conflict);
    model_refusal_add_other(refusal, xstrdup(".spec.replicas, set by kubectl"));
    model_refusal_add_other(refusal, xstrdup(".spec.template.spec.containers[name=\"camera\"].image, set by kubectl-set"));
    refusal->ends = true;
    map_put(&model->refused, "camera", xasprintf("by a dry run: %s", conflict));
}

static int on_try(void *data, const struct model_deployment *what UNUSED, struct err *err UNUSED)
{
    struct scene *scene = data;
    model_trial_release(&scene->model.trial);
    map_release(&scene->model.refused, free);
    graph_scene_answer(&(struct graph_scene){.scene = scene});
    return 0;
}

static void on_end_trial(void *data)
{
    model_trial_release(&((struct scene *)data)->model.trial);
}

static int on_new_graph(void *data, const char *name, struct err *err)
{
    struct scene *scene = data;
    struct document *doc = document_new(NULL, 0, NULL, name, "media", &scene->catalogue, err);
    if (!doc)
        return -1;
    document_free(scene->model.document);
    scene->model.document = doc;
    free(scene->model.graph_name);
    scene->model.graph_name = xstrdup(name);
    model_changed(&scene->model, CHANGED_DOCUMENT);
    return 0;
}

void graph_scene_deploy(struct graph_scene *gs)
{
    graph_scene_deploy_text(gs, document_text(gs->scene->model.document, NULL));
}

void graph_scene_deploy_text(struct graph_scene *gs, const char *text)
{
    graph_scene_deploy_history(gs, text, NULL);
}

void graph_scene_deploy_history(struct graph_scene *gs, const char *text, const char *revisions)
{
    cJSON *map = cJSON_CreateObject();
    json_set_str(map, "metadata.name", "patchbay-lobby");
    json_set_str(map, "metadata.namespace", "media");
    json_set_str(map, "metadata.uid", "graph-lobby");
    char version[16];
    snprintf(version, sizeof version, "%u", ++gs->deploys);
    json_set_str(map, "metadata.resourceVersion", version);
    cJSON_AddStringToObject(json_ensure(map, "metadata.labels"), "patchbay.dev/graph", "lobby");
    cJSON_AddStringToObject(json_ensure(map, "data"), "graph.yaml", text);
    if (revisions)
        cJSON_AddStringToObject(json_ensure(map, "data"), "revisions", revisions);
    struct record *record = record_new(&kind_configmap, map);
    if (record)
        store_put(model_store(&gs->scene->model, SOURCE_GRAPHS), record);
    cJSON_Delete(map);
}

struct graph_scene *graph_scene_new(struct loop *loop, const char *name, const char *srcdir, int64_t wall)
{
    bool known = false;
    for (size_t i = 0; graph_scene_names[i]; i++)
        known |= str_eq(graph_scene_names[i], name);
    if (!known)
        return NULL;
    bool draft = str_eq(name, "draft") || str_eq(name, "twelve") || str_eq(name, "broken") ||
                 str_eq(name, "scarce") || str_eq(name, "unseen");
    bool none = str_eq(name, "none"), unplugged = str_eq(name, "unplugged"), dead = str_eq(name, "dead") || unplugged, tried = str_eq(name, "tried");
    struct graph_scene *gs = xcalloc(1, sizeof *gs);
    gs->scene = scene_new(loop, draft ? "empty" : none || dead || tried ? "lobby" : name, wall);
    struct model *model = &gs->scene->model;
    model->ops.traffic = on_traffic;
    model->ops.deploy = on_deploy;
    model->ops.new_graph = on_new_graph;
    model->ops.end_trial = on_end_trial;
    if (tried)
        model->ops.try_deploy = on_try;
    read_catalogue(gs, srcdir);
    if (draft)
        scene_put_nodes(gs->scene);
    if (str_eq(name, "scarce"))
        make_scarce(gs->scene);
    if (str_eq(name, "unseen")) {
        model->sources[SOURCE_NODES].state = REFLECTOR_REFUSED;
        snprintf(model->sources[SOURCE_NODES].why, sizeof model->sources[SOURCE_NODES].why,
                 "cannot list nodes: operator may not list them");
    }
    if (str_eq(name, "scarce"))
        model->document = open_text(gs, scarce, sizeof scarce - 1);
    else if (str_eq(name, "twelve"))
        model->document = open_text(gs, twelve, sizeof twelve - 1);
    else if (str_eq(name, "broken"))
        model->document = open_text(gs, broken, sizeof broken - 1);
    else
        model->document = open_lobby(gs, srcdir);
    if (!draft)
        graph_scene_deploy(gs);
    if (str_eq(name, "lobby") || dead)
        put_traffic(gs, dead ? 14.2 : 0.05, unplugged ? "timed out" : NULL);
    const struct graph *graph = document_graph(model->document);
    free(model->graph_name);
    free(model->graph_ns);
    model->graph_name = none ? NULL : xstrdup(graph->name);
    model->graph_ns = none ? NULL : xstrdup(graph->ns);
    if (none) {
        document_free(model->document);
        model->document = NULL;
    }
    return gs;
}

void graph_scene_free(struct graph_scene *gs)
{
    model_trial_release(&gs->scene->model.trial);
    map_release(&gs->scene->model.refused, free);
    document_free(gs->scene->model.document);
    catalogue_release(&gs->scene->catalogue);
    faults_release(&gs->faults);
    scene_free(gs->scene);
    free(gs);
}
