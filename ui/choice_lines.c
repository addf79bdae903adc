#include "base/diff.h"
#include "base/secret.h"
#include "ui/choice.h"

#define AROUND 2         /* lines that are the same, shown before and after those that differ */
#define LINES_MAX 2000   /* of a difference; how many more differ is said */

void choice_lines_add(struct choice_lines *lines, enum role role, const char *fmt, ...)
{
    struct buf text, masked;
    va_list ap;
    buf_init(&text, 4096);
    buf_init(&masked, 4096);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    secret_mask(&masked, text.data);
    GROW(lines->items, lines->count, lines->cap);
    lines->items[lines->count++] = (struct choice_line){role, buf_take(&masked), NULL};
    buf_release(&text);
    buf_release(&masked);
}

void choice_lines_mark(struct choice_lines *lines, size_t from, const char *mark)
{
    for (size_t i = from; i < lines->count; i++) {
        free(lines->items[i].mark);
        lines->items[i].mark = xstrdup(mark);
    }
}

void choice_lines_release(struct choice_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->items[i].text);
        free(lines->items[i].mark);
    }
    free(lines->items);
    *lines = (struct choice_lines){0};
}

/* Whether a line is one that differs, or near one. */
static bool is_shown(const struct diff *diff, size_t i)
{
    size_t from = i > AROUND ? i - AROUND : 0, to = MIN(i + AROUND, diff->count - 1);
    for (size_t k = from; k <= to; k++)
        if (diff->lines[k].sign != ' ')
            return true;
    return false;
}

void choice_lines_add_difference(struct choice_lines *lines, const char *before, size_t before_len, const char *after,
                                 size_t after_len)
{
    struct diff diff;
    size_t shown = 0, left_out = 0;
    bool gap = true;
    diff_make(&diff, before, before_len, after, after_len);
    for (size_t i = 0; i < diff.count; i++) {
        const struct diff_line *line = &diff.lines[i];
        if (!is_shown(&diff, i)) {
            gap = true;
            continue;
        }
        if (shown++ >= LINES_MAX) {
            left_out += line->sign != ' ';
            continue;
        }
        if (gap)
            choice_lines_add(lines, ROLE_DIM, "line %zu", line->number);
        gap = false;
        enum role role = line->sign == '-' ? ROLE_BAD : line->sign == '+' ? ROLE_GOOD : ROLE_DIM;
        choice_lines_add(lines, role, "%c %.*s", line->sign, (int)MIN(line->len, 2000), line->text);
    }
    if (left_out)
        choice_lines_add(lines, ROLE_WARNING, "and %zu more lines that differ", left_out);
    if (!diff.changed)
        choice_lines_add(lines, ROLE_DIM, "only line breaks differ");
    diff_release(&diff);
}
