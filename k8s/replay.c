#include "k8s/replay.h"

#include <math.h>

#include "base/json.h"
#include "net/url.h"

#define MAX_LINE (34u << 20) /* of the file: what a recorder may write */
#define TURN 64              /* lines told in one turn of the loop */

/* What a line of the file says, by its third key. */
enum line_type { LINE_STATUS, LINE_LIST, LINE_ITEM, LINE_EVENT, LINE_LINE, LINE_BODY, LINE_END, LINE_TYPES };
static const char *const line_keys[LINE_TYPES] = {"status", "list", "item", "event", "line", "body", "end"};

struct line {
    int64_t t;
    long offset;
    size_t len;
    enum line_type type;
};

struct recorded_call {
    char *key;
    struct line *lines;
    size_t count, cap;
    bool used;
};

struct replay {
    struct http_transport self; /* first */
    struct loop *loop;
    int64_t begun, wall, length;
    FILE *file;
    struct recorded_call *calls; /* by number - 1 */
    size_t count;
    struct loop_timer timer;
    struct player *players;
    struct player *telling; /* whose callback runs; NULL once it is cancelled */
};

/* One request of the program. */
struct player {
    struct http_call call; /* first */
    struct replay *replay;
    struct recorded_call *recorded; /* NULL: there is none */
    char *path;
    size_t next;           /* of its recorded lines */
    bool paused, over;
    bool opened, closed;   /* a list: its array of items */
    size_t items;
    int status;
    struct http_events events;
    void *data;
    struct player *later, **prev;
};

/* Reading the file. */

/* The path without what differs from one time to the next. */
static char *call_key(const char *path)
{
    static const char *const varying[] = {"resourceVersion", "resourceVersionMatch", "continue", "timeoutSeconds",
                                          "sinceTime"};
    struct buf key;
    buf_init(&key, 64 << 10);
    size_t len = strcspn(path, "?");
    buf_add(&key, path, len);
    char mark = '?';
    for (const char *at = path + len; *at; at += len) {
        at++;
        len = strcspn(at, "&");
        size_t name = strcspn(at, "=&");
        bool drop = false;
        for (size_t i = 0; i < ARRAY_SIZE(varying); i++)
            drop |= strlen(varying[i]) == name && memcmp(varying[i], at, name) == 0;
        if (drop)
            continue;
        buf_addc(&key, mark);
        buf_add(&key, at, len);
        mark = '&';
    }
    return buf_take(&key);
}

/* {"t":SECONDS,"call":N,"KEY":VALUE}: returns VALUE (up to the closing brace of the line), NULL when it is none. */
static char *line_value(char *text, size_t len, double *t, unsigned long *call, char key[16])
{
    int at = 0;
    if (len < 2 || text[len - 1] != '}' || sscanf(text, "{\"t\":%lf,\"call\":%lu,\"%15[a-z]\":%n", t, call, key, &at) != 3 || !at)
        return NULL;
    return isfinite(*t) && *t >= 0 && *t < 1e8 ? text + at : NULL;
}

static int add_call(struct replay *r, unsigned long number, const char *value)
{
    struct err ignored = ERR_INIT;
    cJSON *path = json_parse(value, strlen(value) - 1, &ignored);
    bool good = number == r->count + 1 && cJSON_IsString(path);
    if (good) {
        r->calls = xreallocarray(r->calls, r->count + 1, sizeof *r->calls);
        r->calls[r->count++] = (struct recorded_call){.key = call_key(path->valuestring)};
    }
    cJSON_Delete(path);
    return good ? 0 : -1;
}

static int add_line(struct replay *r, char *text, size_t len, long offset)
{
    double t;
    unsigned long number;
    char key[16];
    char *value = line_value(text, len, &t, &number, key);
    if (!value)
        return -1;
    if (strcmp(key, "get") == 0)
        return add_call(r, number, value);
    if (number < 1 || number > r->count)
        return -1;
    struct recorded_call *call = &r->calls[number - 1];
    for (int type = 0; type < LINE_TYPES; type++) {
        if (strcmp(key, line_keys[type]) != 0)
            continue;
        if (call->count == call->cap) {
            call->cap = call->cap ? call->cap * 2 : 8;
            call->lines = xreallocarray(call->lines, call->cap, sizeof *call->lines);
        }
        int64_t at = (int64_t)(t * NSEC_PER_SEC);
        call->lines[call->count++] = (struct line){at, offset, len, (enum line_type)type};
        r->length = MAX(r->length, at);
        if (type == LINE_END && call->count == 1 && str_starts(value, "\"left\""))
            call->used = true; /* nobody waited for its answer */
    }
    return 0; /* a key of a later version is passed over */
}

/* One line with its end, or what there is of it at the file's end; false: nothing more, or longer than any may be. */
static bool read_line(FILE *file, struct buf *line)
{
    char piece[64 << 10];
    buf_reset(line);
    while (fgets(piece, sizeof piece, file)) {
        size_t len = strlen(piece); /* a NUL in a line cuts it: then it is damaged */
        if (buf_add(line, piece, len) < 0)
            return false;
        if (len && piece[len - 1] == '\n')
            break;
    }
    return line->len > 0;
}

static int read_file(struct replay *r, const char *path, struct err *err)
{
    struct buf line;
    long offset = 0, number = 0;
    int rc = 0;
    buf_init(&line, MAX_LINE);
    while (rc == 0 && read_line(r->file, &line)) {
        long at = offset;
        char *text = line.data;
        size_t len = line.len;
        offset = ftell(r->file);
        number++;
        if (text[len - 1] != '\n')
            break; /* cut off by a kill or a full disk: what is whole counts */
        text[len - 1] = '\0';
        if (number == 1) {
            struct err ignored = ERR_INIT;
            cJSON *head = json_parse(text, len - 1, &ignored);
            int64_t version = json_int(head, "recording", 0);
            r->wall = json_time(head, "started");
            if (version != 1)
                rc = err_set(err, version ? "the recording '%s' is of a later version of patchbay"
                                          : "'%s' is no recording; 'patchbay record FILE' makes one", path);
            cJSON_Delete(head);
        } else if (add_line(r, text, len - 1, at) < 0) {
            rc = err_set(err, "the recording '%s' is damaged: line %ld says nothing that can be understood", path, number);
        }
    }
    if (rc == 0 && line.over)
        rc = err_set(err, "the recording '%s' is damaged: line %ld is longer than any may be", path, number + 1);
    buf_release(&line);
    if (rc == 0 && ferror(r->file))
        rc = err_set_errno(err, "cannot read '%s'", path);
    else if (rc == 0 && number == 0)
        rc = err_set(err, "'%s' is empty", path);
    return rc;
}

/* The line's value as it stands in the file; the caller frees. NULL: it cannot be read any more. */
static char *load(struct replay *r, const struct line *line, char **value)
{
    double t;
    unsigned long number;
    char key[16], *text = xcalloc(1, line->len + 1);
    if (fseek(r->file, line->offset, SEEK_SET) == 0 && fread(text, 1, line->len, r->file) == line->len &&
        (*value = line_value(text, line->len, &t, &number, key)))
        return text;
    free(text);
    return NULL;
}

/* Telling. Each returns whether the call is still there: a callback may cancel it. */

static bool tell_bytes(struct player *p, const char *bytes, size_t len)
{
    struct replay *r = p->replay;
    if (len && p->events.body)
        p->events.body(p->data, &p->call, bytes, len);
    return r->telling == p;
}

static bool tell_text(struct player *p, const char *text)
{
    return tell_bytes(p, text, strlen(text));
}

static bool tell_head(struct player *p, int status, const char *type)
{
    struct replay *r = p->replay;
    struct http_head head = {.status = status, .content_type = type};
    p->status = status;
    if (p->events.head)
        p->events.head(p->data, &p->call, &head);
    return r->telling == p;
}

static void player_unlink(struct player *p)
{
    *p->prev = p->later;
    if (p->later)
        p->later->prev = p->prev;
}

static void player_free(struct player *p)
{
    free(p->path);
    free(p);
}

static void tell_done(struct player *p, enum http_outcome outcome, const char *why)
{
    struct http_result result = {.outcome = outcome, .status = p->status};
    if (outcome != HTTP_DONE)
        err_set(&result.err, "%s", *why ? why : "the connection broke in the recording");
    player_unlink(p);
    p->replay->telling = NULL;
    p->over = true;
    p->events.done(p->data, &p->call, &result);
    player_free(p);
}

/* What names the list, before its items or behind them. */
static bool tell_list(struct player *p, const cJSON *list)
{
    struct buf text;
    buf_init(&text, 256 << 10);
    buf_adds(&text, p->opened ? "],\"kind\":" : "{\"kind\":");
    json_quote(&text, json_str_or(list, "kind", ""));
    buf_adds(&text, ",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":");
    json_quote(&text, json_str_or(list, "rv", ""));
    buf_adds(&text, ",\"continue\":");
    json_quote(&text, json_str_or(list, "continue", ""));
    buf_adds(&text, p->opened ? "}}" : "},\"items\":[");
    p->closed = p->opened;
    p->opened = true;
    bool there = tell_bytes(p, text.data, text.len);
    buf_release(&text);
    return there;
}

static void tell_item(struct player *p, const char *json, size_t len)
{
    const char *before = !p->opened ? "{\"items\":[" : p->items ? "," : "";
    p->opened = true;
    p->items++;
    if (tell_text(p, before))
        tell_bytes(p, json, len);
}

static void tell_line(struct player *p, const char *json, size_t len)
{
    struct err ignored = ERR_INIT;
    cJSON *text = json_parse(json, len, &ignored);
    if (cJSON_IsString(text) && tell_text(p, text->valuestring))
        tell_text(p, "\n");
    cJSON_Delete(text);
}

/* end: the whole line. */
static void tell_end(struct player *p, const cJSON *end)
{
    static const char *const outcomes[] = {
        [HTTP_DONE] = "done", [HTTP_REFUSED] = "refused", [HTTP_BROKEN] = "broken", [HTTP_UNTRUSTED] = "untrusted"};
    const char *how = json_str_or(end, "end", "");
    for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
        if (strcmp(how, outcomes[i]) != 0)
            continue;
        if (i == HTTP_DONE && p->opened && !p->closed && !tell_text(p, "]}"))
            return;
        tell_done(p, (enum http_outcome)i, json_str_or(end, "why", ""));
        return;
    }
}

static void tell(struct player *p, const struct line *line)
{
    char *value, *text = load(p->replay, line, &value);
    if (!text) {
        tell_done(p, HTTP_BROKEN, "the recording cannot be read any more");
        return;
    }
    struct err ignored = ERR_INIT;
    size_t len = strlen(value) - 1; /* without the line's closing brace */
    bool small = line->type == LINE_STATUS || line->type == LINE_END;
    cJSON *json = small ? json_parse(text, line->len, &ignored)
                        : line->type == LINE_LIST ? json_parse(value, len, &ignored) : NULL;
    switch (line->type) {
    case LINE_STATUS:
        tell_head(p, (int)json_int(json, "status", 0), json_str_or(json, "type", ""));
        break;
    case LINE_LIST:
        tell_list(p, json);
        break;
    case LINE_ITEM:
        tell_item(p, value, len);
        break;
    case LINE_EVENT:
    case LINE_BODY:
        tell_bytes(p, value, len);
        break;
    case LINE_LINE:
        tell_line(p, value, len);
        break;
    case LINE_END:
        tell_end(p, json);
        break;
    case LINE_TYPES:
        break;
    }
    cJSON_Delete(json);
    free(text);
}

static void tell_nothing(struct player *p)
{
    struct buf body;
    buf_init(&body, 256 << 10);
    buf_adds(&body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404,"
                    "\"message\":");
    char *message = xasprintf("the recording holds nothing (more) of %s", p->path);
    json_quote(&body, message);
    buf_addc(&body, '}');
    if (tell_head(p, 404, "application/json") && tell_bytes(p, body.data, body.len))
        tell_done(p, HTTP_DONE, "");
    free(message);
    buf_release(&body);
}

/* Whether something is still to come for a call. */
static bool waits(const struct player *p)
{
    return !p->paused && (p->recorded ? p->next < p->recorded->count : !p->status);
}

/* Where in the file a call goes on; what has no recording comes first of all. */
static const struct line *next_line(const struct player *p)
{
    static const struct line nothing = {.offset = -1};
    return p->recorded ? &p->recorded->lines[p->next] : &nothing;
}

static struct player *earliest(const struct replay *r)
{
    struct player *first = NULL;
    for (struct player *p = r->players; p; p = p->later)
        if (waits(p) && (!first || next_line(p)->offset < next_line(first)->offset))
            first = p;
    return first;
}

static void on_timer(void *data)
{
    struct replay *r = data;
    struct player *p;
    for (int i = 0; (p = earliest(r)); i++) {
        int64_t left = next_line(p)->t - (loop_now(r->loop) - r->begun);
        if (left > 0 || i == TURN) {
            loop_timer_start(&r->timer, MAX(left, 0));
            return;
        }
        r->telling = p;
        if (p->recorded)
            tell(p, &p->recorded->lines[p->next++]);
        else
            tell_nothing(p);
        r->telling = NULL;
    }
}

/* The transport. */

static struct http_call *replay_start(struct http_transport *t, const struct http_request *request,
                                      const struct http_events *events, void *data)
{
    struct replay *r = CONTAINER_OF(t, struct replay, self);
    struct player *p = xcalloc(1, sizeof *p);
    struct url url;
    struct err ignored = ERR_INIT;
    p->call.transport = t;
    p->replay = r;
    p->events = *events;
    p->data = data;
    bool read = !request->method || strcmp(request->method, "GET") == 0;
    if (url_parse(&url, request->url, &ignored) == 0) {
        p->path = xstrdup(url.path);
        url_release(&url);
    } else {
        p->path = xstrdup(request->url);
    }
    char *key = call_key(p->path);
    for (size_t i = 0; read && !p->recorded && i < r->count; i++)
        if (!r->calls[i].used && strcmp(r->calls[i].key, key) == 0)
            p->recorded = &r->calls[i];
    if (p->recorded)
        p->recorded->used = true;
    free(key);
    p->later = r->players;
    p->prev = &r->players;
    if (p->later)
        p->later->prev = &p->later;
    r->players = p;
    loop_timer_start(&r->timer, 0);
    return &p->call;
}

static void replay_cancel(struct http_transport *t, struct http_call *call)
{
    (void)t;
    struct player *p = CONTAINER_OF(call, struct player, call);
    if (p->over)
        return; /* from inside its own done */
    if (p->replay->telling == p)
        p->replay->telling = NULL;
    player_unlink(p);
    player_free(p);
}

static void replay_pause(struct http_transport *t, struct http_call *call, bool paused)
{
    CONTAINER_OF(call, struct player, call)->paused = paused;
    loop_timer_start(&CONTAINER_OF(t, struct replay, self)->timer, 0);
}

static void replay_free(struct http_transport *t)
{
    struct replay *r = CONTAINER_OF(t, struct replay, self);
    loop_timer_stop(&r->timer);
    while (r->players)
        replay_cancel(t, &r->players->call);
    for (size_t i = 0; i < r->count; i++) {
        free(r->calls[i].key);
        free(r->calls[i].lines);
    }
    free(r->calls);
    fclose(r->file);
    free(r);
}

struct http_transport *replay_new(struct loop *loop, const char *path, struct err *err)
{
    static const struct http_transport_ops ops = {
        .start = replay_start, .cancel = replay_cancel, .pause = replay_pause, .free = replay_free};
    FILE *file = fopen(path, "re");
    if (!file) {
        err_set_errno(err, "cannot read '%s'", path);
        return NULL;
    }
    struct replay *r = xcalloc(1, sizeof *r);
    r->self.ops = &ops;
    r->loop = loop;
    r->file = file;
    r->begun = loop_now(loop);
    loop_timer_init(&r->timer, loop, on_timer, r);
    if (read_file(r, path, err) < 0) {
        replay_free(&r->self);
        return NULL;
    }
    return &r->self;
}

int64_t replay_wall(const struct http_transport *replay)
{
    return CONTAINER_OF(replay, struct replay, self)->wall;
}

int64_t replay_length(const struct http_transport *replay)
{
    return CONTAINER_OF(replay, struct replay, self)->length;
}
