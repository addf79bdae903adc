/* What the cluster refuses to take. */
#include "faults.h"

static struct {
    const char *part, *body; /* what is refused, and how … */
    int status, times;       /* … and how often */
    bool dry;                /* already when it is only tried */
    int patches;
} refusal;

static bool answer(struct script_call *call)
{
    if (strstr(call->url, "dryRun=All")) { /* the review; it can be right, and the deployment refused a moment later */
        bool refused = refusal.dry && strstr(call->url, refusal.part) && !strstr(call->url, "force=true");
        script_answer(call, refused ? refusal.status : 201, refused ? refusal.body : "{\"metadata\":{\"uid\":\"u\"}}");
        return true;
    }
    if (str_eq(call->method, "PATCH")) {
        refusal.patches++;
        if (refusal.times && strstr(call->url, refusal.part)) {
            refusal.times--;
            script_answer(call, refusal.status, refusal.body);
        } else {
            bool parent = strstr(call->url, "/configmaps/"); /* says what it was told */
            script_answer(call, 201, parent ? call->body : "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"7\"}}");
        }
        return true;
    }
    if (str_eq(call->method, "POST")) {
        script_answer(call, 201, "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"6\"}}");
        return true;
    }
    if (!strstr(call->url, "/configmaps/patchbay-lobby") && !strstr(call->url, "/deployments/") && !strstr(call->url, "media/services/"))
        return false;
    scripted_status(call, 404, "NotFound", "not found");
    return true;
}

static void refuse(const char *part, int status, int times, const char *body)
{
    memset(&refusal, 0, sizeof refusal);
    refusal.part = part;
    refusal.status = status;
    refusal.times = times;
    refusal.body = body;
}

static void begin(void)
{
    struct err err = ERR_INIT;
    scripted_begin("graph");
    char *path = xasprintf("%s/graphs/lobby.yaml", getenv("PATCHBAY_ASSETS"));
    ck_assert_msg(model_open_file(op.model, path, &err) == 0, "%s", err.text);
    free(path);
    scripted_answer = answer;
}

/* What is refused is known before anything is written. */
static void review(void)
{
    refusal.dry = true;
    type("D");
    scripted_serve();
    refusal.dry = false;
    ck_assert_int_eq(refusal.patches, 0);
}

static void deploy(void)
{
    type("D");
    expect("Deploy");
    type("y");
    scripted_serve();
}

#define CONFLICT                                                                                                  \
    "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"Apply failed with 2 "                \
    "conflicts\",\"details\":{"                                                                                   \
    "\"causes\":[{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with \\\"kubectl-edit\\\" using "    \
    "apps/v1\","                                                                                                  \
    "\"field\":\".spec.replicas\"},{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with \\\"hpa\\\" " \
    "using "                                                                                                      \
    "apps/v1\",\"field\":\".spec.paused\"}]}}"

void owned_fields(void)
{
    begin();
    refuse("/deployments/camera", 409, 1, CONFLICT);
    review();
    expect("[ ] camera: refused, for others set this of it:");
    expect(".spec.replicas, set by kubectl-edit");
    expect(".spec.paused, set by hpa");
    type("<Esc>");
    deploy();
    expect(
        "cannot apply deployment camera: the field .spec.replicas belongs to 'kubectl-edit', and 1 more are not ours");
    expect("camera"); /* the graph stays as it was */
    deploy();
    expect("deployed: ");
    lacks("kubectl-edit");
}

void changed_meanwhile(void)
{
    static const char stale[] =
        "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"Operation cannot be "
        "fulfilled on deployments.apps 'camera': the object has been modified\"}";
    begin();
    refuse("/deployments/camera", 409, 2, stale);
    deploy();
    expect("deployed: "); /* nobody notices */
    int patches = refusal.patches;
    refuse("/deployments/camera", 409, 99, stale);
    deploy();
    expect("cannot apply deployment camera: Operation cannot be fulfilled on deployments.apps 'camera': the object has "
           "been");
    ck_assert_int_eq(99 - refusal.times, 4); /* and not for ever */
    ck_assert_int_le(refusal.patches, patches + 2);
}

/* Each box whose object was refused is marked, and says why where it is selected. */
void refused_values(void)
{
    begin();
    type("<Tab>");
    lacks("! ╮");
    refuse(
        "/deployments/object-detect", 422, 1,
        "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"Deployment.apps \\\"object-detect\\\" "
        "is "
        "invalid: spec.template.spec.priorityClassName: Invalid value\",\"details\":{\"causes\":[{\"reason\":"
        "\"FieldValueInvalid\",\"message\":\"Invalid value\",\"field\":\"spec.template.spec.priorityClassName\"}]}}");
    review();
    expect("! cannot apply deployment object-detect: Deployment.apps");
    type("<Esc>");
    expect("╭ object-detect ───────── ! ╮");
    deploy();
    expect(
        "cannot apply deployment object-detect: Deployment.apps \"object-detect\" is invalid: spec.template.spec.prio");
    expect("╭ object-detect ───────── ! ╮");
    lacks("camera ───────────────── !");
    type("l");
    expect("  refused   cannot apply deployment object-detect: Deployment.apps \"object-detect\" is invalid: "
           "spec.template");
    expect(" object-detect: cannot apply deployment object-detect: Deployment.apps");
    deploy();
    expect("deployed: ");
    lacks("! ╮");
    lacks("refused");
}
