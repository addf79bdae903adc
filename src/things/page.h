/* page: what the monitor shows in a browser: the live pictures and a table of the newest detections. */
#ifndef THINGS_PAGE_H
#define THINGS_PAGE_H

#include "things/thing.h"

void page_write(struct buf *out, const struct thing *thing);

#endif
