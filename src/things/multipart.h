/* multipart: MJPEG over HTTP (multipart/x-mixed-replace), read and written.
 *
 * The reader takes bytes in whatever pieces they arrive and hands out whole, checked pictures. It never holds more than
 * one part; a part that is empty, cut off, too large, no JPEG or wrongly announced is counted in `broken`, and reading
 * goes on at the next boundary. */
#ifndef THINGS_MULTIPART_H
#define THINGS_MULTIPART_H

#include "base/buf.h"
#include "things/frame.h"

struct multipart_part {
    const char *data; /* one whole JPEG; valid during the call */
    size_t len;
    int width, height;
    int64_t timestamp; /* ns since 1970 from X-Timestamp, 0: not given */
};
typedef void (*multipart_fn)(void *data, const struct multipart_part *part);

#define MULTIPART_BOUNDARY 80
struct multipart {
    char delimiter[MULTIPART_BOUNDARY + 3]; /* "--" and the boundary */
    size_t delimiter_len;
    multipart_fn fn;
    void *data;
    struct buf buf;       /* what is not consumed yet */
    enum { MULTIPART_SEEK, MULTIPART_HEADERS, MULTIPART_BODY } state;
    size_t header_bytes;  /* of this part so far */
    size_t body_len;      /* as announced, SIZE_MAX: not announced */
    size_t scanned;       /* of an unannounced body: looked through for the boundary */
    bool picture;         /* its Content-Type is JPEG's, or not given */
    int64_t timestamp;
    uint64_t parts, broken;
};

/* The boundary that a Content-Type names, -1 when it is not multipart or has none. */
int multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY]);
void multipart_init(struct multipart *m, const char *boundary, multipart_fn fn, void *data);
void multipart_release(struct multipart *m);
void multipart_feed(struct multipart *m, const char *bytes, size_t len);
/* The stream ended: a part that was being read is a broken one. */
void multipart_end(struct multipart *m);

/* Written: the start, then for each frame its head, its bytes and the tail. The tail is the next boundary already:
 * browsers show a picture only when they see where it ends. */
#define MULTIPART_CONTENT_TYPE "multipart/x-mixed-replace; boundary=patchbay-frame"
#define MULTIPART_START "--patchbay-frame\r\n"
#define MULTIPART_TAIL "\r\n--patchbay-frame\r\n"
#define MULTIPART_HEAD 128
size_t multipart_head(char out[MULTIPART_HEAD], const struct frame *frame);

#endif
