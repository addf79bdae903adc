#include "net/why.h"

#include "base/buf.h"
#include "base/text.h"

#define UNSPECIFIED 1 /* X509_V_ERR_UNSPECIFIED: what libcurl leaves there when it looked no further */

/* Of OpenSSL's X509_V_ERR_*: those that an operator mends in another way than a wrong authority. */
static const struct {
    long code;
    const char *words;
} faults[] = {
    {9, "is not valid yet, or this machine's clock is wrong"},
    {10, "has expired, or this machine's clock is wrong"},
    {23, "has been revoked"},
};

static void add_names(const struct distrust *d, struct err *err)
{
    struct buf names;
    buf_init(&names, 300);
    text_sanitise(&names, d->names, strlen(d->names));
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    err_set(err, "%s; it is for %s", old, names.data + strspn(names.data, " "));
    buf_release(&names);
}

void why_untrusted(const struct distrust *d, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        if (d->verified == faults[i].code) {
            err_set(err, "the certificate of %s %s", d->peer, faults[i].words);
            return;
        }
    if ((d->verified && d->verified != UNSPECIFIED) || why_is_signature(d->text)) {
        err_set(err, "the certificate of %s is not signed by %s", d->peer,
                d->own_ca ? "the cluster's certificate authority" : "an authority that this system trusts");
    } else if (strstr(d->text, "name")) {
        err_set(err, "the certificate of %s is not for the name '%s'", d->peer, d->host);
        if (d->names)
            add_names(d, err);
    } else {
        err_set(err, "the certificate of %s cannot be verified: %s", d->peer, d->text);
    }
}

bool why_is_signature(const char *text)
{
    /* An authority of the right name with another key: OpenSSL reports the failed check as a fault of decoding. */
    return strstr(text, "asn1 encoding routines") != NULL;
}

void why_lower(char *text)
{
    size_t word = strcspn(text, " ");
    for (size_t i = 1; i < word; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            return;
    if (word > 1 && text[0] >= 'A' && text[0] <= 'Z')
        text[0] = (char)(text[0] - 'A' + 'a');
}
