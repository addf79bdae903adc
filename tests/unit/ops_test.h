/* ops_test: records from JSON, for the tests of what is computed from them. */
#ifndef TESTS_OPS_TEST_H
#define TESTS_OPS_TEST_H

#include <check.h>

#include "k8s/record.h"
#include "k8s/store.h"

Suite *ops_describe_suite(void);
Suite *ops_flowing_suite(void);
Suite *ops_act_suite(void);
Suite *ops_analyser_suite(void);
Suite *ops_status_suite(void);
Suite *ops_filter_suite(void);
Suite *ops_live_suite(void);
Suite *ops_moment_suite(void);
Suite *ops_logs_suite(void);
Suite *ops_course_suite(void);
Suite *ops_detection_suite(void);
Suite *ops_place_suite(void);
Suite *ops_place_told_suite(void);
Suite *ops_reason_suite(void);
Suite *ops_timing_suite(void);
Suite *ops_usage_suite(void);
Suite *ops_warm_suite(void);
Suite *ops_why_suite(void);

/* The record of an object given as JSON with ' for ". The caller unrefs it. */
struct record *record_of(const struct kind *kind, const char *json);
void store_json(struct store *store, const char *json);

#endif
