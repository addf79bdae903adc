/* notices: the terminal's bell, or a notice of the desktop (OSC 9), when something comes into a state that the operator
 * chose. The same thing in the same state says so once; several at once ring once. */
#ifndef UI_NOTICES_H
#define UI_NOTICES_H

#include "ui/dashboard.h"

enum notice_of { NOTICE_POD, NOTICE_NODE, NOTICE_DEPLOYMENT, NOTICE_WIRE, NOTICE_CLUSTER, NOTICE_KINDS };
/* Its name, and the states that there are ("a b"); states NULL: any word that kubectl would show. */
extern const struct notice_kind {
    const char *name, *states, *help;
} notice_kinds[NOTICE_KINDS];

struct notice_wish {
    enum notice_of of;
    char *state;
    bool bell, desktop;
};

struct notices;
/* wishes stay the caller's, and outlive it. */
struct notices *notices_new(struct dashboard *dash, const struct notice_wish *wishes, size_t count);
void notices_free(struct notices *notices);
/* Whether wires are watched, and so their traffic is to be fetched whatever is seen. */
bool notices_want_traffic(const struct notices *notices);
/* CHANGED_*: of what no store tells. */
void notices_changed(struct notices *notices, unsigned mask);

#endif
