#include "ops/loglevel.h"

#include <ctype.h>
#include <strings.h>

#define LOOK 256

static const struct {
    const char *word;
    enum log_level level;
} words[] = {
    {"fatal", LOG_LEVEL_FATAL},     {"panic", LOG_LEVEL_FATAL},     {"critical", LOG_LEVEL_FATAL}, {"crit", LOG_LEVEL_FATAL},
    {"emerg", LOG_LEVEL_FATAL},     {"alert", LOG_LEVEL_FATAL},     {"error", LOG_LEVEL_ERROR},    {"err", LOG_LEVEL_ERROR},
    {"exception", LOG_LEVEL_ERROR}, {"traceback", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING}, {"warn", LOG_LEVEL_WARNING},
    {"info", LOG_LEVEL_INFO},       {"notice", LOG_LEVEL_INFO},     {"debug", LOG_LEVEL_DEBUG},    {"trace", LOG_LEVEL_DEBUG},
};

static char lower(char c)
{
    return (char)(c | 0x20);
}

static bool is_letter(char c)
{
    return (unsigned char)(lower(c) - 'a') < 26;
}

enum log_level log_level_word(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].word[0] == lower(*word) && strlen(words[i].word) == len && strncasecmp(words[i].word, word, len) == 0)
            return words[i].level;
    return LOG_LEVEL_NONE;
}

/* E0301 12:00:00.123456 … */
static enum log_level klog(const char *line, size_t len)
{
    static const char letters[] = "DIWEF";
    if (len < 6 || line[5] != ' ')
        return LOG_LEVEL_NONE;
    for (int i = 1; i < 5; i++)
        if (!isdigit((unsigned char)line[i]))
            return LOG_LEVEL_NONE;
    const char *at = memchr(letters, line[0], sizeof letters - 1);
    return at ? (enum log_level)(LOG_LEVEL_DEBUG + (at - letters)) : LOG_LEVEL_NONE;
}

static size_t word_at(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && is_letter(*at))
        at++;
    return (size_t)(at - from);
}

static const char first_letters[] = "fpceatwindls"; /* of all words and keys */

/* level=error, "severity": "ERROR": what stands behind a key that says so. */
static enum log_level field(const char *key, size_t key_len, const char *at, const char *end)
{
    static const char *const keys[] = {"level", "lvl", "severity", "loglevel", "levelname"};
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(keys) && !known; i++)
        known = keys[i][0] == lower(*key) && strlen(keys[i]) == key_len && strncasecmp(keys[i], key, key_len) == 0;
    if (!known || at == end || !strchr("=\":", *at))
        return LOG_LEVEL_NONE;
    while (at < end && strchr("=\": ", *at) && *at)
        at++;
    return log_level_word(at, word_at(at, end));
}

/* "ERROR", "[error]", "error:" and "Traceback (most recent"; "no error" and "error_count" are none. */
static enum log_level bare(const char *line, const char *word, size_t len, const char *end)
{
    enum log_level level = log_level_word(word, len);
    if (!level)
        return level;
    char before = word > line ? word[-1] : ' ', after = word + len < end ? word[len] : ' ';
    bool whole = !strchr("_-.=/", before) && !strchr("_-=/", after) && !isdigit((unsigned char)after);
    bool capitals = true;
    for (size_t i = 0; i < len; i++)
        capitals &= isupper((unsigned char)word[i]) != 0;
    bool said = capitals || after == ':' || (before == '[' && after == ']') || (before == '<' && after == '>') || word == line;
    return whole && said ? level : LOG_LEVEL_NONE;
}

enum log_level log_level_of(const char *line, size_t len)
{
    const char *end = line + MIN(len, LOOK);
    enum log_level best = klog(line, len);
    for (const char *at = line; at < end && !best;) {
        size_t n = word_at(at, end);
        /* Each line of every log goes through here: most words are passed over by their first letter. */
        if (n >= 3 && n <= 9 && memchr(first_letters, lower(*at), sizeof first_letters - 1)) {
            best = field(at, n, at + n, end);
            best = best ? best : bare(line, at, n, end);
        }
        at += n ? n : 1;
    }
    return best;
}
