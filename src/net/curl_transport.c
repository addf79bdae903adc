#include "net/curl_call.h"

static void stop_call(struct call *base)
{
    struct curl_call *call = curl_call_of(base);
    struct transport *t = call->t;
    if (!call->easy)
        return;
    if (call->upgrade)
        upgrade_stop(call);
    pool_leave(call);
    curl_easy_reset(call->easy);
    if (t->spare_count < MAX_SPARE && !call->upgrade)
        t->spare[t->spare_count++] = call->easy;
    else
        curl_easy_cleanup(call->easy);
    call->easy = NULL;
}

static void resume_call(struct call *base)
{
    struct curl_call *call = curl_call_of(base);
    if (call->upgrade)
        upgrade_resume(call);
    else
        curl_easy_pause(call->easy, CURLPAUSE_CONT);
}

static void release_call(struct call *base)
{
    struct curl_call *call = curl_call_of(base);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    free(call->body);
    if (call->upgrade)
        upgrade_free(call);
}

/* Nothing that came from elsewhere may end a line of the head and begin another. */
static bool is_line(const char *text)
{
    return !text[strcspn(text, "\r\n")];
}

static int check(const struct curl_call *call, const struct http_request *r, const struct url *url, struct err *err)
{
    if (!call->https && !str_eq(url->scheme, "http"))
        return err_set(err, "cannot ask %s: '%s' is neither http nor https", call->call.peer, url->scheme);
    bool lines = is_line(str_or_empty(r->method)) && is_line(url->path);
    for (const char *const *h = r->headers; h && *h; h++)
        lines = lines && is_line(*h);
    return lines ? 0 : err_set(err, "cannot ask %s: there is a line break in what is to be sent", call->call.peer);
}

static struct http_call *curl_start(struct http_transport *base, const struct http_request *r,
                                    const struct http_events *events, void *data)
{
    struct transport *t = CONTAINER_OF(base, struct transport, base);
    struct curl_call *call = xcalloc(1, sizeof *call);
    struct err *err = &call->call.result.err;
    call->t = t;
    call_init(&call->call, &t->calls, base, r, events, data);
    struct url url;
    if (url_parse(&url, str_or_empty(r->url), err) < 0) {
        call_finish(&call->call, HTTP_REFUSED);
        return &call->call.base;
    }
    bool ipv6 = strchr(url.host, ':');
    call->https = str_eq(url.scheme, "https");
    snprintf(call->call.host, sizeof call->call.host, "%s", url.host);
    snprintf(call->call.peer, sizeof call->call.peer, "%s%s%s:%u", ipv6 ? "[" : "", url.host, ipv6 ? "]" : "",
             url.port);
    if (check(call, r, &url, err) < 0) {
        call_finish(&call->call, HTTP_REFUSED);
    } else {
        call->easy = t->spare_count ? t->spare[--t->spare_count] : curl_easy_init();
        if (!call->easy)
            BUG("libcurl has no handle left");
        curl_set_up(call, r, &url);
        if (r->upgrade)
            upgrade_set_up(call, r, &url);
        call_begin(&call->call);
        pool_enter(call, r->http1 || r->upgrade ? HTTP1 : ANY, r->fresh);
    }
    url_release(&url);
    return &call->call.base;
}

static struct call *call_of(struct http_call *call)
{
    return CONTAINER_OF(call, struct call, base);
}

static void curl_cancel(struct http_transport *base UNUSED, struct http_call *call)
{
    call_free(call_of(call));
}

static void curl_pause(struct http_transport *base UNUSED, struct http_call *call, bool paused)
{
    call_pause(call_of(call), paused);
}

static void curl_send(struct http_transport *base UNUSED, struct http_call *call, const void *bytes, size_t len)
{
    upgrade_send(curl_call_of(call_of(call)), bytes, len);
}

static size_t curl_unsent(struct http_transport *base UNUSED, const struct http_call *call)
{
    return upgrade_unsent(curl_call_of(call_of((struct http_call *)call)));
}

static void curl_release(struct http_transport *base)
{
    struct transport *t = CONTAINER_OF(base, struct transport, base);
    calls_release(&t->calls);
    while (t->spare_count)
        curl_easy_cleanup(t->spare[--t->spare_count]);
    pools_release(t);
    curl_share_cleanup(t->share);
    free(t->user_agent);
    free(t);
}

struct http_transport *http_curl_new(struct loop *loop, const char *user_agent)
{
    static const struct http_transport_ops ops = {curl_start, curl_cancel, curl_pause,
                                                  curl_release, curl_send, curl_unsent};
    static bool ready;
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        BUG("libcurl does not start");
    ready = true;
    struct transport *t = xcalloc(1, sizeof *t);
    t->base.ops = &ops;
    t->user_agent = xstrdup(user_agent);
    calls_init(&t->calls, loop);
    t->calls.stop = stop_call;
    t->calls.resume = resume_call;
    t->calls.release = release_call;
    t->share = curl_share_init();
    if (!t->share)
        BUG("libcurl has nothing to share");
    curl_share_setopt(t->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    pools_init(t);
    return &t->base;
}
