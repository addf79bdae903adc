/* Startup, readiness and liveness probes: httpGet, tcpSocket, exec. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/text.h"
#include "edge/agent.h"

/* Until a container is ready for the first time it is asked more often than its probe says: the edge starts pods in
 * fractions of a second, and nobody wants to wait for a period of ten. A tenth of what it took so far, at least this:
 */
#define HURRY (100 * NSEC_PER_MSEC)
#define OUTPUT_MAX 1024

struct agent_probe {
    struct agent_container *c;
    enum probe_kind kind;
    const char *word; /* "Readiness" */
    cJSON *spec;
    int64_t period, timeout, born; /* ns; monotonic */
    int64_t counted;               /* when a failure last counted as one of the probe's own period */
    int successes, failures;
    bool succeeded_once;
    struct loop_timer next, limit;
    struct http_fetch *fetch;
    struct loop_io socket;
    struct child *child;
    struct loop_io output;
    struct buf text;
};

static void run(void *data);

static bool others_wait(const struct agent_probe *p)
{
    return p->kind != PROBE_STARTUP && p->c->probes[PROBE_STARTUP] && !p->c->probe_started;
}

static void schedule(struct agent_probe *p)
{
    int64_t age = loop_now(p->c->pod->agents->loop) - p->born, after = p->period;
    if (!p->succeeded_once && p->kind != PROBE_LIVENESS)
        after = MIN(MAX(HURRY, age / 10), p->period);
    loop_timer_start(&p->next, others_wait(p) ? HURRY : after);
}

static void clear_attempt(struct agent_probe *p)
{
    loop_timer_stop(&p->limit);
    if (p->fetch)
        http_fetch_cancel(p->fetch);
    p->fetch = NULL;
    if (p->socket.fd >= 0) {
        int fd = p->socket.fd;
        loop_io_stop(&p->socket);
        close(fd);
    }
    if (p->output.fd >= 0) {
        int fd = p->output.fd;
        loop_io_stop(&p->output);
        close(fd);
    }
    if (p->child) {
        kill(-child_pid(p->child), SIGKILL);
        child_forget(p->child);
    }
    p->child = NULL;
}

static void restart_container(struct agent_probe *p)
{
    struct agent_container *c = p->c;
    const struct edge_object *pod = agent_pod_object(c->pod);
    int64_t grace = json_int(p->spec, "terminationGracePeriodSeconds",
                             json_int(pod ? pod->json : NULL, "spec.terminationGracePeriodSeconds", 30));
    container_event(c, "Normal", "Killing", "Container %s failed %s probe, will be restarted", c->name,
                    p->kind == PROBE_STARTUP ? "startup" : "liveness");
    container_kill(c, grace);
}

static void succeeded(struct agent_probe *p)
{
    p->failures = 0;
    p->succeeded_once = true;
    if (++p->successes < json_int(p->spec, "successThreshold", 1))
        return;
    bool *says = p->kind == PROBE_READINESS ? &p->c->probe_ready : &p->c->probe_started;
    if (p->kind == PROBE_LIVENESS || *says)
        return;
    *says = true;
    agent_pod_poke(p->c->pod);
}

static void failed(struct agent_probe *p, const char *why)
{
    int64_t now = loop_now(p->c->pod->agents->loop);
    p->successes = 0;
    /* Of the hurried attempts only one a period counts, and none before the first period is over. */
    if (!p->succeeded_once && p->kind != PROBE_LIVENESS) {
        if (now - p->counted < p->period)
            return;
    }
    p->counted = now;
    p->failures++;
    container_event(p->c, "Warning", "Unhealthy", "%s probe failed: %s", p->word, why);
    if (p->failures < json_int(p->spec, "failureThreshold", 3))
        return;
    if (p->kind == PROBE_READINESS) {
        if (p->c->probe_ready)
            agent_pod_poke(p->c->pod);
        p->c->probe_ready = false;
    } else if (!p->c->killing) {
        restart_container(p);
    }
}

/* An attempt is over: why NULL means success. */
static void judge(struct agent_probe *p, const char *why)
{
    clear_attempt(p);
    schedule(p);
    if (why)
        failed(p, why);
    else
        succeeded(p);
    if (p->kind == PROBE_STARTUP && p->c->probe_started)
        loop_timer_stop(&p->next); /* it has done its work */
}

/* The number of a port that may be a name of the container's. */
static int64_t port_of(const struct agent_probe *p, const cJSON *port)
{
    if (cJSON_IsNumber(port))
        return port->valueint;
    const struct edge_object *pod = agent_pod_object(p->c->pod);
    const cJSON *have;
    int64_t number;
    if (!cJSON_IsString(port) || !pod)
        return 0;
    if (text_int(port->valuestring, &number))
        return number;
    cJSON_ArrayForEach (have, json_array(container_spec(p->c, pod->json), "ports"))
        if (str_eq(json_str(have, "name"), port->valuestring))
            return json_int(have, "containerPort", 0);
    return 0;
}

/* httpGet */

static void on_answer(void *data, const struct http_result *result, const char *body UNUSED, size_t len UNUSED)
{
    struct agent_probe *p = data;
    char why[1200] = "";
    p->fetch = NULL;
    const char *url = str_or_empty(json_str(p->spec, "url")); /* kept there by start_http */
    if (result->status >= 400 || (result->status > 0 && result->status < 200))
        snprintf(why, sizeof why, "HTTP probe failed with statuscode: %d", result->status);
    else if (result->status == 0 && result->outcome == HTTP_REFUSED)
        snprintf(why, sizeof why, "Get \"%s\": dial tcp %s: connect: connection refused", url,
                 str_or_empty(json_str(p->spec, "address")));
    else if (result->status == 0)
        snprintf(why, sizeof why, "Get \"%s\": %.512s", url, result->err.text);
    judge(p, why[0] ? why : NULL);
}

static void start_http(struct agent_probe *p, const cJSON *get)
{
    const char *host = json_str_or(get, "host", p->c->pod->ip), *path = json_str_or(get, "path", "/");
    bool tls = str_eq(json_str(get, "scheme"), "HTTPS");
    char *address = xasprintf("%s:%" PRId64, host, port_of(p, json_get(get, "port")));
    char *url = xasprintf("%s://%s%s%s", tls ? "https" : "http", address, path[0] == '/' ? "" : "/", path);
    json_set_str(p->spec, "address", address);
    json_set_str(p->spec, "url", url);
    const char *headers[20] = {"User-Agent: kube-probe/1.34", "Connection: close"};
    char *own[16];
    size_t count = 0;
    const cJSON *header;
    cJSON_ArrayForEach (header, json_array(get, "httpHeaders")) {
        if (count == ARRAY_SIZE(own))
            break;
        own[count] = xasprintf("%s: %s", json_str_or(header, "name", ""), json_str_or(header, "value", ""));
        headers[2 + count] = own[count];
        count++;
    }
    headers[2 + count] = NULL;
    struct http_tls trust = {.insecure = true}; /* as the kubelet: a probe asks for life, not for a certificate */
    struct http_request request = {
        .url = url, .headers = headers, .tls = tls ? &trust : NULL, .http1 = true, .no_proxy = true};
    p->fetch = http_fetch(p->c->pod->agents->http, &request, 10 << 10, on_answer, p);
    while (count > 0)
        free(own[--count]);
    free(address);
    free(url);
}

/* tcpSocket */

static void on_connected(void *data, short revents UNUSED)
{
    struct agent_probe *p = data;
    int why = 0;
    socklen_t len = sizeof why;
    getsockopt(p->socket.fd, SOL_SOCKET, SO_ERROR, &why, &len);
    char text[256];
    snprintf(text, sizeof text, "dial tcp %s: connect: %s", str_or_empty(json_str(p->spec, "address")),
             why == ECONNREFUSED ? "connection refused" : strerror(why));
    judge(p, why ? text : NULL);
}

static void start_tcp(struct agent_probe *p, const cJSON *tcp)
{
    const char *host = json_str_or(tcp, "host", p->c->pod->ip);
    int64_t port = port_of(p, json_get(tcp, "port"));
    char *text = xasprintf("%s:%" PRId64, host, port);
    json_set_str(p->spec, "address", text);
    free(text);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        if (fd >= 0)
            close(fd);
        judge(p, "the probe's host is no IPv4 address");
        return;
    }
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
        char why[256];
        snprintf(why, sizeof why, "dial tcp %s: connect: %s", json_str_or(p->spec, "address", ""), strerror(errno));
        close(fd);
        judge(p, why);
        return;
    }
    loop_io_start(&p->socket, fd, POLLOUT);
}

/* exec */

static void on_output(void *data, short revents UNUSED)
{
    struct agent_probe *p = data;
    char bytes[4096];
    ssize_t n = read(p->output.fd, bytes, sizeof bytes);
    if (n > 0) {
        buf_add(&p->text, bytes, MIN((size_t)n, OUTPUT_MAX - MIN(p->text.len, (size_t)OUTPUT_MAX)));
    } else if (n == 0 || errno != EAGAIN) {
        int fd = p->output.fd;
        loop_io_stop(&p->output);
        close(fd);
    }
}

static void on_probe_exit(void *data, int status)
{
    struct agent_probe *p = data;
    p->child = NULL;
    while (p->output.fd >= 0 && p->text.len < OUTPUT_MAX) { /* what is still in the pipe */
        size_t before = p->text.len;
        on_output(p, 0);
        if (p->text.len == before)
            break;
    }
    bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    char why[OUTPUT_MAX + 1];
    snprintf(why, sizeof why, "%s", p->text.data);
    judge(p, fine ? NULL : why);
}

static void start_exec(struct agent_probe *p, const cJSON *exec)
{
    const struct edge_object *pod = agent_pod_object(p->c->pod);
    struct err err = ERR_INIT;
    struct container_args args = {NULL};
    if (!pod || container_args(&args, p->c, pod->json, "", &err) < 0) {
        judge(p, err.text);
        return;
    }
    const char *argv[64];
    size_t count = 0;
    const cJSON *word;
    cJSON_ArrayForEach (word, json_array(exec, "command"))
        if (cJSON_IsString(word) && count + 1 < ARRAY_SIZE(argv))
            argv[count++] = word->valuestring;
    argv[count] = NULL;
    char *home = container_home(p->c);
    struct child_options options = {.argv = argv,
                                    .env = (const char *const *)args.env,
                                    .cwd = args.cwd ? args.cwd : home,
                                    .in = CHILD_NULL,
                                    .out = CHILD_PIPE,
                                    .err_to_out = true,
                                    .new_group = true};
    buf_reset(&p->text);
    p->child = count ? child_start(p->c->pod->agents->loop, &options, on_probe_exit, p, &err) : NULL;
    free(home);
    container_args_release(&args);
    if (!p->child) {
        judge(p, count ? err.text : "the probe's command is empty");
        return;
    }
    loop_io_start(&p->output, child_out(p->child), POLLIN);
}

static void on_limit(void *data)
{
    struct agent_probe *p = data;
    char why[1200];
    if (p->fetch)
        snprintf(why, sizeof why,
                 "Get \"%.1000s\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
                 str_or_empty(json_str(p->spec, "url")));
    else if (p->child)
        snprintf(why, sizeof why, "command timed out after %" PRId64 "s", p->timeout / NSEC_PER_SEC);
    else
        snprintf(why, sizeof why, "dial tcp %s: i/o timeout", str_or_empty(json_str(p->spec, "address")));
    judge(p, why);
}

static void run(void *data)
{
    struct agent_probe *p = data;
    if (others_wait(p) || p->c->killing) { /* until the container has started, and when it is on its way out */
        schedule(p);
        return;
    }
    const cJSON *how;
    loop_timer_start(&p->limit, p->timeout);
    if ((how = json_object(p->spec, "httpGet")))
        start_http(p, how);
    else if ((how = json_object(p->spec, "tcpSocket")))
        start_tcp(p, how);
    else if ((how = json_object(p->spec, "exec")))
        start_exec(p, how);
    else
        judge(p, "missing probe handler");
}

struct agent_probe *agent_probe_new(struct agent_container *c, enum probe_kind kind, const cJSON *spec)
{
    const char *const words[PROBE_KINDS] = {"Startup", "Readiness", "Liveness"};
    struct loop *loop = c->pod->agents->loop;
    struct agent_probe *p = xcalloc(1, sizeof *p);
    p->c = c;
    p->kind = kind;
    p->word = words[kind];
    p->spec = cJSON_Duplicate(spec, true);
    p->period = edge_seconds(MAX(json_int(spec, "periodSeconds", 10), 1));
    p->timeout = edge_seconds(MAX(json_int(spec, "timeoutSeconds", 1), 1));
    p->born = p->counted = loop_now(loop);
    buf_init(&p->text, OUTPUT_MAX + 1);
    loop_timer_init(&p->next, loop, run, p);
    loop_timer_init(&p->limit, loop, on_limit, p);
    loop_io_init(&p->socket, loop, on_connected, p);
    loop_io_init(&p->output, loop, on_output, p);
    int64_t delay = edge_seconds(json_int(spec, "initialDelaySeconds", 0));
    if (kind == PROBE_LIVENESS) /* as good as a first one after a period: a process that has just begun is alive */
        delay = MAX(delay, p->period);
    loop_timer_start(&p->next, delay ? delay : HURRY / 4);
    return p;
}

void agent_probe_free(struct agent_probe *p)
{
    clear_attempt(p);
    loop_timer_stop(&p->next);
    cJSON_Delete(p->spec);
    buf_release(&p->text);
    free(p);
}
