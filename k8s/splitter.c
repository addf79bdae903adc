#include "k8s/splitter.h"

#include "base/json.h"
#include "base/text.h"
#include "k8s/skim.h"

/* Below this only brackets are counted; nothing that is looked at stands deeper. */
#define SHALLOW 12
#define MAX_DEPTH 128
#define MAX_KEY 40
#define MAX_PATHS 61 /* one bit each */
#define MAX_KEYS 6   /* of a path */

struct path {
    const char *keys[MAX_KEYS];
    uint8_t lengths[MAX_KEYS], count;
};

struct level {
    char open;     /* '{' or '[' */
    bool want_key; /* in an object: the next string is a key */
    uint8_t step;  /* how many keys of a path led here … */
    uint64_t here; /* … and which of the paths did */
    size_t key_len;
    char key[MAX_KEY]; /* the key at hand; longer ones are cut and equal nothing that we ask for */
};

struct splitter {
    enum splitter_shape shape;
    struct splitter_events events;
    void *data;
    bool failed, begun, done;
    size_t depth;
    struct level levels[SHALLOW + 1]; /* by depth, from 1 */
    bool string, escape, key;         /* inside a string; after its backslash; the string is a key */

    size_t item_depth; /* the depth an item's '{' stands at: 0 for events, 2 in a list */
    bool in_item, over;
    size_t item_bytes;
    struct buf item;
    struct path paths[MAX_PATHS]; /* what becomes null */
    size_t path_count;
    uint64_t next;     /* the paths that lead through the key at hand */
    bool drop;         /* inside the value of a path's last key … */
    size_t drop_depth; /* … of the object at this depth */
    bool skimming;     /* inside brackets that no path leads into */
    struct skim skim;

    struct buf *taking; /* a list's own text that is being read, with its quotes; of an event its type */
    struct buf raw, kind, rv, cont;
};

static void add_path(struct splitter *s, const char *text)
{
    if (s->path_count == MAX_PATHS)
        BUG("more than %d paths to be skipped", MAX_PATHS - 1);
    struct path *path = &s->paths[s->path_count++];
    while (*text) {
        size_t len = strcspn(text, ".");
        if (path->count == MAX_KEYS || len >= MAX_KEY - 1)
            BUG("the path '%s' is too long", text);
        path->keys[path->count] = text;
        path->lengths[path->count++] = (uint8_t)len;
        text += len + (text[len] == '.');
    }
}

void splitter_skip(struct splitter *s, const char *const *paths)
{
    for (; paths && *paths; paths++)
        add_path(s, *paths);
}

struct splitter *splitter_new(enum splitter_shape shape, const struct splitter_events *events, void *data)
{
    struct splitter *s = xcalloc(1, sizeof *s);
    s->shape = shape;
    s->events = *events;
    s->data = data;
    s->item_depth = shape == SPLIT_LIST ? 2 : 0;
    buf_init(&s->item, SPLITTER_MAX_ITEM);
    buf_init(&s->raw, 64 << 10);
    buf_init(&s->kind, 256);
    buf_init(&s->rv, 256);
    buf_init(&s->cont, 64 << 10);
    add_path(s, "metadata.managedFields");
    return s;
}

void splitter_free(struct splitter *s)
{
    if (!s)
        return;
    buf_release(&s->item);
    buf_release(&s->raw);
    buf_release(&s->kind);
    buf_release(&s->rv);
    buf_release(&s->cont);
    free(s);
}

const char *splitter_kind(const struct splitter *s)
{
    return s->kind.data;
}

const char *splitter_rv(const struct splitter *s)
{
    return s->rv.data;
}

const char *splitter_continue(const struct splitter *s)
{
    return s->cont.data;
}

static bool key_is(const struct splitter *s, size_t depth, const char *key)
{
    return s->levels[depth].open == '{' && strcmp(s->levels[depth].key, key) == 0;
}

/* The paths that go on with the key at hand; true: one of them ends with it, so its value is not wanted. */
static bool follow(struct splitter *s)
{
    const struct level *level = &s->levels[s->depth];
    s->next = 0;
    if (!s->in_item)
        return false;
    if (s->shape == SPLIT_EVENTS && s->depth == 1) {
        bool object =
            str_eq(s->kind.data, "ADDED") || str_eq(s->kind.data, "MODIFIED") || str_eq(s->kind.data, "DELETED");
        s->next = object && key_is(s, 1, "object") ? (UINT64_C(1) << s->path_count) - 1 : 0;
        return false;
    }
    for (uint64_t left = level->here; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        const struct path *path = &s->paths[i];
        /* below what is not wanted anyway there may be keys without a name */
        if (level->step >= path->count || path->lengths[level->step] != level->key_len ||
            memcmp(path->keys[level->step], level->key, level->key_len) != 0)
            continue;
        if (level->step + 1 == path->count)
            return true;
        s->next |= UINT64_C(1) << i;
    }
    return false;
}

static void copy(struct splitter *s, const char *bytes, size_t len)
{
    if (!s->in_item || s->drop)
        return;
    s->item_bytes += len;
    if (!s->over && buf_add(&s->item, bytes, len) < 0)
        s->over = true;
}

/* The list's own texts: kind, metadata.resourceVersion, metadata.continue. An event's type. */
static struct buf *own_text(struct splitter *s)
{
    if (s->shape == SPLIT_EVENTS)
        return s->depth == 1 && key_is(s, 1, "type") ? &s->kind : NULL;
    if (s->in_item)
        return NULL;
    if (s->depth == 1 && key_is(s, 1, "kind"))
        return &s->kind;
    if (s->depth != 2 || !key_is(s, 1, "metadata"))
        return NULL;
    return key_is(s, 2, "resourceVersion") ? &s->rv : key_is(s, 2, "continue") ? &s->cont : NULL;
}

static void take_text(struct splitter *s)
{
    struct err ignored = ERR_INIT;
    cJSON *text = s->raw.over ? NULL : json_parse(s->raw.data, s->raw.len, &ignored);
    buf_reset(s->taking);
    if (cJSON_IsString(text))
        buf_adds(s->taking, text->valuestring);
    cJSON_Delete(text);
    s->taking = NULL;
}

static int fail(struct splitter *s, const char *at, size_t len, struct err *err)
{
    struct buf near;
    buf_init(&near, 128);
    text_sanitise(&near, at, MIN(len, 32));
    s->failed = true;
    err_set(err, "the answer is not JSON near '%s'", near.data);
    buf_release(&near);
    return -1;
}

static void end_item(struct splitter *s)
{
    s->in_item = false;
    if (!s->over)
        s->events.item(s->data, s->item.data, s->item.len);
    else if (s->events.skipped)
        s->events.skipped(s->data, s->item_bytes);
    buf_reset(&s->item);
    if (s->item.cap > 1 << 20) {
        buf_release(&s->item); /* one giant must not keep its room for ever */
        buf_init(&s->item, SPLITTER_MAX_ITEM);
    }
}

static bool item_begins(const struct splitter *s, char c)
{
    if (s->in_item || c != '{' || s->depth != s->item_depth)
        return false;
    return s->shape == SPLIT_EVENTS || ((key_is(s, 1, "items") || key_is(s, 1, "rows")) && s->levels[2].open == '[');
}

static void open_bracket(struct splitter *s, char c)
{
    struct level level = {.open = c, .want_key = c == '{'};
    if (item_begins(s, c)) {
        s->in_item = true;
        s->over = s->drop = false;
        s->item_bytes = 0;
        if (s->shape == SPLIT_LIST)
            level.here = (UINT64_C(1) << s->path_count) - 1;
        else
            buf_reset(&s->kind);
    } else if (s->in_item && s->depth <= SHALLOW) {
        const struct level *outer = &s->levels[s->depth];
        bool list = outer->open == '[';
        level.here = list ? outer->here : s->next;
        level.step = s->shape == SPLIT_EVENTS && s->depth == 1 ? 0 : (uint8_t)(outer->step + !list);
        if (s->drop || !level.here) {
            s->skimming = true;
            s->skim = (struct skim){.depth = 1, .deepest = 1};
            return;
        }
    }
    if (++s->depth <= SHALLOW)
        s->levels[s->depth] = level;
    if (s->in_item && s->depth - s->item_depth > MAX_DEPTH)
        s->over = true;
}

/* Within brackets of no interest: to their end. *from: as structure()'s. */
static const char *pass_over(struct splitter *s, const char *at, const char *end, const char **from)
{
    at = skim(&s->skim, at, end);
    if (!s->drop && s->depth + s->skim.deepest - s->item_depth > MAX_DEPTH)
        s->over = true;
    if (s->skim.depth)
        return at;
    s->skimming = false;
    if (s->drop) {
        s->drop = false;
        *from = at;
    }
    return at;
}

/* The byte c outside of strings and not one that values are made of. *from: what is copied when an item begins. */
static int structure(struct splitter *s, const char *at, const char **from)
{
    char c = *at;
    struct level *level = s->depth && s->depth <= SHALLOW ? &s->levels[s->depth] : NULL;
    switch (c) {
    case '{':
    case '[':
        if (!s->depth && (c != '{' || (s->done && s->shape == SPLIT_LIST)))
            return -1;
        if (item_begins(s, c))
            *from = at;
        s->begun = true;
        open_bracket(s, c);
        return 0;
    case '}':
    case ']':
        if (!s->depth || (level && level->open != (c == '}' ? '{' : '[')))
            return -1;
        if (s->drop && s->depth == s->drop_depth) {
            s->drop = false;
            *from = at;
        }
        s->depth--;
        if (s->in_item && s->depth == s->item_depth) {
            copy(s, *from, (size_t)(at + 1 - *from));
            *from = at + 1;
            end_item(s);
        }
        s->done |= !s->depth;
        return 0;
    case ',':
        if (!s->depth)
            return -1;
        if (s->drop && s->depth == s->drop_depth) {
            s->drop = false;
            *from = at;
        }
        if (level)
            level->want_key = level->open == '{';
        return 0;
    case ':':
        if (!s->depth)
            return -1;
        if (level && !s->drop && follow(s)) {
            copy(s, *from, (size_t)(at + 1 - *from));
            copy(s, "null", 4);
            s->drop = true;
            s->drop_depth = s->depth;
        }
        return 0;
    case '"':
        if (!s->depth)
            return -1;
        s->string = true;
        s->key = level && level->want_key;
        if (s->key) {
            level->want_key = false;
            level->key_len = 0;
            level->key[0] = '\0';
        } else if ((s->taking = own_text(s))) {
            buf_reset(&s->raw);
            buf_addc(&s->raw, '"');
        }
        return 0;
    default: /* white space, or a part of a number or a word */
        return s->depth || c == ' ' || c == '\n' || c == '\r' || c == '\t' ? 0 : -1;
    }
}

/* A run of a string's bytes, for whoever wants them. */
static void string_bytes(struct splitter *s, const char *bytes, size_t len)
{
    if (s->key) {
        struct level *level = &s->levels[s->depth];
        size_t room = MAX_KEY - 1 - level->key_len;
        memcpy(level->key + level->key_len, bytes, MIN(len, room));
        level->key_len += MIN(len, room);
        level->key[level->key_len] = '\0';
    } else if (s->taking) {
        buf_add(&s->raw, bytes, len);
    }
}

static const char *read_string(struct splitter *s, const char *at, const char *end)
{
    const char *start = at;
    while (at < end) {
        if (s->escape) {
            s->escape = false;
            at++;
            continue;
        }
        while (at < end && *at != '"' && *at != '\\')
            at++;
        if (at == end)
            break;
        if (*at++ == '\\') {
            s->escape = true;
            continue;
        }
        s->string = false;
        string_bytes(s, start, (size_t)(at - 1 - start));
        if (s->taking) {
            buf_addc(&s->raw, '"');
            take_text(s);
        }
        return at;
    }
    string_bytes(s, start, (size_t)(at - start));
    return at;
}

/* Bytes that mean something outside of strings. */
static const bool is_structure[256] = {
    ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true, [','] = true, [':'] = true};

int splitter_feed(struct splitter *s, const char *bytes, size_t len, struct err *err)
{
    if (s->failed)
        return err_set(err, "the answer is not JSON");
    const char *at = bytes, *end = bytes + len;
    const char *from = bytes; /* what of this piece is not copied yet */
    while (at < end) {
        if (s->skimming) {
            at = pass_over(s, at, end, &from);
            continue;
        }
        if (s->string) {
            at = read_string(s, at, end);
            continue;
        }
        if (s->depth && !is_structure[(unsigned char)*at]) {
            at++;
            continue;
        }
        if (structure(s, at, &from) < 0)
            return fail(s, at, (size_t)(end - at), err);
        at++;
    }
    copy(s, from, (size_t)(end - from));
    return 0;
}

int splitter_end(const struct splitter *s, struct err *err)
{
    if (s->failed)
        return err_set(err, "the answer is not JSON");
    if (s->depth || (s->shape == SPLIT_LIST && !s->begun))
        return err_set(err, s->begun ? "the answer ended in the middle" : "the answer is empty");
    return 0;
}
