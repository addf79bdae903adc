#include "app/draft.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "base/yaml.h"

#define SUFFIX ".draft"
#define HEAD_MAX (64u << 10)
#define DRAFTS_MAX 100 /* that are looked at; nobody has so many */

struct journal {
    char *path; /* NULL: none yet */
    int fd;     /* holds its lock; -1: nothing is kept */
};

/* NULL with err: there is nowhere to keep anything. */
static char *folder(struct err *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (!(state && state[0] == '/') && !(home && home[0] == '/')) {
        err_set(err, "there is no home folder ($HOME is not set)");
        return NULL;
    }
    return file_xdg("XDG_STATE_HOME", ".local/state", "drafts");
}

static bool unhex(const char *text, uint8_t *out, size_t count)
{
    if (!text || strlen(text) != count * 2)
        return false;
    for (size_t i = 0; i < count; i++) {
        char two[3] = {text[i * 2], text[i * 2 + 1], '\0'}, *end;
        out[i] = (uint8_t)strtoul(two, &end, 16);
        if (*end)
            return false;
    }
    return true;
}

static void add_digest(cJSON *head, const char *key, const uint8_t digest[32])
{
    char text[DIGEST_TEXT];
    digest_hex(text, digest, 32);
    json_set_str(head, key, text);
}

static void write_draft(struct buf *out, const struct draft_about *about, const char *text, size_t len)
{
    char at[TIME_TEXT];
    uint8_t digest[32];
    cJSON *head = cJSON_CreateObject();
    json_set_str(head, "patchbay", "draft");
    json_set_str(head, "file", about->file);
    json_set_str(head, "context", about->context);
    json_set_str(head, "namespace", about->ns);
    json_set_str(head, "graph", about->graph);
    json_set_str(head, "at", time_format(at, about->at, 3));
    if (about->has_began)
        add_digest(head, "began", about->began);
    digest_sha256(text, len, digest);
    add_digest(head, "sha256", digest);
    json_print(out, head);
    buf_addc(out, '\n');
    buf_add(out, text, len);
    cJSON_Delete(head);
}

/* -1: it is no draft, or not whole. */
static int read_draft(struct draft *out, const struct buf *file, struct err *err)
{
    const char *end = memchr(file->data, '\n', MIN(file->len, HEAD_MAX));
    struct err why = ERR_INIT;
    uint8_t digest[32], wanted[32];
    cJSON *head = end ? json_parse(file->data, (size_t)(end - file->data), &why) : NULL;
    int rc = 0;
    if (!head || !str_eq(json_str(head, "patchbay"), "draft") || !unhex(json_str(head, "sha256"), wanted, 32)) {
        rc = err_set(err, "it is no draft of patchbay's");
    } else {
        buf_add(&out->text, end + 1, file->len - (size_t)(end + 1 - file->data));
        digest_sha256(out->text.data, out->text.len, digest);
        if (memcmp(digest, wanted, 32) != 0)
            rc = err_set(err, "it is not whole");
        out->about = (struct draft_about){
            .file = xstrdup_or_null(json_str(head, "file")), .context = xstrdup_or_null(json_str(head, "context")),
            .ns = xstrdup_or_null(json_str(head, "namespace")), .graph = xstrdup_or_null(json_str(head, "graph")),
            .at = json_time(head, "at")};
        out->about.has_began = unhex(json_str(head, "began"), out->about.began, 32);
    }
    cJSON_Delete(head);
    return rc;
}

void draft_release(struct draft *draft)
{
    free(draft->about.file);
    free(draft->about.context);
    free(draft->about.ns);
    free(draft->about.graph);
    free(draft->path);
    buf_release(&draft->text);
    *draft = (struct draft){0};
}

/* *broken: it could be read, and is nothing. */
static int read_claimed(struct draft *out, const char *path, bool *broken, struct err *err)
{
    struct buf file;
    buf_init(&file, YAML_MAX_BYTES + HEAD_MAX);
    *out = (struct draft){.path = xstrdup(path)};
    buf_init(&out->text, YAML_MAX_BYTES);
    int rc = file_read(path, &file, err);
    *broken = rc == 0;
    if (rc == 0)
        rc = read_draft(out, &file, err);
    buf_release(&file);
    if (rc < 0)
        draft_release(out);
    else
        *broken = false;
    return rc;
}

int draft_claim(struct draft *out, const char *path, int *fd, struct err *err)
{
    bool broken;
    *fd = file_claim(path, err);
    if (*fd < 0)
        return -1;
    if (read_claimed(out, path, &broken, err) == 0)
        return 0;
    close(*fd);
    *fd = -1;
    return -1;
}

static void read_one(struct drafts *out, const char *path, struct err *said)
{
    struct err err = ERR_INIT, ignored = ERR_INIT;
    struct draft draft;
    bool broken;
    int fd = file_claim(path, &ignored); /* somebody works on it, or it is nobody's business of ours */
    if (fd < 0)
        return;
    if (read_claimed(&draft, path, &broken, &err) == 0) {
        GROW(out->items, out->count, out->cap);
        out->items[out->count++] = draft;
    } else if (broken) {
        char *aside = xasprintf("%s.broken", path);
        if (rename(path, aside) == 0)
            err_set(said, "an unsaved draft cannot be read: %s; it is kept as '%s'", err.text, aside);
        free(aside);
    }
    close(fd);
}

/* What was being written when its program was killed; the whole one before it is still there. */
static void remove_half(const char *path)
{
    struct err ignored = ERR_INIT;
    int fd = file_claim(path, &ignored);
    if (fd < 0)
        return;
    unlink(path);
    close(fd);
}

static int newest_first(const void *pa, const void *pb)
{
    const struct draft *a = pa, *b = pb;
    return a->about.at == b->about.at ? strcmp(a->path, b->path) : a->about.at < b->about.at ? 1 : -1;
}

void drafts_read(struct drafts *out, struct err *broken)
{
    struct err ignored = ERR_INIT;
    struct dirent **entries;
    char *dir = folder(&ignored);
    *out = (struct drafts){0};
    int count = dir ? scandir(dir, &entries, NULL, NULL) : -1;
    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", dir, entries[i]->d_name);
        if (str_ends(path, SUFFIX) && out->count < DRAFTS_MAX)
            read_one(out, path, broken);
        else if (str_ends(path, SUFFIX ".new"))
            remove_half(path);
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, newest_first);
    free(dir);
}

void drafts_release(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++)
        draft_release(&drafts->items[i]);
    free(drafts->items);
    *drafts = (struct drafts){0};
}

struct journal *journal_new(void)
{
    struct journal *journal = xcalloc(1, sizeof *journal);
    journal->fd = -1;
    return journal;
}

void journal_free(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->path);
    free(journal);
}

/* Its folder is there, and it has a name in it. */
static int make_path(struct journal *journal, struct err *err)
{
    char *dir = folder(err);
    int rc = dir ? file_mkdirs(dir, 0700, err) : -1;
    if (rc == 0 && journal->fd < 0) {
        uint8_t random[8];
        char name[DIGEST_TEXT];
        digest_random(random, sizeof random);
        digest_hex(name, random, sizeof random);
        free(journal->path);
        journal->path = xasprintf("%s/%s" SUFFIX, dir, name);
    }
    free(dir);
    return rc;
}

int journal_keep(struct journal *journal, const struct draft_about *about, const char *text, size_t len, struct err *err)
{
    if (make_path(journal, err) < 0)
        return -1;
    struct buf out;
    buf_init(&out, YAML_MAX_BYTES + HEAD_MAX);
    write_draft(&out, about, text, len);
    int fd = out.over ? err_set(err, "it is too large") : file_keep(journal->path, out.data, out.len, err);
    buf_release(&out);
    if (fd < 0)
        return -1;
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = fd;
    return 0;
}

const char *journal_path(const struct journal *journal)
{
    return journal->fd >= 0 ? journal->path : NULL;
}

void journal_drop(struct journal *journal)
{
    if (journal->fd < 0)
        return;
    unlink(journal->path);
    close(journal->fd);
    journal->fd = -1;
}
