#include "app/keeper.h"

#include "base/digest.h"
#include "base/file.h"

#define WRITE_AFTER (NSEC_PER_SEC / 2)
#define LOOK_EVERY NSEC_PER_SEC

static bool same(const uint8_t a[32], const uint8_t b[32])
{
    return memcmp(a, b, 32) == 0;
}

static void digest_document(const struct keeper *k, uint8_t out[32])
{
    size_t len;
    const char *text = document_text(k->model->document, &len);
    digest_sha256(text, len, out);
}

/* The file's bytes, read whole. */
static int digest_file(const char *path, uint8_t out[32], struct err *err)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    int rc = file_read(path, &text, err);
    digest_sha256(text.data, text.len, out);
    buf_release(&text);
    return rc;
}

/* The journal. */

static bool is_unsaved(const struct keeper *k)
{
    return k->model->document && document_dirty(k->model->document);
}

int keeper_keep(struct keeper *k)
{
    struct model *model = k->model;
    loop_timer_stop(&k->write);
    if (!is_unsaved(k)) {
        journal_drop(k->journal);
        return 0;
    }
    size_t len;
    struct err err = ERR_INIT;
    const char *text = document_text(model->document, &len);
    bool has_file = model->file && !k->stamped; /* what was stamped is not the template's text: recovered, it has no file */
    struct draft_about about = {.file = has_file ? file_absolute(model->file) : NULL,
                                .context = model->context,
                                .ns = model->graph_ns,
                                .graph = model->graph_name,
                                .at = loop_wall(model->loop),
                                .has_began = has_file ? k->known : k->base == BASE_TEXT};
    memcpy(about.began, has_file ? k->digest : k->deployed, 32);
    int rc = journal_keep(k->journal, &about, text, len, &err);
    free(about.file);
    if (rc < 0 && !k->failed)
        model_notice(model, "the unsaved draft is not kept for after a crash: %s", err.text);
    k->failed = rc < 0;
    return rc;
}

static void on_write(void *data)
{
    keeper_keep(data);
}

void keeper_edited(struct keeper *k)
{
    k->given_up = false;
    if (!loop_timer_active(&k->write))
        loop_timer_start(&k->write, WRITE_AFTER);
}

void keeper_give_up(struct keeper *k)
{
    k->given_up = true;
}

/* Its file. */

static void forget_file(struct keeper *k)
{
    k->known = k->settles = k->stamped = false;
    k->seen = (struct stat){0};
    k->gone = 0;
}

static void forget_base(struct keeper *k)
{
    k->base = BASE_UNKNOWN;
    k->has_sent = k->model->deployed_by_others = false;
    memset(k->told, 0, sizeof k->told);
}

static void take_file(struct keeper *k, const struct stat *seen)
{
    forget_file(k);
    k->known = true;
    k->seen = *seen;
    digest_document(k, k->digest);
}

static void take_base(struct keeper *k, const uint8_t digest[32])
{
    k->base = BASE_TEXT;
    memcpy(k->deployed, digest, 32);
    k->has_sent = k->model->deployed_by_others = false;
}

void keeper_opened(struct keeper *k, enum keeper_origin origin, const struct stat *before)
{
    loop_timer_stop(&k->write);
    journal_drop(k->journal);
    forget_file(k);
    forget_base(k);
    k->given_up = false;
    if (origin == ORIGIN_FILE || origin == ORIGIN_TEMPLATE)
        take_file(k, before);
    k->stamped = origin == ORIGIN_TEMPLATE;
    if (origin == ORIGIN_DEPLOYED) {
        uint8_t digest[32];
        digest_document(k, digest);
        take_base(k, digest);
    }
}

void keeper_saved(struct keeper *k)
{
    struct stat st = {0}; /* one that cannot be looked at is read again at the next look */
    if (stat(k->model->file, &st) < 0)
        st = (struct stat){0};
    take_file(k, &st);
    loop_timer_stop(&k->write);
    journal_drop(k->journal);
}

void keeper_began(struct keeper *k, const uint8_t digest[32])
{
    if (k->model->file) {
        k->known = true;
        memcpy(k->digest, digest, 32);
    } else {
        take_base(k, digest);
        keeper_graphs(k);
    }
}

static bool is_own(const struct keeper *k, const char *path)
{
    struct stat a, b;
    const char *file = k->model->file;
    return file && (str_eq(path, file) || (stat(path, &a) == 0 && stat(file, &b) == 0 && file_is_same(&a, &b)));
}

int keeper_check(struct keeper *k, const char *path, const struct save_over *over, struct err *err)
{
    bool own = is_own(k, path);
    struct stat st;
    if (own && k->stamped)
        return err_set(err, ":w FILE saves this elsewhere: it was stamped from '%s', which stays as it is", path);
    if ((over && over->any) || stat(path, &st) < 0 || !S_ISREG(st.st_mode)) /* what can be no graph's file file_save refuses */
        return 0;
    uint8_t digest[32], ours[32];
    if (digest_file(path, digest, err) < 0)
        return err_prefix(err, "what is there cannot be compared (:w! saves over it)");
    digest_document(k, ours);
    if (same(digest, ours) || (own && k->known && same(digest, k->digest)) || (over && same(digest, over->shown)))
        return 0;
    return own ? SAVE_CHANGED : SAVE_EXISTS;
}

/* The document becomes that text, which is saved already. */
static int replace(struct keeper *k, const char *text, size_t len, struct err *err)
{
    struct document *doc = k->model->document;
    if (document_replace(doc, text, len, err) < 0)
        return -1;
    document_saved(doc);
    return 0;
}

static int reload_file(struct keeper *k, struct err *err)
{
    struct buf text;
    struct stat st = {0};
    buf_init(&text, YAML_MAX_BYTES);
    bool there = stat(k->model->file, &st) == 0;
    int rc = file_read(k->model->file, &text, err);
    if (rc == 0)
        rc = replace(k, text.data, text.len, err);
    buf_release(&text);
    if (rc < 0)
        return -1;
    take_file(k, there ? &st : &(struct stat){0});
    model_changed(k->model, CHANGED_DOCUMENT);
    return 0;
}

static int reload_deployed(struct keeper *k, struct err *err)
{
    const struct model *model = k->model;
    const char *text = model_deployed_text(model, model->graph_ns, model->graph_name);
    uint8_t digest[32];
    if (!text)
        return err_set(err, "%s has no file and is not deployed: there is nothing to read again",
                       str_or_empty(model->graph_name));
    digest_sha256(text, strlen(text), digest);
    if (replace(k, text, strlen(text), err) < 0)
        return -1;
    take_base(k, digest);
    model_changed(k->model, CHANGED_DOCUMENT);
    return 0;
}

int keeper_reload(struct keeper *k, struct err *err)
{
    if (k->stamped)
        return err_set(err, "this graph was stamped from '%s', and is not that file's text", k->model->file);
    return k->model->file ? reload_file(k, err) : reload_deployed(k, err);
}

static void on_changed_file(struct keeper *k)
{
    struct model *model = k->model;
    struct err err = ERR_INIT;
    const char *name = file_base_name(model->file);
    if (is_unsaved(k))
        model_notice(model, "%s was changed on disk by somebody; :w shows the differences", name);
    else if (reload_file(k, &err) < 0)
        model_notice(model, "%s was changed on disk, and the graph here is as it was: %s", name, err.text);
    else
        model_notice(model, "%s was changed on disk and read again; u undoes it", name);
}

static void on_missing_file(struct keeper *k)
{
    /* Some programs take a file away for a moment when they save it. */
    if (k->known && ++k->gone == 2)
        model_notice(k->model, "%s was removed by somebody; :w writes it again", file_base_name(k->model->file));
}

static void look_at_file(struct keeper *k)
{
    struct stat st;
    if (stat(k->model->file, &st) < 0) {
        on_missing_file(k);
        return;
    }
    k->gone = 0;
    if (file_is_unchanged(&st, &k->seen)) {
        k->settles = false;
        return;
    }
    if (!k->settles || !file_is_unchanged(&st, &k->settling)) { /* perhaps only half of it is written */
        k->settles = true;
        k->settling = st;
        return;
    }
    struct err ignored = ERR_INIT; /* what cannot be read now is looked at again when it changes */
    uint8_t digest[32], ours[32];
    k->settles = false;
    k->seen = st;
    if (digest_file(k->model->file, digest, &ignored) < 0 || (k->known && same(digest, k->digest)))
        return;
    digest_document(k, ours);
    if (!same(digest, ours)) {
        on_changed_file(k);
        return;
    }
    document_saved(k->model->document);
    take_file(k, &st);
    model_changed(k->model, CHANGED_DOCUMENT);
}

/* What is deployed. */

void keeper_deploying(struct keeper *k, const char *text)
{
    keeper_keep(k);
    k->has_sent = true;
    digest_sha256(text, strlen(text), k->sent);
}

void keeper_deployed(struct keeper *k, bool ok)
{
    if (ok && k->has_sent)
        take_base(k, k->sent);
}

void keeper_other_graph(struct keeper *k)
{
    forget_base(k);
}

static void on_changed_base(struct keeper *k, const uint8_t digest[32])
{
    struct model *model = k->model;
    struct err err = ERR_INIT;
    if (!model->file && !is_unsaved(k) && reload_deployed(k, &err) == 0) {
        model_notice(model, "%s was deployed by somebody else and is shown as it is now; u undoes it",
                     str_or_empty(model->graph_name));
        return;
    }
    model->deployed_by_others = true;
    if (same(digest, k->told))
        return;
    memcpy(k->told, digest, 32);
    model_notice(model, "%s was deployed by somebody else meanwhile; D shows the differences",
                 str_or_empty(model->graph_name));
}

void keeper_graphs(struct keeper *k)
{
    struct model *model = k->model;
    uint8_t digest[32], ours[32];
    if (!model->document || model->editing)
        return;
    const char *text = model_deployed_text(model, model->graph_ns, model->graph_name);
    if (!text) {
        if (model->sources[SOURCE_GRAPHS].state == REFLECTOR_LIVE)
            k->base = BASE_NONE;
        return;
    }
    digest_sha256(text, strlen(text), digest);
    digest_document(k, ours);
    if (k->base == BASE_TEXT && same(digest, k->deployed))
        model->deployed_by_others = false;
    else if (k->base == BASE_UNKNOWN || same(digest, ours) || (k->has_sent && same(digest, k->sent)))
        take_base(k, digest);
    else
        on_changed_base(k, digest);
}

/* Its life. */

static void on_look(void *data)
{
    struct keeper *k = data;
    loop_timer_start(&k->look, LOOK_EVERY);
    if (!k->model->document || k->model->editing)
        return;
    if (k->model->file && !k->stamped)
        look_at_file(k);
    keeper_graphs(k);
}

void keeper_watching(struct keeper *k, bool on)
{
    if (on && !loop_timer_active(&k->look))
        loop_timer_start(&k->look, LOOK_EVERY);
    else if (!on)
        loop_timer_stop(&k->look);
}

void keeper_init(struct keeper *k, struct model *model)
{
    *k = (struct keeper){.model = model, .journal = journal_new()};
    loop_timer_init(&k->write, model->loop, on_write, k);
    loop_timer_init(&k->look, model->loop, on_look, k);
}

void keeper_release(struct keeper *k)
{
    if (k->given_up)
        journal_drop(k->journal);
    else
        keeper_keep(k);
    loop_timer_stop(&k->write);
    loop_timer_stop(&k->look);
    journal_free(k->journal);
}
