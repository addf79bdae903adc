/* Answers that come compressed. */
#include "net_test.h"

#include "base/file.h"

#define PAGE (6u << 20)
#define BOMB (96u << 20)

static char *page;
static struct buf packed, bomb;
static char seen_encoding[64];

/* What gzip makes of what a command prints. */
static void pack(struct buf *out, const char *command, int level)
{
    char bytes[65536], *line = xasprintf("%s | gzip -%d", command, level);
    buf_init(out, 16u << 20);
    FILE *gzip = popen(line, "r");
    ck_assert_ptr_nonnull(gzip);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, gzip)) > 0;)
        buf_add(out, bytes, n);
    ck_assert_int_eq(pclose(gzip), 0);
    free(line);
}

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    snprintf(seen_encoding, sizeof seen_encoding, "%s", str_or_empty(http_header(x, "Accept-Encoding")));
    const struct buf *answer = str_eq(http_path(x), "/bomb") ? &bomb : &packed;
    if (strstr(seen_encoding, "gzip")) {
        http_add_header(x, "Content-Encoding", "gzip");
        http_reply(x, 200, "application/json", answer->data, answer->len);
    } else {
        http_reply(x, 200, "application/json", page, PAGE);
    }
}

static void setup(void)
{
    char path[] = "/tmp/check_net_XXXXXX";
    page = xmalloc(PAGE + 1);
    for (size_t i = 0; i < PAGE; i += 32)
        snprintf(page + i, 33, "{\"name\":\"pod-%07zu\",\"ns\":\"me\"}", i * 2654435761u % 9999991);
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && write(fd, page, PAGE) == PAGE);
    close(fd);
    char *command = xasprintf("cat %s", path);
    pack(&packed, command, 1);
    free(command);
    unlink(path);
    net_setup();
    net_serve(route, NULL);
}

static void teardown(void)
{
    net_teardown();
    buf_release(&packed);
    free(page);
}

static void start(struct got *got, const char *path, bool compressed)
{
    got_start(got, &(struct http_request){.url = net_url(path), .compressed = compressed});
}

START_TEST(comes_packed_when_asked_for)
{
    for (int i = 0; i < 2; i++) {
        struct got got = {0};
        start(&got, "/", i);
        WAIT_FOR(got.dones);
        ck_assert_int_eq(got.result.outcome, HTTP_DONE);
        ck_assert_str_eq(seen_encoding, i ? "gzip" : "");
        ck_assert_uint_eq(got.body.len, PAGE);
        ck_assert(memcmp(got.body.data, page, PAGE) == 0);
        got_release(&got);
    }
}
END_TEST

static void pause_it(struct got *got)
{
    http_pause(got->call, true);
}

START_TEST(a_slow_reader_loses_nothing)
{
    struct got got = {.on_body = pause_it};
    start(&got, "/", true);
    while (!got.dones) {
        http_pause(got.call, false);
        loop_turn(net.loop, NSEC_PER_MSEC);
    }
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_uint_eq(got.body.len, PAGE);
    ck_assert(memcmp(got.body.data, page, PAGE) == 0);
    got_release(&got);
}
END_TEST

static size_t resident(void)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, 1u << 16);
    ck_assert_int_eq(file_read("/proc/self/status", &text, &err), 0);
    const char *at = strstr(text.data, "VmRSS:");
    size_t kib = at ? strtoul(at + 6, NULL, 10) : 0;
    buf_release(&text);
    return kib << 10;
}

static size_t counted, most;

static void count(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)data, (void)bytes, (void)call;
    counted += len;
    most = MAX(most, len);
}

static bool over;

static void on_over(void *data, struct http_call *call, const struct http_result *result)
{
    (void)data, (void)call;
    ck_assert_int_eq(result->outcome, HTTP_DONE);
    over = true;
}

/* 96 MiB out of 96 KiB: while nobody takes them they are few. */
START_TEST(a_bomb_does_not_fill_the_memory)
{
    static const struct http_events events = {.body = count, .done = on_over};
    pack(&bomb, "head -c 100663296 /dev/zero", 9);
    counted = most = 0;
    over = false;
    size_t before = resident();
    struct http_call *call =
        http_start(net.client, &(struct http_request){.url = net_url("/bomb"), .compressed = true}, &events, NULL);
    http_pause(call, true);
    net_turn_for(200 * NSEC_PER_MSEC);
    ck_assert_uint_lt(resident(), before + (40u << 20));
    http_pause(call, false);
    WAIT_FOR(over);
    ck_assert_uint_eq(counted, BOMB);
    ck_assert_uint_le(most, 1u << 20);
#ifndef __SANITIZE_ADDRESS__ /* which frees late */
    ck_assert_uint_lt(resident(), before + (40u << 20));
#endif
    buf_release(&bomb);
}
END_TEST

static struct http_result cut;
static bool fetched;

static void on_fetched(void *data, const struct http_result *result, const char *body, size_t len)
{
    (void)data, (void)body, (void)len;
    cut = *result;
    fetched = true;
}

START_TEST(a_bomb_is_cut_off)
{
    pack(&bomb, "head -c 100663296 /dev/zero", 9);
    fetched = false;
    http_fetch(net.client, &(struct http_request){.url = net_url("/bomb"), .compressed = true}, 1u << 20, on_fetched,
               NULL);
    WAIT_FOR(fetched);
    ck_assert_int_eq(cut.outcome, HTTP_BROKEN);
    ck_assert_str_eq(cut.err.text, "the answer is larger than 1048576 bytes");
    buf_release(&bomb);
}
END_TEST

Suite *net_packed_suite(void)
{
    Suite *suite = suite_create("packed");
    TCase *tcase = tcase_create("packed");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, comes_packed_when_asked_for);
    tcase_add_test(tcase, a_slow_reader_loses_nothing);
    tcase_add_test(tcase, a_bomb_does_not_fill_the_memory);
    tcase_add_test(tcase, a_bomb_is_cut_off);
    suite_add_tcase(suite, tcase);
    return suite;
}
