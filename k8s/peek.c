#include "k8s/peek.h"

#include "k8s/skim.h"

static const char *past_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Behind the string that begins at its quote; NULL: it does not end. */
static const char *past_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at + 1;
    }
    return NULL;
}

static const char *past_value(const char *at, const char *end)
{
    if (at < end && *at == '"')
        return past_string(at, end);
    if (at < end && (*at == '{' || *at == '[')) {
        struct skim inside = {.depth = 1};
        const char *behind = skim(&inside, at + 1, end);
        return inside.depth ? NULL : behind;
    }
    while (at < end && *at != ',' && *at != '}')
        at++;
    return at;
}

struct span peek(struct span object, const char *key)
{
    static const struct span none = {0};
    size_t len = strlen(key);
    const char *at = object.at, *end = object.at ? object.at + object.len : NULL;
    if (!at || (at = past_space(at, end)) == end || *at != '{')
        return none;
    for (at = past_space(at + 1, end); at < end && *at == '"'; at = past_space(at, end)) {
        const char *name = at + 1;
        if (!(at = past_string(at, end)))
            return none;
        bool found = (size_t)(at - name) == len + 1 && memcmp(name, key, len) == 0;
        at = past_space(at, end);
        if (at == end || *at != ':')
            return none;
        const char *value = past_space(at + 1, end);
        if (!(at = past_value(value, end)))
            return none;
        if (found)
            return (struct span){value, (size_t)(at - value)};
        at = past_space(at, end);
        at += at < end && *at == ',';
    }
    return none;
}

struct span peek_string(struct span object, const char *key)
{
    struct span value = peek(object, key);
    if (!value.at || value.len < 2 || *value.at != '"' || memchr(value.at, '\\', value.len))
        return (struct span){0};
    return (struct span){value.at + 1, value.len - 2};
}

bool span_is(struct span span, const char *text)
{
    return span.at && strlen(text) == span.len && memcmp(span.at, text, span.len) == 0;
}
