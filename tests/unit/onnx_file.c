#include "tests/unit/onnx_file.h"

/* ONNX is protobuf: fields of a number and a type, 0 a varint, 2 bytes with their length before them. The mean of each colour
 * (GlobalAveragePool), as a row (Flatten), times a matrix, plus the values (Gemm), in their shape (Reshape). */

#define MESSAGE (1u << 20)

enum { FLOAT = 1, INT64 = 7, ATTRIBUTE_INT = 2 };

static void varint(struct buf *out, uint64_t n)
{
    for (; n >= 128; n >>= 7)
        buf_addc(out, (char)(n | 128));
    buf_addc(out, (char)n);
}

static void number(struct buf *out, unsigned field, uint64_t n)
{
    varint(out, field << 3);
    varint(out, n);
}

static void bytes(struct buf *out, unsigned field, const void *data, size_t len)
{
    varint(out, field << 3 | 2);
    varint(out, len);
    buf_add(out, data, len);
}

static void text(struct buf *out, unsigned field, const char *s)
{
    bytes(out, field, s, strlen(s));
}

/* What was written into `inner` becomes a field of out. */
static void close_message(struct buf *out, unsigned field, struct buf *inner)
{
    bytes(out, field, inner->data, inner->len);
    buf_release(inner);
}

static void node(struct buf *graph, const char *op, const char *const *inputs, const char *output, const char *attribute)
{
    struct buf n;
    buf_init(&n, MESSAGE);
    for (size_t i = 0; inputs[i]; i++)
        text(&n, 1, inputs[i]);
    text(&n, 2, output);
    text(&n, 3, output);
    text(&n, 4, op);
    if (attribute) {
        struct buf a;
        buf_init(&a, 256);
        text(&a, 1, attribute);
        number(&a, 3, 1);
        number(&a, 20, ATTRIBUTE_INT);
        close_message(&n, 5, &a);
    }
    close_message(graph, 1, &n);
}

static void tensor(struct buf *graph, const char *name, int type, const int *dims, size_t count, const void *data, size_t len)
{
    struct buf t;
    buf_init(&t, MESSAGE);
    for (size_t i = 0; i < count; i++)
        number(&t, 1, (uint64_t)dims[i]);
    number(&t, 2, (uint64_t)type);
    text(&t, 8, name);
    bytes(&t, 9, data, len);
    close_message(graph, 5, &t);
}

static void value(struct buf *graph, unsigned field, const char *name, const int *dims, size_t count)
{
    struct buf v, type, kind, shape;
    buf_init(&v, 1024);
    buf_init(&type, 1024);
    buf_init(&kind, 1024);
    buf_init(&shape, 1024);
    for (size_t i = 0; i < count; i++) {
        struct buf dim;
        buf_init(&dim, 64);
        number(&dim, 1, (uint64_t)dims[i]);
        close_message(&shape, 1, &dim);
    }
    number(&kind, 1, FLOAT);
    close_message(&kind, 2, &shape);
    close_message(&type, 1, &kind);
    text(&v, 1, name);
    close_message(&v, 2, &type);
    close_message(graph, field, &v);
}

void onnx_write(struct buf *out, int side, const int *shape, size_t dims, const float *values, const float *weights, size_t count)
{
    struct buf graph, opset;
    float *matrix = xcalloc(3 * count, sizeof *matrix); /* [count][3]: a row a value, a column a colour */
    int64_t wide[8];
    buf_init(&graph, MESSAGE);
    buf_init(&opset, 64);
    for (size_t i = 0; weights && i < count; i++)
        matrix[3 * i] = weights[i];
    for (size_t i = 0; i < dims; i++)
        wide[i] = shape[i];
    node(&graph, "GlobalAveragePool", (const char *const[]){"images", NULL}, "mean", NULL);
    node(&graph, "Flatten", (const char *const[]){"mean", NULL}, "row", NULL);
    node(&graph, "Gemm", (const char *const[]){"row", "w", "b", NULL}, "all", "transB");
    node(&graph, "Reshape", (const char *const[]){"all", "shape", NULL}, "output", NULL);
    text(&graph, 2, "test");
    tensor(&graph, "w", FLOAT, (const int[]){(int)count, 3}, 2, matrix, 3 * count * sizeof *matrix);
    tensor(&graph, "b", FLOAT, (const int[]){(int)count}, 1, values, count * sizeof *values);
    tensor(&graph, "shape", INT64, (const int[]){(int)dims}, 1, wide, dims * sizeof *wide);
    value(&graph, 11, "images", (const int[]){1, 3, side, side}, 4);
    value(&graph, 12, "output", shape, dims);
    number(out, 1, 7); /* the format's version */
    close_message(out, 7, &graph);
    text(&opset, 1, "");
    number(&opset, 2, 13);
    close_message(out, 8, &opset);
    free(matrix);
}
