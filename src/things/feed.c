#include "things/feed.h"

#include "base/time.h"

#ifdef HAVE_AVDEVICE
#include <libavdevice/avdevice.h>
#endif

#define MAX_ALLOCATION (128u << 20) /* what a peer says of its own size is not believed */

static const struct {
    int rc;
    const char *text;
} words[] = {
    {AVERROR(ETIMEDOUT), "timed out: it does not answer"},
    {AVERROR(ECONNREFUSED), "refuses the connection: nothing listens there"},
    {AVERROR(EHOSTUNREACH), "cannot be reached: there is no route to it"},
    {AVERROR(ENETUNREACH), "cannot be reached: there is no route to its network"},
    {AVERROR(ECONNRESET), "broke the connection off"},
    {AVERROR(EPIPE), "broke the connection off"},
    {AVERROR_EOF, "ended its stream"},
    {AVERROR_HTTP_UNAUTHORIZED, "wants a user and a password, or other ones: set SOURCE_USER and SOURCE_PASSWORD, from a Secret"},
    {AVERROR_HTTP_FORBIDDEN, "forbids it: the user may not see this stream"},
    {AVERROR_HTTP_NOT_FOUND, "has no such stream: it answers 404"},
    {AVERROR_HTTP_SERVER_ERROR, "is broken: it answers with an error of its own"},
    {AVERROR_INVALIDDATA, "sends no video that can be read here"},
    {AVERROR(EIO), "cannot be read: its name is not known, or it broke off in the middle"},
    {AVERROR_PROTOCOL_NOT_FOUND, "cannot be read: this build's FFmpeg does not speak its protocol"},
    /* of a device */
    {AVERROR(ENOENT), "is not there: no such device is plugged in, or it was not given to this pod"},
    {AVERROR(ENODEV), "is gone: it was pulled out"},
    {AVERROR(ENXIO), "is gone: it was pulled out"},
    {AVERROR(EACCES), "may not be opened by this user"},
    {AVERROR(EPERM), "may not be opened by this user"},
    {AVERROR(EBUSY), "is in use by another program"},
    {AVERROR(ENOTTY), "is no camera"},
    {AVERROR(EINVAL), "gives no pictures of a kind, size or rate that can be read here"},
};

/* Called a few times a second by whatever waits, also for a name or a connection. */
static int is_over(void *data)
{
    struct feed *feed = data;
    feed->silent = feed->silent || time_monotonic() >= feed->deadline;
    return feed->silent || (feed->stop && feed->stop(feed->data));
}

void feed_why(const struct feed *feed, int rc, struct err *err)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    if (feed->silent) {
        err_set(err, "timed out: nothing came for %d s", (int)(FEED_SILENCE / NSEC_PER_SEC));
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].rc == rc) {
            err_set(err, "%s", words[i].text);
            return;
        }
    err_set(err, "cannot be read: %s", av_make_error_string(text, sizeof text, rc));
}

static bool is_device(const char *spec)
{
    return str_starts(spec, "/dev/");
}

/* What may be fetched, and what it may be: a playlist or a description that a peer sends names no other addresses. */
static void set_options(AVDictionary **options, const char *spec, double rate)
{
    av_dict_set(options, "format_whitelist", "rtsp,sdp,rtp,mpjpeg,mjpeg,mpegts,h264,hevc,video4linux2,v4l2", 0);
    if (is_device(spec)) {
        char text[32];
        snprintf(text, sizeof text, "%.3f", rate);
        if (rate > 0)
            av_dict_set(options, "framerate", text, 0);
        return;
    }
    bool rtsp = str_starts(spec, "rtsp");
    av_dict_set(options, "protocol_whitelist", rtsp ? "rtsp,rtsps,rtp,tcp,tls,udp" : "http,https,tcp,tls", 0);
    if (rtsp)
        av_dict_set(options, "rtsp_transport", "tcp", 0);
}

/* The one kind that a scheme stands for; NULL: by what comes. */
static int find_format(const char *spec, const AVInputFormat **format, struct err *err)
{
    *format = NULL;
    if (!is_device(spec))
        return 0;
#ifdef HAVE_AVDEVICE
    avdevice_register_all();
    *format = av_find_input_format("v4l2");
#endif
    return *format ? 0 : err_set(err, "cannot be read: this build has no V4L2 (Debian: libavdevice-dev)");
}

AVFormatContext *feed_open(struct feed *feed, const char *spec, double rate, struct err *err)
{
    AVFormatContext *context = avformat_alloc_context();
    AVDictionary *options = NULL;
    const AVInputFormat *format;
    if (!context || find_format(spec, &format, err) < 0) {
        avformat_free_context(context);
        return NULL;
    }
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(MAX_ALLOCATION);
    avformat_network_init();
    feed->silent = false;
    feed->deadline = time_monotonic() + FEED_SILENCE;
    context->interrupt_callback = (AVIOInterruptCB){is_over, feed};
    context->flags |= AVFMT_FLAG_NOBUFFER;
    context->max_analyze_duration = AV_TIME_BASE; /* a camera that is there shows itself within a second */
    context->fps_probe_size = 0;
    set_options(&options, spec, rate);
    int rc = avformat_open_input(&context, spec, format, &options); /* frees the context when it fails */
    av_dict_free(&options);
    if (rc >= 0) {
        feed->deadline = time_monotonic() + FEED_SILENCE;
        rc = avformat_find_stream_info(context, NULL);
    }
    if (rc >= 0)
        return context;
    feed_why(feed, rc, err);
    avformat_close_input(&context);
    return NULL;
}

int feed_read(struct feed *feed, AVFormatContext *context, AVPacket *packet)
{
    feed->deadline = time_monotonic() + FEED_SILENCE; /* it stays silent: what a parser still held does not wake it */
    int rc = av_read_frame(context, packet);
    /* Cut off in the middle of a frame, a stream has not become another kind of data. */
    return rc < 0 && context->pb && avio_feof(context->pb) && !feed->silent ? AVERROR_EOF : rc;
}
