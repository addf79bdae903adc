#include "graph/splice.h"

#include "base/text.h"
#include "graph/lines.h"

static const struct yaml_node *seq_in(const struct yaml_node *node)
{
    for (const struct yaml_node *n = node ? node->child : NULL; n; n = n->next) {
        const struct yaml_node *found = n->type == YAML_SEQ && !n->flow && n->count && n->key ? n : seq_in(n);
        if (found)
            return found;
    }
    return NULL;
}

/* The columns before a byte of the first characters of a line, which are spaces, dashes or a byte order mark. */
static int column_of(const struct site *site, size_t at)
{
    size_t start = line_start(site->text, at);
    if (start == 0 && at >= 3 && memcmp(site->text, "\xef\xbb\xbf", 3) == 0)
        start = 3;
    return (int)(at - start);
}

void site_init(struct site *site, const char *text, size_t len, const struct yaml_node *root)
{
    *site = (struct site){.text = text, .len = len, .newline = "\n", .dash = 2};
    const char *nl = memchr(text, '\n', len), *cr = memchr(text, '\r', len);
    if (cr && nl == cr + 1)
        site->newline = "\r\n";
    else if (cr && !nl)
        site->newline = "\r";
    site->json = root && root->flow && root->child && text[root->child->key_start] == '"';
    const struct yaml_node *list = seq_in(root);
    if (list)
        site->dash = MAX(0, column_of(site, list->child->key_start) - (list->key_column - 1));
}

void splices_release(struct splices *splices)
{
    for (size_t i = 0; i < splices->count; i++) {
        free(splices->items[i].old);
        free(splices->items[i].new);
    }
    free(splices->items);
    *splices = (struct splices){0};
}

/* What only comes in comes before what is there, also before what takes that away. */
static bool is_after(const struct splice *a, const struct splice *b)
{
    return a->at > b->at || (a->at == b->at && a->old_len > 0 && b->old_len == 0);
}

/* By place, those of one place in the order they were made: nearly so already. */
static void sort(struct splices *splices)
{
    for (size_t i = 1; i < splices->count; i++) {
        struct splice moved = splices->items[i];
        size_t at = i;
        for (; at > 0 && is_after(&splices->items[at - 1], &moved); at--)
            splices->items[at] = splices->items[at - 1];
        splices->items[at] = moved;
    }
}

void splices_finish(struct splices *splices, const struct site *site)
{
    sort(splices);
    size_t kept = 0;
    for (size_t i = 0; i < splices->count; i++) {
        struct splice *s = &splices->items[i];
        if (s->old_len == s->new_len && memcmp(s->new, site->text + s->at, s->new_len) == 0) {
            free(s->new);
            continue;
        }
        s->old = xmemdup(site->text + s->at, s->old_len);
        splices->items[kept++] = *s;
    }
    splices->count = kept;
}

void splice_add(struct splices *out, size_t from, size_t to, const char *new, size_t new_len)
{
    GROW(out->items, out->count, out->cap);
    out->items[out->count++] = (struct splice){.at = from,
                                               .old_len = to - from,
                                               .new_len = new_len,
                                               .new = xmemdup(new, new_len),
                                               .line = out->line,
                                               .column = out->column};
}

void splice_difference(struct splices *out, const struct buf *old, const char *new, size_t len)
{
    size_t head = 0, tail = 0, most = MIN(len, old->len);
    while (head < most && new[head] == old->data[head])
        head++;
    while (tail < most - head && new[len - 1 - tail] == old->data[old->len - 1 - tail])
        tail++;
    if (head < len || head < old->len)
        splice_add(out, head, old->len - tail, new + head, len - head - tail);
}

static void cut(struct splices *out, size_t from, size_t to)
{
    if (to > from)
        splice_add(out, from, to, "", 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool blank_between(const struct site *site, size_t from, size_t to)
{
    for (; from < to; from++)
        if (!is_blank(site->text[from]))
            return false;
    return true;
}

static size_t skip_blanks(const struct site *site, size_t at)
{
    while (at < site->len && is_blank(site->text[at]))
        at++;
    return at;
}

static const struct yaml_node *last_leaf(const struct yaml_node *node)
{
    while (!node->flow && node->last)
        node = node->last;
    return node;
}

static bool in_flow(const struct yaml_node *node)
{
    for (; node; node = node->parent)
        if (node->flow)
            return true;
    return false;
}

static void write_scalar(struct buf *out, const struct site *site, const char *s, bool flow)
{
    struct buf plain;
    buf_init(&plain, 1u << 24);
    yaml_emit_scalar(&plain, s);
    if (site->json || plain.data[0] == '\'' || plain.data[0] == '"' || (flow && strpbrk(s, ",[]{}:?")))
        json_quote(out, s);
    else
        buf_adds(out, plain.data);
    buf_release(&plain);
}

static void write_flow(struct buf *out, const struct site *site, const cJSON *value, bool flow)
{
    if (cJSON_IsString(value)) {
        write_scalar(out, site, value->valuestring, flow);
        return;
    }
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value)) {
        json_print(out, value);
        return;
    }
    buf_addc(out, cJSON_IsObject(value) ? '{' : '[');
    for (const cJSON *c = value->child; c; c = c->next) {
        if (c != value->child)
            buf_adds(out, ", ");
        if (cJSON_IsObject(value)) {
            write_scalar(out, site, c->string, true);
            buf_adds(out, ": ");
        }
        write_flow(out, site, c, true);
    }
    buf_addc(out, cJSON_IsObject(value) ? '}' : ']');
}

static void write_child(struct buf *out, const struct site *site, const char *key, const cJSON *value, int indent,
                        int levels);

/* What follows "key:" or "-", which stand at `indent`. */
static void write_block(struct buf *out, const struct site *site, const cJSON *value, int indent, int levels, bool item)
{
    if (levels <= 0 || !value->child || !(cJSON_IsObject(value) || cJSON_IsArray(value))) {
        buf_addc(out, ' ');
        write_flow(out, site, value, false);
        return;
    }
    int inner = indent + (cJSON_IsObject(value) || item ? 2 : site->dash);
    for (const cJSON *c = value->child; c; c = c->next) {
        if (item && c == value->child) {
            buf_addc(out, ' ');
        } else {
            buf_adds(out, site->newline);
            buf_pad(out, ' ', (size_t)inner);
        }
        write_child(out, site, cJSON_IsObject(value) ? c->string : NULL, c, inner, levels - 1);
    }
}

static void write_child(struct buf *out, const struct site *site, const char *key, const cJSON *value, int indent,
                        int levels)
{
    if (key) {
        write_scalar(out, site, key, false);
        buf_addc(out, ':');
    } else {
        buf_addc(out, '-');
    }
    write_block(out, site, value, indent, levels, !key);
}

/* A new line after the one that `at` is in. */
static void add_line(struct splices *out, const struct site *site, size_t at, const char *line, size_t len)
{
    size_t end = line_end(site->text, site->len, at), next = after_break(site->text, site->len, end);
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    if (next == end)
        buf_adds(&text, site->newline); /* the last line has no break, and shall have none */
    buf_add(&text, line, len);
    if (next > end)
        buf_adds(&text, site->newline);
    splice_add(out, next, next, text.data, text.len);
    buf_release(&text);
}

static void append_block(struct splices *out, const struct site *site, const struct yaml_node *container,
                         const char *key, const cJSON *value, int levels)
{
    int indent = key ? container->child->key_column - 1 : column_of(site, container->last->key_start);
    const struct yaml_node *leaf = last_leaf(container);
    size_t at = leaf->end;
    if (leaf->type == YAML_SCALAR && leaf->end > leaf->start && strchr("|>", site->text[leaf->start])) {
        /* the blank lines after a block scalar may be part of it */
        for (size_t end = line_end(site->text, site->len, at), next;
             (next = after_break(site->text, site->len, end)) > end; end = line_end(site->text, site->len, next)) {
            at = end;
            if (next == site->len || !blank_between(site, next, line_end(site->text, site->len, next)))
                break;
        }
    }
    struct buf line;
    buf_init(&line, YAML_MAX_BYTES);
    buf_pad(&line, ' ', (size_t)indent);
    write_child(&line, site, key, value, indent, levels);
    add_line(out, site, at, line.data, line.len);
    buf_release(&line);
}

static void write_member(struct buf *text, const struct site *site, const char *key, const cJSON *value)
{
    if (key) {
        write_scalar(text, site, key, true);
        buf_adds(text, ": ");
    }
    write_flow(text, site, value, true);
}

static void append_flow(struct splices *out, const struct site *site, const struct yaml_node *container,
                        const char *key, const cJSON *value)
{
    const struct yaml_node *last = container->last;
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    if (!last) {
        write_member(&text, site, key, value);
        splice_add(out, container->start + 1, container->start + 1, text.data, text.len);
        buf_release(&text);
        return;
    }
    size_t start = line_start(site->text, last->key_start);
    buf_addc(&text, ',');
    if (start > container->start && blank_between(site, start, last->key_start)) {
        buf_adds(&text, site->newline);
        buf_add(&text, site->text + start, last->key_start - start);
    } else {
        buf_addc(&text, ' ');
    }
    write_member(&text, site, key, value);
    splice_add(out, last->end, last->end, text.data, text.len);
    buf_release(&text);
}

/* [] or {} or nothing, under a key of a block: becomes a block below the key. */
static void fill_below(struct splices *out, const struct site *site, const struct yaml_node *container, const char *key,
                       const cJSON *value, int levels)
{
    int indent = container->key_column - 1 + (key ? 2 : site->dash);
    size_t from = container->start, to = container->end;
    if (to > from)
        while (from > 0 && is_blank(site->text[from - 1]))
            from--;
    cut(out, from, to);
    struct buf line;
    buf_init(&line, YAML_MAX_BYTES);
    buf_pad(&line, ' ', (size_t)indent);
    write_child(&line, site, key, value, indent, levels);
    add_line(out, site, to, line.data, line.len);
    buf_release(&line);
}

/* A null in braces, or one that is to become a value on its own line. */
static void fill_here(struct splices *out, const struct site *site, const struct yaml_node *container, const char *key,
                      const cJSON *value)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    if (container->start > 0 && !is_blank(site->text[container->start - 1]))
        buf_addc(&text, ' ');
    buf_addc(&text, key ? '{' : '[');
    write_member(&text, site, key, value);
    buf_addc(&text, key ? '}' : ']');
    splice_add(out, container->start, container->end, text.data, text.len);
    buf_release(&text);
}

void splice_append(struct splices *out, const struct site *site, const struct yaml_node *container, const char *key,
                   const cJSON *value, int levels, bool as_block)
{
    bool flow = in_flow(container->parent);
    bool empty = container->type == YAML_SCALAR || !container->count;
    if (!empty && container->flow)
        append_flow(out, site, container, key, value);
    else if (!empty)
        append_block(out, site, container, key, value, levels);
    else if (as_block && !flow && container->key &&
             (container->type == YAML_SCALAR || blank_between(site, container->start + 1, container->end - 1)))
        fill_below(out, site, container, key, value, levels);
    else if (container->type == YAML_SCALAR)
        fill_here(out, site, container, key, value);
    else
        append_flow(out, site, container, key, value);
}

/* Just after the colon of a key, or SIZE_MAX. */
static size_t after_colon(const struct site *site, const struct yaml_node *node)
{
    if (!node->key)
        return SIZE_MAX;
    size_t at = node->key_start, n = strlen(node->key);
    if (at < site->len && (site->text[at] == '"' || site->text[at] == '\''))
        n += 2;
    at = at + n < site->len ? skip_blanks(site, at + n) : site->len;
    return at < site->len && site->text[at] == ':' ? at + 1 : SIZE_MAX;
}

void splice_value(struct splices *out, const struct site *site, const struct yaml_node *node, const cJSON *value)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    size_t from = node->start, to = last_leaf(node)->end;
    if (node->type != YAML_SCALAR && !node->flow) {
        /* A block begins below its key; one line goes beside it. */
        size_t colon = after_colon(site, node), at = colon;
        while (at < from && (is_blank(site->text[at]) || is_break(site->text[at])))
            at++;
        if (at == from)
            from = colon;
    }
    if (from > 0 && !is_blank(site->text[from - 1]) && !is_break(site->text[from - 1]))
        buf_addc(&text, ' ');
    bool quoted = node->type == YAML_SCALAR && to > from && site->text[from] == '"';
    if (quoted && cJSON_IsString(value))
        json_quote(&text, value->valuestring);
    else
        write_flow(&text, site, value, in_flow(node));
    splice_add(out, from, to, text.data, text.len);
    buf_release(&text);
}

void splice_key(struct splices *out, const struct site *site, const struct yaml_node *node, const char *key)
{
    size_t from = node->key_start, to = from + strlen(node->key);
    if (site->text[from] == '"' || site->text[from] == '\'')
        to += 2;
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    write_scalar(&text, site, key, in_flow(node));
    splice_add(out, from, to, text.data, text.len);
    buf_release(&text);
}

/* Cuts [from, to), and its line with it when nothing else is on it. */
static void cut_tidily(struct splices *out, const struct site *site, size_t from, size_t to)
{
    size_t start = line_start(site->text, from), end = line_end(site->text, site->len, to);
    if (blank_between(site, start, from) && blank_between(site, to, end))
        cut(out, start, after_break(site->text, site->len, end));
    else
        cut(out, from, to);
}

static void remove_block_child(struct splices *out, const struct site *site, const struct yaml_node *child)
{
    size_t start = line_start(site->text, child->key_start), end = last_leaf(child)->end;
    if (blank_between(site, start, child->key_start))
        cut(out, start, after_break(site->text, site->len, line_end(site->text, site->len, end)));
    else
        cut(out, child->key_start, end); /* the first key after a "-": the dash stays */
}

/* The comma after `at` with nothing but space and comments between, or SIZE_MAX. */
static size_t comma_after(const struct site *site, size_t at)
{
    while (at < site->len) {
        char c = site->text[at];
        if (c == ',')
            return at;
        if (c == '#')
            at = line_end(site->text, site->len, at);
        else if (is_blank(c) || is_break(c))
            at++;
        else
            break;
    }
    return SIZE_MAX;
}

static void remove_flow_children(struct splices *out, const struct site *site, const struct yaml_node *container,
                                 splice_gone_fn gone, void *data)
{
    const struct yaml_node *kept = NULL;  /* the last one kept so far */
    const struct yaml_node *first = NULL; /* the first one gone after it */
    bool comma = true;                    /* whether the last one gone took a comma with it */
    for (const struct yaml_node *n = container->child; n; n = n->next) {
        if (!gone(data, n)) {
            kept = n;
            first = NULL;
            continue;
        }
        if (!first)
            first = n;
        size_t at = comma_after(site, n->end);
        comma = at != SIZE_MAX;
        if (!comma) {
            cut_tidily(out, site, n->key_start, n->end);
        } else if (blank_between(site, n->end, at)) {
            size_t to = skip_blanks(site, at + 1);
            if (to == site->len || is_break(site->text[to]) || site->text[to] == '#')
                to = at + 1;
            cut_tidily(out, site, n->key_start, to);
        } else {
            cut(out, n->key_start, n->end);
            cut(out, at, at + 1);
        }
    }
    if (first && !comma && kept) {
        /* What is last now has a comma too many. */
        size_t at = comma_after(site, kept->end);
        bool beside = at != SIZE_MAX && blank_between(site, at + 1, first->key_start);
        if (at != SIZE_MAX)
            cut(out, at, beside ? first->key_start : at + 1);
    }
}

void splice_remove(struct splices *out, const struct site *site, const struct yaml_node *container, splice_gone_fn gone,
                   void *data)
{
    size_t count = 0;
    for (const struct yaml_node *n = container->child; n; n = n->next)
        count += gone(data, n);
    if (!count)
        return;
    bool all = count == container->count;
    if (container->flow) {
        remove_flow_children(out, site, container, gone, data);
        return;
    }
    for (const struct yaml_node *n = container->child; n; n = n->next)
        if (gone(data, n))
            remove_block_child(out, site, n);
    size_t colon = all ? after_colon(site, container) : SIZE_MAX;
    if (colon != SIZE_MAX)
        splice_add(out, colon, colon, container->type == YAML_SEQ ? " []" : " {}", 3);
}
