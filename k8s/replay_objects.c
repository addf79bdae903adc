#include "k8s/replay_private.h"

#include "base/json.h"
#include "k8s/peek.h"

/* A watch that begins where a list or a bookmark of ours ended has this for a resourceVersion. */
#define MARK "replay-"

/* Which objects are asked for, of those that the table has. */

/* One term of a selector: "key=value", "key==value", "key!=value", "key", "!key"; other forms let all through. */
static bool term_fits(const cJSON *object, const char *term, size_t len, bool labels)
{
    if (memmem(term, len, " in ", 4) || memmem(term, len, " notin ", 7) || !len)
        return true;
    const char *equals = memchr(term, '=', len);
    bool differs = equals ? equals > term && equals[-1] == '!' : *term == '!';
    size_t key_at = !equals && differs ? 1 : 0;
    size_t key_len = equals ? (size_t)(equals - term) - differs : len - key_at;
    char *key = xstrndup(term + key_at, key_len);
    const cJSON *found = labels ? json_get(json_at(object, "metadata.labels"), key) : json_at(object, key);
    bool fits = found != NULL;
    if (equals) {
        const char *value = equals + 1 + (equals + 1 < term + len && equals[1] == '=');
        size_t value_len = len - (size_t)(value - term);
        const char *is = cJSON_IsString(found) ? found->valuestring : "";
        fits = strlen(is) == value_len && memcmp(is, value, value_len) == 0;
    }
    free(key);
    return fits != differs;
}

static bool fits(const cJSON *object, const char *selector, bool labels)
{
    for (size_t len; selector && *selector; selector += len + (selector[len] == ',')) {
        len = strcspn(selector, ",");
        if (!term_fits(object, selector, len, labels))
            return false;
    }
    return true;
}

/* What is asked for beyond what the table was. */
static const char *beyond(const char *asked, const char *has)
{
    return str_eq(asked, has) ? NULL : asked;
}

/* The object's text at a version, when it is one of those that are asked for; the caller frees *text. */
static bool object_at(struct player *p, const struct tape_object *object, const struct tape_version *version, char **text,
                      struct span *json)
{
    const char *ns = beyond(p->question.ns, p->table->ns);
    const char *labels = beyond(map_get(&p->question.query, "labelSelector"), p->table->labels);
    const char *fields = beyond(map_get(&p->question.query, "fieldSelector"), p->table->fields);
    *text = NULL;
    if (!version || (ns && strcmp(ns, object->ns) != 0))
        return false;
    *text = tape_load_object(p->replay->tape, version->line, &json->at, &json->len);
    if (!*text || !(labels || fields))
        return *text != NULL;
    struct err ignored = ERR_INIT;
    cJSON *tree = json_parse(json->at, json->len, &ignored);
    bool good = fits(tree, labels, true) && fits(tree, fields, false);
    cJSON_Delete(tree);
    if (!good) {
        free(*text);
        *text = NULL;
    }
    return good;
}

/* Lists. */

static void begin_list(struct player *p)
{
    struct buf head;
    buf_init(&head, 4096);
    buf_addf(&head, "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"" MARK "%u\"},\"items\":[",
             p->table->kind, "v1", p->at);
    p->began = true;
    if (player_head(p, 200, "application/json") && player_bytes(p, head.data, head.len))
        player_again(p);
    buf_release(&head);
}

static void serve_list(struct player *p)
{
    struct replay *r = p->replay;
    struct tape_table *table = p->table;
    if (!p->began) {
        if (player_cut_off(p))
            return;
        const struct tape_answer *answer = tape_answer_at(table, r->moment);
        if (!answer && table->answer_count)
            return; /* it is still on its way */
        p->at = r->moment;
        if (answer && answer->status != 200)
            player_refuse_as(p, answer->status, answer->line);
        else
            begin_list(p);
        return;
    }
    for (size_t n = 0; p->next < table->count && n < REPLAY_TURN; p->next++, n++) {
        struct span json;
        char *text;
        const struct tape_object *object = table->order[p->next];
        if (!object_at(p, object, tape_version_at(object, p->at), &text, &json))
            continue;
        bool there = (!p->told++ || player_bytes(p, ",", 1)) && player_bytes(p, json.at, json.len);
        free(text);
        if (!there)
            return;
    }
    if (p->next < table->count)
        player_again(p);
    else if (player_bytes(p, "]}", 2))
        player_done(p, HTTP_DONE, NULL);
}

/* Watches. */

static bool tell_event(struct player *p, const char *type, struct span json)
{
    struct buf text;
    buf_init(&text, json.len + 64);
    buf_addf(&text, "{\"type\":\"%s\",\"object\":", type);
    buf_add(&text, json.at, json.len);
    buf_adds(&text, "}\n");
    p->word = loop_now(p->replay->loop);
    p->told++;
    bool there = player_bytes(p, text.data, text.len);
    buf_release(&text);
    return there;
}

/* How the object is different at a later, or an earlier, moment. */
static bool tell_change(struct player *p, const struct tape_object *object, uint32_t from, uint32_t to)
{
    const struct tape_version *before = tape_version_at(object, from), *now = tape_version_at(object, to);
    if (before == now)
        return true;
    struct span was, is;
    char *was_text, *is_text;
    bool had = object_at(p, object, before, &was_text, &was), has = object_at(p, object, now, &is_text, &is);
    bool there = true;
    if (has)
        there = tell_event(p, had ? "MODIFIED" : "ADDED", is);
    else if (had)
        there = tell_event(p, "DELETED", was);
    free(was_text);
    free(is_text);
    return there;
}

static bool tell_bookmark(struct player *p)
{
    struct span json;
    char *text = xasprintf("{\"kind\":\"%s\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" MARK "%u\"}}",
                           p->table->kind, p->at);
    json.at = text;
    json.len = strlen(text);
    bool there = tell_event(p, "BOOKMARK", json);
    free(text);
    return there;
}

/* The first change from a moment on. */
static size_t change_from(const struct tape_table *table, uint32_t moment)
{
    size_t low = 0, high = table->change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->changes[middle].at < moment)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One change after the other while there are few; else, and back, only what is different in the end. */
static bool bring(struct player *p, uint32_t to)
{
    struct tape_table *table = p->table;
    size_t first = change_from(table, p->at), end = change_from(table, to);
    uint32_t from = p->at;
    p->at = to;
    if (to >= from && end - first <= REPLAY_TURN) {
        for (size_t i = first; i < end; i++)
            if (!tell_change(p, table->order[table->changes[i].object], table->changes[i].at, table->changes[i].at + 1))
                return false;
        return true;
    }
    for (size_t i = 0; i < table->count; i++)
        if (!tell_change(p, table->order[i], from, to))
            return false;
    return true;
}

static void serve_watch(struct player *p)
{
    if (player_cut_off(p) || (!p->headed && !player_head(p, 200, "application/json")))
        return;
    size_t told = p->told;
    if (p->at != p->replay->moment && !bring(p, p->replay->moment))
        return;
    if (p->told != told || loop_now(p->replay->loop) - p->word >= 20 * NSEC_PER_SEC)
        tell_bookmark(p);
}

static void serve_no_stream(struct player *p)
{
    player_refuse(p, 400, "BadRequest", "a record does not stream lists");
}

/* One object. */

static void serve_object(struct player *p)
{
    struct tape *tape = p->replay->tape;
    if (player_cut_off(p))
        return;
    char *key = xasprintf("%s/%s", str_or_empty(p->question.ns), p->question.name);
    for (struct map_entry *e = map_first(&tape->tables); e; e = map_next(&tape->tables, e)) {
        struct tape_table *table = e->value;
        uintptr_t index = str_eq(table->resource, p->question.resource) ? (uintptr_t)map_get(&table->objects, key) : 0;
        const struct tape_version *version = index ? tape_version_at(table->order[index - 1], p->replay->moment) : NULL;
        struct span json;
        char *text = version ? tape_load_object(tape, version->line, &json.at, &json.len) : NULL;
        if (!text)
            continue;
        struct buf body;
        buf_init(&body, json.len + 256);
        buf_adds(&body, "{");
        if (!peek(json, "kind").at) { /* the items of a list do not name themselves */
            const char *group = strrchr(table->resource, '/');
            size_t root = str_starts(table->resource, "/apis/") ? strlen("/apis/") : strlen("/api/");
            buf_addf(&body, "\"kind\":\"%s\",\"apiVersion\":\"%.*s\"%s", table->kind, (int)(group - table->resource) - (int)root,
                     table->resource + root, json.len > 2 ? "," : "");
        }
        buf_add(&body, json.at + 1, json.len - 1);
        free(text);
        free(key);
        if (player_head(p, 200, "application/json") && player_bytes(p, body.data, body.len))
            player_done(p, HTTP_DONE, NULL);
        buf_release(&body);
        return;
    }
    free(key);
    if (!p->table) {
        player_unknown(p);
        return;
    }
    char *message = xasprintf("%s \"%s\" not found: it was not there at this time of the record",
                              strrchr(p->question.resource, '/') + 1, p->question.name);
    player_refuse(p, 404, "NotFound", message);
    free(message);
}

/* The collection that has all that is asked for: the very same, else one that has more. */
static struct tape_table *table_for(const struct player *p)
{
    const struct tape_question *q = &p->question;
    struct tape *tape = p->replay->tape;
    struct tape_table *found = q->name ? NULL : map_get(&tape->tables, q->key);
    for (struct map_entry *e = map_first(&tape->tables); e && !found; e = map_next(&tape->tables, e)) {
        struct tape_table *table = e->value;
        bool all = !table->labels && !table->fields && (table->told || table->change_count);
        if (str_eq(table->resource, q->resource) && all && (!table->ns || str_eq(table->ns, q->ns)))
            found = table;
    }
    return found;
}

/* The one in which these were listed; NULL: all were, or none. */
static const char *only_namespace(const struct tape *tape, const char *resource)
{
    const char *ns = NULL;
    for (struct map_entry *e = map_first(&tape->tables); e; e = map_next(&tape->tables, e)) {
        const struct tape_table *table = e->value;
        if (!str_eq(table->resource, resource) || table->fields)
            continue;
        if (!table->ns)
            return NULL;
        ns = table->ns;
    }
    return ns;
}

const char *replay_namespace(const struct http_transport *replay)
{
    return only_namespace(CONTAINER_OF(replay, const struct replay, self)->tape, "/api/v1/pods");
}

/* As a server refuses who may look at one namespace. */
static void serve_elsewhere(struct player *p)
{
    char *message = xasprintf("this is a record of namespace %s alone", only_namespace(p->replay->tape, p->question.resource));
    player_refuse(p, 403, "Forbidden", message);
    free(message);
}

bool replay_objects_take(struct player *p)
{
    const struct tape_question *q = &p->question;
    if (!q->resource || q->rest)
        return false;
    p->table = table_for(p);
    if (q->name) {
        p->serve = serve_object;
        return true;
    }
    if (!p->table) {
        p->serve = !q->ns && only_namespace(p->replay->tape, q->resource) ? serve_elsewhere : player_unknown;
        return true;
    }
    const char *rv = map_get(&q->query, "resourceVersion");
    if (map_has(&q->query, "sendInitialEvents")) {
        p->serve = serve_no_stream;
    } else if (map_has(&q->query, "watch")) {
        p->serve = serve_watch;
        p->word = loop_now(p->replay->loop);
        if (str_starts(rv, MARK))
            p->at = (uint32_t)MIN(strtoul(rv + strlen(MARK), NULL, 10), p->replay->tape->count);
    } else {
        p->serve = serve_list;
    }
    return true;
}

int64_t replay_change(const struct http_transport *replay, int64_t wall, bool back)
{
    const struct replay *r = CONTAINER_OF(replay, const struct replay, self);
    const struct tape *tape = r->tape;
    uint32_t moment = tape_moment(tape, wall - tape->wall - (back ? 1 : 0));
    int64_t best = 0;
    for (struct map_entry *e = map_first(&tape->tables); e; e = map_next(&tape->tables, e)) {
        const struct tape_table *table = e->value;
        size_t i = change_from(table, moment);
        if (back ? i == 0 : i == table->change_count)
            continue;
        int64_t at = tape->wall + tape->lines[table->changes[back ? i - 1 : i].at].t;
        if (!best || (back ? at > best : at < best))
            best = at;
    }
    return best;
}
