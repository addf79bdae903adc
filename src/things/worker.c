#include "things/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#define MAILBOX 16u

struct job {
    loop_fn run, done;
    void *data;
};

struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job jobs[MAILBOX];
    /* Counted up for ever: posted >= finished >= told, and no more than MAILBOX apart. */
    size_t posted, finished, told;
    bool stopping;
    int fd; /* an eventfd: something finished */
    struct loop_io io;
};

static void *thread_main(void *data)
{
    struct worker *w = data;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->finished == w->posted && !w->stopping)
            pthread_cond_wait(&w->wake, &w->lock);
        if (w->stopping)
            break;
        struct job job = w->jobs[w->finished % MAILBOX];
        pthread_mutex_unlock(&w->lock);
        job.run(job.data);
        pthread_mutex_lock(&w->lock);
        w->finished++;
        uint64_t one = 1;
        if (write(w->fd, &one, sizeof one) < 0 && errno != EAGAIN)
            BUG("cannot wake the loop: %s", strerror(errno));
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static void on_finished(void *data, short revents UNUSED)
{
    struct worker *w = data;
    uint64_t n;
    if (read(w->fd, &n, sizeof n) < 0)
        return;
    pthread_mutex_lock(&w->lock);
    size_t finished = w->finished;
    pthread_mutex_unlock(&w->lock);
    while (w->told < finished) {
        struct job job = w->jobs[w->told % MAILBOX];
        w->told++;
        job.done(job.data);
    }
}

struct worker *worker_new(struct loop *loop, struct err *err)
{
    struct worker *w = xcalloc(1, sizeof *w);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->fd < 0) {
        err_set_errno(err, "cannot make an event descriptor");
        free(w);
        return NULL;
    }
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    /* Signals are the loop's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, thread_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        errno = rc;
        err_set_errno(err, "cannot start the vision thread");
        close(w->fd);
        free(w);
        return NULL;
    }
    loop_io_init(&w->io, loop, on_finished, w);
    loop_io_start(&w->io, w->fd, POLLIN);
    return w;
}

bool worker_post(struct worker *w, loop_fn run, loop_fn done, void *data)
{
    if (w->posted - w->told == MAILBOX || w->stopping)
        return false;
    pthread_mutex_lock(&w->lock);
    w->jobs[w->posted % MAILBOX] = (struct job){run, done, data};
    w->posted++;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    return true;
}

bool worker_free(struct worker *w, int64_t wait)
{
    if (!w)
        return true;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + wait;
    until.tv_sec += ns / NSEC_PER_SEC;
    until.tv_nsec = ns % NSEC_PER_SEC;
    if (pthread_timedjoin_np(w->thread, NULL, &until) != 0)
        return false;
    loop_io_stop(&w->io);
    while (w->told < w->posted) {
        struct job job = w->jobs[w->told % MAILBOX];
        w->told++;
        job.done(job.data);
    }
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    close(w->fd);
    free(w);
    return true;
}
