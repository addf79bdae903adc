#include "ops/imagename.h"
#include "ops/warm.h"
#include "ops/warm_outcome.h"

#include "tests/unit/ops_test.h"

#define TYPE(name, image)                                                                                              \
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: " name "}\n"                                 \
    "spec: {class: MSensor, image: '" image "', port: 80, outputs: [{name: v, media: video/mjpeg, path: /v}]}\n"
static const char catalogue_text[] = TYPE("cam", "x/cam:1") TYPE("same", "x/cam:1") TYPE("det", "reg:5000/x/det:2");

static struct catalogue cat;
static struct faults faults;
static struct store *nodes;
static char text[4096];

static void setup(void)
{
    catalogue_read(&cat, catalogue_text, strlen(catalogue_text), "cat", &faults);
    nodes = store_new(&kind_nodeimages);
}

static void teardown(void)
{
    store_free(nodes);
    catalogue_release(&cat);
    faults_release(&faults);
    cat = (struct catalogue){0};
}

/* Ready, with a GPU. */
static void node(const char *name, const char *labels, const char *spec, const char *images)
{
    char json[2000];
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s','labels':{%s}},'spec':{%s},'status':{'conditions':[{'type':'Ready','status':'True'}],"
             "'allocatable':{'cpu':'4','memory':'8Gi','pods':'10','nvidia.com/gpu':'1'},'images':[%s]}}",
             name, labels, spec, images);
    store_json(nodes, json);
}

/* "n1 a; n1 b present 12 MB": each need with its thing. */
static const char *chosen(const char *things)
{
    struct buf graph_text, out;
    buf_init(&graph_text, 1 << 16);
    buf_init(&out, sizeof text - 1);
    buf_addf(&graph_text,
             "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: n}\nspec:\n  things:\n%s", things);
    struct graph *graph = graph_parse(graph_text.data, graph_text.len, "g", &cat, &faults);
    ck_assert_msg(graph && !faults.errors, "%s", faults.count ? faults.items[0].text : "");
    struct warm_needs needs;
    warm_choose(&needs, graph, nodes);
    for (size_t i = 0; i < needs.count; i++) {
        const struct warm_need *need = &needs.items[i];
        char size[WARM_SIZE_TEXT];
        buf_addf(&out, "%s%s %s", i ? "; " : "", need->node->r.name, graph->things[need->thing].name);
        if (need->present)
            buf_addf(&out, " present %s", warm_size(size, need->size));
    }
    snprintf(text, sizeof text, "%s", out.data);
    warm_needs_release(&needs);
    graph_free(graph);
    buf_release(&graph_text);
    buf_release(&out);
    return text;
}

#define CAM "    - {name: a, type: cam}\n"
#define DET_GPU "    - {name: b, type: det, gpu: {count: 1}}\n"

START_TEST(each_image_once_a_node)
{
    node("n2", "", "", "");
    node("n1", "", "", "");
    ck_assert_str_eq(chosen(CAM DET_GPU "    - {name: c, type: same}\n"), "n1 a; n1 b; n2 a; n2 b");
}
END_TEST

START_TEST(as_the_scheduler_would_have_it)
{
    node("n1", "'disk':'fast'", "", "");
    node("n2", "", "'unschedulable':true", "");
    node("n3", "", "'taints':[{'key':'gpu','value':'only','effect':'NoSchedule'}]", "");
    node("n4", "", "", "");
    ck_assert_str_eq(chosen(CAM), "n1 a; n4 a");
    ck_assert_str_eq(chosen("    - {name: a, type: cam, nodeSelector: {disk: fast}}\n"), "n1 a");
    ck_assert_str_eq(chosen("    - {name: a, type: cam, tolerations: [{key: gpu, operator: Exists}]}\n"), "n1 a; n3 a; n4 a");
    /* two GPUs no node has, taken or not */
    ck_assert_str_eq(chosen(CAM "    - {name: b, type: det, gpu: {count: 2}}\n"), "n1 a; n4 a");
    ck_assert_str_eq(chosen("    - {name: a, type: cam, replicas: 0}\n    - {name: x, external: {v: 'http://x/v'}}\n"), "");
}
END_TEST

/* Where only one of two things may run, it is the one that says so; else who can get at the image. */
START_TEST(the_thing_that_may)
{
    node("n1", "", "", "");
    node("n2", "", "'taints':[{'key':'gpu','effect':'NoSchedule'}]", "");
    ck_assert_str_eq(chosen(CAM "    - {name: c, type: same, tolerations: [{operator: Exists}]}\n"), "n1 a; n2 c");
    ck_assert_str_eq(chosen(CAM "    - {name: c, type: same, imagePullSecrets: [reg]}\n"), "n1 c");
}
END_TEST

#define IMAGE(name) "{'names':['docker.io/x/other@sha256:1','" name "'],'sizeBytes':123456789}"

START_TEST(what_a_node_says_it_holds)
{
    node("n1", "", "", IMAGE("docker.io/x/cam:1"));
    node("n2", "", "", IMAGE("docker.io/x/cam:2") "," IMAGE("x/cam:1")); /* Docker's own way to say it */
    node("n3", "", "", IMAGE("reg:5000/x/cam:1") "," IMAGE("docker.io/x/cam1") ",{'names':null},{'names':[7]},5");
    ck_assert_str_eq(chosen(CAM), "n1 a present 123 MB; n2 a present 123 MB; n3 a");
    ck_assert_str_eq(chosen(DET_GPU), "n1 b; n2 b; n3 b");
}
END_TEST

START_TEST(names_of_images)
{
    static const struct {
        const char *name, *whole;
    } rows[] = {
        {"busybox", "docker.io/library/busybox:latest"},
        {"busybox:1", "docker.io/library/busybox:1"},
        {"a/b", "docker.io/a/b:latest"},
        {"docker.io/a/b:1", "docker.io/a/b:1"},
        {"index.docker.io/a/b:1", "docker.io/a/b:1"},
        {"reg:5000/b", "reg:5000/b:latest"},
        {"reg.example/a/b:1", "reg.example/a/b:1"},
        {"localhost/b:1", "localhost/b:1"},
        {"a/b@sha256:12", "docker.io/a/b@sha256:12"},
        {"reg:5000/a/b:1@sha256:12", "reg:5000/a/b@sha256:12"},
        {"", "docker.io/library/:latest"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf whole;
        buf_init(&whole, 256);
        imagename_whole(&whole, rows[i].name);
        ck_assert_str_eq(whole.data, rows[i].whole);
        buf_release(&whole);
    }
}
END_TEST

START_TEST(sizes)
{
    char out[WARM_SIZE_TEXT];
    ck_assert_str_eq(warm_size(out, 0), "0 B");
    ck_assert_str_eq(warm_size(out, 999), "999 B");
    ck_assert_str_eq(warm_size(out, 3400000000), "3.4 GB");
    ck_assert_str_eq(warm_size(out, 212000000), "212 MB");
    ck_assert_str_eq(warm_size(out, 999999), "1.0 MB");
    ck_assert_int_eq(warm_pulled_size("Successfully pulled image \"i\" in 1s (1s including waiting). Image size: 712 bytes."), 712);
    ck_assert_int_eq(warm_pulled_size("Successfully pulled image \"i\" in 1s"), 0);
    ck_assert_int_eq(warm_pulled_size(NULL), 0);
}
END_TEST

#define WAITS(reason, message)                                                                                         \
    "'phase':'Pending','containerStatuses':[{'name':'warm','state':{'waiting':{'reason':'" reason "','message':'" message "'}}}]"
#define ENDED(reason)                                                                                                  \
    "'phase':'Failed','containerStatuses':[{'name':'warm','state':{'terminated':{'exitCode':128,'reason':'" reason "'}}}]"

/* What real kubelets and containerd say, and its meaning. */
START_TEST(outcomes)
{
    static const struct {
        const char *status;
        enum warm_stand stand;
        const char *words, *message;
        bool unbound;
    } rows[] = {
        {"'phase':'Pending'", WARM_ON_ITS_WAY, NULL, "", false},
        {WAITS("ContainerCreating", ""), WARM_ON_ITS_WAY, NULL, "", false},
        {ENDED("StartError"), WARM_PULLED, NULL, "", false},
        {ENDED("ContainerCannotRun"), WARM_PULLED, NULL, "", false},
        {WAITS("RunContainerError", "exec: /patchbay-warm: not found"), WARM_PULLED, NULL, "", false},
        {WAITS("CreateContainerConfigError", "image will run as root"), WARM_PULLED, NULL, "", false},
        {"'phase':'Succeeded','containerStatuses':[{'name':'warm','state':{'terminated':{'exitCode':0}}}]", WARM_PULLED, NULL, "",
         false},
        {"'phase':'Running','containerStatuses':[{'name':'warm','state':{'running':{}}}]", WARM_PULLED, NULL, "", false},
        {WAITS("ErrImagePull", "rpc error: code = NotFound desc = failed to resolve reference x: not found"), WARM_FAILED,
         "there is no such image", "failed to resolve reference x: not found", false},
        {WAITS("ImagePullBackOff", "Back-off pulling image x: ErrImagePull: rpc error: code = Unknown desc = dial tcp: i/o timeout"),
         WARM_TRIES, "the registry does not answer", "dial tcp: i/o timeout", false},
        {WAITS("ImagePullBackOff", "Back-off pulling image x"), WARM_TRIES, NULL, "", false},
        {WAITS("ErrImagePull", "failed to extract layer: no space left on device"), WARM_FAILED, "no space is left on the node",
         "failed to extract layer: no space left on device", false},
        {WAITS("ErrImagePull", "unexpected status: 401 Unauthorized"), WARM_FAILED, "the registry refuses the credentials",
         "unexpected status: 401 Unauthorized", false},
        {WAITS("ErrImagePull", "pull access denied, repository does not exist or may require authorization"), WARM_FAILED,
         "there is no such image, or it needs a pull secret",
         "pull access denied, repository does not exist or may require authorization", false},
        {WAITS("ErrImagePull", "something new"), WARM_TRIES, NULL, "something new", false},
        {WAITS("InvalidImageName", "cannot parse"), WARM_FAILED, "that is no image's name", "cannot parse", false},
        {WAITS("ErrImagePull", "the embedded cluster pulls no images, it runs only patchbay/thing:1"), WARM_FAILED, NULL,
         "the embedded cluster pulls no images, it runs only patchbay/thing:1", false},
        {"'phase':'Failed','reason':'Evicted','message':'disk'", WARM_FAILED, NULL, "Evicted: disk", false},
        {"'reason':'DeadlineExceeded','message':'Pod was active', " ENDED("ContainerStatusUnknown"), WARM_FAILED,
         "it took longer than was allowed", "DeadlineExceeded: Pod was active", false},
        {"'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False','reason':'Unschedulable','message':'0/4: Too many "
         "pods'}]",
         WARM_NO_ROOM, "no pod finds room there now", "0/4: Too many pods", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char json[1500];
        struct warm_outcome is;
        snprintf(json, sizeof json, "{'metadata':{'name':'p','namespace':'n'},'spec':{%s'containers':[{'name':'warm'}]},'status':{%s}}",
                 rows[i].unbound ? "" : "'nodeName':'n1',", rows[i].status);
        struct record *pod = record_of(&kind_pod, json);
        warm_outcome(&is, (const struct pod *)pod);
        ck_assert_msg(is.stand == rows[i].stand, "%s: %d", rows[i].status, is.stand);
        ck_assert_msg(is.words == rows[i].words || str_eq(is.words, rows[i].words), "%s: %s", rows[i].status, is.words);
        ck_assert_str_eq(is.message, rows[i].message);
        record_unref(pod);
    }
}
END_TEST

Suite *ops_warm_suite(void)
{
    Suite *suite = suite_create("warm");
    TCase *tc = tcase_create("warm");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, each_image_once_a_node);
    tcase_add_test(tc, as_the_scheduler_would_have_it);
    tcase_add_test(tc, the_thing_that_may);
    tcase_add_test(tc, what_a_node_says_it_holds);
    tcase_add_test(tc, names_of_images);
    tcase_add_test(tc, sizes);
    tcase_add_test(tc, outcomes);
    suite_add_tcase(suite, tc);
    return suite;
}
