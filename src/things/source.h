/* source: what a camera plays: a sample, a video file, or a directory of pictures, over and over. */
#ifndef THINGS_SOURCE_H
#define THINGS_SOURCE_H

#include "things/vision.h"

struct source;

/* spec: "sample:NAME", a file, or a directory with JPEG and PNG files (in the order of their names). rate: how many of a
 * directory's pictures are shown a second. An error names the places that were looked in. */
struct source *source_open(const char *spec, double rate, struct err *err);
void source_close(struct source *source); /* NULL is fine */
double source_rate(const struct source *source); /* frames a second */
const char *source_path(const struct source *source);
/* On the vision thread: frame `number`, counted from 0 for ever, as if the source were endlessly long. Numbers only
 * grow; those left out are passed over. NULL with an error. */
struct vision_image *source_read(struct source *source, int64_t number, int max_width, struct err *err);

#endif
