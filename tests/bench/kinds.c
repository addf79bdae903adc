/* What 10,000 objects of a kind that only the server knows cost to take in, row by row of its Table, beside what cJSON alone would
 * take for the same bytes. Of processor time; pages of 500, in pieces of 16 KiB. */
#include <time.h>

#include "k8s/splitter.h"
#include "k8s/store.h"
#include "k8s/tablerow.h"
#include "tests/bench/bench.h"

#define PAGES 20
#define PAGE 500
#define PIECE 16384
#define ROUNDS 5

static double spent(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void make_page(struct buf *page, int number)
{
    buf_reset(page);
    buf_adds(page, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"columnDefinitions\":"
                   "[{\"name\":\"Name\",\"type\":\"string\"}],\"rows\":[");
    for (int i = 0; i < PAGE; i++) {
        int n = number * PAGE + i;
        buf_addf(page,
                 "%s{\"cells\":[\"camera-%05d\",\"hall-%d\",%d,\"Streaming\",\"5d\",\"lens-%d\"],\"object\":{\"kind\":\"PartialObjectMetadata\","
                 "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"name\":\"camera-%05d\",\"namespace\":\"team-%02d\",\"uid\":"
                 "\"%08x-1111-4222-8333-%012d\",\"resourceVersion\":\"%d\",\"generation\":1,\"creationTimestamp\":\"2025-03-01T09:00:00Z\","
                 "\"labels\":{\"app\":\"cameras\",\"hall\":\"%d\"},\"annotations\":{\"checksum/config\":\"%064d\"},\"managedFields\":[{\"manager\":"
                 "\"kubectl\",\"operation\":\"Update\",\"apiVersion\":\"example.com/v1\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{\".\":{},"
                 "\"f:fps\":{},\"f:lens\":{},\"f:place\":{},\"f:streams\":{}}}}]}}}",
                 i ? "," : "", n, n % 40, n % 30, n % 7, n, n / 500, n, n, 1000000 + n, n % 40, n);
    }
    buf_adds(page, "]}");
}

static void on_row(void *data, const char *json, size_t len)
{
    struct store *store = data;
    struct err ignored = ERR_INIT;
    cJSON *row = json_parse(json, len, &ignored);
    store_put(store, record_new(store_kind(store), row));
    cJSON_Delete(row);
}

static double keep(struct store *store, const struct buf *page)
{
    static const struct splitter_events events = {on_row, NULL};
    struct err ignored = ERR_INIT;
    double then = spent();
    struct splitter *s = splitter_new(SPLIT_LIST, &events, store);
    splitter_skip(s, store_kind(store)->skip);
    store_batch_begin(store);
    for (size_t at = 0; at < page->len; at += PIECE)
        splitter_feed(s, page->data + at, MIN(PIECE, page->len - at), &ignored);
    store_batch_end(store);
    splitter_free(s);
    return spent() - then;
}

static double parse(const struct buf *page)
{
    double then = spent();
    cJSON_Delete(cJSON_ParseWithLength(page->data, page->len));
    return spent() - then;
}

void bench_kinds(struct bench *bench)
{
    struct samples kept = {0}, parsed = {0}, first = {0}, first_parsed = {0};
    struct buf page;
    buf_init(&page, 16u << 20);
    for (int round = 0; round < ROUNDS; round++) {
        struct store *store = store_new(tablerow_kind("example.com", "v1", "cameras", "Camera", true));
        double keeping = 0, parsing = 0;
        for (int i = 0; i < PAGES; i++) {
            make_page(&page, i);
            double a = keep(store, &page), b = parse(&page);
            keeping += a;
            parsing += b;
            if (i == 0) {
                samples_add(&first, a);
                samples_add(&first_parsed, b);
            }
        }
        if (store_count(store) != (size_t)PAGES * PAGE) {
            struct err err = ERR_INIT;
            err_set(&err, "%zu rows were kept", store_count(store));
            bench_missing(bench, "rows of a Table", &err);
        }
        samples_add(&kept, keeping);
        samples_add(&parsed, parsing);
        store_free(store);
    }
    bench_figure(&(struct figure){.name = "10,000 rows of any kind, taken in", .unit = "ms", .samples = &kept, .part = 0.5,
                                  .reference = "cJSON alone", .reference_samples = &parsed});
    bench_figure(&(struct figure){.name = "its first page of 500", .unit = "ms", .samples = &first, .part = 0.5,
                                  .reference = "cJSON alone", .reference_samples = &first_parsed});
    buf_release(&page);
    samples_release(&kept);
    samples_release(&parsed);
    samples_release(&first);
    samples_release(&first_parsed);
}
