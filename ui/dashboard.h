/* dashboard: the shell around the views: terminal, header, hint line, prompt, dialogs, and when to draw. */
#ifndef UI_DASHBOARD_H
#define UI_DASHBOARD_H

#include "ui/view.h"

struct dashboard_options {
    const char *view;   /* the first one; NULL: graph */
    const char *theme;  /* NULL: dark, or mono under NO_COLOR */
    bool no_mouse;
    struct config *config; /* taken; NULL: none */
};

/* Runs until the operator leaves: turns the model's loop. Returns the exit status; err is set when the terminal cannot be
 * used (status 2). The loop may hold other sources; whoever wants it ended calls dashboard_quit. */
int dashboard_run(struct model *model, const struct dashboard_options *options, struct err *err);

/* What views may ask. */
struct model *dashboard_model(struct dashboard *dash);
int64_t dashboard_wall(struct dashboard *dash); /* now, for ages: ns since 1970 */
int64_t dashboard_now(struct dashboard *dash);  /* monotonic */
/* How long ago that was, about to be drawn as an age: the screen is drawn again when its text changes. */
int64_t dashboard_age(struct dashboard *dash, int64_t since);
/* What is being drawn is right until then (ns since 1970): it is drawn again by itself at that time. */
void dashboard_until(struct dashboard *dash, int64_t wall);
/* Whether the terminal is still taking a picture that was drawn before: then the next one can wait, and the screen is drawn
 * again when it has. *took: how long the last one took, 0: not known. */
bool dashboard_picture_busy(struct dashboard *dash, int64_t *took);
/* Who holds the GPUs; NULL: there are no stores of nodes and pods. */
struct gpu_ledger *dashboard_gpus(struct dashboard *dash);
void dashboard_quit(struct dashboard *dash);    /* at once, asking nothing */
/* Draw again soon: for what a view learns by itself (an answer, a log line). */
void dashboard_redraw(struct dashboard *dash);
/* Goes to a view. target may be NULL. */
void dashboard_open(struct dashboard *dash, const struct view *view, const struct target *target);
/* Filters the current view, as `/` does. */
void dashboard_filter(struct dashboard *dash, const char *text);
/* Shows text in the viewer. */
void dashboard_show_text(struct dashboard *dash, const char *title, const char *text);
/* A sentence on the status line, until the next key that does something. */
void dashboard_say(struct dashboard *dash, enum role role, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The prompt on the last line: label as "add: ". done gets the text, or NULL when cancelled; may ask again. */
typedef void (*prompt_done_fn)(void *data, const char *text);
void dashboard_prompt(struct dashboard *dash, const char *label, const char *initial, complete_fn complete,
                      prompt_done_fn done, void *data);
/* A yes-or-no question in a dialog; No is the default. title "delete pod lobby/camera-…", text may have several
 * lines. answer is called with true for yes only once; no is silence. */
typedef void (*answer_fn)(void *data);
void dashboard_confirm(struct dashboard *dash, const char *title, const char *text, const char *yes_label,
                       answer_fn yes, void *data, void (*free_data)(void *));
/* How the operator wants the columns of the view that is being opened; NULL: as they are. */
struct list_layout;
const struct list_layout *dashboard_layout(struct dashboard *dash);
/* Puts a dialog on top; it is freed by overlay->free. */
void dashboard_push(struct dashboard *dash, const struct overlay *overlay, void *state);
/* Puts it on the terminal's clipboard (OSC 52) and says so. */
void dashboard_copy(struct dashboard *dash, const char *text);
/* $VISUAL or $EDITOR (else vi) on the text in a file that ends in `suffix`, at that line (0: wherever it begins); the
 * dashboard steps aside. done gets the new text, or NULL with a sentence when the editor failed or nothing changed (""
 * then); it may edit again. */
typedef void (*edited_fn)(void *data, const char *text, size_t len, const char *why);
void dashboard_edit(struct dashboard *dash, const char *text, size_t len, const char *suffix, int line, edited_fn done,
                    void *data);

/* For tests and benchmarks: a dashboard without a terminal, drawn into its canvas. */
struct dashboard *dashboard_new(struct model *model, const struct dashboard_options *options, int w, int h);
void dashboard_free(struct dashboard *dash);
void dashboard_key(struct dashboard *dash, const struct key *key);
const struct canvas *dashboard_draw(struct dashboard *dash);

#endif
