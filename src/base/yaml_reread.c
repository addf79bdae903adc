#include "base/yaml_piece.h"

#include <ctype.h>

/* Of a block's items each begins a line, at the block's column; so a run of them is YAML by itself, and what it means depends
 * on nothing around it. What is not as simple as that is read whole. */

#define SPARE (16u << 10)
#define KEYS_MANY 65536 /* to be compared with each other: then reading all is faster */

struct reread {
    struct yaml_doc *doc;
    const char *text; /* as it is now */
    size_t left;      /* bytes of it that may be tried */
    const struct yaml_change *change;
};

/* Where an item's line begins, in the text as it was. */
struct border {
    size_t at;
    int line; /* 0: the text's end */
};

static char old_byte(const struct reread *r, size_t at)
{
    const struct yaml_change *c = r->change;
    if (at < c->at)
        return r->text[at];
    return at < c->at + c->old_len ? c->old[at - c->at] : r->text[at - c->old_len + c->new_len];
}

static bool is_block(const struct yaml_node *node)
{
    return node->type != YAML_SCALAR && !node->flow && node->child;
}

/* Nothing stands before it in its line, and its "-" not in another one. */
static bool begins_line(const struct reread *r, const struct yaml_node *item, struct border *border)
{
    const struct yaml_node *block = item->parent;
    size_t indent = (size_t)block->column - 1;
    if (item->key_start < indent)
        return false;
    if (block->type == YAML_MAP ? item->key_column != block->column
                                : item->start - item->key_start != (size_t)(item->column - block->column))
        return false;
    *border = (struct border){item->key_start - indent, block->type == YAML_MAP ? item->key_line : item->line};
    for (size_t at = border->at; at < item->key_start; at++)
        if (old_byte(r, at) != ' ')
            return false;
    return border->at == 0 || old_byte(r, border->at - 1) == '\n' || old_byte(r, border->at - 1) == '\r';
}

/* Whether a piece may mean something else here than by itself: with "---", "..." or "%" at a line's start, with the line ends that
 * only Unicode knows. */
static bool is_peculiar(const char *text, size_t len)
{
    enum { AT_LINE_STARTS = 3 };
    static const char *const marks[] = {"---", "...", "%", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    bool line = true;
    for (size_t i = 0; i < len; i++) {
        for (size_t b = 0; b < ARRAY_SIZE(marks) && (line || text[i] & 0x80); b++)
            if (len - i >= strlen(marks[b]) && memcmp(text + i, marks[b], strlen(marks[b])) == 0 &&
                (line || b >= AT_LINE_STARTS))
                return true;
        line = text[i] == '\n' || text[i] == '\r';
    }
    return false;
}

/* "? " makes a key of what follows; where its value is missing, that has the place of whatever comes next. */
static bool has_explicit_key(const char *text, size_t len)
{
    const char *end = text + len;
    for (const char *s = text; (s = memchr(s, '?', (size_t)(end - s))); s++)
        if ((s + 1 == end || (s[1] & 0x80) || strchr(" \t\r\n", s[1])) && (s == text || !isalnum((unsigned char)s[-1])))
            return true;
    return false;
}

static int depth_of(const struct yaml_node *node)
{
    int depth = 0;
    for (; node; node = node->parent)
        depth++;
    return depth;
}

/* Whether all that a piece holds are items of the block, at its column and with keys of their own. */
static bool continues(const struct yaml_piece *piece, const struct yaml_node *block, const struct yaml_node *first,
                      const struct yaml_node *last)
{
    const struct yaml_node *root = piece->root;
    if (!root || root->type != block->type || root->flow || root->column != block->column ||
        root->child->key_start != piece->at + (size_t)block->column - 1)
        return false;
    if (block->type == YAML_SEQ)
        return true;
    if (root->count > KEYS_MANY / block->count)
        return false;
    for (const struct yaml_node *n = root->child; n; n = n->next) {
        bool replaced = false;
        if (n->key_column != block->column)
            return false;
        for (const struct yaml_node *k = block->child; k; k = k->next) {
            replaced |= k == first;
            if (!replaced && strcmp(k->key, n->key) == 0)
                return false;
            replaced &= k != last;
        }
    }
    return true;
}

static void move(struct yaml_node *node, size_t bytes, int lines)
{
    node->start += bytes;
    node->end += bytes;
    node->key_start += bytes;
    node->line += lines;
    node->key_line += lines;
    for (struct yaml_node *n = node->child; n; n = n->next)
        move(n, bytes, lines);
}

/* The piece's items, or none, where first … last were. */
static void put(struct yaml_node *block, struct yaml_node *first, struct yaml_node *last, struct yaml_node *items)
{
    struct yaml_node *before = NULL, *after = last->next;
    size_t gone = 1;
    for (const struct yaml_node *n = first; n != last; n = n->next)
        gone++;
    for (struct yaml_node *n = block->child; n != first; n = n->next)
        before = n;
    for (struct yaml_node *n = items ? items->child : NULL; n; n = n->next)
        n->parent = block;
    struct yaml_node *next = items ? items->child : after;
    if (items)
        items->last->next = after;
    if (before)
        before->next = next;
    else
        block->child = next;
    if (!after)
        block->last = items ? items->last : before;
    block->count += (items ? items->count : 0) - gone;
}

/* A piece that is not items of the block leaves nothing behind. */
static bool read_items(struct reread *r, struct yaml_piece *piece, const struct yaml_node *block,
                       const struct yaml_node *first, const struct yaml_node *last)
{
    struct yaml_doc *doc = r->doc;
    struct arena_mark mark = arena_mark(&doc->memory);
    size_t nodes = doc->nodes;
    if (piece->len > r->left || is_peculiar(piece->text, piece->len))
        return false;
    r->left -= piece->len;
    if (yaml_read_piece(doc, piece, depth_of(block)) && continues(piece, block, first, last))
        return true;
    arena_back(&doc->memory, mark);
    doc->nodes = nodes;
    return false;
}

/* Reads first … last of a block again, which end where `next` begins. */
static bool replace(struct reread *r, struct yaml_node *block, struct yaml_node *first, struct yaml_node *last,
                    const struct border *next)
{
    const struct yaml_change *change = r->change;
    size_t moved = change->new_len - change->old_len; /* modulo 2^64, as it is added */
    struct border begin;
    if (!begins_line(r, first, &begin))
        return false;
    struct yaml_piece piece = {
        .text = r->text + begin.at, .at = begin.at, .len = next->at - begin.at + moved, .line = begin.line};
    if (piece.len == 0 && first == block->child && last == block->last)
        return false;
    if (piece.len && next->line && !strchr("\r\n", piece.text[piece.len - 1]))
        return false;
    if (piece.len && !read_items(r, &piece, block, first, last))
        return false;
    struct yaml_node *after = last->next;
    int lines = next->line ? begin.line + piece.breaks - next->line : 0;
    put(block, first, last, piece.root);
    for (struct yaml_node *up = block; up; after = up->next, up = up->parent) {
        for (struct yaml_node *n = after; n; n = n->next)
            move(n, moved, lines);
        up->end = up->last->end;
        up->changed = r->doc->rereads + 1;
    }
    r->doc->rereads++;
    return true;
}

static bool reread_block(struct reread *r, struct yaml_node *block, const struct border *end);

/* The change begins in this item, or right behind it. */
static bool reread_item(struct reread *r, struct yaml_node *item, const struct border *end)
{
    size_t to = r->change->at + r->change->old_len;
    struct border next = *end;
    if (item->next && !begins_line(r, item->next, &next))
        return false;
    if (to <= next.at && is_block(item) && reread_block(r, item, &next))
        return true;
    struct yaml_node *last = item;
    while (to > next.at) {
        last = last->next;
        next = *end;
        if (!last || (last->next && !begins_line(r, last->next, &next)))
            return false;
    }
    return replace(r, item->parent, item, last, &next);
}

/* The least that can be read by itself. */
static bool reread_block(struct reread *r, struct yaml_node *block, const struct border *end)
{
    struct yaml_node *item = NULL, *before = NULL;
    size_t at = r->change->at + (size_t)block->column - 1; /* of an item whose line begins there */
    for (struct yaml_node *n = block->child; n && n->key_start <= at; n = n->next) {
        before = item;
        item = n;
    }
    if (!item)
        return false;
    return reread_item(r, item, end) || (before && item->key_start == at && reread_item(r, before, end));
}

bool yaml_reread(struct yaml_doc *doc, const char *text, size_t len, const struct yaml_change *change)
{
    struct reread r = {doc, text, len / 2, change};
    struct border end = {len - change->new_len + change->old_len, 0};
    if (len > YAML_MAX_BYTES || doc->next || doc->directives || !doc->root || !is_block(doc->root))
        return false;
    if (doc->memory.taken > 2 * doc->first_bytes + SPARE) /* what was replaced is given back when all is read */
        return false;
    if (has_explicit_key(text, len))
        return false;
    return reread_block(&r, doc->root, &end);
}
