#include "tests/unit/things_test.h"

#include "base/file.h"
#include "tests/unit/onnx_file.h"
#include "things/labels.h"
#include "things/picture.h"
#include "things/vision.h"

static char dir[64], path[80];

static void setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/patchbay-model-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/model.onnx", dir);
}

static void teardown(void)
{
    struct err ignored = ERR_INIT;
    file_remove_tree(dir, &ignored);
}

static void save(const void *data, size_t len)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(path, data, len, 0600, &err) == 0, "%s", err.text);
}

/* A model for squares of 64 pixels. */
static void save_model(const int *shape, size_t dims, const float *values, const float *weights, size_t count)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    onnx_write(&out, 64, shape, dims, values, weights, count);
    save(out.data, out.len);
    buf_release(&out);
}

/* Twice as wide as high: in the square it has 16 rows of grey above and below. */
static struct vision_image *image_of(unsigned char grey)
{
    struct err err = ERR_INIT;
    struct picture picture = {0};
    void *jpeg;
    size_t len;
    ck_assert_int_eq(picture_make(&picture, 640, 320, &err), 0);
    memset(picture.pixels, grey, picture.stride * 320);
    ck_assert_int_eq(picture_encode(&picture, 90, &jpeg, &len, &err), 0);
    struct vision_image *image = vision_decode(jpeg, len, 0, &err);
    ck_assert_ptr_nonnull(image);
    picture_release(&picture);
    free(jpeg);
    return image;
}

static int find(int kinds, unsigned char grey, double least, struct vision_box *boxes, size_t max)
{
    struct err err = ERR_INIT;
    struct vision_model *model = vision_model_open(path, 64, kinds, &err);
    ck_assert_msg(model != NULL, "%s", err.text);
    struct vision_image *image = image_of(grey);
    int count = vision_model_find(model, image, least, boxes, max, &err);
    ck_assert_msg(count >= 0, "%s", err.text);
    vision_image_free(image);
    vision_model_free(model);
    return count;
}

static void is_box(const struct vision_box *b, int x, int y, int w, int h, double confidence, int kind)
{
    ck_assert_msg(b->x == x && b->y == y && b->w == w && b->h == h && b->kind == kind, "%d,%d %dx%d of kind %d", b->x, b->y, b->w, b->h,
                  b->kind);
    ck_assert_double_eq_tol(b->confidence, confidence, 0.01);
}

/* In the square a pixel is ten of the picture's, and its row 16 is the picture's first. */
START_TEST(rows_of_a_yolo_are_boxes_of_the_picture)
{
    struct vision_box boxes[8];
    const float values[] = {
        16, 32, 8, 16, 0.9F, 0.1F, 1.0F, /* a cat, 90 % */
        17, 32, 8, 16, 0.8F, 0.1F, 1.0F, /* nearly the same place: the same cat */
        17, 32, 8, 16, 0.8F, 1.0F, 0.1F, /* a person stands there as well */
        62, 46, 8, 8,  0.7F, 1.0F, 0.0F, /* over the edge, below and on the right */
        40, 32, 8, 8,  0.3F, 1.0F, 0.0F, /* not sure enough */
        40, 4,  8, 4,  0.9F, 1.0F, 0.0F, /* in the grey above: no part of the picture */
    };
    save_model((const int[]){1, 6, 7}, 3, values, NULL, ARRAY_SIZE(values));
    ck_assert_int_eq(find(2, 0, 0.5, boxes, 8), 3);
    is_box(&boxes[0], 120, 80, 80, 160, 0.9, 1);
    is_box(&boxes[1], 130, 80, 80, 160, 0.8, 0);
    is_box(&boxes[2], 580, 260, 60, 60, 0.7, 0);
}
END_TEST

START_TEST(what_a_model_is_shown_comes_through)
{
    struct vision_box boxes[8];
    /* On its side, as YOLOv8: a column a box. It is as sure as the picture is bright. */
    const float values[] = {16, 48, 32, 32, 8, 8, 8, 8, 0, 0.2F};
    const float weights[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    save_model((const int[]){1, 5, 2}, 3, values, weights, ARRAY_SIZE(values));
    ck_assert_int_eq(find(1, 0, 0.5, boxes, 8), 0);
    ck_assert_int_eq(find(1, 255, 0.5, boxes, 8), 1);
    is_box(&boxes[0], 120, 120, 80, 80, 0.5 + 0.5 * 114 / 255, 0); /* half of what it sees is the grey around it */
}
END_TEST

START_TEST(corners_of_an_ssd)
{
    struct vision_box boxes[8];
    const float nan = (float)strtod("nan", NULL);
    const float values[] = {
        0, 3,   0.6F, 0.25F, 0.25F, 0.5F, 0.5F, /* */
        0, 0,   0.9F, 0,     0,     1,    1,    /* */
        0, -1,  0.9F, 0,     0,     1,    1,    /* what is no kind */
        0, 7,   0.9F, 0,     0,     1,    1,    /* */
        0, 1,   nan,  nan,   0,     1,    1,    /* what is no number */
        0, 1,   0.9F, 0.5F,  0.5F,  0.4F, 0.4F, /* inside out */
        0, 1,   0.9F, 0,     0,     3e9F, 1,    /* */
    };
    save_model((const int[]){1, 1, 7, 7}, 4, values, NULL, ARRAY_SIZE(values));
    ck_assert_int_eq(find(4, 0, 0.5, boxes, 8), 2);
    is_box(&boxes[0], 0, 0, 640, 320, 0.9, 0);
    is_box(&boxes[1], 160, 0, 160, 160, 0.6, 3);
    ck_assert_int_eq(find(4, 0, 0.5, boxes, 1), 1);
}
END_TEST

/* Sentences, and never more than that. */
START_TEST(what_is_no_model_is_told)
{
    struct err err = ERR_INIT;
    const float values[60] = {0};
    ck_assert_ptr_null(vision_model_open("/nonesuch.onnx", 64, 0, &err));
    ck_assert_str_eq(err.text, "cannot read the model '/nonesuch.onnx': no such file or directory");
    ck_assert_ptr_null(vision_model_open(dir, 64, 0, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "is no file with something in it"));
    save("no model at all, but a text", 27);
    ck_assert_ptr_null(vision_model_open(path, 64, 0, &err));
    ck_assert_msg(strstr(err.text, "cannot be used: it is no ONNX model that can be read here"), "%s", err.text);

    save_model((const int[]){1, 3, 4}, 3, values, NULL, 12); /* four columns hold no kind */
    ck_assert_ptr_null(vision_model_open(path, 64, 0, &err));
    ck_assert_msg(strstr(err.text, "it gives 1 × 3 × 4, which is neither 1 × N × (5 + labels) as YOLOv5"), "%s", err.text);
    save_model((const int[]){1, 6, 7}, 3, values, NULL, 42);
    ck_assert_ptr_null(vision_model_open(path, 64, 9, &err)); /* the labels of another model */
    ck_assert_msg(strstr(err.text, "there are 9 labels"), "%s", err.text);
}
END_TEST

START_TEST(a_damaged_model_is_an_error_or_a_model)
{
    struct err err = ERR_INIT;
    struct buf out;
    const float values[14] = {16, 32, 8, 16, 0.9F, 0.1F, 1.0F};
    unsigned seed = 3;
    buf_init(&out, 1u << 20);
    onnx_write(&out, 64, (const int[]){1, 2, 7}, 3, values, NULL, ARRAY_SIZE(values));
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* protobuf tells of each */
    for (int i = 0; i < 120; i++) {
        char *bad = xmemdup(out.data, out.len);
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = seed * 1103515245u + 12345u;
            bad[(seed >> 8) % out.len] = (char)(seed >> 3);
        }
        save(bad, i % 3 ? out.len : (seed >> 4) % out.len + 1);
        free(bad);
        err_clear(&err);
        struct vision_model *model = vision_model_open(path, 64, 0, &err);
        ck_assert(model || err_is_set(&err));
        vision_model_free(model);
    }
    buf_release(&out);
}
END_TEST

START_TEST(labels_are_names_or_a_file)
{
    struct err err = ERR_INIT;
    struct labels labels;
    ck_assert_int_eq(labels_read(&labels, "person, car", &err), 0);
    ck_assert_uint_eq(labels.count, 2);
    ck_assert_str_eq(labels.names[1], "car");
    labels_fill(&labels, 3);
    ck_assert_str_eq(labels.names[2], "object-2");
    labels_release(&labels);
    save("person\r\n\nd\033[31mog\n", 17);
    ck_assert_int_eq(labels_read(&labels, path, &err), 0);
    ck_assert_uint_eq(labels.count, 3);
    ck_assert_str_eq(labels.names[0], "person");
    ck_assert_str_eq(labels.names[1], "");
    ck_assert_ptr_null(strchr(labels.names[2], '\033'));
    labels_release(&labels);
    ck_assert_int_eq(labels_read(&labels, "/nonesuch", &err), -1);
    ck_assert_uint_eq(labels.count, 0);
}
END_TEST

Suite *things_model_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, rows_of_a_yolo_are_boxes_of_the_picture);
    tcase_add_test(tcase, what_a_model_is_shown_comes_through);
    tcase_add_test(tcase, corners_of_an_ssd);
    tcase_add_test(tcase, what_is_no_model_is_told);
    tcase_add_test(tcase, a_damaged_model_is_an_error_or_a_model);
    tcase_add_test(tcase, labels_are_names_or_a_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
