/* How a list is drawn: the widths of its columns, its titles, its rows. */
#include "ui/list.h"

#include "base/text.h"

static bool says_anything(const struct list *list, size_t column, size_t first, size_t last)
{
    struct list_cell cell;
    for (size_t i = first; i < last; i++) {
        list_cell(list, list->rows[i], column, &cell);
        if (*cell.shown)
            return true;
    }
    return false;
}

/* What a screen's rows want; row by row, for a view may know more of a row than of a cell. */
static void want_widths(struct list *list, size_t first, size_t last)
{
    const struct list_class *class = list->class;
    for (size_t c = 0; c < class->column_count; c++) {
        int least = MAX(class->columns[c].min, text_width(class->columns[c].title) + (list->sort == (int)c));
        bool unseen = list_hidden(list, c) || (class->columns[c].spare && !says_anything(list, c, first, last));
        int was = class->columns[c].stretch ? 0 : list->widths[c]; /* what it took beyond its want, others may want now */
        list->widths[c] = unseen ? 0 : MAX(was, least);
    }
    for (size_t i = first; i < last; i++)
        for (size_t c = 0; c < class->column_count; c++) {
            struct list_cell cell;
            if (!list->widths[c] || class->columns[c].painted)
                continue;
            list_cell(list, list->rows[i], c, &cell);
            list->widths[c] = MAX(list->widths[c], text_width(cell.shown) + (cell.glyph ? 2 : 0));
        }
    for (size_t c = 0; c < class->column_count; c++)
        if (class->columns[c].max)
            list->widths[c] = MIN(list->widths[c], class->columns[c].max);
}

static int total_width(const struct list *list)
{
    int total = -2;
    for (size_t c = 0; c < list->class->column_count; c++)
        total += list->widths[c] ? list->widths[c] + 2 : 0;
    return total;
}

/* The widest column that may still give room; `all` of it, or only what it does not wish to keep. -1: none. */
static int widest_that_shrinks(const struct list *list, bool all)
{
    int widest = -1;
    for (size_t c = 0; c < list->class->column_count; c++) {
        const struct list_column *column = &list->class->columns[c];
        int w = list->widths[c];
        if ((column->shrink || column->stretch) && w > (all ? column->min : MAX(column->min, column->wish)) &&
            (widest < 0 || w > list->widths[widest]))
            widest = (int)c;
    }
    return widest;
}

static int first_to_go(const struct list *list, int from)
{
    const struct list_column *columns = list->class->columns;
    int worst = -1;
    for (size_t c = 0; c < list->class->column_count; c++)
        if (list->widths[c] && columns[c].rank >= from && (worst < 0 || columns[c].rank > columns[worst].rank))
            worst = (int)c;
    return worst;
}

/* Widths: what is on the screen wants, made to fit. The widest of those that can shrink gives first; then columns go, the
 * highest rank before the others. */
static void measure(struct list *list, int width, size_t first, size_t last)
{
    want_widths(list, first, last);
    int wanted[LIST_COLUMNS], total, at;
    memcpy(wanted, list->widths, sizeof wanted);
    while ((total = total_width(list)) > width) {
        if ((at = first_to_go(list, RANK_EXTRA)) >= 0) {
            list->widths[at] = wanted[at] = 0;
        } else if ((at = widest_that_shrinks(list, false)) >= 0) {
            list->widths[at]--;
        } else if ((at = first_to_go(list, 1)) >= 0) {
            /* Without it the others may be as wide as they want again. */
            wanted[at] = 0;
            for (size_t c = 0; c < list->class->column_count; c++)
                list->widths[c] = list->widths[c] ? wanted[c] : 0;
        } else if ((at = widest_that_shrinks(list, true)) >= 0) {
            list->widths[at]--;
        } else {
            break;
        }
    }
    for (size_t c = 0; c < list->class->column_count; c++)
        if (list->class->columns[c].stretch && list->widths[c])
            list->widths[c] += width - total;
}

static void draw_titles(struct list *list, struct area area)
{
    int x = 1;
    for (size_t i = 0; i < list_column_count(list); i++) {
        size_t c = list_column_at(list, i);
        if (!list->widths[c])
            continue;
        const struct list_column *column = &list->class->columns[c];
        char title[64];
        snprintf(title, sizeof title, "%s%s", column->title,
                 list->sort == (int)c ? (list->reverse ? "▾" : "▴") : "");
        if (column->painted)
            list->class->paint(list->data, NULL, c, area_sub(area, x, 0, list->widths[c], 1), 0);
        else if (column->right)
            draw_field_right(area, x, 0, list->widths[c], ROLE_TITLE, 0, title);
        else
            draw_field(area, x, 0, MIN(list->widths[c] + 1, area.w - x), ROLE_TITLE, 0, title);
        x += list->widths[c] + 2;
    }
}

static void draw_row(struct list *list, struct area area, int y, const void *row, bool selected)
{
    unsigned attr = selected ? ATTR_SELECTED : 0;
    int x = 1;
    if (selected)
        draw_fill(area_sub(area, 0, y, area.w, 1), ROLE_NORMAL, attr, ' ');
    bool dimmed = list->class->dimmed && list->class->dimmed(list->data, row);
    if (list_marked(list, row))
        draw_char(area, 0, y, ROLE_KEY, attr, '*');
    for (size_t i = 0; i < list_column_count(list); i++) {
        size_t c = list_column_at(list, i);
        if (!list->widths[c])
            continue;
        if (list->class->columns[c].painted) {
            list->class->paint(list->data, row, c, area_sub(area, x, y, list->widths[c], 1), attr);
            x += list->widths[c] + 2;
            continue;
        }
        struct list_cell cell;
        list_cell(list, row, c, &cell);
        if (dimmed)
            cell.role = ROLE_DIM;
        int at = x, w = list->widths[c];
        if (cell.glyph) {
            draw_char(area, at, y, cell.role, attr, cell.glyph);
            at += 2;
            w -= 2;
        }
        if (list->class->columns[c].right)
            draw_field_right(area, at, y, w, cell.role, attr, cell.shown);
        else
            draw_field(area, at, y, w, cell.role, attr, cell.shown);
        x += list->widths[c] + 2;
    }
}

void list_draw(struct list *list, struct area area)
{
    list->touched = false;
    list->page = MAX(1, area.h - 1);
    list->first_row = list->offset + 1;
    size_t page = (size_t)list->page;
    if (list->selected < list->top)
        list->top = list->selected;
    if (list->selected >= list->top + page)
        list->top = list->selected - page + 1;
    if (list->top + page > list->count)
        list->top = list->count > page ? list->count - page : 0;
    size_t last = MIN(list->top + page, list->count);
    measure(list, area.w - 2, list->top, last);
    draw_titles(list, area);
    for (size_t i = list->top; i < last; i++)
        draw_row(list, area, (int)(i - list->top) + 1, list->rows[i], i == list->selected);
    if (!list->count) {
        const char *why = list->filter[0] && list->total ? "no row matches the filter" : NULL;
        if (!why && list->class->empty)
            why = list->class->empty(list->data);
        draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0, why ? why : "nothing here");
    }
    /* A mark at the right edge says where in the whole this page is. */
    if (list->count > page) {
        int h = MAX(1, (int)(page * page / list->count));
        int y = (int)((page - (size_t)h) * list->top / (list->count - page));
        draw_vline(area, area.w - 1, 1 + y, h, ROLE_DIM, 0x2503);
    }
}
