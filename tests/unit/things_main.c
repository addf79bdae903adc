#include "tests/unit/things_test.h"

struct loop *test_loop;
struct http_transport *test_http;
static struct buf answer;

void add_picture(struct buf *out, unsigned seed, size_t len)
{
    static const unsigned char head[] = {0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 48, 0, 64, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
                                         0xff, 0xda, 0, 2};
    buf_add(out, head, sizeof head);
    for (size_t i = sizeof head; i < len - 2; i++) {
        seed = seed * 1103515245u + 12345u;
        buf_addc(out, (char)(seed >> 16));
    }
    buf_add(out, "\xff\xd9", 2);
}

void test_setup(void)
{
    test_loop = loop_new(NULL);
    test_http = http_curl_new(test_loop, "things-test");
    buf_init(&answer, 16u << 20);
}

void test_teardown(void)
{
    buf_release(&answer);
    http_transport_free(test_http);
    loop_free(test_loop);
}

struct fetched {
    bool done;
    int status;
};

static void on_fetched(void *data, const struct http_result *result, const char *body, size_t len)
{
    struct fetched *f = data;
    f->done = true;
    f->status = result->outcome == HTTP_DONE ? result->status : 0;
    buf_add(&answer, body, len);
}

int get(const char *url, const char **body, size_t *len)
{
    struct fetched fetched = {0};
    struct http_request request = {.url = url, .no_proxy = true};
    buf_reset(&answer);
    http_fetch(test_http, &request, answer.max, on_fetched, &fetched);
    WAIT_FOR(fetched.done);
    if (body)
        *body = answer.data;
    if (len)
        *len = answer.len;
    return fetched.status;
}

int main(void)
{
    unsetenv("http_proxy");
    SRunner *runner = srunner_create(things_multipart_suite());
    srunner_add_suite(runner, things_parts_suite());
    srunner_add_suite(runner, things_record_suite());
    srunner_add_suite(runner, things_rules_suite());
    srunner_add_suite(runner, things_stream_suite());
#ifdef HAVE_VISION
    srunner_add_suite(runner, things_vision_suite());
    srunner_add_suite(runner, things_live_suite());
    srunner_add_suite(runner, things_model_suite());
    srunner_add_suite(runner, things_process_suite());
#endif
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
