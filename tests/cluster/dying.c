/* dying: with LD_PRELOAD, ends or stops a program at the n-th request: DYING="send 3" before it is sent, "answer 3" when its
 * answer is there, "stop 3" stops it before the third is sent; "slow 300" only takes 300 ms for each. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void count(const char *what, int *so_far, int how)
{
    const char *dying = getenv("DYING");
    size_t n = strlen(what);
    if (dying && strncmp(dying, what, n) == 0 && dying[n] == ' ' && ++*so_far == atoi(dying + n))
        kill(getpid(), how);
}

int curl_multi_add_handle(void *multi, void *easy)
{
    static int (*real)(void *, void *);
    static int sent, stopped;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "curl_multi_add_handle");
    count("send", &sent, SIGKILL);
    count("stop", &stopped, SIGSTOP);
    const char *dying = getenv("DYING");
    if (dying && strncmp(dying, "slow ", 5) == 0)
        usleep((useconds_t)atoi(dying + 5) * 1000);
    return real(multi, easy);
}

void *curl_multi_info_read(void *multi, int *left)
{
    static void *(*real)(void *, int *);
    static int answered;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "curl_multi_info_read");
    void *message = real(multi, left);
    if (message)
        count("answer", &answered, SIGKILL);
    return message;
}
