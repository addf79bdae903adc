/* Pictures: from a JPEG to cells, from cells to bytes, and how many of these are under way at once. */
#include "ui_test.h"

#include <math.h>

#include "tests/screen/scene.h"
#include "ui/direct.h"
#include "ui/jpeg.h"
#include "ui/pace.h"
#include "ui/picture.h"

/* 4 × 4: red, green, blue and white, each of four pixels, but the last, which is a chequerboard. */
static const uint8_t four[] = {
    255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 0, /**/ 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 0,
    0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, /**/ 0, 0, 255, 0, 0, 255, 255, 255, 255, 0, 0, 0,
};

static struct canvas canvas;
static struct direct direct;
static struct buf out;

static void setup(void)
{
    canvas_init(&canvas, 6, 3);
    buf_init(&out, 1u << 20);
}

static void teardown(void)
{
    canvas_release(&canvas);
    direct_release(&direct);
    buf_release(&out);
}

static void draw_four(int x, int y)
{
    struct pixels pixels = {4, 4, (uint8_t *)(uintptr_t)four};
    canvas_clear(&canvas);
    picture_draw(canvas_area(&canvas), x, y, &pixels);
}

/* What is written, with ^ for the escape character. */
static const char *written(enum direct_depth depth, size_t room, bool *all)
{
    if (direct.depth != depth) {
        direct_release(&direct);
        direct_init(&direct, depth);
    }
    buf_reset(&out);
    *all = direct_write(&direct, &canvas, &out, room);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '\033')
            out.data[i] = '^';
    return str_or_empty(out.data);
}

START_TEST(true_colours_are_the_pixels)
{
    bool all;
    draw_four(0, 0);
    ck_assert_str_eq(written(DIRECT_TRUE, SIZE_MAX, &all),
                     "^[1;1H^[48;2;255;0;0m  ^[48;2;0;255;0m  "
                     "^[2;1H^[48;2;0;0;255m  ^[38;2;0;0;0m^[48;2;255;255;255m▀^[38;2;255;255;255m^[48;2;0;0;0m▀^[m");
    ck_assert(all);
}
END_TEST

START_TEST(of_256_colours_the_nearest)
{
    bool all;
    draw_four(0, 0);
    ck_assert_str_eq(written(DIRECT_256, SIZE_MAX, &all), "^[1;1H^[48;5;196m  ^[48;5;46m  "
                                                         "^[2;1H^[48;5;21m  ^[38;5;16m^[48;5;231m▀^[38;5;231m^[48;5;16m▀^[m");
    /* The whole palette is nearest to itself. */
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    for (int i = 16; i < 232; i++) {
        uint32_t rgb = (uint32_t)(levels[(i - 16) / 36] << 16 | levels[(i - 16) / 6 % 6] << 8 | levels[(i - 16) % 6]);
        ck_assert_int_eq(direct_256(rgb), i);
    }
    for (int i = 232; i < 256; i++)
        ck_assert_int_eq(direct_256((uint32_t)((8 + 10 * (i - 232)) * 0x10101)), i);
}
END_TEST

START_TEST(plain_is_as_bright)
{
    draw_four(1, 1);
    char *text = ui_text(&canvas, true);
    ck_assert_str_eq(text, "\n ::++\n ..==\n"); /* red and blue are darker than they look on paper */
    free(text);
    ck_assert_int_eq(canvas_shade(&(struct tint){0, 0}), ' ');
    ck_assert_int_eq(canvas_shade(&(struct tint){0xffffff, 0xffffff}), '@');
    bool all;
    ck_assert_str_eq(written(DIRECT_NONE, SIZE_MAX, &all), "");
}
END_TEST

START_TEST(only_what_differs_is_written)
{
    bool all;
    draw_four(0, 0);
    written(DIRECT_TRUE, SIZE_MAX, &all);
    draw_four(0, 0);
    ck_assert_str_eq(written(DIRECT_TRUE, SIZE_MAX, &all), "");
    draw_tinted(canvas_area(&canvas), 1, 1, GLYPH_HALF, (struct tint){0x010203, 0x010203});
    ck_assert_str_eq(written(DIRECT_TRUE, SIZE_MAX, &all), "^[2;2H^[48;2;1;2;3m ^[m");
    direct_forget_row(&direct, 0); /* ncurses wrote there */
    ck_assert_str_eq(written(DIRECT_TRUE, SIZE_MAX, &all), "^[1;1H^[48;2;255;0;0m  ^[48;2;0;255;0m  ^[m");
    /* What stood on it and is gone was not left there. */
    draw_text(canvas_area(&canvas), 0, 0, ROLE_NORMAL, 0, "x");
    ck_assert_str_eq(written(DIRECT_TRUE, SIZE_MAX, &all), "");
    draw_four(0, 0);
    ck_assert(strstr(written(DIRECT_TRUE, SIZE_MAX, &all), "^[1;1H^[48;2;255;0;0m ^["));
}
END_TEST

START_TEST(it_goes_on_where_there_was_no_more_room)
{
    bool all;
    draw_four(0, 0);
    ck_assert_str_eq(written(DIRECT_TRUE, 1, &all), "^[1;1H^[48;2;255;0;0m  ^[48;2;0;255;0m  ^[m");
    ck_assert(!all);
    ck_assert(str_starts(written(DIRECT_TRUE, 1, &all), "^[2;1H"));
    ck_assert(!all); /* a row without any is still to be looked at */
    written(DIRECT_TRUE, SIZE_MAX, &all);
    ck_assert(all);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(a_picture_keeps_its_shape)
{
    int w, h;
    picture_fit(768, 576, 80, 21, &w, &h);
    ck_assert_int_eq(w, 56);
    ck_assert_int_eq(h, 42);
    picture_fit(1920, 1080, 40, 100, &w, &h);
    ck_assert_int_eq(w, 40);
    ck_assert_int_eq(h, 22);
    picture_fit(60000, 1, 10, 10, &w, &h);
    ck_assert_int_eq(h, 2);
    picture_fit(0, 0, 0, 0, &w, &h);
    ck_assert(w > 0 && h > 0);
}
END_TEST

START_TEST(scaling_is_the_mean_and_noise_is_none)
{
    struct pixels in = {4, 4, (uint8_t *)(uintptr_t)four}, half;
    pixels_init(&half, 2, 2);
    picture_scale(&half, &in);
    static const uint8_t wanted[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 127, 127, 127};
    ck_assert_mem_eq(half.rgb, wanted, sizeof wanted);
    half.rgb[0] = 251;
    half.rgb[1] = 6;
    picture_scale(&half, &in);
    ck_assert_int_eq(half.rgb[0], 251); /* near enough */
    ck_assert_int_eq(half.rgb[1], 0);
    pixels_release(&half);
}
END_TEST

START_TEST(boxes_are_clipped)
{
    struct pixels pixels;
    pixels_init(&pixels, 4, 4);
    picture_box(&pixels, -5, 0.34, 0.66, 1e300, 0xffffff);
    static const char *const wanted[] = {"....", "###.", "#.#.", "###."};
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++)
            ck_assert_msg((pixels.rgb[(y * 4 + x) * 3] == 255) == (wanted[y][x] == '#'), "at %d,%d", x, y);
    picture_box(&pixels, NAN, NAN, INFINITY, -INFINITY, 0xffffff);
    pixels_release(&pixels);
}
END_TEST

START_TEST(a_jpeg_is_decoded_as_small_as_it_is_drawn)
{
    size_t len;
    struct pixels pixels;
    struct err err = ERR_INIT;
    void *jpeg = scene_jpeg(8, 6, &len); /* 128 × 96 */
    ck_assert_int_eq(jpeg_decode(&pixels, jpeg, len, 40, &err), 0);
    ck_assert_int_eq(pixels.w, 48);
    ck_assert_int_eq(pixels.h, 36);
    pixels_release(&pixels);
    ck_assert_int_eq(jpeg_decode(&pixels, jpeg, len, 4000, &err), 0);
    ck_assert_int_eq(pixels.w, 128);
    const uint8_t *red = &pixels.rgb[24 * 3];
    ck_assert(abs(red[0] - 224) < 4 && abs(red[1] - 32) < 4 && abs(red[2] - 32) < 4);
    pixels_release(&pixels);
    free(jpeg);
}
END_TEST

START_TEST(hostile_pictures_are_refused)
{
    size_t len;
    struct pixels pixels;
    struct err err = ERR_INIT;
    uint8_t *jpeg = scene_jpeg(8, 6, &len);
    for (size_t n = 0; n < len; n += n < 700 ? 1 : 37) { /* cut anywhere */
        err = (struct err)ERR_INIT;
        ck_assert_msg(jpeg_decode(&pixels, jpeg, n, 40, &err) < 0, "%zu of %zu bytes were taken", n, len);
        ck_assert_ptr_null(pixels.rgb);
        ck_assert(str_starts(err.text, "the picture "));
    }
    uint32_t random = 1;
    for (int round = 0; round < 3000; round++) { /* broken anywhere: refused or drawn, but nothing worse */
        uint8_t *broken = xmemdup(jpeg, len);
        for (int i = 0; i < 4; i++) {
            random = random * 1664525u + 1013904223u;
            broken[random % len] ^= (uint8_t)(random >> 24);
        }
        if (jpeg_decode(&pixels, broken, len, 40, &err) == 0)
            pixels_release(&pixels);
        free(broken);
    }
    for (size_t i = 0; i + 9 < len; i++) /* SOF0: as large as one can be said to be */
        if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0)
            memset(&jpeg[i + 5], 0xff, 4);
    err = (struct err)ERR_INIT;
    ck_assert_int_lt(jpeg_decode(&pixels, jpeg, len, 40, &err), 0);
    ck_assert_str_eq(err.text, "the picture is damaged: Maximum supported image dimension is 65500 pixels");
    for (size_t i = 0; i + 9 < len; i++)
        if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0)
            memset(&jpeg[i + 5], 0xf0, 4);
    err = (struct err)ERR_INIT;
    ck_assert_int_lt(jpeg_decode(&pixels, jpeg, len, 40, &err), 0);
    ck_assert_str_eq(err.text, "the picture has 61680 x 61680 pixels, more than is decoded here");
    free(jpeg);
}
END_TEST

/* Sends a picture over a line of so many bytes a second, on which anything takes `trip`; how long its parts took, at most,
 * once the line is known. */
static int64_t play_over(struct pace *pace, double bytes_per_second, int64_t trip, size_t picture)
{
    int64_t now = NSEC_PER_SEC, longest = 0;
    pace_init(pace, false);
    for (size_t sent = 0; sent < picture;) {
        size_t room = MIN(pace_room(pace, now), picture - sent);
        int64_t took = (int64_t)((double)room / bytes_per_second * 1e9);
        sent += room;
        pace_sent(pace, room, sent == picture, now);
        ck_assert_uint_eq(pace_room(pace, now), 0); /* none before the answer */
        ck_assert(pace_busy(pace, now));
        pace_answer(pace, now += took + trip);
        if (sent > picture / 2)
            longest = MAX(longest, took);
    }
    ck_assert(!pace_busy(pace, now));
    ck_assert_int_eq(pace->took, now - NSEC_PER_SEC);
    return longest;
}

START_TEST(a_part_never_takes_long_whatever_the_line)
{
    struct pace pace;
    size_t picture = 200000;
    ck_assert_int_le(play_over(&pace, 100e6, NSEC_PER_MSEC / 10, picture), 21 * NSEC_PER_MSEC); /* here */
    ck_assert_int_le(pace.took, 10 * NSEC_PER_MSEC);
    ck_assert_int_le(play_over(&pace, 2e6, 80 * NSEC_PER_MSEC, picture), 42 * NSEC_PER_MSEC); /* far away */
    ck_assert_int_le(pace.took, 2 * NSEC_PER_SEC);
    ck_assert_int_le(play_over(&pace, 100e3, 40 * NSEC_PER_MSEC, picture), 45 * NSEC_PER_MSEC); /* slow */
    ck_assert_int_le(play_over(&pace, 10e3, 40 * NSEC_PER_MSEC, picture), 500 * NSEC_PER_MSEC); /* hopeless: but something */
}
END_TEST

START_TEST(a_terminal_that_does_not_answer_is_not_waited_for)
{
    struct pace pace;
    int64_t now = NSEC_PER_SEC;
    pace_init(&pace, false);
    pace_sent(&pace, 1000, false, now);
    ck_assert(pace_busy(&pace, now + NSEC_PER_SEC / 2));
    ck_assert_uint_gt(pace_room(&pace, now + 2 * NSEC_PER_SEC), 1u << 16);
    pace_sent(&pace, 1000, true, now + 2 * NSEC_PER_SEC);
    ck_assert(!pace_busy(&pace, now + 2 * NSEC_PER_SEC));
    /* What was not followed by anything that differs has ended as well. */
    pace_init(&pace, false);
    pace_sent(&pace, 1000, false, now);
    pace_answer(&pace, now);
    pace_end(&pace, now);
    ck_assert(!pace_busy(&pace, now));
}
END_TEST

Suite *ui_picture_suite(void)
{
    Suite *suite = suite_create("ui picture");
    TCase *tcase = tcase_create("picture");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, true_colours_are_the_pixels);
    tcase_add_test(tcase, of_256_colours_the_nearest);
    tcase_add_test(tcase, plain_is_as_bright);
    tcase_add_test(tcase, only_what_differs_is_written);
    tcase_add_test(tcase, it_goes_on_where_there_was_no_more_room);
    tcase_add_test(tcase, a_picture_keeps_its_shape);
    tcase_add_test(tcase, scaling_is_the_mean_and_noise_is_none);
    tcase_add_test(tcase, boxes_are_clipped);
    tcase_add_test(tcase, a_jpeg_is_decoded_as_small_as_it_is_drawn);
    tcase_add_test(tcase, hostile_pictures_are_refused);
    tcase_add_test(tcase, a_part_never_takes_long_whatever_the_line);
    tcase_add_test(tcase, a_terminal_that_does_not_answer_is_not_waited_for);
    suite_add_tcase(suite, tcase);
    return suite;
}
