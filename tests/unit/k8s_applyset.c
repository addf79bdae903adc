#include "k8s/applyset.h"
#include "k8s_script.h"

#define ID "applyset-abc-v1"

static struct {
    int times, steps;
    struct applyset_result result;
    struct buf progress; /* one a line */
} got;

static void on_progress(void *data, const struct applyset_progress *progress)
{
    (void)data;
    got.steps++;
    ck_assert_uint_le(progress->done, progress->total);
    buf_addf(&got.progress, "%s\n", progress->what);
}

static void on_done(void *data, const struct applyset_result *result)
{
    (void)data;
    got.times++;
    got.result = *result;
}

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.progress, 1 << 20);
}

static void teardown(void)
{
    buf_release(&got.progress);
    script_teardown();
}

static cJSON *object(const char *api, const char *kind, const char *name)
{
    cJSON *o = cJSON_CreateObject();
    json_set_str(o, "apiVersion", api);
    json_set_str(o, "kind", kind);
    json_set_str(o, "metadata.name", name);
    json_set_str(o, "metadata.namespace", "media");
    return o;
}

enum { DRY = 1, FORCE = 2, DELETE = 4 };

/* The set `patchbay-lobby` with a deployment and a service `camera`. */
static struct applyset *start(int how)
{
    cJSON *parent = object("v1", "ConfigMap", "patchbay-lobby");
    cJSON *members[] = {object("apps/v1", "Deployment", "camera"), object("v1", "Service", "camera")};
    struct applyset_options options = {.ns = "media",
                                       .manager = "patchbay",
                                       .id = ID,
                                       .parent = parent,
                                       .members = members,
                                       .member_count = 2,
                                       .force = how & FORCE,
                                       .dry_run = how & DRY};
    struct applyset *set =
        (how & DELETE ? applyset_delete : applyset_start)(script.client, &options, on_progress, on_done, NULL);
    cJSON_Delete(parent); /* all of it was copied */
    cJSON_Delete(members[0]);
    cJSON_Delete(members[1]);
    return set;
}

#define NS_PATH "https://test:6443/api/v1/namespaces/media"
#define PARENT_PATH NS_PATH "/configmaps/patchbay-lobby"
#define DEPLOYMENTS "https://test:6443/apis/apps/v1/namespaces/media/deployments"
#define SERVICES NS_PATH "/services"
#define APPLY "?fieldManager=patchbay&fieldValidation=Strict"
#define SELECT "?labelSelector=applyset.kubernetes.io/part-of%3D" ID

static struct script_call *expect(const char *method, const char *url)
{
    struct script_call *call = script_next();
    ck_assert_str_eq(call->method, method);
    ck_assert_str_eq(call->url, url);
    return call;
}

static void answer_404(struct script_call *call)
{
    script_answer(call, 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"not found\"}");
}

static void parent_there(struct script_call *call, const char *tooling, const char *id, const char *kinds)
{
    char text[600];
    snprintf(text, sizeof text,
             "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"patchbay-lobby\",\"uid\":\"up\",\"labels\":{"
             "\"applyset.kubernetes.io/id\":\"%s\"},\"annotations\":{\"applyset.kubernetes.io/tooling\":\"%s\","
             "\"applyset.kubernetes.io/contains-group-kinds\":\"%s\"}}}",
             id, tooling, kinds);
    script_answer(call, 200, text);
}

static void members_there(struct script_call *call, const char *name, const char *uid, const char *rv)
{
    char text[600];
    snprintf(text, sizeof text,
             "{\"items\":[{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"resourceVersion\":\"%s\",\"labels\":{"
             "\"applyset.kubernetes.io/part-of\":\"" ID "\"}}},{\"metadata\":{\"name\":\"stranger\",\"uid\":\"us\"}}]}",
             name, uid, rv);
    script_answer(call, 200, text);
}

static void none_there(struct script_call *call)
{
    script_answer(call, 200, "{\"items\":[]}");
}

static void check_kinds(const struct script_call *call, const char *kinds)
{
    cJSON *body = cJSON_Parse(call->body);
    const cJSON *annotations = json_at(body, "metadata.annotations");
    ck_assert_str_eq(json_get(annotations, "applyset.kubernetes.io/contains-group-kinds")->valuestring, kinds);
    ck_assert_str_eq(json_get(annotations, "applyset.kubernetes.io/tooling")->valuestring, "patchbay/v1");
    ck_assert_str_eq(json_get(json_at(body, "metadata.labels"), "applyset.kubernetes.io/id")->valuestring, ID);
    cJSON_Delete(body);
}

/* All that is read before anything is written. */
struct reads {
    struct script_call *ns, *parent, *deployments, *services;
};

static struct reads reads(void)
{
    struct reads r = {.ns = expect("GET", NS_PATH)};
    r.parent = expect("GET", PARENT_PATH);
    r.deployments = expect("GET", DEPLOYMENTS SELECT);
    r.services = expect("GET", SERVICES SELECT);
    return r;
}

/* Up to the members' requests, with a parent that is there and names `kinds`. */
static void to_members(const char *kinds, const char *deployment, const char *service)
{
    struct reads r = reads();
    script_answer(r.ns, 200, "{}");
    parent_there(r.parent, "patchbay/v1", ID, kinds);
    if (deployment)
        members_there(r.deployments, deployment, "u1", "5");
    else
        none_there(r.deployments);
    if (service)
        members_there(r.services, service, "u3", "7");
    else
        none_there(r.services);
    /* Neither is a member yet: somebody else's of that name would be left alone. */
    answer_404(expect("GET", DEPLOYMENTS "/camera"));
    answer_404(expect("GET", SERVICES "/camera"));
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
}

/* The parent's last request. */
static void to_end(const char *kinds)
{
    struct script_call *call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    check_kinds(call, kinds);
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"11\""));
    ck_assert_int_eq(got.times, 0);
    script_answer(call, 200, "{}");
    ck_assert_int_eq(got.times, 1);
    script_none();
}

START_TEST(the_order_of_a_first_deployment)
{
    start(0);
    struct reads r = reads();
    answer_404(r.ns);
    answer_404(r.parent);
    none_there(r.deployments);
    script_none(); /* nothing is written before all is read */
    none_there(r.services);
    struct script_call *call = expect("POST", "https://test:6443/api/v1/namespaces?fieldManager=patchbay");
    ck_assert_str_eq(call->body, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"media\"}}");
    script_answer(call, 201, "{}");
    /* Of two that create it one is told. */
    call = expect("POST", NS_PATH "/configmaps?fieldManager=patchbay");
    script_answer(call, 201, "{\"metadata\":{\"uid\":\"up\",\"resourceVersion\":\"10\"}}");
    call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->headers, "Content-Type: application/apply-patch+yaml\n"));
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"10\""));
    check_kinds(call, "Deployment.apps,Service");
    script_none(); /* nothing else before the parent says so */
    script_answer(call, 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    call = expect("PATCH", DEPLOYMENTS "/camera" APPLY);
    ck_assert_ptr_nonnull(strstr(call->body, "\"applyset.kubernetes.io/part-of\":\"" ID "\""));
    struct script_call *service = expect("PATCH", SERVICES "/camera" APPLY); /* at the same time */
    script_answer(service, 201, "{}");
    ck_assert_int_eq(got.times, 0);
    script_answer(call, 201, "{}");
    to_end("Deployment.apps,Service");
    ck_assert_msg(got.result.ok, "%s", got.result.err.text);
    ck_assert_uint_eq(got.result.created, 2);
    ck_assert_str_eq(got.progress.data,
                     "applied configmap patchbay-lobby\ncreated service camera\ncreated deployment camera\n");
}
END_TEST

START_TEST(prunes_what_left_the_set_and_narrows)
{
    start(FORCE);
    struct reads r = reads();
    script_answer(r.ns, 200, "{}");
    parent_there(r.parent, "patchbay/v0", ID, "PersistentVolumeClaim,Service");
    members_there(r.deployments, "camera", "u1", "5");
    members_there(r.services, "old", "u3", "7");
    members_there(expect("GET", NS_PATH "/persistentvolumeclaims" SELECT), "frames", "u2", "6"); /* which only the parent names */
    answer_404(expect("GET", SERVICES "/camera"));
    struct script_call *call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    check_kinds(call, "Deployment.apps,PersistentVolumeClaim,Service");
    script_answer(call, 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    call = expect("PATCH", DEPLOYMENTS "/camera" APPLY "&force=true");
    struct script_call *other = expect("PATCH", SERVICES "/camera" APPLY "&force=true");
    script_answer(call, 200, "{\"metadata\":{\"resourceVersion\":\"5\"}}");
    script_none(); /* nothing is deleted before all is applied */
    script_answer(other, 200, "{\"metadata\":{\"resourceVersion\":\"9\"}}");
    other = expect("DELETE", SERVICES "/old");
    ck_assert_ptr_nonnull(strstr(other->body, "\"uid\":\"u3\""));
    call = expect("DELETE", NS_PATH "/persistentvolumeclaims/frames");
    ck_assert_str_eq(call->body, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"u2\"},"
                                 "\"propagationPolicy\":\"Background\"}");
    script_answer(call, 200, "{}");
    script_answer(other, 404, "{\"kind\":\"Status\",\"message\":\"gone\"}");
    to_end("Deployment.apps,Service");
    ck_assert_msg(got.result.ok, "%s", got.result.err.text);
    ck_assert_uint_eq(got.result.unchanged, 1);
    ck_assert_uint_eq(got.result.configured, 1);
    ck_assert_uint_eq(got.result.pruned, 2);
    ck_assert_str_eq(got.progress.data,
                     "applied configmap patchbay-lobby\nunchanged: deployment camera\nconfigured service camera\n"
                     "pruned persistentvolumeclaim frames\npruned service old\n");
}
END_TEST

START_TEST(a_conflict_names_manager_and_field)
{
    start(0);
    to_members("Deployment.apps,Service", NULL, "old");
    script_answer(
        expect("PATCH", DEPLOYMENTS "/camera" APPLY), 409,
        "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"Apply failed with 2 conflicts\","
        "\"details\":{\"causes\":[{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with "
        "\\\"kubectl-edit\\\" using apps/v1\",\"field\":\".spec.replicas\"},{\"reason\":\"FieldManagerConflict\","
        "\"message\":\"conflict with \\\"hpa\\\"\",\"field\":\".spec.x\"}]}}");
    ck_assert_int_eq(got.times, 0); /* the others are let end */
    script_answer(expect("PATCH", SERVICES "/camera" APPLY), 201, "{}");
    to_end("Deployment.apps,Service"); /* nothing is pruned after a failure */
    ck_assert(!got.result.ok);
    ck_assert_str_eq(
        got.result.err.text,
        "cannot apply deployment camera: the field .spec.replicas belongs to 'kubectl-edit', and 1 more are "
        "not ours");
    ck_assert_uint_eq(got.result.created, 1);
}
END_TEST

START_TEST(every_failure_is_counted)
{
    start(0);
    to_members("", NULL, NULL);
    script_answer(script_next(), 422, "{\"kind\":\"Status\",\"message\":\"Deployment is invalid: spec\"}");
    script_break(script_next()); /* it is sent once more: that changes nothing */
    script_break(expect("PATCH", SERVICES "/camera" APPLY));
    to_end("Deployment.apps,Service");
    ck_assert_str_eq(got.result.err.text,
                     "cannot apply deployment camera: Deployment is invalid: spec (and 1 more failed)");
    script_none();
}
END_TEST

START_TEST(leaves_other_tools_alone)
{
    static const struct {
        const char *tooling, *id, *kinds, *says;
    } cases[] = {
        {"kubectl/v1.34", ID, "",
         "configmap patchbay-lobby belongs to another tool (kubectl/v1.34); patchbay leaves it alone"},
        {"", "applyset-other-v1", "", "is not the record of a graph of that name"},
        {"", "", "", "is not the record of a graph of that name"},
        {"patchbay/v1", ID, "Service,Widget.example.com", "'Widget.example.com', which patchbay does not know"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        got.times = 0;
        start(0);
        struct reads r = reads();
        script_answer(r.ns, 200, "{}");
        none_there(r.deployments);
        none_there(r.services);
        parent_there(r.parent, cases[i].tooling, cases[i].id, cases[i].kinds);
        ck_assert_int_eq(got.times, 1);
        ck_assert_msg(!got.result.ok && strstr(got.result.err.text, cases[i].says), "%zu: %s", i, got.result.err.text);
        script_none();
    }
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
    start(DRY);
    struct reads r = reads();
    script_answer(r.ns, 200, "{}");
    parent_there(r.parent, "patchbay/v1", ID, "Deployment.apps,Service");
    members_there(r.deployments, "camera", "u1", "5");
    script_answer(r.services, 200,
                  "{\"items\":[{\"metadata\":{\"name\":\"camera\",\"uid\":\"u2\",\"resourceVersion\":\"5\",\"labels\":{"
                  "\"applyset.kubernetes.io/part-of\":\"" ID
                  "\"}},\"spec\":{\"a\":1}},{\"metadata\":{\"name\":\"old\",\"uid\":"
                  "\"u3\",\"labels\":{\"applyset.kubernetes.io/part-of\":\"" ID "\"}}}]}");
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true&dryRun=All"), 200, "{}");
    /* A dry run answers with the old version, so the bodies are compared. */
    script_answer(expect("PATCH", DEPLOYMENTS "/camera" APPLY "&dryRun=All"), 200,
                  "{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"camera\",\"uid\":\"u1\",\"resourceVersion\":\"5\","
                  "\"generation\":3,\"managedFields\":[1],\"labels\":{\"applyset.kubernetes.io/part-of\":\"" ID
                  "\"}}}");
    script_answer(expect("PATCH", SERVICES "/camera" APPLY "&dryRun=All"), 200,
                  "{\"metadata\":{\"name\":\"camera\",\"uid\":\"u2\",\"resourceVersion\":\"5\",\"labels\":{"
                  "\"applyset.kubernetes.io/part-of\":\"" ID "\"}},\"spec\":{\"a\":2}}");
    struct script_call *call = expect("DELETE", SERVICES "/old?dryRun=All");
    ck_assert_ptr_nonnull(strstr(call->body, "\"dryRun\":[\"All\"]")); /* the query alone would delete it */
    script_answer(call, 200, "{}");
    ck_assert_int_eq(got.times, 1);
    ck_assert(got.result.ok && got.result.unchanged == 1 && got.result.configured == 1 && got.result.pruned == 1);
    ck_assert_ptr_nonnull(strstr(got.progress.data, "pruned service old (dry run)\n"));
}
END_TEST

START_TEST(a_dry_run_into_nowhere)
{
    start(DRY);
    struct reads r = reads();
    answer_404(r.ns);
    answer_404(r.parent);
    none_there(r.deployments);
    none_there(r.services);
    script_answer(expect("POST", "https://test:6443/api/v1/namespaces?fieldManager=patchbay&dryRun=All"), 201, "{}");
    ck_assert_int_eq(got.times, 1);
    ck_assert(got.result.ok && got.result.created == 2);
    script_none();
}
END_TEST

START_TEST(namespaces_that_cannot_be_seen_or_made)
{
    start(0);
    struct reads r = reads();
    script_answer(r.ns, 403, "{\"kind\":\"Status\",\"message\":\"forbidden\"}");
    none_there(r.deployments);
    none_there(r.services);
    script_answer(r.parent, 500, "{\"kind\":\"Status\",\"message\":\"boom\"}"); /* went on */
    ck_assert_str_eq(got.result.err.text, "cannot read configmap patchbay-lobby: boom");
    start(0);
    r = reads();
    answer_404(r.ns);
    answer_404(r.parent);
    none_there(r.deployments);
    none_there(r.services);
    script_answer(script_next(), 403, "{\"kind\":\"Status\",\"message\":\"no\"}");
    ck_assert_str_eq(got.result.err.text, "cannot create the namespace 'media': no");
    start(0);
    r = reads();
    script_refuse(r.ns);
    script_refuse(r.parent);
    script_refuse(r.deployments);
    script_refuse(r.services);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "connection refused"));
    script_none();
}
END_TEST

/* What the scripted parent says, and whether somebody else is at it. */
static struct {
    enum applyset_step steps[16];
    size_t count;
    const char *other; /* from the step that `at` counts on */
    size_t at;
} filled;

static int fill(void *data, enum applyset_step step, const cJSON *there, cJSON *parent, struct err *err)
{
    static const char *const words[] = {
        [APPLYSET_BEGINS] = "begins", [APPLYSET_RENEWS] = "renews", [APPLYSET_FAILS] = "fails", [APPLYSET_ENDS] = "ends"};
    (void)data;
    (void)there;
    ck_assert_uint_lt(filled.count, ARRAY_SIZE(filled.steps));
    filled.steps[filled.count++] = step;
    if (filled.other && filled.count > filled.at)
        return err_set(err, "%s is at it", filled.other);
    json_set_str(parent, "data.step", words[step]);
    return 0;
}

static struct applyset *start_filled(int how)
{
    cJSON *parent = object("v1", "ConfigMap", "patchbay-lobby");
    cJSON *member = object("apps/v1", "Deployment", "camera");
    json_set_int(member, "spec.replicas", 1);
    struct applyset_options options = {.ns = "media", .manager = "patchbay", .id = ID, .parent = parent, .members = &member,
                                       .member_count = 1, .fill = fill, .dry_run = how & DRY};
    memset(&filled, 0, sizeof filled);
    struct applyset *set = applyset_start(script.client, &options, on_progress, on_done, NULL);
    cJSON_Delete(parent);
    cJSON_Delete(member);
    return set;
}

#define OWNED(fields) "\"managedFields\":[{\"manager\":\"patchbay\",\"operation\":\"Apply\",\"fieldsV1\":{" fields "}}]"

/* A parent that says so, and a deployment with so many replicas. */
static void read_filled(const char *step, int replicas)
{
    char text[1200];
    script_answer(expect("GET", NS_PATH), 200, "{}");
    snprintf(text, sizeof text,
             "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"patchbay-lobby\",\"namespace\":\"media\",\"uid\":\"up\","
             "\"resourceVersion\":\"10\",\"labels\":{\"applyset.kubernetes.io/id\":\"" ID "\"},\"annotations\":{"
             "\"applyset.kubernetes.io/tooling\":\"patchbay/v1\",\"applyset.kubernetes.io/contains-group-kinds\":"
             "\"Deployment.apps\"}," OWNED("\"f:data\":{\"f:step\":{}}") "},\"data\":{\"step\":\"%s\"}}", step);
    script_answer(expect("GET", PARENT_PATH), 200, text);
    snprintf(text, sizeof text,
             "{\"items\":[{\"metadata\":{\"name\":\"camera\",\"namespace\":\"media\",\"uid\":\"u1\",\"resourceVersion\":\"5\","
             "\"labels\":{\"applyset.kubernetes.io/part-of\":\"" ID "\"}," OWNED("\"f:spec\":{\"f:replicas\":{}}") "},"
             "\"spec\":{\"replicas\":%d,\"paused\":false}}]}", replicas);
    script_answer(expect("GET", DEPLOYMENTS SELECT), 200, text);
}

START_TEST(what_is_there_already_is_not_written)
{
    start_filled(0);
    read_filled("ends", 1);
    ck_assert_int_eq(got.times, 1);
    ck_assert_msg(got.result.ok, "%s", got.result.err.text);
    ck_assert_uint_eq(got.result.unchanged, 1);
    ck_assert_str_eq(got.progress.data, "unchanged: deployment camera\n");
    script_none();
    start_filled(0); /* a member differs */
    read_filled("ends", 2);
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    script_answer(expect("PATCH", DEPLOYMENTS "/camera" APPLY), 200, "{\"metadata\":{\"resourceVersion\":\"6\"}}");
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{}");
    ck_assert(got.times == 2 && got.result.ok && got.result.configured == 1);
    start_filled(0); /* the parent alone: one that was cut short before its last step */
    read_filled("begins", 1);
    struct script_call *call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"begins\""));
    script_answer(call, 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"ends\""));
    script_answer(call, 200, "{}");
    ck_assert(got.times == 3 && got.result.ok && got.result.unchanged == 1);
    script_none();
}
END_TEST

/* Two begin at once: the parent's version decides. */
START_TEST(what_is_somebody_elses_is_left_alone)
{
    start(0);
    struct reads r = reads();
    script_answer(r.ns, 200, "{}");
    answer_404(r.parent);
    none_there(r.deployments);
    none_there(r.services);
    answer_404(expect("GET", DEPLOYMENTS "/camera"));
    script_answer(expect("GET", SERVICES "/camera"), 200, "{\"metadata\":{\"name\":\"camera\"}}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.result.err.text, "service camera is there already and is not of this set: nothing was changed; give one of "
                                          "the two another name");
    ck_assert_uint_eq(got.result.failure_count, 1);
    script_none();
    start(FORCE); /* what is of no set is taken over when that is asked for, and a member of another never */
    r = reads();
    script_answer(r.ns, 200, "{}");
    answer_404(r.parent);
    none_there(r.deployments);
    none_there(r.services);
    script_answer(expect("GET", DEPLOYMENTS "/camera"), 200, "{\"metadata\":{\"name\":\"camera\"}}");
    script_answer(expect("GET", SERVICES "/camera"), 200,
                  "{\"metadata\":{\"name\":\"camera\",\"labels\":{\"applyset.kubernetes.io/part-of\":\"applyset-other-v1\"}}}");
    ck_assert_int_eq(got.times, 2);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "service camera is there already"));
    script_none();
}
END_TEST

START_TEST(what_is_kept_in_git_is_left_alone)
{
    static const struct {
        const char *map, *key, *value, *who;
    } rows[] = {
        {"annotations", "argocd.argoproj.io/tracking-id", "site:apps/Deployment:media/camera", "Argo CD (application site)"},
        {"labels", "kustomize.toolkit.fluxcd.io/name", "site", "Flux (kustomization site)"},
        {"labels", "helm.toolkit.fluxcd.io/name", "site", "Flux (helm release site)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[400];
        start(0);
        struct reads r = reads();
        script_answer(r.ns, 200, "{}");
        parent_there(r.parent, "patchbay/v1", ID, "Service");
        none_there(r.services);
        bool labels = rows[i].map[0] == 'l';
        snprintf(text, sizeof text, "{\"items\":[{\"metadata\":{\"name\":\"camera\",\"uid\":\"u\",\"labels\":{"
                 "\"applyset.kubernetes.io/part-of\":\"" ID "\"%s%s%s%s%s}%s%s%s%s%s}}]}",
                 labels ? ",\"" : "", labels ? rows[i].key : "", labels ? "\":\"" : "", labels ? rows[i].value : "", labels ? "\"" : "",
                 labels ? "" : ",\"annotations\":{\"", labels ? "" : rows[i].key, labels ? "" : "\":\"", labels ? "" : rows[i].value,
                 labels ? "" : "\"}");
        script_answer(r.deployments, 200, text);
        ck_assert_int_eq(got.times, (int)i + 1);
        ck_assert(got.result.gitops && !got.result.ok);
        ck_assert_msg(str_starts(got.result.err.text, rows[i].who), "%s", got.result.err.text);
        script_none();
    }
}
END_TEST

START_TEST(who_comes_later_is_told)
{
    start_filled(0);
    read_filled("ends", 2);
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 409,
                  "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"the object has been modified\"}");
    filled.other = "anna"; /* when it is read again */
    filled.at = filled.count;
    read_filled("begins", 2);
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.result.err.text, "anna is at it");
    script_none();
    start_filled(0); /* taken over while it went on */
    read_filled("ends", 2);
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    script_answer(expect("PATCH", DEPLOYMENTS "/camera" APPLY), 200, "{}");
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 409,
                  "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"the object has been modified\"}");
    filled.other = "anna";
    filled.at = filled.count;
    script_answer(expect("GET", PARENT_PATH), 200, "{\"metadata\":{\"resourceVersion\":\"12\"}}");
    ck_assert(got.times == 2 && !got.result.ok);
    ck_assert_str_eq(got.result.err.text, "anna is at it");
    script_none();
}
END_TEST

/* That others see that we are alive. */
START_TEST(the_parent_is_written_anew_while_it_takes_long)
{
    start_filled(0);
    read_filled("ends", 2);
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    struct script_call *member = expect("PATCH", DEPLOYMENTS "/camera" APPLY), *call;
    script_none();
    for (int i = 0; i < 2; i++) {
        script_pass(10);
        call = expect("PATCH", PARENT_PATH APPLY "&force=true");
        ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"renews\""));
        ck_assert_ptr_nonnull(strstr(call->body, i ? "\"resourceVersion\":\"12\"" : "\"resourceVersion\":\"11\""));
        script_answer(call, 200, i ? "{\"metadata\":{\"resourceVersion\":\"13\"}}" : "{\"metadata\":{\"resourceVersion\":\"12\"}}");
    }
    script_answer(member, 200, "{}");
    call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"13\""));
    script_answer(call, 200, "{}");
    ck_assert(got.times == 1 && got.result.ok);
    script_pass(30);
    script_none();
}
END_TEST

#define STALE "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"the object has been modified\"}"

/* Somebody labelled it: it goes on being renewed. Somebody took it: nothing more is written. */
START_TEST(a_renewal_that_is_refused_is_looked_into)
{
    for (int taken = 0; taken < 2; taken++) {
        got.times = 0;
        start_filled(0);
        read_filled("ends", 2);
        script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
        struct script_call *member = expect("PATCH", DEPLOYMENTS "/camera" APPLY), *call;
        script_pass(10);
        script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 409, STALE);
        if (taken) {
            filled.other = "anna";
            filled.at = filled.count;
        }
        script_answer(expect("GET", PARENT_PATH), 200, "{\"metadata\":{\"resourceVersion\":\"20\"}}");
        if (!taken) {
            script_pass(1);
            call = expect("PATCH", PARENT_PATH APPLY "&force=true");
            ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"20\""));
            script_answer(call, 200, "{\"metadata\":{\"resourceVersion\":\"21\"}}");
        }
        script_answer(member, 200, "{}");
        if (!taken)
            script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{}");
        ck_assert_int_eq(got.times, 1);
        ck_assert(got.result.ok != taken);
        script_none();
    }
}
END_TEST

START_TEST(giving_up_is_written_over_a_newer_version)
{
    start_filled(0);
    read_filled("ends", 2);
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    script_answer(expect("PATCH", DEPLOYMENTS "/camera" APPLY), 422, "{\"kind\":\"Status\",\"message\":\"no\"}");
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 409, STALE);
    script_answer(expect("GET", PARENT_PATH), 200, "{\"metadata\":{\"resourceVersion\":\"20\"}}");
    struct script_call *call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"20\""));
    ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"fails\""));
    script_answer(call, 200, "{}");
    ck_assert(got.times == 1 && !got.result.ok);
    ck_assert_str_eq(got.result.err.text, "cannot apply deployment camera: no");
    script_none();
}
END_TEST

START_TEST(stopping_lets_end_and_says_so)
{
    struct applyset *set = start_filled(0);
    read_filled("ends", 2);
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
    struct script_call *call = expect("PATCH", DEPLOYMENTS "/camera" APPLY);
    applyset_stop(set);
    applyset_stop(set);
    ck_assert_int_eq(got.times, 0);
    script_answer(call, 200, "{\"metadata\":{\"resourceVersion\":\"6\"}}");
    call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"fails\""));
    script_answer(call, 200, "{}");
    ck_assert(got.times == 1 && got.result.stopped && !got.result.ok && got.result.configured == 1);
    set = start_filled(0); /* before anything was written */
    script_settle();
    applyset_stop(set);
    read_filled("ends", 2);
    ck_assert(got.times == 2 && got.result.stopped);
    script_none();
}
END_TEST

START_TEST(a_member_made_anew_is_not_pruned)
{
    start(0);
    to_members("Deployment.apps,Service", NULL, "old");
    script_answer(script_next(), 201, "{}");
    script_answer(script_next(), 201, "{}");
    script_answer(expect("DELETE", SERVICES "/old"), 409,
                  "{\"kind\":\"Status\",\"message\":\"Precondition failed: UID\"}");
    to_end("Deployment.apps,Service");
    ck_assert(got.result.ok && got.result.pruned == 0);
}
END_TEST

START_TEST(deletes_members_then_the_parent)
{
    start(DELETE);
    script_answer(expect("GET", NS_PATH), 200, "{}");
    parent_there(expect("GET", PARENT_PATH), "patchbay/v1", ID, "Deployment.apps,Service");
    members_there(expect("GET", DEPLOYMENTS SELECT), "camera", "u1", "5");
    members_there(expect("GET", SERVICES SELECT), "camera", "u2", "6");
    struct script_call *one = expect("DELETE", DEPLOYMENTS "/camera"), *two = expect("DELETE", SERVICES "/camera");
    script_answer(one, 200, "{}");
    script_none();
    script_answer(two, 200, "{}");
    one = expect("DELETE", PARENT_PATH);
    ck_assert_ptr_nonnull(strstr(one->body, "\"uid\":\"up\""));
    script_answer(one, 200, "{}");
    ck_assert(got.times == 1 && got.result.ok && got.result.pruned == 2);
    ck_assert_str_eq(got.progress.data,
                     "deleted deployment camera\ndeleted service camera\ndeleted configmap patchbay-lobby\n");
}
END_TEST

static struct applyset *start_filled_deletion(void)
{
    cJSON *parent = object("v1", "ConfigMap", "patchbay-lobby");
    struct applyset_options options = {.ns = "media", .manager = "patchbay", .id = ID, .parent = parent, .fill = fill};
    memset(&filled, 0, sizeof filled);
    struct applyset *set = applyset_delete(script.client, &options, on_progress, on_done, NULL);
    cJSON_Delete(parent);
    return set;
}

/* The parent of a deletion, at a version, which says `step` and what another tool wrote. */
static void marked_parent(struct script_call *call, const char *version, const char *step)
{
    char text[1200];
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"patchbay-lobby\",\"namespace\":\"media\","
             "\"uid\":\"up\",\"resourceVersion\":\"%s\",\"labels\":{\"applyset.kubernetes.io/id\":\"" ID "\"},\"annotations\":{"
             "\"applyset.kubernetes.io/tooling\":\"patchbay/v1\",\"applyset.kubernetes.io/contains-group-kinds\":"
             "\"Deployment.apps\"}," OWNED("\"f:data\":{\"f:step\":{},\"f:graph.yaml\":{}}") "},\"data\":{\"step\":\"%s\","
             "\"graph.yaml\":\"g\",\"other\":\"o\"}}", version, step);
    script_answer(call, 200, text);
}

/* Up to the deletion of the one member. */
static struct script_call *deletion_begun(void)
{
    script_answer(expect("GET", NS_PATH), 200, "{}");
    marked_parent(expect("GET", PARENT_PATH), "10", "ends");
    struct script_call *call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    script_none(); /* nothing goes before it says so */
    ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"begins\""));
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"10\""));
    ck_assert_ptr_nonnull(strstr(call->body, "\"graph.yaml\":\"g\"")); /* what we leave out would go */
    ck_assert_ptr_null(strstr(call->body, "\"other\""));
    marked_parent(call, "11", "begins");
    members_there(expect("GET", DEPLOYMENTS SELECT), "camera", "u1", "5");
    none_there(expect("GET", SERVICES SELECT));
    return expect("DELETE", DEPLOYMENTS "/camera");
}

START_TEST(a_deletion_says_that_it_is_at_it)
{
    start_filled_deletion();
    struct script_call *member = deletion_begun(), *call;
    script_pass(10);
    call = expect("PATCH", PARENT_PATH APPLY "&force=true");
    ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"renews\""));
    marked_parent(call, "12", "renews");
    script_answer(member, 200, "{}");
    call = expect("DELETE", PARENT_PATH);
    ck_assert_ptr_nonnull(strstr(call->body, "\"uid\":\"up\",\"resourceVersion\":\"12\""));
    script_answer(call, 409, STALE); /* somebody labelled it */
    marked_parent(expect("GET", PARENT_PATH), "13", "renews");
    call = expect("DELETE", PARENT_PATH);
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"13\""));
    script_answer(call, 200, "{}");
    ck_assert(got.times == 1 && got.result.ok && got.result.pruned == 1);
    ck_assert_str_eq(got.progress.data, "deleted deployment camera\ndeleted configmap patchbay-lobby\n");
    script_pass(30);
    script_none();
}
END_TEST

/* Before it began; while it went on; and when only the parent was left: that is theirs now. */
START_TEST(of_a_deletion_and_another_one_is_told)
{
    start_filled_deletion();
    script_answer(expect("GET", NS_PATH), 200, "{}");
    marked_parent(expect("GET", PARENT_PATH), "10", "ends");
    script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 409, STALE);
    filled.other = "anna";
    filled.at = filled.count;
    script_answer(expect("GET", NS_PATH), 200, "{}");
    marked_parent(expect("GET", PARENT_PATH), "11", "theirs");
    ck_assert(got.times == 1 && !got.result.ok && !got.result.begun);
    ck_assert_str_eq(got.result.err.text, "anna is at it");
    script_none();
    for (int late = 0; late < 2; late++) {
        start_filled_deletion();
        struct script_call *member = deletion_begun();
        if (late) {
            script_answer(member, 200, "{}");
            script_answer(expect("DELETE", PARENT_PATH), 409, STALE);
        } else {
            script_pass(10);
            script_answer(expect("PATCH", PARENT_PATH APPLY "&force=true"), 409, STALE);
        }
        filled.other = "anna";
        filled.at = filled.count;
        marked_parent(expect("GET", PARENT_PATH), "20", "theirs");
        if (!late)
            script_answer(member, 200, "{}");
        ck_assert(got.times == 2 + late && !got.result.ok);
        ck_assert_str_eq(got.result.err.text, "anna is at it");
        script_none();
    }
}
END_TEST

START_TEST(a_deletion_that_is_refused_or_stopped_says_so)
{
    for (int stopped = 0; stopped < 2; stopped++) {
        struct applyset *set = start_filled_deletion();
        struct script_call *member = deletion_begun(), *call;
        if (stopped)
            applyset_stop(set);
        script_answer(member, stopped ? 200 : 403, stopped ? "{}" : "{\"kind\":\"Status\",\"message\":\"no\"}");
        call = expect("PATCH", PARENT_PATH APPLY "&force=true");
        ck_assert_ptr_nonnull(strstr(call->body, "\"step\":\"fails\""));
        ck_assert_ptr_nonnull(strstr(call->body, "\"graph.yaml\":\"g\""));
        marked_parent(call, "12", "fails");
        ck_assert(got.times == 1 + stopped && !got.result.ok && got.result.begun);
        script_none();
    }
}
END_TEST

START_TEST(deleting_what_is_not_there_is_no_error)
{
    start(DELETE);
    answer_404(expect("GET", NS_PATH));
    ck_assert(got.times == 1 && got.result.ok && got.result.pruned == 0);
    start(DELETE);
    script_answer(expect("GET", NS_PATH), 200, "{}");
    answer_404(expect("GET", PARENT_PATH));
    members_there(expect("GET", DEPLOYMENTS SELECT), "left-over", "u1", "5"); /* of a deletion that was cut off */
    none_there(expect("GET", SERVICES SELECT));
    script_answer(expect("DELETE", DEPLOYMENTS "/left-over"), 200, "{}");
    ck_assert(got.times == 2 && got.result.ok && got.result.pruned == 1);
    script_none();
}
END_TEST

START_TEST(unknown_kinds_are_refused_before_anything)
{
    cJSON *parent = object("v1", "ConfigMap", "p"), *member = object("example.com/v1", "Widget", "w");
    struct applyset_options options = {
        .ns = "media", .manager = "m", .id = ID, .parent = parent, .members = &member, .member_count = 1};
    applyset_start(script.client, &options, NULL, on_done, NULL);
    ck_assert_int_eq(got.times, 0); /* never from inside the call */
    script_settle();
    ck_assert_int_eq(got.times, 1);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "'Widget' (example.com/v1)"));
    script_none();
    cJSON_Delete(parent);
    cJSON_Delete(member);
}
END_TEST

START_TEST(can_be_cancelled_at_any_step)
{
    for (int steps = 0; steps < 8; steps++) {
        struct applyset *set = start(0);
        script_settle();
        for (int i = 0; i < steps; i++) {
            struct script_call *call = script_next();
            if (i == 1)
                parent_there(call, "patchbay/v1", ID, "Service");
            else if (i == 2 || i == 3)
                members_there(call, "old", "u", "1");
            else if (i == 4 || i == 5)
                answer_404(call); /* neither is somebody else's */
            else
                script_answer(call, 200, "{}");
        }
        applyset_cancel(set);
        while (script.taken < script.started)
            script_next();
        ck_assert_int_eq(got.times, 0);
    }
}
END_TEST

Suite *k8s_applyset_suite(void)
{
    Suite *suite = suite_create("k8s apply sets");
    TCase *tc = tcase_create("applyset");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_order_of_a_first_deployment);
    tcase_add_test(tc, prunes_what_left_the_set_and_narrows);
    tcase_add_test(tc, a_conflict_names_manager_and_field);
    tcase_add_test(tc, every_failure_is_counted);
    tcase_add_test(tc, leaves_other_tools_alone);
    tcase_add_test(tc, a_dry_run_changes_nothing);
    tcase_add_test(tc, a_dry_run_into_nowhere);
    tcase_add_test(tc, namespaces_that_cannot_be_seen_or_made);
    tcase_add_test(tc, a_member_made_anew_is_not_pruned);
    tcase_add_test(tc, what_is_there_already_is_not_written);
    tcase_add_test(tc, what_is_somebody_elses_is_left_alone);
    tcase_add_test(tc, what_is_kept_in_git_is_left_alone);
    tcase_add_test(tc, who_comes_later_is_told);
    tcase_add_test(tc, the_parent_is_written_anew_while_it_takes_long);
    tcase_add_test(tc, a_renewal_that_is_refused_is_looked_into);
    tcase_add_test(tc, giving_up_is_written_over_a_newer_version);
    tcase_add_test(tc, stopping_lets_end_and_says_so);
    tcase_add_test(tc, deletes_members_then_the_parent);
    tcase_add_test(tc, a_deletion_says_that_it_is_at_it);
    tcase_add_test(tc, of_a_deletion_and_another_one_is_told);
    tcase_add_test(tc, a_deletion_that_is_refused_or_stopped_says_so);
    tcase_add_test(tc, deleting_what_is_not_there_is_no_error);
    tcase_add_test(tc, unknown_kinds_are_refused_before_anything);
    tcase_add_test(tc, can_be_cancelled_at_any_step);
    suite_add_tcase(suite, tc);
    return suite;
}
