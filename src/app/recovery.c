#include "app/recovery.h"

#include "base/diff.h"
#include "base/file.h"
#include "base/yaml.h"

static void draft_row_release(struct model_draft *row)
{
    free(row->path);
    free(row->graph);
    free(row->file);
    free(row->where);
}

static void forget(struct model *model)
{
    for (size_t i = 0; i < model->draft_count; i++)
        draft_row_release(&model->drafts[i]);
    free(model->drafts);
    model->drafts = NULL;
    model->draft_count = 0;
}

/* What is in its file, or deployed, now. false: nothing, or it cannot be read. */
static bool read_other(const struct model *model, const struct draft_about *about, struct buf *out)
{
    struct err ignored = ERR_INIT;
    if (about->file)
        return file_read(about->file, out, &ignored) == 0;
    const char *text =
        str_eq(about->context, model->context) ? model_deployed_text(model, about->ns, about->graph) : NULL;
    return text && buf_adds(out, text) == 0;
}

static struct model_draft row_of(const struct model *model, const struct draft *draft)
{
    const struct draft_about *about = &draft->about;
    struct model_draft row = {.path = xstrdup(draft->path), .graph = xstrdup_or_null(about->graph),
                              .file = xstrdup_or_null(about->file), .at = about->at};
    if (!about->file)
        row.where = xasprintf("%s %s", str_or_empty(about->context), str_or_empty(about->ns));
    struct buf other;
    struct diff diff = {0};
    buf_init(&other, YAML_MAX_BYTES);
    row.compared = read_other(model, about, &other);
    if (row.compared)
        diff_make(&diff, other.data, other.len, draft->text.data, draft->text.len);
    row.lines = diff.changed;
    diff_release(&diff);
    buf_release(&other);
    return row;
}

void recovery_find(struct model *model)
{
    struct drafts drafts;
    struct err broken = ERR_INIT;
    forget(model);
    drafts_read(&drafts, &broken);
    model->drafts = xcalloc(drafts.count + 1, sizeof *model->drafts);
    for (size_t i = 0; i < drafts.count; i++)
        model->drafts[model->draft_count++] = row_of(model, &drafts.items[i]);
    drafts_release(&drafts);
    if (err_is_set(&broken))
        model_notice(model, "%s", broken.text);
}

static bool is_of_document(const struct model *model, const struct model_draft *draft)
{
    char *file = model->file ? file_absolute(model->file) : NULL;
    char *where = xasprintf("%s %s", str_or_empty(model->context), str_or_empty(model->graph_ns));
    bool is = file ? str_eq(draft->file, file)
                   : str_eq(draft->graph, model->graph_name) && str_eq(draft->where, where);
    free(file);
    free(where);
    return is;
}

void recovery_offer(struct model *model, bool of_document)
{
    recovery_find(model);
    free(model->offer);
    model->offer = NULL;
    for (size_t i = 0; i < model->draft_count && !model->offer; i++)
        if (!of_document || is_of_document(model, &model->drafts[i]))
            model->offer = xstrdup(model->drafts[i].path);
    if (model->offer)
        model_changed(model, CHANGED_DRAFTS);
}

void recovery_mention(struct model *model)
{
    if (model->offer || !model->draft_count)
        return;
    if (model->draft_count > 1)
        model_notice(model, "there are %zu unsaved drafts of other graphs; :recover shows them", model->draft_count);
    else
        model_notice(model, "there is an unsaved draft of %s; :recover shows it",
                     model->drafts[0].graph ? model->drafts[0].graph : "another graph");
}

void recovery_explain(struct model *model, const char *file, struct err *err)
{
    char *path = file_absolute(file);
    recovery_find(model);
    for (size_t i = 0; i < model->draft_count; i++)
        if (str_eq(model->drafts[i].file, path)) {
            err_set(err, "%s; an unsaved draft of it is kept: in patchbay started without a file, :recover shows it", err->text);
            break;
        }
    free(path);
}

static int take(struct model *model, struct keeper *keeper, const struct draft *draft, recovery_open_fn open, void *data,
                struct err *err)
{
    const struct draft_about *about = &draft->about;
    /* Looked at before anything is given up for it. */
    struct document *fine =
        document_new(draft->text.data, draft->text.len, "draft", NULL, NULL, model->catalogue, err);
    document_free(fine);
    if (!fine || open(data, about, err) < 0 ||
        document_replace(model->document, draft->text.data, draft->text.len, err) < 0)
        return err_prefix(err, "the draft cannot be recovered, and stays where it is");
    if (about->has_began && (about->file || str_eq(about->context, model->context)))
        keeper_began(keeper, about->began);
    model_changed(model, CHANGED_DOCUMENT);
    if (keeper_keep(keeper) == 0) /* else it is the only one there is */
        unlink(draft->path);
    return 0;
}

int recovery_take(struct model *model, struct keeper *keeper, const char *path, recovery_open_fn open, void *data,
                  struct err *err)
{
    struct draft draft;
    int fd;
    if (draft_claim(&draft, path, &fd, err) < 0)
        return -1;
    int rc = take(model, keeper, &draft, open, data, err);
    close(fd);
    draft_release(&draft);
    return rc;
}

int recovery_discard(struct model *model, const char *path, struct err *err)
{
    struct draft draft;
    int fd;
    if (draft_claim(&draft, path, &fd, err) < 0)
        return -1;
    int rc = unlink(path) < 0 ? err_set_errno(err, "cannot remove '%s'", path) : 0;
    close(fd);
    draft_release(&draft);
    if (rc == 0)
        recovery_find(model);
    return rc;
}

void recovery_release(struct model *model)
{
    forget(model);
    free(model->offer);
    model->offer = NULL;
}
