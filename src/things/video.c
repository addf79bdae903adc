#include "things/video.h"

#include <math.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libswscale/swscale.h>

#include "things/feed.h"
#include "things/frame.h"

struct video {
    AVFormatContext *file;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    struct SwsContext *convert;
    int stream;
    double rate;
    int turns;
    bool live;
    struct feed feed; /* of one that is live */
    int ended;        /* why it is, 0: it goes on; the codec may hold frames yet */
};

static const int32_t *display_matrix(const AVStream *stream)
{
    size_t size = 0;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 29, 100)
    const AVPacketSideData *side = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    const void *data = side ? side->data : NULL;
    size = side ? side->size : 0;
#else
    const void *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
#endif
    return size >= 9 * sizeof(int32_t) ? data : NULL;
}

static int quarter_turns(const AVStream *stream)
{
    const int32_t *matrix = display_matrix(stream);
    double degrees = matrix ? -av_display_rotation_get(matrix) : 0; /* theirs are counterclockwise */
    return isfinite(degrees) ? (int)(lround(degrees / 90) + 4) % 4 : 0;
}

static int open_codec(struct video *v, const char *what, struct err *err)
{
    const AVCodec *codec = NULL;
    v->stream = av_find_best_stream(v->file, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (v->stream == AVERROR_DECODER_NOT_FOUND)
        return err_set(err, "%s is a video of a kind that cannot be decoded here", what);
    if (v->stream < 0)
        return err_set(err, "%s is no video that can be read", what);
    AVStream *stream = v->file->streams[v->stream];
    for (unsigned i = 0; i < v->file->nb_streams; i++)
        if ((int)i != v->stream)
            v->file->streams[i]->discard = AVDISCARD_ALL;
    AVRational rate = av_guess_frame_rate(v->file, stream, NULL);
    v->rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    v->turns = quarter_turns(stream);
    v->codec = avcodec_alloc_context3(codec);
    if (!v->codec || avcodec_parameters_to_context(v->codec, stream->codecpar) < 0)
        return err_set(err, "%s is a video whose decoder cannot be set up", what);
    v->codec->thread_count = 1;
    v->codec->max_pixels = FRAME_MAX_PIXELS;
    if (v->live)
        v->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
    if (avcodec_open2(v->codec, codec, NULL) < 0)
        return err_set(err, "%s is no video that can be decoded", what);
    v->packet = av_packet_alloc();
    v->frame = av_frame_alloc();
    return v->packet && v->frame ? 0 : err_set(err, "there is no memory for %s", what);
}

struct video *video_open(const char *path, struct err *err)
{
    struct video *v = xcalloc(1, sizeof *v);
    char *url = xasprintf("file:%s", path);
    AVDictionary *options = NULL;
    av_log_set_level(AV_LOG_QUIET);
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    int rc = avformat_open_input(&v->file, url, NULL, &options);
    av_dict_free(&options);
    free(url);
    char *quoted = xasprintf("'%s'", path);
    if (rc < 0 || avformat_find_stream_info(v->file, NULL) < 0)
        rc = err_set(err, "%s is no video that can be read", quoted);
    else
        rc = open_codec(v, quoted, err);
    free(quoted);
    if (rc == 0)
        return v;
    video_close(v);
    return NULL;
}

struct video *video_connect(const char *spec, double rate, bool (*stop)(void *data), void *data, struct err *err)
{
    struct video *v = xcalloc(1, sizeof *v);
    v->live = true;
    v->feed = (struct feed){.stop = stop, .data = data};
    v->file = feed_open(&v->feed, spec, rate, err);
    if (v->file && open_codec(v, "sends what", err) == 0)
        return v;
    video_close(v);
    return NULL;
}

void video_close(struct video *v)
{
    if (!v)
        return;
    sws_freeContext(v->convert);
    av_frame_free(&v->frame);
    av_packet_free(&v->packet);
    avcodec_free_context(&v->codec);
    avformat_close_input(&v->file);
    free(v);
}

double video_rate(const struct video *v)
{
    return v->rate;
}

bool video_next(struct video *v)
{
    for (;;) {
        int rc = avcodec_receive_frame(v->codec, v->frame);
        if (rc == 0)
            return true;
        if (v->ended)
            return false;
        /* What is damaged is passed over. */
        rc = v->live ? feed_read(&v->feed, v->file, v->packet) : av_read_frame(v->file, v->packet);
        if (rc < 0) {
            v->ended = rc;
            avcodec_send_packet(v->codec, NULL);
            continue;
        }
        if (v->packet->stream_index == v->stream)
            avcodec_send_packet(v->codec, v->packet);
        av_packet_unref(v->packet);
    }
}

void video_why(const struct video *v, struct err *err)
{
    if (v->live && v->ended)
        feed_why(&v->feed, v->ended, err);
}

int video_picture(struct video *v, struct picture *picture, struct err *err)
{
    const AVFrame *f = v->frame;
    if (picture_make(picture, f->width, f->height, err) < 0)
        return -1;
    picture->turns = v->turns;
    v->convert = sws_getCachedContext(v->convert, f->width, f->height, (enum AVPixelFormat)f->format, f->width, f->height,
                                      AV_PIX_FMT_BGR24, SWS_BICUBIC, NULL, NULL, NULL);
    uint8_t *rows[4] = {picture->pixels};
    int strides[4] = {(int)picture->stride};
    if (!v->convert || sws_scale(v->convert, (const uint8_t *const *)f->data, f->linesize, 0, f->height, rows, strides) < 0) {
        picture_release(picture);
        return err_set(err, "its pixels are of a kind that cannot be converted");
    }
    return 0;
}
