#include "base/file.h"

#include <sys/stat.h>

#include "tests/unit/base_test.h"

static char dir[64];

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/base-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void drop_dir(void)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(file_remove_tree(dir, &err), 0);
    ck_assert(!file_exists(dir));
}

START_TEST(save_and_read)
{
    struct err err = ERR_INIT;
    struct stat st;
    struct buf buf;
    char path[128], link_path[128];
    buf_init(&buf, 10);
    snprintf(path, sizeof path, "%s/graph.yaml", dir);
    snprintf(link_path, sizeof link_path, "%s/link.yaml", dir);
    ck_assert_int_eq(file_save(path, "0123456789", 10, 0600, &err), 0);
    ck_assert_int_eq(symlink("graph.yaml", link_path), 0);
    ck_assert_int_eq(file_save(link_path, "abc", 3, 0, &err), 0); /* through the link, the mode stays */
    ck_assert_int_eq(lstat(link_path, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(file_read(path, &buf, &err), 0);
    ck_assert_str_eq(buf.data, "abc");
    buf_reset(&buf);
    ck_assert_int_eq(file_save(path, "0123456789A", 11, 0, &err), 0);
    ck_assert_int_eq(file_read(path, &buf, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "more than the 10 allowed"));
    buf_release(&buf);
}
END_TEST

/* A pipe is read while somebody writes, and never waited for when nobody does. */
START_TEST(pipes)
{
    struct err err = ERR_INIT;
    struct buf buf;
    char path[128];
    int ends[2];
    buf_init(&buf, 100);
    snprintf(path, sizeof path, "%s/pipe", dir);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(file_read(path, &buf, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "it is a pipe that nobody writes into"));
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "text", 4), 4);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    ck_assert_int_eq(file_read(path, &buf, &err), 0);
    ck_assert_str_eq(buf.data, "text");
    close(ends[0]);
    buf_release(&buf);
}
END_TEST

START_TEST(parts_of_paths)
{
    static const struct {
        const char *path, *base, *folder, *beside;
    } rows[] = {
        {"a.yaml", "a.yaml", ".", "rows.csv"},
        {"/a.yaml", "a.yaml", "/", "/rows.csv"},
        {"b/c/a.yaml", "a.yaml", "b/c", "b/c/rows.csv"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *folder = file_folder(rows[i].path), *beside = file_beside(rows[i].path, "rows.csv");
        char *root = file_beside(rows[i].path, "/etc/rows.csv");
        ck_assert_str_eq(file_base_name(rows[i].path), rows[i].base);
        ck_assert_str_eq(folder, rows[i].folder);
        ck_assert_str_eq(beside, rows[i].beside);
        ck_assert_str_eq(root, "/etc/rows.csv");
        free(folder);
        free(beside);
        free(root);
    }
}
END_TEST

START_TEST(yaml_files_of_a_folder)
{
    static const char *const names[] = {"b.yml", "a.yaml", ".hidden.yaml", "c.txt"};
    struct err err = ERR_INIT;
    struct file_paths paths;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = xasprintf("%s/%s", dir, names[i]);
        ck_assert_int_eq(file_save(path, "x", 1, 0, &err), 0);
        free(path);
    }
    ck_assert_int_eq(file_list_yaml(dir, &paths, &err), 0);
    ck_assert_uint_eq(paths.count, 2);
    ck_assert_str_eq(file_base_name(paths.items[0]), "a.yaml");
    ck_assert_str_eq(file_base_name(paths.items[1]), "b.yml");
    ck_assert(str_starts(paths.items[0], dir));
    file_paths_release(&paths);
    ck_assert_int_eq(file_list_yaml("/nowhere", &paths, &err), -1);
    ck_assert_str_eq(err.text, "cannot read the folder '/nowhere': no such file or directory");
}
END_TEST

START_TEST(temporary_files)
{
    struct err err = ERR_INIT;
    struct stat st, now;
    struct buf buf;
    setenv("TMPDIR", dir, 1);
    char *path = file_temporary(".yaml", "abc", 3, &err);
    ck_assert_msg(path != NULL, "%s", err.text);
    ck_assert(str_starts(path, dir) && str_ends(path, ".yaml"));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    buf_init(&buf, 10);
    ck_assert_int_eq(file_read(path, &buf, &err), 0);
    ck_assert_str_eq(buf.data, "abc");
    ck_assert_int_eq(stat(path, &now), 0);
    ck_assert(file_is_unchanged(&st, &now));
    ck_assert_int_eq(truncate(path, 1), 0);
    ck_assert_int_eq(stat(path, &now), 0);
    ck_assert(file_is_same(&st, &now));
    ck_assert(!file_is_unchanged(&st, &now));
    setenv("TMPDIR", "/nowhere", 1);
    ck_assert_ptr_null(file_temporary(".yaml", "abc", 3, &err));
    ck_assert(str_starts(err.text, "cannot make the file '/nowhere/patchbay-"));
    unsetenv("TMPDIR");
    buf_release(&buf);
    free(path);
}
END_TEST

START_TEST(only_files_are_saved_over)
{
    struct err err = ERR_INIT;
    struct stat st;
    char path[128];
    snprintf(path, sizeof path, "%s/pipe", dir);
    ck_assert_int_eq(mkfifo(path, 0600), 0); /* as a device would be */
    ck_assert_int_eq(file_save(path, "x", 1, 0, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no regular file"));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(S_ISFIFO(st.st_mode));
    ck_assert_int_eq(file_save(dir, "x", 1, 0, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "a directory"));
    snprintf(path, sizeof path, "%s/read-only", dir);
    ck_assert_int_eq(file_save(path, "x", 1, 0400, &err), 0);
    if (geteuid() != 0) {
        ck_assert_int_eq(file_save(path, "y", 1, 0, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, "permission denied"));
    }
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
    struct err err = ERR_INIT;
    struct buf buf;
    char path[128];
    buf_init(&buf, 10);
    snprintf(path, sizeof path, "%s/none", dir);
    ck_assert_int_eq(file_read(path, &buf, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no such file or directory"));
    ck_assert_int_eq(file_read(dir, &buf, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "it is a directory"));
    snprintf(path, sizeof path, "%s/none/graph.yaml", dir);
    ck_assert_int_eq(file_save(path, "x", 1, 0, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot save"));
    buf_release(&buf);
}
END_TEST

START_TEST(a_failed_save_loses_nothing)
{
    struct err err = ERR_INIT;
    struct buf buf;
    buf_init(&buf, 100);
    /* a device that is always full */
    ck_assert_int_eq(file_save("/dev/full/x", "new", 3, 0, &err), -1);
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/pipe", dir);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(file_save(path, "x", 1, 0, &err), -1); /* a rename would have put a file in its place */
    ck_assert_ptr_nonnull(strstr(err.text, "no regular file"));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(S_ISFIFO(st.st_mode));
    snprintf(path, sizeof path, "%s/a/b/c", dir);
    ck_assert_int_eq(file_mkdirs(path, 0700, &err), 0);
    ck_assert_int_eq(file_mkdirs(path, 0700, &err), 0);
    ck_assert(file_exists(path));
    buf_release(&buf);
}
END_TEST

Suite *base_file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, make_dir, drop_dir);
    tcase_add_test(tc, save_and_read);
    tcase_add_test(tc, pipes);
    tcase_add_test(tc, parts_of_paths);
    tcase_add_test(tc, yaml_files_of_a_folder);
    tcase_add_test(tc, temporary_files);
    tcase_add_test(tc, only_files_are_saved_over);
    tcase_add_test(tc, what_cannot_be_read_is_said);
    tcase_add_test(tc, a_failed_save_loses_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}
