#include "net_test.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

struct test_ca {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
};

#define MUST(call) ck_assert_msg((call) >= 0, "%s", #call)

static gnutls_x509_privkey_t new_key(void)
{
    gnutls_x509_privkey_t key;
    MUST(gnutls_x509_privkey_init(&key));
    MUST(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    return key;
}

static gnutls_x509_crt_t new_cert(gnutls_x509_privkey_t key, const char *name, int days)
{
    static unsigned char serial[4] = {1, 2, 3, 4};
    gnutls_x509_crt_t cert;
    time_t now = time(NULL);
    serial[3]++;
    MUST(gnutls_x509_crt_init(&cert));
    MUST(gnutls_x509_crt_set_version(cert, 3));
    MUST(gnutls_x509_crt_set_key(cert, key));
    MUST(gnutls_x509_crt_set_serial(cert, serial, sizeof serial));
    MUST(gnutls_x509_crt_set_activation_time(cert, now - 20 * 86400));
    MUST(gnutls_x509_crt_set_expiration_time(cert, now + days * 86400));
    MUST(gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name)));
    return cert;
}

static char *cert_pem(gnutls_x509_crt_t cert)
{
    gnutls_datum_t out;
    MUST(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &out));
    char *text = xstrndup((char *)out.data, out.size);
    gnutls_free(out.data);
    return text;
}

struct test_ca *test_ca_new(const char *name)
{
    struct test_ca *ca = xcalloc(1, sizeof *ca);
    ca->key = new_key();
    ca->cert = new_cert(ca->key, name, 10);
    MUST(gnutls_x509_crt_set_ca_status(ca->cert, 1));
    MUST(gnutls_x509_crt_set_key_usage(ca->cert, GNUTLS_KEY_KEY_CERT_SIGN));
    MUST(gnutls_x509_crt_sign2(ca->cert, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0));
    return ca;
}

void test_ca_free(struct test_ca *ca)
{
    gnutls_x509_crt_deinit(ca->cert);
    gnutls_x509_privkey_deinit(ca->key);
    free(ca);
}

char *test_ca_pem(struct test_ca *ca)
{
    return cert_pem(ca->cert);
}

void test_ca_issue(struct test_ca *ca, const char *dns, bool loopback_ip, int days, char **cert, char **key)
{
    static const unsigned char loopback[4] = {127, 0, 0, 1};
    gnutls_x509_privkey_t k = new_key();
    gnutls_x509_crt_t c = new_cert(k, "test server", days);
    if (dns)
        MUST(gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_DNSNAME, dns, (unsigned)strlen(dns),
                                                  GNUTLS_FSAN_APPEND));
    if (loopback_ip)
        MUST(gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS, loopback, sizeof loopback,
                                                  GNUTLS_FSAN_APPEND));
    MUST(gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_DIGITAL_SIGNATURE));
    MUST(gnutls_x509_crt_sign2(c, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0));
    *cert = cert_pem(c);
    gnutls_datum_t out;
    MUST(gnutls_x509_privkey_export2(k, GNUTLS_X509_FMT_PEM, &out));
    *key = xstrndup((char *)out.data, out.size);
    gnutls_free(out.data);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_privkey_deinit(k);
}
