/* why: the words for connections that are not trusted. For src/net alone. */
#ifndef NET_WHY_H
#define NET_WHY_H

#include "base/err.h"

struct distrust {
    const char *peer;  /* host:port */
    const char *host;  /* the name that the certificate was to have */
    bool own_ca;       /* checked against a given authority, not the system's */
    long verified;     /* OpenSSL's X509_V_ERR_*, 0: the chain is good */
    const char *text;  /* the library's own words */
    const char *names; /* the certificate's, "DNS:a, IP Address:b", or NULL */
};

void why_untrusted(const struct distrust *d, struct err *err);
/* Whether a failed handshake's text means that a certificate's signature is wrong. */
bool why_is_signature(const char *text);
/* A library's sentence made fit to stand behind a colon: "Failed to …" begins in lower case, "OpenSSL …" stays. */
void why_lower(char *text);

#endif
