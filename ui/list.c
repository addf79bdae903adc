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

static size_t column_count(const struct list *list)
{
    return list->layout && list->layout->count ? list->layout->count : list->class->column_count;
}

/* The column that stands at a place. */
static size_t column_at(const struct list *list, size_t place)
{
    return list->layout && list->layout->count ? list->layout->columns[place] : place;
}

static bool is_left_out(const struct list *list, size_t column)
{
    for (size_t i = 0; i < column_count(list); i++)
        if (column_at(list, i) == column)
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
    for (size_t i = 0; i < column_count(list); i++) {
        size_t c = column_at(list, i);
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
    for (size_t i = 0; i < column_count(list); i++) {
        size_t c = column_at(list, i);
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
    while (list->sort >= 0 && list_hidden(list, (size_t)list->sort));
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
    for (size_t i = 0; i < column_count(list); i++) {
        size_t c = column_at(list, i);
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
