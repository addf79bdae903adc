/* intake: pods as a server sends them, for the benchmarks: two containers of 25 environment variables each, managedFields. */
#ifndef TESTS_BENCH_INTAKE_H
#define TESTS_BENCH_INTAKE_H

#include "base/buf.h"

#define INTAKE_PAGE 500

void intake_pod(struct buf *out, int number, int version);
/* A PodList of the pods from number * INTAKE_PAGE on. */
void intake_page(struct buf *page, int number);

#endif
