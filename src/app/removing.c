#include "app/removing.h"

#include "base/json.h"
#include "k8s/evict.h"

#define AT_A_TIME 10

struct item {
    struct removing *removing;
    char *ns, *name, *uid;
    struct evict *evict;
    struct kube_call *call;
};

struct removing {
    struct kube_client *client;
    enum removal how;
    struct item *items;
    size_t count, begun, ended;
    struct removing_result result;
    struct err first; /* failure */
    removing_line_fn line;
    removing_done_fn done;
    void *data;
};

void removing_cancel(struct removing *removing)
{
    if (!removing)
        return;
    for (size_t i = 0; i < removing->count; i++) {
        struct item *item = &removing->items[i];
        evict_cancel(item->evict);
        if (item->call)
            kube_cancel(item->call);
        free(item->ns);
        free(item->name);
        free(item->uid);
    }
    free(removing->items);
    free(removing);
}

static void finish(struct removing *removing)
{
    struct removing_result *r = &removing->result;
    const char *word = removal_table[removing->how].done;
    if (r->failed && removing->count == 1)
        snprintf(r->text, sizeof r->text, "%.600s", removing->first.text);
    else if (r->failed)
        snprintf(r->text, sizeof r->text, "%zu of %zu pods were not %s: %.600s", r->failed, removing->count, word,
                 removing->first.text);
    else if (removing->count == 1)
        snprintf(r->text, sizeof r->text, "%s %.260s", word, removing->items[0].name);
    else
        snprintf(r->text, sizeof r->text, "%s %zu pods", word, removing->count);
    removing_done_fn done = removing->done;
    void *data = removing->data;
    struct removing_result result = *r;
    removing_cancel(removing);
    done(data, &result);
}

static void begin(struct item *item);

static void end(struct item *item, const struct err *err)
{
    struct removing *removing = item->removing;
    struct removing_result *r = &removing->result;
    if (!err)
        r->done++;
    else if (!r->failed++)
        err_set(&removing->first, "%s: %.600s", item->name, err->text);
    removing->line(removing->data, item->name, ++removing->ended);
    if (removing->begun < removing->count)
        begin(&removing->items[removing->begun++]);
    else if (removing->ended == removing->count)
        finish(removing);
}

static void on_evicted(void *data, enum evict_end how, const struct err *err, bool unreachable UNUSED)
{
    struct item *item = data;
    item->evict = NULL;
    end(item, how == EVICT_BUDGET || how == EVICT_FAILED ? err : NULL);
}

static void on_deleted(void *data, const struct kube_answer *answer)
{
    struct item *item = data;
    item->call = NULL;
    bool gone = answer->status == 404 || (answer->status >= 200 && answer->status < 300);
    end(item, gone ? NULL : &answer->err);
}

static void delete_pod(struct item *item)
{
    struct buf path, body;
    buf_init(&path, 2048);
    buf_init(&body, 2048);
    kind_path(&path, &kind_pod, item->ns, item->name);
    buf_adds(&body, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"");
    if (item->uid) {
        buf_adds(&body, ",\"preconditions\":{\"uid\":");
        json_quote(&body, item->uid);
        buf_addc(&body, '}');
    }
    buf_adds(&body, "}");
    struct kube_request request = {.method = "DELETE", .path = path.data, .content_type = "application/json",
                                   .body = body.data, .body_len = body.len, .total_timeout = 30 * NSEC_PER_SEC};
    item->call = kube_start(item->removing->client, &request, on_deleted, item);
    buf_release(&path);
    buf_release(&body);
}

static void begin(struct item *item)
{
    struct evict_options options = {.ns = item->ns, .name = item->name, .uid = item->uid, .grace = -1};
    if (removal_table[item->removing->how].evicts)
        item->evict = evict_start(item->removing->client, &options, on_evicted, item);
    else
        delete_pod(item);
}

struct removing *removing_start(struct kube_client *client, enum removal how, const struct removing_pod *pods, size_t count,
                                removing_line_fn line, removing_done_fn done, void *data)
{
    struct removing *removing = xcalloc(1, sizeof *removing);
    *removing = (struct removing){.client = client, .how = how, .items = xcalloc(count, sizeof *removing->items),
                                  .count = count, .line = line, .done = done, .data = data};
    for (size_t i = 0; i < count; i++)
        removing->items[i] = (struct item){removing, xstrdup(pods[i].ns), xstrdup(pods[i].name),
                                           xstrdup_or_null(pods[i].uid), NULL, NULL};
    while (removing->begun < MIN(count, (size_t)AT_A_TIME))
        begin(&removing->items[removing->begun++]);
    return removing;
}
