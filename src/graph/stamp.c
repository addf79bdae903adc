#include "graph/stamp.h"

#include "base/map.h"
#include "base/sheet.h"
#include "base/text.h"
#include "graph/lines.h"
#include "graph/read.h"
#include "graph/splice.h"

#define KEY "foreach"
#define MARK "${row."

/* An item to be repeated. */
struct item {
    const struct yaml_node *node;
    const struct sheet *sheet;
    const char *file; /* the sheet's */
    size_t from, to;  /* its bytes, in a block whole lines */
};

struct stamping {
    struct source_text *source;
    struct site site;
    struct reader reader;
    stamp_read_fn read;
    void *data;
    struct map sheets; /* name → struct sheet */
    struct item *items;
    size_t count, cap;
};

/* Whether text holds a ${row.…} that is to be filled in. */
static const char *find_mark(const char *text)
{
    const char *at = strstr(text, MARK);
    while (at && at > text && at[-1] == '$') /* "$${row." */
        at = strstr(at + 1, MARK);
    return at;
}

/* Copies text with its rows' cells filled in; "$${row." stands for "${row.". */
static char *expand(const struct item *item, size_t row, const char *text)
{
    struct buf out;
    buf_init(&out, YAML_MAX_BYTES);
    for (const char *mark; (mark = strstr(text, MARK));) {
        bool escaped = mark > text && mark[-1] == '$';
        buf_add(&out, text, (size_t)(mark - text) - escaped);
        const char *name = mark + strlen(MARK), *end = strchr(name, '}');
        if (escaped || !end) {
            buf_adds(&out, MARK);
            text = name;
            continue;
        }
        char *column = xstrndup(name, (size_t)(end - name));
        buf_adds(&out, str_or_empty(sheet_cell(item->sheet, row, column)));
        free(column);
        text = end + 1;
    }
    buf_adds(&out, text);
    return buf_take(&out);
}

/* A cell alone that is empty: its key is left out, so that the default holds. */
static bool is_left_out(const struct item *item, size_t row, const struct yaml_node *node)
{
    if (node->type != YAML_SCALAR || !node->key || !str_starts(node->value, MARK) ||
        strchr(node->value, '}') != node->value + node->value_len - 1)
        return false;
    char *value = expand(item, row, node->value);
    bool empty = !*value;
    free(value);
    return empty;
}

/* What is wrong with it whatever the row. */

static void check_names(struct stamping *s, const struct item *item, const struct yaml_node *node, const char *text)
{
    for (const char *mark; (mark = find_mark(text)); text = mark + 1) {
        const char *name = mark + strlen(MARK), *end = strchr(name, '}');
        char *column = end ? xstrndup(name, (size_t)(end - name)) : NULL;
        if (!end)
            read_fault(&s->reader, node, "this '" MARK "' has no '}' behind it");
        else if (!sheet_cell(item->sheet, 0, column))
            read_fault(&s->reader, node, "%s has no column '%s'%s", SHOWN(item->file), SHOWN(column),
                       DID_YOU_MEAN(text_nearest(column, (const char *const *)item->sheet->columns)));
        free(column);
    }
}

/* item NULL: nothing is repeated here, so there is no row. */
static void check_node(struct stamping *s, const struct item *item, const struct yaml_node *node)
{
    if (node->key && find_mark(node->key))
        read_key_fault(&s->reader, node, "a key cannot be filled in from a row, only a value");
    if (node->type == YAML_SCALAR && node->value && find_mark(node->value)) {
        if (item)
            check_names(s, item, node, node->value);
        else
            read_fault(&s->reader, node, "there is no row to fill this in from: the item has no '" KEY "'");
    }
    for (const struct yaml_node *n = node->child; n; n = n->next)
        check_node(s, item, n);
}

/* Each row's thing needs a name of its own. */
static void check_unique(struct stamping *s, const struct item *item)
{
    const struct yaml_node *name = yaml_get(item->node, "name");
    struct map seen = MAP_INIT;
    if (!name || name->type != YAML_SCALAR || !name->value)
        return;
    for (size_t row = 0; row < item->sheet->count; row++) {
        char *value = expand(item, row, name->value);
        const struct sheet_row *other = map_put(&seen, value, &item->sheet->rows[row]);
        if (other && *value) {
            read_fault(&s->reader, name, "rows %d and %d of %s both make the name '%s'", other->number,
                       item->sheet->rows[row].number, SHOWN(item->file), SHOWN(value));
            row = item->sheet->count; /* one is enough to see it */
        }
        free(value);
    }
    map_release(&seen, NULL);
}

/* The items and their sheets. */

static const struct sheet *sheet_of(struct stamping *s, const struct yaml_node *at, const char *name)
{
    struct sheet *sheet = map_get(&s->sheets, name);
    if (sheet)
        return sheet->count ? sheet : NULL; /* its fault was told already */
    struct buf text;
    struct err err = ERR_INIT;
    sheet = xcalloc(1, sizeof *sheet);
    map_put(&s->sheets, name, sheet);
    buf_init(&text, YAML_MAX_BYTES);
    if (s->read(s->data, name, &text, &err) < 0)
        read_fault(&s->reader, at, "%s", err.text);
    else if (sheet_parse(sheet, text.data, text.len, &err) < 0)
        read_fault(&s->reader, at, "%s: %s", SHOWN(name), err.text);
    buf_release(&text);
    return sheet->count ? sheet : NULL;
}

/* An item's own bytes; of a block its whole lines, with the comment behind the last. */
static bool find_range(const struct stamping *s, struct item *item)
{
    const struct site *site = &s->site;
    const struct yaml_node *last = item->node;
    if (item->node->parent->flow) {
        item->from = item->node->start;
        item->to = item->node->end;
        return true;
    }
    item->from = line_start(site->text, item->node->key_start);
    for (size_t at = item->from; at < item->node->key_start; at++)
        if (site->text[at] != ' ')
            return false;
    while (!last->flow && last->last)
        last = last->last;
    item->to = last->end;
    if (item->to == 0 || !is_break(site->text[item->to - 1])) /* else it is a block of lines, whose end is a line's */
        item->to = after_break(site->text, site->len, line_end(site->text, site->len, item->to));
    return true;
}

static void take_item(struct stamping *s, const struct yaml_node *node)
{
    const struct yaml_node *at = yaml_get(node, KEY);
    if (!at) {
        check_node(s, NULL, node);
        return;
    }
    const char *file = read_text(&s->reader, node, KEY, true);
    const struct sheet *sheet = file ? sheet_of(s, at, file) : NULL;
    if (!sheet)
        return;
    struct item item = {.node = node, .sheet = sheet, .file = file};
    if (!find_range(s, &item)) {
        read_fault(&s->reader, node, "an item with '" KEY "' must begin its line");
        return;
    }
    size_t errors = s->reader.faults->errors;
    check_node(s, &item, node);
    if (s->reader.faults->errors == errors)
        check_unique(s, &item);
    GROW(s->items, s->count, s->cap);
    s->items[s->count++] = item;
}

/* Filling in. */

struct leaving {
    const struct item *item;
    size_t row;
    bool dash; /* foreach stands behind the item's "-" and is cut by cut_first() */
};

static bool goes(void *data, const struct yaml_node *node)
{
    const struct leaving *l = data;
    if (node->parent == l->item->node && strcmp(node->key, KEY) == 0)
        return !l->dash;
    return is_left_out(l->item, l->row, node);
}

/* "- foreach: x", with the next key below it: what comes next moves up beside the dash. */
static void cut_first(struct splices *out, const struct yaml_node *first)
{
    splice_add(out, first->key_start, first->next->key_start, "", 0);
}

/* A value that stands there without quotes may be a number; between quotes it stays a text. */
static cJSON *value_of(const struct yaml_node *node, const char *text)
{
    cJSON *number = node->plain ? json_number(text, true) : NULL;
    return number ? number : cJSON_CreateString(text);
}

static void fill(const struct stamping *s, struct splices *out, struct leaving *leaving, const struct yaml_node *node)
{
    if (node->type != YAML_SCALAR) {
        splice_remove(out, &s->site, node, goes, leaving);
    } else if (node->value && strstr(node->value, MARK)) {
        char *text = expand(leaving->item, leaving->row, node->value);
        cJSON *value = value_of(node, text);
        splice_value(out, &s->site, node, value);
        cJSON_Delete(value);
        free(text);
    }
    for (const struct yaml_node *n = node->child; n; n = n->next)
        if (strcmp(str_or_empty(n->key), KEY) != 0 || n->parent != leaving->item->node)
            if (!is_left_out(leaving->item, leaving->row, n))
                fill(s, out, leaving, n);
}

static void stamp_row(struct stamping *s, const struct item *item, size_t row)
{
    const struct yaml_node *first = item->node->child;
    struct leaving leaving = {item, row, !item->node->flow && strcmp(first->key, KEY) == 0 && first->next &&
                                             !is_left_out(item, row, first->next)};
    struct splices splices = {0};
    if (leaving.dash)
        cut_first(&splices, first);
    fill(s, &splices, &leaving, item->node);
    splices_finish(&splices, &s->site);
    char *note = xasprintf("row %d of %s", item->sheet->rows[row].number, SHOWN(item->file));
    size_t at = item->from;
    for (size_t i = 0; i < splices.count; i++) {
        const struct splice *splice = &splices.items[i];
        source_copy(s->source, at, splice->at, note);
        source_put(s->source, splice->at, splice->new, splice->new_len, note);
        at = splice->at + splice->old_len;
    }
    source_copy(s->source, at, item->to, note);
    free(note);
    splices_release(&splices);
}

static int by_place(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static void stamp_all(struct stamping *s)
{
    size_t at = 0;
    qsort(s->items, s->count, sizeof *s->items, by_place);
    source_restart(s->source);
    for (size_t i = 0; i < s->count; i++) {
        const struct item *item = &s->items[i];
        bool whole_line = item->to > 0 && is_break(s->site.text[item->to - 1]);
        const char *between = item->node->parent->flow ? ", " : whole_line ? "" : s->site.newline;
        source_copy(s->source, at, item->from, NULL);
        for (size_t row = 0; row < item->sheet->count; row++) {
            if (row)
                source_put(s->source, item->to, between, strlen(between), NULL);
            stamp_row(s, item, row);
        }
        at = item->to;
    }
    source_copy(s->source, at, s->source->original.len, NULL);
    s->source->stamped = true;
}

/* What the text must mean now: the same said on the document's values, so that no way of writing goes wrong unseen. */

static void fill_meaning(const struct leaving *leaving, const struct yaml_node *node, cJSON *json)
{
    cJSON *value = json->child, *next;
    for (const struct yaml_node *n = node->child; n; n = n->next, value = next) {
        next = value->next;
        bool foreach = n->parent == leaving->item->node && strcmp(n->key, KEY) == 0;
        if (foreach || is_left_out(leaving->item, leaving->row, n)) {
            cJSON_Delete(cJSON_DetachItemViaPointer(json, value));
        } else if (n->type != YAML_SCALAR) {
            fill_meaning(leaving, n, value);
        } else if (n->value && strstr(n->value, MARK)) {
            char *text = expand(leaving->item, leaving->row, n->value);
            cJSON *filled = value_of(n, text);
            if (n->key)
                filled->string = xstrdup(n->key);
            cJSON_ReplaceItemViaPointer(json, value, filled);
            free(text);
        }
    }
}

static cJSON *list_meaning(const struct stamping *s, const struct yaml_node *list)
{
    cJSON *out = cJSON_CreateArray();
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        size_t i = 0;
        while (i < s->count && s->items[i].node != n)
            i++;
        for (size_t row = 0; i < s->count && row < s->items[i].sheet->count; row++) {
            cJSON *copy = yaml_to_json(n);
            fill_meaning(&(struct leaving){&s->items[i], row, false}, n, copy);
            cJSON_AddItemToArray(out, copy);
        }
        if (i == s->count)
            cJSON_AddItemToArray(out, yaml_to_json(n));
    }
    return out;
}

static bool means_it(const struct stamping *s, const struct yaml_node *root)
{
    struct yaml_fault fault;
    struct yaml_doc *now = yaml_parse(s->source->text.data, s->source->text.len, &fault);
    const struct yaml_node *before = yaml_get(root, "spec"), *after = now ? yaml_get(now->root, "spec") : NULL;
    bool same = after && before->count == after->count;
    for (const struct yaml_node *a = before->child, *b = same ? after->child : NULL; a && b; a = a->next, b = b->next) {
        cJSON *want = a->type == YAML_SEQ ? list_meaning(s, a) : yaml_to_json(a), *have = yaml_to_json(b);
        same = same && strcmp(a->key, b->key) == 0 && json_equal(want, have);
        cJSON_Delete(want);
        cJSON_Delete(have);
    }
    yaml_doc_free(now);
    return same;
}

static void undo(struct stamping *s)
{
    source_restart(s->source);
    source_copy(s->source, 0, s->source->original.len, NULL);
    s->source->stamped = false;
}

static void release_sheet(void *sheet)
{
    sheet_release(sheet);
    free(sheet);
}

int graph_stamp(struct source_text *source, stamp_read_fn read, void *data, struct faults *faults)
{
    const struct buf *text = &source->original;
    struct yaml_fault fault;
    size_t errors = faults->errors;
    if (!memmem(text->data, text->len, KEY, strlen(KEY)) && !memmem(text->data, text->len, MARK, strlen(MARK)))
        return 0;
    struct yaml_doc *doc = yaml_parse(text->data, text->len, &fault);
    if (!doc)
        return 0;
    struct stamping s = {.source = source,
                         .reader = {.file = source->name, .faults = faults},
                         .read = read,
                         .data = data};
    site_init(&s.site, text->data, text->len, doc->root);
    static const char *const lists[] = {"things", "links"};
    const struct yaml_node *spec = doc->root && doc->root->type == YAML_MAP ? yaml_get(doc->root, "spec") : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const struct yaml_node *list = spec && spec->type == YAML_MAP ? yaml_get(spec, lists[i]) : NULL;
        for (const struct yaml_node *n = list && list->type == YAML_SEQ ? list->child : NULL; n; n = n->next)
            if (n->type == YAML_MAP)
                take_item(&s, n);
    }
    if (faults->errors == errors && s.count)
        stamp_all(&s);
    if (source->text.over)
        read_fault(&s.reader, NULL, "with its rows filled in the graph has more than %u MiB", YAML_MAX_BYTES >> 20);
    else if (source->stamped && !means_it(&s, doc->root))
        read_fault(&s.reader, s.items[0].node, "this is written in a way that cannot be repeated; write it in a line of braces");
    if (faults->errors != errors)
        undo(&s);
    free(s.items);
    map_release(&s.sheets, release_sheet);
    yaml_doc_free(doc);
    faults_sort(faults);
    return faults->errors == errors ? 0 : -1;
}
