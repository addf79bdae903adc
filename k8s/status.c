#include "k8s/client.h"

#include <ctype.h>
#include <strings.h>

#include "base/text.h"

#define SNIPPET 160

static const struct {
    int status;
    const char *words;
} meanings[] = {
    {400, "bad request"},       {401, "unauthorized: the credentials are not valid"},
    {403, "forbidden"},         {404, "not found"},
    {409, "conflict"},          {410, "gone"},
    {429, "too many requests"}, {500, "internal error"},
    {502, "bad gateway"},       {503, "service unavailable"},
    {504, "gateway time-out"},
};

static const char *http_words(int status)
{
    for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
        if (meanings[i].status == status)
            return meanings[i].words;
    return NULL;
}

/* Where the element that begins with "<script" or the like ends. */
static size_t element_end(const char *body, size_t len, size_t at, const char *name)
{
    size_t n = strlen(name);
    for (; at + n + 2 <= len; at++)
        if (body[at] == '<' && body[at + 1] == '/' && strncasecmp(body + at + 2, name, n) == 0)
            return at;
    return len;
}

/* The words of a page: without tags, scripts and styles, white space joined. */
static void snippet(struct buf *out, const char *body, size_t len)
{
    static const char *const silent[] = {"script", "style"};
    struct buf words;
    buf_init(&words, 4 * SNIPPET);
    bool space = false;
    for (size_t i = 0; i < len && words.len < SNIPPET; i++) {
        if (body[i] == '<') {
            for (size_t s = 0; s < ARRAY_SIZE(silent); s++)
                if (len - i > 8 && strncasecmp(body + i + 1, silent[s], strlen(silent[s])) == 0)
                    i = element_end(body, len, i, silent[s]);
            while (i < len && body[i] != '>')
                i++;
            space = true;
        } else if (isspace((unsigned char)body[i])) {
            space = true;
        } else {
            if (space && words.len)
                buf_addc(&words, ' ');
            space = false;
            buf_addc(&words, body[i]);
        }
    }
    text_sanitise(out, words.data, words.len);
    buf_release(&words);
}

static bool from_json(int http_status, const cJSON *json, struct err *out)
{
    const char *message = json_str(json, "message");
    const char *reason = json_str(json, "reason");
    if (!str_eq(json_str(json, "kind"), "Status") && !message)
        return false;
    if (http_status == 401 && str_eq(message, "Unauthorized"))
        message = http_words(401);
    if (!message || !*message)
        message = reason && *reason ? reason : http_words(http_status);
    struct buf text;
    buf_init(&text, sizeof out->text - 1);
    text_sanitise(&text, str_or_empty(message), strnlen(str_or_empty(message), 800));
    if (text.len)
        err_set(out, "%s", text.data);
    else
        err_set(out, "the server answered %d", http_status);
    buf_release(&text);
    return true;
}

void kube_status_text(int http_status, const char *body, size_t len, struct err *out)
{
    struct err ignored = ERR_INIT;
    err_clear(out);
    cJSON *json = len && memchr(body, '{', MIN(len, 16)) ? json_parse(body, len, &ignored) : NULL;
    bool told = json && from_json(http_status, json, out);
    cJSON_Delete(json);
    if (told)
        return;
    struct buf words;
    buf_init(&words, 4 * SNIPPET);
    snippet(&words, body, len);
    const char *meaning = http_words(http_status);
    if (http_status >= 200 && http_status < 300)
        err_set(out, "what answers is no Kubernetes API server (a proxy's page?): '%s'", words.data);
    else if (words.len)
        err_set(out, "the server answered %d%s%s: '%s'", http_status, meaning ? " " : "", str_or_empty(meaning),
                words.data);
    else
        err_set(out, "the server answered %d%s%s", http_status, meaning ? " " : "", str_or_empty(meaning));
    buf_release(&words);
}

int64_t kube_status_retry_after(const cJSON *status)
{
    int64_t seconds = json_int(status, "details.retryAfterSeconds", 0);
    return seconds <= 0 ? 0 : MIN(seconds, 3600) * NSEC_PER_SEC;
}
