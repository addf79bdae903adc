/* worker: the one thread beside the loop, for vision. Jobs are taken in order, one at a time; the mailbox is small. */
#ifndef THINGS_WORKER_H
#define THINGS_WORKER_H

#include "base/loop.h"

struct worker;

struct worker *worker_new(struct loop *loop, struct err *err);
/* run is called on the thread, then done on the loop. False when the mailbox is full or the thread is being ended:
 * nothing will be called. */
bool worker_post(struct worker *worker, loop_fn run, loop_fn done, void *data);
/* Ends the thread, waiting at most `wait` ns for the job at hand. The jobs that were not run get their done all
 * the same. False: the thread is still in a job whose memory must live; the process may only end now. */
bool worker_free(struct worker *worker, int64_t wait);

#endif
