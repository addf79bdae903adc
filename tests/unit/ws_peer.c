#include "ws_peer.h"

#include "base/digest.h"

char *ws_answer(const struct script_call *call, const char *protocol)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    const char *key = strstr(call->headers, name);
    ck_assert_ptr_nonnull(key);
    key += strlen(name);
    struct buf text;
    uint8_t hash[20];
    buf_init(&text, 4096);
    buf_add(&text, key, strcspn(key, "\n"));
    ck_assert_uint_eq(text.len, 24); /* 16 bytes */
    buf_adds(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    digest_sha1(text.data, text.len, hash);
    buf_reset(&text);
    buf_adds(&text, "upgrade: WebSocket\nConnection: Upgrade\nSec-WebSocket-Accept: ");
    digest_base64(&text, hash, sizeof hash);
    buf_addc(&text, '\n');
    if (protocol)
        buf_addf(&text, "Sec-WebSocket-Protocol: %s\n", protocol);
    return buf_take(&text);
}

void ws_accept(struct script_call *call, const char *protocol)
{
    char *fields = ws_answer(call, protocol);
    script_upgrade(call, fields);
    free(fields);
}

void ws_send(struct script_call *call, int opcode, const char *bytes, size_t len)
{
    struct buf frame;
    buf_init(&frame, len + 16);
    buf_addc(&frame, (char)opcode);
    if (len < 126) {
        buf_addc(&frame, (char)len);
    } else if (len < 65536) {
        buf_addc(&frame, 126);
        buf_addc(&frame, (char)(len >> 8));
        buf_addc(&frame, (char)len);
    } else {
        buf_addc(&frame, 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            buf_addc(&frame, (char)((uint64_t)len >> shift));
    }
    buf_add(&frame, bytes, len);
    script_send(call, frame.data, frame.len);
    buf_release(&frame);
}

void ws_channel(struct script_call *call, int channel, const char *text)
{
    char *bytes = xasprintf("%c%s", 'x', text);
    bytes[0] = (char)channel;
    ws_send(call, WS_FIN | WS_BINARY, bytes, strlen(text) + 1);
    free(bytes);
}

void ws_close(struct script_call *call, int code, const char *reason)
{
    char *bytes = xasprintf("%c%c%s", 'x', 'x', reason);
    bytes[0] = (char)(code >> 8);
    bytes[1] = (char)code;
    ws_send(call, WS_FIN | WS_CLOSE, bytes, strlen(reason) + 2);
    free(bytes);
}

struct ws_frame ws_next(struct script_call *call)
{
    static char *last;
    const unsigned char *p = (const unsigned char *)call->out.data;
    script_settle();
    ck_assert_msg(call->out.len >= 2, "the client sent nothing");
    ck_assert_msg(p[1] & 0x80, "the client's frame is not masked");
    struct ws_frame frame = {.opcode = p[0]};
    uint64_t len = p[1] & 0x7f;
    size_t head = 2;
    int more = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (more)
        len = 0;
    for (int i = 0; i < more; i++)
        len = len << 8 | p[head++];
    const unsigned char *mask = p + head;
    head += 4;
    ck_assert_msg(call->out.len >= head + len, "half a frame");
    free(last);
    frame.bytes = last = xcalloc(1, len + 1);
    frame.len = len;
    for (size_t i = 0; i < len; i++)
        frame.bytes[i] = (char)(p[head + i] ^ mask[i % 4]);
    buf_drop(&call->out, head + len);
    return frame;
}

void ws_nothing(struct script_call *call)
{
    script_settle();
    ck_assert_uint_eq(call->out.len, 0);
}

void ws_expect(struct script_call *call, int channel, const char *text)
{
    struct ws_frame frame = ws_next(call);
    ck_assert_int_eq(frame.opcode, WS_FIN | WS_BINARY);
    ck_assert_uint_ge(frame.len, 1);
    ck_assert_int_eq((unsigned char)frame.bytes[0], channel);
    ck_assert_str_eq(frame.bytes + 1, text);
}
