/* digest: SHA-256, SHA-1 where a protocol asks for it, and base64 (nettle: small, and already below GnuTLS). */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/buf.h"

#define DIGEST_TEXT 65 /* of a SHA-256 in hexadecimal digits, with its end */

void digest_sha256(const void *data, size_t len, uint8_t out[32]);
void digest_sha1(const void *data, size_t len, uint8_t out[20]); /* no secret may rest on it */
void digest_base64(struct buf *out, const void *data, size_t len);
void digest_base64url(struct buf *out, const void *data, size_t len); /* without padding */
int digest_unbase64(struct buf *out, const char *text, size_t len);   /* -1: not base64; white space is skipped */
/* In hexadecimal digits: out has room for two a byte and the end. */
void digest_hex(char *out, const void *data, size_t len);
/* Random bytes from the kernel. */
void digest_random(void *out, size_t len);

#endif
