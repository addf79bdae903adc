#include "tests/unit/things_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "things/recording.h"

#define MIB (1 << 20)
#define START (INT64_C(1767225600) * NSEC_PER_SEC) /* 2026-01-01 */

static char dir[] = "/tmp/patchbay-recording-XXXXXX";

static void setup(void)
{
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    file_remove_tree(dir, &err);
}

static struct recording *open_here(int64_t keep)
{
    struct err err = ERR_INIT;
    struct recording *r = recording_open(dir, keep, 0, &err);
    ck_assert_msg(r != NULL, "%s", err.text);
    return r;
}

static int64_t at(double seconds)
{
    return START + (int64_t)(seconds * 1e9);
}

/* A frame whose bytes tell which it is. */
static int add_frame(struct recording *r, unsigned input, double seconds, size_t len, struct err *err)
{
    char *bytes = xmalloc(len);
    memset(bytes, 'x', len);
    snprintf(bytes, len, "%u at %g", input, seconds);
    int rc = recording_add(r, RECORD_FRAME, input, at(seconds), bytes, len, err);
    free(bytes);
    return rc;
}

static void add_frames(struct recording *r, int from, int to, size_t len)
{
    struct err err = ERR_INIT;
    for (int i = from; i < to; i++)
        ck_assert_msg(add_frame(r, 0, i, len, &err) == 0, "%s", err.text);
}

/* What the nearest frame says it is, "" where there is none. */
static const char *frame_at(struct recording *r, double seconds, int input)
{
    static char text[64];
    struct buf out;
    int64_t time = 0;
    buf_init(&out, 8 * MIB);
    bool found = recording_frame(r, at(seconds), input, &out, &time);
    snprintf(text, sizeof text, "%s", found ? out.data : "");
    buf_release(&out);
    return text;
}

/* Bytes of all files in the folder; *count: how many there are. */
static int64_t on_disk(int *count)
{
    int64_t bytes = 0;
    struct dirent *entry;
    DIR *d = opendir(dir);
    *count = 0;
    while ((entry = readdir(d)) != NULL) {
        struct stat st;
        if (entry->d_name[0] == '.' || fstatat(dirfd(d), entry->d_name, &st, 0) < 0)
            continue;
        bytes += st.st_size;
        ++*count;
    }
    closedir(d);
    return bytes;
}

START_TEST(the_nearest_frame_is_given_back)
{
    struct err err = ERR_INIT;
    struct recording *r = open_here(MIB);
    ck_assert_str_eq(frame_at(r, 0, -1), "");
    add_frame(r, 0, 1, 100, &err);
    add_frame(r, 1, 1.2, 100, &err);
    add_frame(r, 0, 2, 100, &err);
    add_frame(r, 1, 0.9, 100, &err); /* a little behind the others */
    ck_assert_str_eq(frame_at(r, -1000, -1), "1 at 0.9");
    ck_assert_str_eq(frame_at(r, 1.05, -1), "0 at 1");
    ck_assert_str_eq(frame_at(r, 1.15, -1), "1 at 1.2");
    ck_assert_str_eq(frame_at(r, 1.15, 0), "0 at 1");
    ck_assert_str_eq(frame_at(r, 1e6, 1), "1 at 1.2");
    ck_assert_str_eq(frame_at(r, 1e6, -1), "0 at 2");
    ck_assert_str_eq(frame_at(r, 1, 2), "");
    /* Over many segments, written and closed. */
    add_frames(r, 10, 100, 30000);
    ck_assert_uint_gt(r->count, 6);
    for (int i = 70; i < 100; i++) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "0 at %d", i);
        ck_assert_str_eq(frame_at(r, i + 0.4, 0), wanted);
        ck_assert_str_eq(frame_at(r, i - 0.4, -1), wanted);
    }
    add_frame(r, 1, 100, 100, &err);
    add_frames(r, 101, 115, 30000);
    ck_assert_str_eq(frame_at(r, 114, 1), "1 at 100"); /* the nearest segments have none of that video */
    recording_close(r);
}
END_TEST

START_TEST(lines_come_back_by_their_time)
{
    struct err err = ERR_INIT;
    struct recording *r = open_here(MIB);
    struct buf out;
    buf_init(&out, 30);
    add_frame(r, 0, 1, 100, &err);
    for (int i = 0; i < 10; i++) {
        char line[16];
        snprintf(line, sizeof line, "{\"n\":%d}", i);
        ck_assert_int_eq(recording_add(r, RECORD_LINE, 0, at(i), line, strlen(line), &err), 0);
    }
    recording_lines(r, at(3), at(5), &out);
    ck_assert_str_eq(out.data, "{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n");
    ck_assert(!out.over);
    buf_reset(&out);
    recording_lines(r, 1, INT64_MAX, &out);
    ck_assert(out.over);
    buf_release(&out);
    recording_close(r);
}
END_TEST

START_TEST(the_oldest_go_first_and_the_bound_holds)
{
    int files;
    struct recording *r = open_here(MIB);
    for (int i = 0; i < 1000; i += 10) {
        add_frames(r, i, i + 10, 10000);
        ck_assert_int_le(on_disk(&files), MIB);
        ck_assert_int_eq(on_disk(&files), r->bytes);
        ck_assert_int_eq(files, (int)r->count);
    }
    /* Not much less than it may keep is kept: an eighth goes at once. */
    ck_assert_int_ge(r->bytes, MIB * 3 / 4);
    ck_assert_str_eq(frame_at(r, 999, -1), "0 at 999");
    ck_assert_str_ne(frame_at(r, 0, -1), "0 at 0");
    ck_assert_int_gt(r->segments[0].begin, at(850));
    struct err err = ERR_INIT;
    ck_assert_int_eq(add_frame(r, 0, 1000, 2 * MIB, &err), -1);
    ck_assert_str_eq(err.text, "a record of 2097152 bytes is more than the recording keeps");
    recording_close(r);
    r = open_here(4 * MIB); /* a larger one that is kept smaller from now on */
    add_frames(r, 1000, 1300, 10000);
    ck_assert_int_gt(r->bytes, 3 * MIB);
    recording_close(r);
    r = open_here(MIB);
    ck_assert_int_le(on_disk(&files), MIB);
    ck_assert_str_eq(frame_at(r, 1e6, -1), "0 at 1299");
    recording_close(r);
}
END_TEST

START_TEST(a_clock_that_is_set_begins_a_segment)
{
    struct err err = ERR_INIT;
    struct recording *r = open_here(MIB);
    add_frames(r, 10000, 10003, 100);
    add_frames(r, 0, 3, 100); /* nearly three hours back */
    add_frames(r, 20000, 20003, 100);
    ck_assert_uint_eq(r->count, 3);
    ck_assert_int_eq(r->segments[1].begin, at(0));
    ck_assert_int_eq(r->segments[1].end, at(2));
    ck_assert_str_eq(frame_at(r, 10001, -1), "0 at 10001");
    ck_assert_int_eq(recording_add(r, RECORD_FRAME, 0, 0, "x", 1, &err), -1);
    recording_close(r);
}
END_TEST

/* The file that is being written: the one without times in its name. */
static char *open_file(void)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    char *path = NULL;
    while ((entry = readdir(d)) != NULL)
        if (strlen(entry->d_name) == 16)
            path = xasprintf("%s/%s", dir, entry->d_name);
    closedir(d);
    ck_assert_ptr_nonnull(path);
    return path;
}

START_TEST(what_a_killed_one_left_is_read_up_to_its_last_whole_record)
{
    struct buf whole;
    struct err err = ERR_INIT;
    int files;
    struct recording *r = open_here(MIB);
    add_frames(r, 0, 3, 1000);
    char *path = open_file();
    buf_init(&whole, MIB);
    ck_assert_int_eq(file_read(path, &whole, &err), 0);
    ck_assert_uint_eq(whole.len, 3 * 1024);
    recording_close(r);
    for (size_t len = 0; len <= whole.len; len += len % 1024 == 24 ? 1000 : 1) { /* cut at each byte of a head, and before and after a body */
        file_remove_tree(dir, &err);
        mkdir(dir, 0700);
        ck_assert_int_eq(file_save(path, whole.data, len, 0600, &err), 0);
        r = open_here(MIB);
        ck_assert_int_eq(r->bytes, (int64_t)(len / 1024 * 1024));
        ck_assert_int_eq(on_disk(&files), r->bytes);
        ck_assert_str_eq(frame_at(r, 100, -1), len < 1024 ? "" : len < 2048 ? "0 at 0" : len < 3072 ? "0 at 1" : "0 at 2");
        add_frames(r, 10, 11, 1000); /* and it goes on */
        ck_assert_str_eq(frame_at(r, 100, -1), "0 at 10");
        recording_close(r);
        r = open_here(MIB);
        ck_assert_str_eq(frame_at(r, 100, -1), "0 at 10");
        recording_close(r);
    }
    /* Nothing but noise; and files that are not ours stay. */
    file_remove_tree(dir, &err);
    mkdir(dir, 0700);
    memset(whole.data, 0x5a, whole.len);
    file_save(path, whole.data, whole.len, 0600, &err);
    char *other = xasprintf("%s/notes.txt", dir);
    file_save(other, "x", 1, 0600, &err);
    r = open_here(MIB);
    ck_assert_int_eq(r->bytes, 0);
    ck_assert_int_eq(on_disk(&files), 1);
    recording_close(r);
    buf_release(&whole);
    free(other);
    free(path);
}
END_TEST

START_TEST(a_full_disk_leaves_records_out_whole_and_is_tried_again)
{
    struct rlimit limit, small = {.rlim_cur = 5000, .rlim_max = RLIM_INFINITY};
    struct err err = ERR_INIT;
    int files;
    getrlimit(RLIMIT_FSIZE, &limit);
    small.rlim_max = limit.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    struct recording *r = open_here(MIB);
    setrlimit(RLIMIT_FSIZE, &small); /* no file grows past 5000 bytes: a write stops in the middle */
    add_frames(r, 0, 4, 1000);
    ck_assert_int_eq(add_frame(r, 0, 4, 1000, &err), -1);
    ck_assert_msg(str_starts(err.text, "cannot write in '/tmp/patchbay-recording-"), "%s", err.text);
    ck_assert_int_eq(r->bytes, 4 * 1024);
    ck_assert_int_eq(on_disk(&files), r->bytes);
    ck_assert_str_eq(frame_at(r, 100, -1), "0 at 3");
    setrlimit(RLIMIT_FSIZE, &limit);
    add_frames(r, 5, 6, 1000);
    ck_assert_str_eq(frame_at(r, 100, -1), "0 at 5");
    recording_close(r);
    r = open_here(MIB);
    ck_assert_int_eq(r->bytes, 5 * 1024);
    recording_close(r);
}
END_TEST

/* A disk that others fill: the oldest go, and what is new is kept. It takes a file system of its own to see that. */
START_TEST(a_disk_that_others_filled_takes_what_is_new)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", dir, "tmpfs", 0, "size=256k") < 0)
        return; /* only root may */
    struct err err = ERR_INIT;
    struct recording *r = open_here(MIB);
    char *path = xasprintf("%s/other", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), files;
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    for (int i = 0; i < 16; i++) /* segments of 16 KiB are none: one for each clock that is set */
        ck_assert_int_eq(add_frame(r, 0, 1000 * i, 3000, &err), 0);
    size_t before = r->count;
    ck_assert_uint_gt(before, 8);
    char fill[4096] = {1};
    while (write(fd, fill, sizeof fill) == sizeof fill)
        ;
    for (int i = 16; i < 40; i++)
        ck_assert_msg(add_frame(r, 0, 1000 * i, 3000, &err) == 0, "%s", err.text);
    ck_assert_uint_le(r->count, before + 1);
    ck_assert_str_eq(frame_at(r, 39000, -1), "0 at 39000");
    ck_assert(r->segments[0].begin > at(1000));
    recording_close(r);
    r = open_here(MIB);
    ck_assert_str_eq(frame_at(r, 39000, -1), "0 at 39000");
    ck_assert_int_eq(on_disk(&files) >= r->bytes, 1);
    recording_close(r);
    close(fd);
    free(path);
    umount2(dir, MNT_DETACH);
}
END_TEST

START_TEST(what_is_too_old_goes)
{
    struct err err = ERR_INIT;
    int files;
    struct recording *r = recording_open(dir, MIB, 80 * NSEC_PER_SEC, &err);
    ck_assert_msg(r != NULL, "%s", err.text);
    add_frames(r, 0, 100, 1000);
    recording_expire(r, at(99));
    ck_assert(r->segments[0].end >= at(19) && r->segments[0].begin >= at(0) && r->segments[0].begin <= at(19));
    ck_assert_int_eq(on_disk(&files), r->bytes);
    recording_close(r);
    r = recording_open(dir, MIB, 80 * NSEC_PER_SEC, &err); /* the next day */
    recording_expire(r, at(86400));
    ck_assert_uint_eq(r->count, 0);
    ck_assert_int_eq(on_disk(&files), 0);
    add_frames(r, 86400, 86401, 1000);
    recording_expire(r, at(90000)); /* also the one that is being written */
    ck_assert_int_eq(on_disk(&files), 0);
    recording_close(r);
}
END_TEST

START_TEST(two_do_not_write_in_one_folder)
{
    struct err err = ERR_INIT;
    struct recording *r = open_here(MIB);
    ck_assert_ptr_null(recording_open(dir, MIB, 0, &err));
    ck_assert_msg(str_starts(err.text, "another recorder writes in the folder '/tmp/patchbay-recording-"), "%s", err.text);
    recording_close(r);
    recording_close(open_here(MIB));
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_told)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(recording_open("/proc/nowhere/recordings", MIB, 0, &err));
    ck_assert_msg(strstr(err.text, "/proc/nowhere"), "%s", err.text);
    err_clear(&err);
    char *file = xasprintf("%s/file", dir);
    file_save(file, "x", 1, 0600, &err);
    ck_assert_ptr_null(recording_open(file, MIB, 0, &err));
    ck_assert(err_is_set(&err));
    free(file);
}
END_TEST

Suite *things_record_suite(void)
{
    Suite *s = suite_create("things: recording");
    TCase *t = tcase_create("recording");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_nearest_frame_is_given_back);
    tcase_add_test(t, lines_come_back_by_their_time);
    tcase_add_test(t, the_oldest_go_first_and_the_bound_holds);
    tcase_add_test(t, a_clock_that_is_set_begins_a_segment);
    tcase_add_test(t, what_a_killed_one_left_is_read_up_to_its_last_whole_record);
    tcase_add_test(t, a_full_disk_leaves_records_out_whole_and_is_tried_again);
    tcase_add_test(t, a_disk_that_others_filled_takes_what_is_new);
    tcase_add_test(t, what_is_too_old_goes);
    tcase_add_test(t, two_do_not_write_in_one_folder);
    tcase_add_test(t, a_folder_that_cannot_be_written_is_told);
    suite_add_tcase(s, t);
    return s;
}
