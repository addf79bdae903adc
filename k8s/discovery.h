/* discovery: which kinds of objects a server has, as `kubectl api-resources` lists them, and which one a word means.
 *
 * Asked for once, in the aggregated form (two requests) or, where a server does not know it, group by group; and again
 * when somebody asks for a word that is not known: a CRD may have come meanwhile. */
#ifndef K8S_DISCOVERY_H
#define K8S_DISCOVERY_H

#include "k8s/client.h"
#include "k8s/kind.h"

struct api_kind {
    char *group, *version, *plural, *singular, *name;
    char *shorts;     /* "po", "rs all": words, "" for none */
    char *categories; /* as these */
    bool namespaced, watchable;
};

struct discovery;

/* Something was learnt, or could not be; called from the loop, at a turn's end. May free it. */
typedef void (*discovery_fn)(void *data, struct discovery *discovery);

/* Begins to ask at once. */
struct discovery *discovery_new(struct kube_client *client, discovery_fn changed, void *data);
void discovery_free(struct discovery *discovery);
bool discovery_asking(const struct discovery *discovery);
/* Why not all is known, or nothing: "" when it is. */
const char *discovery_why(const struct discovery *discovery);
/* Asks anew, unless it does or did less than a second ago: false. What is known is kept until then. */
bool discovery_again(struct discovery *discovery);

/* All that can be listed, in the order of the server's preference: of a group its preferred version comes first, and the
 * others are not there at all where it has the kind. They are valid until something is learnt. */
size_t discovery_count(const struct discovery *discovery);
const struct api_kind *discovery_at(const struct discovery *discovery, size_t index);
/* By plural, singular, short name or Kind, in upper or lower case; "plural.group" and "plural.version.group" are one alone.
 * Of several groups the server's first is meant, as kubectl takes it; *other (may be NULL) is the second one, else NULL. */
const struct api_kind *discovery_find(const struct discovery *discovery, const char *word, const struct api_kind **other);
/* Its rows: tablerow.h. */
const struct kind *api_kind_rows(const struct api_kind *kind);

#endif
