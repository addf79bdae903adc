/* base_test: what the tests of a layer share: one suite a file, one program a layer. */
#ifndef TESTS_BASE_TEST_H
#define TESTS_BASE_TEST_H

#include <check.h>

Suite *base_arena_suite(void);
Suite *base_buf_suite(void);
Suite *base_text_suite(void);
Suite *base_time_suite(void);
Suite *base_json_suite(void);
Suite *base_yaml_suite(void);
Suite *base_yaml_reread_suite(void);
Suite *base_loop_suite(void);
Suite *base_child_suite(void);
Suite *base_diff_suite(void);
Suite *base_file_suite(void);
Suite *base_pattern_suite(void);
Suite *base_quantity_suite(void);
Suite *base_sheet_suite(void);
Suite *base_slab_suite(void);
Suite *base_spool_suite(void);

#endif
