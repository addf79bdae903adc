#include "ops/filter_term.h"

#include <ctype.h>
#include <fnmatch.h>

#include "base/time.h"

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        term_release(&filter->terms[i]);
    free(filter);
}

struct filter *filter_new(const char *text, bool typing, const struct filter_column *columns, size_t count, struct err *err)
{
    struct filter *filter = xcalloc(1, sizeof *filter);
    filter->columns = columns;
    filter->column_count = count;
    while (text += strspn(text, " "), *text) {
        struct term term = {0};
        int rc = term_read(&term, &text, typing, columns, count, err);
        if (rc == 0 && filter->count == FILTER_TERMS)
            rc = err_set(err, "a filter has at most %d words", FILTER_TERMS);
        if (rc == 0)
            filter->terms[filter->count++] = term;
        else
            term_release(&term);
        if (rc < 0) {
            filter_free(filter);
            return NULL;
        }
    }
    return filter;
}

/* Texts. `lower` is in lower case already, and not empty. */
static bool contains_folded(const char *text, const char *lower)
{
    char first = lower[0], other = (char)toupper((unsigned char)first);
    for (; *text; text++) {
        if (*text != first && *text != other)
            continue;
        size_t i = 1;
        while (lower[i] && (text[i] == lower[i] || tolower((unsigned char)text[i]) == (unsigned char)lower[i]))
            i++;
        if (!lower[i])
            return true;
    }
    return false;
}

static bool is_value(const struct term *term, const struct term_value *value, bool open, const char *text)
{
    if (value->globs)
        return fnmatch(value->text, text, term->fold ? FNM_CASEFOLD : 0) == 0;
    if (open)
        return (term->fold ? strncasecmp : strncmp)(text, value->text, strlen(value->text)) == 0;
    return (term->fold ? strcasecmp : strcmp)(text, value->text) == 0;
}

static bool text_holds(const struct term *term, const char *text)
{
    if (term->pattern)
        return pattern_matches(term->pattern, text, strlen(text));
    if (term->kind == TERM_TEXT)
        return term->fold ? contains_folded(text, term->values[0].text) : strstr(text, term->values[0].text) != NULL;
    for (size_t i = 0; i < term->value_count; i++)
        if (is_value(term, &term->values[i], term->open && i + 1 == term->value_count, text))
            return true;
    return false;
}

static bool label_holds(const struct term_value *wanted, bool open, const char *labels)
{
    size_t len = strlen(wanted->key);
    for (const char *line = labels; line && *line; line = strchr(line, '\n') + 1) {
        const char *text = line + len + 1;
        size_t size = strcspn(line, "\n");
        if (open && !wanted->text && strncmp(line, wanted->key, len) == 0)
            return true;
        if (size <= len || strncmp(line, wanted->key, len) != 0 || line[len] != '=')
            continue;
        if (!wanted->text)
            return true;
        char *value = xstrndup(text, size - len - 1);
        bool holds = wanted->globs ? fnmatch(wanted->text, value, 0) == 0
                     : open        ? str_starts(value, wanted->text)
                                   : str_eq(value, wanted->text);
        free(value);
        return holds;
    }
    return false;
}

static bool labels_hold(const struct term *term, const char *labels)
{
    for (size_t i = 0; i < term->value_count; i++) {
        const struct term_value *value = &term->values[i];
        bool open = term->open && i + 1 == term->value_count;
        if (label_holds(value, open, labels) == value->not)
            return false;
    }
    return true;
}

/* What is shared was looked at before, most often. */
static bool look(const struct filter *filter, const struct term *term, const char *text, bool shared)
{
    bool (*holds)(const struct term *, const char *) = term->kind == TERM_LABELS ? labels_hold : text_holds;
    if (!shared || !filter->passing || !text)
        return holds(term, text);
    uint64_t slot = ((uint64_t)(uintptr_t)text >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 54; /* of TERM_MEMO */
    struct term_memo *memo = &term->memo[slot];
    if (memo->text != text)
        *memo = (struct term_memo){text, holds(term, text)};
    return memo->found;
}

/* Numbers. */
static bool number_holds(struct filter *filter, const struct term *term, const struct filter_cell *cell, int64_t now)
{
    double value = cell->number;
    if (filter->columns[term->column].age && value < term->number) {
        double wait = (term->number - value) * (double)NSEC_PER_SEC;
        int64_t at = wait < 9e18 - (double)now ? now + (int64_t)wait + 1 : 0;
        if (at && (!filter->due || at < filter->due))
            filter->due = at;
    }
    switch (term->op) {
    case OP_LESS:
        return value < term->number;
    case OP_LESS_EQUAL:
        return value <= term->number;
    case OP_MORE:
        return value > term->number;
    case OP_MORE_EQUAL:
        return value >= term->number;
    default:
        return value == term->number;
    }
}

static bool column_holds(struct filter *filter, const struct term *term, const struct filter_source *source, const void *row)
{
    struct filter_cell cell = {.text = ""};
    source->cell(source->data, row, term->column, &cell);
    if (term->op >= OP_LESS)
        return cell.has_number && number_holds(filter, term, &cell, source->now);
    if (term->op == OP_IS && term->is_number && cell.has_number && cell.number == term->number)
        return true;
    return look(filter, term, cell.text, cell.shared);
}

static bool any_column_holds(const struct filter *filter, const struct term *term, const struct filter_source *source,
                             const void *row)
{
    for (size_t c = 0; c < filter->column_count; c++) {
        struct filter_cell cell = {.text = ""};
        if (!filter->columns[c].searched)
            continue;
        source->cell(source->data, row, c, &cell);
        if (look(filter, term, cell.text, cell.shared))
            return true;
    }
    return false;
}

static bool holds(struct filter *filter, const struct term *term, const struct filter_source *source, const void *row)
{
    switch (term->kind) {
    case TERM_LABELS:
        return look(filter, term, source->labels ? source->labels(source->data, row) : NULL, true);
    case TERM_COLUMN:
        return column_holds(filter, term, source, row);
    default:
        return any_column_holds(filter, term, source, row);
    }
}

bool filter_passes(struct filter *filter, const struct filter_source *source, const void *row)
{
    for (size_t i = 0; i < filter->count; i++)
        if (holds(filter, &filter->terms[i], source, row) == filter->terms[i].not)
            return false;
    return true;
}

void filter_pass_begin(struct filter *filter)
{
    filter->passing = true;
    filter->due = 0;
    for (size_t i = 0; i < filter->count; i++) {
        free(filter->terms[i].memo);
        filter->terms[i].memo = xcalloc(TERM_MEMO, sizeof *filter->terms[i].memo);
    }
}

void filter_pass_end(struct filter *filter)
{
    filter->passing = false;
}

int64_t filter_due(const struct filter *filter)
{
    return filter->due;
}

/* Whether a term that was still being typed is the same one with more of it. */
static bool extends(const struct term *term, const struct term *before)
{
    if (term->kind != before->kind || term->not || before->not || term->pattern || before->pattern)
        return false;
    if (term->kind == TERM_TEXT)
        return before->fold ? contains_folded(term->values[0].text, before->values[0].text)
                            : strstr(term->values[0].text, before->values[0].text) != NULL;
    return term->kind == TERM_COLUMN && term->op == OP_IS && before->op == OP_IS && term->column == before->column &&
           term->value_count == 1 && before->value_count == 1 && before->open && !before->is_number &&
           !term->values[0].globs && !before->values[0].globs && term->fold == before->fold &&
           str_starts(term->values[0].text, before->values[0].text);
}

static bool same(const struct term *a, const struct term *b)
{
    return a->not == b->not && a->open == b->open && str_eq(a->raw, b->raw);
}

bool filter_narrows(const struct filter *filter, const struct filter *before)
{
    if (filter->count < before->count)
        return false;
    for (size_t i = 0; i < before->count; i++)
        if (!same(&filter->terms[i], &before->terms[i]) &&
            (i + 1 < before->count || !extends(&filter->terms[i], &before->terms[i])))
            return false;
    return true;
}
