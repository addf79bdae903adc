/* What the tests of the edge's acting half share: a cluster of four nodes in this process, and waiting for a condition.
 *
 * Its clock is patient: it waits really for a moment, since the pods are real processes, and jumps when nothing happens
 * in it. With `real` it is the machine's, for what libcurl times. */
#ifndef TESTS_EDGE_AGENTS_H
#define TESTS_EDGE_AGENTS_H

#include <check.h>

#include "edge/agent.h"
#include "edge/api.h"
#include "edge/edge.h"
#include "edge/object.h"
#include "edge/reaper.h"

struct world {
    struct loop *loop;
    struct edge_store *store;
    struct edge_controllers *controllers;
    struct edge_gc *gc;
    struct edge_node_agents *agents;
    struct http_transport *http;
    struct edge_net net;
    struct edge_proxy *proxy;
    char dir[64];
    bool real;
    int64_t now, wall; /* of the patient clock */
};
extern struct world world;

/* Checked fixtures. pure: controllers only, nothing runs and nodes have 4 CPUs, 8Gi, one GPU, 110 pods. */
void world_setup(void);
void world_setup_real(void);
void world_setup_pure(void);
void world_teardown(void);
void world_teardown_agents(void); /* only them, where a test still needs the loop after */

/* Turns the loop until the condition holds; fails after 20 s of real time. */
typedef bool (*world_condition)(void *data);
void world_wait(const char *what, world_condition condition, void *data);
/* Until nothing is left to do now: tasks and descriptors, no timers. */
void world_settle(void);
void world_pass(int64_t ns); /* of the world's clock */

const struct edge_object *world_apply(const char *kind, const char *json); /* creates, or replaces spec and labels */
const cJSON *world_get(const char *kind, const char *name);                /* in namespace media; NULL: none */
void world_delete(const char *kind, const char *name);
/* Pods that are neither finished nor leaving. */
size_t world_pods(const cJSON **pods, size_t max);
/* The one pod there is. */
const cJSON *world_pod(void);
/* reason: message lines of the events of an object (name prefix), in order; a new string. */
char *world_events(const char *name);
bool world_has_event(const char *name, const char *text);

/* Waits for a text at a path of an object: WAIT_STR("Pod", "a", "status.phase", "Running"). */
void world_wait_str(const char *kind, const char *name, const char *path, const char *text);
void world_wait_condition(const char *kind, const char *name, const char *type, const char *status);
void world_wait_int(const char *kind, const char *name, const char *path, int64_t number);
void world_wait_gone(const char *kind, const char *name);
/* The first container's status of a pod. */
const cJSON *world_container(const char *pod);
/* What the container's log file holds, a new string. */
char *world_log(const char *pod, bool previous);

/* Whether the process group has members that are more than zombies: a condition on a pid_t. */
bool world_group_gone(void *group);

/* A Deployment's JSON from a few words; strategy "Recreate" or a rollingUpdate object's inside. */
char *world_deployment(const char *name, int replicas, const char *marker, const char *strategy);
/* Plays the kubelet of a pure world: every bound pod becomes Running, Ready as told, and leaving ones go. */
void world_play_kubelet(bool ready);

Suite *edge_agents_controllers_suite(void);
Suite *edge_agents_scheduler_suite(void);
Suite *edge_agents_pods_suite(void);
Suite *edge_agents_probes_suite(void);
Suite *edge_agents_logs_suite(void);
Suite *edge_agents_proxy_suite(void);
Suite *edge_agents_reaper_suite(void);

#endif
