/* k8s_mirror: a store of pods kept by a reflector, against the scripted server. */
#ifndef K8S_MIRROR_H
#define K8S_MIRROR_H

#include "k8s/reflector.h"
#include "k8s_script.h"

extern struct store *store;
extern struct reflector *reflector; /* a test that frees it sets it to NULL */
extern int told;                    /* how often its state changed */
extern struct buf heard;            /* what the store's listener heard: "+a ~b -c " */

void mirror_setup(void);
void mirror_teardown(void);

/* Names with their resourceVersions: "a1 b2 ". */
const char *rows(void);
/* Answers with a list of "name uid rv" triples in words: "a u1 1  b u2 1". */
void answer_list(struct script_call *call, const char *rv, const char *cont, const char *pods);
void send_event(struct script_call *call, const char *type, const char *name, const char *uid, const char *rv);
/* The next request is a list from its beginning, or a watch at rv. */
struct script_call *expect_list(void);
struct script_call *expect_watch(const char *rv);
/* why "": there must be none; else a part of it. */
void expect_state(enum reflector_state state, const char *why);
/* Lists one pod, "a u1 1", and watches at 10. */
struct script_call *go_live(void);
/* How long after `then` the request came, in seconds. */
double waited(const struct script_call *call, double then);

#define ck_assert_between(low, x, high)                              \
    do {                                                             \
        double x_ = (x);                                             \
        ck_assert_msg(x_ >= (low) && x_ < (high), "%s: %g", #x, x_); \
    } while (0)

#endif
