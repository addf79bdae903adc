/* JSON as YAML: written by hand, because libyaml's emitter folds, reorders styles and cannot be told kubectl's layout. */
#include "base/text.h"
#include "base/yaml.h"

/* Whether some reader, YAML 1.1's included, would take the plain word for something other than a string. */
static bool looks_typed(const char *s)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "<<", "=",
                                        NULL};
    char lower[8];
    size_t len = strlen(s);
    if (len < sizeof lower) {
        for (size_t i = 0; i <= len; i++)
            lower[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
        for (size_t i = 0; words[i]; i++)
            if (strcmp(lower, words[i]) == 0)
                return true;
    }
    if (strchr("+-.0123456789", s[0])) {
        /* numbers, times, dates, infinities: anything made of their letters only */
        if (s[strspn(s, "+-.0123456789_:eExXabcdefABCDEFoTZ ")] == '\0' || strcmp(s + (s[0] != '.'), ".inf") == 0 ||
            strcmp(s, ".nan") == 0)
            return true;
    }
    return false;
}

static bool plain_is_safe(const char *s)
{
    size_t len = strlen(s);
    if (!len || looks_typed(s) || strchr("!&*|>'\"%@`#{}[], \t", s[0]) || s[len - 1] == ' ' || s[len - 1] == ':')
        return false;
    if (strchr("-?:", s[0]) && (s[1] == '\0' || s[1] == ' '))
        return false;
    if (str_starts(s, "---") || str_starts(s, "..."))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c == 0x7f || (c == ':' && s[i + 1] == ' ') || (c == ' ' && s[i + 1] == '#'))
            return false;
    }
    return utf8_valid(s, len);
}

static bool printable(const char *s)
{
    size_t len = strlen(s);
    while (len) {
        uint32_t cp;
        size_t n = utf8_decode(s, len, &cp);
        if (text_harmful(cp) || cp == 0xfffd)
            return false;
        s += n;
        len -= n;
    }
    return true;
}

void yaml_emit_scalar(struct buf *out, const char *s)
{
    if (plain_is_safe(s) && printable(s)) {
        buf_adds(out, s);
    } else if (printable(s) && !strchr(s, '\'')) {
        buf_addf(out, "'%s'", s);
    } else {
        json_quote(out, s); /* a JSON string is a YAML double-quoted one */
    }
}

/* A text of several lines reads best as a literal block; false where the block could not say it exactly. */
static bool emit_block(struct buf *out, const char *s, int indent)
{
    const char *first = strchr(s, '\n');
    if (!first || s[0] == ' ' || s[0] == '\n' || s[0] == '\t')
        return false;
    for (const char *line = s; line;) {
        const char *end = strchr(line, '\n');
        size_t len = end ? (size_t)(end - line) : strlen(line);
        if (len && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
            return false;
        char *copy = xstrndup(line, len);
        for (char *p = copy; *p; p++)
            *p = *p == '\t' ? ' ' : *p;
        bool fine = printable(copy);
        free(copy);
        if (!fine)
            return false;
        line = end ? end + 1 : NULL;
    }
    size_t len = strlen(s), breaks = 0;
    while (breaks < len && s[len - 1 - breaks] == '\n')
        breaks++;
    buf_adds(out, breaks == 0 ? "|-\n" : breaks == 1 ? "|\n" : "|+\n");
    for (const char *line = s; *line;) {
        const char *end = strchr(line, '\n');
        size_t n = end ? (size_t)(end - line) : strlen(line);
        if (n) {
            buf_pad(out, ' ', (size_t)indent);
            buf_add(out, line, n);
        }
        buf_addc(out, '\n');
        line += n + (end != NULL);
    }
    return true;
}

/* The value after its key's ":" or its item's "-". `at_item`: the first key goes on the same line. */
static void emit(struct buf *out, const cJSON *v, int indent, bool at_item)
{
    if (cJSON_IsObject(v) && v->child) {
        if (!at_item)
            buf_addc(out, '\n');
        for (const cJSON *c = v->child; c; c = c->next) {
            if (c != v->child || !at_item)
                buf_pad(out, ' ', (size_t)indent);
            yaml_emit_scalar(out, str_or_empty(c->string));
            buf_addc(out, ':');
            bool nested = (cJSON_IsObject(c) || cJSON_IsArray(c)) && c->child;
            if (!nested)
                buf_addc(out, ' ');
            /* kubectl's layout: a sequence stands under its key, not to the right of it */
            emit(out, c, cJSON_IsArray(c) ? indent : indent + 2, false);
        }
    } else if (cJSON_IsArray(v) && v->child) {
        if (!at_item)
            buf_addc(out, '\n');
        for (const cJSON *c = v->child; c; c = c->next) {
            if (c != v->child || !at_item)
                buf_pad(out, ' ', (size_t)indent);
            buf_adds(out, "- ");
            emit(out, c, indent + 2, true);
        }
    } else {
        if (cJSON_IsObject(v))
            buf_adds(out, "{}");
        else if (cJSON_IsArray(v))
            buf_adds(out, "[]");
        else if (cJSON_IsString(v)) {
            if (emit_block(out, v->valuestring, MAX(indent, 2)))
                return;
            yaml_emit_scalar(out, v->valuestring);
        } else {
            json_print(out, v);
        }
        buf_addc(out, '\n');
    }
}

void yaml_emit(struct buf *out, const cJSON *value)
{
    emit(out, value, 0, true);
}
