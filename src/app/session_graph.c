#include "app/session_private.h"

#include "app/documents.h"
#include "app/recovery.h"
#include "base/file.h"
#include "base/text.h"

/* The graph at hand: opened, saved, recovered. */

static void take_names_of_document(struct session *s)
{
    const struct graph *graph = s->model.document ? document_graph(s->model.document) : NULL;
    session_set_string(&s->model.graph_name, graph ? graph->name : NULL);
    session_set_string(&s->model.graph_ns, graph ? graph->ns : NULL);
    if (s->cluster)
        cluster_follow_graph(s->cluster);
    session_holder_look(s);
}

/* before: as in keeper_opened. */
static void take_document(struct session *s, struct document *document, const char *file, enum keeper_origin origin,
                          const struct stat *before)
{
    session_end_trial(s);
    session_forget_refusals(s);
    s->open_first = false; /* what is being composed is never replaced unasked */
    document_free(s->model.document);
    s->model.document = document;
    session_set_string(&s->model.file, file);
    keeper_opened(&s->keeper, origin, before);
    take_names_of_document(s);
    model_changed(&s->model, CHANGED_DOCUMENT | CHANGED_TRAFFIC | CHANGED_DETECTIONS);
}

static void edited(void *data)
{
    struct session *s = data;
    const struct graph *graph = s->model.document ? document_graph(s->model.document) : NULL;
    if (graph && (!str_eq(graph->name, s->model.graph_name) || !str_eq(graph->ns, s->model.graph_ns))) {
        take_names_of_document(s);
        keeper_other_graph(&s->keeper);
    }
    keeper_edited(&s->keeper);
    session_trial_edited(s);
}

static int read_file(struct session *s, const char *path, struct err *err)
{
    struct buf text;
    struct stat before = {0};
    bool stamped;
    if (stat(path, &before) < 0) /* then documents_load says why */
        before = (struct stat){0};
    int rc = documents_load(path, &text, &stamped, err);
    struct document *document = NULL;
    if (rc == 0)
        document = document_new(text.data, text.len, path, NULL, NULL, &s->app->catalogue, err);
    if (document)
        take_document(s, document, path, stamped ? ORIGIN_TEMPLATE : ORIGIN_FILE, &before);
    if (document && stamped)
        model_notice(&s->model, "made from the rows of %s; edits are saved elsewhere, by :w FILE", file_base_name(path));
    buf_release(&text);
    return document ? 0 : -1;
}

static int open_file(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    if (read_file(s, path, err) < 0) {
        recovery_explain(&s->model, path, err);
        return -1;
    }
    recovery_offer(&s->model, true);
    return 0;
}

int session_read_graph(struct session *s, const char *ns, const char *name, struct err *err)
{
    const char *text = NULL;
    model_deployed(&s->model, ns, name, &text);
    if (!text)
        return err_set(err, "no graph '%s' is deployed in %s%s", name, ns ? "namespace " : "any namespace",
                       str_or_empty(ns));
    struct document *document = document_new(text, strlen(text), name, NULL, NULL, &s->app->catalogue, err);
    if (document)
        take_document(s, document, NULL, ORIGIN_DEPLOYED, NULL);
    return document ? 0 : -1;
}

static int open_graph(void *data, const char *ns, const char *name, struct err *err)
{
    struct session *s = data;
    if (session_read_graph(s, ns, name, err) < 0)
        return -1;
    recovery_offer(&s->model, true);
    return 0;
}

/* file: where it will be saved, or NULL. */
static int open_empty(struct session *s, const char *name, const char *ns, const char *file, struct err *err)
{
    struct document *document = document_new(NULL, 0, name, name, ns, &s->app->catalogue, err);
    if (document)
        take_document(s, document, file, ORIGIN_NEW, NULL);
    return document ? 0 : -1;
}

static int new_graph(void *data, const char *name, struct err *err)
{
    struct session *s = data;
    return open_empty(s, name, s->model.ns ? s->model.ns : s->ns, NULL, err);
}

static int save(void *data, const char *path, const struct save_over *over, struct err *err)
{
    struct session *s = data;
    if (!s->model.document)
        return err_set(err, "there is no graph to save");
    if (!path)
        path = s->model.file;
    if (!path)
        return err_set(err, "this graph has no file yet; name one: :w %s.yaml",
                       s->model.graph_name ? s->model.graph_name : "lobby");
    int stands = keeper_check(&s->keeper, path, over, err);
    if (stands != 0)
        return stands;
    size_t len;
    const char *text = document_text(s->model.document, &len);
    if (file_save(path, text, len, 0, err) < 0)
        return -1;
    document_saved(s->model.document);
    if (path != s->model.file) {
        session_set_string(&s->model.file, path);
        document_set_file(s->model.document, path);
    }
    keeper_saved(&s->keeper);
    model_changed(&s->model, CHANGED_DOCUMENT);
    return 0;
}

static int reload(void *data, struct err *err)
{
    struct session *s = data;
    return keeper_reload(&s->keeper, err);
}

/* Drafts of before. */

static void find_drafts(void *data)
{
    struct session *s = data;
    recovery_find(&s->model);
}

static int discard_draft(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    return recovery_discard(&s->model, path, err);
}

/* What the draft is an edit of: its file, the deployed graph, or nothing any more. */
static int open_under(void *data, const struct draft_about *about, struct err *err)
{
    struct session *s = data;
    struct err gone = ERR_INIT;
    if (about->file && read_file(s, about->file, &gone) == 0)
        return 0;
    if (!about->file && str_eq(about->context, s->model.context) &&
        model_deployed_text(&s->model, about->ns, about->graph) && session_read_graph(s, about->ns, about->graph, &gone) == 0)
        return 0;
    const char *name = text_is_label(str_or_empty(about->graph), 40) ? about->graph : "recovered";
    return open_empty(s, name, NULL, about->file, err);
}

static int recover(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    return recovery_take(&s->model, &s->keeper, path, open_under, s, err);
}

static void keep(void *data)
{
    struct session *s = data;
    keeper_keep(&s->keeper);
}

static void give_up(void *data)
{
    struct session *s = data;
    keeper_give_up(&s->keeper);
}

int session_open_file(struct session *s, const char *path, struct err *err)
{
    return open_file(s, path, err);
}

void session_close_graph(struct session *s)
{
    take_document(s, NULL, NULL, ORIGIN_NEW, NULL);
}

void session_graph_ops(struct model_ops *ops)
{
    ops->save = save;
    ops->open_file = open_file;
    ops->open_graph = open_graph;
    ops->new_graph = new_graph;
    ops->reload = reload;
    ops->find_drafts = find_drafts;
    ops->recover = recover;
    ops->discard_draft = discard_draft;
    ops->edited = edited;
    ops->keep = keep;
    ops->give_up = give_up;
}
