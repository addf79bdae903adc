/* proxyhead: what a client of the Service proxy asks for, and how it is asked of the pod. Pure. */
#ifndef EDGE_PROXYHEAD_H
#define EDGE_PROXYHEAD_H

#include "base/buf.h"
#include "base/err.h"

struct proxy_head {
    char host[256], port[8]; /* "80" when the URL names none */
    char ns[64];             /* user name of Proxy-Authorization, "" without one */
};

/* Length of a head that has ended, blank line included, or 0. */
size_t proxy_head_length(const char *bytes, size_t len);
/* Reads a whole head and writes the one for the pod: origin-form, no hop-by-hop headers, Connection: close. -1: the
 * answer is 400. */
int proxy_head_read(struct proxy_head *head, const char *bytes, size_t len, struct buf *out, struct err *err);

#endif
