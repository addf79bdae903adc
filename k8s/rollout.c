#include "k8s/rollout.h"

#include "base/time.h"
#include "k8s/owned.h"
#include "k8s/kinds/deployment.h"
#include "k8s/setobject.h"
#include "net/url.h"

#define RESTARTED_AT "kubectl.kubernetes.io/restartedAt"
#define MAX_TRIES 8 /* while the controller and others write it, too */
#define PATIENCE (30 * NSEC_PER_SEC)

struct rollout {
    struct kube_client *client;
    struct kube_call *call;
    char *ns, *name, *uid, *manager;
    bool force, dry_run;
    unsigned tries;
    rollout_decide_fn decide;
    rollout_done_fn done;
    void *data;
};

static void look(struct rollout *rollout);

static void rollout_free(struct rollout *rollout)
{
    free(rollout->ns);
    free(rollout->name);
    free(rollout->uid);
    free(rollout->manager);
    free(rollout);
}

void rollout_cancel(struct rollout *rollout)
{
    if (!rollout)
        return;
    if (rollout->call)
        kube_cancel(rollout->call);
    rollout_free(rollout);
}

static void finish(struct rollout *rollout, enum rollout_end end, const cJSON *object, const struct err *err,
                   bool unreachable)
{
    rollout->done(rollout->data, end, object, err, unreachable);
    rollout_free(rollout);
}

/* The sentence says which deployment it was, and in a conflict whose the field is. */
static void fail(struct rollout *rollout, const char *verb, const struct kube_answer *answer)
{
    struct setobject *object = setobject_new(&kind_deployment, rollout->name, NULL);
    struct err err = ERR_INIT;
    setobject_explain(object, verb, answer, &err);
    setobject_free(object);
    size_t len = strlen(err.text);
    if (setobject_is_conflict(answer))
        snprintf(err.text + len, sizeof err.text - len, "; forcing it takes it over");
    finish(rollout, ROLLOUT_FAILED, NULL, &err, answer->outcome != HTTP_DONE);
}

const char *rollout_restarted_at(const cJSON *object)
{
    const cJSON *at = json_get(json_at(object, "spec.template.metadata.annotations"), RESTARTED_AT);
    return cJSON_IsString(at) ? at->valuestring : NULL;
}

/* The version that was looked at, and no other object of the name. */
static void fix(cJSON *body, const cJSON *object)
{
    json_set_str(body, "metadata.uid", json_str(object, "metadata.uid"));
    json_set_str(body, "metadata.resourceVersion", json_str(object, "metadata.resourceVersion"));
}

static cJSON *restart_body(const struct rollout *rollout)
{
    char at[TIME_TEXT];
    cJSON *body = cJSON_CreateObject();
    cJSON *annotations = json_ensure(body, "spec.template.metadata.annotations");
    cJSON_AddStringToObject(annotations, RESTARTED_AT,
                            time_format(at, loop_wall(kube_client_loop(rollout->client)), 0));
    return body;
}

static cJSON *resume_body(void)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddNullToObject(json_ensure(body, "spec"), "paused");
    return body;
}

static cJSON *applied_body(const struct rollout *rollout, const cJSON *object, const struct rollout_ask *ask)
{
    cJSON *body = owned_body(object, rollout->manager);
    if (ask->what == ROLLOUT_PAUSE) {
        json_set_bool(body, "spec.paused", true);
        return body;
    }
    json_set_int(body, "spec.replicas", ask->replicas);
    if (ask->label) {
        cJSON *labels = json_ensure(body, "metadata.labels");
        cJSON_DeleteItemFromObjectCaseSensitive(labels, ask->label);
        if (*ask->value)
            cJSON_AddStringToObject(labels, ask->label, ask->value);
    }
    return body;
}

static void on_written(void *data, const struct kube_answer *answer)
{
    struct rollout *rollout = data;
    rollout->call = NULL;
    if (!err_is_set(&answer->err))
        finish(rollout, ROLLOUT_WRITTEN, answer->json, &answer->err, false);
    else if (answer->status == 409 && !setobject_is_conflict(answer) && ++rollout->tries < MAX_TRIES)
        look(rollout);
    else
        fail(rollout, "change", answer);
}

static void send(struct rollout *rollout, const cJSON *object, const struct rollout_ask *ask)
{
    bool applies = ask->what == ROLLOUT_SCALE || ask->what == ROLLOUT_PAUSE;
    cJSON *body = applies                        ? applied_body(rollout, object, ask)
                  : ask->what == ROLLOUT_RESTART ? restart_body(rollout)
                                                 : resume_body();
    fix(body, object);
    struct buf path, text;
    buf_init(&path, 4096);
    buf_init(&text, 4u << 20);
    json_print(&text, body);
    cJSON_Delete(body);
    kind_path(&path, &kind_deployment, rollout->ns, rollout->name);
    buf_adds(&path, "?fieldManager=");
    url_escape(&path, rollout->manager);
    buf_addf(&path, "%s%s", applies && rollout->force ? "&force=true" : "", rollout->dry_run ? "&dryRun=All" : "");
    rollout->call = kube_start(rollout->client,
                               &(struct kube_request){.method = "PATCH",
                                                      .path = path.data,
                                                      .content_type = applies ? "application/apply-patch+yaml"
                                                                              : "application/strategic-merge-patch+json",
                                                      .body = text.data,
                                                      .body_len = text.len,
                                                      .total_timeout = PATIENCE},
                               on_written, rollout);
    buf_release(&path);
    buf_release(&text);
}

static void on_read(void *data, const struct kube_answer *answer)
{
    struct rollout *rollout = data;
    struct rollout_ask ask = {ROLLOUT_NOTHING, 0, NULL, ""};
    struct err err = ERR_INIT;
    rollout->call = NULL;
    if (err_is_set(&answer->err) || !answer->json) {
        fail(rollout, "read", answer);
        return;
    }
    const char *uid = json_str(answer->json, "metadata.uid");
    if (rollout->uid && !str_eq(uid, rollout->uid)) {
        err_set(&err, "deployment %s was made anew meanwhile, and is left alone; look again", rollout->name);
        finish(rollout, ROLLOUT_FAILED, NULL, &err, false);
        return;
    }
    if (!rollout->uid)
        rollout->uid = xstrdup_or_null(uid);
    if (rollout->decide(rollout->data, answer->json, &ask, &err) < 0)
        finish(rollout, ROLLOUT_FAILED, NULL, &err, false);
    else if (ask.what == ROLLOUT_NOTHING)
        finish(rollout, ROLLOUT_LEFT, answer->json, &err, false);
    else
        send(rollout, answer->json, &ask);
}

static void look(struct rollout *rollout)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, &kind_deployment, rollout->ns, rollout->name);
    rollout->call = kube_start(rollout->client, &(struct kube_request){.path = path.data, .total_timeout = PATIENCE},
                               on_read, rollout);
    buf_release(&path);
}

struct rollout *rollout_start(struct kube_client *client, const struct rollout_options *options,
                              rollout_decide_fn decide, rollout_done_fn done, void *data)
{
    struct rollout *rollout = xcalloc(1, sizeof *rollout);
    rollout->client = client;
    rollout->ns = xstrdup(options->ns);
    rollout->name = xstrdup(options->name);
    rollout->uid = xstrdup_or_null(options->uid);
    rollout->manager = xstrdup(options->manager);
    rollout->force = options->force;
    rollout->dry_run = options->dry_run;
    rollout->decide = decide;
    rollout->done = done;
    rollout->data = data;
    look(rollout);
    return rollout;
}
