/* thing: what every media thing is: inputs, outputs, a web server with the same resources, and one descriptor that says
 * what is special about it (camera.c, detector.c, monitor.c, storage.c and alarm.c each end in theirs). */
#ifndef THINGS_THING_H
#define THINGS_THING_H

#include "things/input.h"
#include "things/output.h"
#include "things/printer.h"
#include "things/worker.h"

#define THING_INPUTS 16 /* of one port */

struct thing;

struct thing_port {
    const char *name, *media;
    const char *env;  /* an input's: the variable with its URLs, one a line */
    const char *path; /* an output's */
    bool required;    /* an input without which the thing has nothing to do */
    size_t max;       /* URLs of an input */
};

struct thing_class {
    const char *verb;   /* "camera": what is typed */
    const char *class;  /* "MSensor": ISO/IEC 23093's */
    const char *title;
    const char *what;   /* for --help */
    const struct thing_port *inputs, *outputs; /* until one without a name */
    struct input_events events;                /* data is the thing */
    bool video_each;    /* it makes a video of each video it reads */
    /* Makes thing->self; the inputs, and the videos of video_each, come after it. An error is one of usage: exit 2. */
    int (*start)(struct thing *thing, struct err *err);
    void (*stop)(struct thing *thing);  /* nothing may call back after; not yet freed */
    void (*free)(struct thing *thing);
    /* Why its own first output is still missing, where it knows more than its outputs tell. May be NULL. */
    void (*why)(struct thing *thing, struct err *why);
    /* Takes a request that is none of the common ones; false: not found. May be NULL. */
    bool (*serve)(struct thing *thing, struct http_exchange *x);
    /* Its own metrics; may be NULL. */
    void (*metrics)(struct thing *thing, struct buf *out);
    /* What is wrong though it works, for /healthz. May be NULL. */
    void (*trouble)(struct thing *thing, struct err *what);
};

struct thing_options {
    const char *address;
    uint16_t port;
    const char *source;
    double fps;         /* 0: the source's own */
    int width;          /* pictures wider than this are scaled down; 0: as they are */
    double confidence;
    const char *method; /* "people", "motion" or "model" */
    const char *model;  /* an ONNX file, "": none */
    const char *labels; /* as labels.h reads them */
    int input_size;     /* of the model's square, in pixels */
    const char *region; /* as region.h reads it */
    double sensitivity, min_area;
    const char *label;  /* as rule.h reads it */
    int count;
    double hold;        /* s */
    const char *folder; /* "": where a volume is mounted, or this thing's own */
    int64_t keep;       /* bytes */
    double keep_hours;  /* 0: for ever */
};

struct thing {
    const struct thing_class *class;
    const struct thing_options *options;
    struct loop *loop;
    struct http_server *server;
    struct http_transport *http;
    struct worker *worker;
    struct printer printer;
    const char *name, *graph, *pod; /* from the environment, for tags */
    struct input inputs[2 * THING_INPUTS];
    size_t input_count;
    struct input_stats *source; /* a camera's, of what is in front of it; NULL: its inputs tell */
    struct video_output videos[THING_INPUTS]; /* /video is the first, as is /video/1; then /video/2 … */
    size_t video_count;
    struct line_output lines;
    bool has_lines;
    bool ready;         /* once true it stays */
    int64_t started_wall;
    uint64_t analysed, dropped; /* frames that were, and that were passed over because a newer one came */
    double latency;     /* s from capture to this thing's newest result, -1: none yet */
    void *self;         /* the class's own */
    struct loop_signal signals[2];
};

/* Runs until SIGTERM or SIGINT; the exit status. What is wrong is told on standard error. */
int thing_run(const struct thing_class *class, const struct thing_options *options);

/* The place of an input among those of its port, from 0. */
size_t thing_input_index(const struct thing *thing, const struct input *input);
/* A frame or line of an input became a result: counted, with the time that took since its capture. */
void thing_took(struct thing *thing, struct input_stats *input, int64_t captured);
/* One video more: "video", then "video/2" … on_client as in output.h, with the thing. */
void thing_add_video(struct thing *thing, loop_fn on_client);
/* A line on standard error, "camera: …". */
void thing_say(const struct thing *thing, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* web: answers the resources that all things have. */
void thing_web_serve(void *thing, struct http_exchange *x);
/* Whether it is ready, with the reason when it is not. */
bool thing_check_ready(struct thing *thing, struct err *why);
/* snapshot: /snapshot?w=. */
void thing_snapshot(struct thing *thing, struct http_exchange *x);
/* A picture with the time at which it was captured. */
void thing_reply_picture(struct http_exchange *x, int64_t captured, const void *jpeg, size_t len);

extern const struct thing_class camera_class, detector_class, monitor_class, storage_class, alarm_class;

#endif
