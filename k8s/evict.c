#include "k8s/evict.h"

#include "base/text.h"
#include "k8s/kind.h"

#define PATIENCE (30 * NSEC_PER_SEC)

struct evict {
    struct kube_call *call;
    char *ns, *name;
    evict_done_fn done;
    void *data;
};

void evict_cancel(struct evict *evict)
{
    if (!evict)
        return;
    if (evict->call)
        kube_cancel(evict->call);
    free(evict->ns);
    free(evict->name);
    free(evict);
}

/* "The disruption budget camera needs 1 healthy pods and has 1 currently", where the server says so. */
static void name_budget(const cJSON *status, struct err *err)
{
    const cJSON *cause;
    cJSON_ArrayForEach(cause, json_array(status, "details.causes"))
    {
        const char *words = json_str(cause, "message");
        if (!words || !str_eq(json_str(cause, "reason"), "DisruptionBudget"))
            continue;
        struct buf text;
        buf_init(&text, sizeof err->text - 1);
        text_sanitise(&text, words, strnlen(words, 300));
        err_set(err, "%s", text.data);
        buf_release(&text);
        return;
    }
}

static enum evict_end end_of(const struct kube_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300)
        return EVICT_ASKED;
    /* 409: the name is another pod's by now */
    if (answer->status == 404 || (answer->status == 409 && str_eq(json_str(answer->json, "reason"), "Conflict")))
        return EVICT_GONE;
    return answer->status == 429 ? EVICT_BUDGET : EVICT_FAILED;
}

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct evict *evict = data;
    struct err err = ERR_INIT;
    enum evict_end end = end_of(answer);
    evict->call = NULL;
    if (end == EVICT_BUDGET || end == EVICT_FAILED)
        err = answer->err;
    if (end == EVICT_BUDGET)
        name_budget(answer->json, &err);
    if (err_is_set(&err))
        err_prefix(&err, "cannot evict pod %s/%s", evict->ns, evict->name);
    evict->done(evict->data, end, &err, answer->outcome != HTTP_DONE);
    evict_cancel(evict);
}

static void body_of(struct buf *out, const struct evict_options *options)
{
    cJSON *body = cJSON_CreateObject();
    json_set_str(body, "apiVersion", "policy/v1");
    json_set_str(body, "kind", "Eviction");
    json_set_str(body, "metadata.name", options->name);
    json_set_str(body, "metadata.namespace", options->ns);
    json_ensure(body, "deleteOptions");
    if (options->grace >= 0)
        json_set_int(body, "deleteOptions.gracePeriodSeconds", options->grace);
    if (options->uid)
        json_set_str(body, "deleteOptions.preconditions.uid", options->uid);
    json_print(out, body);
    cJSON_Delete(body);
}

struct evict *evict_start(struct kube_client *client, const struct evict_options *options, evict_done_fn done, void *data)
{
    struct evict *evict = xcalloc(1, sizeof *evict);
    struct buf path, body;
    evict->ns = xstrdup(options->ns);
    evict->name = xstrdup(options->name);
    evict->done = done;
    evict->data = data;
    buf_init(&path, 2048);
    buf_init(&body, 4096);
    kind_path(&path, &kind_pod, options->ns, options->name);
    buf_addf(&path, "/eviction%s", options->dry_run ? "?dryRun=All" : "");
    body_of(&body, options);
    evict->call = kube_start(client,
                             &(struct kube_request){.method = "POST",
                                                    .path = path.data,
                                                    .content_type = "application/json",
                                                    .body = body.data,
                                                    .body_len = body.len,
                                                    .total_timeout = PATIENCE},
                             on_answer, evict);
    buf_release(&path);
    buf_release(&body);
    return evict;
}
