#include "ui/frame.h"

#include <fcntl.h>
#include <sys/mman.h>

int frame_open(struct frame *frame, struct err *err)
{
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    *frame = (struct frame){.out = out < 0 ? NULL : fdopen(out, "w"), .memory = -1};
    if (!frame->out)
        return err_set_errno(err, "cannot write to the terminal");
    frame->memory = memfd_create("frame", MFD_CLOEXEC);
    return 0;
}

void frame_close(struct frame *frame)
{
    fclose(frame->out);
    if (frame->memory >= 0)
        close(frame->memory);
}

void frame_begin(struct frame *frame)
{
    if (frame->memory >= 0)
        dup2(frame->memory, fileno(frame->out));
}

void frame_drop(struct frame *frame)
{
    if (frame->memory < 0)
        return;
    dup2(STDOUT_FILENO, fileno(frame->out));
    lseek(frame->memory, 0, SEEK_SET);
}

void frame_end(struct frame *frame)
{
    char part[65536];
    ssize_t n;
    off_t len = frame->memory < 0 ? 0 : lseek(frame->memory, 0, SEEK_CUR), at = 0;
    for (; at < len && (n = pread(frame->memory, part, MIN(sizeof part, (size_t)(len - at)), at)) > 0; at += n)
        frame_write(STDOUT_FILENO, part, (size_t)n);
    frame_drop(frame);
}

void frame_write(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}
