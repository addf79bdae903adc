/* Lobby from its file to frames on every wire, and away again. */
#include "tests/e2e/rig.h"

#include "base/text.h"

START_TEST(lobby_is_deployed_and_left)
{
    rig_start("lobby", NULL, 80, 24);
    rig_expect(" patchbay  edge · media/lobby                   GPU 4/4 free (simulated)   live\n"
               "\n"
               "╭ camera ────────╮   ╭ object-detect ────────────╮   ╭ monitoring ─────────────╮\n"
               "│ ○ not deployed │   │ ○ not deployed            │   │ ○ not deployed          │\n"
               "│          video ├─▶─┤ video               video ├─▶─┤ video                   │\n"
               "│                │   │ GPU 1          detections ├─▶─┤ detections              │\n"
               "╰─── → gpu-1 +3 ─╯   ╰─────── → gpu-1 or 3 more ─╯   ╰───── → gpu-1 or 3 more ─╯\n"
               "\n"
               "─ camera ──────────────────────────── GPU ▮▯▯▯ asks 1, free 4 of 4 (simulated) ─\n"
               "  type      ip-camera, MSensor, patchbay/thing:1\n"
               "  params    source sample:vtest, fps 10\n"
               "  placement gpu-1, gpu-2, gpu-3 or gpu-4\n"
               "  to        video → object-detect.video\n"
               "\n\n\n\n\n\n\n\n\n"
               " camera: not deployed; could run on gpu-1, gpu-2, gpu-3 or gpu-4\n"
               " a add  o append  c connect  i params  x remove  u undo  D deploy  w why  ? help\n");
    ck_assert(screen_alternate(rig.screen));
    ck_assert(!screen_cursor_visible(rig.screen));

    /* Here an image is a program of this machine, and that is said. */
    rig_type(":warm<Enter>");
    rig_expect_text("images of lobby: 0 pulled, 4 present; the embedded cluster pulls none");
    rig_type("<Esc>");
    rig_expect_gone("images of lobby");

    /* The review says what would happen, and No is what Enter takes. */
    rig_type("D");
    rig_expect("~\n~\n~\n~\n~\n"
               "│ ╭ Deploy media/lobby ─────────────────────────────────────────────────────╮  │\n"
               "╰─│                                                                         │ ─╯\n"
               "  │  to edge: 3 added, 0 changed, 0 removed                                 │\n"
               "─ │                                                                         │) ─\n"
               "  │    the namespace media would be made; nothing can be tried before       │\n"
               "  │    GPUs: the graph asks for 1 and holds 0; 4 of 4 are free (simulated)  │\n"
               "  │  + camera  ip-camera                                                    │\n"
               "  │  + monitoring  monitor                                                  │\n"
               "  │  + object-detect  people-detector, GPU 1                                │\n"
               "  │                                                                         │\n"
               "  │    No      Deploy                                                       │\n"
               "  │                                                                         │\n"
               "  ╰─────────────────────────────────────────────────────────────────────────╯\n"
               "\n\n\n\n"
               " camera: not deployed; could run on gpu-1, gpu-2, gpu-3 or gpu-4\n"
               " y deploy  n no  Tab choose  Enter take  j/k scroll\n");
    rig_type("<Enter>");
    rig_expect_gone("Deploy media/lobby");
    rig_deploy(); /* still "3 added" there: Enter deployed nothing */

    rig_expect_flow();
    rig_expect(" patchbay  edge · media/lobby                   GPU 3/4 free (simulated)   live\n"
               "\n"
               "╭ camera ────────╮   ╭ object-detect ────────────╮   ╭ monitoring ─────────────╮\n"
               "│ ● Running 1/1  │   │ ● Running 1/1             │   │ ● Running 1/1           │\n"
               "│ ####### #video ├─▶─┤ video ######        video ├─▶─┤ video ######            │\n"
               "│ gpu-#          │   │ ############## detections ├─▶─┤ detections ######       │\n"
               "╰────────────────╯   ╰─────────────────── gpu-# ─╯   ╰────────#### fps  gpu-# ─╯\n"
               "\n"
               "─ camera ───────────────────────────────────────────────────────────────────────\n"
               "  type      ip-camera, MSensor, patchbay/thing:1\n"
               "  params    source sample:vtest, fps 10\n"
               "~\n~\n~\n~\n~\n~\n~\n~\n~\n~\n~\n"
               " deployed: 6 created, 0 configured, 0 unchanged, 0 pruned\n"
               " a add  o append  c connect  i params  x remove  u undo  D deploy  w why  ? help\n");
    rig_type("2:warm<Enter>");
    rig_expect_text("images of lobby: 0 pulled, 4 present; the embedded cluster pulls none");
    rig_quit();
}
END_TEST

static bool is_gone(void *data UNUSED)
{
    return rig_count("○ not deployed", 2, 6) == 3 && strstr(rig.said, "GPU 4/4 free (simulated)   live") &&
           !rig_process_of("camera") && !rig_process_of("object-detect") && !rig_process_of("monitoring");
}

START_TEST(a_killed_detector_comes_back_and_all_is_deleted)
{
    rig_start("lobby", NULL, 80, 24);
    rig_deploy();
    rig_expect_flow();
    pid_t detector = rig_process_of("object-detect");
    ck_assert_int_gt(detector, 0);
    ck_assert_int_eq(kill(detector, SIGKILL), 0);
    rig_expect("~\n~\n~\n"
               "│ ● Running 1/1  │   │ # Running #/1             │   │ # Running #/1           │\n~\n~\n"
               "╰────────────────╯   ╰###############restarts 1 ─╯   ╰##################gpu-# ─╯\n");
    rig_expect_flow();
    ck_assert_uint_eq(rig_count("restarts 1", 2, 6), 1);
    ck_assert_int_ne(rig_process_of("object-detect"), detector);

    rig_type("X");
    rig_expect("~\n~\n~\n~\n~\n~\n~\n"
               "####╭ Delete graph media/lobby ───────────────────────────────────────────╮#####\n"
               "####│                                                                     │#####\n"
               "####│  context edge                                                       │#####\n"
               "####│                                                                     │#####\n"
               "####│  3 things with their pods and services are deleted on the cluster.  │#####\n"
               "####│  The draft here stays.                                              │#####\n"
               "####│                                                                     │#####\n"
               "####│    No      delete                                                   │#####\n"
               "####│                                                                     │#####\n"
               "####╰─────────────────────────────────────────────────────────────────────╯#####\n");
    rig_type("<Enter>");
    rig_expect_gone("Delete graph");
    rig_type("D"); /* what is deployed is the draft, still */
    rig_expect_text("to edge: 0 added, 0 changed, 0 removed");
    rig_type("<Esc>");
    rig_expect_gone("Deploy media/lobby");
    ck_assert_uint_eq(rig_count("Running", 2, 6), 3);

    rig_type("Xy");
    rig_expect_that(is_gone, NULL, "no thing, no process and no GPU is left");
    rig_expect_text("deleted: 6 objects are gone");
    rig_quit();
}
END_TEST

static bool camera_is_gone(void *data UNUSED)
{
    return rig_count("○ Stopped 0/0", 2, 6) == 1 && !rig_process_of("camera");
}

static pid_t detector_before;

static bool detector_is_new(void *data UNUSED)
{
    pid_t now = rig_process_of("object-detect");
    return now && now != detector_before && rig_count("Running 1/1", 2, 6) == 3;
}

/* A part of it: stopped, started, restarted, each after a question whose No is the default. */
START_TEST(a_thing_is_stopped_started_and_restarted)
{
    rig_start("lobby", NULL, 80, 24);
    rig_deploy();
    rig_expect_flow();
    pid_t camera = rig_process_of("camera");
    rig_type(":stop<Enter>");
    rig_expect_text("camera: stops 1 pod; start brings it back");
    rig_expect_text("context edge, namespace media");
    rig_type("<Enter>");
    rig_expect_gone("Stop lobby/camera");
    ck_assert_int_eq(rig_process_of("camera"), camera);
    rig_type(":stop<Enter>y");
    rig_expect_text("stopped camera");
    rig_expect_that(camera_is_gone, NULL, "the camera's pod is gone, and its box says Stopped");
    rig_type(":start<Enter>");
    rig_expect_text("camera: starts 1 pod, as many as there were");
    rig_type("y");
    rig_expect_text("started camera");
    rig_expect_flow();
    detector_before = rig_process_of("object-detect");
    rig_type("lR");
    rig_expect_text("restarts 1 pod; it has a GPU, so there is a gap");
    rig_type("y");
    rig_expect_text("restarted object-detect");
    rig_expect_that(detector_is_new, NULL, "the detector runs anew");
    rig_type("D"); /* it changed nothing that the graph says */
    rig_expect_text("to edge: 0 added, 0 changed, 0 removed");
    rig_type("<Esc>");
    rig_expect_gone("Deploy media/lobby");
    rig_quit();
}
END_TEST

Suite *deploy_suite(void)
{
    Suite *suite = suite_create("deploy");
    TCase *tcase = tcase_create("deploy");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, lobby_is_deployed_and_left);
    tcase_add_test(tcase, a_killed_detector_comes_back_and_all_is_deleted);
    tcase_add_test(tcase, a_thing_is_stopped_started_and_restarted);
    suite_add_tcase(suite, tcase);
    return suite;
}
