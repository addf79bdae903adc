/* faulty PORT ADDRESS:PORT: a TCP proxy that misbehaves on command (tests/unit/faulty.h). Commands come a line each on
 * standard input, from a FIFO say; each is answered with the counts. PORT 0 takes a free one; the first line printed is
 * the port. Ends with its input, or by a signal. */
#include "tests/unit/faulty.h"

struct program {
    struct loop *loop;
    struct loop_io in;
    struct faulty *faulty;
    struct buf line;
};

static void answer(struct program *p, const char *command)
{
    struct err err = ERR_INIT;
    struct faulty_counts c;
    if (faulty_command(p->faulty, command, &err) < 0) {
        printf("%s\n", err.text);
    } else {
        c = faulty_counts(p->faulty);
        printf("connections %zu open %zu requests %zu up %" PRIu64 " down %" PRIu64 "\n", c.connections, c.open,
               c.requests, c.up, c.down);
    }
    fflush(stdout);
}

static void on_input(void *data, short revents UNUSED)
{
    struct program *p = data;
    char bytes[256], *end;
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n <= 0) {
        loop_stop(p->loop, 0);
        return;
    }
    buf_add(&p->line, bytes, (size_t)n);
    while ((end = strchr(p->line.data, '\n'))) {
        *end = '\0';
        if (p->line.data[0])
            answer(p, p->line.data);
        buf_drop(&p->line, (size_t)(end - p->line.data) + 1);
    }
}

int main(int argc, char **argv)
{
    char *colon = argc == 3 ? strrchr(argv[2], ':') : NULL;
    if (!colon) {
        fputs("usage: faulty PORT ADDRESS:PORT\n", stderr);
        return 2;
    }
    struct err err = ERR_INIT;
    struct program p = {.loop = loop_new(NULL)};
    *colon = '\0';
    buf_init(&p.line, 4096);
    p.faulty = faulty_new(p.loop, (uint16_t)strtoul(argv[1], NULL, 10), argv[2],
                          (uint16_t)strtoul(colon + 1, NULL, 10), &err);
    if (!p.faulty) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%u\n", faulty_port(p.faulty));
    fflush(stdout);
    loop_io_init(&p.in, p.loop, on_input, &p);
    loop_io_start(&p.in, STDIN_FILENO, POLLIN);
    loop_run(p.loop);
    loop_io_stop(&p.in);
    faulty_free(p.faulty);
    buf_release(&p.line);
    loop_free(p.loop);
    return 0;
}
