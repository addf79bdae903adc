#include "ui_graph_test.h"

#include "base/map.h"

/* What the cluster says of a deployment that is reviewed, and what is taken over. */

static unsigned trials, ended;

static int asked(void *data, const struct model_deployment *what UNUSED, struct err *err UNUSED)
{
    struct scene *scene = data;
    trials++;
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
    ck_assert_uint_eq(ended, 0);
    answer(&rig);
    ck_assert(rig_shows(&rig, "[ ] camera"));
    free(theirs);
    rig_close(&rig);
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
    suite_add_tcase(suite, tc);
    return suite;
}
