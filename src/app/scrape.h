/* scrape: asks the pods of a graph for their metrics through the API server, so that wires show what they carry.
 *
 * The one thing that is polled: media things tell their traffic by Prometheus text, which cannot be watched. Only while
 * somebody looks, and only running pods with a graph label. */
#ifndef APP_SCRAPE_H
#define APP_SCRAPE_H

#include "k8s/client.h"
#include "k8s/store.h"
#include "ops/metrics.h"

struct scrape;

/* changed is called after a round brought something. graph NULL: pods of every graph. */
struct scrape *scrape_new(struct kube_client *client, struct store *pods, loop_fn changed, void *data);
void scrape_free(struct scrape *scrape);
void scrape_graph(struct scrape *scrape, const char *ns, const char *graph);
/* A scrape every `every` ns; 0: none. Pods without a first result yet are asked ten times as often, four at a second at
 * most, so that a deployment's end is seen when it comes. */
void scrape_every(struct scrape *scrape, int64_t every);
/* A live_traffic_fn, with the scrape as its data. NULL: not known. */
const struct thing_traffic *scrape_traffic(void *scrape, const char *pod_uid);
/* When the pod's first result came: of its outputs the earliest first frame (ns since 1970), 0 unknown. */
int64_t scrape_first_result(struct scrape *scrape, const char *pod_uid);

#endif
