/* agent: inside the node agents. A pod's agent owns its containers; every decision is made in one place, agent_pod's
 * sync task, which whatever happens (the store, an exit, a probe, a timer) only starts. */
#ifndef EDGE_AGENT_H
#define EDGE_AGENT_H

#include "base/child.h"
#include "base/map.h"
#include "edge/edge.h"
#include "edge/object.h"
#include "edge/podlog.h"

struct agent_pod;
struct agent_container;

struct agent_node {
    char *name, *host_ip;
    int number;    /* third byte of its pods' addresses */
    int next_host; /* fourth byte to try next */
    uint8_t taken[256];
};

struct edge_node_agents {
    struct edge_store *store;
    struct loop *loop;
    struct http_transport *http;
    const struct edge_net *net;
    struct edge_reaper *reaper; /* may be NULL */
    char *log_dir, *proxy_url;
    struct map pods;           /* "ns/name" → struct agent_pod */
    struct map nodes;          /* name → struct agent_node */
    struct agent_pod *leaving; /* gone from the store while processes of theirs still end */
    struct edge_listener on_pods, on_configs;
    struct edge_log_watch *watches;
    struct loop_timer stop_timer;
    int64_t stop_deadline;
    struct loop_task stopped_task;
    bool stopping;
    loop_fn stopped;
    void *stopped_data;
};

enum container_phase { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_ENDED };

/* How a run ended. */
struct container_end {
    int code;
    const char *reason;        /* "Completed", "Error", "StartError" */
    char *message;             /* or NULL */
    int64_t started, finished; /* wall */
    char id[96];
};

enum probe_kind { PROBE_STARTUP, PROBE_READINESS, PROBE_LIVENESS, PROBE_KINDS };
struct agent_probe;

struct agent_container {
    struct agent_pod *pod;
    char *name, *image, *field; /* field: "spec.containers{name}" */
    bool init, sidecar;
    enum container_phase phase;
    const char *waiting; /* reason while waiting */
    char *waiting_message;
    struct child *child;
    pid_t group;
    int64_t started; /* wall */
    char id[96];
    struct container_end end, last;  /* of this run, and of the one before (reason NULL: none) */
    bool told_end;                   /* the end was written to the status once */
    bool probe_ready, probe_started; /* what its probes say now */
    int restarts;
    int64_t backoff, backoff_at; /* of restarts, ns; when it was last set */
    int64_t pull_backoff, pull_at;
    struct edge_podlog *log;
    char *log_path, *last_log_path;
    struct agent_probe *probes[PROBE_KINDS];
    bool killing;
    struct loop_timer grace;
};

struct agent_pod {
    struct edge_node_agents *agents;
    struct agent_node *node;
    char *ns, *name, *uid, *key, *dir;
    char ip[16];
    int host;                           /* fourth byte */
    int64_t started;                    /* wall: when the agent took it */
    struct agent_container *containers; /* init containers first */
    size_t count, init_count;
    bool told_creating; /* ContainerCreating was written */
    bool initialized, finished;
    bool gone;     /* the object is no more: only ends processes */
    int64_t grace; /* seconds of the deletion at hand, -1: none */
    struct loop_task sync;
    struct loop_timer wake;
    struct agent_pod *next; /* in leaving */
};

/* pod.c */
struct agent_pod *agent_pod_new(struct edge_node_agents *agents, struct agent_node *node, const cJSON *pod);
void agent_pod_free(struct agent_pod *pod);
void agent_pod_poke(struct agent_pod *pod);                              /* sync at this turn's end */
void agent_pod_poke_after(struct agent_pod *pod, int64_t ns);            /* or then; of several the earliest counts */
const struct edge_object *agent_pod_object(const struct agent_pod *pod); /* NULL: gone, or another of its name */
bool agent_pod_running(const struct agent_pod *pod);                     /* any process left */
/* The last word on a pod whose object and processes are gone; frees it. agents.c's. */
void agents_release_pod(struct edge_node_agents *agents, struct agent_pod *pod);

/* container.c */
void container_init(struct agent_container *c, struct agent_pod *pod, const cJSON *spec, bool init);
void container_release(struct agent_container *c);
const cJSON *container_spec(const struct agent_container *c, const cJSON *pod);
/* Where it starts, and its HOME: beside the logs. A new string. */
char *container_home(const struct agent_container *c);
/* Tries to have it running: image, back-off, environment, process. Sets waiting where it cannot. */
void container_start(struct agent_container *c, const cJSON *pod);
bool container_may_restart(const struct agent_container *c, const cJSON *pod);
/* SIGTERM to its group now, SIGKILL after grace seconds; grace 0: SIGKILL now. */
void container_kill(struct agent_container *c, int64_t grace);
/* What a started container without probes, and one with, is at this moment. */
bool container_started(const struct agent_container *c);
bool container_ready(const struct agent_container *c);
void container_event(struct agent_container *c, const char *type, const char *reason, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void container_wait(struct agent_container *c, const char *reason, const char *fmt, ...) PRINTF_LIKE(3, 4);
void container_end_release(struct container_end *end);

/* podstatus.c: writes what changed. */
void agent_pod_write_status(struct agent_pod *pod);

/* podenv.c */
struct container_args {
    char **argv, **env; /* NULL-terminated, owned */
    char *cwd;          /* NULL: container_home */
};
/* -1: err says which reference leads nowhere; *reason is CreateContainerConfigError. */
int container_args(struct container_args *out, const struct agent_container *c, const cJSON *pod, const char *program,
                   struct err *err);
void container_args_release(struct container_args *args);

/* images.c: which images the edge can run, and by which program. */
struct edge_image {
    char *program; /* path */
    char *digest;  /* "sha256:…" */
};
/* NULL: unknown, err is the puller's message. */
const struct edge_image *edge_image_find(const char *image, struct err *err);
/* One more, for tests and for other people's images: exactly this name, run by this program. */
void edge_image_add(const char *image, const char *program);
void edge_images_release(void);
/* What of it is here, as a node's status.images. */
cJSON *edge_images_status(void);

/* probes.c */
struct agent_probe *agent_probe_new(struct agent_container *c, enum probe_kind kind, const cJSON *spec);
void agent_probe_free(struct agent_probe *probe);

#endif
