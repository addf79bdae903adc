/* printer: lines to standard output that never make the loop wait. Who reads too slowly misses lines; whole ones. */
#ifndef THINGS_PRINTER_H
#define THINGS_PRINTER_H

#include "base/buf.h"
#include "base/loop.h"

struct printer {
    struct loop_io io;
    struct buf pending;
    int fd;
    uint64_t dropped;
};

void printer_init(struct printer *printer, struct loop *loop, int fd);
/* What is pending is written as far as that needs no waiting. */
void printer_release(struct printer *printer);
/* A line without its end. */
void printer_line(struct printer *printer, const char *line, size_t len);

#endif
