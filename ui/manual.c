#include "ui/manual.h"

#include "base/text.h"
#include "ops/why.h"
#include "ui/dashboard_private.h"

static const char *escape_of(char c)
{
    static const struct {
        char c;
        const char *escape;
    } escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'^', "\\(ha"}, {'~', "\\(ti"}, {'`', "\\(ga"}};
    for (size_t i = 0; i < ARRAY_SIZE(escapes); i++)
        if (escapes[i].c == c)
            return escapes[i].escape;
    return NULL;
}

void manual_text(struct buf *out, const char *text)
{
    bool first = true;
    size_t len = strlen(text), n;
    for (size_t at = 0; at < len; at += n) {
        uint32_t code;
        n = utf8_decode(text + at, len - at, &code);
        if (first && code == '.')
            buf_adds(out, "\\&");
        if (code >= 0x80)
            buf_addf(out, "\\[u%04X]", code);
        else if (escape_of((char)code))
            buf_adds(out, escape_of((char)code));
        else
            buf_addc(out, (char)code);
        first = code == '\n';
    }
}

static void row(struct buf *out, const char *left, const char *right)
{
    buf_adds(out, ".TP 18\n.B ");
    manual_text(out, left);
    buf_addc(out, '\n');
    manual_text(out, right);
    buf_addc(out, '\n');
}

static void keys_of(struct buf *out, const struct binding *table)
{
    for (; table && table->keys; table++)
        if (table->help)
            row(out, table->keys, table->help);
}

static void section(struct buf *out, const char *title)
{
    buf_adds(out, ".SS ");
    manual_text(out, title);
    buf_addc(out, '\n');
}

static void keys(struct buf *out)
{
    buf_adds(out, ".SH KEYS\nIn the dashboard ? shows those of the view at hand. A view's own come first; the configuration may give them "
                  "others.\n");
    section(out, "Everywhere");
    for (size_t i = 0; view_table[i]; i++)
        if (view_table[i]->digit) {
            char left[64];
            snprintf(left, sizeof left, "%c :%s", view_table[i]->digit, view_table[i]->name);
            row(out, left, view_table[i]->title);
        }
    keys_of(out, dashboard_bindings);
    const char *name;
    const struct binding *table, *with;
    for (size_t i = 1; (table = config_bindings(i, &name, &with)); i++) {
        const struct view *view = view_find(name);
        char title[96];
        snprintf(title, sizeof title, "%s%s", view ? view->title : name[0] == 'l' ? "In every list" : "In every text",
                 !with ? "" : with == list_bindings ? ", and those of a list" : ", and those of a text");
        section(out, title);
        keys_of(out, table);
        for (const struct view_command *c = view ? view->commands : NULL; c && c->name; c++) {
            char left[96];
            snprintf(left, sizeof left, ":%s %s", c->name, str_or_empty(c->args));
            row(out, left, str_or_empty(c->help));
        }
    }
}

static void command_line(struct buf *out)
{
    size_t count;
    const struct command_help *table = command_table(&count);
    buf_adds(out, ".SH COMMAND LINE\n: opens it. Tab goes through what fits, the arrows through the lines of before that begin so, "
                  "\\(haR through those that have it, \\(haP and \\(haN through all. Every view is a command, too; what follows its name "
                  "filters it.\n");
    for (size_t i = 0; i < count; i++) {
        char left[96];
        snprintf(left, sizeof left, ":%s %s", table[i].name, table[i].args);
        row(out, left, table[i].help);
    }
    for (size_t i = 0; view_table[i]; i++) {
        char left[128];
        snprintf(left, sizeof left, ":%s %s", view_table[i]->name, str_or_empty(view_table[i]->words));
        row(out, left, view_table[i]->title);
    }
}

static void configuration(struct buf *out)
{
    buf_adds(out, ".SH CONFIGURATION\nThe dashboard reads $XDG_CONFIG_HOME/patchbay/config.yaml. What of it is faulty is told by line and "
                  "column and has no effect; the rest has. \\fBpatchbay config\\fR checks it, :config reads it again.\n.PP\n.nf\n");
    manual_text(out,
                "theme: high-contrast\n"
                "mouse: false\n"
                "protected: [production, \"prod-*\"]\n"
                "keys:\n"
                "  pods: {delete: F8, l: F3}\n"
                "  list: {\">\": [\">\", S-Right]}\n"
                "columns:\n"
                "  pods: [NAME, STATUS, AGE]\n"
                "notices:\n"
                "- {pod: CrashLoopBackOff, do: bell}\n"
                "- {deployment: finished, do: [bell, osc9]}\n");
    buf_adds(out, ".fi\n");
    row(out, "theme", "how it looks, as :theme names it:");
    for (size_t i = 0; themes[i]; i++) {
        buf_adds(out, ".RS\n");
        row(out, themes[i]->name, themes[i]->help);
        buf_adds(out, ".RE\n");
    }
    row(out, "mouse", "false leaves it to the terminal");
    row(out, "protected", "contexts, or patterns of their names, whose clusters are not written to before :write allows it");
    row(out, "keys", "by view, or under everywhere, list and pager what views share: what a hint or one of its keys names, and its keys "
                     "from now on. What would mean two things is refused");
    row(out, "columns", "by view: the columns that are shown, in this order");
    row(out, "notices",
        "what rings the terminal's bell (do: bell) or shows a notice of the desktop (do: osc9, of terminals that have OSC 9; "
        "tmux keeps that to itself, and passes the bell on) when it comes about, at most every 2 seconds:");
    for (size_t i = 0; i < NOTICE_KINDS; i++) {
        char left[128];
        snprintf(left, sizeof left, "%s: %s", notice_kinds[i].name, notice_kinds[i].states ? notice_kinds[i].states : "STATUS");
        buf_adds(out, ".RS\n");
        row(out, left, notice_kinds[i].help);
        buf_adds(out, ".RE\n");
    }
}

/* By the names that w and 'patchbay why' say behind a cause. */
static void causes(struct buf *out)
{
    char *sentence, *help;
    const char *name;
    buf_adds(out, ".SH CAUSES\nWhat w, :why and \\fBpatchbay why\\fR know, the likeliest of a kind first; words in capitals are filled in. "
                  "\\fBpatchbay why \\-\\-rules\\fR lists the same.\n");
    for (size_t i = 0; (name = why_known(i, &sentence, &help)); i++) {
        char *text = xasprintf("%s%s%s", sentence, *help ? "; " : "", help);
        row(out, name, text);
        free(text);
        free(sentence);
        free(help);
    }
}

void manual_dashboard(struct buf *out)
{
    keys(out);
    command_line(out);
    causes(out);
    configuration(out);
}
