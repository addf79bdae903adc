#include "edge/proxyhead.h"

#include <strings.h>

#include "base/digest.h"

size_t proxy_head_length(const char *bytes, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (bytes[i] != '\n')
            continue;
        if (bytes[i + 1] == '\n')
            return i + 2;
        if (bytes[i + 1] == '\r' && i + 2 < len && bytes[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

/* "http://host:port/path": sets host and port, *path is the rest. */
static int read_target(struct proxy_head *head, const char *url, size_t len, const char **path, struct err *err)
{
    if (len < 7 || strncasecmp(url, "http://", 7) != 0)
        return err_set(err, "this is the proxy for the Services of the embedded cluster: it takes http:// URLs of "
                            "Services only");
    const char *host = url + 7, *end = url + len;
    const char *slash = memchr(host, '/', (size_t)(end - host));
    const char *stop = slash ? slash : end;
    const char *at = memrchr(host, '@', (size_t)(stop - host));
    if (at)
        host = at + 1;
    const char *colon = memchr(host, ':', (size_t)(stop - host));
    size_t n = (size_t)((colon ? colon : stop) - host);
    if (n == 0 || n >= sizeof head->host)
        return err_set(err, "the URL has no host");
    for (size_t i = 0; i < n; i++) {
        char c = host[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                    c == '_' || (c == '-' && i > 0);
        if (!fine)
            return err_set(err, "the URL's host is no host name");
        head->host[i] = c;
    }
    head->host[n] = '\0';
    snprintf(head->port, sizeof head->port, "80");
    if (colon) {
        long port = strtol(colon + 1, NULL, 10);
        if (port <= 0 || port > 65535)
            return err_set(err, "the URL's port is no port number");
        snprintf(head->port, sizeof head->port, "%ld", port);
    }
    *path = slash ? slash : end;
    return 0;
}

static bool is_header(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    return len > n && line[n] == ':' && strncasecmp(line, name, n) == 0;
}

static void read_namespace(struct proxy_head *head, const char *line, size_t len)
{
    const char *text = memchr(line, ':', len) + 1, *end = line + len;
    while (text < end && *text == ' ')
        text++;
    if (end - text < 6 || strncasecmp(text, "Basic ", 6) != 0)
        return;
    text += 6;
    struct buf plain;
    buf_init(&plain, 512);
    if (digest_unbase64(&plain, text, (size_t)(end - text)) == 0)
        snprintf(head->ns, sizeof head->ns, "%.*s", (int)strcspn(plain.data, ":"), plain.data);
    buf_release(&plain);
}

int proxy_head_read(struct proxy_head *head, const char *bytes, size_t len, struct buf *out, struct err *err)
{
    const char *const dropped[] = {
        "Proxy-Authorization", "Proxy-Connection", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade"};
    *head = (struct proxy_head){{0}};
    const char *line_end = memchr(bytes, '\n', len);
    size_t first = line_end ? (size_t)(line_end - bytes) : len;
    if (first && bytes[first - 1] == '\r')
        first--;
    const char *url = memchr(bytes, ' ', first);
    const char *version = url ? memrchr(bytes, ' ', first) : NULL;
    if (!url || version == url || memchr(bytes, '\0', len))
        return err_set(err, "this is no HTTP request");
    const char *path = version;
    if (read_target(head, url + 1, (size_t)(version - url - 1), &path, err) < 0)
        return -1;
    buf_add(out, bytes, (size_t)(url - bytes) + 1);
    buf_addf(out, "%s%.*s HTTP/1.1\r\n", path < version ? "" : "/", (int)(version - path), path);
    const char *end = bytes + len;
    for (const char *line = line_end + 1; line < end;) {
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        size_t n = nl ? (size_t)(nl - line) : (size_t)(end - line);
        size_t text = n && line[n - 1] == '\r' ? n - 1 : n;
        bool drop = text == 0;
        for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
            drop |= is_header(line, text, dropped[i]);
        if (is_header(line, text, "Proxy-Authorization"))
            read_namespace(head, line, text);
        if (!drop) {
            buf_add(out, line, text);
            buf_adds(out, "\r\n");
        }
        line += n + 1;
    }
    buf_adds(out, "Connection: close\r\n\r\n");
    return out->over ? err_set(err, "the request's head is too long") : 0;
}
