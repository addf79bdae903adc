#include "net/curl_call.h"

#define KEPT_CONNECTIONS 32L
#define MOST_CONNECTIONS 256L
#define FRESH NSEC_PER_SEC

/* One for each descriptor that libcurl wants watched. */
struct socket_watch {
    struct socket_watch *prev, *next;
    struct pool *pool;
    struct loop_io io;
};

static void collect(struct pool *pool)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(pool->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct curl_call *call = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        if (call->upgrade && code == CURLE_OK)
            upgrade_connected(call);
        else
            curl_ended(call, code);
    }
}

static void on_socket(void *data, short revents)
{
    struct socket_watch *watch = data;
    struct pool *pool = watch->pool;
    int events = (revents & (POLLIN | POLLHUP) ? CURL_CSELECT_IN : 0) | (revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                 (revents & (POLLERR | POLLNVAL) ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(pool->multi, watch->io.fd, events, &running);
    collect(pool);
}

static void on_timer(void *data)
{
    struct pool *pool = data;
    int running;
    curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(pool);
}

static void unwatch(struct socket_watch *watch)
{
    loop_io_stop(&watch->io);
    *(watch->prev ? &watch->prev->next : &watch->pool->sockets) = watch->next;
    if (watch->next)
        watch->next->prev = watch->prev;
    free(watch);
}

static int watch_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *data, void *socket_data)
{
    struct pool *pool = data;
    struct socket_watch *watch = socket_data;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            unwatch(watch);
        return 0;
    }
    if (!watch) {
        watch = xcalloc(1, sizeof *watch);
        watch->pool = pool;
        watch->next = pool->sockets;
        if (watch->next)
            watch->next->prev = watch;
        pool->sockets = watch;
        loop_io_init(&watch->io, pool->t->calls.loop, on_socket, watch);
        curl_multi_assign(pool->multi, fd, watch);
    }
    loop_io_start(&watch->io, fd, (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0)));
    return 0;
}

static int watch_timer(CURLM *multi UNUSED, long ms, void *data)
{
    struct pool *pool = data;
    if (ms < 0)
        loop_timer_stop(&pool->timer);
    else
        loop_timer_start(&pool->timer, ms * NSEC_PER_MSEC);
    return 0;
}

static struct pool *pool_new(struct transport *t)
{
    struct pool *pool = xcalloc(1, sizeof *pool);
    pool->t = t;
    pool->born = loop_now(t->calls.loop);
    loop_timer_init(&pool->timer, t->calls.loop, on_timer, pool);
    pool->multi = curl_multi_init();
    if (!pool->multi)
        BUG("libcurl has no multi handle");
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, watch_timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
    curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MOST_CONNECTIONS);
    return pool;
}

static void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    curl_multi_cleanup(pool->multi);
    while (pool->sockets)
        unwatch(pool->sockets);
    loop_timer_stop(&pool->timer);
    free(pool);
}

static void sweep(void *data)
{
    struct transport *t = data;
    for (struct pool **at = &t->left; *at;) {
        struct pool *pool = *at;
        if (pool->calls) {
            at = &pool->next;
        } else {
            *at = pool->next;
            pool_free(pool);
        }
    }
}

void pool_enter(struct curl_call *call, int which, bool fresh)
{
    struct transport *t = call->t;
    struct pool **pool = &t->pools[which];
    /* Connections that may be dead are left all at once: who comes next finds the new ones, who came with this call
     * shares them. */
    if (fresh && *pool && loop_now(t->calls.loop) - (*pool)->born > FRESH) {
        (*pool)->next = t->left;
        t->left = *pool;
        *pool = NULL;
        loop_task_start(&t->sweep);
    }
    if (!*pool)
        *pool = pool_new(t);
    call->pool = *pool;
    call->pool->calls++;
    curl_multi_add_handle(call->pool->multi, call->easy);
}

void pool_leave(struct curl_call *call)
{
    curl_multi_remove_handle(call->pool->multi, call->easy);
    if (--call->pool->calls == 0 && call->t->left)
        loop_task_start(&call->t->sweep);
}

void pools_init(struct transport *t)
{
    loop_task_init(&t->sweep, t->calls.loop, sweep, t);
}

void pools_release(struct transport *t)
{
    loop_task_stop(&t->sweep);
    sweep(t);
    for (int i = 0; i < POOLS; i++)
        pool_free(t->pools[i]);
}
