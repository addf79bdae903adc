#include "tests/unit/things_test.h"

#include <sys/stat.h>

#include "base/file.h"
#include "things/picture.h"
#include "things/source.h"

static void setup(void)
{
    vision_init();
}

START_TEST(people_are_found_in_the_sample_video)
{
    struct err err = ERR_INIT;
    struct vision_box boxes[64];
    int found = 0, empty = 0;
    struct source *source = source_open("sample:vtest", 0, &err);
    ck_assert_msg(source != NULL, "%s", err.text);
    ck_assert_double_eq_tol(source_rate(source), 10, 0.01);
    struct vision_people *people = vision_people_new(&err);
    for (int64_t n = 0; n < 20; n++) {
        struct vision_image *image = source_read(source, n, 0, &err);
        ck_assert_msg(image != NULL, "%s", err.text);
        ck_assert_int_eq(vision_image_width(image), 768);
        ck_assert_int_eq(vision_image_height(image), 576);
        int count = vision_people_find(people, image, 0.5, boxes, ARRAY_SIZE(boxes), &err);
        ck_assert_int_ge(count, 0);
        for (int i = 0; i < count; i++) {
            const struct vision_box *b = &boxes[i];
            ck_assert(b->x >= 0 && b->y >= 0 && b->w > 0 && b->h > 0 && b->x + b->w <= 768 && b->y + b->h <= 576);
            ck_assert(b->confidence >= 0.5 && b->confidence <= 1);
            ck_assert(i == 0 || b->confidence <= boxes[i - 1].confidence);
        }
        ck_assert_int_le(vision_people_find(people, image, 0.9, boxes, 64, &err), count);
        found += count;
        empty += count == 0;
        vision_image_free(image);
    }
    /* About three in every frame; OpenCV's versions differ a little. */
    ck_assert_msg(found >= 30 && empty <= 3, "%d found, %d frames without", found, empty);
    vision_people_free(people);
    source_close(source);
}
END_TEST

/* A grey picture with a white square. */
static struct vision_image *square_at(int x, int y, int side, unsigned char grey)
{
    struct err err = ERR_INIT;
    struct picture picture = {0};
    void *jpeg;
    size_t len;
    ck_assert_int_eq(picture_make(&picture, 640, 480, &err), 0);
    memset(picture.pixels, grey, picture.stride * 480);
    for (int row = y; row < y + side; row++)
        memset(picture.pixels + (size_t)row * picture.stride + 3 * x, 255, 3 * (size_t)side);
    ck_assert_int_eq(picture_encode(&picture, 90, &jpeg, &len, &err), 0);
    struct vision_image *image = vision_decode(jpeg, len, 0, &err);
    free(jpeg);
    picture_release(&picture);
    return image;
}

static int motion_in(struct vision_motion *motion, struct vision_image *image, double sensitivity, double min_area,
                     struct vision_box *boxes)
{
    struct err err = ERR_INIT;
    int count = vision_motion_find(motion, image, sensitivity, min_area, boxes, 4, &err);
    ck_assert_msg(count >= 0, "%s", err.text);
    vision_image_free(image);
    return count;
}

START_TEST(what_moves_is_found_and_what_stands_is_not)
{
    struct vision_motion *motion = vision_motion_new();
    struct vision_box boxes[4];
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(motion_in(motion, square_at(0, 0, 0, 100), 0.6, 0.002, boxes), 0);
    ck_assert_int_eq(motion_in(motion, square_at(300, 200, 100, 100), 0.6, 0.1, boxes), 0); /* too small */
    ck_assert_int_eq(motion_in(motion, square_at(300, 200, 100, 100), 0.6, 0.002, boxes), 1);
    ck_assert(boxes[0].x > 280 && boxes[0].x <= 300 && boxes[0].y > 180 && boxes[0].y <= 200);
    ck_assert(boxes[0].w >= 100 && boxes[0].w < 140 && boxes[0].h >= 100 && boxes[0].h < 140);
    ck_assert(boxes[0].confidence > 0.6 && boxes[0].confidence <= 1);
    ck_assert_int_eq(motion_in(motion, square_at(0, 0, 0, 230), 0.6, 0.002, boxes), 0); /* a lamp */
    ck_assert_int_eq(motion_in(motion, square_at(300, 200, 100, 230), 0.3, 0.002, boxes), 0); /* differs by 25 */
    ck_assert_int_eq(motion_in(motion, square_at(300, 200, 100, 230), 1, 0.002, boxes), 1);
    ck_assert_int_eq(motion_in(motion, square_at(300, 200, 1, 230), 1, 0, boxes), 0); /* noise */
    int seen = 1;
    for (int i = 0; i < 100 && seen; i++) /* what stays becomes background */
        seen = motion_in(motion, square_at(300, 200, 100, 230), 1, 0.002, boxes);
    ck_assert_int_eq(seen, 0);
    vision_motion_free(motion);
}
END_TEST

START_TEST(people_that_walk_are_motion_in_the_sample_video)
{
    struct err err = ERR_INIT;
    struct vision_motion *motion = vision_motion_new();
    struct vision_box boxes[64];
    struct source *source = source_open("sample:vtest", 0, &err);
    int found = 0;
    for (int64_t n = 0; n < 50; n += 2) {
        struct vision_image *image = source_read(source, n, 0, &err);
        int count = vision_motion_find(motion, image, 0.6, 0.002, boxes, 64, &err);
        for (int i = 0; i < count; i++) {
            const struct vision_box *b = &boxes[i];
            ck_assert(b->x >= 0 && b->y >= 0 && b->w > 0 && b->h > 0 && b->x + b->w <= 768 && b->y + b->h <= 576);
            ck_assert(b->confidence >= 0.5 && b->confidence <= 1);
            ck_assert(i == 0 || b->w * b->h <= boxes[i - 1].w * boxes[i - 1].h);
            found += n >= 20;
        }
        vision_image_free(image);
    }
    ck_assert_msg(found > 15, "%d found", found);
    vision_motion_free(motion);
    source_close(source);
}
END_TEST

START_TEST(the_outline_of_a_region_is_drawn)
{
    static const struct vision_point corners[] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    struct err err = ERR_INIT;
    void *before, *after;
    size_t len, drawn;
    struct vision_image *image = square_at(0, 0, 0, 100);
    vision_encode(image, 80, &before, &len, &err);
    vision_draw_outline(image, corners, ARRAY_SIZE(corners));
    vision_encode(image, 80, &after, &drawn, &err);
    ck_assert_uint_gt(drawn, len + 500);
    free(before);
    free(after);
    vision_image_free(image);
}
END_TEST

START_TEST(a_source_never_ends_and_can_be_passed_over)
{
    struct err err = ERR_INIT;
    struct source *source = source_open("sample:vtest", 0, &err);
    static const int64_t numbers[] = {0, 1, 10, 200, 450, 700, 790, 794, 795, 796, 1000000};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        struct vision_image *image = source_read(source, numbers[i], 320, &err);
        ck_assert_msg(image != NULL, "frame %d: %s", (int)numbers[i], err.text);
        ck_assert_int_eq(vision_image_width(image), 320);
        ck_assert_int_eq(vision_image_height(image), 240);
        vision_image_free(image);
    }
    source_close(source);
}
END_TEST

START_TEST(jpeg_there_and_back)
{
    struct err err = ERR_INIT;
    struct source *source = source_open("sample:vtest", 0, &err);
    struct vision_image *image = source_read(source, 0, 400, &err), *other;
    struct vision_box box = {-20, -20, 5000, 30, 0.5, 0};
    void *jpeg;
    size_t len, checked;
    int width, height;
    vision_draw(image, &box, 1, (const char *const[]){"person"});
    ck_assert_int_eq(vision_encode(image, 80, &jpeg, &len, &err), 0);
    checked = len;
    ck_assert(jpeg_check(jpeg, &checked, &width, &height));
    ck_assert_uint_eq(checked, len);
    ck_assert_int_eq(width, 400);
    ck_assert_int_eq(height, 300);
    other = vision_decode(jpeg, len, 100, &err);
    ck_assert_int_eq(vision_image_width(other), 100);
    vision_image_free(other);

    /* Damaged pictures are errors or pictures, never more than that. */
    unsigned seed = 5;
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* libjpeg tells of each */
    for (int i = 0; i < 300; i++) {
        char *bad = xmemdup(jpeg, len);
        for (int k = 0; k < 1 + i % 20; k++) {
            seed = seed * 1103515245u + 12345u;
            bad[(seed >> 8) % len] = (char)(seed >> 3);
        }
        size_t n = i % 3 ? len : (seed >> 4) % len, good = n;
        if (jpeg_check(bad, &good, &width, &height)) {
            err_clear(&err);
            other = vision_decode(bad, n, 0, &err);
            ck_assert(other || err_is_set(&err));
            vision_image_free(other);
        }
        free(bad);
    }
    free(jpeg);
    vision_image_free(image);
    source_close(source);
}
END_TEST

START_TEST(a_folder_of_pictures_is_shown_in_the_order_of_names)
{
    struct err err = ERR_INIT;
    char dir[] = "/tmp/patchbay-things-XXXXXX", path[200];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_ptr_null(source_open(dir, 1, &err));
    ck_assert_msg(strstr(err.text, "has no pictures"), "%s", err.text);
    err_clear(&err);

    struct source *source = source_open("sample:vtest", 0, &err);
    static const struct {
        const char *name;
        int width;
    } rows[] = {{"b.JPG", 200}, {"a.jpeg", 100}, {".hidden.jpg", 300}, {"c.jpg", 300}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vision_image *image = source_read(source, (int64_t)i, rows[i].width, &err);
        void *jpeg;
        size_t len;
        vision_encode(image, 80, &jpeg, &len, &err);
        snprintf(path, sizeof path, "%s/%s", dir, rows[i].name);
        ck_assert_int_eq(file_save(path, jpeg, len, 0600, &err), 0);
        free(jpeg);
        vision_image_free(image);
    }
    source_close(source);
    snprintf(path, sizeof path, "%s/d.png", dir);
    ck_assert_int_eq(file_save(path, "", 0, 0600, &err), 0); /* a 0-byte picture */
    snprintf(path, sizeof path, "%s/aa.jpg", dir);
    ck_assert_int_eq(mkfifo(path, 0600), 0); /* no picture: reading it would never end */

    source = source_open(dir, 2, &err);
    ck_assert_double_eq(source_rate(source), 2);
    static const int widths[] = {100, 200, 300, 0, 100, 200};
    for (int i = 0; i < 6; i++) {
        struct vision_image *image = source_read(source, i, 0, &err);
        ck_assert_int_eq(image ? vision_image_width(image) : 0, widths[i]);
        ck_assert_int_eq(err_is_set(&err), widths[i] == 0);
        err_clear(&err);
        vision_image_free(image);
    }
    source_close(source);
    file_remove_tree(dir, &err);
}
END_TEST

static struct vision_image *load(const char *path, const void *data, size_t len)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(file_save(path, data, len, 0600, &err), 0);
    struct vision_image *image = vision_load(path, 0, &err);
    ck_assert_msg(image || strstr(err.text, path), "%s", err.text);
    return image;
}

START_TEST(a_picture_stands_as_its_camera_was_held)
{
    char path[] = "/tmp/patchbay-picture-XXXXXX";
    close(mkstemp(path));
    struct err err = ERR_INIT;
    struct source *source = source_open("sample:vtest", 0, &err);
    struct vision_image *image = source_read(source, 0, 320, &err);
    void *jpeg;
    size_t len;
    ck_assert_int_eq(vision_encode(image, 80, &jpeg, &len, &err), 0);
    vision_image_free(image);
    source_close(source);
    /* Exif: a directory with one entry, Orientation, in either order of bytes. */
    static const unsigned char exif[][34] = {
        "\xff\xe1\0\x20" "Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0",
        "\xff\xe1\0\x20" "Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x08\0",
        "\xff\xe1\0\x20" "Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\3\0",
        "\xff\xe1\0\x20" "Exif\0\0MM\0*\xff\xff\xff\xff\xff\xff\1\x12\0\3\0\0\0\1\0\6\0", /* points outside */
        "\xff\xe1\0\x20" "Exif\0\0MM\0*\0\0\0\x08\xff\xff\1\x13\0\3\0\0\0\1\0\6\0",      /* ends early */
    };
    static const int widths[] = {240, 240, 320, 320, 320};
    for (size_t i = 0; i < ARRAY_SIZE(exif); i++) {
        char *turned = xmalloc(len + 34);
        memcpy(turned, jpeg, 2);
        memcpy(turned + 2, exif[i], 34);
        memcpy(turned + 36, (char *)jpeg + 2, len - 2);
        image = load(path, turned, len + 34);
        ck_assert_int_eq(image ? vision_image_width(image) : 0, widths[i]);
        vision_image_free(image);
        free(turned);
    }
    free(jpeg);
    unlink(path);
}
END_TEST

/* 3 x 2, with transparency. */
static const unsigned char png[] =
    "\211PNG\r\n\032\n"
    "\000\000\000\015\111\110\104\122\000\000\000\003\000\000\000\002\010\006\000\000\000\235\164\146"
    "\032\000\000\000\035\111\104\101\124\170\234\143\140\140\070\301\300\305\160\342\277\010\020\063"
    "\060\210\000\071\042\100\016\020\003\000\144\366\011\045\212\104\104\076\000\000\000\000\111\105"
    "\116\104\256\102\140\202";

START_TEST(png_is_read_and_damage_is_told)
{
    char path[] = "/tmp/patchbay-picture-XXXXXX", bad[sizeof png];
    close(mkstemp(path));
    struct vision_image *image = load(path, png, sizeof png - 1);
    ck_assert_int_eq(image ? vision_image_width(image) : 0, 3);
    ck_assert_int_eq(vision_image_height(image), 2);
    vision_image_free(image);
    for (size_t i = 0; i < sizeof png - 1; i++) {
        memcpy(bad, png, sizeof png);
        bad[i] = (char)(bad[i] ^ 0x55);
        vision_image_free(load(path, bad, sizeof png - 1));
        vision_image_free(load(path, png, i));
    }
    unlink(path);
}
END_TEST

START_TEST(sources_that_are_none_say_where_was_looked)
{
    static const struct {
        const char *spec, *sentence;
    } rows[] = {
        {"sample:nothing", "cannot find the sample video nothing.avi: looked in /nowhere, "},
        {"sample:", "is no name of a sample"},
        {"sample:../x", "is no name of a sample"},
        {"/nowhere/x.avi", "cannot read the source '/nowhere/x.avi': no such file or directory"},
        {"/dev/null", "neither a file nor a folder"},
        {"ftp://10.0.0.9/stream", "a stream is read by rtsp, rtsps, http or https, not by ftp"},
        {"/proc/self/exe", "is no video that can be read"},
    };
    setenv("PATCHBAY_SAMPLES", "/nowhere", 1);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        ck_assert_ptr_null(source_open(rows[i].spec, 1, &err));
        ck_assert_msg(strstr(err.text, rows[i].sentence), "%s: %s", rows[i].spec, err.text);
    }
}
END_TEST

Suite *things_vision_suite(void)
{
    Suite *s = suite_create("things: vision");
    TCase *t = tcase_create("vision");
    tcase_add_unchecked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, people_are_found_in_the_sample_video);
    tcase_add_test(t, what_moves_is_found_and_what_stands_is_not);
    tcase_add_test(t, people_that_walk_are_motion_in_the_sample_video);
    tcase_add_test(t, the_outline_of_a_region_is_drawn);
    tcase_add_test(t, a_source_never_ends_and_can_be_passed_over);
    tcase_add_test(t, jpeg_there_and_back);
    tcase_add_test(t, a_folder_of_pictures_is_shown_in_the_order_of_names);
    tcase_add_test(t, a_picture_stands_as_its_camera_was_held);
    tcase_add_test(t, png_is_read_and_damage_is_told);
    tcase_add_test(t, sources_that_are_none_say_where_was_looked);
    suite_add_tcase(s, t);
    return s;
}
