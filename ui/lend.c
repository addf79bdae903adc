#include "ui/dashboard_private.h"

#include <signal.h>

/* Who has the terminal: the dashboard, an editor, a program that asks questions, a shell, or whoever stopped us. */

static void on_interrupt(void *data UNUSED, int signo UNUSED)
{
}

/* A credential program asks its questions where the dashboard stood. */
static bool lend_terminal(void *data, bool lent, const char *program UNUSED)
{
    struct dashboard *dash = data;
    if (dash->lent == lent)
        return true;
    if (lent && dash->stepped_aside) /* an editor has it: it is not ours to lend */
        return false;
    dash->lent = lent;
    if (lent) {
        dashboard_step_aside(dash);
        loop_signal_start(&dash->interrupt, SIGINT); /* ^C is the program's: it ends, we stay */
    } else {
        loop_signal_stop(&dash->interrupt);
        dashboard_step_back(dash);
    }
    return true;
}

/* To a shell: the terminal's signals are the console's, too. */
static bool lend_console(void *data, bool lent)
{
    struct dashboard *dash = data;
    if (lent && (dash->stepped_aside || !dash->term))
        return false;
    dash->in_shell = lent;
    if (lent) {
        loop_signal_stop(&dash->winch);
        loop_signal_stop(&dash->tstp);
        loop_signal_start(&dash->interrupt, SIGINT);
        dashboard_step_aside(dash);
    } else {
        loop_signal_stop(&dash->interrupt);
        loop_signal_start(&dash->winch, SIGWINCH);
        loop_signal_start(&dash->tstp, SIGTSTP);
        dashboard_step_back(dash);
    }
    return true;
}

static void on_signal(void *data, int signo)
{
    struct dashboard *dash = data;
    if (signo == SIGTSTP) {
        if (dash->stepped_aside)
            raise(SIGSTOP); /* the editor stopped its group; we go with it */
        else
            dashboard_suspend(dash);
    } else if (signo == SIGCONT && dash->term && !dash->stepped_aside && !dash->suspended) {
        /* Stopped by a signal that cannot be caught: the shell has set the terminal as it likes it. */
        term_leave(dash->term);
        term_return(dash->term);
    }
    if (signo == SIGCONT)
        dash->suspended = false;
    dashboard_resized(dash);
    dash->whole |= signo != SIGWINCH;
    dash->dirty = true;
    dashboard_want_frame(dash, true);
}

/* Who ends us has it ended as if by the signal, but for the draft, which is kept, and the terminal. */
static void on_end(void *data, int signo)
{
    struct dashboard *dash = data;
    model_keep(dash->model);
    if (!dash->stepped_aside)
        dashboard_step_aside(dash);
    else if (dash->editor)
        editor_end(dash->editor);
    else if (dash->in_shell && dash->model->ops.end_shell)
        dash->model->ops.end_shell(dash->model->data);
    loop_signal_stop(signo == SIGHUP ? &dash->hangup : &dash->terminate);
    raise(signo);
}

void dashboard_suspend(struct dashboard *dash)
{
    if (!dash->term)
        return;
    dash->suspended = true;
    model_keep(dash->model);
    term_suspend(dash->term);
    dash->whole = true;
}

void dashboard_step_aside(struct dashboard *dash)
{
    dash->stepped_aside = true;
    loop_io_stop(&dash->io);
    if (dash->term)
        term_leave(dash->term);
}

void dashboard_step_back(struct dashboard *dash)
{
    dash->stepped_aside = false;
    if (dash->term) {
        term_return(dash->term);
        loop_io_start(&dash->io, term_fd(dash->term), POLLIN);
    }
    dashboard_resized(dash);
    dash->whole = dash->dirty = true;
    dashboard_want_frame(dash, true);
}

void lend_init(struct dashboard *dash)
{
    struct loop *loop = dash->model->loop;
    loop_signal_init(&dash->winch, loop, on_signal, dash);
    loop_signal_init(&dash->tstp, loop, on_signal, dash);
    loop_signal_init(&dash->cont, loop, on_signal, dash);
    loop_signal_init(&dash->interrupt, loop, on_interrupt, dash);
    loop_signal_init(&dash->hangup, loop, on_end, dash);
    loop_signal_init(&dash->terminate, loop, on_end, dash);
    dash->model->lend_terminal = lend_terminal;
    dash->model->lend_console = lend_console;
}

void lend_begin(struct dashboard *dash)
{
    loop_signal_start(&dash->winch, SIGWINCH);
    loop_signal_start(&dash->tstp, SIGTSTP);
    loop_signal_start(&dash->cont, SIGCONT);
    loop_signal_start(&dash->hangup, SIGHUP);
    loop_signal_start(&dash->terminate, SIGTERM);
}

void lend_end(struct dashboard *dash)
{
    if (dash->in_shell && dash->model->ops.end_shell)
        dash->model->ops.end_shell(dash->model->data);
    loop_signal_stop(&dash->winch);
    loop_signal_stop(&dash->tstp);
    loop_signal_stop(&dash->cont);
    loop_signal_stop(&dash->hangup);
    loop_signal_stop(&dash->terminate);
}
