/* app_warm_server: an API server on script, for the tests of warm: it has nodes, makes pods and deletes them, and lets them
 * become what the case says. */
#ifndef TESTS_APP_WARM_SERVER_H
#define TESTS_APP_WARM_SERVER_H

#include "k8s_script.h"

#define PODS 64
struct warm_server {
    const char *nodes, *left;                                      /* items of the lists */
    const char *(*status)(const char *node, const char *image);    /* of a pod once made; NULL: nothing becomes of it */
    const char *(*pulled)(const char *image);                      /* the text of its Pulled event; NULL: none */
    bool (*answer)(struct script_call *call);                      /* a case's own; true: it has answered */
    struct served_pod { char node[32], image[64]; bool gone, seen; } pods[PODS];
    int made, deleted, most, most_a_node, rv;
    struct buf log; /* requests that change something */
};
extern struct warm_server server;

/* The answers to a pod's creation and deletion. */
void make_pod(struct script_call *call);
void delete_pod(struct script_call *call);
/* An event of a watch, with ' for ", where that is open. */
bool send_event(const char *plural, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Answers all that is asked, and what follows from it. */
void serve(void);

#endif
