#include "k8s/kind.h"

#include <strings.h>

#include "net/url.h"

#define UNMIRRORED(g, n, p) (&(const struct kind){.group = g, .version = "v1", .name = n, .plural = p, .namespaced = true})

static const struct kind *const kinds[] = {
    &kind_configmap,
    UNMIRRORED("batch", "CronJob", "cronjobs"),
    UNMIRRORED("apps", "DaemonSet", "daemonsets"),
    &kind_deployment,
    &kind_event,
    UNMIRRORED("networking.k8s.io", "Ingress", "ingresses"),
    UNMIRRORED("batch", "Job", "jobs"),
    UNMIRRORED("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
    &kind_node,
    UNMIRRORED("", "PersistentVolumeClaim", "persistentvolumeclaims"),
    &kind_pod,
    UNMIRRORED("apps", "ReplicaSet", "replicasets"),
    UNMIRRORED("", "Secret", "secrets"),
    &kind_service,
    UNMIRRORED("", "ServiceAccount", "serviceaccounts"),
    UNMIRRORED("apps", "StatefulSet", "statefulsets"),
};

const struct kind *kind_at(size_t index)
{
    return index < ARRAY_SIZE(kinds) ? kinds[index] : NULL;
}

static bool has_short(const struct kind *kind, const char *word)
{
    size_t len = strlen(word);
    for (const char *s = str_or_empty(kind->shorts); *s; s += strspn(s, " ")) {
        size_t n = strcspn(s, " ");
        if (n == len && strncasecmp(s, word, n) == 0)
            return true;
        s += n;
    }
    return false;
}

const struct kind *kind_find(const char *word)
{
    for (size_t i = 0; word && *word && i < ARRAY_SIZE(kinds); i++)
        if (strcasecmp(word, kinds[i]->plural) == 0 || strcasecmp(word, kinds[i]->name) == 0 ||
            has_short(kinds[i], word))
            return kinds[i];
    return NULL;
}

const struct kind *kind_of_object(const cJSON *object)
{
    const char *version = json_str_or(object, "apiVersion", ""), *name = json_str_or(object, "kind", "");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct kind *kind = kinds[i];
        size_t n = strlen(kind->group);
        if (strcmp(kind->name, name) != 0)
            continue;
        if (n ? strncmp(version, kind->group, n) == 0 && version[n] == '/' &&
                    strcmp(version + n + 1, kind->version) == 0
              : strcmp(version, kind->version) == 0)
            return kind;
    }
    return NULL;
}

const struct kind *kind_named(const char *group_kind, size_t len)
{
    const struct kind *found = NULL;
    struct buf name;
    buf_init(&name, 256);
    for (size_t i = 0; i < ARRAY_SIZE(kinds) && !found; i++) {
        buf_reset(&name);
        kind_group_kind(&name, kinds[i]);
        if (name.len == len && memcmp(name.data, group_kind, len) == 0)
            found = kinds[i];
    }
    buf_release(&name);
    return found;
}

void kind_group_kind(struct buf *out, const struct kind *kind)
{
    buf_addf(out, "%s%s%s", kind->name, *kind->group ? "." : "", kind->group);
}

void kind_path(struct buf *out, const struct kind *kind, const char *ns, const char *name)
{
    if (*kind->group)
        buf_addf(out, "/apis/%s/%s", kind->group, kind->version);
    else
        buf_addf(out, "/api/%s", kind->version);
    if (ns && kind->namespaced) {
        buf_adds(out, "/namespaces/");
        url_escape(out, ns);
    }
    buf_addf(out, "/%s", kind->plural);
    if (name) {
        buf_addc(out, '/');
        url_escape(out, name);
    }
}
