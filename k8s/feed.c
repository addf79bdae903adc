#include "k8s/feed.h"

#include "k8s/tablerow.h"
#include "net/url.h"

#define MAX_REFUSAL (64u << 10)

static void on_head(void *data, const struct http_head *head)
{
    struct feed *feed = data;
    feed->head = (struct http_head){.status = head->status, .retry_after = head->retry_after}; /* texts are borrowed */
    if (feed->events->head)
        feed->events->head(feed->data);
}

static void on_bytes(void *data, const char *bytes, size_t len)
{
    struct feed *feed = data;
    if (feed->head.status == 200)
        feed->events->bytes(feed->data, bytes, len);
    else
        buf_add(&feed->refusal, bytes, MIN(len, MAX_REFUSAL - feed->refusal.len));
}

static void on_end(void *data, const struct http_result *result)
{
    struct feed *feed = data;
    feed->events->end(feed->data, result);
}

void feed_init(struct feed *feed, struct kube_client *client, const struct feed_events *events, void *data)
{
    static const struct intake_events intake_events = {on_head, on_bytes, on_end};
    *feed = (struct feed){.events = events, .data = data};
    feed->intake = intake_new(client, &intake_events, feed);
    buf_init(&feed->refusal, MAX_REFUSAL);
}

void feed_stop(struct feed *feed)
{
    intake_stop(feed->intake);
    splitter_free(feed->splitter);
    feed->splitter = NULL;
}

void feed_release(struct feed *feed)
{
    feed_stop(feed);
    intake_free(feed->intake);
    buf_release(&feed->refusal);
}

void feed_start(struct feed *feed, const struct feed_request *request)
{
    const struct scope *scope = request->scope;
    struct buf path;
    buf_init(&path, 128 << 10);
    kind_path(&path, scope->kind, scope->ns, NULL);
    buf_addf(&path, "?%s", request->query);
    if (scope->label_selector) {
        buf_adds(&path, "&labelSelector=");
        url_escape(&path, scope->label_selector);
    }
    if (scope->field_selector) {
        buf_adds(&path, "&fieldSelector=");
        url_escape(&path, scope->field_selector);
    }
    if (scope->kind->table)
        buf_adds(&path, "&includeObject=Metadata");
    feed_stop(feed);
    feed->splitter = splitter_new(request->shape, &feed->events->objects, feed->data);
    splitter_skip(feed->splitter, scope->kind->skip);
    feed->head = (struct http_head){0};
    buf_reset(&feed->refusal);
    err_clear(&feed->garbage);
    intake_start(feed->intake, &(struct kube_request){
                                   .path = path.data,
                                   .accept = scope->kind->table ? TABLE_ACCEPT : NULL,
                                   .http1 = request->http1,
                                   .fresh = request->fresh,
                                   .compressed = request->shape == SPLIT_LIST, /* a watch would wait for its block's end */
                               });
    buf_release(&path);
}

int feed_split(struct feed *feed, const char *bytes, size_t len)
{
    if (splitter_feed(feed->splitter, bytes, len, &feed->garbage) == 0)
        return err_is_set(&feed->garbage) ? -1 : 0;
    if (bytes[strspn(bytes, " \r\n\t")] == '<')
        kube_status_text(200, bytes, len, &feed->garbage); /* a page: its words say more */
    return -1;
}

void feed_why(const struct feed *feed, const struct http_result *result, struct err *why)
{
    if (err_is_set(&feed->garbage))
        *why = feed->garbage;
    else if (result->outcome != HTTP_DONE)
        *why = result->err;
    else
        kube_status_text(feed->head.status, feed->refusal.data, feed->refusal.len, why);
}

int64_t feed_asked_to_wait(const struct feed *feed)
{
    if (feed->head.retry_after)
        return MIN(feed->head.retry_after, FEED_MAX_WAIT);
    struct err ignored = ERR_INIT;
    cJSON *status = feed->refusal.len ? json_parse(feed->refusal.data, feed->refusal.len, &ignored) : NULL;
    int64_t wait = kube_status_retry_after(status);
    cJSON_Delete(status);
    return MIN(wait, FEED_MAX_WAIT);
}

void feed_too_large(char out[FEED_TOO_LARGE], size_t bytes)
{
    snprintf(out, FEED_TOO_LARGE, "is too large or nested too deep (%.1f MiB)", (double)bytes / (1 << 20));
}
