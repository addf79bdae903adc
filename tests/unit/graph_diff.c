#include "graph_test.h"

#include "graph/diff.h"

#define G "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"
#define CAMERA G "    - {name: camera, type: cam}\n"
#define PAIR                                                                                                           \
    CAMERA "    - {name: gate, type: cam, params: {fps: 5}}\n"                                                         \
           "    - {name: detect, type: det, gpu: {count: 1}}\n"                                                        \
           "  links:\n"

/* Two states of a catalogue: %s is an image, a default and a file's text. */
#define CATALOGUE                                                                                                      \
    "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: cam}\nspec:\n  class: MSensor\n  image: %s\n"     \
    "  args: [camera, --fps, \"${param.fps}\", --name, \"${thing}@${param.where}\"]\n"                                 \
    "  params: [{name: fps, type: integer, default: %s}, {name: where, default: hall}]\n"                              \
    "  outputs: [{name: video, media: video/mjpeg, path: /video}, {name: small, media: video/mjpeg, path: /small}]\n"  \
    "  files: [{path: /etc/cam.conf, content: \"rate ${param.fps} %s\"}]\n"                                            \
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: det}\nspec:\n  class: MAnalyser\n"            \
    "  image: det:1\n  env: [{name: LEVEL, value: \"${param.level}\"}, {name: MODE, value: plain}]\n"                  \
    "  params: [{name: level, default: low}]\n"                                                                        \
    "  inputs: [{name: video, media: video/mjpeg, env: INPUT_VIDEO, max: 4}]\n"                                        \
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: rec}\nspec:\n  class: MStorage\n"             \
    "  image: rec:1\n  storage: {size: 1Gi, path: /data}\n"

static void read_catalogue(struct catalogue *cat, const char *image, const char *fps, const char *content)
{
    struct faults faults = {0};
    char *text = xasprintf(CATALOGUE, image, fps, content);
    catalogue_read(cat, text, strlen(text), "cat.yaml", &faults);
    ck_assert_msg(!faults.count, "%s", faults.count ? faults.items[0].text : "");
    free(text);
}

struct side {
    struct graph *graph;
    struct plan *plan;
};

static struct side side_of(const char *text, const struct catalogue *cat)
{
    struct faults faults = {0};
    struct err err = ERR_INIT;
    struct side side = {.graph = graph_parse(text, strlen(text), "g", cat, &faults)};
    ck_assert_msg(side.graph && !faults.errors, "%s", faults.count ? faults.items[0].text : "");
    side.plan = plan_make(side.graph, text, strlen(text), &err);
    ck_assert_msg(side.plan != NULL, "%s", err.text);
    faults_release(&faults);
    return side;
}

static void side_release(struct side *side)
{
    plan_free(side->plan);
    graph_free(side->graph);
}

/* As `patchbay diff` prints it. */
static char *text_of(const struct graph_diff *diff)
{
    static const char signs[] = {' ', '+', '~', '-'};
    struct buf out;
    buf_init(&out, 1u << 20);
    for (size_t i = 0; i < diff->count; i++) {
        const struct thing_diff *thing = &diff->things[i];
        buf_addf(&out, "%c %s  %s\n", signs[thing->differs], thing->name, thing->fate);
        for (size_t k = 0; k < thing->fields.count; k++)
            buf_addf(&out, "    %s\n", thing->fields.items[k].words);
        for (size_t k = 0; k < thing->drift.count; k++)
            buf_addf(&out, "    ! %s\n", thing->drift.items[k].words);
    }
    return buf_take(&out);
}

static const struct row {
    const char *what, *before /* NULL: nothing */, *after, *words;
    const char *image, *fps, *content; /* of the catalogue after, where it is another one */
} rows[] = {
    {"nothing", CAMERA, CAMERA, ""},
    {"the order, a comment, a default", CAMERA, CAMERA "      # the hall\nview: {camera: [3, 4]}\n", ""},
    {"all is new", NULL, G "    - {name: a, type: cam, replicas: 2}\n    - {name: b, type: det, gpu: {count: 1}}\n",
     "+ a  cam, 2 pods\n+ b  det, GPU 1\n"},
    {"a parameter", CAMERA, G "    - {name: camera, type: cam, params: {fps: 15}}\n",
     "~ camera  restarts 1 pod\n    fps 10 → 15\n    file /etc/cam.conf: another content\n"},
    {"a parameter inside a word", CAMERA, G "    - {name: camera, type: cam, params: {where: door}}\n",
     "~ camera  restarts 1 pod\n    where hall → door\n"},
    {"a parameter in the environment", G "    - {name: d, type: det}\n", G "    - {name: d, type: det, params: {level: high}}\n",
     "~ d  restarts 1 pod\n    level low → high\n"},
    {"more pods", CAMERA, G "    - {name: camera, type: cam, replicas: 3}\n",
     "~ camera  its pod runs on, 2 more\n    replicas 1 → 3\n"},
    {"fewer", G "    - {name: camera, type: cam, replicas: 3}\n", CAMERA,
     "~ camera  its pod runs on, 2 end\n    replicas 3 → 1\n"},
    {"none", CAMERA, G "    - {name: camera, type: cam, replicas: 0}\n",
     "~ camera  1 pod ends\n    replicas 1 → 0\n"},
    {"many pods anew", G "    - {name: d, type: det, replicas: 3}\n", G "    - {name: d, type: det, replicas: 4, params: {level: high}}\n",
     "~ d  restarts 3 pods, one after another, 1 more\n    level low → high\n    replicas 3 → 4\n"},
    {"its first GPU", G "    - {name: d, type: det}\n", G "    - {name: d, type: det, gpu: {count: 1}}\n",
     "~ d  restarts 1 pod, a gap: no second GPU to roll on\n    GPU 0 → 1\n    strategy RollingUpdate → Recreate\n"},
    {"another GPU", G "    - {name: d, type: det, gpu: {count: 1}}\n",
     G "    - {name: d, type: det, gpu: {count: 1, resource: amd.com/gpu}}\n",
     "~ d  restarts 1 pod, a gap: no second GPU to roll on\n    GPU resource nvidia.com/gpu → amd.com/gpu\n"},
    {"another source", PAIR "    - {from: gate.video, to: detect.video}\n", PAIR "    - {from: camera.video, to: detect.video}\n",
     "~ detect  restarts 1 pod, a gap: no second GPU to roll on\n    input video: camera instead of gate\n"},
    {"another output of it", PAIR "    - {from: gate.video, to: detect.video}\n", PAIR "    - {from: gate.small, to: detect.video}\n",
     "~ detect  restarts 1 pod, a gap: no second GPU to roll on\n"
     "    input video: gate.small instead of gate.video\n"},
    {"a second source", PAIR "    - {from: gate.video, to: detect.video}\n",
     PAIR "    - {from: gate.video, to: detect.video}\n    - {from: camera.video, to: detect.video}\n",
     "~ detect  restarts 1 pod, a gap: no second GPU to roll on\n    input video: also camera\n"},
    {"its first source", PAIR "    []\n", PAIR "    - {from: camera.video, to: detect.video}\n",
     "~ detect  restarts 1 pod, a gap: no second GPU to roll on\n    input video: from camera\n"},
    {"no source any more", PAIR "    - {from: camera.video, to: detect.video}\n", PAIR "    []\n",
     "~ detect  restarts 1 pod, a gap: no second GPU to roll on\n    input video: no longer camera\n"},
    {"a device's address",
     G "    - {name: d, type: det}\n    - {name: door, external: {video: \"http://a/video\"}}\n"
       "  links: [{from: door.video, to: d.video}]\n",
     G "    - {name: d, type: det}\n    - {name: door, external: {video: \"http://b/video\"}}\n"
       "  links: [{from: door.video, to: d.video}]\n",
     "~ d  restarts 1 pod\n    input video http://a/video → http://b/video\n"},
    {"added and removed", CAMERA, G "    - {name: d, type: det}\n",
     "+ d  det\n- camera  is deleted, with its pods and its service\n"},
    {"renamed", PAIR "    - {from: gate.video, to: detect.video}\n",
     CAMERA "    - {name: door, type: cam, params: {fps: 5}}\n    - {name: detect, type: det, gpu: {count: 1}}\n"
            "  links: [{from: door.video, to: detect.video}]\n",
     "~ detect  restarts 1 pod, a gap: no second GPU to roll on\n    input video: door instead of gate\n"
     "+ door  cam, gate under another name\n- gate  is deleted, with its pods and its service\n"},
    {"one goes, two like it come", CAMERA, G "    - {name: a, type: cam}\n    - {name: b, type: cam}\n",
     "+ a  cam, camera under another name\n+ b  cam\n- camera  is deleted, with its pods and its service\n"},
    {"another type", CAMERA, G "    - {name: camera, type: det}\n",
     "~ camera  restarts 1 pod\n    type cam → det\n    level (none) → low\n    image cam:1 → det:1\n"
     "    file /etc/cam.conf: is taken away\n"},
    {"what goes to Kubernetes as it is",
     G "    - {name: d, type: det, nodeSelector: {disk: ssd}, env: {COLOUR: red, SHAPE: round}, resources: {limits: {cpu: 1}}}\n",
     G "    - {name: d, type: det, nodeSelector: {zone: east}, env: {COLOUR: blue}, resources: {limits: {cpu: 2}}, "
       "tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}], strategy: {type: Recreate}}\n",
     "~ d  restarts 1 pod, a gap: strategy Recreate\n    strategy RollingUpdate → Recreate\n    env COLOUR red → blue\n"
     "    env SHAPE round → (none)\n    cpu limit 1 → 2\n    nodeSelector zone (none) → east\n"
     "    nodeSelector disk ssd → (none)\n    tolerations (none) → gpu:NoSchedule\n"},
    {"a variable comes from a Secret, and over the type's own",
     G "    - {name: d, type: det}\n",
     G "    - {name: d, type: det, env: {LEVEL: own}, secrets: {PASSWORD: {name: cam, key: pw}}}\n",
     "~ d  restarts 1 pod\n    env PASSWORD (none) → ***\n    env LEVEL low → own\n"},
    {"a larger volume", G "    - {name: r, type: rec}\n", G "    - {name: r, type: rec, storage: {size: 2Gi}}\n",
     "~ r  changes, its pod runs on\n    storage 1Gi → 2Gi\n"},
    {"a volume comes", CAMERA, G "    - {name: camera, type: cam, storage: {size: 2Gi}}\n",
     "~ camera  restarts 1 pod, a gap: strategy Recreate\n    strategy RollingUpdate → Recreate\n    storage (none) → 2Gi\n"},
    {"a volume goes", G "    - {name: camera, type: cam, storage: {size: 2Gi}}\n", CAMERA,
     "~ camera  restarts 1 pod\n    strategy Recreate → RollingUpdate\n"
     "    storage 2Gi → (none): the volume goes, with all that is on it\n"},
    {"a thing with a volume goes", G "    - {name: r, type: rec}\n", G "    - {name: d, type: det}\n",
     "+ d  det\n- r  is deleted, with its pods, its service and its volume, with all that is on it\n"},
    {"the catalogue's image", CAMERA, CAMERA, "~ camera  restarts 1 pod\n    image cam:1 → cam:2, from the catalogue\n", "cam:2", "10", ""},
    {"the catalogue's default", CAMERA, CAMERA,
     "~ camera  restarts 1 pod\n    fps 10 → 12\n    file /etc/cam.conf: another content\n", "cam:1", "12", ""},
    {"the catalogue's file", CAMERA, CAMERA,
     "~ camera  restarts 1 pod\n    file /etc/cam.conf: another content, from the catalogue\n", "cam:1", "10", "more"},
};

START_TEST(words)
{
    const struct row *row = &rows[_i];
    struct catalogue old = {0}, new = {0};
    read_catalogue(&old, "cam:1", "10", "");
    read_catalogue(&new, row->image ? row->image : "cam:1", row->fps ? row->fps : "10", row->content ? row->content : "");
    struct side before = {0}, after = side_of(row->after, &new);
    struct graph_diff diff;
    if (row->before)
        before = side_of(row->before, &old);
    graph_diff_make(&diff, &(struct diff_input){before.graph, before.plan, after.graph, after.plan, NULL, 0, NULL});
    char *text = text_of(&diff);
    ck_assert_msg(strcmp(text, row->words) == 0, "%s:\n%s--- not\n%s", row->what, text, row->words);
    free(text);
    graph_diff_release(&diff);
    side_release(&before);
    side_release(&after);
    catalogue_release(&old);
    catalogue_release(&new);
}
END_TEST

/* What only the cluster knows. */

static char *owner(const cJSON *live, const cJSON *field)
{
    (void)live;
    if (str_eq(field->string, "replicas"))
        return xstrdup("kubectl (scale)");
    return cJSON_IsString(field) && strstr(field->valuestring, "other") ? xstrdup("kubectl-edit") : NULL;
}

/* What applied has of it is what nobody else has. */
static void disown(cJSON *object, const cJSON *live)
{
    cJSON *next;
    for (cJSON *field = object->child; field; field = next) {
        next = field->next;
        const cJSON *there = cJSON_IsArray(object) ? cJSON_GetArrayItem(live, 0) : json_get(live, field->string);
        char *who = there ? owner(NULL, there) : NULL;
        if (who)
            cJSON_Delete(cJSON_DetachItemViaPointer(object, field));
        else if (there && cJSON_IsObject(field))
            disown(field, there);
        free(who);
    }
}

static cJSON *container_of(cJSON *deployment)
{
    return (cJSON *)(uintptr_t)json_array(deployment, "spec.template.spec.containers")->child;
}

static char *against(const char *deployed, const char *draft, void (*change)(cJSON *deployment))
{
    struct catalogue cat = {0};
    read_catalogue(&cat, "cam:1", "10", "");
    struct side before = side_of(deployed, &cat), after = side_of(draft, &cat);
    struct diff_member members[8] = {0};
    cJSON *made[16];
    size_t n = 0, m = 0;
    for (size_t i = 0; i < before.plan->member_count; i++) {
        cJSON *live = made[m++] = cJSON_Duplicate(before.plan->members[i], true);
        bool deployment = str_eq(json_str(live, "kind"), "Deployment");
        if (deployment)
            change(live);
        cJSON *applied = made[m++] = cJSON_Duplicate(live, true);
        if (deployment) {
            disown(json_ensure(applied, "spec"), json_get(live, "spec"));
            disown(container_of(applied), container_of(live));
        }
        bool gone = str_eq(json_str(live, "kind"), "Gone");
        members[n++] = (struct diff_member){.live = gone ? NULL : live, .applied = gone ? NULL : applied,
                                            .would = after.plan->members[i], .wanted = after.plan->members[i]};
    }
    struct graph_diff diff;
    graph_diff_make(&diff, &(struct diff_input){before.graph, before.plan, after.graph, after.plan, members, n, owner});
    char *text = text_of(&diff);
    graph_diff_release(&diff);
    for (size_t i = 0; i < m; i++)
        cJSON_Delete(made[i]);
    side_release(&before);
    side_release(&after);
    catalogue_release(&cat);
    return text;
}

static void scale(cJSON *deployment)
{
    json_set_int(deployment, "spec.replicas", 3);
}

static void other_image(cJSON *deployment)
{
    json_set_str(container_of(deployment), "image", "other:1");
}

static void older_image(cJSON *deployment)
{
    json_set_str(container_of(deployment), "image", "cam:0");
}

static void removed(cJSON *deployment)
{
    json_set_str(deployment, "kind", "Gone");
}

#define FIVE G "    - {name: camera, type: cam, params: {fps: 5}}\n"

static const struct {
    const char *draft;
    void (*change)(cJSON *deployment);
    const char *words;
} cases[] = {
    {CAMERA, scale, "~ camera  its pod runs on, 2 end\n    ! changed on the cluster: replicas 1 → 3 by kubectl (scale)\n"},
    {FIVE, scale,
     "~ camera  restarts 1 pod, 2 end\n    fps 10 → 5\n    file /etc/cam.conf: another content\n"
     "    ! changed on the cluster: replicas 1 → 3 by kubectl (scale)\n"},
    {CAMERA, other_image,
     "~ camera  restarts 1 pod\n    ! changed on the cluster: image cam:1 → other:1 by kubectl-edit\n"},
    {CAMERA, removed, "~ camera  1 pod is started\n    ! changed on the cluster: its deployment is not there\n"},
};

START_TEST(drift)
{
    char *text = against(CAMERA, cases[_i].draft, cases[_i].change);
    ck_assert_str_eq(text, cases[_i].words);
    free(text);
}
END_TEST

/* We applied it ourselves, with another catalogue: nobody changed it since. */
START_TEST(an_older_catalogue)
{
    char *text = against(CAMERA, CAMERA, older_image);
    ck_assert_str_eq(text, "~ camera  restarts 1 pod\n    image cam:0 → cam:1, from the catalogue\n");
    free(text);
}
END_TEST

START_TEST(credentials_are_masked)
{
    struct catalogue cat = {0};
    read_catalogue(&cat, "cam:1", "10", "");
    struct side before = side_of(G "    - {name: d, type: det, env: {URL: \"http://$(USER):$(PW)@host/\"}}\n", &cat);
    struct side after = side_of(G "    - {name: d, type: det, env: {URL: x}}\n", &cat);
    cJSON *container = container_of(before.plan->members[1]); /* after its service */
    json_set_str(cJSON_GetArrayItem(json_get(container, "env"), 6), "value", "http://me:hunter2@host/");
    struct graph_diff diff;
    graph_diff_make(&diff, &(struct diff_input){NULL, before.plan, after.graph, after.plan, NULL, 0, NULL});
    char *text = text_of(&diff);
    ck_assert_ptr_nonnull(strstr(text, "***@host/"));
    ck_assert_ptr_null(strstr(text, "hunter2"));
    free(text);
    graph_diff_release(&diff);
    side_release(&before);
    side_release(&after);
    catalogue_release(&cat);
}
END_TEST

/* What the graph has no word for keeps Kubernetes' path; what came from a cluster is harmless. */
START_TEST(no_word_for_it)
{
    struct catalogue cat = {0};
    read_catalogue(&cat, "cam:1", "10", "");
    struct side before = side_of(CAMERA, &cat), after = side_of(CAMERA, &cat);
    for (size_t i = 0; i < before.plan->member_count; i++)
        if (str_eq(json_str(before.plan->members[i], "kind"), "Deployment")) {
            json_set_int(before.plan->members[i], "spec.minReadySeconds", 5);
            json_set_str(before.plan->members[i], "spec.template.spec.schedulerName", "a\033[2Jb");
        }
    struct graph_diff diff;
    graph_diff_make(&diff, &(struct diff_input){before.graph, before.plan, after.graph, after.plan, NULL, 0, NULL});
    char *text = text_of(&diff);
    ck_assert_str_eq(text, "~ camera  restarts 1 pod\n    schedulerName: a\uFFFD[2Jb → (none)\n    minReadySeconds: 5 → (none)\n");
    ck_assert_str_eq(diff.things[0].fields.items[1].name, "minReadySeconds");
    free(text);
    graph_diff_release(&diff);
    side_release(&before);
    side_release(&after);
    catalogue_release(&cat);
}
END_TEST

TCase *case_diff(void)
{
    TCase *tc = tcase_create("diff");
    tcase_add_loop_test(tc, words, 0, ARRAY_SIZE(rows));
    tcase_add_loop_test(tc, drift, 0, ARRAY_SIZE(cases));
    tcase_add_test(tc, an_older_catalogue);
    tcase_add_test(tc, credentials_are_masked);
    tcase_add_test(tc, no_word_for_it);
    return tc;
}
