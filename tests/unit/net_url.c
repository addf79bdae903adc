#include "net_test.h"

#include "net/head.h"
#include "net/url.h"

static const struct {
    const char *text, *scheme, *host, *path;
    unsigned port;
    bool credentials;
} good[] = {
    {"http://camera:8080/video", "http", "camera", "/video", 8080, false},
    {"HTTPS://API.Example.com", "https", "api.example.com", "/", 443, false},
    {"http://h?q=1#part", "http", "h", "/?q=1", 80, false},
    {"http://h/a%20b?x=y/z@w", "http", "h", "/a%20b?x=y/z@w", 80, false},
    {"https://[::1]:6443/api", "https", "::1", "/api", 6443, false},
    {"https://[FE80::1]/", "https", "fe80::1", "/", 443, false},
    {"rtsp://user:pa@ss@10.0.0.9/stream", "rtsp", "10.0.0.9", "/stream", 554, true},
    {"http://user@h:1", "http", "h", "/", 1, true},
    {"http://h:/x", "http", "h", "/x", 80, false},
    {"socks5://10.0.0.1", "socks5", "10.0.0.1", "/", 1080, false},
};

START_TEST(parses)
{
    struct url url;
    struct err err = ERR_INIT;
    ck_assert_msg(url_parse(&url, good[_i].text, &err) == 0, "%s", err.text);
    ck_assert_str_eq(url.scheme, good[_i].scheme);
    ck_assert_str_eq(url.host, good[_i].host);
    ck_assert_str_eq(url.path, good[_i].path);
    ck_assert_uint_eq(url.port, good[_i].port);
    ck_assert(url.credentials == good[_i].credentials);
    url_release(&url);
}
END_TEST

static const struct {
    const char *text, *sentence;
} bad[] = {
    {"", "'' is not a URL: it does not start with a scheme such as http://"},
    {"camera:8080", "'camera:8080' is not a URL: it does not start with a scheme such as http://"},
    {"://h", "'://h' is not a URL: it does not start with a scheme such as http://"},
    {"9p://h", "'9p://h' is not a URL: it does not start with a scheme such as http://"},
    {"averyveryverylongscheme://h", "'averyveryverylongscheme://h' is not a URL: it does not start with a scheme such "
                                    "as http://"},
    {"http://", "'http://' is not a URL: it names no host"},
    {"http://:80/", "'http://:80/' is not a URL: it names no host"},
    {"http://h:0/", "'http://h:0/' is not a URL: its port is not a number from 1 to 65535"},
    {"http://h:65536/", "'http://h:65536/' is not a URL: its port is not a number from 1 to 65535"},
    {"http://h:99999999999999999999/", "'http://h:99999999999999999999/' is not a URL: its port is not a number from 1 "
                                       "to 65535"},
    {"http://h:8o/", "'http://h:8o/' is not a URL: its port is not a number from 1 to 65535"},
    {"http://[::1/", "'http://[::1/' is not a URL: the bracket around its address is not closed"},
    {"http://[::1]x/", "'http://[::1]x/' is not a URL: its port is not a number from 1 to 65535"},
    {"http://a b/", "'http://a b/' is not a URL: it has a space or a control character"},
    {"http://h/\r\nX: y", NULL},
    {"http://h\"/", "'http://h\"/' is not a URL: its host is not a host name or an address"},
    {"http://user:secret@/", "'http://***@/' is not a URL: it names no host"},
};

START_TEST(refuses)
{
    struct url url;
    struct err err = ERR_INIT;
    ck_assert_int_eq(url_parse(&url, bad[_i].text, &err), -1);
    if (bad[_i].sentence)
        ck_assert_str_eq(err.text, bad[_i].sentence);
    ck_assert_ptr_null(url.path);
}
END_TEST

START_TEST(refuses_endless_host)
{
    struct url url;
    struct err err = ERR_INIT;
    char text[4096];
    memset(text, 'a', sizeof text);
    memcpy(text, "http://", 7);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(url_parse(&url, text, &err), -1);
}
END_TEST

START_TEST(escapes)
{
    struct buf out;
    buf_init(&out, 1000);
    url_escape(&out, "a-Z_9.~ /?&=%+\xc3\xa9");
    ck_assert_str_eq(out.data, "a-Z_9.~%20%2F%3F%26%3D%25%2B%C3%A9");
    buf_reset(&out);
    const char *text = "a+b%20c%2fd%4%zz%00%";
    url_unescape(&out, text, strlen(text), false);
    ck_assert_str_eq(out.data, "a+b c/d%4%zz%00%");
    buf_reset(&out);
    url_unescape(&out, "a+b%2Bc", 7, true);
    ck_assert_str_eq(out.data, "a b+c");
    buf_release(&out);
}
END_TEST

START_TEST(takes_queries_apart)
{
    struct map map = MAP_INIT;
    url_query(&map, "watch=1&labelSelector=app%3Dx%2Cy%21%3Dz&&flag&empty=&watch=2&=odd&a%20b=c+d");
    ck_assert_str_eq(map_get(&map, "watch"), "1");
    ck_assert_str_eq(map_get(&map, "labelSelector"), "app=x,y!=z");
    ck_assert_str_eq(map_get(&map, "flag"), "");
    ck_assert_str_eq(map_get(&map, "empty"), "");
    ck_assert_str_eq(map_get(&map, "a b"), "c d");
    ck_assert_ptr_null(map_get(&map, "none"));
    map_release(&map, free);
}
END_TEST

START_TEST(knows_loopback)
{
    ck_assert(url_is_loopback("127.0.0.1"));
    ck_assert(url_is_loopback("127.9.8.7"));
    ck_assert(url_is_loopback("localhost"));
    ck_assert(url_is_loopback("::1"));
    ck_assert(!url_is_loopback("127.0.0.1.example.com"));
    ck_assert(!url_is_loopback("camera"));
}
END_TEST

static int64_t retry_after(const char *value)
{
    struct head head = {0};
    char line[128];
    int64_t wall = time_parse("1994-11-06T08:49:30Z");
    ck_assert(!head_line(&head, "HTTP/1.1 429 Too Many\r\n", 23, wall));
    snprintf(line, sizeof line, "retry-AFTER:  %s\r\n", value);
    ck_assert(!head_line(&head, line, strlen(line), wall));
    ck_assert(head_line(&head, "\r\n", 2, wall));
    head_release(&head);
    return head.head.retry_after;
}

START_TEST(reads_retry_after)
{
    ck_assert_int_eq(retry_after("3"), 3 * NSEC_PER_SEC);
    ck_assert_int_eq(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), 7 * NSEC_PER_SEC);
    ck_assert_int_eq(retry_after("Sun, 06 Nov 1993 08:49:37 GMT"), 0);
    ck_assert_int_eq(retry_after("-5"), 0);
    ck_assert_int_eq(retry_after("99999999999999"), 86400 * NSEC_PER_SEC);
    ck_assert_int_eq(retry_after("soon"), 0);
    ck_assert_int_eq(retry_after("Sun, 06 onD 1994 08:49:37 GMT"), 0);
}
END_TEST

static void lines(struct head *head, const char *const *texts)
{
    for (; *texts; texts++)
        head_line(head, *texts, strlen(*texts), 0);
}

START_TEST(keeps_the_head)
{
    struct head head = {0};
    ck_assert_ptr_null(http_head_get(&head.head, "A"));
    lines(&head, (const char *const[]){"HTTP/1.1 101 Switching\r\n", "Sec-WebSocket-Accept: \t s3pPLM=  \r\n", "X:\r\n",
                                       "x: again\r\n", "no field\r\n", "\r\n", NULL});
    ck_assert_str_eq(http_head_get(&head.head, "sec-websocket-ACCEPT"), "s3pPLM=");
    ck_assert_str_eq(http_head_get(&head.head, "X"), "");
    ck_assert_ptr_null(http_head_get(&head.head, "Sec-WebSocket"));
    ck_assert_ptr_null(http_head_get(&head.head, "no field"));
    /* The next head of the same call has nothing of it; what is too much is left out. */
    char *large = xasprintf("Large: %0*d\r\n", 33 << 10, 1);
    lines(&head, (const char *const[]){"HTTP/1.1 200 OK\r\n", large, "Small: 1\r\n", NULL});
    ck_assert_ptr_null(http_head_get(&head.head, "X"));
    ck_assert_ptr_null(http_head_get(&head.head, "Large"));
    ck_assert_str_eq(http_head_get(&head.head, "Small"), "1");
    free(large);
    head_release(&head);
}
END_TEST

Suite *net_url_suite(void)
{
    Suite *suite = suite_create("url");
    TCase *tcase = tcase_create("url");
    tcase_add_loop_test(tcase, parses, 0, ARRAY_SIZE(good));
    tcase_add_loop_test(tcase, refuses, 0, ARRAY_SIZE(bad));
    tcase_add_test(tcase, refuses_endless_host);
    tcase_add_test(tcase, escapes);
    tcase_add_test(tcase, takes_queries_apart);
    tcase_add_test(tcase, knows_loopback);
    tcase_add_test(tcase, reads_retry_after);
    tcase_add_test(tcase, keeps_the_head);
    suite_add_tcase(suite, tcase);
    return suite;
}
