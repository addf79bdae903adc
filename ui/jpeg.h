/* jpeg: a picture as it came, to pixels. The one file that knows libjpeg. */
#ifndef UI_JPEG_H
#define UI_JPEG_H

#include "base/err.h"
#include "ui/picture.h"

/* `out` holds nothing before, and is the caller's after. It is decoded about as wide as `w` and no narrower, where it is
 * wider: what is thrown away is never worked out. What is damaged or would be too large is refused before it is. */
int jpeg_decode(struct pixels *out, const void *data, size_t len, int w, struct err *err);

#endif
