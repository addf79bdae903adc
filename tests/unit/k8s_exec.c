#include "k8s/exec.h"
#include "ws_peer.h"

static struct {
    struct exec_session *session;
    struct script_call *call; /* the WebSocket's */
    int opens, rooms, dones;
    struct buf out; /* "text" of output, "!text" of errors */
    struct exec_end end;
    bool free_at_output;
} got;

static void on_open(void *data)
{
    (void)data;
    got.opens++;
}

static void on_output(void *data, bool err, const char *bytes, size_t len)
{
    (void)data;
    if (err)
        buf_addc(&got.out, '!');
    buf_add(&got.out, bytes, len);
    if (got.free_at_output) {
        exec_free(got.session);
        got.session = NULL;
    }
}

static void on_room(void *data)
{
    (void)data;
    got.rooms++;
}

static void on_done(void *data, const struct exec_end *end)
{
    (void)data;
    got.dones++;
    got.end = *end;
    exec_free(got.session);
    got.session = NULL;
}

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.out, 1 << 20);
}

static void teardown(void)
{
    exec_free(got.session);
    buf_release(&got.out);
    script_teardown();
}

static const char *const sh[] = {"sh", "-c", "echo a&b", NULL};

#define RUNNING                                                                                                        \
    "{\"metadata\":{\"name\":\"camera-1\"},\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"main\"}]},"        \
    "\"status\":{\"phase\":\"Running\"}}"

static struct script_call *start(struct exec_options options)
{
    static const struct exec_events events = {on_open, on_output, on_room, on_done};
    options.ns = "m";
    options.pod = "camera-1";
    got.session = exec_new(script.client, &options, &events, NULL);
    return script_expect("GET", "/api/v1/namespaces/m/pods/camera-1");
}

static void connect_to(struct exec_options options, const char *pod)
{
    script_answer(start(options), 200, pod);
    got.call = script_next();
}

static void run(struct exec_options options)
{
    options.argv = sh;
    connect_to(options, RUNNING);
    ws_accept(got.call, "v5.channel.k8s.io");
    ck_assert_int_eq(got.opens, 1);
}

static void failed(const char *sentence)
{
    script_settle();
    ck_assert_int_eq(got.dones, 1);
    ck_assert(!got.end.exited);
    ck_assert_str_eq(got.end.err.text, sentence);
    script_none();
}

START_TEST(asks_for_what_is_wanted)
{
    connect_to((struct exec_options){.argv = sh, .in = true, .tty = true}, RUNNING);
    ck_assert_str_eq(got.call->url, "https://test:6443/api/v1/namespaces/m/pods/camera-1/exec?command=sh&command=-c"
                                    "&command=echo%20a%26b&container=main&stdout=true&tty=true&stdin=true");
    ck_assert_ptr_nonnull(strstr(got.call->headers, "Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\n"));
    ck_assert_ptr_nonnull(strstr(got.call->headers, "Authorization: Bearer secret\n"));
    ck_assert(got.call->upgrade);
}
END_TEST

START_TEST(asks_for_error_output_without_a_terminal)
{
    connect_to((struct exec_options){.argv = sh}, RUNNING);
    ck_assert(str_ends(got.call->url, "&container=main&stdout=true&stderr=true"));
}
END_TEST

START_TEST(attaches)
{
    connect_to((struct exec_options){.container = "main", .in = true}, RUNNING);
    ck_assert(str_ends(got.call->url, "/pods/camera-1/attach?container=main&stdout=true&stderr=true&stdin=true"));
}
END_TEST

static const struct {
    const char *annotations, *containers, *chosen, *words;
} choices[] = {
    {"", "{\"name\":\"a\"}", "a", ""},
    {"", "{\"name\":\"a\"},{\"name\":\"b\"}", "a", "container 'a' of: a, b, init (init)"},
    {"\"kubectl.kubernetes.io/default-container\":\"b\"", "{\"name\":\"a\"},{\"name\":\"b\"}", "b", ""},
    {"\"kubectl.kubernetes.io/default-container\":\"gone\"", "{\"name\":\"a\"},{\"name\":\"b\"}", "a",
     "container 'a' of: a, b, init (init)"},
};

START_TEST(chooses_the_container_as_kubectl_does)
{
    bool init = strchr(choices[_i].words, '(') != NULL;
    char *pod = xasprintf("{\"metadata\":{\"annotations\":{%s}},\"spec\":{\"nodeName\":\"n\",\"containers\":[%s]%s}}",
                          choices[_i].annotations, choices[_i].containers,
                          init ? ",\"initContainers\":[{\"name\":\"init\"}]" : "");
    connect_to((struct exec_options){.argv = sh}, pod);
    char *part = xasprintf("&container=%s&", choices[_i].chosen);
    ck_assert_ptr_nonnull(strstr(got.call->url, part));
    ck_assert_str_eq(exec_choice(got.session), choices[_i].words);
    free(part);
    free(pod);
}
END_TEST

static const struct {
    const char *container;
    int status;
    const char *pod, *sentence;
} no_entry[] = {
    {NULL, 404, "{\"kind\":\"Status\",\"message\":\"pods \\\"camera-1\\\" not found\"}", "pods \"camera-1\" not found"},
    {"x", 200, RUNNING, "pod camera-1 has no container 'x'; it has: main"},
    {NULL, 200, "{\"spec\":{}}", "pod camera-1 has no container"},
    {NULL, 200, "[]", "pod camera-1 has no container"},
    {NULL, 200, "{\"spec\":{\"containers\":[{\"name\":\"main\"}]},\"status\":{\"phase\":\"Succeeded\"}}",
     "pod camera-1 has ended (Succeeded): nothing can run in it any more"},
    {NULL, 200, "{\"spec\":{\"containers\":[{\"name\":\"main\"}]},\"status\":{\"phase\":\"Pending\"}}",
     "pod camera-1 is not running: it is on no node yet"},
    {NULL, 200,
     "{\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"main\"}]},\"status\":{\"phase\":\"Running\","
     "\"containerStatuses\":[{\"name\":\"main\",\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}}",
     "container 'main' of pod camera-1 is not running: CrashLoopBackOff"},
};

START_TEST(a_pod_that_cannot_be_entered_is_said_at_once)
{
    script_answer(start((struct exec_options){.argv = sh, .container = no_entry[_i].container}), no_entry[_i].status,
                  no_entry[_i].pod);
    failed(no_entry[_i].sentence);
}
END_TEST

START_TEST(who_may_not_look_may_still_enter)
{
    script_answer(start((struct exec_options){.argv = sh}), 403, "{\"message\":\"no\"}");
    got.call = script_expect("GET", "/exec?command=sh");
    ck_assert_ptr_null(strstr(got.call->url, "container="));
}
END_TEST

static const struct {
    int status;
    const char *body, *sentence;
} refusals[] = {
    {403, "{\"kind\":\"Status\",\"message\":\"pods \\\"camera-1\\\" is forbidden: no exec for you\"}",
     "pods \"camera-1\" is forbidden: no exec for you"},
    {404, "{\"kind\":\"Status\",\"message\":\"pods \\\"camera-1\\\" not found\",\"details\":{\"name\":\"camera-1\"}}",
     "pods \"camera-1\" not found"},
    {404, "{\"kind\":\"Status\",\"message\":\"the server could not find the requested resource\"}",
     "the cluster at https://test:6443 has no exec: it has nothing at that address"},
    {404, "{\"kind\":\"Status\",\"message\":\"the server could not find the requested resource\",\"details\":{\"name\":\"camera-1\"}}",
     "the cluster at https://test:6443 has no exec: it has nothing at that address"},
    {404, "404 page not found", "the cluster at https://test:6443 has no exec: it has nothing at that address"},
    {405, "", "the cluster at https://test:6443 has no exec: it has nothing at that address"},
    {200, "<h1>Hello</h1>",
     "the server at https://test:6443, or a proxy before it, offers no WebSocket, which exec needs (it answered 200)"},
    {426, "",
     "the server at https://test:6443, or a proxy before it, offers no WebSocket, which exec needs (it answered 426)"},
    {400, "{\"kind\":\"Status\",\"message\":\"a container name must be specified for pod x, choose one of: [a b]\"}",
     "a container name must be specified for pod x, choose one of: [a b]"},
    {502, "<b>down</b>", "the server answered 502 bad gateway: 'down'"},
};

START_TEST(a_refusal_is_a_sentence)
{
    connect_to((struct exec_options){.argv = sh}, RUNNING);
    script_answer(got.call, refusals[_i].status, refusals[_i].body);
    failed(refusals[_i].sentence);
}
END_TEST

START_TEST(a_broken_connection_is_said)
{
    run((struct exec_options){0});
    script_break(got.call);
    failed("the connection to test:6443 broke; the command's output may be cut, and how it ended is not known");
}
END_TEST

START_TEST(outputs_come_apart_and_the_code_through)
{
    run((struct exec_options){0});
    ws_channel(got.call, 1, "");
    ws_channel(got.call, 1, "out");
    ws_channel(got.call, 2, "err");
    ws_channel(got.call, 9, "nobody");
    ws_send(got.call, WS_FIN | WS_BINARY, "", 0);
    ws_channel(got.call, 1, "more");
    ws_channel(got.call, 3,
               "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with non-zero exit code\","
               "\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"42\"}]}}");
    ck_assert_int_eq(got.dones, 0);
    ws_close(got.call, 1000, "");
    ck_assert_int_eq(got.dones, 1);
    ck_assert(got.end.exited);
    ck_assert_int_eq(got.end.code, 42);
    ck_assert_str_eq(got.end.err.text, "");
    ck_assert_str_eq(got.out.data, "out!errmore");
}
END_TEST

static const struct {
    const char *status;
    bool exited;
    int code;
    const char *sentence;
} statuses[] = {
    {"{\"metadata\":{},\"status\":\"Success\"}", true, 0, ""},
    {"{\"status\":\"Failure\",\"message\":\"Internal error occurred: no such file \\u001b[2J\",\"code\":500}", false, 0,
     "Internal error occurred: no such file \xef\xbf\xbd[2J"},
    {"{\"status\":\"Failure\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"many\"}]},\"message\":\"odd\"}",
     false, 0, "odd"},
    {"{\"status\":\"Failure\",\"details\":{\"causes\":[7,null,{\"reason\":\"ExitCode\",\"message\":\"137\"}]}}", true, 137, ""},
    {"{\"status\":\"Failure\",\"message\":\"Internal error occurred: failed to exec in container: OCI runtime exec failed: "
     "exec failed: unable to start container process: exec: \\\"x\\\": executable file not found in $PATH: unknown\"}",
     false, 0, "cannot start the command: exec: \"x\": executable file not found in $PATH: unknown"},
    {"what?", false, 0, "the server answered 500 internal error: 'what?'"},
    {"[[[[", false, 0, "the server answered 500 internal error: '[[[['"},
};

START_TEST(what_the_server_says_of_the_end)
{
    run((struct exec_options){0});
    /* in two halves: nobody promises one message */
    char *first = xstrndup(statuses[_i].status, 4);
    ws_channel(got.call, 3, first);
    ws_channel(got.call, 3, statuses[_i].status + 4);
    free(first);
    ws_close(got.call, 1000, "");
    ck_assert_int_eq(got.dones, 1);
    ck_assert_int_eq(got.end.exited, statuses[_i].exited);
    ck_assert_int_eq(got.end.code, statuses[_i].code);
    ck_assert_str_eq(got.end.err.text, statuses[_i].sentence);
}
END_TEST

START_TEST(an_end_without_a_status_is_an_error)
{
    run((struct exec_options){0});
    ws_close(got.call, 1000, "");
    failed("the server closed the connection without saying how the command ended");
}
END_TEST

START_TEST(a_server_that_does_not_close_is_left_with_the_code)
{
    run((struct exec_options){0});
    ws_channel(got.call, 3, "{\"status\":\"Success\"}");
    script_pass(5);
    ck_assert_int_eq(got.dones, 1);
    ck_assert(got.end.exited);
}
END_TEST

START_TEST(input_goes_in_pieces_and_ends)
{
    run((struct exec_options){.in = true});
    exec_input(got.session, "", 0);
    exec_input(got.session, "hello", 5);
    ws_expect(got.call, 0, "hello");
    static char big[100000];
    exec_input(got.session, big, sizeof big);
    size_t sum = 0;
    for (int i = 0; i < 4; i++) {
        struct ws_frame frame = ws_next(got.call);
        ck_assert_uint_le(frame.len, 32769);
        sum += frame.len - 1;
    }
    ck_assert_uint_eq(sum, sizeof big);
    ck_assert(!exec_full(got.session));
    got.call->unsent = 300000;
    ck_assert(exec_full(got.session));
    script_sent(got.call);
    ck_assert_int_eq(got.rooms, 1);
    ck_assert(!exec_full(got.session));
    ck_assert(exec_close_input(got.session));
    struct ws_frame frame = ws_next(got.call);
    ck_assert_int_eq(frame.opcode, WS_FIN | WS_PING); /* behind the end there is none */
    frame = ws_next(got.call);
    ck_assert_uint_eq(frame.len, 2);
    ck_assert_mem_eq(frame.bytes, "\xff\x00", 2);
    exec_input(got.session, "late", 4);
    ck_assert(exec_close_input(got.session));
    ws_nothing(got.call);
}
END_TEST

START_TEST(an_old_server_cannot_be_told_the_end)
{
    connect_to((struct exec_options){.argv = sh, .in = true}, RUNNING);
    ck_assert(!exec_close_input(got.session));
    ws_accept(got.call, "v4.channel.k8s.io");
    ck_assert_int_eq(got.opens, 1);
    ck_assert(!exec_close_input(got.session));
    exec_input(got.session, "still", 5);
    ws_expect(got.call, 0, "still");
}
END_TEST

START_TEST(sizes_are_told_of_a_terminal)
{
    run((struct exec_options){.tty = true});
    exec_resize(got.session, 120, 40);
    ws_expect(got.call, 4, "{\"Width\":120,\"Height\":40}");
    exec_resize(got.session, 0, 0);
    exec_input(got.session, "no input was asked for", 22);
    ws_nothing(got.call);
}
END_TEST

START_TEST(output_can_be_paused)
{
    run((struct exec_options){0});
    exec_pause(got.session, true);
    ck_assert(got.call->paused);
    ws_channel(got.call, 1, "later");
    ck_assert_str_eq(got.out.data, "");
    exec_pause(got.session, false);
    script_settle();
    ck_assert_str_eq(got.out.data, "later");
}
END_TEST

START_TEST(may_be_freed_at_any_time)
{
    if (_i == 0) {
        start((struct exec_options){.argv = sh});
    } else if (_i == 1) {
        connect_to((struct exec_options){.argv = sh}, RUNNING);
    } else {
        run((struct exec_options){0});
        got.free_at_output = true;
        script_send(got.call, "\x82\x02\x01" "1" "\x82\x02\x01" "2", 8);
        ck_assert_str_eq(got.out.data, "1");
        ck_assert_ptr_null(got.session);
    }
}
END_TEST

Suite *k8s_exec_suite(void)
{
    Suite *suite = suite_create("exec");
    TCase *tc = tcase_create("exec");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, asks_for_what_is_wanted);
    tcase_add_test(tc, asks_for_error_output_without_a_terminal);
    tcase_add_test(tc, attaches);
    tcase_add_loop_test(tc, chooses_the_container_as_kubectl_does, 0, ARRAY_SIZE(choices));
    tcase_add_loop_test(tc, a_pod_that_cannot_be_entered_is_said_at_once, 0, ARRAY_SIZE(no_entry));
    tcase_add_test(tc, who_may_not_look_may_still_enter);
    tcase_add_loop_test(tc, a_refusal_is_a_sentence, 0, ARRAY_SIZE(refusals));
    tcase_add_test(tc, a_broken_connection_is_said);
    tcase_add_test(tc, outputs_come_apart_and_the_code_through);
    tcase_add_loop_test(tc, what_the_server_says_of_the_end, 0, ARRAY_SIZE(statuses));
    tcase_add_test(tc, an_end_without_a_status_is_an_error);
    tcase_add_test(tc, a_server_that_does_not_close_is_left_with_the_code);
    tcase_add_test(tc, input_goes_in_pieces_and_ends);
    tcase_add_test(tc, an_old_server_cannot_be_told_the_end);
    tcase_add_test(tc, sizes_are_told_of_a_terminal);
    tcase_add_test(tc, output_can_be_paused);
    tcase_add_loop_test(tc, may_be_freed_at_any_time, 0, 3);
    suite_add_tcase(suite, tc);
    return suite;
}
