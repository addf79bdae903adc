/* graph_view: what the files of the Graph view share: graph.c (life and keys), graph_draw.c, graph_select.c,
 * graph_connect.c, graph_compose.c, graph_actions.c, graph_words.c, graph_panel.c, graph_list.c, graph_keep.c (what
 * stays where it is), graph_lines.c (a thing as a line). */
#ifndef UI_VIEW_GRAPH_VIEW_H
#define UI_VIEW_GRAPH_VIEW_H

#include "graph/layout.h"
#include "ops/live.h"
#include "ui/dashboard.h"
#include "ui/list.h"

enum { STOP_BOX = -1 };

/* Where Tab stops in a box: each wire at its own row of an input, each wire that leaves an output, and ports that have
 * none. */
struct stop {
    bool output;
    size_t port;
    size_t link; /* LAYOUT_NONE: the port has none */
};

/* A link being drawn: `c`. */
struct connect {
    bool on;
    bool backwards; /* from an input: an output is looked for */
    char *thing, *port;
    struct candidate {
        size_t thing, port;
        bool fits;
        char why[200]; /* it does not */
    } *items;
    size_t count, at;
};

/* Where boxes stood, so that an edit does not reshuffle them: by name, the graph is gone with the next edit. */
struct graph_kept {
    struct map places; /* name → struct layout_before */
    uint64_t shape;    /* of the graph they were laid out for: things, links and how they were drawn */
};

struct graph_view {
    struct dashboard *dash;
    struct model *model;
    const struct graph *graph; /* of the document; NULL: there is none */
    struct layout *layout;
    int fit;                   /* the width it was made for */
    bool stale;                /* the document changed: the layout is of an older one, and `graph` must not be used */
    struct live live;
    bool live_stale;
    int64_t live_at;
    enum layout_density density;
    struct graph_kept kept;    /* of the layout before the last change of shape: what the present one was given */
    struct graph_kept now;     /* of the present one */

    char *thing;               /* selected, by name; NULL: none */
    char *thing_before;        /* the one before it, to go back to when it is gone */
    int stop;                  /* in stops, STOP_BOX: the box itself */
    struct stop *stops;        /* of the selected thing */
    size_t stop_count;
    struct connect connect;

    int pan_x, pan_y;          /* of the layout at the area's origin */
    int shift_x, shift_y;      /* of the layout at hand */
    bool anchored;             /* the graph is that of the layout before: it is not centred anew */
    int area_w, area_h;        /* of the graph's part of the screen, as drawn last */
    bool reveal;               /* the selection must be brought onto the screen */
    bool as_list;
    struct list list;
    size_t empty_at;           /* without a document: which of the deployed graphs */
};

/* graph.c */
/* Brings graph, layout and live up to date; false: there is no graph. */
bool graph_view_sync(struct graph_view *view);
/* Lays it out anew: in another density. */
void graph_view_relayout(struct graph_view *view);
/* After an edit of the document by this view. */
void graph_view_edited(struct graph_view *view);
/* The status of live's thing or wire; neutral ones where nothing is known. */
const struct live_thing *graph_view_live(const struct graph_view *view, size_t thing);
const struct live_wire *graph_view_wire(const struct graph_view *view, size_t link);
size_t graph_view_thing(const struct graph_view *view); /* selected, or LAYOUT_NONE */
const struct stop *graph_view_stop(const struct graph_view *view); /* NULL: the box */
/* Why the cluster refused a thing in the last deployment, or NULL. */
const char *graph_view_refusal(const struct graph_view *view, size_t thing);
/* The first fault that belongs to a thing, or NULL. */
const struct fault *graph_view_fault(const struct graph_view *view, size_t thing, bool *warning);

/* graph_keep.c */
/* The layout of a graph in the view's density and width; what stood before an edit keeps its place. */
struct layout *graph_keep_layout(struct graph_view *view, const struct graph *graph);
void graph_keep_release(struct graph_view *view);
void graph_set_density(struct graph_view *view, enum layout_density density);
/* One density up or down; says which it is now. */
void graph_change_density(struct graph_view *view, int by);

/* What the wires that leave a thing say of it. */
struct graph_leaving {
    bool any, silent; /* silent: somebody waits for its frames */
    enum role role;   /* of the stem that they share where the thing is a line */
};

/* graph_lines.c: a thing as a line. */
void graph_draw_line(const struct graph_view *view, struct area area, size_t thing,
                     const struct graph_leaving *leaving);

/* graph_draw.c */
void graph_draw(struct graph_view *view, struct area area);
/* "10/s", "NO FRAMES 14s", "starting", "starved", ""; at most 13 cells. */
enum role graph_wire_note(const struct live_wire *wire, char *out, size_t size);
/* "10 fps"; nothing where it is not known. */
void graph_rate(char *out, size_t size, double rate);

/* graph_select.c */
void graph_select(struct graph_view *view, const char *thing);
void graph_make_stops(struct graph_view *view);
void graph_select_near(struct graph_view *view, int dx, int dy);
void graph_select_stop(struct graph_view *view, int by);
void graph_select_end(struct graph_view *view, bool last);
unsigned graph_mouse(struct graph_view *view, const struct key *key);
void graph_seek(struct graph_view *view, const char *text);

/* graph_connect.c */
void graph_connect_begin(struct graph_view *view);
void graph_connect_end(struct graph_view *view);
unsigned graph_connect_key(struct graph_view *view, const struct key *key);
void graph_connect_panel(const struct graph_view *view, struct area area);
void graph_connect_words(const struct graph_view *view, char *out, size_t size, enum role *role);

/* graph_compose.c */
void graph_add(struct graph_view *view);
void graph_append(struct graph_view *view);
void graph_params(struct graph_view *view);
void graph_remove(struct graph_view *view);
void graph_undo(struct graph_view *view, bool redo);
void graph_edit_text(struct graph_view *view);

/* graph_actions.c */
void graph_delete(struct graph_view *view); /* on the cluster; asks */
void graph_show_log(struct graph_view *view);
void graph_show_object(struct graph_view *view, int command); /* OBJECT_* */
void graph_show_why(struct graph_view *view);

/* graph_words.c */
/* A sentence on what is selected, for the line above the hints. */
void graph_words(struct graph_view *view, char *out, size_t size, enum role *role);

/* graph_panel.c: facts of what is selected, below the graph where there is room. */
void graph_panel(struct graph_view *view, struct area area);

/* graph_list.c: the graph as a table. */
void graph_list_init(struct graph_view *view);
/* Rows point into the graph: they are given anew before the list is used. */
void graph_list_rows(struct graph_view *view);
void graph_list_draw(struct graph_view *view, struct area area);

#endif
