#include "graph/lines.h"

bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

size_t line_start(const char *text, size_t at)
{
    while (at > 0 && !is_break(text[at - 1]))
        at--;
    return at;
}

size_t line_end(const char *text, size_t len, size_t at)
{
    while (at < len && !is_break(text[at]))
        at++;
    return at;
}

size_t after_break(const char *text, size_t len, size_t at)
{
    if (at < len && text[at] == '\r')
        at++;
    return at < len && text[at] == '\n' ? at + 1 : at;
}

int count_breaks(const char *text, size_t len)
{
    int count = 0;
    for (size_t at = 0; (at = line_end(text, len, at)) < len; at = after_break(text, len, at))
        count++;
    return count;
}
