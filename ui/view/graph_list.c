#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/table.h"

/* The graph as a table: what the boxes say, a line a thing. */

enum { SIGNS, NAME, TYPE, STATE, READY, RATE, GPU, NODE, RESTARTS, FROM };

static const struct list_column columns[] = {
    [SIGNS] = {"", 2, 3, 0},
    [NAME] = {"NAME", 8, 40, 0, .shrink = true},
    [TYPE] = {"TYPE", 6, 24, 4},
    [STATE] = {"STATUS", 8, 26, 0},
    [READY] = {"READY", 5, 7, 0, .right = true},
    [RATE] = {"FPS", 4, 6, 1, .right = true},
    [GPU] = {"GPU", 3, 4, 2, .right = true},
    [NODE] = {"NODE", 4, 24, 2},
    [RESTARTS] = {"RESTARTS", 3, 8, 3, .right = true},
    [FROM] = {"INPUT FROM", 10, 0, 3, .stretch = true},
};

static void say_inputs(const struct graph_view *view, size_t thing, char *out, size_t size, enum role *role)
{
    struct buf text;
    buf_init(&text, LIST_TEXT);
    for (size_t i = 0; i < view->graph->link_count; i++) {
        const struct graph_link *link = &view->graph->links[i];
        char note[32];
        if (link->to != thing || link->from >= view->graph->thing_count)
            continue;
        enum role one = graph_wire_note(graph_view_wire(view, i), note, sizeof note);
        buf_addf(&text, "%s%s.%s%s%s", text.len ? ", " : "", str_or_empty(view->graph->things[link->from].name),
                 link->from_port, *note ? " " : "", note);
        if (one == ROLE_DEAD || (one == ROLE_WARNING && *role != ROLE_DEAD))
            *role = one;
    }
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

/* As the badges of the box. */
static void say_signs(const struct graph_view *view, size_t thing, struct list_cell *out)
{
    struct badge badges[BADGES];
    size_t count = graph_badges(view, thing, badges);
    for (size_t i = 0; i < count; i++)
        out->text[count - 1 - i] = badges[i].sign;
    out->text[count] = '\0';
    out->role = count ? badges[0].role : ROLE_NORMAL;
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct graph_view *view = data;
    const struct graph_thing *thing = row;
    size_t index = (size_t)(thing - view->graph->things);
    const struct live_thing *live = graph_view_live(view, index);
    switch (column) {
    case SIGNS: say_signs(view, index, out); break;
    case NAME:
        snprintf(out->text, sizeof out->text, thing->replicas > 1 ? "%s ×%d" : "%s", str_or_empty(thing->name),
                 thing->replicas);
        break;
    case TYPE:
        snprintf(out->text, sizeof out->text, "%s", thing->external ? "external" : str_or_empty(thing->type));
        out->role = thing->entry || thing->external ? ROLE_NORMAL : ROLE_BAD;
        break;
    case STATE:
        snprintf(out->text, sizeof out->text, "%s", live->state);
        out->role = health_role(live->health);
        out->glyph = health_glyph(live->health);
        break;
    case READY:
        if (live->deployment)
            snprintf(out->text, sizeof out->text, "%d/%d", live->ready, live->wanted);
        out->role = live->ready < live->wanted ? ROLE_WARNING : ROLE_NORMAL;
        break;
    case RATE:
        graph_rate(out->text, sizeof out->text, live->rate);
        out->number = true;
        out->order = live->rate;
        break;
    case GPU:
        if (thing->gpu_count)
            snprintf(out->text, sizeof out->text, "%d", thing->gpu_count);
        out->number = true;
        out->order = thing->gpu_count;
        break;
    case NODE:
        snprintf(out->text, sizeof out->text, "%s", live->pod ? str_or_empty(live->pod->node) : "");
        if (!*out->text)
            out->role = graph_place_note(view, index, columns[NODE].max, out->text, sizeof out->text);
        break;
    case RESTARTS:
        if (live->deployment)
            snprintf(out->text, sizeof out->text, "%d", live->restarts);
        out->role = live->restarts ? ROLE_WARNING : ROLE_DIM;
        out->number = true;
        out->order = live->restarts;
        break;
    case FROM:
        say_inputs(view, index, out->text, sizeof out->text, &out->role);
        break;
    default:
        break;
    }
}

static void identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    snprintf(out, size, "%s", str_or_empty(((const struct graph_thing *)row)->name));
}

static const char *empty(void *data UNUSED)
{
    return "no things; a adds one";
}

static const struct list_class list_class = {
    .columns = columns, .column_count = ARRAY_SIZE(columns), .cell = cell, .identity = identity, .empty = empty,
};

void graph_list_init(struct graph_view *view)
{
    list_init(&view->list, &list_class, view);
}

/* In the order of the picture: by rank, then from above. */
static int compare_things(const void *pa, const void *pb, void *data)
{
    const struct graph_view *view = data;
    const struct layout_box *a = &view->layout->boxes[*(const size_t *)pa],
                            *b = &view->layout->boxes[*(const size_t *)pb];
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->y < b->y ? -1 : a->y > b->y;
}

void graph_list_rows(struct graph_view *view)
{
    size_t count = view->graph->thing_count, *order = xcalloc(count + 1, sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof *order, compare_things, view);
    list_begin(&view->list);
    for (size_t i = 0; i < count; i++)
        list_add(&view->list, &view->graph->things[order[i]]);
    list_end(&view->list);
    if (view->thing)
        list_select(&view->list, view->thing);
    free(order);
}

void graph_list_draw(struct graph_view *view, struct area area)
{
    graph_list_rows(view);
    list_draw(&view->list, area);
}

unsigned graph_list_key(struct graph_view *view, const struct key *key)
{
    bool entered = false;
    if (key_is(key, "Esc")) {
        view->as_list = false;
        return DID_CHANGE;
    }
    graph_list_rows(view);
    const struct binding *binding = binding_find(list_bindings, key);
    unsigned did = key_is_mouse(key) ? list_mouse(&view->list, key, &entered)
                   : binding         ? list_command(&view->list, view->dash, binding->command)
                                     : DID_NOTHING;
    const struct graph_thing *row = list_selected(&view->list);
    if (row)
        graph_select(view, row->name);
    return did;
}
