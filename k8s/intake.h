/* intake: the bytes of a long answer, a bounded part of them each turn of the loop.
 *
 * What arrives faster waits here, and the connection is paused before that grows; so a page of six megabytes never
 * keeps a key waiting. The end is told after the last byte. Every callback may stop, restart or free the intake. */
#ifndef K8S_INTAKE_H
#define K8S_INTAKE_H

#include "k8s/client.h"

#define INTAKE_BUDGET (256u << 10) /* bytes a turn */

struct intake;

struct intake_events {
    void (*head)(void *data, const struct http_head *head);
    void (*bytes)(void *data, const char *bytes, size_t len);
    void (*end)(void *data, const struct http_result *result); /* it is stopped then */
};

struct intake *intake_new(struct kube_client *client, const struct intake_events *events, void *data);
void intake_free(struct intake *intake);
/* A request that is under way is stopped first. */
void intake_start(struct intake *intake, const struct kube_request *request);
void intake_stop(struct intake *intake);
/* No callback but head comes while paused, and nothing is read. */
void intake_pause(struct intake *intake, bool paused);
/* No callback but head comes while this lasts, but a megabyte is read. */
void intake_read_ahead(struct intake *intake, bool ahead);

#endif
