#include "ui/dashboard_private.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/file.h"
#include "base/yaml.h"

#define EDITED_MAX (2 * YAML_MAX_BYTES)

struct editor {
    struct dashboard *dash;
    struct child *child;
    char *path, *before;
    size_t before_len;
    edited_fn done;
    void *data;
};

void editor_free(struct editor *editor)
{
    if (editor->child)
        child_forget(editor->child);
    if (editor->path)
        unlink(editor->path);
    free(editor->path);
    free(editor->before);
    free(editor);
}

void editor_end(struct editor *editor)
{
    if (!editor->child)
        return;
    pid_t pid = child_pid(editor->child);
    child_kill(editor->child, SIGTERM);
    for (int i = 0; i < 200 && waitpid(pid, NULL, WNOHANG) == 0; i++)
        poll(NULL, 0, 10);
}

/* Its file stays: it is all that there is of what was typed. */
static void forget_file(struct editor *editor)
{
    free(editor->path);
    editor->path = NULL;
}

static bool is_before(const struct editor *editor, const struct buf *text)
{
    return text->len == editor->before_len && memcmp(text->data, editor->before, text->len) == 0;
}

static void on_exit_editor(void *data, int status)
{
    struct editor *editor = data;
    editor->child = NULL;
    editor->dash->editor = NULL;
    dashboard_hold(editor->dash);
    loop_signal_stop(&editor->dash->interrupt);
    dashboard_step_back(editor->dash);
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, EDITED_MAX);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char how[128];
        child_status_text(status, how, sizeof how);
        bool typed = file_read(editor->path, &text, &err) == 0 && !is_before(editor, &text);
        if (typed) {
            err_set(&err, "the editor ended with %s; nothing was changed; what was typed is in %s", how, editor->path);
            forget_file(editor);
        } else {
            err_set(&err, "the editor ended with %s; nothing was changed", how);
        }
        editor->done(editor->data, NULL, 0, err.text);
    } else if (file_read(editor->path, &text, &err) < 0) {
        if (file_exists(editor->path))
            err_set(&err, "%s; what was typed is kept there", err.text);
        forget_file(editor);
        editor->done(editor->data, NULL, 0, err.text);
    } else if (is_before(editor, &text)) {
        editor->done(editor->data, NULL, 0, "");
    } else {
        editor->done(editor->data, text.data, text.len, "");
    }
    buf_release(&text);
    editor_free(editor);
}

/* Those that take "+12" before the file; no other is given what it may not understand. */
static bool takes_line(const char *program)
{
    static const char *const names[] = {"vi", "vim", "nvim", "view", "gvim", "nano", "pico", "emacs", "emacsclient", "mg", "jed",
                                        "joe", "micro", "kak", "ne", "mcedit", NULL};
    const char *name = file_base_name(program);
    for (size_t i = 0; names[i]; i++)
        if (str_eq(name, names[i]) || (str_starts(name, names[i]) && name[strlen(names[i])] == '.')) /* vim.basic */
            return true;
    return false;
}

/* The first of $VISUAL, $EDITOR and vi, cut at blanks: "code -w" is a command with an argument. */
static char **editor_argv(const char *path, int at)
{
    const char *line = getenv("VISUAL");
    if (!line || !*line)
        line = getenv("EDITOR");
    if (!line || !*line)
        line = "vi";
    char **argv = NULL;
    size_t count = 0, cap = 0;
    for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
        size_t n = strcspn(line, " ");
        GROW(argv, count, cap);
        argv[count++] = xstrndup(line, n);
        line += n;
    }
    if (at > 0 && count && takes_line(argv[0])) {
        GROW(argv, count, cap);
        argv[count++] = xasprintf("+%d", at);
    }
    GROW(argv, count, cap);
    argv[count++] = xstrdup(path);
    GROW(argv, count, cap);
    argv[count] = NULL;
    return argv;
}

void dashboard_edit(struct dashboard *dash, const char *text, size_t len, const char *suffix, int line, edited_fn done,
                    void *data)
{
    struct err err = ERR_INIT;
    if (dash->editor) {
        done(data, NULL, 0, "an editor is open already");
        return;
    }
    model_keep(dash->model); /* whatever becomes of the editor, and of us meanwhile */
    char *path = file_temporary(suffix, text, len, &err);
    if (!path) {
        done(data, NULL, 0, err.text);
        return;
    }
    struct editor *editor = xcalloc(1, sizeof *editor);
    *editor = (struct editor){.dash = dash, .path = path, .before = xmemdup(text, len), .before_len = len,
                              .done = done, .data = data};
    char **argv = editor_argv(path, line);
    struct child_options options = {.argv = (const char *const *)argv, .in = CHILD_INHERIT, .out = CHILD_INHERIT,
                                    .err = CHILD_INHERIT};
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, NULL); /* one that comes at once waits for its handler */
    dashboard_step_aside(dash);
    loop_signal_start(&dash->interrupt, SIGINT); /* ^C is the editor's */
    sigprocmask(SIG_UNBLOCK, &interrupt, NULL);
    editor->child = child_start(dash->model->loop, &options, on_exit_editor, editor, &err);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    free(argv);
    if (editor->child) {
        dash->editor = editor;
        dashboard_hold(dash);
        return;
    }
    loop_signal_stop(&dash->interrupt);
    dashboard_step_back(dash);
    done(data, NULL, 0, err.text);
    editor_free(editor);
}
