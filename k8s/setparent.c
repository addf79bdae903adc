#include "k8s/setparent.h"

#include "base/text.h"

#define TOOLING_NAME "patchbay/"

static uint64_t bit(const struct kind *kind)
{
    size_t i = 0;
    while (kind_at(i) != kind)
        i++;
    return UINT64_C(1) << i;
}

void kindset_add(struct kindset *kinds, const struct kind *kind)
{
    kinds->bits |= bit(kind);
}

bool kindset_has(const struct kindset *kinds, const struct kind *kind)
{
    return kinds->bits & bit(kind);
}

bool kindset_equal(const struct kindset *a, const struct kindset *b)
{
    return a->bits == b->bits;
}

void kindset_write(const struct kindset *kinds, struct buf *out)
{
    const struct kind *kind;
    bool any = false;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        if (!kindset_has(kinds, kind))
            continue;
        if (any)
            buf_addc(out, ',');
        any = true;
        kind_group_kind(out, kind);
    }
}

static const char *meta_text(const cJSON *object, const char *map, const char *key)
{
    const cJSON *value = json_get(json_at(object, map), key);
    return cJSON_IsString(value) ? value->valuestring : "";
}

static int read_kinds(const char *text, const char *words, struct kindset *kinds, struct err *err)
{
    for (const char *s = text; *s;) {
        size_t len = strcspn(s, ",");
        const struct kind *kind = kind_named(s, len);
        if (kind && kind->namespaced) {
            kindset_add(kinds, kind);
        } else if (len) {
            struct buf shown;
            buf_init(&shown, 512);
            text_sanitise(&shown, s, MIN(len, 80));
            err_set(err, "%s holds objects of the kind '%s', which patchbay does not know", words, shown.data);
            buf_release(&shown);
            return -1;
        }
        s += len + (s[len] == ',');
    }
    return 0;
}

int setparent_check(const cJSON *there, const char *words, const char *id, struct kindset *kinds, struct err *err)
{
    const char *tooling = meta_text(there, "metadata.annotations", SET_ANNOTATION_TOOLING);
    if (*tooling && !str_starts(tooling, TOOLING_NAME)) {
        struct buf shown;
        buf_init(&shown, 512);
        text_sanitise(&shown, tooling, strnlen(tooling, 64));
        err_set(err, "%s belongs to another tool (%s); patchbay leaves it alone", words, shown.data);
        buf_release(&shown);
        return -1;
    }
    if (strcmp(meta_text(there, "metadata.labels", SET_LABEL_ID), id) != 0)
        return err_set(err, "%s is there already and is not the record of a graph of that name; rename one of the two",
                       words);
    return read_kinds(meta_text(there, "metadata.annotations", SET_ANNOTATION_KINDS), words, kinds, err);
}

bool setparent_gitops(const cJSON *object, struct buf *out)
{
    static const struct {
        const char *map, *key, *tool, *what;
    } marks[] = {
        {"metadata.annotations", "argocd.argoproj.io/tracking-id", "Argo CD", "application"},
        {"metadata.labels", "argocd.argoproj.io/instance", "Argo CD", "application"},
        {"metadata.labels", "kustomize.toolkit.fluxcd.io/name", "Flux", "kustomization"},
        {"metadata.labels", "helm.toolkit.fluxcd.io/name", "Flux", "helm release"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        const char *name = meta_text(object, marks[i].map, marks[i].key);
        if (!*name)
            continue;
        buf_addf(out, "%s (%s ", marks[i].tool, marks[i].what);
        text_sanitise(out, name, MIN(strcspn(name, ":"), 64)); /* application:group/kind:namespace/name */
        buf_addc(out, ')');
        return true;
    }
    return false;
}

bool setparent_leaves(const cJSON *object, bool forced)
{
    return !forced || *meta_text(object, "metadata.labels", SET_LABEL_PART_OF);
}

bool setparent_owns(const cJSON *object, const char *id)
{
    return strcmp(meta_text(object, "metadata.labels", SET_LABEL_PART_OF), id) == 0;
}
