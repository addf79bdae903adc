#include "k8s/owned.h"
#include "k8s/tryset.h"
#include "k8s_script.h"

#define ID "applyset-abc-v1"
#define NS_PATH "https://test:6443/api/v1/namespaces/media"
#define PARENT NS_PATH "/configmaps/patchbay-lobby"
#define DEPLOYMENTS "https://test:6443/apis/apps/v1/namespaces/media/deployments"
#define SERVICES NS_PATH "/services"
#define SELECT "?labelSelector=applyset.kubernetes.io/part-of%3D" ID
#define TRY "?fieldManager=patchbay&fieldValidation=Strict"
#define DRY "&dryRun=All"

static struct {
    int times;
    bool ok, unreachable, no_namespace, namespace_ends;
    struct err namespace_why;
    struct err err;
    struct buf trials; /* one a line */
} got;

static void on_done(void *data, const struct tryset_result *result)
{
    (void)data;
    got.times++;
    got.ok = result->ok;
    got.unreachable = result->unreachable;
    got.no_namespace = result->no_namespace;
    got.namespace_ends = result->namespace_ends;
    got.namespace_why = result->namespace_why;
    got.err = result->err;
    for (size_t i = 0; i < result->count; i++) {
        const struct trial *trial = &result->trials[i];
        buf_addf(&got.trials, "%s: %s, %s%s%s\n", trial->object->words,
                 json_str_or(trial->object->before, "metadata.uid", "not there"),
                 trial->would ? json_str_or(trial->would, "metadata.uid", "?") : "nothing", trial->object->why ? ", " : "",
                 str_or_empty(trial->object->why));
        for (size_t k = 0; k < trial->object->conflict_count; k++)
            buf_addf(&got.trials, "  %s of %s\n", trial->object->conflicts[k].field, trial->object->conflicts[k].manager);
    }
}

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.trials, 1 << 16);
}

static void teardown(void)
{
    buf_release(&got.trials);
    script_teardown();
}

static cJSON *object(const char *api, const char *kind, const char *name)
{
    cJSON *o = cJSON_CreateObject();
    json_set_str(o, "apiVersion", api);
    json_set_str(o, "kind", kind);
    json_set_str(o, "metadata.name", name);
    return o;
}

static struct tryset *start(bool force)
{
    cJSON *parent = object("v1", "ConfigMap", "patchbay-lobby");
    cJSON *members[] = {object("apps/v1", "Deployment", "camera"), object("v1", "Service", "camera")};
    struct applyset_options options = {.ns = "media", .manager = "patchbay", .id = ID, .parent = parent,
                                       .members = members, .member_count = 2, .force = force};
    struct tryset *set = tryset_start(script.client, &options, on_done, NULL);
    cJSON_Delete(parent);
    cJSON_Delete(members[0]);
    cJSON_Delete(members[1]);
    return set;
}

static void item(struct script_call *call, const char *name, const char *uid)
{
    char text[400];
    snprintf(text, sizeof text,
             "{\"items\":[{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"labels\":{\"applyset.kubernetes.io/part-of\":\"" ID
             "\"}}},{\"metadata\":{\"name\":\"stranger\",\"uid\":\"us\"}}]}",
             name, uid);
    script_answer(call, 200, text);
}

/* Up to the trials: a camera is there, and a service that left the graph. */
static void to_trials(void)
{
    script_answer(script_expect("GET", NS_PATH), 200, "{}");
    script_answer(script_expect("GET", PARENT), 200,
                  "{\"metadata\":{\"labels\":{\"applyset.kubernetes.io/id\":\"" ID "\"},\"annotations\":{"
                  "\"applyset.kubernetes.io/contains-group-kinds\":\"Deployment.apps,Service\"}}}");
    item(script_expect("GET", DEPLOYMENTS SELECT), "camera", "u1");
    item(script_expect("GET", SERVICES SELECT), "old", "u2");
}

START_TEST(each_is_tried_and_nothing_is_changed)
{
    start(true);
    to_trials();
    struct script_call *first = script_expect("PATCH", DEPLOYMENTS "/camera" TRY "&force=true" DRY);
    ck_assert_ptr_nonnull(strstr(first->headers, "Content-Type: application/apply-patch+yaml\n"));
    script_answer(first, 200, "{\"metadata\":{\"uid\":\"w1\"}}");
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY "&force=true" DRY), 201, "{\"metadata\":{\"uid\":\"w2\"}}");
    script_none();
    ck_assert_int_eq(got.times, 1);
    ck_assert(got.ok);
    ck_assert_str_eq(got.trials.data, "deployment camera: u1, w1\nservice camera: not there, w2\nservice old: u2, nothing\n");
}
END_TEST

START_TEST(what_is_refused_is_said_of_its_object)
{
    start(false);
    to_trials();
    script_answer(script_expect("PATCH", DEPLOYMENTS "/camera" TRY DRY), 403,
                  "{\"kind\":\"Status\",\"message\":\"exceeded quota\"}");
    /* without the set's label: looked at by its name */
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY DRY), 200, "{\"metadata\":{\"uid\":\"w2\"}}");
    script_answer(script_expect("GET", SERVICES "/camera"), 200, "{\"metadata\":{\"uid\":\"u3\"}}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.trials.data, "deployment camera: u1, nothing, cannot apply deployment camera: exceeded quota\n"
                                      "service camera: u3, w2\nservice old: u2, nothing\n");
}
END_TEST

START_TEST(refused_because_of_what_is_there)
{
    start(false);
    to_trials();
    script_answer(script_expect("PATCH", DEPLOYMENTS "/camera" TRY DRY), 200, "{\"metadata\":{\"uid\":\"w1\"}}");
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY DRY), 422,
                  "{\"kind\":\"Status\",\"message\":\"field is immutable\"}");
    script_answer(script_expect("GET", SERVICES "/camera"), 200, "{\"metadata\":{\"uid\":\"u3\"}}");
    ck_assert_str_eq(got.trials.data,
                     "deployment camera: u1, w1\n"
                     "service camera: u3, nothing, cannot apply service camera: field is immutable\nservice old: u2, nothing\n");
}
END_TEST

#define CONFLICT                                                                                                       \
    "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"conflict\",\"details\":{\"causes\":[{\"reason\":"        \
    "\"FieldManagerConflict\",\"message\":\"conflict with \\\"kubectl\\\" using apps/v1\",\"field\":\".spec.replicas\"}]}}"

START_TEST(a_conflict_is_named_and_forced)
{
    start(false);
    to_trials();
    script_answer(script_expect("PATCH", DEPLOYMENTS "/camera" TRY DRY), 409, CONFLICT);
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY DRY), 409, "{\"kind\":\"Status\",\"message\":\"stale\"}");
    script_answer(script_expect("PATCH", DEPLOYMENTS "/camera" TRY "&force=true" DRY), 200, "{\"metadata\":{\"uid\":\"w1\"}}");
    ck_assert_int_eq(got.times, 0);
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY DRY), 201, "{\"metadata\":{\"uid\":\"w2\"}}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.trials.data,
                     "deployment camera: u1, w1, cannot apply deployment camera: the field .spec.replicas belongs to "
                     "'kubectl'\n  .spec.replicas of kubectl\n"
                     "service camera: not there, w2\nservice old: u2, nothing\n");
}
END_TEST

/* Then taking it over would not help, and the graver reason is told. */
START_TEST(a_conflict_that_is_refused_by_force_too)
{
    start(false);
    to_trials();
    script_answer(script_expect("PATCH", DEPLOYMENTS "/camera" TRY DRY), 409, CONFLICT);
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY DRY), 201, "{\"metadata\":{\"uid\":\"w2\"}}");
    script_answer(script_expect("PATCH", DEPLOYMENTS "/camera" TRY "&force=true" DRY), 403,
                  "{\"kind\":\"Status\",\"message\":\"exceeded quota\"}");
    ck_assert_str_eq(got.trials.data, "deployment camera: u1, nothing, cannot apply deployment camera: exceeded quota\n"
                                      "  .spec.replicas of kubectl\n"
                                      "service camera: not there, w2\nservice old: u2, nothing\n");
}
END_TEST

/* A deployment would not write it either, so no admission is asked of it. */
START_TEST(what_is_as_it_is_wanted_is_not_tried)
{
    start(false);
    script_answer(script_expect("GET", NS_PATH), 200, "{}");
    script_answer(script_expect("GET", PARENT), 404, "{\"kind\":\"Status\",\"message\":\"not found\"}");
    script_answer(script_expect("GET", DEPLOYMENTS SELECT), 200,
                  "{\"items\":[{\"metadata\":{\"name\":\"camera\",\"uid\":\"u1\",\"labels\":{\"applyset.kubernetes.io/part-of\":\"" ID
                  "\"},\"managedFields\":[{\"manager\":\"patchbay\",\"operation\":\"Apply\",\"fieldsV1\":{}}]}}]}");
    script_answer(script_expect("GET", SERVICES SELECT), 200, "{\"items\":[]}");
    script_answer(script_expect("PATCH", SERVICES "/camera" TRY DRY), 201, "{\"metadata\":{\"uid\":\"w2\"}}");
    ck_assert_str_eq(got.trials.data, "deployment camera: u1, u1\nservice camera: not there, w2\n");
}
END_TEST

START_TEST(a_namespace_that_is_being_deleted)
{
    start(false);
    script_answer(script_expect("GET", NS_PATH), 200, "{\"status\":{\"phase\":\"Terminating\"}}");
    script_answer(script_expect("GET", PARENT), 404, "{\"kind\":\"Status\",\"message\":\"not found\"}");
    script_answer(script_expect("GET", DEPLOYMENTS SELECT), 200, "{\"items\":[]}");
    script_answer(script_expect("GET", SERVICES SELECT), 200, "{\"items\":[]}");
    for (int i = 0; i < 2; i++)
        script_answer(script_expect("PATCH", "/camera" TRY DRY), 403, "{\"kind\":\"Status\",\"message\":\"it ends\"}");
    ck_assert(got.ok && got.namespace_ends);
}
END_TEST

START_TEST(no_namespace_no_trial)
{
    start(false);
    script_answer(script_expect("GET", NS_PATH), 404, "{\"kind\":\"Status\",\"message\":\"not found\"}");
    script_answer(script_expect("POST", "/api/v1/namespaces?dryRun=All"), 201, "{}");
    script_none();
    ck_assert(got.ok && got.no_namespace && !err_is_set(&got.namespace_why));
    start(false);
    script_answer(script_expect("GET", NS_PATH), 404, "{\"kind\":\"Status\",\"message\":\"not found\"}");
    script_answer(script_expect("POST", "/api/v1/namespaces?dryRun=All"), 403, "{\"kind\":\"Status\",\"message\":\"no rights\"}");
    ck_assert(got.ok && got.no_namespace);
    ck_assert_str_eq(got.namespace_why.text, "cannot create the namespace 'media': no rights");
}
END_TEST

START_TEST(nobody_answers)
{
    start(false);
    script_answer(script_expect("GET", NS_PATH), 200, "{}");
    for (int i = 0; i < 20 && !got.times; i++)
        script_refuse(script_next());
    ck_assert(!got.ok && got.unreachable);
}
END_TEST

/* Each is one request of a deployment's kind, and so many at once as it has. */
START_TEST(many_are_tried_in_turn)
{
    cJSON *parent = object("v1", "ConfigMap", "patchbay-lobby"), *members[100];
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        char name[16];
        snprintf(name, sizeof name, "c%zu", i);
        members[i] = object("v1", "Service", name);
    }
    struct applyset_options options = {.ns = "media", .manager = "patchbay", .id = ID, .parent = parent,
                                       .members = members, .member_count = ARRAY_SIZE(members)};
    tryset_start(script.client, &options, on_done, NULL);
    script_answer(script_expect("GET", NS_PATH), 200, "{}");
    script_answer(script_expect("GET", PARENT), 404, "{\"kind\":\"Status\",\"message\":\"not found\"}");
    script_answer(script_expect("GET", SERVICES SELECT), 200, "{\"items\":[]}");
    script_settle();
    ck_assert_int_eq(script.started - script.taken, 64);
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        ck_assert_int_eq(got.times, 0);
        script_answer(script_expect("PATCH", SERVICES "/c"), 201, "{}");
        cJSON_Delete(members[i]);
    }
    ck_assert(got.times == 1 && got.ok);
    cJSON_Delete(parent);
}
END_TEST

START_TEST(cancelled_in_between)
{
    struct tryset *set = start(false);
    to_trials();
    script_expect("PATCH", DEPLOYMENTS "/camera");
    tryset_cancel(set);
    ck_assert_int_eq(got.times, 0);
}
END_TEST

/* Owned. */

static const char object_text[] =
    "{\"apiVersion\":\"v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"1\",\"y\":\"2\"},\"managedFields\":["
    "{\"manager\":\"patchbay\",\"operation\":\"Apply\",\"fieldsV1\":{\"f:metadata\":{\"f:labels\":{\"f:x\":{}}},\"f:spec\":{"
    "\"f:args\":{},\"f:env\":{\"k:{\\\"name\\\":\\\"A\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}},"
    "\"k:{\\\"name\\\":\\\"B\\\"}\":{\".\":{},\"f:name\":{}}},\"f:finalizers\":{\"v:\\\"k\\\"\":{}}}}},"
    "{\"manager\":\"kubectl\",\"operation\":\"Update\",\"subresource\":\"scale\",\"fieldsV1\":{\"f:spec\":{\"f:replicas\":{}}}},"
    "{\"manager\":\"kubectl-edit\",\"operation\":\"Update\",\"fieldsV1\":{\"f:spec\":{\"f:env\":{\"k:{\\\"name\\\":\\\"B\\\"}\":{"
    "\"f:value\":{}}}}}}]},"
    "\"spec\":{\"replicas\":3,\"args\":[\"p\",\"q\"],\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"2\"},"
    "{\"name\":\"C\",\"value\":\"3\"}],\"finalizers\":[\"k\",\"l\"],\"other\":1}}";

START_TEST(what_a_manager_owns)
{
    cJSON *object = cJSON_Parse(object_text), *part = owned_part(object, "patchbay");
    struct buf text;
    buf_init(&text, 1 << 16);
    json_print(&text, part);
    ck_assert_str_eq(text.data, "{\"metadata\":{\"labels\":{\"x\":\"1\"},\"name\":\"a\"},\"spec\":{\"args\":[\"p\",\"q\"],"
                                "\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\"}],\"finalizers\":[\"k\"]},"
                                "\"apiVersion\":\"v1\",\"kind\":\"Thing\"}");
    ck_assert_ptr_null(owned_part(object, "nobody"));
    buf_release(&text);
    cJSON_Delete(part);
    cJSON_Delete(object);
}
END_TEST

static void owner_is(const cJSON *object, const cJSON *field, const char *wanted)
{
    char *who = owned_by_other(object, field, "patchbay");
    ck_assert_str_eq(who ? who : "(us)", wanted);
    free(who);
}

START_TEST(who_else_owns_a_field)
{
    cJSON *object = cJSON_Parse(object_text);
    const cJSON *env = json_at(object, "spec.env");
    owner_is(object, json_at(object, "spec.replicas"), "kubectl (scale)");
    owner_is(object, json_get(cJSON_GetArrayItem(env, 0), "value"), "(us)");
    owner_is(object, json_get(cJSON_GetArrayItem(env, 1), "value"), "kubectl-edit");
    owner_is(object, cJSON_GetArrayItem(json_at(object, "spec.args"), 1), "(us)");
    owner_is(object, json_at(object, "spec.other"), "");
    cJSON_Delete(object);
}
END_TEST

Suite *k8s_tryset_suite(void)
{
    Suite *suite = suite_create("tryset");
    TCase *tc = tcase_create("trials");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, each_is_tried_and_nothing_is_changed);
    tcase_add_test(tc, what_is_refused_is_said_of_its_object);
    tcase_add_test(tc, refused_because_of_what_is_there);
    tcase_add_test(tc, a_conflict_is_named_and_forced);
    tcase_add_test(tc, a_conflict_that_is_refused_by_force_too);
    tcase_add_test(tc, what_is_as_it_is_wanted_is_not_tried);
    tcase_add_test(tc, a_namespace_that_is_being_deleted);
    tcase_add_test(tc, no_namespace_no_trial);
    tcase_add_test(tc, nobody_answers);
    tcase_add_test(tc, many_are_tried_in_turn);
    tcase_add_test(tc, cancelled_in_between);
    suite_add_tcase(suite, tc);
    tc = tcase_create("owned");
    tcase_add_test(tc, what_a_manager_owns);
    tcase_add_test(tc, who_else_owns_a_field);
    suite_add_tcase(suite, tc);
    return suite;
}
