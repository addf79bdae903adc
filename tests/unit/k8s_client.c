#include "base/file.h"
#include "k8s_script.h"

struct got {
    int times, status;
    enum http_outcome outcome;
    bool json;
    char name[64];
    struct err err;
};

static void on_done(void *data, const struct kube_answer *answer)
{
    struct got *got = data;
    got->times++;
    got->status = answer->status;
    got->outcome = answer->outcome;
    got->json = answer->json != NULL;
    snprintf(got->name, sizeof got->name, "%s", json_str_or(answer->json, "metadata.name", ""));
    got->err = answer->err;
}

static struct kube_call *start(const char *method, const char *path, const char *body, struct got *got)
{
    *got = (struct got){0};
    return kube_start(script.client,
                      &(struct kube_request){.method = method,
                                             .path = path,
                                             .content_type = body ? "application/json" : NULL,
                                             .body = body,
                                             .body_len = body ? strlen(body) : 0},
                      on_done, got);
}

START_TEST(asks_with_its_token_and_gives_the_object)
{
    struct got got;
    start("POST", "/api/v1/pods?x=1", "{}", &got);
    struct script_call *call = script_expect("POST", "https://test:6443/api/v1/pods?x=1");
    ck_assert_str_eq(call->headers, "Authorization: Bearer secret\nAccept: application/json\n"
                                    "Content-Type: application/json\n");
    ck_assert_str_eq(call->body, "{}");
    script_answer(call, 201, "{\"metadata\":{\"name\":\"a\"}}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_int_eq(got.status, 201);
    ck_assert_str_eq(got.name, "a");
    ck_assert_str_eq(got.err.text, "");
}
END_TEST

START_TEST(refusals_are_sentences)
{
    static const struct {
        int status;
        const char *body, *says;
    } cases[] = {
        {403, "{\"kind\":\"Status\",\"message\":\"pods is forbidden: User \\\"x\\\" cannot list\"}",
         "pods is forbidden: User \"x\" cannot list"},
        {404, "{\"kind\":\"Status\",\"reason\":\"NotFound\"}", "NotFound"},
        {404, "{\"kind\":\"Status\"}", "not found"},
        {401, "", "unauthorized: the credentials are not valid: the token of user '' in the kubeconfig"},
        {418, "", "the server answered 418"},
        {502,
         "<html><head><style>p{}</style><script>alert('<p>')</script><title>Bad\n Gateway</title></head>\n"
         "<body><h1>nginx</h1></body></html>",
         "the server answered 502 bad gateway: 'Bad Gateway nginx'"},
        {500, "plain \033]0;x\007 text", "the server answered 500 internal error: 'plain"},
        {400, "{\"kind\":\"Status\",\"message\":\"two\\nlines\"}", "two lines"},
        {400, "{\"kind\":7,\"message\":[]}", "the server answered 400"},
        {400, "\xff\xfe{", "the server answered 400"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct got got;
        start("GET", "/x", NULL, &got);
        script_answer(script_next(), cases[i].status, cases[i].body);
        ck_assert_int_eq(got.times, 1);
        ck_assert_msg(str_starts(got.err.text, cases[i].says), "%zu: %s", i, got.err.text);
        ck_assert_ptr_null(strchr(got.err.text, '\033'));
        ck_assert_ptr_null(strchr(got.err.text, '\n'));
    }
}
END_TEST

START_TEST(a_captive_portal_is_told_apart)
{
    struct err err = ERR_INIT;
    static const char page[] = "<!DOCTYPE html><title>Hotel  Wi-Fi</title><body>Please <b>log in</b>";
    kube_status_text(200, page, strlen(page), &err);
    ck_assert_str_eq(err.text,
                     "what answers is no Kubernetes API server (a proxy's page?): 'Hotel Wi-Fi Please log in'");
    kube_status_text(200, "<script", 7, &err);
    kube_status_text(200, "<", 1, &err);
    kube_status_text(200, "", 0, &err);
    ck_assert(err_is_set(&err));
}
END_TEST

START_TEST(waits_as_long_as_it_is_asked_to)
{
    struct got got;
    start("PATCH", "/x", "{}", &got);
    struct script_call *call = script_next();
    script_head(call, 429, 3 * NSEC_PER_SEC);
    script_end(call);
    ck_assert_int_eq(got.times, 0);
    struct script_call *again = script_expect("PATCH", "/x");
    ck_assert_int_eq(again->at - call->at, 3 * NSEC_PER_SEC);
    ck_assert_str_eq(again->body, "{}");
    script_answer(again, 503, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":2}}");
    struct script_call *third = script_next();
    ck_assert_int_eq(third->at - again->at, 2 * NSEC_PER_SEC);
    script_answer(third, 200, "{}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_int_eq(got.status, 200);
}
END_TEST

START_TEST(tries_ten_times_at_most)
{
    struct got got;
    start("GET", "/x", NULL, &got);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(got.times, 0);
        script_answer(script_next(), 503,
                      "{\"kind\":\"Status\",\"message\":\"busy\",\"details\":{\"retryAfterSeconds\":1}}");
    }
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.err.text, "busy");
    script_none();
}
END_TEST

START_TEST(what_does_not_ask_to_wait_is_told_at_once)
{
    struct got got;
    start("GET", "/x", NULL, &got);
    script_answer(script_next(), 500, "{\"kind\":\"Status\",\"message\":\"oops\"}");
    ck_assert_int_eq(got.times, 1);
    script_none();
}
END_TEST

START_TEST(a_write_is_never_sent_twice)
{
    static const char *const writes[] = {"POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        struct got got;
        start(writes[i], "/x", "{}", &got);
        script_break(script_next());
        ck_assert_int_eq(got.times, 1);
        ck_assert_int_eq(got.outcome, HTTP_BROKEN);
        ck_assert_int_eq(got.status, 0);
        ck_assert_ptr_nonnull(strstr(got.err.text, "broke"));
        script_none();
    }
    struct got got;
    start("GET", "/x", NULL, &got);
    script_break(script_next());
    ck_assert_int_eq(got.times, 0);
    script_break(script_next());
    ck_assert_int_eq(got.times, 1);
    script_none();
}
END_TEST

START_TEST(but_what_may_come_twice)
{
    struct got got = {0};
    struct kube_request request = {.method = "PATCH", .path = "/x", .body = "{}", .body_len = 2, .repeatable = true};
    kube_start(script.client, &request, on_done, &got);
    script_break(script_next());
    ck_assert_int_eq(got.times, 0);
    struct script_call *again = script_expect("PATCH", "/x");
    ck_assert_str_eq(again->body, "{}");
    script_break(again);
    ck_assert_int_eq(got.times, 1);
    script_none();
    /* refused, and the stream reset before the reason was read */
    kube_start(script.client, &request, on_done, &got);
    struct script_call *call = script_next();
    script_head(call, 403, 0);
    script_break(call);
    ck_assert_int_eq(got.times, 1);
    script_answer(script_next(), 403, "{\"kind\":\"Status\",\"message\":\"no\"}");
    ck_assert_int_eq(got.times, 2);
    ck_assert_str_eq(got.err.text, "no");
}
END_TEST

START_TEST(cancelling_and_freeing_ends_calls)
{
    struct got one, two, three;
    struct kube_call *call = start("GET", "/1", NULL, &one);
    start("GET", "/2", NULL, &two);
    start("GET", "/3", NULL, &three);
    kube_cancel(call);
    ck_assert(script_next()->cancelled);
    script_answer(script_next(), 429, "{\"details\":{\"retryAfterSeconds\":9}}"); /* waits for its time */
    kube_client_free(script.client);
    script.client = NULL;
    ck_assert(script_next()->cancelled);
    script_settle();
    ck_assert_int_eq(one.times + two.times + three.times, 0);
}
END_TEST

static void cancel_itself(void *data, const struct kube_answer *answer)
{
    (void)answer;
    struct kube_call **call = data;
    kube_cancel(*call);
    *call = NULL;
}

START_TEST(a_callback_may_cancel_its_own_call)
{
    struct kube_call *call = kube_start(script.client, &(struct kube_request){.path = "/x"}, cancel_itself, &call);
    script_answer(script_next(), 200, "{}");
    ck_assert_ptr_null(call);
}
END_TEST

START_TEST(answers_that_are_no_json_come_raw)
{
    struct got got;
    start("GET", "/log", NULL, &got);
    script_answer(script_next(), 200, "plain text");
    ck_assert_int_eq(got.status, 200);
    ck_assert(!got.json);
    ck_assert_str_eq(got.err.text, "");
}
END_TEST

static void use_context(struct kube_context context)
{
    kube_client_free(script.client);
    script.client = kube_client_new(script.loop, &script.transport, &context);
}

START_TEST(a_token_file_is_read_again)
{
    char path[] = "/tmp/patchbay-token-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, "one\n", 4), 4);
    use_context((struct kube_context){.server = (char[]){"https://h"}, .token = (char[]){"x"}, .token_file = path});
    struct got got;
    start("GET", "/x", NULL, &got);
    struct script_call *call = script_next();
    ck_assert_ptr_nonnull(strstr(call->headers, "Bearer one\n"));
    ck_assert_int_eq(pwrite(fd, "two\n", 4, 0), 4);
    close(fd);
    script_answer(call, 401, "");
    ck_assert_int_eq(got.times, 0); /* once more, with the new one */
    call = script_next();
    ck_assert_ptr_nonnull(strstr(call->headers, "Bearer two\n"));
    script_answer(call, 401, "");
    ck_assert_int_eq(got.times, 1);
    script_none();
    unlink(path); /* gone: the old one goes on */
    script_pass(120);
    start("GET", "/x", NULL, &got);
    call = script_next();
    ck_assert_ptr_nonnull(strstr(call->headers, "Bearer two\n"));
    script_answer(call, 200, "{}");
}
END_TEST

START_TEST(passwords_go_over_tls_alone)
{
    struct got got;
    use_context(
        (struct kube_context){.server = (char[]){"https://h"}, .username = (char[]){"a"}, .password = (char[]){"b"}});
    start("GET", "/x", NULL, &got);
    struct script_call *call = script_next();
    ck_assert_ptr_nonnull(strstr(call->headers, "Authorization: Basic YTpi\n"));
    script_answer(call, 200, "{}");
    use_context((struct kube_context){.server = (char[]){"http://h"}, .token = (char[]){"secret"}});
    start("GET", "/x", NULL, &got);
    call = script_next();
    ck_assert_ptr_null(strstr(call->headers, "Authorization"));
    script_answer(call, 200, "{}");
    use_context((struct kube_context){.server = (char[]){"https://h"}, .token = (char[]){"a\r\nX-Evil: 1"}});
    start("GET", "/x", NULL, &got);
    call = script_next();
    ck_assert_ptr_null(strstr(call->headers, "Evil"));
    script_answer(call, 200, "{}");
}
END_TEST

START_TEST(writes_proxy_paths)
{
    struct buf path;
    buf_init(&path, 1000);
    kube_proxy_path(&path, "pods", "media", "camera-1", 8080, "/metrics?a=b");
    ck_assert_str_eq(path.data, "/api/v1/namespaces/media/pods/camera-1:8080/proxy/metrics?a=b");
    buf_reset(&path);
    kube_proxy_path(&path, "services", "m", "../x", 80, "y");
    ck_assert_str_eq(path.data, "/api/v1/namespaces/m/services/..%2Fx:80/proxy/y");
    buf_release(&path);
}
END_TEST

Suite *k8s_client_suite(void)
{
    Suite *suite = suite_create("k8s client");
    TCase *tc = tcase_create("client");
    tcase_add_checked_fixture(tc, script_setup, script_teardown);
    tcase_add_test(tc, asks_with_its_token_and_gives_the_object);
    tcase_add_test(tc, refusals_are_sentences);
    tcase_add_test(tc, a_captive_portal_is_told_apart);
    tcase_add_test(tc, waits_as_long_as_it_is_asked_to);
    tcase_add_test(tc, tries_ten_times_at_most);
    tcase_add_test(tc, what_does_not_ask_to_wait_is_told_at_once);
    tcase_add_test(tc, a_write_is_never_sent_twice);
    tcase_add_test(tc, but_what_may_come_twice);
    tcase_add_test(tc, cancelling_and_freeing_ends_calls);
    tcase_add_test(tc, a_callback_may_cancel_its_own_call);
    tcase_add_test(tc, answers_that_are_no_json_come_raw);
    tcase_add_test(tc, a_token_file_is_read_again);
    tcase_add_test(tc, passwords_go_over_tls_alone);
    tcase_add_test(tc, writes_proxy_paths);
    suite_add_tcase(suite, tc);
    return suite;
}
