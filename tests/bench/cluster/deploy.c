/* Deploying, beside kubectl: how long the two take for the same objects, new and unchanged, each in a namespace of its own.
 * The things have no replicas: what is measured is the way into the cluster, not pods. */
#include <signal.h>

#include "base/child.h"
#include "base/file.h"
#include "base/time.h"
#include "k8s/kind.h"
#include "tests/bench/cluster/scale.h"

#define RUNS 5
#define PATIENCE (120 * NSEC_PER_SEC)
#define OBJECTS_OF_A_THING 2 /* a Deployment and a Service */
#define TIMES_FASTER 5       /* than kubectl, at the least */
#define BARE_AT_ONCE "16"    /* more are not faster */

static const char *const kinds[] = {"Deployment.apps", "Service", "ConfigMap"};
#define MEMBER_KINDS 2 /* of these; the last is the parent's */

struct deploys {
    struct samples ours, theirs;           /* new */
    struct samples bare;                   /* new, and nothing but the requests: what the API server itself takes */
    struct samples ours_same, theirs_same; /* once more */
    struct samples trips;                  /* two that carry all the objects */
    struct samples written;                /* objects, by ours once more */
};

/* One run: three namespaces, and a file for each. */
struct run {
    const struct scale *scale;
    size_t things;
    char ours[64], theirs[64], bare[64]; /* the namespaces */
    char *graph, *manifests, *requests;  /* files: patchbay's, kubectl's and curl's */
};

/* Programs. */

struct ended {
    bool over;
    int status;
    int64_t at;
};

static void on_end(void *data, int status)
{
    *(struct ended *)data = (struct ended){true, status, time_monotonic()};
}

/* From exec to its end, added to `samples` if there are any. */
static int run_program(const struct scale *scale, const char *const *argv, struct samples *samples, struct err *err)
{
    struct child_options options = {.argv = argv, .in = CHILD_NULL, .out = CHILD_NULL, .err = CHILD_NULL};
    struct ended ended = {0};
    int64_t began = time_monotonic();
    struct child *child = child_start(scale->cluster->loop, &options, on_end, &ended, err);
    if (!child)
        return -1;
    if (cluster_wait(scale->cluster, &ended.over, PATIENCE, argv[0], err) < 0) {
        child_kill(child, SIGKILL);
        child_forget(child);
        return -1;
    }
    char how[64];
    child_status_text(ended.status, how, sizeof how);
    if (ended.status)
        return err_set(err, "%s ended with %s", argv[0], how);
    if (samples)
        samples_add(samples, (double)(ended.at - began) / 1e9);
    return 0;
}

static int deploy(const struct run *run, struct samples *samples, struct err *err)
{
    const struct cluster *cluster = run->scale->cluster;
    return run_program(run->scale,
                       (const char *const[]){cluster->patchbay, "--kubeconfig", cluster->kubeconfig, "deploy", run->graph,
                                             NULL},
                       samples, err);
}

static int apply(const struct run *run, struct samples *samples, struct err *err)
{
    char *cache = xasprintf("--cache-dir=%s/kubectl", run->scale->home);
    int rc = run_program(run->scale,
                         (const char *const[]){run->scale->kubectl, cache, "--kubeconfig",
                                               run->scale->cluster->kubeconfig, "apply", "--server-side", "-f",
                                               run->manifests, NULL},
                         samples, err);
    free(cache);
    return rc;
}

/* All of them as fast as the server takes them: it is not read first what is there, nor afterwards what came of it. */
static int send_bare(const struct run *run, struct samples *samples, struct err *err)
{
    return run_program(run->scale,
                       (const char *const[]){"curl", "--disable", "--silent", "--parallel", "--parallel-max", BARE_AT_ONCE, "--config",
                                             run->requests, NULL},
                       samples, err);
}

static void path_of(struct buf *out, size_t kind, const char *ns)
{
    buf_init(out, 1024);
    kind_path(out, kind_named(kinds[kind], strlen(kinds[kind])), ns, NULL);
}

/* The limit: what all the objects take to come once, all kinds at once, as a program of its own, twice. */
static int list_twice(const struct run *run, struct samples *samples, struct err *err)
{
    struct samples once = {0};
    const char *server = kube_client_context(run->scale->cluster->client)->server;
    char *ca = xasprintf("%s/ca.crt", run->scale->folder), *header = xasprintf("@%s/admin.header", run->scale->folder);
    const char *argv[16 + 3 * MEMBER_KINDS] = {"curl", "--disable", "--silent", "--fail", "--parallel",
                                               "--cacert", ca, "--header", header};
    char *urls[MEMBER_KINDS];
    size_t count = 9;
    for (size_t i = 0; i < MEMBER_KINDS; i++) {
        struct buf path;
        path_of(&path, i, run->ours);
        urls[i] = xasprintf("%s%s", server, path.data);
        buf_release(&path);
        argv[count++] = urls[i];
        argv[count++] = "--output";
        argv[count++] = "/dev/null";
    }
    int rc = run_program(run->scale, argv, &once, err);
    if (rc == 0)
        samples_add(samples, 2 * once.values[0]);
    samples_release(&once);
    for (size_t i = 0; i < MEMBER_KINDS; i++)
        free(urls[i]);
    free(ca);
    free(header);
    return rc;
}

/* The objects. */

static int make_namespace(const struct scale *scale, const char *ns, struct err *err)
{
    char body[128];
    snprintf(body, sizeof body, "{\"metadata\":{\"name\":\"%s\"}}", ns);
    return cluster_ask(scale->cluster, "POST", "/api/v1/namespaces", body, err);
}

/* The next run is not to find a fuller cluster. */
static int empty_namespace(const struct scale *scale, const char *ns, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; i < ARRAY_SIZE(kinds) && rc == 0; i++) {
        struct buf path;
        path_of(&path, i, ns);
        rc = cluster_ask(scale->cluster, "DELETE", path.data, NULL, err);
        buf_release(&path);
    }
    return rc;
}

/* Adds a line for each object of ours that changes with every write. */
static int add_versions(const struct run *run, cJSON *versions, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct buf path;
        path_of(&path, i, run->ours);
        cJSON *list = cluster_get(run->scale->cluster, path.data, NULL, err);
        buf_release(&path);
        if (!list)
            return -1;
        const cJSON *item;
        cJSON_ArrayForEach(item, json_array(list, "items"))
            cJSON_AddItemToArray(versions, cJSON_CreateString(json_str_or(item, "metadata.resourceVersion", "")));
        cJSON_Delete(list);
    }
    size_t wanted = OBJECTS_OF_A_THING * run->things + 1, is = (size_t)cJSON_GetArraySize(versions);
    return is == wanted ? 0 : err_set(err, "there are %zu objects in %s, not %zu", is, run->ours, wanted);
}

/* patchbay's second time, and how many objects it wrote. */
static int deploy_again(const struct run *run, struct deploys *out, struct err *err)
{
    cJSON *before = cJSON_CreateArray(), *after = cJSON_CreateArray();
    int rc = add_versions(run, before, err);
    if (rc == 0)
        rc = deploy(run, &out->ours_same, err);
    if (rc == 0)
        rc = add_versions(run, after, err);
    if (rc == 0) {
        size_t written = 0;
        for (const cJSON *a = before->child, *b = after->child; a && b; a = a->next, b = b->next)
            written += !str_eq(a->valuestring, b->valuestring);
        samples_add(&out->written, (double)written);
    }
    cJSON_Delete(before);
    cJSON_Delete(after);
    return rc;
}

/* A run. */

static int write_graph(const struct run *run, const char *ns, struct err *err)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    buf_addf(&text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: many, namespace: %s}\nspec:\n  things:\n",
             ns);
    for (size_t i = 0; i < run->things; i++)
        buf_addf(&text, "    - {name: camera-%03zu, type: ip-camera, replicas: 0, params: {source: \"sample:vtest\", fps: 10}}\n",
                 i);
    int rc = file_save(run->graph, text.data, text.len, 0600, err);
    buf_release(&text);
    return rc;
}

/* patchbay's own manifests of a namespace, which it makes, are what kubectl and curl send. */
static int render(const struct run *run, const char *ns, struct err *err)
{
    return write_graph(run, ns, err) < 0 ||
                   run_program(run->scale,
                               (const char *const[]){"sh", "-c", "exec \"$0\" render \"$1\" >\"$2\"", run->scale->cluster->patchbay,
                                                     run->graph, run->manifests, NULL},
                               NULL, err) < 0
               ? -1
               : make_namespace(run->scale, ns, err);
}

static int prepare(const struct run *run, struct err *err)
{
    char *script = xasprintf("%s/tests/bench/cluster/bare", run->scale->bench.srcdir), *bodies = xasprintf("%s/bare", run->scale->home);
    const char *const argv[] = {"sh", "-c", "exec \"$0\" \"$1\" \"$2\" \"$3\" \"$4\" >\"$5\"", script, run->manifests, bodies,
                                kube_client_context(run->scale->cluster->client)->server, run->scale->folder, run->requests, NULL};
    int rc = render(run, run->bare, err);
    if (rc == 0)
        rc = run_program(run->scale, argv, NULL, err);
    free(script);
    free(bodies);
    if (rc < 0 || render(run, run->theirs, err) < 0)
        return -1;
    return write_graph(run, run->ours, err) < 0 ? -1 : make_namespace(run->scale, run->ours, err);
}

static int both(const struct run *run, struct deploys *out, struct err *err)
{
    if (prepare(run, err) < 0 || deploy(run, &out->ours, err) < 0 || send_bare(run, &out->bare, err) < 0 || apply(run, &out->theirs, err) < 0 ||
        deploy_again(run, out, err) < 0 || apply(run, &out->theirs_same, err) < 0 ||
        list_twice(run, &out->trips, err) < 0)
        return -1;
    if (empty_namespace(run->scale, run->ours, err) < 0 || empty_namespace(run->scale, run->bare, err) < 0)
        return -1;
    return empty_namespace(run->scale, run->theirs, err);
}

static int deploy_and_apply(const struct scale *scale, size_t objects, int number, struct deploys *out, struct err *err)
{
    struct run run = {.scale = scale, .things = objects / OBJECTS_OF_A_THING};
    long once = (long)getpid(); /* a cluster that is left up has those of earlier times */
    snprintf(run.ours, sizeof run.ours, "deploy-%zu-%d-%ld", objects, number, once);
    snprintf(run.theirs, sizeof run.theirs, "apply-%zu-%d-%ld", objects, number, once);
    snprintf(run.bare, sizeof run.bare, "bare-%zu-%d-%ld", objects, number, once);
    run.requests = xasprintf("%s/many.requests", scale->home);
    run.graph = xasprintf("%s/many.yaml", scale->home);
    run.manifests = xasprintf("%s/many.manifests.yaml", scale->home);
    int rc = both(&run, out, err);
    free(run.graph);
    free(run.manifests);
    free(run.requests);
    return rc;
}

/* The figures. */

static void print_beside(const char *name, const struct samples *ours, const char *reference,
                         const struct samples *theirs, double aim)
{
    bench_figure(&(struct figure){.name = name,
                                  .unit = "s",
                                  .samples = ours,
                                  .aim = aim,
                                  .reference = reference,
                                  .reference_samples = theirs});
}

static void print(size_t objects, const struct deploys *d)
{
    static const char *const theirs = "kubectl apply --server-side";
    char name[80];
    snprintf(name, sizeof name, "patchbay deploy, %zu objects: new", objects);
    print_beside(name, &d->ours, theirs, &d->theirs, samples_median(&d->theirs) / TIMES_FASTER);
    print_beside("  new, by what the server takes for them", &d->ours, "the same PATCHes by curl, 16 at once", &d->bare,
                 1.25 * samples_median(&d->bare));
    print_beside("  unchanged", &d->ours_same, theirs, &d->theirs_same,
                 samples_median(&d->theirs_same) / TIMES_FASTER);
    print_beside("  unchanged, by two round trips", &d->ours_same, "two LISTs by curl", &d->trips,
                 samples_median(&d->trips));
    bench_figure(&(struct figure){.name = "  objects that this wrote (0: none)", .unit = "", .samples = &d->written});
}

static void measure(struct scale *scale, size_t objects)
{
    struct deploys d = {0};
    struct err err = ERR_INIT;
    int rc = 0;
    for (int i = 0; i < RUNS && rc == 0; i++)
        rc = deploy_and_apply(scale, objects, i, &d, &err);
    if (rc < 0)
        bench_missing(&scale->bench, "deploying beside kubectl", &err);
    else
        print(objects, &d);
    samples_release(&d.ours);
    samples_release(&d.theirs);
    samples_release(&d.bare);
    samples_release(&d.ours_same);
    samples_release(&d.theirs_same);
    samples_release(&d.trips);
    samples_release(&d.written);
}

void measure_deploy(struct scale *scale)
{
    struct err err = ERR_INIT;
    if (!scale->kubectl) {
        err_set(&err, "there is no kubectl beside the cluster's programs");
        bench_missing(&scale->bench, "deploying beside kubectl", &err);
        return;
    }
    measure(scale, 50);
    measure(scale, 200);
}
