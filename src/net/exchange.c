#include "net/exchange.h"

#include "net/url.h"

struct http_exchange *exchange_new(struct exchange_list *list, const char *target, size_t max_body)
{
    struct http_exchange *x = xcalloc(1, sizeof *x);
    x->list = list;
    x->target = xstrdup(target);
    buf_init(&x->path, SIZE_MAX / 2);
    buf_init(&x->body, max_body);
    x->prev = list->last;
    if (list->last)
        list->last->next = x;
    else
        list->first = x;
    list->last = x;
    return x;
}

void exchange_free(struct http_exchange *x)
{
    *(x->prev ? &x->prev->next : &x->list->first) = x->next;
    *(x->next ? &x->next->prev : &x->list->last) = x->prev;
    loop_io_stop(&x->hangup);
    for (size_t i = 0; i < x->header_count; i++) {
        free(x->headers[i].name);
        free(x->headers[i].value);
    }
    free(x->headers);
    map_release(&x->params, free);
    buf_release(&x->path);
    buf_release(&x->body);
    free(x->target);
    free(x->method);
    free(x);
}

void exchange_present(struct http_exchange *x, const char *method)
{
    x->presented = true;
    x->method = xstrdup(method);
    char *question = strchr(x->target, '?');
    if (question)
        *question = '\0';
    x->query = question ? question + 1 : "";
    url_unescape(&x->path, x->target, strlen(x->target), false);
}

const char *http_method(const struct http_exchange *x)
{
    return x->method;
}

const char *http_path(const struct http_exchange *x)
{
    return x->path.data;
}

const char *http_query_string(const struct http_exchange *x)
{
    return x->query;
}

const char *http_query(const struct http_exchange *cx, const char *name)
{
    struct http_exchange *x = (struct http_exchange *)(uintptr_t)cx; /* the cache */
    if (!x->params_known) {
        x->params_known = true;
        url_query(&x->params, x->query);
    }
    return map_get(&x->params, name);
}

const char *http_body(const struct http_exchange *x, size_t *len)
{
    if (len)
        *len = x->body.len;
    return x->body.data;
}

void http_on_gone(struct http_exchange *x, loop_fn fn, void *data)
{
    x->on_gone = fn;
    x->gone_data = data;
}

void http_add_header(struct http_exchange *x, const char *name, const char *value)
{
    GROW(x->headers, x->header_count, x->header_cap);
    x->headers[x->header_count++] = (struct header){xstrdup(name), xstrdup(value)};
}
