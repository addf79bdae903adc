/* cert: the certificate of one run. */
#ifndef EDGE_CERT_H
#define EDGE_CERT_H

#include "base/err.h"

/* A self-signed certificate for 127.0.0.1, ::1 and localhost with an ECDSA P-256 key, made in memory. Both texts (PEM)
 * are the caller's. */
int edge_cert_make(char **cert_pem, char **key_pem, struct err *err);

#endif
