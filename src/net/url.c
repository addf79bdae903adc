#include "net/url.h"

#include "base/secret.h"
#include "base/text.h"

static const struct {
    const char *scheme;
    uint16_t port;
} default_ports[] = {{"http", 80}, {"https", 443}, {"rtsp", 554}, {"rtsps", 322}, {"socks5", 1080}, {"socks5h", 1080}};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

static int fault(struct err *err, const char *text, const char *why)
{
    struct buf shown;
    buf_init(&shown, 512);
    secret_mask(&shown, text);
    err_set(err, "'%s' is not a URL: %s", shown.data, why);
    buf_release(&shown);
    return -1;
}

static int parse_scheme(struct url *url, const char *text, size_t len)
{
    if (len == 0 || len >= sizeof url->scheme || lower(text[0]) < 'a' || lower(text[0]) > 'z')
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(text[i]) && !strchr("+-.", text[i]))
            return -1;
        url->scheme[i] = lower(text[i]);
    }
    url->scheme[len] = '\0';
    return 0;
}

/* A name, an IPv4 address, or what stands between brackets. */
static int parse_host(struct url *url, const char *text, size_t len, bool bracketed)
{
    if (len == 0 || len >= sizeof url->host)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(text[i]) && !strchr(bracketed ? ":.%" : "-._~", text[i]))
            return -1;
        url->host[i] = lower(text[i]);
    }
    url->host[len] = '\0';
    return 0;
}

static int parse_port(struct url *url, const char *text, size_t len)
{
    unsigned long port = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || port > 65535)
            return -1;
        port = port * 10 + (unsigned long)(text[i] - '0');
    }
    if (len == 0) /* "http://host:/" is legal and means the default */
        return 0;
    if (port == 0 || port > 65535)
        return -1;
    url->port = (uint16_t)port;
    return 0;
}

int url_parse(struct url *url, const char *text, struct err *err)
{
    *url = (struct url){0};
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return fault(err, text, "it has a space or a control character");
    const char *sep = strstr(text, "://");
    if (!sep || parse_scheme(url, text, (size_t)(sep - text)) < 0)
        return fault(err, text, "it does not start with a scheme such as http://");
    for (size_t i = 0; i < ARRAY_SIZE(default_ports); i++)
        if (str_eq(url->scheme, default_ports[i].scheme))
            url->port = default_ports[i].port;

    const char *start = sep + 3, *end = start + strcspn(start, "/?#");
    for (const char *p = end; p > start; p--)
        if (p[-1] == '@') {
            url->credentials = true;
            start = p;
            break;
        }
    const char *host_end;
    bool bracketed = *start == '[';
    if (bracketed) {
        start++;
        host_end = memchr(start, ']', (size_t)(end - start));
        if (!host_end)
            return fault(err, text, "the bracket around its address is not closed");
    } else {
        host_end = memchr(start, ':', (size_t)(end - start));
        if (!host_end)
            host_end = end;
    }
    if (host_end == start)
        return fault(err, text, "it names no host");
    if (parse_host(url, start, (size_t)(host_end - start), bracketed) < 0)
        return fault(err, text, "its host is not a host name or an address");
    const char *after = host_end + (bracketed ? 1 : 0);
    if (after < end && (*after != ':' || parse_port(url, after + 1, (size_t)(end - after - 1)) < 0))
        return fault(err, text, "its port is not a number from 1 to 65535");
    size_t path_len = strcspn(end, "#");
    url->path = xasprintf("%s%.*s", *end == '/' ? "" : "/", (int)MIN(path_len, (size_t)INT_MAX), end);
    return 0;
}

void url_release(struct url *url)
{
    free(url->path);
    url->path = NULL;
}

bool url_is_loopback(const char *host)
{
    return str_eq(host, "localhost") || str_eq(host, "::1") ||
           (str_starts(host, "127.") && strspn(host, "0123456789.") == strlen(host));
}

void url_escape(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (is_alnum(*s) || strchr("-._~", *s))
            buf_addc(out, *s);
        else
            buf_addf(out, "%%%02X", (unsigned char)*s);
    }
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void url_unescape(struct buf *out, const char *s, size_t len, bool plus)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '%' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
            int c = hex(s[i + 1]) * 16 + hex(s[i + 2]);
            if (c) {
                buf_addc(out, (char)c);
                i += 2;
                continue;
            }
        }
        buf_addc(out, plus && s[i] == '+' ? ' ' : s[i]);
    }
}

void url_query(struct map *params, const char *query)
{
    struct buf name, value;
    buf_init(&name, SIZE_MAX / 2);
    buf_init(&value, SIZE_MAX / 2);
    while (*query) {
        size_t len = strcspn(query, "&");
        const char *equals = memchr(query, '=', len);
        size_t name_len = equals ? (size_t)(equals - query) : len;
        buf_reset(&name);
        buf_reset(&value);
        url_unescape(&name, query, name_len, true);
        if (equals)
            url_unescape(&value, equals + 1, len - name_len - 1, true);
        if (len && !map_has(params, name.data))
            map_put(params, name.data, xstrdup(value.data));
        query += len;
        if (*query == '&')
            query++;
    }
    buf_release(&name);
    buf_release(&value);
}
