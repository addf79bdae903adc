/* feed: one long answer of the API server, a list or a watch: its head, its objects one by one, how it ended.
 *
 * Every callback may stop, restart or free the feed. */
#ifndef K8S_FEED_H
#define K8S_FEED_H

#include "k8s/intake.h"
#include "k8s/record.h"
#include "k8s/splitter.h"

/* Whose objects are asked for. */
struct scope {
    const struct kind *kind;
    char *ns, *label_selector, *field_selector; /* NULL: all */
};

struct feed_events {
    void (*head)(void *data); /* may be NULL */
    /* Bytes of an answer with status 200, for feed_split. */
    void (*bytes)(void *data, const char *bytes, size_t len);
    void (*end)(void *data, const struct http_result *result);
    struct splitter_events objects; /* from inside feed_split */
};

struct feed {
    const struct feed_events *events;
    void *data;
    struct intake *intake;
    struct splitter *splitter; /* NULL: not started */
    struct http_head head;
    struct buf refusal; /* the body of an answer with another status */
    struct err garbage; /* set: why the bytes make no sense */
};

struct feed_request {
    const struct scope *scope;
    const char *query; /* without the selectors */
    enum splitter_shape shape;
    bool http1, fresh; /* as in kube_request */
};

void feed_init(struct feed *feed, struct kube_client *client, const struct feed_events *events, void *data);
void feed_release(struct feed *feed);
/* What is under way is stopped first. */
void feed_start(struct feed *feed, const struct feed_request *request);
void feed_stop(struct feed *feed); /* head, refusal and garbage can still be read */
/* -1: what came is no such JSON; garbage says how. */
int feed_split(struct feed *feed, const char *bytes, size_t len);
/* Why an answer that ended is not what was asked for; a status other than 200, or a connection that broke. */
void feed_why(const struct feed *feed, const struct http_result *result, struct err *why);
/* What its head or its Status ask to wait, bounded; 0: nothing. */
int64_t feed_asked_to_wait(const struct feed *feed);
/* Why an object of so many bytes was skipped. */
#define FEED_TOO_LARGE 80
void feed_too_large(char out[FEED_TOO_LARGE], size_t bytes);
#define FEED_MAX_WAIT (60 * NSEC_PER_SEC) /* whatever the server asks for: rows of an hour ago help nobody */

#endif
