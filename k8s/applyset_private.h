/* applyset_private: a set while it is applied or deleted. applyset.c has its life, applyset_request.c its
 * requests, applyset_apply.c and applyset_delete.c the steps: each sends requests, and the next begins when all of them are
 * answered. */
#ifndef K8S_APPLYSET_PRIVATE_H
#define K8S_APPLYSET_PRIVATE_H

#include "k8s/applyset.h"
#include "k8s/setobject.h"
#include "k8s/setparent.h"
#include "k8s/setrequests.h"

typedef void answer_fn(struct applyset *set, struct setobject *object, const struct kube_answer *answer);

struct objects {
    struct setobject **items;
    size_t count, cap;
};

struct applyset {
    struct kube_client *client;
    char *ns, *manager, *id;
    bool force, dry_run, deleting;
    char **take_over;
    size_t take_over_count;
    applyset_parent_fn *fill;
    struct setobject *parent;      /* before: as it was answered last */
    struct objects members, extra; /* extra: in the set on the cluster, and to be deleted */
    struct objects kinds;          /* without names: what is being listed */
    struct kindset ours;           /* the members' kinds … */
    struct kindset listed;         /* … and with them those that the cluster's parent names */
    struct kindset asked;          /* of which the members are known */
    struct setrequests requests;
    void (*next)(struct applyset *set); /* the step after them */
    struct loop_task begin;
    struct loop_timer renew;
    bool no_namespace; /* there is none */
    bool held;         /* the parent says that we are at it */
    bool stopping;     /* no new step begins */
    bool giving_up;    /* the parent is being told that it did not end well */
    size_t failures, done_count;
    struct applyset_result result;
    applyset_progress_fn progress;
    applyset_done_fn done;
    void *data;
};

void applyset_add(struct objects *objects, struct setobject *object);
void applyset_finish(struct applyset *set);
void applyset_fail(struct applyset *set, const struct err *err);
/* The object's own sentence, and the set's if it is the first. */
void applyset_explain(struct applyset *set, struct setobject *object, const char *verb, const struct kube_answer *answer);
void applyset_tell(struct applyset *set, const char *verb, const struct setobject *object);

void applyset_init_requests(struct applyset *set); /* when all else is there */
void applyset_send(struct applyset *set, struct setobject *object, const char *method, const char *path,
                   const char *content_type, const cJSON *body, answer_fn *fn);
void applyset_apply(struct applyset *set, struct setobject *object, const cJSON *body, bool force, answer_fn *fn);
/* GETs the object itself. */
void applyset_get(struct applyset *set, struct setobject *object, answer_fn *fn);
/* GETs what is there of a kind, whosever: of each the metadata. fn's object only says which kind. */
void applyset_look(struct applyset *set, const struct kind *kind, answer_fn *fn);
struct setobject *applyset_member(const struct applyset *set, const struct kind *kind, const char *name);
void applyset_get_namespace(struct applyset *set, answer_fn *fn);
/* GETs the members of a kind that are on the cluster, into the objects of that name and into `extra`. */
void applyset_list(struct applyset *set, const struct kind *kind);
/* Somebody keeps this object as it is in git: a failure, told once. */
void applyset_check_gitops(struct applyset *set, const cJSON *object);
/* Deletes an object, with its uid as a precondition; a parent that says that we are at it, as it was read last. */
void applyset_delete_object(struct applyset *set, struct setobject *object, answer_fn *fn);
/* Deletes what is in `extra`; then the next step. */
void applyset_prune(struct applyset *set);

/* The first steps. */
void applyset_apply_begin(struct applyset *set);
void applyset_delete_begin(struct applyset *set);
/* All is read once more. Only when the answer at hand was the last thing that was waited for: before the first step and after the
 * parent's. */
void applyset_begin_again(struct applyset *set);
/* The parent says again that we are at it: a loop_fn. */
void applyset_renew(void *set);
/* The parent says that we are at it, if it is still as it was read, else all is read once more; then the next step. */
void applyset_hold(struct applyset *set, void (*next)(struct applyset *set));
/* Writes what differs. */
void applyset_write(struct applyset *set);
/* What the parent says at a step; NULL: somebody else is at it, which is a failure then. The caller's. */
cJSON *applyset_parent_at(struct applyset *set, enum applyset_step step, const struct kindset *kinds);
/* The answer is the parent as it is now. */
void applyset_take_parent(struct applyset *set, const struct kube_answer *answer);
bool applyset_is_forced(const struct applyset *set, const struct setobject *object);
/* Whether it is there as it is wanted. */
bool applyset_is_same(const struct applyset *set, const struct setobject *object);
/* What was begun ends here: the parent says so. */
void applyset_apply_give_up(struct applyset *set);

#endif
