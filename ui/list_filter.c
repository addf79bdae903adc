/* The filter of a list: which rows it lets pass, while it is typed and while rows change. */
#include "ui/list.h"

#include "base/text.h"

static const char *shown_labels(void *data, const void *row)
{
    const struct list *list = data;
    return list->class->labels ? list->class->labels(list->data, row) : NULL;
}

static void shown_cell(void *data, const void *row, size_t column, struct filter_cell *out)
{
    struct list *list = data;
    struct list_cell *cell = &list->looked;
    list_cell(list, row, column, cell);
    out->text = cell->shown;
    out->shared = cell->shown != cell->text;
    out->has_number = cell->number;
    out->number = cell->order;
    if (list->class->columns[column].since)
        out->number = ((double)list->wall + cell->order) / (double)NSEC_PER_SEC;
    else if (list->class->columns[column].span)
        out->number = cell->order / (double)NSEC_PER_SEC;
}

static bool passes(const struct list *list, const void *row)
{
    struct filter_source source = {shown_cell, shown_labels, (void *)(uintptr_t)list, list->wall};
    return !list->query || filter_passes(list->query, &source, row);
}

bool list_passes(const struct list *list, const void *row)
{
    return passes(list, row);
}

void list_pass_begin(struct list *list)
{
    if (list->query)
        filter_pass_begin(list->query);
}

void list_pass_end(struct list *list)
{
    if (list->query)
        filter_pass_end(list->query);
}

bool list_overdue(const struct list *list)
{
    int64_t due = list->query ? filter_due(list->query) : 0;
    return due && list->wall >= due;
}

static void narrow(struct list *list)
{
    size_t kept = 0, selected = 0;
    list_pass_begin(list);
    for (size_t i = 0; i < list->count; i++) {
        list_fetch_ahead(i + 2 < list->count ? list->rows[i + 2] : NULL);
        if (i == list->selected)
            selected = kept; /* itself, or the one behind it */
        if (passes(list, list->rows[i]))
            list->rows[kept++] = list->rows[i];
    }
    list_pass_end(list);
    list->count = kept;
    list->selected = MIN(selected, kept ? kept - 1 : 0);
}

/* What the filter calls the columns, and which it looks into unasked. */
static size_t name_columns(struct list *list)
{
    size_t count = list->class->column_count;
    for (size_t c = 0; c < count; c++) {
        const struct list_column *column = &list->class->columns[c];
        bool unseen = column->painted || list_hidden(list, c);
        list->named[c] = (struct filter_column){column->title, !column->passing && !unseen, column->since || column->span};
    }
    return count;
}

int list_set_filter(struct list *list, const char *text, bool typing, struct err *err)
{
    struct filter *query = NULL, *before = list->query;
    text = str_or_empty(text);
    if (strlen(text) >= sizeof list->filter)
        return err_set(err, "a filter is no longer than %zu bytes", sizeof list->filter - 1);
    size_t count = name_columns(list);
    if (*text && !(query = filter_new(text, typing, list->named, count, err)))
        return -1;
    bool narrower = list->class->compare && !list->stale && (!before || (query && filter_narrows(query, before)));
    list->query = query;
    filter_free(before);
    snprintf(list->filter, sizeof list->filter, "%s", text);
    memset(list->widths, 0, sizeof list->widths);
    list->touched = true;
    if (narrower && query)
        narrow(list);
    else
        list->stale = true;
    return 0;
}

/* "!no" → "!node=": the word's own beginning goes before each. */
static void add_words(struct list *list, const char *head, int head_len, struct completions *out)
{
    char name[64], word[128];
    for (size_t c = 0; c < list->class->column_count; c++) {
        filter_name(name, sizeof name, list->class->columns[c].title);
        snprintf(word, sizeof word, "%.*s%s=", head_len, head, name);
        if (*name && !list->class->columns[c].painted)
            completions_add(out, word);
    }
    if (list->class->labels) {
        snprintf(word, sizeof word, "%.*slabel=", head_len, head);
        completions_add(out, word);
    }
}

#define MOST_VALUES 64
#define MOST_LOOKED 20000

/* What rows that are shown say in the column: "status=" → "status=Running" … */
static void add_values(struct list *list, const char *word, int head_len, size_t column, struct completions *out)
{
    size_t before = out->count;
    for (size_t i = 0; i < list->count && i < MOST_LOOKED && out->count - before < MOST_VALUES; i++) {
        struct list_cell cell;
        char text[LIST_TEXT + 128];
        list_cell(list, list->rows[i], column, &cell);
        bool plain = *cell.shown && !cell.shown[strcspn(cell.shown, " \"',*?")];
        snprintf(text, sizeof text, plain ? "%.*s%.200s" : "%.*s\"%.200s\"", head_len, word, cell.shown);
        if (*cell.shown)
            completions_add(out, text);
    }
}

void list_complete(struct list *list, const char *line, size_t cursor, struct completions *out)
{
    size_t start = cursor;
    while (start > 0 && line[start - 1] != ' ')
        start--;
    const char *word = line + start;
    int head = (int)strspn(word, "!");
    size_t op = strcspn(word + head, "=~<>!");
    if (start + (size_t)head + op >= cursor) {
        add_words(list, word, head, out);
        return;
    }
    char written[64], name[64];
    snprintf(written, sizeof written, "%.*s", (int)op, word + head);
    int end = head + (int)op + (int)strspn(word + head + op, "=!~<>");
    for (size_t c = 0; c < list->class->column_count; c++) {
        filter_name(name, sizeof name, list->class->columns[c].title);
        if (strcasecmp(name, written) == 0)
            add_values(list, word, end, c, out);
    }
}
