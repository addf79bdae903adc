/* Changes: many, by a process of its own, and one whose way to the screen is timed. */
#include <signal.h>

#include "base/child.h"
#include "base/digest.h"
#include "base/text.h"
#include "base/time.h"
#include "tests/bench/cluster/scale.h"

#define IN_FLIGHT 16
#define PATIENCE (20 * NSEC_PER_SEC)

/* The process. */

struct churner {
    struct cluster *cluster;
    size_t pods, in_flight, done;
    int turn; /* restarts only grow */
};

static void on_changed(void *data, const struct kube_answer *answer)
{
    struct churner *c = data;
    c->in_flight--;
    c->done += answer->status == 200;
}

static void change_one(struct churner *c)
{
    char ns[POD_NAME], name[POD_NAME], path[256], body[160];
    uint32_t random;
    digest_random(&random, sizeof random);
    pod_name(random % c->pods, ns, name);
    snprintf(path, sizeof path, "/api/v1/namespaces/%s/pods/%s/status", ns, name);
    snprintf(body, sizeof body,
             "[{\"op\":\"replace\",\"path\":\"/status/containerStatuses/0/restartCount\",\"value\":%d}]", c->turn++);
    struct kube_request request = {.method = "PATCH",
                                   .path = path,
                                   .content_type = "application/json-patch+json",
                                   .body = body,
                                   .body_len = strlen(body)};
    c->in_flight++;
    kube_start(c->cluster->client, &request, on_changed, c);
}

/* churn KUBECONFIG PODS RATE NS: prints how many were made when it is over. */
int churn_main(int argc, char **argv)
{
    int64_t pods, rate, lasting;
    struct err err = ERR_INIT;
    struct bench bench = {.srcdir = TOP_SRCDIR, .builddir = TOP_BUILDDIR};
    struct churner c = {.turn = 1};
    if (argc != 6 || !text_int(argv[3], &pods) || !text_int(argv[4], &rate) || !text_int(argv[5], &lasting))
        return 2;
    c.cluster = bench_cluster_open(&bench, argv[2], &err);
    if (!c.cluster) {
        fprintf(stderr, "bench-cluster churn: %s\n", err.text);
        return 1;
    }
    c.pods = (size_t)pods;
    int64_t began = time_monotonic(), next = began, now;
    while ((now = time_monotonic()) < began + lasting) {
        if (now >= next && c.in_flight < IN_FLIGHT) {
            change_one(&c);
            next += NSEC_PER_SEC / rate;
        }
        loop_turn(c.cluster->loop, now >= next ? NSEC_PER_MSEC : next - now);
    }
    printf("%zu\n", c.done);
    cluster_free(c.cluster);
    return 0;
}

struct churn {
    struct cluster *cluster;
    struct child *child;
    int64_t lasting;
    bool over;
};

static void on_end(void *data, int status UNUSED)
{
    struct churn *churn = data;
    churn->over = true;
}

struct churn *churn_start(const struct scale *scale, int rate, int64_t lasting, struct err *err)
{
    char pods[32], each[32], ns[32];
    snprintf(pods, sizeof pods, "%zu", scale->pods);
    snprintf(each, sizeof each, "%d", rate);
    snprintf(ns, sizeof ns, "%" PRId64, lasting);
    const char *argv[] = {"/proc/self/exe", "churn", scale->cluster->kubeconfig, pods, each, ns, NULL};
    struct child_options options = {.argv = argv, .in = CHILD_NULL, .out = CHILD_PIPE};
    struct churn *churn = xcalloc(1, sizeof *churn);
    churn->cluster = scale->cluster;
    churn->lasting = lasting;
    churn->child = child_start(scale->cluster->loop, &options, on_end, churn, err);
    if (churn->child)
        return churn;
    free(churn);
    return NULL;
}

double churn_end(struct churn *churn)
{
    struct err err = ERR_INIT;
    char text[32] = "";
    int fd = child_out(churn->child);
    if (cluster_wait(churn->cluster, &churn->over, churn->lasting + PATIENCE, "the end of the changes", &err) < 0) {
        child_kill(churn->child, SIGKILL);
        child_forget(churn->child);
    } else if (read(fd, text, sizeof text - 1) < 0) {
        text[0] = '\0';
    }
    close(fd);
    double rate = strtod(text, NULL) / ((double)churn->lasting / 1e9);
    free(churn);
    return rate;
}

/* One change. */

struct patched {
    int64_t at; /* when it was answered */
    int status;
    struct err err;
};

static void on_patched(void *data, const struct kube_answer *answer)
{
    struct patched *patched = data;
    patched->at = time_monotonic();
    patched->status = answer->status;
    patched->err = answer->err;
}

int64_t change_shown(const struct scale *scale, struct screen *screen, unsigned number, struct err *err)
{
    char word[32], body[256];
    struct patched patched = {0};
    struct loop *loop = scale->cluster->loop;
    snprintf(word, sizeof word, "Probe%06u%c", number, 'a' + (int)(number % 26));
    snprintf(body, sizeof body,
             "[{\"op\":\"replace\",\"path\":\"/status/containerStatuses/0/"
             "state\",\"value\":{\"waiting\":{\"reason\":\"%s\"}}}]",
             word);
    struct kube_request request = {.method = "PATCH",
                                   .path = "/api/v1/namespaces/team-00/pods/" FIRST_POD "/status",
                                   .content_type = "application/json-patch+json",
                                   .body = body,
                                   .body_len = strlen(body)};
    int64_t shown = 0, deadline = time_monotonic() + PATIENCE;
    struct kube_call *call = kube_start(scale->cluster->client, &request, on_patched, &patched);
    while ((!shown || !patched.at) && time_monotonic() < deadline) {
        loop_turn(loop, 0);
        if (!shown)
            shown = shown_until(screen, word, NSEC_PER_MSEC);
        else
            loop_turn(loop, NSEC_PER_MSEC);
    }
    if (!patched.at)
        kube_cancel(call);
    if (!patched.at || patched.status != 200)
        return err_set(err, "a pod could not be changed: %s", patched.at ? patched.err.text : "no answer");
    return shown ? MAX(shown - patched.at, 0) : err_set(err, "%s did not come on the screen", word);
}
