/* What 10,000 pods as a server sends them cost to take in, and to keep: two containers of 25 environment variables
 * each, three volumes, managedFields. Of processor time; pages of 500, in pieces of 16 KiB. */
#include <malloc.h>
#include <time.h>

#include "k8s/kinds/pod.h"
#include "k8s/splitter.h"
#include "k8s/store.h"
#include "tests/bench/bench.h"
#include "tests/bench/intake.h"

#define PAGES 20
#define PAGE INTAKE_PAGE
#define PIECE 16384
#define ROUNDS 3

enum what { SPLIT, PARSE, KEEP };

struct intake_bench {
    enum what what;
    struct store *store;
    size_t bytes; /* so far */
};

static void add_fields(struct buf *out, const char *container)
{
    buf_addf(out, "\"k:{\\\"name\\\":\\\"%s\\\"}\":{\".\":{},\"f:env\":{\".\":{}", container);
    for (int i = 0; i < 25; i++)
        buf_addf(out, ",\"k:{\\\"name\\\":\\\"%s_SETTING_%02d\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}",
                 container, i);
    buf_adds(out,
             "},\"f:image\":{},\"f:imagePullPolicy\":{},\"f:name\":{},\"f:resources\":{\".\":{},\"f:limits\":{}}}");
}

static void add_container(struct buf *out, const char *name, int app)
{
    buf_addf(out, "{\"name\":\"%s\",\"image\":\"registry.example.com/platform/app-%d-%s:v1.2.3\",\"env\":[", name, app,
             name);
    for (int i = 0; i < 25; i++)
        buf_addf(out, "%s{\"name\":\"%s_SETTING_%02d\",\"value\":\"value-of-setting-%02d-abcdefgh\"}", i ? "," : "",
                 name, i, i);
    buf_adds(
        out,
        "],\"ports\":[{\"containerPort\":8080}],\"resources\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"128Mi\"}},"
        "\"volumeMounts\":[{\"name\":\"config\",\"mountPath\":\"/etc/config\"}],\"imagePullPolicy\":\"IfNotPresent\","
        "\"terminationMessagePath\":\"/dev/termination-log\"}");
}

static void add_status(struct buf *out, const char *name, int app, int number)
{
    buf_addf(out,
             "{\"name\":\"%s\",\"image\":\"registry.example.com/platform/"
             "app-%d-%s:v1.2.3\",\"imageID\":\"registry.example.com/"
             "platform/app@sha256:%064d\",\"containerID\":\"containerd://%064d\",\"ready\":true,\"started\":true,"
             "\"restartCount\":%d,\"lastState\":{},\"state\":{\"running\":{\"startedAt\":\"2025-03-01T10:%02d:00Z\"}}}",
             name, app, name, app, number, number % 3, number % 60);
}

void intake_pod(struct buf *out, int number, int version)
{
    static const char *const conditions[] = {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
                                             "PodScheduled"};
    int app = number / 4 % 500; /* four pods of one owner */
    buf_addf(
        out,
        "{\"metadata\":{\"name\":\"app-%03d-5b9f7c6d4-%05d\",\"generateName\":\"app-%03d-5b9f7c6d4-\",\"namespace\":"
        "\"team-%02d\",\"uid\":\"%08x-1111-4222-8333-%012d\",\"resourceVersion\":\"%d\",\"creationTimestamp\":"
        "\"2025-03-01T09:00:00Z\",\"labels\":{\"app\":\"app-%03d\"},\"annotations\":{\"checksum/config\":\"%064d\"},"
        "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"app-%03d-5b9f7c6d4-%d\","
        "\"uid\":\"0\",\"controller\":true}],\"managedFields\":[{\"manager\":\"kube-controller-manager\",\"operation\":"
        "\"Update\",\"apiVersion\":\"v1\",\"time\":\"2025-03-01T09:00:00Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":"
        "{\"f:spec\":{\"f:containers\":{",
        app, number, app, number / 500, number, number, version, app, app, app, number / 4);
    add_fields(out, "main");
    buf_addc(out, ',');
    add_fields(out, "sidecar");
    buf_addf(
        out,
        "}}}}]},\"spec\":{\"nodeName\":\"node-%03d\",\"volumes\":[{\"name\":\"config\",\"configMap\":{\"name\":\"c\","
        "\"defaultMode\":420}},{\"name\":\"scratch\",\"emptyDir\":{}},{\"name\":\"secret\",\"secret\":{\"secretName\":"
        "\"s\"}}],"
        "\"containers\":[",
        number % 100);
    add_container(out, "main", app);
    buf_addc(out, ',');
    add_container(out, "sidecar", app);
    buf_addf(out,
             "],\"restartPolicy\":\"Always\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.%d.%d.%d\",\"hostIP\":"
             "\"10.0.0.1\",",
             number / 62500, number / 250 % 250, number % 250);
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
        buf_addf(out,
                 "%s{\"type\":\"%s\",\"status\":\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":\"2025-03-01T10:"
                 "00:00Z\"}",
                 i ? "," : "\"conditions\":[", conditions[i]);
    buf_adds(out, "],\"containerStatuses\":[");
    add_status(out, "main", app, number);
    buf_addc(out, ',');
    add_status(out, "sidecar", app, number);
    buf_adds(out, "]}}");
}

void intake_page(struct buf *page, int number)
{
    buf_reset(page);
    buf_adds(page, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[");
    for (int i = 0; i < PAGE; i++) {
        if (i)
            buf_addc(page, ',');
        intake_pod(page, number * PAGE + i, 1000000 + number * PAGE + i);
    }
    buf_adds(page, "]}");
}

static void on_item(void *data, const char *json, size_t len)
{
    struct intake_bench *b = data;
    struct err ignored = ERR_INIT;
    if (b->what == SPLIT)
        return;
    cJSON *object = b->what == PARSE ? cJSON_ParseWithLength(json, len) : json_parse(json, len, &ignored);
    if (b->what == KEEP)
        store_put(b->store, record_new(&kind_pod, object));
    cJSON_Delete(object);
}

static double spent(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds for one page. PARSE leaves the objects whole but for managedFields: what cJSON alone would have to read. */
static double take(struct intake_bench *b, enum what what, const struct buf *page)
{
    static const struct splitter_events events = {on_item, NULL};
    struct err ignored = ERR_INIT;
    double then = spent();
    b->what = what;
    struct splitter *s = splitter_new(SPLIT_LIST, &events, b);
    if (what != PARSE)
        splitter_skip(s, kind_pod.skip);
    for (size_t at = 0; at < page->len; at += PIECE)
        splitter_feed(s, page->data + at, MIN((size_t)PIECE, page->len - at), &ignored);
    splitter_free(s);
    return spent() - then;
}

static double look(const struct buf *page)
{
    double then = spent();
    const void *volatile found = memchr(page->data, '\1', page->len);
    return found ? 0 : spent() - then;
}

static double in_use(void)
{
#ifdef __GLIBC__
    struct mallinfo2 m = mallinfo2();
    return (double)(m.uordblks + m.hblkhd);
#else
    return 0;
#endif
}

void bench_intake(struct bench *bench UNUSED)
{
    struct samples split = {0}, bytes = {0}, keep = {0}, parse = {0}, size = {0};
    struct buf page;
    buf_init(&page, 64u << 20);
    for (int round = 0; round < ROUNDS; round++) {
        struct intake_bench b = {.store = store_new(&kind_pod)};
        double seconds[4] = {0}, all = 0, before = 0;
        intake_page(&page, PAGES); /* the buffer has its size before memory is looked at */
        before = in_use();
        for (int i = 0; i < PAGES; i++) {
            intake_page(&page, i);
            double mb = (double)page.len / 1e6;
            seconds[0] += look(&page);
            seconds[1] += take(&b, SPLIT, &page);
            seconds[2] += take(&b, PARSE, &page);
            seconds[3] += take(&b, KEEP, &page);
            all += mb;
        }
        samples_add(&bytes, all / seconds[0]);
        samples_add(&split, all / seconds[1]);
        samples_add(&parse, all / seconds[2]);
        samples_add(&keep, all / seconds[3]);
        samples_add(&size, (in_use() - before) / (double)store_count(b.store));
        store_free(b.store);
    }
    bench_figure(&(struct figure){.name = "splitting a list of 10,000 pods",
                                  .unit = "MB/s",
                                  .samples = &split,
                                  .reference = "memchr",
                                  .reference_samples = &bytes,
                                  .rate = true});
    bench_figure(&(struct figure){.name = "… and from its bytes to records in the store",
                                  .unit = "MB/s",
                                  .samples = &keep,
                                  .reference = "cJSON alone, without managedFields",
                                  .reference_samples = &parse,
                                  .rate = true});
    bench_figure(&(struct figure){.name = "memory of a pod: record, texts, its place in the store",
                                  .unit = "bytes",
                                  .samples = &size,
                                  .aim = 600});
    buf_release(&page);
    samples_release(&split);
    samples_release(&bytes);
    samples_release(&keep);
    samples_release(&parse);
    samples_release(&size);
}
