#include "k8s/replay_private.h"

#include "base/json.h"
#include "base/time.h"

#define LEAD_IN (15 * NSEC_PER_SEC)       /* rates and ages are right after that, … */
#define LEAD_LINES 300                    /* … as many detections have come as are kept … */
#define LEAD_MOST (5 * 60 * NSEC_PER_SEC) /* … unless that were more than this, … */
#define LEAD_GAP (60 * 60 * NSEC_PER_SEC) /* … or a gap began before */

static struct tape_call *call_of(struct player *p)
{
    return &p->replay->tape->calls[p->recorded->calls[p->nth]];
}

/* A line or a text, with its end. */
static bool tell_text(struct player *p, uint32_t line, const char *end)
{
    struct err ignored = ERR_INIT;
    size_t len;
    char *value = tape_load(p->replay->tape, line, &len);
    cJSON *text = value ? json_parse(value, len, &ignored) : NULL;
    bool there = true;
    if (cJSON_IsString(text))
        there = player_bytes(p, text->valuestring, strlen(text->valuestring)) && player_bytes(p, end, strlen(end));
    cJSON_Delete(text);
    free(value);
    return there;
}

static void tell_end(struct player *p, uint32_t line)
{
    static const char *const outcomes[] = {
        [HTTP_DONE] = "done", [HTTP_REFUSED] = "refused", [HTTP_BROKEN] = "broken", [HTTP_UNTRUSTED] = "untrusted"};
    struct err ignored = ERR_INIT;
    size_t len;
    char *value = tape_load(p->replay->tape, line, &len), *text = xasprintf("{\"end\":%s}", value ? value : "\"broken\"");
    cJSON *end = json_parse(text, strlen(text), &ignored);
    const char *how = json_str_or(end, "end", "");
    for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
        if (strcmp(how, outcomes[i]) == 0) {
            player_done(p, (enum http_outcome)i, json_str_or(end, "why", ""));
            break;
        }
    cJSON_Delete(end);
    free(text);
    free(value);
}

/* What was asked of a pod: as the next answer came that had not come yet. */

static bool tell_line(struct player *p, const struct tape_call *call, uint32_t line)
{
    struct tape *tape = p->replay->tape;
    size_t len;
    switch (tape->lines[line].type) {
    case TAPE_STATUS: {
        struct err ignored = ERR_INIT;
        char *value = tape_load(tape, line, &len), *text = xasprintf("{\"status\":%s}", str_or_empty(value));
        cJSON *head = json_parse(text, strlen(text), &ignored);
        bool there = player_head(p, (int)json_int(head, "status", 0), json_str_or(head, "type", ""));
        cJSON_Delete(head);
        free(text);
        free(value);
        return there;
    }
    case TAPE_LINE: /* of a stream only those that come from now on */
        return (call->stream && line < p->at) || tell_text(p, line, "\n");
    case TAPE_TEXT:
        return tell_text(p, line, "");
    case TAPE_BODY: {
        char *value = tape_load(tape, line, &len);
        bool there = !value || player_bytes(p, value, len);
        free(value);
        return there;
    }
    default:
        return true;
    }
}

static void serve_call(struct player *p)
{
    const struct tape_call *call = call_of(p);
    for (size_t n = 0; p->next < call->count && call->lines[p->next] < p->replay->moment; n++) {
        uint32_t line = call->lines[p->next];
        if (n == REPLAY_TURN) {
            player_again(p);
            return;
        }
        p->next++;
        if (line != call->end) {
            if (!tell_line(p, call, line))
                return;
        } else if (!call->left) {
            tell_end(p, line);
            return;
        } else if (p->nth + 1 < p->recorded->count) { /* it was asked for anew */
            player_done(p, HTTP_BROKEN, "it was left in the recording");
            return;
        }
    }
}

/* Where in the call's lines a stream goes on that began earlier: its head is always told. */
static void skip_old(struct player *p)
{
    const struct tape_call *call = call_of(p);
    while (call->stream && p->next + 1 < call->count && p->next > 0 && call->lines[p->next] < p->at)
        p->next++;
}

/* The first of the path's calls that was not over by now. */
static bool choose_call(struct player *p)
{
    const struct tape *tape = p->replay->tape;
    size_t low = 0, high = p->recorded->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tape->calls[p->recorded->calls[middle]].end < p->at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < p->recorded->count; low++) {
        p->nth = (uint32_t)low;
        if (!call_of(p)->left || call_of(p)->stream || call_of(p)->count > 1)
            return true;
    }
    return false;
}

static void serve_first(struct player *p)
{
    const struct tape_call *call = call_of(p);
    if (!call->count || call->lines[0] >= p->replay->moment)
        return; /* it is not answered yet */
    p->next = 1;
    p->serve = serve_call;
    if (call->lines[0] == call->end) { /* it never was */
        p->next = 0;
        serve_call(p);
    } else if (tell_line(p, call, call->lines[0])) {
        skip_old(p);
        serve_call(p);
    }
}

/* Logs: all that was written until now, over all the times that it was asked for. */

/* The line's own time; *text: behind it. */
static int64_t line_time(const char *line, const char **text)
{
    size_t len = strcspn(line, " ");
    char stamp[TIME_TEXT];
    *text = line;
    if (len >= sizeof stamp)
        return 0;
    snprintf(stamp, sizeof stamp, "%.*s", (int)len, line);
    int64_t time = time_parse(stamp);
    if (time)
        *text = line + len + (line[len] == ' ');
    return time;
}

static bool tell_log_line(struct player *p, uint32_t line)
{
    struct err ignored = ERR_INIT;
    size_t len;
    char *value = tape_load(p->replay->tape, line, &len);
    cJSON *json = value ? json_parse(value, len, &ignored) : NULL;
    bool there = true;
    if (cJSON_IsString(json)) {
        const char *plain, *since = map_get(&p->question.query, "sinceTime");
        int64_t time = line_time(json->valuestring, &plain), from = since ? time_parse(since) : 0;
        bool told = time && p->last && time <= p->last; /* where it was asked for again it came again */
        if (!told && (!time || time >= from)) {
            const char *text = map_has(&p->question.query, "timestamps") ? json->valuestring : plain;
            there = player_bytes(p, text, strlen(text)) && player_bytes(p, "\n", 1);
        }
        if (there && time)
            p->last = MAX(p->last, time);
    }
    cJSON_Delete(json);
    free(value);
    return there;
}

/* Where to begin so that so many of the lines that there are come. */
static void skip_to_tail(struct player *p)
{
    const struct tape *tape = p->replay->tape;
    const char *tail = map_get(&p->question.query, "tailLines");
    size_t left = tail ? strtoul(tail, NULL, 10) : SIZE_MAX;
    for (size_t nth = p->recorded->count; nth-- > 0;) {
        const struct tape_call *call = &tape->calls[p->recorded->calls[nth]];
        for (size_t i = call->count; i-- > 0;) {
            if (tape->lines[call->lines[i]].type != TAPE_LINE || call->lines[i] >= p->replay->moment)
                continue;
            if (!left--) {
                p->nth = (uint32_t)nth;
                p->next = i + 1;
                return;
            }
        }
    }
}

static void serve_log(struct player *p)
{
    struct tape *tape = p->replay->tape;
    bool follows = map_has(&p->question.query, "follow");
    if (player_cut_off(p))
        return;
    if (!p->headed) {
        skip_to_tail(p);
        if (!player_head(p, 200, "text/plain"))
            return;
    }
    for (size_t n = 0; n < REPLAY_TURN; n++) {
        struct tape_call *call = call_of(p);
        bool heard = p->next < call->count && call->lines[p->next] < p->replay->moment;
        bool last = p->nth + 1 == p->recorded->count;
        if (heard) {
            uint32_t line = call->lines[p->next++];
            if (tape->lines[line].type == TAPE_LINE && !tell_log_line(p, line))
                return;
        } else if (!last && p->next == call->count && tape->calls[p->recorded->calls[p->nth + 1]].begun < p->replay->moment) {
            p->nth++;
            p->next = 0;
        } else {
            if (!follows || (last && p->next == call->count && call->end < p->replay->moment && !call->left))
                player_done(p, HTTP_DONE, NULL);
            return;
        }
    }
    player_again(p);
}

static void serve_no_log(struct player *p)
{
    char *message = xasprintf("this is a record, and the log of %s was not recorded; 'patchbay record FILE GRAPH' takes those of a graph",
                              str_or_empty(p->question.name));
    player_refuse(p, 404, "NotFound", message);
    free(message);
}

/* One that was answered with lines at all. */
static bool has_lines(const struct player *p)
{
    const struct tape *tape = p->replay->tape;
    for (size_t i = 0; p->recorded && i < p->recorded->count; i++)
        if (tape->calls[p->recorded->calls[i]].status == 200)
            return true;
    return false;
}

/* Of the pod's one container, which need not be named. */
static struct tape_path *any_container(const struct player *p)
{
    char *named = xasprintf("%s%ccontainer=", p->question.key, strchr(p->question.key, '?') ? '&' : '?');
    struct tape_path *found = NULL;
    for (struct map_entry *e = map_first(&p->replay->tape->paths); e && !found; e = map_next(&p->replay->tape->paths, e))
        if (str_starts(e->key, named))
            found = e->value;
    free(named);
    return found;
}

void replay_streams_take(struct player *p)
{
    const struct tape_question *q = &p->question;
    bool log = str_eq(q->rest, "log");
    p->recorded = map_get(&p->replay->tape->paths, q->key);
    p->measured = true;
    if (log && !p->recorded)
        p->recorded = any_container(p);
    if (log)
        p->serve = has_lines(p) ? serve_log : serve_no_log;
    else
        p->serve = p->recorded && choose_call(p) ? serve_first : player_unknown;
}

int64_t replay_lead_in(const struct http_transport *replay, int64_t wall)
{
    const struct replay *r = CONTAINER_OF(replay, const struct replay, self);
    const struct tape *tape = r->tape;
    int64_t t = wall - tape->wall, from = t - LEAD_IN;
    uint32_t moment = tape_moment(tape, t);
    size_t lines = 0;
    for (uint32_t i = moment; i-- > 0 && lines < LEAD_LINES && tape->lines[i].t > t - LEAD_MOST;)
        if (tape->lines[i].type == TAPE_LINE && strstr(tape->calls[tape->lines[i].call].path->key, "/proxy/")) {
            lines++;
            from = MIN(from, tape->lines[i].t);
        }
    const struct tape_gap *gap = tape_gap_at(tape, moment);
    if (gap && tape->lines[gap->from].t > t - LEAD_GAP)
        from = MIN(from, tape->lines[gap->from].t - LEAD_IN);
    return tape->wall + MAX(from, 0);
}
