#include "app/draft.h"

#include <sys/stat.h>

#include "app_test.h"
#include "base/file.h"

#define NOON INT64_C(1772366400000000000) /* 2026-03-01T12:00:00Z */

static const struct draft_about about = {
    .file = (char *)"/home/me/lobby.yaml", .context = (char *)"edge", .ns = (char *)"media", .graph = (char *)"lobby",
    .at = NOON, .has_began = true, .began = {0, 1, 2, 255}};

static char *dir_path(const char *name)
{
    return xasprintf("%s/patchbay/drafts%s%s", getenv("XDG_STATE_HOME"), *name ? "/" : "", name);
}

static void write_file(const char *name, const char *text, size_t len)
{
    struct err err = ERR_INIT;
    char *dir = dir_path(""), *path = dir_path(name);
    ck_assert_int_eq(file_mkdirs(dir, 0700, &err), 0);
    ck_assert_msg(file_save(path, text, len, 0600, &err) == 0, "%s", err.text);
    free(dir);
    free(path);
}

static bool is_there(const char *name)
{
    char *path = dir_path(name);
    bool there = file_exists(path);
    free(path);
    return there;
}

static void keep(struct journal *journal, const char *text, int64_t at)
{
    struct err err = ERR_INIT;
    struct draft_about a = about;
    a.at = at;
    ck_assert_msg(journal_keep(journal, &a, text, strlen(text), &err) == 0, "%s", err.text);
}

START_TEST(a_draft_outlives_its_program)
{
    struct drafts drafts;
    struct err err = ERR_INIT;
    struct stat st;
    struct journal *journal = journal_new();
    keep(journal, "first", NOON - NSEC_PER_SEC);
    keep(journal, "a: \"ü\"\n\n", NOON);
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 0); /* its program lives */
    journal_free(journal);
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 1);
    const struct draft *draft = &drafts.items[0];
    ck_assert_str_eq(draft->text.data, "a: \"ü\"\n\n");
    ck_assert_str_eq(draft->about.file, about.file);
    ck_assert_str_eq(draft->about.context, "edge");
    ck_assert_str_eq(draft->about.ns, "media");
    ck_assert_str_eq(draft->about.graph, "lobby");
    ck_assert_int_eq(draft->about.at, NOON);
    ck_assert(draft->about.has_began);
    ck_assert_mem_eq(draft->about.began, about.began, 32);
    ck_assert_int_eq(stat(draft->path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    char *dir = dir_path("");
    ck_assert_int_eq(stat(dir, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    ck_assert_str_eq(err.text, "");
    free(dir);
    drafts_release(&drafts);
}
END_TEST

START_TEST(what_is_dropped_is_gone)
{
    struct drafts drafts;
    struct err err = ERR_INIT;
    struct journal *journal = journal_new();
    keep(journal, "text", NOON);
    journal_drop(journal);
    journal_drop(journal);
    keep(journal, "again", NOON);
    journal_drop(journal);
    journal_free(journal);
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 0);
}
END_TEST

START_TEST(the_newest_is_first_and_only_one_takes_it)
{
    struct drafts drafts;
    struct draft draft, other;
    struct err err = ERR_INIT;
    int fd, other_fd;
    for (int i = 0; i < 3; i++) {
        struct journal *journal = journal_new();
        keep(journal, i == 1 ? "newest" : "old", NOON + (i == 1) * NSEC_PER_SEC);
        journal_free(journal);
    }
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 3);
    ck_assert_str_eq(drafts.items[0].text.data, "newest");
    ck_assert_int_eq(draft_claim(&draft, drafts.items[0].path, &fd, &err), 0);
    ck_assert_int_eq(draft_claim(&other, drafts.items[0].path, &other_fd, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "is in use by another program"));
    close(fd);
    draft_release(&draft);
    drafts_release(&drafts);
}
END_TEST

/* Nothing that lies there does harm, and nothing is lost of it. */
START_TEST(hostile_files_are_moved_aside)
{
    static const struct { const char *name, *text; } files[] = {
        {"empty.draft", ""},
        {"binary.draft", "\x00\xff\x1b[2J"},
        {"other.draft", "{\"patchbay\":\"something else\"}\ntext"},
        {"short.draft", "{\"patchbay\":\"draft\",\"sha256\":"
                        "\"0000000000000000000000000000000000000000000000000000000000000000\"}\ntext"},
        {"types.draft", "{\"patchbay\":\"draft\",\"sha256\":7,\"file\":[]}\ntext"},
    };
    struct drafts drafts;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        struct err err = ERR_INIT;
        write_file(files[i].name, files[i].text, i == 1 ? 6 : strlen(files[i].text));
        drafts_read(&drafts, &err);
        ck_assert_uint_eq(drafts.count, 0);
        ck_assert_ptr_nonnull(strstr(err.text, "an unsaved draft cannot be read: it is no"));
        ck_assert_ptr_nonnull(strstr(err.text, files[i].name));
        char *aside = xasprintf("%s.broken", files[i].name);
        ck_assert(!is_there(files[i].name) && is_there(aside));
        free(aside);
    }
    struct err err = ERR_INIT;
    char *link = dir_path("link.draft"), *pipe = dir_path("pipe.draft"), *folder = dir_path("folder.draft");
    ck_assert_int_eq(symlink("/etc/passwd", link), 0);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    write_file("killed.draft.new", "{\"pat", 5); /* while it was being written */
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 0);
    ck_assert_str_eq(err.text, "");
    ck_assert(is_there("link.draft") && is_there("pipe.draft") && is_there("folder.draft"));
    ck_assert(!is_there("killed.draft.new"));
    free(link);
    free(pipe);
    free(folder);
}
END_TEST

START_TEST(where_nothing_can_be_kept)
{
    struct journal *journal = journal_new();
    struct drafts drafts;
    struct err err = ERR_INIT;
    setenv("XDG_STATE_HOME", "/dev/null", 1);
    ck_assert_int_eq(journal_keep(journal, &about, "x", 1, &err), -1);
    ck_assert_str_eq(err.text, "cannot make the folder '/dev/null/patchbay': not a directory");
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    ck_assert_int_eq(journal_keep(journal, &about, "x", 1, &err), -1);
    ck_assert_str_eq(err.text, "there is no home folder ($HOME is not set)");
    drafts_read(&drafts, &err);
    ck_assert_uint_eq(drafts.count, 0);
    journal_free(journal);
}
END_TEST

Suite *app_draft_suite(void)
{
    Suite *suite = suite_create("draft");
    TCase *tc = tcase_create("draft");
    tcase_add_checked_fixture(tc, app_test_state, NULL);
    tcase_add_test(tc, a_draft_outlives_its_program);
    tcase_add_test(tc, what_is_dropped_is_gone);
    tcase_add_test(tc, the_newest_is_first_and_only_one_takes_it);
    tcase_add_test(tc, hostile_files_are_moved_aside);
    tcase_add_test(tc, where_nothing_can_be_kept);
    suite_add_tcase(suite, tc);
    return suite;
}
