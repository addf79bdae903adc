/* access: what the operator may do, as the API server says when it is asked (SelfSubjectAccessReview of
 * authorization.k8s.io/v1). Advice only: what is not known is allowed, and the server decides when it is done. */
#ifndef K8S_ACCESS_H
#define K8S_ACCESS_H

#include "k8s/client.h"

struct access;

struct access_question {
    const char *verb;        /* "delete" */
    const char *group;       /* "" for the core */
    const char *resource;    /* "pods" */
    const char *subresource; /* "log"; NULL: none */
    const char *ns;          /* NULL: all of them, or what is in none */
};

/* changed: an answer came; called from the loop. The client outlives it. */
struct access *access_new(struct kube_client *client, loop_fn changed, void *data);
void access_free(struct access *access);
/* False only where the server has said no; *why (may be NULL) is then a sentence that lives until the loop's next turn.
 * An answer that is missing or older than a few minutes is asked for; until it comes the old one counts. */
bool access_allowed(struct access *access, const struct access_question *question, const char **why);

/* Who asks, for sentences: who is acted as, else the user of the kubeconfig, else "this user". */
const char *access_who(const struct kube_context *context);

#endif
