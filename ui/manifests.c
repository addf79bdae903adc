#include "ui/manifests.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "graph/plan.h"
#include "ui/choice.h"

#define MANIFESTS_MAX (64u << 20)

struct writing { /* over another file, perhaps */
    struct dashboard *dash;
    char *path;
    uint8_t shown[32]; /* what was in it when it was shown */
};

static void writing_free(void *data)
{
    struct writing *writing = data;
    free(writing->path);
    free(writing);
}

static int render(const struct model *model, struct buf *out, struct err *err)
{
    const struct document *doc = model->document;
    size_t len;
    if (!doc)
        return err_set(err, "there is no graph to render");
    if (document_faults(doc)->errors)
        return err_set(err, "the graph has faults; D lists them");
    const char *text = document_text(doc, &len);
    struct plan *plan = plan_make(document_graph(doc), text, len, err);
    if (plan)
        plan_render(plan, out);
    plan_free(plan);
    return plan ? 0 : -1;
}

/* shown: what may be written over; NULL: nothing that differs. */
static void write_to(struct dashboard *dash, const char *path, const uint8_t *shown);

static void overwrite(void *data)
{
    const struct writing *writing = data;
    write_to(writing->dash, writing->path, writing->shown);
}

static void ask(struct dashboard *dash, const char *path);

static void ask_where(void *data)
{
    const struct writing *writing = data;
    ask(writing->dash, writing->path);
}

static void show_other(struct dashboard *dash, const char *path, const struct buf *there, const struct buf *ours)
{
    static const struct choice choices[] = {
        {'n', "Cancel", NULL}, {'o', "Overwrite", overwrite}, {'s', "Write elsewhere", ask_where}, {0}};
    struct choice_lines lines = {0};
    struct writing *writing = xcalloc(1, sizeof *writing);
    *writing = (struct writing){.dash = dash, .path = xstrdup(path)};
    digest_sha256(there->data, there->len, writing->shown);
    choice_lines_add_difference(&lines, there->data, there->len, ours->data, ours->len);
    char *title = xasprintf("%s exists already", file_base_name(path));
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = "Not written: something else is in it (-: in it, +: here).",
        .lines = lines,
        .choices = choices,
        .hints = "o overwrite  s write elsewhere  Esc cancel  j/k scroll",
        .data = writing,
        .free_data = writing_free,
    });
    free(title);
}

/* Whether it can be written there now; else it is shown, or said, why not. */
static bool is_free(struct dashboard *dash, const char *path, const uint8_t *shown, const struct buf *ours)
{
    struct stat st;
    struct buf there;
    struct err err = ERR_INIT;
    uint8_t digest[32];
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) /* what can be no file of manifests file_save refuses */
        return true;
    buf_init(&there, MANIFESTS_MAX);
    bool read = file_read(path, &there, &err) == 0;
    if (read)
        digest_sha256(there.data, there.len, digest);
    bool same = read && there.len == ours->len && memcmp(there.data, ours->data, ours->len) == 0;
    bool ok = same || (read && shown && memcmp(digest, shown, sizeof digest) == 0);
    if (!read)
        dashboard_say(dash, ROLE_BAD, "not written, for what is there cannot be compared: %s", err.text);
    else if (!ok)
        show_other(dash, path, &there, ours);
    buf_release(&there);
    return ok;
}

static void write_to(struct dashboard *dash, const char *path, const uint8_t *shown)
{
    struct buf out;
    struct err err = ERR_INIT;
    buf_init(&out, MANIFESTS_MAX);
    if (render(dashboard_model(dash), &out, &err) < 0)
        dashboard_say(dash, ROLE_BAD, "%s", err.text);
    else if (is_free(dash, path, shown, &out)) {
        if (file_save(path, out.data, out.len, 0, &err) < 0)
            dashboard_say(dash, ROLE_BAD, "%s", err.text);
        else
            dashboard_say(dash, ROLE_GOOD, "the manifests are in %s", path);
    }
    buf_release(&out);
}

static void on_path(void *data, const char *text)
{
    if (text && *text)
        write_to(data, text, NULL);
}

static void ask(struct dashboard *dash, const char *path)
{
    dashboard_prompt(dash, "manifests to: ", path, NULL, on_path, dash);
}

void manifests_write(struct dashboard *dash, const char *path)
{
    const struct model *model = dashboard_model(dash);
    if (*path) {
        write_to(dash, path, NULL);
        return;
    }
    char *name = xasprintf("%s.manifests.yaml", model->graph_name ? model->graph_name : "graph");
    ask(dash, name);
    free(name);
}
