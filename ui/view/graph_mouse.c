#include "ui/view/graph_view.h"

/* The mouse: a click selects, a drag from a box moves it, a drag from a port draws a wire. Never needed. */

/* The stop that a place on a box means: a port by its row, on its half. -1: the box itself. */
static int stop_at(const struct graph_view *view, size_t thing, int x, int y)
{
    const struct layout_box *box = &view->layout->boxes[thing];
    for (size_t i = 0; i < view->stop_count; i++) {
        const struct stop *stop = &view->stops[i];
        const struct layout_port *port = stop->output ? &box->outputs[stop->port] : &box->inputs[stop->port];
        int row = box->y + port->row;
        if (!stop->output && stop->link != LAYOUT_NONE)
            row = view->layout->wires[stop->link].to_y;
        bool near = stop->output ? x >= box->x + box->w / 2 : x < box->x + box->w / 2;
        if (row == y && near)
            return (int)i;
    }
    return STOP_BOX;
}

static void click_wire(struct graph_view *view, size_t link)
{
    if (link == LAYOUT_NONE)
        return;
    graph_select(view, view->graph->things[view->graph->links[link].to].name);
    graph_select_wire(view, link, false);
}

static void press(struct graph_view *view, int x, int y)
{
    size_t thing = layout_box_at(view->layout, x, y);
    const struct layout_cell *cell = layout_cell_at(view->layout, x, y);
    if (thing != LAYOUT_NONE) {
        graph_select(view, view->graph->things[thing].name);
        view->stop = stop_at(view, thing, x, y);
        view->moving =
            (struct moving){.by_mouse = true, .from_x = x, .from_y = y, .wire = view->stop != STOP_BOX && view->density != LAYOUT_LINES};
    } else if (cell) {
        click_wire(view, cell->link);
    }
    view->reveal = false; /* it is where the pointer is */
}

/* The candidate that a place means: the port of its row, else the box's first that fits. */
static void point_at(struct graph_view *view, int x, int y)
{
    size_t thing = layout_box_at(view->layout, x, y);
    struct connect *connect = &view->connect;
    size_t best = connect->count;
    for (size_t i = 0; i < connect->count && thing != LAYOUT_NONE; i++) {
        const struct candidate *item = &connect->items[i];
        const struct layout_box *box = &view->layout->boxes[thing];
        if (item->thing != thing)
            continue;
        const struct layout_port *port = connect->backwards ? &box->outputs[item->port] : &box->inputs[item->port];
        if (y >= box->y + port->row && y < box->y + port->row + MAX(port->rows, 1)) {
            best = i;
            break;
        }
        if (best == connect->count || (item->fits && !connect->items[best].fits))
            best = i;
    }
    connect->pointed = best < connect->count;
    if (connect->pointed)
        connect->at = best;
}

static void drag(struct graph_view *view, int x, int y)
{
    struct moving *moving = &view->moving;
    if (!moving->by_mouse)
        return;
    if (moving->wire) {
        if (!view->connect.on)
            graph_connect_begin(view);
        if (view->connect.on)
            point_at(view, x, y);
        return;
    }
    if (!graph_view_own(view, graph_view_thing(view)))
        return;
    moving->on = true;
    moving->dx = x - moving->from_x;
    moving->dy = y - moving->from_y;
}

static void release(struct graph_view *view, int x, int y)
{
    struct moving moving = view->moving;
    view->moving = (struct moving){0};
    if (!moving.by_mouse)
        return;
    if (moving.wire && view->connect.on) {
        point_at(view, x, y);
        if (view->connect.pointed)
            graph_connect_take(view);
        else
            graph_connect_end(view);
    } else if (moving.on && (moving.dx || moving.dy)) {
        graph_move_by(view, moving.dx, moving.dy);
    }
}

unsigned graph_mouse(struct graph_view *view, const struct key *key)
{
    bool side = key->mods & MOD_SHIFT;
    int by = key->code == K_WHEEL_UP ? -3 : 3, x = key->x + view->pan_x, y = key->y + view->pan_y;
    switch (key->code) {
    case K_WHEEL_UP:
    case K_WHEEL_DOWN:
        view->pan_x += side ? 2 * by : 0;
        view->pan_y += side ? 0 : by;
        return DID_CHANGE;
    case K_CLICK:
        if (key->button != 1 || key->y >= view->area_h || view->connect.on || view->moving.on)
            return DID_HANDLE;
        press(view, x, y);
        return DID_CHANGE;
    case K_DRAG: drag(view, x, y); return DID_CHANGE;
    case K_RELEASE: release(view, x, y); return DID_CHANGE;
    default: return DID_HANDLE;
    }
}
