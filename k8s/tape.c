#include "k8s/tape.h"

#include <math.h>

#include "base/json.h"
#include "k8s/tape_table.h"

#define MAX_LINE (34u << 20)                /* of the file: what a recorder may write */
#define HANGS (500 * NSEC_PER_MSEC)         /* an answer that was not waited for longer than this did not come */

static const char *const line_keys[] = {
    [TAPE_STATUS] = "status", [TAPE_LIST] = "list", [TAPE_ITEM] = "item", [TAPE_EVENT] = "event", [TAPE_LINE] = "line",
    [TAPE_TEXT] = "text",     [TAPE_BODY] = "body", [TAPE_END] = "end",   [TAPE_GET] = "get"};

/* {"t":SECONDS,"call":N,"KEY":VALUE}: returns VALUE (up to the closing brace of the line), NULL when it is none. */
static char *line_value(char *text, size_t len, double *t, unsigned long *call, char key[16])
{
    int at = 0;
    if (len < 2 || text[len - 1] != '}' || sscanf(text, "{\"t\":%lf,\"call\":%lu,\"%15[a-z]\":%n", t, call, key, &at) != 3 || !at)
        return NULL;
    return isfinite(*t) && *t >= 0 && *t < 1e8 ? text + at : NULL;
}

/* Calls. */

static struct tape_path *path_of(struct tape *tape, const struct tape_question *q)
{
    struct tape_path *path = map_get(&tape->paths, q->key);
    if (!path) {
        path = xcalloc(1, sizeof *path);
        path->key = xstrdup(q->key);
        path->table = tape_table_of(tape, q);
        map_put(&tape->paths, q->key, path);
    }
    return path;
}

static int add_call(struct tape *tape, unsigned long number, const char *value, uint32_t line)
{
    struct err ignored = ERR_INIT;
    cJSON *text = json_parse(value, strlen(value) - 1, &ignored);
    bool good = number == tape->call_count + 1 && cJSON_IsString(text);
    if (good) {
        struct tape_question q;
        tape_question_init(&q, text->valuestring);
        struct tape_call call = {.path = path_of(tape, &q), .end = UINT32_MAX, .begun = line};
        call.watch = map_has(&q.query, "watch");
        call.stream = map_has(&q.query, "follow");
        call.first = !map_has(&q.query, "continue") && (!call.watch || map_has(&q.query, "sendInitialEvents"));
        if (call.path->table && call.first)
            tape_table_list(call.path->table);
        GROW(call.path->calls, call.path->count, call.path->cap);
        call.path->calls[call.path->count++] = (uint32_t)tape->call_count;
        GROW(tape->calls, tape->call_count, tape->call_cap);
        tape->calls[tape->call_count++] = call;
        tape_question_release(&q);
    }
    cJSON_Delete(text);
    return good ? 0 : -1;
}

/* What answers is not the API server itself, but a pod or its node. */
static bool abroad(const struct tape_call *call)
{
    return strstr(call->path->key, "/proxy/") || strstr(call->path->key, "/log?") || str_ends(call->path->key, "/log");
}

/* The server: it answers, so a gap is over; or it does not. */

static void there(struct tape *tape, uint32_t at)
{
    struct tape_gap *last = tape->gap_count ? &tape->gaps[tape->gap_count - 1] : NULL;
    if (last && last->to == UINT32_MAX)
        last->to = at;
}

static void not_there(struct tape *tape, uint32_t at, enum http_outcome outcome)
{
    if (tape->gap_count && tape->gaps[tape->gap_count - 1].to == UINT32_MAX)
        return;
    GROW(tape->gaps, tape->gap_count, tape->gap_cap);
    tape->gaps[tape->gap_count++] = (struct tape_gap){at, UINT32_MAX, at, outcome};
}

const struct tape_gap *tape_gap_at(const struct tape *tape, uint32_t moment)
{
    for (size_t i = tape->gap_count; i-- > 0;)
        if (tape->gaps[i].from < moment)
            return tape->gaps[i].to >= moment ? &tape->gaps[i] : NULL;
    return NULL;
}

static void end_call(struct tape *tape, struct tape_call *call, uint32_t at, const char *value)
{
    static const char *const outcomes[] = {
        [HTTP_REFUSED] = "\"refused\"", [HTTP_BROKEN] = "\"broken\"", [HTTP_UNTRUSTED] = "\"untrusted\""};
    call->end = at;
    call->left = str_starts(value, "\"left\"");
    struct tape_table *table = call->path->table;
    if (table && call->status >= 300 && call->first)
        tape_table_refused(table, at, call->status, call->body);
    else if (table && !call->watch && call->last_page && str_starts(value, "\"done\""))
        tape_table_listed(table, at);
    if (abroad(call))
        return;
    for (size_t i = HTTP_REFUSED; i < ARRAY_SIZE(outcomes); i++)
        if (str_starts(value, outcomes[i]))
            not_there(tape, at, (enum http_outcome)i);
    if (call->left && !call->status && tape->lines[at].t - tape->lines[call->begun].t >= HANGS)
        not_there(tape, at, HTTP_BROKEN);
}

/* Lines. */

static void take_status(struct tape *tape, struct tape_call *call, uint32_t at, const char *value)
{
    call->status = (int)strtol(value, NULL, 10);
    call->stream |= strstr(value, "ndjson") != NULL;
    if (!abroad(call))
        there(tape, at);
}

static bool take_value(struct tape *tape, struct tape_call *call, uint32_t at, const char *value, size_t len)
{
    struct tape_table *table = call->path->table;
    struct span json = {value, len};
    switch (tape->lines[at].type) {
    case TAPE_STATUS:
        take_status(tape, call, at, value);
        break;
    case TAPE_LIST: {
        struct span kind = peek_string(json, "kind"), more = peek_string(json, "continue");
        call->last_page = !more.at || !more.len;
        if (table && kind.len > 4 && !*table->kind) {
            free(table->kind);
            table->kind = xstrndup(kind.at, kind.len - 4); /* without "List" */
        }
        break;
    }
    case TAPE_ITEM:
        if (table)
            tape_table_item(table, at, json, false);
        break;
    case TAPE_EVENT:
        return !table || tape_table_event(table, at, json);
    case TAPE_BODY:
        call->body = at;
        break;
    case TAPE_END:
        end_call(tape, call, at, value);
        break;
    default:
        break;
    }
    return true;
}

static int add_line(struct tape *tape, char *text, size_t len, int64_t offset)
{
    double t;
    unsigned long number;
    char key[16];
    char *value = line_value(text, len, &t, &number, key);
    if (!value)
        return -1;
    enum tape_type type = TAPE_OTHER; /* a key of a later version is passed over */
    for (size_t i = 0; i < ARRAY_SIZE(line_keys); i++)
        if (strcmp(key, line_keys[i]) == 0)
            type = (enum tape_type)i;
    if (type != TAPE_GET && (number < 1 || number > tape->call_count))
        return -1;
    uint32_t at = (uint32_t)tape->count;
    if (type == TAPE_GET && add_call(tape, number, value, at) < 0)
        return -1;
    struct tape_call *call = &tape->calls[number - 1];
    GROW(tape->lines, tape->count, tape->cap);
    tape->length = MAX(tape->length, (int64_t)(t * NSEC_PER_SEC));
    tape->lines[tape->count++] = (struct tape_line){tape->length, offset, (uint32_t)len, (uint32_t)number - 1, type};
    if (!take_value(tape, call, at, value, len - (size_t)(value - text) - 1)) {
        tape->count--;
        return -1;
    }
    bool of_table = call->path->table && (type == TAPE_ITEM || type == TAPE_EVENT);
    if (type != TAPE_GET && type != TAPE_OTHER && !of_table) {
        GROW(call->lines, call->count, call->cap);
        call->lines[call->count++] = at;
    }
    return 0;
}

static int read_head(struct tape *tape, const char *text, size_t len, struct err *err)
{
    struct err ignored = ERR_INIT;
    cJSON *head = json_parse(text, len, &ignored);
    int64_t version = json_int(head, "recording", 0);
    tape->wall = json_time(head, "started");
    tape->server = xstrdup(json_str_or(head, "server", "https://recording.invalid"));
    cJSON_Delete(head);
    if (version == 1)
        return 0;
    return err_set(err, version ? "the recording '%s' is of a later version of patchbay"
                                : "'%s' is no recording; 'patchbay record FILE' makes one", tape->name);
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

/* What is whole counts. */
static void tear(struct tape *tape, const char *why, long number)
{
    tape->torn = xasprintf("the recording '%s' %s line %ld; what is before it is played", tape->name, why, number);
}

static int read_lines(struct tape *tape, struct err *err)
{
    struct buf line;
    int64_t offset = 0;
    long number = 0;
    int rc = 0;
    buf_init(&line, MAX_LINE);
    while (rc == 0 && !tape->torn && read_line(tape->file, &line)) {
        int64_t at = offset;
        size_t len = line.len;
        offset += (int64_t)len;
        number++;
        if (number > 1 && tape->count == UINT32_MAX - 1) {
            tear(tape, "is longer than can be played: it ends here with", number);
        } else if (line.data[len - 1] != '\n') { /* by a kill or a full disk */
            tear(tape, "was cut off in", number);
        } else {
            line.data[len - 1] = '\0';
            if (number == 1)
                rc = read_head(tape, line.data, len - 1, err);
            else if (add_line(tape, line.data, len - 1, at) < 0)
                tear(tape, "is damaged: nothing can be understood of", number);
        }
    }
    if (rc == 0 && !tape->torn && line.over)
        tear(tape, "is damaged: longer than any may be is", number + 1);
    buf_release(&line);
    if (rc == 0 && ferror(tape->file))
        return err_set_errno(err, "cannot read '%s'", tape->name);
    if (rc == 0 && number == 0)
        return err_set(err, "'%s' is empty", tape->name);
    if (rc == 0 && !tape->count)
        return err_set(err, tape->torn ? "the recording '%s' is damaged: line 2 says nothing that can be understood"
                                       : "the recording '%s' holds nothing: the cluster never answered", tape->name);
    return rc;
}

static void path_free(void *data)
{
    struct tape_path *path = data;
    free(path->key);
    free(path->calls);
    free(path);
}

void tape_free(struct tape *tape)
{
    for (size_t i = 0; i < tape->call_count; i++)
        free(tape->calls[i].lines);
    map_release(&tape->paths, path_free);
    map_release(&tape->tables, tape_table_free);
    free(tape->calls);
    free(tape->lines);
    free(tape->gaps);
    free(tape->torn);
    free(tape->server);
    free(tape->name);
    if (tape->file)
        fclose(tape->file);
    free(tape);
}

struct tape *tape_open(const char *path, struct err *err)
{
    struct tape *tape = xcalloc(1, sizeof *tape);
    tape->name = xstrdup(path);
    tape->file = fopen(path, "re");
    if (!tape->file) {
        err_set_errno(err, "cannot read '%s'", path);
    } else if (read_lines(tape, err) == 0) {
        return tape;
    }
    tape_free(tape);
    return NULL;
}

/* What it says. */

uint32_t tape_moment(const struct tape *tape, int64_t t)
{
    size_t low = 0, high = tape->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tape->lines[middle].t <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* value: where in the text it begins. */
static char *load(struct tape *tape, uint32_t number, char **value)
{
    double t;
    unsigned long call;
    char key[16];
    const struct tape_line *line = &tape->lines[number];
    char *text = xcalloc(1, (size_t)line->len + 1);
    if (fseeko(tape->file, line->offset, SEEK_SET) == 0 && fread(text, 1, line->len, tape->file) == line->len &&
        (*value = line_value(text, line->len, &t, &call, key)))
        return text;
    free(text);
    return NULL;
}

char *tape_load(struct tape *tape, uint32_t number, size_t *len)
{
    char *value, *text = load(tape, number, &value);
    if (!text)
        return NULL;
    *len = strlen(value) - 1; /* without the line's closing brace */
    memmove(text, value, *len);
    text[*len] = '\0';
    return text;
}

char *tape_load_object(struct tape *tape, uint32_t number, const char **object, size_t *len)
{
    char *text = tape_load(tape, number, len);
    if (!text)
        return NULL;
    struct span json = {text, *len};
    if (tape->lines[number].type == TAPE_EVENT)
        json = peek(json, "object");
    *object = json.at;
    *len = json.len;
    if (json.at)
        return text;
    free(text);
    return NULL;
}
