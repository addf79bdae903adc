#include "tests/screen/scene.h"

#include "base/time.h"
#include "k8s/kinds/configmap.h"

#define TEXT_MAX (1u << 20)

const char *const scene_names[] = {"lobby", "starting", "trouble", "held", "many", "gpus", "empty", NULL};

static const struct kind *const kinds[SOURCE_COUNT] = {
    [SOURCE_PODS] = &kind_pod,       [SOURCE_NODES] = &kind_node,       [SOURCE_DEPLOYMENTS] = &kind_deployment,
    [SOURCE_EVENTS] = &kind_event,   [SOURCE_GRAPHS] = &kind_configmap,
};

void scene_put(struct scene *scene, enum model_source_id source, const char *json)
{
    char *text = xstrdup(json);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    struct err err = ERR_INIT;
    cJSON *object = json_parse(text, strlen(text), &err);
    if (!object)
        BUG("the scene's JSON: %s: %s", err.text, text);
    struct record *record = record_new(kinds[source], object);
    if (!record)
        BUG("no record in: %s", text);
    store_put(model_store(&scene->model, source), record);
    cJSON_Delete(object);
    free(text);
}

static void put(struct scene *scene, enum model_source_id source, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void put(struct scene *scene, enum model_source_id source, const char *fmt, ...)
{
    struct buf text;
    va_list ap;
    buf_init(&text, TEXT_MAX);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    scene_put(scene, source, text.data);
    buf_release(&text);
}

struct when {
    char text[TIME_TEXT];
};

/* A moment before now, as an object's time stamp (whole seconds, as the API server writes them). */
static struct when ago(const struct scene *scene, double seconds, int digits)
{
    struct when when;
    time_format(when.text, scene->wall - (int64_t)(seconds * 1e9), digits);
    return when;
}

static void put_node(struct scene *scene, int number, const char *ready, double created)
{
    put(scene, SOURCE_NODES,
        "{'metadata': {'name': 'gpu-%d', 'uid': 'node-%d', 'resourceVersion': '1', 'creationTimestamp': '%s',"
        " 'labels': {'nvidia.com/gpu.product': 'NVIDIA-H100-simulated'},"
        " 'annotations': {'patchbay.dev/simulated': 'true'}},"
        " 'status': {'capacity': {'cpu': '16', 'memory': '64Gi', 'nvidia.com/gpu': '1', 'pods': '110'},"
        " 'allocatable': {'cpu': '16', 'memory': '64Gi', 'nvidia.com/gpu': '%d', 'pods': '110'},"
        " 'conditions': [{'type': 'Ready', 'status': '%s', 'reason': 'KubeletReady'}]}}",
        number, number, ago(scene, created, 0).text, str_eq(ready, "True") ? 1 : 0, ready);
}

void scene_put_nodes(struct scene *scene)
{
    for (int i = 1; i <= 4; i++)
        put_node(scene, i, "True", 3 * 86400 + i * 3600);
}

struct script { /* a pod and its deployment; times are seconds before now, < 0: not yet */
    const char *ns, *thing, *hash, *node;
    int gpus;
    double created, scheduled, pulled, started, ready, first;
    const char *waiting, *message; /* of a container that waits */
    int restarts;
    double restarted;
    const char *pull; /* text of the Pulled event */
    int more;         /* further pods of the deployment in the name: a number, 0 none */
};

static void put_event(struct scene *scene, const struct script *s, const char *pod, const char *reason, double when,
                      const char *type, const char *message, int count)
{
    if (when < 0)
        return;
    int64_t at = scene->wall - (int64_t)(when * 1e9);
    put(scene, SOURCE_EVENTS,
        "{'metadata': {'name': '%s.%" PRIx64 "', 'namespace': '%s', 'uid': 'event-%s-%s', 'resourceVersion': '1'},"
        " 'type': '%s', 'reason': '%s', 'message': '%s', 'count': %d, 'firstTimestamp': '%s', 'lastTimestamp': '%s',"
        " 'involvedObject': {'kind': 'Pod', 'name': '%s', 'namespace': '%s', 'uid': 'uid-%s'}}",
        pod, (uint64_t)at, s->ns, pod, reason, type, reason, message, count, ago(scene, when, 0).text,
        ago(scene, when, 0).text, pod, s->ns, pod);
}

static void put_conditions(struct scene *scene, const struct script *s, struct buf *out)
{
    if (s->scheduled >= 0)
        buf_addf(out, "{'type': 'PodScheduled', 'status': 'True', 'lastTransitionTime': '%s'},",
                 ago(scene, s->scheduled, 0).text);
    else
        buf_addf(out, "{'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable', 'message': '%s'},",
                 str_or_empty(s->message));
    buf_addf(out, "{'type': 'Ready', 'status': '%s', 'lastTransitionTime': '%s'}", s->ready >= 0 ? "True" : "False",
             ago(scene, s->ready >= 0 ? s->ready : s->created, 0).text);
}

static void put_pod(struct scene *scene, const struct script *s)
{
    char pod[128], last[256] = "", state[512], gpu[64] = "";
    snprintf(pod, sizeof pod, "%s-%s", s->thing, s->hash);
    if (s->more)
        snprintf(pod + strlen(pod) - 5, 6, "x%04u", (unsigned)s->more % 10000u);
    struct buf conditions;
    buf_init(&conditions, 4096);
    put_conditions(scene, s, &conditions);
    if (s->waiting)
        snprintf(state, sizeof state, "'waiting': {'reason': '%s', 'message': '%s'}", s->waiting,
                 str_or_empty(s->message));
    else if (s->started >= 0)
        snprintf(state, sizeof state, "'running': {'startedAt': '%s'}", ago(scene, s->started, 0).text);
    else
        snprintf(state, sizeof state, "'waiting': {'reason': 'ContainerCreating'}");
    if (s->restarts)
        snprintf(last, sizeof last, "'lastState': {'terminated': {'reason': 'Error', 'exitCode': 1, 'finishedAt': '%s'}},",
                 ago(scene, s->restarted, 0).text);
    if (s->gpus)
        snprintf(gpu, sizeof gpu, "'limits': {'nvidia.com/gpu': '%d'}", s->gpus);
    bool placed = s->scheduled >= 0;
    put(scene, SOURCE_PODS,
        "{'metadata': {'name': '%s', 'namespace': '%s', 'uid': 'uid-%s', 'resourceVersion': '1',"
        " 'creationTimestamp': '%s', 'labels': {'patchbay.dev/graph': 'lobby', 'patchbay.dev/thing': '%s'},"
        " 'ownerReferences': [{'kind': 'ReplicaSet', 'name': '%s-%.*s', 'controller': true}]},"
        " 'spec': {'containers': [{'name': '%s', 'image': 'patchbay/thing:1',"
        " 'ports': [{'containerPort': 8080}], 'resources': {%s}}]%s%s%s},"
        " 'status': {'phase': '%s', 'podIP': '127.1.0.1', 'conditions': [%s]%s"
        " 'containerStatuses': [{'name': '%s', 'ready': %s, 'restartCount': %d, %s 'state': {%s}}]%s}}",
        pod, s->ns, pod, ago(scene, s->created, 0).text, s->thing, s->thing, (int)strcspn(s->hash, "-"), s->hash,
        s->thing, gpu, placed ? ", 'nodeName': '" : "", placed ? s->node : "", placed ? "'" : "",
        s->started >= 0 ? "Running" : "Pending", conditions.data, placed ? "," : ", 'none': {", s->thing,
        s->ready >= 0 ? "true" : "false", s->restarts, last, state, placed ? "" : "}");
    buf_release(&conditions);
    char message[256];
    snprintf(message, sizeof message, "Successfully assigned %s/%s to %s", s->ns, pod, s->node);
    put_event(scene, s, pod, "Scheduled", s->scheduled, "Normal", message, 1);
    put_event(scene, s, pod, "Pulled", s->pulled, "Normal", str_or_empty(s->pull), 1);
    put_event(scene, s, pod, "Started", s->started, "Normal", "Started container", 1 + s->restarts);
    if (s->first >= 0) {
        int64_t *at = xmalloc(sizeof *at);
        *at = scene->wall - (int64_t)(s->first * 1e9);
        char uid[160];
        snprintf(uid, sizeof uid, "uid-%s", pod);
        free(map_put(&scene->first, uid, at));
    }
}

/* labels, spec: more of them, each with a comma behind. */
static void put_deployment_as(struct scene *scene, const struct script *s, int wanted, int ready, const char *labels,
                              const char *spec)
{
    const char *gpu = s->gpus ? ", 'resources': {'limits': {'nvidia.com/gpu': '1'}}" : "";
    put(scene, SOURCE_DEPLOYMENTS,
        "{'metadata': {'name': '%s', 'namespace': '%s', 'uid': 'deployment-%s', 'resourceVersion': '1',"
        " 'generation': 1, 'creationTimestamp': '%s',"
        " 'labels': {%s 'patchbay.dev/graph': 'lobby', 'patchbay.dev/thing': '%s'}},"
        " 'spec': {%s 'replicas': %d, 'template': {'spec': {'containers': [{'image': 'patchbay/thing:1'%s}]}}},"
        " 'status': {'observedGeneration': 1, 'replicas': %d, 'updatedReplicas': %d, 'readyReplicas': %d,"
        " 'availableReplicas': %d}}",
        s->thing, s->ns, s->thing, ago(scene, s->created, 0).text, labels, s->thing, spec, wanted, gpu, wanted, wanted, ready,
        ready);
}

static void put_deployment(struct scene *scene, const struct script *s, int wanted, int ready)
{
    put_deployment_as(scene, s, wanted, ready, "", s->gpus ? "'strategy': {'type': 'Recreate'}," : "");
}

#define PRESENT "Container image \\\"patchbay/thing:1\\\" already present on machine"

static const struct script lobby[] = {
    {"media", "camera", "6d4f9c7b5-k2x8p", "gpu-2", 0, 754.6, 754.58, 754.5, 754.1, 753.4, 753.3, .pull = PRESENT},
    {"media", "object-detect", "5b8c6d9f7-qwz4m", "gpu-1", 1, 754.6, 754.56, 752.4, 752.0, 751.1, 750.9,
     .pull = "Successfully pulled image \\\"patchbay/thing:1\\\" in 2.1s (2.1s including waiting)"},
    {"media", "monitoring", "7f6b5c4d8-9jv2t", "gpu-3", 0, 754.6, 754.57, 754.5, 754.2, 752.9, 750.4, .pull = PRESENT},
};

static const struct script starting[] = {
    {"media", "camera", "6d4f9c7b5-k2x8p", "gpu-2", 0, 4.6, 4.58, 4.5, 4.1, 3.4, 3.3, .pull = PRESENT},
    {"media", "object-detect", "5b8c6d9f7-qwz4m", "gpu-1", 1, 4.6, 4.56, -1, -1, -1, -1},
    {"media", "monitoring", "7f6b5c4d8-9jv2t", "gpu-3", 0, 4.6, 4.57, 4.5, 4.2, -1, -1, .pull = PRESENT},
};

static const struct script trouble[] = {
    {"media", "camera", "6d4f9c7b5-k2x8p", "gpu-2", 0, 4754.6, 4754.58, 4754.5, 314, -1, -1, .pull = PRESENT,
     .waiting = "CrashLoopBackOff", .restarts = 7, .restarted = 48,
     .message = "back-off 5m0s restarting failed container=camera pod=camera-6d4f9c7b5-k2x8p_media"},
    {"media", "object-detect", "5b8c6d9f7-qwz4m", "gpu-1", 2, 600, -1, -1, -1, -1, -1,
     .message = "0/4 nodes are available: 4 Insufficient nvidia.com/gpu."},
    {"media", "monitoring", "7f6b5c4d8-9jv2t", "gpu-3", 0, 93784.6, 93784, 93783.5, 93783.2, 93780.9, 93700, .pull = PRESENT},
    {"media", "storage", "84c6f5d7b9-h5n7r", "gpu-4", 0, 132, 131.9, -1, -1, -1, -1, .waiting = "ImagePullBackOff",
     .message = "Back-off pulling image \\\"patchbay/storage:9\\\""},
};

static void put_scripts(struct scene *scene, const struct script *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_deployment(scene, &scripts[i], 1, scripts[i].ready >= 0);
        put_pod(scene, &scripts[i]);
    }
}

/* The camera is stopped, the monitor's rollout paused. */
static void put_held(struct scene *scene)
{
    put_deployment_as(scene, &lobby[0], 0, 0, "'patchbay.dev/stopped-from': '1',", "");
    put_deployment(scene, &lobby[1], 1, 1);
    put_pod(scene, &lobby[1]);
    put_deployment_as(scene, &lobby[2], 1, 1, "", "'paused': true,");
    put_pod(scene, &lobby[2]);
}

static void put_many(struct scene *scene)
{
    struct script s = lobby[0];
    put_deployment(scene, &s, 400, 400);
    for (int i = 1; i <= 400; i++) {
        s.more = i;
        put_pod(scene, &s);
    }
}

static void put_detections(struct scene *scene)
{
    static const char *const labels[] = {"person", "person", "bicycle", "person", "dog"};
    for (int i = 300; i > 0; i--) {
        if (i > 4 && i < 20) /* here some are missing */
            continue;
        struct detection d = {.utc = scene->wall - i * 200 * NSEC_PER_MSEC, .frame = 7000 - i, .width = 768,
                              .height = 576};
        d.analysed = d.utc + 80 * NSEC_PER_MSEC;
        snprintf(d.thing, sizeof d.thing, "object-detect");
        snprintf(d.pod, sizeof d.pod, "object-detect-5b8c6d9f7-qwz4m");
        snprintf(d.source, sizeof d.source, "camera");
        d.count = (size_t)((i * 7 + i / 13) % 5);
        for (size_t o = 0; o < d.count; o++) {
            struct detected_object *object = &d.objects[o];
            snprintf(object->label, sizeof object->label, "%s", labels[(o + (size_t)i / 40) % 5]);
            object->confidence = 0.55 + 0.09 * (double)((i + (int)o * 3) % 5);
            object->x_min = 0.1 * (double)o;
            object->x_max = object->x_min + 0.08;
            object->y_max = 0.4;
            object->id = -1;
        }
        detection_log_add(scene->log, &d, d.analysed);
        detection_log_show(scene->log, d.analysed + 60 * NSEC_PER_MSEC);
    }
}

static int ask(struct scene *scene, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int ask(struct scene *scene, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(scene->last_asked, sizeof scene->last_asked, fmt, ap);
    va_end(ap);
    scene->asked++;
    return 0;
}

static int on_remove(void *data, const struct model_removal *what, struct err *err UNUSED)
{
    return ask(data, "%s %zu: %s/%s %s", removal_table[what->how].name, what->count, what->pods[0].ns, what->pods[0].name,
               what->pods[0].uid);
}

static int on_delete_object(void *data, const struct kind *kind, const char *ns, const char *name, const char *uid,
                            struct err *err UNUSED)
{
    return ask(data, "delete %s %s/%s %s", kind->name, str_or_empty(ns), name, str_or_empty(uid));
}

static int on_act(void *data, const struct model_act *act, struct err *err UNUSED)
{
    char names[200] = "";
    for (size_t i = 0; i < act->count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s/%s/%s %s", act->parts[i].ns, act->parts[i].graph,
                 act->parts[i].name, str_or_empty(act->parts[i].uid));
    return ask(data, "%s %d%s", act_table[act->act].name, act->replicas, names);
}

static int on_cordon(void *data, const char *node, bool cordoned, struct err *err UNUSED)
{
    return ask(data, "%s %s", cordoned ? "cordon" : "uncordon", node);
}

static int on_drain(void *data, const char *node, struct err *err UNUSED)
{
    return ask(data, "drain %s", node);
}

static int on_set_namespace(void *data, const char *ns, struct err *err UNUSED)
{
    struct scene *scene = data;
    free(scene->model.ns);
    scene->model.ns = ns ? xstrdup(ns) : NULL;
    ask(scene, "ns %s", ns ? ns : "(all)");
    model_changed(&scene->model, CHANGED_CONTEXT);
    return 0;
}

static int on_save(void *data, const char *path, const struct save_over *over UNUSED, struct err *err)
{
    if (!path)
        return err_set(err, "the graph has no file yet; :w FILE gives it one");
    return ask(data, "save %s", path);
}

/* The same picture again and again, of the last frame that is kept of the pod. */
static void on_look(void *data, const struct model_look *look)
{
    struct scene *scene = data;
    struct model_picture *picture = &scene->model.picture;
    const struct detection *newest = detection_log_at(scene->log, 0);
    scene->looked++;
    if (picture->number && str_eq(picture->pod, look->pod))
        return;
    free(picture->ns);
    free(picture->pod);
    free(picture->jpeg);
    picture->ns = xstrdup(look->ns);
    picture->pod = xstrdup(look->pod);
    picture->jpeg = scene_jpeg(8, 6, &picture->len);
    picture->captured = newest ? newest->utc : 0;
    picture->number++;
    model_changed(&scene->model, CHANGED_PICTURE);
}

static int64_t on_first(void *data, const char *uid)
{
    struct scene *scene = data;
    const int64_t *at = map_get(&scene->first, uid);
    return at ? *at : 0;
}

static struct kube_context contexts_here[] = {
    {.name = (char *)"edge", .cluster = (char *)"edge", .user = (char *)"edge", .ns = (char *)"default",
     .server = (char *)"https://127.0.0.1:41641"},
    {.name = (char *)"studio", .cluster = (char *)"studio-a", .user = (char *)"operator", .ns = (char *)"media",
     .server = (char *)"https://studio.example.org:6443"},
    {.name = (char *)"old", .cluster = (char *)"gone", .user = (char *)"operator", .ns = (char *)"default",
     .fault = (char *)"context 'old' names the cluster 'gone', which the kubeconfig does not have"},
};
static struct model_context contexts[] = {
    {.context = &contexts_here[0], .current = true},
    {.context = &contexts_here[1], .known = true, .state = REFLECTOR_STALE,
     .why = "cannot list pods: cannot connect to studio.example.org:6443: no answer within 10.0s"},
    {.context = &contexts_here[2]},
};

static int on_read_contexts(void *data UNUSED, struct err *err UNUSED)
{
    return 0;
}

static struct model_forward forwards[] = {
    {.id = 1, .ns = (char *)"media", .pod = (char *)"monitoring-7f6b5c4d8-9jv2t", .of = (char *)"monitoring", .local = 8080,
     .remote = 8080, .connections = 2, .taken = 9, .sent = 4300, .received = 73400320},
    {.id = 2, .ns = (char *)"media", .pod = (char *)"debug", .local = 41229, .remote = 22, .taken = 1, .failed = 1,
     .why = "a connection to port 22 of pod debug broke: nothing listens there (connection refused)"},
    {.id = 3, .ns = (char *)"media", .pod = (char *)"camera-6d4f9c7b5-zzzzz", .of = (char *)"camera", .local = 9000, .remote = 8080,
     .waiting = true},
};

/* As ops would have it; the pods of the scene are looked for by nobody. */
static int on_forward(void *data, const struct model_forward_wish *wish, struct err *err)
{
    struct scene *scene = data;
    char what[128];
    snprintf(what, sizeof what, "%s:%u:%u of %s", wish->pod, wish->local, wish->remote, str_or_empty(wish->of));
    scene->model.forwards = forwards;
    scene->model.forward_count = 1;
    return ask(scene, "forward %s", what) < 0 ? err_set(err, "refused") : 0;
}

static int on_shell(void *data, const char *ns UNUSED, const char *pod, const char *container, struct err *err UNUSED)
{
    char what[128];
    snprintf(what, sizeof what, "%s in %s", container, pod);
    return ask(data, "shell %s", what);
}

void scene_forward(struct scene *scene)
{
    for (size_t i = 0; i < ARRAY_SIZE(forwards); i++)
        forwards[i].since = scene->wall - (int64_t)(i + 1) * 90 * NSEC_PER_SEC;
    scene->model.forwards = forwards;
    scene->model.forward_count = ARRAY_SIZE(forwards);
}

struct scene *scene_new(struct loop *loop, const char *name, int64_t wall)
{
    bool known = false;
    for (size_t i = 0; scene_names[i]; i++)
        known |= str_eq(scene_names[i], name);
    if (!known)
        return NULL;
    struct scene *scene = xcalloc(1, sizeof *scene);
    struct model *model = &scene->model;
    scene->wall = wall;
    scene->log = detection_log_new(500);
    *model = (struct model){.loop = loop, .context = xstrdup("edge"), .ns = xstrdup("media"), .simulated = true,
                            .detections = scene->log, .catalogue = &scene->catalogue, .data = scene};
    model->ops.delete_object = on_delete_object;
    model->ops.remove = on_remove;
    model->ops.act = on_act;
    model->ops.cordon = on_cordon;
    model->ops.drain = on_drain;
    model->ops.set_namespace = on_set_namespace;
    model->ops.save = on_save;
    model->ops.forward = on_forward;
    model->ops.shell = on_shell;
    model->ops.read_contexts = on_read_contexts;
    model->contexts = contexts;
    model->context_count = ARRAY_SIZE(contexts);
    model->ops.first_result = on_first;
    model->ops.look = on_look;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        model->sources[i].store = store_new(kinds[i]);
        model->sources[i].state = REFLECTOR_LIVE;
        model->sources[i].since = loop_now(loop);
    }
    if (str_eq(name, "gpus"))
        scene_put_gpus(scene);
    if (str_eq(name, "empty") || str_eq(name, "gpus"))
        return scene;
    model->graph_name = xstrdup("lobby");
    model->graph_ns = xstrdup("media");
    for (int i = 1; i <= 4; i++)
        put_node(scene, i, str_eq(name, "trouble") && i == 4 ? "False" : "True", 3 * 86400 + i * 3600);
    if (str_eq(name, "held"))
        scene_forward(scene);
    if (str_eq(name, "lobby"))
        put_scripts(scene, lobby, ARRAY_SIZE(lobby));
    else if (str_eq(name, "starting"))
        put_scripts(scene, starting, ARRAY_SIZE(starting));
    else if (str_eq(name, "held"))
        put_held(scene);
    else if (str_eq(name, "trouble")) {
        put_scripts(scene, trouble, ARRAY_SIZE(trouble));
        put_event(scene, &trouble[0], "camera-6d4f9c7b5-k2x8p", "BackOff", 12, "Warning",
                  "Back-off restarting failed container camera in pod camera-6d4f9c7b5-k2x8p_media", 34);
        put_event(scene, &trouble[1], "object-detect-5b8c6d9f7-qwz4m", "FailedScheduling", 300, "Warning",
                  "0/4 nodes are available: 4 Insufficient nvidia.com/gpu.", 3);
    } else
        put_many(scene);
    if (!str_eq(name, "trouble"))
        put_detections(scene);
    return scene;
}

static void free_value(void *value)
{
    free(value);
}

void scene_free(struct scene *scene)
{
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        store_free(scene->model.sources[i].store);
    detection_log_free(scene->log);
    map_release(&scene->first, free_value);
    map_release(&scene->traffic, free_value);
    usage_release(&scene->usage);
    free(scene->text);
    free(scene->model.picture.ns);
    free(scene->model.picture.pod);
    free(scene->model.picture.jpeg);
    free(scene->model.context);
    free(scene->model.ns);
    free(scene->model.graph_name);
    free(scene->model.graph_ns);
    free(scene);
}
