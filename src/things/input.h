/* input: follows one URL for as long as the thing lives: connects, reads, and when it ends or breaks connects again
 * after a pause that grows from 0.2 s to 1 s. What arrives is handed on at once; who is slow keeps the newest. */
#ifndef THINGS_INPUT_H
#define THINGS_INPUT_H

#include "net/client.h"
#include "things/frame.h"
#include "things/metrics.h"
#include "things/multipart.h"

enum input_kind { INPUT_VIDEO, INPUT_LINES };

struct input;
struct input_events {
    void (*frame)(void *data, struct input *input, struct frame *frame);           /* take a reference to keep it */
    void (*line)(void *data, struct input *input, const char *line, size_t len);   /* a JSON object, without its end */
};

/* What is told of one input, in /metrics. A camera has one, too, of what is in front of it. */
struct input_stats {
    const char *name;  /* of the port */
    char *shown;       /* its URL, credentials masked */
    uint64_t frames;   /* frames or lines that arrived whole */
    uint64_t broken;   /* that did not */
    uint64_t connects; /* how often a stream was begun */
    uint64_t analysed, dropped; /* frames or lines that became a result, and frames passed over for newer ones */
    struct histogram latency;   /* s from capture to that result */
    int64_t last;      /* monotonic time of the newest, 0: none yet */
    bool connected;    /* a stream is being read */
    struct err why;    /* why it is not connected, "" before the first try ended; of the last try */
};

struct input {
    struct input_stats stats;
    char *url;         /* as given */
    enum input_kind kind;

    /* the rest is input.c's */
    struct loop *loop;
    struct http_transport *http;
    struct http_call *call;
    const struct input_events *events;
    void *data;
    struct loop_timer retry;
    int64_t pause;
    int64_t connect_timeout;
    bool answered;      /* this call's head came */
    bool followed;      /* and it is the stream that was asked for */
    struct multipart parts;
    struct buf text;    /* a line that is not whole yet, or what an error answer says */
};

/* Starts at once. -1 only for a URL that is none: then err says so and the input must not be used. */
int input_start(struct input *input, struct loop *loop, struct http_transport *http, enum input_kind kind,
                const char *name, const char *url, const struct input_events *events, void *data, struct err *err);
void input_stop(struct input *input);

#endif
