/* url: taking URLs apart and writing them. */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"
#include "base/err.h"

struct url {
    char scheme[16];
    char host[256];   /* without brackets */
    uint16_t port;    /* the scheme's own when not given */
    char *path;       /* with its query, at least "/" */
    bool credentials; /* user or password were in it */
};

int url_parse(struct url *url, const char *text, struct err *err);
void url_release(struct url *url);
/* Percent-encodes all but unreserved characters. */
void url_escape(struct buf *out, const char *s);

#endif
