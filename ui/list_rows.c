/* The rows of a list: their order, and how it holds while rows change one by one. */
#include "ui/list.h"

static int compare_cells(const struct list_cell *a, const struct list_cell *b)
{
    if (a->number && b->number)
        return (a->order > b->order) - (a->order < b->order);
    return strcmp(a->shown, b->shown);
}

static int compare_naturally(const struct list *list, const void *a, const void *b)
{
    int order = list->class->compare(list->data, a, b);
    return list->sort < 0 && list->reverse ? -order : order;
}

static int compare(const struct list *list, const void *a, const void *b)
{
    if (list->sort >= 0 && a != b) {
        struct list_cell x, y;
        list_cell(list, a, (size_t)list->sort, &x);
        list_cell(list, b, (size_t)list->sort, &y);
        int order = compare_cells(&x, &y);
        if (order)
            return list->reverse ? -order : order;
    }
    return compare_naturally(list, a, b);
}

struct sort_key {
    const void *row;
    const char *text; /* NULL: by `order` */
    double order;
    size_t index;
    bool own; /* the text is a copy */
};

static int compare_keys(const void *a, const void *b, void *data)
{
    const struct list *list = data;
    const struct sort_key *x = a, *y = b;
    int order = x->text && y->text ? strcmp(x->text, y->text) : (x->order > y->order) - (x->order < y->order);
    if (list->reverse)
        order = -order;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Every cell is asked for once; rows of the same key stay in the order they had. */
static void sort_by_column(struct list *list)
{
    struct sort_key *keys = xcalloc(list->count, sizeof *keys);
    for (size_t i = 0; i < list->count; i++) {
        struct list_cell cell;
        list_cell(list, list->rows[i], (size_t)list->sort, &cell);
        bool own = !cell.number && cell.shown == cell.text;
        keys[i] = (struct sort_key){list->rows[i], cell.number ? NULL : own ? xstrdup(cell.shown) : cell.shown, cell.order, i, own};
    }
    qsort_r(keys, list->count, sizeof *keys, compare_keys, list);
    for (size_t i = 0; i < list->count; i++) {
        list->rows[i] = keys[i].row;
        if (keys[i].own)
            free((char *)(uintptr_t)keys[i].text);
    }
    free(keys);
}

static int compare_rows(const void *a, const void *b, void *data)
{
    const struct list *list = data;
    return list->class->compare(list->data, *(const void *const *)a, *(const void *const *)b);
}

void list_order(struct list *list)
{
    if (list->count < 2)
        return;
    if (list->class->compare && !list->class->ordered) {
        size_t i = 1; /* most often they are given in their order */
        while (i < list->count && list->class->compare(list->data, list->rows[i - 1], list->rows[i]) <= 0)
            i++;
        if (i < list->count)
            qsort_r(list->rows, list->count, sizeof *list->rows, compare_rows, list);
    }
    if (list->sort >= 0)
        sort_by_column(list);
    else if (list->reverse)
        for (size_t i = 0; i < list->count / 2; i++) {
            const void *row = list->rows[i];
            list->rows[i] = list->rows[list->count - 1 - i];
            list->rows[list->count - 1 - i] = row;
        }
}

/* One by one. */

/* The first row that does not come before this one. */
static size_t place_of(const struct list *list, const void *row)
{
    size_t low = 0, high = list->count;
    if (high && compare(list, list->rows[high - 1], row) < 0)
        return high; /* lists arrive in order */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(list, list->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where a row is; `count` when it is nowhere. */
static size_t locate(const struct list *list, const void *row)
{
    size_t at = place_of(list, row);
    if (at < list->count && list->rows[at] == row)
        return at;
    if (list->sort < 0)
        return list->count;
    at = 0; /* what it is ordered by may have changed without the row: a pointer kept would outlive its record */
    while (at < list->count && list->rows[at] != row)
        at++;
    return at;
}

static void touch(struct list *list, size_t at)
{
    list->touched |= at >= list->top && at < list->top + (size_t)list->page;
}

/* The selection and what is on the screen keep to their rows. */
static void insert(struct list *list, size_t at, const void *row)
{
    GROW(list->rows, list->count, list->cap);
    memmove(list->rows + at + 1, list->rows + at, (list->count - at) * sizeof *list->rows);
    list->rows[at] = row;
    if (list->count++ && at <= list->selected) {
        list->selected++;
        list->top += list->top > 0;
    }
    list->touched = true; /* how many there are is on the screen, too */
}

static void take_out(struct list *list, size_t at)
{
    list->count--;
    memmove(list->rows + at, list->rows + at + 1, (list->count - at) * sizeof *list->rows);
    if (at < list->selected) {
        list->selected--;
        list->top -= list->top > 0;
    }
    if (list->selected >= list->count)
        list->selected = list->count ? list->count - 1 : 0;
    list->touched = true;
}

static size_t put(struct list *list, const void *row)
{
    size_t at = place_of(list, row);
    if (at < list->count && compare(list, list->rows[at], row) == 0) {
        list->rows[at] = row;
        touch(list, at);
    } else {
        insert(list, at, row);
    }
    return at;
}

void list_put(struct list *list, const void *row)
{
    if (!list->stale && list_passes(list, row))
        put(list, row);
}

void list_drop(struct list *list, const void *row)
{
    size_t at = list->stale ? list->count : locate(list, row);
    if (at < list->count)
        take_out(list, at);
}

static bool in_order(const struct list *list, size_t at)
{
    return (at == 0 || compare(list, list->rows[at - 1], list->rows[at]) < 0) &&
           (at + 1 == list->count || compare(list, list->rows[at], list->rows[at + 1]) < 0);
}

void list_change(struct list *list, const void *before, const void *now)
{
    if (list->stale)
        return;
    size_t at = before ? locate(list, before) : list->count;
    if (at == list->count) {
        if (now)
            list_put(list, now);
        return;
    }
    if (!now || !list_passes(list, now)) {
        take_out(list, at);
        return;
    }
    list->rows[at] = now;
    touch(list, at);
    if (in_order(list, at))
        return;
    size_t top = list->top, on_screen = list->selected - list->top;
    bool selected = at == list->selected;
    take_out(list, at);
    at = put(list, now);
    if (!selected)
        return;
    list->selected = at;
    list->top = top && at > on_screen ? at - on_screen : 0;
}
