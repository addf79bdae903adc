#include "k8s/setobject.h"

#include <ctype.h>

#include "base/text.h"

struct setobject *setobject_new(const struct kind *kind, const char *name, cJSON *want)
{
    struct setobject *object = xcalloc(1, sizeof *object);
    object->kind = kind;
    object->name = xstrdup(name);
    object->words = xasprintf("%s %s", kind->name, name);
    for (char *c = object->words; *c && *c != ' '; c++)
        *c = (char)tolower((unsigned char)*c);
    object->want = want;
    return object;
}

/* An object without what changes by itself. */
static cJSON *settled(const cJSON *object)
{
    cJSON *copy = cJSON_Duplicate(object, true);
    json_del(copy, "metadata.managedFields");
    json_del(copy, "metadata.resourceVersion");
    json_del(copy, "metadata.generation");
    json_del(copy, "status");
    json_del(copy, "apiVersion"); /* elements of a list have neither */
    json_del(copy, "kind");
    return copy;
}

enum apply_change setobject_change(const struct setobject *object, const struct kube_answer *answer, bool dry_run)
{
    if (answer->status == 201 || (!object->before && dry_run))
        return APPLY_CREATED;
    if (!object->before)
        return APPLY_CONFIGURED; /* it was there without the set's label */
    if (!dry_run)
        return str_eq(json_str(object->before, "metadata.resourceVersion"),
                      json_str(answer->json, "metadata.resourceVersion"))
                   ? APPLY_UNCHANGED
                   : APPLY_CONFIGURED;
    cJSON *before = settled(object->before), *after = settled(answer->json);
    bool same = json_equal(before, after);
    cJSON_Delete(before);
    cJSON_Delete(after);
    return same ? APPLY_UNCHANGED : APPLY_CONFIGURED;
}

static const cJSON *next_conflict(const cJSON *cause)
{
    while (cause && !str_eq(json_str(cause, "reason"), "FieldManagerConflict"))
        cause = cause->next;
    return cause;
}

static const cJSON *first_conflict(const struct kube_answer *answer)
{
    const cJSON *causes = answer->status == 409 ? json_array(answer->json, "details.causes") : NULL;
    return causes ? next_conflict(causes->child) : NULL;
}

bool setobject_is_conflict(const struct kube_answer *answer)
{
    return first_conflict(answer) != NULL;
}

/* The manager in: conflict with "kubectl-edit" using apps/v1 */
static void manager_of(struct buf *out, const cJSON *cause)
{
    const char *message = json_str_or(cause, "message", "");
    const char *start = strchr(message, '"'), *end = start ? strchr(start + 1, '"') : NULL;
    if (end)
        text_sanitise(out, start + 1, (size_t)(end - start - 1));
    else
        buf_adds(out, "somebody else");
}

/* What of a conflict belongs to whom. */
static void read_cause(struct setobject_conflict *out, const cJSON *cause)
{
    struct buf field, manager;
    buf_init(&field, 256);
    buf_init(&manager, 128);
    const char *path = json_str_or(cause, "field", "?");
    text_sanitise(&field, path, MIN(strlen(path), 200));
    manager_of(&manager, cause);
    *out = (struct setobject_conflict){buf_take(&field), buf_take(&manager)};
}

static void cause_release(struct setobject_conflict *conflict)
{
    free(conflict->field);
    free(conflict->manager);
}

static void explain_conflict(const cJSON *cause, struct err *out)
{
    struct setobject_conflict first;
    int more = 0;
    read_cause(&first, cause);
    for (const cJSON *c = next_conflict(cause->next); c; c = next_conflict(c->next))
        more++;
    err_set(out, "the field %s belongs to '%s'", first.field, first.manager);
    if (more)
        err_set(out, "the field %s belongs to '%s', and %d more are not ours", first.field, first.manager, more);
    cause_release(&first);
}

void setobject_explain(const struct setobject *object, const char *verb, const struct kube_answer *answer,
                       struct err *out)
{
    const cJSON *conflict = first_conflict(answer);
    if (conflict)
        explain_conflict(conflict, out);
    else
        *out = answer->err;
    err_prefix(out, "cannot %s %s", verb, object->words);
}

static void forget_conflicts(struct setobject *object)
{
    for (size_t i = 0; i < object->conflict_count; i++)
        cause_release(&object->conflicts[i]);
    free(object->conflicts);
    object->conflicts = NULL;
    object->conflict_count = 0;
}

void setobject_refuse(struct setobject *object, const char *verb, const struct kube_answer *answer)
{
    struct err err = ERR_INIT;
    size_t cap = 0;
    setobject_explain(object, verb, answer, &err);
    free(object->why);
    object->why = xstrdup(err.text);
    const cJSON *cause = first_conflict(answer);
    if (cause)
        forget_conflicts(object);
    for (; cause; cause = next_conflict(cause->next)) {
        GROW(object->conflicts, object->conflict_count, cap);
        read_cause(&object->conflicts[object->conflict_count++], cause);
    }
}

void setobject_free(struct setobject *object)
{
    if (!object)
        return;
    forget_conflicts(object);
    free(object->name);
    free(object->words);
    free(object->uid);
    cJSON_Delete(object->want);
    cJSON_Delete(object->before);
    free(object->why);
    free(object);
}
