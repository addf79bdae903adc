#include "net_h2.h"

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include "net/socket.h"

struct h2_stream {
    struct h2_stream *next;
    int32_t id;
    char method[8], path[256];
    char *text;  /* of the answer; NULL: "x" after "x" */
    size_t left; /* of it */
    bool endless, apart; /* the end has a frame of its own */
};

struct h2_conn {
    struct h2_conn *next;
    struct h2_server *server;
    int fd;
    struct loop_io io;
    nghttp2_session *session;
    struct h2_stream *streams;
    struct buf out;
};

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *out, size_t max, uint32_t *flags,
                           nghttp2_data_source *source, void *data)
{
    (void)session, (void)id, (void)data;
    struct h2_stream *stream = source->ptr;
    size_t n = MIN(max, stream->left);
    if (!n && stream->endless)
        return NGHTTP2_ERR_DEFERRED;
    if (stream->text)
        memcpy(out, stream->text + strlen(stream->text) - stream->left, n);
    else
        memset(out, 'x', n);
    stream->left -= n;
    if (!stream->left && !stream->endless && (!n || !stream->apart))
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    struct h2_conn *conn = data;
    if (frame->hd.type != NGHTTP2_HEADERS)
        return 0;
    struct h2_stream *stream = xcalloc(1, sizeof *stream);
    stream->id = frame->hd.stream_id;
    stream->next = conn->streams;
    conn->streams = stream;
    nghttp2_session_set_stream_user_data(session, stream->id, stream);
    return 0;
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                    const uint8_t *value, size_t value_len, uint8_t flags, void *data)
{
    (void)flags, (void)data;
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (name_len == 7 && memcmp(name, ":method", 7) == 0)
        snprintf(stream->method, sizeof stream->method, "%.*s", (int)value_len, (const char *)value);
    if (name_len == 5 && memcmp(name, ":path", 5) == 0)
        snprintf(stream->path, sizeof stream->path, "%.*s", (int)value_len, (const char *)value);
    return 0;
}

static void answer(struct h2_conn *conn, struct h2_stream *stream)
{
    static nghttp2_nv head[] = {{(uint8_t *)(uintptr_t)":status", (uint8_t *)(uintptr_t)"200", 7, 3, 0}};
    stream->endless = str_eq(stream->path, "/watch");
    stream->apart = str_eq(stream->path, "/huge");
    stream->left = stream->apart ? H2_HUGE : str_eq(stream->path, "/large") ? H2_LARGE : stream->endless ? 0 : 4;
    if (conn->server->answer) {
        stream->text = conn->server->answer(stream->path, &stream->endless);
        stream->left = strlen(stream->text);
    }
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_answer};
    nghttp2_submit_response(conn->session, stream->id, head, 1, &provider);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    struct h2_conn *conn = data;
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!stream || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
        return 0;
    bool refused = str_eq(stream->path, "/refused");
    if (frame->hd.type == NGHTTP2_HEADERS)
        conn->server->heads++;
    if (frame->hd.type == NGHTTP2_HEADERS && refused) {
        nghttp2_submit_rst_stream(session, 0, stream->id, NGHTTP2_REFUSED_STREAM);
    } else if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM && !refused) {
        conn->server->whole++;
        conn->server->writes += !str_eq(stream->method, "GET");
        answer(conn, stream);
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *data)
{
    (void)session, (void)code;
    struct h2_conn *conn = data;
    for (struct h2_stream **at = &conn->streams; *at; at = &(*at)->next)
        if ((*at)->id == id) {
            struct h2_stream *stream = *at;
            *at = stream->next;
            free(stream->text);
            free(stream);
            break;
        }
    return 0;
}

static void end(struct h2_conn *conn)
{
    struct h2_conn **at = &conn->server->conns;
    while (*at != conn)
        at = &(*at)->next;
    *at = conn->next;
    loop_io_stop(&conn->io);
    close(conn->fd);
    nghttp2_session_del(conn->session);
    while (conn->streams) {
        struct h2_stream *stream = conn->streams;
        conn->streams = stream->next;
        free(stream->text);
        free(stream);
    }
    buf_release(&conn->out);
    free(conn);
}

static void flush(struct h2_conn *conn)
{
    const uint8_t *bytes;
    ssize_t n;
    for (;;) {
        while (conn->out.len < (256u << 10) && (n = nghttp2_session_mem_send(conn->session, &bytes)) > 0)
            buf_add(&conn->out, bytes, (size_t)n);
        n = conn->out.len ? send(conn->fd, conn->out.data, conn->out.len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        if (n <= 0)
            break;
        buf_drop(&conn->out, (size_t)n);
    }
    loop_io_start(&conn->io, conn->fd, (short)(POLLIN | (conn->out.len ? POLLOUT : 0)));
}

static void on_ready(void *data, short revents)
{
    (void)revents;
    struct h2_conn *conn = data;
    uint8_t bytes[16384];
    ssize_t n;
    while ((n = recv(conn->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        if (nghttp2_session_mem_recv(conn->session, bytes, (size_t)n) < 0)
            n = 0;
    if (n == 0 || (n < 0 && errno != EAGAIN))
        end(conn);
    else
        flush(conn);
}

static void on_accept(void *data, short revents)
{
    (void)revents;
    struct h2_server *server = data;
    struct h2_conn *conn = xcalloc(1, sizeof *conn);
    server->connections++;
    conn->server = server;
    conn->next = server->conns;
    server->conns = conn;
    conn->fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    buf_init(&conn->out, 1u << 20);
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_field);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_server_new(&conn->session, callbacks, conn);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(conn->session, 0, NULL, 0);
    loop_io_init(&conn->io, net.loop, on_ready, conn);
    flush(conn);
}

void h2_serve(struct h2_server *server)
{
    struct err err = ERR_INIT;
    *server = (struct h2_server){0};
    server->fd = socket_listen("127.0.0.1", &server->port, &err);
    ck_assert_msg(server->fd >= 0, "%s", err.text);
    loop_io_init(&server->listen, net.loop, on_accept, server);
    loop_io_start(&server->listen, server->fd, POLLIN);
}

void h2_say(struct h2_server *server, size_t bytes)
{
    for (struct h2_conn *conn = server->conns; conn; conn = conn->next) {
        for (struct h2_stream *stream = conn->streams; stream; stream = stream->next)
            if (stream->endless) {
                stream->left += bytes;
                nghttp2_session_resume_data(conn->session, stream->id);
            }
        flush(conn);
    }
}

void h2_finish(struct h2_server *server)
{
    for (struct h2_conn *conn = server->conns; conn; conn = conn->next) {
        for (struct h2_stream *stream = conn->streams; stream; stream = stream->next) {
            stream->endless = false;
            nghttp2_session_resume_data(conn->session, stream->id);
        }
        flush(conn);
    }
}

void h2_go_away(struct h2_server *server)
{
    for (struct h2_conn *conn = server->conns; conn; conn = conn->next) {
        nghttp2_submit_goaway(conn->session, 0, nghttp2_session_get_last_proc_stream_id(conn->session),
                              NGHTTP2_NO_ERROR, NULL, 0);
        flush(conn);
    }
}

void h2_release(struct h2_server *server)
{
    loop_io_stop(&server->listen);
    close(server->fd);
    while (server->conns)
        end(server->conns);
}
