/* Logs: a server that writes a hundred thousand numbered lines a second, the dashboard that follows them, and kubectl beside it; and
 * the search in ten million lines beside memmem. */
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/find.h"
#include "base/text.h"
#include "base/time.h"
#include "net/server.h"
#include "ops/logbook.h"
#include "tests/bench/bench.h"
#include "tests/screen/screen.h"

#define RATE 100000 /* lines a second */
#define SECONDS 30
#define LINES ((int64_t)RATE * SECONDS)
#define BEGAN INT64_C(1772366400000000000)
#define PATIENCE (120 * NSEC_PER_SEC)

/* The server: a process of its own, one pod, whose log is what is asked for. */

struct flow {
    struct http_stream *stream;
    struct loop_timer wake;
    int64_t began, sent;
    bool stamps; /* with times; it stays open at its end */
};

static size_t add_line(char *out, int64_t n, bool stamp)
{
    char time[TIME_TEXT];
    size_t len = 0;
    if (stamp)
        len = (size_t)snprintf(out, 64, "%s ", time_format(time, BEGAN + n * (NSEC_PER_SEC / RATE), 9));
    return len + (size_t)snprintf(out + len, 100, "%010" PRId64 " GET /api/v1/frames/latest 200 \"camera\" 1843 bytes in 0.0123 s ok\n", n);
}

static ssize_t flow_read(void *data, char *out, size_t max)
{
    struct flow *f = data;
    int64_t due = MIN(LINES, (time_monotonic() - f->began) / (NSEC_PER_SEC / RATE));
    size_t len = 0;
    while (f->sent < due && max - len > 160)
        len += add_line(out + len, f->sent++, f->stamps);
    if (!len && f->sent == LINES && !f->stamps)
        return HTTP_STREAM_END;
    if (!len)
        loop_timer_start(&f->wake, 5 * NSEC_PER_MSEC);
    return (ssize_t)len;
}

static void flow_wake(void *data)
{
    http_stream_wake(((struct flow *)data)->stream);
}

static void flow_gone(void *data)
{
    struct flow *f = data;
    loop_timer_stop(&f->wake);
    free(f);
}

static struct loop *serving;

static void answer_log(struct http_exchange *x)
{
    char line[200];
    bool stamps = http_query(x, "timestamps");
    if (!http_query(x, "follow")) { /* the first line for who asks where the file begins; of the last lines there are none */
        http_reply(x, 200, "text/plain", line, http_query(x, "limitBytes") ? add_line(line, 0, stamps) : 0);
        return;
    }
    struct flow *f = xcalloc(1, sizeof *f);
    f->began = time_monotonic();
    f->stamps = stamps;
    loop_timer_init(&f->wake, serving, flow_wake, f);
    f->stream = http_stream(x, 200, "text/plain", flow_read, flow_gone, f);
}

#define POD "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"chatty\",\"namespace\":\"default\",\"uid\":\"u1\",\"resourceVersion\":\"5\"}," \
            "\"spec\":{\"nodeName\":\"n1\",\"containers\":[{\"name\":\"main\"}]},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Initialized\",\"status\":\"True\"}]," \
            "\"containerStatuses\":[{\"name\":\"main\",\"ready\":true,\"state\":{\"running\":{\"startedAt\":\"2026-03-01T12:00:00Z\"}}}]}}"

static ssize_t nothing(void *data, char *out, size_t max)
{
    (void)data;
    (void)out;
    (void)max;
    return HTTP_STREAM_WAIT;
}

static void nobody(void *data)
{
    (void)data;
}

static void handle(void *data, struct http_exchange *x)
{
    static const struct {
        const char *path, *answer;
    } answers[] = {
        {"/readyz", "ok"},
        {"/api", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}"},
        {"/apis", "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[]}"},
        {"/api/v1", "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":[{\"name\":\"pods\",\"singularName\":\"\",\"namespaced\":true,"
                    "\"kind\":\"Pod\",\"verbs\":[\"get\",\"list\",\"watch\"],\"shortNames\":[\"po\"]}]}"},
        {"/api/v1/namespaces/default/pods/chatty", POD},
        {"/api/v1/pods", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[" POD "]}"},
        {"/api/v1/namespaces/default/pods", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[" POD "]}"},
    };
    (void)data;
    const char *path = http_path(x);
    if (str_ends(path, "/log")) {
        answer_log(x);
        return;
    }
    if (http_query(x, "watch")) {
        http_stream(x, 200, "application/json", nothing, nobody, NULL);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        if (str_eq(path, answers[i].path)) {
            http_replyf(x, 200, "application/json", "%s", answers[i].answer);
            return;
        }
    if (str_starts(http_method(x), "POST")) /* may I? */
        http_replyf(x, 201, "application/json", "{\"kind\":\"SelfSubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\",\"status\":{\"allowed\":true}}");
    else
        http_replyf(x, 200, "application/json", "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[]}");
}

static pid_t serve(uint16_t *port, struct err *err)
{
    int ends[2];
    if (pipe(ends) < 0)
        return err_set_errno(err, "cannot make a pipe");
    pid_t pid = fork();
    if (pid == 0) {
        struct err ignored = ERR_INIT;
        serving = loop_new(NULL);
        struct http_server *server = http_server_new(serving, &(struct http_server_options){.address = "127.0.0.1"}, handle, NULL, &ignored);
        uint16_t at = server ? http_server_port(server) : 0;
        if (write(ends[1], &at, sizeof at) == sizeof at && at)
            loop_run(serving);
        _exit(1);
    }
    close(ends[1]);
    bool told = pid > 0 && read(ends[0], port, sizeof *port) == sizeof *port && *port;
    close(ends[0]);
    return told ? pid : err_set(err, "the server of the logs did not start");
}

static char *write_kubeconfig(uint16_t port, struct err *err)
{
    char *path = xasprintf("/tmp/patchbay-bench-logs-%d.kubeconfig", (int)getpid());
    FILE *file = fopen(path, "w");
    if (!file) {
        err_set_errno(err, "cannot write '%s'", path);
        free(path);
        return NULL;
    }
    fprintf(file, "apiVersion: v1\nkind: Config\ncurrent-context: bench\nclusters: [{name: bench, cluster: {server: 'http://127.0.0.1:%u'}}]\n"
                  "users: [{name: bench, user: {token: x}}]\ncontexts: [{name: bench, context: {cluster: bench, user: bench, namespace: default}}]\n",
            port);
    fclose(file);
    return path;
}

/* kubectl on the same stream, on a terminal that takes all at once: its processor time, s; -1: there is none. */
static double kubectl(const char *kubeconfig)
{
    static char bytes[1u << 20];
    const char *bin = getenv("PATCHBAY_KUBE_BIN");
    char *path = xasprintf("%s/kubectl", str_or_empty(bin));
    int terminal = -1;
    pid_t pid = bin && access(path, X_OK) == 0 ? forkpty(&terminal, NULL, NULL, NULL) : -1;
    if (pid == 0) {
        execl(path, "kubectl", "--kubeconfig", kubeconfig, "logs", "-f", "chatty", (char *)NULL);
        _exit(127);
    }
    free(path);
    while (pid > 0 && read(terminal, bytes, sizeof bytes) > 0)
        ;
    if (terminal >= 0)
        close(terminal);
    int status = -1;
    struct rusage use;
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || status)
        return -1;
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* How many of the saved lines are the ones that were written, in their order. */
static int64_t count_saved(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    int64_t n = 0;
    while (file && fgets(line, sizeof line, file) && strtoll(line, NULL, 10) == n)
        n++;
    if (file)
        fclose(file);
    return n;
}

static int follow(struct bench *bench, const char *kubeconfig, struct samples *lines, struct samples *peak, struct samples *cpu, struct err *err)
{
    char *program = bench_program(bench, "patchbay"), *saved = xasprintf("/tmp/patchbay-bench-logs-%d.log", (int)getpid());
    char *save = xasprintf(":save! %s<Enter>", saved);
    struct screen *screen = screen_start((const char *const[]){program, "--kubeconfig", kubeconfig, NULL}, NULL, 120, 40);
    struct process_size size;
    int rc = 0;
    screen_deadline(screen, PATIENCE);
    screen_type(screen, ":po<Enter>");
    if (!screen_expect_text(screen, "chatty"))
        rc = err_set(err, "the pod is not shown");
    int64_t before = process_cpu(screen_pid(screen));
    if (rc == 0) {
        screen_type(screen, "l");
        char last[64];
        snprintf(last, sizeof last, "/%" PRId64, LINES);
        if (!screen_expect_text(screen, last))
            rc = err_set(err, "not all lines came");
    }
    if (rc == 0) {
        samples_add(cpu, (double)(process_cpu(screen_pid(screen)) - before) / 1e9);
        screen_type(screen, save);
        if (!screen_expect_text(screen, "saved "))
            rc = err_set(err, "the lines were not saved");
        samples_add(lines, (double)count_saved(saved));
        if (process_size(screen_pid(screen), &size, err) == 0)
            samples_add(peak, size.peak);
    }
    screen_free(screen);
    unlink(saved);
    free(program);
    free(saved);
    free(save);
    return rc;
}

static void bench_follow(struct bench *bench)
{
    struct samples lines = {0}, peak = {0}, cpu = {0}, theirs = {0};
    struct err err = ERR_INIT;
    uint16_t port;
    pid_t server = serve(&port, &err);
    char *kubeconfig = server > 0 ? write_kubeconfig(port, &err) : NULL;
    if (!kubeconfig || follow(bench, kubeconfig, &lines, &peak, &cpu, &err) < 0) {
        bench_missing(bench, "a log of 100,000 lines/s", &err);
    } else {
        double reference = kubectl(kubeconfig);
        if (reference >= 0)
            samples_add(&theirs, reference);
        bench_figure(&(struct figure){.name = "log of 100,000 lines/s for 30 s: lines in order", .unit = "lines", .samples = &lines});
        bench_figure(&(struct figure){.name = "  the most memory of the dashboard", .unit = "MiB", .samples = &peak, .aim = 64});
        bench_figure(&(struct figure){.name = "  its processor time", .unit = "s", .samples = &cpu,
                                      .aim = theirs.count ? samples_median(&theirs) / 2 : 0,
                                      .reference = theirs.count ? "kubectl logs -f" : NULL, .reference_samples = &theirs});
    }
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    if (kubeconfig)
        unlink(kubeconfig);
    free(kubeconfig);
    samples_release(&lines);
    samples_release(&peak);
    samples_release(&cpu);
    samples_release(&theirs);
}

/* Search and filter in ten million lines. */

#define MANY 10000000

static double since(int64_t began)
{
    return (double)(time_monotonic() - began) / 1e9;
}

static double search(struct log_book *book, const char *text)
{
    struct log_filter what = {0};
    struct err err = ERR_INIT;
    log_filter_parse(&what, text, &err);
    int64_t began = time_monotonic();
    log_book_seek(book, &what, 0, false);
    while (log_book_work(book))
        ;
    double took = since(began);
    log_filter_release(&what);
    return took;
}

static double filter(struct log_book *book, const char *text)
{
    struct err err = ERR_INIT;
    int64_t began = time_monotonic();
    log_book_filter(book, text, &err);
    while (log_book_work(book))
        ;
    double took = since(began);
    log_book_filter(book, "", &err);
    return took;
}

static double plain(const char *bytes, size_t len, const char *needle)
{
    int64_t began = time_monotonic();
    const void *volatile found = memmem(bytes, len, needle, strlen(needle));
    return found ? 0 : since(began);
}

static void bench_search(void)
{
    struct log_book book;
    struct samples ours = {0}, theirs = {0}, filtered = {0}, kept = {0};
    char line[200];
    size_t some = 64u << 20, at = 0;
    char *bytes = xmalloc(some);
    log_book_init(&book, UINT64_C(2) << 30);
    int64_t began = time_monotonic();
    for (int64_t n = 0; n < MANY; n++) {
        size_t len = add_line(line, n, false) - 1;
        if (at + len < some) {
            memcpy(bytes + at, line, len);
            at += len;
        }
        log_book_add(&book, &(struct spool_line){.time = BEGAN + n, .text = line, .len = (uint32_t)len});
    }
    samples_add(&kept, MANY / since(began) / 1e6);
    double all = (double)spool_bytes(book.spool) / 1e9;
    for (int round = 0; round < 5; round++) {
        samples_add(&theirs, (double)at / 1e9 / plain(bytes, at, "timed out"));
        samples_add(&ours, all / search(&book, "timed out"));
        samples_add(&filtered, filter(&book, "0000777"));
    }
    bench_figure(&(struct figure){.name = "10 million lines: kept, made included", .unit = "M lines/s", .samples = &kept});
    bench_figure(&(struct figure){.name = "  a text searched for, either case", .unit = "GB/s", .samples = &ours, .reference = "memmem, one case",
                                  .reference_samples = &theirs, .rate = true});
    bench_figure(&(struct figure){.name = "  filtered to 1,000", .unit = "s", .samples = &filtered, .aim = 1});
    if (spool_first(book.spool))
        printf("  (%" PRIu64 " lines were given up: the disk is small)\n", spool_first(book.spool));
    log_book_release(&book);
    free(bytes);
    samples_release(&ours);
    samples_release(&theirs);
    samples_release(&filtered);
    samples_release(&kept);
}

void bench_logs(struct bench *bench)
{
    bench_search();
    bench_follow(bench);
}
