/* credentials: what a client shows of itself to its server, kept fresh: token files are read again every minute,
 * certificate files every five, a credential program runs again when what it gave has expired, and all of them when the
 * server refused what they gave. For k8s/client.c alone. */
#ifndef K8S_CREDENTIALS_H
#define K8S_CREDENTIALS_H

#include "k8s/client.h"

struct credentials;

/* Waiting for a credential program. err NULL: there they are; else they could not be had, and `final` says that trying
 * again by itself would only bother the operator. Called from the loop. */
struct credential_wait {
    void (*fn)(void *data, const struct err *err, bool final);
    void *data;
    struct credential_wait *next, **prev; /* prev NULL: does not wait */
};

/* context is borrowed. */
struct credentials *credentials_new(struct loop *loop, const struct kube_context *context);
/* Who waits is not told. */
void credentials_free(struct credentials *c);
void credentials_on_terminal(struct credentials *c, kube_terminal_fn lend, void *data);
/* The program that is running; NULL: none. */
const char *credentials_program(const struct credentials *c);

/* True: they are there, and the functions below give them. False: wait->fn will be called. */
bool credentials_get(struct credentials *c, struct credential_wait *wait);
void credentials_stop_waiting(struct credential_wait *wait);

/* The Authorization line, or nothing. */
void credentials_header(const struct credentials *c, struct buf *out);
const struct http_tls *credentials_tls(const struct credentials *c);
/* Counts up with every change. */
unsigned credentials_generation(const struct credentials *c);

/* The server refused those of this generation. True: there are newer ones, or they can be had (credentials_get), and
 * the same request is worth sending once more. */
bool credentials_renew(struct credentials *c, unsigned generation);
/* Whether the client certificate's time is over. */
bool credentials_expired(const struct credentials *c);
/* What was refused, in words: "the token in '/x'", "the client certificate '/x', which expired on … (3d ago)". */
void credentials_name(const struct credentials *c, struct buf *out);

#endif
