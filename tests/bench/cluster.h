/* cluster: a running embedded cluster and a client of it, for the figures that need one. */
#ifndef TESTS_BENCH_CLUSTER_H
#define TESTS_BENCH_CLUSTER_H

#include "k8s/client.h"
#include "tests/bench/bench.h"
#include "tests/screen/screen.h"

struct cluster {
    struct loop *loop;
    struct screen *edge; /* patchbay edge, on a terminal: it ends with us, however we end; NULL: the cluster is another's */
    struct http_transport *transport;
    struct kube_config *config;
    struct kube_client *client;
    char *dir, *kubeconfig, *patchbay;
};

/* NULL: err says why. */
struct cluster *cluster_start(const struct bench *bench, struct err *err);
/* A client of a cluster that is up; it is left as it is. */
struct cluster *bench_cluster_open(const struct bench *bench, const char *kubeconfig, struct err *err);
void cluster_free(struct cluster *cluster);
/* patchbay with these arguments (NULL-terminated) on the cluster, while the loop turns; -1 when it did not exit 0. */
int cluster_command(struct cluster *cluster, const char *const *arguments, struct err *err);
/* Turns the loop until *flag; -1 after so many ns. `what` is waited for, in words. */
int cluster_wait(struct cluster *cluster, const bool *flag, int64_t patience, const char *what, struct err *err);
/* One request, waited for; -1 unless it is answered with 2xx. A PATCH is one of JSON Patch. */
int cluster_ask(struct cluster *cluster, const char *method, const char *path, const char *body, struct err *err);
/* What is there; *len (may be NULL): how many bytes that was. NULL: err says why. The caller's. */
cJSON *cluster_get(struct cluster *cluster, const char *path, size_t *len, struct err *err);

#endif
