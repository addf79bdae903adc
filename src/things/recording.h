/* recording: frames and detections on disk, by time, in a folder of segments that is never larger than its bound.
 *
 * A segment is a file of records: a head of 24 bytes, then the bytes as they came. NUMBER.rec is being written,
 * NUMBER-BEGIN-END.rec is closed, with times in ns since 1970. What a killed program left behind is read up to its last
 * whole record when the folder is opened again. Nothing is synced: a machine that loses its power may lose the last
 * seconds. */
#ifndef THINGS_RECORDING_H
#define THINGS_RECORDING_H

#include "base/buf.h"
#include "base/err.h"

#define RECORDING_MIN_KEEP (1 << 20)
#define RECORDING_SEGMENTS 4096 /* at most; the oldest go first */

enum record_kind { RECORD_FRAME = 'F', RECORD_LINE = 'D' };

struct segment {
    int64_t number;     /* they are numbered as they are begun */
    int64_t begin, end; /* of what is in it */
    int64_t bytes;
    bool closed;
};

struct recording {
    char *folder;
    int64_t keep, bytes;
    int64_t age;              /* ns that a segment is kept after its newest record, 0: for ever */
    struct segment *segments; /* the oldest first; the last may be the one being written */
    size_t count, cap;
    int fd;                   /* of that one, -1: none */
    int lock;                 /* of the folder: nobody else may write in it */
};

/* Makes the folder where it is missing, and takes up what is in it. keep: bytes, at least RECORDING_MIN_KEEP; age: 0 for ever. */
struct recording *recording_open(const char *folder, int64_t keep, int64_t age, struct err *err);
void recording_close(struct recording *r); /* NULL is fine */
/* Drops what is too old. */
void recording_expire(struct recording *r, int64_t now);

/* Adds one record; older segments go to make room, also on a disk that others have filled. -1: it was left out whole, and what was there is
 * as it was. input: the number of a frame's video, from 0. */
int recording_add(struct recording *r, enum record_kind kind, unsigned input, int64_t time, const void *data, size_t len,
                  struct err *err);
/* The frame nearest to a time, of one video (-1: of any), into out; *time is when it was captured. False: there is none. */
bool recording_frame(struct recording *r, int64_t at, int input, struct buf *out, int64_t *time);
/* The lines from `from` to `to`, both included, as many as fit into out. */
void recording_lines(struct recording *r, int64_t from, int64_t to, struct buf *out);

#endif
