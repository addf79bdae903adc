#include "tests/bench/cluster.h"

#include <signal.h>

#include "base/child.h"
#include "base/file.h"
#include "base/time.h"

#define ARGUMENTS 16

static struct cluster *cluster_new(const struct bench *bench)
{
    struct cluster *cluster = xcalloc(1, sizeof *cluster);
    cluster->patchbay = bench_program(bench, "patchbay");
    cluster->loop = loop_new(NULL);
    return cluster;
}

static struct cluster *connect_to(struct cluster *cluster, struct err *err)
{
    cluster->config = kube_config_load(cluster->kubeconfig, err);
    const struct kube_context *context = cluster->config ? kube_config_context(cluster->config, NULL, err) : NULL;
    if (!context) {
        cluster_free(cluster);
        return NULL;
    }
    cluster->transport = http_curl_new(cluster->loop, "patchbay-bench/1");
    cluster->client = kube_client_new(cluster->loop, cluster->transport, context);
    return cluster;
}

struct cluster *bench_cluster_open(const struct bench *bench, const char *kubeconfig, struct err *err)
{
    struct cluster *cluster = cluster_new(bench);
    cluster->kubeconfig = xstrdup(kubeconfig);
    return connect_to(cluster, err);
}

struct cluster *cluster_start(const struct bench *bench, struct err *err)
{
    char *dir = xasprintf("%s/patchbay-bench-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(dir)) {
        err_set_errno(err, "cannot make a folder like '%s'", dir);
        free(dir);
        return NULL;
    }
    struct cluster *cluster = cluster_new(bench);
    cluster->dir = dir;
    cluster->kubeconfig = xasprintf("%s/kubeconfig", dir);
    const char *argv[] = {cluster->patchbay, "edge", "--kubeconfig", cluster->kubeconfig, NULL};
    cluster->edge = screen_start(argv, NULL, 120, 24);
    if (!screen_expect_text(cluster->edge, "is up")) {
        err_set(err, "patchbay edge is not up within 10 s");
        cluster_free(cluster);
        return NULL;
    }
    return connect_to(cluster, err);
}

static void end_edge(struct cluster *cluster)
{
    struct err ignored = ERR_INIT;
    screen_signal(cluster->edge, SIGTERM);
    screen_expect_end(cluster->edge, &(int){0});
    screen_free(cluster->edge);
    file_remove_tree(cluster->dir, &ignored);
}

void cluster_free(struct cluster *cluster)
{
    kube_client_free(cluster->client);
    if (cluster->transport)
        http_transport_free(cluster->transport);
    kube_config_free(cluster->config);
    if (cluster->edge)
        end_edge(cluster);
    loop_free(cluster->loop);
    free(cluster->dir);
    free(cluster->kubeconfig);
    free(cluster->patchbay);
    free(cluster);
}

int cluster_wait(struct cluster *cluster, const bool *flag, int64_t patience, const char *what, struct err *err)
{
    int64_t until = time_monotonic() + patience, left;
    while (!*flag) {
        if ((left = until - time_monotonic()) <= 0)
            return err_set(err, "%s did not come within %g s", what, (double)patience / 1e9);
        loop_turn(cluster->loop, left);
    }
    return 0;
}

struct command {
    bool over;
    int status;
};

static void on_end(void *data, int status)
{
    struct command *command = data;
    command->over = true;
    command->status = status;
}

int cluster_command(struct cluster *cluster, const char *const *arguments, struct err *err)
{
    const char *argv[ARGUMENTS] = {cluster->patchbay, "--kubeconfig", cluster->kubeconfig};
    size_t count = 3;
    for (; *arguments && count + 1 < ARGUMENTS; arguments++)
        argv[count++] = *arguments;
    struct child_options options = {.argv = argv, .in = CHILD_NULL, .out = CHILD_NULL, .err = CHILD_NULL};
    struct command command = {0};
    struct child *child = child_start(cluster->loop, &options, on_end, &command, err);
    if (!child)
        return -1;
    if (cluster_wait(cluster, &command.over, 60 * NSEC_PER_SEC, argv[3], err) < 0) {
        child_kill(child, SIGKILL);
        child_forget(child);
        return -1;
    }
    char how[64];
    child_status_text(command.status, how, sizeof how);
    return command.status ? err_set(err, "patchbay %s ended with %s", argv[3], how) : 0;
}

struct asked {
    bool over;
    cJSON **json; /* NULL: not wanted */
    size_t *len;
    struct err err;
};

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct asked *asked = data;
    asked->over = true;
    if (answer->status < 200 || answer->status > 299)
        asked->err = answer->err;
    else if (asked->json)
        *asked->json = cJSON_Duplicate(answer->json, true);
    if (asked->len)
        *asked->len = answer->len;
}

static int ask(struct cluster *cluster, const char *method, const char *path, const char *body, struct asked *asked,
               struct err *err)
{
    struct kube_request request = {.method = method,
                                   .path = path,
                                   .content_type =
                                       str_eq(method, "PATCH") ? "application/json-patch+json" : "application/json",
                                   .body = body,
                                   .body_len = body ? strlen(body) : 0};
    struct kube_call *call = kube_start(cluster->client, &request, on_answer, asked);
    if (cluster_wait(cluster, &asked->over, 20 * NSEC_PER_SEC, path, err) < 0) {
        kube_cancel(call);
        return -1;
    }
    if (err_is_set(&asked->err))
        *err = asked->err;
    return err_is_set(err) ? -1 : 0;
}

int cluster_ask(struct cluster *cluster, const char *method, const char *path, const char *body, struct err *err)
{
    return ask(cluster, method, path, body, &(struct asked){0}, err);
}

cJSON *cluster_get(struct cluster *cluster, const char *path, size_t *len, struct err *err)
{
    cJSON *json = NULL;
    if (ask(cluster, "GET", path, NULL, &(struct asked){.json = &json, .len = len}, err) == 0 && !json)
        err_set(err, "the answer to %s is not JSON", path);
    return json;
}
