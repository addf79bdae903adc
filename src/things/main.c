#include "things/thing.h"

#include "base/quantity.h"
#include "base/text.h"
#include "things/recording.h"

static const struct thing_class *const classes[] = {&camera_class, &detector_class, &monitor_class, &storage_class,
                                                    &alarm_class};

enum { CAMERA = 1, DETECTOR = 2, MONITOR = 4, STORAGE = 8, ALARM = 16, ALL = 31 }; /* bits, in the order of classes */

/* One table for parsing and for help. */
static const struct option_row {
    const char *name, *argument, *help;
    unsigned verbs;
    enum { OPTION_TEXT, OPTION_ANY, OPTION_NUMBER, OPTION_WHOLE, OPTION_PORT, OPTION_BYTES } type; /* ANY: empty, too */
    size_t at; /* in struct thing_options */
    double min, max;
    bool hidden; /* another name of the one before */
} rows[] = {
    {"source", "S", "what to show: sample:vtest, a video file, a folder of pictures, rtsp://…, http://…, /dev/video0", CAMERA, OPTION_TEXT,
     offsetof(struct thing_options, source)},
    {"fps", "N", "frames a second, at most; a camera's default is its source's rate, a detector's 5, a storage's 2",
     CAMERA | DETECTOR | STORAGE, OPTION_NUMBER, offsetof(struct thing_options, fps), 0.1, 120},
    {"width", "N", "scale wider pictures down to N pixels (a camera's default: no; a detector's: 800)", CAMERA | DETECTOR, OPTION_WHOLE,
     offsetof(struct thing_options, width), 64, 4096},
    {"method", "M", "what to look for: people (the default), motion, or what a model knows", DETECTOR, OPTION_TEXT,
     offsetof(struct thing_options, method)},
    {"confidence", "C", "leave out what is less sure than this, from 0 to 1 (default 0.5)", DETECTOR | ALARM, OPTION_NUMBER,
     offsetof(struct thing_options, confidence), 0, 1},
    {"min-confidence", "C", "", DETECTOR | ALARM, OPTION_NUMBER, offsetof(struct thing_options, confidence), 0, 1, true},
    {"region", "R", "only what stands in this part of the picture: corners, as 0.5,0.5 1,0.5 1,1 (two: a rectangle)", DETECTOR, OPTION_ANY,
     offsetof(struct thing_options, region)},
    {"sensitivity", "S", "of --method motion: how little must change, from 0 to 1 (default 0.6)", DETECTOR, OPTION_NUMBER,
     offsetof(struct thing_options, sensitivity), 0, 1},
    {"min-area", "A", "of --method motion: the share of the picture that must move, from 0 to 1 (default 0.002)", DETECTOR, OPTION_NUMBER,
     offsetof(struct thing_options, min_area), 0, 1},
    {"model", "FILE", "an ONNX model (YOLOv5, YOLOv8, SSD), run by OpenCV; means --method model", DETECTOR, OPTION_ANY,
     offsetof(struct thing_options, model)},
    {"labels", "L", "of --model: what it finds, as person,car or a file with one a line", DETECTOR, OPTION_ANY,
     offsetof(struct thing_options, labels)},
    {"input-size", "N", "of --model: the side of the square that it takes, in pixels (default 640)", DETECTOR, OPTION_WHOLE,
     offsetof(struct thing_options, input_size), 16, 4096},
    {"label", "L", "the objects that raise the alarm (default: any)", ALARM, OPTION_ANY, offsetof(struct thing_options, label)},
    {"count", "N", "how many of them in one picture (default 1)", ALARM, OPTION_WHOLE, offsetof(struct thing_options, count), 1, 1000},
    {"hold", "S", "seconds that it stays on after the last of them (default 10)", ALARM, OPTION_NUMBER,
     offsetof(struct thing_options, hold), 0, 86400},
    {"folder", "F", "where recordings are kept (default: /data in a pod of a cluster, else ./recordings)", STORAGE, OPTION_TEXT,
     offsetof(struct thing_options, folder)},
    {"keep", "B", "bytes on disk, at most: the oldest recordings go first (default 64Mi)", STORAGE, OPTION_BYTES,
     offsetof(struct thing_options, keep), RECORDING_MIN_KEEP, 1e15},
    {"keep-hours", "H", "hours that a recording is kept, 0 for ever (default 0)", STORAGE, OPTION_NUMBER,
     offsetof(struct thing_options, keep_hours), 0, 1e6},
    {"address", "A", "the address to listen on (default: $POD_IP, else 0.0.0.0)", ALL, OPTION_TEXT,
     offsetof(struct thing_options, address)},
    {"port", "N", "the port to listen on, 0 for any free one (default 8080)", ALL, OPTION_PORT, offsetof(struct thing_options, port), 0,
     65535},
};

static void print_help(FILE *out, size_t verb)
{
    if (verb < ARRAY_SIZE(classes)) {
        fprintf(out, "Usage: patchbay-thing %s [OPTION]...\n\nA media thing that %s.\n\nOptions:\n", classes[verb]->verb,
                classes[verb]->what);
    } else {
        fputs("Usage: patchbay-thing THING [OPTION]...\n\nMedia things: small web services that make, analyse, show or "
              "keep video.\n\nThings:\n", out);
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
            fprintf(out, "  %-18s %s\n", classes[i]->verb, classes[i]->what);
        fputs("\nOptions:\n", out);
    }
    for (const struct option_row *row = rows; row < rows + ARRAY_SIZE(rows); row++) {
        char text[32];
        if (row->hidden || (verb < ARRAY_SIZE(classes) && !(row->verbs & 1u << verb)))
            continue;
        snprintf(text, sizeof text, "--%s %s", row->name, row->argument);
        fprintf(out, "  %-18s %s\n", text, row->help);
    }
    fputs("  --help             print this\n  --version          print the version\n\nEnvironment:\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
        for (const struct thing_port *port = classes[i]->inputs; port->name; port++)
            if (i == verb || verb >= ARRAY_SIZE(classes))
                fprintf(out, "  %-18s the URLs of its input %s, one a line (%s)\n", port->env, port->name,
                        classes[i]->verb);
    if (verb == 0 || verb >= ARRAY_SIZE(classes))
        fputs("  PATCHBAY_SAMPLES   the folder with sample videos (camera)\n"
              "  SOURCE_USER, SOURCE_PASSWORD   for a source that wants them (camera)\n", out);
    fputs("  PATCHBAY_GRAPH, PATCHBAY_THING, POD_NAME   told with what it finds and says\n"
          "\nResources: /mthing /capabilities /healthz /readyz /metrics /snapshot?w=WIDTH, and its outputs, as /video\n",
          out);
}

/* A sentence about wrong usage. Returns the exit status. */
static int usage(const char *fmt, ...) PRINTF_LIKE(1, 2);
static int usage(const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct buf clean;
    buf_init(&clean, 4 * sizeof text);
    text_sanitise(&clean, text, strlen(text));
    fprintf(stderr, "patchbay-thing: %s\n", clean.data);
    buf_release(&clean);
    return 2;
}

static int unknown(const char *what, const char *given, const char *prefix, const char *const *names)
{
    const char *nearest = text_nearest(given, names);
    if (nearest)
        return usage("there is no %s %s%s; did you mean %s%s?", what, prefix, given, prefix, nearest);
    return usage("there is no %s %s%s; see patchbay-thing --help", what, prefix, given);
}

static const struct option_row *find_row(const char *name, size_t len, size_t verb)
{
    for (const struct option_row *row = rows; row < rows + ARRAY_SIZE(rows); row++)
        if ((row->verbs & 1u << verb) && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
            return row;
    return NULL;
}

static int unknown_option(const char *given, size_t verb)
{
    const char *names[ARRAY_SIZE(rows) + 3];
    char name[64];
    size_t n = 0;
    for (const struct option_row *row = rows; row < rows + ARRAY_SIZE(rows); row++)
        if (row->verbs & 1u << verb)
            names[n++] = row->name;
    names[n++] = "help";
    names[n++] = "version";
    names[n] = NULL;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
    return unknown("option", name, "--", names);
}

/* Returns 0, or the exit status of wrong usage. */
static int take_value(const struct option_row *row, const char *value, struct thing_options *options)
{
    void *at = (char *)options + row->at;
    double number;
    if (row->type == OPTION_TEXT || row->type == OPTION_ANY) {
        if (!*value && row->type == OPTION_TEXT)
            return usage("--%s needs a value: it is empty", row->name);
        *(const char **)at = value;
        return 0;
    }
    if (row->type == OPTION_BYTES) {
        int64_t bytes;
        if (!quantity_whole(value, &bytes) || bytes < (int64_t)row->min || bytes > (int64_t)row->max)
            return usage("--%s takes an amount of at least 1Mi, as 64Mi or 10Gi, not '%s'", row->name, value);
        *(int64_t *)at = bytes;
        return 0;
    }
    if (!text_number(value, &number) || !(number >= row->min && number <= row->max) ||
        (row->type != OPTION_NUMBER && number != (double)(int)number))
        return usage("--%s takes a %snumber from %g to %g, not '%s'", row->name,
                     row->type == OPTION_NUMBER ? "" : "whole ", row->min, row->max, value);
    if (row->type == OPTION_NUMBER)
        *(double *)at = number;
    else if (row->type == OPTION_WHOLE)
        *(int *)at = (int)number;
    else
        *(uint16_t *)at = (uint16_t)number;
    return 0;
}

static bool is_help(const char *arg)
{
    return str_eq(arg, "--help") || str_eq(arg, "-h");
}

static int take_arguments(int argc, char **argv, size_t verb, struct thing_options *options)
{
    for (int i = 2; i < argc; i++) {
        const char *arg = argv[i];
        if (!str_starts(arg, "--"))
            return usage("a %s takes options only, not '%s'; see patchbay-thing %s --help", argv[1], arg, argv[1]);
        arg += 2;
        size_t len = strcspn(arg, "=");
        const struct option_row *row = find_row(arg, len, verb);
        if (!row)
            return unknown_option(arg, verb);
        const char *value = arg[len] == '=' ? arg + len + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (!value)
            return usage("--%s needs a value: %s", row->name, row->help);
        int status = take_value(row, value, options);
        if (status)
            return status;
    }
    return 0;
}

/* A pod that is a process of this machine has a loopback address of its own, and others beside it listen on the same
 * port. In a container every address is the pod's: port forwarding comes to its loopback. */
static const char *own_address(void)
{
    const char *pod_ip = str_or_empty(getenv("POD_IP"));
    if (str_starts(pod_ip, "127."))
        return pod_ip;
    return strchr(pod_ip, ':') ? "::" : "0.0.0.0";
}

int main(int argc, char **argv)
{
    const char *verbs[ARRAY_SIZE(classes) + 1] = {NULL};
    size_t verb = ARRAY_SIZE(classes);
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        verbs[i] = classes[i]->verb;
        if (argc > 1 && str_eq(argv[1], verbs[i]))
            verb = i;
    }
    for (int i = 1; i < argc; i++) {
        if (is_help(argv[i])) {
            print_help(stdout, verb);
            return 0;
        }
        if (str_eq(argv[i], "--version")) {
            puts("patchbay-thing " PACKAGE_VERSION);
            return 0;
        }
    }
    if (argc < 2) {
        print_help(stderr, verb);
        return 2;
    }
    if (verb == ARRAY_SIZE(classes))
        return unknown("thing", argv[1], "", verbs);

    struct thing_options options = {
        .address = own_address(),
        .port = 8080,
        .source = "sample:vtest",
        .fps = classes[verb] == &camera_class ? 0 : classes[verb] == &storage_class ? 2 : 5,
        .width = classes[verb] == &detector_class ? 800 : 0,
        .confidence = 0.5,
        .method = "people",
        .model = "",
        .labels = "",
        .input_size = 640,
        .region = "all",
        .sensitivity = 0.6,
        .min_area = 0.002,
        .label = "any",
        .count = 1,
        .hold = 10,
        .folder = "",
        .keep = 64 << 20,
    };
    int status = take_arguments(argc, argv, verb, &options);
    return status ? status : thing_run(classes[verb], &options);
}
