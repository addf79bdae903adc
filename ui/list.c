#include "ui/list.h"

#include <math.h>

#include "base/text.h"

const struct binding list_bindings[] = {
    {"/", 0, "filter", NULL},
    {"j Down", LIST_DOWN, NULL, "down"},
    {"k Up", LIST_UP, NULL, "up"},
    {"^F PgDn", LIST_PGDN, NULL, "a page down"},
    {"^B PgUp", LIST_PGUP, NULL, "a page up"},
    {"g Home", LIST_TOP, NULL, "first row"},
    {"G End", LIST_BOTTOM, NULL, "last row"},
    {">", LIST_SORT_NEXT, NULL, "order by the next column"},
    {"<", LIST_SORT_PREV, NULL, "order by the column before"},
    {"I", LIST_REVERSE, NULL, "invert the order"},
    {"Y", LIST_COPY, NULL, "copy the row's name"},
    {NULL},
};

void list_init(struct list *list, const struct list_class *class, void *data)
{
    if (class->column_count > LIST_COLUMNS)
        BUG("a list of %zu columns", class->column_count);
    *list = (struct list){.class = class, .data = data, .sort = -1, .page = 1};
}

void list_release(struct list *list)
{
    free(list->rows);
    list->rows = NULL;
    list->count = list->cap = 0;
}

static bool hidden(const struct list *list, size_t column)
{
    return list->class->hidden && list->class->hidden(list->data, column);
}

static void cell_of(const struct list *list, const void *row, size_t column, struct list_cell *out)
{
    out->text[0] = '\0';
    out->role = ROLE_NORMAL;
    out->number = false;
    out->order = 0;
    out->glyph = 0;
    list->class->cell(list->data, row, column, out);
}

static bool passes(const struct list *list, const void *row)
{
    if (!list->filter[0])
        return true;
    for (size_t i = 0; i < list->class->column_count; i++) {
        struct list_cell cell;
        if (hidden(list, i))
            continue;
        cell_of(list, row, i, &cell);
        if (strcasestr(cell.text, list->filter))
            return true;
    }
    return false;
}

void list_begin(struct list *list)
{
    list->count = list->total = 0;
    list->stale = false;
}

void list_add(struct list *list, const void *row)
{
    list->total++;
    if (!passes(list, row))
        return;
    GROW(list->rows, list->count, list->cap);
    list->rows[list->count++] = row;
}

struct sort_row {
    const void *row;
    size_t index;
    double order;
    char *text;
};

static int compare_rows(const void *a, const void *b, void *data)
{
    const struct list *list = data;
    const struct sort_row *x = a, *y = b;
    int order = x->text && y->text ? strcmp(x->text, y->text) : (x->order > y->order) - (x->order < y->order);
    if (list->reverse)
        order = -order;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void sort_rows(struct list *list)
{
    struct sort_row *rows = xcalloc(list->count, sizeof *rows);
    for (size_t i = 0; i < list->count; i++) {
        struct list_cell cell;
        cell_of(list, list->rows[i], (size_t)list->sort, &cell);
        rows[i] = (struct sort_row){list->rows[i], i, cell.order, cell.number ? NULL : xstrdup(cell.text)};
    }
    qsort_r(rows, list->count, sizeof *rows, compare_rows, list);
    for (size_t i = 0; i < list->count; i++) {
        list->rows[i] = rows[i].row;
        free(rows[i].text);
    }
    free(rows);
}

static void remember(struct list *list)
{
    list->selected_id[0] = '\0';
    if (list->selected < list->count)
        list->class->identity(list->data, list->rows[list->selected], list->selected_id, sizeof list->selected_id);
}

void list_select(struct list *list, const char *identity)
{
    char id[sizeof list->selected_id];
    /* Most often it is where it was. */
    if (list->selected < list->count) {
        list->class->identity(list->data, list->rows[list->selected], id, sizeof id);
        if (str_eq(id, identity))
            return;
    }
    for (size_t i = 0; i < list->count; i++) {
        list->class->identity(list->data, list->rows[i], id, sizeof id);
        if (str_eq(id, identity)) {
            list->selected = i;
            snprintf(list->selected_id, sizeof list->selected_id, "%s", id);
            return;
        }
    }
}

void list_end(struct list *list)
{
    if (list->count > 1 && list->sort >= 0)
        sort_rows(list);
    else if (list->reverse)
        for (size_t i = 0; i < list->count / 2; i++) {
            const void *row = list->rows[i];
            list->rows[i] = list->rows[list->count - 1 - i];
            list->rows[list->count - 1 - i] = row;
        }
    size_t was = list->selected;
    if (list->selected_id[0])
        list_select(list, list->selected_id);
    /* Rows came above: the selected one stays where it is on the screen. */
    if (list->top && list->selected != was)
        list->top = (size_t)MAX(0, (long)list->top + (long)list->selected - (long)was);
    if (list->selected >= list->count)
        list->selected = list->count ? list->count - 1 : 0;
    if (list->count)
        remember(list);
}

const void *list_selected(const struct list *list)
{
    return list->selected < list->count ? list->rows[list->selected] : NULL;
}

void list_set_filter(struct list *list, const char *text)
{
    snprintf(list->filter, sizeof list->filter, "%s", str_or_empty(text));
    memset(list->widths, 0, sizeof list->widths);
    list->stale = true;
}

/* Widths: what is on the screen wants, made to fit. */
static void measure(struct list *list, int width, size_t first, size_t last)
{
    const struct list_class *class = list->class;
    int total = 0, stretch = -1;
    for (size_t c = 0; c < class->column_count; c++) {
        const struct list_column *column = &class->columns[c];
        int *w = &list->widths[c];
        if (hidden(list, c)) {
            *w = 0;
            continue;
        }
        *w = MAX(*w, MAX(column->min, text_width(column->title) + (list->sort == (int)c)));
        for (size_t i = first; i < last && !column->painted; i++) {
            struct list_cell cell;
            cell_of(list, list->rows[i], c, &cell);
            *w = MAX(*w, text_width(cell.text) + (cell.glyph ? 2 : 0));
        }
        if (column->max)
            *w = MIN(*w, column->max);
        total += *w + 2;
        if (column->stretch)
            stretch = (int)c;
    }
    total -= 2;
    int wanted[LIST_COLUMNS];
    memcpy(wanted, list->widths, sizeof wanted);
    /* The widest of those that can shrink gives first; then columns go, the highest rank before the others. */
    while (total > width) {
        int widest = -1, worst = -1;
        for (size_t c = 0; c < class->column_count; c++) {
            const struct list_column *column = &class->columns[c];
            int w = list->widths[c];
            if ((column->shrink || column->stretch) && w > column->min && (widest < 0 || w > list->widths[widest]))
                widest = (int)c;
            if (w && column->rank && (worst < 0 || column->rank > class->columns[worst].rank))
                worst = (int)c;
        }
        if (widest >= 0) {
            list->widths[widest]--;
            total--;
        } else if (worst >= 0) {
            /* Without it the others may be as wide as they want again. */
            wanted[worst] = 0;
            total = -2;
            for (size_t c = 0; c < class->column_count; c++) {
                list->widths[c] = list->widths[c] ? wanted[c] : 0;
                total += list->widths[c] ? list->widths[c] + 2 : 0;
            }
        } else {
            break;
        }
    }
    if (stretch >= 0 && list->widths[stretch])
        list->widths[stretch] += width - total;
}

static void draw_titles(struct list *list, struct area area)
{
    int x = 1;
    for (size_t c = 0; c < list->class->column_count; c++) {
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
    for (size_t c = 0; c < list->class->column_count; c++) {
        if (!list->widths[c])
            continue;
        if (list->class->columns[c].painted) {
            list->class->paint(list->data, row, c, area_sub(area, x, y, list->widths[c], 1), attr);
            x += list->widths[c] + 2;
            continue;
        }
        struct list_cell cell;
        cell_of(list, row, c, &cell);
        int at = x, w = list->widths[c];
        if (cell.glyph) {
            draw_char(area, at, y, cell.role, attr, cell.glyph);
            at += 2;
            w -= 2;
        }
        if (list->class->columns[c].right)
            draw_field_right(area, at, y, w, cell.role, attr, cell.text);
        else
            draw_field(area, at, y, w, cell.role, attr, cell.text);
        x += list->widths[c] + 2;
    }
}

void list_draw(struct list *list, struct area area)
{
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
        draw_text(area, 1, 2, ROLE_DIM, 0, why ? why : "nothing here");
    }
    /* A mark at the right edge says where in the whole this page is. */
    if (list->count > page) {
        int h = MAX(1, (int)(page * page / list->count));
        int y = (int)((page - (size_t)h) * list->top / (list->count - page));
        draw_vline(area, area.w - 1, 1 + y, h, ROLE_DIM, 0x2503);
    }
}

static void move_to(struct list *list, long to)
{
    if (!list->count)
        return;
    list->selected = (size_t)MIN(MAX(to, 0), (long)list->count - 1);
    remember(list);
}

static void sort_by(struct list *list, int step)
{
    int count = (int)list->class->column_count;
    do
        list->sort = (list->sort + 1 + step + count + 1) % (count + 1) - 1;
    while (list->sort >= 0 && hidden(list, (size_t)list->sort));
    list->stale = true;
}

unsigned list_command(struct list *list, struct dashboard *dash, int command)
{
    long at = (long)list->selected;
    switch (command) {
    case LIST_DOWN:
        move_to(list, at + 1);
        return DID_CHANGE;
    case LIST_UP:
        move_to(list, at - 1);
        return DID_CHANGE;
    case LIST_PGDN:
        move_to(list, at + list->page);
        return DID_CHANGE;
    case LIST_PGUP:
        move_to(list, at - list->page);
        return DID_CHANGE;
    case LIST_TOP:
        move_to(list, 0);
        return DID_CHANGE;
    case LIST_BOTTOM:
        move_to(list, (long)list->count - 1);
        return DID_CHANGE;
    case LIST_SORT_NEXT:
    case LIST_SORT_PREV:
        sort_by(list, command == LIST_SORT_NEXT ? 1 : -1);
        return DID_CHANGE;
    case LIST_REVERSE:
        list->reverse = !list->reverse;
        list->stale = true;
        return DID_CHANGE;
    case LIST_COPY:
        if (list_selected(list)) {
            struct list_cell cell;
            size_t c = 0;
            while (c + 1 < list->class->column_count && !str_eq(list->class->columns[c].title, "NAME"))
                c++;
            cell_of(list, list_selected(list), str_eq(list->class->columns[c].title, "NAME") ? c : 0, &cell);
            dashboard_copy(dash, cell.text);
        }
        return DID_CHANGE;
    default:
        return DID_NOTHING;
    }
}

unsigned list_mouse(struct list *list, const struct key *key, bool *entered)
{
    *entered = false;
    if (key->code == K_WHEEL_UP || key->code == K_WHEEL_DOWN) {
        move_to(list, (long)list->selected + (key->code == K_WHEEL_UP ? -3 : 3));
        return DID_CHANGE;
    }
    if (key->code != K_CLICK || key->button != 1 || key->y < list->first_row)
        return DID_NOTHING;
    size_t row = list->top + (size_t)(key->y - list->first_row);
    if (row >= list->count)
        return DID_HANDLE;
    *entered = row == list->selected;
    move_to(list, (long)row);
    return DID_CHANGE;
}

void list_summary(const struct list *list, char *out, size_t size)
{
    if (list->filter[0])
        snprintf(out, size, "%zu/%zu /%s", list->count, list->total, list->filter);
    else
        snprintf(out, size, "%zu", list->count);
}
