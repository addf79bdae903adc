#include "base/yaml.h"

#include <yaml.h>

#include "base/map.h"
#include "base/text.h"
#include "base/yaml_piece.h"

/* libyaml's marks count characters; a cursor that walks the text turns them into bytes. */
struct cursor {
    const char *text;
    size_t len, byte, index;
    bool ascii; /* they are the same */
};

static size_t byte_at(struct cursor *c, size_t index)
{
    if (c->ascii)
        return MIN(index, c->len);
    for (; c->index < index && c->byte < c->len; c->index++)
        do
            c->byte++;
        while (c->byte < c->len && ((unsigned char)c->text[c->byte] & 0xc0) == 0x80);
    for (; c->index > index && c->byte > 0; c->index--)
        do
            c->byte--;
        while (c->byte > 0 && ((unsigned char)c->text[c->byte] & 0xc0) == 0x80);
    return c->byte;
}

static const char *take_text(struct yaml_doc *doc, const void *bytes, size_t len)
{
    char *text = arena_take(&doc->memory, len + 1);
    memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

struct reader {
    struct yaml_doc *doc; /* that is being read */
    yaml_parser_t parser;
    struct cursor cursor;
    struct yaml_fault *fault;
    size_t nodes, base; /* base: bytes before what libyaml was given (a byte order mark, or all before a piece) */
    int lines;          /* before it */
    unsigned rereads;   /* of doc, this one counted */
};

static int fault_at(struct reader *r, const yaml_mark_t *mark, const char *why)
{
    r->fault->line = (int)mark->line + 1;
    r->fault->column = (int)mark->column + 1;
    return err_set(&r->fault->why, "%s", why);
}

/* The place of a byte, for what libyaml cannot place. */
static void place_at(const struct cursor *c, size_t end, struct yaml_fault *fault)
{
    fault->line = fault->column = 1;
    for (size_t i = 0; i < end; i++) {
        fault->column += ((unsigned char)c->text[i] & 0xc0) != 0x80;
        if (c->text[i] == '\n' || (c->text[i] == '\r' && !(i + 1 < c->len && c->text[i + 1] == '\n'))) {
            fault->line++;
            fault->column = 1;
        }
    }
}

static int parser_fault(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    struct yaml_fault *f = r->fault;
    const char *problem = p->problem ? p->problem : "the text ends too early";
    if (p->error == YAML_READER_ERROR) {
        place_at(&r->cursor, MIN(p->problem_offset, r->cursor.len), f);
        return err_set(&f->why, "this is no text in UTF-8 (%s)", problem);
    }
    f->line = (int)p->problem_mark.line + 1;
    f->column = (int)p->problem_mark.column + 1;
    if (byte_at(&r->cursor, p->problem_mark.index) == r->cursor.len)
        place_at(&r->cursor, r->cursor.len, f); /* libyaml's own is a line that is not there */
    if (p->context && p->context_mark.line != p->problem_mark.line)
        return err_set(&f->why, "this is no YAML: %s %s that began in line %zu", problem, p->context,
                       p->context_mark.line + 1);
    return err_set(&f->why, "this is no YAML: %s%s%s", problem, p->context ? " " : "", p->context ? p->context : "");
}

static int next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return 0;
    return parser_fault(r);
}

/* From an item of a block sequence back to its "-". */
static size_t find_dash(const char *text, size_t start)
{
    size_t p = start;
    for (;;) {
        while (p > 0 && (text[p - 1] == ' ' || text[p - 1] == '\t' || text[p - 1] == '\r' || text[p - 1] == '\n'))
            p--;
        if (p > 0 && text[p - 1] == '-')
            return p - 1;
        /* a comment between the two: to its "#" */
        size_t line = p;
        while (line > 0 && text[line - 1] != '\n' && text[line - 1] != '\r')
            line--;
        size_t hash = line;
        while (hash < p && !(text[hash] == '#' && (hash == line || strchr(" \t", text[hash - 1]))))
            hash++;
        if (hash == p || p == 0)
            return start;
        p = hash;
    }
}

static int read_node(struct reader *r, const yaml_event_t *event, int depth, struct yaml_node **out);

static bool known_tag(const yaml_char_t *tag)
{
    static const char *const core[] = {"str", "int", "float", "bool", "null", "map", "seq"};
    static const char prefix[] = "tag:yaml.org,2002:";
    const char *name = (const char *)tag;
    if (!tag || strcmp(name, "!") == 0)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(core) && str_starts(name, prefix); i++)
        if (strcmp(name + sizeof prefix - 1, core[i]) == 0)
            return true;
    return false;
}

static int check_extras(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        return fault_at(r, &event->start_mark, "anchors (&name) are not allowed here; write the value out");
    if (!known_tag(tag))
        return fault_at(r, &event->start_mark, "tags (!name) are not allowed here; leave it out");
    return 0;
}

#define SMALL_MAP 16 /* keys: comparing all of them costs less than a table */

/* The first child with node's key, when it is not node itself. */
static const struct yaml_node *first_alike(const struct yaml_node *map, const struct yaml_node *node)
{
    const struct yaml_node *n = map->child;
    while (n != node && strcmp(n->key, node->key) != 0)
        n = n->next;
    return n == node ? NULL : n;
}

static int check_duplicates(struct reader *r, const struct yaml_node *map)
{
    struct map seen = MAP_INIT;
    int rc = 0;
    for (const struct yaml_node *n = map->child; n && rc == 0; n = n->next) {
        const struct yaml_node *first =
            map->count <= SMALL_MAP ? first_alike(map, n) : map_put(&seen, n->key, (void *)(uintptr_t)n);
        if (first) {
            r->fault->line = n->key_line;
            r->fault->column = n->key_column;
            rc = err_set(&r->fault->why, "the key '%.100s' is here twice (first in line %d)", n->key, first->key_line);
        }
    }
    map_release(&seen, NULL);
    return rc;
}

static void append(struct yaml_node *parent, struct yaml_node *node)
{
    node->parent = parent;
    if (parent->last)
        parent->last->next = node;
    else
        parent->child = node;
    parent->last = node;
    parent->count++;
}

static int read_children(struct reader *r, struct yaml_node *node, yaml_event_type_t end, int depth)
{
    for (;;) {
        yaml_event_t event;
        if (next_event(r, &event) < 0)
            return -1;
        if (event.type == end) {
            size_t at = byte_at(&r->cursor, event.end_mark.index) + r->base;
            if (node->flow || !node->last)
                node->end = at;
            else
                node->end = node->last->end; /* libyaml's own runs past comments */
            yaml_event_delete(&event);
            return end == YAML_MAPPING_END_EVENT ? check_duplicates(r, node) : 0;
        }
        const char *key = NULL;
        size_t key_start = 0;
        int key_line = 0, key_column = 0, rc = 0;
        if (end == YAML_MAPPING_END_EVENT) {
            if (event.type != YAML_SCALAR_EVENT)
                rc = fault_at(r, &event.start_mark, "a key must be a plain word");
            else {
                const char *value = (const char *)event.data.scalar.value;
                key = take_text(r->doc, value, strnlen(value, event.data.scalar.length));
                key_start = byte_at(&r->cursor, event.start_mark.index) + r->base;
                key_line = (int)event.start_mark.line + 1 + r->lines;
                key_column = (int)event.start_mark.column + 1;
                rc = check_extras(r, &event, event.data.scalar.anchor, event.data.scalar.tag);
            }
            yaml_event_delete(&event);
            if (rc == 0)
                rc = next_event(r, &event);
            if (rc < 0)
                return -1;
        }
        struct yaml_node *child = NULL;
        rc = read_node(r, &event, depth + 1, &child);
        yaml_event_delete(&event);
        if (child) {
            child->key = key;
            child->key_start = key          ? key_start
                               : node->flow ? child->start
                                            : find_dash(r->cursor.text, child->start - r->base) + r->base;
            child->key_line = key ? key_line : child->line;
            child->key_column = key ? key_column : child->column;
            append(node, child);
        }
        if (rc < 0)
            return -1;
    }
}

/* The node that begins with event; *out may be set on a fault too, half read. */
static int read_node(struct reader *r, const yaml_event_t *event, int depth, struct yaml_node **out)
{
    if (event->type == YAML_ALIAS_EVENT)
        return fault_at(r, &event->start_mark, "aliases (*name) are not allowed here; write the value out");
    if (depth > YAML_MAX_DEPTH)
        return fault_at(r, &event->start_mark, "this is nested too deeply (64 levels at most)");
    if (++r->nodes > YAML_MAX_NODES)
        return fault_at(r, &event->start_mark, "the document has too many values (1,000,000 at most)");
    struct yaml_node *node = *out = arena_take(&r->doc->memory, sizeof *node);
    *node = (struct yaml_node){.changed = r->rereads};
    node->line = (int)event->start_mark.line + 1 + r->lines;
    node->column = (int)event->start_mark.column + 1;
    node->start = byte_at(&r->cursor, event->start_mark.index) + r->base;
    if (event->type == YAML_SCALAR_EVENT) {
        node->type = YAML_SCALAR;
        yaml_scalar_style_t style = event->data.scalar.style;
        node->plain = style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag;
        node->value_len = event->data.scalar.length;
        node->value = take_text(r->doc, event->data.scalar.value, node->value_len);
        node->end = byte_at(&r->cursor, event->end_mark.index) + r->base;
        if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
            while (node->end > node->start && strchr(" \t\r\n", r->cursor.text[node->end - r->base - 1]))
                node->end--;
        return check_extras(r, event, event->data.scalar.anchor, event->data.scalar.tag);
    }
    if (event->type == YAML_MAPPING_START_EVENT) {
        node->type = YAML_MAP;
        node->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        if (check_extras(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag) < 0)
            return -1;
        return read_children(r, node, YAML_MAPPING_END_EVENT, depth);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        node->type = YAML_SEQ;
        node->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        if (check_extras(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag) < 0)
            return -1;
        return read_children(r, node, YAML_SEQUENCE_END_EVENT, depth);
    }
    BUG("libyaml event %d where a value begins", (int)event->type);
}

/* The document of which an event is the start, or NULL where it is another's. */
static struct yaml_doc *start_document(const yaml_event_t *event)
{
    if (event->type != YAML_DOCUMENT_START_EVENT)
        return NULL;
    struct yaml_doc *doc = xcalloc(1, sizeof *doc);
    doc->directives = event->data.document_start.version_directive ||
                      event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end;
    return doc;
}

static bool begins_value(yaml_event_type_t type)
{
    return type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT && type != YAML_DOCUMENT_START_EVENT &&
           type != YAML_DOCUMENT_END_EVENT;
}

static int read_stream(struct reader *r, struct yaml_doc **docs)
{
    for (;;) {
        yaml_event_t event;
        if (next_event(r, &event) < 0)
            return -1;
        yaml_event_type_t type = event.type;
        struct yaml_doc *doc = start_document(&event);
        int rc = 0;
        if (doc) {
            *docs = r->doc = doc;
            docs = &doc->next;
        }
        if (begins_value(type)) {
            size_t before = r->nodes;
            rc = read_node(r, &event, 1, &r->doc->root);
            r->doc->nodes = r->nodes - before;
            r->doc->first_bytes = r->doc->memory.taken;
            if (rc == 0 && yaml_is_null(r->doc->root) && r->doc->root->start == r->doc->root->end)
                r->doc->root = NULL; /* "---" and nothing */
        }
        yaml_event_delete(&event);
        if (rc < 0 || type == YAML_STREAM_END_EVENT)
            return rc;
    }
}

static bool text_is_ascii(const char *text, size_t len)
{
    unsigned char all = 0;
    for (size_t i = 0; i < len; i++)
        all |= (unsigned char)text[i];
    return all < 0x80;
}

static void open_reader(struct reader *r, const char *text, size_t len)
{
    r->cursor = (struct cursor){.text = text, .len = len, .ascii = text_is_ascii(text, len)};
    if (!yaml_parser_initialize(&r->parser))
        BUG("libyaml has no memory");
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, len);
}

struct yaml_doc *yaml_parse(const char *text, size_t len, struct yaml_fault *fault)
{
    *fault = (struct yaml_fault){0};
    if (len > YAML_MAX_BYTES) {
        err_set(&fault->why, "the document has %zu bytes, more than the %u allowed", len, YAML_MAX_BYTES);
        return NULL;
    }
    size_t base = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct reader r = {.fault = fault, .base = base};
    open_reader(&r, text + base, len - base);
    struct yaml_doc *docs = NULL;
    if (read_stream(&r, &docs) < 0) {
        yaml_doc_free(docs);
        docs = NULL;
    }
    yaml_parser_delete(&r.parser);
    return docs;
}

/* One document at most, and no more. */
static bool read_only_value(struct reader *r, struct yaml_piece *piece, int depth)
{
    for (bool seen = false;;) {
        yaml_event_t event;
        if (next_event(r, &event) < 0)
            return false;
        yaml_event_type_t type = event.type;
        bool fine = type != YAML_DOCUMENT_START_EVENT || !seen;
        seen |= type == YAML_DOCUMENT_START_EVENT;
        piece->breaks = (int)event.end_mark.line;
        if (begins_value(type))
            fine = read_node(r, &event, depth, &piece->root) == 0;
        yaml_event_delete(&event);
        if (!fine || type == YAML_STREAM_END_EVENT)
            return fine;
    }
}

bool yaml_read_piece(struct yaml_doc *doc, struct yaml_piece *piece, int depth)
{
    struct yaml_fault fault = {0};
    struct reader r = {.doc = doc, .fault = &fault, .base = piece->at, .lines = piece->line - 1,
                       .nodes = doc->nodes, .rereads = doc->rereads + 1};
    open_reader(&r, piece->text, piece->len);
    bool fine = read_only_value(&r, piece, depth);
    yaml_parser_delete(&r.parser);
    doc->nodes = fine ? r.nodes : doc->nodes;
    return fine;
}

void yaml_doc_free(struct yaml_doc *doc)
{
    while (doc) {
        struct yaml_doc *next = doc->next;
        arena_release(&doc->memory);
        free(doc);
        doc = next;
    }
}
