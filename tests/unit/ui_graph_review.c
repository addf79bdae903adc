#include "ui_graph_test.h"

#include <unistd.h>

#include "base/file.h"
#include "graph/plan.h"

/* What the cluster says of a deployment that is reviewed, and what is taken over. */

static unsigned trials, ended;
static bool of_part; /* the last trial was */

static int asked(void *data, const struct model_deployment *what, struct err *err UNUSED)
{
    struct scene *scene = data;
    trials++;
    of_part = what->text != NULL;
    model_trial_release(&scene->model.trial);
    scene->model.trial.state = TRIAL_ASKED;
    return 0;
}

static void end(void *data)
{
    ended++;
    model_trial_release(&((struct scene *)data)->model.trial);
}

/* A cluster that answers when it is told to. */
static void open_asking(struct rig *rig)
{
    rig_open(rig, "lobby", 120, 40);
    trials = ended = 0;
    rig->gs->scene->model.ops.try_deploy = asked;
    rig->gs->scene->model.ops.end_trial = end;
}

static const char *answer(struct rig *rig)
{
    graph_scene_answer(rig->gs);
    model_changed(&rig->gs->scene->model, CHANGED_TRIAL);
    loop_turn(rig->loop, 0);
    return rig_type(rig, "");
}

START_TEST(the_review_is_there_before_the_answer)
{
    struct rig rig;
    open_asking(&rig);
    rig_type(&rig, "li<Down>9<Enter>D");
    ck_assert_uint_eq(trials, 1);
    ck_assert(rig_shows(&rig, "GPU 1 → 19"));
    ck_assert(rig_shows(&rig, "asking the cluster whether it would take it …"));
    answer(&rig);
    ck_assert_ptr_null(strstr(rig.screen, "asking the cluster"));
    ck_assert(rig_shows(&rig, "! cannot apply persistentvolumeclaim object-detect: "));
    ck_assert(rig_shows(&rig, "[ ] camera: refused, for others set this of it:"));
    ck_assert(rig_shows(&rig, "      .spec.replicas, set by kubectl"));
    ck_assert(rig_shows(&rig, "GPU 1 → 19"));
    ck_assert_uint_eq(ended, 0);
    rig_type(&rig, "<Esc>");
    ck_assert_uint_eq(ended, 1);
    rig_close(&rig);
}
END_TEST

START_TEST(who_does_not_wait_deploys)
{
    struct rig rig;
    open_asking(&rig);
    rig_type(&rig, "Dy");
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy");
    ck_assert_uint_eq(ended, 1);
    rig_close(&rig);
}
END_TEST

START_TEST(things_are_taken_over_one_by_one)
{
    struct rig rig;
    open_asking(&rig);
    rig_type(&rig, "D");
    answer(&rig);
    rig_type(&rig, "j<Space>"); /* on any of its lines */
    ck_assert(rig_shows(&rig, "[x] camera: takes over what others set:"));
    rig_type(&rig, "<Space>");
    ck_assert(rig_shows(&rig, "[ ] camera"));
    rig_type(&rig, "jjjjjjjjjjjj<Space>"); /* at the end is nothing to take over */
    ck_assert(rig_shows(&rig, "[ ] camera"));
    rig_type(&rig, "kkkkkkkkkkkkkk<Space>"); /* nor at the beginning */
    ck_assert(rig_shows(&rig, "[ ] camera"));
    rig_type(&rig, "jjjj<Space>y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy over camera");
    rig_close(&rig);
}
END_TEST

START_TEST(what_a_cluster_says)
{
    struct rig rig;
    open_asking(&rig);
    struct model *model = &rig.gs->scene->model;
    rig_type(&rig, "D");
    model->trial.state = TRIAL_TOLD;
    model_changed(model, CHANGED_TRIAL);
    loop_turn(rig.loop, 0);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "the cluster would take it"));
    for (int i = 0; i < 10; i++)
        model_trial_refuse(&model->trial, "camera", "cannot apply service camera: forbidden");
    model_changed(model, CHANGED_TRIAL);
    loop_turn(rig.loop, 0);
    rig_type(&rig, "");
    ck_assert_ptr_null(strstr(rig.screen, "the cluster would take it"));
    ck_assert(rig_shows(&rig, "! and 2 more, at their boxes"));
    model->trial.state = TRIAL_UNKNOWN;
    snprintf(model->trial.note, sizeof model->trial.note, "nobody answers");
    model_changed(model, CHANGED_TRIAL);
    loop_turn(rig.loop, 0);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "! whether the cluster would take it is not known: nobody answers"));
    rig_close(&rig);
}
END_TEST

/* The trial of the second review is not ended with the first. */
START_TEST(a_review_that_replaces_another_asks_anew)
{
    struct rig rig;
    open_asking(&rig);
    const char *text = document_text(rig.gs->scene->model.document, NULL);
    char *theirs = xstrdup(text), *at = strstr(theirs, "fps: 10");
    ck_assert_ptr_nonnull(at);
    memcpy(at, "fps: 25", 7);
    rig_type(&rig, "D");
    graph_scene_deploy_text(rig.gs, theirs);
    rig_type(&rig, "y");
    ck_assert(rig_shows(&rig, "Nothing was deployed: meanwhile"));
    ck_assert_uint_eq(trials, 2);
    ck_assert_uint_eq(ended, 1);
    answer(&rig);
    ck_assert(rig_shows(&rig, "[ ] camera"));
    free(theirs);
    rig_close(&rig);
}
END_TEST

/* The camera is slower, the detector has two GPUs, the monitor goes. */
#define CHANGES "i<Down><Down><Down><^U>5<Enter>li<Down>2<Enter>Gxg"

START_TEST(what_is_marked_is_deployed_alone)
{
    struct rig rig;
    open_asking(&rig);
    rig_type(&rig, CHANGES "D");
    ck_assert(rig_shows(&rig, "to edge: 0 added, 2 changed, 1 removed"));
    rig_type(&rig, "<Esc><Space>D");
    ck_assert(rig_shows(&rig, "to edge: 0 added, 1 changed, 0 removed"));
    ck_assert(rig_shows(&rig, "only camera"));
    ck_assert(rig_shows(&rig, "the rest stays as it is deployed"));
    answer(&rig);
    rig_type(&rig, "<Space>y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy a part over camera");
    ck_assert_ptr_nonnull(strstr(rig.gs->scene->text, "fps: 5"));
    ck_assert_ptr_null(strstr(rig.gs->scene->text, "count: 2"));
    ck_assert_ptr_nonnull(strstr(rig.gs->scene->text, "name: monitoring"));
    rig_type(&rig, "Da"); /* all of it is another choice */
    ck_assert(rig_shows(&rig, "to edge: 0 added, 2 changed, 1 removed"));
    rig_type(&rig, "y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy");
    ck_assert_ptr_null(rig.gs->scene->text);
    rig_close(&rig);
}
END_TEST

START_TEST(what_is_selected_can_be_deployed_alone)
{
    struct rig rig;
    open_asking(&rig);
    rig_type(&rig, CHANGES "lD");
    ck_assert(rig_shows(&rig, "Only object-detect"));
    rig_type(&rig, "o");
    ck_assert(rig_shows(&rig, "only object-detect"));
    ck_assert_uint_eq(trials, 2);
    ck_assert(of_part);
    rig_type(&rig, "<Esc>GDo"); /* what is only on the cluster goes there */
    ck_assert(rig_shows(&rig, "only monitoring"));
    ck_assert(rig_shows(&rig, "to edge: 0 added, 0 changed, 1 removed"));
    ck_assert_uint_eq(trials, 4);
    rig_type(&rig, "y");
    ck_assert_ptr_null(strstr(rig.gs->scene->text, "name: monitoring"));
    rig_close(&rig);
}
END_TEST

/* Only what fits to what is deployed. */
START_TEST(a_part_that_needs_more_says_what)
{
    struct rig rig;
    open_asking(&rig);
    rig_type(&rig, "xD"); /* the camera */
    rig_type(&rig, "<Esc>gDo");
    ck_assert(rig_shows(&rig, "camera is no longer in the draft, and object-detect.video, as it is deployed, takes what it gives: "
                              "deploy"));
    ck_assert_ptr_null(strstr(rig.screen, "Deploy media/lobby"));
    rig_close(&rig);
    rig_open(&rig, "scarce", 120, 40);
    rig_type(&rig, "<Space>D");
    ck_assert(rig_shows(&rig, "Nothing is deployed yet that some things alone could be added to:"));
    rig_type(&rig, "y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy");
    rig_close(&rig);
}
END_TEST

static char *read_text(const char *path)
{
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 1u << 20);
    ck_assert_msg(file_read(path, &text, &err) == 0, "%s", err.text);
    return buf_take(&text);
}

/* As `patchbay render` writes them. */
static char *manifests(struct rig *rig)
{
    struct err err = ERR_INIT;
    struct buf text;
    size_t len;
    const char *graph = document_text(rig->gs->scene->model.document, &len);
    struct plan *plan = plan_make(rig_graph(rig), graph, len, &err);
    buf_init(&text, 1u << 20);
    plan_render(plan, &text);
    plan_free(plan);
    return buf_take(&text);
}

START_TEST(what_git_keeps_is_written_to_a_file)
{
    struct rig rig;
    struct err err = ERR_INIT;
    char folder[] = "/tmp/ui-review-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    open_asking(&rig);
    ck_assert_int_eq(chdir(folder), 0); /* a test is a process of its own */
    struct model *model = &rig.gs->scene->model;
    rig_type(&rig, "D");
    model->trial.state = TRIAL_TOLD;
    model->trial.gitops = xstrdup("Argo CD (application site)");
    model_changed(model, CHANGED_TRIAL);
    loop_turn(rig.loop, 0);
    rig_type(&rig, "y"); /* is no choice any more */
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    ck_assert(rig_shows(&rig, "! Argo CD (application site) keeps these objects as they are in  "));
    rig_type(&rig, "f");
    ck_assert(rig_shows(&rig, "manifests to: lobby.manifests.yaml"));
    rig_type(&rig, "<Enter>");
    ck_assert(rig_shows(&rig, "the manifests are in lobby.manifests.yaml"));
    char *wanted = manifests(&rig), *is = read_text("lobby.manifests.yaml");
    ck_assert_str_eq(is, wanted);
    free(is);
    /* What is another's is not written over unseen, nor what came after it was shown. */
    ck_assert_int_eq(file_save("lobby.manifests.yaml", "theirs\n", 7, 0, &err), 0);
    rig_type(&rig, ":render<Enter><Enter>");
    ck_assert(rig_shows(&rig, "lobby.manifests.yaml exists already"));
    ck_assert(rig_shows(&rig, "- theirs"));
    ck_assert_int_eq(file_save("lobby.manifests.yaml", "newer\n", 6, 0, &err), 0);
    rig_type(&rig, "o");
    ck_assert(rig_shows(&rig, "- newer"));
    rig_type(&rig, "<Esc>");
    is = read_text("lobby.manifests.yaml");
    ck_assert_str_eq(is, "newer\n");
    free(is);
    rig_type(&rig, ":render lobby.manifests.yaml<Enter>s<^U>other.yaml<Enter>");
    free(read_text("other.yaml"));
    rig_type(&rig, ":render lobby.manifests.yaml<Enter>o");
    is = read_text("lobby.manifests.yaml");
    ck_assert_str_eq(is, wanted);
    free(is);
    free(wanted);
    rig_type(&rig, ":render /dev/null<Enter>");
    ck_assert(rig_shows(&rig, "cannot save '/dev/null': it is no regular file"));
    rig_close(&rig);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(file_remove_tree(folder, &err), 0);
}
END_TEST

Suite *ui_graph_review_suite(void)
{
    Suite *suite = suite_create("graph review");
    TCase *tc = tcase_create("review");
    tcase_add_test(tc, the_review_is_there_before_the_answer);
    tcase_add_test(tc, who_does_not_wait_deploys);
    tcase_add_test(tc, things_are_taken_over_one_by_one);
    tcase_add_test(tc, what_a_cluster_says);
    tcase_add_test(tc, a_review_that_replaces_another_asks_anew);
    tcase_add_test(tc, what_is_marked_is_deployed_alone);
    tcase_add_test(tc, what_is_selected_can_be_deployed_alone);
    tcase_add_test(tc, a_part_that_needs_more_says_what);
    tcase_add_test(tc, what_git_keeps_is_written_to_a_file);
    suite_add_tcase(suite, tc);
    return suite;
}
