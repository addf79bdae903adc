#include "base/secret.h"

#include <ctype.h>

#include "base/buf.h"

/* $(NAME), which the kubelet replaces. */
static bool is_reference(const char *s, size_t len)
{
    if (len < 4 || s[0] != '$' || s[1] != '(' || s[len - 1] != ')')
        return false;
    for (size_t i = 2; i < len - 1; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_')
            return false;
    return true;
}

/* The first of the characters, or the end. */
static const char *first_of(const char *s, const char *end, const char *chars)
{
    while (s < end && !strchr(chars, *s))
        s++;
    return s;
}

/* The "@" after user and password (RFC 3986, 3.2.1), or NULL; *password as well, where there is one. */
static const char *user_end(const char *host, const char *end, const char **password)
{
    const char *authority = first_of(host, end, "/?#'<>");
    const char *colon = memchr(host, ':', (size_t)(authority - host));
    const char *digits = colon ? colon + 1 : authority;
    *password = NULL;
    while (digits < authority && isdigit((unsigned char)*digits))
        digits++;
    if (host == end || *host == '[' || digits == authority) /* no colon, or that of a port: no password */
        return memrchr(host, '@', (size_t)(authority - host));
    const char *at = memrchr(host, '@', (size_t)(end - host));
    if (at > colon + 1)
        *password = colon + 1;
    return at;
}

/* The value of the first credential in the query; its end in *stop. NULL: there is none. */
static const char *in_query(const char *host, const char *end, const char **stop)
{
    for (const char *s = first_of(host, end, "?&;"); s < end; s = first_of(s, end, "?&;")) {
        const char *name = ++s, *eq = first_of(s, end, "=&;"), *last = first_of(eq, end, "&;#'<>");
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)MIN(eq - name, 63), name);
        if ((secret_name(key) || str_eq(key, "pwd") || str_eq(key, "pass")) && last > eq + 1 &&
            !is_reference(eq + 1, (size_t)(last - eq - 1))) {
            *stop = last;
            return eq + 1;
        }
    }
    return NULL;
}

/* The next "://": a slash is rarer than a colon. */
static const char *find_scheme(const char *from, const char *end)
{
    for (const char *s = from; s < end && (s = memchr(s, '/', (size_t)(end - s))); s++)
        if (s > from && s[-1] == ':' && s + 1 < end && s[1] == '/')
            return s - 1;
    return NULL;
}

size_t secret_in_url(const char *text, size_t len)
{
    const char *end = text + len, *s = text;
    while ((s = find_scheme(s, end))) {
        const char *host = s + 3, *word = first_of(host, end, " \t\r\n\""), *password, *stop;
        const char *at = user_end(host, word, &password);
        if ((password && !is_reference(password, (size_t)(at - password))) || in_query(host, word, &stop)) {
            while (s > text && (isalnum((unsigned char)s[-1]) || s[-1] == '+'))
                s--;
            return (size_t)(s - text);
        }
        s = host;
    }
    return SIZE_MAX;
}

void secret_mask(struct buf *out, const char *s)
{
    const char *scheme;
    while ((scheme = strstr(s, "://"))) {
        const char *host = scheme + 3, *word = host + strcspn(host, " \t\r\n\""), *password, *stop;
        const char *at = user_end(host, word, &password), *value;
        buf_add(out, s, (size_t)(host - s));
        if (at)
            buf_adds(out, "***");
        s = at ? at : host;
        while ((value = in_query(s, word, &stop))) {
            buf_add(out, s, (size_t)(value - s));
            buf_adds(out, "***");
            s = stop;
        }
    }
    buf_adds(out, s);
}

bool secret_name(const char *name)
{
    static const char *const ends[] = {"password", "passwd",     "passphrase", "secret",     "token",
                                       "apikey",   "privatekey", "accesskey",  "credential", "credentials"};
    char flat[64];
    size_t n = 0, len = strlen(name);
    /* The end of the name decides, without regard to case and word separators. */
    for (size_t i = len > sizeof flat - 1 ? len - (sizeof flat - 1) : 0; i < len; i++)
        if (isalnum((unsigned char)name[i]))
            flat[n++] = (char)tolower((unsigned char)name[i]);
    flat[n] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (str_ends(flat, ends[i]))
            return true;
    return false;
}

bool secret_value(const char *name, const char *value)
{
    if (!*value || !secret_name(name))
        return false;
    while ((value = strstr(value, "$("))) {
        const char *close = strchr(value, ')');
        if (close && is_reference(value, (size_t)(close + 1 - value)))
            return false;
        value += 2;
    }
    return true;
}
