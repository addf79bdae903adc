#include "k8s/resource.h"

#include "net/url.h"

/* What a set may hold: namespaced kinds, sorted as contains-group-kinds must be. */
static const struct resource resources[] = {
    {"", "v1", "ConfigMap", "configmaps"},
    {"batch", "v1", "CronJob", "cronjobs"},
    {"apps", "v1", "DaemonSet", "daemonsets"},
    {"apps", "v1", "Deployment", "deployments"},
    {"networking.k8s.io", "v1", "Ingress", "ingresses"},
    {"batch", "v1", "Job", "jobs"},
    {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"},
    {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"},
    {"", "v1", "Secret", "secrets"},
    {"", "v1", "Service", "services"},
    {"", "v1", "ServiceAccount", "serviceaccounts"},
    {"apps", "v1", "StatefulSet", "statefulsets"},
};

const struct resource *resource_at(size_t index)
{
    return index < ARRAY_SIZE(resources) ? &resources[index] : NULL;
}

const struct resource *resource_of(const cJSON *object)
{
    const char *version = json_str_or(object, "apiVersion", ""), *kind = json_str_or(object, "kind", "");
    for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
        const struct resource *r = &resources[i];
        size_t n = strlen(r->group);
        if (strcmp(r->kind, kind) != 0)
            continue;
        if (n ? strncmp(version, r->group, n) == 0 && version[n] == '/' && strcmp(version + n + 1, r->version) == 0
              : strcmp(version, r->version) == 0)
            return r;
    }
    return NULL;
}

const struct resource *resource_named(const char *group_kind, size_t len)
{
    const struct resource *found = NULL;
    struct buf name;
    buf_init(&name, 256);
    for (size_t i = 0; i < ARRAY_SIZE(resources) && !found; i++) {
        buf_reset(&name);
        resource_group_kind(&name, &resources[i]);
        if (name.len == len && memcmp(name.data, group_kind, len) == 0)
            found = &resources[i];
    }
    buf_release(&name);
    return found;
}

void resource_group_kind(struct buf *out, const struct resource *resource)
{
    buf_addf(out, "%s%s%s", resource->kind, *resource->group ? "." : "", resource->group);
}

void resource_path(struct buf *out, const struct resource *resource, const char *ns, const char *name)
{
    if (*resource->group)
        buf_addf(out, "/apis/%s/%s/namespaces/", resource->group, resource->version);
    else
        buf_addf(out, "/api/%s/namespaces/", resource->version);
    url_escape(out, ns);
    buf_addf(out, "/%s", resource->plural);
    if (name) {
        buf_addc(out, '/');
        url_escape(out, name);
    }
}
