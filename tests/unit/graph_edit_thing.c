#include "graph_edit_test.h"

#define LOBBY                                                                                                          \
    HEAD "spec:\n"                                                                                                     \
         "  things:\n"                                                                                                 \
         "    # the lens\n"                                                                                            \
         "    - name: camera     # its host name\n"                                                                    \
         "      type: ip-camera\n"                                                                                     \
         "    - {name: detect, type: people-detector, gpu: {count: 1}}\n"                                              \
         "  links:\n"                                                                                                  \
         "    - {from: camera.video, to: detect.video} # the way\n"                                                    \
         "view:\n"                                                                                                     \
         "  camera: [0, 0]\n"

START_TEST(rename_goes_to_links_and_place)
{
    EXPECT(LOBBY, document_set(doc, "camera", SETTING_NAME, "gate", &err),
           HEAD "spec:\n"
                "  things:\n"
                "    # the lens\n"
                "    - name: gate     # its host name\n"
                "      type: ip-camera\n"
                "    - {name: detect, type: people-detector, gpu: {count: 1}}\n"
                "  links:\n"
                "    - {from: gate.video, to: detect.video} # the way\n"
                "view:\n"
                "  gate: [0, 0]\n");
    REFUSE(LOBBY, document_set(doc, "camera", SETTING_NAME, "detect", &err), "there is a thing named 'detect' already");
    REFUSE(LOBBY, document_set(doc, "camera", SETTING_NAME, "Gate 1", &err),
           "'Gate 1' is no legal name: lower case letters, digits and hyphens, a letter first, at most 40");
    REFUSE(LOBBY, document_set(doc, "kamera", SETTING_NAME, "gate", &err), "no thing is named 'kamera'; did you mean "
                                                                           "'camera'?");
}
END_TEST

/* In parameters and variables of others, where a host may stand; not in words that only look like it. */
START_TEST(rename_goes_to_hosts)
{
    EXPECT(HEAD "spec:\n"
                "  things:\n"
                "    - {name: cam, type: ip-camera}\n"
                "    - name: other\n"
                "      type: ip-camera\n"
                "      params: {source: \"http://cam:8080/video?of=cam\"}\n"
                "      env:\n"
                "        PEER: cam:8080\n"
                "        WORD: cam\n"
                "        USER: http://me@cam.media/x\n"
                "        SCAM: http://scam/cam\n",
           document_set(doc, "cam", SETTING_NAME, "gate", &err),
           HEAD "spec:\n"
                "  things:\n"
                "    - {name: gate, type: ip-camera}\n"
                "    - name: other\n"
                "      type: ip-camera\n"
                "      params: {source: \"http://gate:8080/video?of=cam\"}\n"
                "      env:\n"
                "        PEER: gate:8080\n"
                "        WORD: cam\n"
                "        USER: http://me@gate.media/x\n"
                "        SCAM: http://scam/cam\n");
}
END_TEST

START_TEST(settings)
{
#define ONE(item) HEAD "spec:\n  things:\n    - " item "\n"
    EXPECT(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_REPLICAS, "3", &err),
           ONE("{name: a, type: monitor, replicas: 3}"));
    EXPECT(ONE("{name: a, type: monitor, replicas: 3}"), document_set(doc, "a", SETTING_REPLICAS, "", &err),
           ONE("{name: a, type: monitor}"));
    EXPECT(ONE("name: a\n      type: monitor # shows"), document_set(doc, "a", SETTING_GPU, "2", &err),
           ONE("name: a\n      type: monitor # shows\n      gpu: {count: 2}"));
    EXPECT(ONE("{name: a, type: monitor, gpu: {count: 2, resource: amd.com/gpu}}"),
           document_set(doc, "a", SETTING_GPU, "", &err), ONE("{name: a, type: monitor, gpu: {resource: amd.com/gpu}}"));
    EXPECT(ONE("{name: a, type: monitor, gpu: {count: 2}}"), document_set(doc, "a", SETTING_GPU, "", &err),
           ONE("{name: a, type: monitor}"));
}
END_TEST

START_TEST(settings_of_pairs)
{
    EXPECT(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_NODES, "disk=ssd, a.b/zone=x", &err),
           ONE("{name: a, type: monitor, nodeSelector: {disk: ssd, a.b/zone: x}}"));
    EXPECT(ONE("{name: a, type: monitor, nodeSelector: {disk: ssd}}"), document_set(doc, "a", SETTING_NODES, "", &err),
           ONE("{name: a, type: monitor}"));
    EXPECT(ONE("{name: a, type: ip-camera}"), document_set(doc, "a", SETTING_SECRETS, "PASSWORD=cams/gate", &err),
           ONE("{name: a, type: ip-camera, secrets: {PASSWORD: {name: cams, key: gate}}}"));
    REFUSE(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_NODES, "disk", &err),
           "'disk' is no list of labels such as disk=ssd, zone=a");
    REFUSE(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_NODES, "a=1,a=2", &err),
           "'a=1,a=2' names a twice");
    REFUSE(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_SECRETS, "PASSWORD=hunter2", &err),
           "'PASSWORD=hunter2' must be NAME=SECRET/KEY, never the value itself");
    REFUSE(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_REPLICAS, "-1", &err),
           "'-1' is not a whole number from 0 to 1000");
    REFUSE(ONE("{name: a, external: {video: \"rtsp://h/s\"}}"), document_set(doc, "a", SETTING_GPU, "1", &err),
           "'a' is external: it is never deployed, and has only a name and addresses");
}
END_TEST

START_TEST(settings_of_storage)
{
    EXPECT(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_STORAGE, "10Gi", &err),
           ONE("{name: a, type: monitor, storage: {size: 10Gi}}"));
    EXPECT(ONE("{name: a, type: monitor, storage: {size: 1Gi, class: fast}}"),
           document_set(doc, "a", SETTING_STORAGE, "2Gi", &err),
           ONE("{name: a, type: monitor, storage: {size: 2Gi, class: fast}}"));
    EXPECT(ONE("{name: a, type: monitor, storage: {size: 1Gi}}"), document_set(doc, "a", SETTING_STORAGE, "", &err),
           ONE("{name: a, type: monitor}"));
    REFUSE(ONE("{name: a, type: monitor}"), document_set(doc, "a", SETTING_STORAGE, "much", &err),
           "'much' is no amount of storage such as 10Gi");
}
END_TEST

START_TEST(external_things)
{
    EXPECT(ONE("{name: a, type: monitor}"), document_set_external(doc, "gate", "video", "rtsp://10.0.0.9/s", &err),
           ONE("{name: a, type: monitor}\n    - {name: gate, external: {video: \"rtsp://10.0.0.9/s\"}}"));
    EXPECT(ONE("{name: a, external: {video: \"rtsp://h/s\"}}"),
           document_set_external(doc, "a", "video", "rtsp://h/t", &err),
           ONE("{name: a, external: {video: \"rtsp://h/t\"}}"));
    REFUSE(ONE("{name: a, type: monitor}"), document_set_external(doc, "a", "video", "rtsp://h/t", &err),
           "there is a thing named 'a' already");
    REFUSE(ONE("{name: a, type: monitor}"), document_set_external(doc, "b", "video", "camera", &err),
           "'camera' is no URL such as rtsp://host/stream");
    REFUSE(ONE("{name: a, type: monitor}"), document_set_external(doc, "b", "video", "rtsp://me:secret@h/t", &err),
           "'rtsp://***@h/t' has a password: name a Secret in 'secrets', write $(NAME)");
}
END_TEST

START_TEST(places_are_forgotten)
{
    EXPECT(LOBBY "  detect: [3, 4] # here\n", document_forget_place(doc, "camera", &err),
           HEAD "spec:\n"
                "  things:\n"
                "    # the lens\n"
                "    - name: camera     # its host name\n"
                "      type: ip-camera\n"
                "    - {name: detect, type: people-detector, gpu: {count: 1}}\n"
                "  links:\n"
                "    - {from: camera.video, to: detect.video} # the way\n"
                "view:\n"
                "  detect: [3, 4] # here\n");
}
END_TEST

static int paste(struct document *doc, const char *text, char *names, size_t size, struct err *err)
{
    char **made;
    if (document_paste(doc, text, strlen(text), &made, err) < 0)
        return -1;
    *names = '\0';
    for (size_t i = 0; made[i]; i++) {
        snprintf(names + strlen(names), size - strlen(names), "%s%s", i ? " " : "", made[i]);
        free(made[i]);
    }
    free(made);
    return 0;
}

START_TEST(copy_and_paste)
{
    struct err err = ERR_INIT;
    char names[200];
    struct document *doc = open_text(LOBBY);
    char *text = document_copy(doc, (const char *const[]){"detect", "camera"}, 2);
    ck_assert_str_eq(text, "apiVersion: patchbay.dev/v1\n"
                           "kind: ServiceGraph\n"
                           "spec:\n"
                           "  things:\n"
                           "  - name: camera\n"
                           "    type: ip-camera\n"
                           "  - name: detect\n"
                           "    type: people-detector\n"
                           "    gpu:\n"
                           "      count: 1\n"
                           "  links:\n"
                           "  - from: camera.video\n"
                           "    to: detect.video\n");
    ck_assert_msg(paste(doc, text, names, sizeof names, &err) == 0, "%s", err.text);
    ck_assert_str_eq(names, "camera-2 detect-2");
    ck_assert_uint_eq(document_graph(doc)->thing_count, 4);
    ck_assert_uint_eq(document_graph(doc)->link_count, 2);
    ck_assert_ptr_nonnull(strstr(document_text(doc, NULL), "    - {from: camera-2.video, to: detect-2.video}\n"));
    ck_assert(document_undo(doc));
    ck_assert_str_eq(document_text(doc, NULL), LOBBY);
    ck_assert(document_redo(doc));
    ck_assert_uint_eq(document_graph(doc)->link_count, 2);
    document_free(doc);
    /* one without the other: the link between them stays behind */
    doc = open_text(HEAD "spec: {things: [], links: []}\n");
    ck_assert_msg(paste(doc, "things: [{name: camera, type: ip-camera}]\nlinks: [{from: camera.video, to: detect.video}]",
                        names, sizeof names, &err) == 0, "%s", err.text);
    ck_assert_str_eq(names, "camera");
    ck_assert_str_eq(document_text(doc, NULL), HEAD "spec: {things: [{name: camera, type: ip-camera}], links: []}\n");
    document_free(doc);
    free(text);
}
END_TEST

/* What was copied names itself; names that are taken become others, also in what names them. */
START_TEST(paste_renames)
{
    struct err err = ERR_INIT;
    char names[200];
    struct document *doc = open_text(ONE("{name: cam, type: ip-camera}"));
    ck_assert_msg(paste(doc, "things:\n- {name: cam, type: ip-camera}\n- {name: Odd_Name, type: ip-camera, params: "
                             "{source: \"http://cam:8080/video\"}}\n",
                        names, sizeof names, &err) == 0, "%s", err.text);
    ck_assert_str_eq(names, "cam-2 odd-name");
    ck_assert_str_eq(document_text(doc, NULL), ONE("{name: cam, type: ip-camera}\n"
                                                   "    - {name: cam-2, type: ip-camera}\n"
                                                   "    - {name: odd-name, type: ip-camera, params: {source: "
                                                   "\"http://cam-2:8080/video\"}}"));
    document_free(doc);
}
END_TEST

START_TEST(paste_refuses)
{
    char names[200];
    REFUSE(LOBBY, paste(doc, "just words", names, sizeof names, &err),
           "what was pasted holds no things: a graph's text has 'things' and 'links'");
    REFUSE(LOBBY, paste(doc, "", names, sizeof names, &err),
           "what was pasted holds no things: a graph's text has 'things' and 'links'");
    REFUSE(LOBBY, paste(doc, "things: [{type: monitor}]", names, sizeof names, &err),
           "what was pasted has a thing without a name (line 1)");
    REFUSE(LOBBY,
           paste(doc, "things: [{name: a, type: ip-camera}, {name: b, type: monitor}]\n"
                      "links: [{from: a.video, to: b.detections}]", names, sizeof names, &err),
           "nothing was pasted, for a link in it would be wrong: 'b.detections' takes application/x-ndjson, not video/mjpeg");
    REFUSE(LOBBY,
           paste(doc, "things: [{name: a, type: ip-camera}, {name: b, type: people-detector}]\n"
                      "links: [{from: a.video, to: b.video}, {from: a.video, to: b.video}]", names, sizeof names, &err),
           "nothing was pasted, for a link in it would be wrong: 'b.video' gets more links than it takes, or one twice");
    struct err err = ERR_INIT;
    struct document *doc = open_text(LOBBY);
    ck_assert_int_eq(paste(doc, "things: [\x01\x02", names, sizeof names, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "what was pasted is no YAML (line 1: "));
    document_free(doc);
}
END_TEST

TCase *case_edit_thing(void)
{
    TCase *tc = tcase_create("edit_thing");
    tcase_add_test(tc, rename_goes_to_links_and_place);
    tcase_add_test(tc, rename_goes_to_hosts);
    tcase_add_test(tc, settings);
    tcase_add_test(tc, settings_of_pairs);
    tcase_add_test(tc, settings_of_storage);
    tcase_add_test(tc, external_things);
    tcase_add_test(tc, places_are_forgotten);
    tcase_add_test(tc, copy_and_paste);
    tcase_add_test(tc, paste_renames);
    tcase_add_test(tc, paste_refuses);
    return tc;
}
