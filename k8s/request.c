#include "k8s/request.h"

#include "k8s/entry.h"

void request_copy(struct kube_request *to, const struct kube_request *from)
{
    *to = *from;
    to->method = xstrdup(from->method ? from->method : "GET");
    to->path = xstrdup(from->path);
    to->content_type = xstrdup_or_null(from->content_type);
    to->accept = xstrdup(from->accept ? from->accept : "application/json");
    to->body = from->body_len ? xmemdup(from->body, from->body_len) : NULL;
    to->headers = (const char *const *)strings_copy((char *const *)(uintptr_t)from->headers);
}

void request_release(struct kube_request *request)
{
    free((char *)(uintptr_t)request->method);
    free((char *)(uintptr_t)request->path);
    free((char *)(uintptr_t)request->content_type);
    free((char *)(uintptr_t)request->accept);
    free((void *)(uintptr_t)request->body);
    strings_free((char **)(uintptr_t)request->headers);
    *request = (struct kube_request){0};
}

bool request_is_read(const struct kube_request *request)
{
    return str_eq(request->method, "GET") || str_eq(request->method, "HEAD");
}
