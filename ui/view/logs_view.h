/* logs_view: what the files of the Logs view share. The lines are the book's; logs.c reads them, logs_draw.c shows them, logs_words.c says
 * what they are, logs_find.c is what moves among them, logs_send.c what takes them out. */
#ifndef UI_VIEW_LOGS_VIEW_H
#define UI_VIEW_LOGS_VIEW_H

#include "k8s/logset.h"
#include "ops/logbook.h"
#include "ui/dashboard.h"

#define LOGS_TAIL 1000 /* lines of a log that is opened … */
#define LOGS_TAIL_EACH 200 /* … of each where they are several */

struct logs {
    struct dashboard *dash;
    struct log_set *set;
    struct log_book book;
    struct loop_task work;
    bool visible;

    /* What is read. */
    char *ns, *pod, *uid, *container, *graph, *thing;
    char **uids;
    bool previous, ended, waits /* the pods are not known yet */;
    int tail;      /* lines of each, -1: all, 0: not said */
    int64_t since; /* 0: not said */
    uint64_t gaps;
    char why[512]; /* why there is nothing to read; "" */

    /* What is shown. */
    bool follow, wrap, times, raw;
    uint64_t top;     /* line number */
    uint64_t index;   /* its row, as it was drawn last … */
    uint64_t page;    /* … and how many rows there were */
    uint64_t seen;    /* lines there were when it was paused */
    int left;
    char filter[256]; /* "": none */

    /* What is searched for. */
    char search[256]; /* "": nothing */
    struct log_filter wanted, errors;
    uint64_t mark; /* the line that was found last */
    bool marked, seeks_error;
    bool reveal;   /* it may be right of what is seen */

    struct logs_send *send; /* a save or a pipe that goes on; NULL: none */
};

/* logs_draw.c */
void logs_draw(void *state, struct area area);
const char *logs_name(void *data, unsigned stream);      /* "camera-x7k2p" */

/* logs_words.c */
void logs_summary(void *state, char *out, size_t size);
void logs_status(void *state, char *out, size_t size, enum role *role);
int logs_tail(const struct logs *logs); /* how many lines of each are asked for, -1: all */

/* logs_find.c */
extern const struct view_command logs_commands[];
void logs_search(void *state, const char *text, bool done);
void logs_next(struct logs *logs, bool up);
void logs_next_error(struct logs *logs, bool up);
void logs_ask_filter(struct logs *logs);
void logs_unfilter(struct logs *logs);
void logs_around(struct logs *logs, int by);
void logs_work(void *data); /* filter and search go on by as much as a key may wait for */
void logs_scroll(struct logs *logs, int64_t by);

/* logs_send.c: the rows as they are shown, whole, with times and names where these are shown. */
void logs_ask_pipe(struct logs *logs);
unsigned logs_save(void *state, const char *path);
unsigned logs_save_over(void *state, const char *path);
void logs_send_stop(struct logs *logs);

/* logs.c */
void logs_start(struct logs *logs); /* reads anew */

#endif
