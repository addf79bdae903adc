/* view: one screen of the dashboard. A view is one file with one `const struct view`; all of them are in view_table.
 *
 * Each is opened once, when first shown, and kept until the end; shown again with a target, it is told (retarget). Before
 * any of its functions is called, `changed` has told it of every change of the stores, so that rows it keeps pointers to
 * can be given up in time.
 *
 * Keys go: the prompt or dialog on top, then the view's own `key`, its `bindings` (→ `command`), then the dashboard's. */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/model.h"
#include "ui/prompt.h"

struct why_of;
struct dashboard; /* dashboard.h: what a view may ask of the shell */

/* What an action leads to. */
enum {
    DID_NOTHING = 0,      /* not mine: others may take the key */
    DID_HANDLE = 1,       /* taken, nothing to draw */
    DID_CHANGE = 2 | 1,   /* taken, draw again */
    DID_CLOSE = 4 | 2 | 1 /* taken; back to the view before (overlays: away with me) */
};

/* What a view is opened on. Strings are copied by whoever keeps them; all may be NULL. */
struct target {
    const struct kind *kind;
    const char *ns, *name, *uid;
    const char *container;
    const char *graph, *thing; /* the logs of a deployed graph, or of one of its things, instead of an object's */
    const char *const *uids;   /* or of these pods, NULL-terminated */
    const char *text;  /* for the text viewer: what to show, instead of an object */
    const char *title;
    bool (*why_of)(void *data, const char *name, struct why_of *out, struct buf *head); /* for why: ui/why.h */
    void *why_data;
};

struct view_command { /* words of the `:` line that only this view knows; name NULL ends the table */
    const char *name, *args /* "TYPE", "" */, *help;
    unsigned (*run)(void *state, const char *args);
    complete_fn complete; /* of the arguments; data is the view's state; NULL: none */
};

struct view {
    const char *name;   /* "pods" */
    const char *title;  /* "Pods" */
    const char *words;  /* what else opens it by `:`: "po pod" */
    char digit;         /* '4', or 0 */
    bool ages;          /* shows ages: drawn again once a second */
    bool traffic, detections; /* needs these while visible (model_ops.watching) */
    unsigned measures; /* and these, as USAGE_BIT()s (model_ops.measure) */
    bool speaks_first; /* its status is said even while the cluster is STALE */
    bool wordy;        /* its status may take a second line, from its lowest row */
    unsigned sources; /* CHANGED_* of those it shows: when one is refused, it is here that this is said */
    const struct binding *bindings;
    const struct binding *more_bindings; /* those of what it is built on (list_bindings), or NULL */
    const struct view_command *commands; /* or NULL */
    const struct list_class *list; /* its state begins with a struct table, whose columns can be configured; or NULL */

    void *(*open)(struct dashboard *dash, const struct target *target); /* target may be NULL */
    void (*close)(void *state);
    void (*draw)(void *state, struct area area);
    unsigned (*key)(void *state, const struct key *key);          /* may be NULL; mouse is in the area's coordinates */
    unsigned (*command)(void *state, int command, const struct key *key);
    bool (*changed)(void *state, unsigned mask); /* CHANGED_*; true: draw again. NULL: never */
    void (*retarget)(void *state, const struct target *target); /* shown again with a target; may be NULL */
    /* A recording went to another time: what was told by and by (a log) begins anew. May be NULL. */
    void (*rewound)(void *state);
    void (*visible)(void *state, bool visible);  /* may be NULL */
    /* The deployments that are chosen in it (marked, else selected), for :restart and its like: records of the store,
     * NULL-terminated, the array is the caller's. NULL with the sentence why none is. May be NULL: it has none. */
    const struct deployment **(*chosen)(void *state, enum act act, struct err *err);
    /* The object under the cursor, for :shell and :forward; NULL: none. May be NULL. */
    const struct record *(*selected)(void *state);
    /* The namespace in which its keys would act now, for what is allowed; NULL: model.ns. May be NULL. */
    const char *(*ns)(void *state);
    /* The node that is selected or shown, for :cordon and its like; NULL: none. May be NULL. */
    const char *(*node)(void *state);
    /* Short text for the header behind the title ("4/12"), and the line above the hints (role in *role); "" for none.
     * Either may be NULL. */
    void (*summary)(void *state, char *out, size_t size);
    void (*status)(void *state, char *out, size_t size, enum role *role);
    /* Other hints than those of its bindings, for a mode of its own: as an overlay's; NULL: none now. May be NULL. */
    const char *(*hints)(void *state);
    /* The filter or search that `/` types into: called with every change; NULL: the view has none. done: Enter. text
     * NULL: cancelled. */
    void (*filter)(void *state, const char *text, bool done);
    /* What it is now, to be typed on; and words for Tab. May be NULL. */
    const char *(*filtered)(void *state);
    complete_fn complete;
};

/* By number, NULL-terminated. */
extern const struct view *const view_table[];
extern const struct view view_graph, view_deployments, view_nodes, view_node, view_gpus, view_pods, view_events, view_detections, view_logs,
    view_why, view_kind, view_describe, view_picture, view_text, view_contexts, view_forwards, view_help;
/* By name, title's word or digit; NULL when there is none. */
const struct view *view_find(const char *word);

/* An overlay: what stands on the view and takes all keys: a dialog, a form. */
struct overlay {
    void (*size)(void *state, int max_w, int max_h, int *w, int *h); /* wanted, frame included */
    void (*draw)(void *state, struct area area);  /* the whole of it; draw the frame with draw_frame */
    unsigned (*key)(void *state, const struct key *key); /* DID_CLOSE: away with it; mouse in the area's coordinates */
    void (*free)(void *state);
    bool (*changed)(void *state, unsigned mask); /* CHANGED_*; true: draw again. NULL: never */
    const char *hints; /* for the hint line: "Tab next  Enter take  Esc away" with keys first; NULL: none */
};

#endif
