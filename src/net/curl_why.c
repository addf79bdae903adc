#include "net/curl_call.h"

#include "base/time.h"
#include "net/why.h"

/* The names in the server's certificate, for whoever came under another one. */
static const char *cert_names(const struct curl_call *call)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(call->easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info || info->num_of_certs < 1)
        return NULL;
    for (struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (str_starts(line->data, "X509v3 Subject Alternative Name:"))
            return strchr(line->data, ':') + 1;
    return NULL;
}

static void explain_untrusted(struct curl_call *call, struct err *err)
{
    struct distrust why = {call->call.peer, call->call.host, call->own_ca, 0, call->error, cert_names(call)};
    curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &why.verified);
    why_untrusted(&why, err);
}

static void explain_system(struct curl_call *call, struct err *err, const char *what)
{
    long number = 0;
    curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &number);
    errno = (int)number;
    if (number)
        err_set_errno(err, "%s %s", what, call->call.peer);
    else
        err_set(err, "%s %s: %s", what, call->call.peer, call->error[0] ? call->error : "it is gone");
}

enum http_outcome curl_classify(struct curl_call *call, CURLcode code, struct err *err)
{
    why_lower(call->error);
    char span[TIME_TEXT];
    switch (code) {
    case CURLE_OK:
        return HTTP_DONE;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_untrusted(call, err);
        return HTTP_UNTRUSTED;
    case CURLE_SSL_CERTPROBLEM:
        err_set(err, "the client certificate or key for %s cannot be used: %s", call->call.peer, call->error);
        return HTTP_UNTRUSTED;
    case CURLE_SSL_CACERT_BADFILE:
        err_set(err, "the certificate authority for %s cannot be read: %s", call->call.peer, call->error);
        return HTTP_UNTRUSTED;
    case CURLE_COULDNT_RESOLVE_HOST:
        err_set(err, "cannot connect to %s: the host name '%s' is not known", call->call.peer, call->call.host);
        return HTTP_REFUSED;
    case CURLE_COULDNT_RESOLVE_PROXY:
        err_set(err, "cannot connect to %s: the proxy's host name is not known", call->call.peer);
        return HTTP_REFUSED;
    case CURLE_COULDNT_CONNECT:
        explain_system(call, err, call->proxied ? "cannot connect to the proxy for" : "cannot connect to");
        return HTTP_REFUSED;
    case CURLE_SSL_CONNECT_ERROR:
        if (why_is_signature(call->error)) {
            explain_untrusted(call, err);
            return HTTP_UNTRUSTED;
        }
        err_set(err, "cannot agree on TLS with %s: %s", call->call.peer, call->error);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        err_set(err, "cannot connect to %s: no answer within %s", call->call.peer,
                time_span(span, call->connect_timeout));
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK: /* on_connected would not have it sent again */
        err_set(err, "%s closed the connection without an answer", call->call.peer);
        break;
    case CURLE_PARTIAL_FILE:
        err_set(err, "the connection to %s ended in the middle of the answer", call->call.peer);
        break;
    case CURLE_SEND_FAIL_REWIND:
        err_set(err, "%s closed the connection while the request was sent", call->call.peer);
        break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        explain_system(call, err, "lost the connection to");
        break;
    default:
        err_set(err, "no answer from %s: %s", call->call.peer, call->error[0] ? call->error : curl_easy_strerror(code));
        break;
    }
    return call_failure(&call->call);
}

/* A server that refuses a request before it has all of it may reset the stream behind its answer (RFC 9113, 8.1): to libcurl 7.88
 * that is an error also when it comes while the rest is sent. */
static bool is_answered(const struct curl_call *call)
{
    curl_off_t length = -1, got = 0;
    curl_easy_getinfo(call->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(call->easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
    return call->call.head_known && length >= 0 && got == length;
}

void curl_ended(struct curl_call *call, CURLcode code)
{
    if (code == CURLE_HTTP2_STREAM && is_answered(call))
        code = CURLE_OK;
    if (code == CURLE_OK && !call->call.head_known)
        code = CURLE_PARTIAL_FILE; /* libcurl takes a head that breaks off for a whole one */
    call_finish(&call->call, curl_classify(call, code, &call->call.result.err));
}
