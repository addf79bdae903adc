/* setobject: one object of an apply set: what it is called, its request, and what the answer to it means. Pure. */
#ifndef K8S_SETOBJECT_H
#define K8S_SETOBJECT_H

#include "k8s/client.h"
#include "k8s/kind.h"

/* A field that we say and somebody else set. Sanitised. */
struct setobject_conflict {
    char *field, *manager; /* ".spec.replicas", "kubectl" */
};

struct setobject {
    const struct kind *kind;
    char *name;
    char *words;   /* "deployment camera" */
    char *uid;     /* of what is there; NULL unknown */
    cJSON *want;   /* NULL: it is to be deleted */
    cJSON *before; /* as it was on the cluster, or NULL */
    char *why;     /* the sentence with which it failed, or NULL */
    struct setobject_conflict *conflicts; /* that was because these fields of it belong to others */
    size_t conflict_count;
    unsigned tries;
};

/* want is taken. */
struct setobject *setobject_new(const struct kind *kind, const char *name, cJSON *want);
void setobject_free(struct setobject *object);

enum apply_change { APPLY_CREATED, APPLY_CONFIGURED, APPLY_UNCHANGED };
/* What an apply that succeeded did. A dry run's answer has no new resourceVersion: there the bodies are compared. */
enum apply_change setobject_change(const struct setobject *object, const struct kube_answer *answer, bool dry_run);
/* "cannot VERB deployment camera: …": a conflict names the field and its manager. */
void setobject_explain(const struct setobject *object, const char *verb, const struct kube_answer *answer,
                       struct err *out);
/* The answer refuses it: sets why, and conflicts where it is one; those of an earlier answer stay. */
void setobject_refuse(struct setobject *object, const char *verb, const struct kube_answer *answer);
/* Whether the answer is a conflict of field managers, which force would end. */
bool setobject_is_conflict(const struct kube_answer *answer);

#endif
