#include "k8s/tape.h"

#include "net/url.h"

/* Where in a list or a watch to go on from, how much at once, in what form: the same things are asked for all the same. */
static const char *const varying[] = {
    "resourceVersion", "resourceVersionMatch", "continue", "limit", "watch", "allowWatchBookmarks", "sendInitialEvents",
    "timeoutSeconds", "timeout", "sinceTime", "sinceSeconds", "tailLines", "limitBytes", "timestamps", "follow"};

static bool varies(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(varying); i++)
        if (strlen(varying[i]) == len && memcmp(varying[i], name, len) == 0)
            return true;
    return false;
}

static char *make_key(const char *path)
{
    struct buf key;
    buf_init(&key, 64 << 10);
    size_t len = strcspn(path, "?");
    buf_add(&key, path, len);
    char mark = '?';
    for (const char *at = path + len; *at; at += len) {
        at++;
        len = strcspn(at, "&");
        if (varies(at, strcspn(at, "=&")) || (len == strlen("previous=false") && str_starts(at, "previous=false")))
            continue;
        buf_addc(&key, mark);
        buf_add(&key, at, len);
        mark = '&';
    }
    return buf_take(&key);
}

/* The next segment, or NULL at the end. */
static char *segment(const char **at)
{
    if (**at != '/')
        return NULL;
    size_t len = strcspn(++*at, "/?");
    struct buf text;
    buf_init(&text, 4096);
    url_unescape(&text, *at, len, false);
    *at += len;
    return buf_take(&text);
}

/* "/api/v1/namespaces/media/pods/camera/log" → "/api/v1/pods", "media", "camera", "log". */
static void take_apart(struct tape_question *q, const char *path)
{
    const char *at = path;
    size_t root = str_starts(path, "/apis/") ? 3 : str_starts(path, "/api/") ? 2 : 0;
    for (size_t i = 0; i < root; i++) {
        if (*at != '/')
            return;
        at += 1 + strcspn(at + 1, "/?");
    }
    size_t head = (size_t)(at - path);
    char *plural = root ? segment(&at) : NULL;
    if (str_eq(plural, "namespaces")) {
        const char *behind = at;
        char *ns = segment(&behind), *inner = ns ? segment(&behind) : NULL;
        if (inner) {
            free(plural);
            q->ns = ns;
            plural = inner;
            at = behind;
        } else {
            free(ns);
        }
    }
    if (plural && *plural)
        q->resource = xasprintf("%.*s/%s", (int)head, path, plural);
    free(plural);
    q->name = segment(&at);
    if (*at == '/')
        q->rest = xstrndup(at + 1, strcspn(at + 1, "?"));
}

void tape_question_init(struct tape_question *q, const char *path)
{
    *q = (struct tape_question){.key = make_key(path)};
    const char *query = strchr(path, '?');
    url_query(&q->query, query ? query + 1 : "");
    take_apart(q, path);
}

void tape_question_release(struct tape_question *q)
{
    free(q->key);
    free(q->resource);
    free(q->ns);
    free(q->name);
    free(q->rest);
    map_release(&q->query, free);
    *q = (struct tape_question){0};
}
