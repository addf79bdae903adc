/* url: taking URLs and their queries apart and writing them. */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"

struct url {
    char scheme[16];  /* lower case */
    char host[256];   /* lower case, without brackets */
    uint16_t port;    /* the scheme's own when not given; 0 for schemes that have none here */
    char *path;       /* with its query, without its fragment; at least "/" */
    bool credentials; /* user or password were in it */
};

/* Errors name the URL with its credentials masked. Nothing is to be released after an error. */
int url_parse(struct url *url, const char *text, struct err *err);
void url_release(struct url *url);
/* Whether a host is this machine by its very name: such ones are never asked through a proxy. */
bool url_is_loopback(const char *host);
/* Percent-encodes all but unreserved characters. */
void url_escape(struct buf *out, const char *s);
/* Decodes percent-encoding, and "+" as a space where plus is true (queries). What is malformed, and %00, which no C
 * string could hold, stays as it came. */
void url_unescape(struct buf *out, const char *s, size_t len, bool plus);
/* "a=1&b=x%20y" decoded into a map of strings (release with map_release(map, free)); of a name that comes twice the
 * first value counts. */
void url_query(struct map *params, const char *query);

#endif
