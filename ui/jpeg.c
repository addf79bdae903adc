#include "ui/jpeg.h"

#include <setjmp.h>

#include <jpeglib.h>

#define PIXELS_MAX (INT64_C(64) << 20) /* of a picture as it came: 8K is half of that */
#define SCANS_MAX 32                   /* of a progressive one: a small file may name thousands, each of all its pixels */

struct jpeg_job {
    struct jpeg_error_mgr errors; /* first: libjpeg hands it back */
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    char why[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr info)
{
    struct jpeg_job *job = (struct jpeg_job *)info->err;
    info->err->format_message(info, job->why);
    longjmp(job->back, 1);
}

/* Its warnings: what is missing would be grey, which nobody can tell from what was seen. */
static void on_message(j_common_ptr info, int level)
{
    if (level < 0)
        on_error(info);
}

static void on_progress(j_common_ptr info)
{
    struct jpeg_job *job = (struct jpeg_job *)info->err;
    if (((j_decompress_ptr)info)->input_scan_number <= SCANS_MAX)
        return;
    snprintf(job->why, sizeof job->why, "it has more than %d scans", SCANS_MAX);
    longjmp(job->back, 1);
}

/* In eighths, as libjpeg scales while it decodes: the least that is no narrower than wanted. */
static unsigned eighths(JDIMENSION from, int to)
{
    unsigned n = 1;
    while (n < 8 && (int64_t)from * n < (int64_t)to * 8)
        n++;
    return n;
}

static int read_pixels(struct jpeg_decompress_struct *jpeg, struct pixels *out, int w, struct err *err)
{
    jpeg_read_header(jpeg, TRUE);
    if ((int64_t)jpeg->image_width * jpeg->image_height > PIXELS_MAX)
        return err_set(err, "the picture has %u x %u pixels, more than is decoded here", jpeg->image_width, jpeg->image_height);
    jpeg->out_color_space = JCS_RGB;
    jpeg->scale_num = eighths(jpeg->image_width, w);
    jpeg->scale_denom = 8;
    jpeg->dct_method = JDCT_IFAST;
    jpeg->do_fancy_upsampling = FALSE;
    jpeg_start_decompress(jpeg);
    pixels_init(out, (int)jpeg->output_width, (int)jpeg->output_height);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = out->rgb + (size_t)jpeg->output_scanline * jpeg->output_width * 3;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return 0;
}

int jpeg_decode(struct pixels *out, const void *data, size_t len, int w, struct err *err)
{
    struct jpeg_decompress_struct jpeg = {0};
    struct jpeg_job job = {.progress.progress_monitor = on_progress};
    int rc;
    *out = (struct pixels){0};
    jpeg.err = jpeg_std_error(&job.errors);
    job.errors.error_exit = on_error;
    job.errors.emit_message = on_message;
    if (setjmp(job.back)) {
        rc = err_set(err, "the picture is damaged: %s", job.why);
    } else {
        jpeg_create_decompress(&jpeg);
        jpeg.progress = &job.progress;
        jpeg_mem_src(&jpeg, data, len);
        rc = read_pixels(&jpeg, out, w, err);
    }
    jpeg_destroy_decompress(&jpeg);
    if (rc < 0)
        pixels_release(out);
    return rc;
}
