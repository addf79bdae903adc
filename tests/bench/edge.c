/* The embedded cluster by itself: how fast it takes new objects, and how soon a watcher hears of one. */
#include "tests/bench/cluster.h"

#include "base/text.h"
#include "base/time.h"

#define ROUNDS 7
#define ROUND 150 /* requests a round */
#define LATENCIES 400
#define PATIENCE (60 * NSEC_PER_SEC)

/* So many of the same request after each other, `width` of them at once. */
struct burst {
    struct cluster *cluster;
    const char *path; /* of the collection */
    const char *body; /* with one %zu, the object's number; NULL: a GET */
    size_t wanted, started, done, number;
    bool over;
    struct err err;
};

static void ask(struct burst *burst);

static void on_done(void *data, const struct kube_answer *answer)
{
    struct burst *burst = data;
    burst->done++;
    if (answer->status < 200 || answer->status > 299)
        burst->err = answer->err;
    if (burst->started < burst->wanted && !err_is_set(&burst->err))
        ask(burst);
    burst->over = burst->done == burst->started;
}

static void ask(struct burst *burst)
{
    struct kube_request request = {.path = burst->path};
    struct buf body;
    buf_init(&body, 4096);
    burst->started++;
    if (burst->body) {
        const char *mark = strstr(burst->body, "%zu");
        buf_add(&body, burst->body, (size_t)(mark - burst->body));
        buf_addf(&body, "%zu%s", burst->number++, mark + 3);
        request.method = "POST";
        request.content_type = "application/json";
        request.body = body.data;
        request.body_len = body.len;
    }
    kube_start(burst->cluster->client, &request, on_done, burst);
    buf_release(&body);
}

/* Requests a second; -1 with err. */
static double burst_run(struct burst *burst, size_t width, struct err *err)
{
    burst->started = burst->done = 0;
    burst->wanted = ROUND;
    burst->over = false;
    int64_t began = time_monotonic();
    for (size_t i = 0; i < width; i++)
        ask(burst);
    if (cluster_wait(burst->cluster, &burst->over, PATIENCE, burst->path, err) < 0)
        return -1;
    *err = burst->err;
    return err_is_set(err) ? -1 : ROUND / ((double)(time_monotonic() - began) / 1e9);
}

#define CONFIGMAP                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"map-%zu\"}," \
    "\"data\":{\"key\":\"value\"}}"
/* One that no node fits: what is measured is the cluster, not its processes. */
#define POD                                                                                                   \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"pod-%zu\"},\"spec\":{\"nodeSelector\":" \
    "{\"bench\":\"nowhere\"},\"containers\":[{\"name\":\"main\",\"image\":\"patchbay/thing:1\"}]}}"
#define MAPS "/api/v1/namespaces/bench/configmaps"
#define PODS "/api/v1/namespaces/bench/pods"

static void measure_creates(struct bench *bench, struct cluster *cluster)
{
    struct burst gets = {.cluster = cluster, .path = "/version"};
    struct burst maps = {.cluster = cluster, .path = MAPS, .body = CONFIGMAP};
    struct burst pods = {.cluster = cluster, .path = PODS, .body = POD};
    struct samples get = {0}, map = {0}, eight = {0}, pod = {0};
    struct {
        struct burst *burst;
        size_t width;
        struct samples *samples;
    } all[] = {{&gets, 1, &get}, {&maps, 1, &map}, {&maps, 8, &eight}, {&pods, 1, &pod}};
    struct err err = ERR_INIT;
    for (int i = -1; i < ROUNDS && !err_is_set(&err); i++)
        for (size_t k = 0; k < ARRAY_SIZE(all) && !err_is_set(&err); k++) {
            double rate = burst_run(all[k].burst, all[k].width, &err);
            if (i >= 0 && rate > 0) /* the first round warms up */
                samples_add(all[k].samples, rate);
        }
    if (err_is_set(&err)) {
        bench_missing(bench, "creates", &err);
    } else {
        const char *against = "GET /version";
        bench_figure(
            &(struct figure){.name = "edge: GET /version, one after the other", .unit = "/s", .samples = &get});
        bench_figure(&(struct figure){.name = "edge: creates of config maps",
                                      .unit = "/s",
                                      .samples = &map,
                                      .rate = true,
                                      .reference = against,
                                      .reference_samples = &get});
        bench_figure(&(struct figure){.name = "  eight at once",
                                      .unit = "/s",
                                      .samples = &eight,
                                      .rate = true,
                                      .reference = against,
                                      .reference_samples = &get});
        bench_figure(&(struct figure){.name = "  of pods that no node fits",
                                      .unit = "/s",
                                      .samples = &pod,
                                      .rate = true,
                                      .reference = against,
                                      .reference_samples = &get});
    }
    for (size_t k = 0; k < ARRAY_SIZE(all); k++)
        samples_release(all[k].samples);
}

/* A watch, and the one object it is waited for in it. */
struct watcher {
    struct buf text;
    char wanted[64];
    int64_t at; /* when it came */
    bool open, came, ended;
};

static void on_head(void *data, struct http_call *call UNUSED, const struct http_head *head)
{
    ((struct watcher *)data)->open = head->status == 200;
}

static void on_body(void *data, struct http_call *call UNUSED, const char *bytes, size_t len)
{
    struct watcher *watcher = data;
    buf_add(&watcher->text, bytes, len);
    char *end;
    while ((end = memchr(watcher->text.data, '\n', watcher->text.len))) {
        *end = '\0';
        if (watcher->wanted[0] && strstr(watcher->text.data, watcher->wanted)) {
            watcher->at = time_monotonic();
            watcher->came = true;
        }
        buf_drop(&watcher->text, (size_t)(end - watcher->text.data) + 1);
    }
}

static void on_ended(void *data, struct http_call *call UNUSED, const struct http_result *result UNUSED)
{
    ((struct watcher *)data)->ended = true;
}

static int one_latency(struct cluster *cluster, struct watcher *watcher, int number, struct samples *out,
                       struct err *err)
{
    char body[256];
    snprintf(watcher->wanted, sizeof watcher->wanted, "\"name\":\"seen-%d\"", number);
    snprintf(body, sizeof body, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"seen-%d\"}}",
             number);
    watcher->came = false;
    int64_t began = time_monotonic();
    if (cluster_ask(cluster, "POST", MAPS, body, err) < 0 ||
        cluster_wait(cluster, &watcher->came, PATIENCE, "the event of a created object", err) < 0)
        return -1;
    samples_add(out, (double)(watcher->at - began) / 1e6);
    return 0;
}

static void measure_latency(struct bench *bench, struct cluster *cluster)
{
    static const struct http_events events = {on_head, on_body, on_ended};
    struct watcher watcher = {0};
    struct samples latency = {0}, get = {0};
    struct err err = ERR_INIT;
    buf_init(&watcher.text, 1u << 22);
    struct kube_request request = {.path = MAPS "?watch=1", .http1 = true};
    struct http_call *call = kube_stream(cluster->client, &request, &events, &watcher);
    int rc = cluster_wait(cluster, &watcher.open, PATIENCE, "a watch", &err);
    for (int i = 0; i < LATENCIES && rc == 0; i++) {
        int64_t began = time_monotonic();
        rc = cluster_ask(cluster, "GET", "/version", NULL, &err);
        samples_add(&get, (double)(time_monotonic() - began) / 1e6);
        if (rc == 0)
            rc = one_latency(cluster, &watcher, i, &latency, &err);
    }
    if (rc < 0) {
        bench_missing(bench, "watch latency", &err);
    } else {
        struct figure figure = {.name = "edge: from a create to its event at a watcher",
                                .unit = "ms",
                                .samples = &latency,
                                .reference = "a GET of /version",
                                .reference_samples = &get};
        bench_figure(&figure);
        figure.name = "  99 of 100 within";
        figure.part = 0.99;
        bench_figure(&figure);
    }
    if (!watcher.ended)
        http_cancel(call);
    samples_release(&latency);
    samples_release(&get);
    buf_release(&watcher.text);
}

void bench_edge(struct bench *bench)
{
    struct err err = ERR_INIT;
    struct cluster *cluster = cluster_start(bench, &err);
    if (!cluster ||
        cluster_ask(cluster, "POST", "/api/v1/namespaces",
                    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"bench\"}}", &err) < 0) {
        bench_missing(bench, "the embedded cluster", &err);
    } else {
        measure_creates(bench, cluster);
        measure_latency(bench, cluster);
    }
    if (cluster)
        cluster_free(cluster);
}
