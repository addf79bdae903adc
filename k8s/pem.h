/* pem: what can be told of certificates and keys before a connection is tried with them. */
#ifndef K8S_PEM_H
#define K8S_PEM_H

#include "base/err.h"

/* Whether it is PEM text with a certificate, or with a private key that needs no pass phrase (OpenSSL would ask for it on
 * the terminal). The error begins with "it". */
int pem_check(const char *pem, size_t len, bool key, struct err *err);
/* When the first certificate in it ends (notAfter), ns since 1970; 0: not known. X.509 as in RFC 5280, 4.1. */
int64_t pem_not_after(const char *pem);

#endif
