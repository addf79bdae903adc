/* session_private: what the files of the session share: session.c (clusters and life), session_graph.c (the graph at hand),
 * session_task.c (what changes the cluster), session_node.c (what is done to nodes), session_trial.c (what it would say of a
 * deployment), session_holder.c (who else does), session_timing.c (how that came up), session_shell.c and session_forward.c (what
 * leads into pods). */
#ifndef APP_SESSION_PRIVATE_H
#define APP_SESSION_PRIVATE_H

#include <sys/stat.h>

#include "app/acting.h"
#include "app/cluster.h"
#include "app/deployer.h"
#include "app/keeper.h"
#include "app/removing.h"
#include "app/session.h"
#include "app/trial.h"
#include "app/warm.h"
#include "k8s/drain.h"

struct left { /* how a cluster was when it was left */
    enum reflector_state state;
    char why[256];
};

struct timed { /* a deployment that comes up */
    struct graph *graph; /* what was deployed; NULL: none is waited for */
    char *text;
    size_t len;
    int64_t began;       /* wall */
    struct loop_timer look;
    struct timings_keeper *keeper;
};

struct session {
    struct app *app;
    struct model model;
    struct cluster *cluster;      /* NULL: there is none yet */
    struct kube_config *config, *edge_config; /* the latter: the embedded cluster's own, once it is ready */
    struct map left;              /* context → struct left */
    char *ns;                     /* for new graphs */
    struct store_listener graphs; /* for the first one */
    struct loop_task begin, greet;
    struct kube_context *first;   /* to begin with; NULL: the embedded cluster's */
    struct kube_call *call;       /* a single deletion */
    struct deployer *deployer;
    struct tryset *trial;         /* of a deployment that is reviewed */
    struct plan *trial_plan;
    uint64_t trial_of;            /* the document's revision of which it is */
    uint64_t tried;               /* the document's revision of which model.refused tells by a trial; 0: by a deployment */
    struct warm *warm;
    struct graph *warm_graph;     /* as it was when that began */
    struct acting *acting;        /* on parts of a graph */
    struct removing *removing;    /* pods */
    struct drain *drain;          /* of a node */
    char *node;                   /* that is drained, cordoned or uncordoned */
    struct keeper keeper;         /* of the document */
    char *held_by;                /* who deploys the graph, as it is written; NULL: nobody */
    struct loop_timer silence;    /* of that one */
    struct timed timed;
    struct console *console;      /* a shell is opened, or open */
    bool console_open;
    char *shell_of;               /* "container 'a' of camera-1" */
    struct forwarded **forwarded; /* what model.forwards tells of, in the same order */
    unsigned forward_id;          /* of the last one */
    struct store_listener forward_pods;
    struct loop_timer record_flush;
    bool open_first;              /* no document yet: the first deployed graph that is seen */
    bool watch_detections, watch_traffic;
    unsigned measured;            /* what is, of usage */
};

void session_set_string(char **field, const char *value);

/* session_graph.c: fills in the operations on the document. */
void session_graph_ops(struct model_ops *ops);
/* Opens a file, as asked; a deployed graph, unasked. */
int session_open_file(struct session *s, const char *path, struct err *err);
int session_read_graph(struct session *s, const char *ns, const char *name, struct err *err);
/* No document any more. */
void session_close_graph(struct session *s);

/* session_holder.c: says that a deployment of the graph was cut short. */
void session_holder_init(struct session *s);
void session_holder_release(struct session *s);
void session_holder_look(struct session *s);

/* session_timing.c: from when a deployment of that text begins, until all of it is up and that is kept. */
void session_timing_init(struct session *s);
void session_timing_begin(struct session *s, const char *text, size_t len);
void session_timing_deployed(struct session *s, bool changed);
bool session_timing_pending(const struct session *s); /* then first results are asked for, whoever looks */
void session_timing_give_up(struct session *s);       /* nothing is waited for or kept any more */

/* session_replay.c: a recording as the cluster, and the keys that go about in it. Nothing where there is none. */
void session_replay_init(struct session *s);
void session_replay_wanted(struct session *s); /* what was not measured until now is */
const char *
session_replay_note(const struct session *s); /* to be said first: what of it could not be read, else its keys; NULL: there is none */
void session_replay_release(struct session *s);

/* session_record.c: what is seen, into a file. */
void session_record_init(struct session *s);
void session_record_release(struct session *s);

/* Says to the cluster what is looked at. */
void session_watch(struct session *s);

/* session_task.c: the same for what is done on the cluster. */
void session_task_ops(struct model_ops *ops);

int session_may_begin(struct session *s, struct err *err);
void session_task_say(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

void session_task_end(struct session *s, bool ok, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* session_node.c: the same for nodes. */
void session_node_ops(struct model_ops *ops);
/* Whether there was a drain, which is over now. */
bool session_node_cancel(struct session *s);

/* session_trial.c: what the cluster would say of a deployment. */
int session_try(void *data, const struct model_deployment *what, struct err *err);
void session_end_trial(void *data);
/* The document was edited: what was tried was another. */
void session_trial_edited(struct session *s);
/* What is said of things at their boxes is forgotten. */
void session_forget_refusals(struct session *s);

/* session_shell.c, session_forward.c: fill in their operations. What they hold of a cluster ends before it is left. */
void session_shell_ops(struct model_ops *ops);
void session_shell_end(struct session *s);
void session_forward_init(struct session *s);
void session_forward_end(struct session *s);

/* session_warm.c: the images of a graph. */
int session_warm(void *data, const char *ns, const char *name, struct err *err);
/* Waits, for some seconds at most, until its pods are gone. Not from a callback. */
void session_warm_end(struct session *s);

#endif
