/* graph_view: what the files of the Graph view share: graph.c (life and keys), graph_draw.c, graph_select.c,
 * graph_connect.c, graph_add.c, graph_compose.c, graph_params.c, graph_text.c, graph_marks.c, graph_move.c, graph_mouse.c,
 * graph_changes.c, graph_actions.c, graph_words.c, graph_panel.c, graph_list.c, graph_empty.c, graph_place.c, graph_keep.c (what stays
 * where it is), graph_lines.c (a thing as a line). */
#ifndef UI_VIEW_GRAPH_VIEW_H
#define UI_VIEW_GRAPH_VIEW_H

#include "graph/compare.h"
#include "graph/layout.h"
#include "ops/live.h"
#include "ops/place.h"
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
        bool fits, chosen; /* chosen: one of several that Enter connects */
        char why[200]; /* it does not */
    } *items;
    size_t count, at;
    bool pointed; /* by the mouse: `at` is under it */
};

/* A box being moved, by keys (`m`) or by the mouse: shown as a frame until it is put down. */
struct moving {
    bool on, by_mouse;
    int dx, dy;       /* so far, in cells */
    int from_x, from_y; /* by mouse: where it was taken, in cells of the layout */
    bool wire;        /* by mouse, from a port: a link is being drawn */
};

/* The last action that changed something, for `.`. */
struct repeat {
    int command;     /* GRAPH_*; 0: none */
    char *text;      /* a type that was added */
    int dx, dy;      /* by which boxes were moved */
    struct set_field { /* what a form set */
        int kind;             /* as graph_params.c has it */
        char *field, *value;  /* value NULL: unset */
    } *fields;
    size_t field_count;
};

/* Where boxes stood, so that an edit does not reshuffle them: by name, the graph is gone with the next edit. */
struct graph_kept {
    struct map places; /* name → its box, of these */
    struct layout_before *boxes;
    uint64_t shape;    /* of the graph they were laid out for: things, links and how they were drawn */
    uint64_t view;     /* of its places in `view` */
    int fit;           /* the columns that it was laid out for */
    enum layout_density density;
};

struct graph_view {
    struct dashboard *dash;
    struct model *model;
    const struct graph *graph; /* the document's with what is only deployed after it; NULL: there is none */
    uint64_t revision;         /* of the document that it is of */
    struct comparison compared; /* the document with what is deployed: `graph` is its `both` */
    struct record *deployed_record; /* whose text is parsed, with the catalogue of that version, as: */
    unsigned deployed_catalogue;
    struct graph *deployed;    /* NULL: it is not deployed, or cannot be read */
    struct layout *layout;     /* while `laid` of `graph`, else of an older one, for graph_keep.c */
    bool laid;
    int fit;                   /* the width it was made for */
    bool stale;                /* the document changed: the layout is of an older one, and `graph` must not be used */
    struct live live;
    bool live_stale;
    int64_t live_at;
    struct place place;        /* where the things could run; empty unless `placed` */
    bool placed;
    enum layout_density density;
    struct graph_kept kept;    /* of the layout before the last change of shape: what the present one was given */
    struct graph_kept now;     /* of the present one */
    struct graph_past {
        uint64_t shape;
        struct graph_kept given;
    } past[16];                /* what shapes before were given, the last one last: who comes back has the same picture again */
    size_t past_count;

    char *thing;               /* selected, by name; NULL: none */
    char *thing_before;        /* the one before it, to go back to when it is gone */
    int stop;                  /* in stops, STOP_BOX: the box itself */
    struct stop *stops;        /* of the selected thing */
    size_t stop_count;
    struct connect connect;
    struct moving moving;
    struct map marks;          /* names of things chosen by Space */
    char *clip;                /* what Y and x took: a graph's text; NULL: nothing */
    struct repeat repeat;
    char *sought;              /* what / looked for, for n and N */

    int pan_x, pan_y;          /* of the layout at the area's origin */
    int shift_x, shift_y;      /* of the layout at hand */
    bool centre;               /* the graph is another than was drawn last: it is centred anew */
    int area_w, area_h;        /* of the graph's part of the screen, as drawn last */
    bool reveal;               /* the selection must be brought onto the screen */
    bool as_list;
    struct list list;
    struct graph_edit *edit;   /* what an editor is open on; NULL: none is */
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
/* The view's layout becomes that of a graph in its density and width; what stood before an edit keeps its place. */
void graph_keep_layout(struct graph_view *view, const struct graph *graph);
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
/* Signs beside a name, the weightiest first: '!' a fault, + ~ - what the draft changes, '*' marked. out has room for BADGES;
 * returns how many there are. */
struct badge {
    char sign;
    enum role role;
};
#define BADGES 4 /* the last one is scratch */
size_t graph_badges(const struct graph_view *view, size_t thing, struct badge *out);
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
/* The selected thing's end of a wire. */
void graph_select_wire(struct graph_view *view, size_t link, bool output);
void graph_select_end(struct graph_view *view, bool last);
void graph_seek(struct graph_view *view, const char *text);
void graph_seek_again(struct graph_view *view, bool back);

/* graph_mouse.c */
unsigned graph_mouse(struct graph_view *view, const struct key *key);

/* graph_connect.c */
void graph_connect_begin(struct graph_view *view);
void graph_connect_end(struct graph_view *view);
void graph_connect_take(struct graph_view *view); /* what is chosen, else the one at hand */
unsigned graph_connect_key(struct graph_view *view, const struct key *key);
void graph_connect_panel(const struct graph_view *view, struct area area);
void graph_connect_words(const struct graph_view *view, char *out, size_t size, enum role *role);

/* graph_add.c: from the catalogue, alone (`a`) or wired to what is selected (`o`). */
void graph_add(struct graph_view *view);
void graph_append(struct graph_view *view);
void graph_add_type(struct graph_view *view, const char *type, bool wired);

/* graph_params.c */
void graph_params(struct graph_view *view);
void graph_params_again(struct graph_view *view); /* what the form set last, on the selected thing */

/* graph_compose.c */
void graph_remove(struct graph_view *view);
void graph_undo(struct graph_view *view, bool redo);
void graph_repeat(struct graph_view *view);
void graph_did(struct graph_view *view, int command, const char *text); /* for graph_repeat */

/* graph_text.c: in the operator's editor. */
void graph_edit_thing(struct graph_view *view); /* the selected one; a wire or nothing: the whole graph */
void graph_edit_text(struct graph_view *view);
void graph_edit_free(struct graph_edit *edit);

/* graph_marks.c */
void graph_mark(struct graph_view *view);
bool graph_marked(const struct graph_view *view, size_t thing);
/* The marked things, else the selected one: names, NULL-terminated; the caller frees the array and the names. */
char **graph_chosen(const struct graph_view *view, size_t *count);
void graph_names_free(char **names);
bool graph_unmark(struct graph_view *view); /* all; false: there was none */
void graph_copy(struct graph_view *view, bool say);
void graph_paste(struct graph_view *view, const char *text, size_t len);

/* graph_move.c */
void graph_move_begin(struct graph_view *view);
unsigned graph_move_key(struct graph_view *view, const struct key *key);
void graph_move_draw(const struct graph_view *view, struct area area);
void graph_move_words(const struct graph_view *view, char *out, size_t size);
void graph_move_by(struct graph_view *view, int dx, int dy); /* puts it there */
void graph_unplace(struct graph_view *view);

/* graph_changes.c: what the draft changes of what is deployed. */
/* Whether a thing of `graph` is the draft's own, not only deployed. */
bool graph_view_own(const struct graph_view *view, size_t thing);
/* Whether the thing is only deployed: then nothing is done with it, and that is said of the selected one. */
bool graph_view_gone(struct graph_view *view, size_t thing);
void graph_compare(struct graph_view *view, const struct graph *draft);
void graph_compare_forget(struct graph_view *view);
bool graph_compare_stale(const struct graph_view *view); /* another text is deployed than was compared with */
void graph_compare_end(struct graph_view *view);
enum differs graph_thing_differs(const struct graph_view *view, size_t thing);
enum differs graph_link_differs(const struct graph_view *view, size_t link);
size_t graph_input_links(const struct graph_view *view, size_t thing, size_t port); /* the draft's */
/* '+', '~', '-', and 0 for none; its role. */
char differs_sign(enum differs differs, enum role *role);
/* "fps 10 → 5": of a changed thing; "" for others. */
void graph_change_words(const struct graph_view *view, size_t thing, struct buf *out);

/* graph_actions.c */
/* For view.chosen. */
const struct deployment **graph_deployments(void *state, enum act act, struct err *err);
void graph_delete(struct graph_view *view); /* on the cluster; asks */
unsigned graph_warm(void *state, const char *args); /* of the `:` line */
void graph_show_log(struct graph_view *view);
/* graph_enter.c: asks where to go from the selected box. */
void graph_enter_box(struct graph_view *view);
const struct record *graph_selected_record(void *state); /* the box's pod, else its deployment */
void graph_show_picture(struct graph_view *view);
void graph_show_object(struct graph_view *view, int command); /* OBJECT_* */
void graph_show_why(struct graph_view *view);

/* graph_words.c */
/* A sentence on what is selected, for the line above the hints. */
void graph_words(struct graph_view *view, char *out, size_t size, enum role *role);

/* graph_panel.c: facts of what is selected, below the graph where there is room. */
void graph_panel(struct graph_view *view, struct area area);

/* graph_place.c: where the things could run on the cluster as it is now. */
void graph_place_forget(struct graph_view *view); /* nodes, pods or the document changed */
void graph_place_sync(struct graph_view *view);
/* "→ gpu-2 or gpu-4", "would stay Pending", in at most `room` cells; "" where it runs, or nothing is known. */
enum role graph_place_note(const struct graph_view *view, size_t thing, int room, char *out, size_t size);
/* The same whole, without the arrow: "would stay Pending: 0/4 nodes: …", "not known: …". */
enum role graph_place_fact(const struct graph_view *view, size_t thing, char *out, size_t size);
/* Appends it to a sentence on the thing. */
void graph_place_words(const struct graph_view *view, size_t thing, char *out, size_t size, enum role *role);
/* "GPU ×▮▮▯ asks 2, free 3 of 4 (simulated)" at the right end of a line, while the graph asks for more than it holds. */
bool graph_place_has_bar(const struct graph_view *view);
void graph_place_bar(const struct graph_view *view, struct area area);

/* graph_list.c: the graph as a table. */
void graph_list_init(struct graph_view *view);
/* Rows point into the graph: they are given anew before the list is used. */
void graph_list_rows(struct graph_view *view);
void graph_list_draw(struct graph_view *view, struct area area);
unsigned graph_list_key(struct graph_view *view, const struct key *key); /* DID_* */

/* graph_empty.c: without a document. */
void graph_empty_draw(struct graph_view *view, struct area area);
void graph_empty_command(struct graph_view *view, int command);
const char *graph_empty_hints(const struct graph_view *view);

#endif
