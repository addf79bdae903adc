/* A picture for scenes: fields of one colour each, as large as libjpeg's blocks, so that every libjpeg makes the same of it. */
#include "tests/screen/scene.h"

#include <jpeglib.h>

#define FIELD 16

void *scene_jpeg(int columns, int rows, size_t *len)
{
    static const unsigned char colours[][3] = {{16, 16, 16},   {224, 32, 32},  {32, 160, 32},  {32, 32, 224},
                                               {224, 224, 32}, {128, 128, 128}, {240, 240, 240}};
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    JSAMPROW row = xcalloc((size_t)columns * FIELD, 3);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = (JDIMENSION)(columns * FIELD);
    jpeg.image_height = (JDIMENSION)(rows * FIELD);
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < rows * FIELD; y++) {
        for (int x = 0; x < columns * FIELD; x++)
            memcpy(row + (size_t)x * 3, colours[(size_t)(x / FIELD + y / FIELD * 3) % ARRAY_SIZE(colours)], 3);
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(row);
    *len = size;
    return bytes;
}
