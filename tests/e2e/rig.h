/* rig: the real dashboard on the real embedded cluster, on a terminal of its own, and the processes that are there
 * because of it. One at a time; each test has its own, in a folder of its own.
 *
 * What is expected is waited for, and shown with the screen when it does not come: every rig_expect… fails its test. */
#ifndef TESTS_E2E_RIG_H
#define TESTS_E2E_RIG_H

#include <check.h>
#include <signal.h>

#include "tests/screen/screen.h"

#if defined __SANITIZE_ADDRESS__
#define RIG_SANITIZED true
#else
#define RIG_SANITIZED false
#endif

struct rig {
    struct screen *screen;
    char *dir;     /* holds what the test writes, and the edge's own folder while it runs */
    char *file;    /* the graph in it */
    char *said;    /* the screen as it was last looked at */
    const char *from; /* a part of the sample's text, set before rig_start, in whose place stands … */
    char *to;         /* … this, which the test frees; NULL: as it is */
    size_t things; /* of the sample */
};
extern struct rig rig;

/* Around all tests, in the process that runs them: a test that fails ends at once, and leaves its folder, its dashboard
 * and all below that to the second. */
void rig_begin(void);
void rig_end(void);
/* For tcase_add_checked_fixture. */
void rig_setup(void);
void rig_teardown(void);

/* sample: a graph of assets/graphs ("lobby", "wall"), copied into the folder; NULL: none is opened. env as screen_start
 * has it, or NULL. Comes back when the first complete screen is there. */
void rig_start(const char *sample, const char *const *env, int w, int h);
/* The same without waiting; argv[0] is `patchbay` of the build. */
void rig_run(const char *const *argv, const char *const *env, int w, int h);
/* D and yes; comes back when the pods' processes are there. */
void rig_deploy(void);
/* Until all things are ready and each wire carries frames. */
void rig_expect_flow(void);
/* q, and all that has to be true after it. */
void rig_quit(void);

void rig_type(const char *keys);
char *rig_path(const char *name); /* in the folder; the caller frees */
char *rig_read(const char *path); /* a file's text; the caller frees */
void rig_write(const char *path, const char *text, mode_t mode);

/* The screen from its first line on, as far as the picture goes: '#' is any one character, a line "~" any line. */
void rig_expect(const char *picture);
void rig_expect_text(const char *part);
void rig_expect_gone(const char *part);
/* So many lines like a shell pattern (* and ?). */
void rig_expect_lines(size_t count, const char *pattern);
size_t rig_lines(const char *pattern);
/* The first line that holds a part, from that part on; "" when there is none. */
const char *rig_after(const char *part);
/* How often a part stands in the lines from..to (the first is 0). */
size_t rig_count(const char *part, int from, int to);

typedef bool (*rig_fn)(void *data);
void rig_expect_that(rig_fn fn, void *data, const char *what);

/* The program's end: its status, a terminal as it was found, no process left, nothing in the edge's folder. */
int rig_expect_end(void);
void rig_expect_restored(void);
void rig_expect_nothing_runs(void);

/* Processes that are there because of us; 0 when there is none (yet). */
pid_t rig_process(const char *name, pid_t parent); /* parent 0: any */
pid_t rig_process_of(const char *thing);           /* of a thing's pod */
size_t rig_running(void);

Suite *deploy_suite(void);
Suite *compose_suite(void);
Suite *trouble_suite(void);
Suite *tasks_suite(void);
Suite *unplugged_suite(void);
Suite *views_suite(void);
Suite *leave_suite(void);

#endif
