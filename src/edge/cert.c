#include "edge/cert.h"

#include <gnutls/x509.h>
#include <time.h>

#include "base/digest.h"

#define DAY 86400

static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    static const unsigned char v4[4] = {127, 0, 0, 1};
    static const unsigned char v6[16] = {[15] = 1};
    unsigned char serial[16];
    time_t now = time(NULL);
    digest_random(serial, sizeof serial);
    serial[0] &= 0x7f; /* positive */
    serial[0] |= 0x40;
    int rc = gnutls_x509_crt_set_version(crt, 3);
    rc |= gnutls_x509_crt_set_key(crt, key);
    rc |= gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    rc |= gnutls_x509_crt_set_activation_time(crt, now - DAY); /* clocks differ */
    rc |= gnutls_x509_crt_set_expiration_time(crt, now + 365 * DAY);
    rc |= gnutls_x509_crt_set_dn(crt, "CN=patchbay-edge", NULL);
    rc |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET);
    rc |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v4, sizeof v4, GNUTLS_FSAN_APPEND);
    rc |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v6, sizeof v6, GNUTLS_FSAN_APPEND);
    rc |= gnutls_x509_crt_set_basic_constraints(crt, 1, 0);
    rc |= gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN);
    rc |= gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
    rc |= gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    return rc;
}

static char *text_of(gnutls_datum_t *pem)
{
    char *text = xstrndup((const char *)pem->data, pem->size);
    gnutls_free(pem->data);
    return text;
}

int edge_cert_make(char **cert_pem, char **key_pem, struct err *err)
{
    gnutls_x509_crt_t crt = NULL;
    gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t cert_text = {0}, key_text = {0};
    int rc = gnutls_x509_crt_init(&crt);
    if (rc == 0)
        rc = gnutls_x509_privkey_init(&key);
    if (rc == 0)
        rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (rc == 0)
        rc = fill(crt, key);
    if (rc == 0)
        rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &cert_text);
    if (rc == 0)
        rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &key_text);
    if (rc == 0) {
        *cert_pem = text_of(&cert_text);
        *key_pem = text_of(&key_text);
    } else {
        gnutls_free(cert_text.data);
    }
    if (crt)
        gnutls_x509_crt_deinit(crt);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return rc == 0 ? 0 : err_set(err, "cannot make a certificate: %s", gnutls_strerror(rc));
}
