/* What a command says, and how it ends. */
#include "wire.h"

#include "base/child.h"

#include <sys/wait.h>

static struct {
    struct buf text; /* both its outputs */
    struct loop_io io;
    int status;
    bool ended;
} said;

static void on_text(void *data, short revents)
{
    (void)data, (void)revents;
    char bytes[4096];
    ssize_t n;
    while ((n = read(said.io.fd, bytes, sizeof bytes)) > 0)
        buf_add(&said.text, bytes, (size_t)n);
    if (n == 0)
        loop_io_stop(&said.io);
}

static void on_exit_(void *data, int status)
{
    (void)data;
    said.status = status;
    said.ended = true;
}

/* Runs patchbay, and ends with this status after these words. */
static void expect_command(const char *const *args, int status, const char *words)
{
    struct err err = ERR_INIT;
    const char *argv[12];
    const char *built = getenv("abs_top_builddir");
    char *program = xasprintf("%s/patchbay", built ? built : ".");
    size_t count = 0;
    argv[count++] = program;
    while ((argv[count] = *args++))
        count++;
    buf_init(&said.text, 1u << 20);
    said.ended = false;
    struct child *child = child_start(
        net.loop, &(struct child_options){.argv = argv, .in = CHILD_NULL, .out = CHILD_PIPE, .err_to_out = true},
        on_exit_, NULL, &err);
    ck_assert_msg(child != NULL, "%s", err.text);
    int out = child_out(child);
    loop_io_init(&said.io, net.loop, on_text, NULL);
    loop_io_start(&said.io, out, POLLIN);
    WAIT_FOR(said.ended && said.io.fd < 0);
    close(out);
    ck_assert_msg(WIFEXITED(said.status) && WEXITSTATUS(said.status) == status &&
                      strstr(str_or_empty(said.text.data), words),
                  "status %d, not %d with '%s':\n%s", WEXITSTATUS(said.status), status, words, said.text.data);
    buf_release(&said.text);
    free(program);
}

static int refusals;

/* The deployment of the detector is refused as long as there are refusals left. */
static bool answer(struct http_exchange *x)
{
    if (str_eq(http_method(x), "PATCH") && strstr(http_path(x), "/deployments/object-detect") && refusals) {
        refusals--;
        http_replyf(
            x, 409, "application/json",
            "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"conflicts\",\"details\":{"
            "\"causes\":[{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with \\\"h\\u001b[31mpa\\\" using "
            "apps/v1\",\"field\":\".spec.replicas\"}]}}");
    } else if (str_eq(http_method(x), "PATCH") && strstr(http_path(x), "/configmaps/")) { /* says what it was told */
        size_t len;
        const char *body = http_body(x, &len);
        http_replyf(x, 201, "application/json", "%.*s", (int)len, body);
    } else if (str_eq(http_method(x), "PATCH")) {
        http_replyf(x, 201, "application/json", "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"7\"}}");
    } else if (str_eq(http_method(x), "POST")) {
        http_replyf(x, 201, "application/json", "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"6\"}}");
    } else if (strstr(http_path(x), "/configmaps/patchbay-lobby") || strstr(http_path(x), "/deployments/") ||
               strstr(http_path(x), "media/services/")) {
        http_replyf(x, 404, "application/json", "{\"kind\":\"Status\",\"code\":404,\"message\":\"not found\"}");
    } else {
        return false;
    }
    return true;
}

static char *write_temporary(char path[32], const char *text)
{
    snprintf(path, 32, "/tmp/faults-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

void owned_fields_of_a_command(void)
{
    wire_set_up();
    wire.answer = answer;
    refusals = 1;
    char path[32], *server = xasprintf("https://%s", wire_where()), *config = wire_config(server, wire.ca_pem);
    char *graph = xasprintf("%s/graphs/lobby.yaml", getenv("PATCHBAY_ASSETS"));
    write_temporary(path, config);
    const char *const args[] = {"deploy", graph, "--kubeconfig", path, NULL};
    expect_command(args, 1,
                   "patchbay: cannot apply deployment object-detect: the field .spec.replicas belongs to "
                   "'h\xef\xbf\xbd[31mpa'\n");
    expect_command(args, 0, "lobby: 6 created");
    wire_proxy("refuse");
    expect_command(args, 3, "connection refused");
    unlink(path);
    free(server);
    free(config);
    free(graph);
}

static const char *refused_list;

static bool refuse_list(struct http_exchange *x)
{
    const char *path = http_path(x);
    if (strstr(path, refused_list))
        http_replyf(x, 403, "application/json",
                    "{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"not for you\"}");
    else if (strstr(path, "/nodes") || strstr(path, "/pods"))
        http_replyf(x, 200, "application/json",
                    "{\"kind\":\"%s\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["
                    "{\"metadata\":{\"name\":\"gpu-1\"}}]}",
                    strstr(path, "/nodes") ? "NodeList" : "PodList");
    else
        return false;
    return true;
}

void refused_nodes_of_a_command(void)
{
    wire_set_up();
    wire.answer = refuse_list;
    char path[32], *server = xasprintf("https://%s", wire_where()), *config = wire_config(server, wire.ca_pem);
    char *graph = xasprintf("%s/graphs/lobby.yaml", getenv("PATCHBAY_ASSETS"));
    write_temporary(path, config);
    const char *const args[] = {"place", graph, "--kubeconfig", path, NULL};
    static const char *const lists[] = {"/nodes", "/pods"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        refused_list = lists[i];
        expect_command(args, 1, "not for you\npatchbay: where things could run is not known without all nodes and all pods\n");
    }
    refused_list = "none";
    expect_command(args, 1, "monitoring      50m, 64Mi                     <none>         0/1    0/1 nodes: 1 not Ready\n");
    unlink(path);
    free(server);
    free(config);
    free(graph);
}

void alias_bomb(void)
{
    wire_set_up();
    char path[32];
    write_temporary(path, "a: &a [x]\nb: &b [*a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b]\n");
    expect_command((const char *const[]){"validate", path, NULL}, 1, ":1:4: anchors");
    expect_command((const char *const[]){"pods", "--kubeconfig", path, NULL}, 2, path);
    unlink(path);
}
