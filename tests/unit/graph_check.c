#include "graph_test.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: media}\nspec:\n"
#define CAMERA "    - {name: camera, type: ip-camera}\n"
#define PAIR HEAD "  things:\n" CAMERA "    - {name: mon, type: monitor}\n  links:\n"

static const struct {
    const char *text, *faults;
} rows[] = {
    {PAIR "    - {from: camera.video, to: mon.video}\n", ""},
    {HEAD "  things: []\n  links: []\n", ""},
    {HEAD "  things:\n  links:\n", ""},
    {"", "the document is empty; 'patchbay new' writes one to start from\n"},
    {"# only a comment\n", "the document is empty; 'patchbay new' writes one to start from\n"},
    {"hello\n", "1:1: this is no ServiceGraph: it must be a map with apiVersion, kind, metadata and spec\n"},
    {"kind: Pod\n", "1:7: the kind must be ServiceGraph, not 'Pod'\n"},
    {"kind: MediaThing\n", "1:7: this is a catalogue entry (MediaThing), not a ServiceGraph; 'patchbay catalog --check "
                           "FILE' checks it\n"},
    {"kind: [ServiceGraph]\n", "1:1: 'apiVersion' is missing\n1:1: 'metadata' with a 'name' is missing\n"
                               "1:7: kind must be a single value, not a list\n"},
    {"apiVersion: v1\nkind: ServiceGraph\nmetadata: {name: A_b, namespace: -x, label: y}\nspec: []\nspecs: 1\n",
     "1:13: the apiVersion must be patchbay.dev/v1, not 'v1'\n"
     "3:18: 'A_b' is no legal name for a graph: lower case letters, digits and hyphens, a letter first, at most 40 "
     "characters; 'a-b' would do\n"
     "3:34: '-x' is no legal name for a namespace: lower case letters, digits and hyphens, at most 63 characters\n"
     "3:38: metadata has no key 'label'\n"
     "4:7: spec must be a map of keys and values, not a list\n"
     "5:1: a ServiceGraph has no key 'specs'; did you mean 'spec'?\n"},
    {PAIR "    - {from: camera.video, to: mon.video}\n---\nkind: ServiceGraph\n",
     "11:1: a file holds one graph: put what follows '---' into a file of its own\n"},
    /* names */
    {HEAD "  things:\n    - {name: object_detect, type: ip-camera}\n    - {name: object-detect, type: ip-camera}\n",
     "6:14: 'object_detect' is no legal name for a thing: it becomes a host name, so lower case letters, digits and "
     "hyphens, a letter first, at most 40 characters; 'object-detect' would do\n"
     "7:14: 'object-detect' and 'object_detect' (line 6) become one name, 'object-detect'\n"},
    {HEAD "  things:\n" CAMERA CAMERA, "7:14: the name 'camera' is taken already (line 6)\n"},
    {HEAD "  things:\n    - {name: a23456789012345678901234567890123456789012, type: ip-camera}\n",
     "6:14: 'a23456789012345678901234567890123456789012' is no legal name for a thing: it becomes a host name, so lower "
     "case letters, digits and hyphens, a letter first, at most 40 characters; "
     "'a234567890123456789012345678901234567890' would do\n"},
    {HEAD "  things:\n    - {type: ip-camera}\n    - {name: 1st, type: ip-camera}\n    -\n    - x\n",
     "6:7: 'name' is missing\n"
     "7:14: '1st' is no legal name for a thing: it becomes a host name, so lower case letters, digits and hyphens, a "
     "letter first, at most 40 characters; 'st' would do\n"
     "8:6: this item of 'things' is empty\n9:7: a thing must be a map of keys and values, not a single value\n"},
    /* types and parameters */
    {HEAD "  things:\n    - {name: camera, type: ip-camra}\n    - {name: b}\n    - {name: c, type: quux, replica: 2}\n",
     "6:28: the catalogue has no type 'ip-camra'; did you mean 'ip-camera'?\n7:7: 'type' is missing\n"
     "8:23: the catalogue has no type 'quux'; 'patchbay catalog' lists what there is\n"
     "8:29: a thing has no key 'replica'; did you mean 'replicas'?\n"},
    {HEAD "  things:\n    - {name: camera, type: ip-camera, params: {fsp: 3, fps: 100, source: [a]}}\n"
          "    - {name: b, type: ip-camera, params: {fps: , source: ~}}\n    - {name: c, type: ip-camera, params: [1]}\n",
     "6:48: the type ip-camera has no parameter 'fsp'; did you mean 'fps'?\n6:61: fps: '100' is not a number from 1 to 60 frames/s\n"
     "6:74: source must be a single value, not a list\n7:48: the parameter 'fps' has no value\n"
     "7:58: the parameter 'source' has no value\n8:42: params must be a map of keys and values, not a list\n"},
    /* links */
    {PAIR "    - {from: camra.video, to: mon.video}\n    - {from: camera.vido, to: mon.detections}\n"
          "    - {from: camera.video, to: mon.dets}\n    - {from: camera, to: mon.}\n    - {from: camera.video, too: x}\n"
          "    - {}\n    - [a, b]\n",
     "9:14: no thing is named 'camra'; did you mean 'camera'?\n"
     "10:14: 'camera' has no output 'vido'; did you mean 'video'?\n"
     "11:32: 'mon' has no input 'dets'; it has video and detections\n"
     "12:14: 'camera' must name a thing and its port, as in camera.video\n"
     "12:26: 'mon.' must name a thing and its port, as in camera.video\n"
     "13:7: 'to' is missing\n13:28: a link has no key 'too'; did you mean 'to'?\n"
     "14:7: 'from' is missing\n14:7: 'to' is missing\n"
     "15:7: a link must be a map of keys and values, not a list\n"},
    {PAIR "    - {from: camera.video, to: mon.detections}\n    - {from: mon.video, to: camera.video}\n"
          "    - {from: camera.video, to: mon.video}\n",
     "9:32: 'mon.detections' takes application/x-ndjson, not video/mjpeg\n"
     "10:14: 'video' is an input of 'mon': a link goes from an output to an input\n"},
    {PAIR "    - {from: camera.video, to: mon.video}\n    - {from: camera.video, to: mon.video}\n",
     "10:14: this link is here twice (first in line 9)\n"},
    {HEAD "  things:\n" CAMERA "    - {name: det, type: people-detector}\n    - {name: c2, type: ip-camera}\n  links:\n"
          "    - {from: camera.video, to: det.video}\n    - {from: c2.video, to: det.video}\n",
     "11:28: 'det.video' takes 1 link at most, this is number 2\n"},
    {HEAD "  things:\n    - {name: mon, type: monitor}\n",
     "6:7: the input 'mon.video' needs a link (it takes video/mjpeg)\n"},
    {HEAD "  things:\n    - {name: a, type: people-detector}\n    - {name: b, type: people-detector}\n  links:\n"
          "    - {from: a.video, to: b.video}\n    - {from: b.video, to: a.video}\n",
     "10:7: warning: this link closes a circle: a -> b -> a\n"},
    {HEAD "  things:\n    - {name: a, type: people-detector}\n  links: [{from: a.video, to: a.video}]\n",
     "7:11: warning: this link closes a circle: a -> a\n"},
    /* external things */
    {HEAD "  things:\n    - {name: gate, external: {video: \"rtsp://10.0.0.9/stream\"}}\n    - {name: mon, type: monitor}\n"
          "  links: [{from: gate.video, to: mon.video}]\n",
     ""},
    {HEAD "  things:\n    - {name: gate, external: {video: x, b: }, type: ip-camera}\n    - {name: h, external: {}}\n"
          "    - {name: i, external: 3}\n  links: [{from: gate.vide, to: gate.video}]\n",
     "6:38: 'x' is no URL such as rtsp://host/stream\n6:44: '' is no URL such as rtsp://host/stream\n"
     "6:47: 'type' has no meaning for an external thing, which is never deployed: it has only a name and the URLs of "
     "its ports\n"
     "7:27: 'external' must give the URL of each port, as in {video: \"rtsp://host/stream\"}\n"
     "8:27: external must be a map of keys and values, not a single value\n"
     "9:33: 'gate' is external: nothing here can tell it where to take its input from\n"},
    /* the view */
    {HEAD "  things: [{name: camera, type: ip-camera}]\nview:\n  camra: [0, 0]\n  camera: [1]\n",
     "7:3: warning: there is no thing 'camra' that could stand here; did you mean 'camera'?\n"
     "8:11: a place is two whole numbers, as in camera: [0, 0]\n"},
    {HEAD "  things: [{name: camera, type: ip-camera}]\nview: {camera: [a, 1.5]}\n",
     "6:16: a place is two whole numbers, as in camera: [0, 0]\n"},
    /* passwords */
    {HEAD "  things:\n    - {name: camera, type: ip-camera, params: {source: \"rtsp://me:s3cret@cam/1\"}}\n"
          "    - {name: gate, external: {video: \"rtsp://u:p@h/\"}} # or http://a:b@c/d\n",
     "6:56: 'rtsp://***@cam/1' carries a password, and a graph is kept as plain text: keep it in a Secret, name that "
     "under 'secrets', and write $(VARIABLE) where the password stands\n"
     "7:38: 'rtsp://***@h/' carries a password, and a graph is kept as plain text: keep it in a Secret, name that under "
     "'secrets', and write $(VARIABLE) where the password stands\n"
     "7:61: 'http://***@c/d' carries a password, and a graph is kept as plain text: keep it in a Secret, name that "
     "under 'secrets', and write $(VARIABLE) where the password stands\n"},
    {HEAD "  things:\n    - name: camera\n      type: ip-camera\n      secrets: {PASS: cam/password}\n"
          "      params: {source: \"rtsp://me:$(PASS)@cam/1\"}\n",
     ""},
};

START_TEST(test_faults_of)
{
    char *faults = test_faults(rows[_i].text, strlen(rows[_i].text), test_catalogue());
    ck_assert_msg(strcmp(faults, rows[_i].faults) == 0, "%s\nhas:\n%s\nnot:\n%s", rows[_i].text, faults, rows[_i].faults);
    free(faults);
}
END_TEST

/* The password itself is in no sentence, however it is written. */
START_TEST(test_passwords_are_masked)
{
    static const char *const urls[] = {"rtsp://me:hunter2@cam", "http://me:hunter2@cam:80/x?y#z", "x://:hunter2@h",
                                       "a rtsp://me:hunter2@cam b", "http://ok/ http://me:hunter2@cam/"};
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        char *text = xasprintf(HEAD "  things:\n    - {name: \"%s\", type: \"%s\", params: {\"%s\": \"%s\"}}\n  links: "
                               "[{from: \"%s\", to: \"%s\"}]\nview: {\"%s\": [0, 0]}\n",
                               urls[i], urls[i], urls[i], urls[i], urls[i], urls[i], urls[i]);
        char *faults = test_faults(text, strlen(text), test_catalogue());
        ck_assert_msg(!strstr(faults, "hunter2"), "%s", faults);
        ck_assert_msg(strstr(faults, "carries a password"), "%s", faults);
        free(faults);
        free(text);
    }
    const char *twice = "a: {\"rtsp://me:hunter2@h\": 1, \"rtsp://me:hunter2@h\": 2}\n";
    char *faults = test_faults(twice, strlen(twice), test_catalogue());
    ck_assert_str_eq(faults, "1:31: the key 'rtsp://***@h' is here twice (first in line 1)\n");
    free(faults);
}
END_TEST

START_TEST(test_lobby)
{
    size_t len;
    char *text = test_file("assets/graphs/lobby.yaml", &len);
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, len, "lobby.yaml", test_catalogue(), &faults);
    ck_assert_uint_eq(faults.count, 0);
    char *said = test_describe(graph);
    ck_assert_str_eq(said, "media/lobby\n"
                           "camera ip-camera source=sample:vtest fps=10 @0,0 x1 gpu0\n"
                           "object-detect people-detector @21,0 x1 gpu1\n"
                           "monitoring monitor @53,0 x1 gpu0\n"
                           "camera.video > object-detect.video\n"
                           "object-detect.video > monitoring.video\n"
                           "object-detect.detections > monitoring.detections\n");
    ck_assert_str_eq(graph_param(&graph->things[1], "confidence"), "0.5");
    ck_assert_str_eq(graph_param(&graph->things[0], "source"), "sample:vtest");
    ck_assert_ptr_null(graph_param(&graph->things[0], "nothing"));
    ck_assert_uint_eq(graph_index(graph, "monitoring"), 2);
    ck_assert_uint_eq(graph_index(graph, "nobody"), SIZE_MAX);
    free(said);
    graph_free(graph);
    faults_release(&faults);
    free(text);
}
END_TEST

START_TEST(test_samples)
{
    static const char *const paths[] = {"assets/graphs/lobby.yaml", "assets/graphs/crossing.yaml", "assets/graphs/wall.yaml"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        size_t len;
        char *text = test_file(paths[i], &len), *faults = test_faults(text, len, test_catalogue());
        ck_assert_msg(!*faults, "%s: %s", paths[i], faults);
        free(faults);
        free(text);
    }
}
END_TEST

/* A broken document can still be drawn: what is understood is there. */
START_TEST(test_broken_is_drawn)
{
    const char *text = HEAD "  things:\n" CAMERA "    - {name: x, type: nothing}\n    - {name: mon, type: monitor}\n"
                            "  links:\n    - {from: camera.video, to: mon.video}\n    - {from: x.y, to: mon.video}\n"
                            "    - {from: who.video, to: mon.video}\n";
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), "f", test_catalogue(), &faults);
    char *said = test_describe(graph);
    ck_assert_str_eq(said, "media/g\ncamera ip-camera x1 gpu0\nx nothing x1 gpu0\nmon monitor x1 gpu0\n"
                           "camera.video > mon.video\nx.y > mon.video (faulty)\n?.video > mon.video (faulty)\n");
    ck_assert_str_eq(faults.items[0].thing, "x");
    free(said);
    graph_free(graph);
    faults_release(&faults);
}
END_TEST

START_TEST(test_link_allowed)
{
    const char *text = HEAD "  things:\n" CAMERA "    - {name: det, type: people-detector}\n    - {name: mon, type: monitor}\n"
                            "    - {name: gate, external: {video: \"rtsp://h/\"}}\n  links: [{from: camera.video, to: det.video}]\n";
    static const struct {
        size_t from, to;
        const char *from_port, *to_port, *why;
    } links[] = {
        {0, 2, "video", "video", ""},
        {3, 2, "video", "video", ""},
        {0, 1, "video", "video", "this link is there already"},
        {3, 1, "video", "video", "'det.video' takes 1 link at most"},
        {0, 2, "video", "detections", "'mon.detections' takes application/x-ndjson, not video/mjpeg"},
        {1, 2, "detections", "video", "'mon.video' takes video/mjpeg, not application/x-ndjson"},
        {2, 1, "video", "video", "'video' is an input of 'mon': a link goes from an output to an input"},
        {0, 1, "video", "detections", "'detections' is an output of 'det': a link goes from an output to an input"},
        {0, 2, "sound", "video", "'camera' has no output 'sound'; it has only video"},
        {0, 3, "video", "video", "'gate' is external: nothing here can tell it where to take its input from"},
        {3, 2, "audio", "video", "'gate' has no port 'audio' under 'external'"},
        {0, 9, "video", "video", "a link needs a thing at both ends"},
    };
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), "f", test_catalogue(), &faults);
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        struct err err = ERR_INIT;
        int rc = graph_link_allowed(graph, links[i].from, links[i].from_port, links[i].to, links[i].to_port, &err);
        ck_assert_str_eq(err.text, links[i].why);
        ck_assert_int_eq(rc, *links[i].why ? -1 : 0);
    }
    graph_free(graph);
    faults_release(&faults);
}
END_TEST

TCase *case_check(void)
{
    TCase *tc = tcase_create("check");
    tcase_add_loop_test(tc, test_faults_of, 0, ARRAY_SIZE(rows));
    tcase_add_test(tc, test_passwords_are_masked);
    tcase_add_test(tc, test_lobby);
    tcase_add_test(tc, test_samples);
    tcase_add_test(tc, test_broken_is_drawn);
    tcase_add_test(tc, test_link_allowed);
    return tc;
}
