/* meter: asks what nodes and pods use (metrics.k8s.io, where it is served) and what GPUs do (the pods of a DCGM exporter, by
 * way of the API server), while somebody looks. It is polled: none of it can be watched. */
#ifndef APP_METER_H
#define APP_METER_H

#include "k8s/client.h"
#include "k8s/store.h"
#include "ops/usage.h"

struct meter;

/* Fills in usage, which outlives it; pods: how many there are tells whether all of them can be asked for. changed: after it
 * brought something. */
struct meter *meter_new(struct kube_client *client, struct store *pods, struct usage *usage, loop_fn changed, void *data);
void meter_free(struct meter *meter);
/* What is looked at, as USAGE_BIT()s; 0: nothing is asked. ns: of the pods; NULL: all. */
void meter_watch(struct meter *meter, unsigned parts, const char *ns);
/* What was asked first has been answered: for who asks once. */
bool meter_settled(const struct meter *meter);

#endif
