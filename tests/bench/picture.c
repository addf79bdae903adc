/* A picture in cells: from a JPEG to what is written to the terminal; and what keys take while one plays. */
#include "tests/bench/lobby.h"

#include <jpeglib.h>

#include "base/time.h"
#include "ui/direct.h"
#include "ui/jpeg.h"

#define COLUMNS 160
#define ROWS 45
#define RUNS 60
#define PLAYED 150 /* keys */

/* As a camera's: no two pixels the same, edges and some noise. */
static void *make_jpeg(int w, int h, uint32_t seed, size_t *len)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    JSAMPROW row = xcalloc((size_t)w, 3);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = (JDIMENSION)w;
    jpeg.image_height = (JDIMENSION)h;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 80, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w * 3; x++) {
            seed = seed * 1664525u + 1013904223u;
            row[x] = (JSAMPLE)((x * 200 / (w * 3) + (y * 8 / h % 2 ? 40 : 0) + (int)(seed >> 28) + x % 3 * 8) & 255);
        }
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(row);
    *len = size;
    return bytes;
}

struct run {
    struct samples all, decode, bytes;
};

/* Nothing is kept from the frame before: all of its cells are written, as of a camera that turns. */
static int draw_one(struct run *run, const void *jpeg, size_t len, enum direct_depth depth, struct err *err)
{
    struct pixels decoded, drawn;
    struct canvas canvas;
    struct direct direct;
    struct buf out;
    int w, h;
    canvas_init(&canvas, COLUMNS, ROWS);
    direct_init(&direct, depth);
    buf_init(&out, 8u << 20);
    int64_t began = time_monotonic();
    if (jpeg_decode(&decoded, jpeg, len, COLUMNS, err) < 0)
        return -1;
    samples_add(&run->decode, (double)(time_monotonic() - began) / 1e6);
    picture_fit(decoded.w, decoded.h, COLUMNS, ROWS, &w, &h);
    pixels_init(&drawn, w, h);
    picture_scale(&drawn, &decoded);
    for (int i = 0; i < 8; i++)
        picture_box(&drawn, 0.1 * i, 0.2, 0.1 * i + 0.05, 0.7, 0xff5fff);
    picture_draw(canvas_area(&canvas), 0, 0, &drawn);
    direct_write(&direct, &canvas, &out, SIZE_MAX);
    samples_add(&run->all, (double)(time_monotonic() - began) / 1e6);
    samples_add(&run->bytes, (double)out.len / 1024);
    pixels_release(&decoded);
    pixels_release(&drawn);
    canvas_release(&canvas);
    direct_release(&direct);
    buf_release(&out);
    return 0;
}

static void measure(struct bench *bench, const char *name, int w, int h, enum direct_depth depth)
{
    struct run run = {0};
    struct err err = ERR_INIT;
    int rc = 0;
    for (int i = 0; i < RUNS && rc == 0; i++) {
        size_t len;
        void *jpeg = make_jpeg(w, h, (uint32_t)i, &len);
        rc = draw_one(&run, jpeg, len, depth, &err);
        free(jpeg);
    }
    if (rc < 0)
        bench_missing(bench, name, &err);
    else
        bench_figure(&(struct figure){.name = name, .unit = "ms", .samples = &run.all, .aim = 3,
                                      .reference = "libjpeg's decode of it alone", .reference_samples = &run.decode});
    if (rc == 0 && w == COLUMNS)
        bench_figure(&(struct figure){.name = "  written to the terminal", .unit = "KiB", .samples = &run.bytes});
    samples_release(&run.all);
    samples_release(&run.decode);
    samples_release(&run.bytes);
}

static double key_to_screen(struct screen *screen, const char *key, const char *then)
{
    int64_t began = time_monotonic();
    screen_type(screen, key);
    return screen_expect_text(screen, then) ? (double)(time_monotonic() - began) / 1e6 : -1;
}

/* Each key changes a word of the header; pictures go on meanwhile, ten and seven a second in turn. */
static int play(struct screen *screen, struct samples *keys, struct samples *quiet, struct samples *echo, struct err *err)
{
    struct screen *cat = screen_start((const char *const[]){"/bin/cat", NULL}, NULL, COLUMNS, ROWS + 3);
    double took = 0;
    for (int i = 0; i < PLAYED && took >= 0; i++) {
        char text[3] = {(char)('a' + i / 26), (char)('a' + i % 26), '\0'};
        samples_add(echo, key_to_screen(cat, text, text));
        screen_run(screen, 30 * NSEC_PER_MSEC + i * 7 % 20 * NSEC_PER_MSEC);
        took = key_to_screen(screen, i % 2 ? "]" : "[", i % 2 ? "of 10 pictures/s" : "of 7 pictures/s");
        samples_add(keys, took);
    }
    screen_type(screen, " ");
    if (took >= 0 && !screen_expect_text(screen, "held; Space goes on"))
        took = -1;
    for (int i = 0; i < PLAYED && took >= 0; i++) {
        screen_run(screen, 10 * NSEC_PER_MSEC);
        took = key_to_screen(screen, i % 2 ? "]" : "[", i % 2 ? "of 10 pictures/s" : "of 7 pictures/s");
        samples_add(quiet, took);
    }
    screen_free(cat);
    return took < 0 ? err_set(err, "a key did not change the screen within 10 s") : 0;
}

void measure_playing(struct bench *bench, struct cluster *cluster)
{
    struct samples keys = {0}, quiet = {0}, echo = {0};
    struct err err = ERR_INIT;
    struct screen *screen =
        screen_start((const char *const[]){cluster->patchbay, "--kubeconfig", cluster->kubeconfig, NULL},
                     (const char *const[]){"COLORTERM=truecolor", NULL}, COLUMNS, ROWS + 3);
    int rc = 0;
    if (!screen_expect_text(screen, "live") || !screen_expect_text(screen, "10/s"))
        rc = err_set(&err, "the Graph view did not show frames on the wires within 10 s");
    screen_type(screen, ":picture<Enter>]]]");
    if (rc == 0 && !screen_expect_text(screen, "of 10 pictures/s"))
        rc = err_set(&err, "no picture came within 10 s");
    if (rc == 0)
        rc = play(screen, &keys, &quiet, &echo, &err);
    if (rc < 0) {
        bench_missing(bench, "keys while a picture plays", &err);
    } else {
        const char *reference = "the echo of a key";
        bench_figure(&(struct figure){.name = "a key while a picture of 160×45 plays at 10/s", .unit = "ms", .samples = &keys,
                                      .reference = reference, .reference_samples = &echo});
        bench_figure(&(struct figure){.name = "  the slowest of 100 (p99)", .unit = "ms", .samples = &keys, .part = 0.99, .aim = 50,
                                      .reference = "while it is held", .reference_samples = &quiet});
    }
    screen_type(screen, "q");
    screen_expect_end(screen, &(int){0});
    screen_free(screen);
    samples_release(&keys);
    samples_release(&quiet);
    samples_release(&echo);
}

void bench_picture(struct bench *bench)
{
    measure(bench, "picture of 160×45 cells, JPEG of 160×90", 160, 90, DIRECT_TRUE);
    measure(bench, "  256 colours", 160, 90, DIRECT_256);
    measure(bench, "  JPEG of 1280×720", 1280, 720, DIRECT_TRUE);
}
