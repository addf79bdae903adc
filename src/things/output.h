/* output: what a thing gives to whoever connects: a video as MJPEG, or lines.
 *
 * Nobody has a queue of their own. A client of a video is sent the newest frame when it has taken the one before; a
 * client of lines reads from the few newest that all share, and goes on at the oldest of them when it fell behind. */
#ifndef THINGS_OUTPUT_H
#define THINGS_OUTPUT_H

#include "net/server.h"
#include "things/frame.h"

struct output_stats {
    const char *name;    /* of the port: "video", "detections" */
    uint64_t frames;     /* frames or lines made */
    int64_t last;        /* monotonic time of the newest, 0: none yet */
    int64_t first_wall;  /* wall clock of the first, 0: none yet */
    size_t clients;
    uint64_t skipped;    /* not sent to some client, because it was slow */
};

struct output_client;

struct video_output {
    struct loop *loop;
    struct output_stats stats;
    struct frame *newest;
    struct output_client *clients;
    loop_fn on_client; /* the first client came: somebody watches now; may be NULL */
    void *data;
};

void video_output_init(struct video_output *out, struct loop *loop, const char *name, loop_fn on_client, void *data);
/* The clients must be gone (http_server_free). */
void video_output_release(struct video_output *out);
/* Takes its own reference. */
void video_output_push(struct video_output *out, struct frame *frame);
/* Answers with the stream; 503 when there are too many. */
void video_output_serve(struct video_output *out, struct http_exchange *x);

#define LINES_KEPT 64
struct line_output {
    struct loop *loop;
    struct output_stats stats;
    struct { char *text; size_t len; } kept[LINES_KEPT]; /* line n stands at n % LINES_KEPT */
    struct output_client *clients;
};

void line_output_init(struct line_output *out, struct loop *loop, const char *name);
void line_output_release(struct line_output *out);
/* A line without its end. */
void line_output_push(struct line_output *out, const char *line, size_t len);
/* Answers with the lines that come from now on. */
void line_output_serve(struct line_output *out, struct http_exchange *x);

#endif
