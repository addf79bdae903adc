#include "tests/unit/rtsp_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/base64.h>

#include "base/buf.h"
#include "base/time.h"

#define STEP (100 * NSEC_PER_MSEC) /* ten frames a second */
#define PACKET 1400

struct rtsp_server {
    int listener, client; /* client -1: none */
    uint16_t port;
    char *authorization;  /* "Basic …", NULL: nobody has to */
    pthread_t thread;
    atomic_bool closing, stalled, udp;
    atomic_uint plays;
    bool playing;
    struct buf request;

    AVCodecContext *encoder;
    AVFormatContext *rtp;
    AVFrame *frame;
    int64_t number, due;
};

static void send_all(struct rtsp_server *s, const void *data, size_t len)
{
    const char *at = data;
    while (len && s->client >= 0) {
        ssize_t n = send(s->client, at, len, MSG_NOSIGNAL);
        if (n <= 0) {
            close(s->client);
            s->client = -1;
            return;
        }
        at += n;
        len -= (size_t)n;
    }
}

/* One packet of RTP, or of its reports, which have types of their own and the other channel. */
static int send_packet(void *data, uint8_t *packet, int len)
{
    struct rtsp_server *s = data;
    unsigned char head[4] = {'$', packet[1] >= 200 && packet[1] <= 204, (unsigned char)(len >> 8), (unsigned char)len};
    send_all(s, head, sizeof head);
    send_all(s, packet, (size_t)len);
    return len;
}

static void open_encoder(struct rtsp_server *s)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
    s->encoder = avcodec_alloc_context3(codec);
    s->encoder->width = RTSP_WIDTH;
    s->encoder->height = RTSP_HEIGHT;
    s->encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    s->encoder->time_base = (AVRational){1, 10};
    s->encoder->gop_size = 5;
    s->encoder->max_b_frames = 0;
    s->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    s->frame = av_frame_alloc();
    s->frame->width = RTSP_WIDTH;
    s->frame->height = RTSP_HEIGHT;
    s->frame->format = AV_PIX_FMT_YUV420P;
    if (avcodec_open2(s->encoder, codec, NULL) < 0 || av_frame_get_buffer(s->frame, 0) < 0)
        BUG("this FFmpeg cannot encode MPEG-4");
}

static void open_rtp(struct rtsp_server *s)
{
    if (avformat_alloc_output_context2(&s->rtp, NULL, "rtp", NULL) < 0)
        BUG("this FFmpeg cannot make RTP");
    AVStream *stream = avformat_new_stream(s->rtp, NULL);
    avcodec_parameters_from_context(stream->codecpar, s->encoder);
    stream->time_base = s->encoder->time_base;
    s->rtp->pb = avio_alloc_context(av_malloc(PACKET), PACKET, 1, s, NULL, send_packet, NULL);
    s->rtp->pb->max_packet_size = PACKET;
    s->rtp->packet_size = PACKET;
    s->rtp->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (avformat_write_header(s->rtp, NULL) < 0)
        BUG("this FFmpeg cannot begin RTP");
}

static void film(struct rtsp_server *s)
{
    AVPacket *packet = av_packet_alloc();
    av_frame_make_writable(s->frame);
    for (int plane = 0; plane < 3; plane++)
        memset(s->frame->data[plane], plane ? 128 : (int)(40 + 10 * (s->number % 16)),
               (size_t)s->frame->linesize[plane] * (plane ? RTSP_HEIGHT / 2 : RTSP_HEIGHT));
    s->frame->pts = s->number++;
    avcodec_send_frame(s->encoder, s->frame);
    while (avcodec_receive_packet(s->encoder, packet) == 0) {
        av_packet_rescale_ts(packet, s->encoder->time_base, s->rtp->streams[0]->time_base);
        packet->stream_index = 0;
        av_write_frame(s->rtp, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
}

static void answer(struct rtsp_server *s, const char *status, const char *headers, const char *body)
{
    const char *cseq = strcasestr(s->request.data, "CSeq:");
    struct buf out;
    buf_init(&out, 8192);
    buf_addf(&out, "RTSP/1.0 %s\r\n%.*s\r\n%sContent-Length: %zu\r\n\r\n%s", status, cseq ? (int)strcspn(cseq, "\r\n") : 0,
             str_or_empty(cseq), headers, strlen(body), body);
    send_all(s, out.data, out.len);
    buf_release(&out);
}

static void on_request(struct rtsp_server *s)
{
    const char *text = s->request.data, *authorization = strcasestr(text, "\nAuthorization:");
    if (str_starts(text, "OPTIONS")) {
        answer(s, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n", "");
    } else if (s->authorization && !(authorization && strstr(authorization, s->authorization))) {
        answer(s, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"camera\"\r\n", "");
    } else if (!strstr(text, "/stream ") && !strstr(text, "/stream/")) {
        answer(s, "404 Not Found", "", "");
    } else if (str_starts(text, "DESCRIBE")) {
        char sdp[4096];
        av_sdp_create(&s->rtp, 1, sdp, sizeof sdp);
        answer(s, "200 OK", "Content-Type: application/sdp\r\n", sdp);
    } else if (str_starts(text, "SETUP") && !strstr(text, "RTP/AVP/TCP")) {
        atomic_store(&s->udp, true);
        answer(s, "461 Unsupported Transport", "", "");
    } else if (str_starts(text, "SETUP")) {
        answer(s, "200 OK", "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "");
    } else if (str_starts(text, "PLAY")) {
        answer(s, "200 OK", "Session: 1\r\n", "");
        s->playing = true;
        atomic_fetch_add(&s->plays, 1);
    } else {
        answer(s, "200 OK", "Session: 1\r\n", "");
    }
}

/* Requests, and between them packets of the client's reports, which say nothing of interest. */
static void take(struct rtsp_server *s)
{
    char piece[4096];
    ssize_t n = recv(s->client, piece, sizeof piece, 0);
    if (n <= 0) {
        close(s->client);
        s->client = -1;
        return;
    }
    buf_add(&s->request, piece, (size_t)n);
    for (;;) {
        struct buf *r = &s->request;
        const char *end = r->len ? memmem(r->data, r->len, "\r\n\r\n", 4) : NULL;
        size_t len = 0;
        if (r->len >= 4 && r->data[0] == '$')
            len = 4 + ((size_t)(unsigned char)r->data[2] << 8 | (unsigned char)r->data[3]);
        else if (end)
            len = (size_t)(end - r->data) + 4;
        if (!len || len > r->len)
            return;
        if (r->data[0] != '$')
            on_request(s);
        struct buf rest;
        buf_init(&rest, 1u << 16);
        buf_add(&rest, r->data + len, r->len - len);
        buf_release(r);
        *r = rest;
    }
}

static void *serve(void *data)
{
    struct rtsp_server *s = data;
    while (!atomic_load(&s->closing)) {
        struct pollfd fds[] = {{s->listener, POLLIN, 0}, {s->client, POLLIN, 0}};
        poll(fds, 2, 20);
        if (atomic_load(&s->stalled)) {
            usleep(20000);
            continue;
        }
        if (s->client >= 0 && fds[1].revents)
            take(s);
        if (fds[0].revents) {
            if (s->client >= 0)
                close(s->client);
            s->client = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
            s->playing = false;
            buf_reset(&s->request);
        }
        if (s->client >= 0 && s->playing && time_monotonic() >= s->due) {
            s->due = time_monotonic() + STEP;
            film(s);
        }
    }
    return NULL;
}

static void listen_on(struct rtsp_server *s, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(s->listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(s->listener, 8) < 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) < 0)
        BUG("cannot listen: %s", strerror(errno));
    s->port = ntohs(address.sin_port);
}

struct rtsp_server *rtsp_server_new(uint16_t port, const char *credentials)
{
    struct rtsp_server *s = xcalloc(1, sizeof *s);
    char base64[256];
    av_log_set_level(AV_LOG_QUIET);
    s->client = -1;
    buf_init(&s->request, 1u << 16);
    if (credentials)
        s->authorization = xasprintf("Basic %s", av_base64_encode(base64, sizeof base64, (const uint8_t *)credentials, (int)strlen(credentials)));
    listen_on(s, port);
    open_encoder(s);
    open_rtp(s);
    if (pthread_create(&s->thread, NULL, serve, s) != 0)
        BUG("cannot start a thread");
    return s;
}

void rtsp_server_free(struct rtsp_server *s)
{
    if (!s)
        return;
    atomic_store(&s->closing, true);
    pthread_join(s->thread, NULL);
    if (s->client >= 0)
        close(s->client);
    s->client = -1;
    close(s->listener);
    av_write_trailer(s->rtp); /* it frees what the header allocated */
    av_freep(&s->rtp->pb->buffer);
    avio_context_free(&s->rtp->pb);
    avformat_free_context(s->rtp);
    avcodec_free_context(&s->encoder);
    av_frame_free(&s->frame);
    buf_release(&s->request);
    free(s->authorization);
    free(s);
}

uint16_t rtsp_server_port(const struct rtsp_server *s)
{
    return s->port;
}

void rtsp_server_stall(struct rtsp_server *s, bool stalled)
{
    atomic_store(&s->stalled, stalled);
}

unsigned rtsp_server_plays(struct rtsp_server *s)
{
    return atomic_load(&s->plays);
}

bool rtsp_server_asked_udp(struct rtsp_server *s)
{
    return atomic_load(&s->udp);
}
