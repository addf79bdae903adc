#include "graph_edit_test.h"

#include "graph/compare.h"
#include "graph/only.h"

/* What is deployed, with some things as the draft has them. */

#define DEPLOYED                                                                                                       \
    HEAD "spec:\n"                                                                                                     \
         "  things:\n"                                                                                                 \
         "    # the lens\n"                                                                                            \
         "    - name: camera     # its host name\n"                                                                    \
         "      type: ip-camera\n"                                                                                     \
         "      params: {fps: 10}\n"                                                                                   \
         "    - {name: detect, type: people-detector}\n"                                                               \
         "    - {name: screen, type: monitor}\n"                                                                       \
         "  links:\n"                                                                                                  \
         "    - {from: camera.video, to: detect.video} # the way\n"                                                    \
         "    - {from: detect.video, to: screen.video}\n"                                                              \
         "view:\n"                                                                                                     \
         "  camera: [0, 0]\n"

/* The names with blanks between. Returns the text, else the sentence; then what was left. */
static char *only(const char *deployed, const char *draft, const char *names)
{
    const char *list[8];
    size_t count = 0;
    struct err err = ERR_INIT;
    char *copy = xstrdup(names);
    struct buf left;
    buf_init(&left, 1000);
    for (char *save = NULL, *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        list[count++] = word;
    struct document *doc = open_text(draft);
    char *text = only_text(deployed, doc, list, count, test_catalogue(), &left, &err);
    char *all = xasprintf("%s%s%s", text ? text : err.text, left.len ? "left: " : "", left.data);
    free(text);
    free(copy);
    buf_release(&left);
    document_free(doc);
    return all;
}

#define ONLY(draft, names, wanted)                                                                                     \
    do {                                                                                                               \
        char *is = only(DEPLOYED, draft, names);                                                                       \
        ck_assert_str_eq(is, wanted);                                                                                  \
        free(is);                                                                                                      \
    } while (0)

/* Every thing differs, there is one more, and one more link. */
#define CHANGED                                                                                                        \
    HEAD "spec:\n"                                                                                                     \
         "  things:\n"                                                                                                 \
         "    - {name: camera, type: ip-camera, params: {fps: 20}} # faster\n"                                         \
         "    - {name: gate, type: ip-camera}\n"                                                                       \
         "    - name: detect\n"                                                                                        \
         "      type: people-detector\n"                                                                               \
         "      # not enough\n"                                                                                        \
         "      gpu: {count: 2}\n"                                                                                     \
         "    - {name: screen, type: monitor, replicas: 2}\n"                                                          \
         "  links:\n"                                                                                                  \
         "    - {from: camera.video, to: detect.video}\n"                                                              \
         "    - {from: detect.video, to: screen.video}\n"                                                              \
         "    - {from: detect.detections, to: screen.detections}\n"

START_TEST(the_rest_stays_byte_by_byte)
{
    ONLY(CHANGED, "camera",
         HEAD "spec:\n"
              "  things:\n"
              "    # the lens\n"
              "    - {name: camera, type: ip-camera, params: {fps: 20}}\n"
              "    - {name: detect, type: people-detector}\n"
              "    - {name: screen, type: monitor}\n"
              "  links:\n"
              "    - {from: camera.video, to: detect.video} # the way\n"
              "    - {from: detect.video, to: screen.video}\n"
              "view:\n"
              "  camera: [0, 0]\n");
    ONLY(DEPLOYED, "camera screen", DEPLOYED);
}
END_TEST

/* What a thing gives to others is theirs, and is told. */
START_TEST(a_thing_comes_with_its_inputs)
{
    ONLY(CHANGED, "screen",
         HEAD "spec:\n"
              "  things:\n"
              "    # the lens\n"
              "    - name: camera     # its host name\n"
              "      type: ip-camera\n"
              "      params: {fps: 10}\n"
              "    - {name: detect, type: people-detector}\n"
              "    - {name: screen, type: monitor, replicas: 2}\n"
              "  links:\n"
              "    - {from: camera.video, to: detect.video} # the way\n"
              "    - {from: detect.video, to: screen.video}\n"
              "    - {from: detect.detections, to: screen.detections}\n"
              "view:\n"
              "  camera: [0, 0]\n");
    ONLY(CHANGED, "detect",
         HEAD "spec:\n"
              "  things:\n"
              "    # the lens\n"
              "    - name: camera     # its host name\n"
              "      type: ip-camera\n"
              "      params: {fps: 10}\n"
              "    - name: detect\n"
              "      type: people-detector\n"
              "      # not enough\n"
              "      gpu: {count: 2}\n"
              "    - {name: screen, type: monitor}\n"
              "  links:\n"
              "    - {from: camera.video, to: detect.video} # the way\n"
              "    - {from: detect.video, to: screen.video}\n"
              "view:\n"
              "  camera: [0, 0]\n"
              "left: detect.detections → screen.detections\n");
}
END_TEST

#define REWIRED /* the camera is another, and nobody looks at what is found */                                        \
    HEAD "spec:\n"                                                                                                     \
         "  things:\n"                                                                                                 \
         "    - {name: gate, type: ip-camera}\n"                                                                       \
         "    - {name: detect, type: people-detector}\n"                                                               \
         "    - {name: screen, type: monitor}\n"                                                                       \
         "  links:\n"                                                                                                  \
         "    - {from: gate.video, to: detect.video}\n"

#define SEEN "    - {from: detect.video, to: screen.video}\n"

START_TEST(what_comes_and_what_goes)
{
    ONLY(REWIRED, "gate camera detect",
         HEAD "spec:\n"
              "  things:\n"
              "    # the lens\n"
              "    - {name: detect, type: people-detector}\n"
              "    - {name: screen, type: monitor}\n"
              "    - {name: gate, type: ip-camera}\n"
              "  links:\n"
              "    - {from: detect.video, to: screen.video}\n"
              "    - {from: gate.video, to: detect.video}\n"
              "view: {}\n"
              "left: detect.video → screen.video\n");
    ONLY(REWIRED, "detect", "detect.video takes what gate gives, which is not deployed: deploy both, gate and detect");
    ONLY(REWIRED, "camera", "camera is no longer in the draft, and detect.video, as it is deployed, takes what it gives: deploy both, "
                            "camera and detect");
    ONLY(REWIRED, "gate kamera", "no thing is named 'kamera'");
    ONLY(CHANGED, "gates", "no thing is named 'gates'; did you mean 'gate'?");
}
END_TEST

/* Piece by piece, in whatever order that can be had, it becomes the draft. */
START_TEST(all_of_them_are_the_draft)
{
    static const struct {
        const char *draft, *pieces[4];
    } rows[] = {
        {CHANGED, {"gate", "screen", "detect", "camera screen"}},
        {REWIRED SEEN, {"gate", "detect gate", "camera", "screen"}},
        {REWIRED SEEN, {"camera screen detect gate", "gate"}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *text = xstrdup(DEPLOYED);
        for (size_t k = 0; k < ARRAY_SIZE(rows[i].pieces) && rows[i].pieces[k]; k++) {
            char *next = only(text, rows[i].draft, rows[i].pieces[k]), *left = strstr(next, "left: ");
            if (left)
                *left = '\0';
            free(text);
            text = next;
        }
        struct document *is = open_text(text), *wanted = open_text(rows[i].draft);
        struct buf differs;
        buf_init(&differs, 2000);
        compare_summary(document_graph(wanted), document_graph(is), &differs);
        ck_assert_str_eq(differs.data, "");
        buf_release(&differs);
        document_free(is);
        document_free(wanted);
        free(text);
    }
}
END_TEST

/* Another type, and what stands between the old one and the new one does not matter. */
START_TEST(two_that_change_together)
{
    static const char draft[] = HEAD "spec:\n"
                                     "  things:\n"
                                     "    - {name: camera, type: ip-camera}\n"
                                     "    - {name: detect, type: monitor}\n"
                                     "    - {name: screen, type: monitor}\n"
                                     "  links:\n"
                                     "    - {from: camera.video, to: detect.video}\n"
                                     "    - {from: camera.video, to: screen.video}\n";
    ONLY(draft, "detect screen",
         HEAD "spec:\n"
              "  things:\n"
              "    # the lens\n"
              "    - name: camera     # its host name\n"
              "      type: ip-camera\n"
              "      params: {fps: 10}\n"
              "    - {name: detect, type: monitor}\n"
              "    - {name: screen, type: monitor}\n"
              "  links:\n"
              "    - {from: camera.video, to: detect.video} # the way\n"
              "    - {from: camera.video, to: screen.video}\n"
              "view:\n"
              "  camera: [0, 0]\n");
    char *is = only(DEPLOYED, draft, "detect");
    ck_assert_msg(strstr(is, "with nothing else as the draft has it there would be a fault: "), "%s", is);
    free(is);
    is = only("[]", draft, "detect");
    ck_assert_msg(strstr(is, "what is deployed cannot be read: "), "%s", is);
    free(is);
}
END_TEST

TCase *case_only(void)
{
    TCase *tc = tcase_create("only");
    tcase_add_test(tc, the_rest_stays_byte_by_byte);
    tcase_add_test(tc, a_thing_comes_with_its_inputs);
    tcase_add_test(tc, what_comes_and_what_goes);
    tcase_add_test(tc, all_of_them_are_the_draft);
    tcase_add_test(tc, two_that_change_together);
    return tc;
}
