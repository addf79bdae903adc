#include "ops/removal.h"

const struct removal_words removal_table[REMOVAL_COUNT] = {
    [REMOVAL_DELETE] = {"delete", "deleting", "deleted", false},
    [REMOVAL_RESTART] = {"restart", "restarting", "restarted", false},
    [REMOVAL_EVICT] = {"evict", "evicting", "evicted", true},
};

int removal_decide(enum removal how, const struct pod *pod, char out[REMOVAL_TEXT], struct err *err)
{
    if (str_eq(pod->owner_kind, "Node"))
        return err_set(err, "is a static pod: node %s makes it from a file of its own, whatever is done here",
                       str_or_empty(pod->node));
    if (how != REMOVAL_DELETE && pod->deleted)
        return err_set(err, "is ending already");
    if (how == REMOVAL_RESTART && pod->terminal)
        return err_set(err, "has ended; there is nothing to restart");
    if (how == REMOVAL_RESTART && !pod->owner)
        return err_set(err, "belongs to no controller: it would end, and nothing would make it again");
    if (pod->owner && !pod->terminal)
        snprintf(out, REMOVAL_TEXT, "its %.40s makes another", str_or_empty(pod->owner_kind));
    else if (pod->terminal)
        snprintf(out, REMOVAL_TEXT, "has ended");
    else
        snprintf(out, REMOVAL_TEXT, "nothing makes it again");
    return 0;
}
