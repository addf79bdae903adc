/* onnx_file: a small ONNX model, written by hand, that answers what the test knows: the numbers that it was made with, to which each
 * pixel may add something. */
#ifndef TESTS_ONNX_FILE_H
#define TESTS_ONNX_FILE_H

#include "base/buf.h"

/* Takes 1 × 3 × side × side, gives the shape 1 × …, whose product is `count`: value i is values[i] + weights[i] times the mean of the
 * picture's red, from 0 to 1. weights NULL: none. */
void onnx_write(struct buf *out, int side, const int *shape, size_t dims, const float *values, const float *weights, size_t count);

#endif
