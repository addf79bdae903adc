/* unsaved: saving and what stands in its way, reading again, and drafts of before. */
#include <time.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/time.h"
#include "base/yaml.h"
#include "ui/choice.h"
#include "ui/dashboard_private.h"

/* Saving. */

struct refusal { /* of a save: what was wanted */
    struct dashboard *dash;
    char *path; /* NULL: the graph's own file */
    bool leave;
    struct save_over over; /* what was shown, and nothing that came since */
};

static void refusal_free(void *data)
{
    struct refusal *refusal = data;
    free(refusal->path);
    free(refusal);
}

static void overwrite(void *data)
{
    const struct refusal *refusal = data;
    unsaved_save(refusal->dash, refusal->path, &refusal->over, refusal->leave);
}

static void read_again(void *data)
{
    unsaved_reload(((const struct refusal *)data)->dash);
}

static void save_as(void *data, const char *text)
{
    if (text && *text)
        unsaved_save(data, text, NULL, false);
}

static void ask_where(void *data)
{
    const struct refusal *refusal = data;
    const char *path = refusal->path ? refusal->path : refusal->dash->model->file;
    dashboard_prompt(refusal->dash, "save to: ", path, NULL, save_as, refusal->dash);
}

static const struct choice changed_choices[] = {
    {'n', "Cancel", NULL}, {'o', "Overwrite", overwrite}, {'r', "Read it again", read_again},
    {'s', "Save elsewhere", ask_where}, {0},
};
static const struct choice exists_choices[] = {
    {'n', "Cancel", NULL}, {'o', "Overwrite", overwrite}, {'s', "Save elsewhere", ask_where}, {0},
};

/* Shows what would be lost. */
static void show_refusal(struct dashboard *dash, int why, const char *path, bool leave)
{
    bool changed = why == SAVE_CHANGED;
    const char *there = path ? path : dash->model->file, *name = file_base_name(there);
    struct choice_lines lines = {0};
    struct buf text;
    struct err err = ERR_INIT;
    size_t len;
    const char *ours = document_text(dash->model->document, &len);
    buf_init(&text, YAML_MAX_BYTES);
    char *title = xasprintf(changed ? "%s was changed on disk" : "%s exists already", name);
    struct refusal *refusal = xcalloc(1, sizeof *refusal);
    *refusal = (struct refusal){.dash = dash, .path = xstrdup_or_null(path), .leave = leave};
    if (file_read(there, &text, &err) < 0) {
        choice_lines_add(&lines, ROLE_BAD, "%s", err.text);
    } else {
        choice_lines_add_difference(&lines, text.data, text.len, ours, len);
        digest_sha256(text.data, text.len, refusal->over.shown);
    }
    choice_open(dash, &(struct choice_dialog){
        .title = title,
        .text = changed ? "Not saved: somebody changed it meanwhile (-: on disk, +: here).\n"
                          ":w! overwrites it, :e! reads it again, :w FILE saves elsewhere."
                        : "Not saved: another file is there (-: in it, +: here).\n:w! FILE overwrites it.",
        .lines = lines,
        .choices = changed ? changed_choices : exists_choices,
        .hints = changed ? "o overwrite  r read again  s save elsewhere  Esc cancel  j/k scroll"
                         : "o overwrite  s save elsewhere  Esc cancel  j/k scroll",
        .data = refusal,
        .free_data = refusal_free,
    });
    free(title);
    buf_release(&text);
}

bool unsaved_save(struct dashboard *dash, const char *path, const struct save_over *over, bool leave)
{
    struct err err = ERR_INIT;
    int rc = model_save(dash->model, path, over, &err);
    if (rc < 0) {
        dashboard_say(dash, ROLE_BAD, "%s", err.text);
    } else if (rc > 0) {
        show_refusal(dash, rc, path, leave);
    } else {
        dashboard_say(dash, ROLE_GOOD, "saved to %s", dash->model->file ? dash->model->file : str_or_empty(path));
        if (leave)
            dashboard_leave(dash);
    }
    return rc == 0;
}

void unsaved_reload(struct dashboard *dash)
{
    struct err err = ERR_INIT;
    bool dirty = dash->model->document && document_dirty(dash->model->document);
    const char *file = dash->model->file;
    if (model_reload(dash->model, &err) < 0)
        dashboard_say(dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(dash, ROLE_GOOD, "read again from %s; u brings back what was here%s",
                      file ? file_base_name(file) : "the cluster", dirty ? ", edits and all" : "");
}

/* Drafts of before. */

struct offer {
    struct dashboard *dash;
    char *path;
};

static void offer_free(void *data)
{
    struct offer *offer = data;
    free(offer->path);
    free(offer);
}

static const struct model_draft *find(const struct model *model, const char *path)
{
    for (size_t i = 0; i < model->draft_count; i++)
        if (str_eq(model->drafts[i].path, path))
            return &model->drafts[i];
    return NULL;
}

/* "12:03" today, else "2026-03-01 12:03". */
static void format_when(const struct dashboard *dash, int64_t at, char out[32])
{
    time_t then = (time_t)(at / NSEC_PER_SEC), now = (time_t)(loop_wall(dash->model->loop) / NSEC_PER_SEC);
    struct tm a, b;
    localtime_r(&then, &a);
    localtime_r(&now, &b);
    bool today = a.tm_year == b.tm_year && a.tm_yday == b.tm_yday;
    strftime(out, 32, today ? "%H:%M" : "%Y-%m-%d %H:%M", &a);
}

static void take_recover(void *data)
{
    const struct offer *offer = data;
    command_open(offer->dash, offer->path, model_recover, "recovered; u goes back to what was there without it");
}

static void take_discard(void *data)
{
    const struct offer *offer = data;
    struct err err = ERR_INIT;
    if (model_discard_draft(offer->dash->model, offer->path, &err) < 0)
        dashboard_say(offer->dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(offer->dash, ROLE_NORMAL, "the draft is discarded%s",
                      offer->dash->model->draft_count ? "; :recover shows the next" : "");
}

static struct offer *offer_new(struct dashboard *dash, const char *path)
{
    struct offer *offer = xcalloc(1, sizeof *offer);
    *offer = (struct offer){dash, xstrdup(path)};
    return offer;
}

static void ask_discard(void *data)
{
    const struct offer *offer = data;
    dashboard_confirm(offer->dash, "Discard the draft", "It is removed for good.", "discard", take_discard,
                      offer_new(offer->dash, offer->path), offer_free);
}

static void show_draft(struct dashboard *dash, const char *path);

static void show_next(void *data)
{
    const struct offer *offer = data;
    const struct model *model = offer->dash->model;
    const struct model_draft *at = find(model, offer->path);
    if (at)
        show_draft(offer->dash, model->drafts[(size_t)(at - model->drafts + 1) % model->draft_count].path);
}

static const struct choice one_choice[] = {
    {'r', "Recover", take_recover}, {'d', "Discard", ask_discard}, {'l', "Later", NULL}, {0},
};
static const struct choice many_choices[] = {
    {'r', "Recover", take_recover}, {'d', "Discard", ask_discard}, {'n', "Next", show_next}, {'l', "Later", NULL}, {0},
};

static void show_draft(struct dashboard *dash, const char *path)
{
    const struct model *model = dash->model;
    const struct model_draft *draft = find(model, path);
    char when[32];
    struct buf text;
    if (!draft)
        return;
    buf_init(&text, 8192);
    format_when(dash, draft->at, when);
    buf_addf(&text, "An unsaved draft of %s (%s) from %s.\n", draft->graph ? draft->graph : "a graph",
             draft->file ? file_base_name(draft->file) : draft->where ? draft->where : "no file", when);
    if (draft->compared)
        buf_addf(&text, "%zu line%s not as %s.\n", draft->lines, draft->lines == 1 ? " is" : "s are",
                 draft->file ? "in the file" : "deployed");
    else
        buf_addf(&text, "%s now.\n", draft->file ? "The file is not there" : "What it began from is not known");
    if (draft->file)
        buf_addf(&text, "%s\n", draft->file);
    if (model->draft_count > 1)
        buf_addf(&text, "There %s %zu more; :recover shows them.\n", model->draft_count == 2 ? "is" : "are",
                 model->draft_count - 1);
    bool many = model->draft_count > 1;
    choice_open(dash, &(struct choice_dialog){
        .title = "Unsaved draft",
        .text = text.data,
        .choices = many ? many_choices : one_choice,
        .hints = many ? "Enter recover  d discard  n next  Esc later" : "Enter recover  d discard  Esc later",
        .data = offer_new(dash, path),
        .free_data = offer_free,
    });
    buf_release(&text);
}

void unsaved_offer(struct dashboard *dash)
{
    struct model *model = dash->model;
    if (!model->offer || dash->overlay_count || dash->asking || dash->stepped_aside)
        return;
    show_draft(dash, model->offer);
    free(model->offer);
    model->offer = NULL;
}

void unsaved_drafts(struct dashboard *dash)
{
    model_find_drafts(dash->model);
    if (!dash->model->draft_count)
        dashboard_say(dash, ROLE_NORMAL, "there are no unsaved drafts of before");
    else
        show_draft(dash, dash->model->drafts[0].path);
}
