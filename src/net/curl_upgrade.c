#include "net/curl_call.h"

#include "net/socket.h"

#define MAX_HEAD (64u << 10)
#define MAX_REFUSAL (256u << 10) /* the body of an answer that is no 101, with the marks of its chunks */
#define MAX_UNSENT (4u << 20)
#define PIECE (64u << 10)

/* What comes next: the head, a refusal's body, nothing more (the refusal waits to be taken), or bytes both ways. */
enum part { HEAD, REFUSAL, REFUSED, BYTES };

struct upgrade {
    struct loop_io io;
    int fd;
    enum part part;
    /* What leaves stays where it is until it left: OpenSSL wants the very same bytes again. The rest waits behind. */
    struct buf leaving, waiting;
    size_t left;   /* how much of leaving did */
    struct buf in; /* the head while it is not whole, then a refusal's body */
    enum http_outcome lost; /* HTTP_DONE: what we send still goes */
    bool bodiless; /* a refusal has none, whatever its head says */
};

static void watch(struct curl_call *call)
{
    struct upgrade *u = call->upgrade;
    short events = (short)((call->call.blocked ? 0 : POLLIN) | (u->leaving.len ? POLLOUT : 0));
    if (events)
        loop_io_start(&u->io, u->fd, events);
    else
        loop_io_stop(&u->io);
}

/* ---- out ---- */

static void flush(struct curl_call *call)
{
    struct upgrade *u = call->upgrade;
    while (u->leaving.len) {
        size_t n = 0;
        CURLcode code = curl_easy_send(call->easy, u->leaving.data + u->left, u->leaving.len - u->left, &n);
        if (code == CURLE_AGAIN)
            return;
        if (code != CURLE_OK) {
            /* What came before the connection broke stands in the socket: the call ends when it is read. */
            u->lost = curl_classify(call, code, &call->call.result.err);
            buf_reset(&u->leaving);
            buf_reset(&u->waiting);
            u->left = 0;
            return;
        }
        call_heard(&call->call);
        u->left += n;
        if (u->left < u->leaving.len)
            continue;
        struct buf next = u->waiting;
        buf_reset(&u->leaving);
        u->waiting = u->leaving;
        u->leaving = next;
        u->left = 0;
        if (!u->leaving.len && u->part == BYTES)
            call_drained(&call->call);
    }
}

void upgrade_send(struct curl_call *call, const void *bytes, size_t len)
{
    struct upgrade *u = call->upgrade;
    if (!u)
        BUG("bytes for a call that is no upgrade");
    if (!call->easy || !len || u->lost != HTTP_DONE)
        return;
    if (u->part != BYTES)
        BUG("bytes before the upgrade");
    struct buf *to = u->leaving.len ? &u->waiting : &u->leaving;
    if (len > MAX_UNSENT - upgrade_unsent(call)) {
        err_set(&call->call.result.err, "%s does not take what is sent to it: more than %u MiB wait", call->call.peer,
                MAX_UNSENT >> 20);
        call_finish(&call->call, HTTP_BROKEN);
        return;
    }
    buf_add(to, bytes, len);
    flush(call);
    if (call->easy)
        watch(call);
}

size_t upgrade_unsent(const struct curl_call *call)
{
    const struct upgrade *u = call->upgrade;
    return u && call->easy ? u->leaving.len - u->left + u->waiting.len : 0;
}

/* ---- in ---- */

/* The bodies of chunks, into out: 1 they are whole, 0 there is more to come, -1 they are none. */
static int unchunk(const struct buf *in, struct buf *out)
{
    const char *at = in->data, *end = in->data + in->len, *line;
    buf_reset(out);
    while ((line = memchr(at, '\n', (size_t)(end - at)))) {
        char *after;
        unsigned long long size = strtoull(at, &after, 16);
        if (after == at || size > in->max)
            return -1;
        line++;
        if (!size)
            return memmem(line - 2, (size_t)(end - line) + 2, "\r\n\r\n", 4) ? 1 : 0; /* trailers, seldom */
        if ((size_t)(end - line) < size + 2)
            return 0;
        buf_add(out, line, size);
        at = line + size + 2;
    }
    return 0;
}

/* The refusal is whole: told when there is room, and the end with it. */
static void tell_refusal(struct curl_call *call)
{
    struct upgrade *u = call->upgrade;
    u->part = REFUSED;
    if (!u->in.len || call_body(&call->call, u->in.data, u->in.len))
        call_finish(&call->call, HTTP_DONE);
}

static void look_at_refusal(struct curl_call *call, bool ended)
{
    struct upgrade *u = call->upgrade;
    const char *length = http_head_get(&call->call.head.head, "Content-Length");
    const char *coding = http_head_get(&call->call.head.head, "Transfer-Encoding");
    size_t size = length ? strtoull(length, NULL, 10) : SIZE_MAX;
    bool whole;
    if (coding && strcasestr(coding, "chunked")) {
        struct buf body;
        buf_init(&body, MAX_REFUSAL);
        int rc = unchunk(&u->in, &body);
        whole = rc > 0;
        if (whole) {
            struct buf old = u->in;
            u->in = body;
            body = old;
        }
        buf_release(&body);
        if (rc < 0) {
            curl_ended(call, CURLE_PARTIAL_FILE);
            return;
        }
    } else {
        whole = u->bodiless || u->in.len >= size || (ended && !length);
        buf_truncate(&u->in, u->bodiless ? 0 : size);
    }
    if (whole) {
        tell_refusal(call);
    } else if (ended) {
        curl_ended(call, CURLE_PARTIAL_FILE);
    } else if (u->in.over) {
        err_set(&call->call.result.err, "%s refuses with more than %u KiB", call->call.peer, MAX_REFUSAL >> 10);
        call_finish(&call->call, HTTP_BROKEN);
    }
}

static void take_refusal(struct curl_call *call, const char *bytes, size_t len)
{
    struct buf *in = &call->upgrade->in;
    buf_add(in, bytes, MIN(len, in->max - in->len));
    in->over = in->len == in->max;
    look_at_refusal(call, false);
}

/* The lines of one head; its status. */
static int read_head(struct curl_call *call, size_t len)
{
    struct buf *in = &call->upgrade->in;
    int status = 0;
    sscanf(in->data, "HTTP/1.%*1d %3d", &status);
    for (size_t at = 0, n; at < len; at += n) {
        n = (size_t)((char *)memchr(in->data + at, '\n', len - at) - (in->data + at)) + 1;
        head_line(&call->call.head, in->data + at, n, loop_wall(call->t->calls.loop));
    }
    buf_drop(in, len);
    return status;
}

static void take_head(struct curl_call *call, const char *bytes, size_t len)
{
    struct upgrade *u = call->upgrade;
    const char *end;
    int status = 100;
    buf_add(&u->in, bytes, len);
    while ((end = memmem(u->in.data, u->in.len, "\r\n\r\n", 4)) && status >= 100 && status < 200 && status != 101)
        status = read_head(call, (size_t)(end - u->in.data) + 4);
    bool whole = status >= 200 || status == 101;
    if (status < 100 || (!whole && (u->in.len == MAX_HEAD || strncmp(u->in.data, "HTTP/1.", MIN(u->in.len, 7))))) {
        err_set(&call->call.result.err, "%s does not answer as an HTTP server does", call->call.peer);
        call_finish(&call->call, HTTP_BROKEN);
        return;
    }
    if (!whole)
        return;
    call_head(&call->call, status);
    if (status == 101) {
        u->part = BYTES;
    } else {
        u->part = REFUSAL;
        u->bodiless |= status == 204 || status == 304;
        struct buf rest = u->in;
        buf_init(&u->in, MAX_REFUSAL);
        take_refusal(call, rest.data, rest.len);
        buf_release(&rest);
    }
}

static void take_end(struct curl_call *call)
{
    switch (call->upgrade->part) {
    case HEAD:
        curl_ended(call, CURLE_GOT_NOTHING);
        break;
    case REFUSAL:
        look_at_refusal(call, true);
        break;
    case REFUSED:
    case BYTES:
        call_finish(&call->call, HTTP_DONE);
        break;
    }
}

/* To the last byte or until there is no room: what TLS unpacked already, no descriptor tells of. */
static void receive(struct curl_call *call)
{
    char bytes[PIECE];
    struct upgrade *u = call->upgrade;
    while (call->easy && u->part != REFUSED) {
        if (u->part == BYTES && u->in.len) { /* came with the head */
            if (!call_body(&call->call, u->in.data, u->in.len))
                return;
            buf_release(&u->in);
        }
        size_t n = 0, room = u->part == BYTES ? call_room(&call->call) : u->in.max - u->in.len;
        if (!room)
            return;
        CURLcode code = curl_easy_recv(call->easy, bytes, MIN(room, sizeof bytes), &n);
        if (code == CURLE_AGAIN)
            return;
        if (u->lost != HTTP_DONE && (code != CURLE_OK || !n)) {
            call_finish(&call->call, u->lost);
            return;
        }
        if (code != CURLE_OK) {
            curl_ended(call, code);
            return;
        }
        call_heard(&call->call);
        if (!n)
            take_end(call);
        else if (u->part == HEAD)
            take_head(call, bytes, n);
        else if (u->part == REFUSAL)
            take_refusal(call, bytes, n);
        else
            call_body(&call->call, bytes, n);
        if (!n)
            return;
    }
}

void upgrade_resume(struct curl_call *call)
{
    struct upgrade *u = call->upgrade;
    if (u->part == REFUSED)
        tell_refusal(call);
    else if (u->fd >= 0)
        receive(call);
    if (call->easy && u->fd >= 0)
        watch(call);
}

static void on_ready(void *data, short revents)
{
    struct curl_call *call = data;
    if (revents & ~POLLOUT)
        receive(call);
    if (call->easy && revents & POLLOUT)
        flush(call);
    if (call->easy)
        watch(call);
}

/* ---- its life ---- */

void upgrade_set_up(struct curl_call *call, const struct http_request *r, const struct url *url)
{
    struct upgrade *u = xcalloc(1, sizeof *u);
    call->upgrade = u;
    u->fd = -1;
    loop_io_init(&u->io, call->t->calls.loop, on_ready, call);
    buf_init(&u->leaving, MAX_UNSENT);
    buf_init(&u->waiting, MAX_UNSENT);
    buf_init(&u->in, MAX_HEAD);
    if (r->body_len)
        BUG("an upgrade has no body");
    curl_easy_setopt(call->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(call->easy, CURLOPT_HTTPPROXYTUNNEL, 1L); /* a proxy would not pass an upgrade on */
    const char *method = r->method ? r->method : "GET";
    u->bodiless = str_eq(method, "HEAD");
    buf_addf(&u->leaving, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n", method, url->path, call->call.peer,
             call->t->user_agent);
    for (const char *const *h = r->headers; h && *h; h++)
        buf_addf(&u->leaving, "%s\r\n", *h);
    buf_adds(&u->leaving, "\r\n");
}

void upgrade_connected(struct curl_call *call)
{
    struct upgrade *u = call->upgrade;
    curl_socket_t fd;
    if (curl_easy_getinfo(call->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) {
        curl_ended(call, CURLE_COULDNT_CONNECT);
        return;
    }
    u->fd = fd;
    socket_give_up(fd, 0); /* what stands behind may rest on purpose; who talks over it asks whether it lives */
    call->call.sent = true;
    flush(call);
    if (call->easy)
        watch(call);
}

void upgrade_stop(struct curl_call *call)
{
    loop_io_stop(&call->upgrade->io);
}

void upgrade_free(struct curl_call *call)
{
    struct upgrade *u = call->upgrade;
    buf_release(&u->leaving);
    buf_release(&u->waiting);
    buf_release(&u->in);
    free(u);
}
