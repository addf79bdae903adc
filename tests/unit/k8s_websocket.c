#include "base/digest.h"
#include "net/websocket.h"
#include "ws_peer.h"

static struct {
    struct websocket *ws;
    struct script_call *call;
    int opens, rooms, dones;
    struct buf messages; /* "[…]", long ones as "[N bytes]" */
    struct websocket_end end;
    struct err err;
    bool free_at_open, free_at_message, pause_at_message;
} got;

static void drop(void)
{
    websocket_free(got.ws);
    got.ws = NULL;
}

static void on_open(void *data)
{
    (void)data;
    got.opens++;
    if (got.free_at_open)
        drop();
}

static void on_message(void *data, const char *bytes, size_t len)
{
    (void)data;
    if (len > 60)
        buf_addf(&got.messages, "[%zu bytes]", len);
    else
        buf_addf(&got.messages, "[%.*s]", (int)len, bytes);
    if (got.pause_at_message)
        websocket_pause(got.ws, true);
    if (got.free_at_message)
        drop();
}

static void on_room(void *data)
{
    (void)data;
    got.rooms++;
}

static void on_done(void *data, const struct websocket_end *end)
{
    (void)data;
    got.dones++;
    got.end = *end;
    got.err = end->err;
    if (end->len)
        buf_addf(&got.messages, "{%s}", end->body);
    drop();
}

static void connect_to(void)
{
    static const struct websocket_events events = {on_open, on_message, on_room, on_done};
    static const char *const protocols[] = {"best.test", "second.test", NULL};
    got.ws = websocket_new(script.loop, protocols, &events, NULL);
    websocket_start(got.ws, http_start(&script.transport,
                                       &(struct http_request){.url = "https://test:6443/ws",
                                                              .headers = websocket_headers(got.ws),
                                                              .upgrade = true},
                                       &websocket_call_events, got.ws));
    got.call = script_expect("GET", "/ws");
}

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.messages, 1 << 20);
    connect_to();
}

static void teardown(void)
{
    drop();
    buf_release(&got.messages);
    script_teardown();
}

static void ended(enum websocket_ending ending, const char *sentence)
{
    script_settle();
    ck_assert_int_eq(got.dones, 1);
    ck_assert_int_eq(got.end.ending, ending);
    ck_assert_str_eq(got.err.text, sentence);
    ck_assert(!got.call->open);
}

static void accept_it(void)
{
    ws_accept(got.call, "best.test");
    ck_assert_int_eq(got.opens, 1);
}

START_TEST(shakes_hands)
{
    ck_assert_ptr_nonnull(strstr(got.call->headers, "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: "
                                                    "13\nSec-WebSocket-Key: "));
    ck_assert_ptr_nonnull(strstr(got.call->headers, "\nSec-WebSocket-Protocol: best.test, second.test\n"));
    ws_accept(got.call, "second.test");
    ck_assert_int_eq(got.opens, 1);
    ck_assert_str_eq(websocket_protocol(got.ws), "second.test");
    /* The example of RFC 6455, 1.3. */
    static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t hash[20];
    struct buf text;
    buf_init(&text, 64);
    digest_sha1(key, strlen(key), hash);
    digest_base64(&text, hash, sizeof hash);
    ck_assert_str_eq(text.data, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    buf_release(&text);
}
END_TEST

START_TEST(two_keys_are_never_the_same)
{
    char *first = xstrdup(got.call->headers);
    http_cancel(NULL);
    drop();
    connect_to();
    ck_assert_str_ne(first, got.call->headers);
    free(first);
}
END_TEST

static const struct {
    const char *from, *to; /* an edit of the right answer */
    const char *sentence;
} wrong_answers[] = {
    {"upgrade: WebSocket", "upgrade: h2c", "the server changed to another protocol than WebSocket"},
    {"upgrade: WebSocket", "x: y", "the server changed to another protocol than WebSocket"},
    {"Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: x",
     "the server's WebSocket handshake is not an answer to ours (wrong Sec-WebSocket-Accept)"},
    {"Sec-WebSocket-Accept", "Other", "the server's WebSocket handshake is not an answer to ours (wrong Sec-WebSocket-Accept)"},
    {"Sec-WebSocket-Protocol: best.test\n", "",
     "the server speaks WebSocket, but did not agree to the protocol best.test"},
    {"best.test", "worst.test", "the server speaks a WebSocket protocol that was not offered to it"},
    {"best.test", "best.test, second.test", "the server speaks a WebSocket protocol that was not offered to it"},
    {"best.test", "best.test\nSec-WebSocket-Extensions: permessage-deflate",
     "the server uses WebSocket extensions that were not offered to it"},
};

START_TEST(refuses_a_wrong_handshake)
{
    char *right = ws_answer(got.call, "best.test");
    const char *at = strstr(right, wrong_answers[_i].from);
    ck_assert_ptr_nonnull(at);
    char *wrong = xasprintf("%.*s%s%s", (int)(at - right), right, wrong_answers[_i].to, at + strlen(wrong_answers[_i].from));
    script_upgrade(got.call, wrong);
    ended(WEBSOCKET_BROKEN, wrong_answers[_i].sentence);
    ck_assert_int_eq(got.opens, 0);
    free(wrong);
    free(right);
}
END_TEST

START_TEST(gives_the_answer_of_a_server_that_refuses)
{
    script_answer(got.call, 403, "{\"message\":\"no\"}");
    ended(WEBSOCKET_REFUSED, "");
    ck_assert_int_eq(got.end.status, 403);
    ck_assert_str_eq(got.messages.data, "{{\"message\":\"no\"}}");
}
END_TEST

START_TEST(says_why_there_was_no_connection)
{
    script_refuse(got.call);
    ended(WEBSOCKET_BROKEN, "cannot connect to test:6443: connection refused");
    ck_assert(!got.end.opened);
}
END_TEST

START_TEST(messages_come_whole)
{
    accept_it();
    ws_send(got.call, WS_FIN | WS_BINARY, "one", 3);
    ws_send(got.call, WS_BINARY, "tw", 2);
    ws_send(got.call, WS_FIN | WS_PING, "in between", 10);
    ws_send(got.call, WS_MORE, "", 0);
    ws_send(got.call, WS_FIN | WS_MORE, "o", 1);
    ck_assert_str_eq(got.messages.data, "[one][two]");
    struct ws_frame pong = ws_next(got.call);
    ck_assert_int_eq(pong.opcode, WS_FIN | WS_PONG);
    ck_assert_str_eq(pong.bytes, "in between");
    /* byte by byte, at every length of a frame's head */
    static const size_t lengths[] = {0, 125, 126, 65535, 65536, WEBSOCKET_MAX_MESSAGE};
    static char zeros[WEBSOCKET_MAX_MESSAGE];
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
        ws_send(got.call, WS_FIN | WS_BINARY, zeros, lengths[i]);
    ck_assert(str_ends(got.messages.data,
                       "[two][][125 bytes][126 bytes][65535 bytes][65536 bytes][1048576 bytes]"));
    for (const char *p = "\x82\x03" "cut" "\x82\x02" "up"; *p; p++)
        script_send(got.call, p, 1);
    ck_assert(str_ends(got.messages.data, "[cut][up]"));
}
END_TEST

START_TEST(sends_masked_messages)
{
    accept_it();
    static char big[70000];
    websocket_send(got.ws, "a\0b", 3);
    websocket_send(got.ws, big, sizeof big);
    struct ws_frame frame = ws_next(got.call);
    ck_assert_int_eq(frame.opcode, WS_FIN | WS_BINARY);
    ck_assert_uint_eq(frame.len, 3);
    ck_assert_mem_eq(frame.bytes, "a\0b", 3);
    frame = ws_next(got.call);
    ck_assert_uint_eq(frame.len, sizeof big);
    ck_assert_mem_eq(frame.bytes, big, sizeof big);
    ws_nothing(got.call);
    script_sent(got.call);
    ck_assert_int_eq(got.rooms, 1);
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    int code; /* of our close frame, 0: it has none */
    const char *sentence;
} hostile[] = {
#define FRAME(s) s, sizeof s - 1
    {FRAME("\x82\x83mask..."), 1002, "what the server sent is not as WebSocket's frames are"},
    {FRAME("\xc2\x01x"), 1002, "what the server sent is not as WebSocket's frames are"}, /* reserved bit 1 */
    {FRAME("\xa2\x01x"), 1002, "what the server sent is not as WebSocket's frames are"}, /* 2 */
    {FRAME("\x92\x01x"), 1002, "what the server sent is not as WebSocket's frames are"}, /* 3 */
    {FRAME("\x83\x01x"), 1002, "what the server sent is not as WebSocket's frames are"}, /* an opcode nobody knows */
    {FRAME("\x8b\x00"), 1002, "what the server sent is not as WebSocket's frames are"},
    {FRAME("\x81\x02hi"), 1003, "the server sent text where bytes belong"},
    {FRAME("\x89\x7e\x00\x7e"), 0, "what the server sent is not as WebSocket's frames are"}, /* a ping of 126 bytes */
    {FRAME("\x09\x01x"), 0, "what the server sent is not as WebSocket's frames are"},        /* a ping in parts */
    {FRAME("\x80\x01x"), 1002, "what the server sent is not as WebSocket's frames are"},        /* the rest of nothing */
    {FRAME("\x02\x01x\x82\x01y"), 1002, "what the server sent is not as WebSocket's frames are"}, /* one within another */
    {FRAME("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), 0, "what the server sent is not as WebSocket's frames are"},
    {FRAME("\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x05hello"), 0,
     "what the server sent is not as WebSocket's frames are"}, /* a length longer than it need be */
    {FRAME("\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x01x"), 1009, "the server sent a message larger than 1024 KiB"},
    {FRAME("\x02\x7f\x00\x00\x00\x00\x7f\xff\xff\xffx"), 1009, "the server sent a message larger than 1024 KiB"},
};

START_TEST(hostile_frames_end_it_with_a_sentence)
{
    accept_it();
    script_send(got.call, hostile[_i].bytes, hostile[_i].len);
    ended(WEBSOCKET_BROKEN, hostile[_i].sentence);
    struct ws_frame frame = ws_next(got.call);
    ck_assert_int_eq(frame.opcode, WS_FIN | WS_CLOSE);
    ck_assert_uint_eq(frame.len, hostile[_i].code ? 2 : 0);
    if (hostile[_i].code)
        ck_assert_int_eq((unsigned char)frame.bytes[0] << 8 | (unsigned char)frame.bytes[1], hostile[_i].code);
    ck_assert(got.messages.len == 0);
}
END_TEST

START_TEST(many_parts_of_one_message_are_bounded_too)
{
    accept_it();
    static char part[64 << 10];
    ws_send(got.call, WS_BINARY, part, sizeof part);
    for (int i = 0; i < 16 && !got.dones; i++)
        ws_send(got.call, WS_MORE, part, sizeof part);
    ended(WEBSOCKET_BROKEN, "the server sent a message larger than 1024 KiB");
}
END_TEST

START_TEST(a_close_in_the_middle_of_a_message_drops_it)
{
    accept_it();
    ws_send(got.call, WS_BINARY, "half", 4);
    ws_close(got.call, 1000, "");
    ended(WEBSOCKET_CLOSED, "");
    ck_assert_int_eq(got.end.code, 1000);
    ck_assert_str_eq(got.messages.data, "");
    ck_assert_int_eq(ws_next(got.call).opcode, WS_FIN | WS_CLOSE);
}
END_TEST

START_TEST(a_close_with_a_reason_says_it_harmlessly)
{
    accept_it();
    ws_send(got.call, WS_FIN | WS_BINARY, "last", 4);
    ws_close(got.call, 1011, "no \033[31mpod");
    ended(WEBSOCKET_CLOSED, "the server closed the connection: no \xef\xbf\xbd[31mpod (WebSocket code 1011)");
    ck_assert_str_eq(got.messages.data, "[last]");
}
END_TEST

START_TEST(an_end_without_a_close_is_an_error)
{
    accept_it();
    script_end(got.call);
    ended(WEBSOCKET_BROKEN, "the server ended the connection without a word");
}
END_TEST

START_TEST(a_broken_connection_says_so)
{
    accept_it();
    script_break(got.call);
    ended(WEBSOCKET_BROKEN, "the connection to test:6443 broke");
    ck_assert(got.end.opened);
}
END_TEST

START_TEST(we_close_in_order)
{
    accept_it();
    websocket_close(got.ws);
    websocket_send(got.ws, "too late", 8);
    ck_assert_int_eq(ws_next(got.call).opcode, WS_FIN | WS_CLOSE);
    ws_nothing(got.call);
    ws_close(got.call, 1000, "");
    ended(WEBSOCKET_CLOSED, "");
}
END_TEST

START_TEST(a_server_that_does_not_say_goodbye_is_left)
{
    accept_it();
    websocket_close(got.ws);
    script_pass(1.9);
    ck_assert_int_eq(got.dones, 0);
    script_pass(0.2);
    ended(WEBSOCKET_CLOSED, "");
}
END_TEST

/* Answers every ping that came. */
static int answer_pings(void)
{
    int count = 0;
    while (got.call->out.len) {
        struct ws_frame frame = ws_next(got.call);
        if (frame.opcode == (WS_FIN | WS_PING)) {
            count++;
            ws_send(got.call, WS_FIN | WS_PONG, frame.bytes, frame.len);
        }
    }
    return count;
}

START_TEST(pings_into_silence)
{
    accept_it();
    for (int i = 0; i < 30; i++) {
        script_pass(4.9);
        ws_nothing(got.call);
        script_pass(0.1);
        ck_assert_int_eq(answer_pings(), 1);
    }
    ck_assert_int_eq(got.dones, 0);
}
END_TEST

/* A ping that finds the server closed costs what is still on its way from it. */
START_TEST(while_bytes_come_there_is_no_ping)
{
    accept_it();
    for (int i = 0; i < 100; i++) {
        script_pass(4.5);
        ws_send(got.call, WS_FIN | WS_BINARY, "x", 1);
    }
    ws_nothing(got.call);
    ck_assert_int_eq(got.dones, 0);
}
END_TEST

/* The clock went on by a minute between two turns: what came meanwhile is told behind the timers. */
START_TEST(who_was_held_up_hears_first)
{
    accept_it();
    script_pass(5);
    ck_assert_int_eq(answer_pings(), 1);
    script.clock.now += 60 * NSEC_PER_SEC;
    ws_send(got.call, WS_FIN | WS_BINARY, "x", 1);
    ws_nothing(got.call);
    ck_assert_int_eq(got.dones, 0);
}
END_TEST

/* What was taken is asked while more is to come, and once behind it all. */
START_TEST(behind_the_last_there_is_no_ping)
{
    accept_it();
    static char big[100 << 10];
    for (int i = 0; i < 3; i++) {
        websocket_send(got.ws, big, sizeof big);
        ck_assert_uint_eq(ws_next(got.call).len, sizeof big);
        script_pass(3);
        ws_send(got.call, WS_FIN | WS_BINARY, "x", 1);
        script_pass(2);
        ck_assert_int_eq(ws_next(got.call).opcode, WS_FIN | WS_PING);
        ws_nothing(got.call);
    }
    websocket_send(got.ws, big, sizeof big);
    ck_assert_uint_eq(ws_next(got.call).len, sizeof big);
    websocket_last(got.ws);
    ck_assert_int_eq(ws_next(got.call).opcode, WS_FIN | WS_PING);
    websocket_send(got.ws, "end", 3);
    ck_assert_uint_eq(ws_next(got.call).len, 3);
    for (int i = 0; i < 100; i++) {
        script_pass(4.5);
        ws_send(got.call, WS_FIN | WS_BINARY, "x", 1);
    }
    ws_nothing(got.call);
    script_pass(5);
    ck_assert_int_eq(answer_pings(), 1);
}
END_TEST

START_TEST(a_silent_server_is_dead_after_thirty_seconds)
{
    accept_it();
    script_pass(12);
    ck_assert_int_eq(answer_pings(), 2);
    script_pass(29);
    ck_assert_int_eq(got.dones, 0);
    script_pass(5);
    ended(WEBSOCKET_BROKEN, "nothing came from the server for 33 s, not even answers to pings");
}
END_TEST

START_TEST(pongs_that_nobody_asked_for_are_life_but_no_receipt)
{
    accept_it();
    static char big[100 << 10];
    websocket_send(got.ws, big, sizeof big);
    ws_send(got.call, WS_FIN | WS_PONG, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    ws_send(got.call, WS_FIN | WS_PONG, "", 0);
    script_pass(100);
    ck_assert_int_eq(got.dones, 0); /* much is under way, which a resting program may hold up for ever */
}
END_TEST

START_TEST(a_program_that_takes_nothing_is_not_dead)
{
    accept_it();
    static char big[100 << 10];
    websocket_send(got.ws, big, sizeof big);
    script_pass(600);
    ck_assert_int_eq(got.dones, 0);
    ck_assert_int_gt(answer_pings(), 100); /* it took all that: from here on silence counts */
    script_pass(40);
    ck_assert_int_eq(got.dones, 1);
}
END_TEST

START_TEST(while_paused_nothing_is_missed)
{
    accept_it();
    websocket_pause(got.ws, true);
    ck_assert(got.call->paused);
    script_pass(100);
    ws_nothing(got.call);
    websocket_pause(got.ws, false);
    ck_assert(!got.call->paused);
    script_pass(29);
    ck_assert_int_eq(got.dones, 0);
    script_pass(10);
    ck_assert_int_eq(got.dones, 1);
}
END_TEST

START_TEST(pings_do_not_stand_in_a_queue)
{
    accept_it();
    static char big[100 << 10];
    websocket_send(got.ws, big, sizeof big);
    ws_next(got.call);
    got.call->unsent = WEBSOCKET_HOLD + 1;
    script_pass(1000);
    ws_nothing(got.call);
    script_sent(got.call);
    script_pass(5);
    ck_assert_int_eq(answer_pings(), 1);
}
END_TEST

START_TEST(callbacks_may_free_it)
{
    got.free_at_open = _i == 0;
    got.free_at_message = _i == 1;
    ws_accept(got.call, "best.test");
    if (_i == 1)
        script_send(got.call, "\x82\x01" "a" "\x82\x01" "b" "\x89\x01" "c", 9);
    ck_assert_ptr_null(got.ws);
    ck_assert(got.call->cancelled);
    ck_assert_str_eq(got.messages.data, _i == 1 ? "[a]" : "");
    ck_assert_int_eq(got.dones, 0);
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
    accept_it();
    unsigned seed = (unsigned)_i * 7919 + 1;
    for (int i = 0; i < 200 && !got.dones; i++) {
        char bytes[64];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (char)((k % 7 ? 0 : 0x80) ^ (rand_r(&seed) & (k % 3 ? 0x8f : 0xff)));
        script_send(got.call, bytes, sizeof bytes);
    }
    ck_assert_int_le(got.dones, 1);
}
END_TEST

Suite *k8s_websocket_suite(void)
{
    Suite *suite = suite_create("websocket");
    TCase *tc = tcase_create("websocket");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, shakes_hands);
    tcase_add_test(tc, two_keys_are_never_the_same);
    tcase_add_loop_test(tc, refuses_a_wrong_handshake, 0, ARRAY_SIZE(wrong_answers));
    tcase_add_test(tc, gives_the_answer_of_a_server_that_refuses);
    tcase_add_test(tc, says_why_there_was_no_connection);
    tcase_add_test(tc, messages_come_whole);
    tcase_add_test(tc, sends_masked_messages);
    tcase_add_loop_test(tc, hostile_frames_end_it_with_a_sentence, 0, ARRAY_SIZE(hostile));
    tcase_add_test(tc, many_parts_of_one_message_are_bounded_too);
    tcase_add_test(tc, a_close_in_the_middle_of_a_message_drops_it);
    tcase_add_test(tc, a_close_with_a_reason_says_it_harmlessly);
    tcase_add_test(tc, an_end_without_a_close_is_an_error);
    tcase_add_test(tc, a_broken_connection_says_so);
    tcase_add_test(tc, we_close_in_order);
    tcase_add_test(tc, a_server_that_does_not_say_goodbye_is_left);
    tcase_add_test(tc, pings_into_silence);
    tcase_add_test(tc, while_bytes_come_there_is_no_ping);
    tcase_add_test(tc, who_was_held_up_hears_first);
    tcase_add_test(tc, behind_the_last_there_is_no_ping);
    tcase_add_test(tc, a_silent_server_is_dead_after_thirty_seconds);
    tcase_add_test(tc, pongs_that_nobody_asked_for_are_life_but_no_receipt);
    tcase_add_test(tc, a_program_that_takes_nothing_is_not_dead);
    tcase_add_test(tc, while_paused_nothing_is_missed);
    tcase_add_test(tc, pings_do_not_stand_in_a_queue);
    tcase_add_loop_test(tc, callbacks_may_free_it, 0, 2);
    tcase_add_loop_test(tc, random_bytes_do_no_harm, 0, 40);
    suite_add_tcase(suite, tc);
    return suite;
}
