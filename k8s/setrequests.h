/* setrequests: the requests of an apply set that is applied, deleted or tried: many at once, and no more than a server likes; when
 * all are answered the next step begins. Embedded in the set. */
#ifndef K8S_SETREQUESTS_H
#define K8S_SETREQUESTS_H

#include "k8s/client.h"
#include "k8s/kind.h"

struct setrequest;
typedef void setrequest_fn(void); /* the set's own type of function, which its `deliver` knows */

struct setrequests {
    struct kube_client *client;
    const char *ns, *manager, *id; /* borrowed from the set */
    /* The answer to what was sent with fn and about; must not free the set. */
    void (*deliver)(void *set, setrequest_fn *fn, void *about, const struct kube_answer *answer);
    void (*settled)(void *set); /* nothing is under way and nothing waits; may free the set */
    void *set;
    const void *urgent;         /* what is about this does not queue */
    struct setrequest *ops;     /* under way … */
    size_t under_way;
    struct setrequest *queue, **queue_end; /* … and those after them, first to last */
    size_t waiting;             /* answers that are still to come */
};

/* The fields from client to urgent are the caller's to set. */
void setrequests_init(struct setrequests *requests);
void setrequests_drop_queue(struct setrequests *requests); /* what waits for its turn */
void setrequests_cancel(struct setrequests *requests);     /* and what is under way */

/* path: complete. body: NULL, or copied. */
void setrequests_send(struct setrequests *requests, void *about, const char *method, const char *path, const char *content_type,
                      const cJSON *body, setrequest_fn *fn);
void setrequests_get(struct setrequests *requests, void *about, const struct kind *kind, const char *name, setrequest_fn *fn);
void setrequests_get_namespace(struct setrequests *requests, setrequest_fn *fn);
/* The members of a kind; everybody's of it, of each the metadata. */
void setrequests_list(struct setrequests *requests, void *about, const struct kind *kind, setrequest_fn *fn);
void setrequests_list_all(struct setrequests *requests, void *about, const struct kind *kind, setrequest_fn *fn);
void setrequests_apply(struct setrequests *requests, void *about, const struct kind *kind, const char *name, const cJSON *body,
                       bool force, bool dry_run, setrequest_fn *fn);

#endif
