#include "k8s/access.h"

#include "base/map.h"
#include "base/text.h"

#define FRESH (3 * 60 * NSEC_PER_SEC)
#define FAILED_WAIT (30 * NSEC_PER_SEC) /* before what could not be asked is asked again */
#define MAX_IN_FLIGHT 8                 /* a selection that runs through many namespaces asks for some of them */
#define MAX_KNOWN 4096
#define PATH "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

struct verdict {
    struct access *access;
    struct kube_call *call; /* NULL: not being asked */
    int64_t until;          /* when to ask again */
    bool denied;
    char *what;             /* "delete pods in namespace media" */
    char why[512];
};

struct access {
    struct kube_client *client;
    struct map verdicts; /* the question as one string → struct verdict */
    size_t in_flight;
    bool absent;         /* the server has no such API */
    loop_fn changed;
    void *data;
};

struct access *access_new(struct kube_client *client, loop_fn changed, void *data)
{
    struct access *access = xcalloc(1, sizeof *access);
    access->client = client;
    access->changed = changed;
    access->data = data;
    return access;
}

static void verdict_free(void *data)
{
    struct verdict *verdict = data;
    if (verdict->call)
        kube_cancel(verdict->call);
    free(verdict->what);
    free(verdict);
}

void access_free(struct access *access)
{
    if (!access)
        return;
    map_release(&access->verdicts, verdict_free);
    free(access);
}

const char *access_who(const struct kube_context *context)
{
    const char *who = context->as ? context->as : context->user;
    return who && *who ? who : "this user";
}

/* "viewer may not delete pods in namespace media: REASON" */
static void say_why(struct verdict *verdict, const char *reason)
{
    const char *who = access_who(kube_client_context(verdict->access->client));
    struct buf clean;
    buf_init(&clean, 4096);
    text_sanitise(&clean, reason, MIN(strlen(reason), 300));
    snprintf(verdict->why, sizeof verdict->why, "%.100s may not %.100s%s%s", who,
             verdict->what, clean.len ? ": " : "", clean.len ? clean.data : "");
    buf_release(&clean);
}

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct verdict *verdict = data;
    struct access *access = verdict->access;
    int64_t now = loop_now(kube_client_loop(access->client));
    const cJSON *status = json_object(answer->json, "status");
    verdict->call = NULL;
    access->in_flight--;
    if (answer->status < 200 || answer->status >= 300 || !status) {
        access->absent |= answer->status == 404;
        verdict->until = now + FAILED_WAIT;
        return;
    }
    /* An error while it was evaluated is no verdict: only what is plainly refused is. */
    bool denied = !json_bool(status, "allowed", true) &&
                  (json_bool(status, "denied", false) || !*json_str_or(status, "evaluationError", ""));
    verdict->until = now + FRESH;
    if (denied)
        say_why(verdict, json_str_or(status, "reason", ""));
    if (denied != verdict->denied) {
        verdict->denied = denied;
        access->changed(access->data);
    }
}

static void ask(struct access *access, struct verdict *verdict, const struct access_question *q)
{
    struct buf body;
    buf_init(&body, 8192);
    cJSON *review = cJSON_CreateObject();
    json_set_str(review, "apiVersion", "authorization.k8s.io/v1");
    json_set_str(review, "kind", "SelfSubjectAccessReview");
    json_set_str(review, "spec.resourceAttributes.verb", q->verb);
    json_set_str(review, "spec.resourceAttributes.group", q->group);
    json_set_str(review, "spec.resourceAttributes.resource", q->resource);
    if (q->subresource)
        json_set_str(review, "spec.resourceAttributes.subresource", q->subresource);
    if (q->ns)
        json_set_str(review, "spec.resourceAttributes.namespace", q->ns);
    json_print(&body, review);
    cJSON_Delete(review);
    struct kube_request request = {.method = "POST", .path = PATH, .content_type = "application/json",
                                   .body = body.data, .body_len = body.len, .total_timeout = 15 * NSEC_PER_SEC};
    access->in_flight++;
    verdict->call = kube_start(access->client, &request, on_answer, verdict);
    buf_release(&body);
}

static char *words_of(const struct access_question *q)
{
    /* As a Role has to say it: "get pods/log". */
    return xasprintf("%s %s%s%s%s%s", q->verb, q->resource, q->subresource ? "/" : "", str_or_empty(q->subresource),
                     q->ns ? " in namespace " : "", str_or_empty(q->ns));
}

bool access_allowed(struct access *access, const struct access_question *q, const char **why)
{
    if (why)
        *why = "";
    if (!access || access->absent)
        return true;
    char *key = xasprintf("%s\n%s\n%s\n%s\n%s", q->verb, q->group, q->resource, str_or_empty(q->subresource),
                          str_or_empty(q->ns));
    struct verdict *verdict = map_get(&access->verdicts, key);
    if (!verdict && access->verdicts.count < MAX_KNOWN) {
        verdict = xcalloc(1, sizeof *verdict);
        verdict->access = access;
        verdict->what = words_of(q);
        map_put(&access->verdicts, key, verdict);
    }
    free(key);
    if (!verdict)
        return true;
    if (!verdict->call && access->in_flight < MAX_IN_FLIGHT &&
        verdict->until <= loop_now(kube_client_loop(access->client)))
        ask(access, verdict, q);
    if (why && verdict->denied)
        *why = verdict->why;
    return !verdict->denied;
}
