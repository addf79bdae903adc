/* lens: what is in front of a camera that is unplugged: a program of the test's own on this machine, and no pod, that films at
 * an address of its own. */
#ifndef TESTS_E2E_LENS_H
#define TESTS_E2E_LENS_H

#include <sys/types.h>

struct lens {
    pid_t pid;
    int said; /* its standard error */
    int port;
};

/* port 0: any; comes back when it listens. */
struct lens lens_open(int port);
void lens_close(struct lens *lens);
/* The dashboard on lobby, deployed, whose camera looks at it; comes back when all flows. */
void lens_start_lobby(const struct lens *lens, int w, int h);

#endif
