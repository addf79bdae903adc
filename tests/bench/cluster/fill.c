/* Many pods, quickly: one is made through the API server as a kubelet leaves it, and copies of its bytes are written
 * into etcd under other names. They are bytes of protobuf: what is put in has the length of what it replaces. */
#include "base/digest.h"
#include "base/time.h"
#include "tests/bench/cluster/scale.h"

#define NAMESPACES 10
#define NODES 50
#define APPS 500
#define BATCH 100 /* of etcd's 128 puts in a transaction, and 1.5 MiB */
#define PATIENCE (120 * NSEC_PER_SEC)
#define SEED_PATH "/api/v1/namespaces/team-00/pods"

void pod_name(size_t number, char ns[POD_NAME], char name[POD_NAME])
{
    snprintf(ns, POD_NAME, "team-%02zu", number % NAMESPACES);
    snprintf(name, POD_NAME, "app-%03zu-5b9f7c6d4-%05zu", number / 4 % APPS, number);
}

/* The seed. */

static void add_container(struct buf *out, const char *name)
{
    buf_addf(out, "{\"name\":\"%s\",\"image\":\"registry.example.com/platform/app-000-%s:v1.2.3\",\"env\":[", name,
             name);
    for (int i = 0; i < 25; i++)
        buf_addf(out, "%s{\"name\":\"SETTING_%02d\",\"value\":\"value-%02d-of-%s\"}", i ? "," : "", i, i, name);
    buf_adds(out,
             "],\"resources\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"128Mi\"},\"limits\":{\"memory\":\"256Mi\"}},"
             "\"livenessProbe\":{\"httpGet\":{\"path\":\"/healthz\",\"port\":8080}},\"volumeMounts\":["
             "{\"name\":\"config\",\"mountPath\":\"/etc/config\"},{\"name\":\"scratch\",\"mountPath\":\"/tmp\"},"
             "{\"name\":\"secret\",\"mountPath\":\"/etc/secret\",\"readOnly\":true}]}");
}

static void add_pod(struct buf *out)
{
    buf_addf(
        out,
        "{\"metadata\":{\"name\":\"" FIRST_POD "\",\"generateName\":\"app-000-5b9f7c6d4-\",\"labels\":{\"app\":"
        "\"app-000\",\"pod-template-hash\":\"5b9f7c6d4\"},\"annotations\":{\"checksum/config\":\"%064d\"},"
        "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"app-000-5b9f7c6d4\","
        "\"uid\":\"00000000-1111-4222-8333-444444444444\",\"controller\":true,\"blockOwnerDeletion\":true}]},"
        "\"spec\":{\"nodeName\":\"node-000\",\"automountServiceAccountToken\":false,\"volumes\":[{\"name\":\"config\","
        "\"configMap\":{\"name\":\"app-000\"}},{\"name\":\"scratch\",\"emptyDir\":{}},{\"name\":\"secret\",\"secret\":"
        "{\"secretName\":\"app-000\"}}],\"containers\":[",
        7);
    add_container(out, "main");
    buf_addc(out, ',');
    add_container(out, "sidecar");
    buf_adds(out, "]}}");
}

static void add_status(struct buf *out, const char *name, const char *started)
{
    buf_addf(
        out,
        "{\"name\":\"%s\",\"image\":\"registry.example.com/platform/app-000-%s:v1.2.3\",\"imageID\":"
        "\"registry.example.com/platform/app-000@sha256:%064d\",\"containerID\":\"containerd://%064d\",\"ready\":true,"
        "\"started\":true,\"restartCount\":0,\"state\":{\"running\":{\"startedAt\":\"%s\"}}}",
        name, name, 7, 8, started);
}

static void add_state(struct buf *out, const char *at)
{
    static const char *const conditions[] = {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
                                             "PodScheduled"};
    buf_addf(out,
             "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":{\"phase\":\"Running\",\"qosClass\":\"Burstable\","
             "\"startTime\":\"%s\",\"hostIP\":\"10.100.100.100\",\"hostIPs\":[{\"ip\":\"10.100.100.100\"}],"
             "\"podIP\":\"10.200.100.100\",\"podIPs\":[{\"ip\":\"10.200.100.100\"}],\"conditions\":[",
             at);
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
        buf_addf(out, "%s{\"type\":\"%s\",\"status\":\"True\",\"lastTransitionTime\":\"%s\"}", i ? "," : "",
                 conditions[i], at);
    buf_adds(out, "],\"containerStatuses\":[");
    add_status(out, "main", at);
    buf_addc(out, ',');
    add_status(out, "sidecar", at);
    buf_adds(out, "]}}]");
}

static int make_named(const struct scale *scale, const char *path, const char *prefix, int digits, int count,
                      struct err *err)
{
    for (int i = 0; i < count; i++) {
        char name[POD_NAME], body[128];
        snprintf(name, sizeof name, "%s-%0*d", prefix, digits, i);
        snprintf(body, sizeof body, "{\"metadata\":{\"name\":\"%s\"}}", name);
        if (cluster_ask(scale->cluster, "POST", path, body, err) < 0 && !strstr(err->text, "already exists"))
            return -1;
        err_clear(err);
    }
    return 0;
}

/* The service account that a pod needs comes by a controller a moment after its namespace. */
static int await_account(const struct scale *scale, struct err *err)
{
    int64_t deadline = time_monotonic() + PATIENCE;
    do {
        err_clear(err);
        if (cluster_ask(scale->cluster, "GET", "/api/v1/namespaces/team-00/serviceaccounts/default", NULL, err) == 0)
            return 0;
        loop_turn(scale->cluster->loop, 0);
        usleep(50000);
    } while (time_monotonic() < deadline);
    return -1;
}

static int make_seed(const struct scale *scale, struct err *err)
{
    struct buf body;
    char at[TIME_TEXT];
    buf_init(&body, 1u << 20);
    add_pod(&body);
    int rc = make_named(scale, "/api/v1/namespaces", "team", 2, NAMESPACES, err);
    if (rc == 0)
        rc = make_named(scale, "/api/v1/nodes", "node", 3, NODES, err);
    if (rc == 0)
        rc = await_account(scale, err);
    if (rc == 0)
        rc = cluster_ask(scale->cluster, "POST", SEED_PATH "?fieldManager=kube-controller-manager", body.data, err);
    buf_reset(&body);
    add_state(&body, time_format(at, time_wall(), 0));
    if (rc == 0)
        rc = cluster_ask(scale->cluster, "PATCH", SEED_PATH "/" FIRST_POD "/status?fieldManager=kubelet", body.data,
                         err);
    buf_release(&body);
    return rc;
}

/* Copies. */

static void replace(char *bytes, size_t len, const void *from, const void *to, size_t size)
{
    for (char *at = bytes, *end = bytes + len; (at = memmem(at, (size_t)(end - at), from, size)); at += size)
        memcpy(at, to, size);
}

/* Seconds since 1970 as protobuf writes them. */
static void varint(uint8_t out[5], uint64_t value)
{
    for (int i = 0; i < 5; i++, value >>= 7)
        out[i] = (uint8_t)((value & 0x7f) | (i < 4 ? 0x80 : 0));
}

struct seed {
    struct buf bytes;
    char uid[37];
    int64_t created; /* s since 1970 */
};

static void add_copy(struct buf *out, const struct seed *seed, size_t number)
{
    char ns[POD_NAME], name[POD_NAME], text[POD_NAME], key[3 * POD_NAME];
    uint8_t from[5], to[5];
    size_t len = seed->bytes.len;
    char *bytes = xmemdup(seed->bytes.data, len);
    pod_name(number, ns, name);
    replace(bytes, len, FIRST_POD, name, strlen(name));
    snprintf(text, sizeof text, "app-%03zu", number / 4 % APPS);
    replace(bytes, len, "app-000", text, strlen(text));
    replace(bytes, len, "team-00", ns, strlen(ns));
    snprintf(text, sizeof text, "%08zx-1111-4222-8333-%012zu", number, number);
    replace(bytes, len, seed->uid, text, 36);
    snprintf(text, sizeof text, "node-%03zu", number % NODES);
    replace(bytes, len, "node-000", text, strlen(text));
    snprintf(text, sizeof text, "10.2%02zu.%zu.%zu", number / 22500 % 56, 100 + number / 150 % 150, 100 + number % 150);
    replace(bytes, len, "10.200.100.100", text, strlen(text));
    for (int late = 0; late < 30; late++) { /* the status came later than the rest */
        varint(from, (uint64_t)seed->created + (uint64_t)late);
        varint(to, (uint64_t)(seed->created + late - 4 * 3600 - (int64_t)(number % 5000)));
        replace(bytes, len, from, to, 5);
    }
    snprintf(key, sizeof key, "/registry/pods/%s/%s", ns, name);
    buf_adds(out, "{\"requestPut\":{\"key\":\"");
    digest_base64(out, key, strlen(key));
    buf_adds(out, "\",\"value\":\"");
    digest_base64(out, bytes, len);
    buf_adds(out, "\"}}");
    free(bytes);
}

struct asked {
    bool over;
    struct buf body;
    struct err err;
};

static void on_etcd(void *data, const struct http_result *result, const char *body, size_t len)
{
    struct asked *asked = data;
    asked->over = true;
    if (result->outcome != HTTP_DONE)
        asked->err = result->err;
    else if (result->status != 200)
        err_set(&asked->err, "etcd answered %d: %.200s", result->status, body);
    else
        buf_add(&asked->body, body, len);
}

/* etcd's JSON gateway; the answer is the caller's. */
static int ask_etcd(const struct scale *scale, const char *path, const struct buf *body, struct buf *out,
                    struct err *err)
{
    struct asked asked = {0};
    buf_init(&asked.body, 4u << 20);
    char *url = xasprintf("%s%s", scale->etcd, path);
    struct http_request request = {
        .method = "POST", .url = url, .body = body->data, .body_len = body->len, .no_proxy = true};
    struct http_fetch *fetch = http_fetch(scale->cluster->transport, &request, 4u << 20, on_etcd, &asked);
    int rc = cluster_wait(scale->cluster, &asked.over, PATIENCE, "etcd's answer", err);
    if (rc < 0)
        http_fetch_cancel(fetch);
    else if (err_is_set(&asked.err)) {
        *err = asked.err;
        rc = -1;
    }
    free(url);
    *out = asked.body;
    return rc;
}

static int read_seed(struct scale *scale, struct seed *seed, struct err *err)
{
    struct buf body, answer;
    struct err bad = ERR_INIT;
    buf_init(&body, 4096);
    buf_init(&seed->bytes, 1u << 20);
    buf_adds(&body, "{\"key\":\"");
    digest_base64(&body, "/registry/pods/team-00/" FIRST_POD, strlen("/registry/pods/team-00/" FIRST_POD));
    buf_adds(&body, "\"}");
    int rc = ask_etcd(scale, "/v3/kv/range", &body, &answer, err);
    cJSON *json = rc == 0 ? json_parse(answer.data, answer.len, &bad) : NULL;
    const char *value = json_str_or(cJSON_GetArrayItem(json_array(json, "kvs"), 0), "value", "");
    buf_release(&answer);
    if (rc == 0 && (digest_unbase64(&seed->bytes, value, strlen(value)) < 0 || !seed->bytes.len))
        rc = err_set(err, "etcd does not have the first pod");
    cJSON_Delete(json);
    buf_release(&body);
    cJSON *pod = rc == 0 ? cluster_get(scale->cluster, SEED_PATH "/" FIRST_POD, &scale->bytes, err) : NULL;
    snprintf(seed->uid, sizeof seed->uid, "%s", json_str_or(pod, "metadata.uid", ""));
    seed->created = json_time(pod, "metadata.creationTimestamp") / NSEC_PER_SEC;
    cJSON_Delete(pod);
    return pod ? 0 : -1;
}

static int put_copies(const struct scale *scale, const struct seed *seed, size_t from, size_t to, struct err *err)
{
    struct buf body, answer;
    buf_init(&body, 8u << 20);
    buf_adds(&body, "{\"success\":[");
    for (size_t i = from; i < to; i++) {
        if (i > from)
            buf_addc(&body, ',');
        add_copy(&body, seed, i);
    }
    buf_adds(&body, "]}");
    int rc = ask_etcd(scale, "/v3/kv/txn", &body, &answer, err);
    buf_release(&answer);
    buf_release(&body);
    return rc;
}

int fill_count(const struct scale *scale, size_t *count, struct err *err)
{
    cJSON *list = cluster_get(scale->cluster, "/api/v1/pods?limit=1", NULL, err);
    *count = (size_t)cJSON_GetArraySize(json_array(list, "items")) +
             (size_t)json_int(list, "metadata.remainingItemCount", 0);
    cJSON_Delete(list);
    return list ? 0 : -1;
}

/* Until the API server's cache has them all. */
static int await_pods(const struct scale *scale, struct err *err)
{
    int64_t deadline = time_monotonic() + PATIENCE;
    for (size_t there; fill_count(scale, &there, err) == 0 && there != scale->pods; usleep(100000))
        if (time_monotonic() > deadline)
            return err_set(err, "the server has %zu pods, not %zu", there, scale->pods);
    return err_is_set(err) ? -1 : 0;
}

int fill(struct scale *scale, size_t had, struct err *err)
{
    struct seed seed;
    if (!had && make_seed(scale, err) < 0)
        return -1;
    int rc = read_seed(scale, &seed, err);
    for (size_t at = MAX(had, (size_t)1); rc == 0 && at < scale->pods; at += BATCH)
        rc = put_copies(scale, &seed, at, MIN(at + BATCH, scale->pods), err);
    buf_release(&seed.bytes);
    return rc < 0 ? -1 : await_pods(scale, err);
}
