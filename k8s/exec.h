/* exec: a command in a container, or what its own process prints (attach), with its input, outputs, terminal and exit
 * code. Whoever has a terminal to lend it (a command, a dashboard) feeds it keys and draws what comes.
 *
 * Callbacks run from the loop; every one may free the session. */
#ifndef K8S_EXEC_H
#define K8S_EXEC_H

#include "k8s/client.h"

struct exec_session;

struct exec_options {
    const char *ns, *pod;
    const char *container;   /* NULL: as kubectl, the one that the pod's annotation names, else its first */
    const char *const *argv; /* NULL-terminated; NULL: attach to the container's own process */
    bool in;                 /* the command has an input */
    bool tty;                /* and a terminal: error output comes with the output */
};

struct exec_end {
    bool exited;    /* the command ran, and ended with `code` */
    int code;
    struct err err; /* a sentence unless it exited */
};

struct exec_events {
    void (*open)(void *data); /* input and sizes are welcome now */
    void (*output)(void *data, bool err, const char *bytes, size_t len);
    void (*room)(void *data); /* exec_full is over */
    void (*done)(void *data, const struct exec_end *end); /* once; nothing comes after */
};

/* Looks at the pod first: which container, and whether it runs. */
struct exec_session *exec_new(struct kube_client *client, const struct exec_options *options,
                              const struct exec_events *events, void *data);
void exec_free(struct exec_session *session); /* the command is left to itself, nobody is told */
/* After open. Hold back while exec_full. */
void exec_input(struct exec_session *session, const void *bytes, size_t len);
bool exec_full(const struct exec_session *session);
/* The input's end. False: the server is too old (before 1.30) to be told; the command waits on. */
bool exec_close_input(struct exec_session *session);
void exec_resize(struct exec_session *session, int cols, int rows);
/* No more output for now; what has come already is still told. */
void exec_pause(struct exec_session *session, bool paused);
/* "container 'a' of: a, b" where it was chosen among several, else ""; after open. */
const char *exec_choice(const struct exec_session *session);

#endif
