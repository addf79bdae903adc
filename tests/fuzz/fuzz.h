/* fuzz: what the fuzz targets share. A target is LLVMFuzzerTestOneInput: libFuzzer calls it where there is clang (`make
 * fuzz`), driver.c everywhere else and in `make check`. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "graph/edit.h"
#include "graph/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a sentence: a wrong result is as bad as a crash. */
#define MUST(condition, ...)                                                                                           \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            BUG(__VA_ARGS__);                                                                                          \
    } while (0)

/* assets/catalog, read once. */
const struct catalogue *fuzz_catalogue(void);
/* Every fault is a sentence for a terminal and lies inside the text. */
void fuzz_check_faults(const struct faults *faults, const char *text, size_t len);
/* An edit or a request that was refused says why. */
void fuzz_check_err(const struct err *err);
/* The plan of a graph without errors, when there is one: it renders, the same each time. */
void fuzz_check_plan(const struct graph *graph, const char *text, size_t len);

#endif
