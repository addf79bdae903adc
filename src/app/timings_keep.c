#include "app/timings.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/configmap.h"

#define TRIES 3 /* somebody may change the record at the same moment */

struct timings_keeper {
    struct kube_client *client;
    struct kube_call *call;
    char *path, *text;
    size_t len;
    cJSON *timings;
    int tries;
    timings_kept_fn done;
    void *data;
};

void timings_keep_cancel(struct timings_keeper *keeper)
{
    if (keeper->call)
        kube_cancel(keeper->call);
    free(keeper->path);
    free(keeper->text);
    cJSON_Delete(keeper->timings);
    free(keeper);
}

static void end(struct timings_keeper *k, bool kept)
{
    timings_kept_fn done = k->done;
    void *data = k->data;
    timings_keep_cancel(k);
    done(data, kept);
}

/* The patch that puts them into the newest entry; only what is there is changed, and only if it is still as it was read. NULL: there is
 * no such entry, or no room. */
static char *patch_of(const struct timings_keeper *k, const cJSON *map)
{
    const cJSON *data = json_object(map, "data"), *revisions = json_get(data, PLAN_KEY_REVISIONS), *key;
    const char *text = cJSON_GetStringValue(json_get(data, PLAN_KEY_TEXT)), *format = cJSON_GetStringValue(json_get(data, PLAN_KEY_FORMAT));
    cJSON *list = revisions_read(cJSON_GetStringValue(revisions), text), *last = revisions_last(list);
    int count = cJSON_GetArraySize(list);
    struct buf out;
    buf_init(&out, 4u << 20);
    if (last && text && revision_whole(last) && (!format || str_eq(format, "1")) && strlen(text) == k->len &&
        memcmp(text, k->text, k->len) == 0) {
        cJSON_ArrayForEach(key, k->timings)
            json_put(last, key->string, cJSON_Duplicate(key, true));
        revisions_write(list, revisions_room(k->len + strlen(json_str_or(data, PLAN_KEY_MEMBERS, ""))), &out);
    }
    char *patch = NULL;
    if (out.len && cJSON_GetArraySize(list) == count) { /* it pushes no text out that one could go back to */
        cJSON *json = cJSON_CreateObject();
        json_set_str(json, "metadata.resourceVersion", json_str(map, "metadata.resourceVersion"));
        json_put(json_ensure(json, "data"), PLAN_KEY_REVISIONS, cJSON_CreateString(out.data));
        buf_reset(&out);
        json_print(&out, json);
        patch = buf_take(&out);
        cJSON_Delete(json);
    }
    cJSON_Delete(list);
    buf_release(&out);
    return patch;
}

static void read_map(struct timings_keeper *k);

static void on_written(void *data, const struct kube_answer *answer)
{
    struct timings_keeper *k = data;
    k->call = NULL;
    if (answer->status == 409 && ++k->tries < TRIES)
        read_map(k);
    else
        end(k, answer->status == 200);
}

static void on_read(void *data, const struct kube_answer *answer)
{
    struct timings_keeper *k = data;
    k->call = NULL;
    char *patch = answer->status == 200 ? patch_of(k, answer->json) : NULL;
    if (!patch) {
        end(k, false);
        return;
    }
    char *url = xasprintf("%s?fieldManager=" PLAN_MANAGER, k->path);
    struct kube_request write = {.method = "PATCH", .path = url, .content_type = "application/merge-patch+json", .body = patch,
                                 .body_len = strlen(patch), .total_timeout = 10 * NSEC_PER_SEC};
    k->call = kube_start(k->client, &write, on_written, k);
    free(url);
    free(patch);
}

static void read_map(struct timings_keeper *k)
{
    struct kube_request read = {.path = k->path, .total_timeout = 10 * NSEC_PER_SEC};
    k->call = kube_start(k->client, &read, on_read, k);
}

struct timings_keeper *timings_keep(struct kube_client *client, const char *ns, const char *graph, const char *text, size_t len,
                                    cJSON *timings, timings_kept_fn done, void *data)
{
    struct timings_keeper *k = xcalloc(1, sizeof *k);
    *k = (struct timings_keeper){.client = client, .text = xstrndup(text, len), .len = len, .timings = timings, .done = done,
                                 .data = data};
    struct buf path;
    char *name = plan_parent_name(graph);
    buf_init(&path, 1024);
    kind_path(&path, &kind_configmap, ns, name);
    k->path = buf_take(&path);
    free(name);
    read_map(k);
    return k;
}
