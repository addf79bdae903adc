#include "app/meter.h"

#include "net/url.h"
#include "ops/metrics.h"

#define EVERY (30 * NSEC_PER_SEC)      /* metrics-server looks itself four times a minute */
#define GPUS_EVERY (15 * NSEC_PER_SEC)
#define ABSENT_EVERY (5 * 60 * NSEC_PER_SEC) /* what is not there may be installed */
#define PATIENCE (10 * NSEC_PER_SEC)
#define LASTS (2 * 60 * NSEC_PER_SEC) /* so long an answer is good when the next one fails */
#define IN_FLIGHT 8
#define MAX_EXPORTERS 5000
#define MAX_PODS 5000 /* what a list of them costs, twice a minute, is not to be noticed */
#define DCGM_PORT 9400

/* The labels of NVIDIA's operator, and of the exporter's own chart. */
static const char *const selectors[] = {"app=nvidia-dcgm-exporter", "app.kubernetes.io/name=dcgm-exporter"};

static const char *const absent[USAGE_PARTS] = {
    [USAGE_NODES] = "no metrics-server: what is used is not known",
    [USAGE_PODS] = "no metrics-server: what is used is not known",
    [USAGE_GPUS] = "no DCGM exporter: what the GPUs do is not known",
};

struct exporter {
    struct meter *meter;
    struct kube_call *call;
    char *ns, *name, *node;
    int port;
    bool asked; /* in this round */
};

struct part {
    struct meter *meter;
    enum usage_part id;
    struct kube_call *call; /* of a list; of GPUs: the search for exporters */
    int64_t due, good_at;
    bool answered;
};

struct meter {
    struct kube_client *client;
    struct loop *loop;
    struct store *pods;
    struct usage *usage;
    struct loop_timer timer;
    unsigned watched;
    char *ns;
    struct part parts[USAGE_PARTS];
    struct exporter *exporters;
    size_t exporter_count, in_flight, selector;
    int64_t searched; /* when the exporters were looked for, 0: they have to be */
    loop_fn changed;
    void *data;
};

static void plan_next(struct meter *meter);

static void tell(struct meter *meter)
{
    if (meter->changed)
        meter->changed(meter->data);
}

/* It is asked again after `wait`. */
static void settle(struct part *part, int64_t wait)
{
    part->answered = true;
    part->due = loop_now(part->meter->loop) + wait;
    plan_next(part->meter);
    tell(part->meter);
}

static void fail(struct part *part, const char *why, int64_t wait)
{
    struct usage *usage = part->meter->usage;
    snprintf(usage->why[part->id], sizeof usage->why[part->id], "%.250s", why);
    if (!part->good_at || loop_now(part->meter->loop) - part->good_at > LASTS)
        usage->known[part->id] = false;
    settle(part, wait);
}

static bool is_absent(const struct kube_answer *answer)
{
    return answer->status == 404 || answer->status == 503; /* 503: it is registered, and nobody is behind it */
}

/* Why there is none: a record of a cluster, which holds no measurements, says so itself. */
static const char *why_absent(enum usage_part part, const struct kube_answer *answer)
{
    const char *message = json_str(answer->json, "message");
    return message && str_starts(message, "this is a record") ? "this is a record, and what is used was not recorded" : absent[part];
}

/* metrics.k8s.io. */

static void on_amounts(void *data, const struct kube_answer *answer)
{
    struct part *part = data;
    part->call = NULL;
    if (is_absent(answer)) {
        fail(part, why_absent(part->id, answer), answer->status == 404 ? ABSENT_EVERY : EVERY);
    } else if (err_is_set(&answer->err) || !json_array(answer->json, "items")) {
        fail(part, err_is_set(&answer->err) ? answer->err.text : "the metrics API's answer is no list",
             answer->status == 403 ? ABSENT_EVERY : EVERY);
    } else {
        usage_read(part->meter->usage, part->id, answer->json);
        part->good_at = loop_now(part->meter->loop);
        settle(part, EVERY);
    }
}

static void ask_amounts(struct part *part)
{
    struct meter *meter = part->meter;
    struct buf path;
    if (part->id == USAGE_PODS && !meter->ns && store_count(meter->pods) > MAX_PODS) {
        fail(part, "what pods use is asked for in one namespace only: there are too many of them here", EVERY);
        return;
    }
    buf_init(&path, 1024);
    buf_adds(&path, "/apis/metrics.k8s.io/v1beta1/");
    if (part->id == USAGE_PODS && meter->ns) {
        buf_adds(&path, "namespaces/");
        url_escape(&path, meter->ns);
        buf_addc(&path, '/');
    }
    buf_adds(&path, part->id == USAGE_PODS ? "pods" : "nodes");
    part->call = kube_start(meter->client, &(struct kube_request){.path = path.data, .total_timeout = PATIENCE}, on_amounts, part);
    buf_release(&path);
}

/* DCGM. */

static void forget_exporters(struct meter *meter)
{
    for (size_t i = 0; i < meter->exporter_count; i++) {
        struct exporter *exporter = &meter->exporters[i];
        if (exporter->call)
            kube_cancel(exporter->call);
        free(exporter->ns);
        free(exporter->name);
        free(exporter->node);
    }
    free(meter->exporters);
    meter->exporters = NULL;
    meter->exporter_count = meter->in_flight = 0;
}

static void go_round(struct meter *meter);

static void on_scrape(void *data, const struct kube_answer *answer)
{
    struct exporter *exporter = data;
    struct meter *meter = exporter->meter;
    struct part *part = &meter->parts[USAGE_GPUS];
    struct dcgm_node *node = map_get(&meter->usage->gpus, exporter->node);
    exporter->call = NULL;
    meter->in_flight--;
    if (answer->status == 200) {
        if (!node) {
            node = xcalloc(1, sizeof *node);
            map_put(&meter->usage->gpus, exporter->node, node);
        }
        part->good_at = loop_now(meter->loop);
        dcgm_read(node, answer->body, answer->len, part->good_at, 4 * GPUS_EVERY);
        meter->usage->known[USAGE_GPUS] = true;
        meter->usage->why[USAGE_GPUS][0] = '\0';
    } else {
        struct usage *usage = meter->usage;
        snprintf(usage->why[USAGE_GPUS], sizeof usage->why[USAGE_GPUS], "DCGM exporter of %.60s: %.150s", exporter->node,
                 answer->err.text);
        if (node && loop_now(meter->loop) - node->at > LASTS)
            dcgm_release(node);
        if (answer->status == 404)
            meter->searched = 0; /* the pod is another one by now */
    }
    go_round(meter);
}

/* Some at a time; when all have answered, the round is over. */
static void go_round(struct meter *meter)
{
    for (size_t i = 0; i < meter->exporter_count && meter->in_flight < IN_FLIGHT; i++) {
        struct exporter *exporter = &meter->exporters[i];
        struct buf path;
        if (exporter->asked)
            continue;
        exporter->asked = true;
        meter->in_flight++;
        buf_init(&path, 2048);
        kube_proxy_path(&path, "pods", exporter->ns, exporter->name, exporter->port, "/metrics");
        exporter->call =
            kube_start(meter->client,
                       &(struct kube_request){.path = path.data, .accept = "text/plain", .total_timeout = PATIENCE, .most = METRICS_MOST},
                       on_scrape, exporter);
        buf_release(&path);
    }
    if (!meter->in_flight)
        settle(&meter->parts[USAGE_GPUS], GPUS_EVERY);
}

static int port_of(const cJSON *pod)
{
    const cJSON *container, *port;
    cJSON_ArrayForEach(container, json_array(pod, "spec.containers"))
        cJSON_ArrayForEach(port, json_array(container, "ports"))
            if (str_eq(json_str(port, "name"), "metrics"))
                return (int)MAX(MIN(json_int(port, "containerPort", DCGM_PORT), UINT16_MAX), 1);
    return DCGM_PORT;
}

static void take_exporters(struct meter *meter, const cJSON *items)
{
    const cJSON *pod;
    meter->exporters = xcalloc((size_t)MIN(cJSON_GetArraySize(items), MAX_EXPORTERS) + 1, sizeof *meter->exporters);
    cJSON_ArrayForEach(pod, items)
    {
        const char *ns = json_str(pod, "metadata.namespace"), *name = json_str(pod, "metadata.name"),
                   *node = json_str(pod, "spec.nodeName");
        if (!ns || !name || !node || !str_eq(json_str(pod, "status.phase"), "Running") || meter->exporter_count == MAX_EXPORTERS)
            continue;
        meter->exporters[meter->exporter_count++] =
            (struct exporter){.meter = meter, .ns = xstrdup(ns), .name = xstrdup(name), .node = xstrdup(node), .port = port_of(pod)};
    }
}

/* Of a node whose exporter is gone nothing is known any more. */
static void drop_others(struct meter *meter)
{
    struct map there = MAP_BORROWS;
    for (size_t i = 0; i < meter->exporter_count; i++)
        map_put(&there, meter->exporters[i].node, meter);
    for (struct map_entry *e = map_first(&meter->usage->gpus); e; e = map_next(&meter->usage->gpus, e))
        if (!map_has(&there, e->key))
            dcgm_release(e->value);
    map_release(&there, NULL);
}

static void search(struct part *part);

static void on_found(void *data, const struct kube_answer *answer)
{
    struct part *part = data;
    struct meter *meter = part->meter;
    part->call = NULL;
    if (err_is_set(&answer->err)) {
        fail(part, answer->err.text, answer->status == 403 ? ABSENT_EVERY : EVERY);
        return;
    }
    forget_exporters(meter);
    take_exporters(meter, json_array(answer->json, "items"));
    if (!meter->exporter_count && ++meter->selector < ARRAY_SIZE(selectors)) {
        search(part);
    } else if (!meter->exporter_count) {
        meter->selector = 0;
        drop_others(meter);
        fail(part, absent[USAGE_GPUS], ABSENT_EVERY);
    } else {
        meter->searched = loop_now(meter->loop);
        drop_others(meter);
        go_round(meter);
    }
}

static void search(struct part *part)
{
    struct meter *meter = part->meter;
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/pods?labelSelector=");
    url_escape(&path, selectors[meter->selector]);
    part->call = kube_start(meter->client, &(struct kube_request){.path = path.data, .total_timeout = PATIENCE}, on_found, part);
    buf_release(&path);
}

static void ask_gpus(struct part *part)
{
    struct meter *meter = part->meter;
    if (!meter->searched || loop_now(meter->loop) - meter->searched > ABSENT_EVERY) {
        search(part);
        return;
    }
    for (size_t i = 0; i < meter->exporter_count; i++)
        meter->exporters[i].asked = false;
    go_round(meter);
}

/* When. */

static bool is_busy(const struct part *part)
{
    return part->call || (part->id == USAGE_GPUS && part->meter->in_flight);
}

static void look_round(void *data)
{
    struct meter *meter = data;
    int64_t now = loop_now(meter->loop);
    for (int i = 0; i < USAGE_PARTS; i++) {
        struct part *part = &meter->parts[i];
        if (!(meter->watched & USAGE_BIT(i)) || is_busy(part) || part->due > now)
            continue;
        if (i == USAGE_GPUS)
            ask_gpus(part);
        else
            ask_amounts(part);
    }
    plan_next(meter);
}

static void plan_next(struct meter *meter)
{
    int64_t first = INT64_MAX, now = loop_now(meter->loop);
    for (int i = 0; i < USAGE_PARTS; i++)
        if ((meter->watched & USAGE_BIT(i)) && !is_busy(&meter->parts[i]))
            first = MIN(first, meter->parts[i].due);
    if (first == INT64_MAX)
        loop_timer_stop(&meter->timer);
    else
        loop_timer_start(&meter->timer, MAX(first - now, 0));
}

struct meter *meter_new(struct kube_client *client, struct store *pods, struct usage *usage, loop_fn changed, void *data)
{
    struct meter *meter = xcalloc(1, sizeof *meter);
    meter->client = client;
    meter->loop = kube_client_loop(client);
    meter->pods = pods;
    meter->usage = usage;
    meter->changed = changed;
    meter->data = data;
    loop_timer_init(&meter->timer, meter->loop, look_round, meter);
    for (int i = 0; i < USAGE_PARTS; i++)
        meter->parts[i] = (struct part){.meter = meter, .id = (enum usage_part)i};
    return meter;
}

static void stop(struct part *part)
{
    if (part->call)
        kube_cancel(part->call);
    part->call = NULL;
    if (part->id != USAGE_GPUS)
        return;
    part->meter->searched = 0; /* whoever looks again finds those of then */
    part->meter->selector = 0;
    forget_exporters(part->meter);
}

void meter_free(struct meter *meter)
{
    if (!meter)
        return;
    loop_timer_stop(&meter->timer);
    for (int i = 0; i < USAGE_PARTS; i++)
        stop(&meter->parts[i]);
    free(meter->ns);
    free(meter);
}

void meter_watch(struct meter *meter, unsigned parts, const char *ns)
{
    if (!str_eq(meter->ns, ns)) {
        free(meter->ns);
        meter->ns = xstrdup_or_null(ns);
        stop(&meter->parts[USAGE_PODS]);
        meter->parts[USAGE_PODS].due = 0;
        meter->usage->known[USAGE_PODS] = false;
    }
    for (int i = 0; i < USAGE_PARTS; i++)
        if ((meter->watched & ~parts) & USAGE_BIT(i))
            stop(&meter->parts[i]);
    meter->watched = parts;
    plan_next(meter);
}

bool meter_settled(const struct meter *meter)
{
    for (int i = 0; i < USAGE_PARTS; i++)
        if ((meter->watched & USAGE_BIT(i)) && !meter->parts[i].answered)
            return false;
    return true;
}
