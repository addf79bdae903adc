/* graph_test: what the tests of src/graph share. */
#ifndef TESTS_UNIT_GRAPH_TEST_H
#define TESTS_UNIT_GRAPH_TEST_H

#include <check.h>

#include "graph/edit.h"
#include "graph/plan.h"

/* The catalogue under assets/, read once; it must have no faults. */
const struct catalogue *test_catalogue(void);
/* A file of the sources, NUL-terminated; the caller frees. */
char *test_file(const char *path, size_t *len);
/* All faults of a graph's text, one a line, "LINE:COLUMN: sentence"; the caller frees. */
char *test_faults(const char *text, size_t len, const struct catalogue *cat);
/* The same of a catalogue's text. */
char *test_catalogue_faults(const char *text, size_t len);
/* What a graph says, as canonical text: name, things with their parameters, links, places. The caller frees. */
char *test_describe(const struct graph *graph);

TCase *case_catalogue(void);
TCase *case_check(void);
TCase *case_extra(void);
TCase *case_hostile(void);
TCase *case_compare(void);
TCase *case_diff(void);
TCase *case_edit(void);
TCase *case_edit_thing(void);
TCase *case_history(void);
TCase *case_property(void);
TCase *case_text(void);
TCase *case_random(void);
TCase *case_plan(void);
TCase *case_stamp(void);
TCase *case_only(void);
TCase *case_overlay(void);
TCase *case_warm(void);

#endif
