/* things_test: pictures, a loop with a server and a client, and the real program as a process. */
#ifndef TESTS_THINGS_TEST_H
#define TESTS_THINGS_TEST_H

#include <check.h>

#include "base/child.h"
#include "base/time.h"
#include "net/client.h"
#include "things/frame.h"

Suite *things_live_suite(void);
Suite *things_model_suite(void);
Suite *things_multipart_suite(void);
Suite *things_parts_suite(void);
Suite *things_record_suite(void);
Suite *things_rules_suite(void);
Suite *things_stream_suite(void);
Suite *things_vision_suite(void);
Suite *things_process_suite(void);

/* Adds what passes for a JPEG picture: right at both ends, its size 64 x 48, `len` (>= 32) bytes of which the middle is
 * made from seed. Nothing could decode it. */
void add_picture(struct buf *out, unsigned seed, size_t len);

/* Set up and taken down around a test that needs it. */
extern struct loop *test_loop;
extern struct http_transport *test_http;
void test_setup(void);
void test_teardown(void);

/* Turns the loop until the condition holds; a test never sleeps. */
#define WAIT_FOR(condition)                                                                                            \
    do {                                                                                                               \
        int64_t until_ = time_monotonic() + 30 * NSEC_PER_SEC;                                                         \
        while (!(condition)) {                                                                                         \
            ck_assert_msg(time_monotonic() < until_, "waited in vain for: %s", #condition);                           \
            loop_turn(test_loop, 20 * NSEC_PER_MSEC);                                                                  \
        }                                                                                                              \
    } while (0)

/* A GET; the body lives until the next call. Returns the status, 0 when there was no answer. */
int get(const char *url, const char **body, size_t *len);

#endif
