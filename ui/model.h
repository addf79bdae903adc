/* model: what views see of the world, and what they may ask of it. The program fills it; views only read.
 *
 * Everything is borrowed and outlives the dashboard. The stores stay the same for the model's life, whatever cluster is
 * looked at: with another one they are emptied and filled anew. They hold all namespaces, for a GPU may be held from any;
 * views show those of model.ns. Whoever changes a field that is no store calls model_changed. */
#ifndef UI_MODEL_H
#define UI_MODEL_H

#include "base/map.h"
#include "graph/catalogue.h"
#include "graph/edit.h"
#include "k8s/access.h"
#include "k8s/client.h"
#include "k8s/reflector.h"
#include "k8s/store.h"
#include "ops/act.h"
#include "ops/detection.h"
#include "ops/live.h"
#include "ops/metrics.h"
#include "ops/removal.h"
#include "ops/usage.h"

enum model_source_id { SOURCE_PODS, SOURCE_NODES, SOURCE_DEPLOYMENTS, SOURCE_EVENTS, SOURCE_GRAPHS, SOURCE_COUNT };

/* What changed, as a mask. The first SOURCE_COUNT bits are 1 << SOURCE_*. */
enum {
    CHANGED_PODS = 1 << SOURCE_PODS,
    CHANGED_NODES = 1 << SOURCE_NODES,
    CHANGED_DEPLOYMENTS = 1 << SOURCE_DEPLOYMENTS,
    CHANGED_EVENTS = 1 << SOURCE_EVENTS,
    CHANGED_GRAPHS = 1 << SOURCE_GRAPHS,
    CHANGED_FRESHNESS = 1 << 8,   /* a source's state */
    CHANGED_TRAFFIC = 1 << 9,
    CHANGED_DETECTIONS = 1 << 10,
    CHANGED_DOCUMENT = 1 << 11,
    CHANGED_TASK = 1 << 12,
    CHANGED_CONTEXT = 1 << 13,    /* namespace, write mode, the contexts there are, what is allowed */
    /* The cluster is left: whoever uses model.client ends that now. Told at once, not with the next frame. */
    CHANGED_CLIENT = 1 << 14,
    CHANGED_NOTICE = 1 << 15,     /* model.notice is to be said */
    CHANGED_DRAFTS = 1 << 16,     /* model.offer: an unsaved draft is to be offered */
    CHANGED_REPLAY = 1 << 24,     /* model.replay */
    CHANGED_TRIAL = 1 << 17,      /* what the cluster says of a deployment that is reviewed */
    CHANGED_USAGE = 1 << 18,      /* what is measured */
    CHANGED_FORWARDS = 1 << 19,
    CHANGED_PICTURE = 1 << 20,    /* model.picture */
};

/* A recording that is looked at instead of a cluster: its time is the loop's. */
struct model_replay {
    bool on;
    bool paused, seeking; /* seeking: on its way to another time; nothing is drawn meanwhile */
    double speed;
    int64_t from, to;     /* ns since 1970 */
    unsigned moves;       /* how often it went elsewhere than on */
};

struct model_replay_act {
    enum { REPLAY_PAUSE, REPLAY_PLAY, REPLAY_SPEED, REPLAY_TO, REPLAY_NEXT, REPLAY_PREVIOUS } what;
    double speed; /* of REPLAY_SPEED */
    int64_t wall; /* of REPLAY_TO */
};

struct model_source {
    struct store *store;
    enum reflector_state state;
    int64_t since;  /* monotonic: when it was last known to be right; 0: never */
    char why[256];  /* "" when it is right */
    char note[256]; /* what of the rows was left out, "" for nothing */
    bool partial;   /* one namespace only: more may not be listed; note says so */
};

/* A cluster that could be looked at. */
struct model_context {
    const struct kube_context *context; /* its fault says why it cannot be used */
    bool current;
    bool known;      /* it was looked at: what follows is how it was when it was left */
    enum reflector_state state;
    char why[256];
};

/* What goes on for the operator: a deployment, a deletion. One at a time. */
struct model_task {
    bool running;
    bool failed;
    size_t done, total;
    char text[512]; /* "deploying lobby: applied deployment camera"; "" before the first */
};

/* What is to be deployed, and how. */
struct model_deployment {
    const char *text;             /* of the graph; NULL: the document's */
    const char *over;             /* what must be deployed still, for the text was made from it; NULL: whatever is */
    const char *const *take_over; /* things of which fields that belong to others are taken over */
    size_t take_over_count;
};

/* Why the cluster would refuse an object of a thing. */
struct model_refusal {
    char *thing;        /* the name of the object, or of the namespace, where it belongs to none */
    char *why;          /* a sentence that names the object */
    char **others;      /* what of it belongs to others: ".spec.replicas, set by kubectl" */
    size_t other_count;
    bool ends;          /* when the thing is taken over */
};

enum trial_state { TRIAL_NONE, TRIAL_ASKED, TRIAL_TOLD, TRIAL_UNKNOWN };

/* What the cluster says of a deployment before it is done, by a dry run. */
struct model_trial {
    enum trial_state state;
    char note[512]; /* UNKNOWN: why; TOLD: what could not be tried, "" for nothing */
    size_t missing; /* objects of things that are deployed which are not there: they would be made */
    char *gitops;   /* who keeps the graph's objects as they are in git, so that it is not deployed; NULL: nobody */
    struct model_refusal *refusals;
    size_t count, cap;
};

/* An unsaved draft of before, as some program left it that was killed. */
struct model_draft {
    char *path;          /* its own file: what model_recover is asked for */
    char *graph;         /* NULL: not known */
    char *file;          /* where it would be saved; NULL: nowhere yet */
    char *where;         /* without a file: "edge media" */
    int64_t at;          /* ns since 1970 */
    bool compared;       /* with what is in the file or deployed now */
    size_t lines;        /* that differ from it */
};

/* What model_save says beside 0 and -1: it was not saved, for somebody else's text is there. */
enum { SAVE_CHANGED = 1 /* the graph's own file is not as it was read or saved last */, SAVE_EXISTS = 2 };

/* Over what of somebody else's a save may go. */
struct save_over {
    bool any;          /* whatever is there */
    uint8_t shown[32]; /* the digest of what the operator was shown, and nothing else */
};

/* On which things of deployed graphs, and what. */
struct model_act {
    enum act act;
    int replicas; /* of ACT_SCALE */
    const struct model_part {
        const char *ns, *graph, *name, *uid; /* of its deployment */
        int wanted;                          /* how many pods the graph says; -1: not known */
    } *parts;
    size_t count;
};

/* Which pods are to go, and how. */
struct model_removal {
    enum removal how;
    const struct model_pod {
        const char *ns, *name, *uid;
    } *pods;
    size_t count;
};

/* A port of this machine that leads to a pod's, as long as the cluster is looked at. */
struct model_forward {
    unsigned id;          /* never used again */
    char *ns, *pod;
    char *of;             /* the deployment whose newest pod it leads to; NULL: to that pod alone */
    uint16_t local, remote;
    size_t connections, taken, failed; /* now; so far */
    uint64_t sent, received;           /* bytes to the pod, and from it */
    int64_t since;                     /* wall */
    bool waiting;                      /* its pod is gone, and there is no other yet */
    char why[256];                     /* of the last failure; "" for none */
};

struct model_forward_wish {
    const char *ns, *pod, *of; /* as above */
    uint16_t local, remote;    /* local 0: any that is free */
};

/* What picture is wanted: of a pod that serves them at /snapshot. */
struct model_look {
    const char *ns, *pod, *thing;
    int port;
    int width;     /* pixels */
    int64_t every; /* ns: no sooner than this after the one before was asked for */
};

/* The newest that came. */
struct model_picture {
    char *ns, *pod;     /* whose; NULL: none is looked at */
    char *jpeg;
    size_t len;
    uint64_t number;    /* another one for each that came; 0: none did */
    int64_t captured;   /* by the thing's clock, ns since 1970; 0: not known */
    int64_t asked, came; /* by ours */
    char why[256];      /* why none comes; "" while they do */
};

/* What may be asked. Each may be NULL: then it cannot be done here, and model_deploy and its like say so. Those
 * without an err tell how it goes through model.task. data is model.data. */
struct model_ops {
    /* Reviews are the view's; these act. The document is model.document. */
    int (*deploy)(void *data, const struct model_deployment *what, struct err *err);
    /* What the cluster would say of it, into model.trial; ends the trial before. */
    int (*try_deploy)(void *data, const struct model_deployment *what, struct err *err);
    void (*end_trial)(void *data);
    int (*cancel)(void *data, struct err *err); /* the task that is running */
    int (*delete_graph)(void *data, const char *ns, const char *name, struct err *err);
    /* The images of a deployed graph, name NULL: of the document, onto the nodes where it may run. */
    int (*warm)(void *data, const char *ns, const char *name, struct err *err);
    int (*act)(void *data, const struct model_act *act, struct err *err); /* on parts of deployed graphs */
    int (*remove)(void *data, const struct model_removal *what, struct err *err);
    int (*cordon)(void *data, const char *node, bool cordoned, struct err *err);
    int (*drain)(void *data, const char *node, struct err *err);
    int (*delete_object)(void *data, const struct kind *kind, const char *ns, const char *name, const char *uid,
                         struct err *err);
    /* path NULL: where it came from; over NULL: nothing unseen. Or SAVE_*. */
    int (*save)(void *data, const char *path, const struct save_over *over, struct err *err);
    int (*reload)(void *data, struct err *err); /* from its file, else what is deployed; an edit that can be undone */
    void (*find_drafts)(void *data); /* model.drafts, as they are now */
    int (*recover)(void *data, const char *path, struct err *err);
    int (*discard_draft)(void *data, const char *path, struct err *err);
    void (*edited)(void *data);  /* the document is another, or was changed */
    void (*keep)(void *data);    /* the draft is put where no kill reaches it, now */
    void (*give_up)(void *data); /* the operator leaves and wants the draft lost */
    int (*open_file)(void *data, const char *path, struct err *err);
    int (*open_graph)(void *data, const char *ns, const char *name, struct err *err); /* a deployed one */
    int (*new_graph)(void *data, const char *name, struct err *err);
    int (*set_namespace)(void *data, const char *ns /* NULL: all */, struct err *err);
    int (*read_contexts)(void *data, struct err *err); /* model.contexts, as the files are now */
    int (*use_context)(void *data, const char *name, struct err *err);
    int (*record)(void *data, const char *path /* "": end it */, struct err *err);
    int (*replay)(void *data, const struct model_replay_act *act, struct err *err);
    /* The newest scrape of a pod, or NULL; when its first result came (ns since 1970, 0 unknown). */
    const struct thing_traffic *(*traffic)(void *data, const char *pod_uid);
    int64_t (*first_result)(void *data, const char *pod_uid);
    /* A shell in a container of a running pod, on this terminal, which is lent by model.lend_console; how it ended is said by
     * model_notice. end_shell: at once, the terminal is as it was. */
    int (*shell)(void *data, const char *ns, const char *pod, const char *container, struct err *err);
    void (*end_shell)(void *data);
    int (*forward)(void *data, const struct model_forward_wish *wish, struct err *err); /* one more in model.forwards */
    int (*end_forward)(void *data, unsigned id, struct err *err);
    void (*count_forwards)(void *data); /* their bytes and connections, as they are now */
    /* Views that show detections or traffic say so while they are visible, so that nothing is fetched for nobody. */
    void (*watching)(void *data, bool detections, bool traffic);
    /* The same of what is measured: USAGE_BIT()s. */
    void (*measure)(void *data, unsigned parts);
    /* One picture, into model.picture. Who draws one asks for the next: so none is fetched for nobody. */
    void (*look)(void *data, const struct model_look *look);
};

struct config;

struct model {
    struct loop *loop;
    struct kube_client *client;  /* NULL: there is none (tests, files, a cluster that is still to start) */
    struct access *access;       /* NULL: everything is allowed */
    char *context;               /* "edge" */
    int64_t opened;              /* monotonic: since when this context is looked at */
    struct model_context *contexts;
    size_t context_count;
    char *ns;                    /* NULL: all */
    bool simulated;              /* the embedded cluster: its GPUs are simulated, and every screen with them says so */
    bool read_only;              /* nothing is written to the cluster */
    const struct config *config; /* which contexts are protected; the dashboard keeps it as it is now; NULL: none is */
    bool protected_context;      /* marked so in the configuration: nothing is written there … */
    bool unlocked;               /* … until the operator says so; for as long as the context is looked at */
    struct model_source sources[SOURCE_COUNT];
    struct store *heard;         /* events that the server has still: others in their store it has forgotten; NULL: not known */
    struct detection_log *detections; /* NULL: none */
    struct store *slices, *claims; /* of dynamic resource allocation, filled while GPUs are measured; NULL: none */
    const struct usage *usage;   /* what is measured; NULL: nothing */
    struct model_picture picture;
    char detections_why[256];    /* why none come, "" when they do or nobody looks */
    const struct catalogue *catalogue;
    unsigned catalogue_version;  /* another one each time it was read again */
    struct document *document;   /* being composed; NULL: none */
    char *graph_name;            /* of the document or of the deployed graph looked at; NULL: none */
    char *graph_ns;
    char *file;                  /* where the document came from; NULL: nowhere yet */
    bool editing;                /* an editor or a dialog is open on the document: nothing replaces it meanwhile */
    bool deployed_by_others;     /* what is deployed is no longer what the document began from */
    struct model_draft *drafts;  /* the newest first */
    size_t draft_count;
    char *offer;                 /* path of the draft to be offered to the operator; NULL: none */
    struct model_task task;
    struct model_forward *forwards; /* the oldest first */
    size_t forward_count;
    struct model_replay replay;
    char *recording;             /* the file that what is seen is recorded in; NULL: none */
    struct map refused;          /* thing → why the cluster refused it in the last deployment, or would by the last trial (char *) */
    struct model_trial trial;
    char notice[256];            /* a sentence that the operator should hear once */
    struct model_ops ops;
    void *data;                  /* for ops */

    /* Set by the dashboard. */
    void (*changed)(void *data, unsigned mask);
    kube_terminal_fn lend_terminal; /* for programs that ask questions; data is changed_data */
    bool (*lend_console)(void *data, bool lent); /* the terminal and its signals, to one of ours; data is changed_data */
    void *changed_data;
};

static inline struct store *model_store(const struct model *model, enum model_source_id id)
{
    return model->sources[id].store;
}

/* Says that something changed. May be called at any time, from anywhere on the loop's thread. */
void model_changed(struct model *model, unsigned mask);
/* Has a sentence said on the status line. */
void model_notice(struct model *model, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The worst state of the sources, and its age (ns since it was last right, else since the context is looked at). `of` are
 * those that count, as CHANGED_* bits: of the others a refusal says nothing here. One that was never reached is STALE as
 * well. why may be NULL. */
enum reflector_state model_freshness(const struct model *model, unsigned of, int64_t now, int64_t *age,
                                     const char **why);
/* Why not all nodes and all pods are known ("": there are no stores of them): then nothing is known of what is free either.
 * NULL when they are. */
const char *model_unseen(const struct model *model);
const struct thing_traffic *model_traffic(const struct model *model, const char *pod_uid); /* NULL */
int64_t model_first_result(const struct model *model, const char *pod_uid);               /* 0 */
/* The record that holds a deployed graph, and its text (NULL where there is none), until the store changes; NULL: it is not
 * deployed. ns NULL: the first in any namespace. */
const struct record *model_deployed(const struct model *model, const char *ns, const char *name, const char **text);
/* Whether an event is one that the server has forgotten. */
bool model_forgotten(const struct model *model, const struct record *event);
/* Whether there is a pod of that graph, in any namespace. */
bool model_runs(const struct model *model, const char *graph);
/* Whether the cluster may be written to; err says why not. */
int model_may_write(const struct model *model, struct err *err);
/* The asking: refused in words where the operation is missing, or nothing may be written. */
int model_deploy(struct model *model, const struct model_deployment *what, struct err *err);
/* Without the operation the trial's state stays TRIAL_NONE; what stands in its way is its note. */
void model_try_deploy(struct model *model, const struct model_deployment *what);
void model_end_trial(struct model *model);
/* One more; thing and why are copied. Until the next one is added. */
struct model_refusal *model_trial_refuse(struct model_trial *trial, const char *thing, const char *why);
/* Takes the words. */
void model_refusal_add_other(struct model_refusal *refusal, char *words);
void model_trial_release(struct model_trial *trial);
int model_cancel(struct model *model, struct err *err);
int model_delete_graph(struct model *model, const char *ns, const char *name, struct err *err);
int model_warm(struct model *model, const char *ns, const char *name, struct err *err);
int model_act(struct model *model, const struct model_act *act, struct err *err);
int model_remove(struct model *model, const struct model_removal *what, struct err *err);
int model_cordon(struct model *model, const char *node, bool cordoned, struct err *err);
int model_drain(struct model *model, const char *node, struct err *err);
int model_delete_object(struct model *model, const struct kind *kind, const char *ns, const char *name,
                        const char *uid, struct err *err);
int model_save(struct model *model, const char *path, const struct save_over *over, struct err *err);
int model_reload(struct model *model, struct err *err);
void model_find_drafts(struct model *model);
int model_recover(struct model *model, const char *path, struct err *err);
int model_discard_draft(struct model *model, const char *path, struct err *err);
void model_keep(struct model *model);
void model_give_up(struct model *model);
/* The text of a deployed graph, kept in its ConfigMap; NULL: none is known. */
const char *model_deployed_text(const struct model *model, const char *ns, const char *name);
int model_open_file(struct model *model, const char *path, struct err *err);
int model_open_graph(struct model *model, const char *ns, const char *name, struct err *err);
int model_new_graph(struct model *model, const char *name, struct err *err);
int model_set_namespace(struct model *model, const char *ns, struct err *err);
int model_shell(struct model *model, const char *ns, const char *pod, const char *container, struct err *err);
int model_forward(struct model *model, const struct model_forward_wish *wish, struct err *err);
int model_end_forward(struct model *model, unsigned id, struct err *err);
void model_count_forwards(struct model *model);
int model_read_contexts(struct model *model, struct err *err);
int model_record(struct model *model, const char *path, struct err *err);
int model_replay(struct model *model, const struct model_replay_act *act, struct err *err);
int model_use_context(struct model *model, const char *name, struct err *err);

#endif
