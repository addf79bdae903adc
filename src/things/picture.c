#include "things/picture.h"

#include <setjmp.h>

#include <jpeglib.h>
#include <png.h>

#include "base/buf.h"
#include "base/file.h"
#include "things/frame.h"

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: the libjpeg found here does not know rows of blue, green, red"
#endif

#define MAX_FILE (64u << 20)
/* swscale's vector code writes whole vectors, past a row's end. */
#define ALIGNMENT 64u

int picture_make(struct picture *picture, int width, int height, struct err *err)
{
    if (width < 1 || height < 1 || (int64_t)width * height > FRAME_MAX_PIXELS)
        return err_set(err, "it has %d x %d pixels, more than can be sent", width, height);
    size_t stride = ((size_t)width * 3 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    picture_release(picture);
    *picture = (struct picture){.width = width, .height = height, .stride = stride};
    picture->pixels = aligned_alloc(ALIGNMENT, stride * (size_t)height + ALIGNMENT);
    return picture->pixels ? 0 : err_set(err, "there is no memory for %d x %d pixels", width, height);
}

void picture_release(struct picture *picture)
{
    free(picture->pixels);
    *picture = (struct picture){0};
}

/* libjpeg's errors come back by longjmp; of its warnings (a damaged picture) nothing is said. */
struct jpeg_fault {
    struct jpeg_error_mgr mgr;
    jmp_buf back;
};

static void on_error(j_common_ptr info)
{
    struct jpeg_fault *fault = (struct jpeg_fault *)info->err;
    longjmp(fault->back, 1);
}

static void on_message(j_common_ptr info UNUSED)
{
}

static struct jpeg_error_mgr *catch_faults(struct jpeg_fault *fault)
{
    jpeg_std_error(&fault->mgr);
    fault->mgr.error_exit = on_error;
    fault->mgr.output_message = on_message;
    return &fault->mgr;
}

static unsigned number(const unsigned char *p, unsigned bytes, bool little)
{
    unsigned n = 0;
    for (unsigned i = 0; i < bytes; i++)
        n |= (unsigned)p[i] << 8 * (little ? i : bytes - 1 - i);
    return n;
}

/* The tag Orientation (0x0112) of the first directory of an Exif block, as quarter turns. Mirrored ones are not turned. */
static int exif_turns(const struct jpeg_marker_struct *marker)
{
    static const unsigned char turns[] = {[3] = 2, [6] = 1, [8] = 3};
    for (; marker; marker = marker->next) {
        const unsigned char *tiff = marker->data + 6;
        unsigned len = marker->data_length;
        if (marker->marker != JPEG_APP0 + 1 || len < 6 + 8 || memcmp(marker->data, "Exif\0", 6) != 0)
            continue;
        len -= 6;
        bool little = tiff[0] == 'I';
        unsigned at = number(tiff + 4, 4, little), count;
        if (at > len - 2)
            return 0;
        count = number(tiff + at, 2, little);
        for (at += 2; count > 0 && at + 12 <= len; count--, at += 12) {
            unsigned value = number(tiff + at + 8, 2, little);
            if (number(tiff + at, 2, little) == 0x0112)
                return value < sizeof turns ? turns[value] : 0;
        }
    }
    return 0;
}

static int decode_jpeg(struct picture *picture, const unsigned char *data, size_t len, struct err *err)
{
    struct jpeg_decompress_struct jpeg;
    struct jpeg_fault fault;
    jpeg.err = catch_faults(&fault);
    if (setjmp(fault.back)) {
        char why[JMSG_LENGTH_MAX];
        fault.mgr.format_message((j_common_ptr)&jpeg, why);
        jpeg_destroy_decompress(&jpeg);
        return err_set(err, "its JPEG data is damaged: %s", why);
    }
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, data, len);
    jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&jpeg, TRUE);
    jpeg.out_color_space = JCS_EXT_BGR;
    int rc = picture_make(picture, (int)jpeg.image_width, (int)jpeg.image_height, err);
    if (rc == 0) {
        picture->turns = exif_turns(jpeg.marker_list);
        jpeg_start_decompress(&jpeg);
        while (jpeg.output_scanline < jpeg.output_height) {
            JSAMPROW row = picture->pixels + jpeg.output_scanline * picture->stride;
            jpeg_read_scanlines(&jpeg, &row, 1);
        }
        jpeg_finish_decompress(&jpeg);
    }
    jpeg_destroy_decompress(&jpeg);
    return rc;
}

static int decode_png(struct picture *picture, const unsigned char *data, size_t len, struct err *err)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    const png_color black = {0, 0, 0}; /* behind what is transparent */
    if (!png_image_begin_read_from_memory(&png, data, len))
        return err_set(err, "its PNG data is damaged: %s", png.message);
    png.format = PNG_FORMAT_BGR;
    int width = png.width > INT_MAX ? INT_MAX : (int)png.width, height = png.height > INT_MAX ? INT_MAX : (int)png.height;
    int rc = picture_make(picture, width, height, err);
    if (rc == 0 && !png_image_finish_read(&png, &black, picture->pixels, (png_int_32)picture->stride, NULL))
        rc = err_set(err, "its PNG data is damaged: %s", png.message);
    png_image_free(&png);
    return rc;
}

int picture_decode(struct picture *picture, const void *data, size_t len, struct err *err)
{
    const unsigned char *bytes = data;
    int rc;
    if (len > 8 && png_sig_cmp(bytes, 0, 8) == 0)
        rc = decode_png(picture, bytes, len, err);
    else if (len > 2 && bytes[0] == 0xff && bytes[1] == 0xd8)
        rc = decode_jpeg(picture, bytes, len, err);
    else
        rc = err_set(err, "it is neither JPEG nor PNG");
    if (rc < 0)
        picture_release(picture);
    return rc;
}

int picture_load(struct picture *picture, const char *path, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, MAX_FILE);
    int rc = file_read(path, &bytes, err);
    if (rc == 0 && picture_decode(picture, bytes.data, bytes.len, err) < 0)
        rc = err_prefix(err, "'%s' is no picture that can be read", path);
    buf_release(&bytes);
    return rc;
}

int picture_encode(const struct picture *picture, int quality, void **out, size_t *len, struct err *err)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_fault fault;
    unsigned char *volatile made = NULL;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    jpeg.err = catch_faults(&fault);
    if (setjmp(fault.back)) {
        char why[JMSG_LENGTH_MAX];
        fault.mgr.format_message((j_common_ptr)&jpeg, why);
        jpeg_destroy_compress(&jpeg);
        free(made);
        return err_set(err, "cannot encode the picture: %s", why);
    }
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = (JDIMENSION)picture->width;
    jpeg.image_height = (JDIMENSION)picture->height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_EXT_BGR;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    made = bytes;
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = picture->pixels + jpeg.next_scanline * picture->stride;
        jpeg_write_scanlines(&jpeg, &row, 1);
        made = bytes;
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    *out = bytes;
    *len = size;
    return 0;
}
