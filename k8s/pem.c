#include "k8s/pem.h"

#include "base/digest.h"
#include "base/time.h"

#define BEGIN_CERTIFICATE "-----BEGIN CERTIFICATE-----"
#define MAX_DER (64u << 10)

int pem_check(const char *pem, size_t len, bool key, struct err *err)
{
    if (memchr(pem, '\0', len) || !strstr(pem, "-----BEGIN "))
        return err_set(err, "it is no PEM text (it has no -----BEGIN line)");
    if (!key)
        return strstr(pem, "CERTIFICATE-----") ? 0 : err_set(err, "it holds no certificate");
    if (!strstr(pem, "PRIVATE KEY-----"))
        return err_set(err, "it holds no private key");
    if (strstr(pem, "BEGIN ENCRYPTED PRIVATE KEY") || strstr(pem, "Proc-Type: 4,ENCRYPTED"))
        return err_set(err, "the key needs a pass phrase, and nobody is asked for one here; store it without "
                            "(openssl pkey -in KEY -out NEW)");
    return 0;
}

/* A piece of DER: what is left of the bytes inside one element. */
struct der {
    const uint8_t *at, *end;
};

/* Steps over the next element of `in`; `inside` gets what it holds. Returns its tag, -1 when there is none whole. */
static int der_next(struct der *in, struct der *inside)
{
    if (in->end - in->at < 2)
        return -1;
    int tag = *in->at++;
    size_t len = *in->at++;
    if (len & 0x80) {
        size_t bytes = len & 0x7f;
        if (bytes == 0 || bytes > 3 || (size_t)(in->end - in->at) < bytes)
            return -1;
        for (len = 0; bytes; bytes--)
            len = len << 8 | *in->at++;
    }
    if ((size_t)(in->end - in->at) < len)
        return -1;
    *inside = (struct der){in->at, in->at + len};
    in->at += len;
    return tag;
}

/* UTCTime "YYMMDDHHMMSSZ" or GeneralizedTime "YYYYMMDDHHMMSSZ". */
static int64_t der_time(int tag, const struct der *text)
{
    char digits[16] = "", iso[TIME_TEXT];
    size_t len = (size_t)(text->end - text->at);
    const char *t = (const char *)text->at;
    if (tag == 0x17 && len == 13)
        snprintf(digits, sizeof digits, "%s%.12s", t[0] >= '5' ? "19" : "20", t);
    else if (tag == 0x18 && len == 15)
        snprintf(digits, sizeof digits, "%.14s", t);
    if (strlen(digits) != 14 || t[len - 1] != 'Z')
        return 0;
    snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", digits, digits + 4, digits + 6, digits + 8,
             digits + 10, digits + 12);
    return time_parse(iso);
}

static int64_t der_not_after(struct der der)
{
    struct der certificate, tbs, part, validity;
    if (der_next(&der, &certificate) != 0x30 || der_next(&certificate, &tbs) != 0x30)
        return 0;
    int tag = der_next(&tbs, &part);
    if (tag == 0xa0) /* the version, which may be left out */
        tag = der_next(&tbs, &part);
    if (tag != 0x02 || der_next(&tbs, &part) != 0x30 || der_next(&tbs, &part) != 0x30)
        return 0; /* serial number, signature algorithm, issuer */
    if (der_next(&tbs, &validity) != 0x30 || der_next(&validity, &part) < 0)
        return 0;
    tag = der_next(&validity, &part);
    return der_time(tag, &part);
}

int64_t pem_not_after(const char *pem)
{
    const char *begin = pem ? strstr(pem, BEGIN_CERTIFICATE) : NULL;
    if (!begin)
        return 0;
    begin += strlen(BEGIN_CERTIFICATE);
    const char *end = strstr(begin, "-----END");
    struct buf der;
    buf_init(&der, MAX_DER);
    int64_t when = 0;
    if (end && digest_unbase64(&der, begin, (size_t)(end - begin)) == 0)
        when = der_not_after((struct der){(const uint8_t *)der.data, (const uint8_t *)der.data + der.len});
    buf_release(&der);
    return when;
}
