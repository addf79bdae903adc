/* What the files of the shell share: dashboard.c (life, when to draw), pages.c (the open views), lend.c (who has the terminal),
 * input.c (keys), chrome.c (the lines around a view), command.c (the `:` line), complete.c (what Tab offers there), unsaved.c (saving,
 * drafts), editor.c, objects.c. */
#ifndef UI_DASHBOARD_PRIVATE_H
#define UI_DASHBOARD_PRIVATE_H

#include "ui/dashboard.h"
#include "ui/config.h"
#include "ui/term.h"

#define DASHBOARD_VIEWS 24
#define DASHBOARD_TRAIL 16
#define DASHBOARD_OVERLAYS 8
/* Between two frames that the cluster causes: what changed is seen 50 ms later at most, and fifty changes a second cost
 * twenty frames. What a key causes is drawn at once. */
#define FRAME_TIME (NSEC_PER_SEC / 20)

struct page {
    const struct view *view;
    void *state;
    const struct kind *kind; /* what it was opened on last, for marks; the names may be NULL */
    char *ns, *name;
};

enum prompt_kind { PROMPT_NONE, PROMPT_COMMAND, PROMPT_FILTER, PROMPT_QUESTION };

struct dashboard {
    struct model *model;
    const struct theme *theme;
    struct term *term; /* NULL: a test draws into the canvas only */
    struct canvas canvas;
    bool running;
    bool stepped_aside; /* an editor has the terminal */
    bool suspended;     /* by ^Z; its SIGCONT is still to come */

    struct config *config;         /* as it was read last; never NULL */
    struct cJSON *marks;           /* name → where; NULL: not read yet */
    bool keeps_state;              /* of a terminal; tests leave no traces */
    struct notices *notices;       /* NULL: none are wanted */
    const struct view *opening;    /* the view that is being opened */

    struct page pages[DASHBOARD_VIEWS];
    struct page *current, *last;
    struct page *trail[DASHBOARD_TRAIL]; /* where Esc goes back to */
    size_t trail_count;
    struct {
        const struct overlay *overlay;
        void *state;
        struct area area; /* as drawn last, for the mouse */
    } overlays[DASHBOARD_OVERLAYS];
    size_t overlay_count;
    struct area body, replay; /* the latter: where in a recording it is, with one only */

    enum prompt_kind asking;
    struct prompt prompt;
    struct prompt_history commands, filters;
    char label[64];
    prompt_done_fn prompt_done;
    void *prompt_data;

    char said[512];
    enum role said_role;
    int64_t said_at;   /* monotonic */

    unsigned moves;    /* of model.replay, that the views were told of */
    unsigned pending;  /* changes that nobody was told of yet */
    bool dirty;        /* something on the screen is not as it should be */
    bool whole;
    int64_t painted;   /* when, monotonic */
    bool drawing;
    int64_t until;     /* when what is drawn must be drawn anew, ns since 1970; 0: it changes only with what is told */
    struct gpu_ledger *gpus; /* NULL: there are no stores */
    int gpu_total, gpu_free;
    bool gpu_simulated, gpu_known;
    const char *gpu_unknown; /* why not, in a word or two; NULL: nothing is known yet */

    struct loop_io io;
    struct loop_task frame_task;
    struct loop_timer frame_timer, tick_timer;
    struct loop_signal winch, tstp, cont, interrupt, hangup, terminate;
    struct source_watch {
        struct dashboard *dash;
        unsigned bit;
        struct store *store;
        struct store_listener listener;
    } watches[SOURCE_COUNT];

    struct kube_call *fetch; /* the object that was asked for */
    char fetch_title[512];
    struct drain_look *drain_look; /* at a node, before it is asked whether to drain it: */
    void *drain_asking;            /* node_acts.c's */
    struct kinds *kinds; /* those that the cluster has, once somebody asked; NULL: not yet */
    struct editor *editor;
    bool lent; /* the terminal, to a program that asks questions */
    bool in_shell; /* the terminal is lent to a console */
};

/* Tells the views of what is pending. */
void dashboard_dispatch(struct dashboard *dash);
void dashboard_want_frame(struct dashboard *dash, bool at_once);
void dashboard_back(struct dashboard *dash);
/* By number or name: a new way begins. */
void dashboard_go(struct dashboard *dash, const struct view *view);
void dashboard_suspend(struct dashboard *dash);
/* After a dialog or an editor came or went: what is reviewed, or being filled in, is not replaced unasked. */
void dashboard_hold(struct dashboard *dash);
/* Asks the terminal for its size. */
void dashboard_resized(struct dashboard *dash);
/* Leaves, asking first when the document is not saved. */
void dashboard_leave(struct dashboard *dash);
bool dashboard_too_small(const struct dashboard *dash);
void pages_free(struct dashboard *dash);
/* lend.c: the signals that the terminal sends, from begin to end; init: and who may have it for a while. */
void lend_init(struct dashboard *dash);
void lend_begin(struct dashboard *dash);
void lend_end(struct dashboard *dash);
/* While another program has the terminal. */
void dashboard_step_aside(struct dashboard *dash);
void dashboard_step_back(struct dashboard *dash);

/* Whether a key of a view (which need not be the current one) leads anywhere; err says why not. */
int dashboard_may(struct dashboard *dash, const struct view *view, const struct binding *binding, struct err *err);
/* What the current view shows: for model_freshness. */
unsigned dashboard_sources(const struct dashboard *dash);
/* Switches to a context, and from the list of them back to where one was. */
void contexts_use(struct dashboard *dash, const char *name);

extern const struct binding dashboard_bindings[];

/* What is kept from one dashboard to the next (state.c), in $XDG_STATE_HOME/patchbay: the lines that were typed behind `:` and
 * `/`. Where it cannot be kept, it is not. */
void state_read_lines(struct dashboard *dash);
void state_keep_line(struct dashboard *dash, char prompt, const char *line);

/* marks.c: views that are marked by name: where they were, on what, with which filter. */
void marks_set(struct dashboard *dash, const char *name);
void marks_go(struct dashboard *dash, const char *name);
void marks_delete(struct dashboard *dash, const char *name);
void marks_choose(struct dashboard *dash);
struct completions;
void marks_complete(struct dashboard *dash, struct completions *out);

/* Takes it, in place of the one before: theme, mouse, columns, notices. */
void dashboard_configure(struct dashboard *dash, struct config *config);
/* NULL: all. Says what cannot be seen. */
void dashboard_use_namespace(struct dashboard *dash, const char *ns);
void dashboard_set_theme(struct dashboard *dash, const struct theme *theme);

void chrome_draw(struct dashboard *dash);

/* The `:` line. */
void command_run(struct dashboard *dash, const char *line);
void command_unknown(struct dashboard *dash, const char *word);
void command_complete(void *data, const char *line, size_t cursor, struct completions *out);
struct command_help {
    const char *name, *args, *help;
};
extern const struct command_help *command_table(size_t *count);
/* Also those without help; NULL behind the last. */
const struct command_help *command_names(size_t i);
/* Opens another document with `open`, asking first when the one at hand is not saved. done: what is said then, or NULL. */
void command_open(struct dashboard *dash, const char *what,
                  int (*open)(struct model *model, const char *what, struct err *err), const char *done);

/* Saves, or shows why not. path, over: as in model_save; leave: and leaves patchbay. */
bool unsaved_save(struct dashboard *dash, const char *path, const struct save_over *over, bool leave);
void unsaved_reload(struct dashboard *dash);
/* Shows the newest of the drafts of before. */
void unsaved_drafts(struct dashboard *dash);
/* Shows model.offer as soon as nothing else asks. */
void unsaved_offer(struct dashboard *dash);

void editor_free(struct editor *editor);
/* Who ends us ends it, too: it is told so, and has two seconds to leave the terminal as it was. */
void editor_end(struct editor *editor);

#endif
