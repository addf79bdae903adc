#include "graph_test.h"

#include "base/digest.h"

static struct plan *make(const char *text, struct graph **graph)
{
    struct faults faults = {0};
    struct err err = ERR_INIT;
    *graph = graph_parse(text, strlen(text), "g.yaml", test_catalogue(), &faults);
    ck_assert_msg(*graph && !faults.errors, "%s", faults.count ? faults.items[0].text : "");
    struct plan *plan = plan_make(*graph, text, strlen(text), &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    faults_release(&faults);
    return plan;
}

static const cJSON *member(const struct plan *plan, const char *kind, const char *name)
{
    for (size_t i = 0; i < plan->member_count; i++)
        if (str_eq(json_str(plan->members[i], "kind"), kind) && str_eq(json_str(plan->members[i], "metadata.name"), name))
            return plan->members[i];
    return NULL;
}

/* What Kubernetes is told of a thing, at a path, as JSON. */
static char *part(const char *text, const char *kind, const char *name, const char *path)
{
    struct graph *graph;
    struct plan *plan = make(text, &graph);
    struct buf out;
    buf_init(&out, 1u << 20);
    const cJSON *value = json_at(member(plan, kind, name), path);
    if (value)
        json_print(&out, value);
    plan_free(plan);
    graph_free(graph);
    return buf_take(&out);
}

#define EXPECT_PART(text, kind, name, path, json)                                                                      \
    do {                                                                                                               \
        char *have = part(text, kind, name, path);                                                                     \
        ck_assert_str_eq(have, json);                                                                                  \
        free(have);                                                                                                    \
    } while (0)

/* A type may bring a volume; the thing may say another size, and keeps the type's path. */
START_TEST(test_storage_of_the_type)
{
    static const char entry[] = "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: rec}\n"
                                "spec: {class: MStorage, image: a, port: 80, storage: {size: 1Gi, path: /kept}}\n";
    static const char text[] = "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"
                               "    - {name: a, type: rec}\n    - {name: b, type: rec, storage: {size: 2Gi, class: fast}}\n";
    struct catalogue cat = {0};
    struct faults faults = {0};
    catalogue_read(&cat, entry, strlen(entry), "rec.yaml", &faults);
    struct graph *graph = graph_parse(text, strlen(text), "g", &cat, &faults);
    ck_assert_uint_eq(faults.count, 0);
    ck_assert_str_eq(json_str(graph->things[0].extra, "storage.size"), "1Gi");
    ck_assert_str_eq(json_str(graph->things[0].extra, "storage.path"), "/kept");
    ck_assert_str_eq(json_str(graph->things[1].extra, "storage.size"), "2Gi");
    ck_assert_str_eq(json_str(graph->things[1].extra, "storage.path"), "/kept");
    ck_assert_str_eq(json_str(graph->things[1].extra, "storage.class"), "fast");
    graph_free(graph);
    catalogue_release(&cat);
    faults_release(&faults);
}
END_TEST

START_TEST(test_lobby_render)
{
    size_t len;
    char *text = test_file("assets/graphs/lobby.yaml", &len), *golden = test_file("tests/unit/graph_lobby.golden", NULL);
    for (int i = 0; i < 2; i++) { /* the same each time */
        struct graph *graph;
        struct plan *plan = make(text, &graph);
        struct buf out;
        buf_init(&out, 1u << 20);
        plan_render(plan, &out);
        ck_assert_msg(strcmp(out.data, golden) == 0, "rendered:\n%s", out.data);
        buf_release(&out);
        plan_free(plan);
        graph_free(graph);
    }
    free(golden);
    free(text);
}
END_TEST

/* KEP-3659's construction, with a value computed by other means. */
START_TEST(test_applyset_id)
{
    char *id = plan_applyset_id("patchbay-lobby", "media", "ConfigMap", "");
    ck_assert_str_eq(id, "applyset-gP2CwU8i-9Id00D-9CtM03Gx_Uo_3cTXkwfsAxHu2AQ-v1");
    ck_assert_uint_le(strlen(id), 63);
    free(id);
}
END_TEST

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"

START_TEST(test_keys)
{
    const char *text = HEAD "    - name: det\n      type: people-detector\n      gpu: {count: 2, resource: amd.com/gpu}\n"
                            "      replicas: 3\n      resources: {limits: {memory: 32Mi}}\n      env: {TZ: UTC}\n"
                            "      secrets: {PASS: cam/pw}\n      nodeSelector: {disk: fast}\n"
                            "      tolerations: [{operator: Exists}]\n      runtimeClassName: nvidia\n"
                            "      imagePullSecrets: [reg]\n      storage: {size: 1Gi, class: slow}\n"
                            "    - {name: cam, type: ip-camera}\n"
                            "    - {name: gate, external: {video: \"rtsp://10.0.0.9/x\"}}\n"
                            "  links: [{from: gate.video, to: det.video}]\n";
#define POD "spec.template.spec."
    EXPECT_PART(text, "Deployment", "det", "spec.replicas", "3");
    EXPECT_PART(text, "Deployment", "det", "spec.strategy", "{\"type\":\"Recreate\"}");
    EXPECT_PART(text, "Deployment", "cam", "spec.strategy",
                "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"}}");
    EXPECT_PART(text, "Deployment", "det", POD "nodeSelector", "{\"disk\":\"fast\"}");
    EXPECT_PART(text, "Deployment", "det", POD "tolerations", "[{\"operator\":\"Exists\"}]");
    EXPECT_PART(text, "Deployment", "det", POD "runtimeClassName", "\"nvidia\"");
    EXPECT_PART(text, "Deployment", "det", POD "imagePullSecrets", "[{\"name\":\"reg\"}]");
    EXPECT_PART(text, "Deployment", "det", POD "volumes",
                "[{\"name\":\"storage\",\"persistentVolumeClaim\":{\"claimName\":\"det\"}}]");
    EXPECT_PART(text, "Deployment", "det", POD "securityContext",
                "{\"fsGroup\":10001,\"fsGroupChangePolicy\":\"OnRootMismatch\",\"runAsNonRoot\":true,"
                "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
    EXPECT_PART(text, "PersistentVolumeClaim", "det", "spec",
                "{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"1Gi\"}},"
                "\"storageClassName\":\"slow\"}");
    EXPECT_PART(text, "Service", "gate", "metadata.name", "");
    EXPECT_PART(text, "Deployment", "gate", "metadata.name", "");
    struct graph *graph;
    struct plan *plan = make(text, &graph);
    ck_assert_uint_eq(plan->member_count, 5);
    ck_assert_str_eq(json_str(plan->parent, "data.members"),
                     "PersistentVolumeClaim/det\nService/cam\nService/det\napps/Deployment/cam\napps/Deployment/det\n");
    const cJSON *annotations = json_object(plan->parent, "metadata.annotations");
    ck_assert_str_eq(json_get(annotations, "applyset.kubernetes.io/contains-group-kinds")->valuestring,
                     "Deployment.apps,PersistentVolumeClaim,Service");
    const cJSON *container = json_array(member(plan, "Deployment", "det"), POD "containers")->child;
    struct buf out;
    buf_init(&out, 1u << 16);
    json_print(&out, json_get(container, "env"));
    ck_assert_str_eq(out.data,
                     "[{\"name\":\"POD_IP\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\",\"fieldPath\":"
                     "\"status.podIP\"}}},{\"name\":\"POD_NAME\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\","
                     "\"fieldPath\":\"metadata.name\"}}},{\"name\":\"PATCHBAY_GRAPH\",\"value\":\"g\"},{\"name\":"
                     "\"PATCHBAY_THING\",\"value\":\"det\"},{\"name\":\"PASS\",\"valueFrom\":{\"secretKeyRef\":{\"name\":"
                     "\"cam\",\"key\":\"pw\"}}},{\"name\":\"INPUT_VIDEO\",\"value\":\"rtsp://10.0.0.9/x\"},{\"name\":\"TZ\","
                     "\"value\":\"UTC\"}]");
    buf_reset(&out);
    json_print(&out, json_get(container, "resources"));
    ck_assert_str_eq(out.data, "{\"limits\":{\"memory\":\"32Mi\",\"amd.com/gpu\":\"2\"},\"requests\":{\"cpu\":\"50m\","
                               "\"amd.com/gpu\":\"2\"}}");
    buf_release(&out);
    plan_free(plan);
    graph_free(graph);
}
END_TEST

static struct catalogue *with_files(const char *content)
{
    struct catalogue *cat = xcalloc(1, sizeof *cat);
    struct faults faults = {0};
    char *text = xasprintf("apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: other}\nspec:\n"
                           "  class: MAnalyser\n  image: other/image:1\n"
                           "  inputs: [{name: video, media: video/mjpeg, env: VIDEO, max: 2}]\n"
                           "  params: [{name: rate, default: 5}]\n"
                           "  files:\n    - {path: /opt/b, content: x}\n    - {path: /etc/thing/a.yaml, content: \"%s\"}\n",
                           content);
    catalogue_read(cat, text, strlen(text), "cat.yaml", &faults);
    ck_assert_msg(!faults.errors, "%s", faults.count ? faults.items[0].text : "");
    free(text);
    faults_release(&faults);
    return cat;
}

static struct plan *plan_with(const struct catalogue *cat, const char *text, struct err *err)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), "g.yaml", cat, &faults);
    ck_assert_msg(graph && !faults.errors, "%s", faults.count ? faults.items[0].text : "");
    struct plan *plan = plan_make(graph, text, strlen(text), err);
    graph_free(graph);
    faults_release(&faults);
    return plan;
}

static void drop_catalogue(struct catalogue *cat)
{
    catalogue_release(cat);
    free(cat);
}

/* Files come as a ConfigMap that is a member like others, and whose name changes with what is in it. */
START_TEST(test_files)
{
    struct err err = ERR_INIT;
    const char *text = HEAD "    - {name: det, type: other}\n    - {name: gate, external: {video: \"rtsp://h/x\"}}\n"
                            "  links: [{from: gate.video, to: det.video}]\n";
    struct catalogue *cat = with_files("t ${thing} g ${graph} p ${param.rate} v ${in.video} $${HOME}");
    struct plan *plan = plan_with(cat, text, &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    ck_assert_str_eq(json_str(plan->parent, "data.members"),
                     "ConfigMap/det.files-10261219d7\nService/det\napps/Deployment/det\n");
    ck_assert_str_eq(json_get(json_object(plan->parent, "metadata.annotations"),
                              "applyset.kubernetes.io/contains-group-kinds")->valuestring,
                     "ConfigMap,Deployment.apps,Service");
    struct buf out;
    buf_init(&out, 1u << 16);
    json_print(&out, json_get(plan->members[0], "data"));
    ck_assert_str_eq(out.data, "{\"etc_thing_a.yaml\":\"t det g g p 5 v rtsp://h/x ${HOME}\",\"opt_b\":\"x\"}");
    buf_reset(&out);
    const cJSON *pod = json_at(member(plan, "Deployment", "det"), "spec.template.spec");
    json_print(&out, json_get(pod, "volumes"));
    json_print(&out, json_get(json_array(pod, "containers")->child, "volumeMounts"));
    ck_assert_str_eq(out.data,
                     "[{\"configMap\":{\"name\":\"det.files-10261219d7\"},\"name\":\"files\"}]"
                     "[{\"mountPath\":\"/etc/thing/a.yaml\",\"name\":\"files\",\"readOnly\":true,\"subPath\":"
                     "\"etc_thing_a.yaml\"},{\"mountPath\":\"/opt/b\",\"name\":\"files\",\"readOnly\":true,"
                     "\"subPath\":\"opt_b\"}]");
    buf_release(&out);
    struct catalogue *other = with_files("another");
    struct plan *later = plan_with(other, text, &err);
    ck_assert_str_ne(json_str(later->members[0], "metadata.name"), json_str(plan->members[0], "metadata.name"));
    plan_free(later);
    plan_free(plan);
    drop_catalogue(other);
    drop_catalogue(cat);
}
END_TEST

/* As the entry it is small; filled in, it is more than a ConfigMap holds. */
START_TEST(test_files_too_large)
{
    struct err err = ERR_INIT;
    struct catalogue *cat = with_files("${param.rate}${param.rate}${param.rate}${param.rate}");
    char *long_value = xcalloc(1, 300001);
    memset(long_value, 'x', 300000);
    char *text = xasprintf(HEAD "    - {name: det, type: other, params: {rate: %s}}\n", long_value);
    ck_assert_ptr_null(plan_with(cat, text, &err));
    ck_assert_str_eq(err.text, "the files of the type other, filled in, are more than the 1024 KiB that a ConfigMap holds");
    free(text);
    free(long_value);
    drop_catalogue(cat);
}
END_TEST

/* All producers of an input, one a line, whatever the order of the links. */
START_TEST(test_many_producers)
{
    const char *text = HEAD "    - {name: b, type: ip-camera}\n    - {name: a, type: ip-camera}\n    - {name: m, type: monitor}\n"
                            "  links: [{from: b.video, to: m.video}, {from: a.video, to: m.video}]\n";
    const char *other = HEAD "    - {name: m, type: monitor}\n    - {name: a, type: ip-camera, params: {fps: 3}}\n"
                             "    - {name: b, type: ip-camera}\n"
                             "  links: [{from: a.video, to: m.video}, {from: b.video, to: m.video}]\nview: {m: [9, 9]}\n";
    char *one = part(text, "Deployment", "m", "spec.template"), *two = part(other, "Deployment", "m", "spec.template");
    ck_assert_msg(strstr(one, "http://a:8080/video\\nhttp://b:8080/video\"") != NULL, "%s", one);
    ck_assert_str_eq(one, two);
    free(one);
    free(two);
    one = part(text, "Deployment", "a", "spec.template");
    two = part(other, "Deployment", "a", "spec.template");
    ck_assert_str_ne(one, two); /* its own parameter */
    free(one);
    free(two);
}
END_TEST

START_TEST(test_templates)
{
    const char *entry = "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: any}\nspec:\n  class: MAnalyser\n"
                        "  image: other/image:2\n  port: 90\n"
                        "  args: [\"--in=${in.video}\", \"--x=${param.x}${param.y}\", \"${thing}@${graph}\", \"$${HOME}\", plain]\n"
                        "  env: {NAME: \"${thing}\", X: \"${param.x}\", TZ: UTC}\n"
                        "  inputs: [{name: video, media: video/mjpeg, env: IN}]\n"
                        "  outputs: [{name: out, media: a/b, path: /out}]\n"
                        "  params: [{name: x, type: number, default: 1}, {name: y}]\n";
    const char *text = HEAD "    - {name: t, type: any, params: {x: 2.50}, env: {TZ: CET}}\n    - {name: c, type: ip-camera}\n"
                            "  links: [{from: c.video, to: t.video}]\n";
    struct catalogue cat = {0};
    struct faults faults = {0};
    struct err err = ERR_INIT;
    size_t len;
    char *camera = test_file("assets/catalog/ip-camera.yaml", &len);
    catalogue_read(&cat, camera, len, "c", &faults);
    catalogue_read(&cat, entry, strlen(entry), "e", &faults);
    struct graph *graph = graph_parse(text, strlen(text), "g", &cat, &faults);
    ck_assert_msg(!faults.count, "%s", faults.count ? faults.items[0].text : "");
    struct plan *plan = plan_make(graph, text, strlen(text), &err);
    const cJSON *container = json_array(member(plan, "Deployment", "t"), POD "containers")->child;
    struct buf out;
    buf_init(&out, 1u << 16);
    json_print(&out, json_get(container, "args"));
    ck_assert_str_eq(out.data, "[\"--in=http://c:8080/video\",\"--x=2.50\",\"t@g\",\"${HOME}\",\"plain\"]");
    buf_reset(&out);
    const cJSON *env = json_get(container, "env"), *item;
    cJSON_ArrayForEach(item, env)
        if (json_str(item, "value"))
            buf_addf(&out, "%s=%s ", json_str(item, "name"), json_str(item, "value"));
    ck_assert_str_eq(out.data, "PATCHBAY_GRAPH=g PATCHBAY_THING=t IN=http://c:8080/video NAME=t X=2.50 TZ=CET ");
    ck_assert(!json_get(container, "readinessProbe"));
    ck_assert_int_eq(json_int(json_array(member(plan, "Service", "t"), "spec.ports")->child, "port", -1), 90);
    buf_release(&out);
    plan_free(plan);
    graph_free(graph);
    catalogue_release(&cat);
    faults_release(&faults);
    free(camera);
}
END_TEST

/* Every label of every object is legal, whatever the lengths. */
START_TEST(test_labels)
{
    const char *forty = "a123456789012345678901234567890123456789";
    char *text = xasprintf("apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: %s, namespace: %s}\nspec:\n"
                           "  things: [{name: %s, type: ip-camera}]\n",
                           forty, forty, forty);
    struct graph *graph;
    struct plan *plan = make(text, &graph);
    for (size_t i = 0; i <= plan->member_count; i++) {
        const cJSON *object = i < plan->member_count ? plan->members[i] : plan->parent, *label;
        cJSON_ArrayForEach(label, json_object(object, "metadata.labels")) {
            ck_assert_uint_le(strlen(label->valuestring), 63);
            ck_assert_uint_gt(strlen(label->valuestring), 0);
        }
        ck_assert_uint_le(strlen(json_str(object, "metadata.name")), 63);
    }
    plan_free(plan);
    graph_free(graph);
    free(text);
}
END_TEST

START_TEST(test_refusals)
{
    struct err err = ERR_INIT;
    struct faults faults = {0};
    const char *broken = HEAD "    - {name: m, type: monitor}\n    - {name: x, type: nothing}\n  links: [{from: x.y, to: m.video}]\n";
    struct graph *graph = graph_parse(broken, strlen(broken), "g", test_catalogue(), &faults);
    ck_assert_ptr_null(plan_make(graph, broken, strlen(broken), &err));
    ck_assert_str_eq(err.text, "the link to 'm.video' has faults");
    graph_free(graph);
    struct buf text;
    buf_init(&text, 1u << 20);
    buf_adds(&text, HEAD "    - {name: c, type: ip-camera}\n# ");
    buf_pad(&text, 'x', 600u << 10);
    faults_release(&faults);
    graph = graph_parse(text.data, text.len, "g", test_catalogue(), &faults);
    ck_assert_uint_eq(faults.count, 0);
    ck_assert_ptr_null(plan_make(graph, text.data, text.len, &err));
    ck_assert_str_eq(err.text, "the graph's text has 600 KiB; a cluster keeps it in a ConfigMap, which has room for 512");
    graph_free(graph);
    buf_release(&text);
    faults_release(&faults);
}
END_TEST

START_TEST(test_empty_graph)
{
    struct graph *graph;
    struct plan *plan = make(HEAD, &graph);
    ck_assert_uint_eq(plan->member_count, 0);
    ck_assert_str_eq(json_str(plan->parent, "metadata.namespace"), "default");
    ck_assert_str_eq(json_str(plan->parent, "data.members"), "");
    plan_free(plan);
    graph_free(graph);
}
END_TEST

TCase *case_plan(void)
{
    TCase *tc = tcase_create("plan");
    tcase_add_test(tc, test_files);
    tcase_add_test(tc, test_files_too_large);
    tcase_add_test(tc, test_storage_of_the_type);
    tcase_add_test(tc, test_lobby_render);
    tcase_add_test(tc, test_applyset_id);
    tcase_add_test(tc, test_keys);
    tcase_add_test(tc, test_many_producers);
    tcase_add_test(tc, test_templates);
    tcase_add_test(tc, test_labels);
    tcase_add_test(tc, test_refusals);
    tcase_add_test(tc, test_empty_graph);
    return tc;
}
