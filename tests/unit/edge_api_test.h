/* What the tests of the edge's serving half share. JSON in tests is written with ' for " so that it can be read. */
#ifndef TESTS_EDGE_API_TEST_H
#define TESTS_EDGE_API_TEST_H

#include <check.h>

#include "base/vclock.h"
#include "edge/api.h"
#include "edge/edge.h"

struct bench { /* a store on a virtual clock that starts at 2026-01-02T03:04:05Z */
    struct vclock clock;
    struct loop *loop;
    struct edge_store *store;
    struct edge_gc *gc;
};
extern struct bench bench;
void bench_setup(void);
void bench_teardown(void);
void bench_turn(void); /* runs what is due now */
void bench_pass(int64_t ns);

cJSON *json_of(const char *text);                       /* the caller's */
void check_json(const cJSON *json, const char *wanted); /* equal, or fails with both texts */
const struct edge_object *bench_create(const char *kind, const char *text);
/* The status and message of a creation that must fail. */
int bench_refused(const char *kind, const char *text, struct err *err);
const struct edge_object *bench_find(const char *kind, const char *name); /* in "default" */

Suite *edge_api_store_suite(void);
Suite *edge_api_query_suite(void);
Suite *edge_api_ssa_suite(void);
Suite *edge_api_patch_suite(void);
Suite *edge_api_table_suite(void);
Suite *edge_api_admit_suite(void);
Suite *edge_api_gc_suite(void);
Suite *edge_api_proto_suite(void);
Suite *edge_api_http_suite(void);

#endif
