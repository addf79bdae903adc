#include "base/digest.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <sys/random.h>

void digest_sha256(const void *data, size_t len, uint8_t out[32])
{
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    sha256_update(&ctx, len, data);
    sha256_digest(&ctx, 32, out);
}

void digest_sha1(const void *data, size_t len, uint8_t out[20])
{
    struct sha1_ctx ctx;
    sha1_init(&ctx);
    sha1_update(&ctx, len, data);
    sha1_digest(&ctx, 20, out);
}

static void encode(struct buf *out, const void *data, size_t len, bool url)
{
    struct base64_encode_ctx ctx;
    if (url)
        base64url_encode_init(&ctx);
    else
        base64_encode_init(&ctx);
    const uint8_t *p = data;
    char text[BASE64_ENCODE_LENGTH(1024) + BASE64_ENCODE_FINAL_LENGTH];
    while (len) {
        size_t n = MIN(len, 1024);
        buf_add(out, text, base64_encode_update(&ctx, text, n, p));
        p += n;
        len -= n;
    }
    size_t n = base64_encode_final(&ctx, text);
    while (url && n && text[n - 1] == '=')
        n--;
    buf_add(out, text, n);
}

void digest_base64(struct buf *out, const void *data, size_t len)
{
    encode(out, data, len, false);
}

void digest_base64url(struct buf *out, const void *data, size_t len)
{
    encode(out, data, len, true);
}

int digest_unbase64(struct buf *out, const char *text, size_t len)
{
    struct base64_decode_ctx ctx;
    base64_decode_init(&ctx);
    uint8_t bytes[BASE64_DECODE_LENGTH(1024) + 1];
    while (len) {
        size_t n = MIN(len, 1024), got = sizeof bytes;
        if (!base64_decode_update(&ctx, &got, bytes, n, text) || buf_add(out, bytes, got) < 0)
            return -1;
        text += n;
        len -= n;
    }
    return base64_decode_final(&ctx) ? 0 : -1;
}

void digest_hex(char *out, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    out[2 * len] = '\0';
}

void digest_random(void *out, size_t len)
{
    char *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno != EINTR)
            BUG("no random bytes: %s", strerror(errno));
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}
