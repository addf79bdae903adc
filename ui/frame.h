/* frame: what is written to the terminal for one picture, kept in memory until all of it is there, and then written at once. */
#ifndef UI_FRAME_H
#define UI_FRAME_H

#include "base/err.h"

struct frame {
    FILE *out;  /* to the terminal, and into memory between frame_begin() and the next */
    int memory; /* a file in memory; -1: there is none, and all is written at once */
};

int frame_open(struct frame *frame, struct err *err);
void frame_begin(struct frame *frame);
/* Writes what was kept. */
void frame_end(struct frame *frame);
/* Nobody sees what was kept. */
void frame_drop(struct frame *frame);
void frame_close(struct frame *frame);
/* All of it, to a terminal: what it does not take is nobody's. */
void frame_write(int fd, const char *bytes, size_t len);

#endif
