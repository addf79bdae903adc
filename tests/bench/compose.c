/* Composing a graph of 200 things: from a key to what it writes to the terminal, what an edit costs, what 1,000 of them
 * hold, and how long a document of 10,000 lines takes to be read and checked. All but the keys of processor time. */
#include <malloc.h>
#include <stdlib.h>
#include <time.h>
#include <yaml.h>

#include "base/file.h"
#include "base/time.h"
#include "graph/edit.h"
#include "tests/bench/bench.h"
#include "tests/screen/screen.h"

#define CAMERAS 100 /* with a detector each, and monitors: 200 things and a few */
#define LINES 10000
#define RUNS 40
#define EDITS 1000
#define KEYS 200 /* of a kind: the 99th counts */
#define QUIET (120 * NSEC_PER_MSEC) /* between two keys, as somebody types who is quick */
#define WHOLE (4 * NSEC_PER_MSEC)   /* no frame pauses as long while it is written */

static double cpu_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* As somebody writes it: a block a thing, a line a link, comments, places. */
static void write_site(struct buf *out, int cameras)
{
    buf_adds(out, "# A site.\napiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: site, namespace: media}\n"
                  "spec:\n  things:\n");
    for (int i = 0; i < cameras; i++) {
        buf_addf(out,
                 "    - name: camera-%d # at gate %d\n      type: ip-camera\n      params:\n"
                 "        source: sample:vtest\n        fps: 10\n",
                 i, i);
        if (i % 25 == 0)
            buf_addf(out, "    - {name: monitor-%d, type: monitor}\n", i / 25);
        else
            buf_addf(out, "    - name: detector-%d\n      type: people-detector\n      gpu: {count: 1}\n", i);
    }
    buf_adds(out, "  # each camera to its detector, four of those to a monitor\n  links:\n");
    for (int i = 0; i < cameras; i++)
        if (i % 25)
            buf_addf(out, "    - {from: camera-%d.video, to: detector-%d.video}\n", i, i);
        else
            buf_addf(out, "    - {from: camera-%d.video, to: monitor-%d.video}\n", i, i / 25);
    buf_adds(out, "view:\n");
    for (int i = 0; i < cameras; i += 2)
        buf_addf(out, "  camera-%d: [%d, %d]\n", i, i % 7 * 30, i / 7 * 6);
}

static int count_lines(const struct buf *text)
{
    int lines = 0;
    for (size_t i = 0; i < text->len; i++)
        lines += text->data[i] == '\n';
    return lines;
}

static int read_catalogue(const struct bench *bench, struct catalogue *catalogue, struct err *err)
{
    static const char *const names[] = {"ip-camera", "people-detector", "monitor"};
    struct faults faults = {0};
    struct buf text;
    int rc = 0;
    buf_init(&text, 1u << 20);
    for (size_t i = 0; i < ARRAY_SIZE(names) && rc == 0; i++) {
        char *path = xasprintf("%s/assets/catalog/%s.yaml", bench->srcdir, names[i]);
        buf_reset(&text);
        rc = file_read(path, &text, err);
        catalogue_read(catalogue, text.data, text.len, path, &faults);
        free(path);
    }
    buf_release(&text);
    faults_release(&faults);
    return rc;
}

/* What libyaml alone takes to read it. */
static double bare_events(const struct buf *text)
{
    double began = cpu_ms();
    yaml_parser_t parser;
    yaml_event_t event;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text->data, text->len);
    for (bool over = false; !over && yaml_parser_parse(&parser, &event);) {
        over = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return cpu_ms() - began;
}

static void measure_parse(struct bench *bench, const struct catalogue *catalogue)
{
    struct samples is = {0}, bare = {0};
    struct err err = ERR_INIT;
    struct buf text;
    int cameras = 0;
    buf_init(&text, YAML_MAX_BYTES);
    do {
        buf_reset(&text);
        write_site(&text, cameras += 10);
    } while (count_lines(&text) < LINES);
    for (int i = 0; i < RUNS && !err_is_set(&err); i++) {
        struct faults faults = {0};
        double began = cpu_ms();
        struct graph *graph = graph_parse(text.data, text.len, "site.yaml", catalogue, &faults);
        samples_add(&is, cpu_ms() - began);
        if (faults.count)
            err_set(&err, "%s", faults.items[0].text);
        graph_free(graph);
        faults_release(&faults);
        samples_add(&bare, bare_events(&text));
    }
    if (err_is_set(&err))
        bench_missing(bench, "a document of 10,000 lines", &err);
    else
        bench_figure(&(struct figure){.name = "a document of 10,000 lines, read and checked",
                                      .unit = "ms",
                                      .samples = &is,
                                      .aim = 20,
                                      .reference = "libyaml's events alone",
                                      .reference_samples = &bare});
    samples_release(&is);
    samples_release(&bare);
    buf_release(&text);
}

/* One of a thousand, of every kind; the graph ends as large as it began. */
static int edit(struct document *doc, int i, struct err *err)
{
    char camera[32], number[32];
    snprintf(camera, sizeof camera, "camera-%d", i / 7 % CAMERAS);
    snprintf(number, sizeof number, "%d", 11 + i / 7 % 29);
    switch (i % 7) {
    case 0:
        return document_set_param(doc, camera, "fps", number, err);
    case 1:
        return document_set_place(doc, camera, i, -i, err);
    case 2:
        return document_add_thing(doc, "people-detector", "added", NULL, err);
    case 3:
        return document_add_link(doc, camera, "video", "added", "video", err);
    case 4:
        return document_remove_link(doc, document_graph(doc)->link_count - 1, err);
    case 5:
        return document_remove_thing(doc, "added", err);
    default: {
        size_t len;
        const char *text = document_text(doc, &len);
        struct buf changed;
        buf_init(&changed, YAML_MAX_BYTES);
        buf_add(&changed, text, len);
        buf_addf(&changed, "# change %d\n", i);
        int rc = document_replace(doc, changed.data, changed.len, err);
        buf_release(&changed);
        return rc;
    }
    }
}

static size_t held(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void measure_edits(struct bench *bench, const struct catalogue *catalogue)
{
    struct samples is = {0}, bare = {0}, memory = {0}, copies = {0};
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    write_site(&text, CAMERAS);
    size_t before = held();
    struct document *doc = document_new(text.data, text.len, "site.yaml", NULL, NULL, catalogue, &err);
    size_t holds = held() - before, bytes = 0;
    for (int i = 0; doc && i < EDITS && !err_is_set(&err); i++) {
        double began = cpu_ms();
        edit(doc, i, &err);
        samples_add(&is, cpu_ms() - began);
        document_text(doc, &bytes);
        /* What the text before it would take, were it kept whole. */
        samples_add(&copies, (i ? samples_at(&copies, 1) : 0) + (double)bytes / (1 << 20));
        if (i % 10 == 0)
            samples_add(&bare, bare_events(&text));
    }
    /* The samples grow as well, but they were here before the last ten edits. */
    samples_add(&memory, (double)(held() - before - (is.cap + bare.cap + copies.cap) * sizeof(double)) / (1 << 20));
    if (err_is_set(&err) || !holds) {
        if (!err_is_set(&err))
            err_set(&err, "this C library does not say what is allocated");
        bench_missing(bench, "1,000 edits of 200 things", &err);
    } else {
        struct samples all = {.values = &(double){samples_at(&copies, 1)}, .count = 1};
        bench_figure(&(struct figure){.name = "one edit of 200 things, read and checked again",
                                      .unit = "ms",
                                      .samples = &is,
                                      .aim = 1,
                                      .reference = "libyaml's events alone",
                                      .reference_samples = &bare});
        bench_figure(&(struct figure){.name = "200 things with 1,000 edits to undo",
                                      .unit = "MiB",
                                      .samples = &memory,
                                      .aim = 4,
                                      .reference = "the texts as copies",
                                      .reference_samples = &all});
    }
    document_free(doc);
    buf_release(&text);
    samples_release(&is);
    samples_release(&bare);
    samples_release(&memory);
    samples_release(&copies);
}

/* From a key to the last of what it writes. -1: it writes nothing. */
static double key_to_bytes(struct screen *screen, const char *key)
{
    int64_t began = time_monotonic();
    screen_type(screen, key);
    if (!screen_wait(screen, NSEC_PER_SEC))
        return -1;
    while (screen_wait(screen, WHOLE))
        ;
    return (double)(screen_arrived(screen) - began) / 1e6;
}

/* Each key is pressed where it does something; `then` takes that back. */
static const struct key_bench {
    const char *name, *before;
    const char *keys[4];
    const char *then;
} key_benches[] = {
    {"  h, j, k, l go from thing to thing", "g", {"l", "j", "h", "k"}, ""},
    {"  a opens the catalogue", "", {"a"}, "<Esc>"},
    {"  Enter adds a thing", "a", {"<Enter>"}, "<Esc>"},
    {"  x removes one with its wires", "g", {"x"}, "u"},
    {"  u brings it back", "gx", {"u"}, ""},
    {"  a letter in the form", "gi", {"v", "w", "x", "y"}, "<Esc>"},
    {"  Enter takes the form: another name", "gix", {"<Enter>"}, "u"},
    {"  Enter takes the form: another number", "gi<Tab><Tab><Tab><Backspace>2", {"<Enter>"}, "u"},
};

static void measure_key(struct bench *bench, struct screen *screen, struct screen *cat, const struct key_bench *b)
{
    struct samples is = {0}, echo = {0};
    struct err err = ERR_INIT;
    double took = 0;
    while (is.count < KEYS && took >= 0) {
        screen_type(screen, b->before);
        for (size_t k = 0; k < ARRAY_SIZE(b->keys) && b->keys[k] && took >= 0; k++) {
            while (screen_wait(screen, QUIET)) /* nothing else is written meanwhile */
                ;
            took = key_to_bytes(screen, b->keys[k]);
            samples_add(&is, took);
            samples_add(&echo, key_to_bytes(cat, "k"));
        }
        screen_type(screen, b->then);
    }
    if (took < 0) {
        err_set(&err, "a key wrote nothing within a second");
        bench_missing(bench, b->name, &err);
    } else {
        bench_figure(&(struct figure){.name = b->name,
                                      .unit = "ms",
                                      .samples = &is,
                                      .part = 0.99,
                                      .aim = 2,
                                      .reference = "the terminal's echo",
                                      .reference_samples = &echo});
    }
    samples_release(&is);
    samples_release(&echo);
}

/* A folder with the graph and with a cluster that is not there. */
static int write_files(const char *dir, struct err *err)
{
    static const char kubeconfig[] = "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                                     "clusters: [{name: c, cluster: {server: \"http://127.0.0.1:9\"}}]\n"
                                     "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
                                     "users: [{name: u, user: {}}]\n";
    char *graph = xasprintf("%s/site.yaml", dir), *config = xasprintf("%s/kubeconfig", dir);
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    write_site(&text, CAMERAS);
    int rc = file_save(graph, text.data, text.len, 0600, err);
    if (rc == 0)
        rc = file_save(config, kubeconfig, sizeof kubeconfig - 1, 0600, err);
    buf_release(&text);
    free(graph);
    free(config);
    return rc;
}

static void measure_keys(struct bench *bench)
{
    char dir[] = "/tmp/patchbay-bench-XXXXXX";
    struct err err = ERR_INIT;
    if (!mkdtemp(dir))
        err_set_errno(&err, "cannot make a folder in /tmp");
    else if (write_files(dir, &err) == 0) {
        char *patchbay = bench_program(bench, "patchbay"), *graph = xasprintf("%s/site.yaml", dir);
        char *config = xasprintf("KUBECONFIG=%s/kubeconfig", dir), *home = xasprintf("HOME=%s", dir);
        struct screen *cat = screen_start((const char *const[]){"/bin/cat", NULL}, NULL, 120, 40);
        struct screen *screen = screen_start((const char *const[]){patchbay, graph, NULL},
                                             (const char *const[]){config, home, NULL}, 120, 40);
        puts("a key, until its bytes are written (99 of 100 within): 200 things, 120×40");
        if (screen_expect_text(screen, "camera-0"))
            for (size_t i = 0; i < ARRAY_SIZE(key_benches); i++)
                measure_key(bench, screen, cat, &key_benches[i]);
        else
            err_set(&err, "patchbay did not show the graph within 10 s");
        screen_free(screen);
        screen_free(cat);
        free(patchbay);
        free(graph);
        free(config);
        free(home);
    }
    if (err_is_set(&err))
        bench_missing(bench, "a key", &err);
    err_clear(&err);
    file_remove_tree(dir, &err);
}

void bench_compose(struct bench *bench)
{
    struct catalogue catalogue = {0};
    struct err err = ERR_INIT;
    if (read_catalogue(bench, &catalogue, &err) < 0) {
        bench_missing(bench, "compose", &err);
    } else {
        measure_parse(bench, &catalogue);
        measure_edits(bench, &catalogue);
    }
    catalogue_release(&catalogue);
    measure_keys(bench);
}
