#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/table.h"

void graph_rate(char *out, size_t size, double rate)
{
    if (rate < 0)
        *out = '\0';
    else if (rate > 0 && rate < 9.95)
        snprintf(out, size, "%.1f", rate);
    else
        snprintf(out, size, "%.0f", MIN(rate, 99999));
    if (str_ends(out, ".0"))
        out[strlen(out) - 2] = '\0';
}

static void short_age(char *out, size_t size, double seconds)
{
    int whole = (int)MIN(seconds, 3e6); /* as ages are written elsewhere: not rounded up */
    if (whole < 100)
        snprintf(out, size, "%ds", whole);
    else if (whole < 6000)
        snprintf(out, size, "%dm", whole / 60);
    else
        snprintf(out, size, "%dh", whole / 3600);
}

static enum role state_role(enum wire_state state)
{
    static const enum role roles[] = {
        [WIRE_UNKNOWN] = ROLE_WIRE,   [WIRE_FLOWING] = ROLE_FLOW,    [WIRE_STARTING] = ROLE_BUSY,
        [WIRE_NO_FRAMES] = ROLE_DEAD, [WIRE_STARVED] = ROLE_WARNING,
    };
    return roles[state];
}

enum role graph_wire_note(const struct live_wire *wire, char *out, size_t size)
{
    char text[16];
    *out = '\0';
    if (wire->state == WIRE_FLOWING) {
        graph_rate(text, sizeof text, wire->rate);
        if (*text)
            snprintf(out, size, "%s/s", text);
    } else if (wire->state == WIRE_NO_FRAMES) {
        short_age(text, sizeof text, wire->age);
        snprintf(out, size, "NO FRAMES%s%s", wire->age >= 0 ? " " : "", wire->age >= 0 ? text : "");
    } else if (wire->state != WIRE_UNKNOWN) {
        snprintf(out, size, "%s", wire->state == WIRE_STARTING ? "starting" : "starved");
    }
    return state_role(wire->state);
}

static enum role wire_role(const struct graph_view *view, size_t link)
{
    if (link != LAYOUT_NONE && graph_link_differs(view, link) == DIFFERS_REMOVED)
        return ROLE_DIM;
    if (link != LAYOUT_NONE && !view->graph->links[link].valid)
        return ROLE_BAD;
    return link == LAYOUT_NONE ? ROLE_WIRE : state_role(graph_view_wire(view, link)->state);
}

/* A stem shows the best that goes through it: it is dead only when all of its wires are. */
static void join_net(enum role *net, enum role link, bool first)
{
    if (first || link == ROLE_FLOW || (*net == ROLE_DEAD && link != ROLE_DEAD))
        *net = link;
}

static bool is_selected(const struct graph_view *view, size_t link, int net)
{
    const struct stop *stop = graph_view_stop(view);
    if (!stop || stop->link == LAYOUT_NONE || view->connect.on)
        return false;
    return link != LAYOUT_NONE ? link == stop->link : view->layout->wires[stop->link].net == net;
}

static uint32_t cell_glyph(uint8_t bits, bool gone)
{
    if (bits & WIRE_ARROW)
        return GLYPH_ARROW;
    unsigned ways = bits & 15;
    if (gone || (bits & WIRE_DASHED)) {
        if (ways == (WIRE_LEFT | WIRE_RIGHT))
            return 0x254c; /* ╌ */
        if (ways == (WIRE_UP | WIRE_DOWN))
            return 0x254e; /* ╎ */
    }
    return glyph_wire(ways);
}

static void draw_wires(struct graph_view *view, struct area area)
{
    const struct layout *layout = view->layout;
    enum role *nets = xcalloc(layout->wire_count + 1, sizeof *nets),
              *links = xcalloc(layout->wire_count + 1, sizeof *links);
    bool *known = xcalloc(layout->wire_count + 1, sizeof *known);
    for (size_t i = 0; i < layout->wire_count; i++) {
        links[i] = wire_role(view, i);
        if (!layout->wires[i].drawn)
            continue;
        int net = layout->wires[i].net;
        join_net(&nets[net], links[i], !known[net]);
        known[net] = true;
    }
    int first = MAX(view->pan_y, 0), last = MIN(view->pan_y + area.h, layout->height);
    for (size_t i = first < last ? layout->rows[first] : 0; first < last && i < layout->rows[last]; i++) {
        const struct layout_cell *cell = &layout->cells[i];
        int x = cell->x - view->pan_x;
        if (x < 0 || x >= area.w)
            continue;
        enum role role = cell->link == LAYOUT_NONE ? nets[cell->net] : links[cell->link];
        bool selected = is_selected(view, cell->link, cell->net);
        if (view->connect.on)
            role = ROLE_DIM;
        else if (selected && role != ROLE_DEAD)
            role = ROLE_FOCUS;
        bool gone = graph_link_differs(view, cell->link) == DIFFERS_REMOVED;
        draw_char(area, x, cell->y - view->pan_y, role, selected ? ATTR_BOLD : 0, cell_glyph(cell->bits, gone));
    }
    free(known);
    free(nets);
    free(links);
}

/* + or - after its arrow. */
static void draw_wire_sign(struct graph_view *view, struct area area, size_t link)
{
    const struct layout_wire *wire = &view->layout->wires[link];
    enum role role;
    char sign = differs_sign(graph_link_differs(view, link), &role);
    if (wire->drawn && sign)
        draw_char(area, wire->to_x - view->pan_x, wire->to_y - view->pan_y, role, ATTR_BOLD, (uint32_t)sign);
}

/* What a wire carries, on it where there is room, else beside the name of the input it leads to. */
static void draw_note(struct graph_view *view, struct area area, size_t link)
{
    const struct layout_wire *wire = &view->layout->wires[link];
    int y = wire->to_y - view->pan_y;
    char note[32];
    if (!wire->drawn || wire->undrawn || y < 0 || y >= area.h)
        return;
    enum role role = graph_wire_note(graph_view_wire(view, link), note, sizeof note);
    if (!*note)
        return;
    int width = text_width(note);
    /* a rate has the room of the widest usual one ("99.9/s"), so that it does not jump about as it changes */
    int room = role == ROLE_FLOW ? MAX(width, 6) : width;
    if (wire->label_room >= room + 2) {
        int x = wire->label_x + (wire->label_room - width + 1) / 2 - view->pan_x;
        draw_text(area, x, y, role, 0, note);
        return;
    }
    if (view->density == LAYOUT_LINES)
        return;
    const struct layout_box *box = &view->layout->boxes[view->graph->links[link].to];
    const struct layout_port *port = &box->inputs[wire->input];
    int x = box->x + 2, end = box->x + box->w - 1;
    if (wire->to_y == box->y + port->row)
        x += text_width(port->name) + 1;
    for (size_t i = 0; i < box->output_count; i++)
        if (box->y + box->outputs[i].row == wire->to_y)
            end -= text_width(box->outputs[i].name) + 2;
    if (end - x >= 4)
        draw_field(area_sub(area, x - view->pan_x, y, MIN(width, end - x), 1), 0, 0, MIN(width, end - x), role, 0,
                   note);
}

enum port_look { LOOK_PLAIN, LOOK_DIM, LOOK_FITS, LOOK_CHOSEN, LOOK_REFUSED };

static enum port_look port_look(const struct graph_view *view, size_t thing, bool output, size_t port)
{
    const struct connect *connect = &view->connect;
    if (!connect->on) {
        const struct stop *stop = graph_view_stop(view);
        bool chosen = stop && graph_view_thing(view) == thing && stop->output == output && stop->port == port;
        return chosen ? LOOK_CHOSEN : LOOK_PLAIN;
    }
    const struct layout_box *box = &view->layout->boxes[thing];
    const struct layout_port *at = output ? &box->outputs[port] : &box->inputs[port];
    if (str_eq(view->graph->things[thing].name, connect->thing) && output != connect->backwards)
        return str_eq(at->name, connect->port) ? LOOK_CHOSEN : LOOK_DIM;
    for (size_t i = 0; i < connect->count && output == connect->backwards; i++) {
        const struct candidate *item = &connect->items[i];
        if (item->thing == thing && item->port == port)
            return i == connect->at ? (item->fits ? LOOK_CHOSEN : LOOK_REFUSED) : item->fits ? LOOK_FITS : LOOK_DIM;
    }
    return LOOK_DIM;
}

static void look_role(enum port_look look, enum role *role, unsigned *attr)
{
    *role = look == LOOK_DIM ? ROLE_DIM : look == LOOK_FITS ? ROLE_GOOD : look == LOOK_CHOSEN ? ROLE_FOCUS
            : look == LOOK_REFUSED ? ROLE_BAD : ROLE_NORMAL;
    *attr = look == LOOK_CHOSEN || look == LOOK_REFUSED ? ATTR_REVERSE : look == LOOK_FITS ? ATTR_BOLD : 0;
}

static void draw_ports(const struct graph_view *view, struct area area, size_t thing, enum role edge,
                       unsigned edge_attr)
{
    const struct layout_box *box = &view->layout->boxes[thing];
    for (int side = 0; side < 2; side++) {
        const struct layout_port *ports = side ? box->outputs : box->inputs;
        size_t count = side ? box->output_count : box->input_count;
        for (size_t i = 0; i < count; i++) {
            enum role role;
            unsigned attr;
            look_role(port_look(view, thing, side, i), &role, &attr);
            int width = text_width(ports[i].name), most = MAX(1, MIN(width, area.w - 4));
            bool wanting = !side && ports[i].type && ports[i].type->required && graph_view_own(view, thing) &&
                           !graph_input_links(view, thing, i);
            if (role == ROLE_NORMAL && (wanting || (!ports[i].type && !view->graph->things[thing].external)))
                role = ROLE_BAD; /* it needs a link, or the entry has no such port */
            int x = side ? area.w - 2 - most : 2;
            draw_field(area, x, ports[i].row, most, role, attr, ports[i].name);
            for (int r = 0; r < ports[i].rows; r++)
                if (ports[i].links && !wanting)
                    draw_char(area, side ? area.w - 1 : 0, ports[i].row + r, edge, edge_attr, side ? 0x251c : 0x2524);
                else
                    draw_char(area, side ? area.w - 1 : 0, ports[i].row + r, wanting ? ROLE_BAD : edge,
                              wanting ? ATTR_BOLD : edge_attr, wanting ? '!' : 0x25e6);
        }
    }
}

static void add_fact(char facts[][48], enum role *roles, size_t *count, enum role role, const char *text)
{
    snprintf(facts[*count], sizeof facts[*count], "%s", text);
    roles[(*count)++] = role;
}

/* "10 fps", "gpu-2", "GPU 1", "restarts 3": beside the outputs in rows that have no input, then in the lower edge. */
static void draw_facts(const struct graph_view *view, struct area area, size_t thing, bool silent,
                       enum role edge)
{
    const struct layout_box *box = &view->layout->boxes[thing];
    const struct graph_thing *it = &view->graph->things[thing];
    const struct live_thing *live = graph_view_live(view, thing);
    char facts[5][48], text[64], rate[16];
    enum role roles[5];
    size_t count = 0, at = 0;
    graph_rate(rate, sizeof rate, live->rate);
    /* a thing that cannot be asked any more still has its last rate; who waits for its frames knows better */
    if (*rate && !(silent && live->rate > 0)) {
        snprintf(text, sizeof text, "%s fps", rate);
        add_fact(facts, roles, &count, ROLE_NORMAL, text);
    }
    if (it->gpu_count > 0) {
        snprintf(text, sizeof text, "GPU %d", it->gpu_count);
        add_fact(facts, roles, &count, ROLE_NORMAL, text);
    }
    if (live->pod && live->pod->node)
        add_fact(facts, roles, &count, ROLE_NORMAL, live->pod->node);
    if (live->restarts > 0) {
        snprintf(text, sizeof text, "restarts %d", live->restarts);
        add_fact(facts, roles, &count, ROLE_WARNING, text);
    }
    /* last, so that in the lower edge it has its room before the others */
    enum role place = graph_place_note(view, thing, area.w - 5, text, sizeof facts[0]);
    if (*text)
        add_fact(facts, roles, &count, place, text);
    size_t inside = count - (*text ? 1 : 0); /* beside a port's name it would read as one phrase with it */
    for (int y = view->density == LAYOUT_FULL ? 2 : 1; y < area.h - 1 && at < inside; y++) {
        int x = 2, end = area.w - 2;
        for (size_t i = 0; i < box->input_count; i++)
            if (y >= box->inputs[i].row && y < box->inputs[i].row + box->inputs[i].rows)
                x = end;
        for (size_t i = 0; i < box->output_count; i++)
            if (y == box->outputs[i].row)
                end -= text_width(box->outputs[i].name) + 1;
        for (; at < inside && x + text_width(facts[at]) <= end; at++)
            x = draw_text(area, x, y, roles[at], 0, facts[at]) + 2;
    }
    int x = area.w - 2;
    for (size_t i = count; i > at; i--) {
        int width = text_width(facts[i - 1]);
        if (x - width - 2 < 1)
            break;
        draw_char(area, x - 1, area.h - 1, edge, 0, ' ');
        draw_text(area, x - 1 - width, area.h - 1, roles[i - 1], 0, facts[i - 1]);
        draw_char(area, x - 2 - width, area.h - 1, edge, 0, ' ');
        x -= width + 2;
    }
}

static void draw_state(const struct graph_view *view, struct area area, size_t thing)
{
    const struct live_thing *live = graph_view_live(view, thing);
    enum role role = health_role(live->health);
    char ready[32] = "";
    if (live->deployment)
        snprintf(ready, sizeof ready, " %d/%d", live->ready, live->wanted);
    draw_char(area, 2, 1, role, 0, health_glyph(live->health));
    int x = 4, room = area.w - 1 - x, width = text_width(live->state);
    if (width + text_width(ready) <= room) {
        x = draw_text(area, x, 1, role, 0, live->state);
        draw_text(area, x, 1, live->ready < live->wanted ? role : ROLE_NORMAL, 0, ready);
    } else {
        draw_field(area, x, 1, room, role, 0, live->state);
    }
}

/* Without a row of its own the state stands in the upper edge: its glyph before the name, after it what it does unless
 * it simply runs. */
static void draw_state_in_edge(const struct graph_view *view, struct area area, size_t thing, int x, int end,
                               enum role edge)
{
    const struct live_thing *live = graph_view_live(view, thing);
    draw_char(area, 2, 0, health_role(live->health), 0, health_glyph(live->health));
    int room = end - x - 1, width = text_width(live->state);
    if (!live->deployment || live->health == HEALTH_GOOD || room < MIN(width, 6))
        return;
    draw_field(area, x, 0, MIN(width, room), health_role(live->health), 0, live->state);
    draw_char(area, x + MIN(width, room), 0, edge, 0, ' ');
}

/* External things stand in a dashed frame: they are drawn, never deployed. */
static void draw_edge(struct area area, bool external, enum role role, unsigned attr)
{
    draw_frame(area, role, attr, NULL, role);
    if (!external)
        return;
    for (int x = 1; x < area.w - 1; x++) {
        draw_char(area, x, 0, role, attr, 0x254c);
        draw_char(area, x, area.h - 1, role, attr, 0x254c);
    }
    for (int y = 1; y < area.h - 1; y++) {
        draw_char(area, 0, y, role, attr, 0x254e);
        draw_char(area, area.w - 1, y, role, attr, 0x254e);
    }
}

size_t graph_badges(const struct graph_view *view, size_t thing, struct badge *out)
{
    size_t count = 0;
    bool warning, refused = graph_view_refusal(view, thing);
    if (refused || (graph_view_own(view, thing) && graph_view_fault(view, thing, &warning)))
        out[count++] = (struct badge){'!', refused || !warning ? ROLE_BAD : ROLE_WARNING};
    if ((out[count].sign = differs_sign(graph_thing_differs(view, thing), &out[count].role)))
        count++;
    if (graph_marked(view, thing))
        out[count++] = (struct badge){'*', ROLE_WARNING};
    return count;
}

/* In the upper edge, at its end. Returns the cells they take. */
static int draw_badges(const struct graph_view *view, struct area area, size_t thing, enum role edge, unsigned attr)
{
    struct badge badges[BADGES];
    int count = (int)graph_badges(view, thing, badges), x = area.w - 2 - 2 * count;
    if (!count)
        return 0;
    draw_char(area, x, 0, edge, attr, ' ');
    for (int i = count; i-- > 0;) {
        draw_char(area, ++x, 0, badges[i].role, ATTR_BOLD, (uint32_t)badges[i].sign);
        draw_char(area, ++x, 0, edge, attr, ' ');
    }
    return 2 * count + 1;
}

static void draw_box(const struct graph_view *view, struct area area, size_t thing,
                     const struct graph_leaving *leaving)
{
    const struct layout_box *box = &view->layout->boxes[thing];
    const struct graph_thing *it = &view->graph->things[thing];
    bool selected = graph_view_thing(view) == thing && !view->connect.on, own = graph_view_own(view, thing);
    bool full = view->density == LAYOUT_FULL;
    struct area in = area_sub(area, box->x - view->pan_x, box->y - view->pan_y, box->w, box->h);
    if (view->density == LAYOUT_LINES) {
        graph_draw_line(view, in, thing, leaving);
        return;
    }
    enum role edge = selected ? ROLE_FOCUS : graph_marked(view, thing) ? ROLE_WARNING : own ? ROLE_BORDER : ROLE_DIM;
    unsigned attr = selected ? ATTR_BOLD : 0;
    draw_fill(in, ROLE_NORMAL, 0, ' ');
    draw_edge(in, it->external || !own, edge, attr);
    char title[128];
    snprintf(title, sizeof title, it->replicas > 1 ? "%s ×%d" : "%s", str_or_empty(it->name), it->replicas);
    int x = full ? 2 : 4, taken = draw_badges(view, in, thing, edge, attr), end = in.w - 2 - taken;
    int width = MIN(text_width(title), end - x);
    draw_char(in, 1, 0, edge, 0, ' ');
    draw_char(in, x - 1, 0, edge, 0, ' ');
    draw_field(in, x, 0, width, selected ? ROLE_FOCUS : own ? ROLE_TITLE : ROLE_DIM,
               selected && view->stop == STOP_BOX ? ATTR_REVERSE : 0, title);
    draw_char(in, x + width, 0, edge, 0, ' ');
    if (full)
        draw_state(view, in, thing);
    else
        draw_state_in_edge(view, in, thing, x + width + 1, end, edge);
    draw_facts(view, in, thing, leaving->silent, edge);
    draw_ports(view, in, thing, edge, attr);
}

/* In the middle of an edge, or the nearest cell to it where nothing stands. */
static void draw_more(struct area area, int x, int y, bool along_x, uint32_t ch)
{
    int at_x = x, at_y = y, most = along_x ? area.w / 2 : area.h / 2;
    for (int i = 0; i < 2 * most; i++) {
        int by = i % 2 ? i / 2 + 1 : -(i / 2);
        int try_x = along_x ? x + by : x, try_y = along_x ? y : y + by;
        if (draw_blank(area, try_x, try_y)) {
            at_x = try_x;
            at_y = try_y;
            break;
        }
    }
    draw_char(area, at_x, at_y, ROLE_KEY, ATTR_REVERSE, ch);
}

/* That there is more outside the screen is said at its edges. */
static void draw_edges_of_screen(const struct graph_view *view, struct area area)
{
    if (view->pan_x > 0)
        draw_more(area, 0, area.h / 2, false, '<');
    if (view->layout->width - view->pan_x > area.w)
        draw_more(area, area.w - 1, area.h / 2, false, '>');
    if (view->pan_y > 0)
        draw_more(area, area.w / 2, 0, true, 0x25b4);
    if (view->layout->height - view->pan_y > area.h)
        draw_more(area, area.w / 2, area.h - 1, true, 0x25be);
}

/* By thing. */
static struct graph_leaving *find_leaving(const struct graph_view *view)
{
    struct graph_leaving *leaving = xcalloc(view->layout->box_count + 1, sizeof *leaving);
    for (size_t i = 0; i < view->layout->wire_count; i++) {
        if (!view->layout->wires[i].drawn)
            continue;
        struct graph_leaving *from = &leaving[view->graph->links[i].from];
        join_net(&from->role, view->connect.on ? ROLE_DIM : wire_role(view, i), !from->any);
        from->silent = from->silent || graph_view_wire(view, i)->state == WIRE_NO_FRAMES;
        from->any = true;
    }
    return leaving;
}

void graph_draw(struct graph_view *view, struct area area)
{
    struct graph_leaving *leaving = find_leaving(view);
    draw_wires(view, area);
    for (size_t i = 0; i < view->layout->box_count; i++) {
        const struct layout_box *box = &view->layout->boxes[i];
        if (box->x + box->w > view->pan_x && box->x < view->pan_x + area.w && box->y + box->h > view->pan_y &&
            box->y < view->pan_y + area.h)
            draw_box(view, area, i, &leaving[i]);
    }
    for (size_t i = 0; i < view->layout->wire_count && !view->connect.on; i++) {
        draw_note(view, area, i);
        draw_wire_sign(view, area, i);
    }
    draw_edges_of_screen(view, area);
    free(leaving);
}
