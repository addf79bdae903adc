#include "app_test.h"

#include "graph/plan.h"

/* What the cluster says of the draft, before it is deployed. */

#define GRAPH(fps) "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: media}\n"               \
                   "spec:\n  things:\n    - {name: camera, type: cam, params: {fps: " fps "}}\n"
#define NS "/api/v1/namespaces/media"
#define CONFLICT                                                                                                       \
    "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"conflict\",\"details\":{\"causes\":[{\"reason\":"        \
    "\"FieldManagerConflict\",\"message\":\"conflict with \\\"kubectl\\\" using apps/v1\",\"field\":\".spec.replicas\"}]}}"
#define NOT_FOUND "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"not found\"}"

static struct model *model;

static void edit(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(document_replace(model->document, text, strlen(text), &err) == 0, "%s", err.text);
    model_changed(model, CHANGED_DOCUMENT);
}

static void setup(void)
{
    static const char types[] = "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: cam}\nspec: {class: MSensor, image: "
                                "\"a:1\", params: [{name: fps, default: 5}]}\n";
    struct faults faults = {0};
    model = app_session_begin("media/lobby");
    catalogue_read(app_session_catalogue(), types, strlen(types), "types", &faults);
    ck_assert_uint_eq(faults.count, 0);
    edit(GRAPH("9"));
    ck_assert_uint_eq(document_faults(model->document)->errors, 0);
}

static void teardown(void)
{
    catalogue_release(app_session_catalogue());
    app_session_end();
}

static void try(void)
{
    model_try_deploy(model, &(struct model_deployment){0});
}

/* A member without the set's label, and what else there is. */
static void to_trials(const char *parent_labels)
{
    char *id = plan_applyset_id("patchbay-lobby", "media", "ConfigMap", "");
    char *parent = xasprintf("{\"metadata\":{\"labels\":{\"applyset.kubernetes.io/id\":\"%s\"%s}}}", id, parent_labels);
    script_answer(app_session_expect("GET", NS), 200, "{}");
    script_answer(app_session_expect("GET", "/configmaps/patchbay-lobby"), 200, parent);
    for (int i = 0; i < 2; i++)
        script_answer(app_session_expect("GET", "part-of%3D"), 200, "{\"items\":[]}");
    free(parent);
    free(id);
}

static void answer(const char *deployment, int status, const char *service)
{
    struct script_call *first = app_session_expect("PATCH", "/services/camera?fieldManager=patchbay&fieldValidation=Strict&dryRun=All");
    struct script_call *second = app_session_expect("PATCH", "/deployments/camera?fieldManager=patchbay&fieldValidation=Strict&dryRun=All");
    script_answer(second, 409, deployment);
    script_answer(app_session_expect("PATCH", "force=true"), 200, "{}");
    script_answer(app_session_expect("GET", "/deployments/camera"), 404, NOT_FOUND);
    script_answer(first, status, service);
}

START_TEST(refusals_come_to_their_things)
{
    try();
    ck_assert_int_eq(model->trial.state, TRIAL_ASKED);
    to_trials("");
    answer(CONFLICT, 403, "{\"kind\":\"Status\",\"message\":\"exceeded quota\"}");
    ck_assert_int_eq(model->trial.state, TRIAL_TOLD);
    ck_assert(!model->task.running);
    ck_assert_uint_eq(model->trial.count, 2);
    const struct model_refusal *conflict = &model->trial.refusals[1], *quota = &model->trial.refusals[0];
    ck_assert_str_eq(conflict->thing, "camera");
    ck_assert_uint_eq(conflict->other_count, 1);
    ck_assert_str_eq(conflict->others[0], ".spec.replicas, set by kubectl");
    ck_assert(conflict->ends && !quota->ends);
    ck_assert_str_eq(quota->why, "cannot apply service camera: exceeded quota");
    ck_assert_str_eq(map_get(&model->refused, "camera"),
                     "by a dry run: cannot apply service camera: exceeded quota");
    /* At the box it stays when the review is left, and goes with what it was said of. */
    model_end_trial(model);
    ck_assert_int_eq(model->trial.state, TRIAL_NONE);
    model_changed(model, CHANGED_DOCUMENT);
    ck_assert(map_has(&model->refused, "camera"));
    edit(GRAPH("8"));
    ck_assert(!map_has(&model->refused, "camera"));
}
END_TEST

START_TEST(who_keeps_it_in_git_is_named)
{
    try();
    to_trials(",\"argocd.argoproj.io/instance\":\"site\"");
    answer(CONFLICT, 201, "{}");
    ck_assert_str_eq(model->trial.gitops, "Argo CD (application site)");
}
END_TEST

/* What comes after the review is nobody's any more. */
START_TEST(a_trial_is_left)
{
    try();
    to_trials("");
    struct script_call *call = app_session_expect("PATCH", "/services/camera?fieldManager=patchbay&fieldValidation=Strict&dryRun=All");
    model_end_trial(model);
    ck_assert(call->cancelled);
    ck_assert_int_eq(model->trial.state, TRIAL_NONE);
    try();
    struct script_call *first = app_session_expect("GET", NS);
    try(); /* the draft is another by now */
    ck_assert(first->cancelled);
    to_trials("");
    answer(CONFLICT, 201, "{}");
    ck_assert_uint_eq(model->trial.count, 1);
    try(); /* and the session ends in the middle of it */
}
END_TEST

/* As when an entry of the cluster's catalogue changes while one reads. */
START_TEST(an_answer_for_an_older_draft_is_dropped)
{
    try();
    to_trials("");
    struct script_call *call = app_session_expect("PATCH", "/services/camera?fieldManager=patchbay&fieldValidation=Strict&dryRun=All");
    edit(GRAPH("8"));
    ck_assert(call->cancelled);
    ck_assert_int_eq(model->trial.state, TRIAL_UNKNOWN);
    ck_assert_str_eq(model->trial.note, "the draft is another by now; D asks again");
    ck_assert_uint_eq(model->refused.count, 0);
}
END_TEST

START_TEST(another_cluster_ends_it)
{
    struct err err = ERR_INIT;
    try();
    ck_assert_int_eq(model_use_context(model, "two", &err), 0);
    ck_assert_int_eq(model->trial.state, TRIAL_NONE);
}
END_TEST

/* That nothing new can be made is said once, not of each object. */
START_TEST(a_namespace_that_is_being_deleted)
{
    try();
    script_answer(app_session_expect("GET", NS), 200, "{\"status\":{\"phase\":\"Terminating\"}}");
    script_answer(app_session_expect("GET", "/configmaps/patchbay-lobby"), 404, NOT_FOUND);
    for (int i = 0; i < 2; i++)
        script_answer(app_session_expect("GET", "part-of%3D"), 200, "{\"items\":[]}");
    for (int i = 0; i < 2; i++)
        script_answer(app_session_expect("PATCH", "dryRun=All"), 403, "{\"kind\":\"Status\",\"message\":\"it is being terminated\"}");
    ck_assert_uint_eq(model->trial.count, 1);
    ck_assert_str_eq(model->trial.refusals[0].why, "the namespace media is being deleted: nothing new can be made in it");
}
END_TEST

START_TEST(a_namespace_that_cannot_be_made)
{
    try();
    script_answer(app_session_expect("GET", NS), 404, NOT_FOUND);
    script_answer(app_session_expect("POST", "/namespaces?dryRun=All"), 403, "{\"kind\":\"Status\",\"message\":\"no rights\"}");
    ck_assert_int_eq(model->trial.state, TRIAL_TOLD);
    ck_assert_uint_eq(model->trial.count, 1);
    ck_assert_str_eq(model->trial.refusals[0].why, "cannot create the namespace 'media': no rights");
    try();
    script_answer(app_session_expect("GET", NS), 404, NOT_FOUND);
    script_answer(app_session_expect("POST", "/namespaces?dryRun=All"), 201, "{}");
    ck_assert_uint_eq(model->trial.count, 0);
    ck_assert_str_eq(model->trial.note, "the namespace media would be made; nothing can be tried before");
}
END_TEST

START_TEST(a_server_that_knows_nothing)
{
    try();
    to_trials("");
    script_answer(app_session_expect("PATCH", "/services/camera?fieldManager=patchbay&fieldValidation=Strict&dryRun=All"), 201, "{}");
    for (int i = 0; i < 20 && model->trial.state == TRIAL_ASKED; i++)
        script_refuse(app_session_expect("PATCH", "/deployments/camera"));
    ck_assert_int_eq(model->trial.state, TRIAL_UNKNOWN);
    ck_assert(model->trial.note[0]);
}
END_TEST

Suite *app_session_trial_suite(void)
{
    Suite *suite = suite_create("session trial");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, refusals_come_to_their_things);
    tcase_add_test(tc, who_keeps_it_in_git_is_named);
    tcase_add_test(tc, a_trial_is_left);
    tcase_add_test(tc, an_answer_for_an_older_draft_is_dropped);
    tcase_add_test(tc, another_cluster_ends_it);
    tcase_add_test(tc, a_namespace_that_is_being_deleted);
    tcase_add_test(tc, a_namespace_that_cannot_be_made);
    tcase_add_test(tc, a_server_that_knows_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}
