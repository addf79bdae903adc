/* edge: the parts of the embedded cluster and what main.c starts. Each part is a struct of its own, fed by the store.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "edge/store.h"
#include "net/client.h"
#include "net/server.h"

struct edge_net { /* the loopback range of this run: 127.X.0.0/16 */
    int x;
    int lock_fd;
};
/* Picks a range no other edge on this machine holds (a listening socket on 127.X.0.1:1 port is the lock). */
int edge_net_init(struct edge_net *net, struct err *err);

/* api: HTTPS, authentication, routes, watch, apply. */
struct edge_api;
struct edge_node_agents;
struct edge_api_options {
    uint16_t port;
    const char *token, *cert_pem, *key_pem;
    struct http_transport *http; /* for the pods' and services' proxy paths */
};
struct edge_api *edge_api_new(struct edge_store *store, const struct edge_api_options *options,
                              struct edge_node_agents *agents, struct err *err);
void edge_api_free(struct edge_api *api);
uint16_t edge_api_port(const struct edge_api *api);

/* Deletion as an API server does it, for the API and the controllers: pods get a deletionTimestamp and grace and are
 * removed by their node's agent; the rest goes at once, with what it owns (garbage collection by ownerReferences).
 * grace < 0: the object's own. */
void edge_delete(struct edge_store *store, const struct edge_object *object, int64_t grace_seconds);

/* deployments: Deployment → ReplicaSet → Pod. endpoints: Service → Endpoints. scheduler: pods → nodes. */
struct edge_controllers;
struct edge_controllers *edge_controllers_new(struct edge_store *store);
void edge_controllers_free(struct edge_controllers *controllers);

/* node agents: each pod's container as a local process; probes, restarts, logs. As a kubelet does it, but in a hurry:
 * until a container is ready for the first time its probes are tried every 100 ms (later a tenth of the time it took so
 * far), not once a period. No volumes (claims of them are only kept), lifecycle hooks, or limits of cpu and memory: a
 * FailedMount event says so. */
struct edge_node_agents *edge_node_agents_new(struct edge_store *store, struct http_transport *http,
                                              const struct edge_net *net, const char *log_dir, const char *proxy_url);
/* Tells the reaper (reaper.h) of each process group; to be called before the loop runs. main.c: if argv[1] is
 * "--reaper", it returns edge_reaper_main(argc, argv) before anything else; otherwise edge_reaper_new(loop, state_dir,
 * NULL, err) first, and edge_reaper_free last: the reaper then kills what is left, removes state_dir and ends. */
struct edge_reaper;
void edge_node_agents_use_reaper(struct edge_node_agents *agents, struct edge_reaper *reaper);
/* Ends every process (grace at most 1 s), then calls done. */
void edge_node_agents_stop(struct edge_node_agents *agents, loop_fn done, void *data);
void edge_node_agents_free(struct edge_node_agents *agents);
/* The path of a container's log file (lines as the kubelet writes them: "RFC3339Nano stdout F text"; P instead of F:
 * the line goes on in the next record), or NULL with why. Past 10 MiB it is renamed to PATH.1 and a new PATH begins,
 * which who follows sees by the file's inode. container NULL: the only one. previous: of the run before. *ended: the
 * container runs no more. */
const char *edge_node_agents_log(struct edge_node_agents *agents, const char *ns, const char *pod,
                                 const char *container, bool previous, bool *ended, int *status, struct err *err);
/* fn is called whenever a log of the pod grew or its container ended; NULL data stops. */
struct edge_log_watch {
    loop_fn fn;
    void *data;
    char *key;
    struct edge_log_watch *next, **prev;
};
void edge_node_agents_log_watch(struct edge_node_agents *agents, struct edge_log_watch *watch, const char *ns,
                                const char *pod, loop_fn fn, void *data);
void edge_node_agents_log_unwatch(struct edge_log_watch *watch);

/* proxy: http://SERVICE[.NS[.svc[.cluster.local]]]:PORT/ for the pods (their http_proxy; the user name in it is their
 * namespace), to a ready pod of the Service. */
struct edge_proxy;
struct edge_proxy *edge_proxy_new(struct edge_store *store, const struct edge_net *net, struct err *err);
void edge_proxy_free(struct edge_proxy *proxy);
const char *edge_proxy_url(const struct edge_proxy *proxy); /* http://127.X.0.1:PORT */
/* Where a Service's or pod's port leads now: an address and port, for the proxy and the API's service and pod proxy
 * paths. -1 with the sentence kubectl users know: "no endpoints available for service \"camera\"". */
int edge_resolve(struct edge_store *store, const char *ns, const char *service,
                 const char *port /* name, number or NULL */, char address[64], uint16_t *out_port, struct err *err);
int edge_resolve_pod(struct edge_store *store, const char *ns, const char *pod, const char *port, char address[64],
                     uint16_t *out_port, struct err *err);

#endif
