/* tryset: what applying a set would do to what is there, object by object, tried by a dry run. Nothing is changed. */
#ifndef K8S_TRYSET_H
#define K8S_TRYSET_H

#include "k8s/applyset.h"
#include "k8s/setobject.h"

struct tryset;

struct trial {
    struct setobject *object; /* want NULL: it left the set, and would go; before: it is there; why: it was refused */
    cJSON *would;             /* as the server would have it; NULL: it would go, or was refused. Beside a why: only with force.
                                 What is there already as it is wanted is not tried: a deployment does not write it */
};

struct tryset_result {
    bool ok;
    struct err err;    /* why nothing is known at all */
    bool unreachable;  /* it is that nobody answered */
    bool no_namespace; /* there is none yet, so nothing could be tried in it and all is new */
    struct err namespace_why; /* why it could not be made either */
    bool namespace_ends; /* it is being deleted, and nothing new can be made in it */
    const cJSON *parent; /* as it is there, or NULL */
    const struct trial *trials; /* the members as they were given, then those that would go */
    size_t count;
};

/* Only while it runs. */
typedef void (*tryset_done_fn)(void *data, const struct tryset_result *result);

/* Of the options dry_run is always meant; without force a member whose fields others own is tried with it as well. The struct
 * is gone after done. */
struct tryset *tryset_start(struct kube_client *client, const struct applyset_options *options, tryset_done_fn done, void *data);
void tryset_cancel(struct tryset *set);

#endif
