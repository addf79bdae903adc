#include "k8s/context.h"

#include "base/file.h"

/* The file NAME of the service account's folder, NULL when it cannot be read. */
static char *account_file(const char *folder, const char *name, size_t max)
{
    struct err ignored = ERR_INIT;
    struct buf text;
    buf_init(&text, max);
    char *path = xasprintf("%s/%s", folder, name);
    char *out = file_read(path, &text, &ignored) == 0 && text.len ? buf_take(&text) : NULL;
    free(path);
    buf_release(&text);
    return out;
}

static char *own_namespace(const char *folder)
{
    const char *given = getenv("POD_NAMESPACE");
    if (given && *given)
        return xstrdup(given);
    char *text = account_file(folder, "namespace", 4096);
    if (text)
        text[strcspn(text, "\r\n \t")] = '\0';
    if (text && *text)
        return text;
    free(text);
    return xstrdup("default");
}

struct kube_context *context_in_cluster(const char *folder)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    char *token_file = xasprintf("%s/token", folder);
    if (!host || !*host || !port || !*port || !file_exists(token_file)) {
        free(token_file);
        return NULL;
    }
    struct kube_context *context = xcalloc(1, sizeof *context);
    context->name = xstrdup("in-cluster");
    context->cluster = xstrdup("in-cluster");
    context->user = xstrdup("in-cluster");
    context->server = xasprintf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
    context->token_file = token_file;
    /* without it the system's authorities are asked, as client-go has it; never nobody */
    context->ca_pem = account_file(folder, "ca.crt", PEM_MAX);
    if (context->ca_pem)
        context->ca_file = xasprintf("%s/ca.crt", folder);
    context->ns = own_namespace(folder);
    return context;
}
