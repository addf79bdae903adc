/* secret: what looks like a credential, so that none is kept in a graph's text. Internal to this layer. */
#ifndef GRAPH_SECRET_H
#define GRAPH_SECRET_H

#include "base/base.h"

/* The offset of a URL that carries `user:password@`, or SIZE_MAX. A password of the form $(NAME) is a reference to an
 * environment variable, not a password. */
size_t secret_in_url(const char *text, size_t len);
/* Whether a variable or parameter of that name would hold a credential: "CAMERA_PASSWORD", "apiKey", not
 * "TOKEN_FILE". */
bool secret_name(const char *name);

#endif
