/* reflector: keeps a store equal to the cluster: list, watch, and again, as client-go does it. */
#ifndef K8S_REFLECTOR_H
#define K8S_REFLECTOR_H

#include "k8s/client.h"
#include "k8s/store.h"

struct reflector;

enum reflector_state {
    REFLECTOR_LISTING, /* not one whole list yet */
    REFLECTOR_LIVE,
    REFLECTOR_STALE,   /* the connection is down or silent; the rows are of `since` */
    REFLECTOR_REFUSED, /* 403, 404, an untrusted certificate: waiting long */
};

struct reflector_options {
    const char *ns;             /* NULL: all */
    const char *label_selector; /* NULL: none */
    const char *field_selector;
};

/* Its state or its note changed; called from the loop, at a turn's end. May free it. */
typedef void (*reflector_fn)(void *data, struct reflector *reflector);

/* options may be NULL. A listener of the store may free the reflector, but the store must outlive it. */
struct reflector *reflector_new(struct kube_client *client, struct store *store,
                                const struct reflector_options *options, reflector_fn on_state, void *data);
void reflector_free(struct reflector *reflector);
/* Somebody else is told from now on; NULL: nobody. */
void reflector_tell(struct reflector *reflector, reflector_fn on_state, void *data);
enum reflector_state reflector_state(const struct reflector *reflector);
/* When it was last known to be right (monotonic; 0: never), and why it is not now ("" when it is). */
int64_t reflector_since(const struct reflector *reflector);
const char *reflector_why(const struct reflector *reflector);
/* The HTTP status (or that of the watch's ERROR event) it was refused with; 0: it was not refused by the server. */
int reflector_refusal(const struct reflector *reflector);
/* Whether the server asked to wait (429 or 5xx with Retry-After) and the same page is asked for again after that. */
bool reflector_waits(const struct reflector *reflector);
/* What was left out of the rows, "" for nothing: objects too large, or none. */
const char *reflector_note(const struct reflector *reflector);
bool reflector_synced(const struct reflector *reflector); /* one whole list has been seen */

#endif
