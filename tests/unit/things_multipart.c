#include "tests/unit/things_test.h"

#include "things/multipart.h"

/* Feeds a stream in pieces of a size and writes down what came: "LENGTH@TIMESTAMP ". */
struct reading {
    struct multipart m;
    struct buf seen;
    size_t largest;
};

static void on_part(void *data, const struct multipart_part *part)
{
    struct reading *r = data;
    buf_addf(&r->seen, "%zu@%" PRId64 " ", part->len, part->timestamp);
    r->largest = MAX(r->largest, r->m.buf.len);
}

static void reading_init(struct reading *r, const char *boundary)
{
    *r = (struct reading){0};
    buf_init(&r->seen, 1u << 20);
    multipart_init(&r->m, boundary, on_part, r);
}

static void reading_release(struct reading *r)
{
    multipart_release(&r->m);
    buf_release(&r->seen);
}

static void feed(struct reading *r, const struct buf *stream, size_t piece)
{
    for (size_t at = 0; at < stream->len; at += piece)
        multipart_feed(&r->m, stream->data + at, MIN(piece, stream->len - at));
}

static void check(const struct buf *stream, size_t piece, const char *expected, unsigned broken)
{
    struct reading r;
    reading_init(&r, "b");
    feed(&r, stream, piece);
    multipart_end(&r.m);
    ck_assert_msg(strcmp(r.seen.data, expected) == 0 && r.m.broken == broken,
                  "in pieces of %zu: '%s' and %u broken, expected '%s' and %u", piece, r.seen.data,
                  (unsigned)r.m.broken, expected, broken);
    reading_release(&r);
}

static void check_all_pieces(const struct buf *stream, const char *expected, unsigned broken)
{
    for (size_t piece = 1; piece <= stream->len + 1; piece++)
        check(stream, piece, expected, broken);
}

static void add_part(struct buf *out, unsigned seed, size_t len, const char *headers)
{
    buf_addf(out, "--b\r\nContent-Type: image/jpeg\r\n%s\r\n", headers);
    add_picture(out, seed, len);
    buf_adds(out, "\r\n");
}

static struct buf stream;

static void setup(void)
{
    buf_init(&stream, 64u << 20);
}

static void teardown(void)
{
    buf_release(&stream);
}

START_TEST(parts_come_whole_at_every_piece_size)
{
    add_part(&stream, 1, 100, "Content-Length: 100\r\nX-Timestamp: 1767225600.916667\r\n");
    add_part(&stream, 2, 64, "content-length:64\r\nX-Timestamp: 1767225601\r\n");
    add_part(&stream, 3, 80, "");
    buf_adds(&stream, "--b--\r\n");
    check_all_pieces(&stream, "100@1767225600916667000 64@1767225601000000000 80@0 ", 0);
}
END_TEST

START_TEST(a_part_is_handed_out_when_its_last_byte_is_there)
{
    struct reading r;
    add_part(&stream, 1, 100, "Content-Length: 100\r\n");
    buf_truncate(&stream, stream.len - 2); /* not even the line end after it */
    reading_init(&r, "b");
    feed(&r, &stream, 7);
    ck_assert_str_eq(r.seen.data, "100@0 ");
    reading_release(&r);
}
END_TEST

START_TEST(broken_parts_are_counted_and_passed_over)
{
    add_part(&stream, 1, 64, "Content-Length: 64\r\n");
    buf_adds(&stream, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: 0\r\n\r\n\r\n"); /* empty */
    size_t at = stream.len;
    add_part(&stream, 2, 64, "Content-Length: 60\r\n"); /* cut off: no EOI within what is announced */
    ck_assert_uint_gt(stream.len, at);
    add_part(&stream, 3, 64, "Content-Length: 64\r\n");
    buf_adds(&stream, "--b\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello\r\n");
    buf_adds(&stream, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nhello\r\n");
    buf_adds(&stream, "--b\r\nContent-Type: image/jpeg\r\n");
    add_part(&stream, 4, 64, "");
    buf_adds(&stream, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: 500\r\n\r\n\xff\xd8\xff");
    check_all_pieces(&stream, "64@0 64@0 64@0 ", 6);
}
END_TEST

START_TEST(a_length_too_long_does_not_swallow_the_next_part)
{
    add_part(&stream, 1, 64, "Content-Length: 150\r\n");
    add_part(&stream, 2, 70, "Content-Length: 70\r\n");
    add_part(&stream, 3, 80, "Content-Length: 80\r\n");
    check_all_pieces(&stream, "70@0 80@0 ", 1);
}
END_TEST

START_TEST(lengths_that_are_none)
{
    add_part(&stream, 1, 64, "Content-Length: -1\r\n");
    add_part(&stream, 2, 65, "Content-Length: 99999999999999999999999\r\n");
    add_part(&stream, 3, 66, "Content-Length: 9999999999\r\n"); /* a number, but more than is allowed */
    add_part(&stream, 4, 67, "Content-Length: abc\r\n");
    buf_adds(&stream, "--b\r\n");
    check_all_pieces(&stream, "64@0 65@0 67@0 ", 1);
}
END_TEST

START_TEST(timestamps_that_are_none_count_as_not_given)
{
    static const char *const texts[] = {"", "x", "12x", "-5.0", "99999999999999", "1.5.5", "0"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char header[64];
        snprintf(header, sizeof header, "X-Timestamp: %s\r\n", texts[i]);
        buf_reset(&stream);
        add_part(&stream, 1, 64, header);
        buf_adds(&stream, "--b\r\n");
        check(&stream, 5, "64@0 ", 0);
    }
}
END_TEST

START_TEST(garbage_is_bounded_and_the_next_part_is_found)
{
    struct reading r;
    unsigned seed = (unsigned)_i * 7919u + 1;
    reading_init(&r, "b");
    for (int round = 0; round < 20; round++) {
        buf_reset(&stream);
        for (int i = 0; i < 20000; i++) {
            seed = seed * 1103515245u + 12345u;
            buf_addc(&stream, "-b\r\n: Content-Length9\xff\xd8\xd9"[(seed >> 16) % 25]);
        }
        feed(&r, &stream, 1 + (seed >> 20) % 4000);
        ck_assert_uint_le(r.m.buf.len, FRAME_MAX_BYTES + (64u << 10));
    }
    /* What is announced inside garbage may eat into what follows, so the proof is that reading goes on in the end. */
    uint64_t before = r.m.parts;
    for (int i = 0; i < 20 && r.m.parts == before; i++) {
        buf_reset(&stream);
        add_part(&stream, 1, 3000, "Content-Length: 3000\r\n");
        feed(&r, &stream, 100);
    }
    ck_assert_uint_gt(r.m.parts, before);
    reading_release(&r);
}
END_TEST

START_TEST(endless_headers_and_bodies_are_given_up)
{
    struct reading r;
    reading_init(&r, "b");
    buf_adds(&stream, "--b\r\n");
    buf_pad(&stream, 'x', 100000);
    feed(&r, &stream, 4096);
    ck_assert_uint_eq(r.m.broken, 1);
    ck_assert_uint_lt(r.m.buf.len, 64u << 10);

    buf_reset(&stream);
    buf_adds(&stream, "--b\r\n\r\n");
    buf_pad(&stream, 'x', FRAME_MAX_BYTES + 100000);
    feed(&r, &stream, 1u << 20);
    ck_assert_uint_eq(r.m.broken, 2);
    buf_reset(&stream);
    add_part(&stream, 1, 64, "Content-Length: 64\r\n");
    feed(&r, &stream, 10);
    ck_assert_str_eq(r.seen.data, "64@0 ");
    reading_release(&r);
}
END_TEST

START_TEST(boundaries)
{
    static const struct {
        const char *type, *boundary;
    } rows[] = {
        {"multipart/x-mixed-replace; boundary=frame", "frame"},
        {"Multipart/X-Mixed-Replace;boundary=\"a b\"", "a b"},
        {"multipart/x-mixed-replace; charset=x; Boundary=--myboundary ", "myboundary"},
        {"multipart/x-mixed-replace", NULL},
        {"multipart/x-mixed-replace; boundary=", NULL},
        {"text/html; boundary=x", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    char out[MULTIPART_BOUNDARY];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int rc = multipart_boundary(rows[i].type, out);
        ck_assert_int_eq(rc, rows[i].boundary ? 0 : -1);
        if (rows[i].boundary)
            ck_assert_str_eq(out, rows[i].boundary);
    }
    char longest[200];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "multipart/x; boundary=", 22);
    longest[sizeof longest - 1] = '\0';
    ck_assert_int_eq(multipart_boundary(longest, out), -1);
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
    char boundary[MULTIPART_BOUNDARY], head[MULTIPART_HEAD];
    struct reading r;
    struct buf picture;
    buf_init(&picture, 1000);
    ck_assert_int_eq(multipart_boundary(MULTIPART_CONTENT_TYPE, boundary), 0);
    reading_init(&r, boundary);
    buf_adds(&stream, MULTIPART_START);
    for (unsigned i = 0; i < 3; i++) {
        buf_reset(&picture);
        add_picture(&picture, i, 100 + i);
        struct frame *frame = frame_new(picture.data, picture.len, 64, 48, INT64_C(1767225600000001000) + i);
        buf_add(&stream, head, multipart_head(head, frame));
        buf_add(&stream, frame->data, frame->len);
        buf_adds(&stream, MULTIPART_TAIL);
        frame_unref(frame);
    }
    feed(&r, &stream, 33);
    ck_assert_str_eq(r.seen.data, "100@1767225600000001000 101@1767225600000001000 102@1767225600000001000 ");
    buf_release(&picture);
    reading_release(&r);
}
END_TEST

START_TEST(jpeg_check_says_what_may_be_decoded)
{
    int width = 0, height = 0;
    add_picture(&stream, 1, 100);
    size_t len = stream.len;
    ck_assert(jpeg_check(stream.data, &len, &width, &height));
    ck_assert_int_eq(width, 64);
    ck_assert_int_eq(height, 48);
    for (len = 0; len < stream.len; len++) {
        size_t n = len;
        ck_assert_msg(!jpeg_check(stream.data, &n, &width, &height), "the first %zu bytes pass", len);
    }
    buf_adds(&stream, "\r\n\r\n");
    len = stream.len;
    ck_assert(jpeg_check(stream.data, &len, &width, &height));
    ck_assert_uint_eq(len, 100);
    stream.data[7] = stream.data[9] = (char)0xff; /* 65,328 x 65,344: a small file that asks for 12 GB */
    ck_assert(!jpeg_check(stream.data, &len, &width, &height));
}
END_TEST

Suite *things_multipart_suite(void)
{
    Suite *s = suite_create("things: multipart");
    TCase *t = tcase_create("multipart");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, parts_come_whole_at_every_piece_size);
    tcase_add_test(t, a_part_is_handed_out_when_its_last_byte_is_there);
    tcase_add_test(t, broken_parts_are_counted_and_passed_over);
    tcase_add_test(t, a_length_too_long_does_not_swallow_the_next_part);
    tcase_add_test(t, lengths_that_are_none);
    tcase_add_test(t, timestamps_that_are_none_count_as_not_given);
    tcase_add_loop_test(t, garbage_is_bounded_and_the_next_part_is_found, 0, 8);
    tcase_add_test(t, endless_headers_and_bodies_are_given_up);
    tcase_add_test(t, boundaries);
    tcase_add_test(t, what_is_written_can_be_read);
    tcase_add_test(t, jpeg_check_says_what_may_be_decoded);
    suite_add_tcase(s, t);
    return s;
}
