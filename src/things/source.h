/* source: what a camera shows: a sample, a video file, or a directory of pictures, over and over; or what is live, a stream of the
 * network or a device. */
#ifndef THINGS_SOURCE_H
#define THINGS_SOURCE_H

#include "things/vision.h"

struct source;

/* spec: "sample:NAME", a file, a directory with JPEG and PNG files (in the order of their names), an rtsp:// or http:// URL, or
 * /dev/video0. rate: how many of a directory's pictures are shown a second. An error names the places that were looked in. What is
 * live is not connected yet. */
struct source *source_open(const char *spec, double rate, struct err *err);
void source_close(struct source *source); /* NULL is fine */
bool source_is_live(const struct source *source);
double source_rate(const struct source *source); /* frames a second; not of what is live */
const char *source_path(const struct source *source); /* with credentials masked */
/* Of what is not live. On the vision thread: frame `number`, counted from 0 for ever, as if the source were endlessly long. Numbers only
 * grow; those left out are passed over. NULL with an error. */
struct vision_image *source_read(struct source *source, int64_t number, int max_width, struct err *err);
/* Of what is live. On the vision thread: the first frame that comes at or after a monotonic time, waiting for it; *came: how many
 * came, with those passed over. Connects where it is not connected. NULL with an error, which goes on after the source's name:
 * "timed out: nothing came for 5 s"; then the next call connects anew. */
struct vision_image *source_next(struct source *source, int64_t not_before, int max_width, uint64_t *came, struct err *err);
/* From another thread: who waits in source_next comes back at once. */
void source_interrupt(struct source *source);

#endif
