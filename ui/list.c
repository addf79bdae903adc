#include "ui/list.h"

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
    {"Y", LIST_COPY, NULL, "copy its name, or those marked"},
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
    filter_free(list->query);
    list->query = NULL;
    map_release(&list->marks, NULL);
}

size_t list_column_count(const struct list *list)
{
    return list->layout && list->layout->count ? list->layout->count : list->class->column_count;
}

size_t list_column_at(const struct list *list, size_t place)
{
    return list->layout && list->layout->count ? list->layout->columns[place] : place;
}

static bool is_left_out(const struct list *list, size_t column)
{
    for (size_t i = 0; i < list_column_count(list); i++)
        if (list_column_at(list, i) == column)
            return false;
    return true;
}

bool list_hidden(const struct list *list, size_t column)
{
    if (is_left_out(list, column))
        return true;
    return list->class->hidden && list->class->hidden(list->data, column);
}

void list_cell(const struct list *list, const void *row, size_t column, struct list_cell *out)
{
    out->text[0] = '\0';
    out->shown = NULL;
    out->role = ROLE_NORMAL;
    out->number = false;
    out->order = 0;
    out->glyph = 0;
    list->class->cell(list->data, row, column, out);
    if (!out->shown)
        out->shown = out->text;
}

void list_begin(struct list *list)
{
    /* Rows that are compared are themselves again in what is given anew; others may be made of the same memory. */
    list->kept = list->class->compare && list->selected < list->count ? list->rows[list->selected] : NULL;
    list->count = list->total = 0;
    list_pass_begin(list);
    list->stale = false;
    list->touched = true;
}

void list_add(struct list *list, const void *row)
{
    list->total++;
    if (!list_passes(list, row))
        return;
    GROW(list->rows, list->count, list->cap);
    list->rows[list->count++] = row;
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

static void select_kept(struct list *list)
{
    size_t i = 0;
    while (i < list->count && list->rows[i] != list->kept)
        i++;
    if (i < list->count)
        list->selected = i;
}

void list_end(struct list *list)
{
    list_pass_end(list);
    list_order(list);
    size_t was = list->selected;
    if (list->kept)
        select_kept(list);
    else if (list->selected_id[0])
        list_select(list, list->selected_id);
    list->kept = NULL;
    /* Rows came above: the selected one stays where it is on the screen. */
    if (list->top && list->selected != was)
        list->top = (size_t)MAX(0, (long)list->top + (long)list->selected - (long)was);
    if (list->selected >= list->count)
        list->selected = list->count ? list->count - 1 : 0;
    if (list->count)
        remember(list);
}

void list_forget(struct list *list)
{
    if (list->count)
        remember(list);
    list->kept = NULL;
    free(list->rows);
    list->rows = NULL;
    list->count = list->cap = list->total = 0;
    list->stale = true;
}

void list_unmark(struct list *list, const void *row)
{
    char id[sizeof list->selected_id];
    if (!list->marks.count)
        return;
    list->class->identity(list->data, row, id, sizeof id);
    map_del(&list->marks, id);
}

bool list_marked(const struct list *list, const void *row)
{
    char id[sizeof list->selected_id];
    if (!list->marks.count)
        return false;
    list->class->identity(list->data, row, id, sizeof id);
    return map_has(&list->marks, id);
}

static void mark(struct list *list)
{
    const void *row = list_selected(list);
    char id[sizeof list->selected_id];
    if (!row)
        return;
    list->class->identity(list->data, row, id, sizeof id);
    if (map_has(&list->marks, id))
        map_del(&list->marks, id);
    else
        map_put(&list->marks, id, list);
}

const void *list_selected(const struct list *list)
{
    return list->selected < list->count ? list->rows[list->selected] : NULL;
}

static void move_to(struct list *list, long to)
{
    if (!list->count)
        return;
    list->selected = (size_t)MIN(MAX(to, 0), (long)list->count - 1);
    remember(list);
}

/* Before the first frame nobody knows what there is room for. */
static bool is_seen(const struct list *list, size_t column)
{
    bool drawn = false;
    for (size_t c = 0; c < list->class->column_count; c++)
        drawn |= list->widths[c] > 0;
    return !list_hidden(list, column) && (list->widths[column] || !drawn);
}

static void sort_by(struct list *list, int step)
{
    int count = (int)list->class->column_count;
    do
        list->sort = (list->sort + 1 + step + count + 1) % (count + 1) - 1;
    while (list->sort >= 0 && !is_seen(list, (size_t)list->sort));
    list->stale = true;
}

#define COPY_MAX (1u << 20)

static void add_name(const struct list *list, const void *row, struct buf *out)
{
    const struct list_class *class = list->class;
    struct list_cell cell;
    size_t c = 0;
    while (c + 1 < class->column_count && !str_eq(class->columns[c].title, "NAME"))
        c++;
    list_cell(list, row, str_eq(class->columns[c].title, "NAME") ? c : 0, &cell);
    buf_addf(out, "%s%s", out->len ? " " : "", cell.shown);
}

/* The names of the rows that are marked, else of the selected one, as a command takes them. */
static void copy(const struct list *list, struct dashboard *dash)
{
    struct buf names;
    buf_init(&names, COPY_MAX);
    for (size_t i = 0; i < list->count && list->marks.count; i++)
        if (list_marked(list, list->rows[i]))
            add_name(list, list->rows[i], &names);
    if (!names.len && list_selected(list))
        add_name(list, list_selected(list), &names);
    if (names.len)
        dashboard_copy(dash, names.data);
    buf_release(&names);
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
    case LIST_MARK:
        mark(list);
        move_to(list, at + 1);
        return DID_CHANGE;
    case LIST_COPY:
        copy(list, dash);
        return DID_CHANGE;
    default:
        return DID_NOTHING;
    }
}

/* A click on a title orders by it, and then the other way round. */
static unsigned sort_at(struct list *list, int at)
{
    int x = 1;
    for (size_t i = 0; i < list_column_count(list); i++) {
        size_t c = list_column_at(list, i);
        if (list->widths[c] && !list->class->columns[c].painted && at >= x && at < x + list->widths[c] + 2) {
            list->reverse = list->sort == (int)c && !list->reverse;
            list->sort = (int)c;
            list->stale = true;
            return DID_CHANGE;
        }
        x += list->widths[c] ? list->widths[c] + 2 : 0;
    }
    return DID_HANDLE;
}

unsigned list_mouse(struct list *list, const struct key *key, bool *entered)
{
    *entered = false;
    if (key->code == K_WHEEL_UP || key->code == K_WHEEL_DOWN) {
        move_to(list, (long)list->selected + (key->code == K_WHEEL_UP ? -3 : 3));
        return DID_CHANGE;
    }
    if (key->code == K_CLICK && key->button == 1 && key->y == list->first_row - 1)
        return sort_at(list, key->x);
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
    if (list->marks.count)
        snprintf(out + strlen(out), size - strlen(out), "  %zu marked", list->marks.count);
}
