#include "ui/manual.h"

#include "app/commands.h"

/* The manual and the shells' completions, from the tables that do the work: `make` writes them, `make install` takes them along. */

static void command_row(struct buf *out, const struct command *command)
{
    buf_addf(out, ".TP\n.B patchbay ");
    manual_text(out, command->name);
    buf_addf(out, " \\fR");
    manual_text(out, command->args);
    buf_adds(out, "\n");
    manual_text(out, command->summary);
    buf_adds(out, ".\n");
    if (*command->help) {
        buf_adds(out, ".IP\n.nf\n");
        manual_text(out, command->help);
        buf_adds(out, "\n.fi\n");
    }
    for (int i = 0, count = 0; i < OPTION_COUNT; i++)
        if (command->options & OPT(i)) {
            buf_adds(out, count++ ? ", " : ".IP\nIt takes ");
            manual_text(out, "--");
            manual_text(out, option_rows[i].name);
        }
    buf_adds(out, "\n");
}

static void option_rows_all(struct buf *out)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char left[96];
        snprintf(left, sizeof left, "%s%c%s--%s%s%s", row->letter ? "-" : "", row->letter ? row->letter : ' ', row->letter ? ", " : "",
                 row->name, row->value ? " " : "", str_or_empty(row->value));
        buf_adds(out, ".TP\n.B ");
        manual_text(out, left[0] == ' ' ? left + 1 : left);
        buf_adds(out, "\n");
        manual_text(out, row->help);
        buf_adds(out, "\n");
    }
}

static void man(struct buf *out)
{
    buf_addf(out, ".TH PATCHBAY 1 \"\" \"patchbay %s\" \"User commands\"\n", PACKAGE_VERSION);
    buf_adds(out,
             ".SH NAME\npatchbay \\- compose graphs of media things, deploy them on Kubernetes and watch them live\n"
             ".SH SYNOPSIS\n.B patchbay\n[\\fIFILE\\fR] [\\fIOPTION\\fR]...\n.br\n.B patchbay \\-\\-edge\n[\\fIFILE\\fR]\n.br\n"
             ".B patchbay\n\\fICOMMAND\\fR [\\fIARGUMENT\\fR]... [\\fIOPTION\\fR]...\n"
             ".SH DESCRIPTION\nWithout a command it is the dashboard, on the current context of the kubeconfig, or with \\-\\-edge on an "
             "embedded cluster that is started for it. All that the dashboard does a command does, too. It is also a plug-in: "
             "\\fBkubectl patchbay\\fR.\n.SH COMMANDS\n");
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++)
        if (command != &command_dashboard)
            command_row(out, command);
    buf_adds(out, ".SH OPTIONS\nA command takes those that it names; \\fBpatchbay\\fR \\fICOMMAND\\fR \\fB\\-\\-help\\fR lists them.\n");
    option_rows_all(out);
    manual_dashboard(out);
    buf_adds(out,
             ".SH FILES\n.TP\n.I $XDG_CONFIG_HOME/patchbay/config.yaml\nthe configuration (\\(ti/.config where that is not set)\n"
             ".TP\n.I $XDG_CONFIG_HOME/patchbay/catalog/\nmedia things over those that come with patchbay\n"
             ".TP\n.I $XDG_STATE_HOME/patchbay/history\nlines of : and /; what has a password in it is not kept\n"
             ".TP\n.I $XDG_STATE_HOME/patchbay/marks.yaml\nmarked views\n"
             ".TP\n.I $XDG_STATE_HOME/patchbay/drafts/\ngraphs that were not saved\n"
             ".SH ENVIRONMENT\n.TP\n.B KUBECONFIG\nas kubectl's\n.TP\n.B NO_COLOR\nno colours: the theme mono\n"
             ".TP\n.B COLORFGBG\nwhether the terminal's background is light, where no theme is set\n"
             ".TP\n.B VISUAL, EDITOR\nthe editor\n.TP\n.B PATCHBAY_ASCII\n1: plain characters only\n"
             ".SH EXIT STATUS\n0 done, 1 a fault found or a deployment failed, 2 wrong usage or a file, terminal or port that cannot be "
             "used, 3 the cluster cannot be reached. exec ends with the status of its command.\n"
             ".SH SEE ALSO\n.BR kubectl (1)\n");
}

/* "a b c" of a command's options. */
static void option_words(struct buf *out, const struct command *command)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if ((command->options | OPT(OPT_HELP)) & OPT(i)) {
            buf_addf(out, " --%s", option_rows[i].name);
            if (option_rows[i].letter)
                buf_addf(out, " -%c", option_rows[i].letter);
        }
}

static void bash(struct buf *out)
{
    const struct command *command;
    buf_adds(out, "# bash completion of patchbay; written by 'patchbay manual bash'\n"
                  "_patchbay() {\n"
                  "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= words i\n"
                  "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "        case ${COMP_WORDS[i]} in -*) ;; *) command=${COMP_WORDS[i]}; break ;; esac\n"
                  "    done\n"
                  "    case $prev in\n"
                  "    --context) COMPREPLY=($(compgen -W \"$(kubectl config get-contexts -o name 2>/dev/null)\" -- \"$cur\")); return ;;\n"
                  "    -o | --output) COMPREPLY=($(compgen -W 'table wide json yaml csv name' -- \"$cur\")); return ;;\n    ");
    for (int i = 0, count = 0; i < OPTION_COUNT; i++)
        if (str_eq(option_rows[i].value, "FILE"))
            buf_addf(out, "%s--%s", count++ ? " | " : "", option_rows[i].name);
    buf_adds(out, ") compopt -o default; return ;;\n    esac\n    case $command in\n    '') words='");
    for (size_t i = 0; (command = command_at(i)); i++)
        if (command != &command_dashboard)
            buf_addf(out, "%s ", command->name);
    buf_adds(out, "help");
    option_words(out, &command_dashboard);
    buf_adds(out, "' ;;\n");
    for (size_t i = 0; (command = command_at(i)); i++)
        if (command != &command_dashboard) {
            buf_addf(out, "    %s) words='", command->name);
            option_words(out, command);
            buf_adds(out, "' ;;\n");
        }
    buf_adds(out, "    esac\n"
                  "    case $cur in -*) ;; *) [ -z \"$command\" ] || words= ; compopt -o default ;; esac\n"
                  "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                  "}\n"
                  "complete -F _patchbay patchbay\n");
}

/* A text in zsh's [help] of an option. */
static void zsh_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            buf_addc(out, '\\');
        buf_adds(out, *text == '\'' ? "'\\''" : (char[]){*text, '\0'});
    }
}

static void zsh_options(struct buf *out, const struct command *command)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (!((command->options | OPT(OPT_HELP)) & OPT(i)))
            continue;
        for (int form = 0; form < (row->letter ? 2 : 1); form++) {
            buf_addf(out, " \\\n            '%s%s", row->repeats ? "*" : "", form ? "" : "--");
            if (form)
                buf_addf(out, "-%c", row->letter);
            else
                buf_adds(out, row->name);
            buf_addf(out, "%s[", row->value && !form ? "=" : row->value ? "+" : "");
            zsh_text(out, row->help);
            buf_adds(out, "]");
            if (row->value) {
                buf_adds(out, ":");
                zsh_text(out, row->value);
                buf_adds(out, str_eq(row->value, "FILE") ? ":_files"
                              : i == OPT_CONTEXT         ? ":($(kubectl config get-contexts -o name 2>/dev/null))"
                              : i == OPT_OUTPUT          ? ":(table wide json yaml csv name)"
                                                         : ":");
            }
            buf_adds(out, "'");
        }
    }
}

static void zsh(struct buf *out)
{
    const struct command *command;
    buf_adds(out, "#compdef patchbay\n# zsh completion of patchbay; written by 'patchbay manual zsh'\n"
                  "_patchbay() {\n    local -a commands=(\n");
    for (size_t i = 0; (command = command_at(i)); i++)
        if (command != &command_dashboard) {
            buf_addf(out, "        '%s:", command->name);
            zsh_text(out, command->summary);
            buf_adds(out, "'\n");
        }
    buf_adds(out, "    )\n    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                  "        _describe command commands\n        _files\n        return\n    fi\n    case $words[2] in\n");
    for (size_t i = 0; (command = command_at(i)); i++)
        if (command != &command_dashboard) {
            buf_addf(out, "    %s)\n        shift words; (( CURRENT-- ))\n        _arguments -s", command->name);
            zsh_options(out, command);
            buf_adds(out, " \\\n            '*:");
            zsh_text(out, *command->args ? command->args : "nothing more");
            buf_adds(out, ":_files' ;;\n");
        }
    buf_adds(out, "    *)\n        _arguments -s");
    zsh_options(out, &command_dashboard);
    buf_adds(out, " \\\n            '*:FILE:_files' ;;\n    esac\n}\n_patchbay \"$@\"\n");
}

static const struct {
    const char *name;
    void (*write)(struct buf *out);
} kinds[] = {{"man", man}, {"bash", bash}, {"zsh", zsh}};

static int run(struct app *app)
{
    const char *kind = app->options->arg_count ? app->options->args[0] : "man";
    struct buf out;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_eq(kinds[i].name, kind)) {
            buf_init(&out, 4u << 20);
            kinds[i].write(&out);
            app_print(&out);
            return STATUS_DONE;
        }
    return app_failf(STATUS_USAGE, "there is no manual '%s'; there are: man, bash, zsh", kind);
}

const struct command command_manual = {
    .name = "manual",
    .args = "[man|bash|zsh]",
    .summary = "the manual, or a shell's completion",
    .help = "Writes the manual as man(1) reads it, or what bash or zsh complete patchbay's words by.\n"
            "\n"
            "  patchbay manual | man -l -\n"
            "  source <(patchbay manual bash)",
    .max_args = 1,
    .run = run,
};
