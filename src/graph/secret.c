#include "graph/secret.h"

#include <ctype.h>

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

size_t secret_in_url(const char *text, size_t len)
{
    const char *end = text + len, *s = text;
    while (s < end && (s = memmem(s, (size_t)(end - s), "://", 3))) {
        const char *host = s + 3, *stop = host;
        while (stop < end && !memchr("/?# \t\r\n\"'<>", *stop, 12))
            stop++;
        const char *at = memrchr(host, '@', (size_t)(stop - host));
        const char *colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
        if (colon && colon + 1 < at && !is_reference(colon + 1, (size_t)(at - colon - 1))) {
            while (s > text && (isalnum((unsigned char)s[-1]) || s[-1] == '+'))
                s--;
            return (size_t)(s - text);
        }
        s = host;
    }
    return SIZE_MAX;
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
