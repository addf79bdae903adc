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
    tcase_add_test(tc, only_files_are_saved_over);
    tcase_add_test(tc, what_cannot_be_read_is_said);
    tcase_add_test(tc, a_failed_save_loses_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}
