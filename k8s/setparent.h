/* setparent: what KEP-3659 writes on a set's parent and members, and whether a parent is ours. Pure. */
#ifndef K8S_SETPARENT_H
#define K8S_SETPARENT_H

#include "base/err.h"
#include "k8s/kind.h"

#define SET_LABEL_ID "applyset.kubernetes.io/id"
#define SET_LABEL_PART_OF "applyset.kubernetes.io/part-of"
#define SET_ANNOTATION_TOOLING "applyset.kubernetes.io/tooling"
#define SET_ANNOTATION_KINDS "applyset.kubernetes.io/contains-group-kinds"
#define SET_TOOLING "patchbay/v1"

/* Kinds, one bit each by kind_at's index. */
struct kindset {
    uint64_t bits;
};

void kindset_add(struct kindset *kinds, const struct kind *kind);
bool kindset_has(const struct kindset *kinds, const struct kind *kind);
bool kindset_equal(const struct kindset *a, const struct kindset *b);
/* As contains-group-kinds has them: "Deployment.apps,Service", sorted. */
void kindset_write(const struct kindset *kinds, struct buf *out);

/* Whether the parent that is there may be changed by us: its tool and its id. Adds the kinds it names, for members of
 * them may be there. words: what it is called in the error. */
int setparent_check(const cJSON *there, const char *words, const char *id, struct kindset *kinds, struct err *err);
/* "Argo CD (application site)": who else keeps this object as it is in git, and would undo what we do. Sanitised; false: nobody. */
bool setparent_gitops(const cJSON *object, struct buf *out);
/* Whether an object that is no member of the set is left alone: what belongs to no set is not, when its fields are taken over. */
bool setparent_leaves(const cJSON *object, bool forced);
/* Whether an object is a member of the set. */
bool setparent_owns(const cJSON *object, const char *id);

#endif
