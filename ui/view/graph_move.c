#include "ui/view/graph_view.h"

#include "ui/view/graph_keys.h"

/* Boxes are moved as frames, by keys after `m` or by dragging; put down, they are pinned there and the others stay. */

void graph_move_begin(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    if (thing == LAYOUT_NONE || graph_view_gone(view, thing))
        return;
    view->moving = (struct moving){.on = true};
}

/* The selected box is one of those that are marked: all of them move. */
static bool moves_all(const struct graph_view *view)
{
    return view->marks.count && graph_marked(view, graph_view_thing(view));
}

static bool moves(const struct graph_view *view, size_t thing)
{
    if (!graph_view_own(view, thing))
        return false;
    return moves_all(view) ? graph_marked(view, thing) : thing == graph_view_thing(view);
}

/* Places of the layout as it is drawn become those of the document. */
void graph_move_by(struct graph_view *view, int dx, int dy)
{
    struct { char *name; int x, y; } *to = xcalloc(view->graph->thing_count + 1, sizeof *to);
    size_t count = 0;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < view->graph->thing_count; i++) {
        const struct layout_box *box = &view->layout->boxes[i];
        if (!moves(view, i))
            continue;
        to[count].name = xstrdup(view->graph->things[i].name);
        layout_place(view->layout, box->x + dx, box->y + dy, &to[count].x, &to[count].y);
        count++;
    }
    document_begin(view->model->document, count == 1 ? "move a box" : "move boxes");
    for (size_t i = 0; i < count && !err_is_set(&err); i++)
        document_set_place(view->model->document, to[i].name, to[i].x, to[i].y, &err);
    document_end(view->model->document, !err_is_set(&err));
    graph_view_edited(view);
    graph_did(view, GRAPH_MOVE, NULL);
    view->repeat.dx = dx;
    view->repeat.dy = dy;
    if (err_is_set(&err))
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    else if (view->layout->pins_ignored)
        dashboard_say(view->dash, ROLE_WARNING, "placed, but with the boxes so no wire finds a way: they are laid out without "
                      "their places; u takes it back");
    else
        dashboard_say(view->dash, ROLE_NORMAL, "placed %s; = lets the layout place it again",
                      count == 1 ? to[0].name : "the marked boxes");
    for (size_t i = 0; i < count; i++)
        free(to[i].name);
    free(to);
}

void graph_unplace(struct graph_view *view)
{
    size_t count;
    char **names = graph_chosen(view, &count);
    struct err err = ERR_INIT;
    document_begin(view->model->document, "let the layout place boxes");
    for (size_t i = 0; i < count && !err_is_set(&err); i++)
        document_forget_place(view->model->document, names[i], &err);
    document_end(view->model->document, !err_is_set(&err));
    graph_names_free(names);
    graph_view_edited(view);
    if (err_is_set(&err))
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(view->dash, ROLE_NORMAL, "%s where the layout puts %s", count == 1 ? "it stands" : "they stand",
                      count == 1 ? "it" : "them");
}

unsigned graph_move_key(struct graph_view *view, const struct key *key)
{
    enum { LEFT = 1, DOWN, UP, RIGHT, FAR_LEFT, FAR_DOWN, FAR_UP, FAR_RIGHT, PUT, AWAY };
    static const struct binding keys[] = {
        {"h Left", LEFT},         {"j Down", DOWN},         {"k Up", UP},         {"l Right", RIGHT},
        {"H S-Left", FAR_LEFT},   {"J S-Down", FAR_DOWN},   {"K S-Up", FAR_UP},   {"L S-Right", FAR_RIGHT},
        {"Enter m Space", PUT},   {"Esc q ^C", AWAY},       {NULL},
    };
    static const struct { int dx, dy; } steps[] = {
        [LEFT] = {-1, 0},     [DOWN] = {0, 1},     [UP] = {0, -1},     [RIGHT] = {1, 0},
        [FAR_LEFT] = {-8, 0}, [FAR_DOWN] = {0, 4}, [FAR_UP] = {0, -4}, [FAR_RIGHT] = {8, 0},
    };
    const struct binding *binding = binding_find(keys, key);
    struct moving *moving = &view->moving;
    int command = binding ? binding->command : 0;
    if (command == PUT || command == AWAY) {
        moving->on = false;
        if (command == PUT && (moving->dx || moving->dy))
            graph_move_by(view, moving->dx, moving->dy);
    } else if (command) {
        moving->dx += steps[command].dx;
        moving->dy += steps[command].dy;
    }
    return DID_CHANGE;
}

void graph_move_draw(const struct graph_view *view, struct area area)
{
    for (size_t i = 0; i < view->layout->box_count; i++) {
        const struct layout_box *box = &view->layout->boxes[i];
        if (!moves(view, i))
            continue;
        struct area at = area_sub(area, box->x + view->moving.dx - view->pan_x, box->y + view->moving.dy - view->pan_y,
                                  box->w, box->h);
        draw_frame(at, ROLE_WARNING, ATTR_BOLD, view->graph->things[i].name, ROLE_TITLE);
    }
}

void graph_move_words(const struct graph_view *view, char *out, size_t size)
{
    const struct moving *moving = &view->moving;
    snprintf(out, size, "move %s: %+d columns, %+d rows", moves_all(view) ? "the marked boxes" : view->thing, moving->dx,
             moving->dy);
}
