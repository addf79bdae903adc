/* cluster: one cluster as the dashboard sees it, for as long as it is looked at: a client, reflectors that keep the model's
 * stores, traffic, detections, what is allowed. Opened and closed whenever the context changes. */
#ifndef APP_CLUSTER_H
#define APP_CLUSTER_H

#include "app/app.h"
#include "ui/model.h"

struct cluster;

/* What a source of the model lists; the selector may be NULL. */
const struct kind *cluster_kind(enum model_source_id id);
const char *cluster_selector(enum model_source_id id);

/* Sets the model's client, access and sources. ns: what is listed where all namespaces may not be. */
struct cluster *cluster_open(struct app *app, struct model *model, const struct kube_context *context, const char *ns);
/* Its rows, its detections and all that is known of it go from the model; whoever uses the client was told before
 * (CHANGED_CLIENT). */
void cluster_close(struct cluster *cluster);

/* The model's graph is another one. */
void cluster_follow_graph(struct cluster *cluster);
/* The model's namespace is another one. */
void cluster_follow_namespace(struct cluster *cluster);
/* Detections are followed, and traffic is scraped, only while somebody looks. */
void cluster_watching(struct cluster *cluster, bool detections, bool traffic);
/* What is measured, while somebody looks: USAGE_BIT()s. */
void cluster_measure(struct cluster *cluster, unsigned parts);
/* A picture is wanted. */
void cluster_look(struct cluster *cluster, const struct model_look *look);
/* Detections and traffic, from nothing: time has jumped. */
void cluster_measure_anew(struct cluster *cluster);
const struct thing_traffic *cluster_traffic(const struct cluster *cluster, const char *pod_uid);
int64_t cluster_first_result(const struct cluster *cluster, const char *pod_uid);

#endif
