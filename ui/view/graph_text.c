/* graph_text: a thing, or the whole graph, in the operator's editor, as `kubectl edit` does it: what cannot be taken is
 * opened again as it was typed, with the reason above it; nothing that was typed is lost. */
#include "base/file.h"
#include "ui/view/graph_view.h"

#define REFUSALS_MAX 20 /* a program that writes what cannot be taken does so again */
#define MARK "# patchbay: "

struct graph_edit {
    struct graph_view *view;
    char *thing;         /* NULL: the whole graph */
    char *before;        /* as it was */
    size_t before_len;
    struct buf header;   /* the lines above the text, as it was opened */
    struct buf typed;    /* what could not be taken */
    int refused;         /* how often; then typed is such a text */
};

void graph_edit_free(struct graph_edit *edit)
{
    if (!edit)
        return;
    buf_release(&edit->header);
    buf_release(&edit->typed);
    free(edit->thing);
    free(edit->before);
    free(edit);
}

static void end(struct graph_edit *edit)
{
    edit->view->edit = NULL;
    graph_edit_free(edit);
}

/* A copy of what was typed, in a file that is named. */
static void give_up(struct graph_edit *edit, const char *why)
{
    struct dashboard *dash = edit->view->dash;
    struct err err = ERR_INIT;
    char *path = file_temporary(".yaml", edit->typed.data, edit->typed.len, &err);
    if (path)
        dashboard_say(dash, ROLE_WARNING, "%s; a copy of your changes has been stored to %s", why, path);
    else
        dashboard_say(dash, ROLE_BAD, "%s; your changes could not be stored: %s", why, err.text);
    free(path);
    end(edit);
}

static void edited(void *data, const char *text, size_t len, const char *why);

static void open_editor(struct graph_edit *edit, const char *text, size_t len, int line)
{
    struct buf out;
    buf_init(&out, 2 * YAML_MAX_BYTES);
    buf_add(&out, edit->header.data, edit->header.len);
    buf_add(&out, text, len);
    dashboard_edit(edit->view->dash, out.data, out.len, ".yaml", line, edited, edit);
    buf_release(&out);
}

/* The text of a line, for the comment that points at it. */
static const char *line_at(const struct buf *text, int line, size_t *len)
{
    const char *at = text->data, *last = text->data + text->len;
    for (; line > 1 && at < last; line--) {
        const char *nl = memchr(at, '\n', (size_t)(last - at));
        at = nl ? nl + 1 : last;
    }
    *len = MIN(strcspn(at, "\r\n"), 200);
    return at;
}

/* Again, as it was typed; line: what is wrong there, 0: nowhere. */
static void open_again(struct graph_edit *edit, int line, const char *why)
{
    size_t len;
    const char *text = line_at(&edit->typed, line, &len);
    buf_reset(&edit->header);
    if (line) {
        line += 3; /* in the file as it is opened */
        buf_addf(&edit->header, MARK "line %d: %s\n" MARK "  %d | %.*s\n", line, why, line, (int)len, text);
    } else {
        buf_addf(&edit->header, MARK "%s\n", why);
    }
    buf_adds(&edit->header, MARK "the text is as you left it; leaving it unchanged, or empty, gives up\n");
    edit->refused++;
    open_editor(edit, edit->typed.data, edit->typed.len, line);
}

static int count_lines(const struct buf *text)
{
    int count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->data[i] == '\n';
    return count;
}

/* Our own lines above the text, and no others: so many at most, whatever was done to their words. */
static size_t skip_header(const struct graph_edit *edit, const char *text, size_t len)
{
    size_t at = 0;
    for (int left = count_lines(&edit->header); left > 0 && str_starts(text + at, MARK); left--) {
        const char *nl = memchr(text + at, '\n', len - at);
        at = nl ? (size_t)(nl - text) + 1 : len;
    }
    return at;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

/* Left as it could not be taken before. */
static bool is_typed(const struct graph_edit *edit, const char *text, size_t len)
{
    return edit->refused && len == edit->typed.len && memcmp(text, edit->typed.data, len) == 0;
}

static void say_graph(struct graph_view *view)
{
    const struct faults *faults = document_faults(view->model->document);
    if (faults->errors)
        dashboard_say(view->dash, ROLE_BAD, "line %d: %s%s", faults->items[0].line, faults->items[0].text,
                      faults->errors > 1 ? " (and more; D lists them)" : "");
    else
        dashboard_say(view->dash, ROLE_GOOD, "%zu things, %zu links; u undoes the edit", view->graph->thing_count,
                      view->graph->link_count);
}

/* The thing's place in the list stays, whatever its name is now. */
static int take_thing(struct graph_edit *edit, int *line, struct err *err)
{
    struct graph_view *view = edit->view;
    struct document *doc = view->model->document;
    size_t index = graph_index(document_graph(doc), edit->thing);
    if (document_replace_thing(doc, edit->thing, edit->typed.data, edit->typed.len, line, err) < 0)
        return -1;
    char *name = xstrdup(document_graph(doc)->things[index].name);
    graph_view_edited(view);
    graph_select(view, name);
    if (str_eq(name, edit->thing))
        dashboard_say(view->dash, ROLE_GOOD, "%s is changed; u undoes the edit", name);
    else
        dashboard_say(view->dash, ROLE_GOOD, "%s is %s now, in its links too; u undoes the edit", edit->thing, name);
    free(name);
    return 0;
}

/* Faults of the graph's parts can be mended in the draft; a text that is no graph could not be drawn. */
static int take_graph(struct graph_edit *edit, int *line, struct err *err)
{
    struct graph_view *view = edit->view;
    struct document *doc = view->model->document;
    if (document_try(doc, edit->typed.data, edit->typed.len, line, err) < 0 ||
        document_replace(doc, edit->typed.data, edit->typed.len, err) < 0)
        return -1;
    graph_view_edited(view);
    say_graph(view);
    return 0;
}

static void edited(void *data, const char *text, size_t len, const char *why)
{
    struct graph_edit *edit = data;
    struct graph_view *view = edit->view;
    struct err err = ERR_INIT;
    int line = 0;
    size_t header = text ? skip_header(edit, text, len) : 0;
    if (!text || is_blank(text + header, len - header) || is_typed(edit, text + header, len - header)) {
        if (edit->refused)
            give_up(edit, why && *why ? why : "given up");
        else {
            dashboard_say(view->dash, why && *why ? ROLE_WARNING : ROLE_NORMAL, "%s",
                          why && *why ? why : "nothing was changed");
            end(edit);
        }
        return;
    }
    buf_reset(&edit->typed);
    buf_add(&edit->typed, text + header, len - header);
    if (!view->model->document) {
        give_up(edit, "there is no graph any more");
    } else if (edit->typed.len == edit->before_len && memcmp(edit->typed.data, edit->before, edit->before_len) == 0) {
        dashboard_say(view->dash, ROLE_NORMAL, "nothing was changed");
        end(edit);
    } else if ((edit->thing ? take_thing(edit, &line, &err) : take_graph(edit, &line, &err)) < 0) {
        if (edit->refused < REFUSALS_MAX)
            open_again(edit, line, err.text);
        else
            give_up(edit, err.text);
    } else {
        end(edit);
    }
}

static void begin(struct graph_view *view, const char *thing, const char *text, size_t len)
{
    if (view->edit) { /* one is open already, and dashboard_edit would say so to it */
        dashboard_say(view->dash, ROLE_WARNING, "an editor is open already");
        return;
    }
    struct graph_edit *edit = view->edit = xcalloc(1, sizeof *edit);
    *edit = (struct graph_edit){.view = view, .thing = xstrdup_or_null(thing), .before = xmemdup(text, len),
                                .before_len = len};
    buf_init(&edit->header, 8192);
    buf_init(&edit->typed, 2 * YAML_MAX_BYTES);
    open_editor(edit, edit->before, len, 0);
}

void graph_edit_text(struct graph_view *view)
{
    size_t len;
    const char *text = document_text(view->model->document, &len);
    begin(view, NULL, text, len);
}

void graph_edit_thing(struct graph_view *view)
{
    const struct stop *stop = graph_view_stop(view);
    struct err err = ERR_INIT;
    size_t len;
    if (graph_view_thing(view) == LAYOUT_NONE || (stop && stop->link != LAYOUT_NONE)) {
        graph_edit_text(view);
        return;
    }
    if (graph_view_gone(view, graph_view_thing(view)))
        return;
    char *text = document_thing_text(view->model->document, view->thing, &len, &err);
    if (text)
        begin(view, view->thing, text, len);
    else
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    free(text);
}
