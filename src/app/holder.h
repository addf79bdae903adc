/* holder: who is deploying a graph, deleting it or rolling it back, as its ConfigMap says while it goes on, and afterwards when
 * it was cut short.
 *
 * It is written anew every few seconds. One that stays the same for HOLDER_PATIENCE is of a program that is no more; that
 * nobody's clock is asked makes it right however wrong clocks are. */
#ifndef APP_HOLDER_H
#define APP_HOLDER_H

#include "base/json.h"

#define HOLDER_PATIENCE (25 * NSEC_PER_SEC)

enum holder_does { HOLDER_DEPLOYS, HOLDER_DELETES, HOLDER_ROLLS_BACK };

struct holder {
    char id[33];     /* of one deployment */
    enum holder_does does;
    char by[128], host[128];
    char since[96];  /* RFC 3339, its own clock */
    int64_t pid;
    char machine[96]; /* its boot and its space of process numbers */
    bool over;       /* it says itself that it was cut short */
};

/* A new one, of this program. */
void holder_new(struct holder *out, enum holder_does does, const char *by, int64_t wall);
/* "" or NULL: nobody. false: there is none. */
bool holder_read(struct holder *out, const char *json);
/* beats: another number each time it is written. */
void holder_write(const struct holder *holder, unsigned beats, struct buf *out);
/* Whether it ended, as far as can be known at once: it says so, or it was a program of this machine that is no more. */
bool holder_ended(const struct holder *holder);
/* "anna on desk (since 14:03:12 UTC)" */
void holder_words(const struct holder *holder, struct buf *out);
const char *holder_noun(const struct holder *holder);   /* "deployment" */
const char *holder_doing(const struct holder *holder);  /* "deploying" */

#endif
