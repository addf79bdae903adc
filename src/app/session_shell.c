#include "app/session_private.h"

#include "app/console.h"

/* A shell in a container, on the dashboard's terminal. */

/* The best of those that the image has: one that knows its arrows before one that does not. */
static const char *const any_shell[] = {
    "sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; command -v ash >/dev/null 2>&1 && exec ash; exec sh", NULL};

/* What runtimes say of an image without one. */
static bool has_none(const struct exec_end *end)
{
    return strstr(end->err.text, "\"sh\": executable file not found") || strstr(end->err.text, "exec: \"sh\"") ||
           strstr(end->err.text, "sh: no such file");
}

static void say_end(struct session *s, const struct exec_end *end)
{
    if (has_none(end))
        model_notice(&s->model, "%s has no shell: its image has no sh; 'kubectl debug' brings one along", s->shell_of);
    else if (err_is_set(&end->err))
        model_notice(&s->model, "%s", end->err.text);
    else if (s->console_open)
        model_notice(&s->model, "the shell in %s ended with exit code %d", s->shell_of, end->code);
}

static void close_console(struct session *s)
{
    bool open = s->console_open;
    console_free(s->console);
    s->console = NULL;
    s->console_open = false;
    if (open && s->model.lend_console)
        s->model.lend_console(s->model.changed_data, false);
}

static bool on_begin(void *data)
{
    struct session *s = data;
    if (!s->model.lend_console || !s->model.lend_console(s->model.changed_data, true)) {
        model_notice(&s->model, "no shell was opened: another program had the terminal");
        close_console(s);
        return false;
    }
    s->console_open = true;
    printf("\npatchbay: a shell in %s on %s; 'exit' or ^D comes back to the dashboard\n", s->shell_of, s->model.context);
    fflush(stdout);
    return true;
}

static void on_done(void *data, const struct exec_end *end)
{
    struct session *s = data;
    say_end(s, end);
    close_console(s);
}

static int open_shell(void *data, const char *ns, const char *pod, const char *container, struct err *err)
{
    struct session *s = data;
    if (s->console)
        return err_set(err, "a shell is being opened already: %s", s->shell_of);
    if (!s->cluster || !s->model.client)
        return err_set(err, "%s is not there yet", s->model.context);
    if (s->model.simulated)
        return err_set(err, "the pods of the embedded cluster are processes of this machine: there is no container to enter");
    free(s->shell_of);
    s->shell_of = xasprintf("container '%s' of %s", container, pod);
    struct exec_options options = {.ns = ns, .pod = pod, .container = container, .argv = any_shell, .in = true, .tty = true};
    s->console = console_new(s->app->loop, s->model.client, &options, on_begin, on_done, s);
    return 0;
}

void session_shell_end(struct session *s)
{
    close_console(s);
    free(s->shell_of);
    s->shell_of = NULL;
}

/* We are being ended: the terminal is left as it was found, and nobody draws on it any more. */
static void end_shell(void *data)
{
    struct session *s = data;
    console_free(s->console);
    s->console = NULL;
    s->console_open = false;
}

void session_shell_ops(struct model_ops *ops)
{
    ops->shell = open_shell;
    ops->end_shell = end_shell;
}
