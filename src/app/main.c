/* main: the table of commands, help, and how one is found. */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>

#include "app/app.h"
#include "app/commands.h"
#include "base/text.h"
#include "ops/filter.h"

/* Debian's libcurl speaks RTMP and LDAP too, for which GnuTLS comes along and starts up in every program, in which it then
 * keeps 1 MiB; GnuTLS asks this whether it may (its GNUTLS_SKIP_GLOBAL_INIT). Whoever does use it starts it himself. */
int _gnutls_global_init_skip(void);
int _gnutls_global_init_skip(void)
{
    return 1;
}

static const struct command *const commands[] = {
    &command_dashboard, &command_new,    &command_catalog, &command_validate,     &command_render,   &command_place,  &command_warm,
    &command_diff,      &command_deploy, &command_status,  &command_assert,       &command_why,      &command_timing, &command_history,
    &command_rollback,  &command_delete, &command_nodes,   &command_pods,         &command_events,   &command_get,    &command_describe,
    &command_logs,      &command_tail,   &command_exec,    &command_port_forward, &command_restart,  &command_stop,   &command_start,
    &command_scale,     &command_pause,  &command_resume,  &command_cordon,       &command_uncordon, &command_drain,  &command_record,
    &command_replay,    &command_edge,   &command_config,  &command_manual,
};

const struct command *command_at(size_t i)
{
    return i < ARRAY_SIZE(commands) ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_eq(commands[i]->name, name) || str_eq(commands[i]->alias, name))
            return commands[i];
    return NULL;
}

static void print_options(const struct command *command, uint64_t mask)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (!(mask & OPT(i)))
            continue;
        char left[64];
        snprintf(left, sizeof left, "%s%c%s--%s%s%s", row->letter ? "-" : " ", row->letter ? row->letter : ' ',
                 row->letter ? ", " : "  ", row->name, row->value ? " " : "", str_or_empty(row->value));
        bool writes = command == &command_edge && i == OPT_KUBECONFIG;
        bool differs = command == &command_diff && i == OPT_OUTPUT;
        printf("  %-30s %s\n", left,
               writes    ? "write it to this file, instead of into a folder of the cluster's own"
               : differs ? "text, yaml or json"
                         : row->help);
    }
}

static int print_help(const struct command *command)
{
    if (command && command != &command_dashboard) {
        printf("patchbay %s%s%s: %s\n\n%s\n\noptions:\n", command->name, *command->args ? " " : "", command->args,
               command->summary, command->help);
        print_options(command, command->options | OPT(OPT_HELP));
        for (const struct filter_help *f = filter_help; (command->options & OPT(OPT_FILTER)) && f->word; f++)
            printf("%s  %-30s %s\n", f == filter_help ? "\nwords of --filter, which must all hold:\n" : "", f->word, f->help);
        return STATUS_DONE;
    }
    printf("patchbay: compose graphs of media things, deploy them on Kubernetes and watch them live\n\n"
           "  %-32s %s\n  %-32s %s\n",
           "patchbay [FILE]", "the dashboard on the current kubeconfig context", "patchbay --edge [FILE]",
           "the dashboard on the embedded cluster, started for it and stopped after it");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i] == &command_dashboard)
            continue;
        char left[64];
        snprintf(left, sizeof left, "patchbay %s %s", commands[i]->name, commands[i]->args);
        int w = text_width(left); /* what is longer has its line */
        printf("  %s%s%*s%s\n", left, w > 32 ? "\n  " : "", w > 32 ? 33 : 33 - w, "", commands[i]->summary);
    }
    printf("\n'patchbay COMMAND --help' says more. Options of the dashboard:\n");
    print_options(&command_dashboard, command_dashboard.options | OPT(OPT_HELP) | OPT(OPT_VERSION));
    printf("\nexit status: 0 done, 1 a fault found or a deployment failed, 2 wrong usage or a file, terminal or port that\n"
           "cannot be used, 3 the cluster cannot be reached\n");
    return STATUS_DONE;
}

/* No command has a dot or a slash in it: that is the dashboard's file. */
static bool is_file(const char *word)
{
    return word && strpbrk(word, "./");
}

static int unknown_command(const char *name)
{
    /* What a hand used to kubectl types. */
    static const struct {
        const char *typed, *meant;
    } habits[] = {
        {"apply", "deploy"}, {"create", "deploy"}, {"version", "--version"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(habits); i++)
        if (str_eq(name, habits[i].typed))
            return app_failf(STATUS_USAGE, "there is no command '%s'; did you mean 'patchbay %s'?", name,
                             habits[i].meant);
    const char *names[ARRAY_SIZE(commands) + 2];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        names[n++] = commands[i]->name;
    names[n++] = "help";
    names[n] = NULL;
    const char *near = text_nearest(name, names);
    if (near)
        return app_failf(STATUS_USAGE, "there is no command '%s'; did you mean 'patchbay %s'?", name, near);
    return app_failf(STATUS_USAGE, "there is no command '%s'; 'patchbay help' lists them", name);
}

int command_check(const struct command *command, const struct options *o)
{
    uint64_t wrong = o->given & ~(command->options | OPT(OPT_HELP) | OPT(OPT_VERSION));
    const char *word = command == &command_dashboard ? "" : command->name, *name = *word ? word : "the dashboard";
    for (int i = 0; i < OPTION_COUNT; i++)
        if (wrong & OPT(i))
            return app_failf(STATUS_USAGE, "%s takes no '--%s'; 'patchbay %s%s--help' lists what it takes", name,
                             option_rows[i].name, word, *word ? " " : "");
    int count = o->arg_count + (options_has(o, OPT_FILE) ? 1 : 0);
    if (count < command->min_args)
        return app_failf(STATUS_USAGE, "%s needs more: patchbay %s %s", name, command->name, command->args);
    if (count > command->max_args)
        return app_failf(STATUS_USAGE, "'%s' is one word too many: patchbay %s%s%s",
                         o->arg_count ? o->args[o->arg_count - 1] : "-f", command->name, *command->args ? " " : "",
                         command->args);
    return STATUS_DONE;
}

/* A pipe whose reader left is no fault: it had enough. */
static bool reader_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* What was printed must have arrived: half a manifest that says "done" would be applied. */
static int check_output(int status)
{
    int why = fflush(stdout) == 0 ? 0 : errno;
    if ((!why && !ferror(stdout)) || status != STATUS_DONE || reader_left())
        return status;
    return app_failf(STATUS_USAGE, "cannot write to standard output: %s",
                     why ? strerror(why) : "not all of it was written; is the disk full?");
}

/* A standard stream that was closed is opened again, so that no file or connection of ours gets its number and what is
 * meant for it. The wrong way round, so that using it still fails. */
static void open_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(STATUS_USAGE);
}

int main(int argc, char **argv)
{
    open_streams();
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    struct options options;
    struct err err = ERR_INIT;
    if (options_parse(&options, argc - 1, argv + 1, &err) < 0) {
        options_release(&options);
        return app_fail(STATUS_USAGE, &err);
    }
    int status;
    const struct command *command = &command_dashboard;
    bool help = options_has(&options, OPT_HELP);
    if (options.arg_count && str_eq(options.args[0], "help")) {
        help = true;
        memmove(options.args, options.args + 1, (size_t)options.arg_count-- * sizeof *options.args);
    }
    const char *name = options.arg_count ? options.args[0] : NULL;
    if (name && !is_file(name)) {
        command = command_find(name);
        memmove(options.args, options.args + 1, (size_t)options.arg_count-- * sizeof *options.args);
    }
    if (options_has(&options, OPT_VERSION)) {
        printf("patchbay %s\n", PACKAGE_VERSION);
        status = STATUS_DONE;
    } else if (!command) {
        status = unknown_command(name);
    } else if (help) {
        status = print_help(command);
    } else if ((status = command_check(command, &options)) == STATUS_DONE) {
        struct app app;
        app_init(&app, &options);
        status = command->run(&app);
        app_release(&app);
    }
    status = check_output(status);
    options_release(&options);
    return status;
}
